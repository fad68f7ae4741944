//! Verification of a signed outcome, offline, and the check that it is the one of an order.
//!
//! Clock-independent: a receipt that verified once verifies in ten years, whatever the phone thinks
//! the time is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    crypto::{
        digest,
        jws::{self, JwsError},
    },
    gateway::trust::ReceiptKey,
    model::{End, Illegible, Money, legible},
    platform::Suite,
};

/// What a document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Receipt,
    Refusal,
    Reversal,
    Repayment,
}

const TYPES: [(&str, Kind); 4] = [
    ("billpay-receipt+jws", Kind::Receipt),
    ("billpay-refusal+jws", Kind::Refusal),
    ("billpay-reversal+jws", Kind::Reversal),
    ("billpay-repayment+jws", Kind::Repayment),
];

/// Signed documents of the contract that are no part of a customer's chain.
const NO_OUTCOMES: [&str; 2] = ["billpay-credential+jws", "billpay-trust+jws"];

/// A verified outcome.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The compact JWS as it came.
    pub compact: String,
    /// Which order it ends, and its place in the chain.
    pub subject: Subject,
    /// How.
    pub body: Body,
}

// The document holds the customer number in full (I8).
impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcome").field("subject", &self.subject).field("body", &self.body).finish_non_exhaustive()
    }
}

/// Which order an outcome ends, or a repayment is of, and its place in the customer's chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// Version of this form: 1. Of a later one only what is here is known: these keep their meaning.
    pub v: u32,
    /// The order's id.
    pub payment_id: String,
    /// base64url of SHA-256 of the order's canonical form.
    pub order_digest: String,
    /// Whose chain.
    pub customer: String,
    /// Who signed the order.
    pub device: String,
    /// The ledger's life.
    pub epoch: String,
    /// From 1, per customer and epoch.
    pub sequence: i64,
    /// base64url of SHA-256 of the customer's previous compact JWS; null in the first of a chain,
    /// but never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    pub previous: Option<String>,
    /// By the bank's clock.
    pub issued_at: Timestamp,
}

/// How an order ended, or what was given back of a settled one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Paid.
    Receipt(Box<ReceiptBody>),
    /// Never charged, and never will be.
    Refusal(RefusalBody),
    /// Undone; the money is back.
    Reversal(ReversalBody),
    /// Given back later: a new fact beside the receipt, which stays as it is. Ends nothing.
    Repayment(RepaymentBody),
}

/// The fields that every receipt has (features row 49).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptBody {
    /// Who paid, masked.
    pub payer_masked: String,
    /// The biller's id.
    pub biller: String,
    /// The biller's name.
    pub payee: String,
    /// Masked.
    pub customer_number_masked: String,
    /// What was paid.
    pub bill_number: String,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// When.
    pub paid_at: Timestamp,
    /// The zone in which the bank's calendar counts.
    pub zone: String,
    /// Through which channel.
    pub channel: String,
    /// The bank's number for it.
    pub bank_serial: String,
    /// The biller's number for it.
    pub biller_reference: String,
    /// By what.
    pub method: ReceiptMethod,
    /// The bank's code, where persons there have ended the order and not the biller's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// By what a payment was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptMethod {
    /// `account`, `card`, `wallet`, or a value of a later version.
    pub kind: String,
    /// At most the last four digits.
    pub last4: String,
}

/// Why an order was refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RefusalBody {
    /// The bank's code.
    pub reason: String,
    /// Which payment had settled it.
    #[serde(default)]
    pub settled_by: Option<String>,
}

/// Why an order was undone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReversalBody {
    /// The bank's code.
    pub reason: String,
    /// The biller's code, where it was the biller's word.
    #[serde(default)]
    pub biller_code: Option<String>,
    /// Given back to the customer.
    pub returned: Money,
}

/// Money of a settled payment that came back later (features row 27).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepaymentBody {
    /// The bank's code.
    pub reason: String,
    /// Given back to the customer, this time.
    pub returned: Money,
    /// base64url of SHA-256 of the receipt that it stands beside.
    pub receipt: String,
    /// When.
    pub repaid_at: Timestamp,
    /// The bank's number for it.
    pub bank_serial: String,
}

/// Why a text is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutcomeError {
    /// Not a signed document, or one that can be no outcome.
    #[error("not a signed outcome")]
    Malformed,
    /// A document of the chain, rightly signed, of a kind that this version does not know (a later
    /// version's, or one that is not built yet): neither good nor bad for its order, but it has its
    /// place, so that no gap shows where it stands.
    #[error("a signed document of the kind {}, which is not known here", .0.typ)]
    UnknownKind(Box<UnknownKind>),
    /// Signed by a key that is not known here: neither good nor bad.
    #[error("signed by the key {kid}, which is not known here")]
    Unverifiable {
        /// The name of the key.
        kid: String,
    },
    /// The signature does not verify, or the key was not in use when the document says it was issued.
    #[error("the signature is not valid")]
    Invalid,
    /// Rightly signed, but a mandatory field is missing or out of range.
    #[error("a field is missing or not as the contract says")]
    Incomplete,
}

