//! `billpay pay --all` and `--account`: every bill that is owed on one list, one yes, and of each bill an
//! outcome of its own (row 73).

use std::collections::BTreeMap;

use billpay_core::{
    BillStatus, BillView, Client, MOST_AT_ONCE, Payment, PaymentState, QuoteView, Several, Wish,
    error::QuoteError,
    model::{BillKind, Language, Money},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{code, interrupt::Watch, pay, typed};
use crate::{
    args::Pay,
    failure::Failure,
    paint::Align,
    shell::Shell,
    show::{self, Names},
};

/// The code of a bill that is paid, and the bank's reason for refusing an order on one.
const ALREADY: &str = "already-settled";

pub(crate) async fn run(shell: &Shell, client: &Client, asked: &Pay) -> Result<(), Failure> {
    let (mut wishes, as_of) = owed(shell, client, asked).await?;
    if let Some(at) = as_of {
        let age = format!("{}{}", shell.say("账单上次刷新：", "bills last refreshed "), shell.moment(at));
        shell.line(&shell.paint.dim(&age));
    }
    if wishes.is_empty() {
        shell.line(shell.say("没有待付的账单。", "No bill is open."));
        shell.done(Ends::default().summary(None));
        return Ok(());
    }
    // The rest is for the next time: what is due first stands first, and a list is compared line by line.
    let left = wishes.split_off(wishes.len().min(MOST_AT_ONCE)).len();
    let mut ends = Ends { left, ..Ends::default() };
    if left > 0 {
        let more = match shell.language {
            Language::Zh => format!("一次最多支付{MOST_AT_ONCE}张，先付最早到期的；另有{left}张。"),
            Language::En => {
                format!("At most {MOST_AT_ONCE} go in one go: those that are due first. {left} more are left.")
            }
        };
        shell.sentences(&more, str::to_owned);
    }
    let several = client.quote_all(&wishes).await.map_err(shell.failure())?;
    let mut quoted: Vec<(&Wish, &QuoteView)> = Vec::new();
    let mut unquoted: Vec<(&Wish, Failure)> = Vec::new();
    for (wish, quote) in wishes.iter().zip(&several.quotes) {
        match quote {
            Ok(quote) => quoted.push((wish, quote)),
            Err(error) => unquoted.push((wish, Failure::explained(&shell.explain(error), shell.language))),
        }
    }
    // Those that need somebody to type a code come last, so that the others do not wait for it; the list
    // shows the order in which the bank gets them.
    quoted.sort_by_key(|(_, quote)| quote.step_up);
    let views: Vec<&QuoteView> = quoted.iter().map(|(_, quote)| *quote).collect();
    if !views.is_empty() {
        let names = show::names(shell, client).await?;
        shell.line(&shell.paint.bold(shell.say("您将签署：", "You are about to sign:")));
        shell.lines(&list(shell, &views, &several, &names));
    }
    for (wish, quote) in &quoted {
        shell.record(&of(wish, "quote", show::quote(quote)));
    }
    if !unquoted.is_empty() {
        let alone = if unquoted.iter().all(|(_, failure)| failure.code == ALREADY) {
            shell.say("无需支付：", "Need not be paid:")
        } else {
            shell.say("不能支付：", "Cannot be paid:")
        };
        shell.line(&shell.paint.bold(if views.is_empty() {
            alone
        } else {
            shell.say("不在其中：", "Not among them:")
        }));
    }
    for (wish, failure) in &unquoted {
        ends.failed(shell, wish, failure);
    }
    let warnings: Vec<_> = several.beyond.iter().map(|beyond| shell.explain(beyond)).collect();
    for told in &warnings {
        shell.line(&shell.paint.doubt(&told.line(shell.language)));
        shell.record(&json!({ "warning": { "code": told.code, "message": told.line(shell.language) } }));
    }
    if quoted.is_empty() {
        return ends.told(shell, &several);
    }
    compare_firsts(shell, &views);
    let question = match shell.language {
        Language::Zh => format!("确认支付这{}笔吗？[y/N]", quoted.len()),
        Language::En if quoted.len() == 1 => "Pay this? [y/N]".to_owned(),
        Language::En => format!("Pay these {}? [y/N]", quoted.len()),
    };
    typed::confirm(shell, &question, asked.yes)?;
    for first in firsts(&views).values().filter_map(|quote| quote.first_payment.as_ref()) {
        // The yes was to this too: it stood above the question.
        client.acknowledge_echo(&first.account, &first.echo_digest).await.map_err(shell.failure())?;
    }
    // Of several one may be on its way at any time, or paid.
    let watch = Watch::over(shell);
    watch.is_sending(true);
    let (coded, plain): (Vec<_>, Vec<_>) = quoted.into_iter().partition(|(_, quote)| quote.step_up);
    let ids: Vec<&str> = plain.iter().map(|(_, quote)| quote.id.as_str()).collect();
    let mut next = plain.iter();
    let paid = client.pay_all(&ids, |_, outcome| {
        let Some((wish, _)) = next.next() else { return };
        match outcome {
            Ok(payment) => ends.ended(shell, wish, payment),
            Err(error) => ends.failed(shell, wish, &Failure::explained(&shell.explain(error), shell.language)),
        }
    });
    paid.await.map_err(shell.failure())?;
    for (wish, quote) in coded {
        shell.line(&format!("{} {}", quote.payee, quote.bill_number));
        match code::pay(shell, client, quote, &watch).await {
            Ok(payment) => ends.ended(shell, wish, &payment),
            Err(failure) => ends.failed(shell, wish, &failure),
        }
    }
    ends.told(shell, &several)
}

/// The open bills, what is due first first, and how old that is. A top-up account asks for nothing, so it is not owed.
async fn owed(shell: &Shell, client: &Client, asked: &Pay) -> Result<(Vec<Wish>, Option<Timestamp>), Failure> {
    let account = match &asked.account {
        Some(name) => Some(typed::named(shell, client, name).await?.id),
        None => None,
    };
    let known = client.bills(shell.language).await.map_err(shell.failure())?;
    if known.damaged > 0 {
        // Then "all" would not be all.
        return Err(Failure::new(
            "bills-damaged",
            shell.say(
                "有账单无法从本机读取，未付款。请先运行 billpay bills --refresh。",
                "Some bills cannot be read here, so nothing was paid. Run `billpay bills --refresh` first.",
            ),
        ));
    }
    let (mut bills, as_of) = (known.bills, known.as_of);
    if bills.is_empty() && as_of.is_none() {
        return Err(Failure::new(
            "never-refreshed",
            shell.say(
                "尚未从银行取得账单，未付款。请先运行 billpay bills --refresh。",
                "The bank was never asked for bills, so nothing was paid. Run `billpay bills --refresh` first.",
            ),
        ));
    }
    let account_is = |bill: &BillView| account.as_ref().is_some_and(|account| bill.account == *account);
    let top_up = bills.iter().find(|bill| bill.kind == BillKind::TopUp && account_is(bill)).cloned();
    // What is being checked stands on the list too, where its quote is refused: left out in silence, it would
    // look as if all were paid.
    bills.retain(|bill| match bill.status {
        BillStatus::Open | BillStatus::Checking { .. } | BillStatus::PaidElsewhere => bill.kind == BillKind::Bill,
        BillStatus::Paid | BillStatus::Cancelled | BillStatus::Unknown => false,
    });
    bills.retain(|bill| account.as_ref().is_none_or(|account| bill.account == *account));
    if let Some(top_up) = top_up.filter(|_| bills.is_empty()) {
        return Err(match &top_up.status {
            BillStatus::Checking { payment } => {
                shell.failure()(QuoteError::PaymentInDoubt { payment: payment.clone() })
            }
            BillStatus::PaidElsewhere => shell.failure()(QuoteError::PaymentInProgressElsewhere),
            BillStatus::Open | BillStatus::Paid | BillStatus::Cancelled | BillStatus::Unknown => {
                pay::needs_amount(shell, &top_up)
            }
        });
    }
    // Where not all go in one go, what can be paid is not kept waiting by what cannot.
    let many = bills.len() > MOST_AT_ONCE;
    bills.sort_by_key(|bill| (many && bill.status != BillStatus::Open, bill.due_date.is_none(), bill.due_date));
    let wish = |bill: BillView| Wish {
        biller: bill.biller,
        bill_number: bill.bill_number,
        amount: None,
        method: asked.method.clone(),
    };
    Ok((bills.into_iter().map(wish).collect(), as_of))
}

/// Every payee and amount, and what it is all together.
fn list(shell: &Shell, quotes: &[&QuoteView], several: &Several, names: &Names) -> Vec<String> {
    let head = [
        (shell.say("收款方", "payee"), Align::Left),
        (shell.say("户号", "customer"), Align::Left),
        (shell.say("账单号", "bill"), Align::Left),
        (shell.say("支付方式", "from"), Align::Left),
        (shell.say("缴费金额", "amount"), Align::Right),
        (shell.say("手续费", "fee"), Align::Right),
        (shell.say("合计", "total"), Align::Right),
        (shell.say("确认", "to confirm"), Align::Left),
    ];
    let row = |quote: &&QuoteView| {
        let code = if quote.step_up { shell.say("短信验证码", "a code by message") } else { "" };
        let (payee, customer) = (names.beside(shell, quote), quote.customer_number_masked.clone());
        let (bill, method) = (quote.bill_number.clone(), quote.method_label.clone());
        let [amount, fee, total] = [quote.amount, quote.fee, quote.total].map(|money| shell.money(money));
        vec![payee, customer, bill, method, amount, fee, total, code.to_owned()]
    };
    let rows: Vec<Vec<String>> = quotes.iter().map(row).collect();
    let mut lines = shell.paint.table(&head, &rows, |_, _, cell| cell.to_owned());
    let mut pairs: Vec<(&str, String)> =
        several.totals.iter().map(|total| (shell.say("总计", "all"), shell.paint.bold(&shell.money(*total)))).collect();
    if let Some(until) = quotes.iter().map(|quote| quote.valid_until).min() {
        pairs.push((shell.say("有效至", "good until"), shell.moment(until)));
    }
    lines.extend(show::pairs(shell, &pairs));
    lines
}

/// Of each number that is paid to for the first time one quote: two bills of it are compared once.
fn firsts<'a>(quotes: &[&'a QuoteView]) -> BTreeMap<&'a str, &'a QuoteView> {
    quotes.iter().filter_map(|quote| Some((quote.first_payment.as_ref()?.account.as_str(), *quote))).collect()
}

