//! What a person changed of a choice, on top of what was chosen meanwhile: by a button of a notification, say, while a
//! page of settings was open. Pure.

use std::collections::{BTreeMap, BTreeSet};

use billpay_plan::{Snooze, Wishes};

/// `here`, with what differs between what was `read` and what is `wished`. What was told stays told, whatever these
/// say of it.
#[must_use]
pub fn changed(here: Wishes, read: &Wishes, wished: Wishes) -> Wishes {
    let Wishes { muted, snoozed, told, told_checking, told_at, .. } = here;
    Wishes {
        lead_days: of(here.lead_days, &read.lead_days, wished.lead_days),
        overdue_days: of(here.overdue_days, &read.overdue_days, wished.overdue_days),
        overdue_every: of(here.overdue_every, &read.overdue_every, wished.overdue_every),
        at: of(here.at, &read.at, wished.at),
        quiet: of(here.quiet, &read.quiet, wished.quiet),
        redaction: of(here.redaction, &read.redaction, wished.redaction),
        channels: of(here.channels, &read.channels, wished.channels),
        language: of(here.language, &read.language, wished.language),
        muted: muted_by(muted, &read.muted, wished.muted),
        snoozed: put_off(snoozed, &read.snoozed, wished.snoozed),
        told,
        told_checking,
        told_at,
        horizon_days: of(here.horizon_days, &read.horizon_days, wished.horizon_days),
    }
}

fn of<T: PartialEq>(here: T, read: &T, wished: T) -> T {
    if *read == wished { here } else { wished }
}

fn muted_by(mut here: BTreeSet<String>, read: &BTreeSet<String>, wished: BTreeSet<String>) -> BTreeSet<String> {
    here.retain(|biller| wished.contains(biller) || !read.contains(biller));
    here.extend(wished.into_iter().filter(|biller| !read.contains(biller)));
    here
}

/// Bill by bill: each is put off to one moment at most.
fn put_off(mut here: Vec<Snooze>, read: &[Snooze], wished: Vec<Snooze>) -> Vec<Snooze> {
    let by_bill = |all: &[Snooze]| -> BTreeMap<String, Snooze> {
        all.iter().map(|snooze| (snooze.bill.clone(), snooze.clone())).collect()
    };
    let (before, after) = (by_bill(read), by_bill(&wished));
    here.retain(|snooze| before.get(&snooze.bill) == after.get(&snooze.bill));
    here.extend(wished.into_iter().filter(|snooze| before.get(&snooze.bill) != Some(snooze)));
    here
}
