//! What the bank's app tells the core once, at open.

use crate::{
    crypto::jwk::PublicJwk,
    error::OpenError,
    gateway::{
        http::gateway_host,
        trust::{Trust, TrustError},
    },
    model::{Biller, Language},
    platform::Suite,
    store::Location,
};

/// The configuration of a profile. Holds no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the profile is kept.
    pub profile: Location,
    /// The gateway, `https://host[:port]`.
    pub gateway: String,
    /// The bank's offline key, which signs trust documents.
    pub offline_key: PublicJwk,
    /// The trust document that the app was shipped with (compact JWS).
    pub trust: String,
    /// Version of the bank's app.
    pub client_version: String,
    /// What the person calls this device; shown on other devices.
    pub device_name: String,
    /// Of messages from the bank.
    pub language: Language,
    /// The catalogue that the app was shipped with, for before the first contact.
    pub catalogue: Vec<Biller>,
}

impl Config {
    /// The trust document that the app was shipped with, if the configuration fits together.
    pub(super) fn trust(&self, suite: &dyn Suite) -> Result<Trust, OpenError> {
        if gateway_host(&self.gateway).is_none() {
            return Err(OpenError::Config(
                "the gateway's address is not https://host or https://host:port, in lower case and without a path",
            ));
        }
        self.trusted(&self.trust, suite).map_err(|error| match error {
            TrustError::OtherHost => OpenError::Config("the trust document is for another host than the gateway's"),
            TrustError::OfflineKey(_) | TrustError::Jws(_) | TrustError::Malformed | TrustError::Pins(_) => {
                OpenError::Config("the trust document is not signed by the offline key")
            }
        })
    }

    /// A trust document of this bank for this gateway: pins of another host would lock us out.
    pub(super) fn trusted(&self, compact: &str, suite: &dyn Suite) -> Result<Trust, TrustError> {
        let trust = Trust::verify(compact, &self.offline_key, suite)?;
        let host = gateway_host(&self.gateway);
        if host.as_deref() == Some(trust.pins.host()) { Ok(trust) } else { Err(TrustError::OtherHost) }
    }
}
