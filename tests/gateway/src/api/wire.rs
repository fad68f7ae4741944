//! The messages of the contract (core/api/gateway.openapi.yaml), as the gateway reads and writes
//! them. Unknown members are ignored, but in an order, where nothing may be signed unseen.

use crate::redact::debug_shows;
use serde::{Deserialize, Serialize};

/// The currency of this bank.
pub const CNY: &str = "CNY";

/// The largest amount and the largest count: above it, not every reader sees the same number.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// An amount. Members in canonical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// Minor units.
    pub minor: i64,
}

impl Money {
    /// An amount of CNY.
    #[must_use]
    pub fn cny(minor: i64) -> Self {
        Self { currency: CNY.to_owned(), minor }
    }

    /// Whether it is one that this bank handles.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.currency == CNY && (0..=MAX_INTEGER).contains(&self.minor)
    }
}

/// A public key (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC` or `OKP`.
    pub kty: String,
    /// `P-256` or `Ed25519`.
    pub crv: String,
    /// base64url.
    pub x: String,
    /// base64url; of `EC` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The key's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// `POST /v1/activations`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct StartActivation {
    pub activation_id: String,
    pub phone: String,
    pub device_name: String,
    pub language: String,
    pub device_key: Jwk,
    pub order_key: Jwk,
}

debug_shows!(StartActivation: activation_id, language);

/// `POST /v1/activations/{id}/verify`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct FinishActivation {
    pub code: String,
}

debug_shows!(FinishActivation: );

/// An activation session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Activation {
    pub id: String,
    pub state: String,
    pub phone_masked: String,
    pub attempts_left: i64,
    pub resend_at: String,
    pub expires_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
}

/// The customer, as shown to the customer.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Customer {
    pub id: String,
    pub name_masked: String,
    pub may_pay: bool,
}

/// Limits on payments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Limits {
    pub per_payment: Money,
    pub per_day: Money,
    pub used_today: Money,
    pub step_up_from: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Ceiling>,
}

/// The most that customers may raise their limits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Ceiling {
    pub per_payment: Money,
    pub per_day: Money,
    pub step_up_from: Money,
}

/// `POST /v1/limits`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct SetLimits {
    #[serde(default)]
    pub per_payment: Option<Money>,
    #[serde(default)]
    pub per_day: Option<Money>,
    #[serde(default)]
    pub step_up_from: Option<Money>,
    #[serde(default)]
    pub step_up: Option<String>,
}

debug_shows!(SetLimits: per_payment, per_day, step_up_from);

/// `POST /v1/step-ups`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct StartStepUp {
    pub purpose: String,
    pub digest: String,
}

/// A code that is under way.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct StepUp {
    pub id: String,
    pub kind: &'static str,
    pub sent_to_masked: String,
    pub attempts_left: i64,
    pub expires_at: String,
}

/// A binding.
#[derive(Clone, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Account {
    pub id: String,
    pub biller: String,
    pub customer_number: String,
    pub holder_masked: String,
    pub address_masked: String,
    pub alias: String,
    pub state: &'static str,
    pub version: i64,
    pub echo_digest: String,
}

debug_shows!(Account: id, biller, state, version);

/// `POST /v1/bindings/lookup`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct LookupBinding {
    pub biller: String,
    pub customer_number: String,
}

debug_shows!(LookupBinding: biller);

/// What the person compares.
#[derive(Clone, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Echo {
    pub holder_masked: String,
    pub address_masked: String,
    pub echo_token: String,
    pub expires_at: String,
}

debug_shows!(Echo: holder_masked);

/// `POST /v1/bindings`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct ConfirmBinding {
    pub biller: String,
    pub customer_number: String,
    pub echo_token: String,
    pub alias: String,
}

debug_shows!(ConfirmBinding: biller);

/// `POST /v1/bills/query`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct QueryBills {
    pub account: String,
}

/// A bill, or an account to top up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Bill {
    pub account: String,
    pub biller: String,
    pub bill_number: String,
    pub version: i64,
    pub kind: String,
    pub state: String,
    pub amount: Money,
    pub minimum: Money,
    pub maximum: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_fee: Option<Money>,
    pub items: Vec<Item>,
    pub updated_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<String>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Item {
    pub label: String,
    pub amount: Money,
}

/// A method, as shown.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Method {
    pub id: String,
    pub kind: String,
    pub label: String,
    pub last4: String,
    pub default: bool,
    pub state: String,
}

/// `POST /v1/methods`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct AddMethod {
    pub kind: String,
}

/// Where a hosted step is.
#[derive(Clone, Serialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct HostedStep {
    pub url: String,
    pub expires_at: String,
}

debug_shows!(HostedStep: expires_at);

/// `POST /v1/quotes`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct AskQuote {
    pub account: String,
    pub bill_number: String,
    pub bill_version: i64,
    pub amount: Money,
    pub method: String,
}

/// A quote.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Quote {
    pub quote: String,
    pub biller: String,
    pub payee: String,
    pub customer_number: String,
    pub bill_number: String,
    pub bill_version: i64,
    pub amount: Money,
    pub fee: Money,
    pub total: Money,
    pub method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Money>,
    pub limits: Limits,
    pub step_up: bool,
    pub valid_until: String,
    pub echo_digest: String,
}

debug_shows!(Quote: biller, bill_number, bill_version, total, valid_until);

/// An order, members in the order of their names: serialized as it is, it is in canonical form
/// (RFC 8785), for its strings are escaped alike and its numbers are small integers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Order {
    pub amount: SignedMoney,
    pub bill_number: String,
    pub bill_version: i64,
    pub biller: String,
    pub customer: String,
    pub customer_number: String,
    pub device: String,
    pub echo_digest: String,
    pub epoch: String,
    pub fee: SignedMoney,
    pub journal_sequence: i64,
    pub method: String,
    pub payee: String,
    pub payment_id: String,
    pub quote: String,
    pub suite: String,
    pub total: SignedMoney,
    pub v: i64,
    pub valid_until: String,
}

debug_shows!(Order: payment_id, biller, bill_number, bill_version, total, valid_until);

/// An amount in an order: nothing else may be in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct SignedMoney {
    pub currency: String,
    pub minor: i64,
}

/// A signed order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Envelope {
    pub key: String,
    pub order: Order,
    pub signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<String>,
}

debug_shows!(Envelope: order, key);

/// `POST /v1/evidence`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Evidence {
    pub orders: Vec<Envelope>,
    pub outcomes: Vec<String>,
}

debug_shows!(Evidence: );
