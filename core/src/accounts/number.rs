//! Whether a text can be a customer number of a biller, told before the network is asked.

use regex_lite::Regex;

use crate::{
    error::NumberError,
    model::{Check, CustomerNumber, NumberRule, narrow},
};

/// Reads what a person typed, in full width or half. Dashes are taken for a help to the eye, unless it is a number of this
/// biller only with them; and letters for what the biller writes, large or small, unless it is a number
/// as it stands. Reading what was read gives the same.
///
/// # Errors
/// [`NumberError`].
pub fn read(typed: &str, rule: &NumberRule) -> Result<CustomerNumber, NumberError> {
    let typed = narrow(typed);
    let bare = CustomerNumber::new(&typed);
    let Err(error) = check(&bare, rule) else { return Ok(bare) };
    let others = [
        CustomerNumber::with_dashes(&typed),
        CustomerNumber::new(&typed.to_ascii_uppercase()),
        CustomerNumber::with_dashes(&typed.to_ascii_uppercase()),
        CustomerNumber::new(&typed.to_ascii_lowercase()),
        CustomerNumber::with_dashes(&typed.to_ascii_lowercase()),
    ];
    others.into_iter().find(|other| check(other, rule).is_ok()).ok_or(error)
}

/// Checks a number against a biller's rule: length, shape, then check digit, so that the person
/// gets the most helpful answer first. A rule that this version cannot read lets the number pass;
/// the gateway checks again.
///
/// # Errors
/// [`NumberError`].
pub fn check(number: &CustomerNumber, rule: &NumberRule) -> Result<(), NumberError> {
    // The number in full, to look at its characters.
    let text = number.expose();
    let length = text.chars().count();
    if length < rule.min_length {
        return Err(NumberError::TooShort { minimum: rule.min_length });
    }
    if length > rule.max_length {
        return Err(NumberError::TooLong { maximum: rule.max_length });
    }
    let whole = Regex::new(&format!("^(?:{})$", rule.pattern));
    if whole.is_ok_and(|pattern| !pattern.is_match(text)) {
        return Err(NumberError::Shape);
    }
    let fits = match rule.check {
        Check::None | Check::Unknown => true,
        Check::Luhn => luhn(text),
        Check::Mod11_2 => mod11_2(text),
        Check::Mod97_10 => mod97_10(text),
    };
    if fits { Ok(()) } else { Err(NumberError::CheckDigit) }
}

