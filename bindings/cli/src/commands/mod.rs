//! One file for each thing that can be asked.

mod activate;
pub(crate) mod bills;
mod bind;
mod events;
mod pay;
mod payments;
pub(crate) mod receipts;
mod status;

pub(crate) use bind::compare;

use crate::{
    args::{Args, Command},
    demo,
    failure::Failure,
    sandbox,
    shell::Shell,
    wiring,
};

pub(crate) async fn run(shell: &Shell, args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Demo(asked) => demo::run(shell, &asked).await,
        Command::Sandbox(asked) => sandbox::run(shell, &asked).await,
        Command::Activate(asked) => activate::run(shell, &wiring::open(shell).await?, asked).await,
        Command::Billers => bind::billers(shell, &wiring::open(shell).await?).await,
        Command::Bind(asked) => bind::run(shell, &wiring::open(shell).await?, asked).await,
        Command::Bills { refresh } => bills::run(shell, &wiring::open(shell).await?, refresh).await,
        Command::Pay(asked) => pay::run(shell, &wiring::open(shell).await?, &asked).await,
        Command::Payments => payments::run(shell, &wiring::open(shell).await?).await,
        Command::Receipts { action } => receipts::run(shell, &wiring::open(shell).await?, action).await,
        Command::Events(asked) => events::run(shell, &wiring::open(shell).await?, asked).await,
        Command::Status => status::run(shell, &wiring::open(shell).await?).await,
        Command::Resolve => status::resolve(shell, &wiring::open(shell).await?).await,
    }
}
