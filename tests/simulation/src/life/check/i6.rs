//! I6: every settled order has exactly one receipt that verifies, on the phone too; the bank's chains have
//! no gap that a restore does not explain, and a phone shows every gap of its own, and no other.

use std::collections::{BTreeMap, BTreeSet};

use billpay_core::receipts::Break;
use jiff::Timestamp;
use ring::digest;
use serde::Deserialize;

use super::{
    Scene, Violation,
    books::{self, Books},
    violation,
};
use crate::life::{
    bank,
    common::Unfit,
    record::{Facts, Look, Sent},
};

#[derive(Clone, Deserialize)]
struct Header {
    kid: String,
    typ: String,
}

#[derive(Clone, Deserialize)]
struct Payload {
    payment_id: String,
    order_digest: String,
    epoch: String,
    sequence: i64,
    previous: Option<String>,
    issued_at: Timestamp,
    receipt: Option<Receipt>,
}

#[derive(Clone, Deserialize)]
struct Receipt {
    amount: Money,
    fee: Money,
    total: Money,
    biller: String,
    bill_number: String,
}

#[derive(Clone, Deserialize)]
struct Money {
    minor: i64,
}

/// base64url without padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
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

/// Documents by their text, each verified once, by neither side's code.
struct Reader<'a> {
    scene: &'a Scene<'a>,
    public: Vec<u8>,
    known: BTreeMap<String, Option<(Header, Payload)>>,
}

impl<'a> Reader<'a> {
    fn new(scene: &'a Scene<'a>) -> Result<Self, Unfit> {
        let suite = scene.common.signatures.gateway();
        let key = bank::receipt_key().public_jwk(suite.as_ref()).ok_or(Unfit::Other("no receipt key"))?;
        Ok(Self { scene, public: decode(&key.x).ok_or(Unfit::Other("no receipt key"))?, known: BTreeMap::new() })
    }

    fn read(&mut self, compact: &str) -> Option<(Header, Payload)> {
        if let Some(known) = self.known.get(compact) {
            return known.clone();
        }
        let read = self.verified(compact);
        self.known.insert(compact.to_owned(), read.clone());
        read
    }

    fn verified(&self, compact: &str) -> Option<(Header, Payload)> {
        let (signed, signature) = compact.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if !self.scene.common.signatures.is_by(&self.public, signed.as_bytes(), &decode(signature)?) {
            return None;
        }
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        (header.kid == bank::receipt_key().kid).then_some(())?;
        Some((header, serde_json::from_slice(&decode(payload)?).ok()?))
    }
}

fn id_of(compact: &str) -> String {
    encode(digest::digest(&digest::SHA256, compact.as_bytes()).as_ref())
}

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) -> Result<(), Unfit> {
    let mut reader = Reader::new(scene)?;
    let receipts = at_the_bank(&mut reader, books, found);
    for (payment, order) in books.orders.iter().filter(|(_, order)| order.state == books::SETTLED) {
        let ours = receipts.get(payment.as_str());
        let count = ours.map_or(0, BTreeSet::len);
        // Two that name one digest after a restore count once.
        if count == 0 || (count > 1 && !books.restored) {
            violation(found, "I6", format!("{payment} of {} has {count} receipts", order.customer));
        }
        let Some(sent) = facts.sent.get(payment) else { continue };
        // A phone that was set back gets its documents from the bank again; where the bank does not answer it
        // any more, the one that took over does.
        let set_back = facts.put_back.contains_key(&sent.phone) || facts.lost.contains(&sent.phone);
        let mut has = |phone| on_the_phone(&mut reader, books, facts, payment, sent, phone, ours);
        let mut has_again = |phone| has(phone) || set_back && kept_back(facts, phone, ours);
        if !(has_again(sent.phone) || set_back && has_again(sent.phone + 1)) {
            violation(found, "I6", format!("phone {} has no receipt of {payment}", sent.phone));
        }
    }
    for (phone, look) in &facts.looks {
        shows_its_gaps(&mut reader, *phone, look, found);
    }
    has_everything(books, facts, found);
    Ok(())
}

/// Whether the bank keeps a document of those back from a phone, which shows as a gap there. Only a phone that
/// was set back lacks it for that: any other has it from the answer to its order.
fn kept_back(facts: &Facts, phone: usize, documents: Option<&BTreeSet<&str>>) -> bool {
    let of_it = |compact: &str| documents.is_some_and(|documents| documents.contains(compact));
    facts.withheld.iter().any(|one| one.phone == phone && of_it(&one.compact))
}

/// The documents of the bank and their chains; gives the receipts of each payment.
fn at_the_bank<'a>(
    reader: &mut Reader<'_>,
    books: &'a Books,
    found: &mut Vec<Violation>,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut receipts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut before: Option<(&str, &str, i64, String)> = None;
    for outcome in &books.outcomes {
        let mut wrong =
            |what: &str| violation(found, "I6", format!("the {} of {}: {what}", outcome.kind, outcome.payment));
        let Some((header, payload)) = reader.read(&outcome.compact) else {
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
        // Of an earlier life of the ledger a restore may have lost some: what is there is linked.
        let lost_some = outcome.epoch != books.epoch;
        let linked = match &before {
            Some((customer, epoch, sequence, id)) if (*customer, *epoch) == (&outcome.customer, &outcome.epoch) => {
                let next = outcome.sequence == sequence + 1;
                (next && payload.previous.as_ref() == Some(id)) || (lost_some && outcome.sequence > sequence + 1)
            }
            Some(_) | None => {
                let first = outcome.sequence == 1 && (books.restored || payload.previous.is_none());
                first || (lost_some && outcome.sequence > 1)
            }
        };
        if !linked {
            wrong("does not follow on the one before it");
        }
        before = Some((&outcome.customer, &outcome.epoch, outcome.sequence, id_of(&outcome.compact)));
        if outcome.kind == "receipt" {
            receipts.entry(&outcome.payment).or_default().insert(&outcome.compact);
        }
    }
    receipts
}

