// Whoever completes a name in an editor reads what it is: every public item has its comment.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct DocumentationTests {
    @Test("Every public item and every case is documented", arguments: ["BillPay", "BillPayApple"])
    func documented(module: String) throws {
        let folder = sources.appendingPathComponent(module)
        let files = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        var (items, bare): (Int, [String]) = (0, [])
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.hasPrefix("@") }
            for (at, line) in lines.enumerated() {
                guard isItem(line) else { continue }
                items += 1
                if at == 0 || !lines[at - 1].hasPrefix("///") { bare.append("\(file): \(line)") }
            }
        }
        #expect(bare == [])
        #expect(items > (module == "BillPay" ? 300 : 15), "items: \(items)")
    }

    /// What is public, and the cases of enums; an arm of a switch is none.
    private func isItem(_ line: String) -> Bool {
        let item = /^public (static |final |mutating )*(func|var|let|init|struct|enum|class|protocol|typealias)/
        let oneCase = /^case \w+(\(.*\))?$/
        return line.firstMatch(of: item) != nil || line.firstMatch(of: oneCase) != nil
    }
}
