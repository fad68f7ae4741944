//! What can go wrong, for those who call: one error enum per operation, each variant saying what
//! happened, and all of them saying who can act ([`WhoActs`]) and in which words (`text`).
//!
//! Two worlds meet here. Inside, rooms have errors of their own; whatever several operations share
//! ends as a [`Fault`]. The conversions below are the one bridge.

use jiff::Timestamp;
use thiserror::Error;

use crate::{
    blocking::Abandoned,
    gateway::problem::Problem,
    model::{Bill, Money},
    platform::{SecretError, TransportError, TransportFault},
    reminders::{PolicyError, UnknownZone},
    store::{OpenError as ProfileError, StoreError, UnlockError},
};

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoActs {
    /// The person, now.
    Person,
    /// The person, later: nothing is wrong but the moment.
    Wait,
    /// The bank: call it.
    Bank,
    /// The biller: call it.
    Biller,
    /// The app's developers.
    Developer,
}

/// What any operation may meet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The device is not the customer's yet: activate first.
    #[error("this device is not activated")]
    NotActivated,
    /// Another device took over, or the bank revoked this one.
    #[error("this device was revoked")]
    DeviceRevoked,
    /// The bank does not know this device: activate again.
    #[error("the bank does not know this device")]
    DeviceUnknown,
    /// The app is too old for this.
    #[error("the app is too old; the bank asks for {minimum} or later")]
    ClientTooOld {
        /// The oldest version that is served.
        minimum: String,
    },
    /// No whole answer.
    #[error(transparent)]
    Network(TransportFault),
    /// The operating system keeps the keys from us until the device is unlocked.
    #[error("the key store is locked")]
    Locked,
    /// The person cancelled.
    #[error("cancelled by the person")]
    Cancelled,
    /// A key is gone for good: activate again, receipts come back from the bank. Where activating says
    /// so too it is the profile's own: see [`crate::Client::set_aside`].
    #[error("the profile's key is lost")]
    KeyLost,
    /// The key store failed.
    #[error(transparent)]
    KeyStore(SecretError),
    /// Between `suspend` and `resume`.
    #[error("the client is suspended")]
    Suspended,
    /// The disk is full; nothing was changed and nothing was sent.
    #[error("the disk is full")]
    DiskFull,
    /// The profile's file cannot be trusted or used.
    #[error(transparent)]
    Store(StoreError),
    /// Too many requests.
    #[error("too many requests")]
    RateLimited {
        /// When to try again.
        retry_at: Option<Timestamp>,
    },
    /// The bank has a problem of its own, of that type or status.
    #[error("the bank's gateway has a problem ({kind}, status {status})")]
    Gateway {
        /// The problem's type, or empty.
        kind: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is not one that the contract allows.
    #[error("the gateway's answer is not what the contract says: {0}")]
    BadAnswer(&'static str),
    /// The process is shutting down.
    #[error("the app is shutting down")]
    ShuttingDown,
    /// A defect of the core or of a port that the app supplies; what was committed stays committed,
    /// and the client stays usable.
    #[error("a part of the app failed unexpectedly")]
    Defect,
}

impl From<Abandoned> for Fault {
    fn from(abandoned: Abandoned) -> Self {
        match abandoned {
            Abandoned::ShutDown => Self::ShuttingDown,
            Abandoned::Panicked => Self::Defect,
        }
    }
}

impl From<TransportError> for Fault {
    fn from(error: TransportError) -> Self {
        Self::Network(error.kind)
    }
}

impl From<&Problem> for Fault {
    /// What a problem means for any operation, once the operation has taken its own ones out.
    fn from(problem: &Problem) -> Self {
        match problem.name() {
            "device-revoked" => Self::DeviceRevoked,
            "device-unknown" => Self::DeviceUnknown,
            "client-too-old" => Self::ClientTooOld { minimum: problem.minimum_client.clone().unwrap_or_default() },
            "rate-limited" => Self::RateLimited { retry_at: problem.retry_at },
            name => Self::Gateway { kind: name.to_owned(), status: problem.status },
        }
    }
}

impl From<SecretError> for Fault {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Locked => Self::Locked,
            SecretError::Lost => Self::KeyLost,
            SecretError::Cancelled => Self::Cancelled,
            SecretError::Ambiguous | SecretError::Failed(_) => Self::KeyStore(error),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked => Self::Locked,
            StoreError::Suspended => Self::Suspended,
            // A file that cannot be opened again for want of room: the same thing to whoever can act.
            // So is a commit that found none: whether it is there after all matters to `pay` alone, which
            // looks; everything else can be done once more.
            StoreError::Full | StoreError::Reopen(ProfileError::Full) | StoreError::CommitUnknown { full: true } => {
                Self::DiskFull
            }
            StoreError::Io(_)
            | StoreError::Damaged { .. }
            | StoreError::DamagedFile
            | StoreError::Conflict
            | StoreError::CommitUnknown { full: false }
            | StoreError::Busy
            | StoreError::Reopen(_)
            | StoreError::Sqlite(_)
            | StoreError::Other(_) => Self::Store(error),
        }
    }
}

