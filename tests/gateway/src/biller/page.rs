//! An account with more bills than fit into one answer, page by page: those that are open, the oldest first,
//! then the others, the newest first.
//!
//! A page begins after a place, and not after so many bills: one that is paid between two pages leaves the
//! open ones, and whoever counted would pass over another in its stead.

use crate::leg::{
    MAX_BODY,
    answer::{Account, Bill, BillState},
};

/// What an answer has besides bills, at the most.
const OTHERS: usize = 4 * 1024;

/// Where a bill stands in the order of the pages.
type Place = (u8, i64, String, String);

fn place(bill: &Bill) -> Place {
    let due = bill.due_date.map(|date| date.to_string()).unwrap_or_default();
    match bill.state {
        BillState::Open => (0, 0, due, bill.bill_number.clone()),
        BillState::Paid | BillState::Cancelled => {
            (1, bill.updated_at.as_millisecond().saturating_neg(), due, bill.bill_number.clone())
        }
    }
}

/// A place as the bank hands it back: it knows no more of it than that.
fn written((ended, age, due, number): &Place) -> String {
    format!("{ended}|{age}|{due}|{number}")
}

fn read(text: &str) -> Option<Place> {
    let mut parts = text.splitn(4, '|');
    let (ended, age) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((ended, age, parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// As many bills as go into an answer, after the place that the last page ended at; none after one that was
/// never told.
pub(super) fn page(account: Account, after: Option<&str>) -> Account {
    let mut bills: Vec<(Place, Bill)> = account.bills.into_iter().map(|bill| (place(&bill), bill)).collect();
    bills.sort_by(|(one, _), (other, _)| one.cmp(other));
    match after.map(read) {
        None => {}
        Some(None) => bills.clear(),
        Some(Some(after)) => bills.retain(|(place, _)| *place > after),
    }
    let (all, mut size) = (bills.len(), 0);
    let mut told = Vec::new();
    for (place, bill) in bills {
        size += bill.size();
        if size > MAX_BODY - OTHERS && !told.is_empty() {
            break;
        }
        told.push((place, bill));
    }
    let more = told.last().filter(|_| told.len() < all).map(|(place, _)| written(place));
    Account { bills: told.into_iter().map(|(_, bill)| bill).collect(), more, ..account }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::answer::Kind;

    fn bill(nth: usize, state: BillState, updated_ms: i64) -> Bill {
        Bill {
            bill_number: format!("N|{nth:04}"),
            kind: Kind::Bill,
            state,
            version: 1,
            amount_minor: 1,
            minimum_minor: 1,
            maximum_minor: 1,
            currency: "CNY".to_owned(),
            period: None,
            due_date: Some(jiff::civil::date(2026, 1, 1)),
            late_fee_minor: None,
            items: vec![],
            updated_at: jiff::Timestamp::from_millisecond(updated_ms).unwrap(),
        }
    }

    fn account(bills: Vec<Bill>) -> Account {
        Account { holder_masked: String::new(), address_masked: String::new(), bills, more: None }
    }

    #[test]
    fn row_14_bills_that_are_paid_between_two_pages_hide_no_other_one() {
        let count = 4 * MAX_BODY / bill(0, BillState::Open, 0).size();
        let mut bills: Vec<Bill> = (0..count).map(|nth| bill(nth, BillState::Open, 0)).collect();
        let mut told: Vec<String> = Vec::new();
        let (mut after, mut pages) = (None, 0);
        loop {
            let page = page(account(bills.clone()), after.as_deref());
            told.extend(page.bills.iter().map(|bill| bill.bill_number.clone()));
            pages += 1;
            // Some of those that were told are paid before the next page is asked for, the last one too.
            for number in [told[pages].clone(), told[told.len() - 1].clone()] {
                let nth = number.trim_start_matches("N|").parse().unwrap();
                bills[nth] = bill(nth, BillState::Paid, 1_000 + i64::try_from(pages).unwrap());
            }
            match page.more {
                Some(more) => after = Some(more),
                None => break,
            }
        }
        assert!(pages > 3, "{pages}");
        for bill in &bills {
            assert!(told.contains(&bill.bill_number), "{} was never told", bill.bill_number);
        }
    }

    #[test]
    fn row_14_after_a_place_that_was_never_told_comes_nothing() {
        for after in ["", "7", "0|x||N", "true"] {
            let page = page(account(vec![bill(0, BillState::Open, 0)]), Some(after));
            assert_eq!((page.bills.len(), page.more), (0, None), "{after}");
        }
    }
}
