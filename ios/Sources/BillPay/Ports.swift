// What an app brings: where its secrets, keys and log are kept. BillPayApple has them for Apple's systems.

import Foundation

/// Where key material rests, weakest first.
public enum SecurityLevel: Hashable, Sendable {
    /// A file that only this user may read.
    case file
    /// Software, behind the key store of the operating system.
    case software
    /// Secure hardware.
    case hardware
}

/// Why a key store did not do what was asked; thrown by ``SecretStore`` and ``DeviceSigner`` alone.
public enum KeyStoreError: Error, Hashable {
    /// Not usable until the device is unlocked; try again then.
    case locked
    /// The secret or key was there and can never be read again (a new lock screen, a restored backup).
    case lost
    /// Several secrets answer to the name.
    case ambiguous
    /// The person said no.
    case cancelled
    /// No such store, or it failed. The reason is for the app's engineers and must hold no secret.
    case failed(reason: String)
}

/// Small secrets (up to 1 KiB each) in the store of the operating system: usable in the background after the
/// first unlock since boot, never on another device.
///
/// Called from background threads, several at a time; may take as long as it needs. Must not call the client.
/// Throws ``KeyStoreError``; whatever else it throws counts as ``KeyStoreError/failed(reason:)``, named by its
/// type and never quoted, because its text may hold the secret.
public protocol SecretStore: Sendable {
    /// The secret of that name; `nil` only when the store is open and has none.
    func get(name: String) throws -> Data?

    /// Stores or replaces a secret, durably; after an error the old one is still there.
    func put(name: String, secret: Data) throws

    /// Removes a secret; removing one that is not there succeeds.
    func delete(name: String) throws

    /// Where secrets rest. The store counts as the weakest kind when it throws.
    func securityLevel() throws -> SecurityLevel
}

/// The keys of a device: two pairs, of which one is in force. The library remembers which.
public enum KeyRole: Hashable, Sendable, CaseIterable {
    /// Signs requests, also in the background.
    case device
    /// Signs orders; its use needs the person's presence where the system can ask for it.
    case order
    /// The device key of the second pair.
    case secondDevice
    /// The order key of the second pair.
    case secondOrder
}

/// P-256 keys that never leave their store.
///
/// Called from background threads; may take as long as a person takes to show a face or finger. Must not call
/// the client. What it throws is taken as that of ``SecretStore``.
public protocol DeviceSigner: Sendable {
    /// Makes a new key for the role, replacing an older one, and gives its public point (65 bytes,
    /// `04 ‖ x ‖ y`).
    func create(role: KeyRole) throws -> Data

    /// The public point of the key; `nil` only when there is none yet.
    func publicKey(role: KeyRole) throws -> Data?

    /// ECDSA over SHA-256 of the message, DER encoded.
    func sign(role: KeyRole, message: Data) throws -> Data

    /// Where the keys rest. The store counts as the weakest kind when it throws.
    func securityLevel() throws -> SecurityLevel
}

/// How much a line of the log matters.
public enum LogLevel: Hashable, Sendable {
    /// Something is broken.
    case error
    /// Something is not as it should be, and was dealt with.
    case warning
    /// Worth knowing.
    case info
}

/// Where the app keeps its log. Lines hold no secret and no customer number.
public protocol LogSink: Sendable {
    /// Keeps a line. Called on one background thread.
    func log(level: LogLevel, line: String)
}
