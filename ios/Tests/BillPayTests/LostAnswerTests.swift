// The heart, through Swift: what is not known is "checking", and ends by itself (rows 23, 29, 84).

import BillPay
import Testing

@Suite(.timeLimit(.minutes(2))) struct LostAnswerTests {
    @Test("An answer that is lost on the way is checked, never paid twice, and ends when the bank is back")
    func lostAnswer() async throws {
        let faults = """
            [{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
             {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]
            """
        try await inAFolder { folder in
            let failing = try await Sandbox(folder.appendingPathComponent("bank"), faults: faults)
            let phone = try Phone(folder, failing.connection)
            let payment = try await payAndLeave(phone, failing)
            try await failing.close()

            let sandbox = try await Sandbox(folder.appendingPathComponent("bank"))
            let bank = try await phone.open()
            try await bank.networkReturned()
            let event = try await bank.firstEvent()
            #expect(event.kind == .settled)
            #expect(event.payment == payment)
            #expect(try await bank.payments().payments.map(\.state) == [.settled])
            #expect(try await bank.receipt(of: payment).proof == .verified)
            #expect(try await bank.resolve() == 0)
            try await sandbox.close()
        }
    }

    private func payAndLeave(_ phone: Phone, _ failing: Sandbox) async throws -> PaymentID {
        let bank = try await phone.open()
        let quote = try await bank.firstQuote(failing)
        let payment = try await bank.pay(quote.id)
        #expect(payment.state == .checking(heldUntil: nil))
        #expect(payment.why.moneyMoved == .notKnown)
        #expect(payment.why.whatHappened.contains("do not pay again"))

        let again = try await error { () async throws(QuoteError) in try await bank.quote(power, billNumber: powerBill) }
        guard case .paymentInDoubt(payment.id, let why) = again else { throw again }
        #expect(why.whoActs == .wait)
        #expect(try await bank.bill().status == .checking(payment: payment.id))

        // The app goes to the background and is ended there.
        try await bank.suspendProfile()
        #expect(try await error { () async throws(FaultError) in try await bank.bills() }.fault == .suspended)
        return payment.id
    }
}
