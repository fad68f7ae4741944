//! Versions of the app, compared number by number.

/// Whether `version` is at least `minimum`; a version that cannot be read is too old.
#[must_use]
pub fn at_least(version: &str, minimum: &str) -> bool {
    match (numbers(version), numbers(minimum)) {
        (Some(version), Some(minimum)) => version >= minimum,
        (None, _) => false,
        (Some(_), None) => true,
    }
}

/// The first three numbers; what follows `-` or `+` says nothing here.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let plain = version.split(['-', '+', ' ']).next()?;
    let mut numbers = [0; 3];
    let mut parts = plain.split('.');
    for (place, number) in numbers.iter_mut().enumerate() {
        match parts.next() {
            Some(part) => *number = part.parse().ok()?,
            None if place > 0 => break,
            None => return None,
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn row_61_versions_are_compared_by_number() {
        assert!(at_least("1.10.0", "1.9"));
        assert!(at_least("2", "1.9.9"));
        assert!(at_least("1.9.0-rc1+7", "1.9"));
        assert!(!at_least("1.8.9", "1.9"));
        assert!(!at_least("newest", "0.0.1"));
    }
}
