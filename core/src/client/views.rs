//! What the shell is shown: plain values without secrets and without full customer numbers.

use jiff::{Timestamp, civil::Date};

use crate::{
    activation::{Identity, Session, Stage},
    bills::Known,
    gateway::wire::Quote,
    model::{
        Account, BillItem, BillKind, Biller, BillerKind, BillerState, Contact, CustomerNumber, Language, Limits,
        Method, Money, NumberRule, Place,
    },
    payments::{Entry, transition::State},
    platform::SecurityLevel,
    receipts::{Body, Month, Outcome, ReceiptBody, RepaymentBody, Stored},
};

/// Who this device acts for, and what is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whether it is active.
    pub active: bool,
    /// Another device took over, or the bank revoked this one.
    pub revoked: bool,
    /// Masked.
    pub name_masked: Option<String>,
    /// The permission that enrolment gave.
    pub may_pay: bool,
    /// An activation that waits for its code.
    pub activation: Option<Activation>,
    /// The bank has seen orders of this device that its file did not have: the file was set back to
    /// an earlier state. What the bank still knows of them has come back, or comes with the next
    /// refresh. Stays until the device is activated again.
    pub rolled_back: bool,
    /// Where secrets rest on this device.
    pub secrets: SecurityLevel,
    /// Where the signing keys rest.
    pub keys: SecurityLevel,
    /// How long this app can go on talking to the bank.
    pub trust: TrustState,
}

/// How long the security data (pins, receipt keys) that this app has is good for. New data comes by itself
/// with a refresh; what is past its time for long says that the bank or the network gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustState {
    /// Until then.
    Good {
        /// From then on nothing is sent but the question for new data.
        until: Timestamp,
    },
    /// Past its soft expiry: the bank should have sent newer data by now. Everything works still.
    RenewalDue {
        /// From then on nothing is sent but the question for new data.
        until: Timestamp,
    },
    /// Past its hard expiry, or newer data was here and is lost: nothing is sent but the question for new data.
    /// What the phone holds stays readable.
    Expired,
}

/// An activation under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Its id.
    pub id: String,
    /// Of the number that the code goes to, once the bank has answered.
    pub phone_masked: Option<String>,
    /// Where it stands; `None` while no answer has come.
    pub stage: Option<Stage>,
    /// Tries left for the current code.
    pub attempts_left: Option<u32>,
    /// When a new code can be sent.
    pub resend_at: Option<Timestamp>,
    /// When the code becomes void.
    pub expires_at: Option<Timestamp>,
}

/// An entry of the catalogue, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillerView {
    /// Stable.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it sells.
    pub kind: BillerKind,
    /// Whether it takes payments.
    pub state: BillerState,
    /// What its numbers look like.
    pub number: NumberRule,
    /// Whom to call.
    pub contact: Contact,
}

/// What the person compares before binding. Pass it back unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct BindingEcho {
    /// The biller's id.
    pub biller: String,
    /// Its name.
    pub payee: String,
    /// Masked by `Debug`; in full only inside.
    pub customer_number: CustomerNumber,
    /// As the biller masks it.
    pub holder_masked: String,
    /// As the biller masks it.
    pub address_masked: String,
    /// Look it up again after this.
    pub expires_at: Timestamp,
    pub(super) token: String,
}

/// What a refresh brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Bills heard of.
    pub bills: usize,
    /// Outcomes that verified.
    pub receipts: usize,
    /// Outcomes by a key that is not known here, of this and earlier refreshes: kept until it is.
    pub unverifiable: usize,
    /// Outcomes that do not verify, or are not whole.
    pub invalid: usize,
    /// See [`Profile::rolled_back`].
    pub rolled_back: bool,
}

/// The bindings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// In a fixed order.
    pub accounts: Vec<Account>,
    /// Bindings that the file no longer gives; the next refresh fetches them again.
    pub damaged: usize,
}

/// The bills, with the age of the whole view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bills {
    /// By binding, and of each the oldest first.
    pub bills: Vec<BillView>,
    /// The last refresh, by the bank's clock; `None` before the first.
    pub as_of: Option<Timestamp>,
    /// As last told.
    pub limits: Option<Limits>,
    /// As last told.
    pub methods: Vec<Method>,
    /// Bills that the file no longer gives, or whose binding it does not; the next refresh fetches
    /// them again.
    pub damaged: usize,
}

