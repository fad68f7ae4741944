//! The list of all requests of late, bounded, in memory: for whoever watches the sandbox.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use super::{http::Request, methods::hosted};

/// How many are kept.
const KEPT: usize = 4096;

/// A request that was answered. No body, no header: nothing personal but what stands in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// By the bank's clock, in milliseconds since 1970.
    pub at: i64,
    /// The method.
    pub method: String,
    /// As the client signed it.
    pub url: String,
    /// The answer's status.
    pub status: u16,
}

/// The list.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<VecDeque<Seen>>);

impl RequestLog {
    /// Adds one, and forgets the oldest when there are too many.
    pub(crate) fn note(&self, at: i64, request: &Request, status: u16) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == KEPT {
            log.pop_front();
        }
        // What such a path ends in opens a page on which a card can be entered.
        let url = match request.url.split_once(hosted::PATH) {
            Some((before, _)) => format!("{before}{}", hosted::PATH),
            None => request.url.clone(),
        };
        log.push_back(Seen { at, method: request.method.clone(), url, status });
    }

    /// Oldest first.
    pub(crate) fn list(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
