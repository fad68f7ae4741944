// The system's notifications, as far as reminders need them. BillPayApple has Apple's; tests have one that fails.

import Foundation

/// The notifications of the operating system. It outlives the app: what it was given it holds when the app is gone,
/// and it may hold less than it was given, without a word.
public protocol NotificationCenterPort: Sendable {
    /// What waits for its moment, that of others in the app among it.
    func pending() async -> [NotificationID]

    /// What stands on the screen, that of others in the app among it, newest first.
    func delivered() async -> [NotificationID]

    /// Takes the place of a pending one of the same id. What it throws says that this one is not held.
    func add(_ notification: ReminderNotification) async throws

    /// Those of these ids wait no more.
    func cancel(_ ids: [String]) async

    /// Those of these ids go from the screen.
    func takeDown(_ ids: [String]) async

    /// Whether the person sees notifications of the app.
    func allowsNotifications() async -> Bool
}

/// A notification as the system gives it back.
public struct NotificationID: Hashable, Sendable {
    /// As it was given to the system.
    public let id: String
    /// What was put beside it; of those of others only what is text.
    public let userInfo: [String: String]

    /// From what the system says.
    public init(id: String, userInfo: [String: String]) {
        self.id = id
        self.userInfo = userInfo
    }
}
