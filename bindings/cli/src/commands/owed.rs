//! `billpay owed`: what is owed over all bindings, with its age (row 52).

use billpay_core::{Client, text::format};
use serde_json::json;

use super::activate;
use crate::{failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let owed = client.owed().await.map_err(shell.failure())?;
    if owed.bills == 0 {
        shell.line(if owed.doubts.is_empty() {
            shell.say("据本机所知，没有应缴的账单。", "As far as is known here, nothing is owed.")
        } else {
            shell.say(
                "据本机所知，除正在核实的以外，没有应缴的账单。",
                "As far as is known here, nothing is owed beside what is being checked.",
            )
        });
        activate::hint(shell, client).await?;
    } else {
        let mut totals: Vec<String> = owed.totals.iter().map(|total| shell.money(*total)).collect();
        let too_large = shell.say("数额过大，无法合计", "too large to be added up");
        totals.extend(owed.too_large.iter().map(|currency| format!("{}{}", currency.code(), shell.aside(too_large))));
        let mut pairs = vec![
            (shell.say("应缴合计", "owed"), shell.paint.bold(&totals.join(" + "))),
            (shell.say("账单", "bills"), owed.bills.to_string()),
        ];
        if let Some(due) = owed.first_due {
            pairs.push((shell.say("最早到期", "first due"), format::date(due, shell.language)));
        }
        if let Some(oldest) = owed.oldest {
            pairs.push((shell.say("最早更新于", "at least as old as"), shell.moment(oldest)));
        }
        shell.lines(&show::pairs(shell, &pairs));
    }
    for doubt in &owed.doubts {
        let words = shell.say("正在核实，未计入", "is being checked: left out");
        // Of a top-up on another device it is not known here.
        let amount = Some(doubt.amount).filter(|amount| amount.minor() > 0);
        let amount = amount.map(|amount| format!("  {}", shell.money(amount))).unwrap_or_default();
        shell.line(&shell.paint.doubt(&format!("{} {}{amount}  {words}", doubt.biller, doubt.bill_number)));
    }
    for (count, zh, one, more) in [
        (
            owed.unknown,
            "张账单须更新应用才能查看，未计入",
            "bill of a later version is left out: update the app",
            "bills of a later version are left out: update the app",
        ),
        (
            owed.damaged,
            "张账单无法从本机读取，未计入",
            "bill cannot be read here and is left out",
            "bills cannot be read here and are left out",
        ),
    ] {
        if count > 0 {
            shell.line(&shell.paint.doubt(&shell.count(count, zh, one, more)));
        }
    }
    let doubts = owed.doubts.iter().map(|doubt| {
        json!({
            "biller": doubt.biller, "bill_number": doubt.bill_number, "amount": show::money(doubt.amount),
            "payment_id": doubt.payment,
        })
    });
    shell.done(json!({
        "totals": owed.totals.iter().map(|total| show::money(*total)).collect::<Vec<_>>(), "bills": owed.bills,
        "too_large": owed.too_large.iter().map(|currency| currency.code()).collect::<Vec<_>>(),
        "oldest": owed.oldest, "first_due": owed.first_due, "doubts": doubts.collect::<Vec<_>>(),
        "unknown": owed.unknown, "damaged": owed.damaged,
    }));
    Ok(())
}
