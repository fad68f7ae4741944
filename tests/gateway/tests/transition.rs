//! Every state of an order, every event, every set of facts: what the bank's transition may never do.

use sandbox_gateway::payments::transition::{
    Age, ChargeAnswer as C, ConfirmAnswer as Q, End, Event, Facts, RefundAnswer as R, Reply, Ruling, Send, State, Step,
    transition,
};

const STATES: [State; 6] =
    [State::Unknown, State::Claimed, State::Reversing, State::Settled, State::Refused, State::Reversed];

const EVENTS: [Event; 16] = [
    Event::Pay,
    Event::Confirm,
    Event::Reverse,
    Event::Evidence,
    Event::Receipt,
    Event::Tick,
    Event::Charged(C::Charged),
    Event::Charged(C::Refused),
    Event::Charged(C::Undone),
    Event::Confirmed(Q::Charged),
    Event::Confirmed(Q::NotFound),
    Event::Confirmed(Q::Undone),
    Event::Refunded(R::Undone),
    Event::Refunded(R::NothingLeft),
    Event::ByHand(Ruling::Charged),
    Event::ByHand(Ruling::NotCharged),
];

fn facts() -> impl Iterator<Item = Facts> {
    [Age::Current, Age::OlderInWindow, Age::Older].into_iter().flat_map(|age| {
        (0..64).map(move |bits: u32| Facts {
            age,
            expired: bits & 1 != 0,
            obstacle: bits & 2 != 0,
            revoked: bits & 4 != 0,
            tombstones: bits & 8 != 0,
            quiet: bits & 16 != 0,
            listed: bits & 32 != 0,
        })
    })
}

