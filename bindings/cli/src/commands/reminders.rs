//! `billpay reminders`: the plan of reminders (rows 37 to 45), of files or of the profile, and a calendar of it.

mod calendar;
mod choices;
mod ics;
mod silence;
mod unread;

use std::{collections::BTreeMap, path::Path};

use billpay_core::{
    Client, model,
    reminders::{Bill, Caps, Kind, Language, Policy, Reminder, Status, TAIL, Wishes, plan, zone},
    text::format,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::activate;
use crate::{args::Reminders, failure::Failure, files, shell::Shell, wiring};

pub(crate) async fn run(shell: &Shell, asked: &Reminders) -> Result<(), Failure> {
    if let Some(action) = &asked.action {
        return choices::run(shell, &wiring::open(shell).await?, action).await;
    }
    let now = match &asked.at {
        Some(text) => text.parse::<Timestamp>().map_err(|_| not_a_time(shell, text))?,
        None => Timestamp::now(),
    };
    let (phone, phone_name) = match &asked.zone {
        Some(name) => (known_zone(shell, name)?, name.clone()),
        None => (shell.zone.clone(), shell.zone_name(now)),
    };
    let bank = known_zone(shell, &asked.bank_zone)?;
    let named: Option<Wishes> = asked.policy.as_deref().map(|path| read(shell, path, "policy")).transpose()?;
    let (groups, wishes, client) = match &asked.bills {
        Some(path) => {
            let wishes = named.unwrap_or_else(|| defaults(shell));
            (BTreeMap::from([(wishes.channels.clone(), read::<Vec<Bill>>(shell, path, "bills")?)]), wishes, None)
        }
        None => {
            let client = wiring::open(shell).await?;
            let groups = client.bills_by_channels().await.map_err(shell.failure())?;
            let own = client.reminder_policy().await.map_err(shell.failure())?;
            // It is this terminal that shows them.
            (groups, named.unwrap_or(Wishes { language: language(shell), ..own }), Some(client))
        }
    };
    let nonsense = |error| shell.failure()(billpay_core::error::ReminderError::from(error));
    let mut reminders = Vec::new();
    for (channels, bills) in &groups {
        let wishes = Wishes { channels: channels.clone(), ..wishes.clone() };
        let policy = Policy::try_from(wishes).map_err(nonsense)?;
        reminders.extend(plan(bills, &policy, now, &bank, &phone, Caps { most: asked.most }));
    }
    // Several ways have room for as many together.
    if groups.len() > 1 {
        reminders.sort_by(|one, other| (one.at, &one.bill).cmp(&(other.at, &other.bill)));
        let mut asks_to_open = false;
        reminders.retain(|it| it.id != TAIL || !std::mem::replace(&mut asks_to_open, true));
        reminders.truncate(asked.most);
    }
    let silence = match (reminders.is_empty(), &client) {
        (false, _) => Vec::new(),
        (true, None) => silence::reasons(shell, &groups, &[], &wishes),
        (true, Some(client)) => {
            // Those of no channel are in no group.
            let mut unspoken = client.reminder_bills().await.map_err(shell.failure())?;
            unspoken.retain(|bill| groups.values().flatten().all(|spoken| spoken.id != bill.id));
            silence::reasons(shell, &groups, &unspoken, &wishes)
        }
    };
    let names = match &client {
        Some(client) => names(shell, client).await?,
        None => BTreeMap::new(),
    };
    let bills: Vec<Bill> = groups.into_values().flatten().collect();
    if let Some(path) = &asked.ics {
        let written = ics::write(shell, path, &bills, &wishes, &ics::When { now, bank: &bank, phone: &phone })?;
        ics::tell(shell, path, &written);
        let ics::Written { events, changed, cancelled } = written;
        shell.done(json!({ "file": path, "events": events, "changed": changed, "cancelled": cancelled }));
        return Ok(());
    }
    let plan = Plan { bills: &bills, reminders: &reminders, names: &names };
    show(shell, &plan, now, &bank, &phone);
    for line in &silence {
        shell.sentences(line, |line| shell.paint.doubt(line));
    }
    if let Some(client) = client.as_ref().filter(|_| bills.is_empty()) {
        activate::hint(shell, client).await?;
    }
    for reminder in &reminders {
        let mut record = serde_json::to_value(reminder).unwrap_or(Value::Null);
        let name = reminder.bill.as_ref().and_then(|bill| names.get(bill));
        if let (Some(members), Some((biller, bill))) = (record.as_object_mut(), name) {
            members.insert("biller".to_owned(), biller.as_str().into());
            members.insert("bill_number".to_owned(), bill.as_str().into());
        }
        shell.record(&record);
    }
    shell.done(json!({
        "reminders": reminders.len(), "bills": bills.len(), "at": now, "zone": phone_name, "bank_zone": asked.bank_zone, "silence": silence,
    }));
    Ok(())
}

/// Biller and number of each bill of the profile, by its id in reminders.
async fn names(shell: &Shell, client: &Client) -> Result<BTreeMap<String, (String, String)>, Failure> {
    let mut names = BTreeMap::new();
    for bill in client.bills(shell.language).await.map_err(shell.failure())?.bills {
        if let Some(id) = client.reminder_of(&bill.biller, &bill.bill_number).await.map_err(shell.failure())? {
            names.insert(id, (bill.biller, bill.bill_number));
        }
    }
    Ok(names)
}

/// What will be said, of which bills.
struct Plan<'a> {
    bills: &'a [Bill],
    reminders: &'a [Reminder],
    names: &'a BTreeMap<String, (String, String)>,
}

