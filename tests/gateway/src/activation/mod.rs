//! Activation: a device becomes a customer's by a code in a message (rows 1 to 4).
//!
//! | file | holds |
//! |---|---|
//! | [`rules`] | when a code may be sent, and what a typed code is: pure |
//! | [`sms`] | the message, which both systems can fill in, and the way to the phones |

pub mod rules;
pub mod sms;

use crate::encoding::{hmac, sha256};

/// Under which a phone number is looked up.
#[must_use]
pub fn phone_key(secret: &[u8; 32], phone: &str) -> [u8; 32] {
    hmac(secret, phone.as_bytes())
}

/// `+86138****0001`: the last four digits, and not more than half of what is before them.
#[must_use]
pub fn phone_masked(phone: &str) -> String {
    let head = phone.len().saturating_sub(8).max(3);
    let (head, tail) = (phone.get(..head).unwrap_or_default(), phone.get(phone.len().saturating_sub(4)..));
    format!("{head}****{}", tail.unwrap_or_default())
}

/// What is kept of a code: it is of no use to who reads the ledger for longer than it lives.
#[must_use]
pub fn code_hash(secret: &[u8; 32], activation: &str, code: &str) -> [u8; 32] {
    hmac(secret, &sha256(format!("{activation}\n{code}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::phone_masked;

    #[test]
    fn a_masked_phone_number_hides_its_middle() {
        assert_eq!(phone_masked("+8613800000001"), "+86138****0001");
        assert_eq!(phone_masked("+12345678"), "+12****5678");
    }
}
