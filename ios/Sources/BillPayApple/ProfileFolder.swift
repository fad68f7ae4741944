// A folder for the profile that no backup copies and that opens after the first unlock.

import Foundation

/// Where a profile rests on a phone.
public enum ProfileFolder {
    /// A folder below the app's own support folder, made ready: see ``prepare(_:)``.
    public static func standard(_ name: String = "billpay") throws -> URL {
        let support = try FileManager.default.url(
            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        return try prepare(support.appendingPathComponent(name))
    }

    /// Makes the folder where it is missing, takes it out of backups (a restored copy is a rolled-back ledger), and
    /// gives what is written there the class *until first unlock*: a payment that is being checked has to be
    /// readable while the phone is locked again. Files take the class of their folder when they are made, so call
    /// it before the profile is opened first.
    @discardableResult
    public static func prepare(_ folder: URL) throws -> URL {
        var folder = folder
        var attributes: [FileAttributeKey: Any] = [:]
        #if os(iOS)
            attributes[.protectionKey] = FileProtectionType.completeUntilFirstUserAuthentication
        #endif
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: attributes)
        #if canImport(Darwin)
            // Once more for a folder that was there.
            if !attributes.isEmpty { try FileManager.default.setAttributes(attributes, ofItemAtPath: folder.path) }
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try folder.setResourceValues(values)
        #endif
        return folder
    }
}
