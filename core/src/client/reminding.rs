//! Reminders (rows 37 to 45): what this profile's bills make of the plan, what the operating system holds of it,
//! and whether one is still true when it fires.
//!
//! The plan is never stored: it is made anew from what is stored whenever it is asked for. A shell asks after each of
//! the five triggers: open or resume, a refresh, a change of a payment, of the policy, and of clock, zone or boot.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{
    BillStatus, Client, Inner,
    channels::{Spoken, bank_knows},
    cursor::{Catalogue, Cursor},
    records::status,
};
use crate::{
    accounts::Binding,
    bills::Known,
    blocking::blocking,
    error::{Fault, ReminderError},
    model::{BillKind, Biller, Method, MethodState},
    payments::{Entry, payable_key},
    plant,
    platform::Executor,
    reminders::{
        Amount, BANK_ZONE, Bill, Caps, Changes, Channel, Handle, Held, Policy, Redaction, Reminder, Shelf, Snooze,
        Status, StillDue, TAIL, Unarmed, Wishes, Words, changed, diff, failures, health, plan, still_due_in, zone,
    },
    store::{Location, StoreError, Tx, give_way},
};

/// A report may name what was shown, and what is held; of each at most this much, far more than a system has room for.
const MOST_TOLD: usize = 20_000;

/// What was told of a bill that is done is kept so many days from its due date on: a payment of it may still be undone.
const REMEMBERED: i32 = 400;

/// The plan, and what to change in the operating system for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminders {
    /// The soonest first.
    pub reminders: Vec<Reminder>,
    /// Against what was last reported as held.
    pub changes: Changes,
    /// What the person once chose could not be read: these are by the default. To be shown until
    /// [`Client::set_reminder_policy`] sets it anew.
    pub lost: bool,
}

/// What the operating system said when the changes were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    /// What it holds now: an alarm by an alarm, with its mark. What it did not accept is not among them.
    pub held: Vec<Held>,
    /// Ids that were seen since the last report. On iOS: what was held and is pending no more, though nobody
    /// cancelled it.
    pub told: Vec<String>,
    /// The same of those that said that a payment is being checked: should it fail, that the bill is due is still to
    /// be said.
    pub told_checking: Vec<String>,
    /// Whether it shows notifications of the app at all.
    pub notifications: bool,
    /// Whether it lets the app arm alarms at a moment of its choice.
    pub permission: bool,
    /// Whether it may hold them back to save the battery.
    pub battery_saver: bool,
}

