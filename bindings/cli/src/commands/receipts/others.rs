//! A file that somebody else gave, verified by the bank's keys and by nothing of this machine's (row 50).

use std::path::Path;

use billpay_core::{
    crypto::suite::RingSuite,
    receipts::{Break, NoKeys, compacts, examine, read_keys},
};
use serde_json::json;

use super::{
    break_text, not_genuine,
    verdict::{in_full, proof, record, table},
};
use crate::{
    archive::{self, Archive},
    failure::Failure,
    files,
    shell::Shell,
    show,
};

/// Documents that are shown in full, and in a line each. Of more than that each is in `--json`.
const IN_FULL: usize = 3;
const IN_A_LINE: usize = 500;

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
        (words_of(&bytes), None)
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
    if documents.len() > IN_FULL {
        shell.lines(&table(shell, documents.get(..IN_A_LINE).unwrap_or(documents)));
        let rest = documents.len().saturating_sub(IN_A_LINE);
        if rest > 0 {
            let words = (
                "份未显示，--json 逐份列出。",
                "more is not shown; --json has each.",
                "more are not shown; --json has each.",
            );
            shell.line(&shell.count(rest, words.0, words.1, words.2));
        }
        shell.line("");
    }
    let count = |wanted: &str| documents.iter().filter(|document| proof(document) == wanted).count();
    let (verified, unverifiable, later) = (count("verified"), count("unverifiable"), count("unknown-kind"));
    let incomplete = count("incomplete");
    let invalid = documents.len() - verified - unverifiable - later - incomplete;
    shell.lines(&show::pairs(
        shell,
        &[
            (shell.say("已验签", "verified"), verified.to_string()),
            (shell.say("无法验证", "cannot be verified"), unverifiable.to_string()),
            (shell.say("格式较新", "of a later form"), later.to_string()),
            (shell.say("内容不全", "incomplete"), incomplete.to_string()),
            (shell.say("验签不通过", "not genuine"), invalid.to_string()),
        ],
    ));
    // Somebody may give a part of a chain; whoever exports gives all of it.
    let gap = |found: &&Break| !matches!(found, Break::Missing { .. }) || archive.is_some();
    let shown: Vec<&Break> = examined.breaks.iter().filter(gap).collect();
    shown.iter().for_each(|found| shell.line(&format!("  {}", break_text(shell, found))));
    let summary = json!({
        "documents": documents.len(), "verified": verified, "unverifiable": unverifiable, "later": later,
        "incomplete": incomplete, "invalid": invalid,
        "chain_breaks": examined.breaks, "archive": archive.is_some(),
    });
    if invalid > 0 {
        return Err(not_genuine(shell, invalid).with(summary));
    }
    if incomplete > 0 {
        let what = shell.count(
            incomplete,
            "份文件由银行签署，但缺少规定的内容，不能作为回单。请向银行索取完整的文件。",
            "document is signed by the bank, but lacks what it must have: it is no receipt. Ask the bank for a whole one.",
            "documents are signed by the bank, but lack what they must have: they are no receipts. Ask the bank for whole ones.",
        );
        return Err(Failure::new("incomplete", what).with(summary));
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
    let good =
        shell.say("其中的每份银行文件均由银行签署，未被改动。", "Each document in it is as the bank has signed it.");
    shell.line(&shell.paint.good(&format!("{}{good}", shell.paint.sign("✓ ", ""))));
    // Whoever sends a text, a page or an archive may have written anything beside what the bank has signed. (Chinese stands
    // between no spaces.)
    let words = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
    let beside = if archive.is_some() {
        Some(shell.say(
            "只有银行文件经过签署：请以这里显示的内容为准，存档中的其他文件没有核对。",
            "Only these documents are signed: go by what is shown here, the other files of the archive were not looked at.",
        ))
    } else if words(&text) > compacts(&text).map(words).sum() {
        Some(shell.say(
            "只有银行文件经过签署：请以这里显示的内容为准，文件中的其他文字没有核对。",
            "Only these documents are signed: go by what is shown here, the other words of the file were not looked at.",
        ))
    } else {
        None
    };
    if let Some(beside) = beside {
        shell.line(beside);
    }
    shell.done(summary);
    Ok(())
}

fn changed(shell: &Shell, file: &Path, why: &str) -> Failure {
    let what = shell.say("这个存档不完整或被改动过", "this archive is not whole, or was changed");
    Failure::new("archive-changed", format!("{}: {what}{}", file.display(), shell.aside(why)))
}

/// A text of any kind: as UTF-16 where its mark says so, as some editors save it.
fn words_of(bytes: &[u8]) -> String {
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|two| two.try_into().ok()).map(unit);
        char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
