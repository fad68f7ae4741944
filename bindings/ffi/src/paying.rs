//! Paying what was quoted, and the payments of this device.

use std::time::SystemTime;

use billpay_core::{Payment as CorePayment, PaymentState as CoreState, SentCode as CoreSent, error};

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    money::{Money, some},
    why::{Voice, Why},
};

/// A payment as shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Payment {
    /// Its id, for the person to name it by.
    pub id: String,
    /// Where it stands, as far as it is proved.
    pub state: PaymentState,
    /// The same in words, with what became of the money.
    pub why: Why,
    /// Whom.
    pub payee: String,
    /// The biller's id.
    pub biller: String,
    /// What.
    pub bill_number: String,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// What of it came back after it had settled.
    pub repaid: Option<Money>,
    /// By the phone's clock.
    pub created: SystemTime,
    /// By the bank's clock.
    pub valid_until: SystemTime,
}

/// A page of payments.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Payments {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Payments of this page that the file no longer gives. Their documents are told all the same, and one
    /// that is open is asked about until it ends.
    pub damaged: u32,
}

/// Where a payment stands, as far as it is proved.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PaymentState {
    /// Not known yet: do not pay again.
    Checking {
        /// A person at the bank looks at it until then.
        held_until: Option<SystemTime>,
    },
    /// Paid; the receipt is stored.
    Settled,
    /// Refused by the bank; no money moved.
    Refused {
        /// The bank's code.
        reason: String,
    },
    /// Undone; the money is back.
    Reversed {
        /// The bank's code.
        reason: String,
    },
    /// Nothing was sent.
    Cancelled,
}

/// A code that is on its way to the person.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SentCode {
    /// Names it.
    pub id: String,
    /// To which number.
    pub sent_to_masked: String,
    /// Tries. Of a payment it is one, which has to be said before one is typed.
    pub attempts_left: u32,
    /// When it becomes void, by the bank's clock.
    pub expires_at: SystemTime,
}

