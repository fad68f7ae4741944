// What the app implements, as the library calls it.

import BillPayGenerated
import Foundation

final class SecretStorePort: BillPayGenerated.SecretStore {
    private let store: any SecretStore

    init(_ store: any SecretStore) { self.store = store }

    func get(name: String) throws -> Data? { try declared { try store.get(name: name) } }

    func put(name: String, secret: Data) throws { try declared { try store.put(name: name, secret: secret) } }

    func delete(name: String) throws { try declared { try store.delete(name: name) } }

    func securityLevel() throws -> BillPayGenerated.SecurityLevel { try declared { try store.securityLevel().raw } }
}

final class DeviceSignerPort: BillPayGenerated.DeviceSigner {
    private let signer: any DeviceSigner

    init(_ signer: any DeviceSigner) { self.signer = signer }

    func create(role: BillPayGenerated.KeyRole) throws -> Data { try declared { try signer.create(role: KeyRole(role)) } }

    func publicKey(role: BillPayGenerated.KeyRole) throws -> Data? {
        try declared { try signer.publicKey(role: KeyRole(role)) }
    }

    func sign(role: BillPayGenerated.KeyRole, message: Data) throws -> Data {
        try declared { try signer.sign(role: KeyRole(role), message: message) }
    }

    func securityLevel() throws -> BillPayGenerated.SecurityLevel { try declared { try signer.securityLevel().raw } }
}

final class LogSinkPort: BillPayGenerated.LogSink {
    private let sink: any LogSink

    init(_ sink: any LogSink) { self.sink = sink }

    func log(level: BillPayGenerated.LogLevel, line: String) { sink.log(level: LogLevel(level), line: line) }
}

/// A declared error as itself, any other by the name of its type alone: its text may hold a secret, and the
/// generated code would quote it.
private func declared<T>(_ work: () throws -> T) throws -> T {
    do {
        return try work()
    } catch let refused as KeyStoreError {
        throw refused.raw
    } catch {
        throw BillPayGenerated.KeyStoreError.Failed(reason: "undeclared error \(type(of: error))")
    }
}

extension KeyStoreError {
    fileprivate var raw: BillPayGenerated.KeyStoreError {
        switch self {
        case .locked: .Locked
        case .lost: .Lost
        case .ambiguous: .Ambiguous
        case .cancelled: .Cancelled
        case .failed(let reason): .Failed(reason: reason)
        }
    }
}

extension KeyRole {
    init(_ raw: BillPayGenerated.KeyRole) {
        self =
            switch raw {
            case .device: .device
            case .order: .order
            case .secondDevice: .secondDevice
            case .secondOrder: .secondOrder
            }
    }
}

extension SecurityLevel {
    init(_ raw: BillPayGenerated.SecurityLevel) {
        self =
            switch raw {
            case .file: .file
            case .software: .software
            case .hardware: .hardware
            }
    }

    fileprivate var raw: BillPayGenerated.SecurityLevel {
        switch self {
        case .file: .file
        case .software: .software
        case .hardware: .hardware
        }
    }
}

extension LogLevel {
    init(_ raw: BillPayGenerated.LogLevel) {
        self =
            switch raw {
            case .error: .error
            case .warning: .warning
            case .info: .info
            }
    }
}

extension Configuration {
    var raw: BillPayGenerated.Configuration {
        BillPayGenerated.Configuration(
            profile: profile.path,
            connection: connection,
            clientVersion: clientVersion,
            deviceName: deviceName,
            language: language.raw,
            zone: zone.identifier
        )
    }
}

extension Language {
    init(_ raw: BillPayGenerated.Language) {
        self =
            switch raw {
            case .zh: .zh
            case .en: .en
            }
    }

    var raw: BillPayGenerated.Language {
        switch self {
        case .zh: .zh
        case .en: .en
        }
    }
}

extension DateComponents {
    /// A civil date, counted in days since 1970: of no zone, for the Gregorian calendar.
    init(epochDay: Int64) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let noon = Date(timeIntervalSince1970: Double(epochDay) * 86_400 + 43_200)
        self = calendar.dateComponents([.year, .month, .day], from: noon)
    }
}
