// What whoever arms reminders asks of a profile, and the profile that answers.

import Foundation

/// What whoever arms reminders with the system asks of a profile: ``BillPayClient``, or a stand-in in a test.
///
/// The order matters: ``reportArmed(_:)`` what the system holds, ask for ``reminders(zone:room:)``, arm the
/// difference, and report again. An app that died half-way, or a file that was put back, and the library would take
/// for armed what is not. ``ReminderScheduler`` does it so.
public protocol ReminderSource: Sendable {
    /// Takes what the operating system holds, and what was seen.
    func reportArmed(_ armed: ArmedReminders) async throws(FaultError)

    /// What this phone is to say of the bills, made anew: by its zone, with room for so many.
    func reminders(zone: TimeZone, room: Int) async throws(ReminderError) -> ReminderPlan

    /// Names each reminder that will not be seen when it should be, and why.
    func reminderHealth(zone: TimeZone, room: Int) async throws(ReminderError) -> [UnarmedReminder]

    /// Whether a reminder that goes off, or stands on the screen, is still true.
    func stillDue(_ reminder: ReminderID) async throws(FaultError) -> StillDue

    /// Fetches everything that changed.
    @discardableResult
    func refresh() async throws(RefreshError) -> Refreshed
}

extension BillPayClient: ReminderSource {}
