//! `billpay receipts`: what the bank has signed, checked again each time it is shown (rows 46 to 49).

use billpay_core::{
    Client, Payment, Proof, ReceiptPage, ReceiptView,
    model::{Language, narrow},
    receipts::Break,
    text::{Arguments, Label, Value, text},
};
use serde_json::json;

mod forms;
mod others;
mod page;
mod search;
mod stats;
mod typeface;
mod verdict;

pub(super) use others::of_others;

use super::{activate, payments};
use crate::{args::Receipts, failure::Failure, paint::Align, shell::Shell, show};

const PAGE: u32 = 500;

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Option<Receipts>) -> Result<(), Failure> {
    match asked.unwrap_or(Receipts::List) {
        Receipts::List => {
            let ReceiptPage { receipts, damaged, .. } = all(shell, client).await?;
            shell.lines(&table(shell, &receipts, &payments::all(shell, client).await?.payments));
            if receipts.is_empty() && damaged == 0 {
                shell.line(shell.say("还没有回单。", "There are no receipts yet."));
                activate::hint(shell, client).await?;
            }
            say_damaged(shell, damaged);
            receipts.iter().for_each(|receipt| shell.record(&show::receipt(receipt)));
            shell.done(json!({ "receipts": receipts.len(), "damaged": damaged }));
            Ok(())
        }
        Receipts::Show { id, form: Some(form), to, font } => {
            let receipt = client.receipt(&named(shell, client, &id).await?).await.map_err(shell.failure())?;
            let payment = client.payment(&receipt.payment).await.ok();
            match to {
                Some(to) => forms::write(shell, &receipt, payment.as_ref(), form, &to, font.as_deref()),
                None => forms::show(shell, &receipt, payment.as_ref(), form),
            }
        }
        Receipts::Show { id, form: None, .. } => {
            let receipt = client.receipt(&named(shell, client, &id).await?).await.map_err(shell.failure())?;
            // Another phone's, say: then the document stands alone.
            let payment = client.payment(&receipt.payment).await.ok();
            shell.lines(&show::receipt_in_full(shell, &receipt, payment.as_ref()));
            // What came back later stands beside it (row 27).
            for later in client.documents(&receipt.payment).await.map_err(shell.failure())? {
                if later.kind == "repayment" && later.id != receipt.id {
                    shell.line("");
                    shell.lines(&show::receipt_in_full(shell, &later, payment.as_ref()));
                    shell.record(&show::receipt(&later));
                }
            }
            if receipt.proof == Proof::Invalid {
                return Err(not_genuine(shell, 1));
            }
            shell.done(show::receipt(&receipt));
            Ok(())
        }
        // What is in a file has been looked at without a profile.
        Receipts::Verify { .. } => verify(shell, client).await,
        Receipts::Search { query } => search::run(shell, client, &query).await,
        Receipts::Stats { year } => stats::run(shell, client, year).await,
        Receipts::Keys => {
            let keys = client.receipt_keys().await.map_err(shell.failure())?;
            shell.lines(&keys.lines().map(str::to_owned).collect::<Vec<_>>());
            shell.done(serde_json::from_str(&keys).unwrap_or_default());
            Ok(())
        }
    }
}

/// The id of what the person named: an id, or the number that the list shows. A restored bank counts
/// anew under a new epoch, so one number may be on two documents; which was meant, only an id tells.
async fn named(shell: &Shell, client: &Client, typed: &str) -> Result<String, Failure> {
    // No id is a short figure alone.
    let Some(number) = narrow(typed).parse::<i64>().ok().filter(|_| typed.len() <= 9) else {
        return Ok(typed.to_owned());
    };
    let mut of_number = all(shell, client).await?.receipts;
    of_number.retain(|view| view.sequence == number);
    match of_number.as_slice() {
        [] => Ok(typed.to_owned()),
        [one] => Ok(one.id.clone()),
        several => {
            let what = shell
                .say("这个序号对应多份文件，请用编号指明其中一份", "More than one has this number; name one by its id");
            // What tells them apart for whoever looks for one.
            let one = |view: &ReceiptView| {
                let bill = view.receipt.as_ref().map(|receipt| receipt.bill_number.as_str());
                let of = [Some(shell.moment_at_bank(view.issued)), bill.map(str::to_owned)];
                format!(
                    "{}{}",
                    view.id,
                    shell.aside(&of.into_iter().flatten().collect::<Vec<_>>().join(shell.say("，", ", ")))
                )
            };
            let all = several.iter().map(one).collect::<Vec<_>>().join(shell.say("、", ", "));
            Err(Failure::new("ambiguous", format!("{what}{}{all}", shell.colon())))
        }
    }
}

