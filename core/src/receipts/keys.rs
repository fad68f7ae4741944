//! The bank's receipt keys as a set that any JOSE tool reads (RFC 7517), and back: what a stranger verifies by who
//! has neither the app nor an account (row 50).
//!
//! Beside the members of the standard each key has `not_before` and `not_after` (RFC 3339), the time in which it
//! signed, as in the trust document; a set without them, such as another tool makes, vouches for all times.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    crypto::{
        digest::base64url,
        jwk::{PublicJwk, UnusableKey},
    },
    gateway::trust::ReceiptKey,
    platform::Algorithm,
};

/// Keys that are read of one set.
const MOST: usize = 1000;

/// Why a text is no set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoKeys {
    /// No JSON object with `keys`, one of its keys is broken, or two have one name.
    #[error("not a set of keys (JWKS)")]
    Malformed,
    /// Well-formed, and no key in it is of a kind that receipts are signed with.
    #[error("no key in it is of a kind that receipts are signed with")]
    None,
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    not_before: Option<Timestamp>,
    #[serde(default)]
    not_after: Option<Timestamp>,
}

/// Reads a set. Keys of kinds that are not known here are left out: their documents are unverifiable.
///
/// # Errors
/// [`NoKeys`].
pub fn read_keys(text: &str) -> Result<BTreeMap<String, ReceiptKey>, NoKeys> {
    let Wire { keys } = serde_json::from_slice(text.as_bytes()).map_err(|_| NoKeys::Malformed)?;
    if keys.len() > MOST {
        return Err(NoKeys::Malformed);
    }
    let mut known = BTreeMap::new();
    for key in keys {
        let range: Range = serde_json::from_value(key.clone()).map_err(|_| NoKeys::Malformed)?;
        let (name, key) = match PublicJwk::of(key).and_then(|key| key.verification_key()) {
            Ok(named) => named,
            Err(UnusableKey::UnknownKind) => continue,
            Err(UnusableKey::Malformed) => return Err(NoKeys::Malformed),
        };
        let not_before = range.not_before.unwrap_or(Timestamp::MIN);
        let key = ReceiptKey { key, not_before, not_after: range.not_after };
        if known.insert(name, key).is_some() {
            return Err(NoKeys::Malformed);
        }
    }
    if known.is_empty() { Err(NoKeys::None) } else { Ok(known) }
}

/// Writes a set, in the order of names. No key has an `alg`: its kind says it, and tools of before RFC 9864 read no set
/// with a name that they do not know.
#[must_use]
pub fn write_keys(keys: &BTreeMap<String, ReceiptKey>) -> String {
    let keys: Vec<Value> = keys.iter().filter_map(|(name, key)| written(name, key)).collect();
    format!("{:#}\n", json!({ "keys": keys }))
}

fn written(name: &str, key: &ReceiptKey) -> Option<Value> {
    let bytes = &key.key.bytes;
    let mut jwk = match key.key.algorithm {
        Algorithm::Ed25519 => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(bytes) }),
        // An uncompressed point: 4, x, y.
        Algorithm::Es256 => json!({
            "kty": "EC", "crv": "P-256", "x": base64url(bytes.get(1..33)?), "y": base64url(bytes.get(33..65)?),
        }),
    };
    let members = jwk.as_object_mut()?;
    members.insert("kid".to_owned(), name.into());
    members.insert("use".to_owned(), "sig".into());
    if key.not_before != Timestamp::MIN {
        members.insert("not_before".to_owned(), key.not_before.to_string().into());
    }
    if let Some(not_after) = key.not_after {
        members.insert("not_after".to_owned(), not_after.to_string().into());
    }
    Some(jwk)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"#;
    const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"p"}"#;

    #[test]
    fn row_50_a_set_is_written_and_read_with_the_times_of_its_keys() {
        let text = format!(
            r#"{{"keys":[{ED}","kid":"e","not_before":"2025-01-01T00:00:00Z","not_after":"2026-01-31T00:00:00Z"}},{P256},{{"kty":"RSA","n":"AA","e":"AQAB"}}]}}"#
        );
        let keys = read_keys(&text).unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["e", "p"]);
        assert!(keys["e"].covers("2025-06-01T00:00:00Z".parse().unwrap()));
        assert!(!keys["e"].covers("2026-06-01T00:00:00Z".parse().unwrap()));
        assert!(keys["p"].covers(Timestamp::MIN) && keys["p"].covers(Timestamp::MAX));
        assert_eq!(read_keys(&write_keys(&keys)), Ok(keys));
    }

    #[test]
    fn row_50_what_is_no_set_of_keys_is_said_to_be_none() {
        let twice = format!(r#"{{"keys":[{ED}","kid":"e"}},{ED}","kid":"e"}}]}}"#);
        let many = format!(r#"{{"keys":[{}{{}}]}}"#, "{},".repeat(MOST));
        let late = format!(r#"{{"keys":[{ED}","not_before":"2025-02-30T00:00:00Z"}}]}}"#);
        for text in [
            "",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":[1]}"#,
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#,
            &twice,
            &many,
            &late,
        ] {
            assert_eq!(read_keys(text), Err(NoKeys::Malformed), "{text:.80}");
        }
        for text in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"RSA","n":"AA","e":"AQAB"}]}"#] {
            assert_eq!(read_keys(text), Err(NoKeys::None), "{text}");
        }
    }
}
