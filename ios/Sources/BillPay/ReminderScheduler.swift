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
    private var last: Task<Result<ArmedPlan, ReminderError>, Never>?

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
        let before = last
        let task = Task {
            _ = await before?.value
            return await carryOut(profile)
        }
        last = task
        return try await task.value.get()
    }

    /// For the time that the system gives the app in the background: fetches what changed, and plans anew whatever came
    /// of that. Says whether it was planned.
    public func refreshAndReplan(_ profile: any ReminderSource) async -> Bool {
        _ = try? await profile.refresh()
        return (try? await replan(profile)) != nil
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
            let refused = await change(plan)
            try await report(profile, cancelled: plan.cancel)
            let held = Set(await center.pending().compactMap(\.reminder))
            let dropped = plan.reminders.contains { !held.contains($0.id) && !refused.contains($0.id) }
            if dropped, (1..<room).contains(held.count) {
                // It took fewer than it said. Of those the last place goes to the one that asks to open the app.
                room = held.count
                continue
            }
            await tidy(profile)
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
    private func report(
        _ profile: any ReminderSource,
        cancelled: Set<ReminderID> = []
    ) async throws(ReminderError) {
        var (held, moments): ([ReminderID: String], [ReminderID: Date]) = ([:], [:])
        for notification in await center.pending() {
            guard let id = notification.reminder else { continue }
            held[id] = notification.mark
            moments[id] = notification.at
        }
        let allowed = await center.allowsNotifications()
        // What stands on the screen; and what was held, whose moment is over, and waits no more.
        var seen = Set(await center.delivered().compactMap(\.reminder))
        if allowed { seen.formUnion(memory.over(at: now()).subtracting(held.keys).subtracting(cancelled)) }
        do throws(FaultError) {
            try await profile.reportArmed(ArmedReminders(held: held, seen: seen, notifications: allowed))
        } catch {
            throw .other(fault: error.fault, why: error.why)
        }
        memory.keep(moments)
    }

    /// What is over goes from the screen, what invites to pay while a payment is being checked, and the earlier ones
    /// of a bill.
    private func tidy(_ profile: any ReminderSource) async {
        var gone: [String] = []
        var newest: Set<RemindedBill> = []
        for notification in await center.delivered() {
            guard let id = notification.reminder else { continue }
            let due = try? await profile.stillDue(id)
            let isEarlier = notification.bill.map { !newest.insert($0).inserted } ?? false
            if isEarlier || due == .no || due == .unknown || (due == .checking && notification.invitesToPay) {
                gone.append(notification.id)
            }
        }
        if !gone.isEmpty { await center.takeDown(gone) }
    }

    private static let bank = TimeZone(identifier: "Asia/Shanghai")
}
