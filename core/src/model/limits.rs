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

impl LimitsChange {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it raises anything: then the bank takes it with a second factor only.
    #[must_use]
    pub fn raises(&self, now: &Limits) -> bool {
        let pairs =
            [(self.per_payment, now.per_payment), (self.per_day, now.per_day), (self.step_up_from, now.step_up_from)];
        pairs.into_iter().any(|(then, now)| then.is_some_and(|then| then.minor() > now.minor()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    #[test]
    fn row_25_a_change_that_raises_any_limit_is_a_raise() {
        let money = |minor| Money::new(minor, Currency::CNY).unwrap();
        let now =
            Limits { per_payment: money(100), per_day: money(200), used_today: money(0), step_up_from: money(50) };
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
        }
    }
}
