//! `billpay billers` and `billpay bind`: who can be paid, and binding in two steps (rows 9 to 11).

use billpay_core::{
    Accounts, BindingEcho, Client,
    model::{BillerState, narrow},
    text::Label,
};
use serde_json::{Value, json};

use super::{activate, typed::ask_aside};
use crate::{args::Bind, failure::Failure, paint::Align, shell::Shell, show};

pub(crate) async fn billers(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let billers = client.biller_catalog(shell.language).await.map_err(shell.failure())?;
    let head = [
        (shell.say("编号", "id"), Align::Left),
        (shell.say("收费单位", "biller"), Align::Left),
        (shell.say("种类", "kind"), Align::Left),
        (shell.say("状态", "state"), Align::Left),
        (shell.say("号码示例", "a number looks like"), Align::Left),
    ];
    let rows: Vec<Vec<String>> = billers
        .iter()
        .map(|biller| {
            let (kind, state) = (shell.text(Label::from(biller.kind)), shell.text(Label::from(biller.state)));
            vec![biller.id.clone(), biller.name.clone(), kind, state, biller.number.example.clone()]
        })
        .collect();
    let closed = |row: usize| billers.get(row).is_some_and(|biller| biller.state != BillerState::Open);
    shell.lines(&shell.paint.table(&head, &rows, |row, column, cell| match column {
        0 => shell.paint.accent(cell),
        3 if closed(row) => shell.paint.doubt(cell),
        _ => cell.to_owned(),
    }));
    for biller in &billers {
        shell.record(&json!({
            "biller": biller.id, "name": biller.name, "closed": biller.state == BillerState::Closed,
            "number_label": biller.number.label.get(shell.language), "example": biller.number.example,
            "phone": biller.contact.phone,
        }));
    }
    shell.done(json!({ "billers": billers.len() }));
    Ok(())
}

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Bind) -> Result<(), Failure> {
    match asked {
        Bind::Add { biller, number, alias } => {
            let echo = client.lookup_binding(&biller, &number).await.map_err(shell.failure())?;
            shell.lines(&compare(shell, &echo));
            // Asked after the look-up: a number that is none is told for what it is, with or without a person.
            if !shell.is_attended() {
                let failure = Failure::new(
                    "needs-a-person",
                    shell.say(
                        "绑定需要有人核对，未绑定。请先运行 billpay bind lookup，核对后再运行 billpay bind confirm。",
                        "Nobody has compared, so nothing was bound. Use `billpay bind lookup`, compare, then `billpay bind confirm`.",
                    ),
                );
                return Err(failure.with(looked_up(&biller, &echo)));
            }
            let question = shell.say("是您要绑定的账户吗？[y/N]", "Is this the account that you mean? [y/N]");
            let answer = ask_aside(shell, client, question).await?;
            if !is_yes(answer.as_deref()) {
                return Err(Failure::new(
                    "not-bound",
                    shell
                        .say("未绑定。请对照账单核对号码。", "Not bound. Compare the number with the one on the bill."),
                ));
            }
            bound(shell, client, &echo, &alias).await
        }
        Bind::Lookup { biller, number } => {
            let echo = client.lookup_binding(&biller, &number).await.map_err(shell.failure())?;
            shell.lines(&compare(shell, &echo));
            shell.line(&format!(
                "{}billpay bind confirm {biller} <{}> --token {}",
                shell.say("核对无误后：", "If this is right: "),
                shell.say("号码", "NUMBER"),
                echo.token()
            ));
            shell.done(looked_up(&biller, &echo));
            Ok(())
        }
        Bind::Confirm { biller, number, token, alias } => {
            bound(shell, client, &BindingEcho::earlier(&biller, &number, &token), &alias).await
        }
        Bind::List => {
            let Accounts { accounts, damaged } = client.accounts().await.map_err(shell.failure())?;
            let head = [
                (shell.say("账户", "account"), Align::Left),
                (shell.say("收费单位", "biller"), Align::Left),
                (shell.say("号码", "number"), Align::Left),
                (shell.say("户主", "holder"), Align::Left),
                (shell.say("名称", "called"), Align::Left),
            ];
            let row = |account: &billpay_core::model::Account| {
                let masked = account.customer_number.masked();
                let (id, biller) = (account.id.clone(), account.biller.clone());
                vec![id, biller, masked, account.holder_masked.clone(), account.alias.clone()]
            };
            let rows: Vec<_> = accounts.iter().map(row).collect();
            shell.lines(&shell.paint.table(&head, &rows, |_, _, cell| cell.to_owned()));
            if damaged > 0 {
                shell.line(&shell.count(
                    damaged,
                    "个已绑定的账户无法从本机读取，刷新后会重新取回。",
                    "of the bound accounts cannot be read here; a refresh fetches it again.",
                    "of the bound accounts cannot be read here; a refresh fetches them again.",
                ));
            } else if accounts.is_empty() {
                shell.line(shell.say("尚未绑定任何账户。", "Nothing is bound yet."));
                activate::hint(shell, client).await?;
            }
            accounts.iter().for_each(|account| shell.record(&show::account(account)));
            shell.done(json!({ "bindings": accounts.len(), "damaged": damaged }));
            Ok(())
        }
        Bind::Remove { account } => {
            let gone = client.unbind(&account).await.map_err(shell.failure())?;
            shell.line(&format!("{}{}", shell.say("已解除绑定：", "Unbound: "), gone.customer_number.masked()));
            shell.done(json!({ "account": gone.id }));
            Ok(())
        }
    }
}

fn looked_up(biller: &str, echo: &BindingEcho) -> Value {
    json!({
        "biller": biller, "payee": echo.payee, "holder_masked": echo.holder_masked,
        "address_masked": echo.address_masked, "expires_at": echo.expires_at, "token": echo.token(),
    })
}

async fn bound(shell: &Shell, client: &Client, echo: &BindingEcho, alias: &str) -> Result<(), Failure> {
    let account = client.confirm_binding(echo, alias).await.map_err(shell.failure())?;
    let done = shell.paint.sign("✓ ", "");
    let line = format!("{done}{}{}", shell.say("已绑定：", "Bound: "), account.customer_number.masked());
    shell.line(&shell.paint.good(&line));
    shell.line(shell.say("下一步：billpay bills", "Next: billpay bills"));
    shell.done(show::account(&account));
    Ok(())
}

/// What the person compares before binding.
pub(crate) fn compare(shell: &Shell, echo: &BindingEcho) -> Vec<String> {
    show::pairs(
        shell,
        &[
            (shell.say("收费单位", "biller"), echo.payee.clone()),
            (shell.say("户号", "customer"), echo.customer_number.masked()),
            (shell.say("户主", "holder"), echo.holder_masked.clone()),
            (shell.say("地址", "address"), echo.address_masked.clone()),
        ],
    )
}

/// Only a plain yes is one.
pub(crate) fn is_yes(answer: Option<&str>) -> bool {
    answer.is_some_and(|answer| ["y", "yes", "是", "是的"].contains(&narrow(answer).trim().to_lowercase().as_str()))
}
