//! `billpay sandbox --control`: commands from another program, a line each on standard input. The
//! end of the input ends the sandbox, so that it never outlives whoever started it.

use std::{
    fs,
    io::{self, BufRead},
    path::PathBuf,
};

use sandbox_gateway::{ledger::operator::ForAPerson, payments::by_hand::Word, server::Sandbox};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};

use super::{
    biller::{self, Errand},
    by_hand,
};
use crate::{files, shell::Shell};

/// More than any command with the longest path that a system allows.
const LONGEST: usize = 8 << 10;
/// How many lines wait; whoever writes more of them waits, too.
const WAITING: usize = 64;

/// What comes in; nothing, ever, if nobody was asked to listen.
pub(super) struct Control(Option<Receiver<Line>>);

/// A line of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// As it was written.
    Words(String),
    /// No text, or too long for one: no command, whatever can be made out of it.
    Garbled(String),
}

/// The next line, of which no more is kept than the longest may have; `None` at the end.
fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let (mut kept, mut any, mut too_long) = (Vec::new(), false, false);
    loop {
        let part = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            part => part?,
        };
        if part.is_empty() {
            break;
        }
        any = true;
        let end = part.iter().position(|byte| *byte == b'\n');
        let (content, used) = end.map_or((part, part.len()), |at| (part.get(..at).unwrap_or(part), at + 1));
        let room = content.get(..LONGEST - kept.len()).unwrap_or(content);
        too_long |= room.len() < content.len();
        kept.extend_from_slice(room);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(any.then(|| match String::from_utf8(kept) {
        Ok(words) if !too_long => Line::Words(words),
        Ok(words) => Line::Garbled(beginning(&words)),
        Err(bytes) => Line::Garbled(beginning(&String::from_utf8_lossy(bytes.as_bytes()))),
    }))
}

/// Enough of a line to know it again.
fn beginning(line: &str) -> String {
    line.chars().take(80).collect()
}

impl Control {
    pub(super) fn start(listen: bool) -> Self {
        if !listen {
            return Self(None);
        }
        let (sender, receiver) = channel(WAITING);
        // A thread of its own: reading a terminal or a pipe blocks, and must not hold up the end.
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(line)) = next(&mut input) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self(Some(receiver))
    }

    /// The next line; `None` at the end of the input.
    pub(super) async fn line(&mut self) -> Option<Line> {
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
    /// What a person at the bank says of an order on that list (rule 12).
    Rule(Word),
    /// The billers check the bank's statements, and tell it what does not agree.
    Reconcile,
    /// The billers' books of this moment into a file.
    BackupBillers(PathBuf),
    /// The books back to such a file: what was charged since is forgotten there.
    RestoreBillers(PathBuf),
    /// How many requests the bank has had since it started.
    Requests,
    /// What goes wrong from now on: a fault script, as JSON in one line.
    Faults(String),
    /// What happens at a biller, or is asked of its books.
    Biller(Errand),
    /// The bank asks the billers whose time has come.
    Collect,
}

fn read(line: &Line) -> Option<Command> {
    match line {
        Line::Words(words) => command(words),
        Line::Garbled(_) => None,
    }
}

fn command(line: &str) -> Option<Command> {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let argument = argument.trim();
    let file = || (!argument.is_empty()).then(|| PathBuf::from(argument));
    match command {
        "clock" => argument.parse().ok().map(Command::Clock),
        "backup" => file().map(Command::Backup),
        "restore" => file().map(Command::Restore),
        "operator" if argument.is_empty() => Some(Command::Operator),
        "rule" => by_hand::word(argument).map(Command::Rule),
        "reconcile" if argument.is_empty() => Some(Command::Reconcile),
        "backup-billers" => file().map(Command::BackupBillers),
        "restore-billers" => file().map(Command::RestoreBillers),
        "requests" if argument.is_empty() => Some(Command::Requests),
        "faults" if !argument.is_empty() => Some(Command::Faults(argument.to_owned())),
        "collect" if argument.is_empty() => Some(Command::Collect),
        "revise" | "bill" | "close" | "reopen" | "charges" => biller::errand(command, argument).map(Command::Biller),
        _ => None,
    }
}

