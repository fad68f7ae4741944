//! How the story looks: numbered steps with a few lines each, and a summary.

use std::time::Instant;

use billpay_core::model::Money;
use serde_json::{Value, json};

use super::{proof::Findings, world::World};
use crate::{
    failure::Failure,
    paint::{Align, fold, pad, width},
    shell::Shell,
    show,
};

/// As wide as it gets.
const COLUMNS: usize = 78;
const INDENT: &str = "    ";

pub(super) struct Stage<'a> {
    pub shell: &'a Shell,
    began: Instant,
    steps: Vec<Done>,
}

struct Done {
    name: &'static str,
    ok: bool,
    ms: u128,
}

/// What a step has to say.
#[derive(Default)]
pub(super) struct Told {
    lines: Vec<String>,
}

impl Told {
    /// What goes on behind the scene.
    pub(super) fn scene(&mut self, shell: &Shell, text: &str) {
        self.lines.extend(fold(text, COLUMNS - INDENT.len()).iter().map(|line| shell.paint.dim(line)));
    }

    /// A line that must stay as it is.
    pub(super) fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    pub(super) fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        self.lines.extend(lines);
    }

    /// How it came out: the last word of a step.
    pub(super) fn good(&mut self, shell: &Shell, text: &str) {
        self.result(shell.paint.sign("✓", "ok"), text, |line| shell.paint.good(line));
    }

    /// Not known yet.
    pub(super) fn doubt(&mut self, shell: &Shell, text: &str) {
        self.result(shell.paint.sign("?", "??"), text, |line| shell.paint.doubt(line));
    }

    /// Stopped, as it should be.
    pub(super) fn stopped(&mut self, shell: &Shell, text: &str) {
        self.result(shell.paint.sign("•", "--"), text, |line| shell.paint.accent(line));
    }

    fn result(&mut self, sign: &str, text: &str, style: impl Fn(&str) -> String) {
        for (at, line) in fold(text, COLUMNS - INDENT.len() - 3).iter().enumerate() {
            let head = if at == 0 { style(sign) } else { " ".repeat(width(sign)) };
            self.lines.push(format!("{head} {line}"));
        }
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(shell: &'a Shell) -> Self {
        Self { shell, began: Instant::now(), steps: Vec::new() }
    }

    pub(super) fn title(&self) {
        let shell = self.shell;
        shell.line("");
        shell.line(&shell.paint.bold("billpay"));
        let about = shell.say(
            "一家银行、它的收费单位和一部手机，都在这台机器上：真实的套接字、证书和账本。",
            "A bank, its billers and a phone, all on this machine: real sockets, certificates and ledgers.",
        );
        fold(about, COLUMNS).iter().for_each(|line| shell.line(&shell.paint.dim(line)));
    }

    /// A step of the story, done. Gives whether it came out as it should.
    pub(super) fn done(
        &mut self,
        name: &'static str,
        title: &str,
        since: Instant,
        told: &Told,
        end: &Result<(), Failure>,
    ) -> bool {
        let shell = self.shell;
        let ms = since.elapsed().as_millis();
        let number = self.steps.len() + 1;
        let time = format!("{ms} ms");
        let head = format!("{number:>2}  {title}");
        let gap = " ".repeat(COLUMNS.saturating_sub(width(&head) + width(&time)).max(1));
        shell.line("");
        let number = shell.paint.accent(&format!("{number:>2}"));
        shell.line(&format!("{number}  {}{gap}{}", shell.paint.bold(title), shell.paint.dim(&time)));
        told.lines.iter().for_each(|line| shell.line(&format!("{INDENT}{line}")));
        let mut record = json!({ "step": name, "ok": end.is_ok(), "ms": u64::try_from(ms).unwrap_or(u64::MAX) });
        if let Err(failure) = end {
            let sign = shell.paint.bad(shell.paint.sign("✗", "!!"));
            for (at, line) in fold(&failure.line, COLUMNS - INDENT.len() - 3).iter().enumerate() {
                let head = if at == 0 { sign.as_str() } else { " " };
                shell.line(&format!("{INDENT}{head} {}", shell.paint.bad(line)));
            }
            if let Value::Object(record) = &mut record {
                record.insert("error".to_owned(), failure.to_json());
            }
        }
        shell.record(&record);
        self.steps.push(Done { name, ok: end.is_ok(), ms });
        end.is_ok()
    }

    pub(super) fn failed(&self) -> Vec<String> {
        self.steps.iter().filter(|step| !step.ok).map(|step| step.name.to_owned()).collect()
    }

    /// The summary, for people.
    pub(super) fn curtain(&self, world: &World<'_>, findings: &Findings) {
        let shell = self.shell;
        let paint = shell.paint;
        shell.line("");
        let rule = paint.sign("─", "-").repeat(COLUMNS);
        shell.line(&paint.dim(&rule));
        let steps: u128 = self.steps.iter().map(|step| step.ms).sum();
        let total = self.began.elapsed().as_millis().max(steps);
        let sum = findings.paid_total.map(|sum| shell.money(sum)).unwrap_or_default();
        shell.lines(&show::pairs(
            shell,
            &[
                (shell.say("已付账单", "bills paid"), format!("{} {}", findings.settled().count(), shell.aside(&sum))),
                (
                    shell.say("回单", "receipts"),
                    format!(
                        "{}{} {}",
                        findings.receipts,
                        shell.say("份，离线验签通过", ", verified offline:"),
                        findings.verified
                    ),
                ),
                (shell.say("请求数", "requests"), world.requests.to_string()),
                (shell.say("用时", "time"), format!("{total} ms")),
            ],
        ));
        shell.line("");
        shell.line(
            &paint.bold(
                shell.say("三本账（手机、银行、收费单位）核对结果", "The three ledgers (phone, bank, billers) say"),
            ),
        );
        let names: Vec<&str> = findings.verdicts.keys().copied().collect();
        let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
        for (name, verdict) in &findings.verdicts {
            let (sign, text) = match verdict {
                Ok(()) => (paint.good(paint.sign("✓", "ok")), super::proof::meaning(shell, name).to_owned()),
                Err(why) => (paint.bad(paint.sign("✗", "!!")), paint.bad(why)),
            };
            shell.line(&format!("{sign} {}  {text}", pad(name, widest, Align::Left)));
        }
        shell.line("");
        let well = self.failed().is_empty() && findings.verdicts.values().all(Result::is_ok);
        if well {
            let end =
                shell.say("没有丢失，没有重复，没有误报。", "Nothing lost, nothing doubled, nothing misreported.");
            shell.line(&paint.good(&paint.bold(end)));
        }
    }
}

/// The summary, for scripts.
pub(super) fn summary(stage: &Stage<'_>, world: &World<'_>, findings: &Findings) -> Value {
    let invariants: serde_json::Map<String, Value> =
        findings.verdicts.iter().map(|(name, verdict)| ((*name).to_owned(), Value::Bool(verdict.is_ok()))).collect();
    let ok = stage.failed().is_empty() && findings.verdicts.values().all(Result::is_ok);
    let paid: Vec<Value> = findings
        .payments
        .iter()
        .map(|payment| {
            let amount: Money = payment.total;
            json!({ "payment_id": payment.id, "state": show::state(&payment.state), "amount": show::money(amount) })
        })
        .collect();
    let broken: Vec<String> = findings
        .verdicts
        .iter()
        .filter_map(|(name, verdict)| Some(format!("{name}: {}", verdict.as_ref().err()?)))
        .collect();
    json!({
        "step": "summary", "ok": ok, "activated": world.activated, "bindings": findings.bindings, "paid": paid,
        "receipts": findings.receipts, "receipts_verified_offline": findings.verified,
        "requests": world.requests, "invariants": invariants, "broken": broken, "failed_steps": stage.failed(),
    })
}