async fn verify(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let ReceiptPage { receipts, damaged, .. } = all(shell, client).await?;
    let breaks = client.chain_breaks().await.map_err(shell.failure())?;
    let waiting = client.waiting_documents().await.map_err(shell.failure())?.len();
    let count = |wanted: &str| receipts.iter().filter(|receipt| show::proof(&receipt.proof) == wanted).count();
    let (verified, unverifiable, invalid) = (count("verified"), count("unverifiable"), count("invalid"));
    // A new epoch is shown as that; it is no hole.
    let holes: Vec<&Break> = breaks.iter().filter(|found| !matches!(found, Break::Epoch { .. })).collect();
    shell.lines(&show::pairs(
        shell,
        &[
            (shell.say("已验签", "verified"), verified.to_string()),
            (shell.say("暂无法验证", "cannot be verified yet"), unverifiable.to_string()),
            (shell.say("验签不通过", "not genuine"), invalid.to_string()),
        ],
    ));
    breaks.iter().for_each(|found| shell.line(&format!("  {}", break_text(shell, found))));
    if waiting > 0 {
        let words = shell.count(
            waiting,
            "份文件尚读不懂：公钥未知或格式较新，既不能说真，也不能说假。请刷新或更新本程序。",
            "more document is not read yet, by a key or of a form that is not known here: neither good nor bad. Refresh, or update this program.",
            "more documents are not read yet, by a key or of a form that is not known here: neither good nor bad. Refresh, or update this \
             program.",
        );
        shell.sentences(&words, |line| shell.paint.doubt(line));
    }
    say_damaged(shell, damaged);
    let summary = json!({
        "verified": verified, "unverifiable": unverifiable, "invalid": invalid, "damaged": damaged,
        "waiting": waiting, "chain_breaks": breaks,
    });
    if invalid > 0 {
        return Err(not_genuine(shell, invalid).with(summary));
    }
    if let Some(first) = holes.first() {
        let first = break_text(shell, first);
        let more = match (holes.len() - 1, shell.language) {
            (0, _) => String::new(),
            (more, Language::Zh) => format!("（另有 {more} 处）"),
            (more, Language::En) => format!(" (and {more} more)"),
        };
        let advice = shell.say("请刷新账单；若仍如此，请联系银行。", "Refresh; if it stays like this, call your bank.");
        let what = shell.say("回单链不完整", "The chain of documents is not whole");
        return Err(Failure::new(
            "chain-broken",
            format!("{what}{}{first}{more}{}{advice}", shell.colon(), shell.stop()),
        )
        .with(summary));
    }
    // The last of the chain leaves no hole.
    if damaged > 0 {
        let what = shell.count(
            damaged,
            "份文件无法读取，也就无法核对",
            "document cannot be read, and so not be verified",
            "documents cannot be read, and so not be verified",
        );
        return Err(Failure::new("receipts-damaged", what).with(summary));
    }
    if unverifiable + waiting > 0 {
        let what = shell.count(
            unverifiable + waiting,
            "份文件暂无法验证，既不能说真，也不能说假；其余文件有效，链条完整。请刷新账单，或更新本程序。",
            "document cannot be verified yet: neither good nor bad. The others are genuine and the chain is whole. Refresh, or \
             update this program.",
            "documents cannot be verified yet: neither good nor bad. The others are genuine and the chain is whole. Refresh, or \
             update this program.",
        );
        return Err(Failure::new("unverifiable", what).with(summary));
    }
    let done = shell.paint.sign("✓ ", "");
    if receipts.is_empty() {
        shell.line(shell.say("还没有回单。", "There are no documents yet."));
    } else {
        let good = shell.say("全部回单有效，链条完整。", "Every document is genuine and the chain is whole.");
        shell.line(&shell.paint.good(&format!("{done}{good}")));
    }
    shell.done(summary);
    Ok(())
}

