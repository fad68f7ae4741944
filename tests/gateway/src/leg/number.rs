//! The number of a charge: 32 bytes that the gateway derives from the order's digest (rule 3), so
//! that the same order always reaches the biller under the same number.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// What the biller knows a charge by. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChargeNumber([u8; 32]);

/// Not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a charge number")]
pub struct NotANumber;

impl ChargeNumber {
    /// The number with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChargeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChargeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ChargeNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotANumber);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotANumber)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotANumber)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_survives_being_written_and_read() {
        let mut bytes = [0xab; 32];
        bytes[0] = 0x01;
        let number = ChargeNumber::new(bytes);
        assert_eq!(number.to_string().parse(), Ok(number));
    }

    #[test]
    fn anything_but_64_lower_case_hex_digits_is_not_a_number() {
        for bad in ["", "ab", &"AB".repeat(32), &"g".repeat(64), &"a".repeat(63), &"é".repeat(32), &"+1".repeat(32)] {
            assert_eq!(bad.parse::<ChargeNumber>(), Err(NotANumber), "{bad}");
        }
    }
}
