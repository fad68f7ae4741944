//! The bounds of an answer (contract: JSON depth 16, page 500 items), looked at before anything
//! reads it, so that no answer costs the phone more than the contract allows.

/// The deepest nesting of arrays and objects.
const MAX_DEPTH: usize = 16;

/// The most items of one array.
const MAX_ITEMS: usize = 500;

/// Why an answer is not read.
pub(super) const TOO_DEEP: &str = "a body that is deeper than the contract allows";
/// Why an answer is not read.
pub(super) const TOO_LONG: &str = "a page that is longer than the contract allows";

/// Whether a JSON text keeps the bounds. Counts brackets and commas outside strings: exact for JSON,
/// harmless for anything else.
///
/// # Errors
/// The bound that it breaks: [`TOO_DEEP`], [`TOO_LONG`].
pub(super) fn within(body: &[u8]) -> Result<(), &'static str> {
    // Of each open level: the commas seen so far, if it is an array.
    let mut open: Vec<Option<usize>> = Vec::with_capacity(MAX_DEPTH);
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' if open.len() == MAX_DEPTH => return Err(TOO_DEEP),
            b'[' => open.push(Some(0)),
            b'{' => open.push(None),
            b']' | b'}' => drop(open.pop()),
            b',' => {
                if let Some(Some(commas)) = open.last_mut() {
                    *commas += 1;
                    if *commas == MAX_ITEMS {
                        return Err(TOO_LONG);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_levels_are_read_and_brackets_in_strings_are_none() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(within(nested(16).as_bytes()), Ok(()));
        assert_eq!(within(nested(17).as_bytes()), Err(TOO_DEEP));
        assert_eq!(within(br#"{"a":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[","b":[{"c":[]}]}"#), Ok(()));
    }

    #[test]
    fn a_page_has_five_hundred_items_and_no_more() {
        let page = |items: usize| format!(r#"{{"more":false,"bills":[{}]}}"#, vec![r#"{"x":[1,2]}"#; items].join(","));
        assert_eq!(within(page(500).as_bytes()), Ok(()));
        assert_eq!(within(page(501).as_bytes()), Err(TOO_LONG));
        let pages = format!("[{},{}]", page(500), page(500));
        assert_eq!(within(pages.as_bytes()), Ok(()), "each array counts by itself");
        let commas = format!("[{:?}]", ",".repeat(900));
        assert_eq!(within(commas.as_bytes()), Ok(()), "commas in strings are none");
    }
}
