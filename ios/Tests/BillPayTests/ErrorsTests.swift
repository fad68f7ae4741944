// What goes wrong arrives as an error that says what, who can act, and in which words.

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ErrorsTests {
    @Test("A profile belongs to one client at a time, and to the next once it is let go")
    func inUse() async throws {
        try await onAPhone { phone, _, _ in
            let first = try await phone.open()
            let second = try await error { () async throws(OpenError) in try await phone.open() }
            guard case .inUse(let why) = second else { throw second }
            #expect(why.whoActs == .person)
            try await first.suspendProfile()
            let other = try await phone.open()
            let back = try await error { () async throws(OpenError) in try await first.resumeProfile() }
            guard case .inUse = back else { throw back }
            try await other.suspendProfile()
            try await first.resumeProfile()
            #expect(try await !first.profile().active)
        }
    }

    @Test("A place that is no folder and a configuration that does not fit are told apart, in the person's language")
    func configuration() async throws {
        try await onAPhone { phone, _, folder in
            func refusal(_ change: (inout Configuration) -> Void) async throws -> OpenError {
                var configuration = phone.configuration
                change(&configuration)
                let changed = configuration
                return try await error { () async throws(OpenError) in
                    try await BillPayClient.open(changed, secrets: phone.secrets, signer: phone.signer)
                }
            }
            let file = folder.appendingPathComponent("file")
            try "no folder".write(to: file, atomically: true, encoding: .utf8)
            let through = try await refusal { $0.profile = file.appendingPathComponent("profile") }
            guard case .unreachable(let why) = through else { throw through }
            #expect(why.code == "profile-not-a-directory")
            let zh = try await refusal {
                $0.profile = file.appendingPathComponent("profile")
                $0.language = .zh
            }
            #expect(zh.why.whatHappened == "资料所在的路径不是文件夹。")

            let good = phone.configuration.connection
            let forged = good.replacing(/"trust": ?"[^"]{20}/, with: "\"trust\": \"AAAAAAAAAAAAAAAAAAAA")
            #expect(forged != good)
            let expected = [
                ("", "the connection file is not one"),
                ("{}", "the connection file is not one"),
                (forged, "the trust document is not signed by the offline key"),
            ]
            for (connection, detail) in expected {
                let refused = try await refusal { $0.connection = connection }
                guard case .badConfiguration(detail, _) = refused else { throw refused }
            }
        }
    }

    @Test("A key store that fails in any way is a typed fault, is not quoted, and the client goes on")
    func keyStore() async throws {
        struct Undeclared: Error, CustomStringConvertible {
            let description = "cannot read 0badc0de"
        }
        let failures: [(any Error, Fault)] = [
            (KeyStoreError.locked, .locked),
            (KeyStoreError.lost, .keyLost),
            (KeyStoreError.cancelled, .cancelled),
            (KeyStoreError.ambiguous, .keyStore),
            (KeyStoreError.failed(reason: "errSecIO"), .keyStore),
            (Undeclared(), .keyStore),
            (CancellationError(), .keyStore),
        ]
        try await onAPhone { phone, _, _ in
            let bank = try await phone.open()
            for (failure, fault) in failures {
                phone.secrets.failure.value = failure
                let met = try await error { () async throws(FaultError) in try await bank.profile() }
                #expect(met.fault == fault)
                #expect(!"\(met)".contains("0badc0de"))
            }
            phone.secrets.failure.value = nil
            #expect(try await !bank.profile().active)
        }
    }

    @Test("A secret that was not stored, for whatever reason, never counts as stored")
    func notStored() async throws {
        try await onAPhone { phone, _, _ in
            let bank = try await phone.open()
            for failure: any Error in [KeyStoreError.failed(reason: "full"), CocoaError(.fileWriteOutOfSpace)] {
                phone.secrets.failureToPut.value = failure
                #expect(try await error { () async throws(FaultError) in try await bank.profile() }.fault == .keyStore)
                #expect(phone.secrets.rows.value.isEmpty)
            }
            phone.secrets.failureToPut.value = nil
            #expect(try await !bank.profile().active)
            #expect(phone.secrets.rows.value.count == 1, "the profile's own key")
        }
    }

    @Test("What is asked too early or of nothing is an error of its operation")
    func tooEarly() async throws {
        try await onAPhone { phone, _, _ in
            let bank = try await phone.open()
            let code = try await error { () async throws(ActivationError) in
                try await bank.finishActivation(code: "123456")
            }
            guard case .notStarted = code else { throw code }
            let biller = try await error { () async throws(BindingError) in
                try await bank.lookUpBinding(BillerID("no"), customerNumber: "1")
            }
            guard case .unknownBiller = biller else { throw biller }
            let receipt = try await error { () async throws(ViewError) in
                try await bank.receipt(of: PaymentID("none"))
            }
            guard case .notFound = receipt else { throw receipt }
            let early = try await error { () async throws(RefreshError) in try await bank.refresh() }
            guard case .other(.notActivated, _) = early else { throw early }
            let order = try await error { () async throws(CodeError) in
                try await bank.askPaymentCode(QuoteID("none"))
            }
            guard case .order(.unknownQuote, _) = order else { throw order }
        }
    }

    @Test("Amounts are exact, and what is none is refused before anything is asked")
    func amounts() async throws {
        #expect("\(Money(minor: 5, currency: "CNY"))" == "0.05 CNY")
        #expect("\(Money(minor: -12_345, currency: "CNY"))" == "-123.45 CNY")
        #expect("\(Money(minor: 5, currency: "JPY"))" == "5 JPY")
        #expect("\(Money(minor: 1_005, currency: "KWD"))" == "1.005 KWD")
        #expect("\(Money(minor: .min, currency: "CNY"))" == "-92233720368547758.08 CNY")
        #expect(Money(minor: 9_007_199_254_740_991, currency: "CNY").decimal == Decimal(string: "90071992547409.91"))
        #expect(Money(minor: -5, currency: "CNY").decimal == Decimal(string: "-0.05"))
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            _ = try await bank.firstQuote(sandbox)
            for (minor, currency) in [(-1, "CNY"), (Int64(1) << 53, "CNY"), (1, "cny"), (1, "\u{FFFD}")] {
                let refused = try await error { () async throws(QuoteError) in
                    try await bank.quote(power, billNumber: powerBill, amount: Money(minor: minor, currency: currency))
                }
                guard case .amountNotAllowed(let why) = refused else { throw refused }
                #expect(why.moneyMoved == .no)
            }
            #expect(try await bank.payments(limit: -1, offset: .max).payments.isEmpty)
        }
    }
}
