//! `billpay reminders channels|snooze|mute|policy`: what the person chooses. The bank is told at once where it is the
//! bank's affair, and else with the next refresh.

use std::{collections::BTreeSet, path::Path};

use billpay_core::{
    BillStatus, Client,
    error::{BindingError, ReminderError},
    model,
    reminders::{Caps, Channel, Snooze, Wishes},
    text::format,
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use serde_json::{Value, json};

use super::{language, read};
use crate::{args::ReminderAction, commands::typed, failure::Failure, shell::Shell, show};

pub(super) async fn run(shell: &Shell, client: &Client, action: &ReminderAction) -> Result<(), Failure> {
    match action {
        ReminderAction::Channels { ways, account } => {
            channels(shell, client, ways.as_deref(), account.as_deref()).await
        }
        ReminderAction::Snooze { biller, bill, until, .. } => {
            let (biller, bill) = typed::bill(shell, client, biller, bill).await?;
            let id = client.reminder_of(&biller, &bill).await.map_err(shell.failure())?;
            let id = id.ok_or_else(|| shell.failure()(ReminderError::UnknownBill))?;
            if until.is_some() && is_over(shell, client, &biller, &bill).await? {
                return Ok(());
            }
            match until {
                Some(until) => put_off(shell, client, (&biller, &bill), &id, until).await,
                None => take_up(shell, client, (&biller, &bill), &id).await,
            }
        }
        ReminderAction::Mute { biller, off } => {
            // Of one that the bank has taken out of its list it can still be taken back, and its bills may still be due.
            if !off && !is_known(shell, client, biller).await? {
                return Err(shell.failure()(BindingError::UnknownBiller));
            }
            client.mute(biller, !off).await.map_err(shell.failure())?;
            shell.line(if *off {
                shell.say("恢复提醒该收费单位的账单。", "Its bills are spoken of again.")
            } else {
                shell.say("不再提醒该收费单位的账单。", "Its bills are not spoken of any more.")
            });
            let knows = tell(shell, client).await?;
            shell.done(json!({ "biller": biller, "muted": !off, "bank_knows": knows }));
            Ok(())
        }
        ReminderAction::Policy { file } => policy(shell, client, file.as_deref()).await,
    }
}

/// Whether nothing is owed of a bill any more: then nothing will be said of it, and that is said here.
async fn is_over(shell: &Shell, client: &Client, biller: &str, bill: &str) -> Result<bool, Failure> {
    let known = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    let known = known.into_iter().find(|known| (known.biller.as_str(), known.bill_number.as_str()) == (biller, bill));
    let (status, words) = match known.map(|known| known.status) {
        Some(BillStatus::Paid) => (
            "paid",
            shell.say("已缴清，不会再提醒，无需推迟。", "is paid: nothing more comes of it, so nothing was put off."),
        ),
        Some(BillStatus::Cancelled) => (
            "cancelled",
            shell.say(
                "已撤销，不会再提醒，无需推迟。",
                "is withdrawn: nothing more comes of it, so nothing was put off.",
            ),
        ),
        Some(BillStatus::Open | BillStatus::Checking { .. } | BillStatus::PaidElsewhere | BillStatus::Unknown)
        | None => {
            return Ok(false);
        }
    };
    shell.line(&format!("{biller} {bill} {words}"));
    shell.done(json!({ "biller": biller, "bill": bill, "until": null, "status": status }));
    Ok(true)
}

/// Says nothing more of a bill until then.
async fn put_off(
    shell: &Shell,
    client: &Client,
    (biller, bill): (&str, &str),
    id: &str,
    until: &str,
) -> Result<(), Failure> {
    let until = moment(shell, client, until).await?;
    client.snooze(id, until).await.map_err(shell.failure())?;
    let at = shell.moment(until);
    shell.line(&match shell.language {
        model::Language::Zh => format!("{biller} {bill} 已推迟到 {at}。"),
        model::Language::En => format!("{biller} {bill} is put off until {at}."),
    });
    let knows = tell(shell, client).await?;
    shell.done(json!({ "biller": biller, "bill": bill, "until": until, "bank_knows": knows }));
    Ok(())
}

/// Speaks again of a bill that was put off.
async fn take_up(shell: &Shell, client: &Client, (biller, bill): (&str, &str), id: &str) -> Result<(), Failure> {
    let read = client.reminder_policy().await.map_err(shell.failure())?;
    let mut wishes = read.clone();
    wishes.snoozed.retain(|snooze| snooze.bill != id);
    let was_put_off = wishes.snoozed.len() < read.snoozed.len();
    client.change_reminder_policy(read, wishes).await.map_err(shell.failure())?;
    let words = if was_put_off {
        shell.say("已恢复提醒。", "is put off no longer.")
    } else {
        shell.say("没有被推迟。", "was not put off.")
    };
    shell.line(&format!("{biller} {bill} {words}"));
    let knows = tell(shell, client).await?;
    shell.done(
        json!({ "biller": biller, "bill": bill, "until": null, "was_put_off": was_put_off, "bank_knows": knows }),
    );
    Ok(())
}

/// Whether anything here is of this biller: the list of those that can be paid, a binding, a bill.
async fn is_known(shell: &Shell, client: &Client, biller: &str) -> Result<bool, Failure> {
    let billers = client.biller_catalog(shell.language).await.map_err(shell.failure())?;
    let bindings = client.accounts().await.map_err(shell.failure())?.accounts;
    let bills = client.bills(shell.language).await.map_err(shell.failure())?.bills;
    let mut of = billers.iter().map(|known| &known.id);
    let mut of_those = bindings.iter().map(|known| &known.biller).chain(bills.iter().map(|known| &known.biller));
    Ok(of.any(|id| id == biller) || of_those.any(|id| id == biller))
}

async fn channels(shell: &Shell, client: &Client, ways: Option<&str>, account: Option<&str>) -> Result<(), Failure> {
    let account = match account {
        Some(named) => Some(typed::named(shell, client, named).await?.id),
        None => None,
    };
    if let Some(ways) = ways {
        let chosen = read_ways(shell, ways)?;
        // Messages of the bank in the language of this terminal, by its clock.
        let wishes = client.reminder_policy().await.map_err(shell.failure())?;
        if wishes.language != language(shell) {
            let spoken = Wishes { language: language(shell), ..wishes.clone() };
            client.change_reminder_policy(wishes, spoken).await.map_err(shell.failure())?;
        }
        let zone = shell.zone.iana_name().unwrap_or(billpay_core::reminders::BANK_ZONE).to_owned();
        client.reminders(&zone, Caps::NONE).await.map_err(shell.failure())?;
        client.choose_channels(account.as_deref(), chosen).await.map_err(shell.failure())?;
        tell(shell, client).await?;
    }
    let known = client.reminder_channels().await.map_err(shell.failure())?;
    let accounts = client.accounts().await.map_err(shell.failure())?.accounts;
    let mut rows = vec![(shell.say("通常", "usually").to_owned(), words(shell, &known.usual))];
    for (id, channels) in &known.bindings {
        let alias = accounts.iter().find(|account| account.id == *id).map(|account| &account.alias);
        let name = alias.filter(|alias| !alias.is_empty()).unwrap_or(id);
        rows.push((name.clone(), words(shell, channels)));
    }
    let rows: Vec<(&str, String)> = rows.iter().map(|(name, ways)| (name.as_str(), ways.clone())).collect();
    shell.lines(&show::pairs(shell, &rows));
    let list = |channels: &BTreeSet<Channel>| serde_json::to_value(channels).unwrap_or(Value::Null);
    let bindings: Vec<Value> =
        known.bindings.iter().map(|(id, channels)| json!({ "account": id, "channels": list(channels) })).collect();
    shell.done(json!({ "channels": list(&known.usual), "bindings": bindings, "bank_knows": known.bank_knows }));
    Ok(())
}

async fn policy(shell: &Shell, client: &Client, file: Option<&Path>) -> Result<(), Failure> {
    let mut knows = client.reminder_channels().await.map_err(shell.failure())?.bank_knows;
    if let Some(path) = file {
        let wishes: Wishes = read(shell, path, "policy")?;
        client.set_reminder_policy(wishes).await.map_err(shell.failure())?;
        knows = tell(shell, client).await?;
    }
    let wishes = client.reminder_policy().await.map_err(shell.failure())?;
    let days = |days: &[u16]| days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let quiet = wishes.quiet.map_or(String::from("-"), |quiet| format!("{}–{}", quiet.from, quiet.to));
    let every =
        if wishes.overdue_every == 0 { String::new() } else { shell.aside(&format!("+{}", wishes.overdue_every)) };
    let muted = wishes.muted.iter().cloned().collect::<Vec<_>>().join(", ");
    let mut pairs = vec![
        (shell.say("截止日前（天）", "days before"), days(&wishes.lead_days)),
        (shell.say("逾期后（天）", "days after"), format!("{}{every}", days(&wishes.overdue_days))),
        (shell.say("时刻", "at"), wishes.at.to_string()),
        (shell.say("免打扰", "quiet"), quiet),
        (shell.say("隐藏级别", "hidden"), u8::from(wishes.redaction).to_string()),
        (shell.say("渠道", "channels"), words(shell, &wishes.channels)),
        (shell.say("不提醒的单位", "muted"), if muted.is_empty() { "-".to_owned() } else { muted }),
    ];
    let put_off = which_are_put_off(shell, client, &wishes).await?;
    let mut label = shell.say("已推迟", "put off");
    if put_off.is_empty() {
        pairs.push((label, "-".to_owned()));
    }
    for line in put_off {
        pairs.push((std::mem::take(&mut label), line));
    }
    shell.lines(&show::pairs(shell, &pairs));
    let wishes = serde_json::to_value(&wishes).unwrap_or(Value::Null);
    shell.done(json!({ "policy": wishes, "bank_knows": knows }));
    Ok(())
}

/// The bills that are put off, each with its moment.
async fn which_are_put_off(shell: &Shell, client: &Client, wishes: &Wishes) -> Result<Vec<String>, Failure> {
    if wishes.snoozed.is_empty() {
        return Ok(Vec::new());
    }
    let names = super::names(shell, client).await?;
    let line = |snooze: &Snooze| {
        let gone = shell.say("已不在的账单", "a bill that is gone");
        let until = format::moment(snooze.until, &shell.zone, shell.language);
        format!(
            "{}{}",
            names.get(&snooze.bill).map_or_else(|| gone.to_owned(), |(biller, bill)| format!("{biller} {bill}")),
            match shell.language {
                model::Language::Zh => format!(" 至 {until}"),
                model::Language::En => format!(" until {until}"),
            }
        )
    };
    Ok(wishes.snoozed.iter().map(line).collect())
}

/// Tells the bank, and says so where it could not be told; whether it knows.
async fn tell(shell: &Shell, client: &Client) -> Result<bool, Failure> {
    if client.tell_reminders().await.is_ok() {
        let knows = client.reminder_channels().await.map_err(shell.failure())?.bank_knows;
        if !knows {
            let ways = "已保存；银行尚未按此渠道提醒，在此之前由本机提醒。";
            let english = "Stored. The bank does not remind by these ways yet; until then this phone does.";
            shell.sentences(shell.say(ways, english), str::to_owned);
        }
        return Ok(knows);
    }
    let later = "已保存；银行暂未收到，下次刷新时再告知。";
    shell.sentences(shell.say(later, "Stored. The bank could not be told; the next refresh tells it."), str::to_owned);
    Ok(false)
}

/// `phone,sms`, `none`, or `usual` for a binding that is to be as the others.
fn read_ways(shell: &Shell, text: &str) -> Result<Option<BTreeSet<Channel>>, Failure> {
    match text {
        "usual" => return Ok(None),
        "none" => return Ok(Some(BTreeSet::new())),
        _ => {}
    }
    let way = |name: &str| Channel::ALL.into_iter().find(|it| it.name() == name.trim());
    let ways: Option<BTreeSet<Channel>> = text.split(',').map(way).collect();
    let odd = shell.say(
        "可以是 phone、push、sms（用逗号分隔）、none 或 usual：",
        "phone, push, sms (with commas), none or usual, not ",
    );
    ways.map(Some).ok_or_else(|| Failure::new("not-a-channel", format!("{odd}{text}")).of_usage())
}

fn words(shell: &Shell, channels: &BTreeSet<Channel>) -> String {
    let word = |channel: &Channel| match channel {
        Channel::Phone => shell.say("手机通知", "phone"),
        Channel::Push => shell.say("推送", "push"),
        Channel::Sms => shell.say("短信", "SMS"),
    };
    if channels.is_empty() {
        return shell.say("无", "none").to_owned();
    }
    channels.iter().map(word).collect::<Vec<_>>().join(shell.say("、", ", "))
}

/// A moment, or a date: then at the time of day at which reminders come.
async fn moment(shell: &Shell, client: &Client, text: &str) -> Result<Timestamp, Failure> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let at = client.reminder_policy().await.map_err(shell.failure())?.at;
    let time = Time::new(at.hour.cast_signed(), at.minute.cast_signed(), 0, 0).unwrap_or(Time::midnight());
    let date = text.parse::<Date>().ok().and_then(|date| shell.zone.to_timestamp(date.to_datetime(time)).ok());
    date.ok_or_else(|| super::not_a_time(shell, text))
}