impl From<UnlockError> for Fault {
    fn from(error: UnlockError) -> Self {
        match error {
            UnlockError::WrongKey | UnlockError::BadRoot => Self::KeyLost,
            UnlockError::Damaged => Self::Store(StoreError::DamagedFile),
            UnlockError::Store(error) => error.into(),
        }
    }
}

impl Fault {
    /// Who can do something about it.
    #[must_use]
    pub fn who_acts(&self) -> WhoActs {
        match self {
            Self::NotActivated
            | Self::DeviceRevoked
            | Self::DeviceUnknown
            | Self::ClientTooOld { .. }
            | Self::Locked
            | Self::Cancelled
            | Self::KeyLost
            | Self::DiskFull => WhoActs::Person,
            Self::Network(fault) => match fault {
                TransportFault::Unreachable | TransportFault::Interrupted => WhoActs::Wait,
                TransportFault::ClockWrong | TransportFault::PinsExpired => WhoActs::Person,
                TransportFault::PinMismatch { .. }
                | TransportFault::Untrusted
                | TransportFault::WrongName
                | TransportFault::CertificateTime
                | TransportFault::Tls(_)
                | TransportFault::BadAnswer => WhoActs::Bank,
            },
            Self::RateLimited { .. } | Self::Suspended | Self::ShuttingDown => WhoActs::Wait,
            Self::Gateway { .. } | Self::BadAnswer(_) => WhoActs::Bank,
            Self::KeyStore(_) | Self::Store(_) | Self::Defect => WhoActs::Developer,
        }
    }
}

/// Why a client could not be opened. Nothing was changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The configuration.
    #[error("the configuration cannot be used: {0}")]
    Config(&'static str),
    /// The process is shutting down.
    #[error("the app is shutting down")]
    ShuttingDown,
}

/// Why a profile was not wiped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WipeError {
    /// The end of so many payments is not known. Nothing was wiped.
    #[error("{count} payments are still being checked")]
    PaymentsOpen {
        /// How many.
        count: u64,
    },
    /// The files could not be closed or removed. Where the key was gone already, the next open goes on.
    #[error(transparent)]
    File(ProfileError),
    /// The key store, or anything else. Nothing was wiped.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why activation did not go on. The session itself lives at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ActivationError {
    /// Not a phone number.
    #[error("not a phone number")]
    NotAPhoneNumber,
    /// Not a code: four to eight digits.
    #[error("not a code")]
    NotACode,
    /// No activation is under way.
    #[error("no activation is under way")]
    NotStarted,
    /// The device is active already.
    #[error("this device is active already")]
    AlreadyActive,
    /// The wrong code.
    #[error("the code is wrong; {attempts_left} tries left")]
    CodeWrong {
        /// Tries left.
        attempts_left: u32,
    },
    /// The code came too late.
    #[error("the code has expired")]
    CodeExpired,
    /// The code of an earlier message.
    #[error("the code is from an earlier message")]
    CodeSuperseded,
    /// The code was used before.
    #[error("the code was used already")]
    CodeUsed,
    /// Too many wrong codes: even the right one is refused now.
    #[error("too many wrong codes")]
    CodeLocked {
        /// When to start again.
        retry_at: Option<Timestamp>,
    },
    /// A new code can be sent later.
    #[error("a new code cannot be sent yet")]
    ResendTooSoon {
        /// When.
        retry_at: Option<Timestamp>,
    },
    /// No more messages today.
    #[error("no more codes can be sent today")]
    DailyCap {
        /// When to try again.
        retry_at: Option<Timestamp>,
    },
    /// The session is over: start again.
    #[error("this activation is over")]
    Over,
    /// The number is another customer's than the one whose records are here; they were left as they
    /// are.
    #[error("the records on this device belong to another customer")]
    OtherCustomer,
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a number was not looked up or bound.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BindingError {
    /// Not in the catalogue.
    #[error("no such biller")]
    UnknownBiller,
    /// The number cannot be one of this biller; nothing was sent.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The biller does not know the number.
    #[error("the biller does not know this customer number")]
    UnknownNumber,
    /// The echo is of another number, another biller, or too old: look it up again.
    #[error("what was shown does not belong to this number any more")]
    EchoInvalid,
    /// No such binding.
    #[error("no such account")]
    UnknownAccount,
    /// The biller does not answer now.
    #[error("the biller is closed for the moment")]
    BillerClosed {
        /// When it opens.
        retry_at: Option<Timestamp>,
    },
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a text cannot be a customer number of a biller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Too few characters.
    #[error("the number is too short; it has at least {minimum} characters")]
    TooShort {
        /// In characters.
        minimum: usize,
    },
    /// Too many characters.
    #[error("the number is too long; it has at most {maximum} characters")]
    TooLong {
        /// In characters.
        maximum: usize,
    },
    /// A character that this biller does not use, or in another place.
    #[error("the number does not look like one of this biller")]
    Shape,
    /// The check digit does not fit: a typing error.
    #[error("the number has a typing error (its check digit does not fit)")]
    CheckDigit,
}

