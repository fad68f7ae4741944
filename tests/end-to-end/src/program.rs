//! Building `billpay` and running it. Whatever is started here is ended here: a [`Running`] that is
//! dropped, by a panic too, is killed and waited for.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Outcome, Unfit};

/// The binary, and what it is started with.
#[derive(Clone, Debug)]
pub struct Program {
    binary: PathBuf,
    home: PathBuf,
    plant: Option<String>,
    started: Arc<AtomicU64>,
}

/// A line of a process.
#[derive(Debug)]
enum Line {
    Out(String),
    Err(String),
}

/// A process that is under way.
pub struct Running {
    child: Child,
    lines: Receiver<Line>,
    /// What it has said on standard output so far.
    pub out: Vec<Value>,
    /// What it has said on standard error so far.
    pub err: Vec<String>,
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// JSON lines of standard output.
    pub out: Vec<Value>,
    /// Lines of standard error.
    pub err: Vec<String>,
}

impl Program {
    /// Builds `billpay` by cargo, in the profile and target directory of this very program.
    ///
    /// # Errors
    /// [`Unfit::Build`], or that cargo cannot be started.
    pub fn build(home: &Path, plant: Option<&str>) -> Outcome<Self> {
        let here = std::env::current_exe().map_err(|error| Unfit::Io("this program", error))?;
        // target/PROFILE/end-to-end, or target/PROFILE/deps/end_to_end-… for a test.
        let folder = here.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).ok_or(Unfit::Build)?;
        let (target, profile) = (folder.parent().ok_or(Unfit::Build)?, folder.file_name().ok_or(Unfit::Build)?);
        // The directory of the profile `dev` has a name of its own.
        let profile = if profile == "debug" { OsString::from("dev") } else { profile.to_owned() };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let status = Command::new(cargo)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .args(["build", "--quiet", "--locked", "-p", "billpay", "--profile"])
            .arg(profile)
            .arg("--target-dir")
            .arg(target)
            .stdin(Stdio::null())
            // Standard output belongs to our JSON lines.
            .stdout(Stdio::null())
            .status()
            .map_err(|error| Unfit::Io("cargo", error))?;
        let binary = folder.join(format!("billpay{}", std::env::consts::EXE_SUFFIX));
        if !status.success() || !binary.is_file() {
            return Err(Unfit::Build);
        }
        let (home, plant) = (home.to_owned(), plant.map(str::to_owned));
        Ok(Self { binary, home, plant, started: Arc::default() })
    }

    /// How many processes were started so far.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Starts it. `pause`: tell each moment, and stand still at this one (none, if empty).
    ///
    /// # Errors
    /// That it cannot be started.
    pub fn start(&self, arguments: &[&str], pause: Option<&str>) -> Outcome<Running> {
        let mut command = Command::new(&self.binary);
        // Nothing of the person's own: no key store of the session, no proxy, no language.
        command.env_clear().env("HOME", &self.home).env("LANG", "en");
        command.envs(self.plant.as_deref().map(|plant| ("BILLPAY_PLANT", plant)));
        command.envs(pause.map(|moment| ("BILLPAY_PAUSE_AT", moment)));
        command.arg("--json").args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| Unfit::Io("billpay", error))?;
        self.started.fetch_add(1, Ordering::Relaxed);
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            let sender = sender.clone();
            forward(out, move |line| sender.send(Line::Out(line)).is_ok());
        }
        if let Some(err) = child.stderr.take() {
            forward(err, move |line| sender.send(Line::Err(line)).is_ok());
        }
        Ok(Running { child, lines, out: Vec::new(), err: Vec::new() })
    }

    /// Runs it to its end, unharmed.
    ///
    /// # Errors
    /// That it cannot be started, or does not end in a minute.
    pub fn run(&self, arguments: &[&str]) -> Outcome<Ended> {
        self.start(arguments, None)?.end()
    }
}

/// Lines as they come, until the pipe ends or nobody listens.
fn forward(from: impl Read + Send + 'static, to: impl Fn(String) -> bool + Send + 'static) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match reader.read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if !to(String::from_utf8_lossy(&bytes).trim_end().to_owned()) {
                return;
            }
        }
    });
}

