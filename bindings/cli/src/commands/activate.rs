//! `billpay activate`: this device becomes a customer's, by SMS code (rows 1 to 3).

use billpay_core::{
    Client,
    activation::Stage,
    error::{ActivationError, Fault, QuoteError},
    model::Language,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::typed::ask_aside;
use crate::{args::Activate, failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Activate) -> Result<(), Failure> {
    match asked {
        Activate::Start { phone } => {
            let activation = match client.start_activation(&phone).await {
                Err(error @ ActivationError::AlreadyActive) => {
                    let name = client.profile().await.map_err(shell.failure())?.name_masked;
                    return Err(for_another(shell, &error, name.as_deref()));
                }
                other => other.map_err(shell.failure())?,
            };
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
                None => {
                    let question = shell.say("短信中的验证码：", "The code from the message:");
                    ask_aside(shell, client, question).await?.unwrap_or_default()
                }
            };
            let profile = match client.finish_activation(&code).await {
                Err(error @ ActivationError::OtherCustomer) => return Err(for_another(shell, &error, None)),
                other => other.map_err(shell.failure())?,
            };
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
    shell.line(&next(shell, Some(activation)));
}

/// A profile is one customer's; how another one comes to one, said beside that it is not this one.
fn for_another(shell: &Shell, error: &ActivationError, name: Option<&str>) -> Failure {
    let mut failure = shell.failure()(error.clone());
    let of = name.map(|name| match shell.language {
        Language::Zh => format!("本机属于{name}。"),
        Language::En => format!(" It acts for {name}."),
    });
    failure.line.push_str(&of.unwrap_or_default());
    failure.line.push_str(shell.say(
        "另一位客户请用另一个文件夹（--profile <目录>），或先清除这份资料：billpay wipe。",
        " Another customer needs another folder (--profile DIR), or this profile wiped first: `billpay wipe`.",
    ));
    failure
}

/// On a device that is not active: what to type first. For lists that are empty because of it.
pub(super) async fn hint(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let profile = client.profile().await.map_err(shell.failure())?;
    if !profile.active {
        shell.line(&next(shell, profile.activation.as_ref()));
    }
    Ok(())
}

/// What is said of something that is not there.
const NOT_THERE: [&str; 5] =
    ["unknown-bill", "unknown-account", "never-refreshed", "reminder-unknown-bill", "nothing-usual"];

/// The same failure; where it is that something is not there, on a device that was never activated, that it has to be:
/// nothing can be there before. Nothing was paid.
pub(super) async fn or_needed(shell: &Shell, client: &Client, done: Result<(), Failure>) -> Result<(), Failure> {
    let Err(failure) = &done else { return done };
    if !NOT_THERE.contains(&failure.code.as_str()) {
        return done;
    }
    match client.profile().await {
        Ok(profile) if !profile.active && !profile.revoked => {
            Err(shell.failure()(QuoteError::Fault(Fault::NotActivated)))
        }
        Ok(_) | Err(_) => done,
    }
}

/// By this device's clock, which may be wrong: the bank decides when the code is typed.
fn is_void(activation: &billpay_core::Activation) -> bool {
    activation.stage == Some(Stage::Expired) || activation.expires_at.is_some_and(|until| until < Timestamp::now())
}

/// What to type next on a device that is not active.
pub(super) fn next(shell: &Shell, activation: Option<&billpay_core::Activation>) -> String {
    format!("{}{}", shell.say("下一步：", "Next: "), command(shell, activation))
}

/// What to type next on the way to an active device.
pub(super) fn command<'a>(shell: &Shell, activation: Option<&billpay_core::Activation>) -> &'a str {
    match activation.filter(|activation| activation.stage.is_some()) {
        Some(activation) if is_void(activation) => "billpay activate resend",
        Some(_) => shell.say("billpay activate finish <验证码>", "billpay activate finish CODE"),
        None => shell.say("billpay activate start <手机号>", "billpay activate start PHONE"),
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
