//! `GET /v1/sync`: everything that changed since the cursor. A cursor is the epoch and a number that
//! every change has; one of another epoch starts from nothing.

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
    let since = since(call.query, gateway.epoch());
    let device = call.device()?;
    let feed = gateway.ledger.read(call.now, |tx| {
        let Some(customer) = tx.customer(&device.customer)? else { return Ok(None) };
        let limits = quotes::limits(tx, &customer)?;
        let shown = Customer { id: customer.id, name_masked: customer.name_masked, may_pay: customer.may_pay };
        let journal = Journal { highest_sequence: tx.highest_sequence(&device.id)? };
        let page = Page::of(tx, &device.customer, since.unwrap_or(0))?;
        // All of them with a full answer: they are few.
        let (after, until) = since.map_or((0, i64::MAX), |since| (since, page.until));
        let billers = tx.billers_since(after, until)?;
        let billers = billers.iter().filter_map(|standing| gateway.catalogue.shown(standing)).collect();
        Ok(Some(Feed {
            cursor: format!("{}.{}", gateway.epoch(), page.until),
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
        }))
    })?;
    Reply::ok(&feed.ok_or_else(Problem::device_unknown)?)
}

/// The number in the cursor; `None` where the answer starts from nothing.
fn since(query: &str, epoch: &str) -> Option<i64> {
    let cursor = query.split('&').find_map(|part| part.strip_prefix("cursor="))?;
    let (of, number) = cursor.rsplit_once('.')?;
    (of == epoch).then(|| number.parse().ok()).flatten().filter(|number| *number >= 0)
}

/// What one answer holds: of every kind, what changed up to the same number.
struct Page {
    until: i64,
    more: bool,
    accounts: Vec<wire::Account>,
    bills: Vec<Box<RawValue>>,
    outcomes: Vec<String>,
    orders: Vec<KnownOrder>,
    methods: Vec<wire::Method>,
}

impl Page {
    fn of(tx: &Tx<'_>, customer: &str, since: i64) -> Result<Self, LedgerError> {
        let accounts = tx.accounts_since(customer, since)?;
        let bills = tx.bills_since(customer, since)?;
        let outcomes = tx.outcomes_since(customer, since)?;
        let ended = tx.ended_since(customer, since)?;
        let ways = tx.methods_since(customer, since)?;
        let full = [last(&accounts), last(&bills), last(&outcomes), last(&ended), last(&ways)];
        // Where a kind has more than fits, nothing of any kind goes beyond what fits of it.
        let mut cut = full.into_iter().flatten().min();
        let mut open = if cut.is_none() { tx.open_orders(customer)? } else { Vec::new() };
        // Only where nothing was cut yet: a later cut than that of another kind would leave some of that out.
        if !open.is_empty() && open.len() + ended.len() > PAGE {
            // The open ones go with the last answer, which has then none that ended before it.
            cut = ended.last().map(|(changed, _)| *changed);
            open.clear();
        }
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
            more: cut.is_some(),
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
            payment_id: format!("p{nth:03}"),
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

    /// All that a customer is told of these orders, page by page.
    fn told(name: &str, states: impl Iterator<Item = State>) -> Vec<String> {
        let place = Location::memory(name);
        let _anchor = Anchor::hold(&place).unwrap();
        let ledger = Ledger::open(&place, || "e".to_owned(), 0).unwrap();
        for (nth, state) in (0..).zip(states) {
            ledger.write(0, |tx| tx.add_order(&order(nth, state), 0)).unwrap();
        }
        let (mut seen, mut since) = (Vec::new(), 0);
        loop {
            let page = ledger.read(0, |tx| Page::of(tx, "C1", since)).unwrap();
            assert!(page.orders.len() <= PAGE, "{}", page.orders.len());
            seen.extend(page.orders.into_iter().map(|order| order.payment_id));
            assert!(!page.more || page.until > since);
            since = page.until;
            if !page.more {
                break;
            }
        }
        seen.sort();
        seen
    }

    #[test]
    fn row_16_no_ended_order_is_left_out_however_many_are_open() {
        let ids = |count: usize| (0..count).map(|nth| format!("p{nth:03}")).collect::<Vec<_>>();
        let half = (0..600).map(|nth| if nth % 2 == 0 { State::Claimed } else { State::Settled });
        assert_eq!(told("sync-pages", half), ids(600));
    }

    #[test]
    fn row_16_a_long_history_comes_in_pages_none_of_which_is_longer_than_the_contract_allows() {
        for (name, open) in [("sync-history", 0), ("sync-history-and-open", 30)] {
            let states = (0..1_230).map(|nth| if nth < 1_230 - open { State::Settled } else { State::Claimed });
            assert_eq!(told(name, states).len(), 1_230, "{open} open");
        }
    }
}
