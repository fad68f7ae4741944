//! Binding a utility account by customer number, in two steps: look up, compare, confirm.

use std::sync::Arc;

use super::{Accounts, BindingEcho, Client, Inner};
use crate::{
    accounts::{self, Binding},
    bills::Known,
    crypto::digest,
    error::{BindingError, Fault},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{Bound, ConfirmBinding, Echo, LookupBinding},
    },
    model::Account,
    platform::Method,
};

impl Client {
    /// Asks the biller whose number it is; masked, for the person to compare. A number that cannot
    /// be one of this biller is refused before the network is touched.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn lookup_binding(&self, biller: &str, customer_number: &str) -> Result<BindingEcho, BindingError> {
        let billers = self.0.billers().await?;
        let known = billers.iter().find(|known| known.id == biller).ok_or(BindingError::UnknownBiller)?;
        let number = accounts::read(customer_number, &known.customer_number)?;
        // The number in full: this request is what it is for.
        let body = LookupBinding { biller, customer_number: number.expose() };
        let call = Call::post("/v1/bindings/lookup".to_owned(), &body, self.0.uuid())?;
        match self.0.ask_about(biller, &call).await? {
            Ok(reply) => {
                let echo: Echo = reply.body()?;
                Ok(BindingEcho {
                    biller: biller.to_owned(),
                    payee: known.name.get(self.0.config.language).to_owned(),
                    customer_number: number,
                    holder_masked: echo.holder_masked,
                    address_masked: echo.address_masked,
                    expires_at: echo.expires_at,
                    token: echo.echo_token,
                })
            }
            Err(problem) => Err(self.0.binding_problem(&problem).await),
        }
    }

    /// Binds the number that the person has compared. Binding it twice gives the same account, which without an alias keeps
    /// the one that it has.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn confirm_binding(&self, echo: &BindingEcho, alias: &str) -> Result<Account, BindingError> {
        let billers = self.0.billers().await?;
        let known = billers.iter().find(|known| known.id == echo.biller).ok_or(BindingError::UnknownBiller)?;
        // As it was looked up, also where an earlier process did that.
        let number = accounts::read(echo.customer_number.expose(), &known.customer_number)?;
        let alias: String = alias.trim().chars().take(40).collect();
        let alias = if alias.is_empty() { self.0.alias_of(&echo.biller, number.expose()).await? } else { alias };
        let body = ConfirmBinding {
            biller: &echo.biller,
            // The number in full: this request is what it is for.
            customer_number: number.expose(),
            echo_token: &echo.token,
            alias: &alias,
        };
        // One key per echo and what is made of it: a lost answer and a second tap bind once.
        let mut call = Call::post("/v1/bindings".to_owned(), &body, String::new())?;
        call.idempotency_key = Some(format!("b:{}", digest::sha256_base64url(&call.body)));
        self.0.bound(&call).await
    }

    /// The person has compared, at the first payment to a number, whose it is, and says that this is whom
    /// to pay: what [`crate::QuoteView::first_payment`] showed. Kept on this device; asked for again
    /// where the biller's word about the number changes.
    ///
    /// # Errors
    /// [`BindingError`]: `EchoInvalid` if that is not what the bank shows of it now.
    pub async fn acknowledge_echo(&self, account: &str, echo_digest: &str) -> Result<(), BindingError> {
        let (account, digest) = (account.to_owned(), echo_digest.to_owned());
        let same = self.0.write(move |tx| {
            let binding = tx.get::<Binding>(&account)?.ok_or(BindingError::UnknownAccount)?;
            Ok::<_, BindingError>(binding.acknowledge(tx, &digest)?)
        });
        if same.await? { Ok(()) } else { Err(BindingError::EchoInvalid) }
    }

    /// Removes a binding; its receipts stay.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn unbind(&self, account: &str) -> Result<Account, BindingError> {
        let known = account.to_owned();
        let here = self.0.read(move |tx| Ok::<_, Fault>(tx.get::<Binding>(&known)?)).await?;
        here.ok_or(BindingError::UnknownAccount)?;
        let path = format!("/v1/bindings/{account}");
        let call = Call { method: Method::Delete, path, body: Vec::new(), idempotency_key: None, key: None };
        self.0.bound(&call).await
    }

    /// The bindings in force. Never touches the network.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub async fn accounts(&self) -> Result<Accounts, Fault> {
        let (bound, damaged) = self.0.read(|tx| Ok::<_, Fault>(Binding::bound(tx)?)).await?;
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(Accounts { accounts: bound.into_iter().map(|binding| binding.account).collect(), damaged })
    }
}

impl Inner {
    /// What the person calls an account that is bound; nothing where it is not.
    async fn alias_of(self: &Arc<Self>, biller: &str, number: &str) -> Result<String, Fault> {
        let (biller, number) = (biller.to_owned(), number.to_owned());
        let bound = self.read(|tx| Ok::<_, Fault>(Binding::all(tx)?.0)).await?;
        let same = |account: &Account| account.biller == biller && account.customer_number.expose() == number;
        let known = bound.into_iter().find(|binding| binding.is_bound() && same(&binding.account));
        Ok(known.map(|binding| binding.account.alias).unwrap_or_default())
    }

    async fn bound(self: &Arc<Self>, call: &Call) -> Result<Account, BindingError> {
        let reply = match self.ask(call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(self.binding_problem(&problem).await),
        };
        let (as_of, epoch) = (reply.bank_time, reply.epoch.clone());
        let Bound { account, bills } = reply.body()?;
        let kept = account.clone();
        self.write(move |tx| {
            Binding::merge(tx, &kept, &epoch)?;
            for bill in bills {
                Known::merge(tx, bill, as_of)?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(account)
    }

    async fn binding_problem(self: &Arc<Self>, problem: &Problem) -> BindingError {
        match problem.name() {
            "biller-unknown" => BindingError::UnknownBiller,
            "customer-number-invalid" => BindingError::Number(crate::error::NumberError::Shape),
            "customer-number-unknown" => BindingError::UnknownNumber,
            "echo-token-invalid" => BindingError::EchoInvalid,
            "account-unknown" => BindingError::UnknownAccount,
            "biller-closed" | "biller-unreachable" => BindingError::BillerClosed { retry_at: problem.retry_at },
            _ => BindingError::Fault(problem.into()),
        }
    }
}
