//! One file for each thing that can be asked.

mod activate;
pub(crate) mod bills;
mod bind;
mod code;
mod doctor;
mod events;
mod interrupt;
mod limits;
mod methods;
mod pay;
pub(crate) mod payments;
pub(crate) mod receipts;
mod repeat;
mod set_aside;
mod several;
mod status;
mod typed;

pub(crate) use bind::compare;

use crate::{args::Action, failure::Failure, shell::Shell, wiring};

/// Does what is asked of the phone whose profile the person named.
pub(crate) async fn run(shell: &Shell, action: Action) -> Result<(), Failure> {
    match action {
        Action::Activate(asked) => activate::run(shell, &wiring::open(shell).await?, asked).await,
        Action::Billers => bind::billers(shell, &wiring::open(shell).await?).await,
        Action::Bind(asked) => bind::run(shell, &wiring::open(shell).await?, asked).await,
        Action::Bills { refresh, sum, account } => {
            bills::run(shell, &wiring::open(shell).await?, refresh, sum, account).await
        }
        Action::Pay(asked) => pay::run(shell, &wiring::open(shell).await?, &asked).await,
        Action::Repeat { account, yes } => repeat::run(shell, &wiring::open(shell).await?, &account, yes).await,
        Action::Limits { action } => limits::run(shell, &wiring::open(shell).await?, action).await,
        Action::Methods { action } => methods::run(shell, &wiring::open(shell).await?, action).await,
        Action::Payments => payments::run(shell, &wiring::open(shell).await?).await,
        Action::Receipts { action } => receipts::run(shell, &wiring::open(shell).await?, action).await,
        Action::Events { action } => events::run(shell, &wiring::open(shell).await?, action).await,
        Action::Status => status::run(shell, &wiring::open(shell).await?).await,
        Action::Doctor(asked) => doctor::run(shell, asked).await,
        Action::SetAside { yes } => set_aside::run(shell, yes).await,
        Action::Resolve => status::resolve(shell, &wiring::open(shell).await?).await,
    }
}