fn compare_firsts(shell: &Shell, quotes: &[&QuoteView]) {
    let firsts = firsts(quotes);
    if !firsts.is_empty() {
        shell.line("");
        shell.line(&shell.paint.bold(
            shell.say(
                "这是首次向以下户号付款，请再核对一次：",
                "The first payments to these numbers. Compare once more:",
            ),
        ));
    }
    for quote in firsts.values() {
        shell.line(&quote.payee);
        let whose = quote.first_payment.as_ref().map(|first| show::whose(shell, quote, first));
        whose.unwrap_or_default().iter().for_each(|line| shell.line(&format!("  {line}")));
    }
}

/// A record of one bill.
fn of(wish: &Wish, name: &str, value: Value) -> Value {
    json!({ "biller": wish.biller, "bill_number": wish.bill_number, name: value })
}

/// How the bills of a list have ended, told one by one and all together.
#[derive(Default)]
struct Ends {
    settled: usize,
    /// What that was, by currency.
    paid: Vec<Money>,
    checking: usize,
    not_paid: usize,
    /// Bills that something else had paid, as it turned out.
    already: usize,
    /// Bills that were too many for this time.
    left: usize,
}

impl Ends {
    fn ended(&mut self, shell: &Shell, wish: &Wish, payment: &Payment) {
        let told = shell.explain(&payment.state);
        let sign = match payment.state {
            PaymentState::Settled => {
                self.settled += 1;
                self.add(payment.total);
                shell.paint.sign("✓ ", "")
            }
            PaymentState::Checking { .. } => {
                self.checking += 1;
                ""
            }
            PaymentState::Refused { ref reason } if reason == ALREADY => {
                self.already += 1;
                ""
            }
            PaymentState::Refused { .. } | PaymentState::Reversed { .. } | PaymentState::Cancelled => {
                self.not_paid += 1;
                ""
            }
        };
        let (payee, bill, total) = (&payment.payee, &payment.bill_number, shell.money(payment.total));
        // That it is paid says that the money was, and where the receipt is.
        let end = if payment.state == PaymentState::Settled { told.what_happened } else { told.line(shell.language) };
        let line = format!("{sign}{payee} {bill} {total}  {end}");
        shell.sentences(&line, |line| show::coloured(shell, &payment.state, line));
        shell.record(&of(wish, "payment", show::payment(payment)));
    }

