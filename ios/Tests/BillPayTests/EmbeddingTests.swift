// What docs/embedding.md shows is what runs here (features row 87).

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct EmbeddingTests {
    @Test("The listing of the page is this source, to the letter")
    func listing() throws {
        let page = sources.appendingPathComponent("../../docs/embedding.md").standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let listings = text.matches(of: /```swift\n(import BillPay\n(?s:.*?))```/).map { String($0.1) }
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("FirstBill.swift")
        let source = try String(contentsOf: file, encoding: .utf8)
        #expect(listings == [source])
    }

    @Test("The listing takes an empty app to a paid bill")
    func run() async throws {
        try await onAPhone { phone, sandbox, _ in
            let person = Person(sandbox: sandbox)
            let payment = try #require(
                try await firstBill(phone.configuration, phone.secrets, phone.signer, person))
            #expect(payment.state == .settled)
            #expect(person.said.value.last == "Pay \(payment.total) to \(payment.payee)?")
        }
    }

    private struct Person: Screen {
        let sandbox: Sandbox
        let said = Guarded<[String]>([])

        func ask(_ question: String) async -> String {
            if question.contains("phone") { return phoneNumber }
            if question.contains("code") { return (try? await sandbox.code()) ?? "" }
            return powerNumber
        }

        func agrees(_ statement: String) async -> Bool {
            said.change { $0.append(statement) }
            return true
        }
    }
}