/// A bill as shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BillView {
    /// The binding.
    pub account: String,
    /// The person's name for it, or empty.
    pub alias: String,
    /// The biller's id.
    pub biller: String,
    /// Its name.
    pub biller_name: String,
    /// Masked.
    pub customer_number_masked: String,
    /// The biller's number for the bill.
    pub bill_number: String,
    /// Its version.
    pub version: i64,
    /// A bill, or an account to top up.
    pub kind: BillKind,
    /// What can be done with it.
    pub status: BillStatus,
    /// What is still asked, as far as this phone knows: without what was paid of it here since it was last heard of.
    pub amount: Money,
    /// The least that can be paid.
    pub minimum: Money,
    /// The most that can be paid.
    pub maximum: Money,
    /// What it is for.
    pub period: Option<String>,
    /// The last day to pay, in the bank's zone.
    pub due_date: Option<Date>,
    /// Part of the amount.
    pub late_fee: Option<Money>,
    /// What the amount is made of.
    pub items: Vec<BillItem>,
    /// When it was last heard of, by the bank's clock.
    pub as_of: Timestamp,
}

/// What can be done with a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillStatus {
    /// It can be paid.
    Open,
    /// A payment of it is being checked: do not pay again.
    Checking {
        /// Which.
        payment: String,
    },
    /// Another device of the customer is paying it.
    PaidElsewhere,
    /// Nothing is owed.
    Paid,
    /// Withdrawn.
    Cancelled,
    /// Of a later version: look at it in a newer app.
    Unknown,
}

/// A quote, good until `valid_until` by the bank's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteView {
    /// To be passed to `pay`.
    pub id: String,
    /// Its id. The catalogue has its name in the person's language; what is signed is `payee`.
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
    /// Of the method, where known. Kept nowhere, and for no lock screen (row 96).
    pub balance: Option<Money>,
    /// Of balance and limits: when the bank said them, by its clock.
    pub as_of: Timestamp,
    /// By the bank's calendar.
    pub limits: Limits,
    /// The bank asks for a code: [`crate::Client::ask_payment_code`], then
    /// [`crate::Client::pay_with_code`]; `pay` refuses it.
    pub step_up: bool,
    /// By the bank's clock.
    pub valid_until: Timestamp,
    /// Nobody has paid to this number on this device: whose it is, to be compared once more and
    /// acknowledged, or `pay` refuses (row 12).
    pub first_payment: Option<FirstPayment>,
}

/// Whose number it is that is paid to for the first time: to be shown large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstPayment {
    /// The binding.
    pub account: String,
    /// Passed to [`crate::Client::acknowledge_echo`] once the person has compared.
    pub echo_digest: String,
    /// Whose, as the biller masks it.
    pub holder_masked: String,
    /// Where.
    pub address_masked: String,
}

/// A code that is on its way to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// Names it.
    pub id: String,
    /// To which number.
    pub sent_to_masked: String,
    /// Tries. Of a payment it is one: a wrong code ends its order as refused, which has to be said before one
    /// is typed ([`crate::text::LimitsText::OneTry`]).
    pub attempts_left: u32,
    /// When it becomes void, by the bank's clock.
    pub expires_at: Timestamp,
}

/// A page of the bank on which a card or wallet is entered. What is entered there never passes
/// through the app.
#[derive(Clone, PartialEq, Eq)]
pub struct HostedStep {
    /// To be opened in the system's browser.
    pub url: String,
    /// When it is gone, by the bank's clock.
    pub expires_at: Timestamp,
}

// Whoever has the address may enter a card there: not for logs.
impl std::fmt::Debug for HostedStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostedStep").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What the customer may pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsView {
    /// By the bank's calendar: `used_today` is of the bank's day of `as_of`.
    pub limits: Option<Limits>,
    /// The permission that enrolment gave.
    pub may_pay: bool,
    /// The last refresh, by the bank's clock; `None` before the first.
    pub as_of: Option<Timestamp>,
}

/// A payment as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id, for the person to name it by.
    pub id: String,
    /// Where it stands.
    pub state: PaymentState,
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
    /// What of it came back after it had settled; the documents say why ([`crate::Client::documents`]).
    pub repaid: Option<Money>,
    /// By the phone's clock.
    pub created: Timestamp,
    /// By the bank's clock.
    pub valid_until: Timestamp,
}

/// Where a payment stands, as far as it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// Not known yet: do not pay again.
    Checking {
        /// A person at the bank looks at it until then.
        held_until: Option<Timestamp>,
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

/// A page of payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payments {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Payments of this page that the file no longer gives. Their documents are told all the same, and one
    /// that is open is asked about until it ends.
    pub damaged: usize,
}

impl Payments {
    /// How many payments this page is of, read or not: 0 after the last one.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.payments.len() + self.damaged
    }
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipts {
    /// Newest first.
    pub receipts: Vec<ReceiptView>,
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    pub damaged: usize,
}

