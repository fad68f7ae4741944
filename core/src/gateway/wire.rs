//! The bodies of the wire contract, where they are more than a value type of `model`.
//! Shapes, units and bounds: `api/gateway.openapi.yaml`.

use std::collections::BTreeSet;

use billpay_plan::{Channel, Language, Quiet, Redaction, TimeOfDay};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::thumbprint::Jwk,
    model::{
        Account, AccountState, Bill, BillKind, BillState, Biller, BillerKind, BillerState, Check, Limits, LimitsChange,
        Method, MethodKind, MethodState, Money,
    },
};

/// `POST /v1/activations`.
#[derive(Serialize)]
pub struct StartActivation<'a> {
    /// Made by this client.
    pub activation_id: &'a str,
    /// E.164.
    pub phone: &'a str,
    /// What the person calls the device.
    pub device_name: &'a str,
    /// Language of the message.
    pub language: &'a str,
    /// Signs requests.
    pub device_key: Jwk,
    /// Signs orders.
    pub order_key: Jwk,
}

/// The session as the bank tells it, in answers and in problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationSession {
    /// The client's id.
    pub id: String,
    /// `waiting`, `locked`, `expired`, `used`, or a value of a later version.
    pub state: String,
    /// Of the number that the code went to.
    pub phone_masked: String,
    /// Tries left for the current code.
    pub attempts_left: u32,
    /// When a new code can be sent.
    pub resend_at: Timestamp,
    /// When the current code becomes void.
    pub expires_at: Timestamp,
    /// After too many wrong codes: when to start again.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
}

/// Answer to `start` and `resend`.
#[derive(Deserialize)]
pub struct ActivationAnswer {
    /// The session.
    pub activation: ActivationSession,
}

/// Answer to `verify`.
#[derive(Deserialize)]
pub struct Activated {
    /// Who the device now acts for.
    pub customer: Customer,
    /// The device.
    pub device: DeviceId,
    /// A JWS that the bank takes when it has forgotten the device.
    pub credential: String,
}

/// The customer, as far as the device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The bank's id.
    pub id: String,
    /// Masked.
    pub name_masked: String,
    /// The permission that enrolment gave.
    pub may_pay: bool,
}

/// The device, as the bank names it.
#[derive(Deserialize)]
pub struct DeviceId {
    /// A UUID.
    pub id: String,
}

/// `GET /v1/sync`. Lists whose items this version cannot read lose those items and no others.
#[derive(Deserialize)]
pub struct Feed {
    /// Where to go on.
    pub cursor: String,
    /// Starts from nothing.
    pub full: bool,
    /// There is more.
    pub more: bool,
    /// If it changed.
    #[serde(default)]
    pub customer: Option<Customer>,
    /// If they changed.
    #[serde(default)]
    pub limits: Option<Limits>,
    /// Of the catalogue.
    pub billers: Readable<Biller>,
    /// Bindings.
    pub accounts: Readable<Account>,
    /// Bills.
    pub bills: Readable<Bill>,
    /// Compact JWS, in chain order.
    pub outcomes: Readable<String>,
    /// The customer's orders.
    pub orders: Readable<KnownOrder>,
    /// Ways to pay.
    pub methods: Readable<Method>,
    /// What the bank has seen of this device's journal.
    pub journal: Journal,
    /// The version of the bank's trust document of now.
    #[serde(default)]
    pub trust_version: Option<i64>,
}

/// See [`Feed`].
#[derive(Deserialize)]
pub struct Journal {
    /// The highest sequence.
    pub highest_sequence: i64,
}

/// An order of the customer, of whatever device.
#[derive(Clone, Serialize, Deserialize)]
pub struct KnownOrder {
    /// Its id.
    pub payment_id: String,
    /// base64url of SHA-256.
    pub order_digest: String,
    /// `open`, `settled`, `refused`, `reversed`, or a value of a later version.
    pub state: String,
    /// Who signed it.
    pub device: String,
    /// Whom it pays.
    pub biller: String,
    /// What it pays.
    pub bill_number: String,
    /// How much.
    pub total: Money,
    /// Its fence.
    pub valid_until: Timestamp,
    /// Of open orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Box<serde_json::value::RawValue>>,
}

// I8: the envelope holds the customer number in full.
impl std::fmt::Debug for KnownOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("KnownOrder");
        shown.field("payment_id", &self.payment_id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// `POST /v1/bindings/lookup`.
#[derive(Serialize)]
pub struct LookupBinding<'a> {
    /// The biller's id.
    pub biller: &'a str,
    /// In full.
    pub customer_number: &'a str,
}

/// What the person compares.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Echo {
    /// As the biller masks it.
    pub holder_masked: String,
    /// As the biller masks it.
    pub address_masked: String,
    /// Needed for binding.
    pub echo_token: String,
    /// Of the token.
    pub expires_at: Timestamp,
}

