// What an app says once, when it opens a profile.

import Foundation

/// The languages that every text exists in.
public enum Language: Hashable, Sendable {
    /// 简体中文.
    case zh
    /// English.
    case en
}

/// What to open. Holds no secret.
public struct Configuration: Hashable, Sendable {
    /// The folder of the profile; made where it is missing. Keep it out of backups: a restored copy is a
    /// rolled-back ledger.
    public var profile: URL
    /// The connection file of the bank, as its text: where the gateway is, and by what it is known.
    public var connection: String
    /// Version of the bank's app.
    public var clientVersion: String
    /// What the person calls this device; shown on other devices.
    public var deviceName: String
    /// Of every text, the bank's messages included.
    public var language: Language
    /// In which moments are written in texts.
    public var zone: TimeZone

    /// All of it; the zone is the phone's own where none is given.
    public init(
        profile: URL,
        connection: String,
        clientVersion: String,
        deviceName: String,
        language: Language,
        zone: TimeZone = .current
    ) {
        self.profile = profile
        self.connection = connection
        self.clientVersion = clientVersion
        self.deviceName = deviceName
        self.language = language
        self.zone = zone
    }
}
