// The part of Apple's Security that BillPayApple uses, as its documentation shows it, so that Linux can check the
// types of our own code against it. It proves nothing of the real one.

@_exported import Foundation

public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias CFData = Data
public typealias CFTypeRef = AnyObject
public typealias CFError = NSError
public typealias OSStatus = Int32
public typealias Failure = UnsafeMutablePointer<Unmanaged<CFError>?>?
public typealias Found = UnsafeMutablePointer<CFTypeRef?>?

public final class SecKey {}
public final class SecAccessControl {}
public struct SecKeyAlgorithm: Sendable {
    public static let ecdsaSignatureMessageX962SHA256 = Self()
}
public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let userPresence = Self(rawValue: 1)
    public static let biometryCurrentSet = Self(rawValue: 1 << 3)
    public static let privateKeyUsage = Self(rawValue: 1 << 30)
}

public let kSecAttrAccessControl = "kSecAttrAccessControl"
public let kSecAttrAccessGroup = "kSecAttrAccessGroup"
public let kSecAttrAccessible = "kSecAttrAccessible"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = "kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly"
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly = "kSecAttrAccessibleWhenUnlockedThisDeviceOnly"
public let kSecAttrAccount = "kSecAttrAccount"
public let kSecAttrApplicationTag = "kSecAttrApplicationTag"
public let kSecAttrIsPermanent = "kSecAttrIsPermanent"
public let kSecAttrKeySizeInBits = "kSecAttrKeySizeInBits"
public let kSecAttrKeyType = "kSecAttrKeyType"
public let kSecAttrKeyTypeECSECPrimeRandom = "kSecAttrKeyTypeECSECPrimeRandom"
public let kSecAttrService = "kSecAttrService"
public let kSecAttrSynchronizable = "kSecAttrSynchronizable"
public let kSecAttrTokenID = "kSecAttrTokenID"
public let kSecAttrTokenIDSecureEnclave = "kSecAttrTokenIDSecureEnclave"
public let kSecClass = "kSecClass"
public let kSecClassGenericPassword = "kSecClassGenericPassword"
public let kSecClassKey = "kSecClassKey"
public let kSecMatchLimit = "kSecMatchLimit"
public let kSecMatchLimitAll = "kSecMatchLimitAll"
public let kSecPrivateKeyAttrs = "kSecPrivateKeyAttrs"
public let kSecReturnData = "kSecReturnData"
public let kSecReturnRef = "kSecReturnRef"
public let kSecUseAuthenticationContext = "kSecUseAuthenticationContext"
public let kSecUseDataProtectionKeychain = "kSecUseDataProtectionKeychain"
public let kSecValueData = "kSecValueData"

public func SecItemAdd(_ attributes: CFDictionary, _ result: Found) -> OSStatus { 0 }
public func SecItemCopyMatching(_ query: CFDictionary, _ result: Found) -> OSStatus { 0 }
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { 0 }
public func SecItemUpdate(_ query: CFDictionary, _ changes: CFDictionary) -> OSStatus { 0 }
public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: Failure) -> CFData? { nil }
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? { nil }
public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: Failure) -> SecKey? { nil }
public func SecKeyCreateSignature(_ key: SecKey, _ algorithm: SecKeyAlgorithm, _ data: CFData, _ error: Failure) -> CFData? {
    nil
}
public func SecAccessControlCreateWithFlags(
    _ allocator: AnyObject?, _ protection: Any, _ flags: SecAccessControlCreateFlags, _ error: Failure
) -> SecAccessControl? { nil }
