//! A net for secrets that leaked (I8): planted values, each in the forms in which a leak would carry it,
//! looked for in any bytes in one pass.
//!
//! The forms: as it is; UTF-16 of either byte order (a shell's strings); hexadecimal of either case (a
//! `Debug` of bytes, a BLOB in a dump); Base64 of either alphabet at each of the three places that a value
//! can have in a longer one (a JWS, a header); what is not ASCII also as JSON and URLs escape it; bytes also
//! as the list of numbers that `{:?}` prints. A net says where it looked by catching what is thrown into it:
//! whoever uses it shows once that it does.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Values shorter than this count only where they stand alone: six digits are in any long hexadecimal id.
const SHORT: usize = 9;
/// Forms shorter than this are no evidence: they come about by chance.
const LEAST: usize = 5;

/// A planted value that was found where it must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caught {
    /// The name of the value, never the value.
    pub name: String,
    /// In which form it was.
    pub form: &'static str,
    /// Where it begins.
    pub at: usize,
}

/// The net.
pub struct Net {
    knots: Vec<Knot>,
    automaton: AhoCorasick,
}

struct Knot {
    name: String,
    form: &'static str,
    /// Only where neither neighbour is a letter or a digit.
    alone: bool,
}

impl Net {
    /// A net for values by name.
    ///
    /// # Errors
    /// More values than an automaton can hold.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, BuildError> {
        let (mut knots, mut patterns) = (Vec::new(), Vec::<Vec<u8>>::new());
        for (name, value) in values {
            for (form, bytes) in forms(value) {
                if bytes.len() >= LEAST && !patterns.contains(&bytes) {
                    let alone = form == "as it is" && value.len() < SHORT;
                    knots.push(Knot { name: name.to_owned(), form, alone });
                    patterns.push(bytes);
                }
            }
        }
        // Whole disks go through it: one look a byte.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&patterns)?;
        Ok(Self { knots, automaton })
    }

    /// How many values it holds.
    #[must_use]
    pub fn values(&self) -> usize {
        let mut names: Vec<&str> = self.knots.iter().map(|knot| knot.name.as_str()).collect();
        names.dedup();
        names.len()
    }

    /// What of them is in these bytes: each value and form once, where it is first.
    #[must_use]
    pub fn caught(&self, bytes: &[u8]) -> Vec<Caught> {
        let mut caught: Vec<Caught> = Vec::new();
        for hit in self.automaton.find_overlapping_iter(bytes) {
            let Some(knot) = self.knots.get(hit.pattern().as_usize()) else { continue };
            let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at));
            let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            if knot.alone && (is_part(before) || is_part(bytes.get(hit.end()))) {
                continue;
            }
            if !caught.iter().any(|one| one.name == knot.name && one.form == knot.form) {
                caught.push(Caught { name: knot.name.clone(), form: knot.form, at: hit.start() });
            }
        }
        caught.sort();
        caught
    }
}

/// A value in each form.
#[must_use]
pub fn forms(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = |upper: bool| -> Vec<u8> {
        let digits = value.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        digits.collect::<String>().into_bytes()
    };
    let mut forms = vec![("as it is", value.to_vec()), ("hexadecimal", hex(false)), ("HEXADECIMAL", hex(true))];
    for shift in 0..3 {
        let whole = [[0; 2].get(..shift).unwrap_or_default(), value].concat();
        for (form, text) in
            [("Base64", STANDARD_NO_PAD.encode(&whole)), ("Base64 for URLs", URL_SAFE_NO_PAD.encode(&whole))]
        {
            // Only the characters that neighbours have no part in.
            let inner = text.get((shift * 8).div_ceil(6)..whole.len() * 8 / 6).unwrap_or_default();
            // Short values make short texts, which are there by chance.
            if inner.len() >= 8 {
                forms.push((form, inner.as_bytes().to_vec()));
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(value) {
        let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        forms.push(("UTF-16", utf16(u16::to_le_bytes)));
        forms.push(("UTF-16, high byte first", utf16(u16::to_be_bytes)));
        if !text.is_ascii() {
            forms.push((
                "JSON's escapes",
                text.encode_utf16().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect(),
            ));
            forms.push(("URL escapes", value.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()));
        }
    } else {
        let numbers: Vec<String> = value.iter().map(u8::to_string).collect();
        forms.push(("a list of numbers", numbers.join(", ").into_bytes()));
    }
    forms
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    fn net() -> &'static Net {
        static NET: std::sync::OnceLock<Net> = std::sync::OnceLock::new();
        NET.get_or_init(|| {
            Net::of([
                ("phone", &b"13800138000"[..]),
                ("code", b"481516"),
                ("name", "王小明".as_bytes()),
                ("key", &[200; 32]),
            ])
            .unwrap()
        })
    }

    fn names(bytes: &[u8]) -> Vec<String> {
        let mut names: Vec<String> = net().caught(bytes).into_iter().map(|one| one.name).collect();
        names.dedup();
        names
    }

    #[test]
    fn i8_each_form_of_a_value_is_caught_in_the_middle_of_anything() {
        assert_eq!(net().values(), 4);
        for (name, value) in [("phone", &b"13800138000"[..]), ("name", "王小明".as_bytes()), ("key", &[200; 32])] {
            for (form, bytes) in forms(value) {
                let around = [b"{\"x\":\"", bytes.as_slice(), b"\"}"].concat();
                assert_eq!(names(&around), [name], "{form}");
            }
            for before in 0..7 {
                let whole = [vec![b'x'; before].as_slice(), value, b"yz"].concat();
                assert_eq!(names(STANDARD.encode(&whole).as_bytes()), [name], "Base64 behind {before}");
                assert_eq!(names(URL_SAFE.encode(&whole).as_bytes()), [name], "Base64 behind {before}");
            }
            assert_eq!(names(format!("{value:?}").as_bytes()).is_empty(), std::str::from_utf8(value).is_ok());
        }
    }

    #[test]
    fn i8_a_short_value_counts_where_it_stands_alone_and_not_inside_an_id() {
        assert_eq!(names(b"the code 481516."), ["code"]);
        assert_eq!(names(b"\x00481516\x00"), ["code"]);
        assert_eq!(names(b"019a481516ff"), Vec::<String>::new());
        assert_eq!(names(b"4815162"), Vec::<String>::new());
    }

    #[test]
    fn i8_what_is_masked_is_not_caught() {
        assert_eq!(names("138****8000 **明 the key of 32 bytes".as_bytes()), Vec::<String>::new());
    }
}
