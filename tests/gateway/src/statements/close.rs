//! The end of a day of one biller: what was booked on it, and which orders were open at its end.
//!
//! Nobody who pays waits for it: the ledger is read a few hundred lines at a time. So the order of the
//! looks counts. The open orders come first; one that ends while the lines are read is in the list of
//! the open ones, and its line, booked after the end of the day, is in a later day.

use super::store::{AT_A_TIME, Closed, Keep};
use crate::{
    gateway::Gateway,
    ledger::{LedgerError, booked::Booked},
    leg::{
        LegSecret, MAX_BODY, message,
        statement::{FULL, Line, MOST_LINES, Page, Totals},
    },
    moment,
};

/// Closes a day that is over, and before it every earlier one on which anything was booked; one that is
/// closed stays as it is.
pub(crate) fn close(gateway: &Gateway, biller: &str, secret: &LegSecret, day: i64) -> Result<(), LedgerError> {
    let now = gateway.now();
    if day >= moment::bank_day(now) || gateway.statements.is_closed(biller, day)? {
        return Ok(());
    }
    gateway.statements.write(|keep| {
        let after = keep.upto(biller, gateway.epoch())?;
        let earlier = gateway.ledger.read(now, |tx| tx.booked_days(biller, day, after))?;
        for day in earlier.into_iter().chain([day]) {
            if keep.closed(biller, day)?.is_none() {
                one(gateway, keep, biller, secret, day, now)?;
            }
        }
        Ok(())
    })
}

fn one(
    gateway: &Gateway,
    keep: &Keep<'_>,
    biller: &str,
    secret: &LegSecret,
    day: i64,
    now: i64,
) -> Result<(), LedgerError> {
    let ledger = &gateway.ledger;
    let after = keep.upto(biller, gateway.epoch())?;
    let end = moment::day_begins(day + 1);
    let mut pages =
        Pages { keep, biller, secret, day, closed_at: now, page: 0, previous: None, lines: Vec::new(), size: 0 };
    let mut totals = Totals::default();
    keep.forget_open()?;
    let mut last = String::new();
    loop {
        let open = ledger.read(now, |tx| tx.open_at(biller, end, &last, AT_A_TIME))?;
        let Some(next) = open.last() else { break };
        last.clone_from(&next.payment_id);
        for line in &open {
            if keep.is_newly_open(&line.number)? {
                totals = pages.put(line, totals)?;
            }
        }
    }
    let mut last = after;
    loop {
        let later = ledger.read(now, |tx| tx.booked_later(biller, day, end, last, AT_A_TIME))?;
        let Some(next) = later.last() else { break };
        last = next.id;
        for line in later {
            if keep.is_newly_open(&line.number)? {
                totals = pages.put(&Booked { kind: crate::leg::statement::LineKind::Open, ..line }, totals)?;
            }
        }
    }
    keep.forget_open()?;
    let upto = ledger.read(now, |tx| tx.booked_up_to(biller, day, after))?;
    let mut last = after;
    loop {
        let booked = ledger.read(now, |tx| tx.booked_by(biller, day, last, AT_A_TIME))?;
        let Some(next) = booked.last() else { break };
        last = next.id;
        for line in &booked {
            if keep.is_new(biller, line)? {
                totals = pages.put(line, totals)?;
            }
        }
    }
    let pages = pages.end(totals)?;
    keep.put_closed(biller, day, gateway.epoch(), &Closed { upto, pages })
}

/// The pages of a day, one of them in memory.
struct Pages<'a> {
    keep: &'a Keep<'a>,
    biller: &'a str,
    secret: &'a LegSecret,
    day: i64,
    closed_at: i64,
    page: i64,
    previous: Option<String>,
    lines: Vec<Line>,
    size: usize,
}

impl Pages<'_> {
    fn put(&mut self, booked: &Booked, totals: Totals) -> Result<Totals, LedgerError> {
        let line = Line {
            kind: booked.kind,
            corrects: booked.corrects,
            number: booked.number.parse().map_err(|_| LedgerError::Meaning("a booked number"))?,
            bill_number: booked.bill_number.clone(),
            amount_minor: booked.amount,
            day: moment::date_of(booked.charge_day),
        };
        let size = line.size();
        if self.size + size > FULL || self.lines.len() >= MOST_LINES {
            self.turn(None)?;
        }
        self.size += size;
        let totals = totals.and(&line).map_err(|_| LedgerError::Meaning("a day of more than 2^53 minor units"))?;
        self.lines.push(line);
        Ok(totals)
    }

    fn end(mut self, totals: Totals) -> Result<i64, LedgerError> {
        self.turn(Some(totals))?;
        Ok(self.page)
    }

    fn turn(&mut self, totals: Option<Totals>) -> Result<(), LedgerError> {
        self.page += 1;
        let page = Page {
            biller: self.biller.to_owned(),
            day: moment::date_of(self.day),
            closed_at: moment::timestamp(self.closed_at),
            page: self.page,
            previous: self.previous.take(),
            lines: std::mem::take(&mut self.lines),
            totals,
        };
        let body = message::seal(&page.to_xml(), self.secret);
        if body.len() > MAX_BODY {
            return Err(LedgerError::Meaning("a page that is too large"));
        }
        self.keep.put_page(self.biller, self.day, self.page, &body)?;
        self.previous = message::signature(&body).map(str::to_owned);
        self.size = 0;
        Ok(())
    }
}
