//! The bounds of a body, looked at before anything reads it.

/// The largest body, in bytes (1 MiB).
pub const MAX_BODY: usize = 1 << 20;

/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 16;

/// Whether a body is small and shallow enough to be read.
#[must_use]
pub fn within(body: &[u8]) -> bool {
    body.len() <= MAX_BODY && depth_within(body)
}

/// Counts brackets outside strings: exact for JSON, harmless for anything else.
fn depth_within(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
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
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return false;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_levels_are_read_and_brackets_in_strings_are_none() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(within(nested(16).as_bytes()));
        assert!(!within(nested(17).as_bytes()));
        assert!(within(format!(r#"{{"a":"{}\"["}}"#, "[".repeat(99)).as_bytes()));
        assert!(within(&vec![b' '; MAX_BODY]));
        assert!(!within(&vec![b' '; MAX_BODY + 1]));
    }
}
