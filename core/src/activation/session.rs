//! An activation under way. The session itself lives at the bank, with its counters; this is what
//! the phone must remember to go on after being killed (features row 3).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::KeyPair;
use crate::{
    gateway::wire::ActivationSession,
    model::Phone,
    store::{StoreError, Tx},
};

/// What the phone remembers of an activation, sealed at rest.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// Made here, so that a lost answer sends no second message; a UUIDv7.
    pub id: String,
    /// The one in whose place this was begun, for another number, until the bank has begun it too: where the
    /// bank refuses, that one goes on. Both have the same keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Box<Session>>,
    /// Where the code goes: a resend never needs it again.
    pub phone: Phone,
    /// Its keys, made with it and for it alone: a bank takes a key for one device, once.
    pub keys: KeyPair,
    /// Thumbprint of its device key.
    pub device_key: String,
    /// Thumbprint of its order key.
    pub order_key: String,
    /// The code that was presented and to which no answer has come: it may have made this device the
    /// customer's, and is asked about before anything else.
    pub presented: Option<String>,
    /// Counts resends: each has an idempotency key of its own, stored before it is used.
    pub resends: u32,
    /// What the bank last said; `None` while no answer has come yet.
    pub told: Option<Told>,
}

/// What the bank last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Of the number that the code went to.
    pub phone_masked: String,
    /// Where it stands.
    pub stage: Stage,
    /// Tries left.
    pub attempts_left: u32,
    /// When a new code can be sent.
    pub resend_at: Timestamp,
    /// When the code becomes void.
    pub expires_at: Timestamp,
    /// When to start again, after too many wrong codes.
    pub retry_at: Option<Timestamp>,
}

/// Where an activation stands at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// A code is out.
    Waiting,
    /// Too many wrong codes.
    Locked,
    /// The code is void; a resend helps.
    Expired,
    /// The right code was presented.
    Used,
    /// A value of a later version.
    Other,
}

impl From<ActivationSession> for Told {
    fn from(session: ActivationSession) -> Self {
        let stage = match session.state.as_str() {
            "waiting" => Stage::Waiting,
            "locked" => Stage::Locked,
            "expired" => Stage::Expired,
            "used" => Stage::Used,
            _ => Stage::Other,
        };
        Self {
            phone_masked: session.phone_masked,
            stage,
            attempts_left: session.attempts_left,
            resend_at: session.resend_at,
            expires_at: session.expires_at,
            retry_at: session.retry_at,
        }
    }
}

const NAME: &str = "activation";

impl Session {
    /// The activation under way, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(tx: &Tx<'_>) -> Result<Option<Self>, StoreError> {
        tx.setting(NAME)
    }

    /// Stores it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting(NAME, self)
    }

    /// Whether the bank has said that no code leads on from here.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.told.as_ref().is_some_and(|told| match told.stage {
            Stage::Locked | Stage::Used => true,
            Stage::Waiting | Stage::Expired | Stage::Other => false,
        })
    }

    /// The one that goes on if nothing comes of this one.
    #[must_use]
    pub fn predecessor(&self) -> Option<Self> {
        // The bank knows this one: there is nothing to go back to.
        if self.told.is_some() { None } else { self.instead_of.as_deref().cloned() }
    }

    /// Forgets it; one in whose place it was begun goes on.
    ///
    /// # Errors
    /// Those of the store.
    pub fn leave(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        match self.predecessor() {
            Some(before) => before.save(tx),
            None => Self::clear(tx),
        }
    }

    /// Forgets it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn clear(tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.clear_setting(NAME).map(drop)
    }
}
