//! What a phone's file holds, looked at without the core: on a disk of its own, so that looking changes
//! nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use billpay_core::store::Location;
use crash_vfs::{CrashFs, Image};
use rusqlite::{Connection, OpenFlags};

/// The profile's file on every disk.
pub(crate) const PROFILE: &str = "/profile.db";

/// A disk under a name that no other test has.
pub(crate) fn disk() -> CrashFs {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    CrashFs::register(&format!("disk-{}", NEXT.fetch_add(1, Ordering::Relaxed))).unwrap()
}

/// Where the profile is on this disk.
pub(crate) fn location(fs: &CrashFs) -> Location {
    Location { path: PROFILE.into(), vfs: Some(fs.name().to_owned()), lock: None }
}

/// A row of the journal, as it stands in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) documents: i64,
    pub(crate) events: i64,
}

impl Order {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "authorized" | "in_doubt")
    }

    /// State, document and event are one commit: all of them or none.
    pub(crate) fn is_whole(&self) -> bool {
        (self.documents, self.events) == if self.is_open() { (0, 0) } else { (1, 1) }
    }
}

/// The journal in an image; none in a file that holds no tables yet.
pub(crate) fn journal(image: &Image) -> Vec<Order> {
    let fs = disk();
    fs.restore(image);
    let file = Connection::open_with_flags_and_vfs(PROFILE, OpenFlags::default(), fs.name()).unwrap();
    let tables: i64 = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    if tables == 0 {
        return Vec::new();
    }
    let mut look = file
        .prepare(
            "SELECT id, state, (SELECT count(*) FROM outcome WHERE payment = payment.id),
                (SELECT count(*) FROM event WHERE subject = payment.id) FROM payment ORDER BY id",
        )
        .unwrap();
    let rows = look.query_map([], |row| {
        Ok(Order { id: row.get(0)?, state: row.get(1)?, documents: row.get(2)?, events: row.get(3)? })
    });
    rows.unwrap().map(Result::unwrap).collect()
}
