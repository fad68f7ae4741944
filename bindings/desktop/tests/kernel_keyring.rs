//! The port over the kernel's own keyring (keyutils), in a session keyring that `bindings/desktop/kernel-keyring` makes
//! and that is gone with it. Not every kernel lets a process have one, so it is left out by default. It forgets when the
//! machine is switched off: no profile chooses it, and this holds the port's contract over a second real store.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use billpay_core::{
    platform::{DeviceSigner as _, KeyRole, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use billpay_desktop::{KeyringSecretStore, SoftwareSigner};
use keyring_core::CredentialStore;

fn store(namespace: &str) -> KeyringSecretStore {
    let kernel: Arc<CredentialStore> = linux_keyutils_keyring_store::Store::new().unwrap();
    // Beside what an app of this user may have there.
    let namespace = format!("test-{}-{namespace}", std::process::id());
    KeyringSecretStore::over(&namespace, move |user| {
        Ok(keyring::Entry { inner: kernel.build("billpay-test", user, None)? })
    })
}

fn secret(byte: u8) -> Secret {
    Secret::new(vec![byte; 32])
}

fn is(found: Option<Secret>, byte: u8) -> bool {
    found.is_some_and(|found| found == secret(byte))
}

/// The kernel forgets a key that was taken back a moment later, as the store's documentation says.
fn is_gone_soon(store: &KeyringSecretStore, name: &str) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if store.get(name).unwrap().is_none() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
#[ignore = "needs a kernel keyring: bindings/desktop/kernel-keyring"]
fn row_58_the_kernels_keyring_keeps_replaces_and_forgets() {
    let (ours, theirs) = (store("one"), store("two"));
    assert!(ours.get("root").unwrap().is_none());
    ours.put("root", &secret(1)).unwrap();
    theirs.put("root", &secret(2)).unwrap();
    assert!(is(store("one").get("root").unwrap(), 1));
    ours.put("root", &secret(3)).unwrap();
    assert!(is(ours.get("root").unwrap(), 3) && is(theirs.get("root").unwrap(), 2));
    ours.delete("root").unwrap();
    assert!(is_gone_soon(&ours, "root"));
    ours.delete("root").unwrap();
    assert!(is(theirs.get("root").unwrap(), 2));
    theirs.delete("root").unwrap();
    assert_eq!(ours.security_level(), SecurityLevel::Software);
}

#[test]
#[ignore = "needs a kernel keyring: bindings/desktop/kernel-keyring"]
fn row_58_a_secret_that_the_kernel_does_not_take_is_an_error_and_leaves_the_old_one() {
    let store = store("sizes");
    store.put("root", &secret(1)).unwrap();
    // None without a byte, none above 32 KiB.
    for refused in [Vec::new(), vec![7; 40_000]] {
        let error = store.put("root", &Secret::new(refused)).err().unwrap();
        assert!(matches!(&error, SecretError::Failed(text) if !text.is_empty()), "{error:?}");
        assert!(is(store.get("root").unwrap(), 1));
    }
    store.delete("root").unwrap();
}

#[test]
#[ignore = "needs a kernel keyring: bindings/desktop/kernel-keyring"]
fn row_58_the_devices_keys_in_the_kernels_keyring_sign() {
    let kernel = Arc::new(store("keys"));
    let public = SoftwareSigner::new(kernel.clone()).create(KeyRole::Order).unwrap();
    let again = SoftwareSigner::new(kernel);
    assert_eq!(again.public_key(KeyRole::Order).unwrap(), Some(public));
    assert!(!again.sign(KeyRole::Order, b"order").unwrap().is_empty());
    assert_eq!(again.public_key(KeyRole::Device).unwrap(), None);
    again.forget().unwrap();
}
