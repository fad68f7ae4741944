//! The message with the code, and the sandbox's telephone network.
//!
//! One message that both systems can fill in: Android's SMS Retriever (at most 140 bytes, the app's
//! eleven-character hash) and Apple's domain-bound codes (last line `@host #code`). Chinese takes
//! three bytes a character in UTF-8, so the texts are short.

use std::sync::{Mutex, PoisonError};

/// The most bytes that SMS Retriever reads.
pub const MAX_BYTES: usize = 140;

/// What a code is for. The message says it, so that nobody gives it away for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// To activate a device.
    Activation,
    /// To pay one order.
    Payment,
    /// To raise limits.
    Limits,
}

/// The text of a message.
#[must_use]
pub fn text(purpose: For, language: &str, code: &str, host: &str, app_hash: &str) -> String {
    let words = match (language, purpose) {
        ("en", For::Activation) => format!("{code} is your code to activate bill payment, for 5 minutes. Tell no one."),
        ("en", For::Payment) => format!("{code} is your code to pay this bill, for 5 minutes. Tell no one."),
        ("en", For::Limits) => format!("{code} is your code to raise your limits, for 5 minutes. Tell no one."),
        (_, For::Activation) => format!("验证码{code}，5分钟内有效，勿告诉他人。"),
        (_, For::Payment) => format!("缴费验证码{code}，5分钟内有效，勿告诉他人。"),
        (_, For::Limits) => format!("调高限额验证码{code}，5分钟内有效，勿告诉他人。"),
    };
    format!("{words}\n{app_hash}\n@{host} #{code}")
}

/// A message on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The number, E.164.
    pub to: String,
    /// When it was sent, by the bank's clock.
    pub at: i64,
    /// The whole text.
    pub text: String,
}

// It holds a number and a code.
impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The telephone network: it outlives the gateway, and may be looked into here.
#[derive(Debug, Default)]
pub struct SmsOutbox(Mutex<Vec<Sms>>);

/// How many messages are kept.
const KEPT: usize = 10_000;

impl SmsOutbox {
    /// Sends a message.
    pub fn send(&self, sms: Sms) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= KEPT {
            sent.drain(..KEPT / 2);
        }
        sent.push(sms);
    }

    /// All messages, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Sms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest message to a number.
    #[must_use]
    pub fn newest(&self, to: &str) -> Option<Sms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().find(|sms| sms.to == to).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_4_both_languages_fit_and_end_as_both_systems_want() {
        let uses = [For::Activation, For::Payment, For::Limits];
        for (language, purpose) in ["zh", "en"].into_iter().flat_map(|language| uses.map(|purpose| (language, purpose)))
        {
            let text = text(purpose, language, "482916", "gateway.bank.example", "FA+9qCX9VSu");
            assert!(text.len() <= MAX_BYTES, "{} bytes: {text}", text.len());
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.last(), Some(&"@gateway.bank.example #482916"));
            assert!(lines.contains(&"FA+9qCX9VSu"), "Retriever's hash stands alone");
            assert!(lines[0].contains("482916"));
        }
    }
}
