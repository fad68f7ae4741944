//! The core agrees with every published vector (features rows 24, 47, 48, 49, 83).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use billpay_core::{
    crypto::{
        canonical::{self, NotCanonical},
        digest,
        jwk::PublicJwk,
        jws::{self, JwsError},
        suite::RingSuite,
    },
    gateway::trust::{ReceiptKey, Trust, TrustError},
    model::End,
    payments::{Envelope, Order, OrderError},
    platform::{Algorithm, Suite as _},
    receipts::{Break, Figures, Heads, Outcome, OutcomeError, Subject, Tally, breaks},
};
use vectors::{
    credentials::CredentialVector,
    der,
    echoes::EchoVector,
    files,
    keys::{Keys, TestKey},
    mandates::MandateVector,
    orders::OrderVector,
    outcomes::{Chain, OutcomeVector},
    statistics::{self, StatisticsVector},
    trust::{Range, TrustVector},
};

fn public(key: &TestKey) -> PublicJwk {
    serde_json::from_value(serde_json::to_value(&key.jwk).unwrap()).unwrap()
}

fn trust() -> BTreeMap<String, TrustVector> {
    files::read(&files::root().join("trust")).unwrap()
}

/// The keys with their times, as the published trust document has them.
fn receipt_keys() -> BTreeMap<String, ReceiptKey> {
    let offline = public(&Keys::new().unwrap().offline);
    Trust::verify(&trust()["plain"].compact, &offline, &RingSuite).unwrap().receipt_keys
}

fn orders() -> BTreeMap<String, OrderVector> {
    files::read(&files::root().join("orders")).unwrap()
}

fn outcomes() -> BTreeMap<String, OutcomeVector> {
    files::read(&files::root().join("outcomes")).unwrap()
}

fn signed_by(key: &TestKey, message: &[u8], signature: &str) -> bool {
    let signature = digest::from_base64url(signature).unwrap();
    RingSuite.verify(Algorithm::Es256, &key.public().unwrap(), message, &signature)
}

#[test]
fn keys_have_the_thumbprints_that_are_published() {
    let keys = Keys::new().unwrap().file().keys;
    assert_eq!(keys.len(), 8);
    for key in keys {
        let named = PublicJwk { kid: None, ..public(&key) }.verification_key().unwrap();
        assert_eq!(named.0, key.thumbprint, "{}", key.role);
    }
}

#[test]
fn row_24_an_accepted_order_has_the_published_bytes_digest_and_envelope() {
    let key = Keys::new().unwrap().order;
    let accepted: Vec<_> = orders().into_iter().filter(|(_, vector)| vector.accepted.is_some()).collect();
    assert_eq!(accepted.len(), 8);
    for (name, vector) in accepted {
        let want = vector.accepted.as_ref().unwrap();
        let bytes = canonical::canonicalize(vector.order.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), want.canonical, "{name}");
        let order = Order::parse(&bytes).unwrap();
        assert_eq!(order.canonical().unwrap(), bytes, "{name}");
        assert!(signed_by(&key, &bytes, &vector.signature), "{name}");
        let der = der::of_fixed(&digest::from_base64url(&vector.signature).unwrap());
        let envelope = Envelope::seal(&bytes, &der, &vector.key).unwrap();
        assert_eq!(
            (envelope.json().get(), envelope.digest()),
            (want.envelope.as_str(), want.digest.as_str()),
            "{name}"
        );
    }
}

#[test]
fn row_24_a_refused_order_is_refused_for_the_published_reason() {
    let key = Keys::new().unwrap().order;
    let mut seen = 0;
    for (name, vector) in orders() {
        let Some(why) = vector.refused.as_deref() else { continue };
        seen += 1;
        let canonical = canonical::canonicalize(vector.order.as_bytes());
        let order = canonical.clone().map(|bytes| Order::parse(&bytes));
        let as_said = match why {
            "number" => canonical == Err(NotCanonical::Number),
            "duplicate-name" => canonical == Err(NotCanonical::DuplicateName),
            "text" => canonical == Err(NotCanonical::Json),
            "member" => order == Ok(Err(OrderError::NotCanonical)),

            "sum" => order == Ok(Err(OrderError::Sum)),
            "nothing" => order == Ok(Err(OrderError::Nothing)),
            "signature" => matches!(order, Ok(Ok(_))) && !signed_by(&key, &canonical.unwrap(), &vector.signature),
            _ => false,
        };
        assert!(as_said, "{name}: {why}, {order:?}");
    }
    assert_eq!(seen, 24);
}

