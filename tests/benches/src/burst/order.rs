//! An order of the burst, and what its phone hears of it.

use std::{sync::Arc, time::Duration};

use billpay_core::{
    payments::{self, Envelope},
    platform::Method,
};
use end_to_end::{audit::Device, documents::ReceiptKeys, phone::Told};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::town::PHONES;
use crate::bare::Bare;

/// How long an end is waited for; then it counts as having none.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two questions about an order that is open.
const PAUSE: Duration = Duration::from_millis(300);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A signed end.
    End(String),
    /// Taken, and open.
    Pending,
    /// Too much to do, or any other problem of the contract: its name, and when to come again.
    Problem(String, Option<jiff::Timestamp>),
    /// Something that the contract does not have.
    Untyped(u16),
    /// No answer at all.
    Nothing,
}

/// An order.
pub struct Order {
    phone: usize,
    bare: Arc<Bare>,
    id: String,
    sums: Value,
    body: Vec<u8>,
    /// What the burst itself brought, and after how long.
    pub first: Option<(Answer, Duration)>,
    /// The signed end.
    pub end: Option<String>,
}

impl Order {
    pub(super) fn new(phone: usize, bare: Arc<Bare>, order: &payments::Order, envelope: &Envelope) -> Self {
        let money = |money: billpay_core::model::Money| json!({ "minor": money.minor() });
        let sums = json!({ "amount": money(order.amount), "fee": money(order.fee), "total": money(order.total) });
        let body = envelope.json().get().as_bytes().to_vec();
        Self { phone, bare, id: order.payment_id.clone(), sums, body, first: None, end: None }
    }

    /// Pays, once.
    pub(super) async fn send(&mut self) {
        let start = Instant::now();
        let answer = self.pay().await;
        if let Answer::End(compact) = &answer {
            self.end = Some(compact.clone());
        }
        self.first = Some((answer, start.elapsed()));
    }

    /// Asks until there is an end, as a phone does: confirm, and the same bytes again where they are not known.
    pub(super) async fn end(&mut self) {
        let start = Instant::now();
        while self.end.is_none() && start.elapsed() < PATIENCE {
            let mut answer = self.confirm().await;
            if matches!(&answer, Answer::Problem(name, _) if name == "payment-unknown") {
                answer = self.pay().await;
            }
            match answer {
                Answer::End(compact) => self.end = Some(compact),
                Answer::Problem(_, Some(at)) => {
                    let wait = Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or(PAUSE);
                    tokio::time::sleep(wait.min(Duration::from_secs(5))).await;
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn pay(&self) -> Answer {
        let url = format!("{}/v1/payments", self.bare.url());
        read(self.bare.ask(Method::Post, &url, Some(&self.id), self.body.clone()).await)
    }

    async fn confirm(&self) -> Answer {
        let url = format!("{}/v1/payments/{}", self.bare.url(), self.id);
        read(self.bare.ask(Method::Get, &url, None, Vec::new()).await)
    }

    /// The signed document, if it is signed.
    pub(super) fn document(&self, keys: &ReceiptKeys) -> Option<(&'static str, Value)> {
        let document = keys.read(self.end.as_deref()?)?;
        let kinds = [("receipt", "settled"), ("refusal", "refused"), ("reversal", "reversed")];
        let (_, state) = kinds.into_iter().find(|(kind, _)| document.get(kind).is_some())?;
        Some((state, document))
    }
}

fn read(answer: Option<(u16, Vec<u8>)>) -> Answer {
    let Some((status, body)) = answer else { return Answer::Nothing };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match (status, text("outcome"), text("type").and_then(|kind| kind.strip_prefix("urn:billpay:problem:"))) {
        (200, Some(compact), _) => Answer::End(compact.to_owned()),
        (202, ..) => Answer::Pending,
        (400.., _, Some(name)) => Answer::Problem(name.to_owned(), text("retry_at").and_then(|at| at.parse().ok())),
        _ => Answer::Untyped(status),
    }
}

/// What each phone would say of its orders, for the audit.
pub(super) fn devices(orders: &mut [Order], keys: &ReceiptKeys) -> Vec<Device> {
    let whole = || Device { chain_is_whole: true, ..Device::default() };
    let mut devices: Vec<Device> = std::iter::repeat_with(whole).take(PHONES).collect();
    orders.sort_by(|one, other| one.id.cmp(&other.id));
    for order in orders {
        let device = &mut devices[order.phone];
        let end = order.document(keys);
        let state = end.as_ref().map_or("checking", |(state, _)| state);
        let id = order.id.clone();
        let mut payment = json!({ "payment_id": id, "state": state });
        for (name, sum) in order.sums.as_object().expect("sums") {
            payment[name] = sum.clone();
        }
        device.payments.push(payment);
        device.known.push(id.clone());
        device.told.push(Told { payment: id.clone(), state: state.to_owned() });
        device.events.push((id.clone(), state.to_owned()));
        if let Some((state, document)) = end {
            let kind = if state == "settled" {
                "receipt"
            } else if state == "refused" {
                "refusal"
            } else {
                "reversal"
            };
            let receipt = document.get("receipt").cloned().unwrap_or_default();
            let compact = order.end.clone();
            device.documents.push(
                json!({ "payment_id": id, "kind": kind, "proof": "verified", "compact": compact, "receipt": receipt }),
            );
        }
    }
    devices
}
