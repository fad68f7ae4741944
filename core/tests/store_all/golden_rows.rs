//! The rows of the golden databases, shared by the example that makes them and the tests that read
//! them. The key and all values are published here: never use them for anything else.

use billpay_core::{
    platform::Rng,
    secret::Secret,
    store::{Location, OpenError, Row, Store},
};
use ring::digest;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The published root key of the golden databases.
pub(crate) fn golden_root() -> Secret {
    Secret::new(b"golden root key, known to anyone".to_vec())
}

/// Numbers that are the same in every run: SHA-256 over a counter.
pub(crate) struct Counted(pub(crate) AtomicU64);

impl Counted {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(0)))
    }
}

impl Rng for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&digest::digest(&digest::SHA256, &number).as_ref()[..chunk.len()]);
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) payable: Vec<u8>,
    pub(crate) state: String,
    pub(crate) sequence: i64,
    pub(crate) created_ms: i64,
    pub(crate) valid_until_ms: Option<i64>,
    pub(crate) note: String,
}

impl Payment {
    pub(crate) fn new(number: i64) -> Self {
        Self {
            id: format!("payment-{number}"),
            payable: format!("payable-{number}").into_bytes(),
            state: "settled".to_owned(),
            sequence: number,
            created_ms: 1_000 * number,
            valid_until_ms: None,
            note: format!("electricity, customer 00{number}"),
        }
    }
}

impl Row for Payment {
    const TABLE: &'static str = "payment";
    const CLEAR: &'static [&'static str] = &["payable", "state", "journal_sequence", "created_ms", "valid_until_ms"];
    fn id(&self) -> String {
        self.id.clone()
    }
    fn clear(&self) -> Vec<Value> {
        vec![
            Value::Blob(self.payable.clone()),
            Value::Text(self.state.clone()),
            Value::Integer(self.sequence),
            Value::Integer(self.created_ms),
            self.valid_until_ms.map_or(Value::Null, Value::Integer),
        ]
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Search {
    #[serde(skip)]
    pub(crate) id: String,
    #[serde(skip)]
    pub(crate) issued_ms: i64,
    pub(crate) text: String,
}

impl Row for Search {
    const TABLE: &'static str = "outcome_search";
    const CLEAR: &'static [&'static str] = &["issued_ms"];
    fn id(&self) -> String {
        self.id.clone()
    }
    fn clear(&self) -> Vec<Value> {
        vec![Value::Integer(self.issued_ms)]
    }
    fn restore_id(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }
}

#[allow(dead_code, reason = "the example calls it, the tests do not")]
/// Writes the rows of a golden database into a fresh file.
pub(crate) fn fill(location: &Location) -> Result<(), OpenError> {
    let rng = Counted::new();
    let store = Store::open(location, &*rng)?;
    store.unlock(&golden_root(), rng).unwrap();
    store
        .write(|tx| {
            for number in 1..=3 {
                tx.insert(&Payment::new(number))?;
            }
            tx.put(&Payment { note: "changed once".to_owned(), ..Payment::new(2) })?;
            tx.insert(&Search { id: "s1".to_owned(), issued_ms: 7, text: "电费".to_owned() })?;
            tx.set_setting("language", &"zh")
        })
        .unwrap();
    store.suspend();
    Ok(())
}
