//! What was paid, by month and biller (rows 19 and 77). Every figure stands in words; the bars only repeat them, and
//! are drawn on a terminal alone: a screen reader, a pipe and a terminal without symbols get shares in per cent.

use std::collections::BTreeMap;

use billpay_core::{
    Client, Statistics,
    model::{Currency, Money},
    receipts::Month,
    text::format,
};
use serde_json::{Value, json};

use crate::{failure::Failure, paint::Align, shell::Shell, show};

/// How long the longest bar is.
const BAR: i128 = 24;

pub(super) async fn run(shell: &Shell, client: &Client, year: Option<i16>) -> Result<(), Failure> {
    let mut statistics = client.statistics().await.map_err(shell.failure())?;
    statistics.months.retain(|month| year.is_none_or(|year| month.year == year));
    let names: BTreeMap<String, String> = client
        .biller_catalog(shell.language)
        .await
        .map_err(shell.failure())?
        .into_iter()
        .map(|biller| (biller.id, biller.name))
        .collect();
    shell.lines(&by_month(shell, &statistics.months));
    if statistics.months.is_empty() {
        shell.line(shell.say("没有回单。", "There are no receipts."));
    } else {
        shell.line("");
        shell.lines(&by_biller(shell, &statistics.months, &names));
    }
    warn(shell, &statistics);
    statistics.months.iter().for_each(|month| shell.record(&record(month)));
    let sums = sums(&statistics.months);
    let too_large: Vec<&str> =
        sums.iter().filter(|(_, sum)| sum.is_none()).map(|(currency, _)| currency.code()).collect();
    if !too_large.is_empty() {
        let words = shell.say("数额过大，无法合计", "too large to be added up");
        shell.line(&shell.paint.doubt(&format!("{}: {words}", too_large.join(", "))));
    }
    let totals: Vec<Value> = sums.values().copied().flatten().map(show::money).collect();
    let receipts: u32 = statistics.months.iter().map(|month| month.sum.receipts).sum();
    shell.done(json!({
        "months": statistics.months.len(), "receipts": receipts, "totals": totals, "too_large": too_large,
        "waiting": statistics.waiting, "unverified": statistics.unverified, "damaged": statistics.damaged,
    }));
    Ok(())
}

fn warn(shell: &Shell, statistics: &Statistics) {
    for (count, zh, one, more) in [
        (
            statistics.waiting,
            "份文件在等待银行的公钥或新版应用，没有计入",
            "document waits for a key of the bank, or a newer app, and is not counted",
            "documents wait for a key of the bank, or a newer app, and are not counted",
        ),
        (
            statistics.unverified,
            "份文件验签不通过，没有计入",
            "document does not verify and is not counted",
            "documents do not verify and are not counted",
        ),
        (
            statistics.damaged,
            "份文件无法从本机读取，没有计入",
            "document cannot be read here and is not counted",
            "documents cannot be read here and are not counted",
        ),
    ] {
        if count > 0 {
            shell.line(&shell.paint.doubt(&shell.count(count, zh, one, more)));
        }
    }
}

/// The sum of each currency; `None` where it is beyond what an amount can be.
fn sums(months: &[Month]) -> BTreeMap<Currency, Option<Money>> {
    let mut sums: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for month in months {
        sums.entry(month.currency)
            .and_modify(|sum| *sum = sum.zip(month.sum.total).and_then(|(sum, more)| sum.plus(more).ok()))
            .or_insert(month.sum.total);
    }
    sums
}

fn by_month(shell: &Shell, months: &[Month]) -> Vec<String> {
    let mut head = vec![
        (shell.say("月份", "month"), Align::Left),
        (shell.say("笔数", "receipts"), Align::Right),
        (shell.say("合计", "total"), Align::Right),
        (shell.say("其中手续费", "fees"), Align::Right),
        (shell.say("后来退回", "given back"), Align::Right),
        (shell.say("占比", "share"), Align::Right),
    ];
    if shell.paint.is_rich() {
        head.push(("", Align::Left));
    }
    let sums = sums(months);
    let highest = |currency| {
        months.iter().filter(|it| it.currency == currency).filter_map(|it| it.sum.total).max_by_key(|it| it.minor())
    };
    let rows: Vec<Vec<String>> = months
        .iter()
        .map(|month| {
            let total = month.sum.total;
            let of_all = sums.get(&month.currency).copied().flatten();
            let mut row = vec![
                format::period(&format!("{:04}-{:02}", month.year, month.month), shell.language),
                month.sum.receipts.to_string(),
                money(shell, total),
                money(shell, month.sum.fee),
                money(shell, month.sum.returned),
                share(total, of_all),
            ];
            if shell.paint.is_rich() {
                row.push(bar(total, highest(month.currency)));
            }
            row
        })
        .collect();
    shell.paint.table(
        &head,
        &rows,
        |_, column, cell| if column == 6 { shell.paint.accent(cell) } else { cell.to_owned() },
    )
}

