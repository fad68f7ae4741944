//! By which ways a person is reminded, of which binding (row 89): kept here, and told to the bank, which makes the
//! same plan and says its share of it.
//!
//! The choice is stored first and told after that: at once where there is network, and with each refresh until the
//! bank has taken it. Whoever wants the phone alone to remind tells the bank nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Client, Inner, cursor::Cursor};
use crate::{
    accounts::Binding,
    bills::Known,
    blocking::blocking,
    crypto::digest::sha256_base64url,
    error::{Fault, ReminderError},
    gateway::{
        caller::Call,
        wire::{BindingChannels, BindingInForce, PutOff, RemindBy, ReminderWishes, RemindersInForce},
    },
    reminders::{BANK_ZONE, Bill, Caps, Channel, Handle, Kind, Policy, Reminder, Shelf, Wishes, Words, plan, zone},
    store::{StoreError, Tx},
};

/// Bindings, and bills that are put off, in one request.
const MANY: usize = 500;

/// By which ways a person is reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Of every binding that is not named below.
    pub usual: BTreeSet<Channel>,
    /// By the bank's id of the binding.
    pub bindings: BTreeMap<String, BTreeSet<Channel>>,
    /// Whether the bank has taken what is chosen now, as far as it is the bank's affair.
    pub bank_knows: bool,
}

/// A bill of this profile, and what a plan does not ask of it.
#[derive(Clone)]
pub(super) struct Spoken {
    /// The binding.
    pub account: String,
    /// Its name in the bank's reminders.
    pub shared: Option<String>,
    pub bill: Bill,
}

impl Client {
    /// By which ways the person is reminded.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn reminder_channels(&self) -> Result<Channels, Fault> {
        self.0
            .read(|tx| {
                let bank_knows = bank_knows(tx)?;
                let shelf = Shelf::load(tx)?;
                let bindings = shelf.bindings.into_iter().map(|own| (own.account, own.channels)).collect();
                Ok(Channels { usual: shelf.wishes.channels, bindings, bank_knows })
            })
            .await
    }

    /// Chooses the ways for one binding (`None`: as usual again), or without one what is usual. The bank is told by
    /// [`Client::tell_reminders`], or by the next refresh.
    ///
    /// # Errors
    /// [`ReminderError::UnknownBinding`].
    pub async fn choose_channels(
        &self,
        account: Option<&str>,
        channels: Option<BTreeSet<Channel>>,
    ) -> Result<(), ReminderError> {
        let account = account.map(str::to_owned);
        self.0
            .write(move |tx| {
                let mut shelf = Shelf::load(tx)?;
                match (account, channels) {
                    (Some(account), channels) => {
                        if !bound(tx)?.contains(&account) {
                            return Err(ReminderError::UnknownBinding);
                        }
                        shelf.choose(account, channels);
                    }
                    (None, Some(channels)) => shelf.wishes.channels = channels,
                    (None, None) => shelf.wishes.channels = Wishes::default().channels,
                }
                // An earlier phone may have chosen the bank's ways: what is chosen here is told, whatever it is.
                shelf.told_bank.get_or_insert_default();
                Ok(shelf.save(tx)?)
            })
            .await
    }

    /// Tells the bank what was chosen, if that is its affair and it does not know. Every refresh does the same.
    ///
    /// # Errors
    /// [`Fault`]: the choice stays, and is told with the next refresh.
    pub async fn tell_reminders(&self) -> Result<(), ReminderError> {
        Ok(self.0.tell_reminders().await?)
    }

    /// The name that the bank's push has for a reminder of this phone's, so that one takes the other's place on the
    /// screen. `None` where the bank has told none, and for the one that asks to open the app.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn shared_reminder(&self, id: &str) -> Result<Option<String>, Fault> {
        let spoken = self.0.spoken().await?.spoken;
        Ok(renamed(id, spoken.iter().filter_map(|it| Some((it.bill.id.as_str(), it.shared.as_deref()?)))))
    }

    /// The other way round: this phone's name for what came as a push. Before it is shown, [`Client::still_due`] has
    /// an answer for that name.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn pushed_reminder(&self, id: &str) -> Result<Option<String>, Fault> {
        let spoken = self.0.spoken().await?.spoken;
        Ok(renamed(id, spoken.iter().filter_map(|it| Some((it.shared.as_deref()?, it.bill.id.as_str())))))
    }
}

