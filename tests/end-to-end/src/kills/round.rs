//! A round: somebody pays and is killed, comes back, is perhaps killed again, and asks until there is
//! an end. What must hold at each step is looked at there and then; the ledgers come afterwards.

use std::{
    collections::BTreeMap,
    ops::Range,
    time::{Duration, Instant},
};

use super::{
    crowd::still_open,
    histogram::Histogram,
    plan::{At, MOMENTS, Round},
    town::Town,
};
use crate::{
    Outcome, Unfit,
    audit::{Findings, Invariant},
    chance::Chance,
    ledgers::Ledgers,
    phone::{Payable, Phone},
    program::{Ended, text},
    sandbox::Side,
};

/// An order is good for five minutes by the bank's clock.
pub(super) const RUNS_OUT: Duration = Duration::from_secs(301);
/// How often an end is asked for: with a step of the clock each time, far more than any order needs.
pub(super) const ASKED: usize = 12;
/// When the biller that takes its time is at the charge.
const SECOND_ANSWER: Range<Duration> = Duration::from_secs(3)..Duration::from_secs(6);
/// How long the bank or the billers are down, at the most.
const DOWN: Duration = Duration::from_millis(400);
/// How long standing still may be waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// What one round is played with.
pub(super) struct Player<'a> {
    pub town: &'a mut Town,
    pub chance: &'a mut Chance,
    pub histogram: &'a mut Histogram,
    pub findings: &'a mut Findings,
    /// How long an undisturbed command takes here; random kills fall within it.
    pub usual: &'a mut Duration,
    /// The networks stay calm, whatever the round says.
    pub calm: bool,
    /// How the payments in crowds and handovers ended for who had asked for them.
    pub answers: &'a mut Answers,
}

/// By the state that was told, or why there was none.
pub(super) type Answers = BTreeMap<String, u64>;

/// A command that was to be killed.
struct Victim {
    ended: Ended,
    killed: bool,
}