/// A page of documents, and where the next one begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptPage {
    /// Newest first.
    pub receipts: Vec<ReceiptView>,
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    pub damaged: usize,
    /// Passed back for the next page; `None` at the end.
    pub next: Option<Place>,
}

/// A page of payments, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentPage {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Payments of this page that the file no longer gives; see [`Payments::damaged`].
    pub damaged: usize,
    /// Passed back for the next page; `None` at the end.
    pub next: Option<Place>,
}

/// What was paid, by month and biller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The oldest first; months in which nothing was paid are left out.
    pub months: Vec<Month>,
    /// Documents that wait for their key, or for a version that knows their kind: not counted. Which of them are
    /// receipts, and whether they are the bank's, is not known until then.
    pub waiting: usize,
    /// Documents on the shelf that do not verify here (any more): not counted.
    pub unverified: usize,
    /// Documents that the file no longer gives: not counted; the next refresh fetches them again.
    pub damaged: usize,
}

/// A document of the bank as shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptView {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// The payment.
    pub payment: String,
    /// `receipt`, `refusal`, `reversal` or `repayment`.
    pub kind: String,
    /// In the customer's chain.
    pub sequence: i64,
    /// By the bank's clock.
    pub issued: Timestamp,
    /// Whether the signature holds.
    pub proof: Proof,
    /// Of a receipt that is verified.
    pub receipt: Option<ReceiptBody>,
    /// Of a repayment that is verified.
    pub repayment: Option<RepaymentBody>,
    /// Of a refusal, reversal or repayment: the bank's code.
    pub reason: Option<String>,
    /// Of a reversal or repayment that is verified: given back to the customer.
    pub returned: Option<Money>,
    /// The first field with a text that would not be seen as what is written in it (a character that turns the direction
    /// of writing round, or that cannot be seen): for whoever shows the document to say so.
    pub illegible: Option<&'static str>,
    /// The document itself, for anyone to verify.
    pub compact: String,
}

/// Whether a document proves what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Signed by the bank.
    Verified,
    /// By a key that is not known here: neither good nor bad.
    Unverifiable {
        /// The name of the key.
        kid: String,
    },
    /// Not what the bank signed.
    Invalid,
}

// What a person calls a place is not for logs.
impl std::fmt::Debug for BillView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BillView")
            .field("account", &self.account)
            .field("biller", &self.biller)
            .field("customer_number_masked", &self.customer_number_masked)
            .field("bill_number", &self.bill_number)
            .field("version", &self.version)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

// The document holds the customer number in full.
impl std::fmt::Debug for ReceiptView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptView")
            .field("id", &self.id)
            .field("payment", &self.payment)
            .field("kind", &self.kind)
            .field("sequence", &self.sequence)
            .field("issued", &self.issued)
            .field("proof", &self.proof)
            .field("receipt", &self.receipt)
            .field("repayment", &self.repayment)
            .field("reason", &self.reason)
            .field("returned", &self.returned)
            .field("illegible", &self.illegible)
            .finish_non_exhaustive()
    }
}

// The token is one that binds: not for logs.
impl std::fmt::Debug for BindingEcho {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("BindingEcho");
        shown.field("biller", &self.biller).field("customer_number", &self.customer_number).finish_non_exhaustive()
    }
}

impl Profile {
    pub(super) fn of(
        identity: Option<Identity>,
        activation: Option<Activation>,
        rolled_back: bool,
        secrets: SecurityLevel,
        keys: SecurityLevel,
        trust: TrustState,
    ) -> Self {
        Self {
            active: identity.as_ref().is_some_and(Identity::is_active),
            revoked: identity.as_ref().is_some_and(|identity| identity.revoked),
            may_pay: identity.as_ref().is_some_and(|identity| identity.may_pay),
            name_masked: identity.map(|identity| identity.name_masked),
            activation,
            rolled_back,
            secrets,
            keys,
            trust,
        }
    }
}

impl Activation {
    pub(super) fn of(session: &Session) -> Self {
        let told = session.told.as_ref();
        Self {
            id: session.id.clone(),
            phone_masked: told.map(|told| told.phone_masked.clone()),
            stage: told.map(|told| told.stage),
            attempts_left: told.map(|told| told.attempts_left),
            resend_at: told.map(|told| told.resend_at),
            expires_at: told.map(|told| told.expires_at),
        }
    }
}

