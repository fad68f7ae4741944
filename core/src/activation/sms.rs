//! The code in a message: the last line `@host #code` of the origin-bound one-time code format
//! (WICG, "Origin-bound one-time codes delivered via SMS"), which both systems can fill in.

use thiserror::Error;

/// Why a message gives no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SmsError {
    /// No line of the format.
    #[error("the message holds no code of this format")]
    NoCode,
    /// The code is bound to another host: it must not be filled in here.
    #[error("the code in this message is for someone else")]
    OtherHost,
}

/// The code that a message binds to `host`.
///
/// The last line decides: `@host #code`, optionally ` @embedded` behind it; text after that is
/// ignored. Host names compare without case.
///
/// # Errors
/// [`SmsError`].
pub fn parse<'a>(message: &'a str, host: &str) -> Result<&'a str, SmsError> {
    let line = message.trim_end_matches(['\n', '\r']).rsplit(['\n', '\r']).next().unwrap_or_default();
    let rest = line.strip_prefix('@').ok_or(SmsError::NoCode)?;
    let mut words = rest.split([' ', '\t']);
    let bound = words.next().filter(|bound| !bound.is_empty()).ok_or(SmsError::NoCode)?;
    let code = words.next().and_then(|word| word.strip_prefix('#')).filter(|code| !code.is_empty());
    let code = code.ok_or(SmsError::NoCode)?;
    if bound.eq_ignore_ascii_case(host) { Ok(code) } else { Err(SmsError::OtherHost) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_4_the_last_line_binds_the_code_to_a_host() {
        for (message, verdict) in [
            ("【银行】验证码 482916，5 分钟内有效。\n@pay.bank.example #482916", Ok("482916")),
            ("code\n@PAY.bank.example #482916\n", Ok("482916")),
            ("@pay.bank.example #482916", Ok("482916")),
            ("code\n@pay.bank.example #482916 @embedded.example", Ok("482916")),
            ("code\n@pay.bank.example #482916 %anything", Ok("482916")),
            ("code\n@other.example #482916", Err(SmsError::OtherHost)),
            ("code\n@sub.pay.bank.example #482916", Err(SmsError::OtherHost)),
            ("@pay.bank.example #482916\nlast line", Err(SmsError::NoCode)),
            ("@pay.bank.example 482916", Err(SmsError::NoCode)),
            ("@pay.bank.example#482916", Err(SmsError::NoCode)),
            ("@ #482916", Err(SmsError::NoCode)),
            ("@pay.bank.example #", Err(SmsError::NoCode)),
            ("", Err(SmsError::NoCode)),
        ] {
            assert_eq!(parse(message, "pay.bank.example"), verdict, "{message:?}");
        }
    }
}
