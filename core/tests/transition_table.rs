//! Every pair of state and event of the client's transition, held against the table that
//! docs/payments.md publishes. A changed arm shows here as a changed row.
#![allow(clippy::unwrap_used, clippy::panic)]

use billpay_core::payments::transition::{
    Answer::{Ended, NotKnown, Nothing, Pending},
    Attempt::{First, Later},
    End,
    Event::{self, Answer, Ask, Found, NothingSent, Send},
    Next, State, transition,
};

const STATES: [State; 7] = [
    State::Authorized,
    State::InDoubt(First),
    State::InDoubt(Later),
    State::Settled,
    State::Refused,
    State::Reversed,
    State::Cancelled,
];

fn events() -> Vec<(&'static str, Event)> {
    vec![
        ("send", Send),
        ("nothing sent", NothingSent),
        ("found on open", Found),
        ("ask", Ask),
        ("receipt", Answer(Ended(End::Settled))),
        ("refusal", Answer(Ended(End::Refused))),
        ("reversal", Answer(Ended(End::Reversed))),
        ("pending", Answer(Pending { expired: false, held: false })),
        ("pending, held", Answer(Pending { expired: false, held: true })),
        ("pending, expired", Answer(Pending { expired: true, held: false })),
        ("pending, expired, held", Answer(Pending { expired: true, held: true })),
        ("not known", Answer(NotKnown { expired: false })),
        ("not known, expired", Answer(NotKnown { expired: true })),
        ("anything else", Answer(Nothing { expired: false })),
        ("anything else, expired", Answer(Nothing { expired: true })),
    ]
}

fn name(state: State) -> &'static str {
    match state {
        State::Authorized => "Authorized",
        State::InDoubt(First) => "InDoubt, first attempt",
        State::InDoubt(Later) => "InDoubt",
        State::Settled => "Settled",
        State::Refused => "Refused",
        State::Reversed => "Reversed",
        State::Cancelled => "Cancelled",
    }
}

fn table() -> String {
    let mut table = String::from("| state | event | becomes | then |\n|---|---|---|---|\n");
    for state in STATES {
        for (what, event) in events() {
            let step = transition(state, event);
            let then = format!("{:?}", step.next).to_lowercase();
            table.push_str(&format!("| {} | {what} | {} | {then} |\n", name(state), name(step.state)));
        }
    }
    table
}

#[test]
fn every_pair_of_state_and_event_is_the_published_one() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/payments.md");
    let page = std::fs::read_to_string(page).unwrap();
    let published = page.split("<!-- client table -->\n").nth(1).unwrap();
    let table = table();
    if !published.starts_with(&table) {
        panic!("docs/payments.md does not hold this table:\n{table}");
    }
}

#[test]
fn i3_an_end_is_final_whatever_comes() {
    for state in STATES.into_iter().filter(|state| state.is_final()) {
        for (what, event) in events() {
            let step = transition(state, event);
            assert_eq!((step.state, step.next), (state, Next::Rest), "{state:?} {what}");
        }
    }
}

#[test]
fn i3_nothing_but_a_signed_outcome_or_a_proof_ends_an_order() {
    for state in STATES.into_iter().filter(|state| !state.is_final()) {
        for (what, event) in events() {
            let ended = transition(state, event).state.is_final();
            let may = match event {
                Answer(Ended(_)) => true,
                NothingSent => state != State::InDoubt(Later),
                Send | Found | Ask | Answer(Pending { .. } | NotKnown { .. } | Nothing { .. }) => false,
            };
            assert_eq!(ended, may, "{state:?} {what}");
        }
    }
}

#[test]
fn rule_2_an_order_is_sent_again_only_while_it_may_be_charged_and_reversed_only_after() {
    for (what, event) in events() {
        let next = transition(State::InDoubt(Later), event).next;
        assert_eq!(next == Next::Reverse, what.contains("expired") && !what.contains("held"), "{what}");
        assert_eq!(next == Next::Pay, what == "send" || what == "not known", "{what}");
    }
}
