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

    /// The shell has done what the event asks for.
    ///
    /// # Errors
    /// [`Fault`] of the store; the event then comes again.
    pub async fn acknowledge_event(&self, id: &str) -> Result<(), Fault> {
        let id = id.to_owned();
        self.0.write(move |tx| Ok::<_, Fault>(Event::acknowledge(tx, &id)?)).await
    }
}
