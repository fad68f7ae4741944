//! Fault points that a script can name, on both legs, so that one JSON script gives the same
//! failing run again (row 66).
//!
//! ```json
//! [{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
//!  {"leg": "biller", "scene": "charge", "biller": "water-sh", "action": {"delay_ms": 300}},
//!  {"leg": "client", "path": "/v1/payments/*", "nth": 2, "action": {"cut_answer_at": 17}}]
//! ```
//!
//! `nth` counts the requests that fit the rule from 1; a rule without it strikes them all. The first
//! rule of the script that strikes decides; every rule counts every request that fits it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which of the two legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Phone to bank.
    Client,
    /// Bank to biller.
    Biller,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The request never arrives; the connection breaks.
    LoseRequest,
    /// The request has its effect; the connection breaks before the answer.
    LoseAnswer,
    /// The request arrives so much later.
    DelayMs(u64),
    /// The answer arrives so much later.
    DelayAnswerMs(u64),
    /// The connection breaks at once, and the request arrives so much later: overtaken by whatever
    /// is sent meanwhile.
    DeliverLateMs(u64),
    /// The request arrives twice; the second answer is the one that is given.
    Duplicate,
    /// The request never arrives; this status is answered.
    Status(u16),
    /// The request has its effect; this status is answered.
    StatusAfter(u16),
    /// The request has its effect; something else is answered, with status 200.
    Garbage,
    /// The request has its effect; the connection breaks after so many bytes of the answer.
    CutAnswerAt(u64),
    /// The connection breaks after so many bytes of the request's body, and it has no effect. A
    /// shorter body arrives.
    CutRequestAt(u64),
}

impl Action {
    /// Its name in scripts and counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LoseRequest => "lose_request",
            Self::LoseAnswer => "lose_answer",
            Self::DelayMs(_) => "delay_ms",
            Self::DelayAnswerMs(_) => "delay_answer_ms",
            Self::DeliverLateMs(_) => "deliver_late_ms",
            Self::Duplicate => "duplicate",
            Self::Status(_) => "status",
            Self::StatusAfter(_) => "status_after",
            Self::Garbage => "garbage",
            Self::CutAnswerAt(_) => "cut_answer_at",
            Self::CutRequestAt(_) => "cut_request_at",
        }
    }
}

/// When it goes wrong. What is left out fits everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// On this leg.
    pub leg: Leg,
    /// Client leg: this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Client leg: this path; `*` stands for one segment, at the end for all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Biller leg: this scene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// Biller leg: this biller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller: Option<String>,
    /// The first, second, … request that fits; every one, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// What goes wrong then.
    pub action: Action,
}

/// A request, as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub enum Point<'a> {
    /// On the client leg.
    Client {
        /// `GET`, `POST`, …
        method: &'a str,
        /// Without the query string.
        path: &'a str,
    },
    /// On the biller leg.
    Biller {
        /// The biller that is asked.
        biller: &'a str,
        /// `query`, `charge`, `confirm` or `refund`.
        scene: &'a str,
    },
}

/// A script that is not one.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// Not JSON of the right shape.
    #[error("not a fault script: {0}")]
    Shape(#[from] serde_json::Error),
    /// A rule that can never strike.
    #[error("rule {0} can never strike")]
    NeverStrikes(usize),
}

/// The faults in force. Shared by everything that has a fault point.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<(Rule, u64)>,
    struck: BTreeMap<String, u64>,
}

impl Faults {
    /// No faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the script; counting starts anew.
    pub fn set(&self, script: Vec<Rule>) {
        *self.lock() = Inner { rules: script.into_iter().map(|rule| (rule, 0)).collect(), struck: BTreeMap::new() };
    }

    /// The same from JSON.
    ///
    /// # Errors
    /// It is not a script; the one in force stays.
    pub fn set_json(&self, script: &str) -> Result<(), ScriptError> {
        let rules: Vec<Rule> = serde_json::from_str(script)?;
        if let Some(at) = rules.iter().position(|rule| !rule.can_strike()) {
            return Err(ScriptError::NeverStrikes(at));
        }
        self.set(rules);
        Ok(())
    }

    /// No faults from now on; what struck is still counted.
    pub fn clear(&self) {
        self.lock().rules.clear();
    }

