//! Sums of receipts, at the boundaries of months and of amounts.

use super::*;
use crate::{
    model::MAX_MINOR,
    receipts::{
        RepaymentBody,
        outcome::{ReceiptMethod, RefusalBody, Subject},
    },
};

const ZONE: &str = "Asia/Shanghai";

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn outcome(nth: i64, body: Body) -> Outcome {
    let subject = Subject {
        v: 1,
        payment_id: format!("p{nth}"),
        order_digest: format!("d{nth}"),
        customer: "c".into(),
        device: "d".into(),
        epoch: "e".into(),
        sequence: nth,
        previous: None,
        issued_at: "2026-11-22T05:00:00Z".parse().unwrap(),
    };
    Outcome { compact: format!("{nth} {}", body.kind()), subject, body }
}

fn receipt(biller: &str, paid_at: &str, amount: i64, fee: i64) -> ReceiptBody {
    ReceiptBody {
        payer_masked: "王*".into(),
        biller: biller.into(),
        payee: format!("{biller} Ltd"),
        customer_number_masked: "**17".into(),
        bill_number: "1".into(),
        amount: cny(amount),
        fee: cny(fee),
        total: cny(amount + fee),
        paid_at: paid_at.parse().unwrap(),
        zone: ZONE.into(),
        channel: "mobile".into(),
        bank_serial: "s".into(),
        biller_reference: "r".into(),
        method: ReceiptMethod { kind: "account".into(), last4: "6001".into() },
        reason: None,
    }
}

fn paid(nth: i64, biller: &str, paid_at: &str, amount: i64, fee: i64) -> Outcome {
    outcome(nth, Body::Receipt(Box::new(receipt(biller, paid_at, amount, fee))))
}

fn months(outcomes: &[Outcome]) -> Vec<Month> {
    let mut tally = Tally::default();
    outcomes.iter().for_each(|outcome| tally.count(outcome, ZONE));
    tally.months()
}

fn short(months: &[Month]) -> Vec<(i16, i8, u32, Option<i64>)> {
    let of = |month: &Month| (month.year, month.month, month.sum.receipts, month.sum.total.map(Money::minor));
    months.iter().map(of).collect()
}

#[test]
fn row_19_every_boundary_of_a_month_is_the_bank_s_midnight_to_the_second() {
    let mut outcomes = Vec::new();
    for (nth, month) in (1_i64..).zip(1_i8..=12) {
        let first = jiff::civil::date(2026, month, 1).to_zoned(TimeZone::get(ZONE).unwrap()).unwrap().timestamp();
        let last = first.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
        outcomes.push(paid(nth * 2, "power", &last.to_string(), 1, 0));
        outcomes.push(paid(nth * 2 + 1, "power", &first.to_string(), 100, 0));
    }
    let mut want = vec![(2025, 12, 1, Some(1))];
    want.extend((1..12).map(|month| (2026, month, 2, Some(101))));
    want.push((2026, 12, 1, Some(100)));
    assert_eq!(short(&months(&outcomes)), want);
    outcomes.reverse();
    assert_eq!(short(&months(&outcomes)), want, "in whatever order they come");
}

#[test]
fn row_19_sums_are_those_of_the_receipts_by_biller_and_each_order_counts_once() {
    let at = "2026-11-22T05:00:00Z";
    let again = Outcome { compact: "another of the same order".into(), ..paid(1, "power", at, 12_345, 55) };
    let refused = outcome(4, Body::Refusal(RefusalBody { reason: "limit-exceeded".into(), settled_by: None }));
    let all =
        [paid(1, "power", at, 12_345, 55), paid(2, "power", at, 1, 0), paid(3, "water", at, 7, 2), refused, again];
    let found = months(&all);
    assert_eq!(short(&found), [(2026, 11, 3, Some(12_410))]);
    let month = &found[0];
    assert_eq!(month.sum.fee, Some(cny(57)));
    let billers: Vec<_> =
        month.billers.iter().map(|of| (of.biller.as_str(), of.figures.receipts, of.figures.total)).collect();
    assert_eq!(billers, [("power", 2, Some(cny(12_401))), ("water", 1, Some(cny(9)))]);
}

#[test]
fn rows_19_and_27_what_came_back_stands_beside_what_was_paid_in_the_month_in_which_it_came() {
    let body = RepaymentBody {
        reason: "charged-twice".into(),
        returned: cny(40),
        receipt: "r".into(),
        // In December at the bank.
        repaid_at: "2026-11-30T16:00:00Z".parse().unwrap(),
        bank_serial: "R".into(),
    };
    // Issued anew by a bank that was restored, and later; and another one of the same order.
    let later = RepaymentBody { repaid_at: "2027-01-05T00:00:00Z".parse().unwrap(), ..body.clone() };
    let again = Outcome { compact: "again".into(), ..outcome(1, Body::Repayment(later)) };
    let more = RepaymentBody { bank_serial: "R2".into(), returned: cny(5), ..body.clone() };
    let more = Outcome { compact: "more".into(), ..outcome(1, Body::Repayment(more)) };
    let repaid = Outcome { compact: "back".into(), ..outcome(1, Body::Repayment(body)) };
    let all = [again, repaid.clone(), paid(1, "power", "2026-11-22T05:00:00Z", 100, 0), repaid, more];
    let found = months(&all);
    assert_eq!(short(&found), [(2026, 11, 1, Some(100)), (2026, 12, 0, Some(0))]);
    assert_eq!((found[0].sum.returned, found[1].sum.returned), (Some(cny(0)), Some(cny(45))));
    assert_eq!(found[1].billers[0].biller, "power");
}

#[test]
fn row_19_a_sum_beyond_what_an_amount_can_be_is_none_and_other_months_have_theirs() {
    let all = [
        paid(1, "power", "2026-11-22T05:00:00Z", MAX_MINOR, 0),
        paid(2, "power", "2026-11-22T05:00:00Z", 1, 0),
        paid(3, "power", "2026-10-22T05:00:00Z", MAX_MINOR, 0),
    ];
    assert_eq!(short(&months(&all)), [(2026, 10, 1, Some(MAX_MINOR)), (2026, 11, 2, None)]);
}

#[test]
fn row_19_a_zone_that_is_not_known_is_the_bank_s_and_currencies_stand_apart() {
    let mut strange = receipt("power", "2026-11-30T16:00:00Z", 5, 0);
    strange.zone = "Moon/Tycho".into();
    let mut yen = receipt("power", "2026-11-30T16:00:00Z", 5, 0);
    let jpy = Currency::try_from("JPY".to_owned()).unwrap();
    (yen.amount, yen.fee, yen.total) =
        (Money::new(5, jpy).unwrap(), Money::new(0, jpy).unwrap(), Money::new(5, jpy).unwrap());
    let found = months(&[outcome(1, Body::Receipt(Box::new(strange))), outcome(2, Body::Receipt(Box::new(yen)))]);
    let seen: Vec<_> = found.iter().map(|month| (month.month, month.currency.code().to_owned())).collect();
    assert_eq!(seen, [(12, "CNY".to_owned()), (12, "JPY".to_owned())]);
}
