//! What people and messages bring: an SMS with its code, an amount, a number at a biller, a phone.

use billpay_core::{
    accounts,
    activation::{SmsError, parse_sms},
    model::{Currency, Money, NumberRule, Phone},
};

use crate::chosen::chosen_text;

/// `a`: a host, a line feed, a message. `b`: an amount. `c`: what is typed, a line feed, and the rule as
/// the catalogue has it. `d`: a phone number.
pub fn check(data: &[u8]) {
    match chosen_text(data, 4) {
        Some((0, text)) => message(text),
        Some((1, text)) => amount(text),
        Some((2, text)) => customer_number(text),
        Some((_, text)) => phone(text),
        None => {}
    }
}

/// A code is only taken out of a last line that binds it to this host.
fn message(text: &str) {
    let (host, message) = text.split_once('\n').unwrap_or((text, ""));
    let last = message.trim_end_matches(['\n', '\r']).rsplit(['\n', '\r']).next().unwrap_or_default();
    match parse_sms(message, host) {
        Ok(code) => {
            let line = last.to_ascii_lowercase();
            let bound = format!("@{} #{}", host.to_ascii_lowercase(), code.to_ascii_lowercase());
            let rest = line.replacen('\t', " ", 1);
            let rest = rest.strip_prefix(&bound).expect("a code for somebody else");
            assert!(rest.is_empty() || rest.starts_with([' ', '\t']), "a part of a code");
            assert!(!code.is_empty() && !code.contains([' ', '\t', '\n', '\r']));
        }
        Err(SmsError::OtherHost) => assert!(last.starts_with('@')),
        Err(SmsError::NoCode) => {}
    }
}

/// Read exactly, shown, and read again the same.
fn amount(text: &str) {
    for code in ["CNY", "JPY", "KWD"] {
        let currency = Currency::try_from(code.to_owned()).unwrap();
        let Ok(money) = Money::parse(text, currency) else { continue };
        let plain: String = text.chars().filter(|c| c.is_ascii_digit()).collect();
        let digits = plain.trim_start_matches('0');
        let minor = money.minor().to_string();
        // Every digit that was typed, then only the zeros of the places that were not.
        assert!(money.minor() == 0 || minor.starts_with(digits), "{text:?} became {minor}");
        assert!(minor[digits.len().min(minor.len())..].bytes().all(|byte| byte == b'0'));
        let shown = money.to_string();
        let shown = shown.strip_suffix(&format!(" {code}")).unwrap();
        assert_eq!(Money::parse(shown, currency), Ok(money));
    }
}

/// Reading what was read gives the same, and what passes is of the length that the rule says.
fn customer_number(text: &str) {
    let (typed, rule) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(rule) = serde_json::from_str::<NumberRule>(rule) else { return };
    let Ok(read) = accounts::read(typed, &rule) else { return };
    assert_eq!(accounts::read(read.expose(), &rule).as_ref(), Ok(&read));
    assert_eq!(accounts::check(&read, &rule), Ok(()));
    let length = read.expose().chars().count();
    assert!((rule.min_length..=rule.max_length).contains(&length));
    assert!(!read.expose().contains(char::is_whitespace));
}

fn phone(text: &str) {
    let Some(phone) = Phone::parse(text) else { return };
    let number = phone.expose();
    assert!(number.len() <= 16 && number[1..].bytes().all(|byte| byte.is_ascii_digit()) && number.starts_with('+'));
    assert_eq!(Phone::parse(number).as_ref(), Some(&phone));
    assert!(!format!("{phone:?}").contains(&number[1..]), "I8: a number in full");
}
