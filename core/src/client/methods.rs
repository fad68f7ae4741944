//! Ways to pay (row 26): the core holds opaque tokens and never a card number. A new one is entered
//! on a page of the bank and comes with the next refresh.

use std::sync::Arc;

use super::{Client, HostedStep, Inner, cursor::Cursor};
use crate::{
    error::{Fault, MethodError},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{self, AddMethod},
    },
    model::{Method, MethodKind, MethodState},
    platform::Method as Verb,
};

/// Of the contract, in characters.
const LONGEST_ADDRESS: usize = 2000;

impl Client {
    /// The ways to pay as last told, without those that were removed. Never touches the network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn methods(&self) -> Result<Vec<Method>, Fault> {
        let mut methods = self.0.read(|tx| Ok::<_, Fault>(Cursor::load(tx)?.methods)).await?;
        methods.retain(|method| method.state != MethodState::Removed);
        Ok(methods)
    }

    /// Begins to add a card or a wallet: gives the bank's page on which the person enters it. It is
    /// there with the first refresh after that, in whatever process.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn add_method(&self, kind: MethodKind) -> Result<HostedStep, MethodError> {
        let kind = match kind {
            MethodKind::Card => "card",
            MethodKind::Wallet => "wallet",
            // The bank's own accounts are there without being added.
            MethodKind::Account | MethodKind::Unknown => return Err(MethodError::NotOffered),
        };
        let call = Call::post("/v1/methods".to_owned(), &AddMethod { kind }, self.0.uuid())?;
        let reply = match self.0.ask(&call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(problem_of(&problem)),
        };
        let wire::HostedStep { url, expires_at } = reply.body()?;
        if !url.starts_with("https://") || url.chars().count() > LONGEST_ADDRESS {
            return Err(Fault::BadAnswer("a page that is not on the web").into());
        }
        Ok(HostedStep { url, expires_at })
    }

    /// Removes a way to pay; payments by it that are open go on. Gives those that are left.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn remove_method(&self, id: &str) -> Result<Vec<Method>, MethodError> {
        let path = format!("/v1/methods/{}", self.0.known_method(id).await?);
        let call = Call { method: Verb::Delete, path, body: Vec::new(), idempotency_key: None, key: None };
        self.0.change_methods(&call).await?;
        Ok(self.methods().await?)
    }

    /// Makes a way to pay the one that is taken where the person chooses none.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn prefer_method(&self, id: &str) -> Result<Vec<Method>, MethodError> {
        let path = format!("/v1/methods/{}/default", self.0.known_method(id).await?);
        let call = Call::post(path, &serde_json::json!({}), self.0.uuid())?;
        self.0.change_methods(&call).await?;
        Ok(self.methods().await?)
    }
}

impl Inner {
    /// Only a token that the bank gave goes into a path.
    async fn known_method(self: &Arc<Self>, id: &str) -> Result<String, MethodError> {
        let id = id.to_owned();
        let known = self.read(move |tx| {
            let methods = Cursor::load(tx)?.methods;
            Ok::<_, Fault>(methods.into_iter().map(|method| method.id).find(|known| *known == id))
        });
        let plain = |id: &String| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        known.await?.filter(plain).ok_or(MethodError::UnknownMethod)
    }

    async fn change_methods(self: &Arc<Self>, call: &Call) -> Result<(), MethodError> {
        let reply = match self.ask(call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(problem_of(&problem)),
        };
        let wire::Methods { methods } = reply.body()?;
        self.write(move |tx| {
            let mut cursor = Cursor::load(tx)?;
            cursor.methods = methods;
            Ok::<_, MethodError>(cursor.save(tx)?)
        })
        .await
    }
}

fn problem_of(problem: &Problem) -> MethodError {
    match problem.name() {
        "method-unknown" => MethodError::UnknownMethod,
        _ => MethodError::Fault(problem.into()),
    }
}
