//! Signed requests, checked the way a gateway would: from the fields alone, with a verifier that
//! shares nothing with the code that signs (RFC 9421, RFC 9530; feature 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use billpay_core::{crypto::thumbprint::Point, gateway::signature::Unsigned, platform::Method};
use proptest::prelude::*;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
    },
};

/// A request as it arrives.
#[derive(Clone)]
struct Arrived {
    method: String,
    url: String,
    fields: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Arrived {
    /// RFC 9421, section 3.2, for the label `billpay`.
    fn verifies(&self, key: &[u8]) -> bool {
        let Some(parameters) = self.fields["signature-input"].strip_prefix("billpay=") else { return false };
        let (covered, _) = parameters.strip_prefix('(').unwrap().split_once(')').unwrap();
        let mut base = String::new();
        for name in covered.split(' ') {
            let value = match name.trim_matches('"') {
                "@method" => &self.method,
                "@target-uri" => &self.url,
                field => match self.fields.get(field) {
                    Some(value) => value,
                    None => return false,
                },
            };
            base += &format!("{name}: {value}\n");
        }
        base += &format!("\"@signature-params\": {parameters}");
        let signature = bytes(&self.fields["signature"], "billpay=:");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(base.as_bytes(), &signature).is_ok()
            && match self.fields.get("content-digest") {
                Some(field) => bytes(field, "sha-256=:") == digest(&SHA256, &self.body).as_ref(),
                None => self.body.is_empty(),
            }
    }
}

/// The byte sequence after a label.
fn bytes(field: &str, label: &str) -> Vec<u8> {
    let text = field.strip_prefix(label).unwrap().strip_suffix(':').unwrap();
    BASE64_STANDARD.decode(text).unwrap()
}

fn device_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

fn sign(key: &EcdsaKeyPair, method: Method, url: &str, body: &[u8], idempotency_key: Option<&str>) -> Arrived {
    let keyid = Point::from_bytes(key.public_key().as_ref()).unwrap().thumbprint();
    let request =
        Unsigned { method, url, body, idempotency_key, created: 1_795_305_600, nonce: "n\"o\\nce", keyid: &keyid };
    let base = request.base().unwrap();
    let der = key.sign(&SystemRandom::new(), base.as_bytes()).unwrap();
    let headers = base.into_headers(der.as_ref()).unwrap();
    let mut fields: BTreeMap<String, String> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    fields.extend(idempotency_key.map(|value| ("idempotency-key".to_owned(), value.to_owned())));
    Arrived { method: method.as_str().to_owned(), url: url.to_owned(), fields, body: body.to_vec() }
}

const URL: &str = "https://gateway.bank.example/v1/payments?page=2&q=%E7%94%B5";

#[test]
fn row_5_a_signed_request_verifies_for_its_own_key_only() {
    let (key, other) = (device_key(), device_key());
    for arrived in [
        sign(&key, Method::Post, URL, b"{}", Some("019a9d3e-7c00-7000-8000-000000000001")),
        sign(&key, Method::Post, URL, b"", Some("019a9d3e-7c00-7000-8000-000000000001")),
        sign(&key, Method::Delete, URL, b"", None),
        sign(&key, Method::Get, URL, b"", None),
    ] {
        assert!(arrived.verifies(key.public_key().as_ref()));
        assert!(!arrived.verifies(other.public_key().as_ref()));
    }
}

#[test]
fn row_5_nothing_that_is_covered_can_be_changed() {
    let key = device_key();
    let good = sign(&key, Method::Post, URL, b"{\"total\":1}", Some("payment-1"));
    let changed = |change: &dyn Fn(&mut Arrived)| {
        let mut arrived = good.clone();
        change(&mut arrived);
        arrived.verifies(key.public_key().as_ref())
    };
    assert!(changed(&|_| {}));
    assert!(!changed(&|a| a.method = "DELETE".to_owned()));
    assert!(!changed(&|a| a.url = a.url.replace("page=2", "page=3")));
    assert!(!changed(&|a| a.body = b"{\"total\":2}".to_vec()));
    assert!(!changed(&|a| drop(a.fields.insert("idempotency-key".to_owned(), "payment-2".to_owned()))));
    assert!(!changed(&|a| drop(a.fields.remove("idempotency-key"))));
    let other = sign(&key, Method::Post, URL, b"{\"total\":2}", Some("payment-1"));
    let digest = other.fields["content-digest"].clone();
    assert!(!changed(&|a| drop(a.fields.insert("content-digest".to_owned(), digest.clone()))));
    for (from, to) in [
        ("created=1795305600", "created=1795305601"),
        ("nonce=\"n", "nonce=\"m"),
        (" \"idempotency-key\"", ""),
        (" \"content-digest\"", ""),
        ("ecdsa-p256-sha256", "ecdsa-p384-sha384"),
    ] {
        let input = good.fields["signature-input"].replace(from, to);
        assert_ne!(input, good.fields["signature-input"], "{from}");
        assert!(!changed(&|a| drop(a.fields.insert("signature-input".to_owned(), input.clone()))), "{from}");
    }
}

#[test]
fn the_parameters_stand_in_the_order_of_the_contract() {
    let arrived = sign(&device_key(), Method::Post, URL, b"{}", Some("payment-1"));
    let input = &arrived.fields["signature-input"];
    let places: Vec<usize> =
        [";created=", ";nonce=", ";keyid=", ";alg="].iter().map(|name| input.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{input}");
    assert!(input.starts_with(r#"billpay=("@method" "@target-uri" "content-digest" "idempotency-key");"#), "{input}");
    assert!(input.ends_with(r#";alg="ecdsa-p256-sha256""#), "{input}");
}

proptest! {
    #[test]
    fn no_value_can_forge_a_line_of_the_base(url in ".*", nonce in ".*", key in ".*") {
        let request = Unsigned {
            method: Method::Post, url: &url, body: b"", idempotency_key: Some(&key), created: 0, nonce: &nonce, keyid: "k",
        };
        if let Ok(base) = request.base() {
            prop_assert_eq!(std::str::from_utf8(base.as_bytes()).unwrap().lines().count(), 4);
        }
    }
}
