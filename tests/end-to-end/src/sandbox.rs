//! The bank and its billers, each as a process of its own, with clocks that can be put forward. Either can
//! be killed, and comes back on what its ledger holds. Between the phones and the bank, and between the bank
//! and the billers, there is a proxy.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ChildStdin,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Outcome, Unfit,
    program::{Program, Running, text},
    proxy::{Proxy, struck::Struck, weather::Weather},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Where phones find the bank: its port at another address of this machine, so that the URL that they
/// sign is the bank's own.
const FRONT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// In the sandbox's folder: the bank's connection file, with the proxy's address.
const CONNECTION: &str = "phones.json";

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

    /// For scripts.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Billers => "billers",
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
    /// Between phones and bank.
    front: Proxy,
    /// Between bank and billers.
    leg: Proxy,
    ahead_ms: i64,
    /// Messages of the bank that runs now that were read.
    messages: usize,
    /// Requests that banks have had that were killed since.
    requests: u64,
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
        self.tell("clock", &format!("clock {ahead_ms}\n"))
    }

    /// How many requests it has had.
    fn requests(&mut self) -> Outcome<u64> {
        self.tell("requests", "requests\n")?;
        let told = self.running.out.iter().rev().find(|line| text(line, "/event") == "requests");
        Ok(told.and_then(|line| line.get("requests")?.as_u64()).unwrap_or(0))
    }

    /// Says a line, and waits for the event that answers it.
    fn tell(&mut self, name: &str, line: &str) -> Outcome<()> {
        let told = event(&self.running, name);
        self.control.write_all(line.as_bytes()).map_err(|error| Unfit::Io("the sandbox", error))?;
        match self.running.until(PATIENCE, |running| event(running, name) > told)? {
            true => Ok(()),
            false => Err(Unfit::Unexpected(format!("the sandbox has ended: {}", self.running.err.join("; ")))),
        }
    }
}

impl Sandbox {
    /// Starts fresh ones in `folder`; `seed` is of the networks between them.
    ///
    /// # Errors
    /// They do not come up.
    pub fn start(program: &Program, folder: &Path, seed: u64) -> Outcome<Self> {
        let billers = Process::start(program, folder, &["--only", "billers"])?;
        let url = billers.running.out.first().map_or("", |ready| text(ready, "/billers_url"));
        let billers_port = url.rsplit(':').next().unwrap_or_default().to_owned();
        let leg = Proxy::start(local(0), local(port(&billers_port)?), seed.wrapping_add(1))?;
        let leg_port = leg.address().port().to_string();
        let bank = Process::start(program, folder, &["--only", "bank", "--billers-port", &leg_port])?;
        let bank_port = bank.running.out.first().map_or("", |ready| text(ready, "/url")).rsplit(':').next();
        let bank_port = port(bank_port.unwrap_or_default())?;
        let front = Proxy::start(SocketAddr::from((FRONT, bank_port)), local(bank_port), seed)?;
        lead_through(folder, front.address())?;
        let (program, folder) = (program.clone(), folder.to_owned());
        Ok(Self { program, folder, billers_port, bank, billers, front, leg, ahead_ms: 0, messages: 0, requests: 0 })
    }

    /// The weather on both networks from now on.
    pub fn weather(&self, weather: Weather) {
        self.front.set(weather);
        self.leg.set(if weather == Weather::Calm { Weather::Calm } else { Weather::Leg });
    }

    /// What the proxies have done so far: between phones and bank, and between bank and billers.
    #[must_use]
    pub fn struck(&self) -> [Struck; 2] {
        [self.front.struck(), self.leg.struck()]
    }

    /// `kill -9` for one of them.
    ///
    /// # Errors
    /// The system's; or it had panicked.
    pub fn kill(&mut self, side: Side) -> Outcome<()> {
        if side == Side::Bank {
            self.requests += self.bank.requests()?;
        }
        self.process(side).running.kill_now()
    }

    /// Starts it again, where it was and with the time that it is.
    ///
    /// # Errors
    /// It does not come up: what a kill leaves has to be enough.
    pub fn start_again(&mut self, side: Side) -> Outcome<()> {
        let (own, leg) = (self.billers_port.clone(), self.leg.address().port().to_string());
        let only = match side {
            Side::Bank => ["--only", "bank", "--billers-port", &leg],
            Side::Billers => ["--only", "billers", "--billers-port", &own],
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

    /// How many requests the bank has had, in all its lives.
    ///
    /// # Errors
    /// It is gone.
    pub fn requests(&mut self) -> Outcome<u64> {
        Ok(self.requests + self.bank.requests()?)
    }

    /// Where their ledgers are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a client is told of the bank.
    #[must_use]
    pub fn connection(&self) -> PathBuf {
        self.folder.join(CONNECTION)
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

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn port(text: &str) -> Outcome<u16> {
    text.parse().map_err(|_| Unfit::Unexpected(format!("the sandbox has no port: {text:?}")))
}

/// Writes what phones are told of the bank: all as it says itself, but for where it is. Pins are on keys,
/// so nothing has to be signed anew.
fn lead_through(folder: &Path, front: SocketAddr) -> Outcome<()> {
    let failed = |error| Unfit::Io("the connection file", error);
    let bytes = std::fs::read(folder.join("connection.json")).map_err(failed)?;
    let mut file: Value = serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
    if let Some(members) = file.as_object_mut() {
        members.insert("resolve".to_owned(), json!(front));
    }
    std::fs::write(folder.join(CONNECTION), file.to_string()).map_err(failed)
}

fn event(running: &Running, name: &str) -> usize {
    running.out.iter().filter(|line: &&Value| text(line, "/event") == name).count()
}
