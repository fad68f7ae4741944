//! What came of a burst, in figures.

use std::{collections::BTreeMap, time::Duration};

use end_to_end::audit::Violation;
use serde::Serialize;

use super::{
    Plan,
    order::{Answer, Order},
    town::PHONES,
};

/// The figures.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Phones that paid.
    pub phones: usize,
    /// Orders, all of different ids.
    pub orders: usize,
    /// Bills, each wanted by two phones.
    pub bills: usize,
    /// Orders that were sent in each second.
    pub a_second: usize,
    /// Until the last of the burst was answered.
    pub answered_s: f64,
    /// Until the last had its end.
    pub ended_s: f64,
    /// What the burst was answered with, by kind.
    pub answers: BTreeMap<String, usize>,
    /// Of these answers, in ms: half, 99 of 100, all came within.
    pub latency_ms: [f64; 3],
    /// Answers that the contract does not have, or none: there must not be any.
    pub untyped: usize,
    /// Refusals for too much to do that do not say when to come again: there must not be any.
    pub without_time: usize,
    /// Orders with a signed end.
    pub ends: usize,
    /// What must not be, by the ledgers.
    pub violations: Vec<Violation>,
}

impl Report {
    pub(super) fn of(plan: Plan, orders: &[Order], took: Duration) -> Self {
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let (mut latency, mut untyped, mut without_time) = (Vec::new(), 0, 0);
        for (answer, after) in orders.iter().filter_map(|order| order.first.as_ref()) {
            latency.push(after.as_secs_f64() * 1e3);
            let name = match answer {
                Answer::End(_) => "a signed end",
                Answer::Pending => "pending",
                Answer::Problem(name, retry_at) => {
                    without_time += usize::from(name == "rate-limited" && retry_at.is_none());
                    name
                }
                Answer::Untyped(_) => {
                    untyped += 1;
                    "untyped"
                }
                Answer::Nothing => {
                    untyped += 1;
                    "nothing"
                }
            };
            *answers.entry(name.to_owned()).or_default() += 1;
        }
        latency.sort_by(f64::total_cmp);
        let within = |part: usize| latency[(latency.len() * part / 100).min(latency.len() - 1)];
        Self {
            phones: PHONES,
            orders: orders.len(),
            bills: plan.bills(),
            a_second: plan.a_second,
            answered_s: took.as_secs_f64(),
            ended_s: 0.0,
            answers,
            latency_ms: [within(50), within(99), within(100)],
            untyped,
            without_time,
            ends: 0,
            violations: Vec::new(),
        }
    }

    pub(super) fn ended(&mut self, orders: &[Order], took: Duration) {
        self.ends = orders.iter().filter(|order| order.end.is_some()).count();
        self.ended_s = took.as_secs_f64();
    }

    /// Whether all held.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty() && self.untyped + self.without_time == 0 && self.ends == self.orders
    }
}
