//! Moving one order on: ask the transition what an event means, commit that, then do what it says.
//! Nothing in here decides; whoever drives must have the order marked busy.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Inner, cursor::Cursor};
use crate::{
    error::Fault,
    events::{Event as News, EventKind},
    gateway::{
        caller::{Call, NoReply, Reply},
        wire::{Ended, Pending},
    },
    moment,
    payments::{
        Entry,
        transition::{Answer, Event, Next, State, Step, transition},
    },
    plant,
    receipts::{Body, Outcome, Stored},
    store::{StoreError, Tx, give_way},
};

/// Questions in one turn: confirm, then pay again or reverse, then look once more.
const QUESTIONS: usize = 3;

/// What came back, with what must be stored for it.
pub(super) struct Told {
    pub event: Event,
    outcome: Option<Outcome>,
    held_until: Option<Timestamp>,
}

impl Told {
    fn nothing() -> Self {
        Self { event: Event::Answer(Answer::Nothing), outcome: None, held_until: None }
    }
}

impl Inner {
    /// Moves an order on until it ends or has to wait. `state` is what this process knows of it.
    ///
    /// Gives the entry as last committed; `None` if not even the first commit was possible.
    pub(super) async fn drive(self: &Arc<Self>, entry: Entry, state: State, event: Event) -> Option<Entry> {
        let (mut entry, mut state) = (entry, state);
        let mut told = Told { event, outcome: None, held_until: None };
        let mut last = None;
        for _ in 0..=QUESTIONS {
            let committed = self.commit(&entry, state, told).await;
            let (fresh, step) = match committed {
                Ok(committed) => committed,
                Err(fault) => {
                    // Nothing is sent on a state that is not stored; the recovery comes back to it.
                    tracing::warn!(%fault, "an order could not be moved on");
                    return last;
                }
            };
            entry = fresh;
            state = step.state;
            last = Some(entry.clone());
            if state.is_final() && was_rolled_back(&entry) {
                // What else the file has lost comes with the feed, and sequences rise above it.
                self.refresh_soon();
            }
            match step.next {
                _ if state.is_final() => moment::reached("outcome-committed"),
                Next::Pay => moment::reached("mark-committed"),
                Next::Rest | Next::Wait | Next::Confirm | Next::Reverse => {}
            }
            told = match step.next {
                Next::Rest | Next::Wait => return last,
                Next::Pay | Next::Confirm | Next::Reverse => self.put_question(step.next, &entry).await,
            };
            moment::reached("answer-read");
        }
        // The last answer is not lost: it is asked for again.
        match self.commit(&entry, state, told).await {
            Ok((entry, _)) => Some(entry),
            Err(_) => last,
        }
    }

    /// Commits what an event means: state, outcome, receipt and the shell's event in one
    /// transaction.
    async fn commit(self: &Arc<Self>, entry: &Entry, state: State, told: Told) -> Result<(Entry, Step), Fault> {
        let id = entry.id.clone();
        let event_id = self.uuid();
        self.write(move |tx| {
            let mut entry = Entry::load(tx, &id)?.ok_or(StoreError::Other("an order left the journal"))?;
            // The journal is the truth; this process only adds whether it can still prove something.
            let state = if entry.state().is_final() { entry.state() } else { state };
            let step = transition(state, told.event);
            let changed = crate::payments::state_name(step.state) != crate::payments::state_name(entry.state());
            if let Some(outcome) = &told.outcome
                && !plant::is("loses-the-receipt")
            {
                Stored::keep(tx, outcome)?;
            }
            // Only an answer says until when it is held, and only while it is open.
            let answered = matches!(told.event, Event::Answer(_)) && !entry.state().is_final();
            let held_until = if answered { told.held_until } else { entry.held_until };
            if changed || held_until != entry.held_until {
                entry.held_until = held_until;
                entry.set_state(step.state);
                if let Some(outcome) = &told.outcome {
                    entry.reason = outcome.reason().map(str::to_owned);
                }
                tx.put(&entry)?;
                announce(tx, event_id, &entry)?;
            }
            Ok((entry, step))
        })
        .await
    }

    /// Ends an order of this device by an outcome that came with the feed.
    pub(super) fn end_by_feed(&self, tx: &Tx<'_>, outcome: &Outcome) -> Result<(), StoreError> {
        // One that does not open costs itself, and not the page that it comes with.
        let Some(mut entry) = give_way(Entry::load(tx, &outcome.subject.payment_id))? else { return Ok(()) };
        if entry.state().is_final() || !belongs(outcome, &entry) {
            return Ok(());
        }
        let step = transition(entry.state(), Event::Answer(Answer::Ended(outcome.end())));
        entry.set_state(step.state);
        entry.held_until = None;
        entry.reason = outcome.reason().map(str::to_owned);
        tx.put(&entry)?;
        announce(tx, self.uuid(), &entry)
    }

