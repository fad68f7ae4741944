//! Reading and writing the files: two spaces, members in the order of the shape, a line feed at the
//! end, so that generating twice gives the same bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Fault, credentials, echoes, keys::Keys, leg, mandates, orders, outcomes, statistics, trust};

/// The folder of this crate, where the vectors lie.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file.
///
/// # Errors
/// It cannot be written as JSON.
pub fn text<T: Serialize>(value: &T) -> Result<String, Fault> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// All vectors of a folder, by file name without `.json`.
///
/// # Errors
/// The folder cannot be read, or a file is not a vector.
pub fn read<T: DeserializeOwned>(folder: &Path) -> Result<BTreeMap<String, T>, Fault> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"))
        else {
            continue;
        };
        let vector = serde_json::from_str(&fs::read_to_string(&path)?).map_err(|error| format!("{name}: {error}"))?;
        found.insert(name.to_owned(), vector);
    }
    Ok(found)
}

/// The same, or nothing where there is no such folder yet.
///
/// # Errors
/// A file is not a vector.
pub fn read_if<T: DeserializeOwned>(folder: &Path) -> Result<BTreeMap<String, T>, Fault> {
    if folder.exists() { read(folder) } else { Ok(BTreeMap::new()) }
}

/// The folders of vectors.
pub const FOLDERS: [&str; 7] = ["orders", "mandates", "outcomes", "credentials", "trust", "echoes", "leg"];

/// What the generator would write, by path below [`root`].
///
/// # Errors
/// A constant of the generator is wrong, or a stored file is none.
pub fn generate() -> Result<BTreeMap<String, String>, Fault> {
    let keys = Keys::new()?;
    let orders = orders::generate(&keys, &read_if(&root().join("orders"))?)?;
    let plain = orders.get("plain").and_then(|vector| vector.accepted.as_ref()).ok_or("no plain order")?;
    let outcomes = outcomes::generate(&keys, &plain.digest, &read_if(&root().join("outcomes"))?)?;
    let mut all = BTreeMap::from([
        ("keys.json".to_owned(), text(&keys.file())?),
        ("chains.json".to_owned(), text(&outcomes::chains())?),
        ("statistics.json".to_owned(), text(&statistics::generate())?),
    ]);
    put(&mut all, "orders", &orders)?;
    put(&mut all, "outcomes", &outcomes)?;
    put(&mut all, "mandates", &mandates::generate(&keys, &read_if(&root().join("mandates"))?)?)?;
    put(&mut all, "credentials", &credentials::generate(&keys)?)?;
    put(&mut all, "echoes", &echoes::generate())?;
    put(&mut all, "trust", &trust::generate(&keys)?)?;
    put(&mut all, "leg", &leg::generate()?)?;
    Ok(all)
}

fn put<T: Serialize>(
    all: &mut BTreeMap<String, String>,
    folder: &str,
    vectors: &BTreeMap<String, T>,
) -> Result<(), Fault> {
    for (name, vector) in vectors {
        all.insert(format!("{folder}/{name}.json"), text(vector)?);
    }
    Ok(())
}

/// The files that are there, by path below [`root`].
///
/// # Errors
/// A folder cannot be read.
pub fn present() -> Result<BTreeSet<String>, Fault> {
    let mut found = BTreeSet::new();
    for folder in FOLDERS {
        let path = root().join(folder);
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(path)? {
            found.insert(format!("{folder}/{}", entry?.file_name().to_string_lossy()));
        }
    }
    Ok(found)
}
