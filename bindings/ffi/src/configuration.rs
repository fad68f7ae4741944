//! What the bank's app tells the library once, at open. The parts that only the bank can know come as
//! one text, the *connection file*: the same that `billpay sandbox` writes.

use std::{net::SocketAddr, path::Path, sync::Arc};

use billpay_core::{
    Config,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    error::OpenError as CoreOpenError,
    gateway::{
        http::{HttpError, HttpOptions, HttpTransport, Patience},
        trust::Trust,
    },
    model::Biller,
    platform::{Clock, Transport},
    store::Location,
};
use jiff::tz::TimeZone;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::Deserialize;

use crate::why::{Language, Voice};

/// In the profile's folder.
const DATABASE: &str = "profile.db";

/// What to open. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Configuration {
    /// The folder of the profile; made where it is missing, for this user only. Keep it out of
    /// backups: a restored copy is a rolled-back ledger.
    pub profile: String,
    /// The connection file of the bank, a JSON text: `url`, `roots` (PEM), `offline_key` (JWK),
    /// `trust` (compact JWS) and `catalogue`.
    pub connection: String,
    /// Version of the bank's app.
    pub client_version: String,
    /// What the person calls this device; shown on other devices.
    pub device_name: String,
    /// Of every text, the bank's messages included.
    pub language: Language,
    /// In which moments are written in texts: an IANA name.
    pub zone: String,
}

#[derive(Deserialize)]
struct Connection {
    url: String,
    #[serde(default)]
    resolve: Option<SocketAddr>,
    roots: String,
    offline_key: PublicJwk,
    trust: String,
    #[serde(default)]
    catalogue: Vec<Biller>,
}

impl Configuration {
    pub(crate) fn voice(&self) -> Voice {
        // A zone that is not known is refused by `read`; until then there is none to speak in.
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        Voice { language: self.language.into(), zone }
    }

    /// Where the profile lies.
    pub(crate) fn location(&self) -> Result<Location, CoreOpenError> {
        if self.profile.is_empty() {
            return Err(CoreOpenError::Config("no folder for the profile"));
        }
        Ok(Location::file(Path::new(&self.profile).join(DATABASE)))
    }

    /// The core's configuration and its way out. Blocks: it reads roots and makes keys of a session.
    pub(crate) fn read(self, clock: Arc<dyn Clock>) -> Result<(Config, Arc<dyn Transport>), CoreOpenError> {
        let profile = self.location()?;
        if TimeZone::get(&self.zone).is_err() {
            return Err(CoreOpenError::Config("the time zone is no IANA name"));
        }
        let connection: Connection = serde_json::from_str(&self.connection)
            .map_err(|_| CoreOpenError::Config("the connection file is not one"))?;
        let config = Config {
            profile,
            gateway: connection.url,
            offline_key: connection.offline_key,
            trust: connection.trust,
            client_version: self.client_version,
            device_name: self.device_name,
            language: self.language.into(),
            catalogue: connection.catalogue,
        };
        let transport = transport(&config, &connection.roots, connection.resolve, clock)?;
        Ok((config, transport))
    }
}

fn transport(
    config: &Config,
    roots: &str,
    resolve: Option<SocketAddr>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Transport>, CoreOpenError> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(roots.as_bytes()).collect();
    let roots = roots.map_err(|_| CoreOpenError::Config("the roots are not PEM"))?;
    let trust = Trust::verify(&config.trust, &config.offline_key, &RingSuite)
        .map_err(|_| CoreOpenError::Config("the trust document is not signed by the offline key"))?;
    let options = HttpOptions {
        roots: roots.iter().map(|root| root.to_vec()).collect(),
        pins: trust.pins,
        clock,
        bank_time: None,
        resolve,
        patience: Patience::default(),
    };
    let transport = HttpTransport::new(options).map_err(|error| {
        CoreOpenError::Config(match error {
            HttpError::NoRoots => "there are no roots",
            HttpError::BadRoot(_) => "a root is no certificate",
            HttpError::OtherHost => "the address is not that of the pinned host",
            HttpError::Client(_) => "no secure connection can be made on this system",
        })
    })?;
    Ok(Arc::new(transport))
}
