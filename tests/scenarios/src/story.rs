//! A story as it is written: `schema.json` is the shape for all languages, this is ours.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sandbox_gateway::faults::Rule;
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;

/// A story.
#[derive(Clone, Debug, Deserialize)]
pub struct Story {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it tells, for people.
    pub about: String,
    /// The rows of features that it shows.
    pub features: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Something that happens, and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub struct Step {
    /// The member `do`.
    pub name: String,
    /// On which phone; there is one, unless a story says otherwise.
    pub phone: String,
    /// What happens.
    pub act: Act,
    /// Lines that the step must show, by key. Without `error` among them it must succeed.
    pub expect: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "do")]
    name: String,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    expect: BTreeMap<String, String>,
}

impl TryFrom<Value> for Step {
    type Error = serde_json::Error;

    fn try_from(step: Value) -> Result<Self, Self::Error> {
        let Head { name, phone, expect } = Head::deserialize(&step)?;
        let act = match name.as_str() {
            "activate.start" | "activate.finish" | "bind.lookup" | "bind.confirm" | "receipts.page" => {
                Act::Person(serde_json::from_value(step)?)
            }
            "reminders.plan" | "reminders.due" => Act::Alarms(serde_json::from_value(step)?),
            "app.kill" => Act::Kill,
            "app.open" => Act::Open,
            "phone.lose_keys" => Act::LoseKeys,
            world if world.starts_with("world.") => Act::World(serde_json::from_value(step)?),
            _ => Act::Question(serde_json::from_value(step)?),
        };
        // Phone `a` is the one that a story need not name.
        Ok(Self { name, phone: phone.unwrap_or_else(|| "a".to_owned()), act, expect })
    }
}

/// What happens. Each step is documented in README.md, for all languages.
#[derive(Clone, Debug)]
pub enum Act {
    /// Something after which the person remembers something.
    Person(Person),
    /// Something with the phone's alarms.
    Alarms(Alarm),
    /// A call of the core that stands for itself.
    Question(Question),
    /// The app is ended by the system.
    Kill,
    /// The app is started.
    Open,
    /// The system has lost the device's keys.
    LoseKeys,
    /// The world turns.
    World(Turn),
}

/// What a person does and remembers: the number, the code, the echo.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do")]
#[expect(missing_docs, reason = "documented in README.md, for all languages")]
pub enum Person {
    #[serde(rename = "activate.start")]
    ActivateStart { number: String },
    #[serde(rename = "activate.finish")]
    ActivateFinish { code: String },
    #[serde(rename = "bind.lookup")]
    BindLookup { biller: String, number: String },
    #[serde(rename = "bind.confirm")]
    BindConfirm { alias: String },
    #[serde(rename = "receipts.page")]
    ReceiptPage {
        limit: u32,
        #[serde(default)]
        more: bool,
    },
}

/// What a shell does with the phone's alarms.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do")]
#[expect(missing_docs, reason = "documented in README.md, for all languages")]
pub enum Alarm {
    #[serde(rename = "reminders.plan")]
    Plan {
        #[serde(default)]
        dies_after: Option<usize>,
    },
    #[serde(rename = "reminders.due")]
    Due { stage: String },
}

/// What is asked of the core.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do")]
#[expect(missing_docs, reason = "documented in README.md, for all languages")]
pub enum Question {
    #[serde(rename = "activate.resend")]
    ActivateResend,
    #[serde(rename = "profile")]
    Profile,
    #[serde(rename = "refresh")]
    Refresh,
    #[serde(rename = "bills")]
    Bills,
    #[serde(rename = "quote")]
    Quote {
        biller: String,
        bill: String,
        #[serde(default)]
        minor: Option<i64>,
        #[serde(default)]
        method: Option<String>,
    },
    #[serde(rename = "quote.all")]
    QuoteAll { bills: Vec<OneBill> },
    #[serde(rename = "quote.usual")]
    QuoteUsual { account: String },
    #[serde(rename = "pay")]
    Pay { quote: String },
    #[serde(rename = "pay.all")]
    PayAll { quotes: Vec<String> },
    #[serde(rename = "methods")]
    Methods,
    #[serde(rename = "methods.prefer")]
    PreferMethod { method: String },
    #[serde(rename = "methods.remove")]
    RemoveMethod { method: String },
    #[serde(rename = "payment")]
    Payment {
        payment: String,
        #[serde(default)]
        until_ended: bool,
    },
    #[serde(rename = "payments")]
    Payments,
    #[serde(rename = "receipts")]
    Receipts,
    #[serde(rename = "receipt")]
    Receipt { of: String },
    #[serde(rename = "receipt.text")]
    ReceiptText { receipt: String },
    #[serde(rename = "receipts.search")]
    Search { query: String },
    #[serde(rename = "statistics")]
    Statistics,
    #[serde(rename = "owed")]
    Owed,
    #[serde(rename = "chain")]
    Chain,
    #[serde(rename = "resolve")]
    Resolve,
    #[serde(rename = "event.next")]
    EventNext,
    #[serde(rename = "event.acknowledge")]
    EventAcknowledge { event: String },
    #[serde(rename = "reminders.snooze")]
    Snooze { biller: String, bill: String, hours: i64 },
    #[serde(rename = "reminders.mute")]
    Mute { biller: String, muted: bool },
    #[serde(rename = "app.suspend")]
    Suspend,
    #[serde(rename = "app.resume")]
    Resume,
    #[serde(rename = "app.wipe")]
    Wipe {
        #[serde(default)]
        leave: bool,
    },
}

/// One of several bills.
#[derive(Clone, Debug, Deserialize)]
pub struct OneBill {
    /// Whose.
    pub biller: String,
    /// Its number.
    pub bill: String,
}

/// What the world does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do")]
#[expect(missing_docs, reason = "documented in README.md, for all languages")]
pub enum Turn {
    #[serde(rename = "world.faults")]
    Faults { script: Vec<Rule> },
    #[serde(rename = "world.bank_clock")]
    BankClock { advance_s: u32 },
    #[serde(rename = "world.gateway")]
    Gateway { running: bool },
    #[serde(rename = "world.revise_bill")]
    ReviseBill { biller: String, bill: String, minor: i64 },
    #[serde(rename = "world.close_biller")]
    CloseBiller { biller: String, closed: bool },
    #[serde(rename = "world.charges")]
    Charges { biller: String },
}

/// The folder of the stories and their traces.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stories")
}

/// The names of all stories.
///
/// # Errors
/// The folder cannot be read.
pub fn names() -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".json").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The story of that name.
///
/// # Errors
/// There is none, or it is not one.
pub fn load(name: &str) -> Result<Story, Fault> {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).map_err(|error| format!("{name}: {error}"))?;
    let story: Story = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    if story.name == name { Ok(story) } else { Err(format!("{name}: the story calls itself {}", story.name).into()) }
}

/// The trace that is stored beside a story; `None` before the first.
///
/// # Errors
/// It cannot be read.
pub fn golden(name: &str) -> Result<Option<String>, Fault> {
    let path = folder().join(format!("{name}.trace"));
    if path.exists() { Ok(Some(fs::read_to_string(path)?)) } else { Ok(None) }
}