    fn add(&mut self, total: Money) {
        let same = self.paid.iter_mut().find(|paid| paid.currency() == total.currency());
        match same.map(|paid| (paid.plus(total), paid)) {
            Some((Ok(sum), paid)) => *paid = sum,
            // Beyond what an amount can be it stands beside it.
            Some((Err(_), _)) | None => self.paid.push(total),
        }
    }

    /// A bill of which no order was made now. One that an earlier order is in doubt about is in doubt.
    fn failed(&mut self, shell: &Shell, wish: &Wish, failure: &Failure) {
        if failure.is_doubt() {
            self.checking += 1;
        } else if failure.code == ALREADY {
            self.already += 1;
        } else {
            self.not_paid += 1;
        }
        shell.sentences(&format!("{} {}  {}", wish.biller, wish.bill_number, failure.line), str::to_owned);
        shell.record(&of(wish, "error", failure.to_json()));
    }

    fn summary(&self, several: Option<&Several>) -> Value {
        // What was asked for is not what was paid, where something came to nothing.
        let totals: Vec<Value> = several.iter().flat_map(|several| &several.totals).copied().map(show::money).collect();
        let paid: Vec<Value> = self.paid.iter().copied().map(show::money).collect();
        json!({
            "settled": self.settled, "checking": self.checking, "not_paid": self.not_paid, "already_paid": self.already,
            "left": self.left, "totals": totals, "paid": paid,
        })
    }

