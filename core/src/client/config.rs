//! What the bank's app tells the core once, at open.

use crate::{
    crypto::jwk::PublicJwk,
    error::OpenError,
    gateway::trust::Trust,
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
    pub(super) fn trust(&self, suite: &dyn Suite) -> Result<Trust, OpenError> {
        if !self.gateway.starts_with("https://") {
            return Err(OpenError::Config("the gateway's address does not begin with https://"));
        }
        Trust::verify(&self.trust, &self.offline_key, suite)
            .map_err(|_| OpenError::Config("the trust document is not signed by the offline key"))
    }
}
