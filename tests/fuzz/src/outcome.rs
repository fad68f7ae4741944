//! Signed outcomes: receipts, refusals, reversals, repayments, and kinds to come. What verifies was
//! signed by a key of the bank in its time, and says what is read out of it.

use std::{collections::BTreeMap, sync::LazyLock};

use billpay_core::{
    crypto::suite::RingSuite,
    gateway::trust::{ReceiptKey, Trust},
    receipts::{Body, Outcome, OutcomeError, Subject},
};
use jiff::Timestamp;
use serde_json::Value;
use vectors::keys::{RETIRED, TODAY};

use crate::{
    chosen::chosen,
    documents::{KEYS, Signer},
    oracle,
};

/// The two Ed25519 keys of the published trust document and the times in which they signed.
struct Bank {
    today: Signer,
    retired: Signer,
    keys: BTreeMap<String, ReceiptKey>,
}

static BANK: LazyLock<Bank> = LazyLock::new(|| {
    let published = std::fs::read_to_string(vectors::files::root().join("trust/plain.json")).unwrap();
    let published: Value = serde_json::from_str(&published).unwrap();
    let offline = Signer::of(&KEYS.offline).jwk;
    let keys = Trust::verify(published["compact"].as_str().unwrap(), &offline, &RingSuite).unwrap().receipt_keys;
    Bank { today: Signer::of(&KEYS.receipt), retired: Signer::of(&KEYS.retired), keys }
});

const TYPES: [&str; 5] = [
    "billpay-receipt+jws",
    "billpay-refusal+jws",
    "billpay-reversal+jws",
    "billpay-repayment+jws",
    "billpay-invoice+jws",
];

/// `a` to `e`: the payload of each of [`TYPES`], signed here. `f`: the same as `a`, by a key that is retired.
/// `g`: header and payload, a line feed between, both signed here. `h`: the whole text.
pub fn check(data: &[u8]) {
    let Some((which, bytes)) = chosen(data, 8) else { return };
    let bank = &*BANK;
    let compact = match which {
        typ @ 0..=4 => bank.today.document(TYPES[usize::from(typ)], bytes),
        5 => bank.retired.document(TYPES[0], bytes),
        6 => {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            bank.today.signed(&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return,
        },
    };
    match Outcome::verify(&compact, &bank.keys, &RingSuite) {
        Ok(outcome) => {
            assert_eq!(outcome.compact, compact);
            let Some((typ, payload)) = vouched(&compact) else { return };
            assert_eq!(payload["v"], 1);
            subject(&outcome.subject, &payload);
            body(&outcome.body, &typ, &payload);
        }
        Err(OutcomeError::UnknownKind(unknown)) => {
            let Some((typ, payload)) = vouched(&compact) else { return };
            subject(&unknown.subject, &payload);
            assert_eq!(typ, unknown.typ);
            let later = payload["v"].as_u64().is_some_and(|v| v > 1);
            assert!(later || !TYPES[..4].contains(&&*unknown.typ), "a kind and a form that are known");
        }
        Err(OutcomeError::Unverifiable { kid }) => assert!(!bank.keys.contains_key(&kid), "{kid} is known"),
        Err(OutcomeError::Malformed | OutcomeError::Invalid | OutcomeError::Incomplete) => {}
    }
}

/// Signed by the key that it names, in the time of that key; gives its type and what it says.
fn vouched(compact: &str) -> Option<(String, Value)> {
    let bank = &*BANK;
    let read = oracle::compact(compact);
    let kid = read.header["kid"].as_str().unwrap();
    let key = [&bank.today, &bank.retired].into_iter().find(|key| key.kid == kid);
    match key {
        Some(key) => assert!(read.is_by(&key.public), "not by {kid}"),
        None => assert!(read.header["alg"] == "ES256" && bank.keys.contains_key(kid), "of a key that the bank has not"),
    }
    let payload = read.payload?;
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let issued = time(payload["issued_at"].as_str().unwrap());
    let until = if kid == bank.retired.kid { time(RETIRED.1) } else { Timestamp::MAX };
    let from = if kid == bank.retired.kid { time(RETIRED.0) } else { time(TODAY) };
    assert!((from..=until).contains(&issued), "not in the time of its key");
    Some((read.header["typ"].as_str().unwrap().to_owned(), payload))
}

fn subject(subject: &Subject, payload: &Value) {
    assert_eq!(payload["v"], subject.v);
    assert!(subject.v >= 1);
    assert_eq!(payload["payment_id"], subject.payment_id.as_str());
    assert_eq!(payload["order_digest"], subject.order_digest.as_str());
    assert_eq!(payload["customer"], subject.customer.as_str());
    assert_eq!(payload["device"], subject.device.as_str());
    assert_eq!(payload["epoch"], subject.epoch.as_str());
    assert_eq!(payload["sequence"], subject.sequence);
    assert_eq!(payload["previous"].as_str(), subject.previous.as_deref());
    assert!(subject.sequence >= 1 && !subject.payment_id.is_empty());
}

/// Of the kind that the header names, the only one in the payload, and complete.
fn body(body: &Body, typ: &str, payload: &Value) {
    assert_eq!(typ, format!("billpay-{}+jws", body.kind()));
    let told: Vec<_> =
        ["receipt", "refusal", "reversal", "repayment"].into_iter().filter(|kind| !payload[*kind].is_null()).collect();
    assert_eq!(told, [body.kind()], "a document of one kind with the body of another");
    let told = &payload[body.kind()];
    let minor = |name: &str| told[name]["minor"].as_i64().unwrap();
    match body {
        Body::Receipt(receipt) => {
            assert_eq!(minor("amount") + minor("fee"), minor("total"), "a receipt that does not add up");
            assert_eq!(receipt.total.minor(), minor("total"));
            for name in ["payee", "biller", "bill_number", "bank_serial", "biller_reference", "payer_masked", "zone"] {
                assert!(told[name].as_str().is_some_and(|text| !text.is_empty()), "a receipt without {name}");
            }
        }
        Body::Refusal(refusal) => assert!(told["reason"] == *refusal.reason && !refusal.reason.is_empty()),
        Body::Reversal(reversal) => assert_eq!(minor("returned"), reversal.returned.minor()),
        Body::Repayment(repayment) => {
            assert!(minor("returned") > 0);
            assert_eq!(told["receipt"], repayment.receipt.as_str());
        }
    }
}
