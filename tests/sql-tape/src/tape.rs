//! What was recorded.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use crate::literal::values;

/// As it was heard.
pub(crate) enum Heard {
    /// The next connection was opened.
    Opened { file: String },
    /// A statement began to run.
    Ran { connection: usize, sql: String, expanded: String },
}

/// A statement with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// On which connection.
    pub connection: usize,
    /// Which text, by its number in [`Tape::texts`].
    pub text: usize,
    /// Its values, with the numbers that they have as parameters.
    pub values: Vec<(usize, Value)>,
}

/// What a program asked of SQLite.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// By connection: which disk and file it was on.
    pub files: Vec<String>,
    /// The texts of statements, each once.
    pub texts: Vec<String>,
    /// In order.
    pub steps: Vec<Step>,
}

impl Tape {
    pub(crate) fn of(heard: Vec<Heard>) -> Result<Self, String> {
        let mut tape = Self::default();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for one in heard {
            match one {
                Heard::Opened { file } => tape.files.push(file),
                Heard::Ran { connection, sql, expanded } => {
                    let values = values(&sql, &expanded).ok_or_else(|| format!("cannot be read: {expanded}"))?;
                    let next = known.len();
                    let text = *known.entry(sql).or_insert(next);
                    tape.steps.push(Step { connection, text, values });
                }
            }
        }
        tape.texts = vec![String::new(); known.len()];
        for (sql, number) in known {
            if let Some(place) = tape.texts.get_mut(number) {
                *place = sql;
            }
        }
        Ok(tape)
    }

    /// Without the connections to the files that `leave_out` names.
    #[must_use]
    pub fn without(mut self, leave_out: impl Fn(&str) -> bool) -> Self {
        let out: Vec<bool> = self.files.iter().map(|file| leave_out(file)).collect();
        self.steps.retain(|step| !out.get(step.connection).copied().unwrap_or(true));
        self
    }

    /// How many statements begin like this.
    #[must_use]
    pub fn count(&self, begins: &str) -> usize {
        let is = |step: &&Step| self.texts.get(step.text).is_some_and(|text| text.trim_start().starts_with(begins));
        self.steps.iter().filter(is).count()
    }
}
