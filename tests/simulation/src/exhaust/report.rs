//! What the search prints: for people an aligned line a variant and each counterexample step by
//! step, for scripts JSON lines with a summary last.

use serde::Serialize;

use super::run::Done;

/// One search, for scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Line<'a> {
    /// The variant, or the rule that is left out.
    pub variant: &'a str,
    /// In words.
    pub what: &'a str,
    /// Whether nothing was found.
    pub ok: bool,
    /// Worlds visited.
    pub states: usize,
    /// Ways between them.
    pub ways: usize,
    /// Worlds without a way to an agreed end.
    pub stuck: usize,
    /// Whether its stuck worlds are a known limit.
    pub limit: bool,
    /// What was found, each by its shortest way.
    pub found: Vec<Found<'a>>,
    /// Where a rule is left out: what the design says must be found, `null` for a margin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Option<&'static str>>,
    /// How long it took.
    pub seconds: f64,
}

/// A finding, for scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Found<'a> {
    /// `I1`, `I3`, `I5`, `adopt` or `stuck`.
    pub finding: &'static str,
    /// In words.
    pub what: &'static str,
    /// The shortest way there.
    pub path: &'a [String],
}

/// The last line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary<'a> {
    /// Whether nothing was found anywhere.
    pub ok: bool,
    /// Worlds visited, in all.
    pub states: usize,
    /// Worlds without a way to an agreed end, in all; without those of a known limit.
    pub stuck: usize,
    /// Worlds without a way to an agreed end where the biller tells nothing of the bank's statement.
    pub stuck_without_the_statement: usize,
    /// How many searches found something.
    pub violations: usize,
    /// The rule that was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<&'a str>,
    /// Where a rule was left out: whether each search found what the design says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_expected: Option<bool>,
    /// States, stuck states and findings of each search.
    pub variants: Vec<Short>,
}

/// A search in the summary.
#[derive(Clone, Debug, Serialize)]
pub struct Short {
    /// Its name.
    pub variant: String,
    /// Worlds visited.
    pub states: usize,
    /// Worlds without a way to an agreed end.
    pub stuck: usize,
    /// What was found.
    pub found: Vec<&'static str>,
}

impl<'a> From<&'a Done> for Line<'a> {
    fn from(done: &'a Done) -> Self {
        let found = done.outcome.found.iter();
        Self {
            variant: &done.job.name,
            what: done.job.what,
            ok: done.is_clean(),
            states: done.outcome.states,
            ways: done.outcome.edges,
            stuck: done.outcome.stuck,
            limit: done.job.limit,
            found: found.map(|one| Found { finding: one.finding.name(), what: one.what, path: &one.path }).collect(),
            expected: done.job.rule.map(|_| done.job.expected.map(super::invariants::Finding::name)),
            seconds: (done.took.as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }
}

impl Summary<'_> {
    /// Adds a search.
    pub fn add(&mut self, done: &Done) {
        self.states += done.outcome.states;
        *if done.job.limit { &mut self.stuck_without_the_statement } else { &mut self.stuck } += done.outcome.stuck;
        self.violations += usize::from(!done.is_clean());
        self.ok = self.violations == 0;
        if let Some(as_expected) = &mut self.as_expected {
            *as_expected &= done.as_expected();
        }
        self.variants.push(Short {
            variant: done.job.name.clone(),
            states: done.outcome.states,
            stuck: done.outcome.stuck,
            found: done.outcome.found.iter().map(|one| one.finding.name()).collect(),
        });
    }
}

/// One search, for people.
#[must_use]
pub fn for_people(done: &Done) -> String {
    let outcome = &done.outcome;
    let verdict = match (done.is_clean(), done.job.limit) {
        (true, false) => "holds",
        (true, true) => "LIMIT",
        (false, _) => "FOUND",
    };
    let mut text = format!(
        "{:<22} {:>9} states {:>9} stuck {:>7.1} s  {verdict}  {}",
        done.job.name,
        outcome.states,
        outcome.stuck,
        done.took.as_secs_f64(),
        done.job.what,
    );
    for found in outcome.found.iter().filter(|_| !done.is_clean()) {
        text.push_str(&format!("\n    {}: {}", found.finding.name(), found.what));
        for (step, what) in found.path.iter().enumerate() {
            text.push_str(&format!("\n    {:>4}. {what}", step + 1));
        }
    }
    if done.job.rule.is_some() && !done.as_expected() {
        let expected = done.job.expected.map_or("nothing", super::invariants::Finding::name);
        text.push_str(&format!("\n    NOT AS THE DESIGN SAYS: {expected} was to be found"));
    }
    text
}

/// The list of rules, for `--help`.
#[must_use]
pub fn rules_for_help() -> String {
    let mut text = String::from("RULE is a name, or a name with its case:\n");
    for rule in super::rules::RULES {
        let finds = rule.expected.map_or("nothing", super::invariants::Finding::name);
        text.push_str(&format!("  {:>2}  {:<24} {:<8} {}\n", rule.number, rule.full_name(), finds, rule.what));
    }
    text
}
