//! Writing compact JWS (RFC 7515), right ones and wrong ones.

use crate::{Fault, base64url, keys::TestKey};

/// The protected header that the bank writes.
#[must_use]
pub fn header(alg: &str, kid: &str, typ: &str) -> String {
    format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#)
}

/// `header.payload.signature`, signed by `key` whatever the header says. `kept` is the text of an
/// earlier run, whose ES256 signature is used again if it still holds.
///
/// # Errors
/// The key cannot sign.
pub fn compact(key: &TestKey, header: &str, payload: &str, kept: Option<&str>) -> Result<String, Fault> {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let kept = kept.and_then(|text| text.rsplit_once('.')).map(|(_, signature)| signature);
    let signature = base64url(&key.sign(signed.as_bytes(), kept)?);
    Ok(format!("{signed}.{signature}"))
}

/// The same text with one bit of the part at `part` (0: header, 1: payload, 2: signature) flipped.
///
/// # Errors
/// There is no such part.
pub fn flipped(compact: &str, part: usize) -> Result<String, Fault> {
    let mut parts: Vec<String> = compact.split('.').map(str::to_owned).collect();
    let text = parts.get_mut(part).ok_or("no such part")?;
    let mut bytes = crate::from_base64url(text)?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).ok_or("an empty part")? ^= 1;
    *text = base64url(&bytes);
    Ok(parts.join("."))
}
