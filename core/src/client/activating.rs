//! Start, resend and finish an activation.
//!
//! The bank takes a key for one device, once. So keys belong to a session: a fresh session makes a
//! fresh pair, a repeat of anything never does, and the pair goes where the one in force is not. The
//! old device's key thus goes on ending its doubts until `finish` has put the new device in its
//! place. A session for another number takes the place of one under way, and its keys, only when the
//! bank has begun it: of two that were begun at most one is finished. An answer may be lost at each step:
//!
//! - of start: the same id is asked about again, and no second message goes out;
//! - of finish: the code is stored before it is sent, and presented again under its own key before
//!   anything else is done, so that a device that the bank has taken is never begun anew.

use std::{cmp::Reverse, sync::Arc};

use tokio::sync::OwnedMutexGuard;

use super::{Activation, Client, Inner, Profile, cursor::Cursor, step_up};
use crate::{
    activation::{Identity, KeyPair, Session, Stage},
    blocking::blocking,
    crypto::{digest, thumbprint::Point},
    error::{ActivationError, Fault},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{Activated, ActivationAnswer, ActivationSession, StartActivation},
    },
    model::Phone,
    platform::{DeviceSigner, SecretError},
    store::{Tx, give_way},
};

/// The customer whose records are here; kept apart, so that it outlives a damaged identity.
const CUSTOMER: &str = "customer";

/// Whoever holds it makes the next step. Work that blocks keeps it until it has ended.
type Turn = Arc<OwnedMutexGuard<()>>;

impl Client {
    /// Who this device acts for, and what is under way. Never touches the network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn profile(&self) -> Result<Profile, Fault> {
        let (secrets, signer) = (self.0.platform.secrets.clone(), self.0.platform.signer.clone());
        let levels = blocking(&*self.0.platform.executor, move || (secrets.security_level(), signer.security_level()));
        let (secret_level, key_level) = levels.await?;
        // First: what is stored counts.
        self.0.unlock().await?;
        let trust = self.0.trust_state();
        self.0
            .read(move |tx| {
                let activation = give_way(Session::load(tx))?.map(|session| Activation::of(&session));
                let identity = give_way(Identity::load(tx))?;
                let rolled_back = Cursor::load(tx)?.rolled_back;
                Ok(Profile::of(identity, activation, rolled_back, secret_level, key_level, trust))
            })
            .await
    }

    /// Sends a code to the phone number. Calling it again with the same number while a code is out
    /// sends no second message; [`Client::resend_code`] does.
    ///
    /// # Errors
    /// [`ActivationError`]; `AlreadyActive` too when an earlier `finish` turns out to have reached
    /// the bank.
    pub async fn start_activation(&self, phone: &str) -> Result<Activation, ActivationError> {
        let phone = Phone::parse(phone).ok_or(ActivationError::NotAPhoneNumber)?;
        let turn = self.0.turn().await;
        let (identity, session) = self.0.standing().await?;
        if let Some(identity) = &identity
            && identity.is_active()
            && self.0.has_keys(identity.keys, &identity.device_key, &identity.order_key).await?
        {
            return Err(ActivationError::AlreadyActive);
        }
        // One for another number, which goes on if the bank does not begin this one.
        let mut before = None;
        // One whose keys are lost can only be left behind.
        if let Some(session) = session
            && self.0.has_keys(session.keys, &session.device_key, &session.order_key).await?
        {
            if self.0.conclude(&session).await? {
                return Err(ActivationError::AlreadyActive);
            }
            // As it stands after that.
            let session = self.0.standing().await?.1.unwrap_or(session);
            // Back to the number of before, while nothing is known of the other one.
            let session = match session.predecessor().filter(|before| before.phone == phone) {
                Some(back) => self.0.keep_session(back).await?,
                None => session,
            };
            if session.is_over() {
                // Nothing more can come of it.
            } else if session.phone == phone {
                match self.0.begin(&session).await {
                    // A code is out: nothing is sent twice, and no key is made twice.
                    Ok(activation) if self.0.has_code_out(&activation) => return Ok(activation),
                    // Used up, or gone at the bank.
                    Ok(_) | Err(ActivationError::Over) => before = session.predecessor(),
                    Err(error) => return Err(error),
                }
            } else {
                before = Some(session.predecessor().unwrap_or(session));
            }
        }
        let session = match before {
            Some(before) => self.0.another_session(phone, before).await?,
            None => {
                let pair = identity.map_or(KeyPair::default(), |identity| identity.keys.other());
                self.0.fresh_session(phone, pair, &turn).await?
            }
        };
        self.0.begin(&session).await
    }

    /// Sends a new code; the old one is void from then on.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn resend_code(&self) -> Result<Activation, ActivationError> {
        let _turn = self.0.turn().await;
        if let Some(session) = self.0.standing().await?.1
            && self.0.conclude(&session).await?
        {
            return Err(ActivationError::AlreadyActive);
        }
        let session = self
            .0
            .write(|tx| {
                let none = |active| if active { ActivationError::AlreadyActive } else { ActivationError::NotStarted };
                let active = give_way(Identity::load(tx))?.is_some();
                let mut session = give_way(Session::load(tx))?.ok_or_else(|| none(active))?;
                session.resends += 1;
                session.save(tx)?;
                Ok::<_, ActivationError>(session)
            })
            .await?;
        let path = format!("/v1/activations/{}/resend", session.id);
        let key = format!("{}:resend:{}", session.id, session.resends);
        self.0.activation_step(&session, Call::post(path, &serde_json::json!({}), key)?).await
    }

    /// Presents the code. The right one makes this device the customer's.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn finish_activation(&self, code: &str) -> Result<Profile, ActivationError> {
        let code = step_up::code(code).ok_or(ActivationError::NotACode)?;
        let _turn = self.0.turn().await;
        let (identity, session) = self.0.standing().await?;
        let none = if identity.is_some() { ActivationError::AlreadyActive } else { ActivationError::NotStarted };
        let session = session.ok_or(none)?;
        let another = session.presented.as_ref().is_some_and(|presented| *presented != code);
        if !another || !self.0.conclude(&session).await? {
            self.0.verify_code(&session, &code).await?;
        }
        self.0.start_recovery();
        Ok(self.profile().await?)
    }
}

