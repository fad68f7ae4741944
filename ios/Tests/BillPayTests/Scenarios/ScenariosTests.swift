// The stories that all languages run (row 59): the trace is the stored one, byte for byte.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct ScenariosTests {
    static let stories = sources.appendingPathComponent("../../tests/scenarios/stories").standardizedFileURL

    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: stories.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    @Test("Every story gives its stored trace")
    func stories() async throws {
        #expect(Self.names.count >= 30)
        // They wait more than they work.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (nth, name) in Self.names.enumerated() {
                if nth >= 4 { try await group.next() }
                group.addTask { await told(name) }
            }
            try await group.waitForAll()
        }
    }

    private func told(_ name: String) async {
        do {
            let golden = try String(contentsOf: Self.stories.appendingPathComponent("\(name).trace"), encoding: .utf8)
            try await inAFolder { folder in
                let teller = try await Teller(Self.stories.appendingPathComponent("\(name).json"), in: folder)
                let trace: Result<String, any Error>
                do { trace = .success(try await teller.tell()) } catch { trace = .failure(error) }
                try await teller.close()
                #expect(try trace.get() == golden, "\(name)")
            }
        } catch { Issue.record("\(name): \(error)") }
    }
}