fn by_biller(shell: &Shell, months: &[Month], names: &BTreeMap<String, String>) -> Vec<String> {
    let mut billers: BTreeMap<(Currency, &str), (String, u32, Option<Money>)> = BTreeMap::new();
    for (month, of) in months.iter().flat_map(|month| month.billers.iter().map(move |of| (month, of))) {
        let name = names.get(&of.biller).unwrap_or(&of.payee).clone();
        let row = billers.entry((month.currency, &of.biller)).or_insert((name, 0, Money::new(0, month.currency).ok()));
        row.1 += of.figures.receipts;
        row.2 = row.2.zip(of.figures.total).and_then(|(sum, more)| sum.plus(more).ok());
    }
    let sums = sums(months);
    let mut billers: Vec<_> = billers.into_iter().collect();
    billers.sort_by_key(|((currency, biller), (_, _, total))| {
        (*currency, std::cmp::Reverse(total.map(Money::minor)), *biller)
    });
    let head = [
        (shell.say("收费单位", "biller"), Align::Left),
        (shell.say("笔数", "receipts"), Align::Right),
        (shell.say("合计", "total"), Align::Right),
        (shell.say("占比", "share"), Align::Right),
    ];
    let rows: Vec<Vec<String>> = billers
        .into_iter()
        .map(|((currency, _), (name, receipts, total))| {
            let of_all = sums.get(&currency).copied().flatten();
            vec![name, receipts.to_string(), money(shell, total), share(total, of_all)]
        })
        .collect();
    shell.paint.table(&head, &rows, |_, _, cell| cell.to_owned())
}

fn money(shell: &Shell, money: Option<Money>) -> String {
    money.map_or_else(|| shell.say("数额过大", "too large").to_owned(), |money| shell.money(money))
}

/// In whole per cent, to the nearest; what is there is never said to be nothing.
fn share(part: Option<Money>, of: Option<Money>) -> String {
    let Some((part, of)) = part.zip(of).filter(|(_, of)| of.minor() > 0) else { return String::new() };
    let (part, of) = (i128::from(part.minor()), i128::from(of.minor()));
    match (part * 200 + of) / (of * 2) {
        0 if part > 0 => "<1%".to_owned(),
        share => format!("{share}%"),
    }
}

fn bar(part: Option<Money>, of: Option<Money>) -> String {
    let Some((part, of)) = part.zip(of).filter(|(_, of)| of.minor() > 0) else { return String::new() };
    let length = (i128::from(part.minor()) * BAR).div_euclid(i128::from(of.minor()));
    let length = if part.minor() > 0 { length.max(1) } else { 0 };
    "█".repeat(usize::try_from(length).unwrap_or_default())
}

fn record(month: &Month) -> Value {
    let figures = |figures: &billpay_core::receipts::Figures| {
        json!({
            "receipts": figures.receipts, "total": figures.total.map(show::money), "fee": figures.fee.map(show::money),
            "returned": figures.returned.map(show::money),
        })
    };
    let mut record = figures(&month.sum);
    if let Some(members) = record.as_object_mut() {
        members.insert("month".to_owned(), format!("{:04}-{:02}", month.year, month.month).into());
        members.insert("currency".to_owned(), month.currency.code().into());
        let billers = month.billers.iter().map(|of| {
            let mut biller = figures(&of.figures);
            if let Some(members) = biller.as_object_mut() {
                members.insert("biller".to_owned(), of.biller.clone().into());
                members.insert("payee".to_owned(), of.payee.clone().into());
            }
            biller
        });
        members.insert("billers".to_owned(), billers.collect());
    }
    record
}
