//! The order as the client signed it: read strictly, named by its digest.

use jiff::Timestamp;
use thiserror::Error;

use crate::{
    api::wire::{CNY, Envelope, MAX_INTEGER, SignedMoney},
    encoding::{base64url, from_base64url, hex, sha256},
    ledger::orders::Order,
    moment,
    payments::transition::State,
    redact::debug_shows,
    suite::Suite,
};

/// Not an order of the contract, or not one of a suite that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an order of the contract")]
pub struct Malformed;

/// A signed order: well-formed, its signature not yet checked.
#[derive(Clone)]
pub struct Signed {
    pub(crate) envelope: Envelope,
    pub(crate) digest: String,
    pub(crate) valid_until: i64,
    canonical: Vec<u8>,
    signature: Vec<u8>,
    number: String,
}

debug_shows!(Signed: digest, valid_until);

impl Signed {
    /// Reads an envelope. Unknown members of the order, numbers that are no small integers and
    /// names that come twice have been refused by the time it is one.
    ///
    /// # Errors
    /// It is not an order of the contract, or one of another suite.
    pub fn read(envelope: Envelope, suite: &dyn Suite) -> Result<Self, Malformed> {
        let order = &envelope.order;
        let id = |text: &str| (1..=64).contains(&text.chars().count());
        let within = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
        let good = order.v == 1
            && order.suite == suite.name()
            && uuid(&order.payment_id)
            && uuid(&order.epoch)
            && [&order.customer, &order.device, &order.biller, &order.bill_number, &order.method]
                .into_iter()
                .all(|t| id(t))
            && within(&order.quote, 200)
            && within(&order.payee, 120)
            && within(&order.customer_number, 40)
            && (1..=MAX_INTEGER).contains(&order.journal_sequence)
            && (1..=MAX_INTEGER).contains(&order.bill_version)
            && [&order.amount, &order.fee, &order.total].into_iter().all(money)
            && order.amount.minor > 0
            && order.total.minor == order.amount.minor + order.fee.minor
            && digest(&order.echo_digest)
            && digest(&envelope.key)
            && envelope.step_up.as_ref().is_none_or(|factor| factor.len() <= 4096);
        if !good {
            return Err(Malformed);
        }
        // In the one spelling that a phone reads and writes, however fine the time is.
        let spelt = order.valid_until.parse::<Timestamp>().is_ok_and(|moment| moment.to_string() == order.valid_until);
        let valid_until = moment::parse(&order.valid_until).filter(|_| spelt).ok_or(Malformed)?;
        let signature = from_base64url(&envelope.signature).filter(|bytes| bytes.len() == 64).ok_or(Malformed)?;
        // The members stand in the order of RFC 8785: see `wire::Order`.
        let canonical = serde_json::to_vec(order).map_err(|_| Malformed)?;
        let hash = sha256(&canonical);
        Ok(Self { digest: base64url(&hash), number: number(&hash), valid_until, canonical, signature, envelope })
    }

    /// The RFC 8785 bytes that are signed.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// base64url of SHA-256 of the canonical bytes.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The number under which the biller sees its charge (rule 3).
    #[must_use]
    pub fn charge_number(&self) -> &str {
        &self.number
    }

    /// Whether it is signed by the P-256 key `point`.
    #[must_use]
    pub fn is_by(&self, point: &[u8], suite: &dyn Suite) -> bool {
        suite.verify_p256(point, &self.canonical, &self.signature)
    }

    /// The row of an order that is not known here.
    pub(crate) fn unknown(&self, now: i64) -> Result<Order, serde_json::Error> {
        let order = &self.envelope.order;
        Ok(Order {
            payment_id: order.payment_id.clone(),
            digest: self.digest.clone(),
            number: self.number.clone(),
            customer: order.customer.clone(),
            device: order.device.clone(),
            journal_sequence: Some(order.journal_sequence),
            epoch: order.epoch.clone(),
            biller: order.biller.clone(),
            customer_number: Some(order.customer_number.clone()),
            payee: order.payee.clone(),
            bill_number: order.bill_number.clone(),
            bill_version: Some(order.bill_version),
            amount: order.amount.minor,
            fee: order.fee.minor,
            method: order.method.clone(),
            valid_until: self.valid_until,
            envelope: Some(serde_json::to_string(&self.envelope)?),
            state: State::Unknown,
            held: 0,
            taken_at: now,
            charge_sent_at: None,
            tries: 0,
            reason: None,
            biller_code: None,
        })
    }
}

