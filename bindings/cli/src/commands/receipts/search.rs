//! `billpay receipts search` (row 51): the core's search over receipts, and beside it what only a terminal looks through
//! document by document: numbers that somebody copies in full, and what ended without a receipt.

use std::cmp::Reverse;

use billpay_core::{
    Client, Payment, ReceiptPage, ReceiptView,
    receipts::{Query, folded},
    reminders::BANK_ZONE,
    text::{Label, format},
};
use jiff::{civil::Date, tz::TimeZone};
use serde_json::json;

use super::{PAGE, all, say_damaged, table};
use crate::{
    commands::payments,
    failure::Failure,
    shell::Shell,
    show::{self, Names},
};

/// From so many characters on a part of a number in full is one: a shorter one is in too many.
const PART: usize = 6;

/// As much as a receipt shows of a customer number.
const SHOWN: usize = 4;

pub(super) async fn run(shell: &Shell, client: &Client, query: &str) -> Result<(), Failure> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = client.search(query, PAGE, after).await.map_err(shell.failure())?;
        found.extend(page.receipts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // Of what cannot be read nobody knows by which number it would have been found.
    let ReceiptPage { receipts, damaged, .. } = all(shell, client).await?;
    let payments = payments::all(shell, client).await?.payments;
    // As the core reads it: the same is found however it is typed.
    let query = Query::new(query);
    if let Some(query) = &query {
        let looked_for = Wanted { shell, query, names: show::names(shell, client).await? };
        for view in receipts {
            let payment = payments.iter().find(|payment| payment.id == view.payment);
            if looked_for.is_in(&view, payment) && !found.iter().any(|known| known.id == view.id) {
                found.push(view);
            }
        }
    }
    found.sort_by_key(|view| Reverse((view.issued, view.sequence)));
    shell.lines(&table(shell, &found, &payments));
    if found.is_empty() {
        shell.line(shell.say("没有找到。", "Nothing was found."));
        if query.is_some_and(|query| may_be_customer_number(query.text())) {
            let hint = "如果输入的是户号：回单中只保留户号的最后四位，请按这四位查找。";
            let english =
                "If that is a customer number: receipts keep only its last four characters; search for those.";
            shell.sentences(shell.say(hint, english), str::to_owned);
        }
    }
    say_damaged(shell, damaged);
    found.iter().for_each(|view| shell.record(&show::receipt(view)));
    shell.done(json!({ "receipts": found.len(), "damaged": damaged }));
    Ok(())
}

/// Whether it has more than a receipt shows of a customer number, and looks like one.
fn may_be_customer_number(query: &str) -> bool {
    if query.parse::<Date>().is_ok() || format!("{query}-01").parse::<Date>().is_ok() {
        return false;
    }
    let bare: Vec<char> = query.chars().filter(|it| !it.is_whitespace() && *it != '-').collect();
    let digits = bare.iter().filter(|it| it.is_ascii_digit()).count();
    digits > SHOWN && bare.iter().all(char::is_ascii_alphanumeric)
}

/// What is looked for, as the core reads it.
struct Wanted<'a> {
    shell: &'a Shell,
    query: &'a Query,
    names: Names,
}

impl Wanted<'_> {
    fn is_in(&self, view: &ReceiptView, payment: Option<&Payment>) -> bool {
        let is_in_figure = |figure: &String| self.query.is_in_figure(&folded(figure));
        let is_in_name = |name: &String| self.query.is_part_of(&folded(name));
        self.is_a_number_of(view)
            || view.receipt.is_none()
                && (self.figures(view, payment).iter().any(is_in_figure)
                    || self.names(view, payment).iter().any(is_in_name))
    }

    fn is_a_number_of(&self, view: &ReceiptView) -> bool {
        let mut numbers = vec![view.id.as_str(), &view.payment];
        numbers.extend(view.receipt.iter().flat_map(|it| [it.bank_serial.as_str(), &it.biller_reference]));
        numbers.extend(view.repayment.iter().map(|it| it.bank_serial.as_str()));
        let is_long = self.query.text().chars().count() >= PART;
        is_long && numbers.into_iter().any(|number| self.query.is_part_of(&folded(number)))
    }

    /// Of a document that is no receipt: when it was issued, and what came back.
    fn figures(&self, view: &ReceiptView, payment: Option<&Payment>) -> Vec<String> {
        let language = self.shell.language;
        let at = TimeZone::get(BANK_ZONE).unwrap_or(TimeZone::UTC).to_datetime(view.issued);
        let mut words = vec![
            format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()),
            format!("{}年{}月{}日", at.year(), at.month(), at.day()),
        ];
        let totals = payment.map(|payment| payment.total).into_iter().chain(view.returned);
        for figure in totals.map(|total| format::figure(total, language)) {
            words.push(figure.replace(',', ""));
            words.push(figure);
        }
        words
    }

    /// Of a document that is no receipt: its kind, and what its payment was of.
    fn names(&self, view: &ReceiptView, payment: Option<&Payment>) -> Vec<String> {
        let mut words = vec![self.shell.text(Label::of_document(&view.kind))];
        if let Some(payment) = payment {
            words.extend([payment.payee.clone(), payment.biller.clone(), payment.bill_number.clone()]);
            words.extend(self.names.of(&payment.biller).map(str::to_owned));
        }
        words
    }
}
