//! A fresh sandbox with four people's phones: what a few dozen rounds are played on.

use std::path::Path;

use super::plan::Round;
use crate::{
    Outcome, Unfit,
    chance::Chance,
    ledgers::Ledgers,
    phone::{Payable, Phone},
    program::Program,
    sandbox::Sandbox,
};

/// People and the accounts that they pay: tests/gateway/CUSTOMERS.md and ACCOUNTS.md. Two of them pay
/// the same accounts. No exact bill's minimum is below what is asked, so that every kind is there:
/// top-ups, parts, exact ones, one that is refused at first, billers without tombstones.
const PEOPLE: [(&str, &[(&str, &str)]); 3] = [
    (
        "13800000001",
        &[
            ("mobile-cn", "13900000001"),
            ("power-sh", "3110001017"),
            ("power-sh", "3110001033"),
            ("water-sh", "2100200018"),
            ("gas-sh", "SG31000182"),
            ("property-gh", "B12-0502"),
        ],
    ),
    (
        "13800000002",
        &[
            ("mobile-cn", "13900000001"),
            ("mobile-cn", "13900000002"),
            ("power-sh", "3110001025"),
            ("water-sh", "2100200026"),
            ("gas-sh", "SG31000279"),
            ("property-gh", "B12-0502"),
            ("property-gh", "A03-1101"),
        ],
    ),
    ("13800000007", &[("mobile-cn", "13900000003")]),
];
/// Whose biller takes 3 s for every answer.
const SLOW: usize = 2;

/// A sandbox, the phones that pay at it, and what it had before the first payment.
pub(super) struct Town {
    pub sandbox: Sandbox,
    pub phones: Vec<Phone>,
    pub before: Ledgers,
}

impl Town {
    pub(super) fn found(program: &Program, folder: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Unfit::Io("a folder", error))?;
        let mut sandbox = Sandbox::start(program, &folder.join("sandbox"))?;
        let mut phones = Vec::new();
        for (at, (number, accounts)) in PEOPLE.iter().enumerate() {
            let profile = folder.join(format!("phone-{at}"));
            phones.push(Phone::activate(program, &mut sandbox, &profile, number, accounts)?);
        }
        let before = Ledgers::read(sandbox.folder())?;
        Ok(Self { sandbox, phones, before })
    }

    /// Whose turn it is.
    pub(super) fn turn(round: Round, chance: &mut Chance) -> usize {
        match round {
            Round::Slow => SLOW,
            Round::Pay { .. } | Round::Event | Round::Without(_) => usize::from(chance.below(2) == 1),
        }
    }

    /// What is paid now, and how much of it, as typed.
    pub(super) fn choose(&mut self, phone: usize, chance: &mut Chance) -> Outcome<(Payable, String)> {
        let payables = match self.phones.get_mut(phone) {
            Some(phone) => phone.payables()?,
            None => Vec::new(),
        };
        let Some(chosen) = chance.one_of(&payables) else {
            return Err(Unfit::Unexpected("there is nothing left to pay".to_owned()));
        };
        let (least, most) = chosen.range;
        // Little, so that there is something left for later rounds; no two the same, mostly.
        let more = chance.below(u64::try_from(most - least).unwrap_or(0).min(99) + 1);
        let amount = least + i64::try_from(more).unwrap_or(0);
        Ok((chosen.clone(), format!("{}.{:02}", amount / 100, amount % 100)))
    }
}
