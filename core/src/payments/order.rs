//! The order: what the person signs (dynamic linking). Its digest is SHA-256 of the RFC 8785 form,
//! the signature is over those very bytes, and what the person sees is made from them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    crypto::{canonical, der, digest},
    model::{CustomerNumber, Money},
    platform::{Algorithm, Suite},
};

/// An order of version 1. Field by field as in the contract's schema `Order`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Version of this form: 1.
    pub v: u8,
    /// The cryptographic suite of the signature.
    pub suite: String,
    /// Made by this device before anything is sent; a UUIDv7.
    pub payment_id: String,
    /// Who pays.
    pub customer: String,
    /// Which device signs.
    pub device: String,
    /// Counts this device's orders; a number used twice shows a rolled-back file.
    pub journal_sequence: i64,
    /// The ledger's life in which it was quoted.
    pub epoch: String,
    /// The quote that it takes up.
    pub quote: String,
    /// Whom.
    pub biller: String,
    /// The biller's name.
    pub payee: String,
    /// In full.
    pub customer_number: CustomerNumber,
    /// What.
    pub bill_number: String,
    /// Its version.
    pub bill_version: i64,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// By what, as an opaque token.
    pub method: String,
    /// By the bank's clock: after it the order is not charged.
    pub valid_until: Timestamp,
    /// What the person was shown when binding the number.
    pub echo_digest: String,
}

/// A signed order, as it goes out and as it is journalled: the same bytes each time.
#[derive(Clone)]
pub struct Envelope {
    json: Box<RawValue>,
    digest: String,
}

// I8: it holds the customer number in full.
impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// Why there is no envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrderError {
    /// The total is not amount and fee.
    #[error("the total is not the amount and the fee")]
    Sum,
    /// The amount is nothing.
    #[error("an order over nothing")]
    Nothing,
    /// Not in the canonical range.
    #[error("the order has no canonical form")]
    NotCanonical,
    /// The signer gave something that is no signature.
    #[error("not a signature")]
    NotASignature,
}

impl Order {
    /// The RFC 8785 bytes: what is signed.
    ///
    /// # Errors
    /// [`OrderError::Nothing`] if there is nothing to pay, [`OrderError::Sum`] if it does not add up,
    /// [`OrderError::NotCanonical`] for numbers beyond
    /// the contract.
    pub fn canonical(&self) -> Result<Vec<u8>, OrderError> {
        if self.amount.plus(self.fee) != Ok(self.total) {
            return Err(OrderError::Sum);
        }
        if self.amount.minor() == 0 {
            return Err(OrderError::Nothing);
        }
        canonical::canonical_of(self).map_err(|_| OrderError::NotCanonical)
    }

    /// Reads canonical bytes back: what the person is shown comes from here.
    ///
    /// # Errors
    /// [`OrderError::NotCanonical`] if these bytes are not the canonical form of an order of this
    /// version.
    pub fn parse(canonical: &[u8]) -> Result<Self, OrderError> {
        let order: Self = serde_json::from_slice(canonical).map_err(|_| OrderError::NotCanonical)?;
        if order.v == 1 && order.canonical()? == canonical { Ok(order) } else { Err(OrderError::NotCanonical) }
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    order: &'a RawValue,
    signature: &'a str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up: Option<&'a str>,
}

/// An envelope as it comes from elsewhere.
#[derive(Deserialize)]
struct Sent {
    order: Box<RawValue>,
    signature: String,
    key: String,
    #[serde(default)]
    step_up: Option<String>,
}

/// Who signed an order: the part of it by which an outcome is known to be its own.
#[derive(Deserialize)]
pub struct Signer {
    v: u8,
    /// The customer.
    pub customer: String,
    /// The device.
    pub device: String,
}

/// An envelope of which nobody wants to know more than that.
#[derive(Deserialize)]
struct Signed {
    order: Signer,
}

impl Envelope {
    /// Puts the canonical bytes and their signature (DER, as key stores give it) together.
    ///
    /// # Errors
    /// [`OrderError::NotASignature`] if it is not DER; [`OrderError::NotCanonical`] if the bytes
    /// are not JSON.
    pub fn seal(canonical: &[u8], signature_der: &[u8], key: &str) -> Result<Self, OrderError> {
        let signature = der::to_fixed(signature_der).map_err(|_| OrderError::NotASignature)?;
        let signature = digest::base64url(&signature);
        let text = String::from_utf8(canonical.to_vec()).map_err(|_| OrderError::NotCanonical)?;
        let order = RawValue::from_string(text).map_err(|_| OrderError::NotCanonical)?;
        let wire = Wire { order: &order, signature: &signature, key, step_up: None };
        let json = serde_json::value::to_raw_value(&wire).map_err(|_| OrderError::NotCanonical)?;
        Ok(Self { json, digest: digest::sha256_base64url(canonical) })
    }

