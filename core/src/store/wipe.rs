//! Wiping a profile: its files are gone, and whose keys have to go with them is remembered until they have.
//!
//! What makes the data unreadable is that its key is gone from the system's key store: on flash memory nobody
//! can promise that a byte was overwritten. A small file holds the ids of the profiles whose keys are to be
//! deleted (random, and nothing else). It is `NAME.wiping` from before anything is removed until all files are
//! gone, and [`Store::open`] goes on from there, before it makes a new profile; then it is `NAME.wiped`, until
//! the keys are gone, too, which may have to wait for a key store that is locked.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::PathBuf,
};

use rusqlite::{Connection, OpenFlags};

use super::{Location, OpenError, Store, door::Door};

/// While the files are being removed.
const WIPING: &str = ".wiping";
/// While the keys are.
const WIPED: &str = ".wiped";

/// What is behind the names of files that belong to a profile, the file itself last.
const ENDINGS: [&str; 4] = ["-wal", "-shm", "-journal", ""];

/// A wipe that has begun. Nobody else gets at the profile meanwhile.
pub struct Wipe {
    location: Location,
    ids: Vec<String>,
    _door: Door,
}

impl Store {
    /// Closes the profile and notes that it is to be wiped, with all that was put aside beside it. Nothing is
    /// removed yet.
    ///
    /// # Errors
    /// [`OpenError`]: another process has it by now, or the note cannot be made.
    pub fn begin_wipe(&self) -> Result<Wipe, OpenError> {
        let location = self.location().clone();
        if location.vfs.is_some() {
            return Err(OpenError::Io(ErrorKind::Unsupported));
        }
        self.suspend();
        let door = Door::enter(&location)?;
        let mut ids = Self::wiped(&location)?;
        let asides = files(&location)?.into_iter().filter(|file| *file != location.path);
        for id in std::iter::once(self.profile().to_owned()).chain(asides.filter_map(|file| profile_of(&file))) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut note = options.open(location.beside(WIPING))?;
        note.write_all((ids.join("\n") + "\n").as_bytes())?;
        note.sync_all()?;
        sync(&location)?;
        Ok(Wipe { location, ids, _door: door })
    }

