//! What may happen next: everything that the parties, the network, the clock and misfortune can do
//! in a given world. What becomes of it, the parties say (`parties.rs`).

use billpay_core::payments::transition as client;
use sandbox_gateway::{biller::transition as biller, payments::transition as gateway};

use super::{
    answers::Answer,
    parties::{
        Out, age, biller_event, client_event, gateway_event, is_dead, is_listed, late_answer, pay_without_funds,
        with_phone,
    },
    variants::Config,
    world::{Payment, Phone, Which, World},
};

/// What happened, in words.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    what: &'static str,
    which: Option<Which>,
    but: &'static str,
    answered: bool,
    told: bool,
}

impl Label {
    fn of(which: Which, what: &'static str) -> Self {
        Self { what, which: Some(which), but: "", answered: false, told: false }
    }

    fn all(what: &'static str) -> Self {
        Self { what, which: None, but: "", answered: false, told: false }
    }

    pub(super) fn but(self, but: &'static str) -> Self {
        Self { but, ..self }
    }

    pub(super) fn answered(self) -> Self {
        Self { answered: true, ..self }
    }

    pub(super) fn told(self) -> Self {
        Self { told: true, ..self }
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.which {
            Some(Which::One) => f.write_str("[A] ")?,
            Some(Which::Two) => f.write_str("[B] ")?,
            None => {}
        }
        f.write_str(self.what)?;
        if self.answered {
            f.write_str(", the gateway hears the answer")?;
        }
        if self.told {
            f.write_str(", the phone hears of it")?;
        }
        if !self.but.is_empty() {
            write!(f, ", but {}", self.but)?;
        }
        Ok(())
    }
}

/// Hands every next world to `out`, some of them more than once.
pub fn successors(config: &Config, world: &World, out: &mut Out<'_>) {
    for which in Which::BOTH {
        if config.payments == 2 || which == Which::One {
            phone(config, world, which, out);
            gateway(config, world, which, out);
            clock(config, world, which, out);
        }
        // A made-up number stands in the place of the second payment.
        to_biller(config, world, which, out);
        if config.lossy {
            losses(world, which, out);
        }
    }
    bank(config, world, out);
}

fn phone(config: &Config, world: &World, which: Which, out: &mut Out<'_>) {
    use client::{Answer, Event, Next, State};
    let payment = world.at(which);
    let state = match payment.phone {
        Phone::New => {
            // The quote asks the biller at that moment; intent and order are committed.
            let mut then = with_phone(world, which, State::Authorized);
            let begun = then.at_mut(which);
            begun.epoch = world.bank.epoch;
            begun.stale = false;
            return out(Label::of(which, "quoted, signed and journalled"), then);
        }
        Phone::Forgot => return,
        Phone::Has(state) => state,
    };
    let mut on = |event, what| client_event(world, which, event, Label::of(which, what), out);
    match state {
        State::Authorized => {
            on(Event::Send, "marked in doubt and sent");
            on(Event::NothingSent, "given up before anything is sent");
            on(Event::Found, "the app is killed and opened again");
        }
        State::InDoubt(_) => {
            on(Event::Found, "the app is killed and opened again");
            on(Event::Answer(Answer::Nothing { expired: false }), "the phone hears nothing");
            if payment.expired {
                on(Event::Answer(Answer::Nothing { expired: true }), "the gateway answers, and not on the order");
            }
        }
        State::Settled | State::Refused | State::Reversed | State::Cancelled => {}
    }
    let ask = client::transition(state, Event::Ask);
    if ask.next == Next::Confirm {
        let asking = with_phone(world, which, ask.state);
        let label = Label::of(which, "the phone asks the gateway");
        gateway_event(config, &asking, which, gateway::Event::Confirm, label, out);
    }
    if age(world, which) != gateway::Age::Current {
        match state {
            State::InDoubt(_) => {
                let label = Label::of(which, "the phone presents the open order");
                gateway_event(config, world, which, gateway::Event::Evidence, label, out);
            }
            State::Settled => {
                let label = Label::of(which, "the phone presents its receipt");
                gateway_event(config, world, which, gateway::Event::Receipt, label, out);
            }
            State::Authorized | State::Refused | State::Reversed | State::Cancelled => {}
        }
    }
    if config.rollbacks && (state != State::Cancelled || config.rollbacks_of_cancelled) {
        // Whatever an earlier file held of an order, opening it makes a doubt of it.
        let found = client::transition(State::Authorized, Event::Found);
        if state != State::Authorized {
            let label = Label::of(which, "the phone's file is rolled back to when the order was open");
            out(label, with_phone(world, which, found.state));
        }
        let mut then = *world;
        then.at_mut(which).phone = Phone::Forgot;
        out(Label::of(which, "the phone's file is rolled back to before the order"), then);
    }
}

