use std::{fs, path::PathBuf};

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use tempfile::TempDir;

use crate::FileSecretStore;

fn store() -> (TempDir, PathBuf, FileSecretStore) {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("profile/secrets");
    let store = FileSecretStore::open(&inside).unwrap();
    (directory, inside, store)
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(bytes.to_vec())
}

fn get(store: &FileSecretStore, name: &str) -> Result<Option<Vec<u8>>, SecretError> {
    Ok(store.get(name)?.map(|secret| secret.expose().to_vec()))
}

#[test]
fn a_secret_comes_back_is_replaced_and_removed() {
    let (_keep, path, store) = store();
    assert_eq!(get(&store, "root"), Ok(None));
    store.put("root", &secret(b"one")).unwrap();
    store.put("root", &secret(b"two")).unwrap();
    assert_eq!(get(&FileSecretStore::open(&path).unwrap(), "root"), Ok(Some(b"two".to_vec())));
    store.put("empty", &secret(b"")).unwrap();
    assert_eq!(get(&store, "empty"), Ok(Some(Vec::new())));
    store.delete("root").unwrap();
    store.delete("root").unwrap();
    assert_eq!(get(&store, "root"), Ok(None));
    assert_eq!(store.security_level(), SecurityLevel::File);
}

#[test]
fn a_secret_has_up_to_1_kib() {
    let (_keep, _, store) = store();
    store.put("x", &secret(&[7; 1024])).unwrap();
    assert!(matches!(store.put("x", &secret(&[8; 1025])), Err(SecretError::Failed(_))));
    assert_eq!(get(&store, "x"), Ok(Some(vec![7; 1024])));
}

#[test]
fn names_neither_meet_nor_leave_the_directory() {
    let (keep, path, store) = store();
    let names = ["a", "A", "", ".", "..", "../a", "/a", "a/b", "a b", "_61", "a.secret", "电", ".a.new"];
    for name in names {
        store.put(name, &secret(name.as_bytes())).unwrap();
    }
    for name in names {
        assert_eq!(get(&store, name), Ok(Some(name.as_bytes().to_vec())), "{name}");
    }
    assert_eq!(fs::read_dir(&path).unwrap().count(), names.len());
    assert_eq!(fs::read_dir(keep.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn every_flipped_or_missing_byte_is_a_lost_key_and_not_another_key() {
    let (_keep, path, store) = store();
    store.put("root", &secret(&[3; 32])).unwrap();
    let file = path.join("root.secret");
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&file, flipped).unwrap();
        assert_eq!(get(&store, "root"), Err(SecretError::Lost), "byte {at}");
        fs::write(&file, &whole[..at]).unwrap();
        assert_eq!(get(&store, "root"), Err(SecretError::Lost), "cut at {at}");
    }
    fs::write(&file, [&whole[..], &[0; 2000]].concat()).unwrap();
    assert_eq!(get(&store, "root"), Err(SecretError::Lost));
    // Nothing was deleted on the way.
    fs::write(&file, whole).unwrap();
    assert_eq!(get(&store, "root"), Ok(Some(vec![3; 32])));
}

#[test]
fn a_store_that_is_gone_is_not_an_empty_one() {
    let (_keep, path, store) = store();
    store.put("root", &secret(b"x")).unwrap();
    fs::rename(&path, path.with_extension("aside")).unwrap();
    assert!(matches!(store.get("root"), Err(SecretError::Failed(_))));
    assert!(matches!(store.put("root", &secret(b"y")), Err(SecretError::Failed(_))));
    fs::rename(path.with_extension("aside"), &path).unwrap();
    assert_eq!(get(&store, "root"), Ok(Some(b"x".to_vec())));
}

#[test]
fn a_failed_write_leaves_the_old_secret_and_no_copy() {
    let (_keep, path, store) = store();
    store.put("root", &secret(b"old")).unwrap();
    // Something that cannot be replaced by a file stands where the new one would go.
    fs::create_dir(path.join(".root.secret.new")).unwrap();
    assert!(store.put("root", &secret(b"new")).is_err());
    assert_eq!(get(&store, "root"), Ok(Some(b"old".to_vec())));
    fs::remove_dir(path.join(".root.secret.new")).unwrap();
    // And what a crash left over there is neither read nor kept.
    fs::write(path.join(".root.secret.new"), b"left over").unwrap();
    assert_eq!(get(&store, "root"), Ok(Some(b"old".to_vec())));
    store.put("root", &secret(b"new")).unwrap();
    assert_eq!(get(&store, "root"), Ok(Some(b"new".to_vec())));
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn only_this_user_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let (_keep, path, store) = store();
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    // A left-over that others may read is not written into.
    let left_over = path.join(".root.secret.new");
    fs::write(&left_over, b"x").unwrap();
    fs::set_permissions(&left_over, fs::Permissions::from_mode(0o666)).unwrap();
    store.put("root", &secret(b"x")).unwrap();
    assert_eq!(mode(&path.join("root.secret")), 0o600);
    // A directory that was open to others is closed.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    FileSecretStore::open(&path).unwrap();
    assert_eq!(mode(&path), 0o700);
}
