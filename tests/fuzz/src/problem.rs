//! Problem documents (RFC 9457): whatever came with an error status is one, and only the bank's own
//! word, by the status that it really came with, is ever taken for a refusal.

use billpay_core::gateway::problem::Problem;
use serde_json::Value;

use crate::oracle::Shape;

/// The input: two bytes for the HTTP status, then the body.
pub fn check(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else { return };
    // As it can be typed into a seed: the hundreds as a digit, the rest as a byte.
    let status = u16::from(status[0].wrapping_sub(b'0')) * 100 + u16::from(status[1]);
    let status = if (100..600).contains(&status) { status } else { 500 };
    let problem = Problem::read(status, body);
    assert_eq!(problem.status, status, "the status is the one that it came with");
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let kind = value.as_ref().and_then(|value| value["type"].as_str());
    // Members that nobody asks for may make no tree: a number beyond all, half a character.
    let told = value.is_some();
    if told && !problem.name().is_empty() {
        assert_eq!(kind, Some(format!("urn:billpay:problem:{}", problem.name()).as_str()));
        assert!(Shape::of(body).is_some_and(Shape::is_within), "beyond the bounds of an answer");
    }
    if problem.is_refusal() {
        assert!((400..500).contains(&status), "{status} says nothing of what was done");
        assert!(!matches!(status, 401 | 408 | 409 | 425), "{status} was not looked at");
        assert!(
            !told || kind.is_some_and(|kind| kind.starts_with("urn:billpay:problem:")),
            "a refusal that nobody knows"
        );
        assert_ne!(kind, Some("urn:billpay:problem:rate-limited"));
    }
}
