//! A fresh sandbox with five people's phones: what a few dozen rounds are played on.

use std::path::{Path, PathBuf};

use super::plan::Round;
use crate::{
    Outcome, Unfit,
    chance::Chance,
    ledgers::Ledgers,
    phone::{Payable, Phone},
    program::Program,
    sandbox::Sandbox,
};

/// People and the accounts that they pay: tests/gateway/CUSTOMERS.md and ACCOUNTS.md. Most accounts are paid by
/// two or three of them. No exact bill's minimum is below what is asked, so that every kind is there:
/// top-ups, parts, exact ones, one that is refused at first, billers without tombstones.
const PEOPLE: [(&str, &[(&str, &str)]); 5] = [
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
    (
        "13800000008",
        &[
            ("mobile-cn", "13900000001"),
            ("power-sh", "3110001017"),
            ("power-sh", "3110001033"),
            ("power-sh", "3110001058"),
            ("water-sh", "210020019X"),
            ("gas-sh", "SG31000182"),
            ("property-gh", "B12-0502"),
        ],
    ),
    (
        "13800000012",
        &[
            ("mobile-cn", "13900000002"),
            ("power-sh", "3110001025"),
            ("power-sh", "3110001058"),
            ("water-sh", "210020019X"),
            ("water-sh", "2100200018"),
            ("property-gh", "C07-0304"),
            ("property-gh", "A03-1101"),
        ],
    ),
];
/// Whose biller takes 3 s for every answer.
const SLOW: usize = 2;
/// All the others.
const QUICK: [usize; 4] = [0, 1, 3, 4];

/// A sandbox, the phones that pay at it, and what it had before the first payment.
pub(super) struct Town {
    pub sandbox: Sandbox,
    /// First one of each person, then those that were replaced.
    pub phones: Vec<Phone>,
    pub before: Ledgers,
    program: Program,
    folder: PathBuf,
}

/// What somebody in a crowd is about to pay.
pub(super) struct Wish {
    pub phone: usize,
    pub payable: Payable,
    pub amount: String,
}

impl Town {
    pub(super) fn found(program: &Program, folder: &Path, seed: u64) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Unfit::Io("a folder", error))?;
        let mut sandbox = Sandbox::start(program, &folder.join("sandbox"), seed)?;
        let mut phones = Vec::new();
        for (at, (number, accounts)) in PEOPLE.iter().enumerate() {
            let profile = folder.join(format!("phone-{at}"));
            phones.push(Phone::activate(program, &mut sandbox, &profile, number, accounts)?);
        }
        let before = Ledgers::read(sandbox.folder())?;
        Ok(Self { sandbox, phones, before, program: program.clone(), folder: folder.to_owned() })
    }

    /// Whose turn it is.
    pub(super) fn turn(round: Round, chance: &mut Chance) -> usize {
        match round {
            Round::Slow => SLOW,
            Round::Pay { .. } | Round::Event | Round::Without(_) | Round::Handover { .. } | Round::Crowd { .. } => {
                chance.one_of(&QUICK).copied().unwrap_or(0)
            }
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
        Ok((chosen.clone(), amount(chosen, chance)))
    }

    /// What a crowd pays: two times in three all who can the same, the others what they like.
    pub(super) fn wishes(&mut self, chance: &mut Chance) -> Outcome<Vec<Wish>> {
        let mut all = Vec::new();
        for at in QUICK {
            all.push((at, self.phones.get_mut(at).map_or(Ok(Vec::new()), Phone::payables)?));
        }
        let known: Vec<&Payable> = all.iter().flat_map(|(_, payables)| payables).collect();
        let is_shared = |one: &&&Payable| known.iter().filter(|other| other.bill == one.bill).count() > 1;
        let shared: Vec<&Payable> = known.iter().filter(is_shared).copied().collect();
        let same = if chance.below(3) < 2 { chance.one_of(&shared).map(|one| one.bill.clone()) } else { None };
        let mut wishes = Vec::new();
        for (phone, payables) in &all {
            let same = payables.iter().find(|one| same.as_ref() == Some(&one.bill));
            let Some(payable) = same.or_else(|| chance.one_of(payables)) else { continue };
            wishes.push(Wish { phone: *phone, payable: payable.clone(), amount: amount(payable, chance) });
        }
        Ok(wishes)
    }

    /// The person of this phone has a new one from now on; the old one is [`Self::retired`].
    pub(super) fn replace(&mut self, phone: usize) -> Outcome<()> {
        let person = PEOPLE.get(phone).ok_or_else(|| Unfit::Unexpected("nobody has such a phone".to_owned()))?;
        let profile = self.folder.join(format!("phone-{}", self.phones.len()));
        // What it pays is the customer's, and comes with the feed.
        let mut new = Phone::activate(&self.program, &mut self.sandbox, &profile, person.0, &[])?;
        new.must(&["bills", "--refresh"])?;
        if let Some(place) = self.phones.get_mut(phone) {
            let mut old = std::mem::replace(place, new);
            old.retired = true;
            self.phones.push(old);
        }
        Ok(())
    }

    /// The last one that was replaced.
    pub(super) fn retired(&self) -> usize {
        self.phones.len().saturating_sub(1)
    }
}

/// Little, so that there is something left for later rounds; no two the same, mostly.
fn amount(payable: &Payable, chance: &mut Chance) -> String {
    let (least, most) = payable.range;
    let more = chance.below(u64::try_from(most - least).unwrap_or(0).min(99) + 1);
    let amount = least + i64::try_from(more).unwrap_or(0);
    format!("{}.{:02}", amount / 100, amount % 100)
}