/// A rightly signed document of the chain whose kind, or the form of whose kind, is not known here: a later version
/// reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind {
    /// The kind: `billpay-…+jws`.
    pub typ: String,
    /// The name of the key that signed it.
    pub kid: String,
    /// Which order it is about, and its place in the chain.
    pub subject: Subject,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    receipt: Option<Box<ReceiptBody>>,
    #[serde(default)]
    refusal: Option<RefusalBody>,
    #[serde(default)]
    reversal: Option<ReversalBody>,
    #[serde(default)]
    repayment: Option<RepaymentBody>,
}

/// The form that this version reads.
const FORM: u32 = 1;

/// Whether a kind that is not known here may be a later version's document of the chain.
fn may_be_of_the_chain(typ: &str) -> bool {
    let ours = typ.strip_prefix("billpay-").is_some_and(|rest| rest.ends_with("+jws"));
    ours && !NO_OUTCOMES.contains(&typ)
}

/// Whether it says of itself that it is something else than a document of the chain: another program's token, or a
/// credential.
pub(super) fn is_something_else(compact: &str) -> bool {
    let of_ours = |typ: &str| TYPES.iter().any(|(ours, _)| *ours == typ) || may_be_of_the_chain(typ);
    jws::unverified_typ(compact).is_some_and(|typ| !of_ours(&typ))
}

impl Subject {
    fn is_complete(&self) -> bool {
        self.v >= FORM && self.sequence >= 1 && !self.payment_id.is_empty()
    }
}

impl Body {
    fn is_complete(&self) -> bool {
        match self {
            Self::Receipt(receipt) => {
                let texts = [
                    &receipt.payer_masked,
                    &receipt.biller,
                    &receipt.payee,
                    &receipt.customer_number_masked,
                    &receipt.bill_number,
                    &receipt.zone,
                    &receipt.channel,
                    &receipt.bank_serial,
                    &receipt.biller_reference,
                    &receipt.method.kind,
                ];
                texts.iter().all(|text| !text.is_empty()) && receipt.amount.plus(receipt.fee) == Ok(receipt.total)
            }
            Self::Refusal(refusal) => !refusal.reason.is_empty(),
            Self::Reversal(reversal) => !reversal.reason.is_empty(),
            Self::Repayment(repayment) => {
                let texts = [&repayment.reason, &repayment.receipt, &repayment.bank_serial];
                texts.iter().all(|text| !text.is_empty()) && repayment.returned.minor() > 0
            }
        }
    }

    fn illegible(&self) -> Option<(&'static str, Illegible)> {
        let texts: &[(&'static str, &str)] = match self {
            Self::Receipt(receipt) => &[
                ("payer_masked", &receipt.payer_masked),
                ("biller", &receipt.biller),
                ("payee", &receipt.payee),
                ("customer_number_masked", &receipt.customer_number_masked),
                ("bill_number", &receipt.bill_number),
                ("zone", &receipt.zone),
                ("channel", &receipt.channel),
                ("bank_serial", &receipt.bank_serial),
                ("biller_reference", &receipt.biller_reference),
                ("method.kind", &receipt.method.kind),
                ("method.last4", &receipt.method.last4),
            ],
            Self::Repayment(repayment) => &[("bank_serial", &repayment.bank_serial)],
            Self::Refusal(_) | Self::Reversal(_) => &[],
        };
        texts.iter().find_map(|(field, text)| Some((*field, legible(text).err()?)))
    }

    /// `receipt`, `refusal`, `reversal` or `repayment`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Receipt(_) => "receipt",
            Self::Refusal(_) => "refusal",
            Self::Reversal(_) => "reversal",
            Self::Repayment(_) => "repayment",
        }
    }
}

