//! Runs searches, each with the defects it asks for planted on its own thread only.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use super::{
    invariants::Finding,
    rules::Rule,
    search::{Outcome, search},
    variants::{Config, Variant},
};

/// One search to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// The variant's name or the rule's.
    pub name: String,
    /// In words.
    pub what: &'static str,
    /// The number of the rule that is left out.
    pub rule: Option<u8>,
    /// What must be found: in the whole design, nothing.
    pub expected: Option<Finding>,
    /// What is known to be missing ([`super::variants::UNLISTED`]): told, and no finding.
    pub limit: bool,
    config: Config,
    core: &'static [&'static str],
    gateway: &'static [&'static str],
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which search.
    pub job: Job,
    /// What it found.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

impl From<&Variant> for Job {
    fn from(variant: &Variant) -> Self {
        Self {
            name: variant.name.to_owned(),
            what: variant.what,
            rule: None,
            expected: None,
            limit: !variant.config.statement,
            config: variant.config,
            core: &[],
            gateway: &[],
        }
    }
}

impl From<&Rule> for Job {
    fn from(rule: &Rule) -> Self {
        Self {
            name: rule.full_name(),
            what: rule.what,
            rule: Some(rule.number),
            expected: rule.expected,
            limit: false,
            config: rule.config,
            core: rule.core,
            gateway: rule.gateway,
        }
    }
}

impl Done {
    /// Whether nothing at all was found, but for the known limit of a search that is one.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.outcome.found.iter().all(|found| self.job.limit && found.finding == Finding::Stuck)
    }

    /// Whether it found what it was to find: just that where a rule is left out, nothing elsewhere.
    #[must_use]
    pub fn as_expected(&self) -> bool {
        match self.job.expected {
            None => self.is_clean(),
            Some(wanted) => self.outcome.found.iter().any(|found| found.finding == wanted),
        }
    }
}

impl Job {
    /// Runs it on this thread.
    #[must_use]
    pub fn run(self) -> Done {
        billpay_core::plant::plant_here(self.core);
        sandbox_gateway::plant::plant_here(self.gateway);
        let began = Instant::now();
        let outcome = search(&self.config, self.expected);
        billpay_core::plant::plant_here(&[]);
        sandbox_gateway::plant::plant_here(&[]);
        Done { job: self, outcome, took: began.elapsed() }
    }
}

/// Runs all on as many threads as there are processors; `each` gets them in the order asked.
pub fn run_all(jobs: &[Job], mut each: impl FnMut(&Done)) {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let send = Mutex::new(send);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (next, send) = (&next, send.lock().map(|send| send.clone()));
            let Ok(send) = send else { continue };
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(job) = jobs.get(at) else { break };
                    if send.send((at, job.clone().run())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut waiting = std::collections::BTreeMap::new();
        let mut due = 0;
        for (at, done) in receive {
            waiting.insert(at, done);
            while let Some(done) = waiting.remove(&due) {
                each(&done);
                due += 1;
            }
        }
    });
}
