//! `billpay activate`: this device becomes a customer's, by SMS code (rows 1 to 3).

use billpay_core::{Client, activation::Stage, error::ActivationError};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{args::Activate, failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Activate) -> Result<(), Failure> {
    match asked {
        Activate::Start { phone } => {
            let activation = client.start_activation(&phone).await.map_err(shell.failure())?;
            sent(shell, &activation);
            shell.done(json!({ "activation": activation_json(&activation) }));
        }
        Activate::Resend => {
            let activation = client.resend_code().await.map_err(shell.failure())?;
            sent(shell, &activation);
            shell.done(json!({ "activation": activation_json(&activation) }));
        }
        Activate::Finish { code } => {
            let code = match code {
                Some(code) => code,
                None => shell.ask(shell.say("短信中的验证码：", "The code from the message:")).unwrap_or_default(),
            };
            let profile = client.finish_activation(&code).await.map_err(shell.failure())?;
            // The feed brings limits and methods, without which nothing can be paid. If it does not
            // come now, the next refresh brings it: the device is active all the same.
            let refreshed = client.refresh().await;
            let name = profile.name_masked.clone().unwrap_or_default();
            let done = shell.paint.sign("✓ ", "");
            shell.line(&shell.paint.good(&format!("{done}{}{name}", shell.say("本机已激活：", "Active, for "))));
            if let Err(error) = refreshed {
                crate::shell::warn(&shell.explain(&error).line(shell.language));
            }
            shell.line(shell.say(
                "下一步：billpay billers，然后 billpay bind add <收费单位> <号码>",
                "Next: billpay billers, then billpay bind add BILLER NUMBER",
            ));
            shell.done(json!({ "active": profile.active, "name_masked": profile.name_masked }));
        }
        Activate::Status => {
            let profile = client.profile().await.map_err(shell.failure())?;
            let Some(activation) = &profile.activation else {
                if profile.active {
                    shell.line(shell.say("本机已激活。", "This device is active."));
                    shell.done(json!({ "active": true, "activation": null }));
                    return Ok(());
                }
                return Err(shell.failure()(ActivationError::NotStarted));
            };
            sent(shell, activation);
            shell.done(json!({ "active": profile.active, "activation": activation_json(activation) }));
        }
    }
    Ok(())
}

/// Where the code went, and until when it is good.
fn sent(shell: &Shell, activation: &billpay_core::Activation) {
    let waiting = shell.say("等待银行答复", "waiting for the bank").to_owned();
    let mut pairs = vec![(shell.say("验证码发往", "code sent to"), activation.phone_masked.clone().unwrap_or(waiting))];
    if let Some(at) = activation.expires_at {
        let label = if is_void(activation) {
            shell.say("已失效于", "void since")
        } else {
            shell.say("有效至", "good until")
        };
        pairs.push((label, shell.moment(at)));
    }
    if let Some(at) = activation.resend_at {
        pairs.push((shell.say("可重发时间", "new code from"), shell.moment_from(at)));
    }
    if let Some(left) = activation.attempts_left {
        pairs.push((shell.say("剩余次数", "tries left"), left.to_string()));
    }
    shell.lines(&show::pairs(shell, &pairs));
    shell.line(next(shell, Some(activation)));
}

/// By this device's clock, which may be wrong: the bank decides when the code is typed.
fn is_void(activation: &billpay_core::Activation) -> bool {
    activation.stage == Some(Stage::Expired) || activation.expires_at.is_some_and(|until| until < Timestamp::now())
}

/// What to type next on a device that is not active.
pub(super) fn next<'a>(shell: &Shell, activation: Option<&billpay_core::Activation>) -> &'a str {
    match activation.filter(|activation| activation.stage.is_some()) {
        Some(activation) if is_void(activation) => {
            shell.say("下一步：billpay activate resend", "Next: billpay activate resend")
        }
        Some(_) => shell.say("下一步：billpay activate finish <验证码>", "Next: billpay activate finish CODE"),
        None => shell.say("下一步：billpay activate start <手机号>", "Next: billpay activate start PHONE"),
    }
}

fn activation_json(activation: &billpay_core::Activation) -> Value {
    let stage = activation.stage.map(|stage| match stage {
        Stage::Waiting => "waiting",
        Stage::Locked => "locked",
        Stage::Expired => "expired",
        Stage::Used => "used",
        Stage::Other => "other",
    });
    json!({
        "id": activation.id, "phone_masked": activation.phone_masked, "stage": stage,
        "attempts_left": activation.attempts_left, "resend_at": activation.resend_at,
        "expires_at": activation.expires_at,
    })
}
