//! Which store a profile's secrets rest in: chosen once, written down, and kept.
//!
//! Someone who logs in over the network has no key store of the desktop. Were the choice made anew
//! then, the secrets would look as if they had never been there, and new keys would take the place
//! of good ones.

use std::{fs, io, path::Path, sync::Arc, sync::mpsc, thread, time::Duration};

use billpay_core::{
    platform::{SecretError, SecretStore},
    secret::Secret,
};
use ring::rand::{SecureRandom, SystemRandom};

use crate::{FileSecretStore, KeyringSecretStore, atomic};

const CHOICE: &str = "kept-in";
const FILE: &str = "file";
const KEYRING: &str = "keyring ";
/// A key store that asks a person to unlock it may wait for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// The store for the profile whose secrets belong to `directory`: the system's key store if a round
/// trip through it works, else files in `directory`. The choice is made once per directory; blocks
/// for up to 5 seconds while it is made.
///
/// # Errors
/// [`SecretError::Failed`] if the directory cannot be used, or the choice cannot be read.
pub fn best_secret_store(directory: &Path) -> Result<Arc<dyn SecretStore>, SecretError> {
    choose(directory, |namespace| Arc::new(KeyringSecretStore::new(namespace)))
}

/// The same with any maker of the system's store.
pub(crate) fn choose(
    directory: &Path,
    system: impl Fn(&str) -> Arc<dyn SecretStore>,
) -> Result<Arc<dyn SecretStore>, SecretError> {
    let files = FileSecretStore::open(directory)?;
    match fs::read_to_string(directory.join(CHOICE)) {
        Ok(choice) if choice.trim() == FILE => return Ok(Arc::new(files)),
        Ok(choice) => {
            let namespace = choice.trim().strip_prefix(KEYRING.trim()).map(str::trim);
            let namespace = namespace.filter(|namespace| !namespace.is_empty()).ok_or_else(unreadable)?;
            return Ok(system(namespace));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => return Err(unreadable()),
    }
    let namespace = namespace()?;
    let store = system(&namespace);
    let works = !holds_secrets(directory)? && round_trip(&store)?;
    let choice = if works { format!("{KEYRING}{namespace}\n") } else { format!("{FILE}\n") };
    atomic::replace(directory, CHOICE, &[choice.as_bytes()])
        .map_err(|error| SecretError::Failed(error.kind().to_string()))?;
    Ok(if works { store } else { Arc::new(files) })
}

/// Whether a secret comes back as it was stored, within our patience.
fn round_trip(store: &Arc<dyn SecretStore>) -> Result<bool, SecretError> {
    let mut bytes = [0; 32];
    random(&mut bytes)?;
    let (say, hear) = mpsc::channel();
    let store = Arc::clone(store);
    // On a thread of its own, that is left behind if it never ends.
    thread::spawn(move || {
        let probe = Secret::new(bytes.to_vec());
        let came_back = store.put("probe", &probe).is_ok()
            && store.get("probe").is_ok_and(|found| found.is_some_and(|found| found == probe));
        let gone = store.delete("probe").is_ok();
        // Nobody listens any more if it took too long.
        let _ = say.send(came_back && gone);
    });
    Ok(hear.recv_timeout(PATIENCE).unwrap_or(false))
}

/// Secrets without a choice beside them: files of before, or a choice that got lost.
fn holds_secrets(directory: &Path) -> Result<bool, SecretError> {
    let entries = fs::read_dir(directory).map_err(|_| unreadable())?;
    for entry in entries {
        let name = entry.map_err(|_| unreadable())?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "secret") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn namespace() -> Result<String, SecretError> {
    let mut bytes = [0; 16];
    random(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn random(bytes: &mut [u8]) -> Result<(), SecretError> {
    SystemRandom::new().fill(bytes).map_err(|_| SecretError::Failed("the system gives no randomness".to_owned()))
}

fn unreadable() -> SecretError {
    SecretError::Failed("it cannot be read where the secrets are kept".to_owned())
}