impl Client {
    /// What this phone is to say of the bills, made anew: by `phone_zone` (an IANA name), with room for so many. What
    /// the person chose to hear by the bank's ways alone is not among it. The shell arms the changes and calls [`Client::report_armed`].
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn reminders(&self, phone_zone: &str, caps: Caps) -> Result<Reminders, ReminderError> {
        let Planned { reminders, shelf, kept } = self.0.planned(phone_zone, caps).await?;
        if shelf.zone.as_deref() != Some(phone_zone) {
            // The bank plans by it, too.
            let zone = phone_zone.to_owned();
            let noted = move |tx: &Tx<'_>| {
                let shelf = Shelf { zone: Some(zone), ..Shelf::load(tx)? };
                Ok::<_, ReminderError>(shelf.save(tx)?)
            };
            match self.0.write(noted).await {
                // Over a page that is broken nothing is written until the file is mended, on a full disk nothing until there
                // is room, and so on: the plan was only read, and without it nothing would be armed.
                Err(ReminderError::Fault(Fault::Store(error))) => {
                    tracing::warn!(%error, "the phone's zone could not be noted for the bank");
                    if error == StoreError::DamagedFile {
                        self.0.look_with_next_refresh();
                    }
                }
                noted => noted?,
            }
        }
        let mut changes = diff(&reminders, &shelf.held);
        changes.cancel.retain(|id| !kept.contains(id));
        changes.keep.extend(kept);
        Ok(Reminders { reminders, changes, lost: shelf.lost })
    }

    /// The bills of this profile by the channels that they are spoken of by; those of none are not among them.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn bills_by_channels(&self) -> Result<BTreeMap<BTreeSet<Channel>, Vec<Bill>>, Fault> {
        let Speaking { spoken, shelf, .. } = self.0.spoken().await?;
        let mut groups: BTreeMap<BTreeSet<Channel>, Vec<Bill>> = BTreeMap::new();
        for Spoken { account, bill, .. } in spoken {
            groups.entry(shelf.channels(&account).clone()).or_default().push(bill);
        }
        groups.remove(&BTreeSet::new());
        Ok(groups)
    }

    /// What a plan is made of: the bills of this profile as a reminder speaks of them, for whoever plans
    /// for another moment. With numbers in full only where the person chose to show them.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn reminder_bills(&self) -> Result<Vec<Bill>, Fault> {
        Ok(self.0.spoken().await?.spoken.into_iter().map(|spoken| spoken.bill).collect())
    }

    /// The id of a bill in reminders; `None` where this profile has no such bill.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn reminder_of(&self, biller: &str, bill_number: &str) -> Result<Option<String>, Fault> {
        let (biller, bill_number) = (biller.to_owned(), bill_number.to_owned());
        let find = move |tx: &Tx<'_>| {
            let known = give_way(Known::load(tx, &biller, &bill_number))?;
            Ok::<_, Fault>(known.map(|known| handle(tx, &known)).transpose()?.map(|handle| handle.text()))
        };
        self.0.read(find).await
    }

    /// What the person chose, what is put off, muted and was told among it.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn reminder_policy(&self) -> Result<Wishes, Fault> {
        self.0.read(|tx| Ok(Shelf::load(tx)?.wishes)).await
    }

    /// Sets all that the person chose, whatever was chosen before. What was told stays told, whatever these wishes say of it.
    ///
    /// # Errors
    /// [`ReminderError::Policy`] where it makes no sense: what was chosen before stays.
    pub async fn set_reminder_policy(&self, wishes: Wishes) -> Result<(), ReminderError> {
        let chosen = move |here: Wishes| {
            let Wishes { told, told_checking, told_at, .. } = here;
            Wishes { told, told_checking, told_at, ..wishes }
        };
        self.0.rewish(chosen).await
    }

    /// Sets what the person changed of the choice that was read (by [`Client::reminder_policy`]): what was put off, muted or
    /// chosen by another call meanwhile stays.
    ///
    /// # Errors
    /// [`ReminderError::Policy`] where it makes no sense: what was chosen before stays.
    pub async fn change_reminder_policy(&self, read: Wishes, wishes: Wishes) -> Result<(), ReminderError> {
        self.0.rewish(move |here| changed(here, &read, wishes)).await
    }

    /// Puts a bill off until then: `reminder` is the id of one of its reminders, or the bill's own.
    ///
    /// # Errors
    /// [`ReminderError::UnknownBill`], [`ReminderError::Policy`] for a moment that has passed or is too far away.
    pub async fn snooze(&self, reminder: &str, until: Timestamp) -> Result<(), ReminderError> {
        let bill = Handle::read(reminder).ok_or(ReminderError::UnknownBill)?;
        let from = self.0.platform.clock.now();
        self.0
            .write(move |tx| {
                if bill.still_due(tx)? == StillDue::Unknown {
                    return Err(ReminderError::UnknownBill);
                }
                let bill = bill.text();
                let mut shelf = Shelf::load(tx)?;
                // What was put off before has been said, or will be: of a bill that is still due it holds back what came
                // before it.
                let holds = |snooze: &Snooze| {
                    let due = Handle::read(&snooze.bill).map(|bill| bill.still_due(tx));
                    snooze.until > from || matches!(due, Some(Ok(StillDue::Yes | StillDue::Checking)))
                };
                shelf.wishes.snoozed.retain(|snooze| snooze.bill != bill && holds(snooze));
                shelf.wishes.snoozed.push(Snooze { bill, from, until });
                Policy::try_from(shelf.wishes.clone())?;
                Ok(shelf.save(tx)?)
            })
            .await
    }

    /// Speaks no more of a biller's bills, or again.
    ///
    /// # Errors
    /// [`ReminderError::Policy`] for more than 500 of them.
    pub async fn mute(&self, biller: &str, muted: bool) -> Result<(), ReminderError> {
        let biller = biller.to_owned();
        self.0
            .write(move |tx| {
                let mut shelf = Shelf::load(tx)?;
                if muted {
                    shelf.wishes.muted.insert(biller);
                } else {
                    shelf.wishes.muted.remove(&biller);
                }
                Policy::try_from(shelf.wishes.clone())?;
                Ok(shelf.save(tx)?)
            })
            .await
    }

    /// Takes what the operating system made of the changes.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn report_armed(&self, armed: Armed) -> Result<(), Fault> {
        let now = self.0.platform.clock.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let long_ago = today.saturating_sub(REMEMBERED.days());
        let damaged = self
            .0
            .write(move |tx| {
                let mut shelf = Shelf::load(tx)?;
                // What was held has its moment with it.
                let at: BTreeMap<String, Timestamp> =
                    shelf.held.iter().filter_map(|held| Some((held.id.clone(), held.at()?.min(now)))).collect();
                let seen = |ids: Vec<String>| {
                    let of_bills = ids.into_iter().filter(|id| id != TAIL).take(MOST_TOLD);
                    of_bills.map(|id| (at.get(&id).copied(), id)).collect::<Vec<_>>()
                };
                shelf.was_told(seen(armed.told), Words::OfTheBill);
                shelf.was_told(seen(armed.told_checking), Words::BeingChecked);
                shelf.wishes.seen_by(now);
                let (known, damaged) = Known::all(tx)?;
                let mut here = BTreeSet::new();
                for known in known.iter().filter(|known| !known.was_over_by(long_ago)) {
                    here.insert(handle(tx, known)?.text());
                }
                // A bill that the file does not give is not gone: what was told of it stays told.
                if damaged == 0 {
                    shelf.prune(&here);
                }
                let Armed { held, notifications, permission, battery_saver, .. } = armed;
                let held = held.into_iter().take(MOST_TOLD).collect();
                let held = if plant::is!("forgets-what-is-armed") { Vec::new() } else { held };
                let shelf = Shelf { held, notifications, permission, battery_saver, ..shelf };
                shelf.save(tx)?;
                Ok::<_, Fault>(damaged)
            })
            .await?;
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(())
    }

    /// Names each reminder that will not be seen when it should be, and why; nothing where all is well.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn reminder_health(&self, phone_zone: &str, caps: Caps) -> Result<Vec<Unarmed>, ReminderError> {
        let whole = self.0.planned(phone_zone, Caps::NONE).await?;
        let capped = self.0.planned(phone_zone, caps).await?;
        let unarmed = health(&whole.reminders, &capped.reminders, &capped.shelf.report());
        Ok(if plant::is!("health-says-nothing") { Vec::new() } else { unarmed })
    }

    /// Whether a reminder that fires is still true. Asks for no key, and works while the key store is locked;
    /// what another device is paying it does not see. See [`crate::reminders`].
    ///
    /// # Errors
    /// [`Fault`] of the store: then show it, since what is not known is not done.
    pub async fn still_due(&self, id: &str) -> Result<StillDue, Fault> {
        let handle = match Handle::asked(id) {
            Ok(handle) => handle,
            Err(answer) => return Ok(answer),
        };
        let store = self.0.store.clone();
        let asked = blocking(&*self.0.platform.executor, move || store.read(|tx| handle.still_due(tx)));
        Ok(asked.await.map_err(Fault::from)??)
    }

    /// The same without a client: of a profile that may be open here, in another process, or nowhere. For the alarm or
    /// the extension of an app for which the system starts a process.
    ///
    /// # Errors
    /// [`Fault`] of the store: then show it, since what is not known is not done.
    pub async fn still_due_in(profile: &Location, executor: &dyn Executor, id: &str) -> Result<StillDue, Fault> {
        let (profile, id) = (profile.clone(), id.to_owned());
        let asked = blocking(executor, move || still_due_in(&profile, &id));
        Ok(asked.await.map_err(Fault::from)??)
    }
}

