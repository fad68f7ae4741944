//! `billpay wipe`: everything of this profile on this device goes, its keys first.

use billpay_core::{OpenPayments, error::WipeError};
use serde_json::json;

use super::bind::is_yes;
use crate::{failure::Failure, shell::Shell, wiring};

pub(crate) async fn run(shell: &Shell, yes: bool, open_payments: bool) -> Result<(), Failure> {
    let client = wiring::open(shell).await?;
    if !yes {
        shell.line(shell.say(
            "本机上的密钥、绑定、账单和回单都会清除，无法恢复；银行的记录不受影响。",
            "The keys, bindings, bills and receipts on this device go for good; what the bank has stays there.",
        ));
        if !is_yes(shell.ask(shell.say("全部清除吗？[y/N]", "Wipe everything? [y/N]")).as_deref()) {
            let line = shell.say("您没有确认，未作任何改动。", "You did not confirm, so nothing was changed.");
            return Err(Failure::new("not-confirmed", line));
        }
    }
    let open = if open_payments { OpenPayments::Leave } else { OpenPayments::Wait };
    client.wipe(open).await.map_err(|error| {
        let mut failure = shell.failure()(error.clone());
        if matches!(error, WipeError::PaymentsOpen { .. }) {
            failure.line.push_str(shell.say(
                "要先等结果，请运行 billpay resolve；仍要清除，请加 --open-payments。",
                " To wait for their end run `billpay resolve`; to wipe all the same add --open-payments.",
            ));
        }
        failure
    })?;
    drop(client);
    wiring::forget(shell)?;
    shell.line(shell.say("已全部清除。", "Everything is wiped."));
    shell.done(json!({ "wiped": true }));
    Ok(())
}
