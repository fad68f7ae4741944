//! What the bank's documents say: `OutcomePayload` and `CredentialPayload` of the contract.

use serde::{Deserialize, Serialize};

use crate::api::wire::{Jwk, Money};

/// Of a receipt, a refusal, a reversal or a repayment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct OutcomePayload {
    pub v: u8,
    pub payment_id: String,
    pub order_digest: String,
    pub customer: String,
    pub device: String,
    pub epoch: String,
    pub sequence: i64,
    // Null in the first of a chain, but never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    pub previous: Option<String>,
    pub issued_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversal: Option<ReversalBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repayment: Option<RepaymentBody>,
}

/// Settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct ReceiptBody {
    pub payer_masked: String,
    pub biller: String,
    pub payee: String,
    pub customer_number_masked: String,
    pub bill_number: String,
    pub amount: Money,
    pub fee: Money,
    pub total: Money,
    pub paid_at: String,
    pub zone: String,
    pub channel: String,
    pub bank_serial: String,
    pub biller_reference: String,
    pub method: ReceiptMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where the money came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct ReceiptMethod {
    pub kind: String,
    pub last4: String,
}

/// Refused by the bank, before any charge was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct RefusalBody {
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<String>,
}

/// Reversed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct ReversalBody {
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller_code: Option<String>,
    pub returned: Money,
}

/// Money of a settled payment given back later; the receipt stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct RepaymentBody {
    pub reason: String,
    pub returned: Money,
    pub receipt: String,
    pub repaid_at: String,
    pub bank_serial: String,
}

/// Of a credential: a device of a customer, with its two keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct CredentialPayload {
    pub v: u8,
    pub customer: String,
    pub device: String,
    pub device_key: Jwk,
    pub order_key: Jwk,
    pub issued_at: String,
}

/// A customer number with its middle hidden: at most the last four characters stay, and never more
/// than half.
#[must_use]
pub fn masked(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    let shown = (characters.len() / 2).min(4);
    let hidden = characters.len() - shown;
    let tail: String = characters.into_iter().skip(hidden).collect();
    format!("{}{tail}", "*".repeat(hidden.clamp(1, 8)))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_number_shows_at_most_its_last_four() {
        assert_eq!(masked("3100123456"), "******3456");
        assert_eq!(masked("12"), "*2");
        assert_eq!(masked("7"), "*");
    }
}
