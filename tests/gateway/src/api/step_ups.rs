//! `POST /v1/step-ups`: sends a code that is good for one digest and nothing else, and what such a
//! code is worth when it comes back as `STEP_UP_ID.CODE`.

use super::{
    activations::{limited, message, six_digits},
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
    wire::{StartStepUp, StepUp as Shown},
};
use crate::{
    activation::{code_hash, rules, sms::For},
    encoding::from_base64url,
    gateway::Gateway,
    ids,
    ledger::{LedgerError, Tx, customers::Customer, step_ups::StepUp},
    moment, seal,
};

/// For an order over the customer's threshold.
pub(crate) const PAYMENT: &str = "payment";
/// For a raise of limits.
pub(crate) const LIMITS: &str = "limits";

/// What a factor is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    Good,
    /// None, another digest's, or not the code.
    Wrong,
    Expired,
    Locked,
}

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let (gateway, now) = (call.gateway, call.now);
    let customer = call.device()?.customer.clone();
    let ask: StartStepUp = call.read()?;
    match ask.purpose.as_str() {
        PAYMENT | LIMITS => {}
        // Of the contract, for requests that are not built.
        "order_key" | "mandate" => return Err(Problem::not_implemented().into()),
        _ => return Err(Problem::bad_request().into()),
    }
    if ask.digest.len() != 43 || from_base64url(&ask.digest).is_none() {
        return Err(Problem::bad_request().into());
    }
    let done = gateway.ledger.write(now, |tx| {
        let Some(customer) = tx.customer(&customer)? else { return Ok(Err(Problem::device_unknown())) };
        if let Some(problem) = refusal(gateway, tx, &customer, &ask)? {
            return Ok(Err(problem));
        }
        if let Some(language) = call.language {
            tx.reads(&customer.id, language)?;
        }
        let step_up = new_factor(gateway, tx, &customer, &ask)?;
        let reply = Reply::stored(&Shown {
            id: step_up.id.clone(),
            kind: "sms_code",
            sent_to_masked: customer.phone_masked,
            attempts_left: step_up.attempts_left,
            expires_at: moment::text(step_up.expires_at),
        })?;
        call.keep(tx, &reply)?;
        Ok(Ok((reply, step_up.id)))
    })?;
    let (reply, id) = done?;
    send_due(gateway, &id);
    Ok(reply)
}

/// Why no code is sent: the same bounds as for the codes of an activation, whose messages they share.
fn refusal(
    gateway: &Gateway,
    tx: &Tx<'_>,
    customer: &Customer,
    ask: &StartStepUp,
) -> Result<Option<Problem>, LedgerError> {
    let now = tx.now;
    if let Some(sent_at) = tx.step_up_sent_at(&customer.id, &ask.purpose, &ask.digest)? {
        let retry_at = sent_at + rules::RESEND_AFTER_MS;
        if now < retry_at {
            return Ok(Some(Problem::resend_too_soon().retry_at(retry_at)));
        }
    }
    if tx.sms_sent(&customer.phone, moment::bank_day(now))? >= rules::MESSAGES_A_DAY {
        return Ok(Some(Problem::sms_daily_cap().retry_at(moment::next_bank_day(now))));
    }
    Ok(limited(gateway, now))
}

fn new_factor(gateway: &Gateway, tx: &Tx<'_>, customer: &Customer, ask: &StartStepUp) -> Result<StepUp, LedgerError> {
    let (secret, rng) = (&gateway.config.keys.phones, gateway.ports.rng.as_ref());
    let (id, code) = (ids::token("su_", rng), six_digits(rng));
    let due = seal::seal(secret, rng, &id, &code).ok_or(LedgerError::Meaning("a code that cannot be sealed"))?;
    let step_up = StepUp {
        code: code_hash(secret, &id, &code),
        id,
        customer: customer.id.clone(),
        purpose: ask.purpose.clone(),
        digest: ask.digest.clone(),
        // A wrong code ends the order that it came with: there is no second try for the same one.
        attempts_left: if ask.purpose == PAYMENT { 1 } else { rules::ATTEMPTS },
        sent_at: tx.now,
        expires_at: tx.now + rules::CODE_TTL_MS,
    };
    tx.put_step_up(&step_up, &due)?;
    tx.count_sms(&customer.phone, moment::bank_day(tx.now))?;
    Ok(step_up)
}

/// Looks at a factor. Nothing is changed: what follows from it is the caller's.
pub(crate) fn worth(
    secret: &[u8; 32],
    tx: &Tx<'_>,
    customer: &str,
    bound_to: (&str, &str),
    factor: &str,
) -> Result<(Worth, Option<StepUp>), LedgerError> {
    let Some((id, code)) = factor.split_once('.') else { return Ok((Worth::Wrong, None)) };
    let (purpose, digest) = bound_to;
    let known = tx.step_up(id)?.filter(|known| {
        (known.customer.as_str(), known.purpose.as_str(), known.digest.as_str()) == (customer, purpose, digest)
    });
    let Some(known) = known else { return Ok((Worth::Wrong, None)) };
    let worth = if known.attempts_left <= 0 {
        Worth::Locked
    } else if tx.now > known.expires_at {
        Worth::Expired
    } else if known.code == code_hash(secret, id, code) {
        Worth::Good
    } else {
        Worth::Wrong
    };
    Ok((worth, Some(known)))
}

/// Sends the code of a factor after the commit that made it count; where this is cut short the worker
/// does.
pub(crate) fn send_due(gateway: &Gateway, id: &str) {
    if let Err(error) = try_to_send(gateway, id) {
        tracing::error!(%error, "a code is not sent yet");
    }
}

fn try_to_send(gateway: &Gateway, id: &str) -> Result<(), LedgerError> {
    let (now, secret) = (gateway.now(), &gateway.config.keys.phones);
    let due = gateway.ledger.read(now, |tx| {
        let Some(step_up) = tx.step_up(id)? else { return Ok(None) };
        Ok(tx.due_factor(id)?.zip(tx.reach(&step_up.customer)?).map(|(due, reach)| (due, reach, step_up)))
    })?;
    let Some((due, reach, step_up)) = due else { return Ok(()) };
    let phone = seal::open(secret, &reach.activation, &reach.phone_sealed);
    if now <= step_up.expires_at
        && let (Some(to), Some(code)) = (phone, seal::open(secret, id, &due))
    {
        let purpose = if step_up.purpose == PAYMENT { For::Payment } else { For::Limits };
        message(gateway, purpose, &reach.language, &code, to, now);
    }
    gateway.ledger.write(now, |tx| tx.factor_was_sent(id))
}
