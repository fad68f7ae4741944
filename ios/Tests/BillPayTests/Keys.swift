// Key stores of the tests: in memory, and able to fail as those of a system do.

import BillPay
import Foundation

/// A value that several threads change.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var inner: Value

    init(_ value: Value) { inner = value }

    var value: Value {
        get { lock.withLock { inner } }
        set { lock.withLock { inner = newValue } }
    }

    func change<T>(_ work: (inout Value) -> T) -> T { lock.withLock { work(&inner) } }
}

/// A key store of the system, that can fail as one does.
final class MemorySecrets: SecretStore {
    let rows = Guarded<[String: Data]>([:])
    /// Thrown from now on, by every call.
    let failure = Guarded<(any Error)?>(nil)
    /// Thrown from now on, by what stores alone.
    let failureToPut = Guarded<(any Error)?>(nil)

    func get(name: String) throws -> Data? {
        if let failure = failure.value { throw failure }
        return rows.value[name]
    }

    func put(name: String, secret: Data) throws {
        if let failure = failure.value ?? failureToPut.value { throw failure }
        rows.change { $0[name] = secret }
    }

    func delete(name: String) throws {
        if let failure = failure.value { throw failure }
        rows.change { $0[name] = nil }
    }

    func securityLevel() throws -> SecurityLevel { .software }
}

/// P-256 keys of the openssl program: Linux has no CryptoKit.
final class OpenSSLSigner: DeviceSigner {
    private let keys = Guarded<[KeyRole: Data]>([:])

    func create(role: KeyRole) throws -> Data {
        let key = try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"])
        keys.change { $0[role] = key }
        return try point(key)
    }

    func publicKey(role: KeyRole) throws -> Data? { try keys.value[role].map(point) }

    func sign(role: KeyRole, message: Data) throws -> Data {
        guard let key = keys.value[role] else { throw KeyStoreError.lost }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try key.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try openssl(["dgst", "-sha256", "-sign", file.path], input: message)
    }

    func securityLevel() throws -> SecurityLevel { .software }

    /// The system has lost them all.
    func lose() { keys.change { $0 = [:] } }

    /// The last 65 bytes of a public key of this kind, by RFC 5480.
    private func point(_ key: Data) throws -> Data {
        Data(try openssl(["ec", "-pubout", "-outform", "DER"], input: key).suffix(65))
    }
}

private func openssl(_ arguments: [String], input: Data = Data()) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    let (into, out) = (Pipe(), Pipe())
    process.standardInput = into
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    try process.run()
    try into.fileHandleForWriting.write(contentsOf: input)
    try into.fileHandleForWriting.close()
    let said = try out.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw KeyStoreError.failed(reason: "openssl \(arguments[0])") }
    return said
}
