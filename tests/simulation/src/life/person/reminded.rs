//! The shell's part in reminders: it asks for the plan, arms with the operating system what has changed, and
//! reports what that holds. It may die between any two of these.

use billpay_core::{
    Armed,
    reminders::{Caps, StillDue, TimeOfDay, Wishes},
};
use jiff::{Timestamp, tz::TimeZone};

use super::Person;
use crate::life::{
    common::Unfit,
    fault::Kind,
    record::{Reminded, WentOff},
    rng::Stream,
};

/// Of a thousand people so many want to be reminded.
const WANT: u64 = 300;
/// After so many of a thousand wishes the shell gets round to it.
const AT_TIMES: u64 = 350;

/// How a reminder begins after a payment that came to nothing.
const IN_VAIN: &str = "上次缴费未成功";

impl Person {
    /// Whether this person wants to be reminded at all.
    pub(super) fn wants_reminders(&self) -> bool {
        Stream::of(self.phone.seed(), &format!("whether person {} is reminded", self.number)).chance(WANT)
    }

    /// After a wish the shell may get round to the reminders.
    pub(super) async fn may_be_reminded(&mut self, mut plan: Stream) -> Result<(), Unfit> {
        if !self.active || !self.is_reminded || !plan.chance(AT_TIMES) {
            return Ok(());
        }
        self.go_off().await?;
        if plan.chance(250) {
            self.chooses(&mut plan).await?;
        }
        self.arm(plan).await.map(drop)
    }

    /// The last time: whatever is armed now is what the phone will say.
    pub(super) async fn is_reminded_at_last(&mut self) -> Result<(), Unfit> {
        if !self.is_reminded {
            return Ok(());
        }
        self.go_off().await?;
        let quiet = Stream::of(self.phone.seed(), "nothing goes wrong");
        if !self.arm(quiet).await? {
            self.common.wrong("I7", format!("phone {} cannot arm its reminders after the faults", self.phone.number));
            return Ok(());
        }
        let (zone, caps) = self.system();
        let unarmed = self.with(|client| async move { client.reminder_health(zone, caps).await }).await?;
        self.answered("reminder_health", &unarmed);
        let Some(Ok(unarmed)) = unarmed else { return Ok(()) };
        let alarms = self.phone.alarms().held().into_iter().map(|held| held.id).collect();
        let today = self.phone_now().to_zoned(TimeZone::fixed(jiff::tz::offset(8))).date();
        let unarmed = unarmed.into_iter().map(|one| one.id).collect();
        let planned = self.with(|client| async move { client.reminders(zone, Caps::NONE).await }).await?;
        self.answered("reminders", &planned);
        let Some(Ok(planned)) = planned else { return Ok(()) };
        let in_vain = planned.reminders.into_iter().filter(|it| it.body.contains(IN_VAIN));
        let failed = in_vain.map(|it| it.id).collect();
        let reminded = Reminded { alarms, unarmed, failed, today };
        self.common.record.facts().reminded.insert(self.phone.number, reminded);
        Ok(())
    }

    fn system(&self) -> (&'static str, Caps) {
        let alarms = self.phone.alarms();
        (alarms.zone, Caps { most: alarms.most })
    }

    fn phone_now(&self) -> Timestamp {
        billpay_core::platform::Clock::now(&*self.phone.clock)
    }

