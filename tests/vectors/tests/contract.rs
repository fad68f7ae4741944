//! The published documents are those of core/api/gateway.openapi.yaml, to the last member.
#![allow(clippy::unwrap_used)]

#[path = "../../gateway/tests/world/contract.rs"]
mod contract;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vectors::{
    credentials::CredentialVector, files, mandates::MandateVector, orders::OrderVector, outcomes::OutcomeVector,
    trust::TrustVector,
};

fn faults(schema: &str, text: &str) -> Vec<String> {
    let (mut faults, value) = (Vec::new(), serde_json::from_str::<Value>(text).unwrap());
    contract::check(&json!({"$ref": format!("#/components/schemas/{schema}")}), &value, schema, &mut faults);
    faults
}

fn read<T: serde::de::DeserializeOwned>(folder: &str) -> BTreeMap<String, T> {
    files::read(&files::root().join(folder)).unwrap()
}

#[test]
fn row_83_what_is_published_as_right_is_what_the_contract_says() {
    let mut payloads = Vec::new();
    for (name, vector) in read::<OrderVector>("orders") {
        payloads.extend(vector.accepted.map(|accepted| (name, "Envelope", accepted.envelope)));
    }
    for (name, MandateVector { canonical, signature, key, .. }) in read("mandates") {
        let envelope = format!(r#"{{"mandate":{canonical},"signature":"{signature}","key":"{key}"}}"#);
        payloads.push((name, "MandateEnvelope", envelope));
    }
    for (name, vector) in
        read::<OutcomeVector>("outcomes").into_iter().filter(|(_, vector)| vector.verdict == "verified")
    {
        payloads.push((name, "OutcomePayload", vector.payload.unwrap()));
    }
    for (name, vector) in read::<CredentialVector>("credentials") {
        payloads.extend(vector.accepted.map(|accepted| (name, "CredentialPayload", accepted)));
    }
    for (name, vector) in read::<TrustVector>("trust") {
        payloads.extend(vector.accepted.map(|accepted| (name, "TrustPayload", accepted.payload)));
    }
    assert!(payloads.len() > 25, "{}", payloads.len());
    for (name, schema, payload) in payloads {
        // Those that show what a later version may add do add something.
        let of_a_later_version = name.starts_with("unknown-");
        assert_eq!(!faults(schema, &payload).is_empty(), of_a_later_version, "{name}: {:?}", faults(schema, &payload));
    }
}
