package cn.billpay.android

import cn.billpay.KeyStoreException
import java.security.Signature

/** How the person shows to be there when an order is signed. The bank's choice, for keys made from then on. */
public enum class OrderPresence {
    /**
     * A fingerprint, a face, or the screen lock. A new fingerprint changes nothing; removing the screen lock ends
     * the key.
     */
    SCREEN_LOCK,

    /**
     * A strong fingerprint or face only (Android 9 or later). A new one ends the key, so that who adds a finger
     * cannot pay: orders then say that the key is lost, and it alone is made anew.
     */
    BIOMETRIC,
}

/** What to do on a phone that nobody locks. */
public enum class WithoutScreenLock {
    /** No order key is made: see [KeystoreSigner.needsScreenLock], which an app asks before it begins an activation. */
    REFUSE,

    /** Orders are signed without asking anybody, as on a desktop. */
    SIGN,
}

/** Asks the person to be there. [ScreenPresence] does it with the system's own dialogs. */
public fun interface Presence {
    /**
     * Asks, and returns only when the person has shown to be there; called on a background thread, which it holds.
     *
     * With an [operation], it is the one that the answer has to release (a `CryptoObject`); without one the system
     * looks at the time of the last answer. Throws [KeyStoreException.Cancelled] when the person said no,
     * [KeyStoreException.Locked] when nobody can be asked now.
     */
    public fun confirm(operation: Signature?, presence: OrderPresence)
}
