//! `billpay limits`: what may be paid, lowering it, and raising it with a code (row 25).

use billpay_core::{
    Client, SentCode,
    error::LimitsError,
    model::{Limits, LimitsChange},
};
use serde_json::{Value, json};

use super::pay::amount;
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
            if !known.may_pay {
                shell.line(shell.say("您尚未开通缴费功能。", "Payments are not enabled for you."));
            }
            let age = known.as_of.map(|at| shell.moment(at));
            let age = age.unwrap_or_else(|| shell.say("从未", "never").to_owned());
            shell.line(&shell.paint.dim(&format!("{} {age}", shell.say("更新于", "as of"))));
            shell.done(json!({
                "limits": known.limits.as_ref().map(show::limits), "may_pay": known.may_pay, "as_of": known.as_of,
            }));
            Ok(())
        }
        Asked::Set(set) => change(shell, client, &set).await,
    }
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
            let code = code(shell, &sent);
            client.raise_limits(&change, &sent.id, &code).await
        }
        other => other,
    };
    let limits = limits.map_err(shell.failure())?;
    shell.lines(&lines(shell, &limits));
    shell.done(json!({ "limits": show::limits(&limits) }));
    Ok(())
}

/// Says where the code went, and asks for it.
pub(super) fn code(shell: &Shell, sent: &SentCode) -> String {
    let until = shell.moment(sent.expires_at);
    shell.line(&match shell.language {
        billpay_core::model::Language::Zh => format!("验证码已发往{}，有效至{until}。", sent.sent_to_masked),
        billpay_core::model::Language::En => {
            format!("A code was sent to {}; it is good until {until}.", sent.sent_to_masked)
        }
    });
    shell.record(&json!({ "code": code_json(sent) }));
    shell.ask(shell.say("短信中的验证码：", "The code from the message:")).unwrap_or_default()
}

fn code_json(sent: &SentCode) -> Value {
    json!({
        "sent_to_masked": sent.sent_to_masked, "attempts_left": sent.attempts_left, "expires_at": sent.expires_at,
    })
}

fn lines(shell: &Shell, limits: &Limits) -> Vec<String> {
    show::pairs(
        shell,
        &[
            (shell.say("单笔限额", "per payment"), shell.money(limits.per_payment)),
            (shell.say("当日限额", "per day"), shell.money(limits.per_day)),
            (shell.say("今日已用", "used today"), shell.money(limits.used_today)),
            (shell.say("需验证码起点", "code from"), shell.money(limits.step_up_from)),
        ],
    )
}
