//! The bank's keys in a file, beside the certificates and outside every backup of the ledger.

use std::{fs, io, io::Write as _, path::Path};

use serde::{Deserialize, Serialize};

use super::StartError;
use crate::{
    gateway::Keys,
    outcomes::jws::{RetiredKey, SigningKey},
    rng::Rng,
};

const FILE: &str = "keys.json";

/// All secrets of the bank, and the offline key (which only a sandbox keeps in the same place).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Keyring {
    pub(super) receipt: SigningKey,
    #[serde(default)]
    pub(super) retired: Vec<RetiredKey>,
    pub(super) trust: SigningKey,
    phones: [u8; 32],
}

impl Keyring {
    pub(super) fn fresh(rng: &dyn Rng) -> Self {
        let draw = || {
            let mut bytes = [0; 32];
            rng.fill(&mut bytes);
            bytes
        };
        Self {
            receipt: SigningKey { kid: "receipt-1".to_owned(), seed: draw() },
            retired: Vec::new(),
            trust: SigningKey { kid: "trust-1".to_owned(), seed: draw() },
            phones: draw(),
        }
    }

    /// The one in `directory`; made and kept there where there is none.
    pub(super) fn at(directory: &Path, rng: &dyn Rng) -> Result<Self, StartError> {
        let path = directory.join(FILE);
        match fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keyring = Self::fresh(rng);
                keep(&path, &serde_json::to_vec(&keyring)?)?;
                Ok(keyring)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn bank(&self) -> Keys {
        Keys { receipt: self.receipt.clone(), retired: self.retired.clone(), phones: self.phones }
    }
}

/// Whole or not at all, for its owner only.
pub(super) fn keep(path: &Path, text: &[u8]) -> io::Result<()> {
    let half = path.with_extension("half");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&half)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&half, path)
}