    /// The profiles whose files were wiped by an open that came after a kill, and whose keys may still be there.
    ///
    /// # Errors
    /// The note cannot be read.
    pub fn wiped(location: &Location) -> Result<Vec<String>, OpenError> {
        if location.vfs.is_some() {
            return Ok(Vec::new());
        }
        match std::fs::read_to_string(location.beside(WIPED)) {
            Ok(ids) => Ok(ids.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of [`Store::wiped`] are gone.
    ///
    /// # Errors
    /// The note is still there.
    pub fn forget_wiped(location: &Location) -> Result<(), OpenError> {
        remove(location.beside(WIPED))?;
        sync(location)
    }
}

impl Wipe {
    /// The profiles whose keys have to go: this one, and those put aside.
    #[must_use]
    pub fn profiles(&self) -> &[String] {
        &self.ids
    }

    /// Nothing is wiped after all: the keys could not be deleted.
    ///
    /// # Errors
    /// The note is still there, and the next open wipes.
    pub fn cancel(self) -> Result<(), OpenError> {
        remove(self.location.beside(WIPING))?;
        sync(&self.location)
    }

    /// The keys are gone: removes every file, and the note last.
    ///
    /// # Errors
    /// [`OpenError`]: what is left is removed by the next open.
    pub fn finish(self) -> Result<(), OpenError> {
        self.steps().collect()
    }

    /// The same step by step, each done when it is asked for: a kill may come after any.
    fn steps(&self) -> impl Iterator<Item = Result<(), OpenError>> {
        let files = files(&self.location);
        let (files, failed) = match files {
            Ok(files) => (files, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        let rest = move |step: usize| match step {
            // Who looked into it meanwhile may have left an empty log.
            0 => remove_all(&self.location),
            1 => remove(self.location.beside(WIPED)),
            2 => remove(self.location.beside(WIPING)),
            _ => sync(&self.location),
        };
        failed.into_iter().chain(files.into_iter().map(remove)).chain((0..4).map(rest))
    }
}

/// What an open does before anything else, with the profile's door held: ends a wipe that was killed.
pub(super) fn go_on(location: &Location) -> Result<(), OpenError> {
    if location.vfs.is_none() && location.beside(WIPING).try_exists()? {
        remove_all(location)?;
        // Behind its new name it is no reason any more to remove anything.
        std::fs::rename(location.beside(WIPING), location.beside(WIPED))?;
        sync(location)?;
    }
    Ok(())
}

fn remove_all(location: &Location) -> Result<(), OpenError> {
    for file in files(location)? {
        remove(file)?;
    }
    sync(location)
}

/// Every file of the profile and of those that were put aside, each file behind its log.
fn files(location: &Location) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    let asides = (1..=super::aside::MOST).map(|number| format!(".aside-{number}"));
    for aside in [String::new(), super::mend::MENDING.to_owned()].into_iter().chain(asides) {
        for ending in ENDINGS {
            let file = location.beside(&format!("{aside}{ending}"));
            if file.try_exists()? {
                found.push(file);
            }
        }
    }
    Ok(found)
}

/// The id in a file that is a profile. One that cannot be read names nobody: its key, if there is one, opens
/// nothing any more once the file is gone.
fn profile_of(file: &PathBuf) -> Option<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(file, flags).ok()?;
    file.query_row("SELECT profile FROM profile WHERE id = 1", [], |row| row.get(0)).ok()
}

fn remove(file: PathBuf) -> Result<(), OpenError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What was removed stays removed when the power goes.
fn sync(location: &Location) -> Result<(), OpenError> {
    if cfg!(unix) {
        let folder = location.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| std::path::Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;
    use crate::system::SystemRng;

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// A profile with its log, and two that were put aside: one whole, one no database any more.
    fn profile(folder: &Path) -> (Store, Location) {
        let location = Location::file(folder.join("p.db"));
        drop(Store::open(&location, &SystemRng::new()).unwrap());
        Store::set_aside(&location).unwrap();
        std::fs::write(&location.path, "no database any more".repeat(500)).unwrap();
        std::fs::write(location.beside("-wal"), "nor its log").unwrap();
        Store::set_aside(&location).unwrap();
        let store = Store::open(&location, &SystemRng::new()).unwrap();
        assert_eq!(names(folder).len(), 8, "{:?}", names(folder));
        (store, location)
    }

    #[test]
    fn row_75_a_wipe_that_is_killed_after_any_step_is_ended_by_the_next_open() {
        for killed_after in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let (store, location) = profile(folder.path());
            let old = store.profile().to_owned();
            let wipe = store.begin_wipe().unwrap();
            assert_eq!(wipe.profiles().len(), 2, "of the damaged one nobody can tell");
            let done = wipe.steps().take(killed_after).filter(|step| step.is_ok()).count();
            let ended = !location.beside(WIPING).exists();
            drop(wipe);
            drop(store);
            let fresh = Store::open(&location, &SystemRng::new()).unwrap();
            assert_ne!(fresh.profile(), old, "killed after {done}");
            let kept = Store::wiped(&location).unwrap();
            assert!(ended || kept.contains(&old), "killed after {done}: whose key is to go is forgotten");
            Store::forget_wiped(&location).unwrap();
            assert_eq!(Store::wiped(&location), Ok(Vec::new()));
            fresh.suspend();
            assert_eq!(names(folder.path()), ["p.db", "p.db.lock"].map(str::to_owned).into(), "killed after {done}");
            if ended {
                assert!(killed_after > 6);
                break;
            }
        }
    }

    #[test]
    fn row_75_a_second_open_never_takes_a_new_profile_for_the_one_that_was_wiped() {
        let folder = tempfile::tempdir().unwrap();
        let (store, location) = profile(folder.path());
        drop(store.begin_wipe().unwrap());
        let fresh = Store::open(&location, &SystemRng::new()).unwrap().profile().to_owned();
        // The keys are still to be deleted, and the new profile stays what it is.
        assert_eq!(Store::wiped(&location).unwrap().len(), 2);
        assert_eq!(Store::open(&location, &SystemRng::new()).unwrap().profile(), fresh);
    }
}