fn gateway(config: &Config, world: &World, which: Which, out: &mut Out<'_>) {
    use gateway::{Event, State};
    let payment = world.at(which);
    let mut on = |event, what| gateway_event(config, world, which, event, Label::of(which, what), out);
    if payment.pay {
        on(Event::Pay, "the order arrives at the gateway");
    }
    if payment.pay {
        // Funds come and go: any copy of an order may find them, or not.
        let label = Label::of(which, "the order arrives at the gateway, where funds are short");
        pay_without_funds(config, world, which, label, out);
    }
    let mut on = |event, what| gateway_event(config, world, which, event, Label::of(which, what), out);
    if payment.reversal {
        on(Event::Reverse, "the reversal arrives at the gateway");
    }
    on(Event::Tick, "the gateway's worker takes it up");
    let missing = match payment.gateway {
        State::Unknown | State::Claimed => true,
        State::Reversing | State::Settled | State::Refused | State::Reversed => false,
    };
    let heard_of = payment.gateway != State::Unknown || payment.pay || payment.reversal || is_in_doubt(payment.phone);
    if config.by_hand && heard_of && is_listed(config, world, which) {
        // What two persons say is what they have seen in the biller's books at that moment.
        let charged = payment.biller == biller::State::Charged;
        let ruling = if charged { gateway::Ruling::Charged } else { gateway::Ruling::NotCharged };
        on(Event::ByHand(ruling), "two persons end it by what the biller's books say");
    }
    if config.statement && missing && payment.biller == biller::State::Charged {
        on(Event::Evidence, "the biller's statement lists the charge");
    }
    for (place, answer) in Answer::ALL.iter().enumerate() {
        if payment.answers & (1 << place) != 0 {
            late_answer(config, world, which, answer, Label::of(which, answer.what), out);
        }
    }
}

fn is_in_doubt(phone: Phone) -> bool {
    match phone {
        Phone::Has(client::State::Authorized | client::State::InDoubt(_)) => true,
        Phone::New | Phone::Forgot => false,
        Phone::Has(
            client::State::Settled | client::State::Refused | client::State::Reversed | client::State::Cancelled,
        ) => false,
    }
}

fn to_biller(config: &Config, world: &World, which: Which, out: &mut Out<'_>) {
    use biller::Event;
    let payment = world.at(which);
    let mut on = |event, closed, what| biller_event(config, world, which, event, closed, Label::of(which, what), out);
    if payment.charge || payment.old_charge {
        on(Event::Charge, false, "a charge arrives at the biller");
        on(Event::Charge, true, "a charge arrives at the biller, which is closed");
    }
    if payment.confirm {
        on(Event::Confirm, false, "a confirm arrives at the biller");
    }
    if payment.refund || payment.old_refund {
        on(Event::Refund, false, "a refund arrives at the biller");
    }
}

fn clock(config: &Config, world: &World, which: Which, out: &mut Out<'_>) {
    let payment = world.at(which);
    if !payment.begun() {
        return;
    }
    let mut then = *world;
    if !payment.expired {
        then.at_mut(which).expired = true;
        out(Label::of(which, "valid_until passes"), then);
    } else if !config.tombstones && !payment.quiet {
        // Only a biller without tombstones makes the gateway wait for silence.
        let dead = is_dead(config, world, which, biller::Event::Charge);
        let payment = then.at_mut(which);
        payment.quiet = true;
        payment.charge &= !dead;
        payment.old_charge &= !dead;
        out(Label::of(which, "every charge sent for it is too old by now"), then);
    }
    if config.others_reverse && payment.expired && !payment.reversal {
        let mut then = *world;
        then.at_mut(which).reversal = true;
        out(Label::of(which, "another device asks for the reversal"), then);
    }
    if config.revocations && !payment.revoked {
        let mut then = *world;
        then.at_mut(which).revoked = true;
        out(Label::of(which, "the device is revoked"), then);
    }
}

