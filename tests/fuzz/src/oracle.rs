//! The other opinion: small readers that share nothing with what they are compared with, beyond
//! `serde_json`'s tree and `ring`'s arithmetic.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// How deep a text is nested, and how many items its longest array has: of the text and not of the tree, in
/// which the last of two members of one name is alone.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shape {
    pub(crate) depth: usize,
    pub(crate) longest: usize,
    /// Whether an object has two members of one name.
    pub(crate) repeats: bool,
}

impl Shape {
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// As the contract bounds an answer.
    pub(crate) fn is_within(self) -> bool {
        self.depth <= 16 && self.longest <= 500
    }

    fn and(self, inner: Self) -> Self {
        Self {
            depth: self.depth.max(inner.depth + 1),
            longest: self.longest.max(inner.longest),
            repeats: self.repeats || inner.repeats,
        }
    }
}

impl<'de> serde::Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Shape;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let (mut shape, mut count) = (Shape { depth: 1, ..Shape::default() }, 0);
        while let Some(inner) = items.next_element()? {
            shape = shape.and(inner);
            count += 1;
        }
        Ok(Shape { longest: shape.longest.max(count), ..shape })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let (mut shape, mut names) = (Shape { depth: 1, ..Shape::default() }, BTreeSet::new());
        while let Some((name, inner)) = members.next_entry::<String, Shape>()? {
            shape = shape.and(inner);
            shape.repeats |= !names.insert(name);
        }
        Ok(shape)
    }
}

/// RFC 8785 of a tree whose numbers are integers: names in the order of their UTF-16, no blanks, and
/// of escapes only those that there must be.
pub(crate) fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
            out.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quoted(name, out);
                out.push(':');
                canonical(&members[name], out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The three parts of a compact JWS (RFC 7515), decoded.
pub(crate) struct Compact {
    pub(crate) header: Value,
    pub(crate) signed: String,
    /// `None` where members that nobody asked for make no tree: a number beyond all, half a character.
    pub(crate) payload: Option<Value>,
    pub(crate) signature: Vec<u8>,
}

/// Takes apart what was accepted; panics where it should not have been.
pub(crate) fn compact(text: &str) -> Compact {
    let parts: Vec<&str> = text.split('.').collect();
    assert_eq!(parts.len(), 3, "a compact JWS has three parts");
    let decoded = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(&bytes), part, "two spellings of one part");
        bytes
    };
    let header: Value = serde_json::from_slice(&decoded(parts[0])).unwrap();
    let names: Vec<&String> = header.as_object().unwrap().keys().collect();
    assert_eq!(names, ["alg", "kid", "typ"], "a header with other members");
    Compact {
        header,
        signed: format!("{}.{}", parts[0], parts[1]),
        payload: serde_json::from_slice(&decoded(parts[1])).ok(),
        signature: decoded(parts[2]),
    }
}

impl Compact {
    /// Whether the Ed25519 key (32 bytes) has signed it under one of the algorithm's two names.
    pub(crate) fn is_by(&self, key: &[u8]) -> bool {
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
        matches!(self.header["alg"].as_str(), Some("Ed25519" | "EdDSA"))
            && key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}
