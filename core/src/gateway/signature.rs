//! Signed requests: RFC 9421 signatures labelled `billpay` and RFC 9530 digests of the body.
//!
//! Pure: what is to be signed comes out of [`Unsigned::base`], the caller has the device key sign
//! it, and [`SignatureBase::into_headers`] makes the fields from what the key store returned.

use thiserror::Error;

use crate::{
    crypto::{
        der::{self, NotDer},
        digest::{base64, sha256},
    },
    platform::Method,
};

/// The label under which the signature stands in both fields.
const LABEL: &str = "billpay";

/// A request before it is signed.
#[derive(Clone, Copy)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: Method,
    /// The absolute URL, exactly as it will be sent; without a fragment.
    pub url: &'a str,
    /// The body; empty where there is none.
    pub body: &'a [u8],
    /// The value of `Idempotency-Key`, where the request carries one.
    pub idempotency_key: Option<&'a str>,
    /// When it is signed, in seconds since 1970, by the bank's clock as well as it is known.
    pub created: i64,
    /// Fresh for every signature.
    pub nonce: &'a str,
    /// RFC 7638 thumbprint of the device key.
    pub keyid: &'a str,
}

/// Why a request cannot be signed, or its signature not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A part holds a character that cannot stand in a field, or the URL has a fragment.
    #[error("a part of the request cannot stand in a header field")]
    Field,
    /// The key store's signature is not one.
    #[error(transparent)]
    Der(#[from] NotDer),
}

/// What the device key signs, and the fields that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBase {
    base: String,
    parameters: String,
    content_digest: Option<String>,
}

impl Unsigned<'_> {
    /// The signature base of RFC 9421, section 2.5.
    ///
    /// # Errors
    /// [`SignatureError::Field`].
    pub fn base(&self) -> Result<SignatureBase, SignatureError> {
        if self.url.contains('#') {
            return Err(SignatureError::Field);
        }
        let content_digest = (!self.body.is_empty()).then(|| content_digest(self.body));
        let mut components = vec![("@method", self.method.as_str()), ("@target-uri", self.url)];
        components.extend(content_digest.as_deref().map(|value| ("content-digest", value)));
        components.extend(self.idempotency_key.map(|value| ("idempotency-key", value)));
        // A value is covered as it stands in its field, so it may have nothing that a field loses.
        if !components.iter().all(|(_, value)| visible(value)) {
            return Err(SignatureError::Field);
        }
        let names: Vec<&str> = components.iter().map(|(name, _)| *name).collect();
        let parameters = format!(
            "{};created={};nonce={};keyid={};alg=\"ecdsa-p256-sha256\"",
            inner_list(&names),
            self.created,
            quoted(self.nonce)?,
            quoted(self.keyid)?,
        );
        Ok(SignatureBase { base: base_of(&components, &parameters), parameters, content_digest })
    }
}

impl SignatureBase {
    /// The bytes to sign with the device key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.base.as_bytes()
    }

    /// The value of `Signature-Input`.
    #[must_use]
    pub fn signature_input(&self) -> String {
        format!("{LABEL}={}", self.parameters)
    }

    /// The fields to add to the request: `signature-input`, `signature` and, where there is a body,
    /// `content-digest`. `der` is what the key store returned for [`Self::as_bytes`].
    ///
    /// # Errors
    /// [`SignatureError::Der`].
    pub fn into_headers(self, der: &[u8]) -> Result<Vec<(&'static str, String)>, SignatureError> {
        let signature = base64(&der::to_fixed(der)?);
        let mut headers =
            vec![("signature-input", self.signature_input()), ("signature", format!("{LABEL}=:{signature}:"))];
        headers.extend(self.content_digest.map(|value| ("content-digest", value)));
        Ok(headers)
    }
}

/// The value of `Content-Digest` for a body (RFC 9530, section 2).
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&sha256(body)))
}

/// Joins components and parameters line by line, with no line feed at the end.
fn base_of(components: &[(&str, &str)], parameters: &str) -> String {
    let lines: String = components.iter().map(|(name, value)| format!("\"{name}\": {value}\n")).collect();
    format!("{lines}\"@signature-params\": {parameters}")
}

/// The covered components as an inner list of RFC 9651.
fn inner_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("({})", names.join(" "))
}

/// A string of RFC 9651.
fn quoted(text: &str) -> Result<String, SignatureError> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        Ok(format!("\"{escaped}\""))
    } else {
        Err(SignatureError::Field)
    }
}