#[test]
fn rows_47_and_49_every_outcome_gets_the_published_verdict() {
    let keys = receipt_keys();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, vector) in outcomes() {
        let verified = Outcome::verify(&vector.compact, &keys, &RingSuite);
        let verdict = match &verified {
            Ok(outcome) if outcome.illegible().is_some() => "illegible",
            Ok(_) => "verified",
            Err(OutcomeError::UnknownKind(_)) => "unknown-kind",
            Err(OutcomeError::Malformed) => "malformed",
            Err(OutcomeError::Unverifiable { .. }) => "unverifiable",
            Err(OutcomeError::Invalid) => "invalid",
            Err(OutcomeError::Incomplete) => "incomplete",
        };
        assert_eq!(verdict, vector.verdict, "{name}");
        *verdicts.entry(vector.verdict).or_default() += 1;
        if let Ok(outcome) = verified
            && vector.end.is_some()
        {
            let end = match outcome.end() {
                Some(End::Settled) => "settled",
                Some(End::Refused) => "refused",
                Some(End::Reversed) => "reversed",
                None => "repaid",
            };
            assert_eq!((Some(end), outcome.id()), (vector.end.as_deref(), vector.id), "{name}");
        }
    }
    assert!(verdicts.len() == 7 && verdicts.values().sum::<usize>() > 60, "{verdicts:?}");
}

