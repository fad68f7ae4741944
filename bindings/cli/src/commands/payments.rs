//! `billpay payments`: the payments of this device, newest first.

use billpay_core::{Client, Payment, PaymentPage, text::PaymentText};
use serde_json::json;

use super::activate;
use crate::{failure::Failure, paint::Align, shell::Shell, show};

/// As much as one page of the core has.
const PAGE: u32 = 500;

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let PaymentPage { payments, damaged, .. } = all(shell, client).await?;
    shell.lines(&table(shell, &payments));
    if damaged > 0 {
        let words = shell.say(
            "笔付款在本机文件中已损坏，无法显示；收据另存，不受影响",
            "payments cannot be read any more in this phone's file; their receipts are kept apart (billpay receipts)",
        );
        shell.line(&format!("{damaged} {words}"));
    }
    if payments.is_empty() && damaged == 0 {
        shell.line(shell.say("还没有付款。", "There are no payments yet."));
        activate::hint(shell, client).await?;
    }
    payments.iter().for_each(|payment| shell.record(&show::payment(payment)));
    shell.done(json!({ "payments": payments.len(), "damaged": damaged }));
    Ok(())
}

/// Every page, as one.
pub(crate) async fn all(shell: &Shell, client: &Client) -> Result<PaymentPage, Failure> {
    let mut all = PaymentPage { payments: Vec::new(), damaged: 0, next: None };
    loop {
        let page = client.payment_page(PAGE, all.next.take()).await.map_err(shell.failure())?;
        all.payments.extend(page.payments);
        all.damaged += page.damaged;
        all.next = page.next;
        if all.next.is_none() {
            return Ok(all);
        }
    }
}

/// The payments as a table.
pub(crate) fn table(shell: &Shell, payments: &[Payment]) -> Vec<String> {
    let head = [
        (shell.say("收款方", "payee"), Align::Left),
        (shell.say("账单号", "bill"), Align::Left),
        (shell.say("合计", "total"), Align::Right),
        (shell.say("状态", "state"), Align::Left),
        (shell.say("时间", "when"), Align::Left),
        (shell.say("付款编号", "payment"), Align::Left),
    ];
    let rows: Vec<Vec<String>> = payments
        .iter()
        .map(|payment| {
            let (total, when) = (shell.money(payment.total), shell.moment(payment.created));
            let (payee, bill) = (payment.payee.clone(), payment.bill_number.clone());
            vec![payee, bill, total, shell.text(PaymentText::word_of(payment)), when, payment.id.clone()]
        })
        .collect();
    shell.paint.table(&head, &rows, |row, column, cell| match (column, payments.get(row)) {
        (3, Some(payment)) => show::coloured(shell, &payment.state, cell),
        (5, _) => shell.paint.dim(cell),
        (_, _) => cell.to_owned(),
    })
}
