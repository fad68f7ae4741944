// A phone's alarms, as far as a story needs them: an operating system that takes everything, and outlives the app.

import BillPay
import Foundation

struct Alarms {
    private var held: [ReminderID: String] = [:]
    private var planned: [ReminderID] = []

    /// How many are armed.
    var count: Int { held.count }

    /// What a shell does: reports, asks, arms the difference, reports again; gives the plan, and how many the library
    /// names. With `after`, the app dies after so many changes, of which the cancelled ones are the first.
    mutating func plan(_ app: BillPayClient, after: Int?) async throws -> (ReminderPlan, Int) {
        guard let zone = TimeZone(identifier: "Asia/Shanghai") else { throw SaysNothing(what: "no zone") }
        try await app.reportArmed(ArmedReminders(held: held))
        let plan = try await app.reminders(zone: zone)
        planned = plan.reminders.map(\.id)
        let most = after ?? .max
        for id in plan.cancel.prefix(most) { held[id] = nil }
        let add = plan.reminders.filter { plan.add.contains($0.id) }
        for reminder in add.prefix(max(0, most - plan.cancel.count)) { held[reminder.id] = reminder.mark }
        if after != nil { return (plan, 0) }
        try await app.reportArmed(ArmedReminders(held: held))
        return (plan, try await app.reminderHealth(zone: zone).count)
    }

    /// The reminder of that stage that was last planned on this phone.
    func ofStage(_ wanted: String) throws -> ReminderID {
        guard let id = planned.first(where: { stage($0) == wanted }) else { throw SaysNothing(what: "no \(wanted) was planned") }
        return id
    }
}

/// What of an id is the same in every run.
func stage(_ id: ReminderID) -> String {
    let stage = id.rawValue.split(separator: ".").last.map(String.init) ?? ""
    let ofAMoment = stage.hasPrefix("s") || stage.hasPrefix("f")
    return ofAMoment && stage.dropFirst().allSatisfy(\.isNumber) ? String(stage.prefix(1)) : stage
}
