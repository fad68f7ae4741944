//! One call to the gateway: signed, sent once, and read as far as every answer has the same shape.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{bounds, problem::Problem, signature::Unsigned};
use crate::{
    blocking::blocking,
    crypto::{digest, thumbprint::Point},
    error::Fault,
    model::Language,
    platform::{KeyRole, Method, Platform, Request, Route, TransportFault},
};

/// The version of this core, as told to the gateway.
pub const CORE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Calls the gateway for one device.
pub struct Caller {
    platform: Platform,
    base: String,
    client_version: String,
    language: Language,
    seen: Mutex<Seen>,
    /// See [`Caller::set_asleep`].
    asleep: AtomicBool,
}

#[derive(Default)]
struct Seen {
    /// What to add to the phone's clock, so that the gateway takes our signatures.
    skew: SignedDuration,
    /// Which key signs.
    key: Option<KeyRole>,
    keyids: BTreeMap<KeyRole, String>,
    /// The bank's own word for this device, shown to a ledger that may have forgotten it.
    credential: Option<String>,
    /// What the platform vouches for this app, if the shell has it.
    attestation: Option<String>,
    /// What the bank's clock said last, and when that was by ours that only goes forward.
    heard: Option<(Timestamp, Duration)>,
}

/// A call to make.
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path with its query, from `/v1/` on.
    pub path: String,
    /// JSON; empty where there is none.
    pub body: Vec<u8>,
    /// For every POST; stored by the caller before the call where the call has an effect.
    pub idempotency_key: Option<String>,
    /// The key that signs it, where that is not the one in force.
    pub key: Option<KeyRole>,
}

/// An answer that the gateway gave, good or bad.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// The bank's clock when it answered.
    pub bank_time: Timestamp,
    /// The ledger's life.
    pub epoch: String,
    /// Thumbprint of the device key that signed the call; none did for the trust document.
    pub keyid: Option<String>,
}

/// Why there is no answer.
pub struct NoReply {
    /// What went wrong.
    pub fault: Fault,
    /// No byte of this call was written, neither now nor at an earlier try of it.
    pub nothing_sent: bool,
}

impl Call {
    /// A read.
    #[must_use]
    pub fn get(path: String) -> Self {
        Self { method: Method::Get, path, body: Vec::new(), idempotency_key: None, key: None }
    }

    /// A change.
    ///
    /// # Errors
    /// [`Fault::BadAnswer`] if the body has no JSON form (it always has).
    pub fn post(path: String, body: &impl serde::Serialize, idempotency_key: String) -> Result<Self, Fault> {
        let body = serde_json::to_vec(body).map_err(|_| Fault::BadAnswer("a body has no JSON form"))?;
        Ok(Self { method: Method::Post, path, body, idempotency_key: Some(idempotency_key), key: None })
    }
}

impl Call {
    /// Whether it ends an order or tells of an end: what a bank answers even to a device that its
    /// restored ledger does not know, if it is shown the credential.
    fn ends_orders(&self) -> bool {
        self.path.starts_with("/v1/payments/") || self.path == "/v1/evidence"
    }
}

impl Reply {
    /// The body of a success.
    ///
    /// # Errors
    /// [`Fault::BadAnswer`] if it is not what the contract says, or deeper or longer than it allows.
    pub fn body<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, Fault> {
        bounds::within(&self.body).map_err(Fault::BadAnswer)?;
        serde_json::from_slice(&self.body).map_err(|_| Fault::BadAnswer("a body that is not the contract's"))
    }

    /// Success, or the problem that the gateway answered with.
    ///
    /// # Errors
    /// The problem document.
    pub fn success(self) -> Result<Self, Box<Problem>> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(Box::new(Problem::read(self.status, &self.body)))
    }
}

impl From<NoReply> for Fault {
    fn from(error: NoReply) -> Self {
        error.fault
    }
}

