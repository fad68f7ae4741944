//! What the shell hears: pulled, and repeated until it is acknowledged.

use std::sync::Arc;

use super::{Client, Inner};
use crate::{error::Fault, events::Event, moment};

impl Client {
    /// The oldest event that was not acknowledged; the same one until it is.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn next_event(&self) -> Result<Option<Event>, Fault> {
        let inner: &Arc<Inner> = &self.0;
        let event = inner.read(|tx| Ok::<_, Fault>(Event::next(tx)?)).await?;
        if event.is_some() {
            moment::reached("event-read");
        }
        Ok(event)
    }

    /// All that were not acknowledged, the oldest first, up to a hundred: to be shown, not to be dealt with.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn waiting_events(&self) -> Result<Vec<Event>, Fault> {
        self.0.read(|tx| Ok::<_, Fault>(Event::waiting(tx)?)).await
    }

    /// The shell has done what the event asks for. Says whether it was waiting: `false` where it was
    /// acknowledged before, or never was.
    ///
    /// # Errors
    /// [`Fault`] of the store; the event then comes again.
    pub async fn acknowledge_event(&self, id: &str) -> Result<bool, Fault> {
        let id = id.to_owned();
        self.0.write(move |tx| Ok::<_, Fault>(Event::acknowledge(tx, &id)?)).await
    }
}
