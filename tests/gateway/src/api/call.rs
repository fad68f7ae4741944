//! A request that was let in: signed by a key that may ask this, not seen before, and bound to its
//! idempotency key.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;

use super::{
    http::Request,
    problem::Problem,
    reply::{Fault, Reply},
    route::Route,
    signature,
    versions::at_least,
    wire::StartActivation,
};
use crate::{
    encoding::sha256,
    gateway::{Gateway, TakenKey},
    key::PublicKey,
    ledger::{LedgerError, Tx, activations::Session, answers::Bound, devices::Device},
    limits::Limited,
    outcomes::{jws::CREDENTIAL, payload::CredentialPayload},
    plant,
};

/// Who asks.
#[derive(Debug)]
pub(crate) enum Caller {
    /// A device, in this standing.
    Device(Box<Device>, Standing),
    /// A device that begins its activation, with the key that it presents.
    Starting(Box<StartActivation>, PublicKey),
    /// A device in the middle of its activation.
    Session(Box<Session>),
}

/// How a device stands with the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// May do everything.
    Active,
    /// May end the orders that it signed, and nothing else.
    Revoked,
    /// Not in the ledger (any more), but the bank once vouched for it: may end its orders.
    Vouched,
}

/// A request that was let in.
pub(crate) struct Call<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) body: &'a [u8],
    pub(crate) query: &'a str,
    pub(crate) now: i64,
    pub(crate) caller: Caller,
    /// `zh` or `en`, where the request names one of them: what the person reads now.
    pub(crate) language: Option<&'static str>,
    keyid: &'a str,
    key: Option<(&'a str, TakenKey<'a>)>,
    kept: AtomicBool,
}

/// Whether there is anything left to do.
pub(crate) enum Admitted<'a> {
    /// Yes.
    New(Box<Call<'a>>),
    /// No: this is the first answer again.
    Seen(Reply),
}

/// Looks at the versions of app and core.
///
/// # Errors
/// `bad-request` without them, `client-too-old`.
pub(crate) fn versions(gateway: &Gateway, request: &Request, route: &Route<'_>) -> Result<(), Problem> {
    let stated = |name| request.header(name).filter(|version| !version.is_empty() && version.len() <= 40);
    let (Some(client), Some(_core)) = (stated("billpay-client"), stated("billpay-core")) else {
        return Err(Problem::bad_request());
    };
    let minimum = &gateway.config.minimum_client;
    if route.ends_orders() || at_least(client, minimum) {
        return Ok(());
    }
    let mut problem = Problem::client_too_old();
    problem.minimum_client = Some(minimum.as_str().into());
    Err(problem)
}

/// The first language of a header that messages are written in.
fn language(header: Option<&str>) -> Option<&'static str> {
    header?.split(',').find_map(|range| match range.trim().get(..2)? {
        "zh" => Some("zh"),
        "en" => Some("en"),
        _ => None,
    })
}

