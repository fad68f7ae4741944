//! The customer's own limits (row 25): shown with their age, lowered at once, raised with a code as far as
//! the bank's ceiling.

use std::sync::Arc;

use super::{Client, Inner, LimitsView, cursor::Cursor, step_up};
use crate::{
    activation::Identity,
    error::{Fault, LimitsError},
    gateway::{caller::Call, problem::Problem, wire::SetLimits},
    model::{Limits, LimitsChange},
    store::give_way,
};

impl Client {
    /// The limits as last told, by the bank's calendar. Never touches the network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn limits(&self) -> Result<LimitsView, Fault> {
        self.0
            .read(|tx| {
                let Cursor { as_of, limits, .. } = Cursor::load(tx)?;
                let may_pay = give_way(Identity::load(tx))?.is_some_and(|identity| identity.may_pay);
                Ok::<_, Fault>(LimitsView { limits, may_pay, as_of })
            })
            .await
    }

    /// Lowers limits, at once. A limit of 0 stops all payments ([`Limits::stop_payments`]).
    ///
    /// # Errors
    /// [`LimitsError`]; a change that raises anything needs a code: [`Client::ask_limits_code`], then
    /// [`Client::raise_limits`].
    pub async fn set_limits(&self, change: &LimitsChange) -> Result<Limits, LimitsError> {
        let known = self.limits().await?.limits;
        if let Some(ceiling) = known.and_then(|known| change.above(&known)) {
            return Err(LimitsError::AboveCeiling { ceiling: Some(ceiling) });
        }
        if known.is_some_and(|known| change.raises(&known)) {
            return Err(LimitsError::StepUpNeeded);
        }
        self.0.send_limits(change, None).await
    }

    /// Changes limits with the code that was sent for this very change. `sent` is the id that
    /// [`Client::ask_limits_code`] gave.
    ///
    /// # Errors
    /// [`LimitsError`].
    pub async fn raise_limits(&self, change: &LimitsChange, sent: &str, code: &str) -> Result<Limits, LimitsError> {
        let factor = step_up::factor(sent, code).ok_or(LimitsError::NotACode)?;
        self.0.send_limits(change, Some(&factor)).await
    }
}

impl Inner {
    async fn send_limits(self: &Arc<Self>, change: &LimitsChange, factor: Option<&str>) -> Result<Limits, LimitsError> {
        if change.is_empty() {
            return Err(LimitsError::NothingToChange);
        }
        let body = SetLimits { change, step_up: factor };
        let call = Call::post("/v1/limits".to_owned(), &body, self.uuid())?;
        let reply = match self.ask(&call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(problem_of(&problem, factor.is_some())),
        };
        let limits: Limits = reply.body()?;
        self.write(move |tx| {
            let mut cursor = Cursor::load(tx)?;
            cursor.limits = Some(limits);
            Ok::<_, LimitsError>(cursor.save(tx)?)
        })
        .await?;
        Ok(limits)
    }
}

fn problem_of(problem: &Problem, had_factor: bool) -> LimitsError {
    match problem.name() {
        // Another device has lowered them meanwhile: what looked like no raise is one.
        "code-wrong" if !had_factor => LimitsError::StepUpNeeded,
        "limit-above-ceiling" => LimitsError::AboveCeiling { ceiling: problem.limit },
        "code-wrong" => LimitsError::CodeWrong,
        "code-expired" => LimitsError::CodeExpired,
        "code-locked" => LimitsError::CodeLocked,
        _ => LimitsError::Fault(problem.into()),
    }
}
