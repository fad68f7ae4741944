//! One file for each thing that can be asked.

mod activate;
pub(crate) mod bills;
mod bind;
mod bundle;
mod change_key;
mod code;
mod doctor;
mod events;
mod export;
mod interrupt;
mod limits;
mod methods;
mod owed;
mod pay;
pub(crate) mod payments;
pub(crate) mod receipts;
mod reminders;
mod repeat;
mod set_aside;
mod several;
mod status;
mod typed;
mod wipe;

pub(crate) use bind::compare;

use crate::{
    args::{Action, Receipts},
    failure::Failure,
    shell::Shell,
    wiring,
};

/// Does what is asked of the phone whose profile the person named.
pub(crate) async fn run(shell: &Shell, action: Action) -> Result<(), Failure> {
    match action {
        Action::Activate(asked) => activate::run(shell, &wiring::open(shell).await?, asked).await,
        Action::Billers => bind::billers(shell, &wiring::open(shell).await?).await,
        Action::Bind(asked) => bind::run(shell, &wiring::open(shell).await?, asked).await,
        Action::Bills { refresh, sum, account } => {
            let client = wiring::open(shell).await?;
            let done = bills::run(shell, &client, refresh, sum, account).await;
            activate::or_needed(shell, &client, done).await
        }
        Action::Pay(asked) => {
            let client = wiring::open(shell).await?;
            let done = pay::run(shell, &client, &asked).await;
            activate::or_needed(shell, &client, done).await
        }
        Action::Repeat { account, yes } => {
            let client = wiring::open(shell).await?;
            let done = repeat::run(shell, &client, &account, yes).await;
            activate::or_needed(shell, &client, done).await
        }
        Action::Limits { action } => limits::run(shell, &wiring::open(shell).await?, action).await,
        Action::Methods { action } => methods::run(shell, &wiring::open(shell).await?, action).await,
        Action::Payments => payments::run(shell, &wiring::open(shell).await?).await,
        Action::Reminders(asked) => reminders::run(shell, &asked).await,
        Action::Receipts { action: Some(Receipts::Verify { file: Some(file), keys: Some(keys) }) } => {
            receipts::of_others(shell, &file, &keys)
        }
        Action::Receipts { action } => receipts::run(shell, &wiring::open(shell).await?, action).await,
        Action::Owed => owed::run(shell, &wiring::open(shell).await?).await,
        Action::Export { file } => export::run(shell, &wiring::open(shell).await?, &file).await,
        Action::Events { action } => events::run(shell, &wiring::open(shell).await?, action).await,
        Action::Status => status::run(shell, &wiring::open(shell).await?).await,
        Action::Doctor(asked) if asked.bundle.is_some() => bundle::run(shell, asked.bundle.as_deref()).await,
        Action::Doctor(asked) => doctor::run(shell, asked).await,
        Action::ChangeKey => change_key::run(shell, &wiring::open(shell).await?).await,
        Action::SetAside { yes } => set_aside::run(shell, yes).await,
        Action::Wipe { yes, open_payments } => wipe::run(shell, yes, open_payments).await,
        Action::Resolve => status::resolve(shell, &wiring::open(shell).await?).await,
    }
}
