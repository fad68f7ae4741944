//! Whether a text is seen as what it is: nothing in it turns the direction of writing round, hides, or piles up
//! so high that it covers its neighbours. What a person signs, and what proves it for years, has to be (row 49).
//!
//! What a later Unicode adds is not refused: a rare character of a name is not known to every phone.

use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};
use thiserror::Error;

/// Marks that may stand on one character: no script of a biller's name needs more, and floods of them hide.
pub const MOST_MARKS: usize = 4;

/// Why a text is not seen as what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Illegible {
    /// A control character, or one that ends a line.
    #[error("a control character")]
    Control,
    /// A character without a shape: it turns the direction of writing round, or stands where nothing is seen.
    #[error("a character that cannot be seen")]
    Invisible,
    /// More than [`MOST_MARKS`] on one character.
    #[error("a flood of marks on one character")]
    Marks,
}

/// What stands in the place of a character that is not shown: seen, so that nothing vanishes unsaid.
const INSTEAD: char = '\u{FFFD}';

/// Looks at each character of a text.
///
/// # Errors
/// [`Illegible`]; the first that is found.
pub fn legible(text: &str) -> Result<(), Illegible> {
    let mut eye = Eye::new();
    text.chars().try_for_each(|character| eye.see(character))
}

/// A text as it can be shown to anybody: each character by which it is not [`legible`] replaced by U+FFFD.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut eye = Eye::new();
    text.chars().map(|character| if eye.see(character).is_ok() { character } else { INSTEAD }).collect()
}

/// Looks at one character after the other.
struct Eye {
    categories: CodePointMapDataBorrowed<'static, GeneralCategory>,
    ignorable: CodePointSetDataBorrowed<'static>,
    marks: usize,
    after_letter: bool,
}

impl Eye {
    fn new() -> Self {
        Self {
            categories: CodePointMapData::<GeneralCategory>::new(),
            ignorable: CodePointSetData::new::<DefaultIgnorableCodePoint>(),
            marks: 0,
            after_letter: false,
        }
    }

    fn see(&mut self, character: char) -> Result<(), Illegible> {
        let category = self.categories.get(character);
        if matches!(
            category,
            GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
        ) {
            return Err(Illegible::Control);
        }
        // The form of one Chinese character in a name is seen, by the shape of the character before it.
        let form = self.after_letter && ('\u{E0100}'..='\u{E01EF}').contains(&character);
        // Braille's blank is a symbol that shows nothing.
        let unseen =
            category == GeneralCategory::Format || self.ignorable.contains(character) || character == '\u{2800}';
        if unseen && !form {
            return Err(Illegible::Invisible);
        }
        let mark = matches!(
            category,
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
        );
        self.marks = if mark && !form { self.marks + 1 } else { 0 };
        if self.marks > MOST_MARKS {
            return Err(Illegible::Marks);
        }
        if !mark || form {
            self.after_letter = category == GeneralCategory::OtherLetter;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_49_names_of_every_script_are_legible() {
        for text in [
            "上海城投水务（集团）有限公司",
            "国网·上海电力 No. 7",
            "Nước sạch Hà Nội",
            "\u{1112}\u{1161}\u{11ab}국",
            "ประปา",
            "ئەلېكتر",
            "བོད་ལྗོངས",
            "葛\u{E0100}城",
            "𠮷野家",
            "\u{E000}\u{F8FF}",
            "O\u{323}\u{302}\u{301}",
            "",
        ] {
            assert_eq!(legible(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn row_49_what_hides_turns_round_or_piles_up_is_not() {
        for hidden in [
            "\u{200B}",
            "\u{200C}",
            "\u{200D}",
            "\u{2060}",
            "\u{FEFF}",
            "\u{00AD}",
            "\u{061C}",
            "\u{200E}",
            "\u{200F}",
            "\u{202A}",
            "\u{202B}",
            "\u{202C}",
            "\u{202D}",
            "\u{202E}",
            "\u{2066}",
            "\u{2067}",
            "\u{2068}",
            "\u{2069}",
            "\u{034F}",
            "\u{115F}",
            "\u{3164}",
            "\u{FFA0}",
            "\u{180E}",
            "\u{FE0F}",
            "\u{E0041}",
            "\u{2800}",
        ] {
            assert_eq!(legible(&format!("上海{hidden}电力")), Err(Illegible::Invisible), "{hidden:?}");
        }
        assert_eq!(legible("\u{E0100}"), Err(Illegible::Invisible), "the form of nothing");
        assert_eq!(legible("葛\u{E0100}\u{E0101}"), Err(Illegible::Invisible), "two forms of one");
        for control in ["\u{0}", "\u{7}", "\u{1b}[31m", "\n", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(legible(&format!("上海{control}电力")), Err(Illegible::Control), "{control:?}");
        }
        assert_eq!(legible(&format!("电{}", "\u{301}".repeat(MOST_MARKS))), Ok(()));
        assert_eq!(legible(&format!("电{}", "\u{301}".repeat(MOST_MARKS + 1))), Err(Illegible::Marks));
        assert_eq!(legible(&"\u{20dd}".repeat(300)), Err(Illegible::Marks));
    }

    #[test]
    fn row_49_what_is_shown_is_legible_and_nothing_vanishes() {
        for text in ["上海\u{202E}力电", "a\nb", "\u{200B}", "葛\u{E0100}城", "上海电力", ""] {
            let shown = shown(text);
            assert_eq!(legible(&shown), Ok(()), "{text:?}");
            assert_eq!(shown.chars().count(), text.chars().count(), "{text:?}");
            assert_eq!(legible(text).is_ok(), shown == text, "{text:?}");
        }
        let flood = shown(&format!("电{}", "\u{301}".repeat(9)));
        assert_eq!(flood, format!("电{}{}", "\u{301}".repeat(MOST_MARKS), "\u{FFFD}".repeat(5)));
    }
}
