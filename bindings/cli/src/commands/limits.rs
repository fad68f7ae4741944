//! `billpay limits`: what may be paid, lowering it, and raising it with a code (row 25).

use billpay_core::{
    Client, Payment, PaymentState,
    error::LimitsError,
    model::{Language, Limits, LimitsChange, Money},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    activate,
    code::{sent_to, typed_code},
    payments,
    typed::amount,
};
use crate::{
    args::{Limits as Asked, SetLimits},
    failure::Failure,
    shell::Shell,
    show,
};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Option<Asked>) -> Result<(), Failure> {
    match asked.unwrap_or(Asked::Show { refresh: false }) {
        Asked::Show { refresh } => {
            if refresh {
                client.refresh().await.map_err(shell.failure())?;
            }
            let known = client.limits().await.map_err(shell.failure())?;
            if let Some(limits) = &known.limits {
                shell.lines(&lines(shell, limits));
            }
            let profile = client.profile().await.map_err(shell.failure())?;
            if !profile.active {
                shell.line(&activate::next(shell, profile.activation.as_ref()));
            } else if !known.may_pay {
                shell.line(shell.say("您尚未开通缴费功能。", "Payments are not enabled for you."));
            }
            if let Some(at) = known.as_of {
                shell.line(&shell.paint.dim(&format!("{} {}", shell.say("更新于", "as of"), shell.moment(at))));
            }
            if let Some(as_of) = known.as_of
                && paid_since(shell, client, as_of).await?
            {
                shell.sentences(not_counted(shell), str::to_owned);
            }
            shell.done(json!({
                "limits": known.limits.as_ref().map(show::limits), "may_pay": known.may_pay, "as_of": known.as_of,
            }));
            Ok(())
        }
        Asked::Set(set) => change(shell, client, &set).await,
    }
}

/// Whether this device has made payments that the bank's word of that time does not count.
pub(super) async fn paid_since(shell: &Shell, client: &Client, as_of: Timestamp) -> Result<bool, Failure> {
    let counts = |payment: &Payment| match payment.state {
        PaymentState::Checking { .. } | PaymentState::Settled => payment.created > as_of,
        PaymentState::Refused { .. } | PaymentState::Reversed { .. } | PaymentState::Cancelled => false,
    };
    Ok(payments::all(shell, client).await?.payments.iter().any(counts))
}

/// What is said then.
pub(super) fn not_counted(shell: &Shell) -> &str {
    shell.say(
        "此后在本机的付款尚未计入；billpay limits show --refresh 可更新。",
        "What was paid here since then is not counted in it; `billpay limits show --refresh` asks the bank.",
    )
}

async fn change(shell: &Shell, client: &Client, set: &SetLimits) -> Result<(), Failure> {
    let typed = |text: &Option<String>| text.as_deref().map(|text| amount(shell, text)).transpose();
    let change = LimitsChange {
        per_payment: typed(&set.per_payment)?,
        per_day: typed(&set.per_day)?,
        step_up_from: typed(&set.code_from)?,
    };
    let limits = match client.set_limits(&change).await {
        Err(LimitsError::StepUpNeeded) => {
            let sent = client.ask_limits_code(&change).await.map_err(shell.failure())?;
            sent_to(shell, &sent);
            typed_code(
                shell,
                Some(client),
                async |code| client.raise_limits(&change, &sent.id, code).await,
                |error| matches!(error, LimitsError::NotACode | LimitsError::CodeWrong),
            )
            .await?
        }
        other => other.map_err(shell.failure())?,
    };
    shell.lines(&lines(shell, &limits));
    shell.done(json!({ "limits": show::limits(&limits) }));
    Ok(())
}

fn lines(shell: &Shell, limits: &Limits) -> Vec<String> {
    let most = limits.ceiling;
    let mut lines = show::pairs(
        shell,
        &[
            (shell.say("单笔限额", "per payment"), up_to(shell, limits.per_payment, most.map(|most| most.per_payment))),
            (shell.say("当日限额", "per day"), up_to(shell, limits.per_day, most.map(|most| most.per_day))),
            (shell.say("今日已用", "used today"), shell.money(limits.used_today)),
            (
                shell.say("需验证码起点", "code from"),
                up_to(shell, limits.step_up_from, most.map(|most| most.step_up_from)),
            ),
        ],
    );
    if limits.stop_payments() {
        lines.push(shell.paint.bold(shell.say(
            "限额为 0：调高之前不能付款。命令：billpay limits set",
            "A limit is 0: nothing can be paid until it is raised, with a code.",
        )));
    }
    if limits.step_up_from.minor() == 0 {
        lines.push(shell.say("每笔付款都需要验证码。", "Every payment takes a code.").to_owned());
    }
    lines
}

/// A limit, and how far it can be raised here.
fn up_to(shell: &Shell, limit: Money, most: Option<Money>) -> String {
    let limit = shell.money(limit);
    let Some(most) = most.map(|most| shell.money(most)) else { return limit };
    match shell.language {
        Language::Zh => format!("{limit}（最高可设{most}）"),
        Language::En => format!("{limit} (at most {most})"),
    }
}
