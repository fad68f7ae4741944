//! The certificates of a sandbox: a root, an intermediate, and leaves made fresh at each start; all
//! ECDSA P-256. The intermediate's key is what clients pin, with a spare one as the backup pin.
//!
//! In a directory they are four PEM files: `root.pem`, `intermediate.pem`, `intermediate.key` and
//! `backup.key`. The root's own key is thrown away: it has signed all that it ever will.

use std::{fs, io, path::Path, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData as _,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use thiserror::Error;

/// Why there are no certificates.
#[derive(Debug, Error)]
pub enum PkiError {
    /// rcgen.
    #[error("certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The directory.
    #[error("certificates: {0}")]
    File(#[from] io::Error),
    /// A file that is not what it should be.
    #[error("{0} is not PEM")]
    Pem(&'static str),
    /// rustls.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The keys and certificates that all others hang on.
pub struct Pki {
    root_pem: String,
    intermediate_pem: String,
    intermediate: KeyPair,
    backup: KeyPair,
}

/// What a client pins: SHA-256 of the `SubjectPublicKeyInfo`, in base64 with padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// The intermediate in use.
    pub active: String,
    /// The spare key that no certificate bears yet.
    pub backup: String,
}

impl Pki {
    /// Makes everything new.
    ///
    /// # Errors
    /// rcgen could not.
    pub fn fresh(now: Timestamp) -> Result<Self, PkiError> {
        let (root_key, intermediate) = (KeyPair::generate()?, KeyPair::generate()?);
        let mut root = authority("billpay sandbox root", BasicConstraints::Unconstrained)?;
        valid(&mut root, now, 3650);
        let root_pem = root.self_signed(&root_key)?.pem();
        let mut params = intermediate_params()?;
        valid(&mut params, now, 3650);
        let certificate = params.signed_by(&intermediate, &Issuer::from_params(&root, &root_key))?;
        let backup = KeyPair::generate()?;
        Ok(Self { root_pem, intermediate_pem: certificate.pem(), intermediate, backup })
    }

    /// Those in `directory`; made and kept there where there are none.
    ///
    /// # Errors
    /// A file is missing or broken: nothing is made anew then, since clients may have pinned it.
    pub fn at(directory: &Path, now: Timestamp) -> Result<Self, PkiError> {
        let read = |name: &str| fs::read_to_string(directory.join(name));
        match read("root.pem") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pki = Self::fresh(now)?;
                pki.keep(directory)?;
                Ok(pki)
            }
            Err(error) => Err(error.into()),
            Ok(root_pem) => Ok(Self {
                root_pem,
                intermediate_pem: read("intermediate.pem")?,
                intermediate: KeyPair::from_pem(&read("intermediate.key")?)?,
                backup: KeyPair::from_pem(&read("backup.key")?)?,
            }),
        }
    }

    /// The root last: where it is, everything is.
    fn keep(&self, directory: &Path) -> Result<(), PkiError> {
        fs::create_dir_all(directory)?;
        for (name, pem, secret) in [
            ("backup.key", &self.backup.serialize_pem(), true),
            ("intermediate.key", &self.intermediate.serialize_pem(), true),
            ("intermediate.pem", &self.intermediate_pem, false),
            ("root.pem", &self.root_pem, false),
        ] {
            write(&directory.join(name), pem, secret)?;
        }
        Ok(())
    }

    /// The root that clients are given.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The same in DER.
    ///
    /// # Errors
    /// The file was not PEM.
    pub fn root_der(&self) -> Result<CertificateDer<'static>, PkiError> {
        CertificateDer::from_pem_slice(self.root_pem.as_bytes()).map_err(|_| PkiError::Pem("root.pem"))
    }

    /// What clients pin.
    #[must_use]
    pub fn pins(&self) -> Pins {
        Pins { active: pin(&self.intermediate), backup: pin(&self.backup) }
    }

    /// A server's TLS: a fresh leaf for these names, good for 90 days; TLS 1.3 only; HTTP/2 and 1.1.
    ///
    /// # Errors
    /// A name that cannot be in a certificate, or a broken file.
    pub fn server(&self, names: &[&str], now: Timestamp) -> Result<Arc<rustls::ServerConfig>, PkiError> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut leaf = CertificateParams::new(names)?;
        leaf.distinguished_name.push(DnType::CommonName, "billpay sandbox");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        valid(&mut leaf, now, 90);
        // The issuer is known by its name and key alone, so that it can be made again from them.
        let params = intermediate_params()?;
        let leaf = leaf.signed_by(&key, &Issuer::from_params(&params, &self.intermediate))?;
        let intermediate = CertificateDer::from_pem_slice(self.intermediate_pem.as_bytes());
        let intermediate = intermediate.map_err(|_| PkiError::Pem("intermediate.pem"))?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone(), intermediate], key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn authority(name: &str, constraints: BasicConstraints) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn intermediate_params() -> Result<CertificateParams, PkiError> {
    let mut params = authority("billpay sandbox intermediate", BasicConstraints::Constrained(0))?;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// From yesterday, so that a client whose clock is a little behind takes it.
fn valid(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(today.saturating_sub(1.day()));
    params.not_after = day(today.saturating_add(days.days()));
}

fn pin(key: &KeyPair) -> String {
    let spki = key.subject_public_key_info();
    BASE64_STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &spki))
}

fn write(path: &Path, text: &str, secret: bool) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()
}
