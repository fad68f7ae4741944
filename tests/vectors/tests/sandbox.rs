//! The sandbox, which shares no code with the core, agrees with every published vector (features
//! rows 24, 47, 49, 83).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeMap, sync::Arc};

use sandbox_gateway::{
    api::echo_digest,
    leg::{
        LegSecret,
        answer::Answer,
        differences::{BankAnswer, Differences},
        message,
        request::Request,
        statement::{self, Page},
        xml,
    },
    moment,
    outcomes::{
        jws::{CREDENTIAL, Pen, RECEIPT, REFUSAL, REVERSAL, RetiredKey, SigningKey, TRUST},
        payload::{CredentialPayload, OutcomePayload},
    },
    payments::signed::{Malformed, Signed},
    suite::RingSuite,
};
use vectors::{
    credentials::CredentialVector,
    echoes::EchoVector,
    files, from_hex,
    keys::{Keys, RETIRED, TestKey},
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
    let ms = |moment| moment::parse(moment).unwrap();
    let retired = RetiredKey { key: signing(&keys.retired), not_before: ms(RETIRED.0), not_after: ms(RETIRED.1) };
    Pen::new(Arc::new(RingSuite), &signing(&keys.receipt), &[retired]).unwrap()
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
    let mut read_though_incomplete = Vec::new();
    for (name, vector) in all {
        // The sandbox signs with Ed25519 alone; that key is not one of its own. And it says of the
        // key of today only that it is its own, not since when.
        if matches!(name.as_str(), "es256" | "range-before-today") {
            continue;
        }
        let ours = pen.read(&vector.compact);
        let kind = ours.as_ref().map(|ours| ours.typ.as_str());
        let outcome = matches!(kind, Some(RECEIPT | REFUSAL | REVERSAL));
        match (vector.verdict.as_str(), vector.end.as_deref()) {
            ("unknown-kind", None) if name == "version-2" => assert!(outcome, "{name} is rightly signed"),
            ("verified", Some("repaid")) | ("unknown-kind", None) => {
                // Its own hand, of a kind that it does not issue yet.
                assert!(ours.is_some() && !outcome, "{name}");
            }
            ("verified", _) => {
                let payload = ours.unwrap().payload;
                assert!(outcome, "{name}");
                assert_eq!(String::from_utf8(payload.clone()).unwrap(), vector.payload.unwrap(), "{name}");
                serde_json::from_slice::<OutcomePayload>(&payload).unwrap();
            }
            ("illegible", None) => assert!(outcome, "{name} is rightly signed"),
            ("incomplete", None) if name != "kind-to-come-without-a-place" => {
                assert!(outcome, "{name} is rightly signed");
                if serde_json::from_slice::<OutcomePayload>(&ours.unwrap().payload).is_ok() {
                    read_though_incomplete.push(name);
                }
            }
            _ => assert!(!outcome, "{name}"),
        }
    }
    // What the form alone does not tell: sums, ranges, and which body belongs to which kind. The
    // bank need not ask, for it signs no such thing.
    let beyond_the_form = [
        "empty-serial",
        "missing-receipt",
        "no-such-day",
        "no-such-month",
        "receipt-as-refusal",
        "refusal-without-reason",
        "sequence-0",
        "sum",
        "two-bodies",
        "version-0",
    ];
    assert_eq!(read_though_incomplete, beyond_the_form);
}

#[test]
fn the_bank_knows_its_own_credentials_and_no_others() {
    let pen = pen();
    let all: BTreeMap<String, CredentialVector> = files::read(&files::root().join("credentials")).unwrap();
    for (name, vector) in all {
        let ours = pen.read(&vector.compact).filter(|ours| ours.typ == CREDENTIAL);
        match vector.accepted {
            Some(payload) => {
                let ours = ours.unwrap().payload;
                assert_eq!(String::from_utf8(ours.clone()).unwrap(), payload, "{name}");
                serde_json::from_slice::<CredentialPayload>(&ours).unwrap();
            }
            None => assert!(ours.is_none(), "{name}"),
        }
    }
}

#[test]
fn row_12_the_bank_hashes_what_was_compared_as_published() {
    let all: BTreeMap<String, EchoVector> = files::read(&files::root().join("echoes")).unwrap();
    for (name, echo) in all {
        let ours = echo_digest(&echo.biller, &echo.customer_number, &echo.holder_masked, &echo.address_masked);
        assert_eq!(ours.unwrap(), echo.echo_digest, "{name}");
    }
}

#[test]
fn row_47_the_bank_signs_the_same_payload_to_the_same_document() {
    let keys = Keys::new().unwrap();
    let all: BTreeMap<String, OutcomeVector> = files::read(&files::root().join("outcomes")).unwrap();
    let chain: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("chain-")).collect();
    assert_eq!(chain.len(), 6);
    for (name, vector) in chain {
        let key =
            if matches!(name.as_str(), "chain-1-receipt" | "chain-2-refusal") { &keys.retired } else { &keys.receipt };
        let typ = match vector.end.as_deref() {
            Some("settled") => RECEIPT,
            Some("refused") => REFUSAL,
            Some("repaid") => "billpay-repayment+jws",
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
    assert_eq!(all.len(), 47);
    for (name, vector) in all {
        let (body, secret) = (from_hex(&vector.body_hex).unwrap(), LegSecret::new(vector.secret));
        let page = message::verify(&body, &secret).and_then(|text| Ok(Page::read(&xml::read(text)?)?));
        let opened = message::open(&body, &secret, vector.now.parse().unwrap()).and_then(|root| {
            match root.name.as_str() {
                "answer" => Answer::read(&root).map(drop).or_else(|_| BankAnswer::read(&root).map(drop)),
                "statement" => statement::Request::read(&root).map(drop),
                "differences" => Differences::read(&root).map(drop),
                _ => Request::read(&root).map(drop),
            }
            .map_err(message::Refusal::from)
        });
        // A page of a statement bears no time, and is looked at whenever it comes.
        let opened = page.map(drop).or(opened);
        match vector.refused {
            None => {
                let want = vector.xml.unwrap();
                assert_eq!(opened, Ok(()), "{name}");
                assert_eq!(message::verify(&body, &secret), Ok(want.as_str()), "{name}");
                assert_eq!(message::signature(&body), vector.sha1.as_deref(), "{name}");
                assert_eq!(message::seal(&want, &secret), body, "{name}");
            }
            Some(why) => assert_eq!(opened.unwrap_err().code(), why, "{name}"),
        }
    }
}