/// The bills of this profile as reminders speak of them.
pub(super) struct Speaking {
    pub spoken: Vec<Spoken>,
    pub shelf: Shelf,
    /// What is armed of bills that the file does not give: nothing says that they are paid, and nobody can say when
    /// they are due, so it stays as it is.
    kept: BTreeSet<String>,
}

/// What this phone says.
struct Planned {
    reminders: Vec<Reminder>,
    shelf: Shelf,
    kept: BTreeSet<String>,
}

/// When the last payment of a bill came to nothing: not where it made way for another one, nor where less is asked since.
fn failed_at(tx: &Tx<'_>, known: &Known, last: Option<(Timestamp, &str)>) -> Result<Option<Timestamp>, StoreError> {
    let Some((ended, payment)) = last.filter(|_| !plant::is!("silent-about-failures")) else { return Ok(None) };
    let entry = give_way(Entry::load(tx, payment))?;
    let in_vain = |entry: &Entry| !entry.made_way() && !less_is_asked(known, entry, ended);
    Ok(entry.as_ref().is_none_or(in_vain).then_some(ended))
}

/// Whether the bill asks for less since that payment ended: somebody has paid of it at another device, another bank or a
/// counter, and that was not the last payment any more.
fn less_is_asked(known: &Known, entry: &Entry, ended: Timestamp) -> bool {
    let (bill, before, now) = (&known.bill, entry.asked.unwrap_or(entry.amount), known.asked());
    let changed = bill.version > entry.bill_version && bill.updated_at > ended;
    changed && now.currency() == before.currency() && now.minor() < before.minor()
}

