//! `billpay bills`: what is owed, with its age (rows 14 and 18).

use billpay_core::{BillStatus, BillView, Client, model::BillKind, text::Label, text::format};
use serde_json::json;

use crate::{
    failure::Failure,
    paint::{Align, pad, width},
    shell::Shell,
    show,
};

pub(crate) async fn run(
    shell: &Shell,
    client: &Client,
    refresh: bool,
    sum: Option<(String, String)>,
) -> Result<(), Failure> {
    if refresh {
        client.refresh().await.map_err(shell.failure())?;
        for account in client.accounts().await.map_err(shell.failure())?.accounts {
            // One biller that does not answer does not hide the others.
            if let Err(error) = client.query_bills(&account.id).await {
                let told = shell.explain(&error);
                crate::shell::warn(&format!("{}: {}", account.biller, told.line(shell.language)));
            }
        }
    }
    if let Some((sum, account)) = sum {
        return spread(shell, client, &account, &sum).await;
    }
    let known = client.bills(shell.language).await.map_err(shell.failure())?;
    shell.lines(&table(shell, &known.bills));
    let age = match known.as_of {
        Some(at) => format!("{} {}", shell.say("更新于", "as of"), shell.moment(at)),
        None => shell.say("尚未从银行更新", "never refreshed").to_owned(),
    };
    if known.bills.is_empty() {
        shell.line(shell.say("没有账单。", "There are no bills."));
    }
    shell.line(&shell.paint.dim(&age));
    if known.damaged > 0 {
        let words = shell.say(
            "张账单无法从本机读取，刷新后会重新取回。",
            "of the bills cannot be read here; a refresh fetches them again.",
        );
        shell.line(&format!("{} {words}", known.damaged));
    }
    if let Some(open) = known.bills.iter().find(|bill| bill.status == BillStatus::Open) {
        let amount = match open.kind {
            BillKind::TopUp => format!(" --amount {}", format::figure(open.minimum, shell.language)),
            BillKind::Bill | BillKind::Unknown => String::new(),
        };
        let next = shell.say("下一步：", "Next: ");
        shell.line(&format!("{next}billpay pay {} {}{amount}", open.biller, open.bill_number));
    }
    known.bills.iter().for_each(|bill| shell.record(&show::bill(bill)));
    shell.done(json!({ "bills": known.bills.len(), "damaged": known.damaged, "as_of": known.as_of }));
    Ok(())
}

/// Which bills a sum would pay, the oldest first (row 15).
async fn spread(shell: &Shell, client: &Client, account: &str, sum: &str) -> Result<(), Failure> {
    let sum = super::pay::amount(shell, sum)?;
    let spread = client.spread(account, sum).await.map_err(shell.failure())?;
    let mut pairs: Vec<(&str, String)> =
        spread.shares.iter().map(|(bill, share)| (bill.as_str(), shell.money(*share))).collect();
    pairs.push((shell.say("剩余", "left"), shell.money(spread.left)));
    shell.lines(&show::pairs(shell, &pairs));
    for (bill, share) in &spread.shares {
        shell.record(&json!({ "bill_number": bill, "amount": show::money(*share) }));
    }
    shell.done(json!({ "bills": spread.shares.len(), "left": show::money(spread.left) }));
    Ok(())
}

/// The bills as a table.
pub(crate) fn table(shell: &Shell, bills: &[BillView]) -> Vec<String> {
    let head = [
        (shell.say("收费单位", "biller"), Align::Left),
        (shell.say("户号", "customer"), Align::Left),
        (shell.say("账单号", "bill"), Align::Left),
        (shell.say("账期", "period"), Align::Left),
        (shell.say("截止日", "due"), Align::Left),
        (shell.say("应缴", "asks"), Align::Right),
        (shell.say("状态", "status"), Align::Left),
    ];
    let rows: Vec<Vec<String>> = bills
        .iter()
        .map(|bill| {
            let asks = match bill.kind {
                BillKind::TopUp => shell.say("任选", "as you like").to_owned(),
                BillKind::Bill | BillKind::Unknown => shell.money(bill.amount),
            };
            vec![
                bill.biller_name.clone(),
                bill.customer_number_masked.clone(),
                format!("{} {}", bill.biller, bill.bill_number),
                bill.period.as_deref().map(|period| format::period(period, shell.language)).unwrap_or_default(),
                bill.due_date.map(|due| format::date(due, shell.language)).unwrap_or_default(),
                asks,
                shell.text(Label::from(&bill.status)),
            ]
        })
        .collect();
    let status = |row: usize| bills.get(row).map(|bill| &bill.status);
    shell.paint.table(&head, &rows, |row, column, cell| match (column, status(row)) {
        (2, _) => shell.paint.accent(cell),
        (5, Some(BillStatus::Open)) => shell.paint.bold(cell),
        (6, Some(BillStatus::Paid)) => shell.paint.good(cell),
        (6, Some(BillStatus::Checking { .. } | BillStatus::PaidElsewhere)) => shell.paint.doubt(cell),
        (_, _) => cell.to_owned(),
    })
}

/// One bill with what it is made of, amounts under each other.
pub(crate) fn in_full(shell: &Shell, bill: &BillView) -> Vec<String> {
    let mut pairs = vec![(shell.say("账单号", "bill"), bill.bill_number.clone())];
    if let Some(period) = &bill.period {
        pairs.push((shell.say("账期", "period"), format::period(period, shell.language)));
    }
    if let Some(due) = bill.due_date {
        pairs.push((shell.say("截止日", "due"), format::date(due, shell.language)));
    }
    let asks = (shell.say("应缴", "asks"), shell.money(bill.amount));
    let items = bill.items.iter().map(|item| (item.label.as_str(), shell.money(item.amount)));
    let amounts: Vec<(&str, String)> = items.chain([asks]).collect();
    let widest = amounts.iter().map(|(_, amount)| width(amount)).max().unwrap_or(0);
    let last = amounts.len().saturating_sub(1);
    for (at, (label, amount)) in amounts.iter().enumerate() {
        let amount = pad(amount, widest, Align::Right);
        pairs.push((label, if at == last { shell.paint.bold(&amount) } else { amount }));
    }
    show::pairs(shell, &pairs)
}
