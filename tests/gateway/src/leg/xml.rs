//! XML, as little of it as the leg needs: elements and text. Nothing else is read: no attributes,
//! DOCTYPE, entities beyond the five, comments, CDATA or instructions. Size, depth and the number
//! of elements are bounded before anything is built.

use quick_xml::{Reader, events::Event};
use thiserror::Error;

use super::MAX_BODY;

/// The deepest nesting, the root included.
const MAX_DEPTH: usize = 6;
/// The most elements in one document.
const MAX_ELEMENTS: usize = 4096;
/// What every document starts with when we write it.
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Why a text is not a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum XmlError {
    /// Not well-formed.
    #[error("not XML")]
    NotXml,
    /// Well-formed, but with a part of XML that this leg does not take.
    #[error("{0} not allowed")]
    NotAllowed(&'static str),
    /// Larger or deeper than allowed.
    #[error("too large or too deep")]
    TooLarge,
    /// An element is missing, twice there, or holds something that it must not.
    #[error("element {0}")]
    Element(&'static str),
}

/// An element: text, or other elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its text; empty when it holds elements.
    pub text: String,
    /// Its elements, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// An element that holds elements.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// An element that holds text. Characters that XML cannot hold become U+FFFD.
    #[must_use]
    pub fn leaf(name: &str, text: impl AsRef<str>) -> Self {
        let text = text.as_ref().chars().map(|c| if is_text(c) { c } else { char::REPLACEMENT_CHARACTER });
        Self { name: name.to_owned(), text: text.collect(), children: Vec::new() }
    }

    /// With one more text element.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl AsRef<str>) -> Self {
        self.children.push(Self::leaf(name, text));
        self
    }

    /// With one more text element, if there is a text.
    #[must_use]
    pub fn with_some(self, name: &str, text: Option<impl AsRef<str>>) -> Self {
        match text {
            Some(text) => self.with(name, text),
            None => self,
        }
    }

    /// With one more element.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The elements of that name.
    pub fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only element of that name, if there is one.
    ///
    /// # Errors
    /// There are several: which of them was meant?
    pub fn optional(&self, name: &'static str) -> Result<Option<&Self>, XmlError> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() { Err(XmlError::Element(name)) } else { Ok(first) }
    }

    /// The only element of that name.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn one(&self, name: &'static str) -> Result<&Self, XmlError> {
        self.optional(name)?.ok_or(XmlError::Element(name))
    }

    /// The text of the only element of that name, of 1 to `most` characters.
    ///
    /// # Errors
    /// There is none, or several, or its text is empty, too long or not a text.
    pub fn text(&self, name: &'static str, most: usize) -> Result<&str, XmlError> {
        let element = self.one(name)?;
        let good = element.children.is_empty()
            && !element.text.is_empty()
            && element.text.chars().count() <= most
            && !element.text.chars().any(char::is_control);
        if good { Ok(&element.text) } else { Err(XmlError::Element(name)) }
    }

    /// The text of the element of that name, as far as there is one: of what proves nothing, and must cost nothing.
    /// What it may hold is for whoever passes it on to look at.
    #[must_use]
    pub fn loose(&self, name: &'static str, most: usize) -> String {
        let element = self.optional(name).ok().flatten();
        element.map(|element| element.text.chars().take(most).collect()).unwrap_or_default()
    }

    /// The same for an element that may be missing.
    ///
    /// # Errors
    /// There are several, or the text is not one.
    pub fn text_if(&self, name: &'static str, most: usize) -> Result<Option<&str>, XmlError> {
        self.optional(name)?.map(|_| self.text(name, most)).transpose()
    }

    /// The text of the only element of that name, parsed.
    ///
    /// # Errors
    /// There is none, or several, or it does not parse.
    pub fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, XmlError> {
        self.text(name, 100)?.parse().map_err(|_| XmlError::Element(name))
    }

    /// A whole number from `least` to 2^53−1, written in plain decimal digits.
    ///
    /// # Errors
    /// There is none, or several, or it is not such a number.
    pub fn integer(&self, name: &'static str, least: i64) -> Result<i64, XmlError> {
        let text = self.text(name, 16)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let value = if plain { text.parse::<i64>().ok() } else { None };
        value.filter(|value| (least..1 << 53).contains(value)).ok_or(XmlError::Element(name))
    }

    /// The document with this element as its root.
    #[must_use]
    pub fn document(&self) -> String {
        let mut out = String::with_capacity(1024);
        out.push_str(DECLARATION);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        for part in ["<", &self.name, ">"] {
            out.push_str(part);
        }
        out.push_str(&quick_xml::escape::escape(self.text.as_str()));
        for child in &self.children {
            child.write(out);
        }
        for part in ["</", &self.name, ">"] {
            out.push_str(part);
        }
    }
}