impl Inner {
    pub(super) async fn tell_reminders(self: &Arc<Self>) -> Result<(), Fault> {
        if self.is_told().await? {
            return self.bank_has_spoken().await;
        }
        // A file that was put back is behind what the bank was told, and is told so: then once more, above that.
        if !self.tell_once().await? && !self.is_told().await? {
            self.tell_once().await?;
        }
        Ok(())
    }

    /// What was over when the bank was last heard of, it has told whoever has no other way than its own, as long as it
    /// knew the choice: that counts as told. Should a later choice not reach it, the phone says what comes after that.
    async fn bank_has_spoken(self: &Arc<Self>) -> Result<(), Fault> {
        let heard = |tx: &Tx<'_>| Ok::<_, Fault>(Cursor::load(tx)?.as_of.zip(by_bank_alone(tx)?));
        let Some((as_of, shelf)) = self.read(heard).await? else { return Ok(()) };
        let spoken = self.spoken().await?.spoken;
        let bills: Vec<Bill> =
            spoken.into_iter().filter(|it| is_by_bank_alone(shelf.channels(&it.account))).map(|it| it.bill).collect();
        let zone_of = |name: &str| zone(name).or_else(|_| zone(BANK_ZONE));
        let (Ok(phone), Ok(bank)) = (zone_of(shelf.zone.as_deref().unwrap_or(BANK_ZONE)), zone(BANK_ZONE)) else {
            return Ok(());
        };
        let policy = Policy::try_from(Wishes { channels: Wishes::default().channels, ..shelf.wishes });
        let Ok(policy) = policy else { return Ok(()) };
        let over = move || plan(&bills, &policy, as_of, &bank, &phone, Caps::NONE);
        let over = blocking(&*self.platform.executor, over).await?;
        let (checking, due): (Vec<Reminder>, Vec<Reminder>) =
            over.into_iter().filter(|it| it.late).partition(|it| it.kind == Kind::Checking);
        if checking.is_empty() && due.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            let mut shelf = Shelf::load(tx)?;
            let seen = |over: Vec<Reminder>| over.into_iter().map(|it| (it.missed_at, it.id));
            shelf.was_told(seen(due), Words::OfTheBill);
            shelf.was_told(seen(checking), Words::BeingChecked);
            Ok(shelf.save(tx)?)
        })
        .await
    }

    async fn is_told(self: &Arc<Self>) -> Result<bool, Fault> {
        self.read(|tx| Ok::<_, Fault>(bank_knows(tx)?)).await
    }

    /// Whether that was the latest choice that the bank was told of.
    async fn tell_once(self: &Arc<Self>) -> Result<bool, Fault> {
        // Numbered and stored before it is told: a number is given once, whatever dies in between.
        let numbered = move |tx: &Tx<'_>| {
            let (shelf, Some(body)) = wished(tx)? else { return Ok(None) };
            let revision = shelf.revision.saturating_add(1);
            Shelf { revision, ..shelf }.save(tx)?;
            Ok::<_, Fault>(Some(RemindBy { revision, ..body }))
        };
        let Some(body) = self.write(numbered).await? else { return Ok(true) };
        let call = Call::post("/v1/reminders".to_owned(), &body, self.uuid())?;
        let reply = self.ask(&call).await?.map_err(|problem| Fault::from(&*problem))?;
        let in_force: RemindersInForce = reply.body()?;
        self.write(move |tx| {
            let mut shelf = Shelf::load(tx)?;
            let latest = in_force.revision <= shelf.revision;
            if !latest {
                shelf.revision = in_force.revision;
            } else if shelf.revision == body.revision && says(&in_force, &body) {
                shelf.told_bank = Some(mark(&body));
            } else {
                tracing::warn!("the bank reminds by other ways than were chosen; it is told again");
            }
            shelf.save(tx)?;
            Ok::<_, Fault>(latest)
        })
        .await
    }
}

