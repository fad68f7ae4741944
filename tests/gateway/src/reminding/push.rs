//! The push service of the sandbox: it records what a real one would carry through other people's hands.

use std::sync::{Mutex, PoisonError};

/// How many are kept.
const KEPT: usize = 10_000;

/// A push on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// To every device of this customer.
    pub customer: String,
    /// When it was sent, by the bank's clock.
    pub at: i64,
    /// The reminder's name, under which one takes the place of another.
    pub id: String,
    /// As it is shown.
    pub title: String,
    /// As it is shown; never a customer number in full, nor a link.
    pub body: String,
}

// What it says is for the person's eyes.
impl std::fmt::Debug for Push {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Push").field("at", &self.at).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The push service: it outlives the gateway, and may be looked into here.
#[derive(Debug, Default)]
pub struct PushOutbox(Mutex<Vec<Push>>);

impl PushOutbox {
    /// Sends a push.
    pub fn send(&self, push: Push) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= KEPT {
            sent.drain(..KEPT / 2);
        }
        sent.push(push);
    }

    /// All pushes, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Push> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
