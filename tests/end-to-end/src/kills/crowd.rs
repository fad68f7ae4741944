//! Several people pay at a time, some of them the same bill, over a network that is bad, while others go down.
//! Then all ask what became of it, over the same network. Only when the faults have stopped is anything
//! demanded of them: that there is an end, the same for everybody.

use std::{ops::Range, time::Duration};

use super::{
    plan::Victim,
    round::{ASKED, Player, RUNS_OUT, nobody},
    town::Wish,
};
use crate::{
    Outcome, Unfit,
    audit::Invariant,
    program::{Ended, Running, text},
    proxy::weather::Weather,
};

/// How long a payment on a bad network is waited for: `pay` itself gives up after 15 s. Who is not done by
/// then is killed as well.
pub(super) const WAITS: Duration = Duration::from_secs(8);
/// The same for a question: one that asks again and again through cuts has no end of its own.
pub(super) const ASKS: Duration = Duration::from_secs(3);

/// A command of a phone that is under way, or what came of it.
pub(super) struct Acting {
    pub phone: usize,
    running: Option<Running>,
    pub ended: Option<Ended>,
}

impl Player<'_> {
    pub(super) fn crowd(&mut self, weather: Weather, victims: [Victim; 2]) -> Outcome<String> {
        let before = self.orders()?;
        let wishes = self.town.wishes(self.chance)?;
        let what: Vec<&str> = wishes.iter().map(|wish| wish.payable.bill.as_str()).collect();
        let what = format!("{} pay {} ({})", wishes.len(), what.join(", "), weather.name());
        self.storm(weather);
        let mut crowd = Vec::new();
        for wish in &wishes {
            let command = ["pay", &wish.payable.biller, &wish.payable.bill, "--amount", &wish.amount, "--yes"];
            crowd.push(self.begin(wish.phone, &command)?);
        }
        let (within, clients) = (self.window(weather), crowd.len());
        self.let_one_begin(&mut crowd)?;
        for victim in victims {
            self.wait(&within);
            match victim {
                Victim::Client => self.one_falls(&mut crowd)?,
                Victim::Side(side) => self.go_down(side, clients)?,
            }
        }
        self.all_end(&mut crowd, WAITS, clients)?;
        self.note_answers(&crowd);
        self.ask_in_the_storm(&wishes, &within)?;
        self.town.sandbox.weather(Weather::Calm);
        let new = self.orders()?.saturating_sub(before);
        if new > wishes.len() {
            self.findings.add(Invariant::I1, format!("{} commands, {new} orders at the bank", wishes.len()));
        }
        for acting in &crowd {
            let last = acting.ended.as_ref().and_then(Ended::last_moment).map(str::to_owned);
            self.come_back(acting.phone, last.as_deref(), false)?;
        }
        let phones: Vec<usize> = crowd.iter().map(|acting| acting.phone).collect();
        self.everybody_asks(&phones)?;
        Ok(format!("{what}: {new} orders"))
    }

    pub(super) fn storm(&self, weather: Weather) {
        self.town.sandbox.weather(if self.calm { Weather::Calm } else { weather });
    }

    /// When somebody falls in a crowd: while most of the payments are under way.
    pub(super) fn window(&self, weather: Weather) -> Range<Duration> {
        let slower = match weather {
            Weather::Late => 900,
            Weather::Rough => 300,
            Weather::Calm | Weather::Cuts | Weather::Leg => 0,
        };
        let most = *self.usual * 4 + Duration::from_millis(if self.calm { 0 } else { slower });
        Duration::ZERO..most
    }

    pub(super) fn begin(&mut self, phone: usize, command: &[&str]) -> Outcome<Acting> {
        let running = self.phone(phone)?.start(command, Some(""))?;
        Ok(Acting { phone, running: Some(running), ended: None })
    }

    /// Every other time one of them is waited for until its order is made: before that a kill costs nobody
    /// anything.
    fn let_one_begin(&mut self, crowd: &mut [Acting]) -> Outcome<()> {
        if self.chance.below(2) == 0 {
            return Ok(());
        }
        let at = usize::try_from(self.chance.below(crowd.len() as u64)).unwrap_or(0);
        let Some(running) = crowd.get_mut(at).and_then(|acting| acting.running.as_mut()) else { return Ok(()) };
        running.until(WAITS * 8, |running| running.err.iter().any(|line| line.starts_with("reached ")))?;
        Ok(())
    }

    /// One of those who are still at work is killed, if there is one.
    fn one_falls(&mut self, crowd: &mut [Acting]) -> Outcome<()> {
        let clients = crowd.len();
        let mut left: Vec<usize> = (0..clients).collect();
        while !left.is_empty() {
            let at = usize::try_from(self.chance.below(left.len() as u64)).unwrap_or(0);
            let acting = crowd.get_mut(left.swap_remove(at)).ok_or_else(nobody)?;
            let Some(mut running) = acting.running.take() else { continue };
            running.catch_up();
            let ended = running.kill()?;
            let killed = self.take_note(acting.phone, &ended, clients)?;
            acting.ended = Some(ended);
            if killed {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Everybody comes to an end, by themselves or not; so many were at work.
    pub(super) fn all_end(&mut self, crowd: &mut [Acting], patience: Duration, clients: usize) -> Outcome<()> {
        for acting in crowd {
            let Some(running) = acting.running.take() else { continue };
            let ended = running.end_or_kill(patience)?;
            self.take_note(acting.phone, &ended, clients)?;
            acting.ended = Some(ended);
        }
        Ok(())
    }

    /// Remembers what was said, and whether it was killed.
    fn take_note(&mut self, phone: usize, ended: &Ended, clients: usize) -> Outcome<bool> {
        let killed = ended.was_killed();
        if killed {
            self.histogram.client(ended.last_moment(), false, clients);
        }
        self.phone(phone)?.hear(ended);
        Ok(killed)
    }

    pub(super) fn note_answers(&mut self, crowd: &[Acting]) {
        for ended in crowd.iter().filter_map(|acting| acting.ended.as_ref()) {
            let state = text(ended.summary(), "/payment/state");
            let answer = match (ended.was_killed(), state, ended.error()) {
                (true, ..) => "killed",
                (false, "", error) => error,
                (false, state, _) => state,
            };
            *self.answers.entry(answer.to_owned()).or_default() += 1;
        }
    }

    /// The recovery, on the same network: here a phone that cannot even connect must not conclude anything.
    fn ask_in_the_storm(&mut self, wishes: &[Wish], within: &Range<Duration>) -> Outcome<()> {
        let mut crowd = Vec::new();
        for wish in wishes {
            crowd.push(self.begin(wish.phone, &["resolve"])?);
        }
        self.wait(within);
        self.one_falls(&mut crowd)?;
        let clients = crowd.len();
        self.all_end(&mut crowd, ASKS, clients)
    }

    /// I4, for all of them at the same time.
    pub(super) fn everybody_asks(&mut self, phones: &[usize]) -> Outcome<()> {
        let mut open = phones.to_vec();
        for asked in 0..ASKED {
            if asked > 0 {
                self.town.sandbox.pass(RUNS_OUT)?;
            }
            let asking: Vec<(usize, Running)> = open
                .iter()
                .map(|phone| Ok((*phone, self.phone(*phone)?.start(&["resolve"], None)?)))
                .collect::<Outcome<_>>()?;
            open.clear();
            for (phone, running) in asking {
                let ended = running.end()?;
                self.phone(phone)?.hear(&ended);
                if !still_open(&ended)? {
                    continue;
                }
                open.push(phone);
            }
            if open.is_empty() {
                return Ok(());
            }
        }
        self.findings.add(Invariant::I4, format!("{} phones have no end after {ASKED} questions", open.len()));
        Ok(())
    }
}

/// Whether `billpay resolve` has not got to every end.
pub(super) fn still_open(ended: &Ended) -> Outcome<bool> {
    match (ended.ok(), ended.status.code()) {
        (true, _) => Ok(false),
        (false, Some(3)) => Ok(true),
        (false, _) => Err(Unfit::Unexpected(format!("billpay resolve: {}", ended.err.join("; ")))),
    }
}