/// Does what the line says, and says that it is done, or why not.
pub(super) async fn obey(shell: &Shell, sandbox: &Sandbox, line: &Line) {
    let Some(command) = read(line) else {
        return not_understood(
            shell,
            line,
            "clock <MS>, backup <FILE>, restore <FILE>, operator, rule <PAYMENT> charged|not-charged <PERSON> [<MINOR>], reconcile, backup-billers <FILE>, restore-billers <FILE>, \
             requests, faults <JSON>, revise <BILLER> <BILL> <MINOR>, bill <BILLER> <NUMBER> <BILL> <MINOR> [<DUE>], collect, close <BILLER>, reopen <BILLER>, charges <BILLER>",
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
            let restored = match files::backup(&path) {
                Ok(bytes) => sandbox.restore(&bytes).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.words(shell)),
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
            let words = shell.say("收费单位账簿已备份", "the billers' books are backed up");
            done(shell, json!({ "event": "backup-billers", "file": path }), words, saved);
        }
        Command::RestoreBillers(path) => {
            let bytes = files::backup(&path).map_err(|error| error.words(shell));
            let restored = bytes.and_then(|bytes| sandbox.restore_billers(&bytes).map_err(|error| error.to_string()));
            let words = shell.say("收费单位账簿已恢复", "the billers' books are put back");
            done(shell, json!({ "event": "restore-billers", "file": path }), words, restored);
        }
        Command::Requests => {
            let count = sandbox.gateway().map_or(0, |gateway| gateway.requests().len());
            shell.record(&json!({ "event": "requests", "requests": count, "ok": true }));
            shell.line(&format!("{} {count}", shell.say("请求数", "requests:")));
        }
        Command::Rule(word) => by_hand::tell(shell, sandbox, &word),
        Command::Faults(script) => {
            let set = sandbox.faults().set_json(&script).map_err(|error| error.to_string());
            done(shell, json!({ "event": "faults" }), shell.say("故障脚本已更换", "the fault script is replaced"), set);
        }
        Command::Collect => collect(shell, sandbox).await,
        Command::Biller(errand) => biller::run(shell, sandbox, &errand),
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

async fn collect(shell: &Shell, sandbox: &Sandbox) {
    let Some(gateway) = sandbox.gateway() else {
        return done(shell, json!({ "event": "collect" }), "", Err("the bank is being restored".to_owned()));
    };
    let collected = gateway.collect().await;
    let known = collected.as_ref().copied().unwrap_or_default();
    let said = json!({ "event": "collect", "asked": known.asked, "silent": known.silent });
    let words = format!("{} {}", shell.say("已查询", "asked about"), known.asked);
    done(shell, said, &words, collected.map(|_| ()).map_err(|error| error.to_string()));
}

/// The same where nothing but a clock can be moved.
pub(super) fn obey_clock(shell: &Shell, line: &Line, set: impl FnOnce(i64)) {
    match read(line) {
        Some(Command::Clock(ahead)) => {
            set(ahead);
            told_the_time(shell, ahead);
        }
        Some(
            Command::Backup(_)
            | Command::Restore(_)
            | Command::Operator
            | Command::Rule(_)
            | Command::Reconcile
            | Command::BackupBillers(_)
            | Command::RestoreBillers(_)
            | Command::Requests
            | Command::Faults(_)
            | Command::Biller(_)
            | Command::Collect,
        )
        | None => not_understood(shell, line, "clock <MS>"),
    }
}

fn told_the_time(shell: &Shell, ahead: i64) {
    shell.record(&json!({ "event": "clock", "ahead_ms": ahead }));
    shell.line(&format!("{} {ahead} ms", shell.say("时钟拨快", "clocks ahead by")));
}

fn not_understood(shell: &Shell, line: &Line, there_is: &str) {
    let (Line::Words(line) | Line::Garbled(line)) = line;
    shell.record(&json!({ "event": "not-understood", "line": line }));
    let what = shell.say("听不懂。可用：", "Not understood. There is: ");
    shell.line(&format!("{what}{there_is}"));
}

pub(super) fn done(shell: &Shell, mut said: Value, words: &str, result: Result<(), String>) {
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
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_with_its_argument_or_none() {
        assert_eq!(command("clock -5 "), Some(Command::Clock(-5)));
        assert_eq!(command("backup a folder/x.db"), Some(Command::Backup(PathBuf::from("a folder/x.db"))));
        assert_eq!(command(" restore x.db"), Some(Command::Restore(PathBuf::from("x.db"))));
        assert_eq!(command("operator"), Some(Command::Operator));
        assert_eq!(command("reconcile"), Some(Command::Reconcile));
        assert_eq!(command("requests"), Some(Command::Requests));
        assert_eq!(command("backup-billers b.db"), Some(Command::BackupBillers(PathBuf::from("b.db"))));
        assert_eq!(command("restore-billers b.db"), Some(Command::RestoreBillers(PathBuf::from("b.db"))));
        assert_eq!(command("faults []"), Some(Command::Faults("[]".to_owned())));
        let revise = Errand::Revise { biller: "b".to_owned(), bill: "E1".to_owned(), minor: 5 };
        assert_eq!(command("revise b E1 5"), Some(Command::Biller(revise)));
        assert_eq!(command("close b"), Some(Command::Biller(Errand::Close { biller: "b".to_owned(), closed: true })));
        assert_eq!(command("collect"), Some(Command::Collect));
        let due = Some(jiff::civil::date(2026, 12, 5));
        for (words, due) in [("bill b 311 E9 500 2026-12-05", due), ("bill b 311 E9 500", None)] {
            let bill = Errand::Bill { biller: "b".into(), number: "311".into(), bill: "E9".into(), minor: 500, due };
            assert_eq!(command(words), Some(Command::Biller(bill)));
        }
        for bad in [
            "collect now",
            "bill b 311 E9",
            "bill b 311 E9 500 soon",
            "bill b 311 E9 -5",
            "bill b 311 E9 5 2026-12-05 x",
        ] {
            assert_eq!(command(bad), None, "{bad}");
        }
        for bad in ["faults", "revise b E1", "revise b E1 x", "revise b E1 5 6", "close", "reopen a b", "charges"] {
            assert_eq!(command(bad), None, "{bad}");
        }
        for bad in ["", "clock", "clock x", "backup", "restore ", "operator now", "rule", "rule x charged", "stop"] {
            assert_eq!(command(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_line_that_is_no_text_or_has_no_end_is_reported_and_the_next_one_is_read() {
        let endless = "x".repeat(100 * LONGEST);
        let mut input = b"clock 1\nbackup \xff\xfe.db\n".to_vec();
        input.extend_from_slice(endless.as_bytes());
        input.extend_from_slice(b"\nclock 2\n\nclock 3");
        // In small parts, as a pipe gives them.
        let mut input = io::BufReader::with_capacity(7, input.as_slice());
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input).unwrap() {
            lines.push(line);
        }
        let words = |text: &str| Line::Words(text.to_owned());
        let expected = [
            words("clock 1"),
            Line::Garbled("backup \u{FFFD}\u{FFFD}.db".to_owned()),
            Line::Garbled("x".repeat(80)),
            words("clock 2"),
            words(""),
            words("clock 3"),
        ];
        assert_eq!(lines, expected);
        assert_eq!(lines.iter().filter_map(read).count(), 3, "what is garbled is no command");
    }

    #[test]
    fn the_longest_line_that_is_allowed_is_read_whole() {
        let longest = "y".repeat(LONGEST);
        let mut input = io::BufReader::new(longest.as_bytes());
        assert_eq!(next(&mut input).unwrap(), Some(Line::Words(longest.clone())));
    }
}
