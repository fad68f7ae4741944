//! Codes that the bank sends for one payment or one change: where it went, and typing it (row 25).

use billpay_core::{
    Client, Payment, QuoteView, SentCode,
    error::PayError,
    model::Language,
    text::{Explain, LimitsText},
};
use serde_json::{Value, json};

use super::{interrupt::Watch, typed::ask_aside};
use crate::{failure::Failure, shell::Shell};

/// Has the code of a payment sent, asks for it, and pays.
pub(super) async fn pay(shell: &Shell, client: &Client, quote: &QuoteView, watch: &Watch) -> Result<Payment, Failure> {
    let sent = client.ask_payment_code(&quote.id).await.map_err(shell.failure())?;
    sent_to(shell, &sent);
    let present = async |code: &str| {
        watch.is_sending(true);
        let paid = client.pay_with_code(&quote.id, code).await;
        // Of anything else that ended it the program speaks at once.
        watch.is_sending(!matches!(paid, Err(PayError::NotACode)));
        paid
    };
    // What cannot be a code is not sent, and the order stays as it is.
    typed_code(shell, None, present, |error| *error == PayError::NotACode).await
}

/// Says where the code went.
pub(super) fn sent_to(shell: &Shell, sent: &SentCode) {
    let until = shell.moment(sent.expires_at);
    shell.line(&match shell.language {
        Language::Zh => format!("验证码已发往{}，有效至{until}。", sent.sent_to_masked),
        Language::En => {
            format!("A code was sent to {}; it is good until {until}.", sent.sent_to_masked)
        }
    });
    // Said before it is typed: of a payment the bank's word on a wrong code is signed and final.
    if sent.attempts_left == 1 {
        shell.sentences(&shell.text(LimitsText::OneTry), |line| shell.paint.bold(line));
    }
    shell.record(&json!({ "code": code_json(sent) }));
}

/// Asks for the code and presents it; a person at a terminal is asked again where what was typed has ended
/// nothing (`may_type_again`). A client that is given lets go of its profile while it is asked for.
pub(super) async fn typed_code<T, E: Explain>(
    shell: &Shell,
    aside: Option<&Client>,
    mut present: impl AsyncFnMut(&str) -> Result<T, E>,
    may_type_again: impl Fn(&E) -> bool,
) -> Result<T, Failure> {
    let question = shell.say("短信中的验证码：", "The code from the message:");
    loop {
        let code = match aside {
            Some(client) => ask_aside(shell, client, question).await?,
            None => shell.ask(question),
        };
        let code = code.unwrap_or_default();
        match present(&code).await {
            // An empty line is a way out.
            Err(error) if shell.is_attended() && !code.is_empty() && may_type_again(&error) => {
                shell.sentences(&shell.explain(&error).line(shell.language), str::to_owned);
            }
            other => return other.map_err(shell.failure()),
        }
    }
}

fn code_json(sent: &SentCode) -> Value {
    json!({
        "sent_to_masked": sent.sent_to_masked, "attempts_left": sent.attempts_left, "expires_at": sent.expires_at,
    })
}
