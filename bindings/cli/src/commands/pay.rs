//! `billpay pay`: a quote, exactly what will be signed, a yes, and the payment (rows 20 to 25). Several
//! bills in one go are paid in several.rs.

use billpay_core::{
    Client, Payment, PaymentState, QuoteView,
    error::PayError,
    model::{Currency, Money, MoneyError},
};
use serde_json::json;

use super::{bind::is_yes, limits, several};
use crate::{args::Pay, failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: &Pay) -> Result<(), Failure> {
    let (Some(biller), Some(bill)) = (&asked.biller, &asked.bill) else {
        return several::run(shell, client, asked).await;
    };
    let amount = asked.amount.as_deref().map(|typed| amount(shell, typed)).transpose()?;
    let quote = client.quote(biller, bill, amount, asked.method.as_deref()).await;
    take_up(shell, client, &quote.map_err(shell.failure())?, asked.yes).await
}

/// One screen: what is signed, and a yes to it.
pub(super) async fn take_up(shell: &Shell, client: &Client, quote: &QuoteView, yes: bool) -> Result<(), Failure> {
    shell.line(&shell.paint.bold(shell.say("您将签署：", "You are about to sign:")));
    for line in show::what_is_signed(shell, quote) {
        shell.line(&format!("  {line}"));
    }
    let names = show::names(shell, client).await?;
    shell.lines(&show::beside(shell, quote, &names));
    shell.record(&json!({ "quote": show::quote(quote) }));
    if let Some(first) = &quote.first_payment {
        shell.line("");
        shell.line(&shell.paint.bold(
            shell.say("这是首次向这个户号付款，请再核对一次：", "The first payment to this number. Compare once more:"),
        ));
        for line in show::whose(shell, quote, first) {
            shell.line(&format!("  {line}"));
        }
    }
    confirm(shell, shell.say("确认付款吗？[y/N]", "Pay this? [y/N]"), yes)?;
    if let Some(first) = &quote.first_payment {
        // The yes was to this too: it stood above the question.
        client.acknowledge_echo(&first.account, &first.echo_digest).await.map_err(shell.failure())?;
    }
    let payment = if quote.step_up {
        with_code(shell, client, quote).await?
    } else {
        client.pay(&quote.id).await.map_err(shell.failure())?
    };
    ended(shell, &payment)
}

/// Has the code sent, and asks for it.
pub(super) async fn with_code(shell: &Shell, client: &Client, quote: &QuoteView) -> Result<Payment, Failure> {
    let sent = client.ask_payment_code(&quote.id).await.map_err(shell.failure())?;
    limits::sent_to(shell, &sent);
    let present = async |code: &str| client.pay_with_code(&quote.id, code).await;
    // What cannot be a code is not sent, and the order stays as it is.
    limits::typed_code(shell, present, |error| *error == PayError::NotACode).await.map_err(shell.failure())
}

/// Goes on only with a yes, given now or in advance.
pub(super) fn confirm(shell: &Shell, question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !shell.is_attended() {
        return Err(Failure::new(
            "needs-a-person",
            shell.say(
                "没有人确认，未付款。确认内容后请加上 --yes。",
                "Nobody has confirmed, so nothing was paid. Look at the amounts, then add --yes.",
            ),
        ));
    }
    if !is_yes(shell.ask(question).as_deref()) {
        return Err(Failure::new(
            "not-confirmed",
            shell.say("您没有确认，未付款。", "You did not confirm, so nothing was paid."),
        ));
    }
    Ok(())
}

/// Done only when it is settled. Whatever else it is, it says so.
fn ended(shell: &Shell, payment: &Payment) -> Result<(), Failure> {
    let told = shell.explain(&payment.state);
    let summary = json!({ "payment": show::payment(payment) });
    match payment.state {
        PaymentState::Settled => {
            let done = shell.paint.sign("✓ ", "");
            shell.line(&shell.paint.good(&format!("{done}{}", told.what_happened)));
            shell.line(&format!("{}billpay receipts show {}", shell.say("回单：", "Receipt: "), payment.id));
            shell.done(summary);
            Ok(())
        }
        PaymentState::Checking { .. }
        | PaymentState::Refused { .. }
        | PaymentState::Reversed { .. }
        | PaymentState::Cancelled => Err(Failure::explained(&told, shell.language).with(summary)),
    }
}

/// What a person types, exactly: nothing is rounded, nothing overflows.
pub(super) fn amount(shell: &Shell, typed: &str) -> Result<Money, Failure> {
    Money::parse(typed, Currency::CNY).map_err(|error| {
        let (code, zh, en) = match error {
            MoneyError::OutOfRange => (
                "amount-out-of-range",
                "金额太大。没有扣款。请修改金额。",
                "The amount is too large. No money moved. Change the amount.",
            ),
            MoneyError::NotAnAmount | MoneyError::NotACurrency | MoneyError::Mixed => (
                "not-an-amount",
                "这不是金额，例如 50 或 49.90。没有扣款。",
                "That is not an amount, such as 50 or 49.90. No money moved.",
            ),
        };
        Failure::new(code, shell.say(zh, en))
    })
}
