//! A number as everyone may see it: the same at the phone and at the bank, or their texts would differ.

/// At most the last four characters, and never more than a third of them; the rest as asterisks.
#[must_use]
pub fn masked(number: &str) -> String {
    let length = number.chars().count();
    let shown = 4.min(length / 3);
    let tail: String = number.chars().skip(length - shown).collect();
    format!("{}{tail}", "*".repeat(length - shown))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn row_45_a_masked_number_shows_at_most_a_third_of_it() {
        for (number, shown) in [
            ("31000012345678", "**********5678"),
            ("3110001017", "*******017"),
            ("户12", "**2"),
            ("12", "**"),
            ("", ""),
        ] {
            assert_eq!(masked(number), shown);
        }
    }
}
