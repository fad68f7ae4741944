//! The core agrees with every published vector (features rows 24, 47, 48, 49, 83).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use billpay_core::{
    crypto::{
        canonical::{self, NotCanonical},
        digest,
        jwk::PublicJwk,
        jws::{JwsError, VerificationKey},
        suite::RingSuite,
    },
    gateway::trust::{Trust, TrustError},
    model::End,
    payments::{Envelope, Order, OrderError},
    platform::{Algorithm, Suite as _},
    receipts::{Break, Outcome, OutcomeError, breaks},
};
use vectors::{
    der, files,
    keys::{Keys, TestKey},
    orders::OrderVector,
    outcomes::{Chain, OutcomeVector},
    trust::TrustVector,
};

fn public(key: &TestKey) -> PublicJwk {
    serde_json::from_value(serde_json::to_value(&key.jwk).unwrap()).unwrap()
}

fn receipt_keys() -> BTreeMap<String, VerificationKey> {
    let keys = Keys::new().unwrap();
    [&keys.receipt, &keys.retired, &keys.receipt_p256].map(|key| public(key).verification_key().unwrap()).into()
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
    assert_eq!(keys.len(), 7);
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
            Ok(_) => "verified",
            Err(OutcomeError::Malformed) => "malformed",
            Err(OutcomeError::Unverifiable { .. }) => "unverifiable",
            Err(OutcomeError::Invalid) => "invalid",
            Err(OutcomeError::Incomplete) => "incomplete",
        };
        assert_eq!(verdict, vector.verdict, "{name}");
        *verdicts.entry(vector.verdict).or_default() += 1;
        if let Ok(outcome) = verified {
            let end = match outcome.end() {
                End::Settled => "settled",
                End::Refused => "refused",
                End::Reversed => "reversed",
            };
            assert_eq!((Some(end), outcome.id()), (vector.end.as_deref(), vector.id), "{name}");
        }
    }
    assert!(verdicts.len() == 5 && verdicts.values().sum::<usize>() > 60, "{verdicts:?}");
}

#[test]
fn row_48_every_chain_shows_the_published_breaks() {
    let (keys, outcomes) = (receipt_keys(), outcomes());
    let text = std::fs::read_to_string(files::root().join("chains.json")).unwrap();
    let chains: BTreeMap<String, Chain> = serde_json::from_str(&text).unwrap();
    assert_eq!(chains.len(), 7);
    for (name, chain) in chains {
        let held: Vec<Outcome> = chain
            .documents
            .iter()
            .map(|document| Outcome::verify(&outcomes[document].compact, &keys, &RingSuite).unwrap())
            .collect();
        let ids: Vec<String> = held.iter().map(Outcome::id).collect();
        let links: Vec<_> = ids.iter().map(String::as_str).zip(held.iter().map(|outcome| &outcome.subject)).collect();
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
        assert_eq!(breaks(&links), want, "{name}");
    }
}

#[test]
fn every_trust_document_is_taken_or_refused_as_published() {
    let offline = public(&Keys::new().unwrap().offline);
    let all: BTreeMap<String, TrustVector> = files::read(&files::root().join("trust")).unwrap();
    assert_eq!(all.len(), 19);
    for (name, vector) in all {
        let trust = Trust::verify(&vector.compact, &offline, &RingSuite);
        let why = match &trust {
            Ok(trust) => {
                let want = vector.accepted.unwrap_or_else(|| panic!("{name} was taken"));
                let names: Vec<String> = trust.receipt_keys.keys().cloned().collect();
                assert_eq!((trust.version, names), (want.version, want.receipt_keys), "{name}");
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
