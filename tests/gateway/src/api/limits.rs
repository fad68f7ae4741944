//! `POST /v1/limits`: a customer's own limits. Lowering one is at once; a raise, of the threshold too,
//! takes a second factor, and ends at the bank's ceiling (row 25).

use super::{
    call::Call,
    problem::Problem,
    quotes,
    reply::{Fault, Reply},
    step_ups::{self, LIMITS, Worth},
    wire::{Ceiling, Money, SetLimits},
};
use crate::{
    encoding::{base64url, sha256},
    ledger::{LedgerError, Tx, customers::Customer},
};

/// What nobody raises a limit above on the phone, whatever code he has: 20,000.00 yuan a payment,
/// 50,000.00 a day, and from 5,000.00 on there is always a code. What was enrolled at the counter may be
/// more.
const PER_PAYMENT: i64 = 2_000_000;
const PER_DAY: i64 = 5_000_000;
const STEP_UP_FROM: i64 = 500_000;

/// The ceiling, as every phone is told.
pub(crate) fn ceiling() -> Ceiling {
    Ceiling {
        per_payment: Money::cny(PER_PAYMENT),
        per_day: Money::cny(PER_DAY),
        step_up_from: Money::cny(STEP_UP_FROM),
    }
}

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let gateway = call.gateway;
    let customer = call.device()?.customer.clone();
    let set: SetLimits = call.read()?;
    let named: Vec<&Money> =
        [&set.per_payment, &set.per_day, &set.step_up_from].into_iter().filter_map(Option::as_ref).collect();
    if named.is_empty() || !named.into_iter().all(Money::is_good) {
        return Err(Problem::bad_request().into());
    }
    let digest = digest(call.body)?;
    let done = gateway.ledger.write(call.now, |tx| {
        let Some(now) = tx.customer(&customer)? else { return Ok(Err(Problem::device_unknown())) };
        let then = changed(&now, &set);
        // Before the code is looked at: no code is used up for what cannot be.
        if let Some(ceiling) = above_ceiling(&now, &then) {
            return Ok(Err(Problem::limit_above_ceiling().limit(ceiling)));
        }
        if is_raise(&now, &then)
            && let Some(problem) = lacks_factor(call, tx, &now, &digest, set.step_up.as_deref())?
        {
            return Ok(Err(problem));
        }
        tx.enrol(&then)?;
        let reply = Reply::stored(&quotes::limits(tx, &then)?)?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    Ok(done?)
}

/// What a factor is bound to: the request without it, in the form of RFC 8785.
fn digest(body: &[u8]) -> Result<String, Problem> {
    let mut body: serde_json::Value = serde_json::from_slice(body).map_err(|_| Problem::bad_request())?;
    if let Some(members) = body.as_object_mut() {
        members.remove("step_up");
    }
    let canonical = serde_json_canonicalizer::to_vec(&body).map_err(|_| Problem::bad_request())?;
    Ok(base64url(&sha256(&canonical)))
}

/// What is not named stays.
fn changed(now: &Customer, set: &SetLimits) -> Customer {
    let of = |named: &Option<Money>, now: i64| named.as_ref().map_or(now, |named| named.minor);
    Customer {
        per_payment: of(&set.per_payment, now.per_payment),
        per_day: of(&set.per_day, now.per_day),
        step_up_from: of(&set.step_up_from, now.step_up_from),
        ..now.clone()
    }
}

/// The ceiling that a raise would go above.
fn above_ceiling(now: &Customer, then: &Customer) -> Option<i64> {
    let raises = [
        (now.per_payment, then.per_payment, PER_PAYMENT),
        (now.per_day, then.per_day, PER_DAY),
        (now.step_up_from, then.step_up_from, STEP_UP_FROM),
    ];
    raises.into_iter().find(|(now, then, ceiling)| then > now && then > ceiling).map(|(_, _, ceiling)| ceiling)
}

fn is_raise(now: &Customer, then: &Customer) -> bool {
    then.per_payment > now.per_payment || then.per_day > now.per_day || then.step_up_from > now.step_up_from
}

/// Why the raise is not made; a wrong code counts.
fn lacks_factor(
    call: &Call<'_>,
    tx: &Tx<'_>,
    customer: &Customer,
    digest: &str,
    factor: Option<&str>,
) -> Result<Option<Problem>, LedgerError> {
    let secret = &call.gateway.config.keys.phones;
    let factor = factor.unwrap_or_default();
    let (worth, known) = step_ups::worth(secret, tx, &customer.id, (LIMITS, digest), factor)?;
    let problem = match (worth, known) {
        (Worth::Good, known) => {
            // Once: the same raise may not be made again after the person has lowered it.
            known.map_or(Ok(()), |known| tx.use_step_up(&known.id))?;
            return Ok(None);
        }
        (Worth::Wrong, known) => {
            known.map_or(Ok(()), |known| tx.wrong_factor(&known.id))?;
            Problem::code_wrong()
        }
        (Worth::Expired, _) => Problem::code_expired(),
        (Worth::Locked, _) => Problem::code_locked(),
    };
    call.keep(tx, &Reply::problem(&problem))?;
    Ok(Some(problem))
}
