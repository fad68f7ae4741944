// What was armed, and for when: iOS runs no code when a notification comes, and says of none that it came.

import Foundation

/// A file of ids and moments, no texts. What is not pending any more when its moment is over was seen. One that cannot
/// be read or written counts as empty: then a reminder may be told once more.
struct ReminderMemory {
    let file: URL

    /// Those whose moment is over.
    func over(at now: Date) -> Set<ReminderID> {
        Set(read().filter { $0.value <= now.timeIntervalSince1970 }.keys.map { ReminderID($0) })
    }

    /// These are pending, and no others.
    func keep(_ pending: [ReminderID: Date]) {
        let all = Dictionary(uniqueKeysWithValues: pending.map { ($0.key.rawValue, $0.value.timeIntervalSince1970) })
        guard all != read(), let data = try? JSONEncoder().encode(all) else { return }
        try? data.write(to: file, options: .atomic)
    }

    private func read() -> [String: Double] {
        guard let data = try? Data(contentsOf: file) else { return [:] }
        return (try? JSONDecoder().decode([String: Double].self, from: data)) ?? [:]
    }
}
