//! A biller that checks the bank's statements, and banks whose statements say something else.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use jiff::civil::Date;
use sandbox_gateway::{
    biller::reconcile::{ReconcileError, Report},
    ledger::{differences::Listed, orders::Order},
    leg::{
        BankScene, LegSecret,
        bank::{BankClient, BankError, BankLeg},
        differences::Difference,
        message,
        statement::{LineKind, Page, Request, Totals},
        xml,
    },
    moment,
    statements::LocalBank,
};
use serde_json::Value;

use super::{Phone, World, payload};

pub const WANG: &str = "+8613800000001";
/// The messages of before a restore are too old for the billers from here on.
pub const WINDOW: u64 = 7 * 60 + 1;
pub const DAY: u64 = 24 * 3600;

pub fn today(world: &World) -> Date {
    moment::bank_date(world.now() * 1000)
}

/// One o'clock of the next day at the bank.
pub fn next_day(world: &World) -> Date {
    let (day, at) = (today(world), world.now() * 1000);
    world.pass(u64::try_from((moment::next_bank_day(at) - at) / 1000).unwrap() + 3600);
    day
}

/// So many seconds before midnight at the bank.
pub fn before_midnight(world: &World, seconds: u64) {
    let at = world.now() * 1000;
    world.pass(u64::try_from((moment::next_bank_day(at) - at) / 1000).unwrap() - seconds);
}

pub async fn run(world: &World, biller: &str, tell: bool) -> Vec<Report> {
    world.billers.reconcile_daily(&world.bank(), biller, tell).await.unwrap()
}

pub async fn check(world: &World, biller: &str, day: Date) -> Result<Report, ReconcileError> {
    world.billers.reconcile(&world.bank(), biller, day, false).await
}

/// What a run found, by name, over all its days.
pub fn found(reports: &[Report]) -> BTreeMap<Difference, u64> {
    let mut all = BTreeMap::new();
    for (what, count) in reports.iter().flat_map(|report| &report.found) {
        *all.entry(*what).or_default() += count;
    }
    all
}

pub fn one(what: Difference) -> BTreeMap<Difference, u64> {
    BTreeMap::from([(what, 1)])
}

/// The biller's open differences, by name.
pub fn theirs(world: &World, biller: &str) -> Vec<Difference> {
    world.billers.differences(biller, None).unwrap().into_iter().map(|found| found.what).collect()
}

/// The bank's, by name.
pub fn ours(world: &World) -> Vec<Difference> {
    world.gateway.differences(100).unwrap().into_iter().map(|listed| listed.what).collect()
}

pub fn listed(world: &World, order: &Order) -> Listed {
    world.gateway.difference(&order.biller, &order.number).unwrap().unwrap()
}

pub fn only_order(world: &World) -> Order {
    world.gateway.books().unwrap().orders[0].clone()
}

pub async fn paid(phone: &mut Phone, world: &World, account: &str, bill: (&str, i64, i64)) -> (Value, String) {
    let order = phone.order_for(world, account, bill.0, bill.1, bill.2).await;
    let answer = phone.pay(world, &order).await;
    assert!(payload(&answer.text("outcome"))["receipt"].is_object(), "{answer:?}");
    (order, answer.text("outcome"))
}

pub fn secret(world: &World, biller: &str) -> LegSecret {
    world.billers.secrets()[biller].clone()
}

/// What the bank answers to a request of that time for a page.
pub fn ask_at(world: &World, biller: &str, day: Date, page: i64, ms: i64) -> (u16, Vec<u8>) {
    let request = Request { time: moment::timestamp(ms), biller: biller.into(), day, page };
    let body = message::seal(&request.to_xml(), &secret(world, biller));
    let reply = world.gateway.biller_asks(biller, BankScene::Statement, &body);
    (reply.status, reply.body)
}

pub fn statement(world: &World, biller: &str, day: Date) -> Vec<u8> {
    let (status, body) = ask_at(world, biller, day, 1, world.now() * 1000);
    assert_eq!(status, 200);
    body
}

pub fn page_of(world: &World, biller: &str, body: &[u8]) -> Page {
    Page::read(&xml::read(message::verify(body, &secret(world, biller)).unwrap()).unwrap()).unwrap()
}

pub fn lines(world: &World, biller: &str, day: Date) -> Vec<(LineKind, bool, i64, String)> {
    let page = page_of(world, biller, &statement(world, biller, day));
    page.lines.into_iter().map(|line| (line.kind, line.corrects, line.amount_minor, line.day.to_string())).collect()
}

/// A bank between the biller and the real one, whose statements say something else.
pub struct Edited<F> {
    pub real: LocalBank,
    pub edit: F,
}

impl<F: Fn(Vec<u8>) -> Vec<u8> + Send + Sync> BankLeg for Edited<F> {
    fn post<'a>(
        &'a self,
        biller: &'a str,
        scene: BankScene,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, BankError>> {
        Box::pin(async move { Ok((self.edit)(self.real.post(biller, scene, body).await?)) })
    }
}

pub fn bank_that(world: &World, edit: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> BankClient {
    BankClient::new(Arc::new(Edited { real: world.desk.clone(), edit }), world.clock.clone())
}

/// A bank that seals another page than it would.
pub fn bank_that_says(world: &World, biller: &str, edit: impl Fn(&mut Page) + Send + Sync + 'static) -> BankClient {
    let secret = secret(world, biller);
    bank_that(world, move |body| {
        let Ok(mut page) = Page::read(&xml::read(message::verify(&body, &secret).unwrap()).unwrap()) else {
            return body;
        };
        edit(&mut page);
        if page.totals.is_some() {
            page.totals = Some(page.lines.iter().try_fold(Totals::default(), |sum, line| sum.and(line)).unwrap());
        }
        message::seal(&page.to_xml(), &secret)
    })
}

pub fn only(world: &World, bill: &str) -> Order {
    world.gateway.books().unwrap().orders.into_iter().find(|order| order.bill_number == bill).unwrap()
}
