//! The three requests of an activation, and what they have in common.

pub(crate) mod finish;
pub(crate) mod resend;
pub(crate) mod start;

use super::wire::Activation;
use crate::{
    activation::{
        code_hash,
        rules::{self, Asked, Sending},
        sms::{self, For, Sms},
    },
    api::problem::Problem,
    gateway::Gateway,
    ledger::{LedgerError, Tx, activations::Session},
    limits::Limited,
    moment,
    rng::Rng,
    seal,
};

/// A session as the wire shows it.
fn shown(session: &Session, now: i64) -> Activation {
    Activation {
        id: session.id.clone(),
        state: rules::state(session, now).to_owned(),
        phone_masked: session.phone_masked.clone(),
        attempts_left: session.attempts_left.max(0),
        resend_at: moment::text(session.resend_at),
        expires_at: moment::text(session.expires_at),
        retry_at: session.locked_until.filter(|until| now < *until).map(moment::text),
    }
}

/// What the rules need to know of a number.
fn asked(tx: &Tx<'_>, phone: &[u8; 32]) -> Result<Asked, LedgerError> {
    Ok(Asked {
        resend_at: tx.phone_resend_at(phone)?,
        sent_today: tx.sms_sent(phone, moment::bank_day(tx.now))?,
        locked_until: tx.phone_locked_until(phone)?,
    })
}

/// The problem of a code that may not be sent.
fn refusal(sending: Sending, now: i64) -> Option<Problem> {
    match sending {
        Sending::Send => None,
        Sending::TooSoon { retry_at } => Some(Problem::resend_too_soon().retry_at(retry_at)),
        Sending::DailyCap => Some(Problem::sms_daily_cap().retry_at(moment::next_bank_day(now))),
        Sending::Locked { retry_at } => Some(Problem::code_locked().retry_at(retry_at)),
    }
}

/// Puts a new code into a session, to be sent once it is committed. The same happens for a number
/// that nobody has, but for the message itself.
fn new_code(gateway: &Gateway, tx: &Tx<'_>, session: &mut Session) -> Result<(), LedgerError> {
    let (secret, rng) = (&gateway.config.keys.phones, gateway.ports.rng.as_ref());
    let code = six_digits(rng);
    let sealed = seal::seal(secret, rng, &code_row(&session.id), &code);
    session.attempts_left = rules::ATTEMPTS;
    session.resend_at = tx.now + rules::RESEND_AFTER_MS;
    session.expires_at = tx.now + rules::CODE_TTL_MS;
    session.locked_until = None;
    tx.put_session(session)?;
    tx.add_code(&session.id, &code_hash(secret, &session.id, &code))?;
    tx.code_is_due(&session.id, &sealed.ok_or(LedgerError::Meaning("a code that cannot be sealed"))?)?;
    tx.count_sms(&session.phone, moment::bank_day(tx.now))?;
    Ok(())
}

fn code_row(session: &str) -> String {
    format!("{session} code")
}

/// A code asked for is one of so many that the bank sends in a minute.
pub(crate) fn limited(gateway: &Gateway, now: i64) -> Option<Problem> {
    let over = gateway.limits.count("", Limited::Code, now).err()?;
    Some(Problem::rate_limited().retry_at(over))
}

/// Six digits, each code as likely as any other.
pub(crate) fn six_digits(rng: &dyn Rng) -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        rng.fill(&mut bytes);
        let drawn = u32::from_le_bytes(bytes);
        // The last, incomplete run of a million would make some codes likelier.
        if drawn < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", drawn % CODES);
        }
    }
}

/// Sends the code that is due for a session, if there is one, after the commit that made it count.
/// Where this fails or is cut short it is still due: the worker sends it, or whoever asks again.
pub(crate) fn send_due(gateway: &Gateway, session: &str) {
    if let Err(error) = try_to_send(gateway, session) {
        tracing::error!(%error, "a code is not sent yet");
    }
}

fn try_to_send(gateway: &Gateway, id: &str) -> Result<(), LedgerError> {
    let now = gateway.now();
    let due = gateway.ledger.read(now, |tx| Ok(tx.due_code(id)?.zip(tx.session(id)?)))?;
    let Some((sealed, session)) = due else { return Ok(()) };
    if now <= session.expires_at
        && let Some(code) = seal::open(&gateway.config.keys.phones, &code_row(id), &sealed)
    {
        send(gateway, &session, &code, now);
    }
    gateway.ledger.write(now, |tx| tx.code_was_sent(id, &sealed))
}

/// Nothing goes to a number that nobody has.
fn send(gateway: &Gateway, session: &Session, code: &str, now: i64) {
    let phone = seal::open(&gateway.config.keys.phones, &session.id, &session.phone_sealed);
    let (Some(to), Some(_)) = (phone, &session.customer) else { return };
    message(gateway, For::Activation, &session.language, code, to, now);
}

/// Sends a code.
pub(crate) fn message(gateway: &Gateway, purpose: For, language: &str, code: &str, to: String, now: i64) {
    let host = gateway.config.public_url.trim_start_matches("https://");
    let host = host.split(':').next().unwrap_or(host);
    let text = sms::text(purpose, language, code, host, &gateway.config.app_hash);
    gateway.ports.sms.send(Sms { to, at: now, text });
}
