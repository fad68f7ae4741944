//! What is said to whom: people get words on standard output, scripts get JSON lines, and both get
//! one clear line on standard error when something did not work.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use billpay_core::{
    model::{Language, Money},
    reminders::BANK_ZONE,
    text::{Arguments, Code, Explain, Explanation, format, text},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    args::{Args, Lang},
    failure::Failure,
    help, legible, output,
    paint::{Paint, fold, width},
};

/// In a terminal that is narrower than this nothing is cut nicely.
const NARROWEST: usize = 20;

/// The person or script in front of this program.
#[derive(Clone)]
pub(crate) struct Shell {
    pub language: Language,
    pub zone: TimeZone,
    /// Whether that is this machine's.
    pub own_zone: bool,
    pub paint: Paint,
    pub json: bool,
    pub profile: PathBuf,
    pub gateway: Option<PathBuf>,
}

impl Shell {
    pub(crate) fn new(args: &Args) -> Self {
        let (zone, own_zone) = zone_of_the_system();
        Self {
            language: match args.lang {
                Some(Lang::Zh) => Language::Zh,
                Some(Lang::En) => Language::En,
                None => language_of_the_system(),
            },
            zone,
            own_zone,
            paint: Paint::of_stdout(),
            json: args.json,
            profile: args.profile.clone().or_else(named_profile).unwrap_or_else(default_profile),
            gateway: args.gateway.clone(),
        }
    }

    /// The words in the person's language. Both have to be there to compile.
    pub(crate) fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A line for people.
    pub(crate) fn line(&self, line: &str) {
        if !self.json {
            output::print(self.language, &legible::line(line, self.paint.is_rich()));
        }
    }

    /// A sentence or more for people, cut between words where the terminal is narrower.
    pub(crate) fn sentences(&self, text: &str, paint: impl Fn(&str) -> String) {
        match self.paint.columns().filter(|columns| *columns > NARROWEST && width(text) > *columns) {
            Some(columns) => fold(text, columns).iter().for_each(|line| self.line(&paint(line))),
            None => self.line(&paint(text)),
        }
    }

    /// Lines for people.
    pub(crate) fn lines(&self, lines: &[String]) {
        lines.iter().for_each(|line| self.line(line));
    }

    /// A line for scripts.
    pub(crate) fn record(&self, value: &Value) {
        if self.json {
            output::print(self.language, &legible::json(&value.to_string()));
        }
    }

    /// The last line for scripts.
    pub(crate) fn done(&self, mut summary: Value) {
        if let Value::Object(members) = &mut summary {
            members.insert("ok".to_owned(), Value::Bool(true));
        }
        self.record(&summary);
    }

    /// Says what went wrong, and gives the exit status for it.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        if self.json {
            let mut last = json!({ "ok": false, "error": failure.to_json() });
            if let (Value::Object(last), Value::Object(more)) = (&mut last, &failure.summary) {
                last.extend(more.clone());
                last.insert("ok".to_owned(), Value::Bool(false));
            }
            output::print(self.language, &legible::json(&last.to_string()));
        }
        warn(&failure.line);
        ExitCode::from(failure.status)
    }

    /// Asks a person or a script; `None` if there is nobody to answer.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        self.record(&json!({ "asks": question }));
        if !self.json && std::io::stdin().is_terminal() {
            // What was typed before it was asked is no answer: nobody has read the question yet.
            #[cfg(unix)]
            let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
            let mut out = std::io::stdout().lock();
            // If nobody can read the question, nobody answers it.
            let question = legible::line(question, self.paint.is_rich());
            write!(out, "{question} ").and_then(|()| out.flush()).ok()?;
        }
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim().to_owned())
    }

    /// Whether a person sits at a terminal.
    pub(crate) fn is_attended(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
    }

    pub(crate) fn money(&self, money: Money) -> String {
        format::money(money, self.language)
    }

    /// To the minute; with the zone where that is not the person's.
    pub(crate) fn moment(&self, moment: Timestamp) -> String {
        let moment = format::moment(moment, &self.zone, self.language);
        if self.own_zone { moment } else { format!("{moment}{}", self.aside(&self.zone_name(Timestamp::now()))) }
    }

    /// When something happened of which the bank has signed a document: in the bank's zone, in which the document is
    /// dated, found by its month and added up, wherever this machine is.
    pub(crate) fn moment_at_bank(&self, moment: Timestamp) -> String {
        let zone = TimeZone::get(BANK_ZONE).unwrap_or(TimeZone::UTC);
        format::moment(moment, &zone, self.language)
    }

    /// The head of a column of such moments, with the name of the zone where it is not this machine's.
    pub(crate) fn head_at_bank(&self, head: &str) -> String {
        let same = self.own_zone && self.zone.iana_name() == Some(BANK_ZONE);
        if same { head.to_owned() } else { format!("{head}{}", self.aside(BANK_ZONE)) }
    }

    /// What stands beside something, in the brackets of the language.
    pub(crate) fn aside(&self, words: &str) -> String {
        format::aside(words, self.language)
    }

    /// Between what is said and of what.
    pub(crate) fn colon(&self) -> &'static str {
        self.say("：", ": ")
    }

    /// Between two sentences.
    pub(crate) fn stop(&self) -> &'static str {
        self.say("。", ". ")
    }

    /// So many of a thing: the words for one, and for another number of them.
    pub(crate) fn count<'a>(&self, count: usize, zh: &'a str, one: &'a str, more: &'a str) -> String {
        let words = self.say(zh, if count == 1 { one } else { more });
        match self.language {
            Language::Zh => format!("{count}{words}"),
            Language::En => format!("{count} {words}"),
        }
    }

    /// The first minute that does not begin before a moment: what is possible from then on is promised for no
    /// minute in which it is refused.
    pub(crate) fn moment_from(&self, moment: Timestamp) -> String {
        self.moment(moment.checked_add(SignedDuration::from_secs(59)).unwrap_or(moment))
    }

    /// Of the zone in which times are told; where it has no name, how far it is ahead.
    pub(crate) fn zone_name(&self, at: Timestamp) -> String {
        let ahead = || {
            let seconds = self.zone.to_offset(at).seconds();
            let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        };
        self.zone.iana_name().map_or_else(ahead, str::to_owned)
    }

    pub(crate) fn text(&self, code: impl Into<Code>) -> String {
        text(code, &Arguments::new(&self.zone), self.language)
    }

    pub(crate) fn explain(&self, thing: &impl Explain) -> Explanation {
        thing.explain(self.language, &self.zone)
    }

    /// For `map_err`: the failure that an error of the core is.
    pub(crate) fn failure<E: Explain>(&self) -> impl Fn(E) -> Failure {
        |error| Failure::explained(&self.explain(&error), self.language)
    }
}

