//! Bills on a phone: a page of the feed with 200 of them merged, and whether one is still due, from a cold start.

use std::{
    collections::BTreeMap,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
};

use billpay_core::{
    bills::Known,
    model::Bill,
    reminders::{StillDue, still_due_in},
    store::{Store, StoreError},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    Figure,
    bank::Bank,
    figure::micros,
    open::keep,
    phone::{Offline, Setup, location, open, platform},
};

const ROUNDS: usize = 40;
const WARM: usize = 3;
/// Bills in a page of the feed.
const PAGE: i64 = 200;
/// Bills of the profile that is asked whether one is due.
const STORED: i64 = 500;
/// The budgets: how many times longer than its floor.
const MOST_MERGE: f64 = 1.5;
const MOST_STILL_DUE: f64 = 2.0;

/// Measures a page of 200 bills, each in a version that is new: parsed, compared with what is here, stored, committed.
///
/// # Panics
/// Where a file cannot be written.
#[must_use]
pub fn measure_merge() -> Figure {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let store = profile(&runtime, &folder.path().join("ours"), PAGE);
    let plain = plain(&folder.path().join("plain.db"), PAGE);
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let version = i64::try_from(round).expect("small") + 2;
        let page = feed(PAGE, version);
        let as_of = Timestamp::from_second(1_800_000_000 + version).expect("a moment");
        let ((), mine) = micros(|| {
            let bills: Vec<Bill> = serde_json::from_slice(&page).expect("bills");
            let merged = store.write(|tx| bills.into_iter().try_for_each(|bill| Known::merge(tx, bill, as_of)));
            merged.map_err(|error: StoreError| error).expect("merged");
        });
        let ((), bare) = micros(|| {
            let bills: Vec<Bill> = serde_json::from_slice(&page).expect("bills");
            put(&plain, &bills, as_of);
        });
        if round >= WARM {
            ours.push(mine);
            floor.push(bare);
        }
    }
    let floor_is = "the same page parsed, and its rows put in clear into a plain file, as durably".to_owned();
    Figure::paired("merge of 200 bills", &mut ours, &mut floor, floor_is).at_most(MOST_MERGE)
}

/// Measures whether one bill of 500 is still due, as an alarm asks it.
///
/// # Panics
/// Where a file cannot be written.
#[must_use]
pub fn measure_still_due() -> Figure {
    let profile = DueProfile::new();
    let location = location(&profile.ours);
    let ask = || {
        let (due, time) = micros(|| still_due_in(&location, &profile.id));
        assert_eq!(due, Ok(StillDue::Yes));
        time
    };
    profile.beside_bare("still_due of one of 500 bills, from nothing", ask).at_most(MOST_STILL_DUE)
}

/// The same through a client that has to be opened for it.
///
/// # Panics
/// Where a file cannot be written.
#[must_use]
pub fn measure_still_due_opened() -> Figure {
    let profile = DueProfile::new();
    let (runtime, setup) = (runtime(), setup(&Bank::default()));
    let ask = || {
        let (client, time) = micros(|| {
            runtime.block_on(async {
                let client = open(&profile.ours, &setup, platform(&profile.ours, Arc::new(Offline))).await;
                assert_eq!(client.still_due(&profile.id).await.expect("an answer"), StillDue::Yes);
                client
            })
        });
        // Lets go of the file for the next round.
        runtime.block_on(client.suspend()).expect("suspended");
        time
    };
    profile.beside_bare("still_due of one of 500 bills, a client opened for it", ask)
}

/// A profile with 500 bills that nobody has open, and the same rows in clear.
struct DueProfile {
    _folder: tempfile::TempDir,
    ours: PathBuf,
    plain: PathBuf,
    /// A reminder of one of them.
    id: String,
}

