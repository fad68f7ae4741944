//! `GET /v1/sync`: everything that changed since the cursor. A cursor is the epoch and a number that
//! every change has; one of another epoch starts from nothing. Open orders are told with every answer that
//! has all changes; where they are more than fit, the cursor names the last one that was told, too.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    bindings,
    call::Call,
    methods,
    problem::Problem,
    quotes,
    reply::{Fault, Reply},
    wire::{self, Customer, Limits, Money},
};
use crate::{
    catalogue::Shown,
    ledger::{LedgerError, Tx, orders::Order},
    moment,
    payments::transition::State,
};

/// The most items of a kind in one answer. The ledger gives one more where there are more.
const PAGE: usize = 500;

#[derive(Serialize)]
struct Feed<'a> {
    cursor: String,
    full: bool,
    more: bool,
    customer: Customer,
    limits: Limits,
    billers: Vec<Shown<'a>>,
    accounts: Vec<wire::Account>,
    bills: Vec<Box<RawValue>>,
    outcomes: Vec<String>,
    orders: Vec<KnownOrder>,
    methods: Vec<wire::Method>,
    mandates: [(); 0],
    tickets: [(); 0],
    journal: Journal,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust_version: Option<i64>,
}

#[derive(Serialize)]
struct Journal {
    highest_sequence: i64,
}

#[derive(Serialize)]
struct KnownOrder {
    payment_id: String,
    order_digest: String,
    state: &'static str,
    device: String,
    biller: String,
    bill_number: String,
    total: Money,
    valid_until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<Box<RawValue>>,
}

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let gateway = call.gateway;
    let (since, told) = since(call.query, gateway.epoch()).unzip();
    let told = told.flatten();
    let device = call.device()?;
    let feed = gateway.ledger.read(call.now, |tx| {
        let Some(customer) = tx.customer(&device.customer)? else { return Ok(None) };
        let limits = quotes::limits(tx, &customer)?;
        let shown = Customer { id: customer.id, name_masked: customer.name_masked, may_pay: customer.may_pay };
        let journal = Journal { highest_sequence: tx.highest_sequence(&device.id)? };
        let page = Page::of(tx, &device.customer, since.unwrap_or(0), told)?;
        // All of them with a full answer: they are few.
        let (after, until) = since.map_or((0, i64::MAX), |since| (since, page.until));
        let billers = tx.billers_since(after, until)?;
        let billers = billers.iter().filter_map(|standing| gateway.catalogue.shown(standing)).collect();
        Ok(Some(Feed {
            cursor: cursor(gateway.epoch(), &page),
            full: since.is_none(),
            more: page.more,
            customer: shown,
            limits,
            billers,
            accounts: page.accounts,
            bills: page.bills,
            outcomes: page.outcomes,
            orders: page.orders,
            methods: page.methods,
            mandates: [],
            tickets: [],
            journal,
            trust_version: trust_version(&gateway.config.trust),
        }))
    })?;
    Reply::ok(&feed.ok_or_else(Problem::device_unknown)?)
}

/// As the trust document says; the bank has signed it itself.
fn trust_version(compact: &str) -> Option<i64> {
    let payload = BASE64_URL_SAFE_NO_PAD.decode(compact.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<serde_json::Value>(&payload).ok()?.get("version")?.as_i64()
}

/// The number in the cursor, and the open order that was told last; `None` where the answer starts from
/// nothing.
fn since<'a>(query: &'a str, epoch: &str) -> Option<(i64, Option<&'a str>)> {
    let cursor = query.split('&').find_map(|part| part.strip_prefix("cursor="))?;
    let (_, place) = cursor.split_once('.').filter(|(of, _)| *of == epoch)?;
    let (number, told) = place.split_once('.').map_or((place, None), |(number, told)| (number, Some(told)));
    number.parse().ok().filter(|number| *number >= 0).map(|number| (number, told))
}

