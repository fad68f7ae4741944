//! RFC 9457 problem documents, with the stable types of the contract.

use jiff::Timestamp;
use serde::Deserialize;

use super::{bounds, wire::ActivationSession};
use crate::model::{Bill, Money};

const PREFIX: &str = "urn:billpay:problem:";

/// A problem document, as far as this version reads it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The stable type, with its prefix; see [`Problem::name`].
    #[serde(rename = "type")]
    pub kind: String,
    /// HTTP status: the one that it came with. What the body says of it is only advice (RFC 9457, 3.1.2),
    /// and a refusal is too much to take on advice.
    #[serde(skip)]
    pub status: u16,
    /// For developers; holds no personal data.
    #[serde(default)]
    pub detail: Option<String>,
    /// When to try again.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
    /// Of an activation.
    #[serde(default)]
    pub activation: Option<ActivationSession>,
    /// What the bill is now.
    #[serde(default)]
    pub bill: Option<Bill>,
    /// Which payment settled it.
    #[serde(default)]
    pub settled_by: Option<String>,
    /// The bound that would be passed.
    #[serde(default)]
    pub limit: Option<Money>,
    /// The oldest client that is served.
    #[serde(default)]
    pub minimum_client: Option<String>,
}

impl Problem {
    /// What the bank has said of such a request already: it comes too often.
    #[must_use]
    pub fn rate_limited(retry_at: Option<Timestamp>) -> Self {
        Self { kind: format!("{PREFIX}rate-limited"), retry_at, ..Self::read(429, b"") }
    }

    /// Reads a problem document; anything else that came with an error status (one beyond the bounds
    /// of an answer too) becomes a problem without a known type.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let read: Option<Self> = bounds::within(body).ok().and_then(|()| serde_json::from_slice(body).ok());
        let read = read.map(|read| Self { status, ..read });
        read.unwrap_or_else(|| Self {
            kind: String::new(),
            status,
            detail: None,
            retry_at: None,
            activation: None,
            bill: None,
            settled_by: None,
            limit: None,
            minimum_client: None,
        })
    }

    /// Whether it is the bank's word that nothing was done: of a known type, and none that says that the bank
    /// failed, is still at it, or did not look at the request: too many at a time are sent away unread.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let unread = matches!(self.status, 401 | 408 | 409 | 425) || matches!(self.name(), "" | "rate-limited");
        !unread && (400..500).contains(&self.status)
    }

    /// The type without its prefix; empty when it is none of ours.
    #[must_use]
    pub fn name(&self) -> &str {
        self.kind.strip_prefix(PREFIX).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_known_by_its_type() {
        let problem = Problem::read(429, br#"{"type":"urn:billpay:problem:rate-limited","title":"x","status":429}"#);
        assert_eq!(problem.name(), "rate-limited");
    }

    #[test]
    fn what_the_bank_did_not_look_at_is_no_refusal() {
        let is_refusal = |status: u16, kind: &str| {
            let body = format!(r#"{{"type":"urn:billpay:problem:{kind}","title":"x","status":{status}}}"#);
            Problem::read(status, body.as_bytes()).is_refusal()
        };
        assert!(is_refusal(429, "resend-too-soon") && is_refusal(422, "code-locked"));
        for (status, kind) in [(429, "rate-limited"), (401, "clock-skew"), (409, "in-progress"), (503, "busy")] {
            assert!(!is_refusal(status, kind), "{status} {kind}");
        }
        assert!(!Problem::read(404, b"<html>").is_refusal());
    }

    #[test]
    fn what_failed_is_no_refusal_though_its_body_says_so() {
        // Found by tests/fuzz: the bank's word of another moment, served by whoever stands before it.
        let body = br#"{"type":"urn:billpay:problem:number-unknown","title":"x","status":422}"#;
        assert!(Problem::read(422, body).is_refusal());
        for status in [500, 502, 503, 504, 401, 409] {
            let problem = Problem::read(status, body);
            assert!(problem.status == status && !problem.is_refusal(), "{status}");
        }
    }

    #[test]
    fn a_problem_beyond_the_bounds_of_an_answer_is_of_no_known_type() {
        let with =
            |deep: String| format!(r#"{{"type":"urn:billpay:problem:rate-limited","status":429,"more":{deep}}}"#);
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(Problem::read(429, with(nested(15)).as_bytes()).name(), "rate-limited");
        assert_eq!(Problem::read(429, with(nested(16)).as_bytes()).name(), "");
    }

    #[test]
    fn html_from_a_proxy_is_a_problem_of_no_known_type() {
        assert_eq!(Problem::read(502, b"<html>Bad Gateway</html>").name(), "");
        assert_eq!(Problem::read(502, br#"{"type":"about:blank","status":502}"#).name(), "");
    }
}
