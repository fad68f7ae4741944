//! A device is replaced in the middle of a payment. The bank lets a customer have one device: the new one's
//! activation retires the old one, whose doubt is then its own to bring to an end. Meanwhile the same person
//! pays the same bill with the new one. So two devices of a customer act on a bill at a time, and of an exact
//! bill one charge may stand.

use super::{
    crowd::{ASKS, WAITS},
    round::{PATIENCE, Player, RUNS_OUT},
};
use crate::{Outcome, audit::Invariant, phone::Payable, program::Ended, proxy::weather::Weather};

impl Player<'_> {
    pub(super) fn handover(
        &mut self,
        phone: usize,
        payable: &Payable,
        amount: &str,
        moment: &str,
        weather: Weather,
    ) -> Outcome<String> {
        let before = self.orders()?;
        let command = ["pay", &payable.biller, &payable.bill, "--amount", amount, "--yes"];
        let mut old = self.phone(phone)?.start(&command, Some(moment))?;
        let line = format!("paused at {moment}");
        let stands = old.until(PATIENCE, |running| running.err.contains(&line))?;
        // It holds the order in its hands, and is no longer the customer's device when it goes on.
        self.town.replace(phone)?;
        let fallen = old.kill()?;
        if fallen.was_killed() {
            self.histogram.client(fallen.last_moment(), stands, 2);
        }
        let (new, retired) = (phone, self.town.retired());
        self.phone(retired)?.hear(&fallen);
        self.storm(weather);
        let mut newer = [self.begin(new, &command)?];
        let mut older = [self.begin(retired, &["resolve"])?];
        self.all_end(&mut newer, WAITS, 2)?;
        self.all_end(&mut older, ASKS, 2)?;
        self.note_answers(&newer);
        let [newer] = newer;
        let last = newer.ended.as_ref().and_then(Ended::last_moment).map(str::to_owned);
        self.town.sandbox.weather(Weather::Calm);
        let orders = self.orders()?.saturating_sub(before);
        if orders > 2 {
            self.findings.add(Invariant::I1, format!("two commands, {orders} orders at the bank"));
        }
        self.come_back(retired, fallen.last_moment(), stands)?;
        self.come_back(new, last.as_deref(), false)?;
        // An order of a retired device that the bank had not seen by then ends by reversal only, in its time.
        self.town.sandbox.pass(RUNS_OUT)?;
        self.everybody_asks(&[retired, new])?;
        Ok(format!("{} -> replaced ({}), {orders} orders", fallen.last_moment().unwrap_or("starting"), weather.name()))
    }
}
