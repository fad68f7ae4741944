//! `POST /v1/activations`: sends a code. A number that nobody has looks the same.

use super::{asked, limited, new_code, refusal, send_due, shown};
use crate::{
    activation::{phone_key, phone_masked, rules},
    api::{
        call::{Call, Caller},
        problem::Problem,
        reply::{Fault, Reply},
    },
    key::PublicKey,
    ledger::{LedgerError, Tx, activations::Session},
    seal,
};

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let Caller::Starting(start, key) = &call.caller else { return Err(Problem::bad_request().into()) };
    let order_key = PublicKey::of(&start.order_key).ok_or_else(Problem::bad_request)?;
    let digits = start.phone.strip_prefix('+').unwrap_or_default();
    let good = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && start.device_name.chars().count() <= 60
        && matches!(start.language.as_str(), "zh" | "en")
        && is_uuid(&start.activation_id);
    if !good {
        return Err(Problem::bad_request().into());
    }
    let gateway = call.gateway;
    let phone = phone_key(&gateway.config.keys.phones, &start.phone);
    let rng = gateway.ports.rng.as_ref();
    let sealed = seal::seal(&gateway.config.keys.phones, rng, &start.activation_id, &start.phone);
    let sealed = sealed.ok_or_else(Problem::bad_request)?;
    let done = gateway.ledger.write(call.now, |tx| {
        if let Some(session) = tx.session(&start.activation_id)? {
            // A lost answer sends no second message; somebody else's session is none.
            let mine = session.keyid == key.thumbprint && session.phone == phone;
            return if mine { answer(call, tx, &session).map(Ok) } else { Ok(Err(Problem::activation_unknown())) };
        }
        let mut session = Session {
            id: start.activation_id.clone(),
            phone,
            phone_sealed: sealed.clone(),
            phone_masked: phone_masked(&start.phone),
            customer: tx.customer_by_phone(&phone)?.map(|customer| customer.id),
            keyid: key.thumbprint.clone(),
            key: key.point.clone(),
            order_keyid: order_key.thumbprint.clone(),
            order_key: order_key.point.clone(),
            device_name: start.device_name.clone(),
            language: start.language.clone(),
            attempts_left: rules::ATTEMPTS,
            resend_at: tx.now,
            expires_at: tx.now,
            locked_until: None,
            device: None,
        };
        // A key belongs to one device, once.
        if tx.device_by_key(&key.thumbprint)?.is_some() {
            return Ok(Err(Problem::bad_request()));
        }
        let refused = refusal(rules::sending(asked(tx, &phone)?, tx.now), tx.now);
        if let Some(problem) = refused.or_else(|| limited(gateway, tx.now)) {
            return Ok(Err(problem));
        }
        new_code(gateway, tx, &mut session)?;
        answer(call, tx, &session).map(Ok)
    })?;
    let reply = done?;
    send_due(gateway, &start.activation_id);
    Ok(reply)
}

/// Kept in the commit that makes it true.
fn answer(call: &Call<'_>, tx: &Tx<'_>, session: &Session) -> Result<Reply, LedgerError> {
    let reply = Reply::stored(&serde_json::json!({"activation": shown(session, tx.now)}))?;
    call.keep(tx, &reply)?;
    Ok(reply)
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.hyphenated().to_string() == text)
}