impl Inner {
    async fn turn(&self) -> Turn {
        Arc::new(self.activating.clone().lock_owned().await)
    }

    /// Who this device acts for and the session under way. What does not open of these gives way:
    /// activating is the way back from it.
    async fn standing(self: &Arc<Self>) -> Result<(Option<Identity>, Option<Session>), Fault> {
        self.read(|tx| Ok((give_way(Identity::load(tx))?, give_way(Session::load(tx))?))).await
    }

    fn has_code_out(&self, activation: &Activation) -> bool {
        let good = |until| self.caller.bank_now().is_none_or(|now| now <= until);
        activation.stage == Some(Stage::Waiting) && activation.expires_at.is_none_or(good)
    }

    /// Whether both keys of a pair are there, and these. A key store that cannot tell is an error.
    async fn has_keys(&self, pair: KeyPair, device_key: &str, order_key: &str) -> Result<bool, Fault> {
        for (role, thumbprint) in [(pair.device(), device_key), (pair.order(), order_key)] {
            let signer = self.platform.signer.clone();
            let there = match blocking(&*self.platform.executor, move || signer.public_key(role)).await? {
                Ok(Some(key)) => thumbprint_of(&key)? == thumbprint,
                Ok(None) | Err(SecretError::Lost) => false,
                Err(error) => return Err(error.into()),
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A new session with a new pair of keys. The keys come first: a session that is stored has them.
    async fn fresh_session(
        self: &Arc<Self>,
        phone: Phone,
        pair: KeyPair,
        turn: &Turn,
    ) -> Result<Session, ActivationError> {
        let (signer, turn) = (self.platform.signer.clone(), turn.clone());
        let made = blocking(&*self.platform.executor, move || {
            let made = make_pair(&*signer, pair);
            drop(turn);
            made
        });
        let (device_key, order_key) = made.await.map_err(Fault::from)?.map_err(Fault::from)?;
        self.caller.forget_keys();
        let session = Session {
            id: self.uuid(),
            instead_of: None,
            phone,
            keys: pair,
            device_key: thumbprint_of(&device_key)?,
            order_key: thumbprint_of(&order_key)?,
            presented: None,
            resends: 0,
            told: None,
        };
        self.keep_session(session).await
    }

    /// A session for another number than the one under way, with the keys of that one: making others would
    /// end it, and the bank has not begun this one yet.
    async fn another_session(self: &Arc<Self>, phone: Phone, before: Session) -> Result<Session, ActivationError> {
        let session = Session {
            id: self.uuid(),
            phone,
            presented: None,
            resends: 0,
            told: None,
            instead_of: Some(Box::new(Session { instead_of: None, ..before.clone() })),
            ..before
        };
        self.keep_session(session).await
    }

    async fn keep_session(self: &Arc<Self>, session: Session) -> Result<Session, ActivationError> {
        // The id is stored before it is used: an answer that is lost, or a process that is killed,
        // leads back to the same session.
        let kept = session.clone();
        self.write(move |tx| Ok::<_, Fault>(kept.save(tx)?)).await?;
        Ok(session)
    }

    /// Asks for the session: begins it, or tells how it stands.
    async fn begin(self: &Arc<Self>, session: &Session) -> Result<Activation, ActivationError> {
        let signer = self.platform.signer.clone();
        let (device, order) = (session.keys.device(), session.keys.order());
        let points =
            blocking(&*self.platform.executor, move || Ok((signer.public_key(device)?, signer.public_key(order)?)));
        let (device_key, order_key) =
            points.await.map_err(Fault::from)?.map_err(|error: SecretError| Fault::from(error))?;
        let (device_key, order_key) = (device_key.ok_or(Fault::KeyLost)?, order_key.ok_or(Fault::KeyLost)?);
        let body = StartActivation {
            activation_id: &session.id,
            // The number in full: this request is what it is for.
            phone: session.phone.expose(),
            device_name: &self.config.device_name,
            language: self.config.language.tag(),
            device_key: point(&device_key)?.to_jwk(),
            order_key: point(&order_key)?.to_jwk(),
        };
        let call = Call::post("/v1/activations".to_owned(), &body, session.id.clone())?;
        self.activation_step(session, call).await
    }

    /// Presents again a code to which no answer came. True if it made this device the customer's.
    async fn conclude(self: &Arc<Self>, session: &Session) -> Result<bool, ActivationError> {
        let Some(code) = &session.presented else { return Ok(false) };
        match self.verify_code(session, code).await {
            Ok(()) => Ok(true),
            // No answer again, or none that says anything of the code.
            Err(error @ (ActivationError::Fault(_) | ActivationError::OtherCustomer)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    async fn verify_code(self: &Arc<Self>, session: &Session, code: &str) -> Result<(), ActivationError> {
        let presented = code.to_owned();
        self.write(move |tx| remember(tx, Some(presented))).await?;
        let path = format!("/v1/activations/{}/verify", session.id);
        // One key per code: the same code again after a lost answer gets the same answer, and does
        // not count as a second try.
        let tag = digest::sha256_base64url(format!("{}:{code}", session.id).as_bytes());
        let mut call = Call::post(path, &serde_json::json!({ "code": code }), format!("v:{tag}"))?;
        call.key = Some(session.keys.device());
        let reply = self.send(&call).await.map_err(|error| ActivationError::from(error.fault))?;
        match reply.success() {
            Ok(reply) => self.take_over(session, reply.body()?).await,
            Err(problem) => {
                let problem = self.activation_problem(session, &problem).await?;
                if !matches!(problem, ActivationError::Fault(_)) {
                    self.write(|tx| remember(tx, None)).await?;
                }
                Err(problem)
            }
        }
    }

    /// This device is the customer's from here on.
    async fn take_over(self: &Arc<Self>, session: &Session, activated: Activated) -> Result<(), ActivationError> {
        let identity = Identity {
            customer: activated.customer.id,
            name_masked: activated.customer.name_masked,
            may_pay: activated.customer.may_pay,
            device: activated.device.id,
            credential: activated.credential,
            keys: session.keys,
            device_key: session.device_key.clone(),
            order_key: session.order_key.clone(),
            revoked: false,
            forgotten: false,
        };
        let taken = self.write(move |tx| {
            Session::clear(tx)?;
            let before = give_way(Identity::load(tx))?.map(|before| before.customer);
            let before = before.or(give_way(tx.setting::<String>(CUSTOMER))?);
            if before.is_some_and(|before| before != identity.customer) {
                return Ok(false);
            }
            // A cursor is one device's; what is stored stays, and the next feed starts anew.
            Cursor::of_new_device(tx)?;
            tx.set_setting(CUSTOMER, &identity.customer)?;
            identity.save(tx)?;
            Ok::<_, Fault>(true)
        });
        if taken.await? { Ok(()) } else { Err(ActivationError::OtherCustomer) }
    }

    async fn activation_step(
        self: &Arc<Self>,
        session: &Session,
        mut call: Call,
    ) -> Result<Activation, ActivationError> {
        call.key = Some(session.keys.device());
        let reply = self.send(&call).await.map_err(|error| ActivationError::from(error.fault))?;
        match reply.success() {
            Ok(reply) => {
                let answer: ActivationAnswer = reply.body()?;
                self.told(answer.activation).await
            }
            Err(problem) => Err(self.activation_problem(session, &problem).await?),
        }
    }

    /// Stores what the bank said of the session.
    async fn told(self: &Arc<Self>, session: ActivationSession) -> Result<Activation, ActivationError> {
        self.write(move |tx| {
            let mut stored = Session::load(tx)?.ok_or(ActivationError::NotStarted)?;
            // A bank answers a repeated question with the answer of the first time: what it says of a code that has
            // been replaced since is no news, nor is a number of tries that has been used up since.
            let told = (session.expires_at, Reverse(session.attempts_left));
            let news =
                stored.told.as_ref().is_none_or(|known| (known.expires_at, Reverse(known.attempts_left)) <= told);
            if stored.id == session.id && news {
                stored.told = Some(session.into());
                stored.instead_of = None;
                stored.save(tx)?;
            }
            Ok(Activation::of(&stored))
        })
        .await
    }

    async fn activation_problem(
        self: &Arc<Self>,
        session: &Session,
        problem: &Problem,
    ) -> Result<ActivationError, ActivationError> {
        if let Some(session) = problem.activation.clone() {
            self.told(session).await?;
        } else if session.predecessor().is_some() && session.presented.is_none() && problem.is_refusal() {
            // Not begun: what was under way before goes on.
            let refused = session.clone();
            self.write(move |tx| Ok::<_, Fault>(refused.leave(tx)?)).await?;
        }
        let retry_at = problem.retry_at.or(problem.activation.as_ref().and_then(|session| session.retry_at));
        let attempts_left = problem.activation.as_ref().map_or(0, |session| session.attempts_left);
        Ok(match problem.name() {
            "code-wrong" => ActivationError::CodeWrong { attempts_left },
            "code-expired" => ActivationError::CodeExpired,
            "code-superseded" => ActivationError::CodeSuperseded,
            "code-used" => ActivationError::CodeUsed,
            "code-locked" => ActivationError::CodeLocked { retry_at },
            "resend-too-soon" => ActivationError::ResendTooSoon {
                retry_at: retry_at.or(problem.activation.as_ref().map(|session| session.resend_at)),
            },
            "sms-daily-cap" => ActivationError::DailyCap { retry_at },
            // Gone at the bank, or begun with other keys or words than these: begin again.
            "activation-unknown" | "idempotency-key-reused" => {
                let over = session.clone();
                self.write(move |tx| Ok::<_, Fault>(over.leave(tx)?)).await?;
                ActivationError::Over
            }
            _ => ActivationError::Fault(problem.into()),
        })
    }
}

/// Notes that a code was presented, or that its answer has come.
fn remember(tx: &Tx<'_>, code: Option<String>) -> Result<(), Fault> {
    let Some(mut session) = Session::load(tx)? else { return Ok(()) };
    session.presented = code;
    Ok(session.save(tx)?)
}

/// Makes both keys of a pair and gives their public points.
fn make_pair(signer: &dyn DeviceSigner, pair: KeyPair) -> Result<(Vec<u8>, Vec<u8>), SecretError> {
    Ok((signer.create(pair.device())?, signer.create(pair.order())?))
}

fn point(bytes: &[u8]) -> Result<Point, Fault> {
    Point::from_bytes(bytes).map_err(|_| Fault::BadAnswer("the key store gave no P-256 key"))
}

fn thumbprint_of(bytes: &[u8]) -> Result<String, Fault> {
    Ok(point(bytes)?.thumbprint())
}
