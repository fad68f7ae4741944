use std::{
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};

use super::shaky::Shaky;
use crate::{FileSecretStore, best_secret_store, choice::choose};

#[test]
fn a_system_store_that_works_is_chosen_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let system = Arc::new(Shaky::default());
    let asked = Mutex::new(Vec::new());
    let make = |namespace: &str| -> Arc<dyn SecretStore> {
        asked.lock().unwrap().push(namespace.to_owned());
        Arc::clone(&system) as Arc<dyn SecretStore>
    };
    let store = choose(directory.path(), make).unwrap();
    assert_eq!(store.security_level(), SecurityLevel::Software);
    assert!(system.secrets.lock().unwrap().is_empty(), "the probe is left over");
    store.put("root", &Secret::new(vec![1])).unwrap();
    // Closed now: still the same store, which says so, and not an empty one of files.
    *system.get_fails.lock().unwrap() = Some(SecretError::Locked);
    let again = choose(directory.path(), make).unwrap();
    assert_eq!(again.get("root").err(), Some(SecretError::Locked));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
    assert_eq!(asked[0].len(), 32);
}

#[test]
fn a_system_store_that_fails_or_mixes_up_is_not_chosen_and_that_is_kept_too() {
    let shaky = [
        Shaky { put_fails: Mutex::new(Some(SecretError::Locked)), ..Shaky::default() },
        Shaky { get_fails: Mutex::new(Some(SecretError::Ambiguous)), ..Shaky::default() },
        Shaky { mixes_up: true, ..Shaky::default() },
    ];
    for system in shaky {
        let directory = tempfile::tempdir().unwrap();
        let system: Arc<dyn SecretStore> = Arc::new(system);
        let store = choose(directory.path(), |_| Arc::clone(&system)).unwrap();
        assert_eq!(store.security_level(), SecurityLevel::File);
        store.put("root", &Secret::new(vec![1])).unwrap();
        let works = || -> Arc<dyn SecretStore> { Arc::new(Shaky::default()) };
        let again = choose(directory.path(), |_| works()).unwrap();
        assert!(again.get("root").unwrap().is_some());
    }
}

#[test]
fn secrets_in_files_are_never_left_for_a_new_choice() {
    let directory = tempfile::tempdir().unwrap();
    FileSecretStore::open(directory.path()).unwrap().put("root", &Secret::new(vec![1])).unwrap();
    let store = choose(directory.path(), |_| Arc::new(Shaky::default())).unwrap();
    assert!(store.get("root").unwrap().is_some());
}

#[test]
fn a_choice_that_cannot_be_read_is_not_made_again() {
    for text in ["", "keyring", "keyring \n", "cloud\n"] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("kept-in"), text).unwrap();
        let chosen = choose(directory.path(), |_| Arc::new(Shaky::default()));
        assert!(matches!(chosen.err(), Some(SecretError::Failed(_))), "{text:?}");
        assert_eq!(fs::read_to_string(directory.path().join("kept-in")).unwrap(), text);
    }
}

#[test]
fn a_machine_with_or_without_a_key_store_gets_one_that_works_soon() {
    let directory = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let store = best_secret_store(directory.path()).unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    store.put("test", &Secret::new(vec![0, 200])).unwrap();
    assert_eq!(store.get("test").unwrap().unwrap().expose(), [0, 200]);
    store.delete("test").unwrap();
}
