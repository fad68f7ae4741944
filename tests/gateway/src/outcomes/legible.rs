//! A biller's text before the bank signs it. Whoever keeps the receipt for years has to see it as what it is, and the
//! charge has landed: what cannot be seen is replaced, and the order settles all the same.

/// Stands for a character that is not signed, and for a reference that the biller did not give.
const INSTEAD: char = '\u{FFFD}';

/// The longest reference that is signed, in characters; a receipt has to fit a page and a QR code.
const LONGEST: usize = 64;
/// Ends one that was cut.
const CUT: char = '…';

/// A biller's reference: letters, figures and signs of ASCII, and Chinese characters. That is what references are made
/// of; marks, directions, fillers and characters without a shape are not, and no table of Unicode has to say which those
/// are this year.
#[must_use]
pub fn reference(given: &str) -> String {
    let seen = |character: char| {
        character.is_ascii_graphic()
            || character == ' '
            || matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFD}')
    };
    let signed: String =
        given.trim().chars().map(|character| if seen(character) { character } else { INSTEAD }).collect();
    match signed.chars().count() {
        // The field is mandatory: a receipt without it would not be taken.
        0 => INSTEAD.to_string(),
        1..=LONGEST => signed,
        _ => signed.chars().take(LONGEST - 1).chain([CUT]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn row_49_a_reference_that_is_too_long_for_a_receipt_is_cut_and_says_so() {
        assert_eq!(reference(&"9".repeat(64)), "9".repeat(64));
        assert_eq!(reference(&"电".repeat(100_000)), "电".repeat(63) + "…");
    }

    #[test]
    fn row_49_a_reference_is_signed_as_it_is_seen_and_none_is_lost() {
        for good in ["B951C68B0E1AD6052", "沪-2026/11 #7", "A_b.c:d", "𠮷1"] {
            assert_eq!(reference(good), good);
        }
        for (given, signed) in [
            ("B1\u{202e}2", "B1\u{FFFD}2"),
            ("B\u{200b}1", "B\u{FFFD}1"),
            ("B\u{85}1\u{7f}", "B\u{FFFD}1\u{FFFD}"),
            ("e\u{301}", "e\u{FFFD}"),
            ("\u{3164}", "\u{FFFD}"),
            (" B1\u{a0}", "B1"),
            ("", "\u{FFFD}"),
            ("\u{3000}", "\u{FFFD}"),
        ] {
            assert_eq!(reference(given), signed, "{given:?}");
        }
    }
}
