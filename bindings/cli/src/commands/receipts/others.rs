//! A file that somebody else gave, verified by the bank's keys and by nothing of this machine's (row 50).

use std::path::Path;

use billpay_core::{
    crypto::suite::RingSuite,
    receipts::{Body, Break, Examined, NoKeys, OutcomeError, compacts, examine, read_keys},
    reminders::BANK_ZONE,
    text::{self, DocumentText, Label, Reason},
};
use serde_json::{Value, json};

use super::{break_text, not_genuine};
use crate::{
    archive::{self, Archive},
    failure::Failure,
    files,
    shell::Shell,
    show,
};

/// Documents that are shown in full.
const IN_FULL: usize = 3;

pub(crate) fn of_others(shell: &Shell, file: &Path, keys: &Path) -> Result<(), Failure> {
    let unreadable = |path: &Path, why: &files::Unreadable| {
        let what = shell.say("读不了这个文件", "this file cannot be read");
        Failure::new("file-unreadable", format!("{}: {what}{}", path.display(), shell.aside(&why.words(shell))))
    };
    let set = files::text(keys).map_err(|why| unreadable(keys, &why))?;
    let set = read_keys(&set).map_err(|why| {
        let what = match why {
            NoKeys::Malformed => shell.say("不是公钥集（JWKS）", "it is no set of keys (JWKS)"),
            NoKeys::None => shell.say("其中没有能核对回单的公钥", "no key in it can verify a receipt"),
        };
        Failure::new("keys-unusable", format!("{}: {what}", keys.display()))
    })?;
    let bytes = files::documents(file).map_err(|why| unreadable(file, &why))?;
    if archive::is_behind_something(&bytes) {
        let why = shell.say(
            "存档之前还有别的内容；请索取原来的文件",
            "something stands before the archive: ask for the file as it was exported",
        );
        return Err(changed(shell, file, why));
    }
    let (text, archive) = if archive::is_one(&bytes) {
        let archive = Archive::read(bytes).map_err(|why| changed(shell, file, &why.words(shell)))?;
        (archive.documents(), Some(archive))
    } else {
        (String::from_utf8_lossy(&bytes).into_owned(), None)
    };
    let examined = examine(&text, &set, &RingSuite);
    if examined.documents.is_empty() {
        let what = shell.say("其中没有银行签署的文件", "it holds no document that a bank has signed");
        return Err(Failure::new("no-receipt", format!("{}: {what}", file.display())));
    }
    if let Some(archive) = &archive
        && archive.counted() != Some(examined.documents.len() as u64)
    {
        return Err(changed(
            shell,
            file,
            shell.say("文件数目与清单不符", "it holds another number of documents than it lists"),
        ));
    }
    let documents = &examined.documents;
    for document in documents {
        if documents.len() <= IN_FULL {
            shell.lines(&in_full(shell, document));
            shell.line("");
        }
        shell.record(&record(document));
    }
    let count = |wanted: &str| documents.iter().filter(|document| proof(document) == wanted).count();
    let (verified, unverifiable, later) = (count("verified"), count("unverifiable"), count("unknown-kind"));
    let invalid = documents.len() - verified - unverifiable - later;
    shell.lines(&show::pairs(
        shell,
        &[
            (shell.say("已验签", "verified"), verified.to_string()),
            (shell.say("无法验证", "cannot be verified"), unverifiable.to_string()),
            (shell.say("格式较新", "of a later form"), later.to_string()),
            (shell.say("验签不通过", "not genuine"), invalid.to_string()),
        ],
    ));
    // Somebody may give a part of a chain; whoever exports gives all of it.
    let gap = |found: &&Break| !matches!(found, Break::Missing { .. }) || archive.is_some();
    let shown: Vec<&Break> = examined.breaks.iter().filter(gap).collect();
    shown.iter().for_each(|found| shell.line(&format!("  {}", break_text(shell, found))));
    let summary = json!({
        "documents": documents.len(), "verified": verified, "unverifiable": unverifiable, "later": later, "invalid": invalid,
        "chain_breaks": examined.breaks, "archive": archive.is_some(),
    });
    if invalid > 0 {
        return Err(not_genuine(shell, invalid).with(summary));
    }
    if unverifiable > 0 {
        let what = shell.count(
            unverifiable,
            "份文件的签名公钥不在所给的公钥集中，既不能说真，也不能说假。请向银行索取完整的公钥集。",
            "document is by a key that is not known here: neither good nor bad. Ask the bank for all its keys.",
            "documents are by keys that are not known here: neither good nor bad. Ask the bank for all its keys.",
        );
        return Err(Failure::new("unverifiable", what).with(summary));
    }
    if later > 0 {
        let what = shell.count(
            later,
            "份文件由银行签署，但格式较新，本版本读不懂。请更新本程序后再核对。",
            "document is signed by the bank, in a form that this version does not read. Update this program, then verify again.",
            "documents are signed by the bank, in a form that this version does not read. Update this program, then verify again.",
        );
        return Err(Failure::new("later-form", what).with(summary));
    }
    if examined.more {
        let what = shell.say("文件太多，没有全部看完", "it holds more documents than are looked at");
        return Err(Failure::new("too-many", format!("{}: {what}", file.display())).with(summary));
    }
    if let Some(first) = shown.iter().find(|found| !matches!(found, Break::Epoch { .. })) {
        let what = shell.say("回单链不完整", "The chain of documents is not whole");
        return Err(
            Failure::new("chain-broken", format!("{what}{}{}", shell.colon(), break_text(shell, first))).with(summary)
        );
    }
    let good = shell.say("其中的每份文件均由银行签署，未被改动。", "Each document in it is as the bank has signed it.");
    shell.line(&shell.paint.good(&format!("{}{good}", shell.paint.sign("✓ ", ""))));
    // Chinese stands between no spaces.
    let words = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
    if archive.is_none() && words(&text) > compacts(&text).map(words).sum() {
        // Whoever sends a text or a page may have written anything above what the bank has signed.
        shell.line(shell.say(
            "只有这些文件经过签署：请以这里显示的内容为准，文件中的其他文字没有核对。",
            "Only these documents are signed: go by what is shown here, the other words of the file were not looked at.",
        ));
    }
    shell.done(summary);
    Ok(())
}

