//! Files of every released schema open and read, and end up the same as a fresh one (feature 62).

use std::path::{Path, PathBuf};

use billpay_core::store::{Location, SCHEMA, Store};
use rusqlite::Connection;

use crate::golden_rows::{Counted, Payment, Search, golden_root};

fn golden(schema: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{schema}.db"))
}

fn schema_of(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let mut statement = file.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").unwrap();
    let rows = statement.query_map([], |row| {
        let sql: Option<String> = row.get(3)?;
        Ok(format!("{:?} {:?} {:?} {sql:?}", row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?))
    });
    let mut all: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
    let version: i64 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    all.push(version.to_string());
    all
}

#[test]
fn every_released_schema_opens_reads_and_equals_a_fresh_one() {
    let directory = tempfile::tempdir().unwrap();
    let fresh = Location::file(directory.path().join("fresh.db"));
    Store::open(&fresh, &*Counted::new()).unwrap();
    for schema in 1..=SCHEMA {
        let location = Location::file(directory.path().join(format!("{schema}.db")));
        std::fs::copy(golden(schema), &location.path).unwrap();
        let store = Store::open(&location, &*Counted::new()).unwrap();
        store.unlock(&golden_root(), Counted::new()).unwrap();
        store
            .read(|tx| {
                assert_eq!(tx.get("payment-1")?, Some(Payment::new(1)));
                assert_eq!(tx.get("payment-2")?, Some(Payment { note: "changed once".to_owned(), ..Payment::new(2) }));
                assert_eq!(tx.get::<Search>("s1")?.map(|row| row.text), Some("电费".to_owned()));
                assert_eq!(tx.setting::<String>("language")?, Some("zh".to_owned()));
                Ok::<_, billpay_core::store::StoreError>(())
            })
            .unwrap();
        assert_eq!(store.check().unwrap().seen, 5);
        assert!(store.check().unwrap().is_sound());
        drop(store);
        assert_eq!(schema_of(&location.path), schema_of(&fresh.path));
    }
}
