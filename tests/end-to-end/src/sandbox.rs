//! The bank and its billers as a process of their own, with a clock that can be put forward.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ChildStdin,
    time::Duration,
};

use serde_json::Value;

use crate::{
    Outcome, Unfit,
    program::{Program, Running, text},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running sandbox. It ends when it is dropped; and by itself, when this process is gone.
pub struct Sandbox {
    running: Running,
    control: ChildStdin,
    folder: PathBuf,
    ahead_ms: i64,
    messages: usize,
}

impl Sandbox {
    /// Starts a fresh one in `folder`.
    ///
    /// # Errors
    /// It does not come up.
    pub fn start(program: &Program, folder: &Path) -> Outcome<Self> {
        let data = folder.to_string_lossy();
        let mut running = program.start(&["sandbox", "--control", "--data", &data], None)?;
        let control = running.stdin().ok_or_else(|| Unfit::Unexpected("no pipe to the sandbox".to_owned()))?;
        if !running.until(PATIENCE, |running| event(running, "ready") > 0)? {
            return Err(Unfit::Unexpected(format!("the sandbox did not start: {}", running.err.join("; "))));
        }
        Ok(Self { running, control, folder: folder.to_owned(), ahead_ms: 0, messages: 0 })
    }

    /// Whether it has panicked so far.
    ///
    /// # Errors
    /// [`Unfit::Panicked`].
    pub fn sound(&mut self) -> Outcome<()> {
        self.running.catch_up();
        self.running.sound()
    }

    /// Where its ledgers are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a client is told of it.
    #[must_use]
    pub fn connection(&self) -> PathBuf {
        self.folder.join("connection.json")
    }

    /// Puts the clocks of bank and billers forward.
    ///
    /// # Errors
    /// The sandbox is gone.
    pub fn pass(&mut self, time: Duration) -> Outcome<()> {
        let told = event(&self.running, "clock");
        self.ahead_ms += i64::try_from(time.as_millis()).unwrap_or(0);
        let line = format!("clock {}\n", self.ahead_ms);
        self.control.write_all(line.as_bytes()).map_err(|error| Unfit::Io("the sandbox", error))?;
        match self.running.until(PATIENCE, |running| event(running, "clock") > told)? {
            true => Ok(()),
            false => Err(Unfit::Unexpected(format!("the sandbox has ended: {}", self.running.err.join("; ")))),
        }
    }

    /// The code in the next message that went to a phone.
    ///
    /// # Errors
    /// None comes.
    pub fn code(&mut self) -> Outcome<String> {
        let seen = self.messages;
        self.running.until(PATIENCE, |running| event(running, "sms") > seen)?;
        self.messages += 1;
        let mut messages = self.running.out.iter().filter(|line| text(line, "/event") == "sms");
        let message = messages.nth(seen).map_or("", |line| text(line, "/text"));
        let digits = message.split(|letter: char| !letter.is_ascii_digit()).find(|digits| digits.len() == 6);
        digits.map(str::to_owned).ok_or_else(|| Unfit::Unexpected(format!("no code in {message:?}")))
    }
}

fn event(running: &Running, name: &str) -> usize {
    running.out.iter().filter(|line: &&Value| text(line, "/event") == name).count()
}
