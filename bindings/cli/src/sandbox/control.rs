//! `billpay sandbox --control`: commands from another program, a line each on standard input. The
//! end of the input ends the sandbox, so that it never outlives whoever started it.

use std::{fs, io::BufRead as _, path::PathBuf};

use sandbox_gateway::{ledger::operator::ForAPerson, server::Sandbox};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::shell::Shell;

/// What comes in; nothing, ever, if nobody was asked to listen.
pub(super) struct Control(Option<UnboundedReceiver<String>>);

impl Control {
    pub(super) fn start(listen: bool) -> Self {
        if !listen {
            return Self(None);
        }
        let (sender, receiver) = unbounded_channel();
        // A thread of its own: reading a terminal or a pipe blocks, and must not hold up the end.
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self(Some(receiver))
    }

    /// The next line; `None` at the end of the input.
    pub(super) async fn line(&mut self) -> Option<String> {
        match &mut self.0 {
            Some(receiver) => receiver.recv().await,
            None => std::future::pending().await,
        }
    }
}

/// What may be said.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    /// Both clocks so many milliseconds ahead.
    Clock(i64),
    /// The bank's ledger of this moment into a file.
    Backup(PathBuf),
    /// The ledger back to such a file, under a new epoch.
    Restore(PathBuf),
    /// What a person at the bank has to look at.
    Operator,
    /// The billers check the bank's statements, and tell it what does not agree.
    Reconcile,
    /// The billers' books of this moment into a file.
    BackupBillers(PathBuf),
    /// The books back to such a file: what was charged since is forgotten there.
    RestoreBillers(PathBuf),
    /// How many requests the bank has had since it started.
    Requests,
}

fn read(line: &str) -> Option<Command> {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let argument = argument.trim();
    let file = || (!argument.is_empty()).then(|| PathBuf::from(argument));
    match command {
        "clock" => argument.parse().ok().map(Command::Clock),
        "backup" => file().map(Command::Backup),
        "restore" => file().map(Command::Restore),
        "operator" if argument.is_empty() => Some(Command::Operator),
        "reconcile" if argument.is_empty() => Some(Command::Reconcile),
        "backup-billers" => file().map(Command::BackupBillers),
        "restore-billers" => file().map(Command::RestoreBillers),
        "requests" if argument.is_empty() => Some(Command::Requests),
        _ => None,
    }
}

