//! `billpay methods`: the ways to pay, as the bank last named them.

use billpay_core::{
    Client,
    model::{MethodKind, MethodState},
    text::Label,
};
use serde_json::json;

use crate::{failure::Failure, paint::Align, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let methods = client.bills(shell.language).await.map_err(shell.failure())?.methods;
    let head = [
        (shell.say("编号", "id"), Align::Left),
        (shell.say("种类", "kind"), Align::Left),
        (shell.say("名称", "called"), Align::Left),
        (shell.say("尾号", "ends in"), Align::Left),
        (shell.say("状态", "state"), Align::Left),
        (shell.say("默认", "default"), Align::Left),
    ];
    let mut rows = Vec::new();
    for method in &methods {
        let kind = match method.kind {
            MethodKind::Account => "account",
            MethodKind::Card => "card",
            MethodKind::Wallet => "wallet",
            MethodKind::Unknown => "unknown",
        };
        let (state, word) = match method.state {
            MethodState::Active => ("active", shell.say("可用", "can be used")),
            MethodState::Expired => ("expired", shell.say("已过期", "expired")),
            MethodState::Removed => ("removed", shell.say("已移除", "removed")),
            MethodState::Unknown => ("unknown", shell.say("未知", "not known")),
        };
        let default = if method.default { shell.say("是", "yes") } else { "" };
        rows.push(vec![
            method.id.clone(),
            shell.text(Label::of_method(kind)),
            method.label.clone(),
            method.last4.clone(),
            word.to_owned(),
            default.to_owned(),
        ]);
        shell.record(&json!({
            "method": method.id, "kind": kind, "label": method.label, "last4": method.last4,
            "state": state, "default": method.default,
        }));
    }
    shell.lines(&shell.paint.table(&head, &rows, |_, column, cell| match column {
        0 => shell.paint.accent(cell),
        _ => cell.to_owned(),
    }));
    if methods.is_empty() {
        shell.line(shell.say(
            "尚不知道任何支付方式。请运行 billpay bills --refresh。",
            "No way to pay is known yet. `billpay bills --refresh` asks the bank.",
        ));
    }
    shell.done(json!({ "methods": methods.len() }));
    Ok(())
}
