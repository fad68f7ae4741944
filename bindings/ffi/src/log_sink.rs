//! What the library has to say to the app's engineers, as lines for the log that the app keeps.
//!
//! The shell's sink is called on a thread of its own, one line at a time: whoever logs may be inside a
//! transaction, and a slow log must hold up no payment. Where the sink falls behind, lines are
//! dropped, and the next one says how many.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use tracing::{
    Event, Id, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Record},
    subscriber::set_global_default,
};

/// Lines that wait for the sink.
const WAITING: usize = 256;
/// More of one line is no help to anybody.
const LONGEST: usize = 2_000;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Something is broken.
    Error,
    /// Something is not as it should be, and was dealt with.
    Warning,
    /// Worth knowing.
    Info,
}

/// Where the app keeps its log. Lines hold no secret and no customer number.
#[uniffi::export(with_foreign)]
pub trait LogSink: Send + Sync {
    /// Keeps a line. Called on one background thread; what it throws is dropped.
    fn log(&self, level: LogLevel, line: String);
}

/// Names the sink, once in the life of the process; says whether it was the first. Others stay
/// without effect: a log that moves cannot be read.
#[uniffi::export]
pub fn set_log_sink(sink: Arc<dyn LogSink>) -> bool {
    static NAMED: OnceLock<()> = OnceLock::new();
    if NAMED.set(()).is_err() {
        return false;
    }
    let (sender, receiver) = sync_channel(WAITING);
    let started = thread::Builder::new().name("billpay-log".to_owned()).spawn(move || pass_on(&receiver, &*sink));
    started.is_ok() && set_global_default(Lines { sender, dropped: AtomicU32::new(0) }).is_ok()
}

fn pass_on(lines: &Receiver<(LogLevel, String)>, sink: &dyn LogSink) {
    while let Ok((level, line)) = lines.recv() {
        // A sink that throws has an undeclared error, which arrives as a panic.
        let told = std::panic::AssertUnwindSafe(|| sink.log(level, line));
        drop(std::panic::catch_unwind(told));
    }
}

/// Takes what the core says, and never waits.
struct Lines {
    sender: SyncSender<(LogLevel, String)>,
    dropped: AtomicU32,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries below say much, and not all of it for a bank's log.
        *metadata.level() <= Level::INFO && metadata.target().starts_with("billpay")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}: ", event.metadata().target()));
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            line.push(format_args!("({dropped} lines were dropped) "));
        }
        event.record(&mut line);
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            _ => LogLevel::Info,
        };
        if self.sender.try_send((level, line.0)).is_err() {
            self.dropped.fetch_add(dropped.saturating_add(1), Ordering::Relaxed);
        }
    }

    // The core has no spans; whoever makes one gets one that does nothing.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Line {
    fn push(&mut self, what: fmt::Arguments<'_>) {
        if self.0.len() < LONGEST {
            // Writing to a text cannot fail; a Debug that fails leaves what it wrote.
            let _ = self.0.write_fmt(what);
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.push(format_args!("{value:?} ")),
            name => self.push(format_args!("{name}={value:?} ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn lines(room: usize) -> (Lines, Receiver<(LogLevel, String)>) {
        let (sender, receiver) = sync_channel(room);
        (Lines { sender, dropped: AtomicU32::new(0) }, receiver)
    }

    #[test]
    fn a_line_has_its_level_its_words_and_its_fields() {
        let (subscriber, receiver) = lines(4);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "billpay_core::store", row = 7, "a row is passed over");
            tracing::error!(target: "hyper", "none of ours");
            tracing::debug!(target: "billpay_core", "too small");
        });
        let said: Vec<_> = receiver.try_iter().collect();
        let line = "billpay_core::store: a row is passed over row=7 ".to_owned();
        assert_eq!(said, [(LogLevel::Warning, line)]);
    }

    #[test]
    fn a_sink_that_falls_behind_holds_up_nobody_and_is_told_what_it_missed() {
        let (subscriber, receiver) = lines(1);
        let mut said = Vec::new();
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..4 {
                tracing::info!(target: "billpay", "again");
            }
            said.extend(receiver.try_iter());
            tracing::info!(target: "billpay", "at last");
            said.extend(receiver.try_iter());
        });
        let said: Vec<_> = said.iter().map(|(_, line)| line.trim_end()).collect();
        assert_eq!(said, ["billpay: again", "billpay: (3 lines were dropped) at last"]);
    }

    #[test]
    fn a_sink_that_panics_hears_the_next_line_all_the_same() {
        struct Shaky(mpsc::Sender<String>);
        impl LogSink for Shaky {
            fn log(&self, _: LogLevel, line: String) {
                self.0.send(line).unwrap();
                panic!("on purpose");
            }
        }
        let (heard, hears) = mpsc::channel();
        let (sender, receiver) = sync_channel(2);
        for line in ["one", "two"] {
            sender.send((LogLevel::Info, line.to_owned())).unwrap();
        }
        drop(sender);
        pass_on(&receiver, &Shaky(heard));
        assert_eq!(hears.try_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
