//! What the bank calls: a typed question to a biller, a typed answer back.
//!
//! An answer that was lost, is not signed, is too old or answers something else is an error, and an
//! error never changes an order: it says nothing about what the biller did.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

use super::{
    ChargeNumber, LegSecret, Scene,
    answer::{self, Body, Landed, Refused},
    message,
    request::{self, Charge, Query},
};
use crate::{
    clock::Clock,
    payments::transition::{ChargeAnswer, ConfirmAnswer, RefundAnswer},
    plant,
};

/// Carries a sealed request to a biller and its sealed answer back.
pub trait BillerLeg: Send + Sync {
    /// Sends `body` to the URL of `scene` and gives the body of an answer with status 200.
    fn post<'a>(&'a self, biller: &'a str, scene: Scene, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, LegError>>;
}

/// Why there is no word from the biller. The request may or may not have had its effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LegError {
    /// No such biller is configured. Nothing was sent.
    #[error("no such biller")]
    UnknownBiller,
    /// The biller has another amount under this number: for a person to look at.
    #[error("the biller has another amount under this number")]
    OtherAmount,
    /// No connection, or it broke, or time ran out.
    #[error("no answer")]
    Lost,
    /// An answer with another status than 200.
    #[error("status {0}")]
    Status(u16),
    /// The answer is not one that the biller signed just now.
    #[error("unusable answer: {0}")]
    Unusable(#[from] message::Refusal),
    /// The answer is the biller's, but to another request.
    #[error("an answer to something else")]
    OtherRequest,
    /// The biller found our message too old, or from the future.
    #[error("the message was too old for the biller")]
    TooOld,
    /// The biller could not make sense of our message.
    #[error("the biller did not understand: {0}")]
    NotUnderstood(String),
}

/// The biller's answer to a `query`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryReply {
    /// The account and what it owes.
    Found(answer::Account),
    /// Nobody has that customer number.
    UnknownCustomer,
    /// The customer has no such bill.
    UnknownBill,
    /// Closed for the moment.
    Closed {
        /// When to ask again, where the biller says so.
        retry_at: Option<Timestamp>,
    },
}

/// The biller's answer to a `charge`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeReply {
    /// What it means for the order.
    pub answer: ChargeAnswer,
    /// When charged: under which reference, and what the payable's version is now.
    pub landed: Option<Landed>,
    /// When refused: why.
    pub refused: Option<Refused>,
    /// The biller's clock when it answered.
    pub biller_time: Timestamp,
}

/// The biller's answer to a `confirm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmReply {
    /// What it means for the order.
    pub answer: ConfirmAnswer,
    /// When charged: under which reference, and what the payable's version is now.
    pub landed: Option<Landed>,
    /// The biller's clock when it answered. Every `charge` signed more than [`super::MAX_AGE`]
    /// before it is too old for the biller from now on, however far apart the clocks are.
    pub biller_time: Timestamp,
}

/// The biller's answer to a `refund`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundReply {
    /// What it means for the order.
    pub answer: RefundAnswer,
    /// The biller's clock when it answered.
    pub biller_time: Timestamp,
}

/// As many bills of an account as a phone is told: a page of the contract. What is open comes first, so that
/// the rest is told when some of it is paid.
const MOST_BILLS: usize = 500;

/// The bank's side of the leg.
#[derive(Clone)]
pub struct BillerClient {
    leg: Arc<dyn BillerLeg>,
    clock: Arc<dyn Clock>,
    secrets: Arc<BTreeMap<String, LegSecret>>,
}

impl BillerClient {
    /// Asks over `leg`, signs with the secret of each biller, and dates by the bank's `clock`.
    #[must_use]
    pub fn new(leg: Arc<dyn BillerLeg>, clock: Arc<dyn Clock>, secrets: BTreeMap<String, LegSecret>) -> Self {
        Self { leg, clock, secrets: Arc::new(secrets) }
    }

    /// The secret of a biller, for what it asks the bank.
    pub(crate) fn secret(&self, biller: &str) -> Option<&LegSecret> {
        self.secrets.get(biller)
    }

    /// What is owed under a customer number, or one bill of it.
    ///
    /// # Errors
    /// No usable word from the biller.
    pub async fn query(
        &self,
        biller: &str,
        customer_number: &str,
        bill_number: Option<&str>,
    ) -> Result<QueryReply, LegError> {
        let page = |after| Query {
            customer_number: customer_number.to_owned(),
            bill_number: bill_number.map(str::to_owned),
            after,
        };
        let mut reply = self.query_page(biller, page(None)).await?;
        let mut told = 0;
        while let QueryReply::Found(account) = &mut reply
            && let Some(after) = account.more.take()
        {
            told = told.max(account.bills.len());
            match self.query_page(biller, page(Some(after))).await? {
                QueryReply::Found(next) => {
                    told += next.bills.len();
                    account.more = next.more.filter(|_| !next.bills.is_empty() && told < MOST_BILLS);
                    // One that was paid between two pages may be told twice: the later word counts.
                    account.bills.retain(|bill| next.bills.iter().all(|later| later.bill_number != bill.bill_number));
                    account.bills.extend(next.bills);
                    account.bills.truncate(MOST_BILLS);
                }
                other @ (QueryReply::UnknownCustomer | QueryReply::UnknownBill | QueryReply::Closed { .. }) => {
                    return Ok(other);
                }
            }
        }
        Ok(reply)
    }

