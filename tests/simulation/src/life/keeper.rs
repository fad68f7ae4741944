//! A phone's disk: it loses what was not synced when the power goes, and shows what it holds for good at
//! the moment a byte leaves.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use billpay_core::store::Location;
use crash_vfs::{CrashFs, Fault, Image, Op, Survival, Trip};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::{fault::Kind, rng::Stream};

/// Opens a database in memory by its name in this process.
///
/// # Errors
/// What SQLite says.
pub fn connect(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags_and_vfs(path, flags, "memdb")
}

/// The file on each phone's disk.
const PROFILE: &str = "/profile.db";

/// Payments with their states.
type Journal = Vec<(String, String)>;

/// A second disk, on which to look at what a phone's holds.
struct Aside {
    disk: CrashFs,
    file: Option<Connection>,
    /// With how many operations of the phone's disk it was made the same.
    same_at: Option<u64>,
    /// There is a journal in the file: looked for until it is there.
    made: bool,
}

/// A phone's disk, and a second one on which to look at what it holds.
pub struct Keeper {
    disk: CrashFs,
    /// A real file: its lock says which process has the profile.
    lock: PathBuf,
    aside: Mutex<Aside>,
    /// The journal as it was last read, with how many operations of the disk.
    journal: Mutex<Option<(u64, Journal)>>,
    cuts: Mutex<Stream>,
    trouble: Mutex<Trouble>,
    backup: Mutex<Option<Image>>,
}

/// An error of a disk that goes on working.
#[derive(Clone, Copy, Debug)]
pub enum Erring {
    /// No room, from a write on.
    Full,
    /// An operation fails.
    Once,
    /// A sync fails, and what it was to save is there all the same, or is saved by no later sync.
    Sync {
        /// Whether it is there.
        done: bool,
    },
}

impl Erring {
    /// As it is counted.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Full => Kind::DiskFull,
            Self::Once => Kind::DiskError,
            Self::Sync { .. } => Kind::DiskLies,
        }
    }
}

#[derive(Default)]
struct Trouble {
    /// What waits, or has come and stays.
    planned: Option<Erring>,
    /// What the disk had met before it.
    before: u64,
    /// It has met some in its life: an app may speak of it.
    met: bool,
}

impl Keeper {
    /// An empty disk; `cuts` decides what is left of it when the power goes. `None` if there is one of that
    /// name.
    #[must_use]
    pub fn new(name: &str, cuts: Stream) -> Option<Self> {
        let aside =
            Aside { disk: CrashFs::register(&format!("{name}-aside"))?, file: None, same_at: None, made: false };
        let lock = std::env::temp_dir().join(format!("billpay-{}-{name}.lock", std::process::id()));
        Some(Self {
            disk: CrashFs::register(name)?,
            lock,
            aside: Mutex::new(aside),
            journal: Mutex::default(),
            cuts: Mutex::new(cuts),
            trouble: Mutex::default(),
            backup: Mutex::default(),
        })
    }

    /// Where the phone's file is.
    #[must_use]
    pub fn location(&self) -> Location {
        let (path, vfs) = (PROFILE.into(), Some(self.disk.name().to_owned()));
        Location { path, vfs, lock: Some(self.lock.clone()) }
    }

    /// The power goes in the middle of the operation of that number, counted from now.
    pub fn goes_dark_at(&self, operation: u64) {
        self.disk.trip(Trip::any(operation, Fault::Power));
    }

    /// An error comes at the operation of that number (of those that it can come at), counted from now.
    pub fn errs_at(&self, erring: Erring, operation: u64) {
        let trip = match erring {
            Erring::Full => Trip::of(Op::Write, operation, Fault::Full).lasting(),
            Erring::Once => Trip::any(operation, Fault::Io),
            Erring::Sync { done: true } => Trip::of(Op::Sync, operation, Fault::SyncedAllTheSame),
            Erring::Sync { done: false } => Trip::of(Op::Sync, operation, Fault::SyncForgotten),
        };
        let mut trouble = self.trouble();
        trouble.planned = Some(erring);
        trouble.before = self.disk.struck();
        self.disk.trip(trip);
    }

    /// Whether the disk has ever answered an error and gone on.
    #[must_use]
    pub fn has_erred(&self) -> bool {
        let mut trouble = self.trouble();
        trouble.met |= self.has_come(&trouble);
        trouble.met
    }

    /// Whether it has erred, or is about to.
    #[must_use]
    pub fn is_unsound(&self) -> bool {
        let trouble = self.trouble();
        trouble.met || trouble.planned.is_some()
    }

    /// Somebody sees to the disk: the error that has come since it was planned is over.
    pub fn is_seen_to(&self) -> Option<Erring> {
        let mut trouble = self.trouble();
        let came = self.has_come(&trouble);
        trouble.met |= came;
        let over = trouble.planned.take_if(|_| came);
        if over.is_some() {
            self.disk.mend();
        }
        over
    }

    fn has_come(&self, trouble: &Trouble) -> bool {
        // The power's going is no answer.
        let answered = self.disk.struck() - u64::from(self.is_dark());
        trouble.planned.is_some() && answered > trouble.before
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the power has gone.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.disk.is_dead()
    }

    /// The app is gone. If the power had gone with it, it is back, and what was not synced is there or not.
    pub fn starts_again(&self) {
        if self.is_dark() {
            let drawn = self.cuts.lock().unwrap_or_else(PoisonError::into_inner).next();
            let survival = match drawn % 4 {
                0 => Survival::Nothing,
                1 => Survival::Everything,
                _ => Survival::Torn(drawn),
            };
            self.disk.power_cut(survival);
        } else {
            self.disk.kill();
            self.disk.heal();
        }
        self.trouble().planned = None;
        self.changed();
    }

