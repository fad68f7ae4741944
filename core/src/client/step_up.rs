//! Second factors: a code that the bank sends for one digest and nothing else (row 25). Of a payment
//! the order is made and signed first, so that the code is for exactly what the person has seen; it is
//! journalled when it is paid, and not a byte of it goes to the bank before.

use std::sync::Arc;

use super::{Client, Inner, SentCode, taken::Prepared};
use crate::{
    crypto::{canonical, digest},
    error::{CodeError, Fault, PayError},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{StartStepUp, StepUp},
    },
    model::{LimitsChange, narrow},
};

impl Client {
    /// Has a code sent for the payment of this quote, whose order is signed for it. The code is passed
    /// to [`Client::pay_with_code`]. Asking once more sends a new code for the same order.
    ///
    /// # Errors
    /// [`CodeError`]; no money moves here.
    pub async fn ask_payment_code(&self, quote: &str) -> Result<SentCode, CodeError> {
        let taken = self.0.memory().quotes.get(quote).cloned().ok_or(PayError::UnknownQuote)?;
        let prepared = match taken.prepared.clone() {
            Some(prepared) => *prepared,
            None => self.0.prepare(taken).await?,
        };
        let digest = self.0.keep_prepared(quote, prepared)?;
        let sent = self.0.ask_code("payment", &digest).await?;
        self.0.keep_code(quote, &sent.id)?;
        Ok(sent)
    }

    /// Has a code sent for a raise of limits, good for this very change; see [`Client::raise_limits`].
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn ask_limits_code(&self, change: &LimitsChange) -> Result<SentCode, CodeError> {
        if change.is_empty() {
            return Err(CodeError::NothingToChange);
        }
        // No message for what the bank would not do with its code either.
        let known = self.limits().await?.limits;
        if let Some(ceiling) = known.and_then(|known| change.above(&known)) {
            return Err(CodeError::AboveCeiling { ceiling: Some(ceiling) });
        }
        let canonical = canonical::canonical_of(change).map_err(|_| Fault::BadAnswer("limits without a form"))?;
        self.0.ask_code("limits", &digest::sha256_base64url(&canonical)).await
    }
}

impl Inner {
    async fn ask_code(self: &Arc<Self>, purpose: &str, digest: &str) -> Result<SentCode, CodeError> {
        let call = Call::post("/v1/step-ups".to_owned(), &StartStepUp { purpose, digest }, self.uuid())?;
        let reply = match self.ask(&call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(code_problem(&problem)),
        };
        let sent: StepUp = reply.body()?;
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=64).contains(&sent.id.len()) || !sent.id.bytes().all(good) {
            return Err(Fault::BadAnswer("a second factor without a name").into());
        }
        Ok(SentCode {
            id: sent.id,
            sent_to_masked: sent.sent_to_masked,
            attempts_left: sent.attempts_left,
            expires_at: sent.expires_at,
        })
    }

    /// Kept with its quote, and forgotten with it. Of two taps the first one's order stays, so that no
    /// code is sent for an order that is not the one to be paid. Gives the digest of the one that stays.
    fn keep_prepared(&self, quote: &str, prepared: Prepared) -> Result<String, PayError> {
        let mut memory = self.memory();
        let taken = memory.quotes.get_mut(quote).ok_or(PayError::UnknownQuote)?;
        let kept = taken.prepared.get_or_insert_with(|| Box::new(prepared));
        Ok(kept.envelope.digest().to_owned())
    }

    /// The newest code is the one that counts.
    fn keep_code(&self, quote: &str, id: &str) -> Result<(), PayError> {
        let mut memory = self.memory();
        let prepared = memory.quotes.get_mut(quote).and_then(|taken| taken.prepared.as_mut());
        prepared.ok_or(PayError::UnknownQuote)?.step_up = Some(id.to_owned());
        Ok(())
    }
}

/// `STEP_UP_ID.CODE`, if what was typed can be a code: four to eight digits.
pub(super) fn factor(id: &str, typed: &str) -> Option<String> {
    Some(format!("{id}.{}", code(typed)?))
}

/// A code as a person types it, with or without blanks, in full width or half.
pub(super) fn code(typed: &str) -> Option<String> {
    let code: String = narrow(typed).chars().filter(|character| !character.is_whitespace()).collect();
    ((4..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

fn code_problem(problem: &Problem) -> CodeError {
    match problem.name() {
        "resend-too-soon" => CodeError::TooSoon { retry_at: problem.retry_at },
        "sms-daily-cap" => CodeError::DailyCap { retry_at: problem.retry_at },
        _ => CodeError::Fault(problem.into()),
    }
}
