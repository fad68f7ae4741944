//! One life, from dawn to the last check.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::try_join_all;
use sandbox_gateway::moment;

use super::{
    bank::Bank,
    check::{self, Checked, Scene, Violation},
    clock::DAWN_MS,
    common::{Common, Unfit, pause},
    fault::Kind,
    operators::Operators,
    person::Person,
    phone::Phone,
    record::Calls,
    rng::Stream,
    suite::Signatures,
    town::Town,
    trace::Written,
};

/// How to live.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which signatures.
    pub signatures: Signatures,
    /// Keeps the lines of the trace.
    pub keep: bool,
    /// Faults that do not strike.
    pub without: BTreeSet<Kind>,
    /// No person wishes more often than that.
    pub wishes: Option<u64>,
    /// One person pays all bills and does nothing else, and messages are lost and nothing else goes wrong:
    /// lives that are like one another, to measure by.
    pub steady: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { signatures: Signatures::StandIn, keep: false, without: BTreeSet::new(), wishes: None, steady: false }
    }
}

/// What came of a life.
#[derive(Clone, Debug, Default)]
pub struct Lived {
    /// Wishes to pay that a phone answered: with an order, or with why there is none.
    pub flows: u64,
    /// Orders that left a phone.
    pub orders: u64,
    /// Requests that reached the gateway.
    pub requests: u64,
    /// How often each kind of fault struck.
    pub faults: BTreeMap<Kind, u64>,
    /// Ends that were reached, restores, adoptions: by name, how often.
    pub reached: BTreeMap<&'static str, u64>,
    /// What was asked of the apps, and what they answered.
    pub calls: Calls,
    /// What must not be.
    pub violations: Vec<Violation>,
    /// What happened.
    pub trace: Written,
}

/// A life longer than this does not end: 30 virtual days.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Names of files in memory are shared by the whole process, so no two lives may have the same.
static LIVES: AtomicU64 = AtomicU64::new(0);

/// Lives the life of a seed.
///
/// # Errors
/// It could not be set up or looked at.
pub fn live(seed: u64, options: &Options) -> Result<Lived, Unfit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let common = Common::new(seed, options);
        let ended = tokio::time::timeout(LONGEST, common.watched("a life", one(seed, &common, options))).await;
        let Checked { mut violations, reached } = match ended {
            Ok(Some(Ok(checked))) => checked,
            // A party that does not come up again is no fault of the simulation (I9).
            Ok(Some(Err(unfit))) if unfit.is_a_partys() => {
                common.wrong("I9", format!("what a crash left cannot be opened: {unfit}"));
                Checked::default()
            }
            Ok(Some(Err(unfit))) => return Err(unfit),
            Ok(None) => Checked::default(),
            Err(_) => {
                common.wrong("I4", "the life does not end".to_owned());
                Checked::default()
            }
        };
        let facts = common.record.facts();
        violations.extend(facts.wrong.iter().map(|(invariant, what)| Violation { invariant, what: what.clone() }));
        violations.sort();
        violations.dedup();
        Ok(Lived {
            flows: facts.flows,
            orders: facts.orders,
            requests: facts.requests,
            faults: common.faults.tally(),
            reached,
            calls: facts.calls.clone(),
            violations,
            trace: common.trace.written(),
        })
    })
}

