//! The billers' leg: XML of elements and text, its signature, and the messages in it.

use std::fmt::Debug;

use sandbox_gateway::leg::{
    LegSecret, MAX_BODY,
    answer::Answer,
    differences::{BankAnswer, Differences},
    message,
    request::Request,
    xml::{self, Element, XmlError},
};

use crate::chosen::chosen;

/// `a`: XML, read as each message that it might be. `b`: a place and a bit to flip, then XML to be
/// sealed. `c`: a sealed body.
pub fn check(data: &[u8]) {
    match chosen(data, 3) {
        Some((0, bytes)) => document(bytes),
        Some((1, bytes)) => flipped(bytes),
        Some((_, bytes)) => body(bytes),
        None => {}
    }
}

fn secret() -> LegSecret {
    LegSecret::new("示例密钥 example secret")
}

fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(root) = xml::read(text) else { return };
    bounded(text, &root);
    assert_eq!(xml::read(&root.document()), Ok(root.clone()), "written and read again");
    again(&root, Request::read, Request::to_xml);
    again(&root, Answer::read, Answer::to_xml);
    again(&root, Differences::read, Differences::to_xml);
    again(&root, BankAnswer::read, BankAnswer::to_xml);
}

/// No entity that expands, no instruction, and no more of it than the leg takes.
fn bounded(text: &str, root: &Element) {
    fn deep(element: &Element) -> usize {
        1 + element.children.iter().map(deep).max().unwrap_or(0)
    }
    fn count(element: &Element) -> usize {
        1 + element.children.iter().map(count).sum::<usize>()
    }
    fn size(element: &Element) -> usize {
        element.text.len() + element.children.iter().map(size).sum::<usize>()
    }
    assert!(text.len() <= MAX_BODY && deep(root) <= 6 && count(root) <= 4096, "beyond its bounds");
    assert!(size(root) <= text.len(), "more text came out than went in");
    let behind = text.strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#).unwrap_or(text);
    assert!(!behind.contains("<!") && !behind.contains("<?"), "a part of XML that nobody needs");
}

/// A message that is read is written as something that reads as the same.
fn again<T: PartialEq + Debug>(
    root: &Element,
    read: fn(&Element) -> Result<T, XmlError>,
    write: impl Fn(&T) -> String,
) {
    let Ok(message) = read(root) else { return };
    let written = write(&message);
    let second = xml::read(&written).map(|root| read(&root));
    assert_eq!(second, Ok(Ok(message)), "{written}");
}

fn flipped(bytes: &[u8]) {
    let Some((place, bytes)) = bytes.split_first_chunk::<3>() else { return };
    let Ok(xml) = std::str::from_utf8(bytes) else { return };
    let mut body = message::seal(xml, &secret());
    if body.len() > MAX_BODY {
        return;
    }
    assert_eq!(message::verify(&body, &secret()), Ok(xml));
    assert!(message::verify(&body, &LegSecret::new("another")).is_err(), "by another secret");
    let at = usize::from(u16::from_le_bytes([place[0], place[1]])) % body.len();
    body[at] ^= 1 << (place[2] % 8);
    assert!(message::verify(&body, &secret()).is_err(), "byte {at} was flipped, and nobody noticed");
}

fn body(bytes: &[u8]) {
    let Ok(xml) = message::verify(bytes, &secret()) else { return };
    assert_eq!(message::seal(xml, &secret()), bytes, "two bodies of one message");
}
