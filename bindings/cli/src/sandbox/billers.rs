//! `billpay sandbox --only billers`: the billers without the bank.

use sandbox_gateway::server::{Options, Town};
use serde_json::json;

use super::{
    control::{self, Control},
    not_started, stopped,
};
use crate::{failure::Failure, shell::Shell};

pub(super) async fn run(shell: &Shell, options: &Options, controlled: bool) -> Result<(), Failure> {
    let mut town = Town::alone(options).await.map_err(|error| not_started(shell, &error))?;
    shell.record(&json!({ "event": "ready", "billers_url": town.url() }));
    shell.line(&format!("{} {}", shell.say("收费单位", "the billers"), town.url()));
    let mut control = Control::start(controlled);
    let stop = stopped();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            line = control.line() => match line {
                Some(line) => control::obey_clock(shell, &line, |ahead| town.clock().set_offset_ms(ahead)),
                None => break,
            },
        }
    }
    town.stop().await;
    shell.done(json!({ "event": "stopped" }));
    Ok(())
}
