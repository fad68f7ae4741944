//! What a customer may pay by the bank's calendar, and what the person wants to change of it.

use serde::{Deserialize, Serialize};

use super::Money;

/// What the customer may pay, by the bank's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most in one payment.
    pub per_payment: Money,
    /// The most in a day.
    pub per_day: Money,
    /// Of which so much is used.
    pub used_today: Money,
    /// From here on a second factor is asked for.
    pub step_up_from: Money,
    /// The most that the customer may raise them to; `None` where the bank does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Ceiling>,
}

/// The most that the bank lets a customer raise limits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Of a payment.
    pub per_payment: Money,
    /// Of a day.
    pub per_day: Money,
    /// Of the sum from which on a second factor is asked for.
    pub step_up_from: Money,
}

/// What the person wants changed; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitsChange {
    /// The most in one payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_payment: Option<Money>,
    /// The most in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Money>,
    /// From here on a second factor is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_up_from: Option<Money>,
}

impl Limits {
    /// Whether nothing can be paid at all: a limit is 0. The way to stop payments at once; letting them
    /// again is a raise.
    #[must_use]
    pub fn stop_payments(&self) -> bool {
        self.per_payment.minor() == 0 || self.per_day.minor() == 0
    }
}

impl LimitsChange {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it raises anything: then the bank takes it with a second factor only.
    #[must_use]
    pub fn raises(&self, now: &Limits) -> bool {
        self.raised(now).any(|raised| raised)
    }

    /// The ceiling that it would raise a limit above, if it would: the bank refuses that with any code.
    #[must_use]
    pub fn above(&self, now: &Limits) -> Option<Money> {
        let Ceiling { per_payment, per_day, step_up_from } = now.ceiling?;
        let pairs = [(self.per_payment, per_payment), (self.per_day, per_day), (self.step_up_from, step_up_from)];
        let above = |(then, ceiling): &(Option<Money>, Money)| then.is_some_and(|then| then.minor() > ceiling.minor());
        let raised = self.raised(now).zip(pairs).filter(|(raised, _)| *raised).map(|(_, pair)| pair);
        raised.into_iter().find(above).map(|(_, ceiling)| ceiling)
    }

    /// Of each limit, in the order in which they stand: whether it is raised.
    fn raised(&self, now: &Limits) -> impl Iterator<Item = bool> + use<> {
        let pairs =
            [(self.per_payment, now.per_payment), (self.per_day, now.per_day), (self.step_up_from, now.step_up_from)];
        pairs.into_iter().map(|(then, now)| then.is_some_and(|then| then.minor() > now.minor()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    #[test]
    fn row_25_a_change_that_raises_any_limit_is_a_raise() {
        let money = |minor| Money::new(minor, Currency::CNY).unwrap();
        let now = Limits {
            per_payment: money(100),
            per_day: money(200),
            used_today: money(0),
            step_up_from: money(50),
            ceiling: None,
        };
        let none = LimitsChange::default();
        assert!(none.is_empty() && !none.raises(&now));
        for (change, raises) in [
            (LimitsChange { per_payment: Some(money(100)), ..none }, false),
            (LimitsChange { per_payment: Some(money(101)), ..none }, true),
            (LimitsChange { per_day: Some(money(0)), step_up_from: Some(money(0)), ..none }, false),
            (LimitsChange { per_day: Some(money(0)), step_up_from: Some(money(51)), ..none }, true),
            (LimitsChange { per_day: Some(money(201)), ..none }, true),
        ] {
            assert_eq!(change.raises(&now), raises, "{change:?}");
            assert_eq!(change.above(&now), None, "no ceiling is known");
        }
    }

    #[test]
    fn row_25_a_raise_ends_at_the_ceiling_and_what_was_enrolled_above_it_stays_as_it_is() {
        let money = |minor| Money::new(minor, Currency::CNY).unwrap();
        let ceiling = Ceiling { per_payment: money(150), per_day: money(150), step_up_from: money(60) };
        let now = Limits {
            per_payment: money(100),
            per_day: money(200),
            used_today: money(0),
            step_up_from: money(50),
            ceiling: Some(ceiling),
        };
        let none = LimitsChange::default();
        for (change, above) in [
            (LimitsChange { per_payment: Some(money(150)), ..none }, None),
            (LimitsChange { per_payment: Some(money(151)), ..none }, Some(money(150))),
            (LimitsChange { per_day: Some(money(200)), ..none }, None),
            (LimitsChange { per_day: Some(money(160)), ..none }, None),
            (LimitsChange { per_day: Some(money(201)), ..none }, Some(money(150))),
            (LimitsChange { step_up_from: Some(money(61)), ..none }, Some(money(60))),
        ] {
            assert_eq!(change.above(&now), above, "{change:?}");
        }
        assert!(!now.stop_payments());
        assert!(Limits { per_day: money(0), ..now }.stop_payments());
        assert!(!Limits { step_up_from: money(0), ..now }.stop_payments(), "a code each time");
    }
}
