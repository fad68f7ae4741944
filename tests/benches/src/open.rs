//! Open to the first 20 receipts with 10,000 stored, beside plain rusqlite over plain rows.

use std::{path::Path, sync::Arc};

use billpay_core::{
    receipts::{Outcome, Stored},
    store::{Store, StoreError},
};
use rusqlite::{Connection, params};

use crate::{
    Figure,
    bank::Bank,
    figure::micros,
    phone::{Offline, Setup, open, platform},
};

/// Receipts.
pub(crate) const STORED: i64 = 10_000;
/// Of them at a time.
pub(crate) const PAGE: u32 = 20;
const ROUNDS: usize = 40;

/// Measures.
///
/// # Panics
/// Where a file cannot be written.
#[must_use]
pub fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain.db"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().expect("a runtime");
    let bank = Bank::default();
    let setup =
        Setup { gateway: "https://gateway.bank.example".into(), offline_key: bank.offline_key(), trust: bank.trust() };
    std::fs::create_dir_all(&ours).expect("a folder");
    fill(&runtime, &ours, &plain, &bank);
    let (mut mine, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ((client, count), time) = micros(|| {
            runtime.block_on(async {
                let client = open(&ours, &setup, platform(&ours, Arc::new(Offline))).await;
                let count = client.receipts(PAGE, 0).await.expect("receipts").receipts.len();
                (client, count)
            })
        });
        assert_eq!(count, PAGE as usize);
        // Lets go of the file for the next round.
        runtime.block_on(client.suspend()).expect("suspended");
        mine.push(time);
        let (count, time) = micros(|| first_page(&plain));
        assert_eq!(count, PAGE as usize);
        bare.push(time);
    }
    let floor_is = "plain rusqlite: open, newest 20 of 10,000 plain rows by index (no keys, no seal, no signature)";
    Figure::of("open to first 20 receipts, 10,000 stored", &mut mine, &mut bare, floor_is.to_owned())
}

fn fill(runtime: &tokio::runtime::Runtime, ours: &Path, plain: &Path, bank: &Bank) {
    let compacts: Vec<String> = (0..STORED).map(|nth| bank.receipt(nth)).collect();
    let connection = Connection::open(plain).expect("a file");
    let table = "PRAGMA journal_mode=WAL; CREATE TABLE receipt(id INTEGER PRIMARY KEY, issued INTEGER, compact TEXT);
        CREATE INDEX by_time ON receipt(issued DESC); BEGIN";
    connection.execute_batch(table).expect("a table");
    for (nth, compact) in (0..).zip(&compacts) {
        connection.execute("INSERT INTO receipt VALUES (?1, ?1, ?2)", params![nth, compact]).expect("a row");
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("a commit");
    runtime.block_on(async { keep(ours, bank, &compacts).await.suspend() });
}

/// A profile in `folder` that holds these receipts, open.
///
/// # Panics
/// Where it cannot be written.
pub(crate) async fn keep(folder: &Path, bank: &Bank, compacts: &[String]) -> Store {
    let setup =
        Setup { gateway: "https://gateway.bank.example".into(), offline_key: bank.offline_key(), trust: bank.trust() };
    let platform = platform(folder, Arc::new(Offline));
    let keys = billpay_core::gateway::trust::Trust::verify(&setup.trust, &setup.offline_key, &*platform.suite);
    let keys = keys.expect("trust").receipt_keys;
    // Makes the root key, then lets go of the file.
    let client = open(folder, &setup, platform.clone()).await;
    client.receipts(1, 0).await.expect("receipts");
    client.suspend().await.expect("suspended");
    let store = crate::town::store(folder, &platform);
    store
        .write(|tx| {
            for compact in compacts {
                let outcome = Outcome::verify(compact, &keys, &*platform.suite).expect("a receipt");
                Stored::keep(tx, &outcome)?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("stored");
    store
}

fn first_page(plain: &Path) -> usize {
    let connection = Connection::open(plain).expect("a file");
    let mut statement =
        connection.prepare("SELECT compact FROM receipt ORDER BY issued DESC LIMIT ?1").expect("a statement");
    let rows = statement.query_map([PAGE], |row| row.get::<_, String>(0)).expect("rows");
    rows.map(|row| row.expect("a row").len()).filter(|length| *length > 0).count()
}
