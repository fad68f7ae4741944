//! statistics.json: what was paid, by month and biller, of documents of outcomes/. Sums are written here as they were
//! added up by hand, in minor units.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An entry of statistics.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsVector {
    /// What it shows.
    pub about: String,
    /// Files of outcomes/; those that do not verify are not counted.
    pub documents: Vec<String>,
    /// By the bank's calendar, the oldest first.
    pub months: Vec<Month>,
}

/// A month in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// Of all sums.
    pub currency: String,
    /// Of all billers.
    pub sum: Figures,
    /// By the id of the biller.
    pub billers: BTreeMap<String, Figures>,
}

/// In minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many, each order once.
    pub receipts: u32,
    /// From the customer, fees included.
    pub total: i64,
    /// To the bank.
    pub fee: i64,
    /// Given back in this month, of whatever month.
    pub returned: i64,
}

/// statistics.json.
#[must_use]
pub fn generate() -> BTreeMap<String, StatisticsVector> {
    let figures = |receipts, total, fee, returned| Figures { receipts, total, fee, returned };
    let month = |month: &str, sum, billers: &[(&str, Figures)]| Month {
        month: month.into(),
        currency: "CNY".into(),
        sum,
        billers: billers.iter().map(|(biller, figures)| ((*biller).to_owned(), *figures)).collect(),
    };
    let vector = |about: &str, documents: &[&str], months: &[Month]| StatisticsVector {
        about: about.into(),
        documents: documents.iter().map(|name| (*name).to_owned()).collect(),
        months: months.to_vec(),
    };
    let november = figures(1, 12_400, 55, 0);
    let power = figures(1, 1_055, 55, 0);
    let water = figures(1, 62, 55, 0);
    let december = month("2026-12", figures(2, 1_117, 110, 0), &[("power-sh", power), ("water-sh", water)]);
    let paid = [month("2026-11", november, &[("power-sh", november)]), december];
    let back = figures(1, 1_055, 55, 400);
    let with_back =
        [paid[0].clone(), month("2026-12", figures(2, 1_117, 110, 400), &[("power-sh", back), ("water-sh", water)])];
    let all = ["month-1", "month-2", "month-3"];
    BTreeMap::from([
        ("boundary".into(), vector("A month ends at the bank's midnight.", &all, &paid)),
        (
            "each-order-once".into(),
            vector(
                "Two receipts of one order, after a restore, are one payment; the order of holding does not matter.",
                &["month-1-again", "month-3", "month-1", "month-2"],
                &paid,
            ),
        ),
        (
            "given-back".into(),
            vector(
                "What came back stands beside what was paid, in its own month.",
                &[&all[..], &["month-1-back"]].concat(),
                &with_back,
            ),
        ),
        (
            "not-counted".into(),
            vector(
                "Refusals and reversals cost nothing; what does not verify proves nothing.",
                &[&all[..], &["chain-2-refusal", "chain-3-reversal", "bit-flip-payload", "unknown-key", "sum"]]
                    .concat(),
                &paid,
            ),
        ),
    ])
}