fn visible(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && value.trim() == value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{
            digest::{from_base64, from_base64url},
            suite::RingSuite,
        },
        platform::{Algorithm, Suite as _},
    };

    /// RFC 9421, appendix B.2.4: our joining gives the base that the RFC's signature is over.
    #[test]
    fn the_base_of_b_2_4_is_the_one_that_the_rfc_signed() {
        let parameters = format!(
            "{};created=1618884473;keyid=\"test-key-ecc-p256\"",
            inner_list(&["@status", "content-type", "content-digest", "content-length"])
        );
        let base = base_of(
            &[
                ("@status", "200"),
                ("content-type", "application/json"),
                (
                    "content-digest",
                    "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
                ),
                ("content-length", "23"),
            ],
            &parameters,
        );
        let coordinate = |text| from_base64url(text).unwrap();
        let x = coordinate("qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA");
        let y = coordinate("Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0");
        let key = [&[4], x.as_slice(), y.as_slice()].concat();
        let signature =
            from_base64("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==")
                .unwrap();
        let verifies = |base: &str| RingSuite.verify(Algorithm::Es256, &key, base.as_bytes(), &signature);
        assert!(verifies(&base));
        assert!(!verifies(&format!("{base}\n")));
    }

    /// RFC 9421, appendix B.2.6: a request; Ed25519 is deterministic.
    #[test]
    fn the_base_of_b_2_6_is_the_one_that_the_rfc_signed() {
        let names = ["date", "@method", "@path", "@authority", "content-type", "content-length"];
        let parameters =
            format!("{};created=1618884473;keyid={}", inner_list(&names), quoted("test-key-ed25519").unwrap());
        let values = ["Tue, 20 Apr 2021 02:07:55 GMT", "POST", "/foo", "example.com", "application/json", "18"];
        let components: Vec<_> = names.into_iter().zip(values).collect();
        let key = from_base64url("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs").unwrap();
        let signature =
            from_base64("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
                .unwrap();
        let base = base_of(&components, &parameters);
        assert!(RingSuite.verify(Algorithm::Ed25519, &key, base.as_bytes(), &signature));
    }

    /// RFC 9530, appendices B.1 and B.2.
    #[test]
    fn the_content_digest_is_the_rfcs() {
        for (body, digest) in [
            ("{\"hello\": \"world\"}\n", "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="),
            ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ] {
            assert_eq!(content_digest(body.as_bytes()), format!("sha-256=:{digest}:"));
        }
    }

    fn post() -> Unsigned<'static> {
        Unsigned {
            method: Method::Post,
            url: "https://gateway.bank.example/v1/payments",
            body: b"{\"hello\": \"world\"}\n",
            idempotency_key: Some("019a9d3e-7c00-7000-8000-000000000001"),
            created: 1_618_884_473,
            nonce: "b3k2pp5k7z-50gnwp.yemd",
            keyid: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
        }
    }

    #[test]
    fn a_change_covers_body_and_idempotency_key() {
        let base = post().base().unwrap();
        let parameters = concat!(
            r#"("@method" "@target-uri" "content-digest" "idempotency-key");created=1618884473;"#,
            r#"nonce="b3k2pp5k7z-50gnwp.yemd";"#,
            r#"keyid="oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U";alg="ecdsa-p256-sha256""#
        );
        let want = format!(
            "\"@method\": POST\n\
             \"@target-uri\": https://gateway.bank.example/v1/payments\n\
             \"content-digest\": sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:\n\
             \"idempotency-key\": 019a9d3e-7c00-7000-8000-000000000001\n\
             \"@signature-params\": {parameters}"
        );
        assert_eq!(std::str::from_utf8(base.as_bytes()).unwrap(), want);
        let headers = base.into_headers(&[0x30, 6, 2, 1, 1, 2, 1, 2]).unwrap();
        let mut fixed = [0; 64];
        (fixed[31], fixed[63]) = (1, 2);
        assert_eq!(
            headers,
            [
                ("signature-input", format!("billpay={parameters}")),
                ("signature", format!("billpay=:{}:", base64(&fixed))),
                ("content-digest", "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:".to_owned()),
            ]
        );
    }

    #[test]
    fn a_read_covers_method_and_target_alone() {
        let get = Unsigned { method: Method::Get, body: b"", idempotency_key: None, ..post() };
        let base = get.base().unwrap();
        let input = base.signature_input();
        assert!(input.starts_with(r#"billpay=("@method" "@target-uri");created="#));
        let headers = base.into_headers(&[0x30, 6, 2, 1, 1, 2, 1, 2]).unwrap();
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn strings_are_escaped_and_nothing_can_end_a_line() {
        assert_eq!(quoted(r#"a"b\c"#).unwrap(), r#""a\"b\\c""#);
        let field = Err(SignatureError::Field);
        for nonce in ["a\nb", "a\u{7f}", "é"] {
            assert_eq!(Unsigned { nonce, ..post() }.base(), field, "{nonce:?}");
            let keyid = nonce;
            assert_eq!(Unsigned { keyid, ..post() }.base(), field, "{keyid:?}");
        }
        for key in ["", " k", "k ", "k\n\"@method\": GET", "k\tk"] {
            let idempotency_key = Some(key);
            let request = Unsigned { idempotency_key, ..post() };
            assert_eq!(request.base(), field, "{key:?}");
        }
        for url in ["https://a.example/\nb", "https://a.example/#b", ""] {
            assert_eq!(Unsigned { url, ..post() }.base(), field, "{url:?}");
        }
    }

    #[test]
    fn a_signature_that_is_no_der_goes_nowhere() {
        let base = post().base().unwrap();
        assert_eq!(base.into_headers(&[1; 64]), Err(SignatureError::Der(NotDer)));
    }
}
