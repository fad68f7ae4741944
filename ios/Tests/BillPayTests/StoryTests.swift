// A customer's first day, over real sockets (features rows 1, 10, 14, 23, 46, 59).

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct StoryTests {
    @Test("From a new phone to a receipt that opens when the bank is gone")
    func story() async throws {
        try await onAPhone { phone, sandbox, _ in
            phone.secrets.failure.value = KeyStoreError.locked
            let bank = try await phone.open()
            // Opened while the phone is locked: the shipped catalogue is there, everything else says why not.
            #expect(try await bank.billers().contains { $0.id == power && $0.numberExample == powerNumber })
            let locked = try await error { () async throws(FaultError) in try await bank.profile() }
            #expect(locked.fault == .locked)
            #expect(locked.why.whoActs == .person)
            phone.secrets.failure.value = nil
            #expect(try await !bank.profile().active)

            try await activateWithOneWrongCode(bank, sandbox)
            try await bindWithOneTypingError(bank)

            #expect(try await bank.refresh().bills > 0)
            let bill = try await bank.bill()
            #expect(bill.amount == Money(minor: 12_345, currency: "CNY"))
            #expect(bill.status == .open)
            #expect(bill.alias == "家")
            let due = try #require(bill.dueDate)
            #expect(due.isValidDate(in: Calendar(identifier: .gregorian)))

            let quote = try await bank.quote(bill.biller, billNumber: bill.billNumber)
            #expect(quote.amount.minor + quote.fee.minor == quote.total.minor)
            #expect(quote.validUntil > Date())
            // Nobody has paid to this number from here: the person compares once more whose it is.
            let notCompared = try await error { () async throws(PayError) in try await bank.pay(quote.id) }
            guard case .echoNotAcknowledged = notCompared else { throw notCompared }
            let first = try #require(quote.firstPayment)
            #expect(first.holderMasked.contains("*"))
            try await bank.acknowledgeEcho(first)
            let payment = try await bank.pay(quote.id)
            #expect(payment.state == .settled)
            #expect(payment.why.moneyMoved == .yes)
            let twice = try await error { () async throws(PayError) in try await bank.pay(quote.id) }
            guard case .unknownQuote = twice else { throw twice }
            let settled = try await error { () async throws(QuoteError) in
                try await bank.quote(power, billNumber: powerBill)
            }
            guard case .alreadySettled(payment.id, _) = settled else { throw settled }

            try await sandbox.close()
            try await readWithoutTheBank(bank, payment, quote)
        }
    }

    private func activateWithOneWrongCode(_ bank: BillPayClient, _ sandbox: Sandbox) async throws {
        let noNumber = try await error { () async throws(ActivationError) in
            try await bank.startActivation(phone: "12")
        }
        guard case .notAPhoneNumber = noNumber else { throw noNumber }
        let activation = try await bank.startActivation(phone: phoneNumber)
        #expect(activation.stage == .waiting)
        #expect(activation.phoneMasked == "+86138****0001")
        let code = try await sandbox.code()
        let tooSoon = try await error { () async throws(ActivationError) in try await bank.resendCode() }
        guard case .resendTooSoon(let why) = tooSoon else { throw tooSoon }
        #expect(why.whoActs == .wait)
        let retryAt = try #require(why.retryAt)
        #expect(retryAt > Date())
        let other = code == "000000" ? "000001" : "000000"
        let wrong = try await error { () async throws(ActivationError) in
            try await bank.finishActivation(code: other)
        }
        guard case .codeWrong(let left, _) = wrong else { throw wrong }
        #expect(left + 1 == activation.attemptsLeft)
        #expect(try await bank.finishActivation(code: code).active)
    }

    private func bindWithOneTypingError(_ bank: BillPayClient) async throws {
        let typo = try await error { () async throws(BindingError) in
            try await bank.lookUpBinding(power, customerNumber: "3110001018")
        }
        guard case .badNumber(.checkDigit, _) = typo else { throw typo }
        let echo = try await bank.lookUpBinding(power, customerNumber: powerNumber)
        #expect(echo.holderMasked.contains("*"))
        #expect(!"\(echo)".contains(powerNumber), "no full number is ever printed")
        let account = try await bank.confirmBinding(echo, alias: "家")
        #expect(try await bank.accounts().accounts == [account])
        #expect(!"\(account)".contains(powerNumber))
    }

    private func readWithoutTheBank(_ bank: BillPayClient, _ payment: Payment, _ quote: Quote) async throws {
        let document = try await bank.receipt(of: payment.id)
        #expect(document.kind == .receipt)
        #expect(document.proof == .verified)
        let receipt = try #require(document.receipt)
        #expect(receipt.total == quote.total)
        #expect(receipt.payee == quote.payee)
        #expect(!"\(document)".contains(powerNumber))
        #expect(try await bank.documents(of: payment.id) == [document])
        #expect(try await bank.receipt(document.id) == document)
        #expect(try await bank.receipts().documents == [document])
        #expect(try await bank.payments().payments == [payment])
        #expect(try await bank.payment(payment.id) == payment)
        let offline = try await error { () async throws(RefreshError) in try await bank.refresh() }
        guard case .other(.network(.unreachable), let why) = offline else { throw offline }
        #expect(why.whoActs == .wait)
        #expect(why.whatToDo != "")
    }
}
