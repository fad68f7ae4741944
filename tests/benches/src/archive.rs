//! Ten and a hundred thousand receipts: open to the first 20, search, verify, and the memory that all of it takes.

use std::{
    collections::BTreeMap,
    hint::black_box,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
};

use billpay_core::{
    gateway::trust::{ReceiptKey, Trust},
    platform::Platform,
    receipts::{Aliases, Outcome, Query, search},
    store::Store,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    signature::{ED25519, UnparsedPublicKey},
};
use rusqlite::{Connection, params};

use crate::{
    Figure,
    bank::Bank,
    figure::micros,
    open::{PAGE, keep},
    phone::{Offline, Setup, open, platform},
};

const SOME: i64 = 10_000;
const MANY: i64 = 100_000;
const ROUNDS: usize = 40;
const WARM: usize = 5;
/// Budgets: of open to the first page over its floor, of the hundred thousand over the ten, of a verification over
/// ring's, in microseconds of a search, in KiB of memory.
const OPEN: f64 = 1.5;
const FLAT: f64 = 1.2;
const VERIFY: f64 = 1.3;
const SEARCH_SOME: f64 = 5_000.0;
const SEARCH_MANY: f64 = 50_000.0;
const MEMORY: f64 = 32.0 * 1024.0;

/// A profile with so many receipts, and the same rows in clear.
struct Filled {
    _folder: tempfile::TempDir,
    profile: PathBuf,
    plain: PathBuf,
    setup: Setup,
    platform: Platform,
    keys: BTreeMap<String, ReceiptKey>,
    runtime: tokio::runtime::Runtime,
}

static FILLED: LazyLock<Mutex<BTreeMap<i64, Arc<Filled>>>> = LazyLock::new(Mutex::default);

/// Made once for all measures.
fn filled(stored: i64) -> Arc<Filled> {
    let mut all = FILLED.lock().expect("not poisoned");
    all.entry(stored).or_insert_with(|| Arc::new(Filled::new(stored))).clone()
}

impl Filled {
    fn new(stored: i64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (profile, plain) = (folder.path().join("phone"), folder.path().join("plain.db"));
        std::fs::create_dir_all(&profile).expect("a folder");
        let bank = Bank::default();
        let compacts: Vec<String> = (0..stored).map(|nth| bank.receipt(nth)).collect();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().expect("a runtime");
        // Its executor is this runtime.
        let platform = {
            let _entered = runtime.enter();
            platform(&profile, Arc::new(Offline))
        };
        let setup = Setup {
            gateway: "https://gateway.bank.example".into(),
            offline_key: bank.offline_key(),
            trust: bank.trust(),
        };
        let keys = Trust::verify(&setup.trust, &setup.offline_key, &*platform.suite).expect("trust").receipt_keys;
        runtime.block_on(async { keep(&profile, &bank, &compacts).await.suspend() });
        in_clear(&plain, &compacts);
        Self { _folder: folder, profile, plain, setup, platform, keys, runtime }
    }

    fn store(&self) -> Store {
        crate::town::store(&self.profile, &self.platform)
    }

    /// Opens the profile and reads its first page; lets go of it.
    fn first_page(&self) -> f64 {
        let (client, time) = micros(|| {
            self.runtime.block_on(async {
                let client = open(&self.profile, &self.setup, platform(&self.profile, Arc::new(Offline))).await;
                let page = client.receipt_page(PAGE, None).await.expect("a page");
                assert_eq!(page.receipts.len(), PAGE as usize);
                client
            })
        });
        self.runtime.block_on(client.suspend()).expect("suspended");
        time
    }
}