    /// The script in force.
    #[must_use]
    pub fn script(&self) -> Vec<Rule> {
        self.lock().rules.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// What goes wrong with this request.
    #[must_use]
    pub fn next(&self, point: Point<'_>) -> Option<Action> {
        let mut inner = self.lock();
        let mut action = None;
        for (rule, seen) in &mut inner.rules {
            if !rule.fits(point) {
                continue;
            }
            *seen += 1;
            if action.is_none() && rule.nth.is_none_or(|nth| nth == *seen) {
                action = Some((rule.leg, rule.action));
            }
        }
        let (leg, action) = action?;
        let leg = match leg {
            Leg::Client => "client",
            Leg::Biller => "biller",
        };
        *inner.struck.entry(format!("{leg}.{}", action.name())).or_default() += 1;
        Some(action)
    }

    /// How often each kind of fault struck since the script was set, such as `biller.lose_answer`.
    #[must_use]
    pub fn struck(&self) -> BTreeMap<String, u64> {
        self.lock().struck.clone()
    }

    // A panic elsewhere cannot leave a count half-written.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn fits(&self, point: Point<'_>) -> bool {
        let same = |wanted: &Option<String>, have: &str| wanted.as_deref().is_none_or(|wanted| wanted == have);
        match (self.leg, point) {
            (Leg::Client, Point::Client { method, path }) => {
                same(&self.method, method) && self.path.as_deref().is_none_or(|pattern| path_fits(pattern, path))
            }
            (Leg::Biller, Point::Biller { biller, scene }) => same(&self.biller, biller) && same(&self.scene, scene),
            (Leg::Client, Point::Biller { .. }) | (Leg::Biller, Point::Client { .. }) => false,
        }
    }

    /// A scene on the client leg, or a zeroth request, is a slip of the pen.
    fn can_strike(&self) -> bool {
        let scene = |name: &String| crate::leg::Scene::parse(name).is_some();
        let misplaced = match self.leg {
            Leg::Client => self.scene.is_some() || self.biller.is_some(),
            Leg::Biller => self.path.is_some() || self.method.is_some(),
        };
        !misplaced && self.nth != Some(0) && self.scene.as_ref().is_none_or(scene)
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut have) = (pattern.split('/').peekable(), path.split('/'));
    loop {
        match (wanted.next(), have.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) if wanted.peek().is_none() => return true,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(two)) if one == two => {}
            (_, _) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay<'a>() -> Point<'a> {
        Point::Client { method: "POST", path: "/v1/payments" }
    }

    #[test]
    fn row_66_a_script_strikes_the_named_request_and_no_other() {
        let faults = Faults::new();
        faults
            .set_json(
                r#"[{"leg":"client","path":"/v1/payments","nth":2,"action":"lose_answer"},
                    {"leg":"biller","scene":"charge","biller":"water-sh","action":{"delay_ms":300}}]"#,
            )
            .unwrap();
        assert_eq!(faults.next(pay()), None);
        assert_eq!(faults.next(Point::Client { method: "GET", path: "/v1/sync" }), None);
        assert_eq!(faults.next(pay()), Some(Action::LoseAnswer));
        assert_eq!(faults.next(pay()), None);
        for _ in 0..2 {
            let charge = Point::Biller { biller: "water-sh", scene: "charge" };
            assert_eq!(faults.next(charge), Some(Action::DelayMs(300)));
        }
        assert_eq!(faults.next(Point::Biller { biller: "gas-sh", scene: "charge" }), None);
        let struck = [("biller.delay_ms".to_owned(), 2), ("client.lose_answer".to_owned(), 1)];
        assert_eq!(faults.struck(), BTreeMap::from(struck));
    }

    #[test]
    fn a_star_stands_for_a_segment_and_at_the_end_for_all_that_follow() {
        assert!(path_fits("/v1/payments/*", "/v1/payments/1"));
        assert!(path_fits("/v1/payments/*", "/v1/payments/1/reversal"));
        assert!(path_fits("/v1/payments/*/reversal", "/v1/payments/1/reversal"));
        assert!(!path_fits("/v1/payments/*/reversal", "/v1/payments/1"));
        assert!(!path_fits("/v1/payments/*", "/v1/payments"));
    }

    #[test]
    fn a_script_with_a_slip_is_refused_and_the_one_in_force_stays() {
        let faults = Faults::new();
        faults.set_json(r#"[{"leg":"client","action":"garbage"}]"#).unwrap();
        for bad in [
            "{}",
            r#"[{"leg":"client","action":"explode"}]"#,
            r#"[{"leg":"client","actoin":"garbage"}]"#,
            r#"[{"leg":"client","scene":"charge","action":"garbage"}]"#,
            r#"[{"leg":"biller","scene":"chrage","action":"garbage"}]"#,
            r#"[{"leg":"biller","nth":0,"action":"garbage"}]"#,
        ] {
            assert!(faults.set_json(bad).is_err(), "{bad}");
        }
        assert_eq!(faults.next(pay()), Some(Action::Garbage));
    }
}
