// Makes the system hold the library's plan of reminders, and tells the library what the system holds.

import Foundation

/// What came of planning anew.
public struct ArmedPlan: Hashable, Sendable {
    /// What the system was asked to hold.
    public let plan: ReminderPlan
    /// What nobody will see when they should, and why: for the person. Empty when all is well.
    public let unarmed: [UnarmedReminder]
}

/// Makes the system hold the library's plan of reminders, and tells the library what the system holds.
///
/// Call ``replan(_:)`` when the app opens or resumes, after a refresh, a payment and a choice of the person's, and when
/// clock or zone changed while it runs; ``refreshAndReplan(_:)`` in the background. Keep one scheduler in a process:
/// it does one thing after the other, whoever asks.
///
/// The process may die anywhere in it: the system is asked what it holds before anything else, and a reminder has one
/// id for good. What may happen then is that one is told twice that nobody had time to note as seen.
public actor ReminderScheduler {
    private let center: any NotificationCenterPort
    private let memory: ReminderMemory
    private let room: Int
    private let zone: @Sendable () -> TimeZone
    private let now: @Sendable () -> Date
    private var last: Task<Void, Never>?

    /// With a file of its own, in the profile's folder, say, which no backup copies. iOS keeps 64 pending notifications
    /// of an app; the app's own take of them.
    public init(
        center: any NotificationCenterPort,
        memory: URL,
        room: Int = 64,
        zone: @escaping @Sendable () -> TimeZone = { .current },
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.center = center
        self.memory = ReminderMemory(file: memory)
        self.room = room
        self.zone = zone
        self.now = now
    }

    /// Reports what is held, asks for the plan, arms the difference, reports again, and takes from the screen what is
    /// over. With an error what was armed before stays armed, and the next time repairs what was not done. Cancelling
    /// does not end it: it touches no network.
    @discardableResult
    public func replan(_ profile: any ReminderSource) async throws(ReminderError) -> ArmedPlan {
        try await inTurn { await self.carryOut(profile) }.get()
    }

    /// For the time that the system gives the app in the background: fetches what changed, and plans anew whatever came
    /// of that. Says whether it was planned.
    public func refreshAndReplan(_ profile: any ReminderSource) async -> Bool {
        _ = try? await profile.refresh()
        return (try? await replan(profile)) != nil
    }

    /// Wipes the profile, and with it what the system has of it: what waits, and what stands on the screen. Where nothing
    /// was wiped, all of that stays. Killed in between, the next ``replan(_:)`` takes it away.
    public func wipe(_ profile: BillPayClient, _ open: OpenPayments = .wait) async throws(WipeError) {
        try await inTurn { await self.wipeAndForget(profile, open) }.get()
    }

    /// Cancels every reminder that waits, takes every one from the screen, and keeps nothing of them: for an app that
    /// wipes by itself (``wipe(_:_:)`` does both), or whose person signs out.
    public func forget() async { await inTurn { await self.forgetAll() } }

    /// One after the other, whoever asks.
    private func inTurn<Done: Sendable>(_ work: @escaping @Sendable () async -> Done) async -> Done {
        let before = last
        let task = Task {
            await before?.value
            return await work()
        }
        last = Task { _ = await task.value }
        return await task.value
    }

    private func wipeAndForget(_ profile: BillPayClient, _ open: OpenPayments) async -> Result<Void, WipeError> {
        do throws(WipeError) {
            try await profile.wipe(open)
        } catch {
            // With files that could not be removed the key may be gone; if it is not, the next plan arms it all again.
            if case .file = error { await forgetAll() }
            return .failure(error)
        }
        await forgetAll()
        return .success(())
    }

    private func forgetAll() async {
        // First: what is cancelled half-way must not count as seen.
        memory.delete()
        await center.cancel(await center.pending().filter { $0.reminder != nil }.map(\.id))
        await center.takeDown(await center.delivered().filter { $0.reminder != nil }.map(\.id))
    }

    private func carryOut(_ profile: any ReminderSource) async -> Result<ArmedPlan, ReminderError> {
        do throws(ReminderError) { return .success(try await arm(profile)) } catch { return .failure(error) }
    }

    private func arm(_ profile: any ReminderSource) async throws(ReminderError) -> ArmedPlan {
        // Before the plan: an app that died half-way, or a file that was put back, and the library knows it wrong.
        try await report(profile)
        var zone = zone()
        var room = max(1, room - (await center.pending()).count(where: { $0.reminder == nil }))
        while true {
            let plan: ReminderPlan
            do throws(ReminderError) {
                plan = try await profile.reminders(zone: zone, room: room)
            } catch {
                // A zone that the library does not know: the bank's.
                guard case .unknownZone = error, let bank = Self.bank, zone != bank else { throw error }
                zone = bank
                continue
            }
            // Who dies from here on knows of nothing that it was seen, unless it stands on the screen: it may have been
            // cancelled, or pushed out.
            if !plan.add.isEmpty || !plan.cancel.isEmpty { memory.keep([:], allowed: false) }
            let refused = await change(plan)
            try await report(profile)
            let held = Set(await center.pending().compactMap(\.reminder))
            let dropped = plan.reminders.contains { !held.contains($0.id) && !refused.contains($0.id) }
            if dropped, (1..<room).contains(held.count) {
                // It took fewer than it said. Of those the last place goes to the one that asks to open the app.
                room = held.count
                continue
            }
            await tidy(profile, plan)
            return ArmedPlan(plan: plan, unarmed: try await profile.reminderHealth(zone: zone, room: room))
        }
    }

    /// Arms the difference. Gives those that the system refused aloud.
    private func change(_ plan: ReminderPlan) async -> Set<ReminderID> {
        let gone = plan.cancel.map { ReminderNotification.id(of: $0) }
        if !gone.isEmpty { await center.cancel(gone) }
        var refused: Set<ReminderID> = []
        for reminder in plan.reminders where plan.add.contains(reminder.id) {
            let notification = ReminderNotification(reminder, notBefore: now().addingTimeInterval(1))
            do { try await center.add(notification) } catch { refused.insert(reminder.id) }
        }
        return refused
    }

    /// What the system holds, what was seen, and what the system says of itself.
    private func report(_ profile: any ReminderSource) async throws(ReminderError) {
        var (held, waiting): ([ReminderID: String], [ReminderID: WaitingReminder]) = ([:], [:])
        for notification in await center.pending() {
            guard let id = notification.reminder else { continue }
            held[id] = notification.mark
            waiting[id] = notification.at.map { WaitingReminder(at: $0, checking: notification.saysChecking) }
        }
        let allowed = await center.allowsNotifications()
        // What stands on the screen; and what was held, whose moment is over, and waits no more.
        var (seen, seenChecking): (Set<ReminderID>, Set<ReminderID>) = ([], [])
        for notification in await center.delivered() {
            guard let id = notification.reminder else { continue }
            if notification.saysChecking { seenChecking.insert(id) } else { seen.insert(id) }
        }
        if allowed {
            for (id, over) in memory.over(at: now(), waiting: Set(held.keys)) {
                if over.checking { seenChecking.insert(id) } else { seen.insert(id) }
            }
        }
        do throws(FaultError) {
            try await profile.reportArmed(
                ArmedReminders(held: held, seen: seen, seenChecking: seenChecking, notifications: allowed))
        } catch {
            throw .other(fault: error.fault, why: error.why)
        }
        memory.keep(waiting, allowed: allowed)
    }

    /// What is over goes from the screen, what invites to pay while a payment is being checked, what says that one is
    /// when it has failed (the plan says anew that the bill is due), and the earlier ones of a bill.
    private func tidy(_ profile: any ReminderSource, _ plan: ReminderPlan) async {
        // Those of another device among them, of which ``ReminderSource/stillDue(_:)`` knows nothing.
        let checked = Set(plan.reminders.filter { $0.kind == .checking }.compactMap(\.bill))
        var gone: [String] = []
        var newest: Set<RemindedBill> = []
        for notification in await center.delivered() {
            guard let id = notification.reminder else { continue }
            let due = try? await profile.stillDue(id)
            let isEarlier = notification.bill.map { !newest.insert($0).inserted } ?? false
            let isWrong =
                switch due {
                case .no, .unknown: true
                case .checking: notification.invitesToPay
                case .yes: notification.saysChecking && !(notification.bill.map(checked.contains) ?? false)
                case nil: false
                }
            if isEarlier || isWrong { gone.append(notification.id) }
        }
        if !gone.isEmpty { await center.takeDown(gone) }
    }

    private static let bank = TimeZone(identifier: "Asia/Shanghai")
}
