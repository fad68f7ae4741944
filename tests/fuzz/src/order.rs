//! Orders and envelopes: canonical JSON, what the person signs, and whether phone and bank, which
//! share no code, read the same out of the same bytes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use billpay_core::{
    crypto::canonical::{self, MAX_DEPTH},
    payments::{Envelope, Order},
    platform::{self, Algorithm},
};
use ring::digest::{SHA256, digest};
use sandbox_gateway::{api::wire, payments::signed::Signed, suite};
use serde_json::{Value, value::RawValue};

use crate::{
    chosen::chosen,
    oracle::{self, Shape},
};

/// A suite whose signature is the digest, twice: whoever reads other bytes sees another signature.
struct Digest;

fn signature(message: &[u8]) -> [u8; 64] {
    let hash = digest(&SHA256, message);
    let mut twice = [0; 64];
    twice[..32].copy_from_slice(hash.as_ref());
    twice[32..].copy_from_slice(hash.as_ref());
    twice
}

impl platform::Suite for Digest {
    fn name(&self) -> &'static str {
        "ES256"
    }
    fn verify(&self, _: Algorithm, _: &[u8], message: &[u8], signed: &[u8]) -> bool {
        signature(message) == signed
    }
}

impl suite::Suite for Digest {
    fn verify_p256(&self, _: &[u8], message: &[u8], signed: &[u8]) -> bool {
        signature(message) == signed
    }
    fn signer(&self, _: &[u8; 32]) -> Option<std::sync::Arc<dyn suite::Signer>> {
        None
    }
    fn verify_ed25519(&self, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        false
    }
}

/// `a`: JSON. `b`: an order, put into an envelope here. `c`: an envelope.
pub fn check(data: &[u8]) {
    match chosen(data, 3) {
        Some((0, bytes)) => json(bytes),
        Some((1, bytes)) => order(bytes),
        Some((_, bytes)) => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                envelope(text);
            }
        }
        None => {}
    }
}

/// The canonical form is the one that another writer comes to, of the value that another reader sees.
fn json(bytes: &[u8]) {
    let Ok(form) = canonical::canonicalize(bytes) else { return };
    let value: Value = serde_json::from_slice(bytes).expect("accepted, and no JSON");
    let shape = Shape::of(bytes).expect("accepted, and no JSON");
    assert!(shape.depth <= usize::from(MAX_DEPTH) && !shape.repeats, "two readers could see two orders in it");
    let mut other = String::new();
    oracle::canonical(&value, &mut other);
    assert_eq!(std::str::from_utf8(&form), Ok(&*other));
    assert_eq!(canonical::canonicalize(&form).as_deref(), Ok(&*form), "the canonical form has another one");
    assert_eq!(canonical::parse(&form).as_ref(), Ok(&value));
}

fn order(bytes: &[u8]) {
    json(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(order) = Order::parse(bytes) {
        assert_eq!(order.canonical().as_deref(), Ok(bytes), "what is shown is not what is signed");
    }
    let Ok(form) = canonical::canonicalize(bytes) else { return };
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature(&form));
    // Untidy as it came: both sides have to find the form that was signed.
    envelope(&format!(r#"{{"order":{text},"signature":"{signature}","key":"{}"}}"#, "A".repeat(43)));
}

fn envelope(text: &str) {
    let bank = serde_json::from_str::<wire::Envelope>(text).ok();
    let bank = bank.and_then(|envelope| Signed::read(envelope, &Digest).ok());
    let bank = bank.filter(|signed| signed.is_by(&[], &Digest));
    let raw = serde_json::from_str::<&RawValue>(text).ok();
    let phone = raw.and_then(|raw| Envelope::open(raw, &[], &Digest));
    if let Some(bank) = &bank {
        let (_, opened) = phone.as_ref().expect("the bank takes an order that a phone cannot read");
        assert_eq!(opened.digest(), bank.digest(), "one order, two digests");
    }
    let Some((order, opened)) = phone else { return };
    assert_eq!(order.suite, "ES256", "of a suite that is not known here");
    assert_eq!(Envelope::order_of(opened.json()).as_ref(), Ok(&order));
    let (again, same) = Envelope::open(opened.json(), &[], &Digest).expect("sent once, and not read again");
    assert_eq!((again, same.json().get(), same.digest()), (order, opened.json().get(), opened.digest()));
    if bank.is_some() {
        let tidy: wire::Envelope = serde_json::from_str(opened.json().get()).unwrap();
        let tidy = Signed::read(tidy, &Digest).expect("the bank refuses what it took before");
        assert_eq!(tidy.digest(), opened.digest());
    }
}
