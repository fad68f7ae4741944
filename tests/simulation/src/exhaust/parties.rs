//! The three parties, each of which is its shipping transition function: what happens to it is put
//! to that function, and what the function says is carried out here, to the letter.

use billpay_core::payments::transition as client;
use sandbox_gateway::{biller::transition as biller, payments::transition as gateway};

use super::{
    answers::Answer,
    next::Label,
    variants::Config,
    world::{Phone, Told, Which, World},
};

/// Takes each world that may come next, and how.
pub type Out<'a> = dyn FnMut(Label, World) + 'a;

/// Something happens to an order on its phone.
pub fn client_event(world: &World, which: Which, event: client::Event, label: Label, out: &mut Out<'_>) {
    let Phone::Has(state) = world.at(which).phone else { return };
    let step = client::transition(state, event);
    let mut then = with_phone(world, which, step.state);
    match step.next {
        client::Next::Pay => {
            let mut unsent = then;
            then.at_mut(which).pay = true;
            out(label, then);
            // The transport proves that this attempt sent nothing. It says so of this attempt only.
            let step = client::transition(step.state, client::Event::NothingSent);
            unsent = with_phone(&unsent, which, step.state);
            out(label.but("no byte of the order could be sent"), unsent);
        }
        client::Next::Reverse => {
            then.at_mut(which).reversal = true;
            out(label, then);
        }
        client::Next::Confirm | client::Next::Wait | client::Next::Rest => out(label, then),
    }
}

/// The world in which a phone holds another state, and has told it if it is an end.
#[must_use]
pub fn with_phone(world: &World, which: Which, state: client::State) -> World {
    use client::State as S;
    let mut then = *world;
    let told = match state {
        S::Authorized | S::InDoubt(_) => Told::Nothing,
        S::Settled => Told::Paid,
        S::Refused | S::Reversed | S::Cancelled => Told::NotPaid,
    };
    let payment = then.at_mut(which);
    payment.phone = Phone::Has(state);
    if payment.told == Told::Nothing {
        payment.told = told;
    } else if told != Told::Nothing && told != payment.told {
        then.bank.contradicted = true;
    }
    then
}

/// Something happens to an order at the gateway; its phone hears of it, or does not.
pub fn gateway_event(
    config: &Config,
    world: &World,
    which: Which,
    event: gateway::Event,
    label: Label,
    out: &mut Out<'_>,
) {
    gateway_event_given(config, world, which, event, facts(config, world, which), label, out);
}

/// An order reaches the gateway while funds are short, or a limit, or the permission.
pub fn pay_without_funds(config: &Config, world: &World, which: Which, label: Label, out: &mut Out<'_>) {
    let facts = gateway::Facts { obstacle: true, ..facts(config, world, which) };
    gateway_event_given(config, world, which, gateway::Event::Pay, facts, label, out);
}

/// An answer that was given earlier reaches the gateway. `quiet` is the one fact that must be of the
/// moment of answering: silence proves something only if it was there before the question.
pub fn late_answer(config: &Config, world: &World, which: Which, answer: &Answer, label: Label, out: &mut Out<'_>) {
    let mut facts = facts(config, world, which);
    facts.quiet = answer.quiet || (config.quiet_is_read_late && facts.quiet);
    gateway_event_given(config, world, which, answer.event, facts, label, out);
}

fn gateway_event_given(
    config: &Config,
    world: &World,
    which: Which,
    event: gateway::Event,
    facts: gateway::Facts,
    label: Label,
    out: &mut Out<'_>,
) {
    let payment = world.at(which);
    let step = gateway::transition(payment.gateway, event, facts);
    let mut then = *world;
    then.at_mut(which).gateway = step.state;
    match step.send {
        None => {}
        Some(gateway::Send::Charge) => {
            let made_up = config.made_up_numbers && event == gateway::Event::Tick;
            then.at_mut(if made_up { which.other() } else { which }).charge = true;
        }
        Some(gateway::Send::Confirm) => then.at_mut(which).confirm = true,
        Some(gateway::Send::Refund) => then.at_mut(which).refund = true,
    }
    out(label, then);
    let expired = payment.expired;
    let answer = match step.reply {
        gateway::Reply::Ended(end) => client::Answer::Ended(match end {
            gateway::End::Settled => client::End::Settled,
            gateway::End::Refused => client::End::Refused,
            gateway::End::Reversed => client::End::Reversed,
        }),
        gateway::Reply::Pending => client::Answer::Pending { expired, held: false },
        gateway::Reply::NotKnown => client::Answer::NotKnown { expired },
        gateway::Reply::None => return,
    };
    client_event(&then, which, client::Event::Answer(answer), label.told(), out);
}