fn changed(shell: &Shell, file: &Path, why: &str) -> Failure {
    let what = shell.say("这个存档不完整或被改动过", "this archive is not whole, or was changed");
    Failure::new("archive-changed", format!("{}: {what}{}", file.display(), shell.aside(why)))
}

fn proof(document: &Examined) -> &'static str {
    match &document.verdict {
        Ok(_) => "verified",
        Err(OutcomeError::Unverifiable { .. }) => "unverifiable",
        Err(OutcomeError::UnknownKind(_)) => "unknown-kind",
        Err(OutcomeError::Invalid) => "invalid",
        Err(OutcomeError::Malformed) => "malformed",
        Err(OutcomeError::Incomplete) => "incomplete",
    }
}

fn record(document: &Examined) -> Value {
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

fn in_full(shell: &Shell, document: &Examined) -> Vec<String> {
    let outcome = match &document.verdict {
        Ok(outcome) => outcome,
        Err(error) => {
            let why = document.lacks.clone().unwrap_or_else(|| error.to_string());
            let what = match proof(document) {
                "unknown-kind" => shell.say("已由银行签署，格式较新", "signed by the bank, of a later form").to_owned(),
                "unverifiable" => shell.text(Label::ProofUnverifiable),
                _ => shell.text(Label::ProofInvalid),
            };
            return vec![format!("{}  {what}{}", document.id, shell.aside(&why))];
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
            add(DocumentText::Returned, shell.money(repayment.returned));
        }
        Body::Reversal(reversal) => add(DocumentText::Returned, shell.money(reversal.returned)),
        Body::Refusal(_) => {}
    }
    if let Some(reason) = outcome.reason() {
        add(DocumentText::Reason, shell.text(Reason::of(reason)));
    }
    show::named(shell, &pairs)
}