    /// Asks the gateway, and reads the answer as what it proves and nothing more.
    pub(super) async fn put_question(self: &Arc<Self>, question: Next, entry: &Entry) -> Told {
        let call = match question {
            Next::Pay => Call::post("/v1/payments".to_owned(), &entry.envelope, entry.id.clone()),
            Next::Reverse => {
                let path = format!("/v1/payments/{}/reversal", entry.id);
                // A fresh key each time: the question is the same, the answer may not be.
                Call::post(path, &entry.envelope, self.uuid())
            }
            Next::Confirm | Next::Wait | Next::Rest => Ok(Call::get(format!("/v1/payments/{}", entry.id))),
        };
        let Ok(call) = call else { return Told::nothing() };
        match self.send(&call).await {
            Ok(reply) => self.read_answer(&reply, entry).await,
            Err(NoReply { nothing_sent: true, .. }) => Told { event: Event::NothingSent, ..Told::nothing() },
            Err(NoReply { nothing_sent: false, .. }) => Told::nothing(),
        }
    }

    async fn read_answer(self: &Arc<Self>, reply: &Reply, entry: &Entry) -> Told {
        let now = if plant::is("phone-clock-decides") { self.platform.clock.now() } else { reply.bank_time };
        let expired = now > entry.valid_until;
        match reply.status {
            200 => self.read_outcome(reply, entry).await,
            202 => {
                let Ok(pending) = reply.body::<Pending>() else { return Told::nothing() };
                let held_until = pending.held_until.filter(|until| *until > reply.bank_time);
                let held = held_until.is_some();
                Told { event: Event::Answer(Answer::Pending { expired, held }), outcome: None, held_until }
            }
            404 => {
                let problem = crate::gateway::problem::Problem::read(404, &reply.body);
                if problem.name() != "payment-unknown" {
                    return Told::nothing();
                }
                Told { event: Event::Answer(Answer::NotKnown { expired }), ..Told::nothing() }
            }
            _ => {
                let problem = crate::gateway::problem::Problem::read(reply.status, &reply.body);
                // Takes notice of a revocation; says nothing about money.
                let _ = self.fault(&problem).await;
                Told::nothing()
            }
        }
    }

    async fn read_outcome(self: &Arc<Self>, reply: &Reply, entry: &Entry) -> Told {
        let Ok(ended) = reply.body::<Ended>() else { return Told::nothing() };
        let outcome = match self.verify(&ended.outcome).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(%error, "an outcome was not taken");
                return Told::nothing();
            }
        };
        if !belongs(&outcome, entry) && !plant::is("takes-any-receipt") {
            tracing::warn!("an outcome of another order was not taken");
            return Told::nothing();
        }
        Told { event: Event::Answer(Answer::Ended(outcome.end())), outcome: Some(outcome), held_until: None }
    }
}

/// Whether an outcome is the one of this order: its digest says so, and a receipt is over the very
/// amounts that were signed.
fn belongs(outcome: &Outcome, entry: &Entry) -> bool {
    let same = outcome.subject.payment_id == entry.id && outcome.subject.order_digest == entry.digest;
    match &outcome.body {
        Body::Receipt(receipt) => {
            same && (receipt.amount, receipt.fee, receipt.total) == (entry.amount, entry.fee, entry.total)
                && (&receipt.biller, &receipt.bill_number) == (&entry.biller, &entry.bill_number)
        }
        Body::Refusal(_) | Body::Reversal(_) => same,
    }
}

/// Whether the bank refused it because its sequence was used before.
fn was_rolled_back(entry: &Entry) -> bool {
    entry.reason.as_deref() == Some("journal-rolled-back")
}

/// Queues the shell's event for an order that has ended.
fn announce(tx: &Tx<'_>, event_id: String, entry: &Entry) -> Result<(), StoreError> {
    let kind = match entry.state() {
        State::Authorized | State::InDoubt(_) => return Ok(()),
        State::Settled => EventKind::Settled,
        State::Refused => EventKind::Refused,
        State::Reversed => EventKind::Reversed,
        State::Cancelled => EventKind::Cancelled,
    };
    if was_rolled_back(entry) {
        Cursor::note_rollback(tx)?;
    }
    if plant::is("forgets-the-event") {
        return Ok(());
    }
    News::push(tx, event_id, &entry.id, kind)
}
