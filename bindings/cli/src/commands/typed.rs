//! What a person types: sums, what they call a binding, a yes.

use std::time::Duration;

use billpay_core::{
    Client,
    error::{OpenError, UsualError},
    model::{Account, Currency, Money, MoneyError},
    store::OpenError as ProfileError,
};

use super::bind::is_yes;
use crate::{failure::Failure, output, shell::Shell};

/// How often a profile that another program has is asked for again after an answer, and after how long.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// Asks, and lets go of the profile until there is an answer, so that others may look into it meanwhile. Not for what pays:
/// the profile is held there from what is shown to the order, so that no other program makes another one in between.
pub(super) async fn ask_aside(shell: &Shell, client: &Client, question: &str) -> Result<Option<String>, Failure> {
    client.suspend().await.map_err(shell.failure())?;
    let answer = shell.ask(question);
    for _ in 0..TRIES {
        match client.resume().await {
            Err(OpenError::Profile(ProfileError::InUse)) => tokio::time::sleep(PAUSE).await,
            resumed => return resumed.map(|()| answer).map_err(shell.failure()),
        }
    }
    client.resume().await.map(|()| answer).map_err(shell.failure())
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
                "这不是金额。请以元为单位写成数字，最多两位小数，例如 50 或 49.90。没有扣款。",
                "That is not an amount. Write it in yuan, with at most two decimal places, such as 50 or 49.90. No money moved.",
            ),
        };
        Failure::new(code, shell.say(zh, en)).of_usage()
    })
}

/// The binding of that id, or the one that the person calls so.
pub(super) async fn named(shell: &Shell, client: &Client, name: &str) -> Result<Account, Failure> {
    let accounts = client.accounts().await.map_err(shell.failure())?.accounts;
    if let Some(account) = accounts.iter().find(|account| account.id == name) {
        return Ok(account.clone());
    }
    let mut called = accounts.into_iter().filter(|account| !name.is_empty() && account.alias == name);
    match (called.next(), called.next()) {
        (Some(account), None) => Ok(account),
        (None, _) => Err(shell.failure()(UsualError::UnknownAccount)),
        // Money goes to no guess.
        (Some(_), Some(_)) => Err(Failure::new(
            "account-not-unique",
            shell.say(
                "有多个账户叫这个名称，未付款。请用 billpay bind list 中的编号。",
                "More than one account is called so; nothing was paid. Use its id from `billpay bind list`.",
            ),
        )),
    }
}

/// Biller and number of the bill that is meant, as they are written: who types letters small that stand large on the bill
/// means that bill, where there is one alone. Else as it was typed.
pub(super) async fn bill(
    shell: &Shell,
    client: &Client,
    biller: &str,
    bill: &str,
) -> Result<(String, String), Failure> {
    let known = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    let as_typed = || (biller.to_owned(), bill.to_owned());
    if known.iter().any(|known| (known.biller.as_str(), known.bill_number.as_str()) == (biller, bill)) {
        return Ok(as_typed());
    }
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let mut meant = known.into_iter().filter(|known| same(&known.biller, biller) && same(&known.bill_number, bill));
    Ok(match (meant.next(), meant.next()) {
        (Some(meant), None) => (meant.biller, meant.bill_number),
        (None, _) | (Some(_), Some(_)) => as_typed(),
    })
}

/// Goes on only with a yes, given now or in advance, to what could be shown.
pub(super) fn confirm(shell: &Shell, question: &str, yes: bool) -> Result<(), Failure> {
    if let Some(why) = output::lost() {
        let what =
            shell.say("要签署的内容无法显示，未付款", "What is to be signed could not be shown, so nothing was paid");
        return Err(Failure::new("not-shown", format!("{what}{}", shell.aside(why))));
    }
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
