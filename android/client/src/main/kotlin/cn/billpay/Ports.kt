package cn.billpay

/** Where key material rests, weakest first. */
public enum class SecurityLevel {
    /** A file that only this user may read. */
    FILE,

    /** Software, behind the key store of the operating system. */
    SOFTWARE,

    /** Secure hardware. */
    HARDWARE,
}

/** Why a key store did not do what was asked; thrown by [SecretStore] and [DeviceSigner] alone. */
public sealed class KeyStoreException(message: String) : Exception(message) {
    /** Not usable until the device is unlocked; try again then. */
    public class Locked : KeyStoreException("the key store is locked")

    /** The secret or key was there and can never be read again (a new lock screen, a restored backup). */
    public class Lost : KeyStoreException("the key is lost")

    /** Several secrets answer to the name. */
    public class Ambiguous : KeyStoreException("the key store holds more than one such secret")

    /** The person said no. */
    public class Cancelled : KeyStoreException("cancelled by the person")

    /** No such store, or it failed. */
    public class Failed(
        /** For the app's engineers; must hold no secret. */
        public val reason: String,
    ) : KeyStoreException(reason)
}

/**
 * Small secrets (up to 1 KiB each) in the store of the operating system: usable in the background after the
 * first unlock since boot, never on another device.
 *
 * Called from background threads, several at a time; may take as long as it needs. Must not call the client.
 */
public interface SecretStore {
    /** The secret of that name; `null` only when the store is open and has none. Throws [KeyStoreException]. */
    public fun get(name: String): ByteArray?

    /** Stores or replaces a secret, durably; after a [KeyStoreException] the old one is still there. */
    public fun put(name: String, secret: ByteArray)

    /** Removes a secret; removing one that is not there succeeds. Throws [KeyStoreException]. */
    public fun delete(name: String)

    /** Where secrets rest. Throws [KeyStoreException]; the store then counts as the weakest kind. */
    public fun securityLevel(): SecurityLevel
}

/** The keys of a device: two pairs, of which one is in force. The library remembers which. */
public enum class KeyRole {
    /** Signs requests, also in the background. */
    DEVICE,

    /** Signs orders; its use needs the person's presence where the system can ask for it. */
    ORDER,

    /** The device key of the second pair. */
    SECOND_DEVICE,

    /** The order key of the second pair. */
    SECOND_ORDER,
}

/**
 * P-256 keys that never leave their store.
 *
 * Called from background threads; may take as long as a person takes to show a fingerprint. Must not call
 * the client.
 */
public interface DeviceSigner {
    /**
     * Makes a new key for the role, replacing an older one, and gives its public point (65 bytes,
     * `04 ‖ x ‖ y`). Throws [KeyStoreException].
     */
    public fun create(role: KeyRole): ByteArray

    /** The public point of the key; `null` only when there is none yet. Throws [KeyStoreException]. */
    public fun publicKey(role: KeyRole): ByteArray?

    /** ECDSA over SHA-256 of the message, DER encoded: `SHA256withECDSA`. Throws [KeyStoreException]. */
    public fun sign(role: KeyRole, message: ByteArray): ByteArray

    /** Where the keys rest. Throws [KeyStoreException]; the store then counts as the weakest kind. */
    public fun securityLevel(): SecurityLevel
}

/** How much a line of the log matters. */
public enum class LogLevel {
    /** Something is broken. */
    ERROR,

    /** Something is not as it should be, and was dealt with. */
    WARNING,

    /** Worth knowing. */
    INFO,
}

/** Where the app keeps its log. Lines hold no secret and no customer number. */
public fun interface LogSink {
    /** Keeps a line. Called on one background thread; what it throws is dropped. */
    public fun log(level: LogLevel, line: String)
}
