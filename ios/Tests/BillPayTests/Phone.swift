// An app of the bank on a phone of its own, and what tests do with it.

import BillPay
import Foundation
import Testing

let phoneNumber = "13800000001"
let power = BillerID("power-sh")
let powerNumber = "3110001017"
let powerBill = BillNumber("E0001")

struct Phone: Sendable {
    let secrets = MemorySecrets()
    let signer = OpenSSLSigner()
    let configuration: Configuration

    init(_ folder: URL, _ connection: String, language: Language = .en) throws {
        configuration = Configuration(
            profile: folder.appendingPathComponent("phone"),
            connection: connection,
            clientVersion: "1.0.0",
            deviceName: "a test",
            language: language,
            zone: try #require(TimeZone(identifier: "Asia/Shanghai"))
        )
    }

    func open() async throws(OpenError) -> BillPayClient {
        try await BillPayClient.open(configuration, secrets: secrets, signer: signer)
    }
}

/// A folder that is gone after the test.
func inAFolder(_ test: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("billpay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await test(folder)
}

/// A phone, and a bank that is gone after the test.
func onAPhone(faults: String? = nil, _ test: (Phone, Sandbox, URL) async throws -> Void) async throws {
    try await inAFolder { folder in
        let sandbox = try await Sandbox(folder.appendingPathComponent("bank"), faults: faults)
        let done: Result<Void, any Error>
        do {
            done = .success(try await test(Phone(folder, sandbox.connection), sandbox, folder))
        } catch {
            done = .failure(error)
        }
        try await sandbox.close()
        try done.get()
    }
}

/// The error, or the end of the test.
func error<E: Error, T>(of work: () async throws(E) -> T) async throws -> E {
    let value: T
    do { value = try await work() } catch { return error }
    throw SaysNothing(what: "no error: \(value)")
}

extension BillPayClient {
    func activate(_ sandbox: Sandbox) async throws {
        try await startActivation(phone: phoneNumber)
        try await finishActivation(code: sandbox.code())
    }

    func bind() async throws -> Account {
        try await confirmBinding(lookUpBinding(power, customerNumber: powerNumber))
    }

    /// A quote for the usual bill, on a phone that was new a moment ago; whose number it is has been compared.
    func firstQuote(_ sandbox: Sandbox) async throws -> Quote {
        try await activate(sandbox)
        _ = try await bind()
        try await refresh()
        let quote = try await quote(power, billNumber: powerBill)
        try await acknowledgeEcho(#require(quote.firstPayment))
        return quote
    }

    func bill() async throws -> Bill {
        try #require(try await bills().bills.first { $0.billNumber == powerBill })
    }

    func firstEvent() async throws -> Event {
        for try await event in events(every: .milliseconds(20)) { return event }
        throw SaysNothing(what: "the events ended")
    }
}