/// Rule 3: the number under which the biller sees a charge, from the order's digest alone.
pub(crate) fn number(digest: &[u8]) -> String {
    hex(&sha256(&[b"billpay-charge", digest].concat()))
}

fn money(money: &SignedMoney) -> bool {
    money.currency == CNY && (0..=MAX_INTEGER).contains(&money.minor)
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn digest(text: &str) -> bool {
    text.len() == 43 && from_base64url(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::RingSuite;

    fn text() -> String {
        let order = serde_json::json!({
            "v": 1, "suite": "ES256", "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "customer": "C1", "device": "D",
            "journal_sequence": 1, "epoch": "019a9d3e-7c00-7000-8000-00000000e001", "quote": "q", "biller": "power-sh",
            "payee": "国网\u{8}上海 \"电力\"/\u{7f}", "customer_number": "31", "bill_number": "B", "bill_version": 1,
            "amount": {"minor": 100, "currency": "CNY"}, "fee": {"minor": 0, "currency": "CNY"},
            "total": {"minor": 100, "currency": "CNY"}, "method": "m", "valid_until": "2026-11-22T05:10:00Z",
            "echo_digest": "A".repeat(43)
        });
        serde_json::json!({"order": order, "signature": "A".repeat(86), "key": "A".repeat(43)}).to_string()
    }

    fn read(text: &str) -> Result<Signed, Malformed> {
        Signed::read(serde_json::from_str(text).map_err(|_| Malformed)?, &RingSuite)
    }

    #[test]
    fn row_24_the_digest_is_over_the_form_of_rfc_8785() {
        let signed = read(&text()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text()).unwrap();
        let canonical = serde_json_canonicalizer::to_vec(&value["order"]).unwrap();
        assert_eq!(signed.canonical, canonical);
        assert_eq!(signed.digest, base64url(&sha256(&canonical)));
    }

    #[test]
    fn row_24_anything_but_an_order_of_the_contract_is_refused() {
        assert!(read(&text()).is_ok());
        assert!(read(&text().replacen("05:10:00Z", "05:10:00.999999999Z", 1)).is_ok());
        for (from, to) in [
            (r#""v":1"#, r#""v":2"#),
            (r#""v":1"#, r#""v":1,"v":1"#),
            (r#""v":1"#, r#""v":1,"tip":1"#),
            (r#""v":1"#, r#""v":1.0"#),
            ("ES256", "SM2"),
            (r#""bill_version":1"#, r#""bill_version":0"#),
            (r#""bill_version":1"#, r#""bill_version":9007199254740992"#),
            (r#""bill_version":1"#, r#""bill_version":"1""#),
            (r#""total":{"currency":"CNY","minor":100}"#, r#""total":{"currency":"CNY","minor":101}"#),
            (r#""currency":"CNY","minor":100"#, r#""currency":"CNY","minor":100,"x":0"#),
            (r#""currency":"CNY","minor":100"#, r#""currency":"CNY","minor":-100"#),
            (r#""currency":"CNY","minor":0"#, r#""currency":"EUR","minor":0"#),
            ("05:10:00Z", "13:10:00+08:00"),
            ("05:10:00Z", "05:10:00.000Z"),
            ("05:10:00Z", "05:10:60Z"),
            ("T05:10:00Z", " 05:10Z"),
            ("019a9d3e-7c00-7000-8000-000000000001", "019A9D3E-7C00-7000-8000-000000000001"),
            (r#""method":"m""#, r#""method":"""#),
        ] {
            let other = text().replacen(from, to, 1);
            assert_ne!(other, text(), "{from}");
            assert!(read(&other).is_err(), "{to}");
        }
    }
}