impl DueProfile {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, file) = (folder.path().join("ours"), folder.path().join("plain.db"));
        let store = profile(&runtime(), &ours, STORED);
        let row =
            store.read(|tx| Ok::<_, StoreError>(Known::load(tx, "power-sh", "B7")?.expect("a bill").row().to_owned()));
        store.suspend();
        drop(plain(&file, STORED));
        let id = format!("{}~{}.2026-12-01.d1", row.expect("read"), "A".repeat(43));
        Self { _folder: folder, ours, plain: file, id }
    }

    fn beside_bare(&self, name: &'static str, ask: impl Fn() -> f64) -> Figure {
        let pair = || (ask(), bare_still_due(&self.plain));
        let pairs = (0..ROUNDS + WARM).map(|_| pair()).skip(WARM);
        let (mut ours, mut floor): (Vec<_>, Vec<_>) = pairs.unzip();
        Figure::paired(name, &mut ours, &mut floor, "plain SQLite: open and read the row".to_owned())
    }
}

fn bare_still_due(file: &Path) -> f64 {
    let ((), time) = micros(|| {
        let connection = Connection::open(file).expect("a file");
        let read = connection.query_row("SELECT state, as_of_ms FROM bill WHERE id = 'B7'", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(black_box(read.expect("a row")).0, "open");
    });
    time
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().expect("a runtime")
}

fn setup(bank: &Bank) -> Setup {
    Setup { gateway: "https://gateway.bank.example".into(), offline_key: bank.offline_key(), trust: bank.trust() }
}

/// A profile that holds so many bills, open.
fn profile(runtime: &tokio::runtime::Runtime, folder: &Path, bills: i64) -> Store {
    std::fs::create_dir_all(folder).expect("a folder");
    let store = runtime.block_on(async { keep(folder, &Bank::default(), &[]).await });
    let known: Vec<Bill> = serde_json::from_slice(&feed(bills, 1)).expect("bills");
    let as_of = Timestamp::from_second(1_800_000_000).expect("a moment");
    let stored = store.write(|tx| known.into_iter().try_for_each(|bill| Known::merge(tx, bill, as_of)));
    stored.map_err(|error: StoreError| error).expect("stored");
    store
}

/// As the bank sends them.
fn feed(bills: i64, version: i64) -> Vec<u8> {
    let money = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
    let bill = |nth: i64| {
        json!({
            "account": format!("A{nth:021}"), "biller": "power-sh", "bill_number": format!("B{nth}"), "version": version,
            "kind": "bill", "state": "open", "amount": money(12_345 + nth), "minimum": money(1), "maximum": money(12_345 + nth),
            "period": "2026-11", "due_date": "2026-12-02", "updated_at": "2026-11-22T05:00:00Z",
            "items": [{ "label": "电费", "amount": money(12_345 + nth) }], "reminder": "1Wd0kqM5l0Zk8rJ3tq2n0w",
        })
    };
    serde_json::to_vec(&(0..bills).map(bill).collect::<Vec<_>>()).expect("JSON")
}

/// The same rows in a file without seals.
fn plain(path: &Path, bills: i64) -> Connection {
    let connection = Connection::open(path).expect("a file");
    let table = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
        CREATE TABLE bill(id TEXT PRIMARY KEY, account TEXT, version INTEGER, state TEXT, as_of_ms INTEGER, body BLOB);
        CREATE INDEX bill_by_account ON bill(account)";
    connection.execute_batch(table).expect("a table");
    let known: Vec<Bill> = serde_json::from_slice(&feed(bills, 1)).expect("bills");
    put(&connection, &known, Timestamp::from_second(1_800_000_000).expect("a moment"));
    connection
}

fn put(connection: &Connection, bills: &[Bill], as_of: Timestamp) {
    connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO bill VALUES (?1, ?2, ?3, ?4, ?5, ?6)").expect("a statement");
    for bill in bills {
        let body = serde_json::to_vec(&BTreeMap::from([("bill", bill)])).expect("JSON");
        let clear = (&bill.bill_number, &bill.account, bill.version, bill.state.as_str(), as_of.as_millisecond());
        insert.execute(params![clear.0, clear.1, clear.2, clear.3, clear.4, body]).expect("a row");
    }
    connection.execute_batch("COMMIT").expect("committed");
}
