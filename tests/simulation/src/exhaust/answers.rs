//! The biller's answers as messages: in the variants called *late* an answer, once given, may reach
//! the process that asked at any later moment, any number of times, whatever has happened since.

use sandbox_gateway::{
    biller::transition as biller,
    payments::transition::{ChargeAnswer, ConfirmAnswer, Event, RefundAnswer},
};

/// An answer, and whether every charge was too old when it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As the gateway's transition takes it.
    pub event: Event,
    /// The fact `quiet` as of the moment of answering.
    pub quiet: bool,
    /// In words, when it arrives late.
    pub what: &'static str,
}

impl Answer {
    /// Every answer that may be under way, each in the place of its bit.
    pub const ALL: [Self; 9] = [
        late(Event::Charged(ChargeAnswer::Charged), "the answer that it is charged arrives"),
        late(Event::Charged(ChargeAnswer::Refused), "the answer that it is refused arrives"),
        late(Event::Charged(ChargeAnswer::Undone), "the answer that the charge was undone arrives"),
        late(Event::Confirmed(ConfirmAnswer::Charged), "the answer that a charge was found arrives"),
        late(Event::Confirmed(ConfirmAnswer::NotFound), "the answer that no charge was found arrives"),
        late(Event::Confirmed(ConfirmAnswer::Undone), "the answer that an undone charge was found arrives"),
        late(Event::Refunded(RefundAnswer::Undone), "the answer that it is undone arrives"),
        late(Event::Refunded(RefundAnswer::NothingLeft), "the answer that there was nothing to undo arrives"),
        Self {
            event: Event::Confirmed(ConfirmAnswer::NotFound),
            quiet: true,
            what: "the answer that no charge was found any more arrives",
        },
    ];

    /// What the gateway hears when the biller answers so; nothing, where that says nothing.
    #[must_use]
    pub fn heard(event: biller::Event, answer: biller::Answer) -> Option<Event> {
        use biller::{Answer as A, Event as E};
        match (event, answer) {
            (E::Charge, A::Charged) => Some(Event::Charged(ChargeAnswer::Charged)),
            (E::Charge, A::Refused(_)) => Some(Event::Charged(ChargeAnswer::Refused)),
            (E::Charge, A::Undone) => Some(Event::Charged(ChargeAnswer::Undone)),
            (E::Confirm, A::Charged) => Some(Event::Confirmed(ConfirmAnswer::Charged)),
            (E::Confirm, A::NotFound) => Some(Event::Confirmed(ConfirmAnswer::NotFound)),
            (E::Confirm, A::Undone) => Some(Event::Confirmed(ConfirmAnswer::Undone)),
            (E::Refund, A::Undone) => Some(Event::Refunded(RefundAnswer::Undone)),
            (E::Refund, A::NothingLeft) => Some(Event::Refunded(RefundAnswer::NothingLeft)),
            // Too old says nothing about the number; the rest is no answer to that question.
            (E::Charge | E::Confirm | E::Refund, _) => None,
        }
    }

    /// The bit of an answer given now.
    #[must_use]
    pub fn bit(event: Event, quiet: bool) -> u16 {
        let same = |answer: &Self| answer.event == event;
        let all = || Self::ALL.iter();
        let place = all().position(|answer| same(answer) && answer.quiet == quiet).or_else(|| all().position(same));
        place.map_or(0, |place| 1 << place)
    }
}

const fn late(event: Event, what: &'static str) -> Answer {
    Answer { event, quiet: false, what }
}
