//! Signed requests: RFC 9421 signatures labelled `billpay`, over exactly the components that the
//! contract names, and RFC 9530 digests of the body.
//!
//! The contract fixes the order of components and parameters, so there is one spelling of
//! `Signature-Input` for a request; any other is refused rather than understood.

use super::{http::Request, problem::Problem};
use crate::{
    encoding::{base64, from_base64, sha256},
    plant,
    suite::Suite,
};

/// How far `created` may be from the bank's time, in seconds.
pub const WINDOW_SECONDS: i64 = 300;

const LABEL: &str = "billpay=";
const ALGORITHM: &str = ";alg=\"ecdsa-p256-sha256\"";
const MAX_NONCE: usize = 128;

/// What a request says about its signature, before anyone has checked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed<'a> {
    parameters: &'a str,
    signature: &'a str,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Fresh for every signature, if it is.
    pub nonce: &'a str,
    /// Whose key it is by, if it is: an RFC 7638 thumbprint.
    pub keyid: &'a str,
}

/// Reads the signature fields of a request.
///
/// # Errors
/// `signature-missing`; `signature-invalid` for anything that the contract does not allow.
pub fn read(request: &Request) -> Result<Claimed<'_>, Problem> {
    let (Some(input), Some(signature)) = (request.header("signature-input"), request.header("signature")) else {
        return Err(Problem::signature_missing());
    };
    parse(input, signature, covered(request)).ok_or_else(Problem::signature_invalid)
}

/// The components that this request has to cover.
fn covered(request: &Request) -> &'static str {
    let key = request.header("idempotency-key").is_some();
    match (request.body.is_empty(), key) {
        (true, false) => r#"("@method" "@target-uri")"#,
        (false, false) => r#"("@method" "@target-uri" "content-digest")"#,
        (true, true) => r#"("@method" "@target-uri" "idempotency-key")"#,
        (false, true) => r#"("@method" "@target-uri" "content-digest" "idempotency-key")"#,
    }
}

fn parse<'a>(input: &'a str, signature: &'a str, covered: &str) -> Option<Claimed<'a>> {
    let parameters = input.strip_prefix(LABEL)?;
    let rest = parameters.strip_prefix(covered)?.strip_prefix(";created=")?;
    let (created, rest) = rest.split_once(";nonce=\"")?;
    let (nonce, rest) = rest.split_once("\";keyid=\"")?;
    let keyid = rest.strip_suffix(ALGORITHM)?.strip_suffix('"')?;
    // One spelling of a number, too: none begins with a zero that says nothing.
    let digits = !created.is_empty()
        && created.len() <= 15
        && created.bytes().all(|byte| byte.is_ascii_digit())
        && (created == "0" || !created.starts_with('0'));
    let plain = |text: &str| {
        !text.is_empty()
            && text.len() <= MAX_NONCE
            && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\')
    };
    if !digits || !plain(nonce) || !plain(keyid) {
        return None;
    }
    let signature = signature.strip_prefix(LABEL)?.strip_prefix(':')?.strip_suffix(':')?;
    Some(Claimed { parameters, signature, created: created.parse().ok()?, nonce, keyid })
}

impl Claimed<'_> {
    /// Checks the time, the digest of the body, and the signature by `point`.
    ///
    /// # Errors
    /// `clock-skew` or `signature-invalid`.
    pub fn check(&self, request: &Request, point: &[u8], now_ms: i64, suite: &dyn Suite) -> Result<(), Problem> {
        if (now_ms.div_euclid(1000) - self.created).abs() > WINDOW_SECONDS {
            return Err(Problem::clock_skew());
        }
        let digest = request.header("content-digest");
        let expected = (!request.body.is_empty()).then(|| content_digest(&request.body));
        if expected.is_some() && digest != expected.as_deref() && !plant::is("body-not-covered") {
            return Err(Problem::signature_invalid());
        }
        let good = from_base64(self.signature)
            .is_some_and(|signature| suite.verify_p256(point, self.base(request).as_bytes(), &signature));
        if good { Ok(()) } else { Err(Problem::signature_invalid()) }
    }

    /// The signature base (RFC 9421, section 2.5).
    fn base(&self, request: &Request) -> String {
        let mut base = String::with_capacity(512);
        let mut line = |name: &str, value: &str| {
            for part in ["\"", name, "\": ", value, "\n"] {
                base.push_str(part);
            }
        };
        line("@method", &request.method);
        line("@target-uri", &request.url);
        if !request.body.is_empty() {
            line("content-digest", request.header("content-digest").unwrap_or_default());
        }
        if let Some(key) = request.header("idempotency-key") {
            line("idempotency-key", key);
        }
        line("@signature-params", self.parameters);
        // The last line has no end.
        base.pop();
        base
    }
}

/// The value of `Content-Digest` for a body (RFC 9530, section 2).
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&sha256(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> Request {
        Request {
            method: "POST".into(),
            url: "https://gateway.bank.example/v1/payments".into(),
            headers: vec![
                ("signature-input".into(), input.into()),
                ("signature".into(), "billpay=:AAAA:".into()),
                ("content-digest".into(), content_digest(b"{}")),
                ("idempotency-key".into(), "k-0000001".into()),
            ],
            body: b"{}".to_vec(),
        }
    }

    const GOOD: &str = r#"billpay=("@method" "@target-uri" "content-digest" "idempotency-key");created=1618884473;nonce="n-1";keyid="k";alg="ecdsa-p256-sha256""#;

    #[test]
    fn the_base_is_the_one_of_rfc_9421() {
        let request = request(GOOD);
        let claimed = read(&request).unwrap();
        assert_eq!((claimed.created, claimed.nonce, claimed.keyid), (1_618_884_473, "n-1", "k"));
        let want = format!(
            "\"@method\": POST\n\"@target-uri\": https://gateway.bank.example/v1/payments\n\
             \"content-digest\": sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\n\
             \"idempotency-key\": k-0000001\n\"@signature-params\": {}",
            &GOOD["billpay=".len()..]
        );
        assert_eq!(claimed.base(&request), want);
    }

    #[test]
    fn row_5_nothing_but_the_covered_components_of_the_contract_is_taken() {
        for (from, to) in [
            (" \"content-digest\"", ""),
            (" \"idempotency-key\"", ""),
            ("\"@method\" ", ""),
            ("created=1618884473", "created=-1"),
            ("created=1618884473", "created=1e9"),
            ("created=1618884473", "created=01618884473"),
            ("nonce=\"n-1\"", "nonce=\"\""),
            (";nonce=\"n-1\"", ""),
            ("ecdsa-p256-sha256", "hmac-sha256"),
            ("billpay=", "other="),
        ] {
            let other = GOOD.replacen(from, to, 1);
            assert_ne!(other, GOOD);
            let refused = read(&request(&other)).unwrap_err();
            assert_eq!(refused.kind, "urn:billpay:problem:signature-invalid", "{other}");
        }
    }
}
