//! What `billpay doctor` judges a server by, as docs/doctor.md describes it. A connection file is one,
//! too. It reads texts and knows nothing else of this program, so that tests/fuzz can have it by itself.

use std::net::SocketAddr;

use billpay_core::{
    crypto::{jwk::PublicJwk, suite::RingSuite},
    gateway::{http::gateway_host, trust::Trust},
    model::pins::{Label, Pin, PinSet},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::Deserialize;

/// The file.
#[derive(Deserialize)]
pub(crate) struct TrustFile {
    /// PEM.
    pub(crate) roots: String,
    /// Where the host is, instead of asking the name service.
    #[serde(default)]
    pub(crate) resolve: Option<SocketAddr>,
    /// With `trust`: who signed it.
    #[serde(default)]
    pub(crate) offline_key: Option<PublicJwk>,
    /// Pins and receipt keys as phones get them, a compact JWS.
    #[serde(default)]
    pub(crate) trust: Option<String>,
    /// In place of `trust`: the bare pins.
    #[serde(default)]
    pub(crate) pins: Vec<WirePin>,
}

/// A pin with its label.
#[derive(Deserialize)]
pub(crate) struct WirePin {
    pin: String,
    label: String,
}

impl TrustFile {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        // serde would take a list of the members' values, too.
        if !text.trim_start().starts_with('{') {
            return Err("not an object".to_owned());
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The certificates that a path has to lead to, in DER.
    pub(crate) fn roots(&self) -> Result<Vec<Vec<u8>>, String> {
        let read = CertificateDer::pem_slice_iter(self.roots.as_bytes());
        read.map(|root| root.map(|root| root.to_vec()).map_err(|error| error.to_string())).collect()
    }

    /// The trust document with the key that has signed it, if the file has them.
    pub(crate) fn signed(&self) -> Result<Option<(Trust, PublicJwk)>, String> {
        match (&self.trust, &self.offline_key) {
            (Some(trust), Some(key)) => {
                let verified = Trust::verify(trust, key, &RingSuite).map_err(|error| error.to_string())?;
                Ok(Some((verified, key.clone())))
            }
            (Some(_), None) => Err("trust without offline_key".to_owned()),
            (None, _) => Ok(None),
        }
    }

    /// The bare pins, for the gateway at this address.
    pub(crate) fn bare_pins(&self, url: &str) -> Result<PinSet, String> {
        let host = gateway_host(url).ok_or("not https://HOST[:PORT]")?;
        let read = |WirePin { pin, label }: &WirePin| {
            let pin: Pin = pin.parse().map_err(|error| format!("{error}"))?;
            Ok((pin, label.parse::<Label>().map_err(|error| format!("{error}"))?))
        };
        let pins = self.pins.iter().map(read).collect::<Result<_, String>>()?;
        PinSet::new(&host, pins).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::TrustFile;

    #[test]
    fn a_list_of_the_members_values_is_no_trust_file() {
        // Found by tests/fuzz.
        assert!(TrustFile::read(r#" {"roots": "r"}"#).is_ok());
        assert!(TrustFile::read(r#"["r"]"#).is_err());
    }
}
