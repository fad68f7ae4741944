//! The bank and its billers, each as a process of its own, with clocks that can be put forward. Either can
//! be killed, and comes back on what its ledger holds.

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

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The bank's gateway.
    Bank,
    /// Its billers.
    Billers,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Bank, Self::Billers];

    /// In the histogram.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bank => "the bank",
            Self::Billers => "the billers",
        }
    }
}

/// A running bank with its billers. They end when this is dropped; and by themselves, when this process
/// is gone.
pub struct Sandbox {
    program: Program,
    folder: PathBuf,
    billers_port: String,
    bank: Process,
    billers: Process,
    ahead_ms: i64,
    /// Messages of the bank that runs now that were read.
    messages: usize,
}

/// A process, and the pipe into it.
struct Process {
    running: Running,
    control: ChildStdin,
}

impl Process {
    fn start(program: &Program, folder: &Path, more: &[&str]) -> Outcome<Self> {
        let data = folder.to_string_lossy();
        let arguments: Vec<&str> =
            ["sandbox", "--control", "--data", &data].into_iter().chain(more.iter().copied()).collect();
        let mut running = program.start(&arguments, None)?;
        let control = running.stdin().ok_or_else(|| Unfit::Unexpected("no pipe to the sandbox".to_owned()))?;
        if !running.until(PATIENCE, |running| event(running, "ready") > 0)? {
            return Err(Unfit::Unexpected(format!("the sandbox did not start: {}", running.err.join("; "))));
        }
        Ok(Self { running, control })
    }

    /// Puts its clock so far ahead.
    fn set_clock(&mut self, ahead_ms: i64) -> Outcome<()> {
        let told = event(&self.running, "clock");
        let line = format!("clock {ahead_ms}\n");
        self.control.write_all(line.as_bytes()).map_err(|error| Unfit::Io("the sandbox", error))?;
        match self.running.until(PATIENCE, |running| event(running, "clock") > told)? {
            true => Ok(()),
            false => Err(Unfit::Unexpected(format!("the sandbox has ended: {}", self.running.err.join("; ")))),
        }
    }
}

impl Sandbox {
    /// Starts fresh ones in `folder`.
    ///
    /// # Errors
    /// They do not come up.
    pub fn start(program: &Program, folder: &Path) -> Outcome<Self> {
        let billers = Process::start(program, folder, &["--only", "billers"])?;
        let url = billers.running.out.first().map_or("", |ready| text(ready, "/billers_url"));
        let billers_port = url.rsplit(':').next().unwrap_or_default().to_owned();
        let bank = Process::start(program, folder, &["--only", "bank", "--billers-port", &billers_port])?;
        let (program, folder) = (program.clone(), folder.to_owned());
        Ok(Self { program, folder, billers_port, bank, billers, ahead_ms: 0, messages: 0 })
    }

    /// `kill -9` for one of them.
    ///
    /// # Errors
    /// The system's; or it had panicked.
    pub fn kill(&mut self, side: Side) -> Outcome<()> {
        self.process(side).running.kill_now()
    }

    /// Starts it again, where it was and with the time that it is.
    ///
    /// # Errors
    /// It does not come up: what a kill leaves has to be enough.
    pub fn start_again(&mut self, side: Side) -> Outcome<()> {
        let port = self.billers_port.clone();
        let only = match side {
            Side::Bank => ["--only", "bank", "--billers-port", &port],
            Side::Billers => ["--only", "billers", "--billers-port", &port],
        };
        let mut process = Process::start(&self.program, &self.folder, &only)?;
        process.set_clock(self.ahead_ms)?;
        *self.process(side) = process;
        if side == Side::Bank {
            // Its outbox is empty.
            self.messages = 0;
        }
        Ok(())
    }

    fn process(&mut self, side: Side) -> &mut Process {
        match side {
            Side::Bank => &mut self.bank,
            Side::Billers => &mut self.billers,
        }
    }

    /// Whether one of them has panicked so far.
    ///
    /// # Errors
    /// [`Unfit::Panicked`].
    pub fn sound(&mut self) -> Outcome<()> {
        for side in Side::BOTH {
            let running = &mut self.process(side).running;
            running.catch_up();
            running.sound()?;
        }
        Ok(())
    }

    /// Where their ledgers are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a client is told of the bank.
    #[must_use]
    pub fn connection(&self) -> PathBuf {
        self.folder.join("connection.json")
    }

    /// Puts both clocks forward.
    ///
    /// # Errors
    /// One of them is gone.
    pub fn pass(&mut self, time: Duration) -> Outcome<()> {
        self.ahead_ms += i64::try_from(time.as_millis()).unwrap_or(0);
        let ahead_ms = self.ahead_ms;
        Side::BOTH.into_iter().try_for_each(|side| self.process(side).set_clock(ahead_ms))
    }

    /// The code in the next message that went to a phone.
    ///
    /// # Errors
    /// None comes.
    pub fn code(&mut self) -> Outcome<String> {
        let (seen, bank) = (self.messages, &mut self.bank.running);
        bank.until(PATIENCE, |running| event(running, "sms") > seen)?;
        self.messages += 1;
        let mut messages = bank.out.iter().filter(|line| text(line, "/event") == "sms");
        let message = messages.nth(seen).map_or("", |line| text(line, "/text"));
        let digits = message.split(|letter: char| !letter.is_ascii_digit()).find(|digits| digits.len() == 6);
        digits.map(str::to_owned).ok_or_else(|| Unfit::Unexpected(format!("no code in {message:?}")))
    }
}

fn event(running: &Running, name: &str) -> usize {
    running.out.iter().filter(|line: &&Value| text(line, "/event") == name).count()
}
