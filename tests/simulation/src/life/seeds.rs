//! Many lives: as many threads as asked for, each with lives of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    check::Violation,
    common::Unfit,
    fault::Kind,
    record::Calls,
    run::{Lived, Options, live},
    suite::Signatures,
};

/// How many lives, and how.
#[derive(Clone, Debug)]
pub struct Job {
    /// The first seed.
    pub from: u64,
    /// How many, at the most.
    pub seeds: u64,
    /// For how long, at the most: lives that are under way then are lived to their end.
    pub time: Option<Duration>,
    /// A planted defect.
    pub plant: Option<String>,
    /// Kinds of fault that do not strike.
    pub without: BTreeSet<Kind>,
    /// No person wishes more often than that.
    pub wishes: Option<u64>,
    /// Which signatures.
    pub signatures: Signatures,
    /// How many lives at a time.
    pub jobs: u64,
    /// Every so-manieth seed is lived again without each kind of fault that struck it; 0: none.
    pub sample: u64,
    /// Stops at the first seed with a violation.
    pub first_only: bool,
    /// Lives every seed twice and compares the traces.
    pub twice: bool,
}

impl Job {
    /// How each of its lives is lived.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            signatures: self.signatures,
            without: self.without.clone(),
            wishes: self.wishes,
            ..Options::default()
        }
    }
}

/// How often a kind of fault struck, and mattered.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Struck {
    /// In all lives.
    pub struck: u64,
    /// Lives that it was taken out of.
    pub sampled: u64,
    /// Of those, how many were other lives without it: people were told something else.
    pub mattered: u64,
}

/// A seed with something that must not be.
#[derive(Clone, Debug)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// What.
    pub violations: Vec<Violation>,
}

/// All lives together.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// Lives.
    pub seeds: u64,
    /// Wishes to pay that a phone answered: with an order, or with why there is none.
    pub flows: u64,
    /// Orders that left a phone.
    pub orders: u64,
    /// Requests that reached a gateway.
    pub requests: u64,
    /// Time spent on lives, over all threads; samples are not in it.
    pub busy: Duration,
    /// By kind.
    pub faults: BTreeMap<Kind, Struck>,
    /// Ends that were reached, adoptions: by name.
    pub reached: BTreeMap<&'static str, u64>,
    /// What was asked of the apps, and what they answered.
    pub calls: Calls,
    /// A life that could not be set up or looked at, with its seed: a fault of the simulation.
    pub unfit: Option<(u64, String)>,
    /// Of all traces, whatever the order they were written in: equal for equal runs.
    pub traces: u64,
    /// Seeds with violations, in order.
    pub found: Vec<Found>,
}

impl Total {
    /// Wishes to pay per second of one core.
    #[must_use]
    pub fn flows_per_second(&self) -> u64 {
        let ms = u64::try_from(self.busy.as_millis()).unwrap_or(u64::MAX).max(1);
        self.flows.saturating_mul(1000) / ms
    }

    fn add(&mut self, seed: u64, lived: Lived, took: Duration) {
        self.seeds += 1;
        self.flows += lived.flows;
        self.orders += lived.orders;
        self.requests += lived.requests;
        self.busy += took;
        self.traces ^= lived.trace.hash.rotate_left(u32::try_from(seed % 64).unwrap_or(0));
        for (kind, count) in lived.faults {
            self.faults.entry(kind).or_default().struck += count;
        }
        self.count(lived.reached, lived.calls);
        if !lived.violations.is_empty() {
            self.found.push(Found { seed, violations: lived.violations });
        }
    }

    fn count(&mut self, reached: BTreeMap<&'static str, u64>, calls: Calls) {
        for (name, count) in reached {
            *self.reached.entry(name).or_default() += count;
        }
        for (call, answers) in calls {
            let mine = self.calls.entry(call).or_default();
            answers.into_iter().for_each(|(answer, count)| *mine.entry(answer).or_default() += count);
        }
    }

    fn merge(&mut self, other: Self) {
        self.count(other.reached, other.calls);
        self.unfit = self.unfit.take().or(other.unfit);
        self.seeds += other.seeds;
        self.flows += other.flows;
        self.orders += other.orders;
        self.requests += other.requests;
        self.busy += other.busy;
        self.traces ^= other.traces;
        for (kind, count) in other.faults {
            let mine = self.faults.entry(kind).or_default();
            mine.struck += count.struck;
            mine.sampled += count.sampled;
            mine.mattered += count.mattered;
        }
        self.found.extend(other.found);
        self.found.sort_by_key(|found| found.seed);
    }
}

/// Plants for the calling thread only.
pub fn plant_here(plant: Option<&str>) {
    let names: Vec<&str> = plant.into_iter().collect();
    billpay_core::plant::plant_here(&names);
    sandbox_gateway::plant::plant_here(&names);
}

/// Lives all lives of a job; `tell` hears how many are done. Ends early with a life that is unfit.
pub fn run(job: &Job, tell: impl Fn(u64) + Sync) -> Total {
    let (next, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    // gate-allows(time): when to stop, which no life knows of
    let began = Instant::now();
    let total = Mutex::new(Total::default());
    std::thread::scope(|scope| {
        for _ in 0..job.jobs.max(1) {
            scope.spawn(|| {
                plant_here(job.plant.as_deref());
                let mut mine = Total::default();
                while !stop.load(Ordering::Relaxed) {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= job.seeds || job.time.is_some_and(|time| began.elapsed() >= time) {
                        break;
                    }
                    let seed = job.from.wrapping_add(nth);
                    if let Err(unfit) = one(job, seed, &mut mine) {
                        mine.unfit = Some((seed, unfit.to_string()));
                        stop.store(true, Ordering::Relaxed);
                    }
                    if job.first_only && !mine.found.is_empty() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    tell(done.fetch_add(1, Ordering::Relaxed) + 1);
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).merge(mine);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What this thread has spent on a core, where the system says so: on a machine with other work to
/// do the time on the wall is no measure.
pub(super) fn spent(wall: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| wall.elapsed(), Duration::from_nanos)
}

fn one(job: &Job, seed: u64, mine: &mut Total) -> Result<(), Unfit> {
    let options = job.options();
    // gate-allows(time): how long a life took, for the report alone
    let wall = Instant::now();
    let began = spent(wall);
    let mut lived = live(seed, &options)?;
    let took = spent(wall).saturating_sub(began);
    if job.twice && live(seed, &options)?.trace != lived.trace {
        let what = "lived twice, it was not the same".to_owned();
        lived.violations.push(Violation { invariant: "seed", what });
    }
    if job.sample > 0 && seed.is_multiple_of(job.sample) {
        let cheap = Options { signatures: Signatures::StandIn, ..options.clone() };
        let course =
            if job.signatures == Signatures::StandIn { lived.trace.course } else { live(seed, &cheap)?.trace.course };
        for kind in lived.faults.keys().copied() {
            let mut fewer = cheap.clone();
            fewer.without.insert(kind);
            let without = live(seed, &fewer)?;
            let sampled = mine.faults.entry(kind).or_default();
            sampled.sampled += 1;
            sampled.mattered += u64::from(without.trace.course != course);
        }
    }
    mine.add(seed, lived, took);
    Ok(())
}
