//! The trace: a heading a step and a line a value, with everything that differs from run to run
//! replaced by its kind and its order of appearance, so that two runs in two languages compare byte
//! for byte.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::Fault;

/// A value that a step shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// The same in every run.
    Text(String),
    /// An id or a moment: of that kind, and known by this value.
    Symbol(&'static str, String),
}

/// The lines of a step, by key: they are written in the order of the keys' bytes.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, Shown>);

impl Lines {
    /// Shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more text; an empty one is left out.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.0.insert(key.into(), Shown::Text(value));
        }
        self
    }

    /// With one more text, if there is one.
    #[must_use]
    pub fn with_some(self, key: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// With one more id, of that kind.
    #[must_use]
    pub fn id(mut self, key: impl Into<String>, kind: &'static str, value: &str) -> Self {
        self.0.insert(key.into(), Shown::Symbol(kind, value.to_owned()));
        self
    }

    /// With one more moment, if there is one.
    #[must_use]
    pub fn time(self, key: impl Into<String>, value: Option<Timestamp>) -> Self {
        match value {
            Some(value) => self.id(key, "time", &value.to_string()),
            None => self,
        }
    }

    /// With one more date, if there is one.
    #[must_use]
    pub fn date(self, key: impl Into<String>, value: Option<Date>) -> Self {
        match value {
            Some(value) => self.id(key, "date", &value.to_string()),
            None => self,
        }
    }

    /// With a list: its length under `name`, and the lines of each under `name.N.`, from 0.
    #[must_use]
    pub fn list(mut self, name: &str, all: Vec<Self>) -> Self {
        self.0.insert(name.to_owned(), Shown::Text(all.len().to_string()));
        for (nth, lines) in all.into_iter().enumerate() {
            for (key, shown) in lines.0 {
                self.0.insert(format!("{name}.{nth}.{key}"), shown);
            }
        }
        self
    }
}

/// What was replaced, and the lines so far.
#[derive(Debug, Default)]
pub struct Trace {
    numbers: BTreeMap<(&'static str, String), usize>,
    values: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
    text: String,
}

impl Trace {
    /// Starts a trace under the story's name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { text: format!("# {name}\n"), ..Self::default() }
    }

    /// Writes a step, and gives its lines as they were written, by key.
    pub fn step(&mut self, heading: &str, lines: Lines) -> BTreeMap<String, String> {
        self.text.push_str(heading);
        self.text.push('\n');
        let mut written = BTreeMap::new();
        for (key, shown) in lines.0 {
            let value = match shown {
                Shown::Text(text) => text.replace('\\', r"\\").replace('\n', r"\n"),
                Shown::Symbol(kind, value) => self.symbol(kind, value),
            };
            self.text.push_str(&format!("  {key}: {value}\n"));
            written.insert(key, value);
        }
        written
    }

    fn symbol(&mut self, kind: &'static str, value: String) -> String {
        if let Some(number) = self.numbers.get(&(kind, value.clone())) {
            return format!("{kind}#{number}");
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let symbol = format!("{kind}#{count}");
        self.numbers.insert((kind, value.clone()), *count);
        self.values.insert(symbol.clone(), value);
        symbol
    }

    /// What a symbol stands for.
    ///
    /// # Errors
    /// Nothing so far was called that.
    pub fn value(&self, symbol: &str) -> Result<String, Fault> {
        Ok(self.values.get(symbol).ok_or_else(|| format!("{symbol} has not appeared yet"))?.clone())
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
