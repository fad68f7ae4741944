//! The wire contract: one file per request of core/api/gateway.openapi.yaml, and here the way that
//! each takes: bounds, route, version, signature, nonce, idempotency, then the handler.

pub(crate) mod activations;
pub(crate) mod bills;
pub(crate) mod bindings;
pub mod bounds;
pub(crate) mod call;
pub(crate) mod evidence;
pub mod http;
pub(crate) mod limits;
pub mod log;
pub(crate) mod methods;
pub(crate) mod payments;
pub mod problem;
pub(crate) mod quotes;
pub(crate) mod reminders;
pub(crate) mod reply;
pub(crate) mod route;
pub mod signature;
pub(crate) mod step_ups;
pub(crate) mod sync;
pub mod versions;
pub mod wire;

pub use self::bindings::echo_digest;
use self::{
    call::Call,
    http::{Request, Response},
    problem::Problem,
    reply::{Fault, Reply},
    route::Route,
};
use crate::gateway::Gateway;

/// Answers a request: every answer, problems too, carries the bank's time and the epoch.
pub(crate) async fn answer(gateway: &Gateway, request: &Request) -> Response {
    if let Some(token) = methods::hosted::token(gateway, request) {
        return methods::hosted::answer(gateway, request, token);
    }
    let reply = match route(gateway, request).await {
        Ok(reply) => reply,
        Err(Fault::Problem(problem)) => Reply::problem(&problem),
        Err(Fault::Ledger(error)) => {
            // The cause stays with the bank.
            tracing::error!(%error, "the ledger failed");
            Reply::problem(&Problem::internal())
        }
    };
    reply.into_response(gateway.now(), gateway.epoch())
}

/// When a gateway that has too much to do may be asked again.
const OVERLOADED_MS: i64 = 1_000;

/// What is said where the gateway was not asked, in the words of the contract all the same.
pub(crate) fn not_asked(status: u16, now: i64, epoch: &str) -> Response {
    let problem = match status {
        400 => Problem::bad_request(),
        413 => Problem::too_large(),
        429 => Problem::rate_limited().retry_at(now + OVERLOADED_MS),
        status => Problem { status, ..Problem::internal() },
    };
    Reply::problem(&problem).into_response(now, epoch)
}

async fn route(gateway: &Gateway, request: &Request) -> Result<Reply, Fault> {
    if !bounds::within(&request.body) {
        return Err(Problem::too_large().into());
    }
    let target = request.url.strip_prefix(&gateway.config.public_url).ok_or_else(Problem::bad_request)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let route = Route::of(&request.method, path).ok_or_else(Problem::not_found)?;
    if route == Route::Trust {
        return trust(gateway);
    }
    call::versions(gateway, request, &route)?;
    let call = Call::admit(gateway, request, &route, query)?;
    let call = match call {
        call::Admitted::New(call) => call,
        call::Admitted::Seen(reply) => return Ok(reply),
    };
    let result = dispatch(&call, &route).await;
    call.finish(result)
}

async fn dispatch(call: &Call<'_>, route: &Route<'_>) -> Result<Reply, Fault> {
    match *route {
        Route::StartActivation => activations::start::handle(call),
        Route::ResendCode(id) => activations::resend::handle(call, id),
        Route::FinishActivation(id) => activations::finish::handle(call, id),
        Route::Sync => sync::handle(call),
        Route::LookupBinding => bindings::lookup::handle(call).await,
        Route::ConfirmBinding => bindings::confirm::handle(call).await,
        Route::Unbind(id) => bindings::unbind::handle(call, id),
        Route::QueryBills => bills::handle(call).await,
        Route::Quote => quotes::handle(call).await,
        Route::StepUp => step_ups::handle(call),
        Route::SetLimits => limits::handle(call),
        Route::RemindBy => reminders::handle(call),
        Route::AddMethod => methods::add::handle(call),
        Route::RemoveMethod(id) => methods::remove::handle(call, id),
        Route::PreferMethod(id) => methods::prefer::handle(call, id),
        Route::Pay => payments::pay::handle(call).await,
        Route::Confirm(id) => payments::confirm::handle(call, id).await,
        Route::Reverse(id) => payments::reversal::handle(call, id).await,
        Route::Evidence => evidence::handle(call).await,
        Route::Trust => trust(call.gateway),
        Route::Later => Err(Problem::not_implemented().into()),
    }
}

fn trust(gateway: &Gateway) -> Result<Reply, Fault> {
    if gateway.config.trust.is_empty() {
        return Err(Problem::not_implemented().into());
    }
    Reply::ok(&serde_json::json!({"trust": gateway.config.trust}))
}