pub(super) fn not_genuine(shell: &Shell, count: usize) -> Failure {
    let what = shell.count(
        count,
        "份文件不是银行签署的原件。请不要据此行事，并联系银行。",
        "document is not what the bank signed. Do not rely on it; call your bank.",
        "documents are not what the bank signed. Do not rely on them; call your bank.",
    );
    Failure::new("not-genuine", what)
}

pub(super) fn break_text(shell: &Shell, found: &Break) -> String {
    let (from, to) = match found {
        Break::Missing { from, to, .. } => (*from, *to),
        Break::Fork { sequence, .. } | Break::Unlinked { sequence, .. } => (*sequence, *sequence),
        Break::Epoch { .. } => (0, 0),
    };
    let figure = |number: i64| Value::Text(number.to_string());
    let arguments = Arguments::new(&shell.zone).with("from", figure(from)).with("to", figure(to));
    text(Label::from(found), &arguments, shell.language)
}

/// Every page, as one.
pub(crate) async fn all(shell: &Shell, client: &Client) -> Result<ReceiptPage, Failure> {
    let mut all = ReceiptPage::default();
    loop {
        let page = client.receipt_page(PAGE, all.next.take()).await.map_err(shell.failure())?;
        all.receipts.extend(page.receipts);
        all.damaged += page.damaged;
        all.next = page.next;
        if all.next.is_none() {
            return Ok(all);
        }
    }
}

/// Says how many documents the file no longer gives, if there are any.
fn say_damaged(shell: &Shell, damaged: usize) {
    if damaged > 0 {
        let words = shell.count(
            damaged,
            "份文件在本机文件中已损坏，无法显示；刷新时会向银行重新取回",
            "document cannot be read any more in this phone's file; a refresh fetches it again",
            "documents cannot be read any more in this phone's file; a refresh fetches them again",
        );
        shell.line(&shell.paint.doubt(&words));
    }
}

/// The documents as a table. What was to be paid, and to whom, is
/// not in a refusal or a reversal: the payment knows it.
pub(crate) fn table(shell: &Shell, receipts: &[ReceiptView], payments: &[Payment]) -> Vec<String> {
    let rows: Vec<Vec<String>> = receipts
        .iter()
        .map(|view| {
            let payment = payments.iter().find(|payment| payment.id == view.payment);
            let (payee, bill, total) = match (&view.receipt, payment) {
                (Some(receipt), _) => (receipt.payee.clone(), receipt.bill_number.clone(), shell.money(receipt.total)),
                (None, Some(payment)) => {
                    (payment.payee.clone(), payment.bill_number.clone(), shell.money(payment.total))
                }
                (None, None) => {
                    (String::new(), String::new(), view.returned.map(|money| shell.money(money)).unwrap_or_default())
                }
            };
            vec![
                view.sequence.to_string(),
                shell.text(Label::of_document(&view.kind)),
                payee,
                bill,
                total,
                shell.moment_at_bank(view.issued),
                shell.text(Label::from(&view.proof)),
            ]
        })
        .collect();
    rows_of_documents(shell, &rows, |row, column, cell| match (column, receipts.get(row).map(|view| &view.proof)) {
        (6, Some(Proof::Verified)) => shell.paint.good(cell),
        (6, Some(Proof::Unverifiable { .. })) => shell.paint.doubt(cell),
        (6, Some(Proof::Invalid)) => shell.paint.bad(cell),
        (_, _) => cell.to_owned(),
    })
}

/// A table of documents; each row has a cell for each of these heads.
fn rows_of_documents(shell: &Shell, rows: &[Vec<String>], style: impl Fn(usize, usize, &str) -> String) -> Vec<String> {
    let issued = shell.head_at_bank(shell.say("签发时间", "issued"));
    let head = [
        (shell.say("序号", "no."), Align::Right),
        (shell.say("文件", "document"), Align::Left),
        (shell.say("收款方", "payee"), Align::Left),
        (shell.say("账单号", "bill"), Align::Left),
        (shell.say("合计", "total"), Align::Right),
        (issued.as_str(), Align::Left),
        (shell.say("验证", "proof"), Align::Left),
    ];
    shell.paint.table(&head, rows, style)
}
