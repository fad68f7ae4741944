use std::sync::Arc;

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use keyring::{Entry, Error};
use keyring_core::{CredentialStore, mock};

use crate::KeyringSecretStore;

const CANARY: &[u8] = b"canary-in-the-error";

/// Keyring's own mock store, which keeps one entry per name.
struct Mock(Arc<CredentialStore>);

impl Mock {
    fn entry(&self, user: &str) -> Entry {
        Entry { inner: self.0.build("billpay", user, None).unwrap() }
    }

    fn fails(&self, user: &str, error: Error) {
        let entry = self.entry(user);
        entry.inner.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    }
}

fn store() -> (Arc<Mock>, KeyringSecretStore) {
    let mock = Arc::new(Mock(mock::Store::new().unwrap()));
    let under = Arc::clone(&mock);
    (mock, KeyringSecretStore::over("ns", move |user| Ok(under.entry(user))))
}

#[test]
fn a_secret_comes_back_is_replaced_and_removed() {
    let (mock, store) = store();
    assert!(store.get("root").unwrap().is_none());
    store.put("root", &Secret::new(vec![0, 255, 1])).unwrap();
    assert_eq!(store.get("root").unwrap().unwrap().expose(), [0, 255, 1]);
    assert!(mock.entry("ns/root").get_secret().is_ok());
    store.delete("root").unwrap();
    store.delete("root").unwrap();
    assert!(store.get("root").unwrap().is_none());
    assert_eq!(store.security_level(), SecurityLevel::Software);
}

#[test]
fn each_error_has_its_meaning_and_none_reads_as_no_secret() {
    // Feature 58.
    type Make = fn() -> Error;
    let failed = SecretError::Failed(String::new());
    let table: [(Make, SecretError); 10] = [
        (|| Error::NoStorageAccess("locked".into()), SecretError::Locked),
        (|| Error::Ambiguous(Vec::new()), SecretError::Ambiguous),
        (|| Error::PlatformFailure("bus".into()), failed.clone()),
        (|| Error::NoDefaultStore, failed.clone()),
        (|| Error::BadEncoding(CANARY.to_vec()), failed.clone()),
        (|| Error::BadDataFormat(CANARY.to_vec(), "x".into()), failed.clone()),
        (|| Error::BadStoreFormat("x".to_owned()), failed.clone()),
        (|| Error::TooLong("x".to_owned(), 1), failed.clone()),
        (|| Error::Invalid("x".to_owned(), "y".to_owned()), failed.clone()),
        (|| Error::NotSupportedByStore("x".to_owned()), failed),
    ];
    for (make, meaning) in table {
        let (mock, store) = store();
        store.put("root", &Secret::new(CANARY.to_vec())).unwrap();
        let same = |error: SecretError| {
            assert!(!format!("{error} {error:?}").contains("canary"));
            assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&meaning), "{error}");
        };
        mock.fails("ns/root", make());
        same(store.get("root").err().unwrap());
        mock.fails("ns/root", make());
        same(store.put("root", &Secret::new(vec![2])).err().unwrap());
        mock.fails("ns/root", make());
        same(store.delete("root").err().unwrap());
        assert_eq!(store.get("root").unwrap().unwrap().expose(), CANARY);
    }
}
