//! Canonical JSON (RFC 8785, JCS) of the strict kind that signatures stand on.
//!
//! The canonical form alone is not enough: a serializer rounds large integers and a parser keeps
//! the last of two members of one name, so two readers could see two orders in one text. What is
//! read here therefore has whole numbers of at most ±(2^53 − 1), no name twice, and at most
//! [`MAX_DEPTH`] levels; anything else is refused, never repaired.

use std::{cell::Cell, fmt};

use serde::{
    Serialize,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use thiserror::Error;

/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: u8 = 16;

/// The largest magnitude of an integer, 2^53 − 1: above it, not every reader sees the same number.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Why a text has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotCanonical {
    /// No JSON text, or one with something after it.
    #[error("not JSON")]
    Json,
    /// An object has two members of one name.
    #[error("a name occurs twice in an object")]
    DuplicateName,
    /// A number is no integer, or beyond ±(2^53 − 1).
    #[error("a number is not an integer of at most 53 bits")]
    Number,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested too deeply")]
    Depth,
}

/// Reads a JSON text strictly.
///
/// # Errors
/// [`NotCanonical`].
pub fn parse(text: &[u8]) -> Result<Value, NotCanonical> {
    let fault = Cell::new(NotCanonical::Json);
    let strict = Strict { fault: &fault, left: MAX_DEPTH };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = strict.deserialize(&mut reader).map_err(|_| fault.get())?;
    reader.end().map_err(|_| NotCanonical::Json)?;
    Ok(value)
}

/// The canonical bytes of a JSON text.
///
/// # Errors
/// [`NotCanonical`].
pub fn canonicalize(text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    // Every number is a small integer by now, which the canonical form writes as it is.
    serde_json_canonicalizer::to_vec(&parse(text)?).map_err(|_| NotCanonical::Json)
}

/// The canonical bytes of a value, under the same rules as a text that is read.
///
/// # Errors
/// [`NotCanonical`], also where the value cannot be serialized.
pub fn canonical_of<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    let text = serde_json::to_vec(value).map_err(|_| NotCanonical::Json)?;
    canonicalize(&text)
}

/// A reader that remembers why it refused; serde's own errors carry only text.
#[derive(Clone, Copy)]
struct Strict<'a> {
    fault: &'a Cell<NotCanonical>,
    left: u8,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, fault: NotCanonical) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.refuse(NotCanonical::Depth)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if (-MAX_INTEGER..=MAX_INTEGER).contains(&value) {
            Ok(value.into())
        } else {
            Err(self.refuse(NotCanonical::Number))
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(self.refuse(NotCanonical::Number)),
        }
    }

    // Also `1.0`, `1e2` and `-0`: an integer has one spelling.
    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        Err(self.refuse(NotCanonical::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(self.refuse(NotCanonical::DuplicateName));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> Result<String, NotCanonical> {
        canonicalize(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn members_are_sorted_by_utf_16_and_escapes_are_minimal() {
        // The sorting example of RFC 8785, section 3.2.3, and the string of section 3.2.2.
        let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        assert_eq!(
            canonical(text).unwrap(),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
        assert_eq!(
            canonical(r#" { "b" : "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/" , "a" : [ ] } "#).unwrap(),
            r#"{"a":[],"b":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn a_name_twice_is_refused_at_every_level() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"a":3}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(canonical(text), Err(NotCanonical::DuplicateName), "{text}");
        }
    }

    #[test]
    fn numbers_are_integers_that_every_reader_sees_alike() {
        for good in ["0", "-1", "9007199254740991", "-9007199254740991"] {
            assert_eq!(canonical(good).as_deref(), Ok(good));
        }
        for bad in [
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551615",
            "-9223372036854775808",
            "100000000000000000000000",
            "1.0",
            "1e2",
            "-0",
            "0.1",
        ] {
            assert_eq!(canonical(bad), Err(NotCanonical::Number), "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(canonical(&nested(16)), Ok(nested(16)));
        assert_eq!(canonical(&nested(17)), Err(NotCanonical::Depth));
        assert_eq!(canonical(&nested(100_000)), Err(NotCanonical::Depth));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(17), "}".repeat(17));
        assert_eq!(canonical(&objects), Err(NotCanonical::Depth));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bad in [
            &b""[..],
            b"{}{}",
            b"{} x",
            b"{'a':1}",
            b"{\"a\":1,}",
            b"[1e400]",
            b"NaN",
            b"01",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
            b"{1:2}",
            b"\"\x01\"",
        ] {
            assert_eq!(canonicalize(bad), Err(NotCanonical::Json), "{bad:?}");
        }
    }

    #[test]
    fn values_obey_the_rules_of_texts() {
        assert_eq!(canonical_of(&u64::MAX), Err(NotCanonical::Number));
        assert_eq!(canonical_of(&0.5), Err(NotCanonical::Number));
        assert_eq!(canonical_of(&serde_json::json!({"b": 1, "a": null})).unwrap(), br#"{"a":null,"b":1}"#);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-MAX_INTEGER..=MAX_INTEGER).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_the_same_value_and_its_own_canonical_form(value in json()) {
            let once = canonical_of(&value).unwrap();
            prop_assert_eq!(&canonicalize(&once).unwrap(), &once);
            prop_assert_eq!(parse(&once).unwrap(), value);
        }

        #[test]
        fn no_input_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = canonicalize(&bytes);
        }
    }
}
