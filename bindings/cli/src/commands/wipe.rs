//! `billpay wipe`: everything of this profile on this device goes, its keys first.

use billpay_core::{OpenPayments, PaymentState, error::WipeError};
use serde_json::json;

use super::{bind::is_yes, payments, typed::ask_aside};
use crate::{failure::Failure, shell::Shell, wiring};

/// Whether nothing is there but what a wipe leaves: the lock, which belongs to whoever comes next. What cannot be looked
/// at is not empty.
fn is_empty(shell: &Shell) -> bool {
    let lock = format!("{}.lock", wiring::DATABASE);
    match std::fs::read_dir(&shell.profile) {
        Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == *lock)),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

pub(crate) async fn run(shell: &Shell, yes: bool, open_payments: bool) -> Result<(), Failure> {
    if is_empty(shell) {
        let (zh, en) = ("这里没有资料，无需清除：", "There is nothing to wipe here: ");
        shell.line(&format!("{}{}", shell.say(zh, en), shell.profile.display()));
        shell.done(json!({ "wiped": false, "already_empty": true }));
        return Ok(());
    }
    let client = wiring::open(shell).await?;
    let refused = |error: WipeError| {
        let mut failure = shell.failure()(error.clone());
        if matches!(error, WipeError::PaymentsOpen { .. }) {
            failure.line.push_str(shell.say(
                "要先等结果，请运行 billpay resolve；仍要清除，请加 --open-payments。",
                " To wait for their end run `billpay resolve`; to wipe all the same add --open-payments.",
            ));
        }
        failure
    };
    if !yes {
        if !open_payments {
            // Before the question: a yes would not be taken. Where nothing can be read the wipe itself knows.
            let known = payments::all(shell, &client).await.map(|known| known.payments).unwrap_or_default();
            let open = known.iter().filter(|payment| matches!(payment.state, PaymentState::Checking { .. })).count();
            if open > 0 {
                return Err(refused(WipeError::PaymentsOpen { count: u64::try_from(open).unwrap_or(u64::MAX) }));
            }
        }
        shell.line(shell.say(
            "本机上的密钥、绑定、账单和回单都会清除，无法恢复；银行的记录不受影响。要保留回单，请先运行 billpay export <文件>。",
            "The keys, bindings, bills and receipts on this device go for good; what the bank has stays there. `billpay export FILE` keeps the receipts.",
        ));
        let question = shell.say("全部清除吗？[y/N]", "Wipe everything? [y/N]");
        if !is_yes(ask_aside(shell, &client, question).await?.as_deref()) {
            let line = shell.say("您没有确认，未作任何改动。", "You did not confirm, so nothing was changed.");
            return Err(Failure::new("not-confirmed", line));
        }
    }
    let open = if open_payments { OpenPayments::Leave } else { OpenPayments::Wait };
    client.wipe(open).await.map_err(refused)?;
    drop(client);
    wiring::forget(shell)?;
    shell.line(shell.say("已全部清除。", "Everything is wiped."));
    shell.done(json!({ "wiped": true }));
    Ok(())
}