impl<'a> Call<'a> {
    /// Lets a request in, or says why not.
    pub(crate) fn admit(
        gateway: &'a Gateway,
        request: &'a Request,
        route: &Route<'_>,
        query: &'a str,
    ) -> Result<Admitted<'a>, Fault> {
        let now = gateway.now();
        let claimed = signature::read(request)?;
        let caller = Caller::find(gateway, request, route, claimed.keyid, now)?;
        claimed.check(request, caller.point(), now, gateway.ports.suite.as_ref())?;
        // A restored ledger has forgotten which signatures were used before. The client signs anew, by
        // the bank's time in this answer.
        // The same where they were forgotten for their age by a clock that was ahead.
        let forgotten = gateway.ledger.read(now, |tx| tx.forgotten_until())?;
        let not_known_until = gateway.ledger.life().restored_at.max(forgotten);
        let used_perhaps = not_known_until.is_some_and(|at| claimed.created.saturating_mul(1000) <= at);
        if used_perhaps && !plant::is("replay-accepted") {
            return Err(Problem::clock_skew().into());
        }
        caller.may(route)?;
        let key = match request.method.as_str() {
            "POST" => Some(idempotency_key(request)?),
            _ => None,
        };
        let key = match key {
            Some(key) => {
                let taken = gateway.take_key(claimed.keyid, key).ok_or_else(Problem::idempotency_key_in_progress)?;
                Some((key, taken))
            }
            None => None,
        };
        let fingerprint = key.as_ref().map(|_| fingerprint(request));
        let admission = gateway.ledger.write(now, |tx| {
            if !tx.use_nonce(claimed.keyid, claimed.nonce, claimed.created)? && !plant::is("replay-accepted") {
                return Ok(Err(Problem::signature_replayed()));
            }
            match (&key, &fingerprint) {
                (Some((key, _)), Some(fingerprint)) => Ok(Ok(tx.bind_key(claimed.keyid, key, fingerprint)?)),
                (Some(_), None) | (None, _) => Ok(Ok(None)),
            }
        })?;
        match (admission?, fingerprint) {
            (Some(bound), Some(fingerprint)) if bound.fingerprint != fingerprint && !plant::is("key-reuse-ignored") => {
                Err(Problem::idempotency_key_reused().into())
            }
            (Some(Bound { answer: Some((status, body)), .. }), _) => Ok(Admitted::Seen(Reply::again(status, body))),
            (Some(_) | None, _) => Ok(Admitted::New(Box::new(Self {
                gateway,
                body: &request.body,
                query,
                now,
                caller,
                language: language(request.header("accept-language")),
                keyid: claimed.keyid,
                key,
                kept: AtomicBool::new(false),
            }))),
        }
    }

    /// Reads the body.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        Ok(serde_json::from_slice(self.body).map_err(|_| Problem::bad_request())?)
    }

    /// The device that asks.
    pub(crate) fn device(&self) -> Result<&Device, Fault> {
        match &self.caller {
            Caller::Device(device, _) => Ok(device),
            Caller::Starting(..) | Caller::Session(_) => Err(Problem::device_unknown().into()),
        }
    }

    /// A revoked device ends the orders of revoked devices, and learns their ends: its own, and those
    /// that the same phone signed before it was activated again, under an id that it had then. The
    /// orders of a device that is in use are no longer its affair.
    ///
    /// # Errors
    /// `device-revoked`.
    pub(crate) fn may_end_order_of(&self, device: &str) -> Result<(), Fault> {
        match &self.caller {
            Caller::Device(own, Standing::Revoked) if own.id != device => {
                // One that a restored ledger does not know is in use no more: it has to activate again.
                let known = self.gateway.ledger.read(self.now, |tx| tx.device(device))?;
                match known {
                    Some(known) if known.revoked_at.is_none() => Err(Problem::device_revoked().into()),
                    Some(_) | None => Ok(()),
                }
            }
            Caller::Device(_, Standing::Active | Standing::Revoked | Standing::Vouched) => Ok(()),
            Caller::Starting(..) | Caller::Session(_) => Err(Problem::device_unknown().into()),
        }
    }

    /// Counts one more request of this kind for the customer who asks.
    ///
    /// # Errors
    /// `rate-limited`, with the moment from which it is not.
    pub(crate) fn limited(&self, asked: Limited) -> Result<(), Fault> {
        let count = self.gateway.limits.count(&self.device()?.customer, asked, self.now);
        count.map_err(|retry_at| Problem::rate_limited().retry_at(retry_at).into())
    }

    /// The idempotency key.
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        self.key.as_ref().map(|(key, _)| *key)
    }

    /// Keeps the answer in the transaction that makes it true, so that neither is without the other.
    pub(crate) fn keep(&self, tx: &Tx<'_>, reply: &Reply) -> Result<(), LedgerError> {
        if let Some((key, _)) = &self.key {
            tx.keep_answer(self.keyid, key, reply.status, &reply.body)?;
        }
        self.kept.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Keeps a lasting answer that its handler has not kept.
    pub(crate) fn finish(&self, result: Result<Reply, Fault>) -> Result<Reply, Fault> {
        let reply = match result {
            Err(Fault::Problem(problem)) if problem.lasting => Reply::problem(&problem),
            Err(fault) => return Err(fault),
            Ok(reply) => reply,
        };
        if reply.lasting && self.key.is_some() && !self.kept.load(Ordering::Relaxed) {
            self.gateway.ledger.write(self.now, |tx| self.keep(tx, &reply))?;
        }
        Ok(reply)
    }
}