impl Running {
    /// The pipe into it; only the first asker gets it.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Reads on until `enough` says so of what was read: `true`. `false` if its output ended before.
    ///
    /// # Errors
    /// Neither happened in time.
    pub fn until(&mut self, patience: Duration, enough: impl FnMut(&Self) -> bool) -> Outcome<bool> {
        self.within(patience, enough).ok_or_else(|| {
            let last = self.err.last().cloned().unwrap_or_default();
            Unfit::Unexpected(format!("billpay neither went on nor ended ({last})"))
        })
    }

    /// The same; `None` if neither happened in time.
    fn within(&mut self, patience: Duration, mut enough: impl FnMut(&Self) -> bool) -> Option<bool> {
        let deadline = Instant::now() + patience;
        loop {
            if enough(self) {
                return Some(true);
            }
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Disconnected) => return Some(enough(self)),
                Err(RecvTimeoutError::Timeout) => return None,
            }
        }
    }

    /// Takes in what has been said until now.
    pub fn catch_up(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            self.take(line);
        }
    }

    fn take(&mut self, line: Line) {
        match line {
            // A line that is no JSON is kept as a string: the reader of it will complain.
            Line::Out(line) => self.out.push(serde_json::from_str(&line).unwrap_or(Value::String(line))),
            Line::Err(line) => self.err.push(line),
        }
    }

    /// Whether it has panicked so far, in whatever thread: a panic that is survived is a defect too.
    ///
    /// # Errors
    /// [`Unfit::Panicked`].
    pub fn sound(&self) -> Outcome<()> {
        match self.err.iter().find(|line| line.contains("panicked at")) {
            Some(line) => Err(Unfit::Panicked(line.clone())),
            None => Ok(()),
        }
    }

    /// `kill -9`, and what it had said until then.
    ///
    /// # Errors
    /// The system's.
    pub fn kill(mut self) -> Outcome<Ended> {
        // Of a process that has ended in this moment the status tells.
        self.child.kill().map_err(|error| Unfit::Io("kill", error))?;
        self.end()
    }

    /// The same for one that stays in its place until another takes it.
    ///
    /// # Errors
    /// The system's; or it had panicked.
    pub fn kill_now(&mut self) -> Outcome<()> {
        self.child.kill().map_err(|error| Unfit::Io("kill", error))?;
        self.until(Duration::from_secs(60), |_| false)?;
        self.child.wait().map_err(|error| Unfit::Io("wait", error))?;
        self.sound()
    }

    /// Waits for its end, and no longer than this: then it is killed.
    ///
    /// # Errors
    /// The system's; or it had panicked.
    pub fn end_or_kill(mut self, patience: Duration) -> Outcome<Ended> {
        drop(self.child.stdin.take());
        match self.within(patience, |_| false) {
            Some(_) => self.end(),
            None => self.kill(),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end in a minute.
    pub fn end(mut self) -> Outcome<Ended> {
        drop(self.child.stdin.take());
        self.until(Duration::from_secs(60), |_| false)?;
        self.sound()?;
        let status = self.child.wait().map_err(|error| Unfit::Io("wait", error))?;
        Ok(Ended { status, out: std::mem::take(&mut self.out), err: std::mem::take(&mut self.err) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Harmless where it has ended and was waited for.
        let _ended_already = self.child.kill();
        let _nothing_to_do = self.child.wait();
    }
}

impl Ended {
    /// Whether `kill -9` ended it, and not its own work.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        #[cfg(unix)]
        return std::os::unix::process::ExitStatusExt::signal(&self.status) == Some(9);
        #[cfg(not(unix))]
        return !self.status.success();
    }

    /// The summary: the last line.
    #[must_use]
    pub fn summary(&self) -> &Value {
        self.out.last().unwrap_or(&Value::Null)
    }

    /// Whether all it was asked for is done.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.status.success() && self.summary().get("ok") == Some(&Value::Bool(true))
    }

    /// The stable code of what did not work.
    #[must_use]
    pub fn error(&self) -> &str {
        text(self.summary(), "/error/code")
    }

    /// The last moment that it told.
    #[must_use]
    pub fn last_moment(&self) -> Option<&str> {
        self.err.iter().rev().find_map(|line| line.strip_prefix("reached "))
    }
}

/// The text at a JSON pointer; empty if there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a JSON pointer; `None` if there is none.
#[must_use]
pub fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}
