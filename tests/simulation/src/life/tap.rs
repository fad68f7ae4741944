//! A tap on every line: what an order looks like on the wire the first time it leaves, and whether
//! the phone's file knew it by then (I2).

use billpay_core::platform::{Method, Request};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    common::Common,
    keeper::Keeper,
    record::{Questions, Sent},
    suite::sha256,
};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    order: &'a RawValue,
}

#[derive(Deserialize)]
struct Order {
    payment_id: String,
    biller: String,
    payee: String,
    bill_number: String,
    amount: Money,
    fee: Money,
    total: Money,
    method: String,
    quote: String,
    epoch: String,
}

#[derive(Deserialize)]
struct Money {
    minor: i64,
}

/// The path of a URL, without ids that would only make lines long.
#[must_use]
pub fn path(url: &str) -> &str {
    let path = url.find("/v1/").and_then(|at| url.get(at..)).unwrap_or(url);
    path.split('?').next().unwrap_or(path)
}

/// Which message it is, whatever ids it bears: whose, to what end, about the how-manieth order.
#[must_use]
pub fn which(common: &Common, phone: usize, request: &Request, payment: Option<&str>) -> String {
    let mut which = format!("{phone} {} ", request.method.as_str());
    for part in path(&request.url).split('/').filter(|part| !part.is_empty()) {
        which.push('/');
        which.push_str(if part.len() == 36 { "-" } else { part });
    }
    if let Some(payment) = payment {
        let mut facts = common.record.facts();
        let orders = facts.ordinals.entry(phone).or_default();
        let at = orders.iter().position(|known| known == payment).unwrap_or_else(|| {
            orders.push(payment.to_owned());
            orders.len() - 1
        });
        drop(facts);
        which.push_str(&format!(" {at}"));
    }
    which
}

/// A request is about to leave a phone; gives the payment that it is about.
pub fn leaves(common: &Common, keeper: &Keeper, phone: usize, request: &Request) -> Option<String> {
    let path = path(&request.url);
    let healed = !common.faults.are_on();
    let named = match (request.method, path.strip_prefix("/v1/payments")) {
        // A reversal brings the order as it was signed, and may be the first that the bank hears of it.
        (Method::Post, Some(rest)) if rest.is_empty() || rest.ends_with("/reversal") => {
            order(common, keeper, phone, &request.body)
        }
        (Method::Get | Method::Post, Some(rest)) => rest.split('/').nth(1).map(str::to_owned),
        (Method::Get | Method::Post | Method::Delete, None) | (Method::Delete, Some(_)) => None,
    };
    if let (true, Some(payment)) = (healed, &named) {
        let now = common.now.ms();
        let mut facts = common.record.facts();
        let first = Questions { count: 0, first: now, last: now };
        let asked = facts.questions.entry((phone, payment.clone())).or_insert(first);
        (asked.count, asked.last) = (asked.count + 1, now);
    }
    named
}

fn order(common: &Common, keeper: &Keeper, phone: usize, body: &[u8]) -> Option<String> {
    let read = serde_json::from_slice::<Envelope<'_>>(body).ok();
    let text = read.as_ref().map(|envelope| envelope.order.get());
    let order = text.and_then(|text| serde_json::from_str::<Order>(text).ok());
    let (Some(text), Some(order)) = (text, order) else {
        common.record.facts().wrong.push(("I2", format!("phone {phone} sent an order that is none")));
        return None;
    };
    let digest = sha256(text.as_bytes());
    let payment = order.payment_id.clone();
    let mut facts = common.record.facts();
    // What has rotted may be an index that the app does not go by, or what only this look needs.
    let journalled = match facts.rotten.contains(&phone) {
        true => Ok(keeper.journalled_in_a_rotten_file(&payment)),
        false => keeper.journalled(&payment),
    };
    match &journalled {
        Ok(Some(state)) if state == "in_doubt" => {}
        Ok(state) => {
            let state = state.as_deref().unwrap_or("no row");
            facts.wrong.push(("I2", format!("{payment} left phone {phone} while its file says: {state}")));
        }
        Err(error) => facts.wrong.push(("I2", format!("the file of phone {phone} cannot be read: {error}"))),
    }
    let sent = Sent {
        at: common.now.ms(),
        phone,
        digest,
        biller: order.biller,
        bill: order.bill_number,
        payee: order.payee,
        amount: order.amount.minor,
        fee: order.fee.minor,
        total: order.total.minor,
        method: order.method,
        quote: order.quote,
        epoch: order.epoch,
        journalled: journalled.ok().flatten(),
    };
    match facts.sent.get(&payment) {
        None => {
            facts.orders += 1;
            facts.sent.insert(payment.clone(), sent);
        }
        Some(first) if first.digest != digest => {
            facts.wrong.push(("I2", format!("{payment} left again with other bytes")));
        }
        Some(_) => {}
    }
    Some(payment)
}
