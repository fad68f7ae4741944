//! A burst at the gateway (fault 25): so many orders a second, come what may, from several phones, each
//! bill wanted by two of them at the same moment. What gets no end at once is asked about until it has one.
//! Then the ledgers are read by code that shares nothing with those who wrote them (`end-to-end`): I1 and
//! I5 above all, and with them everything else that is held there.

pub mod order;
pub mod report;
pub mod town;

use std::{sync::Arc, time::Duration};

use end_to_end::{
    audit::{Findings, audit},
    documents::ReceiptKeys,
    ledgers::Ledgers,
};
use futures_util::{StreamExt as _, stream};

use self::{order::Order, report::Report, town::Crowd};

/// How big it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Seconds of the burst.
    pub seconds: usize,
    /// Orders in each.
    pub a_second: usize,
}

impl Plan {
    /// Orders in all.
    #[must_use]
    pub fn orders(self) -> usize {
        self.seconds * self.a_second
    }

    /// Each is wanted by two phones.
    #[must_use]
    pub fn bills(self) -> usize {
        self.orders().div_ceil(2)
    }
}

/// Requests of a phone at a time once the burst is over, as the core does it.
const AT_A_TIME: usize = 4;

/// Carries it out; `progress` is told what happens. Gives the report and the folder of the ledgers, which
/// is there as long as the town lives.
///
/// # Panics
/// Where it cannot be carried out: that says nothing about the gateway.
pub async fn run(plan: Plan, progress: impl Fn(&str)) -> (Report, Crowd) {
    progress("phones are activated, orders are quoted and signed");
    let mut crowd = Crowd::gather(plan).await;
    let before = Ledgers::read(&crowd.ledgers()).expect("ledgers");
    let orders = crowd.sign(plan).await;
    progress(&format!("{} orders, {} a second", orders.len(), plan.a_second));
    let start = tokio::time::Instant::now();
    let gap = Duration::from_secs(1) / u32::try_from(plan.a_second).expect("a number of orders");
    let sent = orders.into_iter().zip(0_u32..).map(|(mut order, nth)| {
        tokio::spawn(async move {
            // None waits for the one before it: this is what makes it a burst.
            tokio::time::sleep_until(start + gap * nth).await;
            order.send().await;
            order
        })
    });
    let sent: Vec<_> = sent.collect();
    let mut orders = Vec::new();
    for sent in sent {
        orders.push(sent.await.expect("a task"));
    }
    let mut report = Report::of(plan, &orders, start.elapsed());
    progress(&format!("answered after {:.1} s; the rest is asked about", report.answered_s));
    let most = AT_A_TIME * town::PHONES;
    let mut orders: Vec<Order> = stream::iter(orders)
        .map(|mut order| async move {
            order.end().await;
            order
        })
        .buffer_unordered(most)
        .collect()
        .await;
    report.ended(&orders, start.elapsed());
    let after = Ledgers::read(&crowd.ledgers()).expect("ledgers");
    let devices = order::devices(&mut orders, &crowd.keys);
    let mut findings = Findings::default();
    audit(&before, &after, &devices, &crowd.keys, &mut findings);
    report.violations = findings.violations;
    crowd.seen = Some(Arc::new((before, devices)));
    (report, crowd)
}

/// Holds the ledgers to the invariants once more, as they are now.
///
/// # Panics
/// Before the burst has been carried out.
#[must_use]
pub fn audit_again(crowd: &Crowd) -> Findings {
    let (before, devices) = &**crowd.seen.as_ref().expect("a burst");
    let after = Ledgers::read(&crowd.ledgers()).expect("ledgers");
    let mut findings = Findings::default();
    audit(before, &after, devices, &crowd.keys, &mut findings);
    findings
}

/// The keys of the bank's documents.
fn keys(town: &crate::town::Town) -> ReceiptKeys {
    let (kid, key) = town.receipt_keys().next().expect("a receipt key");
    ReceiptKeys::one(kid, key)
}