impl Player<'_> {
    pub(super) fn play(&mut self, round: Round) -> Outcome<String> {
        if let Round::Crowd { weather, victims } = round {
            return self.crowd(weather, victims);
        }
        let phone = Town::turn(round, self.chance);
        let (payable, amount) = self.town.choose(phone, self.chance)?;
        let what = format!("{} {} of {amount}", payable.biller, payable.bill);
        let told = match round {
            Round::Pay { at, runs_out, again } => self.pay(phone, &payable, &amount, at, runs_out, again)?,
            Round::Slow => self.pay(phone, &payable, &amount, At::Random, false, None)?,
            Round::Event => self.event(phone, &payable, &amount)?,
            Round::Without(side) => self.without(phone, &payable, &amount, side)?,
            Round::Handover { moment, weather } => self.handover(phone, &payable, &amount, moment, weather)?,
            Round::Crowd { .. } => return Err(Unfit::Unexpected("a crowd is not one".to_owned())),
        };
        Ok(format!("{what}: {told}"))
    }

    fn pay(
        &mut self,
        phone: usize,
        payable: &Payable,
        amount: &str,
        at: At,
        runs_out: bool,
        again: Option<At>,
    ) -> Outcome<String> {
        let before = self.orders()?;
        let command = ["pay", &payable.biller, &payable.bill, "--amount", amount, "--yes"];
        // Where every answer takes three seconds, the first of them is the quote's.
        let slow = payable.bill == "M0003";
        let within = if slow { SECOND_ANSWER } else { Duration::ZERO..*self.usual };
        let victim = self.kill(phone, &command, at, within)?;
        let last = victim.ended.last_moment().map(str::to_owned);
        let after = self.orders()?;
        self.at_the_bank(at, last.as_deref(), after.saturating_sub(before));
        if runs_out {
            self.town.sandbox.pass(RUNS_OUT)?;
        }
        let payment = self.come_back(phone, last.as_deref(), victim.killed && at != At::Random)?;
        if let Some(again) = again {
            self.kill(phone, &["resolve"], again, Duration::ZERO..*self.usual)?;
        }
        self.ask_until_it_ends(phone)?;
        let phone = self.phone(phone)?;
        let end = payment.and_then(|id| phone.told.iter().rev().find(|told| told.payment == id));
        let moment = last.as_deref().unwrap_or("starting");
        Ok(format!("{moment} -> {}", end.map_or("no order", |told| told.state.as_str())))
    }

    /// Pays in peace, hears of it, and is killed before the event is acknowledged: it comes again.
    fn event(&mut self, phone: usize, payable: &Payable, amount: &str) -> Outcome<String> {
        let started = Instant::now();
        let paid = self.phone(phone)?.run(&["pay", &payable.biller, &payable.bill, "--amount", amount, "--yes"])?;
        *self.usual = started.elapsed();
        if text(paid.summary(), "/payment/payment_id").is_empty() {
            return Err(Unfit::Unexpected(format!("nothing was paid: {}", paid.err.join("; "))));
        }
        self.come_back(phone, Some("intent-committed"), false)?;
        // A charge that is refused ends in steps.
        self.ask_until_it_ends(phone)?;
        let first = self.phone(phone)?.event()?;
        self.kill(phone, &["events", "next"], At::Moment("event-read"), Duration::ZERO..PATIENCE)?;
        let again = self.phone(phone)?.event()?;
        if first.is_none() || first != again {
            self.findings.add(Invariant::I4, format!("an event was {first:?}, and after a kill it was {again:?}"));
        }
        if let Some(event) = again {
            let id = event.0.clone();
            self.phone(phone)?.acknowledge(event)?;
            let next = self.phone(phone)?.event()?;
            if next.is_some_and(|next| next.0 == id) {
                self.findings.add(Invariant::I4, format!("event {id} came again after it was acknowledged"));
            }
        }
        Ok("event-read -> read again".to_owned())
    }

    /// Pays while one of the others goes down in the middle of it, and comes back.
    fn without(&mut self, phone: usize, payable: &Payable, amount: &str, side: Side) -> Outcome<String> {
        let before = self.orders()?;
        let command = ["pay", &payable.biller, &payable.bill, "--amount", amount, "--yes"];
        let paying = self.phone(phone)?.start(&command, Some(""))?;
        self.wait(&(Duration::ZERO..*self.usual));
        self.go_down(side, 1)?;
        let ended = paying.end()?;
        self.phone(phone)?.hear(&ended);
        let new = self.orders()?.saturating_sub(before);
        if new > 1 {
            self.findings.add(Invariant::I1, format!("one command, {new} orders at the bank"));
        }
        let payment = self.come_back(phone, ended.last_moment(), false)?;
        self.ask_until_it_ends(phone)?;
        let told = &self.phone(phone)?.told;
        let end = payment.and_then(|id| told.iter().rev().find(|told| told.payment == id));
        Ok(format!("{} went down -> {}", side.name(), end.map_or("no order", |told| told.state.as_str())))
    }

    /// One of the others is killed, and comes back.
    pub(super) fn go_down(&mut self, side: Side, clients: usize) -> Outcome<()> {
        self.town.sandbox.kill(side)?;
        self.histogram.side(side, clients);
        self.wait(&(Duration::ZERO..DOWN));
        self.town.sandbox.start_again(side)
    }

    pub(super) fn wait(&mut self, within: &Range<Duration>) {
        let width = within.end.saturating_sub(within.start).as_micros();
        let more = self.chance.below(u64::try_from(width).unwrap_or(u64::MAX));
        std::thread::sleep(within.start + Duration::from_micros(more));
    }

    /// Starts a command and kills it.
    fn kill(&mut self, phone: usize, command: &[&str], at: At, within: Range<Duration>) -> Outcome<Victim> {
        let pause = match at {
            At::Moment(name) => name,
            At::Random => "",
        };
        let mut running = self.phone(phone)?.start(command, Some(pause))?;
        match at {
            At::Moment(name) => {
                let line = format!("paused at {name}");
                if !running.until(PATIENCE, |running| running.err.contains(&line))? {
                    // As where a biller refuses and the bank cannot end the order at once.
                    let said = running.err.join("; ");
                    self.findings.note(format!("billpay {} did not reach {name}: {said}", command.join(" ")));
                }
            }
            At::Random => self.wait(&within),
        }
        running.catch_up();
        let ended = running.kill()?;
        let killed = ended.was_killed();
        if killed {
            self.histogram.client(ended.last_moment(), matches!(at, At::Moment(_)), 1);
        }
        self.phone(phone)?.hear(&ended);
        Ok(Victim { ended, killed })
    }

    /// I2, from the outside: who stands still before the send has sent nothing, and who has an answer
    /// has been heard once.
    fn at_the_bank(&mut self, at: At, last: Option<&str>, new: usize) {
        let At::Moment(_) = at else {
            if new > 1 {
                self.findings.add(Invariant::I1, format!("one command, {new} orders at the bank"));
            }
            return;
        };
        let wanted = match last {
            None | Some("before-intent" | "intent-committed" | "mark-committed") => 0,
            Some(_) => 1,
        };
        if new != wanted {
            let last = last.unwrap_or("starting");
            self.findings.add(Invariant::I2, format!("killed at {last}: {new} orders at the bank, not {wanted}"));
        }
    }

    /// Opens the profile again: the journal has what was committed, no more and no less.
    pub(super) fn come_back(&mut self, phone: usize, last: Option<&str>, paused: bool) -> Outcome<Option<String>> {
        let phone = self.town.phones.get_mut(phone).ok_or_else(nobody)?;
        let listed = phone.payments()?;
        let fresh: Vec<_> = listed
            .iter()
            .map(|payment| (text(payment, "/payment_id").to_owned(), text(payment, "/state").to_owned()))
            .filter(|(id, _)| !phone.known.contains(id))
            .collect();
        phone.known.extend(fresh.iter().map(|(id, _)| id.clone()));
        let step = last.and_then(|last| MOMENTS.iter().position(|moment| *moment == last));
        let lost: Vec<&String> =
            phone.known.iter().filter(|id| !listed.iter().any(|payment| text(payment, "/payment_id") == *id)).collect();
        let lost = lost.len();
        let first = fresh.first().cloned();
        if lost > 0 {
            self.findings.add(Invariant::I9, format!("{lost} payments have left the journal"));
        }
        // Between the first two moments is the commit itself.
        let fits = match step {
            Some(0) if paused => fresh.is_empty(),
            Some(0) | None => fresh.len() <= 1,
            Some(_) => fresh.len() == 1,
        };
        if !fits {
            let last = last.unwrap_or("starting");
            self.findings
                .add(Invariant::I9, format!("killed after {last}: {} new payments in the journal", fresh.len()));
        }
        if let (Some("outcome-committed"), Some((id, state))) = (last, &first)
            && state == "checking"
        {
            self.findings.add(Invariant::I9, format!("the end of {id} was committed, and is not there"));
        }
        Ok(first.map(|(id, _)| id))
    }

    /// I4: as often as it takes, with the clock going on.
    pub(super) fn ask_until_it_ends(&mut self, phone: usize) -> Outcome<()> {
        for asked in 0..ASKED {
            if asked > 0 {
                self.town.sandbox.pass(RUNS_OUT)?;
            }
            let ended = self.phone(phone)?.run(&["resolve"])?;
            if !still_open(&ended)? {
                return Ok(());
            }
        }
        self.findings.add(Invariant::I4, format!("a payment has no end after {ASKED} questions"));
        Ok(())
    }

    pub(super) fn orders(&self) -> Outcome<usize> {
        Ok(Ledgers::read(self.town.sandbox.folder())?.orders.len())
    }

    pub(super) fn phone(&mut self, at: usize) -> Outcome<&mut Phone> {
        self.town.phones.get_mut(at).ok_or_else(nobody)
    }
}

pub(super) fn nobody() -> Unfit {
    Unfit::Unexpected("there is no such phone".to_owned())
}