    /// Reads an envelope that came from elsewhere, if it is of an order of this version and of this suite,
    /// and `key` (the 65-byte point) has signed it. The bytes are then those that were sent once.
    #[must_use]
    pub fn open(json: &RawValue, key: &[u8], suite: &dyn Suite) -> Option<(Order, Self)> {
        let sent: Sent = serde_json::from_slice(json.get().as_bytes()).ok()?;
        let canonical = canonical::canonicalize(sent.order.get().as_bytes()).ok()?;
        let order = Order::parse(&canonical).ok()?;
        // The order says how it is signed; under another suite these bytes mean nothing that is known here.
        if order.suite != suite.name() {
            return None;
        }
        let signature = digest::from_base64url(&sent.signature)?;
        if !suite.verify(Algorithm::Es256, key, &canonical, &signature) {
            return None;
        }
        let text = RawValue::from_string(String::from_utf8(canonical.clone()).ok()?).ok()?;
        let step_up = sent.step_up.as_deref();
        let wire = Wire { order: &text, signature: &sent.signature, key: &sent.key, step_up };
        let json = serde_json::value::to_raw_value(&wire).ok()?;
        Some((order, Self { json, digest: digest::sha256_base64url(&canonical) }))
    }

    /// The same with its second factor beside the signed order: so it goes out each time.
    ///
    /// # Errors
    /// [`OrderError::NotCanonical`] never happens: the envelope was JSON before.
    pub fn with_step_up(&self, factor: &str) -> Result<Self, OrderError> {
        let sent: Sent = serde_json::from_slice(self.json.get().as_bytes()).map_err(|_| OrderError::NotCanonical)?;
        let wire = Wire { order: &sent.order, signature: &sent.signature, key: &sent.key, step_up: Some(factor) };
        let json = serde_json::value::to_raw_value(&wire).map_err(|_| OrderError::NotCanonical)?;
        Ok(Self { json, digest: self.digest.clone() })
    }

    /// The order in an envelope of this device's own journal, whose seal has vouched for it.
    ///
    /// # Errors
    /// [`OrderError::NotCanonical`] if it holds no order of this version.
    pub fn order_of(json: &RawValue) -> Result<Order, OrderError> {
        let sent: Sent = serde_json::from_slice(json.get().as_bytes()).map_err(|_| OrderError::NotCanonical)?;
        Order::parse(sent.order.get().as_bytes())
    }

    /// Whose order it is, and of which device, of an envelope as in [`Envelope::order_of`].
    ///
    /// # Errors
    /// [`OrderError::NotCanonical`] if it holds no order of this version.
    pub fn signer_of(json: &RawValue) -> Result<Signer, OrderError> {
        let Signed { order } = serde_json::from_slice(json.get().as_bytes()).map_err(|_| OrderError::NotCanonical)?;
        if order.v == 1 { Ok(order) } else { Err(OrderError::NotCanonical) }
    }

    /// The JSON text, byte for byte as sent.
    #[must_use]
    pub fn json(&self) -> &RawValue {
        &self.json
    }

    /// The order's digest, base64url.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    fn money(minor: i64) -> Money {
        Money::new(minor, Currency::CNY).unwrap()
    }

