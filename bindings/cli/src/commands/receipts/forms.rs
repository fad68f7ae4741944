//! One receipt in a form to give away (row 50): words with the document below them, the document alone, a
//! QR code of it, a page.

use std::path::Path;

use billpay_core::{Payment, ReceiptView, text::document_to_share};
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::json;

use super::page;
use crate::{args::Form, failure::Failure, files, shell::Shell};

/// The same into a new file; a QR code is for a screen, or stands on the page.
pub(super) fn write(
    shell: &Shell,
    receipt: &ReceiptView,
    payment: Option<&Payment>,
    form: Form,
    to: &Path,
    font: Option<&Path>,
) -> Result<(), Failure> {
    files::must_be_new(shell, to)?;
    let bytes = match form {
        Form::Text => format!("{}\n", document_to_share(receipt, payment, shell.language)).into_bytes(),
        Form::Jws => format!("{}\n", receipt.compact).into_bytes(),
        Form::Pdf => page::of(shell, receipt, payment, font)?,
        Form::Qr => {
            let what = shell.say("二维码只在终端中显示", "A QR code is shown in the terminal alone");
            let next = shell.say("请改用 --as pdf，页面上有二维码。", "Use --as pdf: it stands on the page.");
            return Err(Failure::new("no-file-of-it", format!("{what}{}{next}", shell.stop())));
        }
    };
    files::write_new(shell, to, &bytes)?;
    shell.line(&to.display().to_string());
    shell.done(json!({ "id": receipt.id, "file": to.display().to_string(), "bytes": bytes.len() }));
    Ok(())
}

/// Empty modules around a code, as the standard asks for.
pub(super) const QUIET: i32 = 4;

pub(super) fn show(shell: &Shell, receipt: &ReceiptView, payment: Option<&Payment>, form: Form) -> Result<(), Failure> {
    match form {
        Form::Text => {
            let text = document_to_share(receipt, payment, shell.language);
            text.lines().for_each(|line| shell.line(line));
            shell.done(json!({ "id": receipt.id, "text": text }));
        }
        Form::Jws => {
            shell.line(&receipt.compact);
            shell.done(json!({ "id": receipt.id, "compact": receipt.compact }));
        }
        Form::Qr => {
            let code = QrCode::encode_binary(receipt.compact.as_bytes(), QrCodeEcc::Low).map_err(|_| {
                let what = shell.say("这份文件太长，放不进一个二维码", "This document is too long for a QR code");
                let next = shell.say("请改用 --as jws。", "Use --as jws.");
                Failure::new("too-long", format!("{what}{}{next}", shell.stop()))
            })?;
            let columns = usize::try_from(code.size() + 2 * QUIET).unwrap_or_default();
            if shell.paint.columns().is_some_and(|wide| wide < columns) {
                let (zh, en) = (
                    format!("终端太窄：这个二维码需要 {columns} 列。请把窗口拉宽或缩小字号。"),
                    format!(
                        "The terminal is too narrow: this code takes {columns} columns. Widen it, or take a smaller type."
                    ),
                );
                return Err(Failure::new("terminal-too-narrow", shell.say(&zh, &en)));
            }
            shell.lines(&drawn(shell, &code));
            let modules: Vec<String> = (0..code.size()).map(|y| row(&code, y)).collect();
            shell.done(json!({ "id": receipt.id, "modules": modules }));
        }
        // It is asked for with its file.
        Form::Pdf => return Err(Failure::new("usage", shell.say("还缺少：--to <文件>", "--to FILE is missing"))),
    }
    Ok(())
}

fn row(code: &QrCode, y: i32) -> String {
    (0..code.size()).map(|x| if code.get_module(x, y) { '#' } else { ' ' }).collect()
}

/// Two rows a line. What is light is drawn, so that it stands on a dark terminal as it is; on one that shows colours
/// it is white on black, whatever the person has chosen.
fn drawn(shell: &Shell, code: &QrCode) -> Vec<String> {
    let light = |x, y| !code.get_module(x, y);
    let edge = -QUIET..code.size() + QUIET;
    edge.clone()
        .step_by(2)
        .map(|y| {
            let line: String = edge
                .clone()
                .map(|x| match (light(x, y), light(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect();
            shell.paint.white_on_black(&line)
        })
        .collect()
}
