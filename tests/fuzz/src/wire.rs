//! Answers of the gateway: bounded before anything reads them, a list that loses what it cannot read
//! and nothing else, and every value that a phone keeps is the same when it comes back.

use std::fmt::Debug;

use billpay_core::{
    gateway::{
        caller::Reply,
        wire::{
            Activated, ActivationAnswer, Bills, Bound, Echo, Ended, Feed, HostedStep, Methods, Pending, Quote,
            Readable, StepUp, TrustAnswer,
        },
    },
    model::{Account, Bill, Biller, Limits, Method},
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{chosen::chosen, oracle::Shape};

/// `a` to `m`: the body of an answer, by its kind. `n` to `q`: a value that is kept.
pub fn check(data: &[u8]) {
    let Some((which, body)) = chosen(data, 17) else { return };
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let reply =
        Reply { status: 200, body: body.to_vec(), bank_time: Timestamp::UNIX_EPOCH, epoch: String::new(), keyid: None };
    bounded(&reply);
    match which {
        0 => feed(&reply, value.as_ref()),
        1 => told(&reply, |bound: Bound| {
            kept(&bound.account);
            bound.bills.iter().for_each(kept);
        }),
        2 => told(&reply, |bills: Bills| bills.bills.iter().for_each(kept)),
        3 => told(&reply, |quote: Quote| {
            kept(&quote.limits);
            [quote.amount, quote.fee, quote.total].iter().for_each(kept);
        }),
        4 => told(&reply, |methods: Methods| methods.methods.iter().for_each(kept)),
        5 => told(&reply, |activated: Activated| kept(&activated.customer)),
        6 => told(&reply, |answer: ActivationAnswer| kept(&answer.activation)),
        7 => told(&reply, |_: Ended| {}),
        8 => told(&reply, |_: Pending| {}),
        9 => told(&reply, |step: StepUp| drop(format!("{step:?}"))),
        10 => told(&reply, |_: HostedStep| {}),
        11 => told(&reply, |echo: Echo| {
            let nobody = Echo {
                holder_masked: String::new(),
                address_masked: String::new(),
                echo_token: String::new(),
                ..echo.clone()
            };
            assert_eq!(format!("{echo:?}"), format!("{nobody:?}"), "I8: a token or a holder in Debug");
        }),
        12 => told(&reply, |_: TrustAnswer| {}),
        13 => told(&reply, |biller: Biller| kept(&biller)),
        14 => told(&reply, |account: Account| kept(&account)),
        15 => told(&reply, |bill: Bill| kept(&bill)),
        _ => told(&reply, |method: Method| kept(&method)),
    }
}

/// JSON is read exactly if it is within the contract's bounds.
fn bounded(reply: &Reply) {
    let Some(shape) = Shape::of(&reply.body) else { return };
    let read = reply.body::<Value>().is_ok();
    assert_eq!(read, shape.is_within(), "{} deep, {} long", shape.depth, shape.longest);
}

fn told<T: DeserializeOwned>(reply: &Reply, look: impl FnOnce(T)) {
    if let Ok(told) = reply.body() {
        look(told);
    }
}

/// As a row of the store: written and read again.
fn kept<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let row = serde_json::to_vec(value).unwrap();
    let back: T = serde_json::from_slice(&row).expect("kept, and not read again");
    assert_eq!(&back, value);
}

fn feed(reply: &Reply, value: Option<&Value>) {
    let Ok(feed) = reply.body::<Feed>() else { return };
    // What nobody asks for in it may make no tree: a number beyond all, half a character.
    let Some(value) = value else { return };
    list(&feed.billers, &value["billers"]);
    list(&feed.accounts, &value["accounts"]);
    list(&feed.bills, &value["bills"]);
    list(&feed.methods, &value["methods"]);
    list(&feed.outcomes, &value["outcomes"]);
    let sent = value["orders"].as_array().unwrap().len();
    assert_eq!(feed.orders.items.len() + feed.orders.dropped, sent, "an order was lost unseen");
    for order in &feed.orders.items {
        let text = serde_json::to_string(order).unwrap();
        let back: billpay_core::gateway::wire::KnownOrder = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
    feed.customer.iter().for_each(kept);
    feed.limits.iter().for_each(kept::<Limits>);
    // A later version may always make more of what was dropped here.
    assert!(feed.says_more() || feed.bills.dropped + feed.accounts.dropped + feed.billers.dropped == 0);
}

fn list<T: Serialize + DeserializeOwned + PartialEq + Debug>(list: &Readable<T>, sent: &Value) {
    assert_eq!(list.items.len() + list.dropped, sent.as_array().unwrap().len(), "an item was lost unseen");
    list.items.iter().for_each(kept);
    // An item that the contract's reader takes by itself is never one that the list lost.
    let alone = sent.as_array().unwrap().iter().filter(|item| T::deserialize(*item).is_ok()).count();
    assert!(list.items.len() <= alone, "more items than can be read");
}