impl Caller {
    fn find(gateway: &Gateway, request: &Request, route: &Route<'_>, keyid: &str, now: i64) -> Result<Self, Fault> {
        match route {
            Route::StartActivation => {
                let start: StartActivation =
                    serde_json::from_slice(&request.body).map_err(|_| Problem::bad_request())?;
                let key = PublicKey::of(&start.device_key).ok_or_else(Problem::bad_request)?;
                if key.thumbprint != keyid {
                    return Err(Problem::signature_invalid().into());
                }
                Ok(Self::Starting(Box::new(start), key))
            }
            Route::ResendCode(id) | Route::FinishActivation(id) => {
                let session = gateway.ledger.read(now, |tx| tx.session(id))?;
                // Somebody else's session is none.
                let session = session.filter(|session| session.keyid == keyid);
                Ok(Self::Session(Box::new(session.ok_or_else(Problem::activation_unknown)?)))
            }
            Route::Sync
            | Route::LookupBinding
            | Route::ConfirmBinding
            | Route::Unbind(_)
            | Route::QueryBills
            | Route::Quote
            | Route::StepUp
            | Route::SetLimits
            | Route::RemindBy
            | Route::AddMethod
            | Route::RemoveMethod(_)
            | Route::PreferMethod(_)
            | Route::Pay
            | Route::Confirm(_)
            | Route::Reverse(_)
            | Route::Evidence
            | Route::Trust
            | Route::Later => match gateway.ledger.read(now, |tx| tx.device_by_key(keyid))? {
                Some(device) => {
                    let revoked = device.revoked_at.is_some() && !plant::is("revocation-forgotten");
                    let standing = if revoked { Standing::Revoked } else { Standing::Active };
                    Ok(Self::Device(Box::new(device), standing))
                }
                None => Self::vouched(gateway, request, keyid),
            },
        }
    }

    /// A device that the ledger does not know, by the credential that the bank once signed for it.
    fn vouched(gateway: &Gateway, request: &Request, keyid: &str) -> Result<Self, Fault> {
        let unknown = || Fault::from(Problem::device_unknown());
        let credential = request.header("billpay-credential").ok_or_else(unknown)?;
        let ours = gateway.pen.read(credential).filter(|ours| ours.typ == CREDENTIAL).ok_or_else(unknown)?;
        let said: CredentialPayload = serde_json::from_slice(&ours.payload).map_err(|_| unknown())?;
        let keys = PublicKey::of(&said.device_key).zip(PublicKey::of(&said.order_key));
        let (key, order_key) = keys.filter(|(key, _)| key.thumbprint == keyid).ok_or_else(unknown)?;
        let revoked_at = gateway.ledger.read(gateway.now(), |tx| tx.revoked_aside(&said.device))?;
        let device = Device {
            id: said.device,
            customer: said.customer,
            name: String::new(),
            keyid: key.thumbprint,
            key: key.point,
            order_keyid: order_key.thumbprint,
            order_key: order_key.point,
            revoked_at,
        };
        let standing = if revoked_at.is_some() { Standing::Revoked } else { Standing::Vouched };
        Ok(Self::Device(Box::new(device), standing))
    }

    fn point(&self) -> &[u8] {
        match self {
            Self::Device(device, _) => &device.key,
            Self::Starting(_, key) => &key.point,
            Self::Session(session) => &session.key,
        }
    }

    /// Whether someone in this standing may ask this at all.
    fn may(&self, route: &Route<'_>) -> Result<(), Problem> {
        match self {
            Self::Starting(..) | Self::Session(_) | Self::Device(_, Standing::Active) => Ok(()),
            // Its unseen order is answered 202, and ends by reversal.
            Self::Device(_, Standing::Revoked) if route.ends_orders() || *route == Route::Pay => Ok(()),
            Self::Device(_, Standing::Revoked) => Err(Problem::device_revoked()),
            Self::Device(_, Standing::Vouched) if route.ends_orders() => Ok(()),
            Self::Device(_, Standing::Vouched) => Err(Problem::device_unknown()),
        }
    }
}

fn idempotency_key(request: &Request) -> Result<&str, Problem> {
    let key = request.header("idempotency-key").ok_or_else(Problem::idempotency_key_missing)?;
    let good = (8..=64).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte));
    if good { Ok(key) } else { Err(Problem::bad_request()) }
}

/// What an idempotency key is bound to.
fn fingerprint(request: &Request) -> [u8; 32] {
    let mut text = Vec::with_capacity(request.body.len() + request.url.len() + 8);
    for part in [request.method.as_bytes(), b"\n", request.url.as_bytes(), b"\n", &request.body] {
        text.extend_from_slice(part);
    }
    sha256(&text)
}
