// What Apple's key stores answer, as errors of the ports. Pure, and by number: so Linux can test it.

import BillPay

/// The errors of Security and LocalAuthentication that mean more than "it failed". The numbers are Apple's, from
/// SecBase.h and LAError.h.
enum Status {
    static let success: Int32 = 0
    /// errSecDuplicateItem
    static let duplicate: Int32 = -25_299
    /// errSecItemNotFound
    static let notFound: Int32 = -25_300

    /// Of an OSStatus of Security.
    static func error(_ status: Int32, while doing: String) -> KeyStoreError {
        switch status {
        case -25_308: .locked  // errSecInteractionNotAllowed: before the first unlock
        case -128: .cancelled  // errSecUserCanceled
        case -26_275: .lost  // errSecDecode: there, and not to be read any more
        case notFound: .lost
        default: .failed(reason: "\(doing): OSStatus \(status)")
        }
    }

    /// Of an error of LocalAuthentication, in its domain.
    static func authentication(_ code: Int, while doing: String) -> KeyStoreError {
        switch code {
        case -2, -4, -9: .cancelled  // userCancel, systemCancel, appCancel
        case -8: .locked  // biometryLockout: the passcode unlocks it
        case -1_004: .locked  // notInteractive: nobody can be asked now
        default: .failed(reason: "\(doing): LAError \(code)")
        }
    }
}
