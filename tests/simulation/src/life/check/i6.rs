//! I6: every settled order has exactly one receipt that verifies, on the phone too, and the chain
//! has no gap.

use std::collections::{BTreeMap, BTreeSet};

use ring::digest;
use serde::Deserialize;

use super::{
    Scene, Violation,
    books::{self, Books},
    violation,
};
use crate::life::{bank, common::Unfit, record::Facts};

#[derive(Deserialize)]
struct Header {
    kid: String,
    typ: String,
}

#[derive(Deserialize)]
struct Payload {
    payment_id: String,
    order_digest: String,
    epoch: String,
    sequence: i64,
    previous: Option<String>,
    receipt: Option<Receipt>,
}

#[derive(Deserialize)]
struct Receipt {
    amount: Money,
    fee: Money,
    total: Money,
    biller: String,
    bill_number: String,
}

#[derive(Deserialize)]
struct Money {
    minor: i64,
}

/// base64url without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        bits = bits << 6 | value(byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(out)
}

fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for nth in 0..=chunk.len() {
            let letter = usize::try_from(word >> (18 - 6 * nth) & 63).unwrap_or(0);
            out.push(char::from(LETTERS.get(letter).copied().unwrap_or(b'?')));
        }
    }
    out
}

fn read(scene: &Scene<'_>, public: &[u8], compact: &str) -> Option<(Header, Payload)> {
    let (signed, signature) = compact.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    if !scene.common.signatures.is_by(public, signed.as_bytes(), &decode(signature)?) {
        return None;
    }
    let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
    (header.kid == bank::receipt_key().kid).then_some(())?;
    Some((header, serde_json::from_slice(&decode(payload)?).ok()?))
}

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) -> Result<(), Unfit> {
    let suite = scene.common.signatures.gateway();
    let key = bank::receipt_key().public_jwk(suite.as_ref()).ok_or(Unfit::Other("no receipt key"))?;
    let public = decode(&key.x).ok_or(Unfit::Other("no receipt key"))?;
    let mut receipts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut before: Option<(&str, &str, i64, String)> = None;
    for outcome in &books.outcomes {
        let mut wrong =
            |what: &str| violation(found, "I6", format!("the {} of {}: {what}", outcome.kind, outcome.payment));
        let Some((header, payload)) = read(scene, &public, &outcome.compact) else {
            wrong("does not verify");
            continue;
        };
        let order = books.orders.get(&outcome.payment);
        if payload.payment_id != outcome.payment || order.is_none_or(|order| order.digest != payload.order_digest) {
            wrong("is of another order");
        }
        if header.typ != format!("billpay-{}+jws", outcome.kind)
            || (payload.receipt.is_some() != (outcome.kind == "receipt"))
        {
            wrong("is of another kind");
        }
        if let (Some(receipt), Some(order)) = (&payload.receipt, order)
            && ((receipt.amount.minor, receipt.fee.minor, receipt.total.minor)
                != (order.amount, order.fee, order.amount + order.fee)
                || (&receipt.biller, &receipt.bill_number) != (&order.biller, &order.bill))
        {
            wrong("is over another sum or bill");
        }
        if (&payload.epoch, payload.sequence) != (&outcome.epoch, outcome.sequence) {
            wrong("is from another place in the chain");
        }
        let hash = encode(digest::digest(&digest::SHA256, outcome.compact.as_bytes()).as_ref());
        let linked = match &before {
            Some((customer, epoch, sequence, hash)) if (*customer, *epoch) == (&outcome.customer, &outcome.epoch) => {
                outcome.sequence == sequence + 1 && payload.previous.as_ref() == Some(hash)
            }
            // A restored ledger goes on from what it still has.
            Some(_) | None => outcome.sequence == 1 && (books.restored || payload.previous.is_none()),
        };
        if !linked && !books.restored {
            wrong("does not follow on the one before it");
        }
        before = Some((&outcome.customer, &outcome.epoch, outcome.sequence, hash));
        if outcome.kind == "receipt" {
            receipts.entry(&outcome.payment).or_default().insert(&outcome.compact);
        }
    }
    for (payment, order) in books.orders.iter().filter(|(_, order)| order.state == books::SETTLED) {
        let ours = receipts.get(payment.as_str());
        let count = ours.map_or(0, BTreeSet::len);
        // Two that name one digest after a restore count once.
        if count == 0 || (count > 1 && !books.restored) {
            violation(found, "I6", format!("{payment} of {} has {count} receipts", order.customer));
        }
        let Some(sent) = facts.sent.get(payment) else { continue };
        let shown = facts.receipts.get(&(sent.phone, payment.clone()));
        let there = shown.is_some_and(|shown| {
            let same = |compact: &str| ours.is_some_and(|ours| ours.contains(compact)) || books.restored;
            shown.iter().any(|shown| shown.verified && same(&shown.compact))
        });
        if !there {
            violation(found, "I6", format!("phone {} has no receipt of {payment}", sent.phone));
        }
    }
    for (phone, count) in &facts.breaks {
        if *count > 0 && !books.restored {
            violation(found, "I6", format!("phone {phone} finds {count} breaks in the chain"));
        }
    }
    Ok(())
}
