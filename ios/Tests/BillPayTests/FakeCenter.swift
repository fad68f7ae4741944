// A system's notifications, and a library, whose ways the tests choose.

import Foundation

@testable import BillPay

/// Notifications that outlive the app, that can be refused aloud or dropped without a word, and under which the app
/// can die. As iOS does, it keeps the soonest.
actor FakeCenter: NotificationCenterPort {
    struct Refused: Error {}

    private(set) var waiting: [String: ReminderNotification] = [:]
    private var screen: [NotificationID] = []
    private var ofTheApp = 0
    private(set) var added: [String] = []
    var most = 64
    var refuses: Set<String> = []
    var allowed = true
    /// So many more are taken; then whoever asks waits for ever, as in a process that is no more.
    var takes = Int.max

    func set(_ change: @Sendable (isolated FakeCenter) -> Void) { change(self) }

    /// Notifications of the app's own.
    func hold(ofTheApp: Int) { self.ofTheApp = ofTheApp }

    func pending() -> [NotificationID] {
        waiting.values.map { NotificationID(id: $0.id, userInfo: $0.userInfo) }
            + (0..<ofTheApp).map { NotificationID(id: "own \($0)", userInfo: [:]) }
    }

    func delivered() -> [NotificationID] { screen }

    func add(_ notification: ReminderNotification) async throws {
        if takes == 0 { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
        takes -= 1
        added.append(notification.id)
        if refuses.contains(notification.id) { throw Refused() }
        waiting[notification.id] = notification
        let soonest = waiting.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(most - ofTheApp)
        waiting = Dictionary(uniqueKeysWithValues: soonest.map { ($0.id, $0) })
    }

    func cancel(_ ids: [String]) { for id in ids { waiting[id] = nil } }

    func takeDown(_ ids: [String]) { screen.removeAll { ids.contains($0.id) } }

    func allowsNotifications() -> Bool { allowed }

    /// Its moment comes: it stands on the screen.
    func goOff(_ id: String) {
        guard let notification = waiting.removeValue(forKey: id) else { return }
        screen.insert(NotificationID(id: id, userInfo: notification.userInfo), at: 0)
    }

    /// The person wipes the screen.
    func clear() { screen = [] }

    /// The system gives up one that waits, and says so to nobody.
    func drop(_ id: String) { waiting[id] = nil }

    /// The app is put on another phone, say: nothing waits.
    func forget() { waiting = [:] }

    func show(_ notification: NotificationID) { screen.append(notification) }
}

/// A library whose plans the tests choose: it knows of the system what was reported, and nothing else.
actor FakeSource: ReminderSource {
    var wanted: [Reminder] = []
    var due: [ReminderID: StillDue] = [:]
    var locked = false
    /// So many more reports are taken; then whoever reports waits for ever, as in a process that is no more.
    var takes = Int.max
    var offline = false
    var zones: Set<String> = ["GMT", "Asia/Shanghai"]
    private(set) var asked: [String] = []
    private(set) var reports: [ArmedReminders] = []
    private(set) var told: Set<ReminderID> = []
    private(set) var toldChecking: Set<ReminderID> = []

    func set(_ change: @Sendable (isolated FakeSource) -> Void) { change(self) }

    func want(_ reminders: [Reminder]) { wanted = reminders }

    func reportArmed(_ armed: ArmedReminders) async throws(FaultError) {
        asked.append("report")
        if takes == 0 { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
        takes -= 1
        if locked { throw FaultError(fault: .locked, why: Self.why) }
        reports.append(armed)
        told.formUnion(armed.seen)
        toldChecking.formUnion(armed.seenChecking)
    }

    func reminders(zone: TimeZone, room: Int) async throws(ReminderError) -> ReminderPlan {
        asked.append("plan \(room) \(zone.identifier)")
        guard zones.contains(zone.identifier) else { throw .unknownZone(why: Self.why) }
        let plan = within(room)
        let held = reports.last?.held ?? [:]
        let keep = Set(plan.filter { held[$0.id] == $0.mark }.map(\.id))
        let all = Set(plan.map(\.id))
        return ReminderPlan(
            reminders: plan, add: all.subtracting(keep), cancel: Set(held.keys).subtracting(all), keep: keep, lost: false)
    }

    func reminderHealth(zone: TimeZone, room: Int) async throws(ReminderError) -> [UnarmedReminder] {
        asked.append("health \(room)")
        let within = Set(within(room).map(\.id))
        guard let last = reports.last else { return [] }
        return toSay.compactMap { reminder in
            let reason: WhyUnarmed
            if !last.notifications {
                reason = .notificationsOff
            } else if last.held[reminder.id] != nil {
                return nil
            } else {
                reason = within.contains(reminder.id) ? .notArmed : .noRoom
            }
            return UnarmedReminder(id: reminder.id, bill: reminder.bill, at: reminder.at, reason: reason)
        }
    }

    func stillDue(_ reminder: ReminderID) async throws(FaultError) -> StillDue { due[reminder] ?? .yes }

    func refresh() async throws(RefreshError) -> Refreshed {
        asked.append("refresh")
        if offline { throw .other(fault: .network(.unreachable), why: Self.why) }
        return Refreshed(bills: 0, receipts: 0, unverifiable: 0, invalid: 0, rolledBack: false)
    }

    private var toSay: [Reminder] {
        let untold = wanted.filter { !told.contains($0.id) && ($0.kind != .checking || !toldChecking.contains($0.id)) }
        return untold.sorted { $0.at < $1.at }
    }

    private func within(_ room: Int) -> [Reminder] {
        let all = toSay
        return all.count <= room ? all : all.prefix(room - 1) + [Self.tail(at: all[room - 1].at)]
    }

    static func tail(at: Date) -> Reminder {
        Reminder(
            id: ReminderID("open-the-app"), bill: nil, at: at, kind: .openTheApp, days: 0, pay: false, late: false,
            title: "Please open the app", body: "More follows.", mark: "tail \(at)")
    }

    private static let why = Why(
        code: "locked", whoActs: .wait, retryAt: nil, moneyMoved: nil, whatHappened: "", aboutMoney: nil, advice: "",
        whatToDo: "")
}
