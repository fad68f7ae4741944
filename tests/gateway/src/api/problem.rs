//! Problem documents (RFC 9457). The type is what a client acts upon; nothing in them is personal.

use serde::Serialize;

use super::wire::{Activation, Bill, Money};

/// A refusal that is no outcome: it says nothing about money.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// `urn:billpay:problem:…`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// For developers.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// When asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// The session, with every problem of an activation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Box<Activation>>,
    /// The bill as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<Box<Bill>>,
    /// The payment that settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<Box<str>>,
    /// The limit that was passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Box<Money>>,
    /// The least version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_client: Option<Box<str>>,
    /// True for the word on a key's first request: it is given again, whenever the key comes again.
    #[serde(skip)]
    pub lasting: bool,
}

macro_rules! problems {
    ($($(#[$lasting:ident])? $name:ident = $kind:literal, $status:literal, $title:literal;)*) => {
        impl Problem {
            /// The types of all problems, in the order of the contract.
            pub const KINDS: &[&str] = &[$(concat!("urn:billpay:problem:", $kind)),*];

            $(
                #[doc = concat!("`", $kind, "`: ", $title, ".")]
                #[must_use]
                pub fn $name() -> Self {
                    Self::new(concat!("urn:billpay:problem:", $kind), $status, $title, problems!(@ $($lasting)?))
                }
            )*
        }
    };
    (@ lasting) => { true };
    (@) => { false };
}

problems! {
    bad_request = "bad-request", 400, "The request is not one of the contract";
    too_large = "too-large", 413, "The body is larger than 1 MiB or deeper than 16 levels";
    not_found = "not-found", 404, "There is no such resource";
    not_implemented = "not-implemented", 501, "Part of the contract, not built yet";
    internal = "internal", 500, "The gateway failed; what happened is unknown";
    idempotency_key_missing = "idempotency-key-missing", 400, "Every POST carries an Idempotency-Key";
    idempotency_key_reused = "idempotency-key-reused", 422, "The key belongs to another request";
    idempotency_key_in_progress = "idempotency-key-in-progress", 409, "The first request of this key is still running";
    signature_missing = "signature-missing", 401, "The request is not signed";
    signature_invalid = "signature-invalid", 401, "The signature does not fit the request";
    signature_replayed = "signature-replayed", 401, "This signature was used before";
    clock_skew = "clock-skew", 401, "created is too far from Bank-Time";
    device_unknown = "device-unknown", 401, "No device signs with this key";
    device_revoked = "device-revoked", 401, "The device was revoked";
    client_too_old = "client-too-old", 426, "This version of the app is not served any more";
    activation_unknown = "activation-unknown", 404, "There is no such activation";
    #[lasting] code_wrong = "code-wrong", 422, "The code is wrong";
    #[lasting] code_expired = "code-expired", 422, "The code has expired";
    #[lasting] code_superseded = "code-superseded", 422, "A newer code was sent";
    #[lasting] code_used = "code-used", 422, "The code was used";
    #[lasting] code_locked = "code-locked", 423, "Too many wrong codes";
    resend_too_soon = "resend-too-soon", 429, "A code was just sent";
    sms_daily_cap = "sms-daily-cap", 429, "No more codes to this number today";
    biller_unknown = "biller-unknown", 404, "There is no such biller";
    biller_closed = "biller-closed", 503, "The biller is closed for the moment";
    biller_unreachable = "biller-unreachable", 503, "The biller does not answer";
    customer_number_invalid = "customer-number-invalid", 422, "Not a customer number of this biller";
    customer_number_unknown = "customer-number-unknown", 404, "The biller does not know this customer number";
    #[lasting] echo_token_invalid = "echo-token-invalid", 422, "The echo token is not for this number, or has expired";
    rate_limited = "rate-limited", 429, "Asked too often";
    account_unknown = "account-unknown", 404, "There is no such account";
    bill_unknown = "bill-unknown", 404, "There is no such bill";
    bill_changed = "bill-changed", 409, "The bill is not what it was";
    already_settled = "already-settled", 409, "The bill is paid";
    payment_in_progress_elsewhere = "payment-in-progress-elsewhere", 409, "A payment of this bill is under way";
    amount_below_minimum = "amount-below-minimum", 422, "Less than the biller takes";
    amount_above_maximum = "amount-above-maximum", 422, "More than the biller takes";
    amount_not_allowed = "amount-not-allowed", 422, "Not an amount that the biller takes";
    insufficient_funds = "insufficient-funds", 422, "Not enough money";
    limit_exceeded = "limit-exceeded", 422, "Over a limit";
    limit_above_ceiling = "limit-above-ceiling", 422, "Above what the bank lets a customer raise the limit to";
    payment_not_enabled = "payment-not-enabled", 403, "The customer has no permission to pay";
    method_unknown = "method-unknown", 422, "No such method, or it is not active";
    payment_unknown = "payment-unknown", 404, "No such payment is known here, so far";
    order_malformed = "order-malformed", 422, "Not an order of the contract";
    order_signature_invalid = "order-signature-invalid", 422, "Not signed by the order key of its device";
    order_expired = "order-expired", 404, "Not known here, and past its valid_until";
    too_early = "too-early", 425, "Not yet";
}

impl Problem {
    fn new(kind: &'static str, status: u16, title: &'static str, lasting: bool) -> Self {
        Self {
            kind,
            title,
            status,
            retry_at: None,
            activation: None,
            bill: None,
            settled_by: None,
            limit: None,
            minimum_client: None,
            lasting,
        }
    }

    /// With the moment from which asking again makes sense.
    #[must_use]
    pub fn retry_at(mut self, ms: i64) -> Self {
        self.retry_at = Some(crate::moment::text(ms));
        self
    }

    /// With the session.
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = Some(Box::new(activation));
        self
    }

    /// With the bill as it is now.
    #[must_use]
    pub fn bill(mut self, bill: Bill) -> Self {
        self.bill = Some(Box::new(bill));
        self
    }

    /// With the limit that was passed.
    #[must_use]
    pub fn limit(mut self, minor: i64) -> Self {
        self.limit = Some(Box::new(Money::cny(minor)));
        self
    }
}
