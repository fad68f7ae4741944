//! `POST /v1/activations/{id}/resend`: a new code; the old one is void from then on. Needs no number
//! again: the session knows where it goes.

use super::{asked, limited, new_code, refusal, send_due, shown};
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
            None => refusal(rules::sending(asked(tx, &session.phone)?, now), now).or_else(|| limited(gateway, now)),
        };
        if let Some(problem) = problem {
            return Ok(Err(problem.activation(shown(&session, now))));
        }
        if let Some(language) = call.language {
            language.clone_into(&mut session.language);
        }
        new_code(gateway, tx, &mut session)?;
        // In one commit with the code: asked again under this key it is the same code's answer.
        let reply = Reply::stored(&serde_json::json!({"activation": shown(&session, now)}))?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    let reply = done?;
    send_due(gateway, id);
    Ok(reply)
}