/// Why the view was not refreshed; what was there before is still there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefreshError {
    /// No such binding.
    #[error("no such account")]
    UnknownAccount,
    /// The biller does not answer now.
    #[error("the biller is closed for the moment")]
    BillerClosed {
        /// When it opens.
        retry_at: Option<Timestamp>,
    },
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why there is no quote. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// No such bill.
    #[error("no such bill")]
    UnknownBill,
    /// An order on this bill is being checked: do not pay again.
    #[error("a payment of this bill is being checked")]
    PaymentInDoubt {
        /// Which.
        payment: String,
    },
    /// Another device or channel is paying it.
    #[error("another device is paying this bill")]
    PaymentInProgressElsewhere,
    /// Paid already.
    #[error("this bill is paid already")]
    AlreadySettled {
        /// By which payment, where known.
        by: Option<String>,
    },
    /// The bill is not what the person saw: look again.
    #[error("the bill has changed")]
    BillChanged {
        /// What it is now.
        now: Option<Box<Bill>>,
    },
    /// Less than the biller takes.
    #[error("the amount is below the minimum")]
    BelowMinimum {
        /// The least.
        minimum: Option<Money>,
    },
    /// More than the biller takes.
    #[error("the amount is above the maximum")]
    AboveMaximum {
        /// The most.
        maximum: Option<Money>,
    },
    /// The biller takes only what the bill says.
    #[error("this amount cannot be paid on this bill")]
    AmountNotAllowed,
    /// Not enough on the method's account.
    #[error("the balance is not enough")]
    InsufficientFunds,
    /// More than the limits allow.
    #[error("above the limit")]
    LimitExceeded {
        /// The limit that would be passed: of a payment, or of the bank's day.
        limit: Option<Money>,
    },
    /// The bank has not enabled payments for this customer.
    #[error("payments are not enabled")]
    PaymentNotEnabled,
    /// No such way to pay, or no longer.
    #[error("this way to pay cannot be used")]
    MethodUnusable,
    /// The biller takes no payments now.
    #[error("the biller is closed for the moment")]
    BillerClosed {
        /// When it opens.
        retry_at: Option<Timestamp>,
    },
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why no order was made. No byte of an order has left; no money moved.
/// What becomes of an order once it is made is a [`crate::Payment`], never an error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayError {
    /// The quote is not known here (any more): ask again.
    #[error("this quote is not known; ask for a new one")]
    UnknownQuote,
    /// The quote has run out: ask again.
    #[error("this quote has run out; ask for a new one")]
    QuoteExpired,
    /// The bank asks for a code: have one sent ([`crate::Client::ask_payment_code`]), then pay with it.
    #[error("this payment needs a code that the bank sends")]
    StepUpNeeded,
    /// Not a code: four to eight digits.
    #[error("not a code")]
    NotACode,
    /// The way to pay was removed since, or has expired.
    #[error("this way to pay cannot be used")]
    MethodUnusable,
    /// The first payment to this number on this device: the person has to compare whose it is once more
    /// ([`crate::QuoteView::first_payment`], then [`crate::Client::acknowledge_echo`]).
    #[error("whose number it is has not been compared yet")]
    EchoNotAcknowledged,
    /// An order on this bill is being checked: do not pay again.
    #[error("a payment of this bill is being checked")]
    PaymentInDoubt {
        /// Which.
        payment: String,
    },
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why several bills cannot be one list. Nothing of it was asked, signed or sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SeveralError {
    /// More than a person would read before saying yes.
    #[error("at most {most} bills can be paid in one go")]
    TooMany {
        /// In one go.
        most: usize,
    },
    /// A bill, or a top-up account, stands on the list more than once.
    #[error("a bill is listed twice")]
    ListedTwice {
        /// The biller's id, or empty where the quote is not known.
        biller: String,
        /// Its number, or the quote that is not known.
        bill_number: String,
    },
    /// The sum is no amount any more.
    #[error("the sum is out of range")]
    TooMuch,
}