fn in_clear(path: &Path, compacts: &[String]) {
    let connection = Connection::open(path).expect("a file");
    let table =
        "PRAGMA journal_mode=WAL; CREATE TABLE receipt(id TEXT PRIMARY KEY NOT NULL, issued INTEGER, compact TEXT);
        CREATE INDEX by_time ON receipt(issued DESC, id); BEGIN";
    connection.execute_batch(table).expect("a table");
    for (nth, compact) in (0_i64..).zip(compacts) {
        let id = format!("{nth:043}");
        connection.execute("INSERT INTO receipt VALUES (?1, ?2, ?3)", params![id, nth, compact]).expect("a row");
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("a commit");
}

/// What nobody can leave out who keeps receipts sealed and shows what was signed: the rows by bare rusqlite, and for
/// each of them an open and a verification by bare ring.
struct Floor {
    key: LessSafeKey,
    sealed: Vec<u8>,
    public: UnparsedPublicKey<Vec<u8>>,
    /// What was signed, and the signature.
    signed: (Vec<u8>, Vec<u8>),
}

impl Floor {
    fn new() -> Self {
        let bank = Bank::default();
        let compact = bank.receipt(0);
        let (text, signature) = compact.rsplit_once('.').expect("a signature");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).expect("a key"));
        let mut sealed = compact.clone().into_bytes();
        key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut sealed).expect("sealed");
        let signature = bytes(signature);
        Self {
            key,
            sealed,
            public: UnparsedPublicKey::new(&ED25519, bytes(&bank.receipt_key().x)),
            signed: (text.as_bytes().to_vec(), signature),
        }
    }

    fn open(&self) {
        let mut body = self.sealed.clone();
        black_box(self.key.open_in_place(nonce(), Aad::empty(), &mut body).expect("opened"));
    }

    fn verify(&self) {
        self.public.verify(black_box(&self.signed.0), &self.signed.1).expect("verified");
    }

    fn first_page(&self, plain: &Path) -> f64 {
        let (count, time) = micros(|| {
            let connection = Connection::open(plain).expect("a file");
            let mut statement = connection
                .prepare("SELECT compact FROM receipt ORDER BY issued DESC, id LIMIT ?1")
                .expect("a statement");
            let rows = statement.query_map([PAGE], |row| row.get::<_, String>(0)).expect("rows");
            let mut count = 0;
            for row in rows {
                self.open();
                self.verify();
                black_box(row.expect("a row"));
                count += 1;
            }
            count
        });
        assert_eq!(count, PAGE);
        time
    }
}

fn bytes(base64url: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(base64url).expect("base64url")
}

/// The same each time: it opens what it sealed, and nothing of it is kept.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([7; 12])
}

/// Open to the first 20 of 10,000.
#[must_use]
pub fn first_page() -> Figure {
    first("open to the first 20 of 10,000 receipts, all verified", SOME)
}

/// The same of 100,000.
#[must_use]
pub fn first_page_of_many() -> Figure {
    first("open to the first 20 of 100,000 receipts, all verified", MANY)
}

fn first(name: &'static str, stored: i64) -> Figure {
    let (filled, floor) = (filled(stored), Floor::new());
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let (mine, theirs) = (filled.first_page(), floor.first_page(&filled.plain));
        if round >= WARM {
            ours.push(mine);
            bare.push(theirs);
        }
    }
    let floor_is = "plain rusqlite: open, the newest 20 by index; 20 opens and 20 verifications by ring".to_owned();
    Figure::paired(name, &mut ours, &mut bare, floor_is).at_most(OPEN)
}

/// Whether the number of receipts matters.
#[must_use]
pub fn flat() -> Figure {
    let (some, many) = (filled(SOME), filled(MANY));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let (mine, theirs) = (many.first_page(), some.first_page());
        if round >= WARM {
            ours.push(mine);
            bare.push(theirs);
        }
    }
    let name = "open to the first 20, 100,000 stored over 10,000";
    Figure::paired(name, &mut ours, &mut bare, "the same with 10,000 stored".to_owned()).at_most(FLAT)
}

/// The slowest of a hundred searches of 10,000.
#[must_use]
pub fn search_of_some() -> Figure {
    searched("a search of 10,000 receipts, p99", SOME, SEARCH_SOME)
}

/// The same of 100,000.
#[must_use]
pub fn search_of_many() -> Figure {
    searched("a search of 100,000 receipts, p99", MANY, SEARCH_MANY)
}

/// What persons type: names, and parts of amounts and months; most of it is found on the first page, some nowhere.
fn queries() -> Vec<Query> {
    let names = ["电", "上海", "力", "水", "燃气", "没有", "电力公司", "家", "3456", "9999", "a", "water"];
    let figures = (1..=60).map(|nth| format!("{}", nth * 37));
    let months = (1..=28).map(|nth| format!("20{:02}-{:02}", 20 + nth % 9, nth % 12 + 1));
    names.into_iter().map(str::to_owned).chain(figures).chain(months).filter_map(|typed| Query::new(&typed)).collect()
}

