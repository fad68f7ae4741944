//! The chain through the real client: what somebody took out of the file shows (row 48), rotation of keys (row 47).

use std::path::Path;

use billpay_core::{Client, Proof, receipts::Break, store::Location};
use rusqlite::Connection;
use sandbox_gateway::outcomes::jws::{RECEIPT, SigningKey};
use serde_json::{Value, json};

use crate::{
    papers::{EPOCH, chain, fed, payload, receipt, signed, signed_by},
    world::{HOST, World, receipt_key, trust_document, world},
};

fn missing(from: i64, to: i64) -> Break {
    Break::Missing { epoch: EPOCH.into(), from, to, awaiting: true }
}

fn on_disk() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    (folder, world)
}

/// What somebody with the file does to it while the app is closed.
async fn edited(world: &World, folder: &Path, client: Client, sql: &str) -> Client {
    client.suspend().await.unwrap();
    drop(client);
    Connection::open(folder.join("profile.db")).unwrap().execute_batch(sql).unwrap();
    world.open().await
}

fn row(sequence: i64) -> String {
    format!("(SELECT id FROM outcome WHERE sequence = {sequence})")
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_row_deleted_reordered_or_doubled_in_the_file_is_named_as_a_gap() {
    let whole = |nth: i64| format!("DELETE FROM outcome WHERE sequence = {nth};");
    for (what, sql, gaps) in [
        ("deleted", whole(3), vec![missing(3, 3)]),
        ("several deleted", whole(2) + &whole(3) + &whole(5), vec![missing(2, 3), missing(5, 5)]),
        ("the first deleted", whole(1), vec![missing(1, 1)]),
        ("the last deleted", whole(6), vec![missing(6, 6)]),
        ("all but the second deleted", "DELETE FROM outcome WHERE sequence <> 2;".to_owned(), vec![missing(1, 1), missing(3, 6)]),
        ("all deleted", "DELETE FROM outcome;".to_owned(), vec![missing(1, 6)]),
        (
            "two that change places",
            "UPDATE outcome SET sequence = 5 - sequence WHERE sequence IN (2, 3);".to_owned(),
            vec![missing(2, 3)],
        ),
        (
            "one doubled under another name",
            "INSERT INTO outcome SELECT 'x' || substr(id, 2), payment, kind, epoch, sequence, issued_ms, record_version,
             sealed FROM outcome WHERE sequence = 3;"
                .to_owned(),
            vec![],
        ),
        (
            "one put in the place of another",
            format!("UPDATE outcome SET sealed = (SELECT sealed FROM outcome WHERE id = {}) WHERE id = {};", row(2), row(3)),
            vec![missing(3, 3)],
        ),
    ] {
        let (folder, world) = on_disk();
        let client = world.bound().await;
        fed(&world, &client, chain((1..=6).map(receipt))).await;
        assert_eq!(client.chain_breaks().await.unwrap(), [], "{what}");
        let client = edited(&world, folder.path(), client, &sql).await;
        assert_eq!(client.chain_breaks().await.unwrap(), gaps, "{what}");
        let left = client.receipts(10, 0).await.unwrap();
        // No sum is smaller than it should be without a word.
        let length = |found: &Break| match found {
            Break::Missing { from, to, .. } => usize::try_from(to - from + 1).unwrap(),
            Break::Fork { .. } | Break::Unlinked { .. } | Break::Epoch { .. } => 0,
        };
        let missing: usize = gaps.iter().map(length).sum();
        assert_eq!(client.statistics().await.unwrap().damaged, missing.max(left.damaged), "{what}");
        let sequences: Vec<i64> = left.receipts.iter().map(|view| view.sequence).collect();
        let mut once = sequences.clone();
        once.dedup();
        assert_eq!(sequences, once, "{what}: nothing is shown twice");
        assert!(left.receipts.iter().all(|view| view.proof == Proof::Verified), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_sequence_that_jumps_by_2_to_the_40_is_one_gap_and_everything_goes_on() {
    let world = world();
    let client = world.bound().await;
    let mut far = receipt(3);
    far["sequence"] = json!(2 + (1_i64 << 40));
    fed(&world, &client, chain([receipt(1), receipt(2), far])).await;
    assert_eq!(client.chain_breaks().await.unwrap(), [missing(3, 1 + (1 << 40))]);
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 3);
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_fork_a_stray_and_a_new_epoch_are_named_through_the_client() {
    let world = world();
    let client = world.bound().await;
    let papers = chain((1..=4).map(receipt));
    let mut twin = payload(&papers[1]);
    twin["payment_id"] = json!("019a9d3e-7c00-7000-8000-0000000000ff");
    let mut stray = receipt(5);
    stray["previous"] = json!("A".repeat(43));
    let mut restored = receipt(9);
    let other = "019a9d3e-7c00-7000-8000-0000000000e2";
    (restored["epoch"], restored["sequence"]) = (json!(other), json!(1));
    let more = [twin, stray, restored].map(|payload| signed(RECEIPT, &payload));
    fed(&world, &client, [papers, more.to_vec()].concat()).await;
    assert_eq!(
        client.chain_breaks().await.unwrap(),
        [
            Break::Fork { epoch: EPOCH.into(), sequence: 2 },
            Break::Unlinked { epoch: EPOCH.into(), sequence: 5 },
            Break::Epoch { epoch: other.into() },
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_document_of_a_kind_to_come_is_no_gap_and_starts_no_feed_anew() {
    let world = world();
    let client = world.bound().await;
    let mut notice = receipt(2);
    let body = notice.as_object_mut().unwrap().remove("receipt").unwrap();
    notice["notice"] = body;
    let mut papers = chain((1..=3).map(receipt));
    notice["previous"] = payload(&papers[1])["previous"].clone();
    papers[1] = signed("billpay-notice+jws", &notice);
    let mut third = payload(&papers[2]);
    third["previous"] = json!(billpay_core::crypto::digest::sha256_base64url(papers[1].as_bytes()));
    papers[2] = signed(RECEIPT, &third);
    let refreshed = fed(&world, &client, papers).await;
    assert_eq!((refreshed.receipts, refreshed.unverifiable), (2, 1));
    assert_eq!(client.chain_breaks().await.unwrap(), []);
    let before = world.network.log.lock().unwrap().iter().filter(|line| *line == "GET /v1/sync").count();
    client.refresh().await.unwrap();
    let after = world.network.log.lock().unwrap().iter().filter(|line| *line == "GET /v1/sync").count();
    assert_eq!(before, after, "the feed is not started anew for it");
}

/// A trust document with the key of before, retired, and the new one.
fn rotated(new: &SigningKey, retired_at: &str) -> String {
    let document = trust_document(3, HOST, ['A', 'B'], &receipt_key());
    let mut trust = payload(&document);
    trust["receipt_keys"][0]["not_after"] = json!(retired_at);
    let jwk = serde_json::to_value(new.public_jwk(&sandbox_gateway::suite::RingSuite).unwrap()).unwrap();
    trust["receipt_keys"].as_array_mut().unwrap().push(json!({ "key": jwk, "not_before": retired_at }));
    signed_by(&crate::world::offline(), "billpay-trust+jws", &trust)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_47_after_a_rotation_receipts_of_both_keys_verify_and_one_by_a_stranger_s_is_unverifiable() {
    let world = world();
    let client = world.bound().await;
    fed(&world, &client, chain((1..=2).map(receipt))).await;
    let new = SigningKey { kid: "receipt-2".into(), seed: [21; 32] };
    let rotated_at = "2026-01-02T00:02:30Z";
    *world.network.trust.lock().unwrap() = Some(rotated(&new, rotated_at));
    let mut by_new: Value = receipt(3);
    let old = client.receipts(10, 0).await.unwrap().receipts;
    by_new["previous"] = json!(old[0].id);
    let stranger = SigningKey { kid: "receipt-9".into(), seed: [22; 32] };
    let mut too_late = receipt(4);
    too_late["previous"] = json!("A".repeat(43));
    let papers = vec![
        signed_by(&new, RECEIPT, &by_new),
        signed_by(&stranger, RECEIPT, &receipt(5)),
        // By the key of before, after it was retired.
        signed(RECEIPT, &too_late),
    ];
    let refreshed = fed(&world, &client, papers).await;
    assert_eq!((refreshed.receipts, refreshed.unverifiable, refreshed.invalid), (1, 1, 1), "{refreshed:?}");
    let all = client.receipts(10, 0).await.unwrap().receipts;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|view| view.proof == Proof::Verified), "retired and new");
    assert_eq!(client.chain_breaks().await.unwrap(), [], "a chain goes on over a rotation");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_a_reversal_or_a_repayment_is_a_document_more_and_changes_none() {
    let world = world();
    let client = world.bound().await;
    let first = chain((1..=2).map(receipt));
    fed(&world, &client, first.clone()).await;
    let before: Vec<(String, String)> = texts(&client).await;
    let mut back = receipt(3);
    back.as_object_mut().unwrap().remove("receipt");
    let id = |compact: &str| json!(billpay_core::crypto::digest::sha256_base64url(compact.as_bytes()));
    (back["payment_id"], back["order_digest"]) = (receipt(1)["payment_id"].clone(), receipt(1)["order_digest"].clone());
    back["previous"] = id(&first[1]);
    back["repayment"] = json!({
        "reason": "charged-twice", "returned": crate::papers::cny(100), "receipt": id(&first[0]),
        "repaid_at": "2026-01-03T00:00:00Z", "bank_serial": "B1",
    });
    let repayment = signed("billpay-repayment+jws", &back);
    let mut undone = receipt(4);
    undone.as_object_mut().unwrap().remove("receipt");
    undone["previous"] = id(&repayment);
    undone["reversal"] = json!({ "reason": "not-charged", "returned": crate::papers::cny(0) });
    fed(&world, &client, vec![repayment, signed("billpay-reversal+jws", &undone)]).await;
    let after = texts(&client).await;
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|text| after.contains(text)), "what was there is there, byte for byte");
    assert_eq!(client.documents(receipt(1)["payment_id"].as_str().unwrap()).await.unwrap().len(), 2);
    assert_eq!(client.chain_breaks().await.unwrap(), []);
}

async fn texts(client: &Client) -> Vec<(String, String)> {
    let all = client.receipts(10, 0).await.unwrap().receipts;
    all.into_iter().map(|view| (view.id, view.compact)).collect()
}
