//! The billers of a life, their customers, and what they do while it lasts: close for a while, ask
//! another amount, withdraw a bill, send a new one.

use std::{sync::Arc, time::Duration};

use jiff::{ToSpan as _, civil::Date};
use sandbox_gateway::{
    Gateway,
    biller::{
        Biller, Billers, Seeds,
        reconcile::ReconcileError,
        sandbox,
        seeds::{Behaviour, SeedAccount, SeedBill},
    },
    leg::bank::BankClient,
    location::Location,
    seeds::Enrolment,
    statements::LocalBank,
};

use super::{
    bank::Bank,
    clock::{DAWN_DATE, PartyClock},
    common::{Common, Unfit, pause},
    fault::Kind,
    keeper,
    rng::{PortRng, Stream},
};

/// The town.
pub struct Town {
    /// The houses.
    pub billers: Arc<Billers>,
    /// Where their books are.
    pub books: Location,
    /// What the bank's catalogue says of them.
    pub catalogue: Vec<Biller>,
    /// The bank's customers.
    pub people: Vec<Enrolment>,
    /// By person: biller and customer number.
    pub accounts: Vec<Vec<(String, String)>>,
    /// How far the billers' clock is ahead.
    pub skew_ms: i64,
    common: Arc<Common>,
    plan: Stream,
    forgets: Stream,
    bills: Vec<(String, String, String)>,
}

/// Books the newest charge that the bank has given up and whose bill still asks for it: as a clerk does, with
/// all that belongs to a charge, dated when the bank asked by a clock that is ahead of the bank's. Gives its
/// bill.
fn rebook(ledger: &Location, books: &Location, ahead_ms: i64) -> rusqlite::Result<Option<String>> {
    let ledger = keeper::connect(&ledger.path)?;
    let sql = "SELECT biller, bill_number, amount, number, taken_at FROM orders WHERE state = 5 ORDER BY taken_at DESC";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    let mut given_up = ledger.prepare(sql)?;
    let given_up: Vec<(String, String, i64, String, i64)> = given_up.query_map([], row)?.collect::<Result<_, _>>()?;
    let mut books = keeper::connect(&books.path)?;
    let books = books.transaction()?;
    for (biller, bill, amount, number, at) in given_up {
        let at = at + ahead_ms;
        let booked = books.execute(
            "INSERT OR REPLACE INTO charge(biller, number, state, bill, version_at, version_after, amount, billed,
             reference, charged_at)
             SELECT biller, unhex(?3), 'charged', number, version, version + 1, ?4, billed, 'by hand', ?5 FROM bill
             WHERE biller = ?1 AND number = ?2 AND state = 'open' AND (kind <> 'bill' OR received + ?4 <= billed)",
            rusqlite::params![biller, bill, number, amount, at],
        )?;
        if booked == 0 {
            continue;
        }
        books.execute(
            "UPDATE bill SET version = version + 1, received = received + ?3,
             state = CASE WHEN kind = 'bill' AND received + ?3 >= billed THEN 'paid' ELSE state END
             WHERE biller = ?1 AND number = ?2",
            rusqlite::params![biller, bill, amount],
        )?;
        books.execute(
            "INSERT INTO entry(biller, number, debit, credit, amount, at) VALUES (?1, unhex(?2), 'bank', ?3, ?4, ?5)",
            rusqlite::params![biller, number, bill, amount, at],
        )?;
        books.commit()?;
        return Ok(Some(bill));
    }
    Ok(None)
}

/// 60.00 yuan: from there on a code is asked for, where one is at all.
const CODE_FROM: i64 = 6_000;
/// At which billers.
const BILLERS: [&str; 4] = ["gas-sh", "mobile-cn", "power-sh", "water-sh"];

/// Whose accounts they are: known to the billers, who tell it masked.
pub const HOLDER: &str = "王小明";
/// Which part of the address no phone ever hears.
pub const DOOR: &str = "大道100号";

/// So many times as many bills as elsewhere are there at the start of a life that is measured: 95 of one person.
const STEADY_TIMES: u64 = 5;

