//! Who takes part: ten phones, active and bound, with more money than they need; accounts of a hundred bills,
//! each account bound by two of the phones.

use std::{path::PathBuf, sync::Arc};

use billpay_core::{
    gateway::wire::AskQuote,
    model::{Currency, Money},
};
use end_to_end::{audit::Device, documents::ReceiptKeys, ledgers::Ledgers};
use sandbox_gateway::{
    biller::seeds::{Behaviour, SeedAccount, SeedBill, Seeds},
    seeds::Enrolment,
    server::Options,
};

use super::{Plan, keys, order::Order};
use crate::{
    bare::Bare,
    phone::{open, platform},
    town::{Town, activate_as, bind},
};

/// Phones, each of another customer.
pub const PHONES: usize = 10;
/// A biller with tombstones, whose numbers have no check digit.
const BILLER: &str = "property-gh";
/// Bills of an account.
const BILLS: usize = 100;
/// Minor units: nobody runs out.
const PLENTY: i64 = 1_000_000_000_000;

/// The town and its phones.
pub struct Crowd {
    town: Town,
    phones: Vec<Phone>,
    /// Of the bank's documents.
    pub keys: ReceiptKeys,
    /// What the audit compares with: the ledgers before the burst, and what the phones know after it.
    pub seen: Option<Arc<(Ledgers, Vec<Device>)>>,
}

struct Phone {
    bare: Arc<Bare>,
    method: String,
    /// Account number and the id of its binding.
    bound: Vec<(usize, String)>,
}

fn number(account: usize) -> String {
    format!("B{account:02}-0001")
}

fn bill(nth: usize) -> String {
    format!("X{nth:05}")
}

/// Every bill is of another sum, so that none can be mistaken for another.
fn minor(nth: usize) -> i64 {
    1_000 + i64::try_from(nth).expect("a number of bills")
}

fn owed(bills: usize) -> Seeds {
    let mut seeds = Seeds::sandbox(jiff::civil::date(2026, 11, 22));
    let all: Vec<usize> = (0..bills).collect();
    seeds.accounts = all
        .chunks(BILLS)
        .zip(0..)
        .map(|(bills, account)| SeedAccount {
            biller: BILLER.to_owned(),
            number: number(account),
            holder: "王小明".to_owned(),
            address: "上海市长宁区".to_owned(),
            behaviour: Behaviour::default(),
            bills: bills.iter().map(|nth| SeedBill::new(&bill(*nth), minor(*nth))).collect(),
            note: "of the burst",
        })
        .collect();
    seeds
}

impl Crowd {
    /// Starts the bank, activates the phones and binds their accounts.
    pub(super) async fn gather(plan: Plan) -> Self {
        let people = 1..=u32::try_from(PHONES).expect("a number of phones");
        let customers = people.map(|nth| {
            let usual = Enrolment::new(nth, "王*", PLENTY, "of the burst");
            Enrolment { per_payment: PLENTY, per_day: PLENTY, step_up_from: PLENTY, ..usual }
        });
        let options =
            Options { customers: customers.collect(), billers: Some(owed(plan.bills())), ..Options::default() };
        let town = Town::of(options).await;
        let accounts = plan.bills().div_ceil(BILLS);
        let mut phones = Vec::new();
        for nth in 0..PHONES {
            let folder = town.folder(&format!("phone-{nth}"));
            let platform = platform(&folder, town.transport());
            let client = open(&folder, &town.setup, platform.clone()).await;
            activate_as(&format!("138{:08}", nth + 1), &client, &town.sandbox).await;
            client.refresh().await.expect("the feed");
            let mut bound = Vec::new();
            for account in (0..accounts).filter(|account| owners(*account).contains(&nth)) {
                bound.push((account, bind(&client, BILLER, &number(account)).await));
            }
            client.suspend().await.expect("suspended");
            drop(client);
            let bare = Arc::new(town.bare(&folder, &platform));
            phones.push(Phone { bare, method: format!("m_C{}_account", 1001 + nth), bound });
        }
        let keys = keys(&town);
        Self { town, phones, keys, seen: None }
    }

    /// Where the ledgers are.
    #[must_use]
    pub fn ledgers(&self) -> PathBuf {
        self.town.folder("bank")
    }

    /// Stops the bank.
    pub async fn stop(self) {
        self.town.sandbox.stop().await;
    }

    /// An order for each bill by each of the two who want it, in the order of the bills.
    pub(super) async fn sign(&self, plan: Plan) -> Vec<Order> {
        let mut signing = tokio::task::JoinSet::new();
        for (nth, phone) in self.phones.iter().enumerate() {
            let (bare, method, bound) = (phone.bare.clone(), phone.method.clone(), phone.bound.clone());
            signing.spawn(async move {
                let mut orders = Vec::new();
                for (account, id) in &bound {
                    for at in account * BILLS..plan.bills().min((account + 1) * BILLS) {
                        let amount = Money::new(minor(at), Currency::CNY).expect("a sum");
                        let ask =
                            AskQuote { account: id, bill_number: &bill(at), bill_version: 1, amount, method: &method };
                        let (quote, epoch) = bare.quote_of(&ask, at).await;
                        let payment = format!("019a9d3e-7c00-7000-8{nth:03}-{at:012}");
                        let (order, envelope) = bare.sign(&payment, at, quote, epoch);
                        orders.push((at, Order::new(nth, bare.clone(), &order, &envelope)));
                    }
                }
                orders
            });
        }
        let mut orders: Vec<(usize, Order)> = signing.join_all().await.into_iter().flatten().collect();
        orders.sort_by_key(|(bill, _)| *bill);
        orders.truncate(plan.orders());
        orders.into_iter().map(|(_, order)| order).collect()
    }
}

fn owners(account: usize) -> [usize; 2] {
    [account % PHONES, (account + 1) % PHONES]
}
