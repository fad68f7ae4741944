//! The store itself: who holds which connection, and how transactions begin and end.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::Connection;

use super::{
    Location, OpenError, StoreError, Tx,
    connect::{self, Connected},
    door::Door,
    mend, migrate,
    seal::Keys,
};
use crate::{plant, platform::Rng};

/// An open profile. Clones are the same store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    location: Location,
    profile: String,
    /// Another set of keys takes their place only while both connections are held: no transaction meets
    /// rows of two sets.
    keys: Mutex<Option<Arc<Keys>>>,
    // Lock order: the writer before the reader, both before the keys. Let go of in this order: the writer brings the log
    // into the file only where it is the last.
    reader: Mutex<Option<Connection>>,
    writer: Mutex<Writer>,
    /// The writer's connection was asked for, to write: since then reads have one of their own.
    wrote: AtomicBool,
    /// See [`Tx::without_catalogue`].
    without_catalogue: AtomicBool,
}

/// `door` is `None` while suspended; `connection` is `None` also after a `COMMIT` that failed,
/// until the next use opens it again.
struct Writer {
    connection: Option<Connection>,
    wal: bool,
    /// A `COMMIT` failed and what the disk holds was not made sure of since.
    unsettled: Option<Failed>,
    door: Option<Door>,
}

/// How a `COMMIT` failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// There was no room for it. Nothing of it can be on the disk by a sync that failed.
    NoRoom,
    /// By anything else.
    Unknown,
}

/// Work that is done once, and what it gave. The store itself runs it without knowing either: one function for all
/// transactions, in a library that a phone downloads.
struct Once<W, T, E> {
    work: Option<W>,
    done: Option<Result<T, E>>,
}

impl<T, E: From<StoreError>, W: FnOnce(&Tx<'_>) -> Result<T, E>> Once<W, T, E> {
    fn of(work: W) -> Self {
        Self { work: Some(work), done: None }
    }

    /// Says whether it succeeded.
    fn run(&mut self, tx: &Tx<'_>) -> bool {
        let done = self.work.take().map(|work| work(tx));
        let good = matches!(done, Some(Ok(_)));
        self.done = done;
        good
    }

    fn done(self) -> Result<T, E> {
        self.done.unwrap_or_else(|| Err(StoreError::Other("a transaction without work").into()))
    }
}

impl Store {
    /// Opens a profile, or makes one. Needs no keys.
    ///
    /// # Errors
    /// [`OpenError`]; the file is then as it was.
    pub fn open(location: &Location, rng: &dyn Rng) -> Result<Self, OpenError> {
        let door = Door::make(location)?;
        let Connected { connection, wal, schema } = connect::connect(location, true)?;
        let profile = migrate::migrate(&connection, schema, Some(rng))?;
        Ok(Self(Arc::new(Inner {
            location: location.clone(),
            profile,
            keys: Mutex::default(),
            writer: Mutex::new(Writer { connection: Some(connection), wal, unsettled: None, door: Some(door) }),
            reader: Mutex::new(None),
            wrote: AtomicBool::new(false),
            without_catalogue: AtomicBool::new(false),
        })))
    }

