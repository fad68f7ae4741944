//! `billpay export`: everything of the person's on this device, as one archive that verifies on another machine
//! (row 75).

use std::path::Path;

use billpay_core::{Client, model::Place, platform::Clock as _, system::SystemClock};
use serde_json::{Value, json};

use super::payments;
use crate::{archive, failure::Failure, files, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client, file: &Path) -> Result<(), Failure> {
    files::must_be_new(shell, file)?;
    // First: one whose key comes meanwhile is then among the others, too, rather than nowhere.
    let waiting = client.waiting_documents().await.map_err(shell.failure())?;
    let (mut compacts, mut texts, mut damaged) = (Vec::new(), Vec::new(), 0);
    let mut after: Option<Place> = None;
    loop {
        let page = client.receipt_page(500, after).await.map_err(shell.failure())?;
        damaged += page.damaged;
        for view in page.receipts {
            let plain = Shell { paint: shell.paint.plain(), ..shell.clone() };
            texts.push(show::receipt_in_full(&plain, &view, None).join("\n"));
            compacts.push(view.compact);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // The oldest first, as the chain goes.
    compacts.reverse();
    texts.reverse();
    let unread = shell.say("本机尚不能核对这份文件", "this phone cannot verify this document yet");
    let before = compacts.len();
    compacts.extend(waiting.into_iter().filter(|document| !compacts.contains(document)).collect::<Vec<_>>());
    let waits = compacts.len() - before;
    texts.extend((0..waits).map(|_| unread.to_owned()));
    let paid = payments::all(shell, client).await?;
    damaged += paid.damaged;
    let mut orders = Vec::new();
    for payment in &paid.payments {
        orders.push(client.signed_order(&payment.id).await.map_err(shell.failure())?);
    }
    let accounts = client.accounts().await.map_err(shell.failure())?;
    let bills = client.bills(shell.language).await.map_err(shell.failure())?;
    damaged += accounts.damaged + bills.damaged;
    let keys = client.receipt_keys().await.map_err(shell.failure())?;
    let lines = |lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    let json_lines = |values: Vec<Value>| lines(values.iter().map(Value::to_string).collect());
    let (documents, payments) = (compacts.len(), paid.payments.len());
    // The bindings are the person's own, and so are their numbers.
    let bound = accounts.accounts.iter().map(|account| json!(account)).collect();
    let files = [
        ("README.txt", READ_ME.as_bytes().to_vec()),
        (archive::DOCUMENTS, lines(compacts)),
        ("documents.txt", texts.join("\n\n").into_bytes()),
        ("keys.json", keys.into_bytes()),
        ("orders.jsonl", lines(orders)),
        ("payments.jsonl", json_lines(paid.payments.iter().map(show::payment).collect())),
        ("accounts.jsonl", json_lines(bound)),
        ("bills.jsonl", json_lines(bills.bills.iter().map(show::bill).collect())),
    ];
    let made_at = SystemClock::new().now().to_string();
    let packed = archive::pack(&made_at, documents as u64, &files);
    let packed = packed.map_err(|error| Failure::system("archive", &error))?;
    files::write_new(shell, file, &packed)?;
    shell.lines(&show::pairs(
        shell,
        &[
            (shell.say("存档", "archive"), file.display().to_string()),
            (shell.say("银行文件", "documents"), documents.to_string()),
            (shell.say("付款", "payments"), payments.to_string()),
        ],
    ));
    if waits > 0 {
        let words = shell.count(
            waits,
            "份文件尚待公钥，也在其中",
            "document in it waits for its key",
            "documents in it wait for their keys",
        );
        shell.line(&shell.paint.doubt(&words));
    }
    shell.line(shell.say("其中有完整的户号，请妥善保管。", "It holds customer numbers in full: keep it safe."));
    if damaged > 0 {
        let words = shell.count(
            damaged,
            "条记录无法从本机读取，不在其中",
            "record cannot be read here and is not in it",
            "records cannot be read here and are not in it",
        );
        shell.line(&shell.paint.doubt(&words));
    }
    shell.done(json!({
        "archive": file.display().to_string(), "bytes": packed.len(), "documents": documents, "waiting": waits, "payments": payments,
        "accounts": accounts.accounts.len(), "bills": bills.bills.len(), "damaged": damaged,
    }));
    Ok(())
}

const READ_ME: &str = "\
billpay export / billpay 存档

documents.jws   what the bank signed, a compact JWS a line, the oldest first; last those whose key this phone does not know yet
                银行签名的原文，每行一份，旧的在前；本机尚不能核对的在最后
documents.txt   the same to read / 可读的内容
keys.json       the bank's receipt keys (JWKS), as this phone had them / 本机所存的银行回单公钥
orders.jsonl    the orders as they were signed / 已签署的订单
payments.jsonl, accounts.jsonl, bills.jsonl   as shown on the phone / 与手机上显示的一致
manifest.json   each file with its size and SHA-256 / 每个文件的大小和 SHA-256

To verify, with keys that come from the bank and not from this archive:
核对时请使用取自银行的公钥，而不是本存档中的：

    billpay receipts verify ARCHIVE --keys JWKS

It holds customer numbers in full. / 其中有完整的户号。
";
