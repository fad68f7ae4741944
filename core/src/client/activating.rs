//! Start, resend and finish an activation.

use std::sync::Arc;

use super::{Activation, Client, Inner, Profile, sync::Cursor};
use crate::{
    activation::{Identity, Session},
    blocking::blocking,
    crypto::{digest, thumbprint::Point},
    error::{ActivationError, Fault},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{Activated, ActivationAnswer, StartActivation},
    },
    model::Phone,
    platform::KeyRole,
};

impl Client {
    /// Who this device acts for, and what is under way. Never touches the network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn profile(&self) -> Result<Profile, Fault> {
        let (secrets, signer) = (&self.0.platform.secrets, &self.0.platform.signer);
        let (secret_level, key_level) = (secrets.security_level(), signer.security_level());
        self.0
            .read(move |tx| {
                let activation = Session::load(tx)?.map(|session| Activation::of(&session));
                let identity = Identity::load(tx)?;
                Ok(Profile::of(identity, activation, secret_level, key_level))
            })
            .await
    }

    /// Sends a code to the phone number. Calling it again with the same number before an answer
    /// came sends no second message.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn start_activation(&self, phone: &str) -> Result<Activation, ActivationError> {
        let phone = Phone::parse(phone).ok_or(ActivationError::NotAPhoneNumber)?;
        let fresh = self.0.uuid();
        // The id is stored before it is used: an answer that is lost, or a process that is killed,
        // leads back to the same session.
        let (session, again) = self
            .0
            .write(move |tx| {
                let before = Identity::load(tx)?;
                if before.as_ref().is_some_and(Identity::is_active) {
                    return Err(ActivationError::AlreadyActive);
                }
                let session = match Session::load(tx)? {
                    Some(session) if session.phone == phone && session.told.is_none() => session,
                    Some(_) | None => Session { id: fresh, phone, resends: 0, told: None },
                };
                session.save(tx)?;
                Ok((session, before.is_some()))
            })
            .await?;
        if again {
            // The bank knows the old keys as another device's: this is a new one, with new keys.
            self.0.renew_keys().await?;
        }
        let (device_key, order_key) = (self.0.key(KeyRole::Device).await?, self.0.key(KeyRole::Order).await?);
        self.0.caller.forget_key();
        let body = StartActivation {
            activation_id: &session.id,
            // The number in full: this request is what it is for.
            phone: session.phone.expose(),
            device_name: &self.0.config.device_name,
            language: self.0.config.language.tag(),
            device_key: device_key.to_jwk(),
            order_key: order_key.to_jwk(),
        };
        let call = Call::post("/v1/activations".to_owned(), &body, session.id.clone())?;
        self.0.activation_step(&call).await
    }

    /// Sends a new code; the old one is void from then on.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn resend_code(&self) -> Result<Activation, ActivationError> {
        let session = self
            .0
            .write(|tx| {
                let mut session = Session::load(tx)?.ok_or(ActivationError::NotStarted)?;
                session.resends += 1;
                session.save(tx)?;
                Ok::<_, ActivationError>(session)
            })
            .await?;
        let path = format!("/v1/activations/{}/resend", session.id);
        let key = format!("{}:resend:{}", session.id, session.resends);
        self.0.activation_step(&Call::post(path, &serde_json::json!({}), key)?).await
    }

    /// Presents the code. The right one makes this device the customer's.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn finish_activation(&self, code: &str) -> Result<Profile, ActivationError> {
        let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
        if !(4..=8).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ActivationError::NotACode);
        }
        let session = self.0.read(|tx| Ok::<_, ActivationError>(Session::load(tx)?)).await?;
        let session = session.ok_or(ActivationError::NotStarted)?;
        let path = format!("/v1/activations/{}/verify", session.id);
        // One key per code: the same code again after a lost answer gets the same answer, and does
        // not count as a second try.
        let tag = digest::sha256_base64url(format!("{}:{code}", session.id).as_bytes());
        let call = Call::post(path, &serde_json::json!({ "code": code }), format!("v:{tag}"))?;
        let reply = self.0.send(&call).await.map_err(|error| ActivationError::from(error.fault))?;
        let reply = match reply.success() {
            Ok(reply) => reply,
            Err(problem) => return Err(self.0.activation_problem(&problem).await?),
        };
        let activated: Activated = reply.body()?;
        let (device_key, order_key) = (self.0.key(KeyRole::Device).await?, self.0.key(KeyRole::Order).await?);
        let identity = Identity {
            customer: activated.customer.id,
            name_masked: activated.customer.name_masked,
            may_pay: activated.customer.may_pay,
            device: activated.device.id,
            credential: activated.credential,
            device_key: device_key.thumbprint(),
            order_key: order_key.thumbprint(),
            revoked: false,
            forgotten: false,
        };
        self.0
            .write(move |tx| {
                // A cursor is one device's; what is stored stays, and the next feed starts anew.
                Cursor::restart(tx)?;
                identity.save(tx)?;
                Ok::<_, Fault>(Session::clear(tx)?)
            })
            .await?;
        self.0.start_recovery();
        Ok(self.profile().await?)
    }
}

impl Inner {
    async fn renew_keys(&self) -> Result<(), Fault> {
        let signer = self.platform.signer.clone();
        let renew = move || signer.create(KeyRole::Device).and_then(|_| signer.create(KeyRole::Order));
        blocking(&*self.platform.executor, renew).await?.map(drop).map_err(Fault::from)
    }

    /// The public key of that role, made if there is none yet.
    async fn key(&self, role: KeyRole) -> Result<Point, Fault> {
        let signer = self.platform.signer.clone();
        let point = blocking(&*self.platform.executor, move || match signer.public_key(role)? {
            Some(point) => Ok(point),
            None => signer.create(role),
        });
        let point = point.await?.map_err(Fault::from)?;
        Point::from_bytes(&point).map_err(|_| Fault::BadAnswer("the key store gave no P-256 key"))
    }

    async fn activation_step(self: &Arc<Self>, call: &Call) -> Result<Activation, ActivationError> {
        let reply = self.send(call).await.map_err(|error| ActivationError::from(error.fault))?;
        match reply.success() {
            Ok(reply) => {
                let answer: ActivationAnswer = reply.body()?;
                self.told(answer.activation).await
            }
            Err(problem) => Err(self.activation_problem(&problem).await?),
        }
    }

    /// Stores what the bank said of the session.
    async fn told(
        self: &Arc<Self>,
        session: crate::gateway::wire::ActivationSession,
    ) -> Result<Activation, ActivationError> {
        self.write(move |tx| {
            let mut stored = Session::load(tx)?.ok_or(ActivationError::NotStarted)?;
            if stored.id == session.id {
                stored.told = Some(session.into());
                stored.save(tx)?;
            }
            Ok(Activation::of(&stored))
        })
        .await
    }

    async fn activation_problem(self: &Arc<Self>, problem: &Problem) -> Result<ActivationError, ActivationError> {
        if let Some(session) = problem.activation.clone() {
            self.told(session).await?;
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
                self.write(|tx| Ok::<_, Fault>(Session::clear(tx)?)).await?;
                ActivationError::Over
            }
            _ => ActivationError::Fault(self.fault(problem).await),
        })
    }
}