    fn order() -> Order {
        Order {
            v: 1,
            suite: "ES256".into(),
            payment_id: "019a9d3e-7c00-7000-8000-000000000001".into(),
            customer: "C1001".into(),
            device: "019a9d3e-7c00-7000-8000-0000000000d1".into(),
            journal_sequence: 1,
            epoch: "019a9d3e-7c00-7000-8000-00000000e001".into(),
            quote: "q1".into(),
            biller: "power-sh".into(),
            payee: "上海电力".into(),
            customer_number: CustomerNumber::new("3100123456"),
            bill_number: "PB-2026-11".into(),
            bill_version: 1,
            amount: money(12_345),
            fee: money(55),
            total: money(12_400),
            method: "m1".into(),
            valid_until: "2026-11-22T05:05:00Z".parse().unwrap(),
            echo_digest: "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0".into(),
        }
    }

    #[test]
    fn row_24_what_is_shown_is_what_is_signed() {
        let bytes = order().canonical().unwrap();
        assert_eq!(Order::parse(&bytes), Ok(order()));
        assert!(bytes.starts_with(br#"{"amount":{"currency":"CNY","minor":12345},"bill_number":"#));
        let spaced = [b" ".as_slice(), &bytes].concat();
        assert_eq!(Order::parse(&spaced), Err(OrderError::NotCanonical));
    }

    #[test]
    fn row_25_the_code_stands_beside_what_is_signed_and_stays_there() {
        let suite = crate::crypto::suite::RingSuite;
        let random = ring::rand::SystemRandom::new();
        let algorithm = &ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = ring::signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = ring::signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let point = ring::signature::KeyPair::public_key(&pair).as_ref().to_vec();
        let bytes = order().canonical().unwrap();
        let plain = Envelope::seal(&bytes, pair.sign(&random, &bytes).unwrap().as_ref(), "k").unwrap();
        let with = plain.with_step_up("su_1.482916").unwrap();
        assert_eq!((with.digest(), with.json().get().contains(r#""step_up":"su_1.482916""#)), (plain.digest(), true));
        // Another code takes the place of the first; the rest is as it was.
        let json = with.with_step_up("su_2.1").unwrap().json().get().to_owned();
        assert_eq!(json.replace(r#","step_up":"su_2.1""#, ""), plain.json().get());
        // As it comes back from the bank to a phone that has lost it.
        let (read, opened) = Envelope::open(with.json(), &point, &suite).unwrap();
        assert_eq!((read, opened.json().get()), (order(), with.json().get()));
    }

    #[test]
    fn row_69_an_order_of_another_suite_is_not_read_whoever_signed_it() {
        let suite = crate::crypto::suite::RingSuite;
        let random = ring::rand::SystemRandom::new();
        let algorithm = &ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = ring::signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = ring::signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let point = ring::signature::KeyPair::public_key(&pair).as_ref().to_vec();
        for (name, known) in [("ES256", true), ("SM2-SM3", false), ("es256", false), ("none", false), ("", false)] {
            let bytes = Order { suite: name.into(), ..order() }.canonical().unwrap();
            let envelope = Envelope::seal(&bytes, pair.sign(&random, &bytes).unwrap().as_ref(), "k").unwrap();
            assert_eq!(Envelope::open(envelope.json(), &point, &suite).is_some(), known, "{name:?}");
        }
    }

    #[test]
    fn a_total_that_does_not_add_up_is_never_signed() {
        let wrong = Order { total: money(12_401), ..order() };
        assert_eq!(wrong.canonical(), Err(OrderError::Sum));
    }

    #[test]
    fn an_order_over_nothing_is_never_signed() {
        let nothing = Order { amount: money(0), total: money(55), ..order() };
        assert_eq!(nothing.canonical(), Err(OrderError::Nothing));
    }

    #[test]
    fn row_24_any_changed_field_changes_the_bytes() {
        let bytes = order().canonical().unwrap();
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json.len(), 19);
        for key in json.keys() {
            let mut other = json.clone();
            other.insert(key.clone(), serde_json::json!("other"));
            assert_ne!(canonical::canonical_of(&other).unwrap(), bytes, "{key}");
        }
    }
}