fn cursor(epoch: &str, page: &Page) -> String {
    match &page.told {
        Some(told) => format!("{epoch}.{}.{told}", page.until),
        None => format!("{epoch}.{}", page.until),
    }
}

/// What one answer holds: of every kind, what changed up to the same number.
struct Page {
    until: i64,
    more: bool,
    /// The last open order that was told, where there are more of them.
    told: Option<String>,
    accounts: Vec<wire::Account>,
    bills: Vec<Box<RawValue>>,
    outcomes: Vec<String>,
    orders: Vec<KnownOrder>,
    methods: Vec<wire::Method>,
}

impl Page {
    /// What changed after `since`, and those of the open orders that come after `told`.
    fn of(tx: &Tx<'_>, customer: &str, since: i64, told: Option<&str>) -> Result<Self, LedgerError> {
        let accounts = tx.accounts_since(customer, since)?;
        let bills = tx.bills_since(customer, since)?;
        let outcomes = tx.outcomes_since(customer, since)?;
        let ended = tx.ended_since(customer, since)?;
        let ways = tx.methods_since(customer, since)?;
        let full = [last(&accounts), last(&bills), last(&outcomes), last(&ended), last(&ways)];
        // Where a kind has more than fits, nothing of any kind goes beyond what fits of it.
        let cut = full.into_iter().flatten().min();
        // Open orders go with the last changes: some of them, if need be, and the rest with the next answers.
        let room = if cut.is_none() { PAGE - ended.len() } else { 0 };
        let mut open = tx.open_orders(customer, told.unwrap_or_default(), room)?;
        let more_open = open.len() > room;
        open.truncate(room);
        let told = match open.last() {
            Some(last) => Some(last.payment_id.clone()),
            None => told.map(str::to_owned),
        };
        let until = cut.unwrap_or_else(|| tx.latest_change());
        let mut orders = Vec::new();
        for order in open {
            orders.push(known(order, "open")?);
        }
        for order in up_to(ended, until) {
            let state = name(order.state);
            orders.push(known(order, state)?);
        }
        let raw = |text: String| RawValue::from_string(text);
        Ok(Self {
            until,
            more: cut.is_some() || more_open,
            told: told.filter(|_| cut.is_some() || more_open),
            accounts: up_to(accounts, until).map(bindings::shown).collect(),
            bills: up_to(bills, until).map(raw).collect::<Result<_, _>>()?,
            outcomes: up_to(outcomes, until).collect(),
            orders,
            methods: up_to(ways, until).map(methods::shown).collect(),
        })
    }
}

/// The number of the last item that fits, where not all do.
fn last<T>(items: &[(i64, T)]) -> Option<i64> {
    (items.len() > PAGE).then(|| items.get(PAGE - 1).map(|(changed, _)| *changed)).flatten()
}

fn up_to<T>(items: Vec<(i64, T)>, until: i64) -> impl Iterator<Item = T> {
    items.into_iter().take_while(move |(changed, _)| *changed <= until).map(|(_, item)| item)
}

fn name(state: State) -> &'static str {
    match state {
        State::Unknown | State::Claimed | State::Reversing => "open",
        State::Settled => "settled",
        State::Refused => "refused",
        State::Reversed => "reversed",
    }
}