    /// What the device holds has changed without an operation.
    fn changed(&self) {
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        (aside.same_at, aside.made) = (None, false);
        drop(aside);
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Somebody saves the file, if there is an order in it and none was saved yet. The app is not running.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn back_up(&self) -> rusqlite::Result<()> {
        if !self.journal()?.is_empty() {
            let mut backup = self.backup.lock().unwrap_or_else(PoisonError::into_inner);
            backup.get_or_insert_with(|| self.disk.image(Survival::Everything));
        }
        Ok(())
    }

    /// Every file of the disk, byte for byte, with what was written and not yet synced.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let image = self.disk.image(Survival::Everything);
        image.names().filter_map(|name| Some((name.to_owned(), image.bytes(name)?))).collect()
    }

    /// Puts the file back to what was saved; says whether anything was. The app is not running.
    pub fn put_back(&self) -> bool {
        let backup = self.backup.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(image) = &backup {
            self.disk.restore(image);
            self.changed();
        }
        backup.is_some()
    }

    /// Nothing happens to it from here on.
    pub fn spare(&self) {
        self.trouble().planned = None;
        self.disk.heal();
    }

    /// Looks at what the device holds at this moment, whatever is in memory; changes nothing. Nothing, where
    /// there is no journal: an app may die before it has made its file.
    fn look<T: Default>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        let Aside { disk, file, same_at, made } = &mut *aside;
        let now = Some(self.disk.operations());
        if *same_at != now {
            disk.follow(&self.disk, Survival::Nothing);
            *same_at = now;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = match file.take() {
            Some(open) => open,
            None => Connection::open_with_flags_and_vfs(PROFILE, flags, disk.name())?,
        };
        let open = file.insert(open);
        *made = *made || is_made(open)?;
        if *made { look(open) } else { Ok(T::default()) }
    }

    /// The state of the journal's row of a payment, as it is committed at this moment.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn journalled(&self, payment: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT state FROM payment WHERE id = ?1";
        self.look(|file| file.prepare_cached(sql)?.query_row([payment], |row| row.get(0)).optional())
    }

    /// The same in a file that has rotted: by the rows, by the index, or `in_doubt` where neither can be read.
    #[must_use]
    pub fn journalled_in_a_rotten_file(&self, payment: &str) -> Option<String> {
        let by = |table: &str| {
            let sql = format!("SELECT state FROM payment {table} WHERE id = ?1");
            self.look(|file| file.prepare_cached(&sql)?.query_row([payment], |row| row.get(0)).optional())
        };
        match (by("NOT INDEXED"), by("")) {
            (Ok(Some(state)), _) | (_, Ok(Some(state))) => Some(state),
            // Looked at row by row, whatever the index says.
            (Ok(None), _) => None,
            (Err(_), _) => Some("in_doubt".to_owned()),
        }
    }

    /// A bit of the file turns over, somewhere; where, if there is a file. The app is not running.
    pub fn rots(&self, place: u64, bit: u64) -> Option<usize> {
        let size = self.disk.size(PROFILE).filter(|size| *size > 0)?;
        let at = usize::try_from(place).ok()? % size;
        let rotten = self.disk.flip(PROFILE, at, 1 << (bit % 8));
        self.changed();
        rotten.then_some(at)
    }

    /// Ends that the file holds only half of: state, document and the shell's event are one commit, so
    /// whenever the app dies it is all of them or none. `heard` says what the shell has acknowledged.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn half_done(&self, heard: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
        self.look(|file| half_done(file, heard))
    }

    /// Every row of the journal, by id.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn journal(&self) -> rusqlite::Result<Journal> {
        let mut known = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.disk.operations();
        if let Some((_, journal)) = known.as_ref().filter(|(at, _)| *at == now) {
            return Ok(journal.clone());
        }
        let journal: Journal = self.look(|file| {
            let mut look = file.prepare_cached("SELECT id, state FROM payment ORDER BY id")?;
            let rows = look.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        *known = Some((now, journal.clone()));
        Ok(journal)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // A phone whose app never ran has none.
        let _ = std::fs::remove_file(&self.lock);
    }
}

/// Whether there is a journal.
fn is_made(file: &Connection) -> rusqlite::Result<bool> {
    let made = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'payment')";
    file.prepare_cached(made)?.query_row([], |row| row.get(0))
}

fn half_done(file: &Connection, heard: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
    let mut look = file.prepare_cached(
        "SELECT id, state,
            state = 'cancelled' OR EXISTS (SELECT 1 FROM outcome WHERE payment = payment.id AND kind =
                CASE state WHEN 'settled' THEN 'receipt' WHEN 'refused' THEN 'refusal' ELSE 'reversal' END),
            EXISTS (SELECT 1 FROM event WHERE subject = payment.id)
         FROM payment WHERE state IN ('settled', 'refused', 'reversed', 'cancelled') ORDER BY id",
    )?;
    let mut rows = look.query([])?;
    let mut half = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, state): (String, String) = (row.get(0)?, row.get(1)?);
        if !row.get::<_, bool>(2)? {
            half.push(format!("after a crash {id} is {state} and its document is not there"));
        }
        if !row.get::<_, bool>(3)? && !heard(&id) {
            half.push(format!("after a crash {id} is {state} and the shell will not hear of it"));
        }
    }
    Ok(half)
}