/// Why there is no usual payment. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsualError {
    /// No such binding.
    #[error("no such account")]
    UnknownAccount,
    /// Nothing was paid for it on this device yet: what is usual is not known.
    #[error("nothing was paid for this account yet")]
    NothingUsual,
    /// No bill of it is open.
    #[error("no bill of this account is open")]
    NothingOpen,
    /// There is a usual payment, and no quote of it.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why reminders are not told, or stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReminderError {
    /// The phone's zone is not in the database that this core holds. Whoever has to go on takes the bank's
    /// ([`crate::reminders::BANK_ZONE`]).
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// What was wished makes no sense; what was chosen before stays.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// No such bill.
    #[error("no such bill")]
    UnknownBill,
    /// No such binding.
    #[error("no such binding")]
    UnknownBinding,
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why no code was sent. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// The order that it would be for could not be made.
    #[error(transparent)]
    Order(#[from] PayError),
    /// No limit was named.
    #[error("no limit is to be changed")]
    NothingToChange,
    /// More than the bank lets a customer raise the limit to.
    #[error("above what the bank allows")]
    AboveCeiling {
        /// The most.
        ceiling: Option<Money>,
    },
    /// A code for this was just sent.
    #[error("a new code cannot be sent yet")]
    TooSoon {
        /// When it can.
        retry_at: Option<Timestamp>,
    },
    /// No more messages today.
    #[error("no more codes can be sent today")]
    DailyCap {
        /// When to try again.
        retry_at: Option<Timestamp>,
    },
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why the ways to pay stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MethodError {
    /// No such way to pay, or no longer.
    #[error("no such way to pay")]
    UnknownMethod,
    /// A way to pay of this kind is not added by the person.
    #[error("a way to pay of this kind cannot be added")]
    NotOffered,
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why the limits stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LimitsError {
    /// No limit was named.
    #[error("no limit is to be changed")]
    NothingToChange,
    /// More than the bank lets a customer raise the limit to, with or without a code.
    #[error("above what the bank allows")]
    AboveCeiling {
        /// The most.
        ceiling: Option<Money>,
    },
    /// A raise needs a code: have one sent ([`crate::Client::ask_limits_code`]), then raise with it.
    #[error("raising a limit needs a code that the bank sends")]
    StepUpNeeded,
    /// Not a code: four to eight digits.
    #[error("not a code")]
    NotACode,
    /// The wrong code, or one for another change.
    #[error("the code is wrong, or for another change")]
    CodeWrong,
    /// The code came too late.
    #[error("the code has expired")]
    CodeExpired,
    /// Too many wrong codes: even the right one is refused now.
    #[error("too many wrong codes")]
    CodeLocked,
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why receipts or payments cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ViewError {
    /// No such thing here.
    #[error("no such payment or receipt")]
    NotFound,
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The store's errors reach every operation as faults.
macro_rules! from_store {
    ($($error:ty),*) => {$(
        impl From<StoreError> for $error {
            fn from(error: StoreError) -> Self {
                Self::Fault(error.into())
            }
        }
    )*};
}

from_store!(
    ActivationError,
    BindingError,
    RefreshError,
    QuoteError,
    UsualError,
    ReminderError,
    PayError,
    LimitsError,
    MethodError,
    ViewError,
    WipeError
);