/// What XML 1.0 can hold and give back unchanged: a carriage return would come back as a line feed.
fn is_text(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Reads a document and gives its root.
///
/// # Errors
/// It is not XML, or holds more than this leg takes.
pub fn read(text: &str) -> Result<Element, XmlError> {
    if text.len() > MAX_BODY {
        return Err(XmlError::TooLarge);
    }
    if !text.chars().all(|c| is_text(c) || c == '\r') {
        return Err(XmlError::NotXml);
    }
    let mut reader = Reader::from_str(text);
    let (mut open, mut root, mut elements): (Vec<Element>, Option<Element>, usize) = (Vec::new(), None, 0);
    let mut declared = false;
    loop {
        match reader.read_event().map_err(|_| XmlError::NotXml)? {
            Event::Start(tag) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(XmlError::TooLarge);
                }
                open.push(begin(&tag, root.is_some())?);
            }
            Event::Empty(tag) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(XmlError::TooLarge);
                }
                let element = begin(&tag, root.is_some())?;
                end(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or(XmlError::NotXml)?;
                end(element, &mut open, &mut root)?;
            }
            Event::Text(found) => characters(&found.xml10_content(), &mut open)?,
            Event::GeneralRef(name) => characters(five(&name)?, &mut open)?,
            // Only as the very first thing, only the one we write, and only once.
            Event::Decl(_) if !declared && elements == 0 && text.starts_with(DECLARATION) => declared = true,
            Event::Decl(_) => return Err(XmlError::NotAllowed("declaration")),
            Event::DocType(_) => return Err(XmlError::NotAllowed("DOCTYPE")),
            Event::CData(_) => return Err(XmlError::NotAllowed("CDATA")),
            Event::Comment(_) => return Err(XmlError::NotAllowed("comment")),
            Event::PI(_) => return Err(XmlError::NotAllowed("instruction")),
            Event::Eof => break,
        }
    }
    if open.is_empty() { root.ok_or(XmlError::NotXml) } else { Err(XmlError::NotXml) }
}

fn begin(tag: &quick_xml::events::BytesStart<'_>, after_root: bool) -> Result<Element, XmlError> {
    let name: &str = tag.name().0;
    let good = name.len() <= 40 && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
    if after_root || !good || name.is_empty() {
        return Err(XmlError::NotXml);
    }
    if !tag.attributes_raw().trim().is_empty() {
        return Err(XmlError::NotAllowed("attribute"));
    }
    Ok(Element::new(name))
}

/// Closes an element: into the one around it, or as the root.
fn end(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), XmlError> {
    // Blanks between elements are layout; anything else there is neither text nor element.
    let mut element = element;
    if !element.children.is_empty() {
        if !element.text.trim().is_empty() {
            return Err(XmlError::NotAllowed("mixed content"));
        }
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
    Ok(())
}

fn characters(text: &str, open: &mut [Element]) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(XmlError::NotXml),
    }
    Ok(())
}

/// The five entities that XML has by itself.
fn five(name: &str) -> Result<&'static str, XmlError> {
    match name {
        "amp" => Ok("&"),
        "lt" => Ok("<"),
        "gt" => Ok(">"),
        "quot" => Ok("\""),
        "apos" => Ok("'"),
        _ => Err(XmlError::NotAllowed("entity")),
    }
}