impl Caller {
    /// A caller of the gateway at `base` (`https://host[:port]`).
    #[must_use]
    pub fn new(platform: Platform, base: &str, client_version: &str, language: Language) -> Self {
        Self {
            platform,
            base: base.trim_end_matches('/').to_owned(),
            client_version: client_version.to_owned(),
            language,
            seen: Mutex::default(),
            asleep: AtomicBool::new(false),
        }
    }

    /// Sends nothing from now on, nor what is being signed at this moment; or goes on.
    pub fn set_asleep(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    /// Whether it sends nothing for now.
    pub fn is_asleep(&self) -> bool {
        self.asleep.load(Ordering::SeqCst)
    }

    /// After keys were made anew.
    pub fn forget_keys(&self) {
        self.seen().keyids.clear();
    }

    /// The device that this caller acts as: which key signs, and the bank's signed word for it.
    pub fn act_as(&self, key: KeyRole, credential: &str) {
        let mut seen = self.seen();
        seen.key = Some(key);
        seen.credential = Some(credential.to_owned());
    }

    /// What every signed call carries from now on of what the platform vouches for. The one question that may go to a
    /// server without pins carries none.
    pub fn attest(&self, token: Option<String>) {
        self.seen().attestation = token;
    }

    /// The bank's clock, as far as this process has heard it; the phone's own has no say.
    #[must_use]
    pub fn bank_now(&self) -> Option<Timestamp> {
        let (then, at) = self.seen().heard?;
        let passed = self.platform.clock.monotonic().saturating_sub(at);
        SignedDuration::try_from(passed).ok().and_then(|passed| then.checked_add(passed).ok())
    }

    /// Sends a call, signed by the device key. A clock that the gateway finds wrong is cured once,
    /// from the time that it told; nothing else is ever sent twice here.
    ///
    /// # Errors
    /// [`NoReply`].
    pub async fn send(&self, call: &Call) -> Result<Reply, NoReply> {
        let reply = self.send_once(call).await?;
        let skewed = reply.status == 401 && Problem::read(401, &reply.body).name() == "clock-skew";
        if !skewed {
            return Ok(reply);
        }
        self.seen().skew = reply.bank_time.duration_since(self.platform.clock.now());
        // The first try did reach the gateway.
        self.send_once(call).await.map_err(|error| NoReply { nothing_sent: false, ..error })
    }

    /// Asks for the trust document: unsigned, by `WebPKI` alone when the pins have expired.
    ///
    /// # Errors
    /// [`NoReply`].
    pub async fn trust(&self, route: Route) -> Result<Reply, NoReply> {
        let mut headers = self.headers();
        headers.push(("accept", "application/json".to_owned()));
        let url = format!("{}/v1/trust", self.base);
        self.exchange(Request { method: Method::Get, url, headers, body: Vec::new(), route }, None).await
    }

    async fn send_once(&self, call: &Call) -> Result<Reply, NoReply> {
        let unsent = |fault: Fault| NoReply { fault, nothing_sent: true };
        let key = call.key.or(self.seen().key).ok_or(Fault::NotActivated).map_err(unsent)?;
        let keyid = self.keyid(key).await.map_err(unsent)?;
        let mut nonce = [0; 16];
        self.platform.rng.fill(&mut nonce);
        let nonce = digest::base64url(&nonce);
        let url = format!("{}{}", self.base, call.path);
        let created = self.platform.clock.now().checked_add(self.seen().skew);
        let created = created.unwrap_or_else(|_| self.platform.clock.now()).as_second();
        let unsigned = Unsigned {
            method: call.method,
            url: &url,
            body: &call.body,
            idempotency_key: call.idempotency_key.as_deref(),
            created,
            nonce: &nonce,
            keyid: &keyid,
        };
        let base = unsigned.base().map_err(|_| unsent(Fault::BadAnswer("a request that cannot be signed")))?;
        let signer = self.platform.signer.clone();
        let message = base.as_bytes().to_vec();
        let signature = blocking(&*self.platform.executor, move || signer.sign(key, &message)).await;
        let signature = signature.map_err(|error| unsent(error.into()))?.map_err(|error| unsent(error.into()))?;
        let signed = base.into_headers(&signature);
        let mut headers = self.headers();
        headers.extend(signed.map_err(|_| unsent(Fault::BadAnswer("the key store gave no signature")))?);
        if !call.body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.extend(self.seen().attestation.iter().map(|token| ("billpay-attestation", token.clone())));
        headers.extend(call.idempotency_key.iter().map(|key| ("idempotency-key", key.clone())));
        if call.ends_orders() {
            headers.extend(self.seen().credential.iter().map(|word| ("billpay-credential", word.clone())));
        }
        let body = call.body.clone();
        self.exchange(Request { method: call.method, url, headers, body, route: Route::Pinned }, Some(keyid)).await
    }

    async fn exchange(&self, request: Request, keyid: Option<String>) -> Result<Reply, NoReply> {
        let route = request.route;
        if self.is_asleep() {
            return Err(NoReply { fault: Fault::Suspended, nothing_sent: true });
        }
        let answer = self.platform.transport.send(request).await;
        let answer =
            answer.map_err(|error| NoReply { nothing_sent: error.nothing_sent, fault: Fault::Network(error.kind) })?;
        // Without the bank's time and epoch it is not our gateway's answer, whatever it says.
        let no_contract = NoReply { fault: Fault::Network(TransportFault::BadAnswer), nothing_sent: false };
        let bank_time = answer.header("bank-time").and_then(|time| time.parse().ok());
        let epoch = answer.header("billpay-epoch").map(str::to_owned);
        match (bank_time, epoch) {
            (Some(bank_time), Some(epoch)) => {
                // Only a pinned peer is the bank, and its clock the bank's.
                if route == Route::Pinned {
                    self.seen().heard = Some((bank_time, self.platform.clock.monotonic()));
                }
                Ok(Reply { status: answer.status, body: answer.body, bank_time, epoch, keyid })
            }
            _ => Err(no_contract),
        }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("billpay-client", self.client_version.clone()),
            ("billpay-core", CORE_VERSION.to_owned()),
            ("accept-language", self.language.tag().to_owned()),
        ]
    }

