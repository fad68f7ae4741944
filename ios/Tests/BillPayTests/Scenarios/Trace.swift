// A step's lines, and the trace that they are written to: see tests/scenarios/README.md.

import Foundation

struct StepLines {
    enum Shown {
        case text(String)
        case symbol(kind: String, value: String)
    }

    private(set) var shown: [String: Shown] = [:]

    func with(_ key: String, _ value: (any CustomStringConvertible)?) -> StepLines {
        guard let text = value?.description, !text.isEmpty else { return self }
        return adding(key, .text(text))
    }

    func id(_ key: String, _ kind: String, _ value: String) -> StepLines { adding(key, .symbol(kind: kind, value: value)) }

    func time(_ key: String, _ value: Date?) -> StepLines {
        guard let value else { return self }
        return id(key, "time", "\(value.timeIntervalSince1970)")
    }

    func date(_ key: String, _ value: DateComponents?) -> StepLines {
        guard let value, let year = value.year, let month = value.month, let day = value.day else { return self }
        return id(key, "date", "\(year)-\(month)-\(day)")
    }

    func list(_ name: String, _ all: [StepLines]) -> StepLines {
        var lines = adding(name, .text("\(all.count)"))
        for (nth, one) in all.enumerated() {
            for (key, value) in one.shown { lines.shown["\(name).\(nth).\(key)"] = value }
        }
        return lines
    }

    private func adding(_ key: String, _ value: Shown) -> StepLines {
        var lines = self
        lines.shown[key] = value
        return lines
    }
}

/// What was replaced, and the text so far.
struct Trace {
    private(set) var text: String
    private var symbols: [String: String] = [:]
    private var values: [String: String] = [:]
    private var counts: [String: Int] = [:]

    init(_ name: String) { text = "# \(name)\n" }

    /// Writes a step, and gives its lines as they were written.
    mutating func step(_ heading: String, _ lines: StepLines) -> [String: String] {
        text += "\(heading)\n"
        var written: [String: String] = [:]
        for (key, shown) in lines.shown.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let value =
                switch shown {
                case .text(let text):
                    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
                case .symbol(let kind, let value): symbol(kind, value)
                }
            text += "  \(key): \(value)\n"
            written[key] = value
        }
        return written
    }

    private mutating func symbol(_ kind: String, _ value: String) -> String {
        if let known = symbols["\(kind) \(value)"] { return known }
        counts[kind, default: 0] += 1
        let symbol = "\(kind)#\(counts[kind, default: 0])"
        symbols["\(kind) \(value)"] = symbol
        values[symbol] = value
        return symbol
    }

    func value(_ symbol: String) throws -> String {
        guard let value = values[symbol] else { throw SaysNothing(what: "\(symbol) has not appeared yet") }
        return value
    }
}
