//! `billpay bills`: what is owed, with its age (rows 14 and 18).

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use billpay_core::{
    BillStatus, BillView, Client,
    error::{Fault, UsualError},
    model::{Account, BillKind, Language, Money},
    text::{Label, format},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{activate, receipts, typed};
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
    sum: Option<String>,
    account: Option<String>,
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
    let account = match &account {
        Some(name) => Some(typed::named(shell, client, name).await?),
        None => None,
    };
    if let Some(sum) = sum {
        return spread(shell, client, account, &sum).await;
    }
    let mut known = client.bills(shell.language).await.map_err(shell.failure())?;
    known.bills.retain(|bill| account.as_ref().is_none_or(|account| bill.account == account.id));
    // What is due first stands first; what has no date has no hurry.
    known.bills.sort_by_key(|bill| (bill.due_date.is_none(), bill.due_date));
    let today = today(known.as_of);
    let paid = Paid::of(shell, client, &known.bills).await?;
    shell.lines(&table(shell, &known.bills, &paid, today));
    let age = age(shell, &known.bills, known.as_of);
    let none = known.bills.is_empty() && known.damaged == 0;
    if none {
        shell.line(shell.say("没有账单。", "There are no bills."));
    }
    shell.line(&shell.paint.dim(&age));
    if none {
        let next = next(shell, client, known.as_of.is_some()).await.map_err(shell.failure())?;
        shell.line(&format!("{}{next}", shell.say("下一步：", "Next: ")));
    }
    if known.damaged > 0 {
        shell.line(&shell.count(
            known.damaged,
            "张账单无法从本机读取，刷新后会重新取回。",
            "bill cannot be read here; a refresh fetches it again.",
            "bills cannot be read here; a refresh fetches them again.",
        ));
    }
    if let Some(open) = known.bills.iter().find(|bill| bill.status == BillStatus::Open) {
        let amount = match open.kind {
            BillKind::TopUp => format!(" --amount {}", format::figure(open.minimum, shell.language)),
            BillKind::Bill | BillKind::Unknown => String::new(),
        };
        let next = shell.say("下一步：", "Next: ");
        shell.line(&format!("{next}billpay pay {} {}{amount}", open.biller, open.bill_number));
    }
    for bill in &known.bills {
        let mut record = show::bill(bill);
        if let Some(members) = record.as_object_mut() {
            members.extend(due(bill, today).map(|due| ("due".to_owned(), due.key().into())));
            members.extend(paid.amount(bill).map(|paid| ("paid".to_owned(), show::money(paid))));
        }
        shell.record(&record);
    }
    shell.done(json!({ "bills": known.bills.len(), "damaged": known.damaged, "as_of": known.as_of }));
    Ok(())
}

/// The last refresh, and when the last single bill was heard of after it: by asking its biller, or by a quote.
fn age(shell: &Shell, bills: &[BillView], as_of: Option<Timestamp>) -> String {
    let Some(refreshed) = as_of else { return shell.say("尚未从银行更新", "never refreshed").to_owned() };
    let at = shell.moment(refreshed);
    let mut age = format!("{}{at}", shell.say("上次刷新：", "last refresh: "));
    let newest = bills.iter().map(|bill| bill.as_of).max().filter(|newest| *newest > refreshed);
    // Within a minute it would look as if it were the same.
    if let Some(newest) = newest.map(|newest| shell.moment(newest)).filter(|newest| *newest != at) {
        let words = shell.say("；其后有账单单独更新，最近于", "; single bills were heard of since, the last one at");
        age.push_str(&format!("{words} {newest}"));
    }
    age
}

/// What makes bills show where there are none.
async fn next<'a>(shell: &Shell, client: &Client, refreshed: bool) -> Result<&'a str, Fault> {
    let profile = client.profile().await?;
    if !profile.active {
        return Ok(activate::command(shell, profile.activation.as_ref()));
    }
    let bound = !client.accounts().await?.accounts.is_empty();
    Ok(if refreshed && !bound {
        shell.say("billpay bind add <收费单位> <号码>", "billpay bind add BILLER NUMBER")
    } else {
        "billpay bills --refresh"
    })
}

