//! What a biller calls: pages of the bank's statement, and its differences taken.
//!
//! A page is looked at only when its signature is known to be right, and taken only where it is the
//! one that was asked for: biller, day, number, and the signature of the page before it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::{Timestamp, civil::Date};
use thiserror::Error;

use super::{
    BankScene, LegSecret,
    differences::{BankAnswer, BankSays, Differences, Item},
    message::{self, Refusal},
    statement::{self, Page},
    xml::{self, XmlError},
};
use crate::{clock::Clock, moment};

/// Carries a sealed request to the bank and its sealed answer back.
pub trait BankLeg: Send + Sync {
    /// Sends `body` to the bank's URL for this biller and scene, and gives the body of an answer with
    /// status 200 or 400: both are signed.
    fn post<'a>(
        &'a self,
        biller: &'a str,
        scene: BankScene,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, BankError>>;
}

/// Why there is no statement, or no word that the differences were taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BankError {
    /// No connection, or it broke, or time ran out.
    #[error("no answer")]
    Lost,
    /// Another status.
    #[error("status {0}")]
    Status(u16),
    /// Not a message that the bank signed, or not one of now.
    #[error("unusable answer: {0}")]
    Unusable(#[from] Refusal),
    /// The bank's, but not what was asked for.
    #[error("an answer to something else")]
    OtherRequest,
    /// The day is not over.
    #[error("the day is not closed before {closes_at}")]
    NotClosed {
        /// When it will be.
        closes_at: Timestamp,
    },
    /// A statement that says it was closed before its day was over, or is closed in the future.
    #[error("a statement that cannot have been closed then")]
    ClosedTooEarly,
    /// The page before was the last one, or there was none.
    #[error("no such page")]
    NoSuchPage,
    /// The bank found our message too old, or from the future.
    #[error("the message was too old for the bank")]
    TooOld,
    /// The bank could not make sense of our message.
    #[error("the bank did not understand: {0}")]
    NotUnderstood(String),
}

impl From<XmlError> for BankError {
    fn from(error: XmlError) -> Self {
        Self::Unusable(Refusal::from(error))
    }
}

/// A page, and the signature that it bears: the next one names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it says.
    pub page: Page,
    /// Its signature.
    pub signature: String,
}

/// The biller's side of it.
#[derive(Clone)]
pub struct BankClient {
    leg: Arc<dyn BankLeg>,
    clock: Arc<dyn Clock>,
}

impl BankClient {
    /// Asks over `leg`, dates by the biller's `clock`.
    #[must_use]
    pub fn new(leg: Arc<dyn BankLeg>, clock: Arc<dyn Clock>) -> Self {
        Self { leg, clock }
    }

    /// One page of the statement of a day; `previous` is the signature of the page before it.
    ///
    /// # Errors
    /// No usable page.
    pub async fn page(
        &self,
        biller: &str,
        secret: &LegSecret,
        day: Date,
        page: i64,
        previous: Option<&str>,
    ) -> Result<Received, BankError> {
        let request = statement::Request { time: self.clock.now(), biller: biller.to_owned(), day, page };
        let sealed = message::seal(&request.to_xml(), secret);
        let asked = message::signature(&sealed).unwrap_or_default().to_owned();
        let reply = self.leg.post(biller, BankScene::Statement, sealed).await?;
        let root = xml::read(message::verify(&reply, secret)?)?;
        if root.name != "statement" {
            return Err(self.refused(&root, BankScene::Statement, &asked));
        }
        let received = Page::read(&root)?;
        let this = received.biller == biller
            && received.day == day
            && received.page == page
            && received.previous.as_deref() == previous;
        if !this {
            return Err(BankError::OtherRequest);
        }
        // A page bears no time of its own, so that it is the same bytes each time; but no day is
        // closed before it is over.
        let closed_at = received.closed_at;
        let ahead = closed_at.duration_since(self.clock.now()) > super::MAX_AHEAD;
        if ahead || moment::bank_date(closed_at.as_millisecond()) <= day {
            return Err(BankError::ClosedTooEarly);
        }
        let signature = message::signature(&reply).unwrap_or_default().to_owned();
        Ok(Received { page: received, signature })
    }

    /// Tells the bank what was found.
    ///
    /// # Errors
    /// No word that it was taken: to be told again.
    pub async fn tell(&self, biller: &str, secret: &LegSecret, items: Vec<Item>) -> Result<(), BankError> {
        let message = Differences { time: self.clock.now(), biller: biller.to_owned(), items };
        let sealed = message::seal(&message.to_xml(), secret);
        let asked = message::signature(&sealed).unwrap_or_default().to_owned();
        let reply = self.leg.post(biller, BankScene::Differences, sealed).await?;
        let root = xml::read(message::verify(&reply, secret)?)?;
        match self.said(&root, BankScene::Differences, &asked)? {
            BankSays::Taken => Ok(()),
            other @ (BankSays::NotClosed { .. } | BankSays::NoSuchPage | BankSays::TooOld | BankSays::Error { .. }) => {
                Err(off_topic(other))
            }
        }
    }

    /// What the bank says, now and to this request.
    fn said(&self, root: &xml::Element, scene: BankScene, asked: &str) -> Result<BankSays, BankError> {
        let answer = BankAnswer::read(root)?;
        message::fresh(answer.time, self.clock.now())?;
        if answer.scene != scene || answer.answers != asked {
            return Err(BankError::OtherRequest);
        }
        Ok(answer.says)
    }

    fn refused(&self, root: &xml::Element, scene: BankScene, asked: &str) -> BankError {
        self.said(root, scene, asked).map_or_else(|error| error, off_topic)
    }
}

fn off_topic(says: BankSays) -> BankError {
    match says {
        BankSays::NotClosed { closes_at } => BankError::NotClosed { closes_at },
        BankSays::NoSuchPage => BankError::NoSuchPage,
        BankSays::TooOld => BankError::TooOld,
        BankSays::Error { code } => BankError::NotUnderstood(code),
        BankSays::Taken => BankError::OtherRequest,
    }
}