    /// The profile's id: random, in clear in the file, the same for its whole life.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.0.profile
    }

    /// Whether [`Store::unlock`] has succeeded.
    #[must_use]
    pub fn is_unlocked(&self) -> bool {
        self.keys().is_some()
    }

    pub(super) fn keys(&self) -> Option<Arc<Keys>> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_keys(&self, keys: Option<Arc<Keys>>) {
        *self.0.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub(super) fn location(&self) -> &Location {
        &self.0.location
    }

    /// Runs `work` in a transaction while nobody reads, and puts other keys in place with its commit. Whatever
    /// fails after `work` leaves the store without keys: which ones are right is then for the canary to say.
    pub(super) fn write_keys(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<Arc<Keys>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let connection = self.writing(&mut writer)?;
        let reader = self.reader();
        begin(connection, "BEGIN IMMEDIATE")?;
        let done = work(&self.tx(connection, true)).and_then(|keys| {
            self.set_keys(None);
            end(connection, "COMMIT").map(|()| keys)
        });
        match done {
            Ok(keys) => self.set_keys(Some(keys)),
            Err(error) => {
                drop(reader);
                let committing = !self.is_unlocked();
                self.close(&mut writer);
                if committing {
                    let full = error == StoreError::Full;
                    writer.unsettled = Some(if full { Failed::NoRoom } else { Failed::Unknown });
                    return Err(StoreError::CommitUnknown { full });
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Puts what `make` has made out of the file in its place, in one transaction. Nobody reads or writes meanwhile.
    ///
    /// # Errors
    /// Those of `make`, and those of the file; it is then as it was, or as `make` has made it.
    pub(super) fn replace(
        &self,
        make: impl FnOnce(&Connection) -> Result<Connection, StoreError>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let fresh = make(self.writing(&mut writer)?)?;
        // Whoever wants to read opens another connection, and waits for the writer's lock to do so.
        *self.reader() = None;
        let old = writer.connection.as_mut().ok_or(StoreError::Suspended)?;
        mend::overwrite(&fresh, old).inspect_err(|error| {
            tracing::warn!(%error, "a file could not be written anew");
            let full = *error == StoreError::Full;
            self.close(&mut writer);
            writer.unsettled = match writer.unsettled {
                None | Some(Failed::NoRoom) if full => Some(Failed::NoRoom),
                _ => Some(Failed::Unknown),
            };
        })
    }

    /// Runs `work` in a transaction that commits if it succeeds and is undone if it fails.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::CommitUnknown`] if it is not known whether the change was
    /// stored: look first, then speak.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut once = Once::of(work);
        self.write_if(&mut |tx| once.run(tx))?;
        once.done()
    }

    /// Runs `work`, and commits if it says so.
    fn write_if(&self, work: &mut dyn FnMut(&Tx<'_>) -> bool) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let connection = self.writing(&mut writer)?;
        begin(connection, "BEGIN IMMEDIATE")?;
        if !work(&self.tx(connection, true)) {
            // Some errors (a full disk) have undone the transaction already.
            if !connection.is_autocommit() && end(connection, "ROLLBACK").is_err() {
                // Nothing of it was committed; a connection in doubt is not used again.
                self.close(&mut writer);
            }
        } else if let Err(error) = end(connection, "COMMIT") {
            tracing::warn!(%error, "a commit answered an error");
            let full = error == StoreError::Full;
            // All connections go: only then does the next one read what the disk really holds,
            // and not what this process believes.
            self.close(&mut writer);
            writer.unsettled = match writer.unsettled {
                None | Some(Failed::NoRoom) if full => Some(Failed::NoRoom),
                _ => Some(Failed::Unknown),
            };
            return Err(StoreError::CommitUnknown { full });
        }
        Ok(())
    }

    /// Runs `work`, which does not take long, on one snapshot; it cannot write. Where the file is in WAL it waits for
    /// no writer but the first: until that one, reads share its connection, since a second one costs a cold start as
    /// much as the first.
    ///
    /// # Errors
    /// Those of `work`, and those of the file.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut once = Once::of(work);
        self.read_shared(&mut |tx| _ = once.run(tx))?;
        once.done()
    }

    fn read_shared(&self, work: &mut dyn FnMut(&Tx<'_>)) -> Result<(), StoreError> {
        if self.0.wrote.load(Ordering::Acquire) {
            return self.read_apart(work);
        }
        let mut writer = self.writer();
        let connection = self.reading(&mut writer)?;
        self.read_on(connection, work)
    }

    /// The same for work that takes long: no writer waits for it where the file is in WAL.
    ///
    /// # Errors
    /// Those of `work`, and those of the file.
    pub fn read_long<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut once = Once::of(work);
        self.read_apart(&mut |tx| _ = once.run(tx))?;
        once.done()
    }

    fn read_apart(&self, work: &mut dyn FnMut(&Tx<'_>)) -> Result<(), StoreError> {
        let mut reader = self.reader();
        if reader.is_none() {
            drop(reader);
            let mut writer = self.writer();
            if !writer.wal {
                let connection = self.reading(&mut writer)?;
                return self.read_on(connection, work);
            }
            // Opened under the writer's lock, so that a suspension cannot come in between.
            self.reading(&mut writer)?;
            reader = self.reader();
            if reader.is_none() {
                let fresh = connect::connect_reader(&self.0.location);
                *reader = Some(fresh.map_err(StoreError::Reopen)?);
            }
            drop(writer);
        }
        match reader.as_ref() {
            Some(connection) => self.read_on(connection, work),
            None => Err(StoreError::Suspended),
        }
    }

    fn read_on(&self, connection: &Connection, work: &mut dyn FnMut(&Tx<'_>)) -> Result<(), StoreError> {
        begin(connection, "BEGIN")?;
        work(&self.tx(connection, false));
        // Nothing to keep; if this fails, the next `begin` tries again.
        let _ = end(connection, "ROLLBACK");
        Ok(())
    }

    /// Closes every connection and lets the profile go, once what runs has ended: a frozen app
    /// must hold no lock. Keys stay in memory.
    pub fn suspend(&self) {
        let mut writer = self.writer();
        self.close(&mut writer);
        writer.door = None;
    }

    /// The same, but only where `look` finds nothing against it. It sees what is stored in the very moment of closing:
    /// nothing is committed in between.
    ///
    /// # Errors
    /// Those of `look`, and those of the file; the store is then as it was.
    pub fn suspend_unless<E: From<StoreError>>(&self, look: impl FnOnce(&Tx<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut writer = self.writer();
        let connection = self.reading(&mut writer)?;
        let mut once = Once::of(look);
        self.read_on(connection, &mut |tx| _ = once.run(tx))?;
        once.done()?;
        self.close(&mut writer);
        writer.door = None;
        Ok(())
    }

    /// Takes the profile again.
    ///
    /// # Errors
    /// [`OpenError`]; the store is then still suspended.
    pub fn resume(&self) -> Result<(), OpenError> {
        let mut writer = self.writer();
        if writer.door.is_some() {
            return Ok(());
        }
        let door = Door::enter(&self.0.location)?;
        let (connection, wal) = self.reconnect()?;
        let unsettled = make_sure(&connection, writer.unsettled, Use::Read)?;
        // Another program may have changed the root key meanwhile: by the one of before nothing would open, and what was
        // written by it nobody else could read.
        let mut of_another = false;
        let look =
            self.keys().map(|keys| self.read_on(&connection, &mut |tx| of_another = tx.is_of_another_root(&keys)));
        if of_another || matches!(look, Some(Err(_))) {
            self.set_keys(None);
        }
        *writer = Writer { connection: Some(connection), wal, unsettled, door: Some(door) };
        Ok(())
    }

    fn writing<'a>(&self, writer: &'a mut Writer) -> Result<&'a Connection, StoreError> {
        self.0.wrote.store(true, Ordering::Release);
        self.opened(writer, Use::Write)
    }

    fn reading<'a>(&self, writer: &'a mut Writer) -> Result<&'a Connection, StoreError> {
        self.opened(writer, Use::Read)
    }

    fn opened<'a>(&self, writer: &'a mut Writer, to: Use) -> Result<&'a Connection, StoreError> {
        if writer.door.is_none() {
            return Err(StoreError::Suspended);
        }
        // Whatever cannot be made sure of is thrown away: the next one reads what the disk really holds.
        let (connection, wal) = match writer.connection.take() {
            Some(connection) => (connection, writer.wal),
            None => self.reconnect().map_err(StoreError::Reopen)?,
        };
        writer.unsettled = make_sure(&connection, writer.unsettled, to).map_err(StoreError::Reopen)?;
        writer.wal = wal;
        Ok(writer.connection.insert(connection))
    }

    fn reconnect(&self) -> Result<(Connection, bool), OpenError> {
        let Location { path, vfs, .. } = &self.0.location;
        if vfs.is_none() && !path.try_exists()? {
            return Err(OpenError::Missing);
        }
        let Connected { connection, wal, schema } = connect::connect(&self.0.location, false)?;
        let profile = migrate::migrate(&connection, schema, None)?;
        if profile != self.0.profile {
            return Err(OpenError::Replaced);
        }
        Ok((connection, wal))
    }

    /// Closes both connections; the last one to close brings the log into the file.
    fn close(&self, writer: &mut Writer) {
        *self.reader() = None;
        writer.connection = None;
        self.0.wrote.store(false, Ordering::Release);
    }

    fn tx<'a>(&'a self, connection: &'a Connection, writes: bool) -> Tx<'a> {
        Tx {
            connection,
            keys: self.keys(),
            profile: &self.0.profile,
            writes,
            without_catalogue: &self.0.without_catalogue,
        }
    }

    // A panic elsewhere leaves at most an open transaction, which `begin` undoes.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Option<Connection>> {
        self.0.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

/// Makes sure of what the disk holds after a `COMMIT` that failed, and says what is left to make sure of.
///
/// Where there was no room for the commit there is often none for this either, and what is there may be
/// read all the same: nothing is written, and so nothing sent, before this has gone through.
fn make_sure(connection: &Connection, unsettled: Option<Failed>, to: Use) -> Result<Option<Failed>, OpenError> {
    let Some(failed) = unsettled else { return Ok(None) };
    if plant::is!("trusts-a-failed-sync") {
        return Ok(None);
    }
    match migrate::settle(connection) {
        Ok(()) => Ok(None),
        Err(OpenError::Full) if (failed, to) == (Failed::NoRoom, Use::Read) => Ok(unsettled),
        Err(error) => Err(error),
    }
}

fn begin(connection: &Connection, how: &'static str) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    end(connection, how)
}

/// Runs one of the statements that take no parameters and give no rows.
fn end(connection: &Connection, how: &'static str) -> Result<(), StoreError> {
    connection.prepare_cached(how)?.execute([])?;
    Ok(())
}