/// What is chosen, where somebody is spoken to by the bank's ways and not by the phone.
fn by_bank_alone(tx: &Tx<'_>) -> Result<Option<Shelf>, StoreError> {
    let shelf = Shelf::load(tx)?;
    let own = shelf.bindings.iter().map(|own| &own.channels);
    let any = own.chain([&shelf.wishes.channels]).any(is_by_bank_alone);
    Ok(Some(shelf).filter(|_| any))
}

fn is_by_bank_alone(channels: &BTreeSet<Channel>) -> bool {
    !channels.is_empty() && !channels.contains(&Channel::Phone)
}

/// What the bank is to be told; nothing where it is not to remind, and never was.
fn wished(tx: &Tx<'_>) -> Result<(Shelf, Option<RemindBy>), StoreError> {
    let shelf = Shelf::load(tx)?;
    let own = BTreeSet::from([Channel::Phone]);
    let banks = |channels: &BTreeSet<Channel>| !channels.is_subset(&own);
    let bound = bound(tx)?;
    let here = shelf.bindings.iter().filter(|own| bound.contains(&own.account)).take(MANY);
    let bindings: Vec<BindingChannels> =
        here.map(|own| BindingChannels { account: own.account.clone(), channels: own.channels.clone() }).collect();
    let asked = banks(&shelf.wishes.channels) || bindings.iter().any(|binding| banks(&binding.channels));
    if !asked && shelf.told_bank.is_none() {
        return Ok((shelf, None));
    }
    let mut names = BTreeMap::new();
    if !shelf.wishes.snoozed.is_empty() {
        for known in Known::all(tx)?.0 {
            names.insert(known.row().to_owned(), known.bill.reminder_name().map(str::to_owned));
        }
    }
    let name = |bill: &str| names.get(Handle::read(bill)?.row()).cloned().flatten();
    let put_off = shelf
        .wishes
        .snoozed
        .iter()
        .filter_map(|it| Some(PutOff { bill: name(&it.bill)?, from: it.from, until: it.until }));
    let wishes = &shelf.wishes;
    let body = RemindBy {
        revision: 0,
        zone: shelf.zone.clone().unwrap_or_else(|| BANK_ZONE.to_owned()),
        policy: ReminderWishes {
            lead_days: wishes.lead_days.clone(),
            overdue_days: wishes.overdue_days.clone(),
            overdue_every: wishes.overdue_every,
            at: wishes.at,
            quiet: wishes.quiet,
            redaction: wishes.redaction,
            language: wishes.language,
            muted: wishes.muted.iter().take(MANY).cloned().collect(),
        },
        channels: wishes.channels.clone(),
        bindings,
        snoozed: put_off.take(MANY).collect(),
    };
    Ok((shelf, Some(body)))
}

/// Whether the bank has taken what is chosen now, as far as it is the bank's affair.
pub(super) fn bank_knows(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let (shelf, body) = wished(tx)?;
    Ok(body.is_none_or(|body| shelf.told_bank == Some(mark(&body))))
}

fn bound(tx: &Tx<'_>) -> Result<BTreeSet<String>, StoreError> {
    Ok(Binding::bound(tx)?.0.into_iter().map(|binding| binding.account.id).collect())
}

/// Of what is chosen, whichever time it is told.
fn mark(body: &RemindBy) -> String {
    let body = RemindBy { revision: 0, ..body.clone() };
    sha256_base64url(&serde_json::to_vec(&body).unwrap_or_default())
}

/// Whether the bank reminds by the very ways that were chosen: one that has no push says so by leaving it out.
fn says(in_force: &RemindersInForce, body: &RemindBy) -> bool {
    let names = |channels: &BTreeSet<Channel>| channels.iter().map(|it| it.name().to_owned()).collect();
    let chosen: BTreeSet<String> = names(&body.channels);
    let binding = |it: &BindingChannels| BindingInForce { account: it.account.clone(), channels: names(&it.channels) };
    in_force.revision == body.revision
        && in_force.channels == chosen
        && in_force.bindings.len() == body.bindings.len()
        && body.bindings.iter().map(binding).all(|it| in_force.bindings.contains(&it))
}

/// An id whose bill has another name.
fn renamed<'a>(id: &str, mut names: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    // Neither name has a point in it; the date and the stage follow.
    let (bill, rest) = id.split_once('.')?;
    names.find(|(from, _)| *from == bill).map(|(_, to)| format!("{to}.{rest}"))
}