fn losses(world: &World, which: Which, out: &mut Out<'_>) {
    type Message = fn(&mut Payment) -> &mut bool;
    const MESSAGES: [(Message, &str); 7] = [
        (|p| &mut p.pay, "every copy of the order is lost"),
        (|p| &mut p.reversal, "every copy of the reversal is lost"),
        (|p| &mut p.charge, "every copy of the charge is lost"),
        (|p| &mut p.old_charge, "every older copy of the charge is lost"),
        (|p| &mut p.refund, "every copy of the refund is lost"),
        (|p| &mut p.old_refund, "every older copy of the refund is lost"),
        (|p| &mut p.confirm, "every copy of the confirm is lost"),
    ];
    for (message, what) in MESSAGES {
        let mut then = *world;
        let under_way = message(then.at_mut(which));
        if std::mem::take(under_way) {
            out(Label::of(which, what), then);
        }
    }
    let mut then = *world;
    if std::mem::take(&mut then.at_mut(which).answers) != 0 {
        out(Label::of(which, "every answer of the biller is lost"), then);
    }
}

fn bank(config: &Config, world: &World, out: &mut Out<'_>) {
    if world.bank.restores < config.restores {
        let mut then = *world;
        for which in Which::BOTH {
            let payment = then.at_mut(which);
            payment.backup = payment.gateway;
        }
        then.bank.backup_epoch = world.bank.epoch;
        out(Label::all("a backup is taken"), then);
        if config.two_backups {
            let mut then = *world;
            for which in Which::BOTH {
                let payment = then.at_mut(which);
                payment.older_backup = payment.backup;
                payment.backup = payment.gateway;
            }
            out(Label::all("a backup is taken, and the one before it kept"), then);
            let mut older = *world;
            for which in Which::BOTH {
                let payment = older.at_mut(which);
                payment.backup = payment.older_backup;
            }
            out(Label::all("the gateway is restored from the older backup"), restored(config, &older));
        }

        out(Label::all("the gateway is restored from the backup"), restored(config, world));
        let mut empty = *world;
        empty.one.backup = gateway::State::Unknown;
        empty.two.backup = gateway::State::Unknown;
        empty.bank.backup_epoch = 0;
        out(Label::all("the gateway is restored from an empty backup"), restored(config, &empty));
    }
    if world.bank.window {
        let mut then = *world;
        then.bank.window = false;
        for which in Which::BOTH {
            let charge = is_dead(config, world, which, biller::Event::Charge);
            let refund = is_dead(config, world, which, biller::Event::Refund);
            let payment = then.at_mut(which);
            payment.old_charge &= !charge;
            payment.old_refund &= !refund;
        }
        out(Label::all("messages from before the restore are too old by now"), then);
    }
}

fn restored(config: &Config, world: &World) -> World {
    let mut then = *world;
    then.bank.restores += 1;
    then.bank.window = true;
    if config.counted_epochs {
        then.bank.epoch = world.bank.backup_epoch + 1;
    }
    let last = then.bank.restores == config.restores;
    for which in Which::BOTH {
        let payment = then.at_mut(which);
        payment.gateway = gateway::restored(payment.backup);
        payment.old_charge |= std::mem::take(&mut payment.charge);
        payment.old_refund |= std::mem::take(&mut payment.refund);
        // Whoever waited for that answer is gone.
        payment.confirm = false;
        payment.answers = 0;
        // Fresh epochs are only ever compared: 0 is the ledger's own, 1 is any other.
        if !config.counted_epochs && payment.begun() {
            payment.epoch = 1;
        }
        if last {
            payment.backup = gateway::State::Unknown;
            payment.older_backup = gateway::State::Unknown;
        }
    }
    if last {
        then.bank.backup_epoch = 0;
    }
    then
}
