//! What a handler answers.

use serde::Serialize;

use super::{http::Response, problem::Problem};
use crate::{ledger::LedgerError, moment};

/// An answer without the headers that all answers have.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    problem: bool,
    /// Given again when the same key comes again.
    pub(crate) lasting: bool,
}

/// Why there is no such answer.
#[derive(Debug)]
pub(crate) enum Fault {
    Problem(Box<Problem>),
    Ledger(LedgerError),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Reply {
    /// 200 with a body.
    pub(crate) fn ok<T: Serialize>(body: &T) -> Result<Self, Fault> {
        Ok(Self::stored(body)?)
    }

    /// The same, where only the ledger's errors may be answered.
    pub(crate) fn stored<T: Serialize>(body: &T) -> Result<Self, LedgerError> {
        Ok(Self { status: 200, body: serde_json::to_vec(body)?, problem: false, lasting: true })
    }

    /// The signed end of an order. Looked up again whenever it is asked for.
    pub(crate) fn ended(outcome: &str) -> Self {
        // A compact JWS needs no escapes.
        let body = format!(r#"{{"outcome":"{outcome}"}}"#).into_bytes();
        Self { status: 200, body, problem: false, lasting: false }
    }

    /// Known, or looked into, and not ended.
    pub(crate) fn pending() -> Self {
        Self { status: 202, body: br#"{"state":"pending"}"#.to_vec(), problem: false, lasting: false }
    }

    /// A problem document.
    pub(crate) fn problem(problem: &Problem) -> Self {
        let body = serde_json::to_vec(problem).unwrap_or_default();
        Self { status: problem.status, body, problem: true, lasting: problem.lasting }
    }

    /// An answer that was given before.
    pub(crate) fn again(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, problem: status >= 400, lasting: false }
    }

    /// With the headers that all answers have: the bank's time, and the ledger's epoch.
    pub(crate) fn into_response(self, now: i64, epoch: &str) -> Response {
        let kind = if self.problem { "application/problem+json" } else { "application/json" };
        let headers = [
            ("content-type", kind.to_owned()),
            ("bank-time", moment::text(now)),
            ("billpay-epoch", epoch.to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Response { status: self.status, headers, body: self.body }
    }
}
