//! The first byte of an input, which chooses among the readers of a target.

/// One of `of` readers and what it reads; `None` for an input without a byte.
pub(crate) fn chosen(data: &[u8], of: u8) -> Option<(u8, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((first.wrapping_sub(b'a') % of, rest))
}

/// The same where the rest has to be a text.
pub(crate) fn chosen_text(data: &[u8], of: u8) -> Option<(u8, &str)> {
    let (which, rest) = chosen(data, of)?;
    Some((which, std::str::from_utf8(rest).ok()?))
}
