//! Standard output, where it takes nothing any more: a disk that is full, a reader that has gone away (`| head`).
//!
//! What only looks ends at once, quietly where the reader has seen enough. What acts goes on to its end, because
//! an order may be on its way and its outcome must not be lost: what standard output does not take is said on standard
//! error, and the exit status tells that ([`UNHEARD`]).

use std::{
    io::{self, Write as _},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use billpay_core::model::Language;

use crate::{files, shell::warn};

/// The exit status of what was done, but could not be said on standard output.
pub(crate) const UNHEARD: u8 = 4;
/// As of a program that a closed pipe has ended.
const CLOSED: i32 = 141;

/// What was asked for was to be shown, and is not.
const NOT_DONE: i32 = 1;

static ACTS: AtomicBool = AtomicBool::new(false);
/// Why nothing is written any more, for people.
static LOST: OnceLock<String> = OnceLock::new();

/// From now on this process goes on to its end, whoever listens.
pub(crate) fn acts() {
    ACTS.store(true, Ordering::SeqCst);
}

/// Why standard output takes nothing any more; `None` as long as it does.
pub(crate) fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// A line, at once: whoever reads it may act upon it.
pub(crate) fn print(language: Language, line: &str) {
    // After a line that was cut none would be read rightly.
    if lost().is_some() {
        return instead(line);
    }
    let mut out = io::stdout().lock();
    let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) else { return };
    drop(out);
    let acts = ACTS.load(Ordering::SeqCst);
    if !acts && error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(CLOSED);
    }
    let why = LOST.get_or_init(|| files::words_in(language, &error));
    let what = match language {
        Language::Zh => "无法写入标准输出",
        Language::En => "Standard output takes nothing any more",
    };
    if !acts {
        warn(&format!("{what} ({why})"));
        std::process::exit(NOT_DONE);
    }
    let here = match language {
        Language::Zh => "，余下的内容写在这里：",
        Language::En => "; the rest is said here:",
    };
    warn(&format!("{what} ({why}){here}"));
    instead(line);
}

fn instead(line: &str) {
    // Where that is closed too there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
