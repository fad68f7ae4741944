//! `billpay repeat`: the usual bill by the usual method, on one screen (row 74).

use billpay_core::Client;

use super::{pay, typed::named};
use crate::{failure::Failure, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client, account: &str, yes: bool) -> Result<(), Failure> {
    let account = named(shell, client, account).await?;
    let quote = client.usual(&account.id).await.map_err(shell.failure())?;
    pay::take_up(shell, client, &quote, yes).await
}