impl Inner {
    /// Chooses anew, from what is chosen now.
    async fn rewish(
        self: &Arc<Self>,
        choose: impl FnOnce(Wishes) -> Wishes + Send + 'static,
    ) -> Result<(), ReminderError> {
        self.write(move |tx| {
            let mut shelf = Shelf::load(tx)?;
            let before = shelf.wishes.channels.clone();
            shelf.wishes = choose(shelf.wishes);
            Policy::try_from(shelf.wishes.clone())?;
            if shelf.wishes.channels != before {
                // An earlier phone may have chosen the bank's ways: what is chosen here is told, whatever it is.
                shelf.told_bank.get_or_insert_default();
            }
            shelf.lost = false;
            Ok(shelf.save(tx)?)
        })
        .await
    }

    async fn planned(self: &Arc<Self>, phone_zone: &str, caps: Caps) -> Result<Planned, ReminderError> {
        let (phone, bank) = (zone(phone_zone)?, zone(BANK_ZONE)?);
        let Speaking { mut spoken, shelf, kept } = self.spoken().await?;
        // What goes by the bank's ways alone has no place among what the phone has room for; until the bank has taken
        // the choice it goes by none, and the phone says it.
        if self.read(|tx| Ok::<_, Fault>(bank_knows(tx)?)).await? {
            spoken.retain(|it| shelf.channels(&it.account).contains(&Channel::Phone));
        } else {
            spoken.retain(|it| !shelf.channels(&it.account).is_empty());
        }
        let bills: Vec<Bill> = spoken.into_iter().map(|it| it.bill).collect();
        let wishes = Wishes { channels: BTreeSet::from([Channel::Phone]), ..shelf.wishes.clone() };
        // What is stored was checked when it was; one of another version counts as not chosen, but for how much it shows.
        let level = Wishes { redaction: wishes.redaction, ..Wishes::default() };
        let policy = Policy::try_from(wishes).or_else(|_| Policy::try_from(level))?;
        let now = self.platform.clock.now();
        // What is kept has its place among what the phone has room for.
        let caps = Caps { most: caps.most.saturating_sub(kept.len()) };
        let plan = move || plan(&bills, &policy, now, &bank, &phone, caps);
        let reminders = blocking(&*self.platform.executor, plan).await.map_err(Fault::from)?;
        Ok(Planned { reminders, shelf, kept })
    }

