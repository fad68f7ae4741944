//! `POST /v1/limits`: a customer's own limits. Lowering one is at once; a raise, of the threshold too,
//! takes a second factor (row 25).

use super::{
    call::Call,
    problem::Problem,
    quotes,
    reply::{Fault, Reply},
    step_ups::{self, LIMITS, Worth},
    wire::{Money, SetLimits},
};
use crate::{
    encoding::{base64url, sha256},
    ledger::{LedgerError, Tx, customers::Customer},
};

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
