//! A place in a list that is newest first: where one page ended and the next one begins. What arrives meanwhile
//! moves nothing: no row comes twice and none is left out (row 52).

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The last row of a page, by its time and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Milliseconds since 1970: the time that the list is ordered by.
    pub at_ms: i64,
    /// Of the row.
    pub id: String,
}

/// Not a place that a page has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a place in a list")]
pub struct NotAPlace;

/// The longest id of a row, in bytes.
const LONGEST: usize = 64;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at_ms, self.id)
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (at_ms, id) = text.split_once('.').ok_or(NotAPlace)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.is_empty() || id.len() > LONGEST || !id.bytes().all(plain) {
            return Err(NotAPlace);
        }
        Ok(Self { at_ms: at_ms.parse().map_err(|_| NotAPlace)?, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_52_a_place_is_written_and_read_and_nothing_else_is_one() {
        let place = Place { at_ms: -7, id: "a-_9".into() };
        assert_eq!(place.to_string().parse(), Ok(place));
        let long = format!("1.{}", "a".repeat(65));
        for text in ["", ".", "1", "1.", "x.a", "1.a b", "1.a.b", "99999999999999999999.a", "1.'--", long.as_str()] {
            assert_eq!(text.parse::<Place>(), Err(NotAPlace), "{text}");
        }
    }
}
