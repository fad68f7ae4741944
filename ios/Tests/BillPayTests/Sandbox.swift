// A bank and its billers in a process of their own, on real sockets; ended with its standard input.

import Foundation
import Testing

struct SaysNothing: Error { let what: String }

final class Sandbox: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let lines = Lines()
    /// What an app is shipped with.
    let connection: String

    /// One that keeps its books in `folder`; started there again, it comes back at the same address.
    init(_ folder: URL, faults: String? = nil) async throws {
        // Linux ends a process that writes to a connection whose other end is gone, unless it asks not to be.
        signal(SIGPIPE, SIG_IGN)
        let program = try #require(ProcessInfo.processInfo.environment["BILLPAY_NATIVE"])
        process.executableURL = URL(fileURLWithPath: program).appendingPathComponent("billpay")
        process.arguments = ["--json", "sandbox", "--control", "--data", folder.path]
        if let faults {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let script = folder.appendingPathComponent("faults.json")
            try faults.write(to: script, atomically: true, encoding: .utf8)
            process.arguments?.append(contentsOf: ["--faults", script.path])
        }
        process.environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": folder.path]
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        let lines = self.lines
        output.fileHandleForReading.readabilityHandler = { handle in
            let said = handle.availableData
            if said.isEmpty { handle.readabilityHandler = nil }
            lines.take(said)
        }
        try process.run()
        let ready = try await lines.next { $0.contains("\"event\":\"ready\"") }
        let file = try #require(ready.firstMatch(of: /"connection":"([^"]+)"/)).1
        connection = try String(contentsOf: URL(fileURLWithPath: String(file)), encoding: .utf8)
    }

    /// The code of the next message to a phone.
    func code() async throws -> String {
        let message = try await lines.next { $0.contains("\"event\":\"sms\"") }
        return String(try #require(message.firstMatch(of: /#(\d{4,8})"/)).1)
    }

    /// Says something to the sandbox (`billpay sandbox --control`), and gives its answer.
    @discardableResult
    func say(_ command: String, event: String) async throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
        let answer = try await lines.next {
            $0.contains("\"event\":\"\(event)\"") || $0.contains("\"event\":\"not-understood\"")
        }
        guard !answer.contains("not-understood"), !answer.contains("\"ok\":false") else { throw SaysNothing(what: answer) }
        return answer
    }

    /// To whom, and the code, the oldest first.
    var messages: [(to: String, code: String)] {
        lines.messages.compactMap { line in
            guard let to = line.firstMatch(of: /"to":"([^"]+)"/)?.1 else { return nil }
            return line.firstMatch(of: /#(\d{4,8})"/).map { (to: String(to), code: String($0.1)) }
        }
    }

    /// The bank and its billers are gone.
    func close() async throws {
        try? input.fileHandleForWriting.close()
        do { try await eventually { !process.isRunning } } catch { process.terminate() }
    }

    deinit {
        try? input.fileHandleForWriting.close()
    }
}

/// What was said and not yet read.
private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var rest = Data()
    private var lines: [String] = []
    private var told: [String] = []

    /// Those about messages, read or not.
    var messages: [String] { lock.withLock { told } }

    func take(_ said: Data) {
        lock.withLock {
            rest.append(said)
            while let end = rest.firstIndex(of: 10) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                lines.append(line)
                if line.contains("\"event\":\"sms\"") { told.append(line) }
                rest.removeSubrange(...end)
            }
        }
    }

    /// The next line that is wanted; those before it are dropped.
    func next(_ wanted: (String) -> Bool) async throws -> String {
        var found: String?
        try await eventually {
            found = lock.withLock {
                while !lines.isEmpty {
                    let line = lines.removeFirst()
                    if wanted(line) { return line }
                }
                return nil
            }
            return found != nil
        }
        guard let found else { throw SaysNothing(what: "the sandbox") }
        return found
    }
}

/// Looks again and again until it holds, for a minute.
func eventually(_ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try await !holds() {
        guard ContinuousClock.now < end else { throw SaysNothing(what: "what was waited for did not come") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
