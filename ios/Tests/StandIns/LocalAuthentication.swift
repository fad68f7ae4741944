// The part of Apple's LocalAuthentication that BillPayApple uses: see Security.swift.

import Foundation

public final class LAContext {
    public init() {}
    public var localizedReason = ""
}

public struct LAError {
    public static let errorDomain = "com.apple.LocalAuthentication"
}
