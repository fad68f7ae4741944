//! What is owed over all bindings (row 52), as far as this phone knows. Pure.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::model::{Bill, BillKind, BillState, Currency, Money};

/// What is owed, and how old the oldest word is that it stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// One sum a currency; none where nothing is owed.
    pub totals: Vec<Money>,
    /// Currencies that have no sum in `totals`, though something is owed: it is beyond what an amount can be.
    pub too_large: Vec<Currency>,
    /// How many bills are owed, in all currencies.
    pub bills: usize,
    /// By the bank's clock: the sums are at least as old as this.
    pub oldest: Option<Timestamp>,
    /// The first day on which one of them is due.
    pub first_due: Option<Date>,
    /// Not in the sums: what is being paid, here or on another device, and has not ended. Each may be paid already. What
    /// a bill asks for beside it is in the sums.
    pub doubts: Vec<Doubt>,
    /// Not in the sums: bills of a kind or state that a later version knows.
    pub unknown: usize,
    /// Not in the sums: bills that the file no longer gives, or whose binding or payments it does not.
    pub damaged: usize,
}

/// A bill, or a part of one, of which it is not known whether it is still owed; or a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The biller's id.
    pub biller: String,
    /// Which bill.
    pub bill_number: String,
    /// What is being checked of it: what a payment of this device pays, else all that the bill asks for.
    pub amount: Money,
    /// The payment, where it is one of this device.
    pub payment: Option<String>,
}

/// What a payment makes of a bill, for [`owed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// None is under way.
    Open,
    /// One that has not ended.
    Doubt {
        /// Its id, where it is this device's.
        payment: Option<String>,
        /// What it pays of the bill, without the fee, where this device knows it.
        amount: Option<Money>,
    },
    /// Nothing is owed.
    Ended,
}