fn known(order: Order, state: &'static str) -> Result<KnownOrder, LedgerError> {
    let total = Money::cny(order.total());
    let envelope = match order.envelope.filter(|_| state == "open") {
        Some(envelope) => Some(RawValue::from_string(envelope)?),
        None => None,
    };
    Ok(KnownOrder {
        payment_id: order.payment_id,
        order_digest: order.digest,
        state,
        device: order.device,
        biller: order.biller,
        bill_number: order.bill_number,
        total,
        valid_until: moment::text(order.valid_until),
        envelope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::Ledger,
        location::{Anchor, Location},
    };

    fn order(nth: i64, state: State) -> Order {
        Order {
            payment_id: format!("p{nth:04}"),
            digest: "d".to_owned(),
            number: "n".to_owned(),
            customer: "C1".to_owned(),
            device: "D1".to_owned(),
            journal_sequence: Some(nth),
            epoch: "e".to_owned(),
            biller: "b".to_owned(),
            customer_number: None,
            payee: "b".to_owned(),
            bill_number: format!("{nth}"),
            bill_version: Some(1),
            amount: 1,
            fee: 0,
            method: "m".to_owned(),
            valid_until: 0,
            envelope: None,
            state,
            held: 0,
            taken_at: 0,
            charge_sent_at: None,
            tries: 0,
            reason: None,
            biller_code: None,
        }
    }

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|nth| format!("p{nth:04}")).collect()
    }

    /// All that a customer is told of these orders, page by page.
    fn told(name: &str, states: impl Iterator<Item = State>) -> Vec<String> {
        let place = Location::memory(name);
        let _anchor = Anchor::hold(&place).unwrap();
        let ledger = Ledger::open(&place, || "e".to_owned(), 0).unwrap();
        for (nth, state) in (0..).zip(states) {
            ledger.write(0, |tx| tx.add_order(&order(nth, state), 0)).unwrap();
        }
        let (mut seen, mut since, mut last) = (Vec::new(), 0, None);
        loop {
            let page = ledger.read(0, |tx| Page::of(tx, "C1", since, last.as_deref())).unwrap();
            assert!(page.orders.len() <= PAGE, "{}", page.orders.len());
            seen.extend(page.orders.into_iter().map(|order| order.payment_id));
            assert!(!page.more || (page.until, &page.told) > (since, &last), "it goes on");
            (since, last) = (page.until, page.told);
            if !page.more {
                break;
            }
        }
        seen.sort();
        seen
    }

    #[test]
    fn row_16_no_ended_order_is_left_out_however_many_are_open() {
        let half = (0..600).map(|nth| if nth % 2 == 0 { State::Claimed } else { State::Settled });
        assert_eq!(told("sync-pages", half), ids(600));
    }

    #[test]
    fn row_16_of_more_open_orders_than_an_answer_holds_each_is_told_once() {
        assert_eq!(told("sync-open", (0..1_234).map(|_| State::Claimed)), ids(1_234));
        let some = (0..1_234).map(|nth| if nth % 3 == 0 { State::Settled } else { State::Reversing });
        assert_eq!(told("sync-open-and-ended", some), ids(1_234));
    }

    #[test]
    fn row_16_what_an_open_order_came_to_between_two_answers_is_in_the_second_one() {
        let place = Location::memory("sync-between");
        let _anchor = Anchor::hold(&place).unwrap();
        let ledger = Ledger::open(&place, || "e".to_owned(), 0).unwrap();
        for nth in 0..700 {
            ledger.write(0, |tx| tx.add_order(&order(nth, State::Claimed), 0)).unwrap();
        }
        let first = ledger.read(0, |tx| Page::of(tx, "C1", 0, None)).unwrap();
        assert_eq!((first.orders.len(), first.more), (PAGE, true));
        // One of those that were told as open.
        ledger.write(0, |tx| tx.change_order(&order(3, State::Settled), State::Claimed, 0)).unwrap();
        let second = ledger.read(0, |tx| Page::of(tx, "C1", first.until, first.told.as_deref())).unwrap();
        let ended: Vec<&str> =
            second.orders.iter().filter(|one| one.state == "settled").map(|one| &*one.payment_id).collect();
        assert_eq!((ended, second.orders.len(), second.more), (vec!["p0003"], 201, false));
    }

    #[test]
    fn row_16_a_long_history_comes_in_pages_none_of_which_is_longer_than_the_contract_allows() {
        for (name, open) in [("sync-history", 0), ("sync-history-and-open", 30)] {
            let states = (0..1_230).map(|nth| if nth < 1_230 - open { State::Settled } else { State::Claimed });
            assert_eq!(told(name, states).len(), 1_230, "{open} open");
        }
    }
}