/// Which bills a sum would pay, the oldest first (row 15).
async fn spread(shell: &Shell, client: &Client, account: Option<Account>, sum: &str) -> Result<(), Failure> {
    let sum = typed::amount(shell, sum)?;
    let account = match account {
        Some(account) => account,
        None => {
            let mut bound = client.accounts().await.map_err(shell.failure())?.accounts.into_iter();
            match (bound.next(), bound.next()) {
                (Some(only), None) => only,
                (None, _) => return Err(shell.failure()(UsualError::UnknownAccount)),
                (Some(_), Some(_)) => {
                    let line = shell.say(
                        "请用 --account 指明是哪个账户的账单。命令：billpay bind list",
                        "Say with --account of which binding. Command: `billpay bind list`.",
                    );
                    return Err(Failure::new("which-account", line));
                }
            }
        }
    };
    let spread = client.spread(&account.id, sum).await.map_err(shell.failure())?;
    let known = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    // Of a part, what it is a part of.
    let share = |(number, share): &(String, Money)| {
        let whole = known.iter().find(|bill| bill.account == account.id && bill.bill_number == *number);
        let whole = whole.map(|bill| bill.amount).filter(|whole| whole != share);
        let of = whole.map(|whole| match shell.language {
            Language::Zh => format!("账单{}", shell.money(whole)),
            Language::En => format!("of {}", shell.money(whole)),
        });
        format!("{}{}", shell.money(*share), of.map(|of| shell.aside(&of)).unwrap_or_default())
    };
    let mut pairs: Vec<(&str, String)> = spread.shares.iter().map(|one| (one.0.as_str(), share(one))).collect();
    pairs.push((shell.say("这笔钱未用", "not used"), shell.money(spread.left)));
    shell.lines(&show::pairs(shell, &pairs));
    for bill in &spread.waiting {
        let what = shell.say("正在核实，不分配", "is being checked: it gets nothing");
        shell.line(&shell.paint.doubt(&format!("{bill}  {what}")));
    }
    if spread.shares.is_empty() && spread.waiting.is_empty() {
        shell.line(shell.say(
            "没有一张账单能用这个金额支付。查看：billpay bills",
            "No bill can be paid by this sum. See: billpay bills",
        ));
    }
    for (bill, share) in &spread.shares {
        shell.record(&json!({ "bill_number": bill, "amount": show::money(*share) }));
    }
    shell.done(json!({
        "bills": spread.shares.len(), "left": show::money(spread.left), "waiting": spread.waiting,
    }));
    Ok(())
}

/// How an open bill stands to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Today,
    Late,
}

impl Due {
    /// A bill may be paid in time on the whole of its last day.
    fn of(due: Date, today: Date) -> Option<Self> {
        match due.cmp(&today) {
            Ordering::Less => Some(Self::Late),
            Ordering::Equal => Some(Self::Today),
            Ordering::Greater => None,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Late => "late",
        }
    }
}

/// The day that the bank has, in the zone in which due dates count. A device whose clock is behind is
/// led by what the bank last showed.
fn today(as_of: Option<Timestamp>) -> Option<Date> {
    let now = Timestamp::now();
    let zone = TimeZone::get("Asia/Shanghai").ok()?;
    Some(as_of.map_or(now, |as_of| as_of.max(now)).to_zoned(zone).date())
}

fn due(bill: &BillView, today: Option<Date>) -> Option<Due> {
    Due::of(bill.due_date.filter(|_| bill.status == BillStatus::Open)?, today?)
}

/// What was paid of bills that are paid, by biller and bill number. A bill asks for nothing then, as soon as the bank has
/// said so; who looks for it wants to know how much it was.
struct Paid(BTreeMap<(String, String), Money>);

impl Paid {
    /// By the bank's receipts, of all devices; without what came back as a whole.
    async fn of(shell: &Shell, client: &Client, bills: &[BillView]) -> Result<Self, Failure> {
        let is_paid = |bill: &BillView| bill.status == BillStatus::Paid && bill.kind != BillKind::TopUp;
        let bills: BTreeSet<_> = bills.iter().filter(|bill| is_paid(bill)).map(key).collect();
        if bills.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let documents = receipts::all(shell, client).await?.receipts;
        // What a restored bank issues anew is the same: one receipt a payment, one repayment a number.
        let settled: BTreeMap<_, _> =
            documents.iter().filter_map(|it| Some((it.payment.as_str(), it.receipt.as_ref()?))).collect();
        let repaid: BTreeMap<_, _> = documents
            .iter()
            .filter_map(|it| it.repayment.as_ref().map(|back| (back.bank_serial.as_str(), (it.payment.as_str(), back))))
            .collect();
        let mut paid: BTreeMap<(String, String), Money> = BTreeMap::new();
        for (payment, receipt) in settled {
            let key = (receipt.biller.clone(), receipt.bill_number.clone());
            let back = repaid.values().filter(|(of, _)| *of == payment).map(|(_, back)| back.returned.minor());
            if bills.contains(&key) && back.sum::<i64>() < receipt.total.minor() {
                let sum = paid.get(&key).map_or(Ok(receipt.amount), |before| before.plus(receipt.amount));
                paid.insert(key, sum.unwrap_or(receipt.amount));
            }
        }
        Ok(Self(paid))
    }