/// Every case there is.
fn each(mut look: impl FnMut(State, Event, Facts, Step)) {
    let mut cases = 0;
    for state in STATES {
        for event in EVENTS {
            for facts in facts() {
                look(state, event, facts, transition(state, event, facts));
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 6 * 16 * 192);
}

fn end(state: State) -> Option<End> {
    match state {
        State::Unknown | State::Claimed | State::Reversing => None,
        State::Settled => Some(End::Settled),
        State::Refused => Some(End::Refused),
        State::Reversed => Some(End::Reversed),
    }
}

fn is_biller_s_word(event: Event) -> bool {
    matches!(event, Event::Charged(_) | Event::Confirmed(_) | Event::Refunded(_))
}

#[test]
fn i3_an_end_never_changes_and_nothing_more_is_sent() {
    each(|state, event, facts, step| {
        if end(state).is_some() {
            assert_eq!((step.state, step.send), (state, None), "{state:?} {event:?} {facts:?}");
        }
    });
}

#[test]
fn i3_what_the_client_is_told_is_what_is_committed() {
    each(|state, event, facts, step| {
        if let Reply::Ended(told) = step.reply {
            assert_eq!(Some(told), end(step.state), "{state:?} {event:?} {facts:?}");
        }
        if step.reply == Reply::NotKnown {
            assert_eq!((state, step.state), (State::Unknown, State::Unknown));
        }
    });
}

#[test]
fn rule_5_once_a_refund_may_be_sent_the_order_ends_as_reversed() {
    each(|state, event, facts, step| {
        if state == State::Reversing {
            assert!(matches!(step.state, State::Reversing | State::Reversed), "{event:?} {facts:?}");
        }
        if step.send == Some(Send::Refund) {
            assert_eq!(step.state, State::Reversing, "{state:?} {event:?} {facts:?}");
        }
    });
}

#[test]
fn rules_1_and_6_refused_is_the_bank_s_alone_before_any_charge() {
    each(|state, event, facts, step| {
        if step.state == State::Refused && state != State::Refused {
            assert_eq!((state, event), (State::Unknown, Event::Pay));
            assert!(facts.obstacle && facts.age == Age::Current && !facts.expired && !facts.revoked);
        }
    });
}

#[test]
fn rules_7_and_10_a_charge_goes_out_only_for_a_claimed_order_of_this_epoch_before_valid_until() {
    each(|state, event, facts, step| {
        if step.send == Some(Send::Charge) {
            assert_eq!((step.state, facts.age, facts.expired), (State::Claimed, Age::Current, false));
            assert!(matches!((state, event), (State::Unknown, Event::Pay) | (State::Claimed, Event::Tick)));
        }
        if step.state == State::Claimed && state != State::Claimed {
            assert_eq!((state, event), (State::Unknown, Event::Pay));
            assert!(!facts.obstacle && !facts.revoked && !facts.expired && facts.age == Age::Current);
        }
    });
}

#[test]
fn i3_settled_only_by_a_receipt_of_ours_or_the_biller_s_word_or_two_persons_that_it_is_charged() {
    each(|state, event, facts, step| {
        if step.state == State::Settled && state != State::Settled {
            assert!(
                matches!(
                    event,
                    Event::Receipt
                        | Event::Charged(C::Charged)
                        | Event::Confirmed(Q::Charged)
                        | Event::ByHand(Ruling::Charged)
                ),
                "{state:?} {event:?} {facts:?}"
            );
        }
    });
}

#[test]
fn rule_7_in_the_window_after_a_restore_no_word_of_the_biller_ends_an_older_order_that_is_not_being_reversed() {
    each(|state, event, facts, step| {
        let undecided = facts.age == Age::OlderInWindow || (facts.age == Age::Older && !facts.tombstones);
        if undecided && is_biller_s_word(event) && state != State::Reversing {
            assert_eq!(step.state, state, "{event:?} {facts:?}");
        }
    });
}

#[test]
fn rule_4_reversed_needs_the_biller_s_word_or_two_persons_and_without_a_tombstone_silence_too() {
    each(|state, event, facts, step| {
        if step.state != State::Reversed || state == State::Reversed {
            return;
        }
        match event {
            Event::Charged(C::Undone) | Event::Confirmed(Q::Undone) | Event::Refunded(R::Undone) => {}
            Event::ByHand(Ruling::NotCharged) => assert!(facts.listed && facts.expired && facts.quiet, "{facts:?}"),
            Event::Confirmed(Q::NotFound) => {
                assert!(state == State::Reversing && !facts.tombstones && facts.quiet, "{facts:?}");
            }
            Event::Pay
            | Event::Confirm
            | Event::Reverse
            | Event::Evidence
            | Event::Receipt
            | Event::Tick
            | Event::Charged(_)
            | Event::Confirmed(Q::Charged)
            | Event::ByHand(Ruling::Charged)
            | Event::Refunded(R::NothingLeft) => panic!("reversed by {event:?} from {state:?} with {facts:?}"),
        }
    });
}

#[test]
fn i4_the_worker_never_leaves_an_open_order_of_this_epoch_alone() {
    each(|state, event, facts, step| {
        let open = matches!(state, State::Claimed | State::Reversing);
        if open && event == Event::Tick && facts.age == Age::Current {
            assert!(step.send.is_some(), "{state:?} {facts:?}");
        }
    });
}

#[test]
fn rule_12_persons_end_only_what_no_rule_ends_and_never_while_a_message_may_still_land() {
    let mut ended = 0;
    each(|state, event, facts, step| {
        let Event::ByHand(ruling) = event else { return };
        assert_eq!(step.send, None);
        if step.state == state {
            return;
        }
        ended += 1;
        assert!(facts.listed && facts.age != Age::OlderInWindow, "{state:?} {facts:?}");
        match ruling {
            Ruling::Charged => assert!(matches!(state, State::Unknown | State::Claimed), "{state:?} {facts:?}"),
            Ruling::NotCharged => assert!(facts.expired && facts.quiet, "{state:?} {facts:?}"),
        }
    });
    // Of two ages: charged from two states, whatever else is; not charged from three, expired and quiet.
    assert_eq!(ended, 2 * (2 * 32 + 3 * 8));
}