/// Why no order was made. No byte of an order has left; no money moved. What becomes of an order once it
/// is made is a [`Payment`], never an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PayError {
    /// The quote is not known here (any more): ask again.
    #[error("{}", why.code)]
    UnknownQuote {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The quote has run out: ask again.
    #[error("{}", why.code)]
    QuoteExpired {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The bank asks for a code: have one sent, then pay with it.
    #[error("{}", why.code)]
    StepUpNeeded {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Not a code: four to eight digits.
    #[error("{}", why.code)]
    NotACode {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The way to pay was removed since, or has expired.
    #[error("{}", why.code)]
    MethodUnusable {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The first payment to this number on this device: the person has to compare whose it is.
    #[error("{}", why.code)]
    EchoNotAcknowledged {
        /// Who can act, and in which words.
        why: Why,
    },
    /// An order on this bill is being checked: do not pay again.
    #[error("{}", why.code)]
    PaymentInDoubt {
        /// Which.
        payment: String,
        /// Who can act, and in which words.
        why: Why,
    },
    /// Anything else. Where `why` says that it is not known whether money moved, the order may have
    /// been stored all the same: look at the payments, do not pay again.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

/// Why no code was sent. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CodeError {
    /// The order that it would be for could not be made.
    #[error("{}", why.code)]
    Order {
        /// Why not.
        refused: OrderProblem,
        /// Who can act, and in which words.
        why: Why,
    },
    /// A code for this was just sent.
    #[error("{}", why.code)]
    TooSoon {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// No more messages today.
    #[error("{}", why.code)]
    DailyCap {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// Anything else.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

/// Why an order could not be made: [`PayError`] where it is no error of its own.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OrderProblem {
    /// The quote is not known here (any more): ask again.
    UnknownQuote,
    /// The quote has run out: ask again.
    QuoteExpired,
    /// The way to pay was removed since, or has expired.
    MethodUnusable,
    /// The person has to compare whose number it is first.
    EchoNotAcknowledged,
    /// An order on this bill is being checked: do not pay again.
    PaymentInDoubt {
        /// Which.
        payment: String,
    },
    /// Anything else; `why` of the error says what.
    Other,
}

/// Why a payment cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ViewError {
    /// No such thing here.
    #[error("{}", why.code)]
    NotFound {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Anything else.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

#[uniffi::export]
impl Client {
    /// Takes up a quote: signs the order and pays it.
    ///
    /// Returns what is known after at most 15 s; a payment that is still being checked then goes on,
    /// and its end comes as an event. Who stops waiting cancels only the waiting.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn pay(&self, quote: String) -> Result<Payment, PayError> {
        let paid = self.ask(|core| async move { core.pay(&quote).await }).await?;
        Ok(Payment::of(paid, &self.voice))
    }

    /// Has a code sent for a quote that asks for one. It is good for this one order.
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn ask_payment_code(&self, quote: String) -> Result<SentCode, CodeError> {
        self.ask(|core| async move { core.ask_payment_code(&quote).await }).await.map(Into::into)
    }

    /// Pays with that code. A wrong one, or one that came too late, ends the order as refused.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn pay_with_code(&self, quote: String, code: String) -> Result<Payment, PayError> {
        let paid = self.ask(|core| async move { core.pay_with_code(&quote, &code).await }).await?;
        Ok(Payment::of(paid, &self.voice))
    }

    /// Payments of this device, newest first, in pages of at most 500. `offset` counts those that cannot be
    /// read, too: the next page begins after all of this one.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn payments(&self, limit: u32, offset: u32) -> Result<Payments, FaultError> {
        let page = self.ask(move |core| async move { core.payments(limit, offset).await }).await?;
        let payments = page.payments.into_iter().map(|payment| Payment::of(payment, &self.voice)).collect();
        Ok(Payments { payments, damaged: u32::try_from(page.damaged).unwrap_or(u32::MAX) })
    }

    /// One payment of this device.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn payment(&self, id: String) -> Result<Payment, ViewError> {
        let found = self.ask(|core| async move { core.payment(&id).await }).await?;
        Ok(Payment::of(found, &self.voice))
    }
}

impl Payment {
    pub(crate) fn of(payment: CorePayment, voice: &Voice) -> Self {
        let why = voice.why(&payment);
        Self {
            id: payment.id,
            state: payment.state.into(),
            why,
            payee: payment.payee,
            biller: payment.biller,
            bill_number: payment.bill_number,
            amount: payment.amount.into(),
            fee: payment.fee.into(),
            total: payment.total.into(),
            repaid: some(payment.repaid),
            created: payment.created.into(),
            valid_until: payment.valid_until.into(),
        }
    }
}

impl From<CoreState> for PaymentState {
    fn from(state: CoreState) -> Self {
        match state {
            CoreState::Checking { held_until } => Self::Checking { held_until: held_until.map(Into::into) },
            CoreState::Settled => Self::Settled,
            CoreState::Refused { reason } => Self::Refused { reason },
            CoreState::Reversed { reason } => Self::Reversed { reason },
            CoreState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<CoreSent> for SentCode {
    fn from(sent: CoreSent) -> Self {
        let CoreSent { id, sent_to_masked, attempts_left, expires_at } = sent;
        Self { id, sent_to_masked, attempts_left, expires_at: expires_at.into() }
    }
}

impl Told for PayError {
    type Core = error::PayError;

    fn told(error: error::PayError, why: Why) -> Self {
        use error::PayError as Core;
        match error {
            Core::UnknownQuote => Self::UnknownQuote { why },
            Core::QuoteExpired => Self::QuoteExpired { why },
            Core::StepUpNeeded => Self::StepUpNeeded { why },
            Core::NotACode => Self::NotACode { why },
            Core::MethodUnusable => Self::MethodUnusable { why },
            Core::EchoNotAcknowledged => Self::EchoNotAcknowledged { why },
            Core::PaymentInDoubt { payment } => Self::PaymentInDoubt { payment, why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::PayError {
        error::Fault::Defect.into()
    }
}

impl Told for CodeError {
    type Core = error::CodeError;

    fn told(error: error::CodeError, why: Why) -> Self {
        use error::{CodeError as Core, PayError as Order};
        match error {
            Core::Order(Order::Fault(fault)) | Core::Fault(fault) => Self::Other { fault: fault.into(), why },
            Core::Order(order) => Self::Order { refused: order.into(), why },
            Core::TooSoon { retry_at: _ } => Self::TooSoon { why },
            Core::DailyCap { retry_at: _ } => Self::DailyCap { why },
            // Only of a change of limits: `LimitsCodeError`.
            Core::NothingToChange | Core::AboveCeiling { ceiling: _ } => Self::Other { fault: Fault::Defect, why },
        }
    }

    fn lost() -> error::CodeError {
        error::Fault::Defect.into()
    }
}

impl From<error::PayError> for OrderProblem {
    fn from(error: error::PayError) -> Self {
        use error::PayError as Core;
        match error {
            Core::UnknownQuote => Self::UnknownQuote,
            Core::QuoteExpired => Self::QuoteExpired,
            Core::MethodUnusable => Self::MethodUnusable,
            Core::EchoNotAcknowledged => Self::EchoNotAcknowledged,
            Core::PaymentInDoubt { payment } => Self::PaymentInDoubt { payment },
            Core::StepUpNeeded | Core::NotACode | Core::Fault(_) => Self::Other,
        }
    }
}

impl Told for ViewError {
    type Core = error::ViewError;

    fn told(error: error::ViewError, why: Why) -> Self {
        use error::ViewError as Core;
        match error {
            Core::NotFound => Self::NotFound { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::ViewError {
        error::Fault::Defect.into()
    }
}