/// Adds up what bills ask for. Top-up accounts ask for nothing.
pub fn owed<'a>(bills: impl Iterator<Item = (&'a Bill, Timestamp, Standing)>) -> Owed {
    let mut owed = Owed::default();
    // None once it is beyond what an amount can be: no later bill makes it one again.
    let mut sums: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for (bill, as_of, standing) in bills {
        // Whatever becomes of a payment of a part, the rest is owed. A later version of the bill may leave out already what
        // it has paid: then more is, but no sum here is ever too large, and what is named beside it is what is being paid.
        let rest = match standing {
            Standing::Ended => continue,
            Standing::Open => bill.amount,
            Standing::Doubt { payment, amount } => {
                let rest = amount.and_then(|amount| bill.amount.minus(amount).ok());
                owed.doubts.push(Doubt {
                    biller: bill.biller.clone(),
                    bill_number: bill.bill_number.clone(),
                    amount: amount.unwrap_or(bill.amount),
                    payment,
                });
                match rest.filter(|rest| rest.minor() > 0) {
                    Some(rest) if bill.kind == BillKind::Bill && bill.state == BillState::Open => rest,
                    _ => continue,
                }
            }
        };
        match (bill.kind, bill.state) {
            (BillKind::TopUp, _) | (_, BillState::Paid | BillState::Cancelled) => {}
            (BillKind::Unknown, _) | (_, BillState::Unknown) => owed.unknown += 1,
            (BillKind::Bill, BillState::Open) => {
                sums.entry(rest.currency())
                    .and_modify(|sum| *sum = sum.and_then(|sum| sum.plus(rest).ok()))
                    .or_insert(Some(rest));
                owed.bills += 1;
                owed.oldest = Some(owed.oldest.map_or(as_of, |oldest| oldest.min(as_of)));
                owed.first_due = match (owed.first_due, bill.due_date) {
                    (Some(first), Some(due)) => Some(first.min(due)),
                    (first, due) => first.or(due),
                };
            }
        }
    }
    owed.too_large = sums.iter().filter(|(_, sum)| sum.is_none()).map(|(currency, _)| *currency).collect();
    owed.totals = sums.into_values().flatten().collect();
    owed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MAX_MINOR;

    fn bill(number: &str, minor: i64, currency: &str, due: Option<&str>) -> Bill {
        let amount = Money::new(minor, Currency::try_from(currency.to_owned()).unwrap()).unwrap();
        Bill {
            reminder: None,
            account: "a".into(),
            biller: "b".into(),
            bill_number: number.into(),
            version: 1,
            kind: BillKind::Bill,
            state: BillState::Open,
            amount,
            minimum: amount,
            maximum: amount,
            period: None,
            due_date: due.map(|due| due.parse().unwrap()),
            late_fee: None,
            items: Vec::new(),
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn doubt(payment: Option<&str>, minor: Option<i64>) -> Standing {
        let amount = minor.map(|minor| Money::new(minor, Currency::CNY).unwrap());
        Standing::Doubt { payment: payment.map(str::to_owned), amount }
    }

    #[test]
    fn row_52_of_a_part_that_is_being_checked_the_rest_is_owed_and_a_top_up_is_named() {
        let mut top_up = bill("2", 0, "CNY", None);
        top_up.kind = BillKind::TopUp;
        let mut gone = bill("3", 900, "CNY", None);
        gone.state = BillState::Cancelled;
        let owed = sum(&[
            (bill("1", 4200, "CNY", Some("2026-12-01")), 30, doubt(Some("p"), Some(1000))),
            (top_up, 1, doubt(Some("q"), Some(3050))),
            (gone, 1, doubt(Some("r"), Some(100))),
            (bill("4", 700, "CNY", None), 1, doubt(Some("s"), Some(900))),
        ]);
        assert_eq!(owed.totals.iter().map(ToString::to_string).collect::<Vec<_>>(), ["32.00 CNY"]);
        assert_eq!((owed.bills, owed.first_due), (1, Some("2026-12-01".parse().unwrap())));
        let doubts: Vec<_> = owed.doubts.iter().map(|it| (it.bill_number.as_str(), it.amount.minor())).collect();
        assert_eq!(doubts, [("1", 1000), ("2", 3050), ("3", 100), ("4", 900)]);
    }

    fn sum(bills: &[(Bill, i64, Standing)]) -> Owed {
        let at = |second| Timestamp::from_second(second).unwrap();
        owed(bills.iter().map(|(bill, as_of, standing)| (bill, at(*as_of), standing.clone())))
    }

    #[test]
    fn row_52_what_is_owed_is_a_sum_a_currency_as_old_as_its_oldest_word() {
        let mut top_up = bill("5", 900, "CNY", None);
        top_up.kind = BillKind::TopUp;
        let mut later = bill("6", 900, "CNY", None);
        later.kind = BillKind::Unknown;
        let mut paid = bill("7", 900, "CNY", None);
        paid.state = BillState::Paid;
        let all = [
            (bill("1", 100, "CNY", Some("2026-12-05")), 30, Standing::Open),
            (bill("2", 23, "CNY", Some("2026-12-01")), 20, Standing::Open),
            (bill("3", 7, "JPY", None), 40, Standing::Open),
            (bill("4", 900, "CNY", Some("2026-11-01")), 10, doubt(Some("p"), Some(900))),
            (top_up, 1, Standing::Open),
            (later, 2, Standing::Open),
            (paid, 3, Standing::Open),
            (bill("8", 900, "CNY", None), 4, Standing::Ended),
            (bill("9", 900, "CNY", None), 5, doubt(None, None)),
        ];
        let owed = sum(&all);
        let totals: Vec<String> = owed.totals.iter().map(ToString::to_string).collect();
        assert_eq!(totals, ["1.23 CNY", "7 JPY"]);
        assert_eq!((owed.bills, owed.unknown), (3, 1));
        assert_eq!(owed.oldest, Some(Timestamp::from_second(20).unwrap()), "what is left out makes nothing older");
        assert_eq!(owed.first_due, Some("2026-12-01".parse().unwrap()));
        let doubts: Vec<_> = owed.doubts.iter().map(|it| (it.bill_number.as_str(), it.payment.as_deref())).collect();
        assert_eq!(doubts, [("4", Some("p")), ("9", None)]);
    }

    #[test]
    fn row_52_bills_of_more_than_an_amount_can_be_are_said_to_be_and_are_no_smaller_sum() {
        let most = (bill("1", MAX_MINOR, "CNY", None), 0, Standing::Open);
        let one = (bill("2", 1, "CNY", None), 0, Standing::Open);
        let yen = (bill("3", 7, "JPY", None), 0, Standing::Open);
        let doubt = (bill("4", 5, "CNY", None), 0, doubt(None, None));
        let owed = sum(&[most.clone(), one.clone(), yen, doubt, one]);
        let codes: Vec<_> = owed.too_large.iter().map(|currency| currency.code().to_owned()).collect();
        assert_eq!(codes, ["CNY"], "and a small bill after it makes it no sum again");
        assert_eq!(owed.totals.iter().map(ToString::to_string).collect::<Vec<_>>(), ["7 JPY"]);
        assert_eq!((owed.bills, owed.doubts.len()), (4, 1));
        assert_eq!(sum(std::slice::from_ref(&most)).totals.len(), 1);
        assert_eq!(sum(&[]), Owed::default());
    }
}