impl Outcome {
    /// Verifies a compact JWS against the bank's receipt keys, retired ones among them, each for the
    /// time in which it signed: by the document's `issued_at`, never by a clock.
    ///
    /// # Errors
    /// [`OutcomeError`]; an unknown key is [`OutcomeError::Unverifiable`], never invalid, and an
    /// unknown kind is [`OutcomeError::UnknownKind`] once signature and chain fields are good.
    pub fn verify(compact: &str, keys: &BTreeMap<String, ReceiptKey>, suite: &dyn Suite) -> Result<Self, OutcomeError> {
        let header = jws::unverified_header(compact).map_err(|_| OutcomeError::Malformed)?;
        let kind = TYPES.iter().find(|(typ, _)| *typ == header.typ).map(|(_, kind)| *kind);
        if kind.is_none() && !may_be_of_the_chain(&header.typ) {
            return Err(OutcomeError::Malformed);
        }
        let key = keys.get(&header.kid);
        let verified =
            jws::verify(compact, &header.typ, |_| key.map(|key| &key.key), suite).map_err(|error| match error {
                JwsError::Malformed | JwsError::WrongType => OutcomeError::Malformed,
                JwsError::UnknownKey => OutcomeError::Unverifiable { kid: header.kid.clone() },
                JwsError::Invalid => OutcomeError::Invalid,
            })?;
        let subject: Subject = serde_json::from_slice(&verified.payload).map_err(|_| OutcomeError::Incomplete)?;
        if !key.is_some_and(|key| key.covers(subject.issued_at)) {
            return Err(OutcomeError::Invalid);
        }
        if !subject.is_complete() {
            return Err(OutcomeError::Incomplete);
        }
        let Some(kind) = kind.filter(|_| subject.v == FORM) else {
            return Err(OutcomeError::UnknownKind(Box::new(UnknownKind { typ: header.typ, kid: header.kid, subject })));
        };
        let payload: Payload = serde_json::from_slice(&verified.payload).map_err(|_| OutcomeError::Incomplete)?;
        let body = match (kind, payload.receipt, payload.refusal, payload.reversal, payload.repayment) {
            (Kind::Receipt, Some(receipt), None, None, None) => Body::Receipt(receipt),
            (Kind::Refusal, None, Some(refusal), None, None) => Body::Refusal(refusal),
            (Kind::Reversal, None, None, Some(reversal), None) => Body::Reversal(reversal),
            (Kind::Repayment, None, None, None, Some(repayment)) => Body::Repayment(repayment),
            _ => return Err(OutcomeError::Incomplete),
        };
        let outcome = Self { compact: compact.to_owned(), subject, body };
        if outcome.body.is_complete() { Ok(outcome) } else { Err(OutcomeError::Incomplete) }
    }

    /// The first text for a person that would not be seen as what it is, with what is in it; the bank's codes and ids are
    /// looked up or compared, and not read. It is for whoever shows the document to say so, and no reason not to take
    /// it: the bank has signed how the order ended, and a biller's odd reference must not keep that from the phone.
    #[must_use]
    pub fn illegible(&self) -> Option<(&'static str, Illegible)> {
        self.body.illegible()
    }

    /// What a document lacks that [`Outcome::verify`] found incomplete, in the words of the reader of its JSON, such
    /// as "missing field `zone`": for whoever has to mend it, and no proof of anything.
    #[must_use]
    pub fn lacks(compact: &str) -> Option<String> {
        let payload = payload_of(compact)?;
        let subject = serde_json::from_slice::<Subject>(&payload).err();
        let error = subject.or_else(|| serde_json::from_slice::<Payload>(&payload).err())?.to_string();
        Some(error.split(" at line ").next().unwrap_or_default().to_owned())
    }

    /// The receipt in a document that was verified before it was stored, without verifying it again: to look for,
    /// never to show.
    #[must_use]
    pub fn unverified_receipt(compact: &str) -> Option<ReceiptBody> {
        serde_json::from_slice::<Payload>(&payload_of(compact)?).ok()?.receipt.map(|receipt| *receipt)
    }

    /// How the order ended; `None` of a repayment, which ends nothing.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match self.body {
            Body::Receipt(_) => Some(End::Settled),
            Body::Refusal(_) => Some(End::Refused),
            Body::Reversal(_) => Some(End::Reversed),
            Body::Repayment(_) => None,
        }
    }

    /// The bank's code of a refusal, reversal or repayment, and of what persons there have ended.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.body {
            Body::Receipt(receipt) => receipt.reason.as_deref(),
            Body::Refusal(refusal) => Some(&refusal.reason),
            Body::Reversal(reversal) => Some(&reversal.reason),
            Body::Repayment(repayment) => Some(&repayment.reason),
        }
    }

    /// base64url of SHA-256 of the compact text: its id here, and what the next one names.
    #[must_use]
    pub fn id(&self) -> String {
        digest::sha256_base64url(self.compact.as_bytes())
    }
}

fn payload_of(compact: &str) -> Option<Vec<u8>> {
    digest::from_base64url(compact.split('.').nth(1)?)
}

impl Subject {
    /// The same with its place in the chain and nothing else: what walking a long chain keeps of each document.
    #[must_use]
    pub fn place(self) -> Self {
        let nothing = String::new;
        Self { payment_id: nothing(), order_digest: nothing(), customer: nothing(), device: nothing(), ..self }
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