    async fn query_page(&self, biller: &str, query: Query) -> Result<QueryReply, LegError> {
        let answer = self.ask(biller, request::Body::Query(query)).await?;
        match answer.body {
            Body::Account(account) => Ok(QueryReply::Found(account)),
            Body::UnknownCustomer => Ok(QueryReply::UnknownCustomer),
            Body::UnknownBill => Ok(QueryReply::UnknownBill),
            Body::Closed { retry_at } => Ok(QueryReply::Closed { retry_at }),
            other @ (Body::Charged(_)
            | Body::Refused(_)
            | Body::Undone
            | Body::NotFound
            | Body::NothingLeft
            | Body::TooOld
            | Body::Error { .. }) => Err(off_topic(other)),
        }
    }

    /// Takes a payment. The same number gets the same answer, however often it is sent.
    ///
    /// # Errors
    /// No usable word from the biller: the charge may have landed.
    pub async fn charge(&self, biller: &str, charge: Charge, at: Timestamp) -> Result<ChargeReply, LegError> {
        let amount_minor = charge.amount_minor;
        let answer = self.ask_at(biller, request::Body::Charge(charge), at).await?;
        let biller_time = answer.time;
        let reply = |answer, landed, refused| ChargeReply { answer, landed, refused, biller_time };
        match answer.body {
            // Another sum under this number is no word about this charge: a person has to look.
            Body::Charged(landed) if landed.amount_minor != amount_minor => Err(LegError::OtherAmount),
            Body::Charged(landed) => Ok(reply(ChargeAnswer::Charged, Some(landed), None)),
            Body::Refused(refused) => Ok(reply(ChargeAnswer::Refused, None, Some(refused))),
            Body::Undone => Ok(reply(ChargeAnswer::Undone, None, None)),
            other @ (Body::Account(_)
            | Body::UnknownCustomer
            | Body::UnknownBill
            | Body::Closed { .. }
            | Body::NotFound
            | Body::NothingLeft
            | Body::TooOld
            | Body::Error { .. }) => Err(off_topic(other)),
        }
    }

    /// What became of a number that was to be charged `amount_minor`.
    ///
    /// # Errors
    /// No usable word from the biller; [`LegError::OtherAmount`].
    pub async fn confirm(
        &self,
        biller: &str,
        number: ChargeNumber,
        amount_minor: i64,
    ) -> Result<ConfirmReply, LegError> {
        let answer = self.ask(biller, request::Body::Confirm(number)).await?;
        let biller_time = answer.time;
        let reply = |answer, landed| ConfirmReply { answer, landed, biller_time };
        match answer.body {
            Body::Charged(landed) if landed.amount_minor != amount_minor => Err(LegError::OtherAmount),
            Body::Charged(landed) => Ok(reply(ConfirmAnswer::Charged, Some(landed))),
            Body::NotFound => Ok(reply(ConfirmAnswer::NotFound, None)),
            Body::Undone => Ok(reply(ConfirmAnswer::Undone, None)),
            other @ (Body::Account(_)
            | Body::UnknownCustomer
            | Body::UnknownBill
            | Body::Closed { .. }
            | Body::Refused(_)
            | Body::NothingLeft
            | Body::TooOld
            | Body::Error { .. }) => Err(off_topic(other)),
        }
    }

    /// Undoes a number, or sees to it that it is never charged.
    ///
    /// # Errors
    /// No usable word from the biller: it may have been undone.
    pub async fn refund(&self, biller: &str, number: ChargeNumber) -> Result<RefundReply, LegError> {
        let answer = self.ask(biller, request::Body::Refund(number)).await?;
        let biller_time = answer.time;
        let reply = |answer| RefundReply { answer, biller_time };
        match answer.body {
            Body::Undone => Ok(reply(RefundAnswer::Undone)),
            Body::NothingLeft => Ok(reply(RefundAnswer::NothingLeft)),
            other @ (Body::Account(_)
            | Body::UnknownCustomer
            | Body::UnknownBill
            | Body::Closed { .. }
            | Body::Charged(_)
            | Body::Refused(_)
            | Body::NotFound
            | Body::TooOld
            | Body::Error { .. }) => Err(off_topic(other)),
        }
    }

    /// Seals, sends, opens, and checks that the answer is to this very request.
    async fn ask(&self, biller: &str, body: request::Body) -> Result<answer::Answer, LegError> {
        self.ask_at(biller, body, self.clock.now()).await
    }

    async fn ask_at(&self, biller: &str, body: request::Body, time: Timestamp) -> Result<answer::Answer, LegError> {
        let secret = self.secrets.get(biller).ok_or(LegError::UnknownBiller)?;
        let (scene, number) = (body.scene(), body.number());
        let request = request::Request { time, biller: biller.to_owned(), body };
        let sealed = message::seal(&request.to_xml(), secret);
        let signature = message::signature(&sealed).unwrap_or_default().to_owned();
        let reply = self.leg.post(biller, scene, sealed).await?;
        let document = message::open(&reply, secret, self.clock.now())?;
        let answer = answer::Answer::read(&document).map_err(message::Refusal::from)?;
        let to_this = answer.scene == scene && answer.number == number && answer.answers == signature;
        if !to_this && !plant::is("takes-any-answer") {
            return Err(LegError::OtherRequest);
        }
        Ok(answer)
    }
}

/// An answer that this scene does not have.
fn off_topic(body: answer::Body) -> LegError {
    match body {
        Body::TooOld => LegError::TooOld,
        Body::Error { code } => LegError::NotUnderstood(code),
        Body::Account(_)
        | Body::UnknownCustomer
        | Body::UnknownBill
        | Body::Closed { .. }
        | Body::Charged(_)
        | Body::Refused(_)
        | Body::Undone
        | Body::NotFound
        | Body::NothingLeft => LegError::OtherRequest,
    }
}
