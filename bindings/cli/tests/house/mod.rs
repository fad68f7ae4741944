//! Real processes: a `billpay sandbox` on ports that the system chose, and `billpay` itself against it.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "only tests use this")]

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

pub const PHONE: &str = "13800000001";
pub const POWER: (&str, &str, &str) = ("power-sh", "3110001017", "E0001");

/// The program with nothing of the caller's own settings in it.
pub fn billpay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_billpay"));
    command
        .env_remove("BILLPAY_PLANT")
        .env_remove("BILLPAY_PAUSE_AT")
        .env_remove("BILLPAY_PROFILE")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES");
    command.env("LANG", "C.UTF-8").env("TZ", "Asia/Shanghai").stdin(Stdio::null());
    command
}

/// A bank and its billers in a process of their own; killed when dropped.
pub struct Sandbox {
    child: Child,
    commands: Option<ChildStdin>,
    lines: Receiver<Value>,
    pub connection: PathBuf,
    pub ready: Value,
}

impl Sandbox {
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        Self::started(folder, more, Stdio::null())
    }

    /// One that takes commands.
    pub fn controlled(folder: &Path) -> Self {
        Self::started(folder, &["--control"], Stdio::piped())
    }

    /// One that takes commands, with a fault script.
    pub fn controlled_and_faulty(folder: &Path, script: &str) -> Self {
        let file = folder.join("faults.json");
        std::fs::write(&file, script).unwrap();
        Self::started(folder, &["--control", "--faults", file.to_str().unwrap()], Stdio::piped())
    }

    /// Gives a command, and waits until it says that it was obeyed; gives what it said.
    pub fn control(&mut self, command: &str) -> Value {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let name = command.split(' ').next().unwrap();
        loop {
            let said = self.lines.recv_timeout(Duration::from_secs(30)).expect("an answer");
            if said["event"] == name {
                return said;
            }
        }
    }

    fn started(folder: &Path, more: &[&str], commands: Stdio) -> Self {
        let mut command = billpay();
        command.stdin(commands);
        command.args(["--json", "sandbox", "--data"]).arg(folder).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let ready: Value = lines.recv_timeout(Duration::from_secs(30)).expect("the sandbox starts");
        assert_eq!(ready["event"], "ready", "{ready}");
        let commands = child.stdin.take();
        Self { child, commands, lines, connection: ready["connection"].as_str().unwrap().into(), ready }
    }

    /// With a fault script.
    pub fn faulty(folder: &Path, script: &str) -> Self {
        let file = folder.join("faults.json");
        std::fs::write(&file, script).unwrap();
        Self::start(folder, &["--faults", file.to_str().unwrap()])
    }

    /// The code of the next message.
    pub fn code(&self) -> String {
        let text = self.message(Duration::from_secs(10)).expect("a message comes");
        text.rsplit('#').next().unwrap().to_owned()
    }

    /// The next message, if one comes within that time.
    pub fn message(&self, within: Duration) -> Option<String> {
        let sms = self.lines.recv_timeout(within).ok()?;
        Some(sms["text"].as_str().unwrap().to_owned())
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A phone's profile in a folder of its own.
pub struct Phone {
    pub profile: PathBuf,
    pub gateway: Option<PathBuf>,
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub lines: Vec<Value>,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let lines = String::from_utf8(output.stdout).unwrap();
        Self {
            status: output.status.code().expect("not ended by a signal"),
            lines: lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn last(&self) -> &Value {
        self.lines.last().expect("a last line")
    }

    /// It worked, and the last line says so.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!((self.status, &self.last()["ok"]), (0, &Value::Bool(true)), "{self:?}");
        self
    }

    /// It did not: this code, a status that is not 0, one line on standard error that says the same.
    #[track_caller]
    pub fn failed(self, code: &str) -> Self {
        assert_eq!(self.last()["ok"], false, "{self:?}");
        assert_eq!(self.last()["error"]["code"], code, "{self:?}");
        assert!(self.status != 0, "{self:?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        assert!(lines[0].len() > 20 && !lines[0].contains("Error("), "{self:?}");
        self
    }
}

impl Phone {
    pub fn new(folder: &Path, sandbox: &Sandbox) -> Self {
        Self { profile: folder.join("phone"), gateway: Some(sandbox.connection.clone()) }
    }

    /// One whose profile remembers its gateway, or has none.
    pub fn without_gateway(folder: &Path) -> Self {
        Self { profile: folder.join("phone"), gateway: None }
    }

    pub fn with_gateway(folder: &Path, connection: PathBuf) -> Self {
        Self { profile: folder.join("phone"), gateway: Some(connection) }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = billpay();
        command.arg("--json").arg("--profile").arg(&self.profile);
        if let Some(gateway) = &self.gateway {
            command.arg("--gateway").arg(gateway);
        }
        command.args(arguments);
        command
    }

    /// What it says to a person, on both streams, on a machine in that zone; and the status.
    pub fn said_in(&self, zone: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = billpay();
        command.env("TZ", zone).arg("--profile").arg(&self.profile);
        if let Some(gateway) = &self.gateway {
            command.arg("--gateway").arg(gateway);
        }
        let ran = command.args(arguments).output().unwrap();
        let text = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (ran.status.code().unwrap(), text)
    }

    /// The same where the bank is.
    pub fn said(&self, arguments: &[&str]) -> (i32, String) {
        self.said_in("Asia/Shanghai", arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// From now on the profile has to remember.
    pub fn forget_gateway(&mut self) {
        self.gateway = None;
    }

    pub fn activate(&self, sandbox: &Sandbox) {
        self.run(&["activate", "start", PHONE]).ok();
        self.run(&["activate", "finish", &sandbox.code()]).ok();
    }

    pub fn bind(&self, biller: &str, number: &str) {
        let echo = self.run(&["bind", "lookup", biller, number]).ok();
        let token = echo.last()["token"].as_str().unwrap();
        self.run(&["bind", "confirm", biller, number, "--token", token]).ok();
    }

    /// Active, with the usual account bound.
    pub fn ready(folder: &Path, sandbox: &Sandbox) -> Self {
        let phone = Self::new(folder, sandbox);
        phone.activate(sandbox);
        phone.bind(POWER.0, POWER.1);
        phone
    }
}
