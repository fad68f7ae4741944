//! An ECDSA signature as key stores and openssl write it: DER `SEQUENCE { INTEGER r, INTEGER s }`
//! (RFC 3279, section 2.2.3), made from the 64 bytes `r ‖ s` of JOSE (RFC 7518, section 3.4).

/// DER of `r ‖ s`.
#[must_use]
pub fn of_fixed(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let body = [integer(r), integer(s)].concat();
    [&[0x30, length(&body)], body.as_slice()].concat()
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len().saturating_sub(1));
    let digits = bytes.get(start..).unwrap_or_default();
    // A set top bit would make it negative.
    let padding: &[u8] = if digits.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    let value = [padding, digits].concat();
    [&[0x02, length(&value)], value.as_slice()].concat()
}

/// At most 72 here: one byte.
fn length(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).unwrap_or(u8::MAX)
}
