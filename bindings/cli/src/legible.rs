//! The one gate between texts of others and a person's terminal.
//!
//! Names, labels and reasons come from the bank, and some of them from its billers. Printed as they
//! are, such a text could move the cursor, recolour or hide what stands beside it, or turn the order of
//! letters and figures round: an amount could be shown that is not the one that is signed. So whatever
//! is printed passes here, and not each place that prints has to think of it.
//!
//! The core refuses a quote in which a name is not seen as what it is: no person ever signs one. Receipts, and names in
//! the feed, it takes in as they are, on purpose: refusing a receipt would leave a settled payment in doubt, and
//! refusing a feed for one odd name would hide a bill from its payer. What is dangerous there differs by screen, and is for the shell that draws to know.

use std::borrow::Cow;

/// What stands in the place of a character that is not shown: seen, so that nothing vanishes unsaid.
const INSTEAD: char = '\u{FFFD}';
/// The colours of [`crate::paint::Paint`], and nothing else that begins with an escape. At worst a text
/// of others takes on one of these.
const COLOURS: [&str; 8] =
    ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[97;40m"];

/// Characters that act upon a terminal, or change how others are read, and are not seen themselves.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, joiners, marks of direction and embedding, invisible operators and fillers.
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            // Tags: a whole text can be hidden in them.
            | '\u{E0000}'..='\u{E0FFF}')
}

/// A line for a person, who sees our colours where `coloured`.
pub(crate) fn line(line: &str, coloured: bool) -> Cow<'_, str> {
    if !line.contains(acts) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let colour = COLOURS.iter().find(|colour| coloured && rest.starts_with(**colour));
        let length = colour.map_or(character.len_utf8(), |colour| colour.len());
        let (taken, after) = rest.split_at(length);
        match colour {
            Some(_) => out.push_str(taken),
            None if acts(character) => out.push(INSTEAD),
            None => out.push(character),
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// A line of JSON that means the same and shows nothing but what it is: scripts get every character, and
/// a person who looks on gets `\u202e` to see. serde leaves all but the first 32 as they are.
pub(crate) fn json(line: &str) -> Cow<'_, str> {
    if !line.contains(acts) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    for character in line.chars() {
        if acts(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HOSTILE: [char; 17] = [
        '\x1b',
        '\r',
        '\n',
        '\x08',
        '\x07',
        '\x7f',
        '\u{9b}',
        '\u{85}',
        '\u{200b}',
        '\u{200e}',
        '\u{2028}',
        '\u{202e}',
        '\u{2066}',
        '\u{2069}',
        '\u{feff}',
        '\u{e0041}',
        '\u{ad}',
    ];

    #[test]
    fn nothing_that_acts_upon_a_terminal_passes_and_nothing_vanishes() {
        for hostile in HOSTILE {
            for coloured in [true, false] {
                assert_eq!(line(&format!("a{hostile}b"), coloured), "a\u{FFFD}b", "{hostile:?}");
            }
        }
        assert_eq!(line("\x1b]0;title\x07\x1b[2Jx", true), "\u{FFFD}]0;title\u{FFFD}\u{FFFD}[2Jx");
    }

    #[test]
    fn our_colours_and_every_script_pass_as_they_are() {
        let own = "\x1b[1;31m上海电力 ¥1.00 ✓ ├─ é е\u{301}\x1b[0m";
        assert_eq!(line(own, true), own);
        assert_eq!(line("\x1b[32mgreen", false), "\u{FFFD}[32mgreen", "no colour where none is ours");
    }

    #[test]
    fn scripts_get_every_character_in_plain_letters() {
        let value = serde_json::json!({ "payee": HOSTILE.iter().collect::<String>() });
        let told = value.to_string();
        let told = json(&told);
        assert!(!told.contains(acts), "{told}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&told).unwrap(), value);
    }
}
