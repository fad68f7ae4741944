// What is looked up in what lasts, with the bank gone (rows 19, 50, 51, 52, 77).

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ArchiveTests {
    private let water = BillerID("water-sh")
    private let waterBill = BillNumber("W0001")

    private func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: "CNY") }

    /// A phone that has paid two bills.
    private func paid(_ test: (BillPayClient) async throws -> Void) async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            try await bank.activate(sandbox)
            _ = try await bank.bind()
            try await bank.confirmBinding(bank.lookUpBinding(water, customerNumber: "2100200018"), alias: "爸妈家")
            try await bank.refresh()
            for (biller, bill) in [(power, powerBill), (water, waterBill)] {
                let quote = try await bank.quote(biller, billNumber: bill)
                if let first = quote.firstPayment { try await bank.acknowledgeEcho(first) }
                #expect(try await bank.pay(quote.id).state == .settled)
            }
            try await test(bank)
        }
    }

    @Test("Pages go on where the one before ended, and end")
    func pages() async throws {
        try await paid { bank in
            let first = try await bank.receiptPage(limit: 1)
            let second = try await bank.receiptPage(limit: 1, after: #require(first.next))
            let end = try await bank.receiptPage(limit: 1, after: #require(second.next))
            #expect(end.documents.isEmpty && end.next == nil)
            let all = try await bank.receiptPage()
            #expect(all.documents == first.documents + second.documents && all.documents.count == 2)
            #expect(all.next == nil && all.damaged == 0)
            let payments = try await bank.paymentPage(limit: 1)
            let earlier = try await bank.paymentPage(limit: 1, after: #require(payments.next))
            #expect(try await bank.paymentPage().payments == payments.payments + earlier.payments)
            #expect(try await bank.receiptPage(limit: -5).documents.count == 1)
        }
    }

    @Test("A receipt is found by what is remembered of it")
    func search() async throws {
        try await paid { bank in
            // By the name on the bill, by the person's own name for the account, by the amount.
            let asked = [("电", [power]), ("家", [water]), ("123.45", [power]), ("", []), ("没有", [])]
            for (query, billers) in asked {
                let found = try await bank.searchReceipts(query).documents.compactMap(\.receipt?.biller)
                #expect(found == billers, "\(query)")
            }
        }
    }

    @Test("Sums are those of the receipts, and what is owed is what the bills ask for")
    func sums() async throws {
        try await paid { bank in
            let receipts = try await bank.receiptPage().documents.compactMap(\.receipt)
            let statistics = try await bank.statistics()
            let month = try #require(statistics.months.first)
            #expect(statistics.months.count == 1 && month.sum.receipts == 2)
            #expect(month.sum.total == cny(receipts.map(\.total.minor).reduce(0, +)))
            #expect(month.billers.map(\.biller) == [power, water])
            #expect(statistics.waiting + statistics.unverified + statistics.damaged == 0)
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = try #require(TimeZone(identifier: receipts[0].zone))
            #expect(calendar.dateComponents([.year, .month], from: receipts[0].paidAt) == month.month)
            let open = try await bank.bills().bills.filter { $0.status == .open && $0.kind == .bill }
            let owed = try await bank.owed()
            #expect(owed.totals.map(\.minor).reduce(0, +) == open.map(\.amount.minor).reduce(0, +))
            #expect(owed.bills == open.count && owed.doubts.isEmpty && owed.tooLarge.isEmpty)
            #expect(owed.unknown + owed.damaged == 0)
        }
    }

    @Test("A receipt is given away as a text that holds what proves it")
    func text() async throws {
        try await paid { bank in
            let document = try #require(try await bank.receiptPage().documents.first)
            let text = try await bank.receiptText(document.id)
            #expect(text.hasSuffix("\n" + document.compact))
            #expect(text.contains(try #require(document.receipt?.payee)) && text.contains("payee: "))
            let none = try await error { () async throws(ViewError) in try await bank.receiptText(DocumentID("none")) }
            guard case .notFound = none else { throw none }
            #expect(try await bank.receiptKeys().contains("\"keys\""))
        }
    }
}