    /// What is due by the phone's clock goes off: the shell asks whether it is still true before it shows it.
    async fn go_off(&mut self) -> Result<(), Unfit> {
        let due = self.phone.alarms().go_off(self.phone_now().as_millisecond());
        for id in due {
            let asked = self.common.record.facts().told.len();
            let wanted = id.clone();
            let said = self.with(|client| async move { client.still_due(&wanted).await }).await?;
            let word = self.answered("still_due", &said);
            self.note(format_args!(
                "reminder of {} goes off: {word} {said:?}",
                WentOff::due_date(&id).unwrap_or_default()
            ));
            // What could not be asked is shown as it was planned: here, as due.
            match &said {
                Some(Ok(StillDue::No | StillDue::Unknown)) => {}
                Some(Ok(StillDue::Checking)) => self.phone.alarms().was_shown(id.clone(), true),
                Some(Ok(StillDue::Yes) | Err(_)) | None => self.phone.alarms().was_shown(id.clone(), false),
            }
            if !matches!(said, Some(Ok(StillDue::No | StillDue::Unknown))) {
                let seen = WentOff { phone: self.phone.number, id: id.clone(), asked };
                self.common.record.facts().seen.push(seen);
            }
            if matches!(said, Some(Ok(StillDue::Yes))) {
                self.common.record.facts().shown.push(WentOff { phone: self.phone.number, id, asked });
            }
        }
        Ok(())
    }

    /// Another time of day, or a bill that is put off.
    async fn chooses(&mut self, plan: &mut Stream) -> Result<(), Unfit> {
        let hour = u8::try_from(plan.between(8, 21)).unwrap_or(9);
        let wishes = Wishes { at: TimeOfDay { hour, minute: 0 }, ..Wishes::default() };
        let chosen = self.with(|client| async move { client.set_reminder_policy(wishes).await }).await?;
        let said = self.answered("set_reminder_policy", &chosen);
        self.note(format_args!("wants reminders at {hour}: {said}"));
        Ok(())
    }

    /// Reports, asks, arms, reports. Says whether it came to that. The first report is for what the core cannot know:
    /// an app that died half-way, a file that was put back or aside.
    async fn arm(&mut self, mut plan: Stream) -> Result<bool, Unfit> {
        if !self.report().await? {
            return Ok(false);
        }
        let (zone, caps) = self.system();
        let planned = self.with(|client| async move { client.reminders(zone, caps).await }).await?;
        let said = self.answered("reminders", &planned);
        let Some(Ok(planned)) = planned else { return Ok(false) };
        let changes = planned.changes;
        self.note(format_args!(
            "reminders: {said}, {} to arm, {} to cancel, {} stay",
            changes.add.len(),
            changes.cancel.len(),
            changes.keep.len()
        ));
        let steps = u64::try_from(changes.add.len() + changes.cancel.len()).unwrap_or(0);
        let (drawn, after) = (plan.chance(250), plan.below(steps + 1));
        let dies = drawn && self.common.faults.may(Kind::PhoneCrash) && self.common.faults.strikes(Kind::ArmedHalf);
        let after = if dies { usize::try_from(after).unwrap_or(0) } else { usize::MAX };
        let mut refused = false;
        {
            let sound = !self.common.faults.may(Kind::AlarmsRefused);
            let mut alarms = self.phone.alarms();
            changes.cancel.iter().take(after).for_each(|id| alarms.cancel(id));
            for reminder in changes.add.iter().take(after.saturating_sub(changes.cancel.len())) {
                refused |= !alarms.arm(reminder, sound);
            }
        }
        if refused {
            self.common.faults.struck(Kind::AlarmsRefused);
        }
        if dies {
            self.end_the_app().await;
            return Ok(false);
        }
        self.report().await
    }

    /// What the operating system holds, and what was seen.
    async fn report(&mut self) -> Result<bool, Unfit> {
        let (held, (told, told_checking)) = {
            let alarms = self.phone.alarms();
            (alarms.held(), alarms.seen())
        };
        let reported_of = [told.clone(), told_checking.clone()].concat();
        let armed = Armed { held, told, told_checking, notifications: true, permission: true, battery_saver: false };
        let reported = self.with(|client| async move { client.report_armed(armed).await }).await?;
        self.answered("report_armed", &reported);
        let reported = matches!(reported, Some(Ok(())));
        if reported {
            self.phone.alarms().was_told(&reported_of);
        }
        Ok(reported)
    }
}
