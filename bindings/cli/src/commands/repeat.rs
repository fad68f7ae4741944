//! `billpay repeat`: the usual bill by the usual method, on one screen (row 74).

use billpay_core::{Client, model::Account};

use super::pay;
use crate::{failure::Failure, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client, account: &str, yes: bool) -> Result<(), Failure> {
    let account = named(shell, client, account).await?;
    let quote = client.usual(&account.id).await.map_err(shell.failure())?;
    pay::take_up(shell, client, &quote, yes).await
}

/// The binding of that id, or the one that the person calls so.
pub(super) async fn named(shell: &Shell, client: &Client, name: &str) -> Result<Account, Failure> {
    let accounts = client.accounts().await.map_err(shell.failure())?.accounts;
    if let Some(account) = accounts.iter().find(|account| account.id == name) {
        return Ok(account.clone());
    }
    let mut called = accounts.into_iter().filter(|account| !name.is_empty() && account.alias == name);
    match (called.next(), called.next()) {
        (Some(account), None) => Ok(account),
        (None, _) => Err(shell.failure()(billpay_core::error::UsualError::UnknownAccount)),
        // Money goes to no guess.
        (Some(_), Some(_)) => Err(Failure::new(
            "account-not-unique",
            shell.say(
                "有多个账户叫这个名称，未付款。请用 billpay bind list 中的编号。",
                "More than one account is called so; nothing was paid. Use its id from `billpay bind list`.",
            ),
        )),
    }
}