impl Plan<'_> {
    /// Which bill it is, as commands take it; of a file by the name that it has there. What is said leaves it out, and of two
    /// bills of one account it would be the same.
    fn bill(&self, reminder: &Reminder) -> Option<String> {
        let id = reminder.bill.as_ref()?;
        let of_file = || self.bills.iter().find(|bill| bill.id == *id).map(|bill| (&bill.biller, &bill.id));
        let (biller, bill) = self.names.get(id).map(|(biller, bill)| (biller, bill)).or_else(of_file)?;
        Some(format!("{biller} {bill}"))
    }
}

fn show(shell: &Shell, plan: &Plan<'_>, now: Timestamp, bank: &TimeZone, phone: &TimeZone) {
    let Plan { bills, reminders, .. } = plan;
    let owed = bills.iter().filter(|bill| bill.status != Status::Done && bill.amount.minor > 0);
    let due: Vec<_> = owed.filter_map(|bill| bill.due_date).collect();
    let told: Vec<_> = reminders.iter().map(|it| phone.to_datetime(it.at).date()).collect();
    shell.lines(&calendar::months(shell, bank.to_datetime(now).date(), &due, &told));
    for it in *reminders {
        let at = format::moment(it.at, phone, shell.language);
        let title = match it.kind {
            Kind::Overdue => shell.paint.bad(&it.title),
            Kind::Checking => shell.paint.doubt(&it.title),
            Kind::Due | Kind::Tail => shell.paint.bold(&it.title),
        };
        let bill = plan.bill(it).map(|bill| shell.paint.dim(&shell.aside(&bill))).unwrap_or_default();
        shell.line(&format!("{}  {title}{bill}", shell.paint.accent(&at)));
        shell.sentences(&format!("    {}", it.body), |line| shell.paint.dim(line));
    }
    if reminders.is_empty() {
        shell.line(shell.say("没有要发出的提醒。", "No reminder will come."));
    }
}

fn language(shell: &Shell) -> Language {
    match shell.language {
        model::Language::Zh => Language::Zh,
        model::Language::En => Language::En,
    }
}

fn defaults(shell: &Shell) -> Wishes {
    Wishes { language: language(shell), ..Wishes::default() }
}

fn known_zone(shell: &Shell, name: &str) -> Result<TimeZone, Failure> {
    zone(name).map_err(|error| shell.failure()(billpay_core::error::ReminderError::from(error)))
}

fn not_a_time(shell: &Shell, text: &str) -> Failure {
    let line = shell.say(
        "不是可识别的时间，例如 2026-12-01T09:00:00+08:00：",
        "is not a moment such as 2026-12-01T09:00:00+08:00.",
    );
    Failure::new(
        "not-a-time",
        match shell.language {
            model::Language::Zh => format!("{line}{text}"),
            model::Language::En => format!("{text} {line}"),
        },
    )
    .of_usage()
}

/// A file of bills or wishes; what is wrong with it is said with its place.
fn read<T: DeserializeOwned + Serialize>(shell: &Shell, path: &Path, what: &str) -> Result<T, Failure> {
    let failed = |why: String| Failure::new(&format!("{what}-file"), format!("{}: {why}", path.display()));
    let text = files::list(path).map_err(|error| failed(error.words(shell)))?;
    unread::read(shell, &text).map_err(failed)
}