// I8: whoever holds the token may bind the number.
impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Echo").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// `POST /v1/bindings`.
#[derive(Serialize)]
pub struct ConfirmBinding<'a> {
    /// The biller's id.
    pub biller: &'a str,
    /// In full.
    pub customer_number: &'a str,
    /// From the look-up.
    pub echo_token: &'a str,
    /// The person's name for it.
    pub alias: &'a str,
}

/// A binding with its bills.
#[derive(Deserialize)]
pub struct Bound {
    /// The binding.
    pub account: Account,
    /// Its bills.
    #[serde(deserialize_with = "readable")]
    pub bills: Vec<Bill>,
}

/// `POST /v1/bills/query`.
#[derive(Serialize)]
pub struct QueryBills<'a> {
    /// The binding.
    pub account: &'a str,
}

/// Answer to it.
#[derive(Deserialize)]
pub struct Bills {
    /// All open bills.
    #[serde(deserialize_with = "readable")]
    pub bills: Vec<Bill>,
}

/// `POST /v1/quotes`.
#[derive(Serialize)]
pub struct AskQuote<'a> {
    /// The binding.
    pub account: &'a str,
    /// What to pay.
    pub bill_number: &'a str,
    /// As the person saw it.
    pub bill_version: i64,
    /// How much.
    pub amount: Money,
    /// By what.
    pub method: &'a str,
}

/// The biller's word of this moment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Quote {
    /// The token that the order names.
    pub quote: String,
    /// Whom.
    pub biller: String,
    /// The biller's name, as it will stand on the receipt.
    pub payee: String,
    /// In full.
    pub customer_number: crate::model::CustomerNumber,
    /// What.
    pub bill_number: String,
    /// Its version.
    pub bill_version: i64,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// By what.
    pub method: String,
    /// Of the method, where known.
    #[serde(default)]
    pub balance: Option<Money>,
    /// By the bank's calendar.
    pub limits: Limits,
    /// Whether a second factor is needed.
    pub step_up: bool,
    /// By the bank's clock.
    pub valid_until: Timestamp,
    /// Of the binding.
    pub echo_digest: String,
}

/// `POST /v1/methods`.
#[derive(Serialize)]
pub struct AddMethod<'a> {
    /// `card` or `wallet`.
    pub kind: &'a str,
}

/// Answer to it.
#[derive(Deserialize)]
pub struct HostedStep {
    /// A page of the bank.
    pub url: String,
    /// When it is gone.
    pub expires_at: Timestamp,
}

/// Answer to a change of methods.
#[derive(Deserialize)]
pub struct Methods {
    /// All of them.
    #[serde(deserialize_with = "readable")]
    pub methods: Vec<Method>,
}

/// `POST /v1/step-ups`.
#[derive(Serialize)]
pub struct StartStepUp<'a> {
    /// `payment` or `limits`.
    pub purpose: &'a str,
    /// What the code will be good for, and nothing else.
    pub digest: &'a str,
}

/// A code that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StepUp {
    /// Its name: `STEP_UP_ID` of the factor.
    pub id: String,
    /// Where it goes.
    pub sent_to_masked: String,
    /// Tries.
    pub attempts_left: u32,
    /// When it becomes void.
    pub expires_at: Timestamp,
}

/// `POST /v1/limits`.
#[derive(Serialize)]
pub struct SetLimits<'a> {
    /// What changes.
    #[serde(flatten)]
    pub change: &'a LimitsChange,
    /// The second factor of a raise, bound to the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_up: Option<&'a str>,
}

/// `POST /v1/reminders`: the whole of what the person wishes.
#[derive(Clone, Debug, Serialize)]
pub struct RemindBy {
    /// Rises with each choice that this phone tells: one that took longer than a later one changes nothing.
    pub revision: u64,
    /// Of the phone's clock.
    pub zone: String,
    /// When, and in which words.
    pub policy: ReminderWishes,
    /// For every binding that is not named.
    pub channels: BTreeSet<Channel>,
    /// By binding.
    pub bindings: Vec<BindingChannels>,
    /// What is put off.
    pub snoozed: Vec<PutOff>,
}

/// By which ways a binding is spoken of.
#[derive(Clone, Debug, Serialize)]
pub struct BindingChannels {
    /// The bank's id of it.
    pub account: String,
    /// None: it is not spoken of.
    pub channels: BTreeSet<Channel>,
}

/// 200 to a choice: what is in force at the bank now.
#[derive(Clone, Debug, Deserialize)]
pub struct RemindersInForce {
    /// The highest that this phone has told.
    #[serde(default)]
    pub revision: u64,
    /// By name: the bank may know other ways than we do, and not know one of ours.
    pub channels: BTreeSet<String>,
    /// By binding.
    #[serde(default)]
    pub bindings: Vec<BindingInForce>,
}

