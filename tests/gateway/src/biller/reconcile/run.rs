//! A day of the bank, checked: its statement comes page by page, each page is one transaction, and one
//! page is all that is in memory. Nothing is compared before the last page has come and the sums are
//! right. Read again, by mistake or after a crash, it changes nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use thiserror::Error;

use super::{
    super::{Billers, BillersError, books::Books},
    list::Looked,
};
use crate::{
    leg::{
        ChargeNumber,
        bank::{BankClient, BankError},
        differences::{Difference, Item},
        statement::Totals,
    },
    moment,
};

/// The most pages of one statement: far more than a biller's busiest day.
const MOST_PAGES: i64 = 100_000;

/// Why a day could not be checked. What was found before stays found.
#[derive(Debug, Error)]
pub enum ReconcileError {
    /// No statement.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The sums of the last page are not those of the lines.
    #[error("the sums are not those of the lines")]
    Totals,
    /// More than any day has.
    #[error("a statement without an end")]
    TooLong,
    /// The day was checked before, and its statement was another one.
    #[error("the statement of a closed day has changed")]
    NotTheSame,
    /// The biller's own books.
    #[error(transparent)]
    Books(#[from] BillersError),
}

/// What came of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which day of the bank.
    pub day: Date,
    /// How many lines its statement has.
    pub lines: i64,
    /// Differences that were not known before, by name.
    pub found: BTreeMap<Difference, u64>,
    /// How many that were known are none any more.
    pub resolved: u64,
    /// How many the bank has taken; none where they are not told.
    pub told: u64,
}

