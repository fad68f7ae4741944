//! What the shell must hear at least once. Events are pulled: the same one comes until it is
//! acknowledged, so that none is lost between the library and the screen.

use billpay_core::events::{self, Event as CoreEvent};

use crate::{client::Client, fault::FaultError};

/// Something that happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Event {
    /// Stable: handle it once per id.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// The payment that it is about.
    pub payment: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum EventKind {
    /// A payment has settled; its receipt is stored.
    Settled,
    /// The bank refused it; no money moved.
    Refused,
    /// It was undone; the money is back.
    Reversed,
    /// It was never sent.
    Cancelled,
    /// It settled earlier, and money of it came back.
    Repaid,
}

#[uniffi::export]
impl Client {
    /// The oldest event that was not acknowledged; the same one until it is.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn next_event(&self) -> Result<Option<Event>, FaultError> {
        let event = self.ask(|core| async move { core.next_event().await }).await?;
        Ok(event.map(Into::into))
    }

    /// All that were not acknowledged, the oldest first, up to a hundred: to be shown, not to be dealt
    /// with.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn waiting_events(&self) -> Result<Vec<Event>, FaultError> {
        let events = self.ask(|core| async move { core.waiting_events().await }).await?;
        Ok(events.into_iter().map(Into::into).collect())
    }

    /// The shell has done what the event asks for. Says whether it was waiting.
    ///
    /// # Errors
    /// [`FaultError`]; the event then comes again.
    pub async fn acknowledge_event(&self, id: String) -> Result<bool, FaultError> {
        self.ask(|core| async move { core.acknowledge_event(&id).await }).await
    }
}

impl From<CoreEvent> for Event {
    fn from(event: CoreEvent) -> Self {
        Self {
            kind: match event.kind {
                events::EventKind::Settled => EventKind::Settled,
                events::EventKind::Refused => EventKind::Refused,
                events::EventKind::Reversed => EventKind::Reversed,
                events::EventKind::Cancelled => EventKind::Cancelled,
                events::EventKind::Repaid => EventKind::Repaid,
            },
            payment: event.payment().to_owned(),
            id: event.id,
        }
    }
}
