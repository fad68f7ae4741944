//! `billpay methods`: what can be paid by. Cards and wallets are entered on a page of the bank and
//! never here (row 26).

use billpay_core::{
    Client,
    model::{Method, MethodKind, MethodState},
    text::Label,
};
use serde_json::{Value, json};

use super::activate;
use crate::{
    args::{Kind, Methods},
    failure::Failure,
    paint::Align,
    shell::Shell,
};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Option<Methods>) -> Result<(), Failure> {
    match asked.unwrap_or(Methods::List { refresh: false }) {
        Methods::List { refresh } => {
            if refresh {
                client.refresh().await.map_err(shell.failure())?;
            }
            let methods = client.methods().await.map_err(shell.failure())?;
            listed(shell, &methods);
            if methods.is_empty() {
                if refresh {
                    none_left(shell);
                } else {
                    shell.line(shell.say(
                        "本机还不知道任何支付方式。请运行 billpay methods list --refresh。",
                        "No way to pay is known here. `billpay methods list --refresh` asks the bank.",
                    ));
                }
                activate::hint(shell, client).await?;
            }
            done(shell, &methods);
        }
        Methods::Add { kind } => {
            let kind = match kind {
                Kind::Card => MethodKind::Card,
                Kind::Wallet => MethodKind::Wallet,
            };
            let step = client.add_method(kind).await.map_err(shell.failure())?;
            shell.line(shell.say("请在银行的页面上填写：", "Enter it on this page of the bank:"));
            shell.line(&format!("  {}", shell.paint.accent(&step.url)));
            shell.line(&format!("{} {}", shell.say("有效至", "good until"), shell.moment(step.expires_at)));
            shell.line(shell.say("完成后：billpay methods list --refresh", "Then: billpay methods list --refresh"));
            shell.done(json!({ "url": step.url, "expires_at": step.expires_at }));
        }
        Methods::Remove { method } => {
            let left = client.remove_method(&method).await.map_err(shell.failure())?;
            listed(shell, &left);
            if !left.iter().any(|method| method.state == MethodState::Active) {
                none_left(shell);
            }
            done(shell, &left);
        }
        Methods::Default { method } => {
            let methods = client.prefer_method(&method).await.map_err(shell.failure())?;
            listed(shell, &methods);
            done(shell, &methods);
        }
    }
    Ok(())
}

/// Nothing can be paid then; an account of the bank comes back by the bank alone.
fn none_left(shell: &Shell) {
    let what = shell.say(
        "已没有可用的支付方式。添加银行卡：billpay methods add card；银行账户请联系银行。",
        "There is no way left to pay. `billpay methods add card` adds one; for an account of the bank ask the bank.",
    );
    shell.sentences(what, |line| shell.paint.doubt(line));
}

fn done(shell: &Shell, methods: &[Method]) {
    methods.iter().for_each(|method| shell.record(&method_json(method)));
    shell.done(json!({ "methods": methods.len() }));
}

fn listed(shell: &Shell, methods: &[Method]) {
    let head = [
        (shell.say("支付方式", "method"), Align::Left),
        (shell.say("种类", "kind"), Align::Left),
        (shell.say("尾号", "ends in"), Align::Left),
        (shell.say("状态", "state"), Align::Left),
        (shell.say("编号", "id"), Align::Left),
    ];
    let rows: Vec<Vec<String>> = methods
        .iter()
        .map(|method| {
            let state = match (method.state, method.default) {
                (MethodState::Active, true) => shell.say("默认", "default"),
                (MethodState::Active, false) => shell.say("可用", "can be used"),
                (MethodState::Expired | MethodState::Removed | MethodState::Unknown, _) => {
                    shell.say("不可用", "cannot be used")
                }
            };
            let kind = shell.text(Label::of_method(kind(method.kind)));
            vec![method.label.clone(), kind, method.last4.clone(), state.to_owned(), method.id.clone()]
        })
        .collect();
    shell.lines(&shell.paint.table(&head, &rows, |_, column, cell| match column {
        4 => shell.paint.accent(cell),
        _ => cell.to_owned(),
    }));
}

fn kind(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Account => "account",
        MethodKind::Card => "card",
        MethodKind::Wallet => "wallet",
        MethodKind::Unknown => "other",
    }
}

fn method_json(method: &Method) -> Value {
    let state = match method.state {
        MethodState::Active => "active",
        MethodState::Expired => "expired",
        MethodState::Removed => "removed",
        MethodState::Unknown => "unknown",
    };
    json!({
        "method": method.id, "kind": kind(method.kind), "label": method.label, "last4": method.last4,
        "default": method.default, "state": state,
    })
}
