//! A look into a profile without taking it: it may be open here, in another process, or nowhere.

use std::sync::atomic::AtomicBool;

use super::{Location, OpenError, Store, StoreError, Tx, connect, migrate};

impl Store {
    /// Runs `work`, which reads clear columns alone, on one snapshot of a profile's file; without a profile there it
    /// gives nothing, and makes none. Takes no lock but SQLite's own for as long as that takes, and brings no log into the
    /// file; one that was closed has an empty log beside it afterwards.
    ///
    /// # Errors
    /// Those of `work`, and those of the file; [`OpenError`] as [`StoreError::Reopen`].
    pub fn glance<T, E: From<StoreError>>(
        location: &Location,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if location.vfs.is_none() && !location.path.try_exists().map_err(OpenError::from).map_err(StoreError::Reopen)? {
            return Ok(None);
        }
        let connection = connect::connect_stranger(location).map_err(StoreError::Reopen)?;
        connection.execute_batch("BEGIN").map_err(StoreError::from)?;
        if migrate::known(&connection).map_err(StoreError::Reopen)? == 0 {
            return Ok(None);
        }
        let nothing_left_out = AtomicBool::new(false);
        let tx = Tx {
            connection: &connection,
            keys: None,
            profile: "",
            writes: false,
            without_catalogue: &nothing_left_out,
        };
        work(&tx).map(Some)
    }
}