fn facts(config: &Config, world: &World, which: Which) -> gateway::Facts {
    use gateway::State as S;
    let payment = world.at(which);
    let second = match world.at(which.other()).gateway {
        S::Unknown | S::Refused | S::Reversed => false,
        S::Claimed | S::Reversing => true,
        S::Settled => !config.top_up,
    };
    gateway::Facts {
        age: age(world, which),
        expired: payment.expired,
        obstacle: second && !config.gateway_takes_second,
        revoked: payment.revoked,
        tombstones: config.tombstones,
        quiet: payment.quiet,
        listed: is_listed(config, world, which),
    }
}

/// Whether an order is on the operator's list, as soon as the gateway has heard of it (rule 4).
#[must_use]
pub fn is_listed(config: &Config, world: &World, which: Which) -> bool {
    !config.tombstones && age(world, which) != gateway::Age::Current && world.at(which).gateway.is_open()
}

/// The epoch of an order, as the gateway sees it.
#[must_use]
pub fn age(world: &World, which: Which) -> gateway::Age {
    if world.at(which).epoch == world.bank.epoch {
        gateway::Age::Current
    } else if world.bank.window {
        gateway::Age::OlderInWindow
    } else {
        gateway::Age::Older
    }
}

/// A message arrives at the biller; its answer reaches the gateway, or is lost.
pub fn biller_event(
    config: &Config,
    world: &World,
    number: Which,
    event: biller::Event,
    closed: bool,
    label: Label,
    out: &mut Out<'_>,
) {
    let before = world.at(number).biller;
    let step = biller::transition(before, event, biller_facts(config, world, number, closed, false));
    let mut then = *world;
    then.at_mut(number).biller = step.state;
    if before != step.state && !config.top_up {
        // A number that is known is looked at first: its bill's version no longer matters.
        then.at_mut(number).stale = true;
        let charged = [before, step.state].contains(&biller::State::Charged);
        let other = then.at_mut(number.other());
        other.stale |= charged && other.begun();
    }
    out(label, then);
    let order = if config.made_up_numbers { Which::One } else { number };
    let Some(answer) = Answer::heard(event, step.answer) else { return };
    let payment = world.at(number);
    let asker_lives = match event {
        biller::Event::Charge => payment.charge,
        biller::Event::Confirm => payment.confirm,
        biller::Event::Refund => payment.refund,
    };
    if config.late_answers && asker_lives {
        then.at_mut(order).answers |= Answer::bit(answer, payment.quiet);
        return out(label.but("the answer is slow"), then);
    }
    // Rule 5: a charge that is there when the gateway asks, and of which it hears, is adopted.
    let reversing = |world: &World| world.at(order).gateway == gateway::State::Reversing;
    let found = event != biller::Event::Refund && payment.biller == biller::State::Charged && !reversing(&then);
    gateway_event(config, &then, order, answer, label.answered(), &mut |label, mut after| {
        after.bank.not_adopted |= found && reversing(&after);
        out(label, after);
    });
}

fn biller_facts(config: &Config, world: &World, number: Which, closed: bool, too_old: bool) -> biller::Facts {
    let payable = if config.top_up {
        biller::Payable::Open
    } else if world.at(number.other()).biller == biller::State::Charged {
        biller::Payable::Taken
    } else if world.at(number).stale {
        biller::Payable::Stale
    } else {
        biller::Payable::Open
    };
    biller::Facts { too_old, closed, payable, tombstones: config.tombstones }
}

/// Whether a message of this kind can do nothing any more once it is too old: the biller is asked.
#[must_use]
pub fn is_dead(config: &Config, world: &World, number: Which, event: biller::Event) -> bool {
    let before = world.at(number).biller;
    let step = biller::transition(before, event, biller_facts(config, world, number, false, true));
    step.state == before && step.answer == biller::Answer::TooOld
}