/// By which ways the bank speaks of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct BindingInForce {
    pub account: String,
    pub channels: BTreeSet<String>,
}

/// A bill that is put off, by its name in the bank's reminders.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct PutOff {
    pub bill: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What of the wishes the bank plans by.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct ReminderWishes {
    pub lead_days: Vec<u16>,
    pub overdue_days: Vec<u16>,
    pub overdue_every: u16,
    pub at: TimeOfDay,
    pub quiet: Option<Quiet>,
    pub redaction: Redaction,
    pub language: Language,
    pub muted: Vec<String>,
}

/// 200 to evidence: how much of it was looked into.
#[derive(Deserialize)]
#[expect(dead_code, reason = "that they are there tells this answer from another request's")]
pub struct EvidenceTaken {
    orders: u64,
    outcomes: u64,
}

/// 200 to pay, confirm and reversal.
#[derive(Deserialize)]
pub struct Ended {
    /// A compact JWS.
    pub outcome: String,
}

/// 202 to pay, confirm and reversal.
#[derive(Deserialize)]
pub struct Pending {
    /// While a person at the bank looks at it.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
}

/// `POST /v1/evidence`.
#[derive(Serialize)]
pub struct Evidence<'a> {
    /// Signed orders, as they were sent.
    pub orders: Vec<&'a serde_json::value::RawValue>,
    /// Compact JWS, as they were received.
    pub outcomes: Vec<&'a str>,
}

/// Answer to `GET /v1/trust`.
#[derive(Deserialize)]
pub struct TrustAnswer {
    /// A compact JWS.
    pub trust: String,
}

/// A list without the items that this version cannot read: a newer bank may send what an older
/// phone does not know, and that must not cost it the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable<T> {
    /// Those that it can.
    pub items: Vec<T>,
    /// How many it cannot.
    pub dropped: usize,
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Readable<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent: Vec<Box<serde_json::value::RawValue>> = Deserialize::deserialize(deserializer)?;
        let items: Vec<T> = sent.iter().filter_map(|item| serde_json::from_slice(item.get().as_bytes()).ok()).collect();
        let dropped = sent.len() - items.len();
        if dropped > 0 {
            tracing::warn!(dropped, "items of a list could not be read");
        }
        Ok(Self { items, dropped })
    }
}

impl Feed {
    /// Whether a later version may make more of it: items that this one cannot read, or of which it
    /// keeps a value as `Unknown`. (Orders are named anew each time.)
    #[must_use]
    pub fn says_more(&self) -> bool {
        let dropped = [
            self.billers.dropped,
            self.accounts.dropped,
            self.bills.dropped,
            self.outcomes.dropped,
            self.orders.dropped,
            self.methods.dropped,
        ];
        let billers = self.billers.items.iter().any(|biller| {
            biller.kind == BillerKind::Unknown
                || biller.state == BillerState::Unknown
                || biller.customer_number.check == Check::Unknown
        });
        let bills =
            self.bills.items.iter().any(|bill| bill.kind == BillKind::Unknown || bill.state == BillState::Unknown);
        let mut methods = self.methods.items.iter();
        let methods = methods.any(|method| method.kind == MethodKind::Unknown || method.state == MethodState::Unknown);
        let accounts = self.accounts.items.iter().any(|account| account.state == AccountState::Unknown);
        dropped.iter().any(|dropped| *dropped > 0) || billers || bills || methods || accounts
    }
}

/// The same for a list that is asked for anew each time.
fn readable<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    Readable::deserialize(deserializer).map(|list| list.items)
}

#[cfg(test)]
mod tests {
    use super::{Feed, Readable};

    #[test]
    fn an_item_of_a_newer_bank_costs_itself_and_is_counted() {
        let list: Readable<u8> = serde_json::from_str(r#"[1, {"of": "later"}, 2, 300]"#).unwrap();
        assert_eq!(list, Readable { items: vec![1, 2], dropped: 2 });
    }

    #[test]
    fn what_a_later_version_could_make_more_of_is_noticed() {
        let feed = |bills: &str, methods: &str| -> Feed {
            let text = format!(
                r#"{{"cursor": "e.1", "full": true, "more": false, "billers": [], "accounts": [], "bills": [{bills}],
                "outcomes": [], "orders": [], "methods": [{methods}], "journal": {{"highest_sequence": 0}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let method =
            r#"{"id": "m", "kind": "KIND", "label": "l", "last4": "1234", "default": true, "state": "active"}"#;
        assert!(!feed("", &method.replace("KIND", "card")).says_more());
        assert!(feed("", &method.replace("KIND", "palm")).says_more());
        assert!(feed("{}", "").says_more());
    }
}