/// Does what the line says, and says that it is done, or why not.
pub(super) async fn obey(shell: &Shell, sandbox: &Sandbox, line: &str) {
    let Some(command) = read(line) else {
        return not_understood(
            shell,
            line,
            "clock <MS>, backup <FILE>, restore <FILE>, operator, reconcile, backup-billers <FILE>, restore-billers <FILE>, \
             requests",
        );
    };
    match command {
        Command::Clock(ahead) => {
            sandbox.set_clock_offset_ms(ahead);
            told_the_time(shell, ahead);
        }
        Command::Backup(path) => {
            let saved = sandbox.backup().map_err(|error| error.to_string());
            let saved = saved.and_then(|bytes| fs::write(&path, bytes).map_err(|error| error.to_string()));
            let said = json!({ "event": "backup", "file": path });
            let words = shell.say("账本已备份", "the ledger is backed up");
            done(shell, said, words, saved);
        }
        Command::Restore(path) => {
            let restored = match fs::read(&path) {
                Ok(bytes) => sandbox.restore(&bytes).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let epoch = sandbox.gateway().map(|gateway| gateway.epoch().to_owned());
            let said = json!({ "event": "restore", "file": path, "epoch": epoch });
            let words = shell.say("账本已恢复，新纪元开始", "the ledger is restored, a new epoch begins");
            done(shell, said, words, restored);
        }
        Command::Reconcile => {
            let reports = sandbox.reconcile(true).await;
            let (found, said) = match &reports {
                Ok(reports) => {
                    let lines: Vec<Value> = reports
                        .iter()
                        .flat_map(|(biller, days)| {
                            days.iter().map(move |day| {
                        let found: serde_json::Map<String, Value> =
                            day.found.iter().map(|(what, count)| (what.as_str().to_owned(), (*count).into())).collect();
                        json!({ "biller": biller, "day": day.day.to_string(), "lines": day.lines, "found": found,
                            "resolved": day.resolved, "told": day.told })
                    })
                        })
                        .collect();
                    let found: u64 = reports.values().flatten().flat_map(|day| day.found.values()).sum();
                    (found, json!({ "event": "reconcile", "days": lines }))
                }
                Err(_) => (0, json!({ "event": "reconcile" })),
            };
            let words = format!("{}: {found}", shell.say("对账完成，新差异", "reconciled, new differences"));
            done(shell, said, &words, reports.map(|_| ()).map_err(|error| error.to_string()));
        }
        Command::BackupBillers(path) => {
            let saved = sandbox.backup_billers().map_err(|error| error.to_string());
            let saved = saved.and_then(|bytes| fs::write(&path, bytes).map_err(|error| error.to_string()));
            let words = shell.say("缴费机构账簿已备份", "the billers' books are backed up");
            done(shell, json!({ "event": "backup-billers", "file": path }), words, saved);
        }
        Command::RestoreBillers(path) => {
            let bytes = fs::read(&path).map_err(|error| error.to_string());
            let restored = bytes.and_then(|bytes| sandbox.restore_billers(&bytes).map_err(|error| error.to_string()));
            let words = shell.say("缴费机构账簿已恢复", "the billers' books are put back");
            done(shell, json!({ "event": "restore-billers", "file": path }), words, restored);
        }
        Command::Requests => {
            let count = sandbox.gateway().map_or(0, |gateway| gateway.requests().len());
            shell.record(&json!({ "event": "requests", "requests": count, "ok": true }));
            shell.line(&format!("{} {count}", shell.say("请求数", "requests:")));
        }
        Command::Operator => {
            let list = sandbox.gateway().map(|gateway| gateway.for_a_person());
            match list.transpose() {
                Ok(list) => {
                    let list = list.unwrap_or_default();
                    let lines: Vec<Value> = list.iter().map(as_json).collect();
                    shell.record(&json!({ "event": "operator", "orders": lines, "ok": true }));
                    show(shell, &list);
                }
                Err(error) => done(shell, json!({ "event": "operator" }), "", Err(error.to_string())),
            }
        }
    }
}

/// The same where nothing but a clock can be moved.
pub(super) fn obey_clock(shell: &Shell, line: &str, set: impl FnOnce(i64)) {
    match read(line) {
        Some(Command::Clock(ahead)) => {
            set(ahead);
            told_the_time(shell, ahead);
        }
        Some(
            Command::Backup(_)
            | Command::Restore(_)
            | Command::Operator
            | Command::Reconcile
            | Command::BackupBillers(_)
            | Command::RestoreBillers(_)
            | Command::Requests,
        )
        | None => not_understood(shell, line, "clock <MS>"),
    }
}

fn told_the_time(shell: &Shell, ahead: i64) {
    shell.record(&json!({ "event": "clock", "ahead_ms": ahead }));
    shell.line(&format!("{} {ahead} ms", shell.say("时钟拨快", "clocks ahead by")));
}

fn not_understood(shell: &Shell, line: &str, there_is: &str) {
    shell.record(&json!({ "event": "not-understood", "line": line }));
    let what = shell.say("听不懂。可用：", "Not understood. There is: ");
    shell.line(&format!("{what}{there_is}"));
}

fn done(shell: &Shell, mut said: Value, words: &str, result: Result<(), String>) {
    if let Value::Object(said) = &mut said {
        said.insert("ok".to_owned(), result.is_ok().into());
        if let Err(error) = &result {
            said.insert("error".to_owned(), error.as_str().into());
        }
    }
    shell.record(&said);
    match result {
        Ok(()) => shell.line(words),
        Err(error) => shell.line(&format!("{}: {error}", shell.say("未能完成", "not done"))),
    }
}

/// A line of the operator's list for scripts.
pub(super) fn as_json(line: &ForAPerson) -> Value {
    let since = jiff::Timestamp::from_millisecond(line.since).map(|since| since.to_string()).unwrap_or_default();
    json!({ "payment_id": line.payment_id, "reason": line.reason, "since": since })
}

/// The operator's list for people.
pub(super) fn show(shell: &Shell, list: &[ForAPerson]) {
    if list.is_empty() {
        return shell.line(shell.say("没有需要人工处理的付款。", "Nothing for a person to look at."));
    }
    for line in list {
        let since = jiff::Timestamp::from_millisecond(line.since).map(|since| shell.moment(since)).unwrap_or_default();
        let what = shell.say("需要人工处理", "for a person at the bank");
        shell.line(&format!("{what}: {} ({}), {since}", line.payment_id, line.reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_with_its_argument_or_none() {
        assert_eq!(read("clock -5 "), Some(Command::Clock(-5)));
        assert_eq!(read("backup a folder/x.db"), Some(Command::Backup(PathBuf::from("a folder/x.db"))));
        assert_eq!(read(" restore x.db"), Some(Command::Restore(PathBuf::from("x.db"))));
        assert_eq!(read("operator"), Some(Command::Operator));
        assert_eq!(read("reconcile"), Some(Command::Reconcile));
        assert_eq!(read("requests"), Some(Command::Requests));
        assert_eq!(read("backup-billers b.db"), Some(Command::BackupBillers(PathBuf::from("b.db"))));
        assert_eq!(read("restore-billers b.db"), Some(Command::RestoreBillers(PathBuf::from("b.db"))));
        for bad in ["", "clock", "clock x", "backup", "restore ", "operator now", "stop"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
