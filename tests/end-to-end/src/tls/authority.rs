//! Certificates for one run, by rcgen, and by OpenSSL where rcgen will not: weak keys, weak hashes.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PublicKeyData as _,
};

use crate::{Outcome, Unfit};

/// The host of the bank.
pub(super) const HOST: &str = "gw.bank.test";

/// An authority with its key.
pub(super) type Ca = CertifiedIssuer<'static, KeyPair>;

/// A key that a server has.
pub(super) struct Key {
    pub pem: String,
    pub pin: String,
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    std::fs::write(path, bytes).map_err(|error| Unfit::Io("a file of a case", error))
}

pub(super) fn made<T>(made: Result<T, rcgen::Error>) -> Outcome<T> {
    made.map_err(|error| Unfit::Io("a certificate", std::io::Error::other(error)))
}

pub(super) fn pin(spki: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, spki);
    format!("sha256/{}", BASE64_STANDARD.encode(hash))
}

/// A pin that no key has.
pub(super) fn stale(number: u8) -> String {
    pin(&[number])
}

pub(super) fn pin_of(key: &KeyPair) -> String {
    pin(&key.subject_public_key_info())
}

pub(super) fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

pub(super) fn leaf_params(names: &[&str]) -> Outcome<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = made(CertificateParams::new(names))?;
    params.distinguished_name.push(DnType::CommonName, "gateway");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

pub(super) fn root(name: &str) -> Outcome<Ca> {
    made(CertifiedIssuer::self_signed(ca_params(name), made(KeyPair::generate())?))
}

/// An authority of that name and key, by another.
pub(super) fn issuing(params: CertificateParams, key: &KeyPair, by: &Ca) -> Outcome<Ca> {
    let copy = made(KeyPair::from_pem(&key.serialize_pem()))?;
    made(CertifiedIssuer::signed_by(params, copy, by))
}

/// A bank's chain of three, with keys of its own.
pub(super) struct Pki {
    pub root: Ca,
    pub issuing: Ca,
    pub key: KeyPair,
}

impl Pki {
    pub(super) fn new() -> Outcome<Self> {
        let root = root("Root")?;
        let issuing = issuing(ca_params("Issuing"), &made(KeyPair::generate())?, &root)?;
        Ok(Self { root, issuing, key: made(KeyPair::generate())? })
    }

    /// PEM of a server's certificate with these parameters, by the issuing authority.
    pub(super) fn leaf(&self, params: &CertificateParams) -> Outcome<String> {
        Ok(made(params.signed_by(&self.key, &self.issuing))?.pem())
    }

    pub(super) fn good_leaf(&self) -> Outcome<String> {
        self.leaf(&leaf_params(&[HOST])?)
    }
}

/// Where OpenSSL works.
pub(super) struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    pub(super) fn open(folder: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Unfit::Io("a folder", error))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Runs OpenSSL to its end in the workshop.
    pub(super) fn openssl(&self, arguments: &[&str]) -> Outcome<Vec<u8>> {
        let mut command = Command::new("openssl");
        command.current_dir(&self.folder).args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
        let ran = command.output().map_err(|error| Unfit::Io("openssl", error))?;
        if ran.status.success() {
            return Ok(ran.stdout);
        }
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        Err(Unfit::Io("openssl", std::io::Error::other(said)))
    }

    /// A key by OpenSSL.
    pub(super) fn key(&self, arguments: &[&str]) -> Outcome<Key> {
        self.openssl(&[&["genpkey", "-out", "key.pem"], arguments].concat())?;
        let pem = std::fs::read_to_string(self.folder.join("key.pem"));
        self.known(pem.map_err(|error| Unfit::Io("a key", error))?)
    }

    /// A key that is there already.
    pub(super) fn known(&self, pem: String) -> Outcome<Key> {
        write(&self.folder.join("key.pem"), pem.as_bytes())?;
        let spki = self.openssl(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"])?;
        Ok(Key { pem, pin: pin(&spki) })
    }

    /// A root of that key, which rcgen would not take.
    pub(super) fn root(&self, key: &Key) -> Outcome<Issuer> {
        write(&self.folder.join("root.key"), key.pem.as_bytes())?;
        let new = ["req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=RSA root", "-days", "30"];
        let is_ca = ["-addext", "keyUsage=critical,keyCertSign"];
        let pem = self.openssl(&[&new[..], &is_ca].concat())?;
        Ok(Issuer { pem: String::from_utf8_lossy(&pem).into_owned(), key: key.pem.clone() })
    }

    /// A certificate for the host and that key, by an authority, with the hash that is named.
    pub(super) fn sign(&self, key: &Key, by: &Issuer, hash: &str) -> Outcome<String> {
        write(&self.folder.join("leaf.pem"), key.pem.as_bytes())?;
        write(&self.folder.join("ca.pem"), by.pem.as_bytes())?;
        write(&self.folder.join("ca.key"), by.key.as_bytes())?;
        let extensions = format!("subjectAltName=DNS:{HOST}\nextendedKeyUsage=serverAuth\n");
        write(&self.folder.join("extensions"), extensions.as_bytes())?;
        let hash = format!("-{hash}");
        self.openssl(&["req", "-new", "-key", "leaf.pem", "-subj", "/CN=gateway", "-out", "leaf.csr"])?;
        let sign = ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30"];
        let how = ["-set_serial", "7", "-extfile", "extensions", &hash];
        let signed = self.openssl(&[&sign[..], &how].concat())?;
        Ok(String::from_utf8_lossy(&signed).into_owned())
    }
}

/// An authority as OpenSSL needs it.
pub(super) struct Issuer {
    /// Its certificate.
    pub pem: String,
    key: String,
}

impl From<&Ca> for Issuer {
    fn from(ca: &Ca) -> Self {
        Self { pem: ca.pem(), key: ca.key().serialize_pem() }
    }
}