#[test]
fn row_48_every_chain_shows_the_published_breaks() {
    let (keys, outcomes) = (receipt_keys(), outcomes());
    let text = std::fs::read_to_string(files::root().join("chains.json")).unwrap();
    let chains: BTreeMap<String, Chain> = serde_json::from_str(&text).unwrap();
    assert_eq!(chains.len(), 14);
    for (name, chain) in chains {
        let held: Vec<(&str, Subject)> = chain
            .documents
            .iter()
            .map(|document| match Outcome::verify(&outcomes[document].compact, &keys, &RingSuite) {
                Ok(outcome) => (outcomes[document].id.as_str(), outcome.subject),
                Err(OutcomeError::UnknownKind(unknown)) => (outcomes[document].id.as_str(), unknown.subject),
                Err(error) => panic!("{document}: {error}"),
            })
            .collect();
        let links: Vec<_> = held.iter().map(|(id, subject)| (*id, subject)).collect();
        let want: Vec<Break> = chain
            .breaks
            .into_iter()
            .map(|at| match at.kind.as_str() {
                "missing" => Break::Missing { epoch: at.epoch, from: at.from, to: at.to, awaiting: true },
                "fork" => Break::Fork { epoch: at.epoch, sequence: at.from },
                "unlinked" => Break::Unlinked { epoch: at.epoch, sequence: at.from },
                "epoch" => Break::Epoch { epoch: at.epoch },
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(breaks(&links, &Heads::default()), want, "{name}");
    }
}

#[test]
fn row_19_every_set_of_receipts_has_the_published_sums() {
    let (keys, outcomes) = (receipt_keys(), outcomes());
    let text = std::fs::read_to_string(files::root().join("statistics.json")).unwrap();
    let all: BTreeMap<String, StatisticsVector> = serde_json::from_str(&text).unwrap();
    assert_eq!(all.len(), 4);
    let minor = |money: Option<billpay_core::model::Money>| money.map(billpay_core::model::Money::minor);
    let figures = |of: &Figures| statistics::Figures {
        receipts: of.receipts,
        total: minor(of.total).unwrap(),
        fee: minor(of.fee).unwrap(),
        returned: minor(of.returned).unwrap(),
    };
    for (name, vector) in all {
        let mut tally = Tally::default();
        for document in &vector.documents {
            if let Ok(outcome) = Outcome::verify(&outcomes[document].compact, &keys, &RingSuite) {
                tally.count(&outcome, "Asia/Shanghai");
            }
        }
        let months: Vec<statistics::Month> = tally
            .months()
            .into_iter()
            .map(|month| statistics::Month {
                month: format!("{:04}-{:02}", month.year, month.month),
                currency: month.currency.code().to_owned(),
                sum: figures(&month.sum),
                billers: month.billers.iter().map(|of| (of.biller.clone(), figures(&of.figures))).collect(),
            })
            .collect();
        assert_eq!(months, vector.months, "{name}");
    }
}

#[test]
fn every_trust_document_is_taken_or_refused_as_published() {
    let offline = public(&Keys::new().unwrap().offline);
    let all = trust();
    assert_eq!(all.len(), 24);
    for (name, vector) in all {
        let trust = Trust::verify(&vector.compact, &offline, &RingSuite);
        let why = match &trust {
            Ok(trust) => {
                let want = vector.accepted.unwrap_or_else(|| panic!("{name} was taken"));
                let pins: Vec<String> = trust.pins.pins().iter().map(|(pin, _)| pin.to_string()).collect();
                let range = |key: &ReceiptKey| Range {
                    not_before: key.not_before.to_string(),
                    not_after: key.not_after.map(|end| end.to_string()),
                };
                let keys = trust.receipt_keys.iter().map(|(name, key)| (name.clone(), range(key))).collect();
                assert_eq!((trust.version, pins, keys), (want.version, want.pins, want.receipt_keys), "{name}");
                continue;
            }
            Err(TrustError::Jws(JwsError::Invalid)) => "invalid",
            Err(TrustError::Jws(JwsError::UnknownKey)) => "unknown-key",
            Err(TrustError::Jws(JwsError::WrongType)) => "wrong-type",
            Err(TrustError::Malformed) => "malformed",
            Err(TrustError::Pins(_)) => "pins",
            Err(other) => panic!("{name}: {other}"),
        };
        assert_eq!(Some(why), vector.refused.as_deref(), "{name}");
    }
}

#[test]
fn every_credential_is_signed_as_published() {
    let (keys, typ) = (receipt_keys(), "billpay-credential+jws");
    let all: BTreeMap<String, CredentialVector> = files::read(&files::root().join("credentials")).unwrap();
    assert_eq!(all.len(), 7);
    for (name, vector) in all {
        let verified = jws::verify(&vector.compact, typ, |kid| keys.get(kid).map(|key| &key.key), &RingSuite);
        let why = match verified {
            Ok(verified) => {
                let payload: serde_json::Value = serde_json::from_slice(&verified.payload).unwrap();
                let issued_at = payload["issued_at"].as_str().unwrap().parse().unwrap();
                if keys[&verified.kid].covers(issued_at) {
                    assert_eq!(String::from_utf8(verified.payload).ok(), vector.accepted, "{name}");
                    continue;
                }
                "invalid"
            }
            Err(JwsError::Invalid) => "invalid",
            Err(JwsError::UnknownKey) => "unknown-key",
            Err(JwsError::WrongType) => "wrong-type",
            Err(JwsError::Malformed) => "malformed",
        };
        assert_eq!(Some(why), vector.refused.as_deref(), "{name}");
    }
}

#[test]
fn row_12_an_echo_has_the_published_digest() {
    let all: BTreeMap<String, EchoVector> = files::read(&files::root().join("echoes")).unwrap();
    assert_eq!(all.len(), 5);
    for (name, vector) in all {
        let compared = serde_json::json!({
            "holder_masked": vector.holder_masked, "customer_number": vector.customer_number,
            "biller": vector.biller, "address_masked": vector.address_masked
        });
        let bytes = canonical::canonicalize(compared.to_string().as_bytes()).unwrap();
        assert_eq!(str::from_utf8(&bytes).unwrap(), vector.canonical, "{name}");
        assert_eq!(digest::sha256_base64url(&bytes), vector.echo_digest, "{name}");
    }
}

#[test]
fn a_mandate_and_a_payable_give_the_published_order() {
    let key = Keys::new().unwrap().order;
    let all: BTreeMap<String, MandateVector> = files::read(&files::root().join("mandates")).unwrap();
    assert_eq!(all.len(), 3);
    for (name, vector) in all {
        let (text, payable) = (vector.canonical.as_bytes(), vector.payable.as_bytes());
        assert_eq!(canonical::canonicalize(text).unwrap(), text, "{name}");
        assert_eq!(canonical::canonicalize(payable).unwrap(), payable, "{name}");
        assert_eq!(digest::sha256_base64url(text), vector.digest, "{name}");
        assert!(signed_by(&key, text, &vector.signature), "{name}");
        let seed = [b"billpay-mandate", digest::sha256(text).as_slice(), payable].concat();
        assert_eq!(digest::sha256_base64url(&seed), vector.order_digest, "{name}");
    }
}
