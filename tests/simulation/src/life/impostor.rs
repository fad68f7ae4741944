//! Somebody on the way between the bank and its billers who has every message in hand and the secret of
//! none: makes up answers, makes up requests, and gives the answer to one request for the answer to another.
//! What is made up says what would do most harm if it were believed; nobody may believe any of it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use sandbox_gateway::leg::{
    ChargeNumber, LegSecret, Scene,
    answer::{Answer, Body, Landed},
    message,
    request::{self, Request},
    xml,
};

use super::{clock::DAWN_MS, suite::sha256};

/// What is put in the place of a message.
pub enum Swapped {
    /// An answer; whether the message itself has its effect.
    Answer(Vec<u8>, bool),
    /// Another message, to that scene; the bank hears nothing.
    Request(Scene, Vec<u8>),
}

/// An answer that went by.
struct Heard {
    at: i64,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// Whoever it is.
#[derive(Default)]
pub struct Impostor(Mutex<BTreeMap<String, VecDeque<Heard>>>);

/// Answers that are kept, for each biller.
const KEPT: usize = 12;
/// An answer is good for five minutes by the bank's clock, which may be 40 s ahead of the biller's.
const GOOD_FOR_MS: i64 = 250_000;

impl Impostor {
    /// An answer goes by.
    pub fn hears(&self, now: i64, biller: &str, request: &[u8], answer: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_biller = heard.entry(biller.to_owned()).or_default();
        of_biller.truncate(KEPT - 1);
        of_biller.push_front(Heard { at: now, request: request.to_vec(), answer: answer.to_vec() });
    }

    /// A good answer of this biller, of the last minutes, to another request: rather one by which the order
    /// would be over. `None` where there is none yet.
    pub fn another(&self, now: i64, biller: &str, request: &[u8], choice: u64) -> Option<Vec<u8>> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |one: &&Heard| now - one.at < GOOD_FOR_MS && one.request != request;
        let others: Vec<&Heard> = heard.get(biller)?.iter().filter(good).collect();
        let undone = others.iter().find(|one| text(&one.answer).contains("<result>undone</result>"));
        let any = usize::try_from(choice).unwrap_or(0).checked_rem(others.len()).and_then(|at| others.get(at));
        undone.filter(|_| choice.is_multiple_of(2)).or(any).map(|one| one.answer.clone())
    }
}

fn text(body: &[u8]) -> &str {
    std::str::from_utf8(body).unwrap_or_default()
}

/// Made up for a message that the bank has sealed, by somebody who lacks the secret.
#[must_use]
pub fn made_up(now: i64, sealed: &[u8], choice: u64) -> Option<Swapped> {
    let document = xml::read(text(sealed).get(message::SIGNATURE..)?).ok()?;
    let asked = Request::read(&document).ok()?;
    let time = Timestamp::from_millisecond(DAWN_MS + now).ok()?;
    let seal = |xml: String| message::seal(&xml, &LegSecret::new("not theirs"));
    let answers = message::signature(sealed).unwrap_or_default().to_owned();
    let answer = |body: Body| {
        let (scene, number) = (asked.body.scene(), asked.body.number());
        seal(Answer { time, scene, answers: answers.clone(), number, body }.to_xml())
    };
    let biller = asked.biller.clone();
    let request = |body: request::Body| {
        let scene = body.scene();
        Swapped::Request(scene, seal(Request { time, biller: biller.clone(), body }.to_xml()))
    };
    Some(match asked.body.clone() {
        request::Body::Query(_) => Swapped::Answer(answer(Body::UnknownBill), false),
        request::Body::Charge(charge) => match choice % 4 {
            0 => {
                let (reference, version) = ("made up".to_owned(), charge.version + 1);
                let landed = Landed { reference, version, amount_minor: charge.amount_minor };
                Swapped::Answer(answer(Body::Charged(landed)), false)
            }
            1 => Swapped::Answer(answer(Body::Undone), true),
            // The bill is charged, and by nobody's wish.
            2 => {
                let number = ChargeNumber::new(sha256(&choice.to_le_bytes()));
                request(request::Body::Charge(request::Charge { number, ..charge }))
            }
            _ => request(request::Body::Refund(charge.number)),
        },
        request::Body::Confirm(number) if choice.is_multiple_of(2) => request(request::Body::Refund(number)),
        request::Body::Confirm(_) => Swapped::Answer(answer(Body::Undone), false),
        request::Body::Refund(_) => Swapped::Answer(answer(Body::Undone), false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_is_a_message_but_for_its_signature() {
        let (theirs, number) = (LegSecret::new("theirs"), ChargeNumber::new([7; 32]));
        let time = Timestamp::from_millisecond(DAWN_MS).unwrap();
        for (body, choices) in [(request::Body::Confirm(number), 2), (request::Body::Refund(number), 1)] {
            let sealed = message::seal(&Request { time, biller: "gas-sh".to_owned(), body }.to_xml(), &theirs);
            for choice in 0..choices {
                let (Swapped::Answer(made, _) | Swapped::Request(_, made)) = made_up(0, &sealed, choice).unwrap();
                assert_eq!(message::open(&made, &theirs, time), Err(message::Refusal::WrongSignature));
                assert!(message::open(&made, &LegSecret::new("not theirs"), time).is_ok());
            }
        }
    }

    #[test]
    fn the_answer_to_another_request_is_one_of_the_last_minutes_and_not_the_answer_to_this_one() {
        let impostor = Impostor::default();
        impostor.hears(0, "gas-sh", b"one", b"1");
        assert_eq!(impostor.another(10, "gas-sh", b"one", 1), None);
        assert_eq!(impostor.another(10, "power-sh", b"two", 1), None);
        assert_eq!(impostor.another(10, "gas-sh", b"two", 1), Some(b"1".to_vec()));
        assert_eq!(impostor.another(GOOD_FOR_MS, "gas-sh", b"two", 1), None);
        impostor.hears(20, "gas-sh", b"three", b"<result>undone</result>");
        (0..20).for_each(|nth| impostor.hears(30 + nth, "power-sh", b"more", b"more"));
        assert_eq!(impostor.another(30, "gas-sh", b"two", 0), Some(b"<result>undone</result>".to_vec()));
    }
}
