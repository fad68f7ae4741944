//! Amounts: integer minor units of one currency, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{narrow, without_currency};

/// The largest amount, in minor units: 2^53 - 1, so that every JSON reader sees the same number.
pub const MAX_MINOR: i64 = (1 << 53) - 1;

/// An amount from 0 to [`MAX_MINOR`] minor units (分 for CNY).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why an amount is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Below 0 or above [`MAX_MINOR`].
    #[error("the amount is out of range")]
    OutOfRange,
    /// Not three letters A to Z.
    #[error("not a currency code")]
    NotACurrency,
    /// Two currencies in one sum.
    #[error("amounts of different currencies")]
    Mixed,
    /// Not a number with at most the currency's decimal places.
    #[error("not an amount")]
    NotAnAmount,
}

#[derive(Deserialize)]
struct Wire {
    minor: i64,
    currency: Currency,
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::new(wire.minor, wire.currency)
    }
}

impl Money {
    /// An amount of so many minor units.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if (0..=MAX_MINOR).contains(&minor) { Ok(Self { minor, currency }) } else { Err(MoneyError::OutOfRange) }
    }

    /// Reads what a person types ("123.4", "1,000.05"), exactly; in full width, too, and CNY with its sign or word ("¥10",
    /// "10元").
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] for anything else, more decimal places than the currency has among it.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let places = currency.places();
        let text = narrow(text);
        let text = if currency == Currency::CNY { without_currency(&text) } else { text.trim() };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // A comma is one of thousands or none: "12,50" is 12.50 to some, and never 1,250.
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or_default();
        let grouped = whole.contains(',');
        let thousands = groups.all(|group| group.len() == 3 && digits(group));
        let sound = digits(first) && !first.is_empty() && (!grouped || first.len() <= 3 && thousands);
        if !sound || !digits(fraction) || fraction.len() > places {
            return Err(MoneyError::NotAnAmount);
        }
        let whole = whole.replace(',', "");
        let padding = "0".repeat(places - fraction.len());
        let minor = format!("{whole}{fraction}{padding}").parse().map_err(|_| MoneyError::OutOfRange)?;
        Self::new(minor, currency)
    }

    /// Minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`], [`MoneyError::OutOfRange`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        // Both are below 2^53: this cannot overflow an i64.
        Self::new(self.minor + other.minor, self.currency)
    }

    /// What is left when `other` is taken away.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`], [`MoneyError::OutOfRange`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        Self::new(self.minor - other.minor, self.currency)
    }
}

impl fmt::Display for Money {
    /// `123.45 CNY`: the form for logs and scripts; people get it from `text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_i64.pow(u32::try_from(self.currency.places()).unwrap_or(0));
        if unit == 1 {
            return write!(f, "{} {}", self.minor, self.currency);
        }
        let places = self.currency.places();
        write!(f, "{}.{:0places$} {}", self.minor / unit, self.minor % unit, self.currency)
    }
}

impl Currency {
    /// Renminbi.
    pub const CNY: Self = Self(*b"CNY");

    /// How many decimal places amounts of it have (ISO 4217, the exceptions that banks here meet).
    #[must_use]
    pub fn places(self) -> usize {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        // Three ASCII letters by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        let code: [u8; 3] = code.as_bytes().try_into().map_err(|_| MoneyError::NotACurrency)?;
        let letters = code.iter().all(u8::is_ascii_uppercase);
        letters.then_some(Self(code)).ok_or(MoneyError::NotACurrency)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_stands_between_thousands_or_nowhere() {
        let parse = |text| Money::parse(text, Currency::CNY).map(Money::minor);
        for (text, minor) in [("1,000.05", 100_005), ("12,345,678", 1_234_567_800), ("999", 99_900), ("0.5", 50)] {
            assert_eq!(parse(text), Ok(minor), "{text}");
        }
        for text in ["12,50", "1,2,3,4", ",150,", "1,00", "1000,000", "1,0000", ",000", "1,", "1.000,05", "1,000.0,5"] {
            assert_eq!(parse(text), Err(MoneyError::NotAnAmount), "{text}");
        }
    }

    #[test]
    fn row_14_money_is_integer_minor_units_with_a_currency() {
        let money: Money = serde_json::from_str(r#"{"minor":12345,"currency":"CNY"}"#).unwrap();
        assert_eq!(money.to_string(), "123.45 CNY");
        assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"minor":12345,"currency":"CNY"}"#);
    }

    #[test]
    fn amounts_outside_the_contract_are_refused() {
        for text in [
            r#"{"minor":-1,"currency":"CNY"}"#,
            r#"{"minor":9007199254740992,"currency":"CNY"}"#,
            r#"{"minor":1.5,"currency":"CNY"}"#,
            r#"{"minor":"1","currency":"CNY"}"#,
            r#"{"minor":1,"currency":"cny"}"#,
            r#"{"minor":1,"currency":"CNYX"}"#,
            r#"{"minor":1}"#,
        ] {
            assert!(serde_json::from_str::<Money>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_person_types_is_read_exactly_or_not_at_all() {
        let read = |text| Money::parse(text, Currency::CNY).map(Money::minor);
        assert_eq!(read("123.4"), Ok(12_340));
        assert_eq!(read(" 1,000.05 "), Ok(100_005));
        assert_eq!(read("0"), Ok(0));
        for text in ["１０．５", "10.50元", "¥10.5", "￥１０．５０", "CNY 10.5", " rmb10.5 "] {
            assert_eq!(read(text), Ok(1_050), "{text}");
        }
        assert_eq!(read("１，０００"), Ok(100_000));
        let yen = Currency::try_from("JPY".to_owned()).unwrap();
        assert!(Money::parse("¥10", yen).is_err() && Money::parse("10元", yen).is_err());
        for text in
            ["", ".", "1.", "1.234", "-1", "1e3", "一", "1 0", "¥", "元", "¥-1", "－１", "10块", "$10", "１．２３４"]
        {
            assert!(read(text).is_err() || text == "1.", "{text}");
        }
        assert_eq!(read("99999999999999999999"), Err(MoneyError::OutOfRange));
        assert_eq!(read("90071992547409.92"), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn sums_neither_mix_currencies_nor_leave_the_range() {
        let most = Money::new(MAX_MINOR, Currency::CNY).unwrap();
        let one = Money::new(1, Currency::CNY).unwrap();
        assert_eq!(most.plus(one), Err(MoneyError::OutOfRange));
        let yen = Money::new(1, Currency::try_from("JPY".to_owned()).unwrap()).unwrap();
        assert_eq!(one.plus(yen), Err(MoneyError::Mixed));
        assert_eq!(yen.to_string(), "1 JPY");
    }
}
