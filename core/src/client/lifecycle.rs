//! Going to sleep and waking up: a frozen app holds no lock, and a woken one takes up its doubts.

use std::sync::atomic::Ordering;

use super::Client;
use crate::{
    blocking::blocking,
    error::{Fault, OpenError},
};

impl Client {
    /// Closes every connection to the file, so that no lock is held when the system freezes the
    /// app. A payment under way goes on at the bank; its answer, if it comes now, is asked for again
    /// after [`Client::resume`].
    ///
    /// # Errors
    /// [`Fault::ShuttingDown`].
    pub async fn suspend(&self) -> Result<(), Fault> {
        let turn = self.0.lifecycle.clone().lock_owned().await;
        self.0.caller.set_asleep(true);
        self.0.poke.notify_one();
        let store = self.0.store.clone();
        let close = move || {
            store.suspend();
            drop(turn);
        };
        Ok(blocking(&*self.0.platform.executor, close).await?)
    }

    /// Opens the file again and takes up what is in doubt.
    ///
    /// # Errors
    /// [`OpenError`], as at open: another process may have taken the profile meanwhile.
    pub async fn resume(&self) -> Result<(), OpenError> {
        let turn = self.0.lifecycle.clone().lock_owned().await;
        let this = self.0.clone();
        let open = move || {
            let opened = this.store.resume();
            if opened.is_ok() {
                // Another process may have had the file, and a newer trust document: the next one who needs
                // keys looks at what is stored, or what that process verified would be unverifiable here.
                this.unlocked.store(false, Ordering::Release);
                this.caller.set_asleep(false);
                // Here and not after the wait: whoever waits may go away, the doubts do not.
                this.recover_now();
            }
            drop(turn);
            opened
        };
        let resumed = blocking(&*self.0.platform.executor, open).await;
        Ok(resumed.map_err(|_| OpenError::ShuttingDown)??)
    }
}
