//! Moving one order on: ask the transition what an event means, commit that, then do what it says.
//! Nothing in here decides; whoever drives must have the order marked busy.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::SemaphorePermit;

use super::{Inner, cursor::Cursor};
use crate::{
    bills::Known,
    error::Fault,
    events::{Event as News, EventKind},
    gateway::{
        caller::{Call, NoReply, Reply},
        problem::Problem,
        wire::{Ended, Pending},
    },
    moment,
    payments::{
        Entry, Envelope,
        transition::{Answer, End, Event, Next, State, Step, transition},
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
        Self::of(Event::Answer(Answer::Nothing { expired: false }))
    }

    fn of(event: Event) -> Self {
        Self { event, outcome: None, held_until: None }
    }
}

impl Inner {
    /// Moves an order on until it ends or has to wait. `entry` is how it is stored, `state` what this process
    /// knows of it; a `turn` to ask is given back as soon as nothing more is asked.
    ///
    /// Gives the entry as last committed; `None` if not even the first commit was possible.
    pub(super) async fn drive(
        self: &Arc<Self>,
        entry: Entry,
        state: State,
        event: Event,
        mut turn: Option<SemaphorePermit<'_>>,
    ) -> Option<Entry> {
        let (mut entry, mut state) = (entry, state);
        let id = entry.id.clone();
        let mut told = Told::of(event);
        let mut last = None;
        // Asked for once a turn: a bank in trouble is not pressed.
        let mut reversal_asked = false;
        for _ in 0..=QUESTIONS {
            let committed = match (told.event, transition(state, told.event)) {
                // To ask about a doubt changes nothing that is stored.
                (Event::Ask, step) if step.state == entry.state() => Ok((entry, step)),
                _ => self.commit(&entry, state, told).await.inspect(|_| self.is_storable(&id)),
            };
            // Nothing is sent on a state that is not stored; the recovery comes back to it.
            let (fresh, step) = match committed {
                Ok(committed) => committed,
                Err(fault) => {
                    self.note_unstorable(&id, &fault);
                    return last;
                }
            };
            entry = fresh;
            state = step.state;
            last = Some(entry.clone());
            if state.is_final() && (was_rolled_back(&entry) || entry.made_way()) {
                // What else the file has lost comes with the feed, and sequences rise above it; and so does what another
                // payment has made of the bill, which would be asked for here until then.
                self.refresh_soon();
            }
            match step.next {
                _ if state.is_final() => moment::reached("outcome-committed"),
                Next::Pay => moment::reached("mark-committed"),
                Next::Rest | Next::Wait | Next::Confirm | Next::Reverse => {}
            }
            told = match step.next {
                Next::Rest | Next::Wait => return last,
                Next::Reverse if std::mem::replace(&mut reversal_asked, true) => return last,
                Next::Pay | Next::Confirm | Next::Reverse => self.put_question(step.next, &entry).await,
            };
            if let Event::Answer(Answer::Ended(_)) = told.event {
                // Nothing more is asked: while the end is stored it is another order's turn.
                drop(turn.take());
            }
            moment::reached("answer-read");
        }
        // The last answer is not lost: it is asked for again.
        match self.commit(&entry, state, told).await {
            Ok((fresh, _)) => {
                self.is_storable(&id);
                Some(fresh)
            }
            Err(fault) => {
                self.note_unstorable(&id, &fault);
                last
            }
        }
    }