    /// Done only when every bill that is owed is settled. One that was paid already is.
    fn told(&self, shell: &Shell, several: &Several) -> Result<(), Failure> {
        let Self { settled, paid, checking, not_paid, already, left } = self;
        let paid: Vec<String> = paid.iter().map(|paid| shell.money(*paid)).collect();
        let paid = if paid.is_empty() { String::new() } else { shell.aside(&paid.join(", ")) };
        let before = match shell.language {
            _ if *already == 0 => String::new(),
            Language::Zh => format!("，此前已付清{already}张"),
            Language::En => format!(", {already} paid already before"),
        };
        let line = match shell.language {
            Language::Zh => format!("已支付{settled}笔{paid}，核实中{checking}笔，未付{not_paid}笔{before}。"),
            Language::En => format!("{settled} paid{paid}, {checking} being checked, {not_paid} not paid{before}."),
        };
        let again = match shell.language {
            _ if *left == 0 => String::new(),
            Language::Zh => format!("另有{left}张待付：请再次运行同一命令。"),
            Language::En => format!(" {left} more are to be paid: type the same command again."),
        };
        let summary = self.summary(Some(several));
        if *checking > 0 {
            let more = shell.say(
                "核实中的请勿重复支付，结果会自动显示；也可运行 billpay resolve 查询。",
                " Do not pay again what is being checked: its end shows by itself, or `billpay resolve` asks for it.",
            );
            return Err(Failure::new("some-in-doubt", format!("{line}{more}{again}")).in_doubt().with(summary));
        }
        if *not_paid > 0 {
            let more = shell.say("未付账单的原因见上面各行。", " Why a bill is not paid stands in its line above.");
            return Err(Failure::new("some-not-paid", format!("{line}{more}{again}")).with(summary));
        }
        if *left > 0 {
            return Err(Failure::new("some-left", format!("{line}{again}")).with(summary));
        }
        shell.line(&shell.paint.good(&line));
        shell.done(summary);
        Ok(())
    }
}