    async fn keyid(&self, key: KeyRole) -> Result<String, Fault> {
        if let Some(keyid) = self.seen().keyids.get(&key) {
            return Ok(keyid.clone());
        }
        let signer = self.platform.signer.clone();
        let point = blocking(&*self.platform.executor, move || signer.public_key(key)).await??;
        let point = point.ok_or(Fault::NotActivated)?;
        let point = Point::from_bytes(&point).map_err(|_| Fault::BadAnswer("the key store gave no P-256 key"))?;
        let keyid = point.thumbprint();
        self.seen().keyids.insert(key, keyid.clone());
        Ok(keyid)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn reply(body: String) -> Reply {
        Reply {
            status: 200,
            body: body.into_bytes(),
            bank_time: Timestamp::UNIX_EPOCH,
            epoch: "E1".into(),
            keyid: None,
        }
    }

    #[test]
    fn an_answer_beyond_the_bounds_is_a_bad_answer_that_says_which() {
        let deep = reply("[".repeat(17) + &"]".repeat(17));
        assert!(matches!(deep.body::<Value>(), Err(Fault::BadAnswer(bounds::TOO_DEEP))));
        let long = reply(format!(r#"{{"bills":[{}]}}"#, vec!["{}"; 501].join(",")));
        assert!(matches!(long.body::<Value>(), Err(Fault::BadAnswer(bounds::TOO_LONG))));
        let page = reply(format!(r#"{{"bills":[{}]}}"#, vec!["{}"; 500].join(",")));
        assert!(page.body::<Value>().is_ok());
    }
}