impl Billers {
    /// Checks the statement of one day, and tells the bank what does not agree if `tell`.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub async fn reconcile(
        &self,
        bank: &BankClient,
        biller: &str,
        day: Date,
        tell: bool,
    ) -> Result<Report, ReconcileError> {
        let mut report = self.check_day(bank, biller, day).await?;
        if tell {
            report.told = self.tell(bank, biller).await?;
        }
        Ok(report)
    }

    /// Checks every closed day since the last one that was checked, in order, then tells the bank what
    /// does not agree if `tell`: the daily run, and all there is to do after a restore.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub async fn reconcile_daily(
        &self,
        bank: &BankClient,
        biller: &str,
        tell: bool,
    ) -> Result<Vec<Report>, ReconcileError> {
        let (next, yesterday) = self.by_hand(biller, |books| {
            let yesterday = moment::bank_day(books.now.as_millisecond()) - 1;
            Ok((books.next_day(yesterday)?, yesterday))
        })?;
        let mut reports = Vec::new();
        for day in next..=yesterday {
            match self.check_day(bank, biller, moment::date_of(day)).await {
                Ok(report) => reports.push(report),
                // The bank's clock is behind ours: the day is its next one's work.
                Err(ReconcileError::Bank(BankError::NotClosed { .. })) => break,
                Err(error) => return Err(error),
            }
        }
        // What was found earlier may be none any more, also where no day has closed since.
        let resolved = self.by_hand(biller, look_again)?;
        if let Some(last) = reports.last_mut() {
            last.resolved += resolved;
        }
        if tell {
            let told = self.tell(bank, biller).await?;
            if let Some(last) = reports.last_mut() {
                last.told = told;
            }
        }
        Ok(reports)
    }

    async fn check_day(&self, bank: &BankClient, biller: &str, date: Date) -> Result<Report, ReconcileError> {
        let day = moment::day_of(date);
        let before = self.by_hand(biller, |books| {
            // Of a run that was cut short.
            books.forget_lines(day)?;
            books.checked(day)
        })?;
        let read = self.read(bank, biller, date, before.is_none()).await;
        let same = |signature: &String| before.as_ref().is_none_or(|before| before == signature);
        match read {
            Ok((signature, lines)) if same(&signature) => self.compare(biller, date, &signature, lines),
            Ok(_) => Err(ReconcileError::NotTheSame),
            Err(error) => {
                self.by_hand(biller, |books| books.forget_lines(day))?;
                Err(error)
            }
        }
    }

    /// Reads a statement to its end; gives the signature of its last page, and how many lines it has.
    /// One that was read before has the same bytes, so its lines are in the books.
    async fn read(
        &self,
        bank: &BankClient,
        biller: &str,
        date: Date,
        new: bool,
    ) -> Result<(String, i64), ReconcileError> {
        let (day, secret) = (moment::day_of(date), self.secret(biller)?);
        let (mut totals, mut previous) = (Totals::default(), None);
        for nth in 1..=MOST_PAGES {
            let received = bank.page(biller, secret, date, nth, previous.as_deref()).await?;
            let page = received.page;
            let sum = page.lines.iter().try_fold(totals, |totals, line| totals.and(line));
            totals = sum.map_err(|_| ReconcileError::Totals)?;
            if new {
                self.by_hand(biller, |books| page.lines.iter().try_for_each(|line| books.state(line, day)))?;
            }
            match page.totals {
                Some(said) if said == totals => return Ok((received.signature, totals.lines)),
                Some(_) => return Err(ReconcileError::Totals),
                None => previous = Some(received.signature),
            }
        }
        Err(ReconcileError::TooLong)
    }

    fn compare(&self, biller: &str, date: Date, signature: &str, lines: i64) -> Result<Report, ReconcileError> {
        let day = moment::day_of(date);
        let mut report = Report { day: date, lines, found: BTreeMap::new(), resolved: 0, told: 0 };
        self.by_hand(biller, |books| {
            let mut look = |next: &dyn Fn(Option<ChargeNumber>) -> Result<Vec<ChargeNumber>, BillersError>, overdue| {
                let mut after = None;
                loop {
                    let numbers = next(after)?;
                    let Some(last) = numbers.last() else { return Ok::<_, BillersError>(()) };
                    after = Some(*last);
                    for number in &numbers {
                        match books.look_at(*number, day, overdue)? {
                            Looked::Found(what) => *report.found.entry(what).or_default() += 1,
                            Looked::Resolved => report.resolved += 1,
                            Looked::AsBefore => {}
                        }
                    }
                }
            };
            look(&|after| books.named_on(day, after), false)?;
            look(&|after| books.unnamed_on(day, after), true)?;
            look(&|after| books.dropped_on(day, after), true)?;
            report.resolved += look_again(books)?;
            books.check(day, signature, lines)
        })?;
        Ok(report)
    }

    /// Tells the bank all that is open; gives how many it has taken.
    async fn tell(&self, bank: &BankClient, biller: &str) -> Result<u64, ReconcileError> {
        let (mut told, mut after) = (0, None);
        loop {
            let open = self.by_hand(biller, |books| books.open(after))?;
            let Some(last) = open.last() else { return Ok(told) };
            after = Some(last.number);
            let items: Vec<Item> = open.iter().map(super::Found::item).collect();
            bank.tell(biller, self.secret(biller)?, items.clone()).await?;
            self.by_hand(biller, |books| books.told_to_bank(&items))?;
            told += u64::try_from(items.len()).unwrap_or(0);
        }
    }
}

/// Looks at every open difference once more; gives how many are none any more.
fn look_again(books: &Books<'_>) -> Result<u64, BillersError> {
    let (mut resolved, mut after) = (0, None);
    loop {
        let open = books.open(after)?;
        let Some(last) = open.last() else { return Ok(resolved) };
        after = Some(last.number);
        for found in &open {
            let overdue = match found.what {
                Difference::MissingLine => true,
                Difference::ExtraLine
                | Difference::WrongAmount
                | Difference::WrongBill
                | Difference::DuplicateLine
                | Difference::WrongDay
                | Difference::UndoneThere
                | Difference::UndoneHere => false,
            };
            if matches!(books.look_at(found.number, moment::day_of(found.day), overdue)?, Looked::Resolved) {
                resolved += 1;
            }
        }
    }
}