/// Bills of all accounts together.
const MOST_BILLS: usize = 150;
/// More than there are bills, and prime.
const DUE_DAYS: usize = 157;
/// Of these so many are over when the life begins.
const OVERDUE_DAYS: i64 = 60;

/// Each bill of a life has a due date of its own: by that alone the checks know which one a reminder is of.
fn due(nth: usize) -> Date {
    let day = i64::try_from(nth * 37 % DUE_DAYS).unwrap_or(0) - OVERDUE_DAYS;
    DAWN_DATE.checked_add(day.days()).unwrap_or(DAWN_DATE)
}

impl Town {
    /// Builds it, with so many customers of the bank; `steady`: with many bills and without trouble.
    ///
    /// # Errors
    /// The books.
    pub fn build(common: &Arc<Common>, seed: u64, name: &str, people: usize, steady: bool) -> Result<Self, Unfit> {
        let mut plan = Stream::of(seed, "town");
        let skew_ms = i64::try_from(plan.below(40_000)).unwrap_or(0) - 20_000;
        let clock = Arc::new(PartyClock::new(common.now, skew_ms));
        let rng = Arc::new(PortRng::new(Stream::of(seed, "billers")));
        let mut bills = Vec::new();
        let mut account = |biller: &str, number: &str, count: u64| {
            // Houses that only ever do what they are asked to.
            let (count, plain) =
                if steady { (count * STEADY_TIMES, Some(Behaviour::default())) } else { (count, None) };
            let behaviour = Behaviour {
                revises: u32::from(plan.chance(80)),
                refuses: u32::from(plan.chance(120)),
                slow_ms: if plan.chance(80) { 3_000 } else { 0 },
            };
            let behaviour = plain.unwrap_or(behaviour);
            let tail = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
            let made = (0..count).map(|nth| {
                let asked = i64::try_from(plan.between(1_000, 60_000)).unwrap_or(1_000);
                let bill = format!("{tail}-{nth}");
                let due = due(bills.len());
                bills.push((biller.to_owned(), number.to_owned(), bill.clone()));
                match biller {
                    "mobile-cn" => SeedBill::top_up(&bill, 1_000, 50_000),
                    "water-sh" => SeedBill { minimum_minor: 500, ..SeedBill::new(&bill, asked).due(due) },
                    _ => SeedBill::new(&bill, asked).due(due),
                }
            });
            SeedAccount {
                biller: biller.to_owned(),
                number: number.to_owned(),
                holder: HOLDER.to_owned(),
                address: format!("上海市浦东新区世纪{DOOR}"),
                bills: made.collect(),
                behaviour,
                note: "",
            }
        };
        // The first power and the gas account are of a flat that two people pay for.
        let accounts = vec![
            account("power-sh", "3110001017", 7),
            account("gas-sh", "SG31000182", 5),
            account("water-sh", "2100200018", 5),
            account("mobile-cn", "13900000001", 2),
            account("water-sh", "2100200026", 5),
            account("mobile-cn", "13900000002", 2),
        ];
        let pair = |account: &SeedAccount| (account.biller.clone(), account.number.clone());
        let of = |numbers: [usize; 4]| numbers.iter().filter_map(|at| accounts.get(*at)).map(pair).collect();
        let by_person: Vec<Vec<(String, String)>> = vec![of([0, 1, 2, 3]), of([0, 1, 4, 5])];
        let mut houses = sandbox::billers();
        houses.retain(|house| BILLERS.contains(&house.biller.id.as_str()));
        let catalogue = houses.iter().map(|house| house.biller.clone()).collect();
        let books = Location::memory(&format!("{name}-billers"));
        let billers = Billers::open(&books, clock, rng, Seeds { billers: houses, accounts })?;
        let people = (1..=u32::try_from(people).unwrap_or(1))
            .map(|number| {
                // Some are nearly broke: then money runs out between two payments.
                let balance = if plan.chance(120) && !steady { plan.between(40_000, 200_000) } else { 10_000_000 };
                let balance = i64::try_from(balance).unwrap_or(0);
                let person = Enrolment::new(number, "王*", balance, "");
                // Every second one has a threshold that some of the bills are above: a code is asked for.
                Enrolment {
                    step_up_from: if number.is_multiple_of(2) { CODE_FROM } else { person.step_up_from },
                    per_day: if steady { balance } else { person.per_day },
                    ..person
                }
            })
            .collect();
        Ok(Self {
            billers: Arc::new(billers),
            books,
            catalogue,
            people,
            accounts: by_person,
            skew_ms,
            common: common.clone(),
            plan,
            forgets: Stream::of(seed, "the billers' backups"),
            bills,
        })
    }

