//! The way back when the profile's root key is lost (design, section 6).

use std::path::PathBuf;

use super::Client;
use crate::{
    blocking::blocking,
    error::OpenError,
    platform::Executor,
    store::{Location, Store},
};

impl Client {
    /// Puts aside a profile whose root key is lost, so that [`Client::open`] makes a new one: then
    /// activate, and receipts, bindings and bills come back from the bank. Gives the path of the old
    /// file, which is kept as it is.
    ///
    /// For the case that [`Client::start_activation`] answers [`crate::error::Fault::KeyLost`], and
    /// only when the person has asked for it: what the old file knows of payments that are still
    /// being checked is then known to the bank alone. No client may have the profile open.
    ///
    /// # Errors
    /// [`OpenError`]; everything is then as it was.
    pub async fn set_aside(profile: &Location, executor: &dyn Executor) -> Result<PathBuf, OpenError> {
        let profile = profile.clone();
        let put = blocking(executor, move || Store::set_aside(&profile)).await;
        Ok(put.map_err(|_| OpenError::ShuttingDown)??)
    }
}