    /// Of a bill that is paid; what it asked for last where no receipt is here, and nothing where that is gone, too.
    fn amount(&self, bill: &BillView) -> Option<Money> {
        if bill.status != BillStatus::Paid || bill.kind == BillKind::TopUp {
            return None;
        }
        self.0.get(&key(bill)).copied().or(Some(bill.amount).filter(|amount| amount.minor() > 0))
    }
}

fn key(bill: &BillView) -> (String, String) {
    (bill.biller.clone(), bill.bill_number.clone())
}

/// The bills as a table.
fn table(shell: &Shell, bills: &[BillView], paid: &Paid, today: Option<Date>) -> Vec<String> {
    let head = [
        (shell.say("收费单位", "biller"), Align::Left),
        (shell.say("户号", "customer"), Align::Left),
        (shell.say("账单号", "bill"), Align::Left),
        (shell.say("账期", "period"), Align::Left),
        (shell.say("截止日", "due"), Align::Left),
        // What is owed, or what was: the status beside it says which.
        (shell.say("金额", "amount"), Align::Right),
        (shell.say("状态", "status"), Align::Left),
    ];
    let rows: Vec<Vec<String>> = bills
        .iter()
        .map(|bill| {
            let asks = match (bill.kind, &bill.status) {
                (BillKind::TopUp, _) => shell.say("任选", "as you like").to_owned(),
                (_, BillStatus::Paid) => paid.amount(bill).map_or_else(|| "-".to_owned(), |paid| shell.money(paid)),
                (BillKind::Bill | BillKind::Unknown, _) => shell.money(bill.amount),
            };
            vec![
                bill.biller_name.clone(),
                bill.customer_number_masked.clone(),
                format!("{} {}", bill.biller, bill.bill_number),
                bill.period.as_deref().map(|period| format::period(period, shell.language)).unwrap_or_default(),
                match (bill.due_date.map(|date| format::date(date, shell.language)), due(bill, today)) {
                    (None, _) => String::new(),
                    (Some(date), None) => date,
                    (Some(date), Some(Due::Today)) => format!("{date} {}", shell.say("今日", "today")),
                    (Some(date), Some(Due::Late)) => format!("{date} {}", shell.say("逾期", "late")),
                },
                asks,
                match (bill.kind, &bill.status) {
                    // It asks for nothing.
                    (BillKind::TopUp, BillStatus::Open) => shell.say("可充值", "top-up").to_owned(),
                    (_, status) => shell.text(Label::from(status)),
                },
            ]
        })
        .collect();
    let status = |row: usize| bills.get(row).map(|bill| &bill.status);
    shell.paint.table(&head, &rows, |row, column, cell| match (column, status(row)) {
        (2, _) => shell.paint.accent(cell),
        (4, _) if bills.get(row).is_some_and(|bill| due(bill, today).is_some()) => shell.paint.doubt(cell),
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn row_14_a_bill_is_late_from_the_banks_midnight_on_whatever_the_phones_clock_says() {
        // Far ahead of this phone: 23:59:59 and 00:00 in Shanghai.
        let due_date: Date = "2199-12-05".parse().unwrap();
        let due_at = |as_of: &str| Due::of(due_date, today(Some(as_of.parse().unwrap())).unwrap());
        assert_eq!(due_at("2199-12-04T15:59:59Z"), None);
        assert_eq!(due_at("2199-12-04T16:00:00Z"), Some(Due::Today));
        assert_eq!(due_at("2199-12-05T15:59:59Z"), Some(Due::Today));
        assert_eq!(due_at("2199-12-05T16:00:00Z"), Some(Due::Late));
    }
}
