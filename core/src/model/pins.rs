//! Pinned keys: what a pin is, and the set that a gateway has. A set that could lock every phone
//! out (no backup) or let one in (no pins) cannot be made.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::pki_types::ServerName;
use thiserror::Error;

/// SHA-256 of a public key in its `SubjectPublicKeyInfo` form, written `sha256/BASE64`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a DER `SubjectPublicKeyInfo`, its outer SEQUENCE included.
    #[must_use]
    pub fn of(spki: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, spki).as_ref());
        Self(hash)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a certificate can be for exactly this host, so written: a name in ASCII and lower case, or an address.
#[must_use]
pub fn is_exact_host(host: &str) -> bool {
    let lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
    lower && !host.ends_with('.') && ServerName::try_from(host).is_ok()
}

impl FromStr for Pin {
    type Err = PinSetError;

    fn from_str(text: &str) -> Result<Self, PinSetError> {
        let hash = text.strip_prefix("sha256/").and_then(|hash| BASE64_STANDARD.decode(hash).ok());
        let hash = hash.and_then(|hash| hash.try_into().ok());
        hash.map(Self).ok_or(PinSetError::BadPin)
    }
}

/// What a pin is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// On the chain that the gateway serves now.
    Active,
    /// Kept aside: the way back when the active keys are lost.
    Backup,
}

impl FromStr for Label {
    type Err = PinSetError;

    /// `active` or `backup`, as trust documents have it.
    fn from_str(text: &str) -> Result<Self, PinSetError> {
        match text {
            "active" => Ok(Self::Active),
            "backup" => Ok(Self::Backup),
            _ => Err(PinSetError::BadLabel),
        }
    }
}

/// Why there is no such set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinSetError {
    /// Not `sha256/` and the base64 of 32 bytes; SHA-1 and SHA-512 are refused as well.
    #[error("a pin is not sha256/ and the base64 of 32 bytes")]
    BadPin,
    /// A label other than `active` and `backup`.
    #[error("a pin is labelled neither active nor backup")]
    BadLabel,
    /// No host name in ASCII, or one with a trailing dot.
    #[error("not an exact host name (ASCII, without a trailing dot)")]
    BadHost,
    /// Fewer than two different pins: one lost key would lock every phone out.
    #[error("fewer than two different pins")]
    TooFew,
    /// No pin is labelled active.
    #[error("no pin is labelled active")]
    NoActive,
    /// No pin is labelled backup.
    #[error("no pin is labelled backup")]
    NoBackup,
    /// One pin stands there twice.
    #[error("a pin stands there twice")]
    Repeated,
}

/// The pinned keys of one gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinSet {
    host: String,
    pins: Vec<(Pin, Label)>,
    hard_expiry: Option<Timestamp>,
}

impl PinSet {
    /// The set for exactly this host, without an expiry.
    ///
    /// # Errors
    /// [`PinSetError`].
    pub fn new(host: &str, pins: Vec<(Pin, Label)>) -> Result<Self, PinSetError> {
        let host = host.to_ascii_lowercase();
        if !is_exact_host(&host) {
            return Err(PinSetError::BadHost);
        }
        let mut different: Vec<Pin> = pins.iter().map(|(pin, _)| *pin).collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < 2 {
            return Err(PinSetError::TooFew);
        }
        // A pin that is its own backup is none.
        if different.len() < pins.len() {
            return Err(PinSetError::Repeated);
        }
        let labelled = |wanted| pins.iter().any(|(_, label)| *label == wanted);
        if !labelled(Label::Active) {
            return Err(PinSetError::NoActive);
        }
        if !labelled(Label::Backup) {
            return Err(PinSetError::NoBackup);
        }
        Ok(Self { host, pins, hard_expiry: None })
    }

    /// The same set, refused from this moment on: the way out is then a new trust document.
    #[must_use]
    pub fn expiring(self, hard_expiry: Timestamp) -> Self {
        Self { hard_expiry: Some(hard_expiry), ..self }
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The pins with their labels, in the order given.
    #[must_use]
    pub fn pins(&self) -> &[(Pin, Label)] {
        &self.pins
    }

    /// Whether the key is pinned; the label does not matter.
    #[must_use]
    pub fn holds(&self, pin: Pin) -> bool {
        self.pins.iter().any(|(have, _)| *have == pin)
    }

    /// Whether the set must not be used any more.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.hard_expiry.is_some_and(|expiry| expiry <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWO: &str = "sha256/AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    fn set(host: &str, pins: &[(&str, Label)]) -> Result<PinSet, PinSetError> {
        let pins = pins.iter().map(|(text, label)| (pin(text), *label));
        PinSet::new(host, pins.collect())
    }

    #[test]
    fn pin_rule_1_a_pin_is_exactly_32_bytes_of_sha256() {
        assert_eq!(pin(ONE).to_string(), ONE);
        for bad in [
            "",
            "sha256/",
            "sha1/AQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            "sha512/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            "SHA256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            "sha256/AQEB",
            "sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            "sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
            " sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        ] {
            assert_eq!(bad.parse::<Pin>(), Err(PinSetError::BadPin), "{bad}");
        }
    }

    #[test]
    fn labels_are_read_as_trust_documents_write_them() {
        assert_eq!("active".parse(), Ok(Label::Active));
        assert_eq!("backup".parse(), Ok(Label::Backup));
        assert_eq!("Active".parse::<Label>(), Err(PinSetError::BadLabel));
    }

    #[test]
    fn pin_rule_4_a_set_has_two_pins_and_each_label() {
        use Label::{Active, Backup};
        let host = "gateway.bank.example";
        assert!(set(host, &[(ONE, Active), (TWO, Backup)]).is_ok());
        for (pins, error) in [
            (&[][..], PinSetError::TooFew),
            (&[(ONE, Active)], PinSetError::TooFew),
            (&[(ONE, Active), (ONE, Backup)], PinSetError::TooFew),
            (&[(ONE, Active), (TWO, Active)], PinSetError::NoBackup),
            (&[(ONE, Backup), (TWO, Backup)], PinSetError::NoActive),
            (&[(ONE, Active), (TWO, Backup), (ONE, Backup)], PinSetError::Repeated),
        ] {
            assert_eq!(set(host, pins), Err(error), "{pins:?}");
        }
    }

    #[test]
    fn pin_rule_5_a_set_is_for_one_exact_host() {
        let pins = [(ONE, Label::Active), (TWO, Label::Backup)];
        assert_eq!(set("Gateway.Bank.EXAMPLE", &pins).unwrap().host(), "gateway.bank.example");
        assert_eq!(set("xn--fiq228c.example", &pins).unwrap().host(), "xn--fiq228c.example");
        for bad in ["", ".", "bank.example.", "*.bank.example", "银行.example", "a b", "https://a", "a:443", "a/b"] {
            assert_eq!(set(bad, &pins), Err(PinSetError::BadHost), "{bad}");
        }
    }

    #[test]
    fn pin_rule_7_a_set_ends_at_its_hard_expiry() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let forever = set("a.example", &[(ONE, Label::Active), (TWO, Label::Backup)]).unwrap();
        let limited = forever.clone().expiring(at(1_000));
        assert!(!limited.expired(at(999)) && limited.expired(at(1_000)));
        assert!(!forever.expired(Timestamp::MAX));
    }
}
