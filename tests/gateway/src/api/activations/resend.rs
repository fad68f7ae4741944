//! `POST /v1/activations/{id}/resend`: a new code; the old one is void from then on. Needs no number
//! again: the session knows where it goes.

use super::{asked, new_code, refusal, send, shown};
use crate::{
    activation::rules,
    api::{
        call::{Call, Caller},
        problem::Problem,
        reply::{Fault, Reply},
    },
};

pub(crate) fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let (gateway, now) = (call.gateway, call.now);
    let Caller::Session(_) = &call.caller else { return Err(Problem::activation_unknown().into()) };
    let done = gateway.ledger.write(now, |tx| {
        let Some(mut session) = tx.session(id)? else { return Ok(Err(Problem::activation_unknown())) };
        let problem = match session.device {
            Some(_) => Some(Problem::code_used()),
            None => refusal(rules::sending(asked(tx, &session.phone)?, now), now),
        };
        if let Some(problem) = problem {
            return Ok(Err(problem.activation(shown(&session, now))));
        }
        let code = new_code(gateway, tx, &mut session)?;
        Ok(Ok((session, code)))
    })?;
    let (session, code) = done?;
    send(gateway, &session, &code, now);
    Reply::ok(&serde_json::json!({"activation": shown(&session, now)}))
}