/// ISO/IEC 7812-1, annex B.
fn luhn(text: &str) -> bool {
    let mut sum = 0;
    for (place, character) in text.chars().rev().enumerate() {
        let Some(digit) = character.to_digit(10) else { return false };
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    sum % 10 == 0
}

/// ISO/IEC 7064, MOD 11-2: digits, the last may be X for ten.
fn mod11_2(text: &str) -> bool {
    let mut sum = 0;
    let last = text.chars().count().saturating_sub(1);
    for (place, character) in text.chars().enumerate() {
        let value = match character {
            'X' if place == last => 10,
            other => match other.to_digit(10) {
                Some(digit) => digit,
                None => return false,
            },
        };
        sum = (sum * 2 + value) % 11;
    }
    sum == 1
}

/// ISO/IEC 7064, MOD 97-10, with letters as two digits from A = 10 (as IBANs count them).
fn mod97_10(text: &str) -> bool {
    let mut rest: u32 = 0;
    for character in text.chars() {
        let Some(value) = character.to_digit(36) else { return false };
        let shift = if value > 9 { 100 } else { 10 };
        rest = (rest * shift + value) % 97;
    }
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;

    fn rule(pattern: &str, length: (usize, usize), check: Check) -> NumberRule {
        let text = Texts { zh: "户号".into(), en: "number".into() };
        NumberRule {
            label: text.clone(),
            help: text,
            example: String::new(),
            pattern: pattern.into(),
            min_length: length.0,
            max_length: length.1,
            check,
        }
    }

    #[test]
    fn row_9_good_and_bad_numbers_are_told_apart_before_the_network() {
        let luhn = rule("[0-9]+", (8, 12), Check::Luhn);
        let mod11 = rule("[0-9]{9}[0-9X]", (10, 10), Check::Mod11_2);
        let mod97 = rule("[A-Z]{2}[0-9]{4,8}", (6, 10), Check::Mod97_10);
        for (number, rule, verdict) in [
            ("79927398713", &luhn, Ok(())),
            ("7992 7398-713", &luhn, Ok(())),
            ("79927398710", &luhn, Err(NumberError::CheckDigit)),
            ("97927398713", &luhn, Err(NumberError::CheckDigit)),
            ("7992739", &luhn, Err(NumberError::TooShort { minimum: 8 })),
            ("7992739871300", &luhn, Err(NumberError::TooLong { maximum: 12 })),
            ("7992739871A", &luhn, Err(NumberError::Shape)),
            ("79927398713'; --", &luhn, Err(NumberError::TooLong { maximum: 12 })),
            ("079400000X", &mod11, Err(NumberError::CheckDigit)),
            ("0794000000", &mod11, Err(NumberError::CheckDigit)),
            ("07940X0000", &mod11, Err(NumberError::Shape)),
            ("AB123456", &mod97, Err(NumberError::CheckDigit)),
        ] {
            assert_eq!(check(&CustomerNumber::new(number), rule), verdict, "{number}");
        }
    }

    #[test]
    fn row_9_dashes_stay_where_the_biller_writes_them_and_go_where_the_person_does() {
        let (digits, house) =
            (rule("[0-9]+", (8, 12), Check::Luhn), rule("[A-Z][0-9]{2}-[0-9]{4}", (8, 8), Check::None));
        for (typed, rule, number) in [
            ("7992-7398-713", &digits, "79927398713"),
            ("B12-0502", &house, "B12-0502"),
            ("B12 - 0502", &house, "B12-0502"),
            ("b12 - 0502", &house, "B12-0502"),
            ("ｂ１２－０５０２", &house, "B12-0502"),
            ("７９９２ ７３９８－７１３", &digits, "79927398713"),
        ] {
            let number = Ok(CustomerNumber::with_dashes(number));
            assert_eq!(read(typed, rule), number, "{typed}");
        }
        assert_eq!(read("B120-502", &house), Err(NumberError::TooShort { minimum: 8 }));
    }

    #[test]
    fn row_9_letters_are_read_as_the_biller_writes_them() {
        let large = rule("[A-Z]{2}[0-9]{4}", (6, 6), Check::None);
        let small = rule("[a-z]{2}[0-9]{4}", (6, 6), Check::None);
        let either = rule("[A-Za-z]{2}[0-9]{4}", (6, 6), Check::None);
        for (typed, rule, number) in [
            ("sg1234", &large, "SG1234"),
            ("sG-12 34", &large, "SG1234"),
            ("SG1234", &small, "sg1234"),
            ("sG1234", &either, "sG1234"),
        ] {
            assert_eq!(read(typed, rule), Ok(CustomerNumber::new(number)), "{typed}");
        }
        assert_eq!(read("sg12345", &large), Err(NumberError::TooLong { maximum: 6 }), "it is told of what was typed");
        assert_eq!(read("s11234", &large), Err(NumberError::Shape));
    }

    #[test]
    fn one_check_character_fits_each_number_and_no_other() {
        for (stem, digits, check) in
            [("3100123", "0123456789", Check::Luhn), ("079400000", "0123456789X", Check::Mod11_2)]
        {
            let any = rule(".*", (1, 40), check);
            let fitting = digits.chars().filter(|last| {
                let number = CustomerNumber::new(&format!("{stem}{last}"));
                super::check(&number, &any).is_ok()
            });
            assert_eq!(fitting.count(), 1, "{check:?}");
        }
        let any = rule(".*", (1, 40), Check::Mod97_10);
        let fitting = (0..100).filter(|last| {
            let number = CustomerNumber::new(&format!("GH1234{last:02}"));
            super::check(&number, &any).is_ok()
        });
        assert_eq!(fitting.count(), 1);
    }

    #[test]
    fn a_rule_that_cannot_be_read_leaves_the_verdict_to_the_gateway() {
        let broken = rule("(unclosed", (1, 40), Check::Unknown);
        assert_eq!(check(&CustomerNumber::new("12345"), &broken), Ok(()));
    }
}