    /// Commits what an event means: state, outcome, receipt and the shell's event in one
    /// transaction.
    async fn commit(self: &Arc<Self>, entry: &Entry, state: State, told: Told) -> Result<(Entry, Step), Fault> {
        let id = entry.id.clone();
        let event_id = self.uuid();
        self.write_along(move |tx| {
            let mut entry = Entry::load(tx, &id)?.ok_or(StoreError::Other("an order left the journal"))?;
            // The journal is the truth; this process only adds whether it can still prove something.
            let state = if entry.state().is_final() { entry.state() } else { state };
            let step = transition(state, told.event);
            let changed = crate::payments::state_name(step.state) != crate::payments::state_name(entry.state());
            if let Some(outcome) = &told.outcome
                && !plant::is!("loses-the-receipt")
            {
                Stored::keep(tx, outcome)?;
            }
            // Only an answer about the order says until when it is held, and only while it is open.
            let held_until = match told.event {
                Event::Answer(Answer::Pending { .. } | Answer::NotKnown { .. } | Answer::Ended(_))
                    if !entry.state().is_final() =>
                {
                    told.held_until
                }
                Event::Answer(_) | Event::Send | Event::NothingSent | Event::Found | Event::Ask => entry.held_until,
            };
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
        let Some(end) = outcome.end() else { return self.note_repayment(tx, entry, outcome) };
        if entry.state().is_final() || !belongs(outcome, &entry) {
            return Ok(());
        }
        let step = transition(entry.state(), Event::Answer(Answer::Ended(end)));
        entry.set_state(step.state);
        entry.held_until = None;
        entry.reason = outcome.reason().map(str::to_owned);
        tx.put(&entry)?;
        announce(tx, self.uuid(), &entry)
    }

    /// Money of a settled payment came back: the order stays as it ended, and the person hears of it.
    fn note_repayment(&self, tx: &Tx<'_>, mut entry: Entry, outcome: &Outcome) -> Result<(), StoreError> {
        let Body::Repayment(repayment) = &outcome.body else { return Ok(()) };
        // By the bank's number for it: one that comes twice counts once, and so does one that a restored bank issues
        // anew. (Earlier versions went by the document's id.) More than was paid is not this payment's.
        let known = entry.repayments.contains_key(&outcome.id());
        if known || !belongs(outcome, &entry) {
            return Ok(());
        }
        if entry.repayments.insert(repayment.bank_serial.clone(), repayment.returned).is_some() {
            return Ok(());
        }
        if entry.repaid().is_none_or(|repaid| repaid.minor() > entry.total.minor()) {
            tracing::warn!("repayments of more than was paid are not counted");
            return Ok(());
        }
        tx.put(&entry)?;
        // Of one whose end is not known yet it is told with that end.
        if entry.state() != State::Settled {
            return Ok(());
        }
        News::push(tx, self.uuid(), &entry.id, EventKind::Repaid)
    }

    /// Ends an order whose row in the journal does not open any more, once the bank has signed an
    /// end for its id: its digest cannot be compared, so the bank's word for this customer and id
    /// has to do. Until then it blocks its bill, and is asked about like any other.
    pub(super) async fn end_damaged(self: &Arc<Self>, id: &str) {
        let Ok(reply) = self.send(&Call::get(format!("/v1/payments/{id}"))).await else { return };
        let Ok(Ended { outcome }) = reply.body() else { return };
        let (Ok(outcome), Ok(identity)) = (self.verify(&outcome).await, self.identity().await) else { return };
        let subject = &outcome.subject;
        if reply.status != 200 || subject.payment_id != id || subject.customer != identity.customer {
            return;
        }
        let Some(end) = outcome.end() else { return };
        let kind = match end {
            End::Settled => EventKind::Settled,
            End::Refused => EventKind::Refused,
            End::Reversed => EventKind::Reversed,
        };
        let event = self.uuid();
        let ended = self.write(move |tx| {
            Stored::keep(tx, &outcome)?;
            Entry::end_damaged(tx, &outcome.subject.payment_id, end)?;
            Ok::<_, Fault>(News::push(tx, event, &outcome.subject.payment_id, kind)?)
        });
        match ended.await {
            Ok(()) => self.is_storable(id),
            Err(fault) => self.note_unstorable(id, &fault),
        }
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
        let sent = self.send(&call).await;
        self.memory().silence = sent.as_ref().err().map(|none| none.fault.clone());
        match sent {
            Ok(reply) => self.read_answer(&reply, entry).await,
            Err(NoReply { nothing_sent: true, .. }) => Told::of(Event::NothingSent),
            Err(NoReply { nothing_sent: false, .. }) => Told::nothing(),
        }
    }

    async fn read_answer(self: &Arc<Self>, reply: &Reply, entry: &Entry) -> Told {
        let now = if plant::is!("phone-clock-decides") { self.platform.clock.now() } else { reply.bank_time };
        let expired = now > entry.valid_until;
        let looked_at = entry.held_until.is_some_and(|until| until > reply.bank_time);
        let no_end = Told::of(Event::Answer(Answer::Nothing { expired: expired && !looked_at }));
        match reply.status {
            200 => self.read_outcome(reply, entry).await.unwrap_or(no_end),
            202 => {
                let Ok(pending) = reply.body::<Pending>() else { return no_end };
                let held_until = pending.held_until.filter(|until| *until > reply.bank_time);
                let held = held_until.is_some();
                Told { held_until, ..Told::of(Event::Answer(Answer::Pending { expired, held })) }
            }
            404 if Problem::read(404, &reply.body).name() == "payment-unknown" => {
                Told::of(Event::Answer(Answer::NotKnown { expired }))
            }
            _ => no_end,
        }
    }

    async fn read_outcome(self: &Arc<Self>, reply: &Reply, entry: &Entry) -> Option<Told> {
        let ended = reply.body::<Ended>().ok()?;
        let outcome = match self.verify(&ended.outcome).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(%error, "an outcome was not taken");
                return None;
            }
        };
        if !belongs(&outcome, entry) && !plant::is!("takes-any-receipt") {
            tracing::warn!("an outcome of another order was not taken");
            return None;
        }
        let event = Event::Answer(Answer::Ended(outcome.end()?));
        Some(Told { outcome: Some(outcome), ..Told::of(event) })
    }
}

/// Whether an outcome is the one of this order: its digest says so, it is of the customer and the device
/// that the order names, a receipt is over the very amounts and names that were signed, and a reversal
/// gives back all or, where nothing was held, nothing.
fn belongs(outcome: &Outcome, entry: &Entry) -> bool {
    let subject = &outcome.subject;
    // An order of a later version cannot be read here; its digest names both all the same.
    let signer = Envelope::signer_of(&entry.envelope)
        .map_or(true, |order| (&subject.customer, &subject.device) == (&order.customer, &order.device));
    let same = signer && subject.payment_id == entry.id && subject.order_digest == entry.digest;
    match &outcome.body {
        Body::Receipt(receipt) => {
            same && (receipt.amount, receipt.fee, receipt.total) == (entry.amount, entry.fee, entry.total)
                && (&receipt.biller, &receipt.payee) == (&entry.biller, &entry.payee)
                && receipt.bill_number == entry.bill_number
        }
        Body::Refusal(_) => same,
        Body::Repayment(repayment) => same && repayment.returned.currency() == entry.total.currency(),
        Body::Reversal(reversal) => {
            let returned = reversal.returned;
            same && (returned == entry.total || returned.minor() == 0 && returned.currency() == entry.total.currency())
        }
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
    if kind == EventKind::Settled {
        Known::was_paid(tx, &entry.biller, &entry.bill_number, entry.bill_version, entry.amount)?;
    }
    if plant::is!("forgets-the-event") {
        return Ok(());
    }
    News::push(tx, event_id, &entry.id, kind)
}
