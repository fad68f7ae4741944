// Secrets in Apple's keychain: usable in the background after the first unlock, never on another device.
// Not compiled where there is no Security framework; see ios/README.md.

#if canImport(Security)
    import BillPay
    import Foundation
    import Security

    /// A ``SecretStore`` in the keychain. Items are of the class *after first unlock, this device only*: a copy of
    /// the phone in a backup holds none of them, and neither does iCloud.
    public struct KeychainSecrets: SecretStore {
        private let service: String
        private let group: String?

        /// Items under a service name of the app's own; in an access group only where an extension shares them.
        public init(service: String, accessGroup: String? = nil) {
            self.service = service
            self.group = accessGroup
        }

        /// See ``SecretStore``. Not found is `nil`; every other refusal is an error.
        public func get(name: String) throws -> Data? {
            var query = item(name)
            query[kSecReturnData] = true
            // All of them: a second one of that name must not be passed over.
            query[kSecMatchLimit] = kSecMatchLimitAll
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == Status.notFound { return nil }
            guard status == Status.success else { throw Status.error(status, while: "read") }
            guard let secrets = found as? [Data] else { throw KeyStoreError.failed(reason: "read: no data") }
            guard secrets.count <= 1 else { throw KeyStoreError.ambiguous }
            return secrets.first
        }

        /// See ``SecretStore``. An item is changed in place, so that the old one stays where it cannot be.
        public func put(name: String, secret: Data) throws {
            var status = update(name, secret)
            if status == Status.notFound {
                var new = item(name)
                new[kSecValueData] = secret
                new[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
                status = SecItemAdd(new as CFDictionary, nil)
                // Somebody else was first.
                if status == Status.duplicate { status = update(name, secret) }
            }
            guard status == Status.success else { throw Status.error(status, while: "store") }
        }

        /// See ``SecretStore``.
        public func delete(name: String) throws {
            let status = SecItemDelete(item(name) as CFDictionary)
            guard status == Status.success || status == Status.notFound else {
                throw Status.error(status, while: "delete")
            }
        }

        /// On a phone the secure hardware takes part in reading each item.
        public func securityLevel() throws -> SecurityLevel {
            #if os(iOS) && !targetEnvironment(simulator)
                .hardware
            #else
                .software
            #endif
        }

        private func update(_ name: String, _ secret: Data) -> OSStatus {
            let change: [CFString: Any] = [
                kSecValueData: secret,
                kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            return SecItemUpdate(item(name) as CFDictionary, change as CFDictionary)
        }

        private func item(_ name: String) -> [CFString: Any] {
            var item: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword,
                kSecAttrService: service,
                kSecAttrAccount: name,
                kSecAttrSynchronizable: false,
                // On a Mac: the keychain that iOS has, and not the older one of files.
                kSecUseDataProtectionKeychain: true,
            ]
            if let group { item[kSecAttrAccessGroup] = group }
            return item
        }
    }
#endif
