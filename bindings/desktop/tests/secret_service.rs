//! The key store of a real desktop: a Secret Service on a D-Bus of its own. `bindings/desktop/secret-service` brings
//! both and runs this; by itself a machine has neither, so it is left out by default.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use billpay_core::{
    platform::{DeviceSigner as _, KeyRole, SecretStore as _, SecurityLevel},
    secret::Secret,
};
use billpay_desktop::{KeyringSecretStore, SoftwareSigner, best_secret_store};

fn secret(byte: u8) -> Secret {
    Secret::new(vec![byte; 32])
}

fn is(found: Option<Secret>, byte: u8) -> bool {
    found.is_some_and(|found| found == secret(byte))
}

#[test]
#[ignore = "needs a Secret Service: bindings/desktop/secret-service"]
fn row_58_a_real_secret_service_keeps_replaces_and_forgets() {
    let (ours, theirs) = (KeyringSecretStore::new("one"), KeyringSecretStore::new("two"));
    assert!(ours.get("root").unwrap().is_none());
    ours.put("root", &secret(1)).unwrap();
    theirs.put("root", &secret(2)).unwrap();
    // Another process would open it anew.
    assert!(is(KeyringSecretStore::new("one").get("root").unwrap(), 1));
    ours.put("root", &secret(3)).unwrap();
    assert!(is(ours.get("root").unwrap(), 3) && is(theirs.get("root").unwrap(), 2));
    ours.delete("root").unwrap();
    ours.delete("root").unwrap();
    assert!(ours.get("root").unwrap().is_none() && is(theirs.get("root").unwrap(), 2));
}

#[test]
#[ignore = "needs a Secret Service: bindings/desktop/secret-service"]
fn row_58_where_a_secret_service_works_it_is_chosen_and_signs_after_a_restart() {
    let profile = tempfile::tempdir().unwrap();
    let store = best_secret_store(profile.path()).unwrap();
    assert_eq!(store.security_level(), SecurityLevel::Software, "files were chosen");
    let public = SoftwareSigner::new(Arc::clone(&store)).create(KeyRole::Order).unwrap();
    let again = SoftwareSigner::new(best_secret_store(profile.path()).unwrap());
    assert_eq!(again.public_key(KeyRole::Order).unwrap(), Some(public));
    assert!(!again.sign(KeyRole::Order, b"order").unwrap().is_empty());
    // Nothing of it is in a file.
    let named = std::fs::read_dir(profile.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(named.into_iter().all(|name| !name.to_string_lossy().ends_with(".secret")));
}

#[test]
#[ignore = "needs a Secret Service: bindings/desktop/secret-service"]
fn row_58_a_profile_that_chose_the_secret_service_never_falls_back_to_files() {
    let profile = tempfile::tempdir().unwrap();
    best_secret_store(profile.path()).unwrap().put("root", &secret(1)).unwrap();
    // As of somebody who logs in over the network: no bus, so no service.
    let over_the_network = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "without_a_bus", "--nocapture"])
        .env("BILLPAY_PROFILE", profile.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env_remove("XDG_RUNTIME_DIR")
        .output()
        .unwrap();
    assert!(over_the_network.status.success(), "{}", String::from_utf8_lossy(&over_the_network.stderr));
    assert!(is(best_secret_store(profile.path()).unwrap().get("root").unwrap(), 1));
}

/// The other process of the test above.
#[test]
#[ignore = "the other process of a test"]
fn without_a_bus() {
    let Some(profile) = std::env::var_os("BILLPAY_PROFILE") else { return };
    let store = best_secret_store(std::path::Path::new(&profile)).unwrap();
    assert!(store.get("root").is_err(), "an error, and neither nothing nor a new store");
    assert!(store.put("root", &secret(9)).is_err());
}