    /// What the billers do, for as long as they are let.
    pub fn goings_on(&self) -> impl Future<Output = ()> + Send + 'static {
        let (billers, common, mut plan, mut bills) =
            (self.billers.clone(), self.common.clone(), self.plan.clone(), self.bills.clone());
        async move {
            for nth in 0_u64.. {
                pause(plan.between(5_000, 120_000)).await;
                let Some((biller, customer, bill)) = plan.pick(&bills).cloned() else { return };
                let asked = i64::try_from(plan.between(1_000, 60_000)).unwrap_or(1_000);
                let (what, long) = (plan.below(6), plan.between(5_000, 300_000));
                let done = match what {
                    0 if common.faults.strikes(Kind::BillerClosed) => {
                        let closed = billers.set_closed(&biller, true, None);
                        let (billers, biller) = (billers.clone(), biller.clone());
                        tokio::spawn(async move {
                            tokio::time::sleep(Duration::from_millis(long)).await;
                            billers.set_closed(&biller, false, None)
                        });
                        closed
                    }
                    1 if common.faults.may(Kind::BillRevised) => {
                        let revised = billers.revise_bill(&biller, &bill, asked);
                        revised.inspect(|()| common.faults.struck(Kind::BillRevised))
                    }
                    2 if nth % 4 == 0 && common.faults.may(Kind::BillRevised) => {
                        let cancelled = billers.cancel_bill(&biller, &bill);
                        cancelled.inspect(|()| common.faults.struck(Kind::BillRevised))
                    }
                    // In a life of many hours one account would have more of them than fit into an answer.
                    _ if biller != "mobile-cn" && bills.len() < MOST_BILLS => {
                        let fresh = format!("{bill}+{nth}");
                        let least = if biller == "water-sh" { 500 } else { asked };
                        let due = due(bills.len());
                        bills.push((biller.clone(), customer.clone(), fresh.clone()));
                        let bill = SeedBill { minimum_minor: least, ..SeedBill::new(&fresh, asked).due(due) };
                        billers.add_bill(&biller, &customer, &bill)
                    }
                    _ => Ok(()),
                };
                // A top-up cannot be revised, nor a paid bill withdrawn: then nothing happened.
                common.trace.note(format_args!("{biller} {bill}: {what} {}", done.is_ok()));
            }
        }
    }

    /// A bill that nobody has seen yet, for the person of that number: the same for every life.
    ///
    /// # Errors
    /// The books.
    pub fn one_more_bill(&self, person: usize) -> Result<Option<(String, String)>, Unfit> {
        let accounts = self.accounts.get(person).into_iter().flatten();
        let Some((biller, number)) = accounts.into_iter().find(|(biller, _)| biller == "water-sh") else {
            return Ok(None);
        };
        let bill = format!("{number}-last");
        self.billers.add_bill(biller, number, &SeedBill::new(&bill, 600).due(due(MOST_BILLS + person)))?;
        Ok(Some((biller.clone(), bill)))
    }

    /// The billers' books are saved, and some time later put back: what was charged, undone or fenced
    /// in between is forgotten. Not in a life in which the bank's ledger is put back, too: two sides
    /// that have forgotten the same thing agree on what is not so, and no rule covers that.
    pub fn forgetting(&self, bank_restores: bool) -> impl Future<Output = ()> + Send + 'static {
        let (billers, common, mut plan) = (self.billers.clone(), self.common.clone(), self.forgets.clone());
        async move {
            let (drawn, save_after, restore_after) =
                (plan.chance(200), plan.between(1_000, 200_000), plan.between(1_000, 400_000));
            if !drawn || bank_restores {
                return;
            }
            pause(save_after).await;
            if common.faults.tally().contains_key(&Kind::BillerRebooks) {
                return;
            }
            let Ok(saved) = billers.snapshot() else { return };
            common.trace.note(format_args!("the billers' backup"));
            pause(restore_after).await;
            if common.faults.may(Kind::BillerRestore) && billers.restore(&saved).is_ok() {
                common.faults.struck(Kind::BillerRestore);
                common.trace.note(format_args!("the billers' books are put back"));
            }
        }
    }

    /// A clerk at a biller books a charge that the biller refused or undid, and the bank has ended as reversed:
    /// the biller said no, and its books say yes. Not in a life in which either side's books are put back, too.
    pub fn rebooking(&self, bank: &Bank) -> impl Future<Output = ()> + Send + 'static {
        let (books, common, mut plan) = (self.books.clone(), self.common.clone(), self.forgets.clone().nth(2));
        let (ledger, bank_restores) = (bank.ledger().clone(), bank.restores());
        let ahead_ms = self.skew_ms - bank.skew_ms();
        async move {
            if bank_restores || !plan.chance(120) {
                return;
            }
            loop {
                pause(plan.between(5_000, 40_000)).await;
                let forgot = common.faults.tally().contains_key(&Kind::BillerRestore);
                if forgot || !common.faults.may(Kind::BillerRebooks) {
                    return;
                }
                match rebook(&ledger, &books, ahead_ms) {
                    Ok(None) => {}
                    Ok(Some(bill)) => {
                        common.faults.struck(Kind::BillerRebooks);
                        common.trace.note(format_args!("a clerk books a charge of {bill} anew"));
                        return;
                    }
                    Err(error) => return common.wrong("I9", format!("the billers' books cannot be written: {error}")),
                }
            }
        }
    }

    /// Whether a clerk of a biller booked something that nobody wished.
    #[must_use]
    pub fn rebooked(&self) -> bool {
        self.common.faults.tally().contains_key(&Kind::BillerRebooks)
    }

    /// Whether the billers' books were put back in this life.
    #[must_use]
    pub fn forgot(&self) -> bool {
        self.common.faults.tally().contains_key(&Kind::BillerRestore)
    }

    /// Whether the days of this life are reconciled at its end: after the billers forgot something,
    /// and in a few others, where nothing may come of it.
    #[must_use]
    pub fn reconciles(&self) -> bool {
        let mut plan = self.forgets.clone().nth(1);
        let drawn = plan.chance(30);
        drawn || self.forgot() || self.rebooked()
    }

    /// The days that have closed at the bank are checked, and it is told what does not agree.
    ///
    /// # Errors
    /// A statement is none.
    pub async fn reconcile(&self, gateway: Arc<Gateway>) -> Result<(), ReconcileError> {
        let clock = Arc::new(PartyClock::new(self.common.now, self.skew_ms));
        let bank = BankClient::new(Arc::new(LocalBank::to(gateway)), clock);
        for biller in BILLERS {
            for report in self.billers.reconcile_daily(&bank, biller, true).await? {
                self.common.trace.note(format_args!("{biller} reconciled {report:?}"));
                let mut facts = self.common.record.facts();
                for (difference, count) in report.found {
                    *facts.differences.entry(difference.as_str()).or_default() += count;
                }
            }
        }
        Ok(())
    }

    /// What does not agree by the billers' lists.
    ///
    /// # Errors
    /// The books.
    pub fn differences(&self) -> Result<Vec<String>, Unfit> {
        let mut all = Vec::new();
        for biller in BILLERS {
            let open = self.billers.differences(biller, None)?;
            all.extend(open.iter().map(|found| format!("{biller} {} {}", found.number, found.what.as_str())));
        }
        Ok(all)
    }

    /// All billers are open again.
    ///
    /// # Errors
    /// The books.
    pub fn heal(&self) -> Result<(), Unfit> {
        for biller in BILLERS {
            self.billers.set_closed(biller, false, None)?;
        }
        Ok(())
    }
}
