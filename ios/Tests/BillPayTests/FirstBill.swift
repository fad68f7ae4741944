import BillPay

protocol Screen: Sendable {
    func ask(_ question: String) async -> String
    func agrees(_ statement: String) async -> Bool
}

/// Throws what stopped it: a `BillPayError`, whose `why` is for the person to read.
func firstBill(
    _ app: Configuration, _ secrets: any SecretStore, _ signer: any DeviceSigner, _ screen: any Screen
) async throws -> Payment? {
    let bank = try await BillPayClient.open(app, secrets: secrets, signer: signer)
    try await bank.startActivation(phone: screen.ask("Your phone number?"))
    try await bank.finishActivation(code: screen.ask("The code that we sent you?"))

    guard let biller = try await bank.billers().first(where: { $0.kind == .power }) else { return nil }
    let echo = try await bank.lookUpBinding(biller.id, customerNumber: screen.ask(biller.numberLabel))
    guard await screen.agrees("Is this yours? \(echo.holderMasked), \(echo.addressMasked)") else { return nil }
    try await bank.confirmBinding(echo)

    try await bank.refresh()
    guard let bill = try await bank.bills().bills.first(where: { $0.status == .open }) else { return nil }
    let quote = try await bank.quote(bill.biller, billNumber: bill.billNumber)
    if let first = quote.firstPayment {
        guard await screen.agrees("Your first payment to this number: is it \(first.holderMasked)'s?") else { return nil }
        try await bank.acknowledgeEcho(first)
    }
    guard await screen.agrees("Pay \(quote.total) to \(quote.payee)?") else { return nil }
    return try await bank.pay(quote.id)
}
