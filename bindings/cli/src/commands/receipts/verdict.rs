//! What is said of one document of a file that somebody else gave.

use billpay_core::{
    receipts::{Body, Examined, OutcomeError},
    reminders::BANK_ZONE,
    text::{self, DocumentText, Label, Reason},
};
use serde_json::{Value, json};

use super::rows_of_documents;
use crate::{shell::Shell, show};

pub(super) fn proof(document: &Examined) -> &'static str {
    match &document.verdict {
        Ok(_) => "verified",
        Err(OutcomeError::Unverifiable { .. }) => "unverifiable",
        Err(OutcomeError::UnknownKind(_)) => "unknown-kind",
        Err(OutcomeError::Invalid) => "invalid",
        Err(OutcomeError::Malformed) => "malformed",
        Err(OutcomeError::Incomplete) => "incomplete",
    }
}

pub(super) fn record(document: &Examined) -> Value {
    let mut record = json!({ "id": document.id, "verdict": proof(document) });
    let Some(members) = record.as_object_mut() else { return record };
    match &document.verdict {
        Ok(outcome) => {
            let subject = &outcome.subject;
            members.extend([
                ("kind".to_owned(), outcome.body.kind().into()),
                ("payment_id".to_owned(), subject.payment_id.clone().into()),
                ("sequence".to_owned(), subject.sequence.into()),
                ("issued".to_owned(), subject.issued_at.to_string().into()),
                ("reason".to_owned(), outcome.reason().into()),
            ]);
            if let Some((field, _)) = outcome.illegible() {
                members.insert("illegible".to_owned(), field.into());
            }
            match &outcome.body {
                Body::Receipt(receipt) => members.insert("receipt".to_owned(), json!(receipt)),
                Body::Repayment(repayment) => members.insert("repayment".to_owned(), json!(repayment)),
                Body::Reversal(reversal) => members.insert("returned".to_owned(), show::money(reversal.returned)),
                Body::Refusal(_) => None,
            };
        }
        Err(error) => {
            let why = document.lacks.clone().unwrap_or_else(|| error.to_string());
            members.insert("why".to_owned(), why.into());
        }
    }
    record
}

pub(super) fn in_full(shell: &Shell, document: &Examined) -> Vec<String> {
    let outcome = match &document.verdict {
        Ok(outcome) => outcome,
        Err(error) => {
            let what = in_a_word(shell, document);
            return vec![format!("{}  {what}{}", document.id, why(shell, document, error))];
        }
    };
    let kind = shell.text(Label::of_document(outcome.body.kind()));
    let verified = shell.aside(&shell.text(Label::ProofVerified));
    // As a document is dated wherever it is shown.
    let moment = |at| format!("{}{}", shell.moment_at_bank(at), shell.aside(BANK_ZONE));
    let mut pairs: Vec<(String, String)> = [
        (DocumentText::Document, format!("{kind} #{}{verified}", outcome.subject.sequence)),
        (DocumentText::Issued, moment(outcome.subject.issued_at)),
        (DocumentText::Payment, outcome.subject.payment_id.clone()),
    ]
    .map(|(name, value)| (shell.text(name), value))
    .into();
    let mut add = |name: DocumentText, value: String| pairs.push((shell.text(name), value));
    match &outcome.body {
        Body::Receipt(receipt) => {
            text::receipt(receipt, shell.language).into_iter().for_each(|(name, value)| add(name, value));
        }
        Body::Repayment(repayment) => {
            add(DocumentText::RepaidAt, moment(repayment.repaid_at));
            add(DocumentText::BankSerial, repayment.bank_serial.clone());
            add(DocumentText::Returned, shell.money(repayment.returned));
        }
        Body::Reversal(reversal) => add(DocumentText::Returned, shell.money(reversal.returned)),
        Body::Refusal(_) => {}
    }
    if outcome.illegible().is_some() {
        let what = shell
            .say("有字符不可见或会误导，显示为 �", "some characters are not seen as what they are, and stand as �");
        add(DocumentText::Document, what.to_owned());
    }
    if let Some(reason) = outcome.reason() {
        add(DocumentText::Reason, shell.text(Reason::of(reason)));
    }
    show::named(shell, &pairs)
}

/// Whether it is good, and if not, what it is.
fn in_a_word(shell: &Shell, document: &Examined) -> String {
    match &document.verdict {
        Ok(_) => shell.text(Label::ProofVerified),
        Err(OutcomeError::Unverifiable { .. }) => shell.text(Label::ProofUnverifiable),
        Err(OutcomeError::UnknownKind(_)) => {
            shell.say("已由银行签署，格式较新", "signed by the bank, of a later form").to_owned()
        }
        Err(OutcomeError::Incomplete) => {
            shell.say("已由银行签署，内容不全", "signed by the bank, incomplete").to_owned()
        }
        Err(OutcomeError::Invalid | OutcomeError::Malformed) => shell.text(Label::ProofInvalid),
    }
}

fn why(shell: &Shell, document: &Examined, error: &OutcomeError) -> String {
    let say = |zh: &str, en: &str| shell.say(zh, en).to_owned();
    let words = match error {
        OutcomeError::Malformed => say("不是完整的签名文件", "not a whole signed document"),
        OutcomeError::Invalid => say("签名与内容不符", "the signature is not of these words"),
        OutcomeError::Unverifiable { kid } => {
            format!("{}{}{kid}", say("未知的公钥", "by a key that is not known here"), shell.colon())
        }
        OutcomeError::UnknownKind(unknown) => unknown.typ.clone(),
        // In the words of the reader of its JSON: for whoever has to mend it.
        OutcomeError::Incomplete => document.lacks.clone().unwrap_or_default(),
    };
    if words.is_empty() { words } else { shell.aside(&words) }
}

/// Documents as a table, where there are too many to show each in full.
pub(super) fn table(shell: &Shell, documents: &[Examined]) -> Vec<String> {
    let rows: Vec<Vec<String>> = documents.iter().map(|document| row(shell, document)).collect();
    rows_of_documents(shell, &rows, |row, column, cell| match (column, documents.get(row).map(proof)) {
        (6, Some("verified")) => shell.paint.good(cell),
        (6, Some("unverifiable" | "unknown-kind")) => shell.paint.doubt(cell),
        (6, Some(_)) => shell.paint.bad(cell),
        (_, _) => cell.to_owned(),
    })
}

fn row(shell: &Shell, document: &Examined) -> Vec<String> {
    let Ok(outcome) = &document.verdict else {
        let nothing = String::new;
        let name = document.id.chars().take(12).collect();
        return vec![nothing(), name, nothing(), nothing(), nothing(), nothing(), in_a_word(shell, document)];
    };
    let (payee, bill, total) = match &outcome.body {
        Body::Receipt(receipt) => (receipt.payee.clone(), receipt.bill_number.clone(), shell.money(receipt.total)),
        Body::Repayment(repayment) => (String::new(), String::new(), shell.money(repayment.returned)),
        Body::Reversal(reversal) => (String::new(), String::new(), shell.money(reversal.returned)),
        Body::Refusal(_) => (String::new(), String::new(), String::new()),
    };
    vec![
        outcome.subject.sequence.to_string(),
        shell.text(Label::of_document(outcome.body.kind())),
        payee,
        bill,
        total,
        shell.moment_at_bank(outcome.subject.issued_at),
        in_a_word(shell, document),
    ]
}