/// What was typed cannot be understood, or was a question about this program.
pub(crate) fn usage(error: &clap::Error, chinese: bool) -> ExitCode {
    let told = if chinese { help::misspelt(error) } else { None };
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let rendered = error.to_string();
        let first = rendered.lines().next().unwrap_or_default();
        let first = told.as_deref().unwrap_or(first.strip_prefix("error: ").unwrap_or(first));
        let told = json!({ "ok": false, "error": { "code": "usage", "message": first } });
        let language = if chinese { Language::Zh } else { Language::En };
        output::print(language, &legible::json(&told.to_string()));
    }
    match told {
        Some(told) => warn(&told),
        // In the same words as everything else that this program refuses.
        None if error.use_stderr() => {
            let told = error.render().to_string();
            let told = told.strip_prefix("error: ").unwrap_or(&told).trim_end().to_owned();
            let (first, rest) = told.split_once('\n').unwrap_or((&told, ""));
            warn(first);
            let _ = writeln!(std::io::stderr().lock(), "{rest}");
        }
        // Nothing is left to be done if that cannot be printed either.
        None => drop(error.print()),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A line on standard error; at a terminal as many as it takes, so that no word is cut.
pub(crate) fn warn(line: &str) {
    let line = format!("billpay: {}", legible::line(line, false));
    let columns = terminal_size::terminal_size_of(std::io::stderr()).map(|(columns, _)| usize::from(columns.0));
    let mut err = std::io::stderr().lock();
    // Where that is closed too there is nobody to tell.
    let _ = match columns.filter(|columns| *columns > NARROWEST && width(&line) > *columns) {
        Some(columns) => writeln!(err, "{}", fold(&line, columns).join("\n")),
        None => writeln!(err, "{line}"),
    };
}

/// Whether the system speaks Chinese.
pub(crate) fn is_system_chinese() -> bool {
    language_of_the_system() == Language::Zh
}

fn language_of_the_system() -> Language {
    // The order of POSIX: the first that is set and not empty decides.
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
    if locale.to_ascii_lowercase().starts_with("zh") { Language::Zh } else { Language::En }
}

/// The zone of this machine (`TZ` first), and whether it is: where it has none, it is the one that the bank counts in.
fn zone_of_the_system() -> (TimeZone, bool) {
    let own = TimeZone::try_system().ok().filter(|zone| !zone.is_unknown());
    match own {
        Some(zone) => (zone, true),
        None => (TimeZone::get(BANK_ZONE).unwrap_or(TimeZone::UTC), false),
    }
}

/// As the environment names it. Not the parser's affair: in its words about what is missing it would name the option
/// as one that has to be typed.
fn named_profile() -> Option<PathBuf> {
    std::env::var_os("BILLPAY_PROFILE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn default_profile() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    data.unwrap_or_else(|| home.join(".local").join("share")).join("billpay")
}
