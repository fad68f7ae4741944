//! When a code may be sent, and what a typed code is worth. Pure: the handlers bring the moment and
//! what the ledger knows, and do what is said here.

use crate::{ledger::activations::Session, plant};

/// How long a code lives (NIST SP 800-63B allows 10 minutes; Android listens for 5).
pub const CODE_TTL_MS: i64 = 300_000;
/// How long a number waits for its next code.
pub const RESEND_AFTER_MS: i64 = 60_000;
/// How many wrong codes a session takes.
pub const ATTEMPTS: i64 = 5;
/// How long a session with too many is locked; its number too.
pub const LOCK_MS: i64 = 30 * 60_000;
/// How many messages a number gets on a day of the bank.
pub const MESSAGES_A_DAY: i64 = 10;

/// What the ledger knows of a number when a code is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When the number may next be sent one.
    pub resend_at: Option<i64>,
    /// How many it was sent today.
    pub sent_today: i64,
    /// Until when it is locked by wrong codes.
    pub locked_until: Option<i64>,
}

/// Whether a code may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Send it.
    Send,
    /// One was just sent.
    TooSoon {
        /// When to ask again.
        retry_at: i64,
    },
    /// No more today.
    DailyCap,
    /// The number is locked.
    Locked {
        /// When to ask again.
        retry_at: i64,
    },
}

/// Whether a code may be sent at `now`.
#[must_use]
pub fn sending(asked: Asked, now: i64) -> Sending {
    if let Some(retry_at) = asked.locked_until.filter(|until| now < *until) {
        return Sending::Locked { retry_at };
    }
    if let Some(retry_at) = asked.resend_at.filter(|at| now < *at) {
        return Sending::TooSoon { retry_at };
    }
    if asked.sent_today >= MESSAGES_A_DAY {
        return Sending::DailyCap;
    }
    Sending::Send
}

/// What a typed code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The one that counts.
    Right,
    /// Not it.
    Wrong,
    /// One that a newer one has replaced.
    Superseded,
    /// The session has no more tries.
    Locked,
    /// Too late.
    Expired,
    /// The session has been used.
    Used,
}

/// What a code is whose hash is at `place` among the session's (0: the newest; `None`: none of
/// them), at `now`. A locked session refuses the right code too.
#[must_use]
pub fn typed(session: &Session, place: Option<usize>, now: i64) -> Typed {
    if session.device.is_some() {
        return Typed::Used;
    }
    if session.locked_until.is_some_and(|until| now < until) || session.attempts_left <= 0 {
        return Typed::Locked;
    }
    if now > session.expires_at {
        return Typed::Expired;
    }
    match place {
        Some(0) => Typed::Right,
        Some(_) if plant::is("old-code-accepted") => Typed::Right,
        Some(_) => Typed::Superseded,
        None => Typed::Wrong,
    }
}

/// The state of a session as the wire names it.
#[must_use]
pub fn state(session: &Session, now: i64) -> &'static str {
    if session.device.is_some() {
        "used"
    } else if session.attempts_left <= 0 {
        "locked"
    } else if now > session.expires_at {
        "expired"
    } else {
        "waiting"
    }
}