async fn one(seed: u64, common: &Arc<Common>, options: &Options) -> Result<Checked, Unfit> {
    let name = format!("life-{}-{seed}", LIVES.fetch_add(1, Ordering::Relaxed));
    let mut plan = Stream::of(seed, "life");
    let count = if plan.chance(500) && !options.steady { 2 } else { 1 };
    let flows = if plan.chance(200) { plan.between(1, 4) } else { 32 / u64::try_from(count).unwrap_or(1) };
    let flows = options.wishes.map_or(flows, |most| flows.min(most));
    let town = Town::build(common, seed, &name, count, options.steady)?;
    let bank = Bank::new(common.clone(), seed, &name, town.billers.clone(), town.catalogue.clone(), &town.people)?;
    let mut people = Vec::new();
    for (number, (enrolled, accounts)) in town.people.iter().zip(&town.accounts).enumerate() {
        let phone = Phone::new(common, &bank, seed, &name, number * 2)?;
        people.push(Person::new(common, &bank, seed, number, enrolled.phone.clone(), accounts.clone(), phone));
    }
    let (own, work) = (common.clone(), bank.clone().work());
    let worker = tokio::spawn(async move { own.watched("the gateway's machine", work).await });
    let keeper = tokio::spawn(bank.clone().look_after());
    let (own, doings) = (common.clone(), town.goings_on());
    let town_life = tokio::spawn(async move { own.watched("the billers", doings).await });
    let (own, forgets) = (common.clone(), town.forgetting(bank.restores()));
    let forgetting = tokio::spawn(async move { own.watched("whoever saves the billers' books", forgets).await });
    let (own, books) = (common.clone(), town.rebooking(&bank));
    let rebooking = tokio::spawn(async move { own.watched("a clerk of a biller", books).await });
    let mut operators = Operators::of(seed, common, &bank, &town.billers);
    let by_hand = operators.clone().map(|operators| tokio::spawn(operators.work()));
    if options.steady {
        try_join_all(people.iter_mut().map(Person::live_steadily)).await?;
    } else {
        try_join_all(people.iter_mut().map(|person| person.live(flows))).await?;
    }

    town_life.abort();
    forgetting.abort();
    rebooking.abort();
    if let Some(by_hand) = by_hand {
        by_hand.abort();
    }
    common.faults.heal();
    town.heal()?;
    bank.spare();
    people.iter().for_each(Person::spare);
    common.trace.note(format_args!("healed"));
    try_join_all(people.iter_mut().map(Person::settle)).await?;
    common.record.facts().looked = true;
    common.drained().await;
    pause(900_000).await;
    // A biller that was closed for a while has opened by now, whatever it was told since.
    town.heal()?;
    if let Some(operators) = &mut operators {
        // The first of the two may have said it while a message could still land.
        for _ in 0..2 {
            operators.go_through_the_list().await?;
            pause(900_000).await;
        }
        common.record.facts().ruled = true;
    }
    for person in &mut people {
        // I4: after all that each of them can pay.
        if let Some((biller, bill)) = town.one_more_bill(person.number)? {
            person.pay_one_more(&biller, &bill).await?;
        }
    }
    if town.reconciles() {
        reckon(common, &bank, &town).await?;
    }
    try_join_all(people.iter_mut().map(Person::last_look)).await?;
    let fell = keeper.is_finished();
    worker.abort();
    keeper.abort();
    if fell {
        // Said already, as it happened; nothing agrees with a bank that is not there.
        return Ok(Checked::default());
    }
    check::all(&Scene { common, bank: &bank, town: &town, people: &people })
}

/// How long after midnight the billers ask for the statement of the day before.
const AFTER_MIDNIGHT_MS: i64 = 1_800_000;
/// How long the bank may take to put right what it was told: a biller without tombstones has to be
/// silent for minutes, and pauses double up to an hour.
const PUT_RIGHT_MS: u64 = 3 * 3_600_000;

/// The daily run, on two days: what the first one finds is put right, and the second one finds it so.
async fn reckon(common: &Common, bank: &Bank, town: &Town) -> Result<(), Unfit> {
    for _ in 0..2 {
        let now = DAWN_MS + common.now.ms();
        let until = moment::next_bank_day(now) + AFTER_MIDNIGHT_MS - now;
        pause(u64::try_from(until).unwrap_or(0)).await;
        let Some(gateway) = bank.gateway() else { return Ok(()) };
        if let Err(error) = town.reconcile(gateway).await {
            common.wrong("I5", format!("a day cannot be reconciled: {error}"));
        }
        pause(PUT_RIGHT_MS).await;
    }
    let theirs = town.differences()?;
    let ours = bank.gateway().map(|gateway| gateway.differences(100)).transpose()?.unwrap_or_default();
    for what in theirs.into_iter().chain(ours.iter().map(|listed| format!("the bank's list: {listed:?}"))) {
        // What a restored bank lost and no phone brings back is a person's.
        if !bank.restores() {
            common.wrong("I5", format!("not put right: {what}"));
        }
    }
    Ok(())
}
