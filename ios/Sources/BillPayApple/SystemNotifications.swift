// Apple's notifications behind the library's port. Only what needs Apple's framework: order, limits and words are
// in BillPay's ReminderScheduler. Not compiled where there is no UserNotifications; see ios/README.md.

#if canImport(UserNotifications)
    import BillPay
    import Foundation
    import UserNotifications

    /// A ``NotificationCenterPort`` of `UNUserNotificationCenter`.
    public struct SystemNotifications: NotificationCenterPort {
        private var center: UNUserNotificationCenter { .current() }

        /// The centre of this app.
        public init() {}

        /// Names the buttons to the system, beside the app's own categories. To be called when the app starts, and when
        /// its language changes.
        public func prepare(in language: Language, besides others: Set<UNNotificationCategory> = []) {
            let ours = ReminderCategory.allCases.map { category in
                UNNotificationCategory(
                    identifier: category.rawValue,
                    actions: category.buttons.map { button in
                        UNNotificationAction(
                            identifier: button.rawValue, title: button.label(in: language),
                            options: button == .pay ? [.foreground] : [])
                    },
                    intentIdentifiers: [],
                    hiddenPreviewsBodyPlaceholder: ReminderCategory.hidden(in: language),
                    options: [])
            }
            center.setNotificationCategories(others.union(ours))
        }

        /// Asks the person whether notifications may be shown; the system asks once and remembers.
        public func askThePerson() async throws -> Bool {
            try await withCheckedThrowingContinuation { waiting in
                center.requestAuthorization(options: [.alert, .sound]) { allowed, error in
                    if let error { waiting.resume(throwing: error) } else { waiting.resume(returning: allowed) }
                }
            }
        }

        /// See ``NotificationCenterPort``.
        public func pending() async -> [NotificationID] {
            await withCheckedContinuation { waiting in
                center.getPendingNotificationRequests { waiting.resume(returning: $0.map { NotificationID($0) }) }
            }
        }

        /// See ``NotificationCenterPort``.
        public func delivered() async -> [NotificationID] {
            await withCheckedContinuation { waiting in
                center.getDeliveredNotifications { shown in
                    let newestFirst = shown.sorted { $0.date > $1.date }
                    waiting.resume(returning: newestFirst.map { NotificationID($0.request) })
                }
            }
        }

        /// See ``NotificationCenterPort``.
        public func add(_ notification: ReminderNotification) async throws {
            let content = UNMutableNotificationContent()
            content.title = notification.title
            content.body = notification.body
            content.sound = .default
            content.categoryIdentifier = notification.category.rawValue
            content.threadIdentifier = notification.thread
            content.userInfo = notification.userInfo
            let trigger = UNCalendarNotificationTrigger(dateMatching: notification.moment, repeats: false)
            let request = UNNotificationRequest(identifier: notification.id, content: content, trigger: trigger)
            try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, any Error>) in
                center.add(request) { error in
                    if let error { waiting.resume(throwing: error) } else { waiting.resume() }
                }
            }
        }

        /// See ``NotificationCenterPort``.
        public func cancel(_ ids: [String]) async { center.removePendingNotificationRequests(withIdentifiers: ids) }

        /// See ``NotificationCenterPort``.
        public func takeDown(_ ids: [String]) async { center.removeDeliveredNotifications(withIdentifiers: ids) }

        /// See ``NotificationCenterPort``. Not yet asked for is not allowed.
        public func allowsNotifications() async -> Bool {
            await withCheckedContinuation { waiting in
                center.getNotificationSettings { settings in
                    let granted: Bool
                    switch settings.authorizationStatus {
                    case .authorized, .provisional, .ephemeral: granted = true
                    case .notDetermined, .denied: granted = false
                    @unknown default: granted = false
                    }
                    // Nothing is seen of one that may only make a sound, or colour a badge.
                    let places = [settings.alertSetting, settings.lockScreenSetting, settings.notificationCenterSetting]
                    waiting.resume(returning: granted && places.contains(.enabled))
                }
            }
        }
    }

    extension NotificationID {
        init(_ request: UNNotificationRequest) {
            let text = request.content.userInfo.compactMap { key, value in
                (key as? String).flatMap { key in (value as? String).map { (key, $0) } }
            }
            self.init(id: request.identifier, userInfo: Dictionary(text) { first, _ in first })
        }
    }

    extension ReminderAnswer {
        /// What a person answers, for the app's `UNUserNotificationCenterDelegate`; none where it is no reminder's.
        public init?(_ response: UNNotificationResponse) {
            self.init(
                action: response.actionIdentifier,
                dismissed: response.actionIdentifier == UNNotificationDismissActionIdentifier,
                of: NotificationID(response.notification.request))
        }
    }
#endif
