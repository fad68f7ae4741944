// Signing keys in the Secure Enclave, of which no copy can be made; orders are signed only with the person
// there. Not compiled where there is no Security framework; see ios/README.md.

#if canImport(Security) && canImport(LocalAuthentication)
    import BillPay
    import Foundation
    import LocalAuthentication
    import Security

    /// A ``DeviceSigner`` of the Secure Enclave.
    ///
    /// Device keys sign in the background after the first unlock. Order keys ask for a face, a finger or the
    /// passcode each time, and cannot be made on a phone without a passcode.
    public struct SecureEnclaveSigner: DeviceSigner {
        private let tag: String
        private let reason: @Sendable () -> String
        private let presence: SecAccessControlCreateFlags

        /// Keys under a tag of the app's own. The reason is what the system shows when it asks for the person, in
        /// the language of that moment. With `.biometryCurrentSet` as presence a new face or finger ends the order
        /// keys, and activation is due again.
        public init(
            tag: String,
            presence: SecAccessControlCreateFlags = .userPresence,
            reason: @escaping @Sendable () -> String
        ) {
            self.tag = tag
            self.presence = presence
            self.reason = reason
        }

        /// See ``DeviceSigner``. The older key goes first: two of one tag could not be told apart, and the library
        /// asks for a new key only in the pair that is not in force.
        public func create(role: KeyRole) throws -> Data {
            let deleted = SecItemDelete(item(role) as CFDictionary)
            guard deleted == Status.success || deleted == Status.notFound else {
                throw Status.error(deleted, while: "replace")
            }
            let attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrKeySizeInBits: 256,
                kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
                kSecUseDataProtectionKeychain: true,
                kSecPrivateKeyAttrs: [
                    kSecAttrIsPermanent: true,
                    kSecAttrApplicationTag: tagOf(role),
                    kSecAttrAccessControl: try access(role),
                ] as [CFString: Any],
            ]
            var failure: Unmanaged<CFError>?
            guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &failure) else {
                throw error(failure, while: "create")
            }
            return try point(key)
        }

        /// See ``DeviceSigner``. Asks nobody for anything.
        public func publicKey(role: KeyRole) throws -> Data? { try find(role, context: nil).map(point) }

        /// See ``DeviceSigner``. Waits as long as the system asks the person.
        public func sign(role: KeyRole, message: Data) throws -> Data {
            let context = LAContext()
            if role.needsPresence { context.localizedReason = reason() }
            guard let key = try find(role, context: context) else { throw KeyStoreError.lost }
            var failure: Unmanaged<CFError>?
            let algorithm = SecKeyAlgorithm.ecdsaSignatureMessageX962SHA256
            guard let signature = SecKeyCreateSignature(key, algorithm, message as CFData, &failure) else {
                throw error(failure, while: "sign")
            }
            return signature as Data
        }

        /// The Secure Enclave; a simulator's stand-in is software.
        public func securityLevel() throws -> SecurityLevel {
            #if targetEnvironment(simulator)
                .software
            #else
                .hardware
            #endif
        }

        private func access(_ role: KeyRole) throws -> SecAccessControl {
            var failure: Unmanaged<CFError>?
            let made =
                role.needsPresence
                ? SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleWhenUnlockedThisDeviceOnly, [.privateKeyUsage, presence], &failure)
                : SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, .privateKeyUsage, &failure)
            guard let made else { throw error(failure, while: "access") }
            return made
        }

        private func find(_ role: KeyRole, context: LAContext?) throws -> SecKey? {
            var query = item(role)
            query[kSecReturnRef] = true
            query[kSecMatchLimit] = kSecMatchLimitAll
            if let context { query[kSecUseAuthenticationContext] = context }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == Status.notFound { return nil }
            guard status == Status.success else { throw Status.error(status, while: "find") }
            guard let keys = found as? [SecKey] else { throw KeyStoreError.failed(reason: "find: no key") }
            guard keys.count <= 1 else { throw KeyStoreError.ambiguous }
            return keys.first
        }

        private func point(_ key: SecKey) throws -> Data {
            guard let shared = SecKeyCopyPublicKey(key) else { throw KeyStoreError.failed(reason: "no public key") }
            var failure: Unmanaged<CFError>?
            guard let point = SecKeyCopyExternalRepresentation(shared, &failure) else {
                throw error(failure, while: "public key")
            }
            return point as Data
        }

        private func item(_ role: KeyRole) -> [CFString: Any] {
            [
                kSecClass: kSecClassKey,
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrApplicationTag: tagOf(role),
                kSecUseDataProtectionKeychain: true,
            ]
        }

        private func tagOf(_ role: KeyRole) -> Data { Data("\(tag).\(role)".utf8) }

        private func error(_ failure: Unmanaged<CFError>?, while doing: String) -> KeyStoreError {
            guard let failure else { return .failed(reason: doing) }
            let met = failure.takeRetainedValue() as any Error as NSError
            return met.domain == LAError.errorDomain
                ? Status.authentication(met.code, while: doing)
                : Status.error(Int32(truncatingIfNeeded: met.code), while: doing)
        }
    }

    extension KeyRole {
        fileprivate var needsPresence: Bool {
            switch self {
            case .device, .secondDevice: false
            case .order, .secondOrder: true
            }
        }
    }
#endif
