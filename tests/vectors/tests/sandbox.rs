//! The sandbox, which shares no code with the core, agrees with every published vector (features
//! rows 24, 47, 49, 83).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeMap, sync::Arc};

use sandbox_gateway::{
    leg::{LegSecret, message, xml},
    outcomes::{
        jws::{Pen, RECEIPT, REFUSAL, REVERSAL, SigningKey, TRUST},
        payload::OutcomePayload,
    },
    payments::signed::{Malformed, Signed},
    suite::RingSuite,
};
use vectors::{
    files, from_hex,
    keys::{Keys, TestKey},
    leg::LegVector,
    orders::OrderVector,
    outcomes::OutcomeVector,
    trust::TrustVector,
};

fn read(envelope: &str) -> Result<Signed, Malformed> {
    Signed::read(serde_json::from_str(envelope).map_err(|_| Malformed)?, &RingSuite)
}

fn signing(key: &TestKey) -> SigningKey {
    let seed = from_hex(&key.private_hex).unwrap().try_into().unwrap();
    SigningKey { kid: key.name().to_owned(), seed }
}

fn pen() -> Pen {
    let keys = Keys::new().unwrap();
    Pen::new(Arc::new(RingSuite), &signing(&keys.receipt), &[signing(&keys.retired)]).unwrap()
}

#[test]
fn row_24_the_bank_reads_an_order_to_the_same_bytes_and_refuses_the_same_ones() {
    let key = Keys::new().unwrap().order.public().unwrap();
    let all: BTreeMap<String, OrderVector> = files::read(&files::root().join("orders")).unwrap();
    assert_eq!(all.len(), 32);
    for (name, vector) in all {
        let signed = read(&vector.as_sent());
        match (vector.accepted, vector.refused.as_deref()) {
            (Some(want), None) => {
                let signed = signed.unwrap();
                assert_eq!(str::from_utf8(signed.canonical()).unwrap(), want.canonical, "{name}");
                assert_eq!(signed.digest(), want.digest, "{name}");
                assert_eq!(signed.charge_number(), want.charge_number, "{name}");
                assert!(signed.is_by(&key, &RingSuite), "{name}");
                assert_eq!(read(&want.envelope).unwrap().digest(), want.digest, "{name}");
            }
            (None, Some("signature")) => assert!(!signed.unwrap().is_by(&key, &RingSuite), "{name}"),
            (None, Some(_)) => assert!(signed.is_err(), "{name}"),
            _ => panic!("{name} is neither accepted nor refused"),
        }
    }
}

#[test]
fn row_47_the_bank_knows_its_own_documents_and_no_others() {
    let pen = pen();
    let all: BTreeMap<String, OutcomeVector> = files::read(&files::root().join("outcomes")).unwrap();
    for (name, vector) in all {
        // The sandbox signs with Ed25519 alone; that key is not one of its own.
        if name == "es256" {
            continue;
        }
        let ours = pen.read(&vector.compact);
        let kind = ours.as_ref().map(|ours| ours.typ.as_str());
        let outcome = matches!(kind, Some(RECEIPT | REFUSAL | REVERSAL));
        match vector.verdict.as_str() {
            "verified" => {
                let payload = ours.unwrap().payload;
                assert!(outcome, "{name}");
                assert_eq!(String::from_utf8(payload.clone()).unwrap(), vector.payload.unwrap(), "{name}");
                serde_json::from_slice::<OutcomePayload>(&payload).unwrap();
            }
            "incomplete" => {
                assert!(outcome, "{name} is rightly signed");
                let read = serde_json::from_slice::<OutcomePayload>(&ours.unwrap().payload);
                let part = name.starts_with("missing-") && name != "missing-receipt";
                assert!(read.is_err() || !part, "{name}");
            }
            _ => assert!(!outcome, "{name}"),
        }
    }
}

#[test]
fn row_47_the_bank_signs_the_same_payload_to_the_same_document() {
    let keys = Keys::new().unwrap();
    let all: BTreeMap<String, OutcomeVector> = files::read(&files::root().join("outcomes")).unwrap();
    let chain: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("chain-")).collect();
    assert_eq!(chain.len(), 5);
    for (name, vector) in chain {
        let key =
            if matches!(name.as_str(), "chain-1-receipt" | "chain-2-refusal") { &keys.retired } else { &keys.receipt };
        let typ = match vector.end.as_deref() {
            Some("settled") => RECEIPT,
            Some("refused") => REFUSAL,
            _ => REVERSAL,
        };
        let payload = vector.payload.as_ref().unwrap();
        assert_eq!(signing(key).sign(&RingSuite, typ, payload.as_bytes()).unwrap(), vector.compact, "{name}");
    }
    let all: BTreeMap<String, TrustVector> = files::read(&files::root().join("trust")).unwrap();
    for (name, vector) in all {
        let Some(accepted) = vector.accepted else { continue };
        let signed = signing(&keys.offline).sign(&RingSuite, TRUST, accepted.payload.as_bytes()).unwrap();
        assert_eq!(signed, vector.compact, "{name}");
    }
}

#[test]
fn the_leg_takes_and_refuses_the_published_messages() {
    let all: BTreeMap<String, LegVector> = files::read(&files::root().join("leg")).unwrap();
    assert_eq!(all.len(), 27);
    for (name, vector) in all {
        let (body, secret) = (from_hex(&vector.body_hex).unwrap(), LegSecret::new(vector.secret));
        let verified = message::verify(&body, &secret);
        match vector.refused {
            None => {
                let want = vector.xml.unwrap();
                assert_eq!(verified, Ok(want.as_str()), "{name}");
                assert_eq!(message::signature(&body), vector.sha1.as_deref(), "{name}");
                assert_eq!(message::seal(&want, &secret), body, "{name}");
                xml::read(&want).unwrap();
            }
            Some(why) => assert_eq!(verified.unwrap_err().code(), why, "{name}"),
        }
    }
}
