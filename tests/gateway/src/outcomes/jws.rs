//! Compact JWS (RFC 7515), Ed25519 (RFC 9864), by the bank's receipt key; and the check of a
//! document that says it is ours, by any key that we ever had.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    api::wire::Jwk,
    encoding::{base64url, from_base64url},
    moment,
    suite::{Signer, Suite},
};

/// `typ` of a receipt.
pub const RECEIPT: &str = "billpay-receipt+jws";
/// `typ` of a refusal.
pub const REFUSAL: &str = "billpay-refusal+jws";
/// `typ` of a reversal.
pub const REVERSAL: &str = "billpay-reversal+jws";
/// `typ` of a repayment.
pub const REPAYMENT: &str = "billpay-repayment+jws";
/// `typ` of a credential.
pub const CREDENTIAL: &str = "billpay-credential+jws";
/// `typ` of a trust document.
pub const TRUST: &str = "billpay-trust+jws";

/// A key that signs documents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The name in the documents.
    pub kid: String,
    /// Ed25519.
    pub seed: [u8; 32],
}

// The seed is a secret.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A key that signed documents in earlier days, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredKey {
    /// The key.
    #[serde(flatten)]
    pub key: SigningKey,
    /// From this moment on, itself included; milliseconds since 1970.
    pub not_before: i64,
    /// Up to this moment, itself included; milliseconds since 1970.
    pub not_after: i64,
}

impl SigningKey {
    /// The public half as it is published; `None` if the suite cannot use the seed.
    #[must_use]
    pub fn public_jwk(&self, suite: &dyn Suite) -> Option<Jwk> {
        let public = suite.signer(&self.seed)?.public();
        Some(Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: base64url(&public),
            y: None,
            kid: Some(self.kid.clone()),
        })
    }

    /// Signs one document.
    #[must_use]
    pub fn sign(&self, suite: &dyn Suite, typ: &str, payload: &[u8]) -> Option<String> {
        let signer = suite.signer(&self.seed)?;
        Some(compact(signer.as_ref(), &header(&self.kid, typ), payload))
    }
}

fn header(kid: &str, typ: &str) -> String {
    let kid = serde_json::Value::from(kid);
    base64url(format!(r#"{{"alg":"Ed25519","kid":{kid},"typ":"{typ}"}}"#).as_bytes())
}

fn compact(signer: &dyn Signer, header: &str, payload: &[u8]) -> String {
    let mut text = format!("{header}.{}", base64url(payload));
    let signature = signer.sign(text.as_bytes());
    text.push('.');
    text.push_str(&base64url(&signature));
    text
}

/// The bank's pen: signs with the key of today, knows its own hand of earlier days.
pub struct Pen {
    suite: Arc<dyn Suite>,
    signer: Arc<dyn Signer>,
    headers: BTreeMap<&'static str, String>,
    known: BTreeMap<String, Known>,
}

/// A key of ours: the public half and, of a retired one, the time in which it signed.
struct Known {
    public: Vec<u8>,
    signed: Option<RangeInclusive<i64>>,
}

impl Known {
    /// Whether a document is of the time in which this key signed, by its own word.
    fn covers(&self, payload: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Issued {
            issued_at: String,
        }
        self.signed.as_ref().is_none_or(|signed| {
            let issued = serde_json::from_slice::<Issued>(payload).ok();
            issued.and_then(|issued| moment::parse(&issued.issued_at)).is_some_and(|at| signed.contains(&at))
        })
    }
}

/// What a document of ours says.
pub struct Ours {
    /// Its kind.
    pub typ: String,
    /// The signed bytes.
    pub payload: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl Pen {
    /// Takes the key of today and those of earlier days; `None` if the suite cannot use one.
    #[must_use]
    pub fn new(suite: Arc<dyn Suite>, today: &SigningKey, retired: &[RetiredKey]) -> Option<Self> {
        let signer = suite.signer(&today.seed)?;
        let now = Known { public: signer.public(), signed: None };
        let mut known = BTreeMap::from([(today.kid.clone(), now)]);
        for RetiredKey { key, not_before, not_after } in retired {
            let public = suite.signer(&key.seed)?.public();
            known.insert(key.kid.clone(), Known { public, signed: Some(*not_before..=*not_after) });
        }
        let kinds = [RECEIPT, REFUSAL, REVERSAL, REPAYMENT, CREDENTIAL];
        let headers = kinds.into_iter().map(|typ| (typ, header(&today.kid, typ))).collect();
        Some(Self { suite, signer, headers, known })
    }

    /// Signs a document of kind `typ`.
    pub(crate) fn sign(&self, typ: &'static str, payload: &[u8]) -> String {
        let header = self.headers.get(typ).map_or("", String::as_str);
        compact(self.signer.as_ref(), header, payload)
    }

    /// Reads a document, if it is ours: of a retired key, only what it signed in its time.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Ours> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&from_base64url(header)?).ok()?;
        // "EdDSA" is the older name of the same thing (RFC 9864).
        if !matches!(header.alg.as_str(), "Ed25519" | "EdDSA") {
            return None;
        }
        let key = self.known.get(&header.kid)?;
        let payload = from_base64url(payload)?;
        let good = self.suite.verify_ed25519(&key.public, signed.as_bytes(), &from_base64url(signature)?);
        (good && key.covers(&payload)).then_some(Ours { typ: header.typ, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::RingSuite;

    #[test]
    fn a_document_of_ours_is_read_and_any_change_of_it_is_not() {
        let (old, new) =
            (SigningKey { kid: "k1".into(), seed: [1; 32] }, SigningKey { kid: "k2".into(), seed: [2; 32] });
        let retired = RetiredKey { key: old.clone(), not_before: 1_000, not_after: 2_000 };
        let pen = Pen::new(Arc::new(RingSuite), &new, std::slice::from_ref(&retired)).unwrap();
        let text = pen.sign(RECEIPT, b"{}");
        assert_eq!(pen.read(&text).map(|ours| (ours.typ, ours.payload)), Some((RECEIPT.to_owned(), b"{}".to_vec())));
        for (issued_at, ours) in [("00:00:00.999", false), ("00:00:01", true), ("00:00:02", true), ("00:00:03", false)]
        {
            let payload = format!(r#"{{"issued_at":"1970-01-01T{issued_at}Z"}}"#);
            let by_old = old.sign(&RingSuite, RECEIPT, payload.as_bytes()).unwrap();
            assert_eq!(pen.read(&by_old).is_some(), ours, "a retired key is good for its time: {issued_at}");
        }
        assert!(pen.read(&old.sign(&RingSuite, RECEIPT, b"{}").unwrap()).is_none(), "of no time");
        let stranger = SigningKey { kid: "k2".into(), seed: [3; 32] }.sign(&RingSuite, RECEIPT, b"{}").unwrap();
        assert!(pen.read(&stranger).is_none());
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert!(pen.read(&String::from_utf8(other).unwrap()).is_none(), "byte {at}");
        }
    }
}
