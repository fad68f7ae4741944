//! What stands in the gaps of a text, typed, so that each language writes it its own way.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::format;
use crate::model::{Language, Money};

/// A value for a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As it is: a name, an id.
    Text(String),
    /// A count.
    Number(u64),
    /// An amount.
    Money(Money),
    /// A civil date.
    Date(Date),
    /// A moment, shown in the zone of the arguments.
    Moment(Timestamp),
}

/// The values for the gaps of a text, by name.
#[derive(Clone, Debug)]
pub struct Arguments {
    zone: TimeZone,
    values: BTreeMap<&'static str, Value>,
}

impl Arguments {
    /// None yet; moments will be shown in `zone`.
    #[must_use]
    pub fn new(zone: &TimeZone) -> Self {
        Self { zone: zone.clone(), values: BTreeMap::new() }
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.insert(name, value);
        self
    }

    /// The value as that language writes it; an ellipsis where there is none, since a text with a
    /// gap still helps more than none.
    pub(super) fn show(&self, name: &str, language: Language) -> String {
        match self.values.get(name) {
            None => "…".to_owned(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Number(number)) => format::number(*number, language),
            Some(Value::Money(money)) => format::money(*money, language),
            Some(Value::Date(date)) => format::date(*date, language),
            Some(Value::Moment(moment)) => format::moment(*moment, &self.zone, language),
        }
    }
}

impl Default for Arguments {
    /// None, in UTC.
    fn default() -> Self {
        Self::new(&TimeZone::UTC)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Self::Moment(moment)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
