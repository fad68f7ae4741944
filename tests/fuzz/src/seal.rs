//! The envelope of the store: a row opens only as what was sealed, where it was sealed, with every
//! clear column as it was. Through the store that ships, over SQLite in memory, with a second
//! connection as the hand of somebody who edits the file.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use billpay_core::{
    platform::Rng,
    secret::Secret,
    store::{Location, Row, Store, StoreError},
};
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OpenFlags, types::Value};
use serde::{Deserialize, Serialize};

use crate::chosen::chosen;

/// Version, nonce and tag.
const OVERHEAD: usize = 1 + 12 + 16;
/// The clear columns, and what an edit of them is not seen in: nothing.
const CLEAR: [&str; 6] = ["payable", "state", "journal_sequence", "created_ms", "valid_until_ms", "record_version"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    note: String,
}

impl Row for Kept {
    const TABLE: &'static str = "payment";
    const CLEAR: &'static [&'static str] = &["payable", "state", "journal_sequence", "created_ms", "valid_until_ms"];
    fn id(&self) -> String {
        "p".to_owned()
    }
    fn clear(&self) -> Vec<Value> {
        vec![Value::Blob(vec![1, 2]), Value::Text("settled".to_owned()), 7.into(), 1_000.into(), Value::Null]
    }
}

struct Counted(AtomicU64);

impl Rng for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for chunk in buffer.chunks_mut(32) {
            chunk.copy_from_slice(&digest(&SHA256, &number).as_ref()[..chunk.len()]);
        }
    }
}

struct World {
    store: Store,
    hand: Connection,
    /// Of the row as it is put back after each edit.
    sealed: Vec<u8>,
    clear: Vec<Value>,
}

thread_local! {
    static WORLD: World = World::new();
}

impl World {
    fn new() -> Self {
        let rng = Arc::new(Counted(AtomicU64::new(1)));
        let name = format!("fuzz-{:?}", std::thread::current().id());
        let location = Location::memory(&name);
        let store = Store::open(&location, &*rng).unwrap();
        store.unlock(&Secret::new(vec![1; 32]), rng).unwrap();
        store.write(|tx| tx.put(&Kept { note: "electricity".to_owned() })).unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let hand = Connection::open_with_flags_and_vfs(&location.path, flags, "memdb").unwrap();
        let columns = CLEAR.join(", ");
        let (sealed, clear) = hand
            .query_row(&format!("SELECT sealed, {columns} FROM payment"), [], |row| {
                Ok((row.get(0)?, (1..=CLEAR.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?))
            })
            .unwrap();
        Self { store, hand, sealed, clear }
    }

    fn read(&self) -> Result<Option<Kept>, StoreError> {
        self.store.read(|tx| tx.get::<Kept>("p"))
    }

    /// Whether SQLite itself lets this stand: types and uniqueness are its to keep.
    fn edit(&self, column: &str, value: &Value) -> bool {
        let mut statement = self.hand.prepare_cached(&format!("UPDATE payment SET {column} = ?1")).unwrap();
        statement.execute([value]).is_ok()
    }
}

/// `a`: a note to keep. `b`: edits of the sealed bytes, of three bytes each. `c`: other sealed bytes.
/// `d`: a clear column and another value for it.
pub fn check(data: &[u8]) {
    WORLD.with(|world| match chosen(data, 4) {
        Some((0, bytes)) => keep(world, &String::from_utf8_lossy(bytes)),
        Some((1, bytes)) => {
            let mut sealed = world.sealed.clone();
            for edit in bytes.chunks_exact(3).take(64) {
                let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % sealed.len();
                sealed[at] ^= edit[2];
            }
            resealed(world, sealed);
        }
        Some((2, bytes)) => resealed(world, bytes.to_vec()),
        Some((_, bytes)) => recoloured(world, bytes),
        None => {}
    });
}

/// What was put in comes out, and nothing but the envelope was added to it.
fn keep(world: &World, note: &str) {
    let kept = Kept { note: note.to_owned() };
    world.store.write(|tx| tx.put(&kept)).unwrap();
    assert_eq!(world.read(), Ok(Some(kept.clone())));
    let sealed: Vec<u8> = world.hand.query_row("SELECT sealed FROM payment", [], |row| row.get(0)).unwrap();
    assert_eq!(sealed.len(), OVERHEAD + serde_json::to_vec(&kept).unwrap().len());
    let shown = note.len() >= 8 && sealed.windows(note.len()).any(|window| window == note.as_bytes());
    assert!(!shown, "a note in clear");
    restore(world);
}

fn resealed(world: &World, sealed: Vec<u8>) {
    let same = sealed == world.sealed;
    assert!(world.edit("sealed", &Value::Blob(sealed)));
    verdict(world, same);
}

fn recoloured(world: &World, bytes: &[u8]) {
    let Some((column, bytes)) = chosen(bytes, 6) else { return };
    let column = usize::from(column);
    let value = match (column, bytes.first_chunk::<8>()) {
        (0, _) => Value::Blob(bytes.to_vec()),
        (1, _) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        (_, Some(number)) => Value::Integer(i64::from_le_bytes(*number)),
        (_, None) if column == 5 => return,
        (_, None) => Value::Null,
    };
    let same = value == world.clear[column];
    if world.edit(CLEAR[column], &value) {
        verdict(world, same);
    }
}

/// The row is what it was, or damaged and named; never another one, and never gone.
fn verdict(world: &World, same: bool) {
    let seen = world.read();
    if same {
        assert_eq!(seen, Ok(Some(Kept { note: "electricity".to_owned() })));
    } else {
        assert_eq!(seen, Err(StoreError::Damaged { table: "payment", id: "p".to_owned() }));
    }
    restore(world);
}

fn restore(world: &World) {
    assert!(world.edit("sealed", &Value::Blob(world.sealed.clone())));
    for (column, value) in CLEAR.iter().zip(&world.clear) {
        assert!(world.edit(column, value));
    }
}