    /// The bills of this profile as reminders speak of them.
    pub(super) async fn spoken(self: &Arc<Self>) -> Result<Speaking, Fault> {
        let shipped = self.config.catalogue.clone();
        self.read(move |tx| {
            let (shelf, cursor) = (Shelf::load(tx)?, Cursor::load(tx)?);
            let stored = Catalogue::load(tx)?.billers;
            let billers = if stored.is_empty() { shipped } else { stored };
            let billers: BTreeMap<&str, &Biller> = billers.iter().map(|biller| (biller.id.as_str(), biller)).collect();
            let usable = |method: &&Method| method.default && method.state != MethodState::Removed;
            let method = cursor.methods.iter().find(usable).map(|method| method.label.clone());
            let mut bindings: BTreeMap<String, Result<Option<Binding>, StoreError>> = BTreeMap::new();
            let failures = failures(tx)?;
            let (mut bills, mut given) = (Vec::new(), BTreeSet::new());
            for known in Known::all(tx)?.0 {
                let account = &known.bill.account;
                if !bindings.contains_key(account) {
                    bindings.insert(account.clone(), tx.get::<Binding>(account));
                }
                let binding = match bindings.get(account) {
                    Some(Ok(Some(binding))) => Some(binding).filter(|binding| binding.is_bound()),
                    Some(Ok(None)) | None => None,
                    Some(Err(StoreError::Damaged { .. } | StoreError::DamagedFile)) => continue,
                    Some(Err(error)) => return Err(error.clone().into()),
                };
                let is = match status(tx, &known, &cursor) {
                    // Of a bill whose payments cannot be read what is armed stays armed.
                    Err(Fault::Store(StoreError::DamagedFile)) => continue,
                    is => is?,
                };
                given.insert(known.row().to_owned());
                let Some(binding) = binding else { continue };
                let name = billers.get(known.bill.biller.as_str()).map(|biller| &biller.name);
                let name = |of: fn(&crate::model::Texts) -> &String| name.map_or(&known.bill.biller, of).clone();
                let number = &binding.account.customer_number;
                let in_full = shelf.wishes.redaction == Redaction::Nothing;
                let handle = handle(tx, &known)?;
                let bill = Bill {
                    id: handle.text(),
                    biller: known.bill.biller.clone(),
                    name_zh: name(|name| &name.zh),
                    name_en: name(|name| &name.en),
                    number_masked: number.masked(),
                    number: in_full.then(|| number.expose().to_owned()),
                    amount: Amount {
                        minor: known.asked().minor(),
                        currency: known.bill.amount.currency().code().to_owned(),
                    },
                    due_date: known.bill.due_date.filter(|_| known.bill.kind == BillKind::Bill),
                    status: match is {
                        BillStatus::Open => Status::Open,
                        BillStatus::Checking { .. } | BillStatus::PaidElsewhere => Status::Checking,
                        BillStatus::Paid | BillStatus::Cancelled | BillStatus::Unknown => Status::Done,
                    },
                    failed_at: failed_at(tx, &known, failures.of(tx, &handle)?)?,
                    method: method.clone(),
                };
                let shared = known.bill.reminder_name().map(str::to_owned);
                bills.push(Spoken { account: account.clone(), shared, bill });
            }
            let kept = kept(tx, &shelf, &given)?;
            Ok::<_, Fault>(Speaking { spoken: bills, shelf, kept })
        })
        .await
    }
}

/// What is armed of bills that stand in the file and are not `given` by it, as far as the phone is to speak of them and
/// nothing says that they are paid.
fn kept(tx: &Tx<'_>, shelf: &Shelf, given: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    let mut kept = BTreeSet::new();
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    for id in shelf.held.iter().map(|held| &held.id) {
        let Some(handle) = Handle::read(id).filter(|handle| !given.contains(handle.row())) else { continue };
        let stays = match known.get(handle.row()) {
            Some(stays) => *stays,
            None => {
                let stays = is_kept(tx, shelf, &handle)?;
                known.insert(handle.row().to_owned(), stays);
                stays
            }
        };
        if stays {
            kept.insert(id.clone());
        }
    }
    Ok(kept)
}

fn is_kept(tx: &Tx<'_>, shelf: &Shelf, handle: &Handle) -> Result<bool, StoreError> {
    match handle.still_due(tx) {
        Ok(StillDue::No | StillDue::Unknown) => return Ok(false),
        // A page that is broken says of nothing that it is paid.
        Ok(StillDue::Yes | StillDue::Checking) | Err(StoreError::DamagedFile) => {}
        Err(error) => return Err(error),
    }
    let account = tx.select("SELECT account FROM bill WHERE id = ?1", [handle.row()], |row| row.get::<_, String>(0));
    let account = match account {
        Ok(accounts) => accounts.into_iter().next().unwrap_or_default(),
        Err(StoreError::DamagedFile) => String::new(),
        Err(error) => return Err(error),
    };
    let channels = shelf.channels(&account);
    Ok(if bank_knows(tx)? { channels.contains(&Channel::Phone) } else { !channels.is_empty() })
}

/// By what a reminder finds its bill again, without a key.
fn handle(tx: &Tx<'_>, known: &Known) -> Result<Handle, StoreError> {
    Ok(Handle::new(known.row(), &payable_key(tx, &known.bill.biller, &known.bill.bill_number)?))
}
