// The part of Apple's UserNotifications that BillPayApple uses: see Security.swift.

import Foundation

public let UNNotificationDismissActionIdentifier = "com.apple.UNNotificationDismissActionIdentifier"

open class UNNotificationContent {
    public var userInfo: [AnyHashable: Any] { [:] }
}

public final class UNNotificationSound {
    public static var `default`: UNNotificationSound { UNNotificationSound() }
}

public final class UNMutableNotificationContent {
    public init() {}
    public var title = ""
    public var body = ""
    public var sound: UNNotificationSound?
    public var categoryIdentifier = ""
    public var threadIdentifier = ""
    public var userInfo: [AnyHashable: Any] = [:]
}

open class UNNotificationTrigger {}

public final class UNCalendarNotificationTrigger: UNNotificationTrigger {
    public init(dateMatching: DateComponents, repeats: Bool) {}
}

public final class UNNotificationRequest {
    public init(identifier: String, content: UNMutableNotificationContent, trigger: UNNotificationTrigger?) {}
    public var identifier: String { "" }
    public var content: UNNotificationContent { UNNotificationContent() }
}

public final class UNNotification {
    public var date: Date { Date() }
    public var request: UNNotificationRequest { fatalError("a stand-in") }
}

public final class UNNotificationResponse {
    public var actionIdentifier: String { "" }
    public var notification: UNNotification { UNNotification() }
}

public struct UNNotificationActionOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let foreground = Self(rawValue: 4)
}

public final class UNNotificationAction {
    public init(identifier: String, title: String, options: UNNotificationActionOptions) {}
}

public struct UNNotificationCategoryOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
}

public final class UNNotificationCategory: Hashable {
    public init(
        identifier: String, actions: [UNNotificationAction], intentIdentifiers: [String], hiddenPreviewsBodyPlaceholder: String?,
        options: UNNotificationCategoryOptions
    ) {}
    public static func == (one: UNNotificationCategory, other: UNNotificationCategory) -> Bool { one === other }
    public func hash(into hasher: inout Hasher) {}
}

public struct UNAuthorizationOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let sound = Self(rawValue: 2)
    public static let alert = Self(rawValue: 4)
}

public enum UNAuthorizationStatus: Sendable {
    case notDetermined, denied, authorized, provisional, ephemeral
}

public enum UNNotificationSetting: Sendable {
    case notSupported, disabled, enabled
}

public final class UNNotificationSettings {
    public var authorizationStatus: UNAuthorizationStatus { .notDetermined }
    public var alertSetting: UNNotificationSetting { .notSupported }
    public var lockScreenSetting: UNNotificationSetting { .notSupported }
    public var notificationCenterSetting: UNNotificationSetting { .notSupported }
}

public final class UNUserNotificationCenter {
    public static func current() -> UNUserNotificationCenter { UNUserNotificationCenter() }
    public func requestAuthorization(
        options: UNAuthorizationOptions, completionHandler: @escaping @Sendable (Bool, (any Error)?) -> Void
    ) {}
    public func setNotificationCategories(_ categories: Set<UNNotificationCategory>) {}
    public func getPendingNotificationRequests(completionHandler: @escaping @Sendable ([UNNotificationRequest]) -> Void) {}
    public func getDeliveredNotifications(completionHandler: @escaping @Sendable ([UNNotification]) -> Void) {}
    public func getNotificationSettings(completionHandler: @escaping @Sendable (UNNotificationSettings) -> Void) {}
    public func add(_ request: UNNotificationRequest, withCompletionHandler: (@Sendable ((any Error)?) -> Void)?) {}
    public func removePendingNotificationRequests(withIdentifiers: [String]) {}
    public func removeDeliveredNotifications(withIdentifiers: [String]) {}
}