fn searched(name: &'static str, stored: i64, ceiling: f64) -> Figure {
    let (filled, floor) = (filled(stored), Floor::new());
    let (store, aliases) = (filled.store(), Aliases::new());
    let plain = Connection::open(&filled.plain).expect("a file");
    let narrow: Vec<u8> = {
        let mut body = vec![b'x'; 75];
        floor.key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut body).expect("sealed");
        body
    };
    // Everything of the index is walked, and as many narrow rows are opened.
    let bare = || {
        let mut statement =
            plain.prepare_cached("SELECT issued, id FROM receipt ORDER BY issued DESC, id").expect("a statement");
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).expect("rows");
        for row in rows {
            let mut body = narrow.clone();
            floor.key.open_in_place(nonce(), Aad::empty(), &mut body).expect("opened");
            black_box((row.expect("a row"), body));
        }
    };
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    let repeats = if stored == SOME { 5 } else { 2 };
    for query in queries().iter().cycle().take(queries().len() * repeats) {
        let (found, time) =
            micros(|| store.read(|tx| search(tx, query, &aliases, None, PAGE as usize)).expect("a search"));
        assert_eq!(found.damaged, 0);
        ours.push(time);
    }
    for _ in 0..20 {
        floors.push(micros(bare).1);
    }
    store.suspend();
    ours.sort_by(f64::total_cmp);
    let p99 = ours[ours.len() * 99 / 100];
    let floor_is = "the index walked by rusqlite, and as many narrow rows opened by ring; nothing parsed or compared";
    let figure = Figure::of(name, &mut ours, &mut floors, floor_is.to_owned());
    Figure { ours: p99, ratio: p99 / figure.floor, ..figure }.not_above(ceiling)
}

/// A document of the bank, and ring's verification of the same bytes.
#[must_use]
pub fn verify() -> Figure {
    const BATCH: usize = 200;
    let (filled, floor) = (filled(SOME), Floor::new());
    let compact = Bank::default().receipt(0);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..60 + WARM {
        let ((), mine) = micros(|| {
            for _ in 0..BATCH {
                let outcome = Outcome::verify(black_box(&compact), &filled.keys, &*filled.platform.suite);
                black_box(outcome.expect("a receipt"));
            }
        });
        let ((), theirs) = micros(|| (0..BATCH).for_each(|_| floor.verify()));
        if round >= WARM {
            ours.push(mine);
            bare.push(theirs);
        }
    }
    let floor_is = "ring: Ed25519 over the same bytes; nothing decoded, parsed or checked".to_owned();
    Figure::paired("verifying a receipt, 200 times", &mut ours, &mut bare, floor_is).at_most(VERIFY)
}

/// The most memory beside what was there before, while 100,000 receipts are listed, searched and added up.
#[must_use]
pub fn memory() -> Figure {
    let filled = filled(MANY);
    let client = filled
        .runtime
        .block_on(async { open(&filled.profile, &filled.setup, platform(&filled.profile, Arc::new(Offline))).await });
    let highest = |work: &dyn Fn()| {
        // From here on the highest is counted anew (man 5 proc).
        std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
        let before = resident("VmHWM:");
        work();
        resident("VmHWM:") - before
    };
    let a_page = || {
        filled.runtime.block_on(async { client.receipt_page(500, None).await.expect("a page") });
    };
    let everything = || {
        filled.runtime.block_on(async {
            let mut after = None;
            loop {
                let page = client.receipt_page(500, after).await.expect("a page");
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            client.search("没有", 500, None).await.expect("a search");
            client.statistics().await.expect("sums");
        });
    };
    let floor = highest(&a_page);
    let ours = highest(&everything);
    filled.runtime.block_on(client.suspend()).expect("suspended");
    let floor_is = "the first page of 500".to_owned();
    let name = "memory for listing, searching and adding up 100,000 receipts";
    let figure = Figure::of(name, &mut [ours], &mut [floor.max(1.0)], floor_is).not_above(MEMORY);
    Figure { unit: "KiB", ..figure }
}

/// A figure of the process, in KiB.
fn resident(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
    line.split_whitespace().next().and_then(|figure| figure.parse().ok()).expect("a number")
}
