//! `billpay pay`: a quote, exactly what will be signed, a yes, and the payment (rows 20 to 25). Several
//! bills in one go are paid in several.rs.

use billpay_core::{
    BillStatus, BillView, Client, Payment, PaymentState, QuoteView,
    model::{BillKind, Language, Money},
    text::format,
};
use serde_json::json;

use super::{
    code,
    interrupt::Watch,
    several,
    typed::{amount, bill as typed_bill, confirm},
};
use crate::{args::Pay, failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: &Pay) -> Result<(), Failure> {
    let (Some(biller), Some(bill)) = (&asked.biller, &asked.bill) else {
        return several::run(shell, client, asked).await;
    };
    let (biller, bill) = &typed_bill(shell, client, biller, bill).await?;
    let amount = asked.amount.as_deref().map(|typed| amount(shell, typed)).transpose()?;
    if amount.is_none() {
        must_have_an_amount(shell, client, biller, bill).await?;
    }
    let quote = client.quote(biller, bill, amount, asked.method.as_deref()).await;
    take_up(shell, client, &quote.map_err(shell.failure())?, asked.yes).await
}

/// A top-up account asks for nothing: how much it is to be, only the person knows.
async fn must_have_an_amount(shell: &Shell, client: &Client, biller: &str, bill: &str) -> Result<(), Failure> {
    let known = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    let mut these = known.iter().filter(|known| known.biller == biller && known.bill_number == bill);
    let Some(top_up) = these.find(|known| known.kind == BillKind::TopUp) else { return Ok(()) };
    Err(needs_amount(shell, top_up))
}

/// What is said of a top-up without a sum.
pub(super) fn needs_amount(shell: &Shell, top_up: &BillView) -> Failure {
    let BillView { biller, bill_number: bill, .. } = top_up;
    let least = format::figure(top_up.minimum, shell.language);
    let what = shell.say("充值须说明金额，未付款。例如：", "A top-up needs a sum; nothing was paid. For instance:");
    let (before, after) = (shell.say("", " `"), shell.say("", "`"));
    let typed = format!("{before}billpay pay {biller} {bill} --amount {least}{after}");
    Failure::new("needs-amount", format!("{what}{typed}"))
}

/// One screen: what is signed, and a yes to it.
pub(super) async fn take_up(shell: &Shell, client: &Client, quote: &QuoteView, yes: bool) -> Result<(), Failure> {
    shell.line(&shell.paint.bold(shell.say("您将签署：", "You are about to sign:")));
    for line in show::what_is_signed(shell, quote) {
        shell.line(&format!("  {line}"));
    }
    let names = show::names(shell, client).await?;
    shell.lines(&show::beside(shell, quote, &names));
    let rest = rest(shell, client, quote).await?;
    if let Some((rest, whole)) = rest {
        let what = match shell.language {
            Language::Zh => format!("这是账单{}中的一部分，付款后还应缴{}。", shell.money(whole), shell.money(rest)),
            Language::En => {
                format!("This is a part of the bill of {}: {} stays to pay.", shell.money(whole), shell.money(rest))
            }
        };
        shell.sentences(&what, |line| shell.paint.doubt(line));
    }
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
    let watch = Watch::over(shell);
    let payment = if quote.step_up {
        code::pay(shell, client, quote, &watch).await?
    } else {
        watch.is_sending(true);
        client.pay(&quote.id).await.map_err(shell.failure())?
    };
    drop(watch);
    ended(shell, &payment, rest.map(|(rest, _)| rest))
}

/// What a bill still asks for beside a payment of a part of it, and what it asks for as a whole.
async fn rest(shell: &Shell, client: &Client, quote: &QuoteView) -> Result<Option<(Money, Money)>, Failure> {
    let known = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    let mut these =
        known.iter().filter(|bill| (&bill.biller, &bill.bill_number) == (&quote.biller, &quote.bill_number));
    let bill = these.find(|bill| bill.kind == BillKind::Bill && bill.status == BillStatus::Open);
    let rest = bill.and_then(|bill| Some((bill.amount.minus(quote.amount).ok()?, bill.amount)));
    Ok(rest.filter(|(rest, _)| rest.minor() > 0))
}

/// Done only when it is settled. Whatever else it is, it says so.
fn ended(shell: &Shell, payment: &Payment, rest: Option<Money>) -> Result<(), Failure> {
    let told = shell.explain(&payment.state);
    let summary = json!({ "payment": show::payment(payment) });
    match payment.state {
        PaymentState::Settled => {
            let done = shell.paint.sign("✓ ", "");
            shell.line(&shell.paint.good(&format!("{done}{}", told.what_happened)));
            if let Some(rest) = rest {
                let stays = shell.say("这张账单还应缴", "Of the bill there stays to pay");
                shell.line(&format!("{stays}{}{}", shell.colon(), shell.money(rest)));
            }
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
