//! Every pair of the two functions that decide about differences, one by one: they are pure, complete,
//! and know no other answer than the one that stands here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a table stops where it breaks")]

use sandbox_gateway::{
    biller::{
        reconcile::compare::{Facts, Said, compare},
        transition::State as Own,
    },
    leg::differences::Difference as D,
    payments::{
        repair::{self, Repair as R, begins, repair},
        transition::State as Order,
    },
};

const AGREES: Facts = Facts { overdue: false, same_amount: true, same_bill: true, day_fits: true, twice: false };

fn all_facts() -> Vec<Facts> {
    let bits = |n: u32, at: u32| n >> at & 1 == 1;
    (0..32)
        .map(|n| Facts {
            overdue: bits(n, 0),
            same_amount: bits(n, 1),
            same_bill: bits(n, 2),
            day_fits: bits(n, 3),
            twice: bits(n, 4),
        })
        .collect()
}

#[test]
fn row_34_what_the_statement_says_held_against_what_the_books_say() {
    use {Own::*, Said as S};
    let table = [
        (S::Nothing, Unknown, None),
        (S::Nothing, Charged, None),
        (S::Nothing, Undone, None),
        (S::Open, Unknown, None),
        (S::Open, Charged, None),
        (S::Open, Undone, None),
        (S::Charged, Unknown, Some(D::ExtraLine)),
        (S::Charged, Charged, None),
        (S::Charged, Undone, Some(D::UndoneHere)),
        (S::Undone, Unknown, None),
        (S::Undone, Charged, Some(D::UndoneThere)),
        (S::Undone, Undone, None),
        (S::Repaid, Unknown, None),
        (S::Repaid, Charged, Some(D::UndoneThere)),
        (S::Repaid, Undone, None),
    ];
    for (said, own, difference) in table {
        assert_eq!(compare(said, own, AGREES), difference, "{said:?} {own:?}");
        // Where only one side, or neither, has a charge, the line's amount, bill and day say nothing more.
        for facts in all_facts() {
            let expected = match (said, own) {
                (S::Nothing | S::Open, Charged) => facts.overdue.then_some(D::MissingLine),
                (S::Charged, Charged) => match facts {
                    Facts { same_bill: false, .. } => Some(D::WrongBill),
                    Facts { same_amount: false, .. } => Some(D::WrongAmount),
                    Facts { twice: true, .. } => Some(D::DuplicateLine),
                    Facts { day_fits: false, .. } => Some(D::WrongDay),
                    _ => None,
                },
                (S::Undone | S::Repaid, Unknown | Undone) => facts.twice.then_some(D::DuplicateLine),
                _ => difference,
            };
            assert_eq!(compare(said, own, facts), expected, "{said:?} {own:?} {facts:?}");
        }
    }
}

#[test]
fn rule_11_what_the_bank_does_about_each_difference() {
    use Order::*;
    let facts = |repaid, as_signed| repair::Facts { repaid, as_signed, booked_since: false };
    // Difference, then: settled; settled, and the books differ; repaid; reversed or refused.
    let table = [
        (D::MissingLine, R::StateAgain, R::Person, R::RefundAgain, R::RefundAgain),
        (D::ExtraLine, R::ChargeAgain, R::ChargeAgain, R::Agreed, R::Agreed),
        (D::WrongAmount, R::StateAgain, R::Person, R::RefundAgain, R::RefundAgain),
        (D::WrongBill, R::StateAgain, R::Person, R::RefundAgain, R::RefundAgain),
        (D::DuplicateLine, R::StateAgain, R::StateAgain, R::StateAgain, R::StateAgain),
        (D::WrongDay, R::StateAgain, R::StateAgain, R::StateAgain, R::StateAgain),
        (D::UndoneThere, R::StateAgain, R::Person, R::RefundAgain, R::RefundAgain),
        (D::UndoneHere, R::ChargeAgain, R::ChargeAgain, R::Agreed, R::Agreed),
    ];
    assert_eq!(table.map(|row| row.0), D::ALL);
    for (what, settled, differs, repaid, undone) in table {
        for as_signed in [false, true] {
            for given_back in [false, true] {
                let facts = facts(given_back, as_signed);
                assert_eq!(repair(what, Unknown, facts), R::AwaitEvidence);
                assert_eq!((repair(what, Claimed, facts), repair(what, Reversing, facts)), (R::Wait, R::Wait));
                assert_eq!((repair(what, Refused, facts), repair(what, Reversed, facts)), (undone, undone), "{what:?}");
                let expected = match (given_back, as_signed) {
                    (true, _) => repaid,
                    (false, true) => settled,
                    (false, false) => differs,
                };
                assert_eq!(repair(what, Settled, facts), expected, "{what:?} {facts:?}");
            }
        }
        let since = repair::Facts { repaid: false, as_signed: true, booked_since: true };
        let expected = if what == D::MissingLine { R::Agreed } else { settled };
        assert_eq!(repair(what, Settled, since), expected, "{what:?}: its line is on its way");
    }
}

#[test]
fn rule_5_a_number_is_charged_again_only_where_nothing_undoes_it() {
    use Order::*;
    for (again, before, from) in [
        (R::ChargeAgain, None, Some(Claimed)),
        (R::ChargeAgain, Some(Claimed), None),
        (R::ChargeAgain, Some(Reversing), None),
        (R::ChargeAgain, Some(Settled), Some(Claimed)),
        (R::ChargeAgain, Some(Reversed), None),
        (R::RefundAgain, None, Some(Reversing)),
        (R::RefundAgain, Some(Claimed), None),
        (R::RefundAgain, Some(Reversing), None),
        (R::RefundAgain, Some(Settled), Some(Reversing)),
        (R::RefundAgain, Some(Reversed), Some(Reversing)),
    ] {
        assert_eq!(begins(again, before), from, "{again:?} {before:?}");
    }
    for before in [None, Some(Unknown), Some(Claimed), Some(Reversing), Some(Settled), Some(Refused), Some(Reversed)] {
        for nothing in [R::Agreed, R::Wait, R::AwaitEvidence, R::StateAgain, R::Person] {
            assert_eq!(begins(nothing, before), None);
        }
    }
}

#[test]
fn row_34_names_are_unique_and_read_back() {
    for what in D::ALL {
        assert_eq!(D::parse(what.as_str()), Some(what));
    }
    let repairs: std::collections::BTreeSet<_> = R::ALL.iter().map(|repair| repair.as_str()).collect();
    assert_eq!(repairs.len(), R::ALL.len());
}

#[test]
fn row_34_the_table_of_the_documentation_is_that_of_the_function() {
    let page = include_str!("../../../docs/payments.md");
    let table = page.split("<!-- repair table -->").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().skip(3).take_while(|line| line.starts_with('|')).collect();
    let facts = |repaid, as_signed| repair::Facts { repaid, as_signed, booked_since: false };
    let columns = [
        (Order::Unknown, facts(false, true)),
        (Order::Claimed, facts(false, true)),
        (Order::Settled, facts(false, true)),
        (Order::Settled, facts(false, false)),
        (Order::Settled, facts(true, true)),
        (Order::Reversed, facts(false, true)),
    ];
    assert_eq!(rows.len(), D::ALL.len());
    for (what, row) in D::ALL.into_iter().zip(rows) {
        let does = columns.map(|(order, facts)| repair(what, order, facts).as_str());
        assert_eq!(row, format!("| {} | {} |", what.as_str(), does.join(" | ")));
    }
}
