//! `billpay set-aside`: the way back when this device's keys are lost, or the file is damaged. Nothing is deleted.

use billpay_core::{Client, error::Fault, system::TokioExecutor};
use serde_json::json;

use super::bind::is_yes;
use crate::{
    failure::{DAMAGED, Failure},
    shell::Shell,
    wiring,
};

pub(crate) async fn run(shell: &Shell, yes: bool) -> Result<(), Failure> {
    let profile = wiring::location(&shell.profile);
    if profile.path.exists() && opens(shell).await? {
        let line = shell.say(
            "本机的密钥都在，资料可以打开，没有需要移开的。",
            "This device's keys are there and open its records: there is nothing to put aside.",
        );
        return Err(Failure::new("keys-are-there", line));
    }
    if !yes {
        shell.line(shell.say(
            "只有在本机密钥已丢失或文件损坏时才需要这样做。仍在核实的付款以后只有银行知道；旧资料会保留。",
            "Only for when this device's keys are lost, or its file is damaged. Payments that are still being checked are then known to the \
             bank alone; the old records are kept.",
        ));
        if !is_yes(shell.ask(shell.say("移开这些资料吗？[y/N]", "Put the records aside? [y/N]")).as_deref()) {
            let line = shell.say("您没有确认，未作任何改动。", "You did not confirm, so nothing was changed.");
            return Err(Failure::new("not-confirmed", line));
        }
    }
    let executor = TokioExecutor::current().map_err(|error| Failure::system("runtime", &error))?;
    let aside = Client::set_aside(&profile, &executor).await.map_err(shell.failure())?;
    // Made at once, so that a file that goes missing later is told from one that was put aside.
    if let Ok(client) = wiring::open_anew(shell).await {
        // What is put aside is: where it is kept is said, whatever becomes of this.
        let _ = client.suspend().await;
    }
    let kept = shell.say("旧资料保留在", "The old records are kept in");
    shell.line(&format!("{kept} {}", aside.display()));
    shell.line(shell.say(
        "接着请运行 billpay activate start <手机号>；回单、绑定和账单会从银行取回。",
        "Next: billpay activate start PHONE; receipts, bindings and bills come back from the bank.",
    ));
    shell.done(json!({ "kept": aside }));
    Ok(())
}

/// Whether the profile's records can be read; only that their key is lost, or that the file is damaged as a whole, is a
/// no. A key store that is locked or fails for the moment is an error: its key may be there again tomorrow. The profile
/// is let go of again: what the opening has set going may still hold it when the client is dropped.
async fn opens(shell: &Shell) -> Result<bool, Failure> {
    let client = match wiring::open(shell).await {
        Ok(client) => client,
        Err(failure) if failure.code == DAMAGED => return Ok(false),
        Err(failure) => return Err(failure),
    };
    let opened = client.profile().await;
    client.suspend().await.map_err(shell.failure())?;
    match opened {
        Ok(_) => Ok(true),
        Err(Fault::KeyLost) => Ok(false),
        Err(fault) => Err(shell.failure()(fault)),
    }
}
