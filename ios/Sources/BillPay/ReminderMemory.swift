// What was armed, and for when: iOS runs no code when a notification comes, and says of none that it came.

import Foundation

/// One that waits.
struct WaitingReminder: Codable, Equatable {
    let at: Date
    /// It says that a payment is being checked.
    let checking: Bool
}

/// A file of ids and moments, no texts. One that cannot be read or written counts as empty: then a reminder may be told
/// once more.
struct ReminderMemory {
    let file: URL

    private struct Kept: Codable, Equatable {
        /// Whether the person saw notifications of the app at that time.
        var allowed = false
        var waiting: [String: WaitingReminder] = [:]
    }

    /// Those that were seen, as far as that can be told: their moment is over, and they wait no more. Of none it can
    /// where notifications were off, and where the system has let go of what is still to come: then what is over may
    /// have gone the same way, and one too many is a nuisance, one too few a late fee.
    func over(at now: Date, waiting: Set<ReminderID>) -> [ReminderID: WaitingReminder] {
        let kept = read()
        let gone = kept.waiting.filter { !waiting.contains(ReminderID($0.key)) }
        guard kept.allowed, gone.allSatisfy({ $0.value.at <= now }) else { return [:] }
        return Dictionary(uniqueKeysWithValues: gone.map { (ReminderID($0.key), $0.value) })
    }

    /// These are pending, and no others.
    func keep(_ waiting: [ReminderID: WaitingReminder], allowed: Bool) {
        let all = Kept(
            allowed: allowed, waiting: Dictionary(uniqueKeysWithValues: waiting.map { ($0.key.rawValue, $0.value) }))
        guard all != read(), let data = try? JSONEncoder().encode(all) else { return }
        try? data.write(to: file, options: .atomic)
    }

    /// Nothing is left of it.
    func delete() { try? FileManager.default.removeItem(at: file) }

    private func read() -> Kept {
        guard let data = try? Data(contentsOf: file) else { return Kept() }
        return (try? JSONDecoder().decode(Kept.self, from: data)) ?? Kept()
    }
}