impl BillerView {
    pub(super) fn of(biller: &Biller, language: Language) -> Self {
        Self {
            id: biller.id.clone(),
            name: biller.name.get(language).to_owned(),
            kind: biller.kind,
            state: biller.state,
            number: biller.customer_number.clone(),
            contact: biller.contact.clone(),
        }
    }
}

impl BindingEcho {
    /// The bank's word that this number was looked up; needed to confirm from another process, see
    /// [`BindingEcho::earlier`]. Short-lived, and of no use for any other number.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// An echo that the person has compared in an earlier process: what it showed is gone, the
    /// bank still knows it by its token, and refuses one that is too old.
    #[must_use]
    pub fn earlier(biller: &str, customer_number: &str, token: &str) -> Self {
        Self {
            biller: biller.to_owned(),
            payee: String::new(),
            customer_number: CustomerNumber::with_dashes(customer_number),
            holder_masked: String::new(),
            address_masked: String::new(),
            expires_at: Timestamp::MAX,
            token: token.to_owned(),
        }
    }
}

impl BillView {
    pub(super) fn of(known: Known, account: &Account, biller_name: String, status: BillStatus) -> Self {
        let as_of = known.as_of;
        let bill = known.remaining();
        Self {
            account: bill.account,
            alias: account.alias.clone(),
            biller: bill.biller,
            biller_name,
            customer_number_masked: account.customer_number.masked(),
            bill_number: bill.bill_number,
            version: bill.version,
            kind: bill.kind,
            status,
            amount: bill.amount,
            minimum: bill.minimum,
            maximum: bill.maximum,
            period: bill.period,
            due_date: bill.due_date,
            late_fee: bill.late_fee,
            items: bill.items,
            as_of,
        }
    }
}

impl QuoteView {
    pub(super) fn of(quote: &Quote, method_label: String, as_of: Timestamp) -> Self {
        Self {
            id: String::new(),
            biller: quote.biller.clone(),
            payee: quote.payee.clone(),
            customer_number_masked: quote.customer_number.masked(),
            bill_number: quote.bill_number.clone(),
            amount: quote.amount,
            fee: quote.fee,
            total: quote.total,
            method: quote.method.clone(),
            method_label,
            balance: quote.balance,
            as_of,
            limits: quote.limits,
            step_up: quote.step_up,
            valid_until: quote.valid_until,
            first_payment: None,
        }
    }
}

impl FirstPayment {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            echo_digest: account.echo_digest.clone(),
            holder_masked: account.holder_masked.clone(),
            address_masked: account.address_masked.clone(),
        }
    }
}

impl Payment {
    pub(super) fn of(entry: &Entry) -> Self {
        let reason = entry.reason.clone().unwrap_or_default();
        let state = match entry.state() {
            State::Authorized | State::InDoubt(_) => PaymentState::Checking { held_until: entry.held_until },
            State::Settled => PaymentState::Settled,
            State::Refused => PaymentState::Refused { reason },
            State::Reversed => PaymentState::Reversed { reason },
            State::Cancelled => PaymentState::Cancelled,
        };
        Self {
            id: entry.id.clone(),
            state,
            payee: entry.payee.clone(),
            biller: entry.biller.clone(),
            bill_number: entry.bill_number.clone(),
            amount: entry.amount,
            fee: entry.fee,
            total: entry.total,
            // Before its receipt is there nothing says that it was paid at all (I3).
            repaid: entry.repaid().filter(|_| entry.state() == State::Settled),
            created: entry.created,
            valid_until: entry.valid_until,
        }
    }
}

impl ReceiptView {
    pub(super) fn of(stored: &Stored, proof: Proof, outcome: Option<Outcome>) -> Self {
        let reason = outcome.as_ref().and_then(|outcome| outcome.reason().map(str::to_owned));
        let illegible = outcome.as_ref().and_then(Outcome::illegible).map(|(field, _)| field);
        let mut repayment_of = None;
        let (receipt, returned) = match outcome.map(|outcome| outcome.body) {
            Some(Body::Receipt(receipt)) => (Some(*receipt), None),
            Some(Body::Reversal(reversal)) => (None, Some(reversal.returned)),
            Some(Body::Repayment(repayment)) => {
                let returned = repayment.returned;
                repayment_of = Some(repayment);
                (None, Some(returned))
            }
            Some(Body::Refusal(_)) | None => (None, None),
        };
        Self {
            id: stored.id.clone(),
            payment: stored.payment.clone(),
            kind: stored.kind.clone(),
            sequence: stored.sequence,
            issued: stored.issued,
            proof,
            receipt,
            repayment: repayment_of,
            reason,
            returned,
            illegible,
            compact: stored.compact.clone(),
        }
    }
}
