//! One request and its answer, without a network around them.

use crate::redact::debug_shows;

/// A request as it arrived.
#[derive(Clone, Default)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// Absolute, exactly as the client signed it.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most a little more than what is allowed; empty where there is none.
    pub body: Vec<u8>,
}

debug_shows!(Request: method, url);

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

debug_shows!(Response: status);

impl Request {
    /// The value of a header; `None` if it is missing or there twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(have, _)| have == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }
}

impl Response {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}
