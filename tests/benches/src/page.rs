//! A page of 20 receipts out of 10,000, from the store: beside the same page of plain rows (the same columns, the same JSON,
//! read into the same type, only not sealed) and 20 raw opens of as many bytes.

use std::{hint::black_box, path::Path};

use billpay_core::{receipts::Stored, store::StoreError};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rusqlite::{Connection, params};

use crate::{
    Figure,
    bank::Bank,
    figure::micros,
    open::{PAGE, STORED, keep},
};

const ROUNDS: usize = 60;
const WARM: usize = 5;
/// Pages in one sample.
const BATCH: usize = 50;
/// The budget: how many times longer than its floor.
const MOST: f64 = 1.3;

/// Measures.
///
/// # Panics
/// Where a file cannot be written.
#[must_use]
pub fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().expect("a runtime");
    let bank = Bank::default();
    let compacts: Vec<String> = (0..STORED).map(|nth| bank.receipt(nth)).collect();
    let ours = folder.path().join("ours");
    std::fs::create_dir_all(&ours).expect("a folder");
    let store = runtime.block_on(async { keep(&ours, &bank, &compacts).await });
    let page = || store.read(|tx| Stored::newest(tx, PAGE, 0)).expect("a page").0;
    let plain = plain(&folder.path().join("plain.db"), &store);
    let raw = Raw::of(&page());
    let (mut mine, mut floor) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let ((), sealed) = micros(|| {
            for _ in 0..BATCH {
                assert_eq!(black_box(page()).len(), PAGE as usize);
            }
        });
        let ((), bare) = micros(|| {
            for _ in 0..BATCH {
                assert_eq!(black_box(plain_page(&plain)).len(), PAGE as usize);
                raw.open_all();
            }
        });
        if round >= WARM {
            mine.push(sealed);
            floor.push(bare);
        }
    }
    let floor_is =
        "the same rows in clear, read into the same type, and 20 raw opens of as many bytes by ring".to_owned();
    Figure::paired("a page of 20 receipts of 10,000, 50 times", &mut mine, &mut floor, floor_is).at_most(MOST)
}

/// The same rows in a file without seals.
fn plain(path: &Path, store: &billpay_core::store::Store) -> Connection {
    let connection = Connection::open(path).expect("a file");
    let table = "PRAGMA journal_mode=WAL; CREATE TABLE outcome(id TEXT PRIMARY KEY NOT NULL, payment TEXT, kind TEXT,
        epoch TEXT, sequence INTEGER, issued_ms INTEGER, record_version INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
        CREATE INDEX outcome_by_time ON outcome(issued_ms DESC, id); BEGIN";
    connection.execute_batch(table).expect("a table");
    let all: Result<Vec<Stored>, StoreError> =
        store.read(|tx| Ok(Stored::newest(tx, u32::try_from(STORED).expect("small"), 0)?.0));
    for row in all.expect("all rows") {
        let body = serde_json::to_vec(&row).expect("JSON");
        let insert = "INSERT INTO outcome VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)";
        let values = params![row.id, row.payment, row.kind, row.epoch, row.sequence, row.issued.as_millisecond(), body];
        connection.execute(insert, values).expect("a row");
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("a commit");
    connection
}

fn plain_page(connection: &Connection) -> Vec<Stored> {
    connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])).expect("begun");
    let select = "SELECT id, record_version, body, payment, kind, epoch, sequence, issued_ms FROM outcome
        ORDER BY issued_ms DESC, id LIMIT ?1 OFFSET ?2";
    let mut statement = connection.prepare_cached(select).expect("a statement");
    let rows = statement.query_map([PAGE, 0], |row| {
        black_box((row.get_ref(0)?, row.get_ref(1)?));
        for at in 3..8 {
            black_box(row.get_ref(at)?);
        }
        Ok(serde_json::from_slice(row.get_ref(2)?.as_blob()?).expect("a row"))
    });
    let page = rows.expect("rows").map(|row| row.expect("a row")).collect();
    drop(statement);
    connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([])).expect("ended");
    page
}

/// As many sealed bytes as a page has.
struct Raw {
    key: LessSafeKey,
    sealed: Vec<Vec<u8>>,
}

impl Raw {
    fn of(page: &[Stored]) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).expect("a key"));
        let sealed = page.iter().map(|row| {
            let mut body = serde_json::to_vec(row).expect("JSON");
            key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut body).expect("sealed");
            body
        });
        Self { sealed: sealed.collect(), key }
    }

    fn open_all(&self) {
        for sealed in &self.sealed {
            let mut body = sealed.clone();
            black_box(self.key.open_in_place(nonce(), Aad::empty(), &mut body).expect("opened"));
        }
    }
}

/// The same each time: it opens what it sealed, and nothing of it is kept.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([7; 12])
}
