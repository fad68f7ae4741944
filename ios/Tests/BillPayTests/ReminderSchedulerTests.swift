// From the library's plan to the system's notifications, and back to what the library knows of them (rows 39 to 45).

import Foundation
import Testing

@testable import BillPay

@Suite(.timeLimit(.minutes(2))) struct ReminderSchedulerTests {
    /// A phone on which the app can be started again and again.
    private struct System: Sendable {
        let center = FakeCenter()
        let source = FakeSource()
        let file: URL
        let clock = Guarded(Date(timeIntervalSince1970: 1_772_323_200))  // 2026-03-01T00:00:00Z

        /// The app as it starts.
        func app(_ zone: String = "GMT") -> ReminderScheduler {
            ReminderScheduler(
                center: center, memory: file, zone: { TimeZone(identifier: zone) ?? .current }, now: { clock.value })
        }

        func plan(_ reminders: [Reminder]) async throws -> ArmedPlan {
            await source.want(reminders)
            return try await app().replan(source)
        }

        func armed() async -> [String: Date] {
            Dictionary(uniqueKeysWithValues: await center.waiting.values.map { (String($0.id.dropFirst(8)), $0.at) })
        }

        func goOff(_ id: String, at hours: Double) async {
            clock.value = start.addingTimeInterval(hours * 3_600)
            await center.goOff("billpay.\(id)")
        }
    }

    private func onASystem(_ test: (System) async throws -> Void) async throws {
        try await inAFolder { folder in try await test(System(file: folder.appendingPathComponent("reminders"))) }
    }

    @Test("Row 39: it reports, then asks, then arms, then reports again, and only the difference")
    func order() async throws {
        try await onASystem { system in
            let (a, b) = (item("a"), item("b", 2))
            let done = try await system.plan([a, b])
            #expect(await system.source.asked == ["report", "plan 64 GMT", "report", "health 64"])
            #expect(await system.source.reports.map(\.held) == [[:], [a.id: a.mark, b.id: b.mark]])
            #expect(await system.armed() == ["a": a.at, "b": b.at])
            #expect(done.unarmed == [])
            let (moved, c) = (item("b", 5), item("c", 3))
            _ = try await system.plan([a, moved, c])
            #expect(await system.center.added == ["billpay.a", "billpay.b", "billpay.c", "billpay.b"])
            #expect(await system.armed() == ["a": a.at, "b": moved.at, "c": c.at])
            _ = try await system.plan([])
            #expect(await system.armed() == [:])
        }
    }

    @Test("Row 39: the app dies between any two of them, and the next one neither doubles nor loses", arguments: 0...3)
    func dies(after: Int) async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2), item("gone", 9)])
            await system.source.want([item("a", 4), item("b", 2), item("c", 3), item("d", 5)])
            await system.center.set { $0.takes = after }
            let app = system.app()
            let dying = Task { try await app.replan(system.source) }
            if after < 3 {
                while await system.center.added.count < 3 + after { await Task.yield() }
            } else {
                _ = try await dying.value
            }
            // It is let go of where it hangs; what the system holds stays.
            await system.center.set { $0.takes = .max }
            let rest = [item("a", 4), item("b", 2), item("c", 3)]
            let done = try await system.plan(rest)
            #expect(await system.armed() == Dictionary(uniqueKeysWithValues: rest.map { ($0.id.rawValue, $0.at) }))
            #expect(await system.source.reports.last?.held.count == 3)
            #expect(done.unarmed == [])
            #expect(await system.source.told == [])
        }
    }

    @Test("Row 39: what has gone off was seen, and is told to the library once; what was dropped is armed again")
    func seen() async throws {
        try await onASystem { system in
            let all = [item("a"), item("b", 2), item("c", 3)]
            _ = try await system.plan(all)
            await system.goOff("a", at: 1)
            await system.center.clear()
            await system.goOff("b", at: 2.5)
            _ = try await system.plan(all)
            #expect(await system.source.told == [ReminderID("a"), ReminderID("b")])
            #expect(await system.armed() == ["c": all[2].at])
            await system.center.clear()
            _ = try await system.plan(all)
            #expect(await system.source.reports.last?.seen == [])
            await system.center.forget()
            _ = try await system.plan(all)
            #expect(await system.armed() == ["c": all[2].at])
            #expect(await system.source.told == [ReminderID("a"), ReminderID("b")])
        }
    }

    @Test("Row 41: with notifications off nothing counts as seen, and each is named")
    func off() async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2)])
            await system.center.set { $0.allowed = false }
            await system.goOff("a", at: 1)
            await system.center.clear()
            let done = try await system.plan([item("a"), item("b", 2)])
            #expect(await system.source.told == [])
            #expect(done.unarmed.map(\.reason) == [.notificationsOff, .notificationsOff])
            // What is over comes at once: the system never shows what is armed for the past.
            #expect(await system.armed()["a"] == start.addingTimeInterval(3_601))
        }
    }

    @Test("Row 41: what came while notifications were off was not seen, though they are on again")
    func offThen() async throws {
        try await onASystem { system in
            let all = [item("a"), item("b", 2), item("c", 3)]
            _ = try await system.plan(all)
            await system.center.set { $0.allowed = false }
            _ = try await system.plan(all)
            await system.goOff("a", at: 1)
            await system.center.clear()
            await system.center.set { $0.allowed = true }
            _ = try await system.plan(all)
            #expect(await system.source.told == [])
            #expect(Set(await system.armed().keys) == ["a", "b", "c"])
            // From then on they are seen again.
            await system.goOff("a", at: 1.5)
            await system.center.clear()
            _ = try await system.plan(all)
            #expect(await system.source.told == [ReminderID("a")])
        }
    }

    @Test("Row 39: where the system has let go of what is to come, what is over may have gone the same way, and is told again")
    func dropped() async throws {
        try await onASystem { system in
            let all = [item("a"), item("b", 2), item("c", 3), item("d", 9)]
            _ = try await system.plan(all)
            // The app's own notifications push the last ones out; then their time comes.
            for id in ["b", "c", "d"] { await system.center.drop("billpay.\(id)") }
            await system.goOff("a", at: 1)
            system.clock.value = start.addingTimeInterval(3 * 3_600)
            _ = try await system.plan(all)
            #expect(await system.source.told == [ReminderID("a")], "it stands on the screen")
            #expect(Set(await system.armed().keys) == ["b", "c", "d"])
        }
    }

    @Test("Row 39: one that the app cancelled before it died was not seen, whenever its time was", arguments: [1, 2])
    func diesAfterCancelling(reports: Int) async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2)])
            // Muted, say: cancelled, and the app dies before it can report that.
            await system.source.want([item("b", 2)])
            await system.source.set { $0.takes = reports == 1 ? 1 : .max }
            if reports == 1 {
                let app = system.app()
                let dying = Task { try await app.replan(system.source) }
                while await system.source.asked.suffix(2) != ["plan 64 GMT", "report"] { await Task.yield() }
                _ = dying
            } else {
                _ = try await system.app().replan(system.source)
            }
            await system.source.set { $0.takes = .max }
            #expect(Set(await system.armed().keys) == ["b"])
            system.clock.value = start.addingTimeInterval(1.5 * 3_600)
            _ = try await system.plan([item("a"), item("b", 2)])
            #expect(await system.source.told == [])
            #expect(Set(await system.armed().keys) == ["a", "b"], "spoken of again")
        }
    }

    @Test("Row 44: told as being checked it is told as due once the payment has failed, each once")
    func failed() async throws {
        try await onASystem { system in
            let checking = [item("a", kind: .checking), item("b", 9, kind: .checking)]
            _ = try await system.plan(checking)
            await system.source.set { $0.due = [ReminderID("a"): .checking] }
            await system.goOff("a", at: 1)
            _ = try await system.plan(checking)
            #expect(await system.source.toldChecking == [ReminderID("a")])
            #expect(await system.source.told == [])
            #expect(Set(await system.armed().keys) == ["b"], "not twice while it is so")
            #expect(await system.center.delivered().map(\.id) == ["billpay.a"])
            // It has failed: what says that it is being checked goes, and the plan says that it is due.
            await system.source.set { $0.due = [:] }
            let due = [item("a", 2), item("b", 9)]
            _ = try await system.plan(due)
            #expect(await system.center.delivered() == [])
            #expect(await system.armed() == ["a": due[0].at, "b": due[1].at])
            await system.goOff("a", at: 2)
            await system.center.clear()
            _ = try await system.plan(due)
            #expect(await system.source.told == [ReminderID("a")])
            // One that the person has wiped away counts as what it said.
            _ = try await system.plan(due.map { item($0.id.rawValue, 9, kind: .checking) })
            await system.goOff("b", at: 9)
            await system.center.clear()
            _ = try await system.plan([])
            #expect(await system.source.toldChecking == [ReminderID("a"), ReminderID("b")])
            #expect(await system.source.told == [ReminderID("a")])
        }
    }

    @Test("Row 44: what another device is paying stays on the screen as being checked")
    func elsewhere() async throws {
        try await onASystem { system in
            // The library's answer without keys knows this device's payments alone: it says that the bill is due.
            let checking = [item("a", kind: .checking), item("a2", 9, bill: "bill a", kind: .checking)]
            _ = try await system.plan([checking[0]])
            await system.goOff("a", at: 1)
            _ = try await system.plan(checking)
            #expect(await system.source.toldChecking == [ReminderID("a")])
            #expect(await system.center.delivered().map(\.id) == ["billpay.a"])
        }
    }

    @Test("Row 75: forgotten, nothing waits, no word is shown and none is kept; what is the app's own stays")
    func forgets() async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2)])
            await system.goOff("a", at: 1)
            await system.center.hold(ofTheApp: 2)
            await system.center.show(NotificationID(id: "own", userInfo: [:]))
            let app = system.app()
            // Whatever was asked for before it is over then.
            let planning = Task { try await app.replan(system.source) }
            while await system.source.asked.count < 5 { await Task.yield() }
            await app.forget()
            _ = try await planning.value
            #expect(await system.armed() == [:])
            await app.forget()
            #expect(await system.armed() == [:])
            #expect(await system.center.pending().count == 2)
            #expect(await system.center.delivered().map(\.id) == ["own"])
            #expect(!FileManager.default.fileExists(atPath: system.file.path))
            _ = try await system.plan([item("b", 3)])
            #expect(await system.source.told == [ReminderID("a")])
            #expect(Set(await system.armed().keys) == ["b"])
        }
    }

    @Test("Row 39: of a hundred the soonest are armed, and the last place asks to open the app")
    func cap() async throws {
        try await onASystem { system in
            let many = (1...100).map { item(String(format: "%03d", $0), Double($0)) }
            let done = try await system.plan(many)
            let armed = await system.armed()
            #expect(armed.count == 64 && armed["063"] != nil && armed["064"] == nil)
            #expect(armed["open-the-app"] == many[63].at)
            #expect(done.unarmed.map(\.id) == many.dropFirst(63).map(\.id))
            #expect(done.unarmed.allSatisfy { $0.reason == .noRoom })
        }
    }

    @Test("Row 41: the app's own notifications, and a system that takes fewer than it said, leave room for the soonest")
    func fewer() async throws {
        try await onASystem { system in
            await system.center.hold(ofTheApp: 60)
            let many = (1...6).map { item("\($0)", Double($0)) }
            let done = try await system.plan(many)
            #expect(Set(await system.armed().keys) == ["1", "2", "3", "open-the-app"])
            #expect(done.unarmed.map(\.id.rawValue) == ["4", "5", "6"])
            #expect(await system.source.asked == ["report", "plan 4 GMT", "report", "health 4"], "at the first try")
            await system.center.hold(ofTheApp: 0)
            await system.center.set { $0.most = 3 }
            await system.center.forget()
            let again = try await system.plan(many)
            #expect(Set(await system.armed().keys) == ["1", "2", "open-the-app"])
            #expect(await system.armed()["open-the-app"] == many[2].at)
            #expect(again.unarmed.map(\.reason) == Array(repeating: .noRoom, count: 4))
            let asked = await system.source.asked.suffix(6)
            #expect(asked == ["report", "plan 64 GMT", "report", "plan 3 GMT", "report", "health 3"])
        }
    }

    @Test("Row 41: one that is refused aloud is named, and the others are armed")
    func refused() async throws {
        try await onASystem { system in
            await system.center.set { $0.refuses = ["billpay.b"] }
            let done = try await system.plan([item("a"), item("b", 2), item("c", 3)])
            #expect(Set(await system.armed().keys) == ["a", "c"])
            #expect(done.unarmed.map(\.id.rawValue) == ["b"])
            await system.center.set { $0.refuses = [] }
            _ = try await system.plan([item("a"), item("b", 2), item("c", 3)])
            #expect(Set(await system.armed().keys) == ["a", "b", "c"])
        }
    }

    @Test("Row 43: what is over goes from the screen, and what invites to pay while a payment is being checked")
    func tidies() async throws {
        try await onASystem { system in
            let all = ["a", "b", "c", "d", "e"].map { item($0, bill: $0 < "d" ? "bill \($0)" : "bill d") }
            _ = try await system.plan(all)
            for id in all.map(\.id.rawValue) { await system.goOff(id, at: 1) }
            await system.center.show(NotificationID(id: "own", userInfo: [:]))
            await system.source.set { $0.due = [ReminderID("a"): .no, ReminderID("b"): .checking] }
            _ = try await system.plan([])
            #expect(await system.center.delivered().map(\.id) == ["billpay.e", "billpay.c", "own"])
        }
    }

    @Test("With the device locked nothing changes, and what was seen is reported later")
    func locked() async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2)])
            await system.source.set { $0.locked = true }
            await system.goOff("a", at: 1)
            await system.center.clear()
            let refused = try await error { () async throws(ReminderError) in
                try await system.app().replan(system.source)
            }
            guard case .other(.locked, _) = refused else { throw refused }
            #expect(Set(await system.armed().keys) == ["b"])
            await system.source.set { $0.locked = false }
            _ = try await system.plan([item("a"), item("b", 2)])
            #expect(await system.source.told == [ReminderID("a")])
        }
    }

    @Test("A zone that the library does not know is the bank's")
    func zone() async throws {
        try await onASystem { system in
            _ = try await system.app("Europe/Berlin").replan(system.source)
            #expect(await system.source.asked.prefix(3) == ["report", "plan 64 Europe/Berlin", "plan 64 Asia/Shanghai"])
            await system.source.set { $0.zones = [] }
            let refused = try await error { () async throws(ReminderError) in
                try await system.app().replan(system.source)
            }
            guard case .unknownZone = refused else { throw refused }
        }
    }

    @Test("In the background it fetches first, and plans whatever came of it")
    func background() async throws {
        try await onASystem { system in
            await system.source.set { $0.offline = true }
            await system.source.want([item("a")])
            #expect(await system.app().refreshAndReplan(system.source))
            #expect(await system.source.asked.prefix(2) == ["refresh", "report"])
            #expect(Set(await system.armed().keys) == ["a"])
            await system.source.set { $0.locked = true }
            #expect(await system.app().refreshAndReplan(system.source) == false)
        }
    }

    @Test("Whoever asks at the same time, it is done one after the other")
    func atOnce() async throws {
        try await onASystem { system in
            await system.source.want((1...9).map { item("\($0)", Double($0)) })
            let app = system.app()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { try await app.replan(system.source) } }
                try await group.waitForAll()
            }
            let turn = ["report", "plan 64 GMT", "report", "health 64"]
            #expect(await system.source.asked == Array(repeating: turn, count: 20).flatMap { $0 })
            #expect(await system.center.added.count == 9)
        }
    }

    @Test("A memory that is broken costs a reminder that is told again, and no more")
    func memory() async throws {
        try await onASystem { system in
            _ = try await system.plan([item("a"), item("b", 2)])
            try Data("{".utf8).write(to: system.file)
            await system.goOff("a", at: 1)
            await system.center.clear()
            _ = try await system.plan([item("a"), item("b", 2)])
            #expect(await system.source.told == [])
            #expect(Set(await system.armed().keys) == ["a", "b"])
        }
    }
}

private let start = Date(timeIntervalSince1970: 1_772_323_200)

private func item(_ id: String, _ hours: Double = 1, bill: String? = nil, kind: ReminderKind = .due) -> Reminder {
    Reminder(
        id: ReminderID(id), bill: RemindedBill(bill ?? "bill \(id)"), at: start.addingTimeInterval(hours * 3_600), kind: kind,
        days: 3, pay: kind != .checking, late: false, title: "电费 \(id)", body: "123.45 due on 5 March",
        mark: "\(id) \(hours) \(kind)")
}
