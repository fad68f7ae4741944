// Limits, ways to pay, several bills at once, and the end of a profile (rows 15, 25, 26, 73, 74, 75).

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ManagingTests {
    private let water = BillerID("water-sh")
    private let waterBill = BillNumber("W0001")

    private func onAPhoneThatIsReady(_ test: (Phone, Sandbox, BillPayClient) async throws -> Void) async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            try await bank.activate(sandbox)
            _ = try await bank.bind()
            try await bank.refresh()
            try await test(phone, sandbox, bank)
        }
    }

    private func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: "CNY") }

    @Test("Limits are lowered at once, and raised with a code for that very change")
    func limits() async throws {
        try await onAPhoneThatIsReady { _, sandbox, bank in
            let limits = try #require(try await bank.limits().limits)
            #expect(limits.perPayment == cny(500_000))
            let most = try #require(limits.ceiling).perPayment
            func refused(_ change: LimitsChange) async throws -> LimitsError {
                try await error { () async throws(LimitsError) in try await bank.setLimits(change) }
            }
            guard case .nothingToChange = try await refused(LimitsChange()) else { throw SaysNothing(what: "nothing") }
            guard case .notAnAmount = try await refused(.init(perDay: cny(-1))) else { throw SaysNothing(what: "amount") }
            let above = try await refused(.init(perPayment: cny(most.minor + 1)))
            guard case .aboveCeiling(most, _) = above else { throw above }

            #expect(try await bank.setLimits(.init(perPayment: cny(10_000))).perPayment == cny(10_000))
            let raise = LimitsChange(perPayment: cny(20_000))
            guard case .stepUpNeeded = try await refused(raise) else { throw SaysNothing(what: "a code") }
            let sent = try await bank.askLimitsCode(raise)
            let code = try await sandbox.code()
            #expect(try await bank.raiseLimits(raise, sent: sent, code: code).perPayment == cny(20_000))
            #expect(try await bank.limits().limits?.perPayment == cny(20_000))
        }
    }

    @Test("Ways to pay are listed, preferred, removed, and added on a page of the bank")
    func methods() async throws {
        try await onAPhoneThatIsReady { _, _, bank in
            let methods = try await bank.methods()
            #expect(methods.map(\.preferred) == [true, false])
            #expect(try await bank.preferMethod(methods[1].id).map(\.preferred) == [false, true])
            #expect(try await bank.quote(power, billNumber: powerBill).method == methods[1].id)
            let step = try await bank.addMethod(.card)
            #expect(step.url.hasPrefix("https://"))
            var dumped = ""
            dump(step, to: &dumped)
            #expect(!"\(step) \(dumped)".contains(step.url), "it does not print where a card can be entered")
            let offered = try await error { () async throws(MethodError) in try await bank.addMethod(.account) }
            guard case .notOffered = offered else { throw offered }
            #expect(try await bank.removeMethod(methods[0].id).map(\.id) == [methods[1].id])
            let unknown = try await error { () async throws(MethodError) in try await bank.preferMethod(methods[0].id) }
            guard case .unknownMethod = unknown else { throw unknown }
        }
    }

    @Test("Several bills are quoted and paid as one list, each with an end of its own")
    func several() async throws {
        try await onAPhoneThatIsReady { _, _, bank in
            let echo = try await bank.lookUpBinding(water, customerNumber: "2100200018")
            let account = try await bank.confirmBinding(echo).id
            try await bank.refresh()
            let spread = try await bank.spread(account, sum: cny(7_000))
            #expect(spread.shares.map(\.billNumber) == [waterBill] && spread.shares.map(\.amount) == [cny(6_000)])
            #expect(spread.left == cny(1_000))
            let usual = try await error { () async throws(UsualError) in try await bank.usual(account) }
            guard case .nothingUsual = usual else { throw usual }

            let wishes = [
                Wish(power, billNumber: powerBill), Wish(power, billNumber: BillNumber("none")),
                Wish(water, billNumber: waterBill, amount: cny(2_500)),
            ]
            let twice = try await error { () async throws(SeveralError) in try await bank.quoteAll(wishes + wishes) }
            guard case .listedTwice = twice else { throw twice }
            let several = try await bank.quoteAll(wishes)
            #expect(several.totals == [cny(14_845)] && several.beyond == [])
            guard case .failure(.unknownBill) = several.quotes[1] else { throw SaysNothing(what: "unknown") }
            let (first, third) = (try several.quotes[0].get(), try several.quotes[2].get())
            try await bank.acknowledgeEcho(#require(first.firstPayment))
            // The first one is not compared: it is refused in its place, and does not stop the others.
            let paid = try await bank.payAll([third.id, QuoteID("none"), first.id])
            guard case .failure(.echoNotAcknowledged) = paid[0] else { throw SaysNothing(what: "compared") }
            guard case .failure(.unknownQuote) = paid[1] else { throw SaysNothing(what: "quote") }
            let payment = try paid[2].get()
            #expect(payment.state == .settled)
            let waiting = try await bank.waitingEvents()
            #expect(waiting.map(\.payment) == [payment.id])
            #expect(try await bank.waitingEvents() == waiting, "looking deals with none")
            #expect(try await bank.chainBreaks() == [])
        }
    }

    @Test("What the platform vouches for goes with requests, and what no request can carry is not taken")
    func attestation() async throws {
        try await onAPhoneThatIsReady { _, _, bank in
            #expect(try await bank.setAttestation("one.two-three"))
            try await bank.refresh()
            for none in ["", "two words", "line\nbreak", "é", String(repeating: "x", count: 8193)] {
                #expect(try await !bank.setAttestation(none))
            }
            try await bank.refresh()
            #expect(try await bank.setAttestation(nil))
            try await bank.refresh()
        }
    }

    @Test("The key is changed under a profile that goes on, and a wipe leaves nothing but a new beginning")
    func wiped() async throws {
        try await onAPhone { phone, sandbox, _ in
            try await wipe(phone.open(), sandbox)
            try await eventually {
                do { return try await !phone.open().profile().active } catch let error as OpenError {
                    guard case .inUse = error else { throw error }
                    return false
                }
            }
        }
    }

    private func wipe(_ bank: BillPayClient, _ sandbox: Sandbox) async throws {
        try await bank.activate(sandbox)
        try await bank.changeRootKey()
        #expect(try await bank.profile().active)
        try await bank.wipe()
        let gone = try await error { () async throws(FaultError) in try await bank.profile() }
        #expect(gone.fault == .suspended)
    }

    @Test("A profile that nobody has open is put aside, and kept")
    func setAside() async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            try await bank.activate(sandbox)
            let inUse = try await error { () async throws(OpenError) in try await BillPayClient.setAside(phone.configuration) }
            guard case .inUse = inUse else { throw inUse }
            try await bank.suspendProfile()
            let old = try await BillPayClient.setAside(phone.configuration)
            #expect(FileManager.default.fileExists(atPath: old.path))
        }
    }
}
