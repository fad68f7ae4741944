// Every export, called as no app of good will calls it (row 59): a typed error at most, and the client goes on.

import BillPayGenerated
import Foundation
import Testing

@testable import BillPay

@Suite(.timeLimit(.minutes(2))) struct HostileTests {
    static let texts = [
        "", " ", "\0", "\u{FFFF}", "'; DROP TABLE order; --", "../../../etc/passwd", "%2e%2e%2f", "{}", "١٢٣", "-1",
        String(repeating: "9", count: 400), String(repeating: "缴", count: 300_000), "\r\nX-Injected: 1", "e\u{301}",
    ]
    static let amounts: [BillPayGenerated.Money] = [
        .init(minor: -1, currency: "CNY"), .init(minor: .min, currency: "CNY"), .init(minor: .max, currency: "CNY"),
        .init(minor: 0, currency: "CNY"), .init(minor: 1, currency: ""), .init(minor: 1, currency: "cny"),
        .init(minor: 1, currency: "￥￥￥"), .init(minor: 1, currency: String(repeating: "X", count: 100_000)),
    ]
    static let counts: [UInt32] = [0, 1, .max]

    struct Hostile: Sendable {
        let phone: Phone
        let folder: URL
        let client: BillPayGenerated.Client
        let echo: BillPayGenerated.BindingEcho

        /// Anything but an error that the library declares ends the test.
        func attempt(_ call: () async throws -> Any) async throws {
            do { _ = try await call() } catch {
                if !String(reflecting: type(of: error)).hasPrefix("BillPayGenerated.") || "\(type(of: error))".hasPrefix("Uniffi")
                {
                    throw error
                }
            }
        }

        func eachText(_ call: (String) async throws -> Any) async throws {
            for text in texts { try await attempt { try await call(text) } }
        }

        /// Of each limit in turn: what is no amount. What is one would change them under the other cases.
        func eachChange(_ call: (BillPayGenerated.LimitsChange) async throws -> Any) async throws {
            let none = BillPayGenerated.LimitsChange(perPayment: nil, perDay: nil, stepUpFrom: nil)
            try await attempt { try await call(none) }
            for amount in amounts where amount != .init(minor: 0, currency: "CNY") {
                for limit in [\.perPayment, \.perDay, \.stepUpFrom]
                    as [WritableKeyPath<BillPayGenerated.LimitsChange, BillPayGenerated.Money?>]
                {
                    var change = none
                    change[keyPath: limit] = amount
                    let wanted = change
                    try await attempt { try await call(wanted) }
                }
            }
        }

        func eachPlace(_ call: (UInt32, BillPayGenerated.Place?) async throws -> Any) async throws {
            for limit in counts {
                try await attempt { try await call(limit, nil) }
                for text in texts {
                    for time in [0, Int64.min, .max] {
                        try await attempt { try await call(limit, BillPayGenerated.Place(atMs: time, id: text)) }
                    }
                }
            }
        }

        func eachPage(_ call: (UInt32, UInt32) async throws -> Any) async throws {
            for limit in counts { for offset in counts { try await attempt { try await call(limit, offset) } } }
        }
    }

    typealias Case = @Sendable (Hostile) async throws -> Void

    /// A case for each export. What a case does is up to it; that it has one is not.
    static let cases: [String: Case] = [
        "coreVersion": { _ in #expect(!coreVersion().isEmpty) },
        "checkSecretStore": { h in
            try await h.attempt { try await checkSecretStore(store: SecretStorePort(h.phone.secrets)) }
        },
        "checkDeviceSigner": { h in
            try await h.attempt { try await checkDeviceSigner(signer: DeviceSignerPort(OpenSSLSigner())) }
        },
        "setLogSink": { _ in
            final class Deaf: BillPay.LogSink {
                func log(level: BillPay.LogLevel, line: String) {}
            }
            _ = setLogSink(sink: LogSinkPort(Deaf()))
            #expect(!setLogSink(sink: LogSinkPort(Deaf())), "the second one is not taken")
        },
        "openClient": { h in
            let good = h.phone.configuration.raw
            func open(_ change: (inout BillPayGenerated.Configuration) -> Void) async throws {
                var hostile = good
                change(&hostile)
                let configuration = hostile
                try await h.attempt {
                    try await openClient(
                        configuration: configuration,
                        secrets: SecretStorePort(MemorySecrets()),
                        signer: DeviceSignerPort(OpenSSLSigner())
                    )
                }
            }
            for text in texts {
                // Some of these are good names for a folder: below our own.
                if !text.contains("..") { try await open { $0.profile = "\(h.folder.path)/hostile/\(text)/profile" } }
                try await open { $0.connection = text }
                try await open { $0.zone = text }
                try await open {
                    $0.clientVersion = text
                    $0.profile = "\(h.folder.path)/named"
                }
                try await open {
                    $0.deviceName = text
                    $0.profile = "\(h.folder.path)/named"
                }
            }
            try await open { $0.profile = "" }
        },
        "BindingEcho.view": { h in #expect(!"\(h.echo.view())".contains(powerNumber)) },
        "Client.profile": { h in try await h.attempt { try await h.client.profile() } },
        "Client.startActivation": { h in try await h.eachText { try await h.client.startActivation(phone: $0) } },
        "Client.resendCode": { h in try await h.attempt { try await h.client.resendCode() } },
        "Client.finishActivation": { h in try await h.eachText { try await h.client.finishActivation(code: $0) } },
        "Client.billerCatalog": { h in try await h.attempt { try await h.client.billerCatalog() } },
        "Client.lookupBinding": { h in
            try await h.eachText { try await h.client.lookupBinding(biller: $0, customerNumber: $0) }
            try await h.eachText { try await h.client.lookupBinding(biller: power.rawValue, customerNumber: $0) }
        },
        "Client.confirmBinding": { h in
            try await h.eachText { try await h.client.confirmBinding(echo: h.echo, alias: $0) }
        },
        "Client.acknowledgeEcho": { h in
            try await h.eachText { try await h.client.acknowledgeEcho(account: $0, echoDigest: $0) }
        },
        "Client.unbind": { h in try await h.eachText { try await h.client.unbind(account: $0) } },
        "Client.accounts": { h in try await h.attempt { try await h.client.accounts() } },
        "Client.refresh": { h in try await h.attempt { try await h.client.refresh() } },
        "Client.queryBills": { h in try await h.eachText { try await h.client.queryBills(account: $0) } },
        "Client.bills": { h in try await h.attempt { try await h.client.bills() } },
        "Client.quote": { h in
            try await h.eachText { try await h.client.quote(biller: $0, billNumber: $0, amount: nil, method: $0) }
            for amount in amounts {
                try await h.attempt {
                    try await h.client.quote(
                        biller: power.rawValue, billNumber: powerBill.rawValue, amount: amount, method: nil)
                }
            }
        },
        "Client.pay": { h in try await h.eachText { try await h.client.pay(quote: $0) } },
        "Client.askPaymentCode": { h in try await h.eachText { try await h.client.askPaymentCode(quote: $0) } },
        "Client.payWithCode": { h in try await h.eachText { try await h.client.payWithCode(quote: $0, code: $0) } },
        "Client.quoteAll": { h in
            func wish(_ text: String, _ amount: BillPayGenerated.Money? = nil) -> BillPayGenerated.Wish {
                .init(biller: text, billNumber: text, amount: amount, method: text)
            }
            try await h.eachText { try await h.client.quoteAll(wishes: [wish($0)]) }
            for amount in amounts { try await h.attempt { try await h.client.quoteAll(wishes: [wish("none", amount)]) } }
            try await h.attempt { try await h.client.quoteAll(wishes: []) }
            try await h.attempt { try await h.client.quoteAll(wishes: (0..<10_000).map { wish("\($0)") }) }
        },
        "Client.payAll": { h in
            try await h.eachText { try await h.client.payAll(quotes: [$0]) }
            try await h.attempt { try await h.client.payAll(quotes: []) }
            try await h.attempt { try await h.client.payAll(quotes: texts + texts) }
            try await h.attempt { try await h.client.payAll(quotes: (0..<10_000).map { "\($0)" }) }
        },
        "Client.spread": { h in
            try await h.eachText { try await h.client.spread(account: $0, sum: .init(minor: 1, currency: "CNY")) }
            for amount in amounts { try await h.attempt { try await h.client.spread(account: "none", sum: amount) } }
        },
        "Client.usual": { h in try await h.eachText { try await h.client.usual(account: $0) } },
        "Client.reminders": { h in
            try await h.eachText { try await h.client.reminders(zone: $0, room: 64) }
            for room in counts {
                try await h.attempt { try await h.client.reminders(zone: "Asia/Shanghai", room: room) }
            }
        },
        "Client.reminderHealth": { h in
            try await h.eachText { try await h.client.reminderHealth(zone: $0, room: 64) }
            for room in counts {
                try await h.attempt { try await h.client.reminderHealth(zone: "Asia/Shanghai", room: room) }
            }
        },
        "Client.reportArmed": { h in
            func armed(_ ids: [String]) -> BillPayGenerated.ArmedReminders {
                .init(
                    held: ids.map { .init(id: $0, mark: $0) }, told: ids, toldChecking: ids, notifications: true,
                    permission: true, batterySaver: false)
            }
            try await h.eachText { try await h.client.reportArmed(armed: armed([$0])) }
            try await h.attempt { try await h.client.reportArmed(armed: armed(texts + texts)) }
            try await h.attempt { try await h.client.reportArmed(armed: armed((0..<10_000).map { "\($0)" })) }
            try await h.attempt { try await h.client.reportArmed(armed: armed([])) }
        },
        "Client.stillDue": { h in try await h.eachText { try await h.client.stillDue(reminder: $0) } },
        "stillDueIn": { h in
            let good = h.phone.configuration.raw
            try await h.eachText { try await stillDueIn(configuration: good, reminder: $0) }
            let id = "\(String(repeating: "A", count: 43))~\(String(repeating: "A", count: 43)).2026-12-01.d0"
            try await h.eachText { text in
                var hostile = good
                (hostile.zone, hostile.connection) = (text, text)
                hostile.profile = text.contains("..") ? "" : "\(h.folder.path)/hostile/\(text)/none"
                return try await stillDueIn(configuration: hostile, reminder: id)
            }
        },
        "Client.pushedReminder": { h in
            try await h.eachText { try await h.client.pushedReminder(pushed: $0) as Any }
        },
        "Client.reminderOf": { h in
            try await h.eachText { try await h.client.reminderOf(biller: $0, billNumber: $0) as Any }
        },
        "Client.snooze": { h in
            for until in [Date.distantPast, Date.distantFuture, Date(timeIntervalSince1970: 0)] {
                try await h.eachText { try await h.client.snooze(reminder: $0, until: until) }
            }
        },
        "Client.mute": { h in
            for muted in [true, false] {
                try await h.eachText { try await h.client.mute(biller: $0, muted: muted) }
            }
        },
        "Client.reminderPolicy": { h in try await h.attempt { try await h.client.reminderPolicy() } },
        "Client.setReminderPolicy": { h in
            func set(_ change: @Sendable (inout BillPayGenerated.ReminderPolicy) -> Void) async throws {
                try await h.attempt {
                    let read = try await h.client.reminderPolicy()
                    var policy = read
                    change(&policy)
                    return try await h.client.setReminderPolicy(read: read, policy: policy)
                }
            }
            try await set { $0.leadDays = (0..<10_000).map { UInt16($0) } }
            try await set { $0.overdueDays = [0] }
            try await set { $0.horizonDays = .max }
            try await set { $0.at = .init(hour: 255, minute: 255) }
            try await set { $0.snoozed = [.init(bill: "none", from: .distantFuture, until: .distantPast)] }
        },
        "Client.reminderChannels": { h in try await h.attempt { try await h.client.reminderChannels() } },
        "Client.chooseChannels": { h in
            try await h.eachText { try await h.client.chooseChannels(account: $0, channels: [.sms, .sms]) }
            try await h.attempt {
                try await h.client.chooseChannels(account: nil, channels: .init(repeating: .phone, count: 10_000))
            }
            try await h.attempt { try await h.client.chooseChannels(account: nil, channels: nil) }
        },
        "Client.tellReminders": { h in try await h.attempt { try await h.client.tellReminders() } },
        "Client.limits": { h in try await h.attempt { try await h.client.limits() } },
        "Client.setLimits": { h in try await h.eachChange { try await h.client.setLimits(change: $0) } },
        "Client.askLimitsCode": { h in try await h.eachChange { try await h.client.askLimitsCode(change: $0) } },
        "Client.raiseLimits": { h in
            try await h.eachChange { try await h.client.raiseLimits(change: $0, sent: "", code: "") }
            let raise = BillPayGenerated.LimitsChange(
                perPayment: .init(minor: 600_000, currency: "CNY"), perDay: nil, stepUpFrom: nil)
            try await h.eachText { try await h.client.raiseLimits(change: raise, sent: $0, code: $0) }
        },
        "Client.methods": { h in try await h.attempt { try await h.client.methods() } },
        "Client.addMethod": { h in
            for kind in [BillPayGenerated.MethodKind.account, .card, .wallet, .unknown] {
                try await h.attempt { try await h.client.addMethod(kind: kind) }
            }
        },
        "HostedStep.url": { h in try await h.attempt { try await h.client.addMethod(kind: .card).url() } },
        "HostedStep.expiresAt": { h in try await h.attempt { try await h.client.addMethod(kind: .card).expiresAt() } },
        "Client.removeMethod": { h in try await h.eachText { try await h.client.removeMethod(id: $0) } },
        "Client.preferMethod": { h in try await h.eachText { try await h.client.preferMethod(id: $0) } },
        "Client.waitingEvents": { h in try await h.attempt { try await h.client.waitingEvents() } },
        "Client.chainBreaks": { h in try await h.attempt { try await h.client.chainBreaks() } },
        "Client.changeRootKey": { h in for _ in 0..<2 { try await h.attempt { try await h.client.changeRootKey() } } },
        "Client.wipe": { h in
            // Of a profile of its own: the others go on with theirs.
            var configuration = h.phone.configuration.raw
            configuration.profile = "\(h.folder.path)/wiped-\(UUID().uuidString)"
            let other = try await openClient(
                configuration: configuration,
                secrets: SecretStorePort(MemorySecrets()),
                signer: DeviceSignerPort(OpenSSLSigner())
            )
            for open in [BillPayGenerated.OpenPayments.wait, .leave, .wait] {
                try await h.attempt { try await other.wipe(open: open) }
            }
            try await h.attempt { try await other.profile() }
            try await h.attempt { try await other.resume() }
        },
        "setAside": { h in
            // Never the one that the other cases use: while it is suspended, it may be put aside.
            let good = h.phone.configuration.raw
            try await h.eachText { text in
                var hostile = good
                (hostile.zone, hostile.connection) = (text, text)
                hostile.profile = text.contains("..") ? "" : "\(h.folder.path)/hostile/\(text)/none"
                return try await setAside(configuration: hostile)
            }
        },
        "Client.payments": { h in try await h.eachPage { try await h.client.payments(limit: $0, offset: $1) } },
        "Client.payment": { h in try await h.eachText { try await h.client.payment(id: $0) } },
        "Client.receipts": { h in try await h.eachPage { try await h.client.receipts(limit: $0, offset: $1) } },
        "Client.receiptPage": { h in
            try await h.eachPlace { limit, after in try await h.client.receiptPage(limit: limit, after: after) }
        },
        "Client.paymentPage": { h in
            try await h.eachPlace { limit, after in try await h.client.paymentPage(limit: limit, after: after) }
        },
        "Client.searchReceipts": { h in
            try await h.eachText { try await h.client.searchReceipts(query: $0, limit: .max, after: nil) }
            try await h.eachPlace { limit, after in
                try await h.client.searchReceipts(query: "电", limit: limit, after: after)
            }
        },
        "Client.statistics": { h in try await h.attempt { try await h.client.statistics() } },
        "Client.owed": { h in try await h.attempt { try await h.client.owed() } },
        "Client.receiptText": { h in try await h.eachText { try await h.client.receiptText(id: $0) } },
        "Client.receiptKeys": { h in try await h.attempt { try await h.client.receiptKeys() } },
        "Client.documents": { h in try await h.eachText { try await h.client.documents(payment: $0) } },
        "Client.receipt": { h in try await h.eachText { try await h.client.receipt(id: $0) } },
        "Client.nextEvent": { h in try await h.attempt { try await h.client.nextEvent() as Any } },
        "Client.acknowledgeEvent": { h in try await h.eachText { try await h.client.acknowledgeEvent(id: $0) } },
        "Client.suspend": { h in for _ in 0..<2 { try await h.attempt { try await h.client.suspend() } } },
        "Client.resume": { h in for _ in 0..<2 { try await h.attempt { try await h.client.resume() } } },
        "Client.networkReturned": { h in try await h.attempt { try await h.client.networkReturned() } },
        "Client.setAttestation": { h in
            for token in texts.map(Optional.some) + [nil] {
                try await h.attempt { try await h.client.setAttestation(token: token) }
            }
        },
        "Client.resolve": { h in try await h.attempt { try await h.client.resolve() } },
    ]

    @Test("Every export has a hostile case, and no case is for what is no export")
    func everyExport() throws {
        let exports = try Generated.exports()
        #expect(exports.sorted() == Self.cases.keys.sorted())
    }

    @Test("Hostile input meets a typed error, from one task and from many, and the client goes on")
    func hostileInput() async throws {
        try await onAPhone { phone, sandbox, folder in
            let client = try await openClient(
                configuration: phone.configuration.raw,
                secrets: SecretStorePort(phone.secrets),
                signer: DeviceSignerPort(phone.signer)
            )
            _ = try await client.startActivation(phone: phoneNumber)
            _ = try await client.finishActivation(code: sandbox.code())
            let echo = try await client.lookupBinding(biller: power.rawValue, customerNumber: powerNumber)
            let hostile = Hostile(phone: phone, folder: folder, client: client, echo: echo)
            for (name, work) in Self.cases {
                do { try await work(hostile) } catch { Issue.record("\(name): \(error)") }
            }
            // All of them at a time, suspending and resuming among them.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { for work in Self.cases.values { group.addTask { try await work(hostile) } } }
                try await group.waitForAll()
            }
            try? await client.resume()
            #expect(try await client.profile().active, "the client goes on")
            #expect(try await client.payments(limit: 10, offset: 0).payments.isEmpty, "and nothing was paid")
        }
    }

    @Test("What a key store throws beside the declared errors is named by its type, and never quoted")
    func undeclared() async throws {
        struct Undeclared: Error, CustomStringConvertible {
            let description = "cannot read 0badc0de"
        }
        let secrets = MemorySecrets()
        for (thrown, told) in [
            (Undeclared(), BillPayGenerated.KeyStoreError.Failed(reason: "undeclared error Undeclared")),
            (CancellationError(), .Failed(reason: "undeclared error CancellationError")),
            (BillPay.KeyStoreError.failed(reason: "errSecIO"), .Failed(reason: "errSecIO")),
            (BillPay.KeyStoreError.locked, .Locked), (BillPay.KeyStoreError.lost, .Lost),
            (BillPay.KeyStoreError.ambiguous, .Ambiguous), (BillPay.KeyStoreError.cancelled, .Cancelled),
        ] as [(any Error, BillPayGenerated.KeyStoreError)] {
            secrets.failure.value = thrown
            let refused: any Error = try await error { () async throws in
                try await checkSecretStore(store: SecretStorePort(secrets))
            }
            guard case SecretStoreCheckError.Refused(_, told) = refused else { throw refused }
        }
    }

    @Test("A thousand calls at once are all answered")
    func manyAtOnce() async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            _ = try await bank.firstQuote(sandbox)
            let expected = try await bank.bills().bills.count
            #expect(expected > 0)
            let answered = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<1_000 { group.addTask { try await bank.bills().bills.count } }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(answered == [expected: 1_000])
        }
    }
}

/// What the generated source says of the library: it was written from the library's own metadata.
private enum Generated {
    /// Every export: functions by name, methods with their object.
    static func exports() throws -> Set<String> {
        let file = sources.appendingPathComponent("BillPayGenerated/billpay.swift")
        var (found, object): (Set<String>, Substring?) = ([], nil)
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
            if let start = line.firstMatch(of: /^public protocol (\w+)Protocol: AnyObject/) { object = start.1 }
            if line == "}" { object = nil }
            if let object, let method = line.firstMatch(of: /^ {4}func (\w+)\(/) { found.insert("\(object).\(method.1)") }
            if let function = line.firstMatch(of: /^public func (\w+)\(/) {
                let name = String(function.1)
                // The generator's own helpers stand beside what was exported.
                if !name.hasPrefix("FfiConverter"), !name.lowercased().contains("uniffi") { found.insert(name) }
            }
        }
        return found
    }
}

/// The package's sources, as they were compiled.
let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources").standardizedFileURL
