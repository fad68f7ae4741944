//! Secrets in files: for machines without a key store of the system (servers, containers, CI).
//!
//! One file per secret: `billpay secret 1\n ‖ SHA-256 of the secret ‖ the secret`. The sum tells a
//! file that rotted from a key that is merely another one.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::atomic;

const HEAD: &[u8] = b"billpay secret 1\n";
/// As the port says, in bytes.
const LARGEST: usize = 1024;
const SUM: usize = 32;

/// Secrets in a directory that only this user may enter.
pub struct FileSecretStore {
    directory: PathBuf,
    // Two writers of one name would share the file beside it.
    writing: Mutex<()>,
}

impl FileSecretStore {
    /// Opens the store in `directory`, which is made if missing and closed to other users.
    ///
    /// # Errors
    /// [`SecretError::Failed`].
    pub fn open(directory: &Path) -> Result<Self, SecretError> {
        atomic::private_directory(directory).map_err(failed)?;
        Ok(Self { directory: directory.to_owned(), writing: Mutex::new(()) })
    }

    fn read(&self, name: &str) -> io::Result<Zeroizing<Vec<u8>>> {
        let file = fs::File::open(self.directory.join(file_name(name)))?;
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let most = HEAD.len() + SUM + LARGEST + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(most));
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl SecretStore for FileSecretStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match self.read(name) {
            Ok(bytes) => parse(&bytes).map(Some).ok_or(SecretError::Lost),
            // The whole directory gone (not mounted, say) is not the same as no such secret.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.directory.is_dir() => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        // Exposed to be stored: this is the place where it rests.
        let bytes = secret.expose();
        if bytes.len() > LARGEST {
            return Err(SecretError::Failed("the secret is larger than 1 KiB".to_owned()));
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = digest(&SHA256, bytes);
        atomic::replace(&self.directory, &file_name(name), &[HEAD, sum.as_ref(), bytes]).map_err(failed)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        atomic::remove(&self.directory, &file_name(name)).map_err(failed)
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::File
    }
}

fn parse(bytes: &[u8]) -> Option<Secret> {
    let (sum, secret) = bytes.strip_prefix(HEAD)?.split_first_chunk::<SUM>()?;
    (secret.len() <= LARGEST && digest(&SHA256, secret).as_ref() == sum).then(|| Secret::new(secret.to_vec()))
}

/// The name itself where it is plain, else its bytes in hex: no name leaves the directory, and no
/// two names meet, on systems that ignore case too.
fn file_name(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.is_empty() && name.bytes().all(plain) {
        return format!("{name}.secret");
    }
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("_{hex}.secret")
}

fn failed(error: io::Error) -> SecretError {
    SecretError::Failed(error.kind().to_string())
}
