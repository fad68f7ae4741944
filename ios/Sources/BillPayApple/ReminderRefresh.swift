// The time in the background that iOS gives an app now and then: bills are fetched and reminders planned anew, though
// nobody opens the app. Not compiled where there is no BackgroundTasks; see ios/README.md.

#if canImport(BackgroundTasks) && !os(macOS)
    @preconcurrency import BackgroundTasks
    import BillPay
    import Foundation

    /// A background refresh. Its identifier stands in the app's `BGTaskSchedulerPermittedIdentifiers`.
    public enum ReminderRefresh {
        /// Not more often than that; iOS decides when, and whether at all.
        public static let interval: TimeInterval = 6 * 3_600

        /// To be called before the app has finished launching. The profile is asked for in a process that may have just
        /// been started: opened where it is not, resumed where it is suspended; none where it cannot be had.
        @discardableResult
        public static func register(
            _ identifier: String,
            scheduler: ReminderScheduler,
            profile: @escaping @Sendable () async -> BillPayClient?
        ) -> Bool {
            BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
                // First: whatever becomes of this one, there is a next one.
                try? ask(identifier)
                let work = Task {
                    guard let client = await profile() else { return task.setTaskCompleted(success: false) }
                    task.setTaskCompleted(success: await scheduler.refreshAndReplan(client))
                }
                // The fetching ends at once; planning anew takes no network, and goes on.
                task.expirationHandler = { work.cancel() }
            }
        }

        /// Asks for the next one. To be called when the app goes to the background; one that is asked for already is
        /// replaced.
        public static func ask(_ identifier: String) throws {
            let request = BGAppRefreshTaskRequest(identifier: identifier)
            request.earliestBeginDate = Date(timeIntervalSinceNow: interval)
            try BGTaskScheduler.shared.submit(request)
        }
    }
#endif
