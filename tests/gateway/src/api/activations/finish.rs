//! `POST /v1/activations/{id}/verify`: the code. The right one makes the device active and the
//! customer's earlier devices revoked, in one commit; the counter of wrong ones lives here.

use serde_json::json;

use super::shown;
use crate::{
    activation::{
        code_hash,
        rules::{self, Typed},
    },
    api::{
        call::{Call, Caller},
        problem::Problem,
        reply::{Fault, Reply},
        wire::{Customer, FinishActivation},
    },
    ids, key,
    ledger::{
        LedgerError, Tx, activations::Session, customers::Customer as Enrolled, devices::Device, step_ups::Reach,
    },
    moment,
    outcomes::{jws::CREDENTIAL, payload::CredentialPayload},
    plant,
};

pub(crate) fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let (gateway, now) = (call.gateway, call.now);
    let Caller::Session(_) = &call.caller else { return Err(Problem::activation_unknown().into()) };
    let FinishActivation { code } = call.read()?;
    if !(4..=8).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::bad_request().into());
    }
    let hash = code_hash(&gateway.config.keys.phones, id, &code);
    let done = gateway.ledger.write(now, |tx| {
        let Some(mut session) = tx.session(id)? else { return Ok(Err(Problem::activation_unknown())) };
        let place = tx.codes(id)?.iter().position(|known| *known == hash);
        let problem = match rules::typed(&session, place, now) {
            Typed::Right => match owner(tx, &session)? {
                Some(owner) => return activate(call, tx, session, owner).map(Ok),
                // Nobody was sent this code; whoever guessed it is told the same as for a wrong one.
                None => wrong(tx, &mut session)?,
            },
            Typed::Wrong => wrong(tx, &mut session)?,
            Typed::Superseded => Problem::code_superseded(),
            Typed::Expired => Problem::code_expired(),
            Typed::Used => Problem::code_used(),
            Typed::Locked => locked(&session),
        };
        let problem = problem.activation(shown(&session, now));
        call.keep(tx, &Reply::problem(&problem))?;
        Ok(Err(problem))
    })?;
    Ok(done?)
}

fn wrong(tx: &Tx<'_>, session: &mut Session) -> Result<Problem, LedgerError> {
    if !plant::is("wrong-codes-uncounted") {
        session.attempts_left -= 1;
    }
    if session.attempts_left <= 0 {
        session.locked_until = Some(tx.now + rules::LOCK_MS);
    }
    tx.put_session(session)?;
    Ok(if session.attempts_left <= 0 { locked(session) } else { Problem::code_wrong() })
}

fn locked(session: &Session) -> Problem {
    let problem = Problem::code_locked();
    match session.locked_until {
        Some(until) => problem.retry_at(until),
        None => problem,
    }
}

/// Whose number the code went to, if it still is.
fn owner(tx: &Tx<'_>, session: &Session) -> Result<Option<Enrolled>, LedgerError> {
    let Some(customer) = &session.customer else { return Ok(None) };
    let owner = tx.customer(customer)?.ok_or(LedgerError::Meaning("a session of nobody"))?;
    Ok(Some(owner).filter(|owner| owner.phone == session.phone))
}

/// The device is the customer's from here on. The answer is kept with it: a lost one comes again.
fn activate(call: &Call<'_>, tx: &Tx<'_>, mut session: Session, owner: Enrolled) -> Result<Reply, LedgerError> {
    let gateway = call.gateway;
    let device = Device {
        id: ids::uuid7(tx.now, gateway.ports.rng.as_ref()),
        customer: owner.id.clone(),
        name: session.device_name.clone(),
        keyid: session.keyid.clone(),
        key: session.key.clone(),
        order_keyid: session.order_keyid.clone(),
        order_key: session.order_key.clone(),
        revoked_at: None,
    };
    tx.add_device(&device)?;
    if !plant::is("old-device-stays") {
        tx.revoke_others(&owner.id, &device.id)?;
    }
    let (activation, phone_sealed) = (session.id.clone(), session.phone_sealed.clone());
    tx.put_reach(&owner.id, &Reach { activation, phone_sealed, language: session.language.clone() })?;
    session.device = Some(device.id.clone());
    // The number is free for its next device at once.
    session.resend_at = tx.now;
    tx.put_session(&session)?;
    let credential = CredentialPayload {
        v: 1,
        customer: owner.id.clone(),
        device: device.id.clone(),
        device_key: key::jwk(&device.key),
        order_key: key::jwk(&device.order_key),
        issued_at: moment::text(tx.now),
    };
    let credential = gateway.pen.sign(CREDENTIAL, &serde_json::to_vec(&credential)?);
    let shown = Customer { id: owner.id, name_masked: owner.name_masked, may_pay: owner.may_pay };
    let body = json!({"customer": shown, "device": {"id": device.id}, "credential": credential});
    let reply = Reply::stored(&body)?;
    call.keep(tx, &reply)?;
    Ok(reply)
}
