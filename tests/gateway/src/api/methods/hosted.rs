//! The bank's page on which a card or wallet is entered. It is no part of the contract but for its
//! address: what is entered here never passes through the app, and of a card number nothing but the
//! last four digits is kept anywhere.

use super::ACTIVE;
use crate::{
    api::http::{Request, Response},
    encoding::sha256,
    gateway::Gateway,
    ids,
    ledger::{LedgerError, customers::Method},
};

/// Where the pages are.
pub(crate) const PATH: &str = "/hosted/";

/// What a method has that the sandbox has just learnt of, in minor units: 1,000.00 yuan.
const BALANCE: i64 = 100_000;

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Form,
    NotANumber,
    Gone,
    Added,
    Failed,
}

impl Page {
    fn status(self) -> u16 {
        match self {
            Self::Form | Self::Added => 200,
            Self::NotANumber => 422,
            Self::Gone => 404,
            Self::Failed => 500,
        }
    }

    /// For whoever looks at the sandbox, in both languages.
    fn text(self) -> &'static str {
        match self {
            Self::Form => {
                "<p>银行卡号或钱包账号 / Card number, or name of the wallet</p>\
                 <form method=\"post\"><input name=\"entered\" autocomplete=\"off\"><button>OK</button></form>"
            }
            Self::NotANumber => "<p>这不是卡号。 / That is not a card number.</p>",
            Self::Gone => "<p>此页面已失效。 / This page is gone.</p>",
            Self::Added => "<p>已添加，请返回应用。 / Added. Go back to the app.</p>",
            Self::Failed => "<p>请稍后再试。 / Try again later.</p>",
        }
    }
}

/// The token of a hosted page, if the request is for one.
pub(crate) fn token<'a>(gateway: &Gateway, request: &'a Request) -> Option<&'a str> {
    request.url.strip_prefix(&gateway.config.public_url)?.strip_prefix(PATH)
}

/// Shows the page, or takes what was entered on it.
pub(crate) fn answer(gateway: &Gateway, request: &Request, token: &str) -> Response {
    let done = match request.method.as_str() {
        "GET" => is_open(gateway, token).map(|open| if open { Page::Form } else { Page::Gone }),
        "POST" => add(gateway, token, &entered(&request.body)),
        _ => Ok(Page::Gone),
    };
    let page = done.unwrap_or_else(|error| {
        tracing::error!(%error, "a hosted step failed");
        Page::Failed
    });
    let headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = format!("<!doctype html><meta charset=\"utf-8\"><title>Sandbox</title>{}", page.text());
    Response { status: page.status(), headers, body: body.into_bytes() }
}

fn is_open(gateway: &Gateway, token: &str) -> Result<bool, LedgerError> {
    let now = gateway.now();
    gateway.ledger.read(now, |tx| Ok(tx.hosted(&sha256(token.as_bytes()))?.is_some()))
}

/// `entered=…` of a form (WHATWG URL, section 5), as far as digits and letters go.
fn entered(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let value = text.split('&').find_map(|pair| pair.strip_prefix("entered=")).unwrap_or_default();
    // People type card numbers in groups; a form sends the blanks between them as `+`.
    value.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}

/// The step ends here, once: the token of the page is used up with it.
fn add(gateway: &Gateway, token: &str, entered: &str) -> Result<Page, LedgerError> {
    let (now, hash) = (gateway.now(), sha256(token.as_bytes()));
    gateway.ledger.write(now, |tx| {
        let Some((customer, kind)) = tx.hosted(&hash)? else { return Ok(Page::Gone) };
        let (label, last4) = if kind == "card" {
            if !is_card_number(entered) {
                return Ok(Page::NotANumber);
            }
            ("银行卡", entered.get(entered.len().saturating_sub(4)..).unwrap_or_default())
        } else {
            ("电子钱包", "")
        };
        let first = !tx.methods_of(&customer)?.iter().any(|method| method.state == ACTIVE);
        tx.put_method(&Method {
            id: ids::token("m_", gateway.ports.rng.as_ref()),
            customer,
            kind,
            label: label.to_owned(),
            last4: last4.to_owned(),
            preferred: first,
            state: ACTIVE.to_owned(),
            balance: BALANCE,
        })?;
        tx.end_hosted(&hash)?;
        Ok(Page::Added)
    })
}

/// 13 to 19 digits with the check digit of ISO/IEC 7812-1 (Luhn).
fn is_card_number(text: &str) -> bool {
    if !(13..=19).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let digits = text.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_26_a_card_number_is_known_by_its_length_and_check_digit() {
        for good in ["4111111111111111", "6222021234567890128", "4222222222222"] {
            assert!(is_card_number(good), "{good}");
        }
        for bad in ["4111111111111112", "411111111111", "62220212345678901281", "4111 1111 1111 1111", ""] {
            assert!(!is_card_number(bad), "{bad}");
        }
        assert_eq!(entered(b"x=1&entered=4111+1111+1111+1111"), "4111111111111111");
        assert_eq!(entered(b"x=1"), "");
    }
}