/// Whether the phone that paid shows a receipt of just that order: the bank's own, or one from a life of
/// the ledger that a restore has ended.
fn on_the_phone(
    reader: &mut Reader<'_>,
    books: &Books,
    facts: &Facts,
    payment: &str,
    sent: &Sent,
    phone: usize,
    ours: Option<&BTreeSet<&str>>,
) -> bool {
    let shown = facts.receipts.get(&(phone, payment.to_owned()));
    shown.into_iter().flatten().filter(|shown| shown.verified).any(|shown| {
        let Some((header, payload)) = reader.read(&shown.compact) else { return false };
        let same = payload.payment_id == payment && payload.order_digest == encode(&sent.digest);
        let known = ours.is_some_and(|ours| ours.contains(shown.compact.as_str()));
        same && header.typ == "billpay-receipt+jws" && (known || payload.epoch != books.epoch)
    })
}

/// The phone says of its chain what is so: every gap, and no other.
fn shows_its_gaps(reader: &mut Reader<'_>, phone: usize, look: &Look, found: &mut Vec<Violation>) {
    let mut documents = Vec::new();
    for shown in &look.documents {
        let read = reader.read(&shown.compact);
        if read.is_some() != shown.verified {
            let what = format!("phone {phone} says of a document that it verifies: {}", shown.verified);
            violation(found, "I6", what);
        }
        documents.extend(read.map(|(_, payload)| (payload, id_of(&shown.compact))));
    }
    let mut said: Vec<String> = look.breaks.iter().map(in_words).collect();
    let mut so = gaps(documents);
    said.sort();
    so.sort();
    if said != so {
        violation(found, "I6", format!("phone {phone} says of its chain {said:?}, and it is {so:?}"));
    }
}

fn in_words(shown: &Break) -> String {
    match shown {
        Break::Missing { epoch, from, to, .. } => format!("{epoch} lacks {from} to {to}"),
        Break::Fork { epoch, sequence } => format!("{epoch} has two of {sequence}"),
        Break::Unlinked { epoch, sequence } => format!("{epoch} does not link {sequence}"),
        Break::Epoch { epoch } => format!("{epoch} begins"),
    }
}

/// Where a chain does not hold, by the check's own walk.
fn gaps(mut documents: Vec<(Payload, String)>) -> Vec<String> {
    let mut begun: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (payload, _) in &documents {
        let first = begun.entry(payload.epoch.clone()).or_insert(payload.issued_at);
        *first = (*first).min(payload.issued_at);
    }
    let first_life = begun.iter().min_by_key(|(_, at)| **at).map(|(epoch, _)| epoch.clone());
    let mut so: Vec<String> = begun
        .keys()
        .filter(|epoch| Some(*epoch) != first_life.as_ref())
        .map(|epoch| format!("{epoch} begins"))
        .collect();
    documents.sort_by(|(one, a), (two, b)| (&one.epoch, one.sequence, a).cmp(&(&two.epoch, two.sequence, b)));
    let mut before: Option<(String, i64, String)> = None;
    for (payload, id) in documents {
        let epoch = payload.epoch;
        let same = before.as_ref().filter(|(life, _, _)| *life == epoch);
        let (due, link) = same.map_or((1, None), |(_, sequence, id)| (sequence + 1, Some(id.clone())));
        let begins_anew = link.is_none() && Some(&epoch) != first_life.as_ref();
        if payload.sequence > due {
            so.push(format!("{epoch} lacks {due} to {}", payload.sequence - 1));
        } else if payload.sequence < due {
            so.push(format!("{epoch} has two of {}", payload.sequence));
        } else if payload.previous != link && !begins_anew {
            so.push(format!("{epoch} does not link {}", payload.sequence));
        }
        before = Some((epoch, payload.sequence, id));
    }
    so
}

/// A phone that has refreshed at the end has every document of its customer, but for what was kept from it.
fn has_everything(books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    for (phone, customer) in &facts.complete {
        let look = facts.looks.iter().rev().find(|(of, _)| of == phone).map(|(_, look)| look);
        let has: BTreeSet<&str> =
            look.into_iter().flat_map(|look| &look.documents).map(|shown| shown.compact.as_str()).collect();
        for outcome in books.outcomes.iter().filter(|outcome| outcome.customer == *customer) {
            let kept = |one: &crate::life::withhold::Withheld| one.phone == *phone && one.compact == outcome.compact;
            if !has.contains(outcome.compact.as_str()) && !facts.withheld.iter().any(kept) {
                violation(found, "I6", format!("phone {phone} lacks the {} of {}", outcome.kind, outcome.payment));
            }
        }
    }
}
