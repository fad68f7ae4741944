//! What paying a bill would be, asked before anything is signed.

use std::time::SystemTime;

use billpay_core::{FirstPayment as CoreFirst, QuoteView, error, model::Money as CoreMoney};

use crate::{
    client::Client,
    fault::{Fault, Told},
    limits::Limits,
    money::{Money, some},
    why::Why,
};

/// A quote, good until `valid_until` by the bank's clock.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Quote {
    /// To be passed to `pay`.
    pub id: String,
    /// The biller's id.
    pub biller: String,
    /// Whom, as it is signed.
    pub payee: String,
    /// Masked.
    pub customer_number_masked: String,
    /// What.
    pub bill_number: String,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// By what: its token, as in the list of methods.
    pub method: String,
    /// What the bank calls it.
    pub method_label: String,
    /// Of the method, where known. Kept nowhere, and for no lock screen.
    pub balance: Option<Money>,
    /// Of balance and limits: when the bank said them, by its clock.
    pub as_of: SystemTime,
    /// By the bank's calendar.
    pub limits: Limits,
    /// The bank asks for a code: `ask_payment_code`, then `pay_with_code`; `pay` refuses it.
    pub step_up: bool,
    /// By the bank's clock.
    pub valid_until: SystemTime,
    /// Nobody has paid to this number on this device: whose it is, to be compared once more.
    pub first_payment: Option<FirstPayment>,
}

/// Whose number it is that is paid to for the first time: to be shown large.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FirstPayment {
    /// The binding.
    pub account: String,
    /// Passed to `acknowledge_echo` once the person has compared.
    pub echo_digest: String,
    /// Whose, as the biller masks it.
    pub holder_masked: String,
    /// Where.
    pub address_masked: String,
}

/// Why there is no quote. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum QuoteError {
    /// No such bill.
    #[error("{}", why.code)]
    UnknownBill {
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
    /// Another device or channel is paying it.
    #[error("{}", why.code)]
    PaymentInProgressElsewhere {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Paid already.
    #[error("{}", why.code)]
    AlreadySettled {
        /// By which payment, where known.
        by: Option<String>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The bill is not what the person saw: look again.
    #[error("{}", why.code)]
    BillChanged {
        /// What it asks now, where known.
        now: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// Less than the biller takes.
    #[error("{}", why.code)]
    BelowMinimum {
        /// The least.
        minimum: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// More than the biller takes.
    #[error("{}", why.code)]
    AboveMaximum {
        /// The most.
        maximum: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// No amount at all, or one that this bill does not take.
    #[error("{}", why.code)]
    AmountNotAllowed {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Not enough on the method's account.
    #[error("{}", why.code)]
    InsufficientFunds {
        /// Who can act, and in which words.
        why: Why,
    },
    /// More than the limits allow.
    #[error("{}", why.code)]
    LimitExceeded {
        /// The limit that would be passed.
        limit: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The bank has not enabled payments for this customer.
    #[error("{}", why.code)]
    PaymentNotEnabled {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No such way to pay, or no longer.
    #[error("{}", why.code)]
    MethodUnusable {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The biller takes no payments now.
    #[error("{}", why.code)]
    BillerClosed {
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

#[uniffi::export]
impl Client {
    /// Asks what paying this bill would be: payee, amount, fee, total, until when. The amount is the
    /// bill's own where none is given, the method the preferred one.
    ///
    /// # Errors
    /// [`QuoteError`]; no money moves here.
    pub async fn quote(
        &self,
        biller: String,
        bill_number: String,
        amount: Option<Money>,
        method: Option<String>,
    ) -> Result<Quote, QuoteError> {
        let ask = |core: billpay_core::Client| async move {
            let amount = amount.map(CoreMoney::try_from).transpose();
            let amount = amount.map_err(|_| error::QuoteError::AmountNotAllowed)?;
            core.quote(&biller, &bill_number, amount, method.as_deref()).await
        };
        self.ask(ask).await.map(Into::into)
    }
}

impl Told for QuoteError {
    type Core = error::QuoteError;

    fn told(error: error::QuoteError, why: Why) -> Self {
        use error::QuoteError as Core;
        match error {
            Core::UnknownBill => Self::UnknownBill { why },
            Core::PaymentInDoubt { payment } => Self::PaymentInDoubt { payment, why },
            Core::PaymentInProgressElsewhere => Self::PaymentInProgressElsewhere { why },
            Core::AlreadySettled { by } => Self::AlreadySettled { by, why },
            Core::BillChanged { now } => Self::BillChanged { now: now.map(|bill| bill.amount.into()), why },
            Core::BelowMinimum { minimum } => Self::BelowMinimum { minimum: some(minimum), why },
            Core::AboveMaximum { maximum } => Self::AboveMaximum { maximum: some(maximum), why },
            Core::AmountNotAllowed => Self::AmountNotAllowed { why },
            Core::InsufficientFunds => Self::InsufficientFunds { why },
            Core::LimitExceeded { limit } => Self::LimitExceeded { limit: some(limit), why },
            Core::PaymentNotEnabled => Self::PaymentNotEnabled { why },
            Core::MethodUnusable => Self::MethodUnusable { why },
            Core::BillerClosed { retry_at: _ } => Self::BillerClosed { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::QuoteError {
        error::Fault::Defect.into()
    }
}

impl From<QuoteView> for Quote {
    fn from(quote: QuoteView) -> Self {
        Self {
            id: quote.id,
            biller: quote.biller,
            payee: quote.payee,
            customer_number_masked: quote.customer_number_masked,
            bill_number: quote.bill_number,
            amount: quote.amount.into(),
            fee: quote.fee.into(),
            total: quote.total.into(),
            method: quote.method,
            method_label: quote.method_label,
            balance: some(quote.balance),
            as_of: quote.as_of.into(),
            limits: quote.limits.into(),
            step_up: quote.step_up,
            valid_until: quote.valid_until.into(),
            first_payment: quote.first_payment.map(Into::into),
        }
    }
}

impl From<CoreFirst> for FirstPayment {
    fn from(first: CoreFirst) -> Self {
        let CoreFirst { account, echo_digest, holder_masked, address_masked } = first;
        Self { account, echo_digest, holder_masked, address_masked }
    }
}
