//! leg/: messages between the bank and its billers: upper-case hex SHA-1 over XML and secret,
//! directly followed by the XML. The right ones are the sandbox's golden examples.

use std::collections::BTreeMap;

use sandbox_gateway::leg::{
    LegSecret,
    examples::{examples, of_the_statement},
    message,
};
use serde::{Deserialize, Serialize};

use crate::{Fault, hex};

/// A file of leg/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegVector {
    /// What it shows.
    pub about: String,
    /// Of bank and biller; its UTF-8 bytes are appended to the XML before hashing.
    pub secret: String,
    /// What the receiver's clock says; nothing to a page of a statement, which bears no time.
    pub now: String,
    /// What is posted, in hex: not every wrong body is UTF-8.
    pub body_hex: String,
    /// The XML of a right one; its UTF-8 bytes follow the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
    /// Its signature: 40 upper-case hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// Why a wrong one is refused: `lower-case`, `no-signature`, `too-short`, `wrong-signature`,
    /// `not-utf-8`, `not-a-message` (rightly signed, but XML of a kind that the leg does not take, or
    /// an element twice), `too-old` (signed more than five minutes before `now`) or `from-the-future`
    /// (more than one minute after it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// When the examples were signed.
const SIGNED: &str = "2026-11-18T11:06:40Z";

/// All files of the folder.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate() -> Result<BTreeMap<String, LegVector>, Fault> {
    let mut all = BTreeMap::new();
    for example in examples().into_iter().chain(of_the_statement()) {
        let sha1 = message::signature(&example.body).ok_or("an example without a signature")?.to_owned();
        let about = format!("A message as it is posted: {}.", example.name.replace('-', " "));
        let vector = LegVector {
            about,
            secret: example.secret,
            now: SIGNED.to_owned(),
            body_hex: hex(&example.body),
            xml: Some(example.xml),
            sha1: Some(sha1),
            refused: None,
        };
        all.insert(example.name.to_owned(), vector);
    }
    let account = examples().into_iter().find(|example| example.name == "answer-account").ok_or("no answer-account")?;
    let (xml, secret, good) = (account.xml, account.secret, account.body);
    let sealed = |xml: &str, secret: &str| message::seal(xml, &LegSecret::new(secret));
    let cut = good.get(message::SIGNATURE..).unwrap_or_default().to_vec();
    let lower: Vec<u8> = good
        .iter()
        .enumerate()
        .map(|(at, byte)| if at < message::SIGNATURE { byte.to_ascii_lowercase() } else { *byte })
        .collect();
    let mut altered = good.clone();
    // The last digit of an amount.
    let digit = String::from_utf8(good.clone())?.find("</amount>").ok_or("no amount")? - 1;
    *altered.get_mut(digit).ok_or("no digit")? = b'9';
    let mut flipped = good.clone();
    let first = flipped.first_mut().ok_or("an empty body")?;
    *first = if *first == b'0' { b'1' } else { b'0' };
    // 电费 in GBK instead of UTF-8, rightly signed over those bytes.
    let gbk = [b"<x>".as_slice(), &[0xb5, 0xe7, 0xb7, 0xd1], b"</x>"].concat();
    // The hash is over one text after another: where XML ends and secret begins is not in it.
    let signature = |over: &str, rest: &[u8]| {
        let mut body = message::seal(over, &LegSecret::new(rest));
        body.truncate(message::SIGNATURE);
        body
    };
    let rest = [gbk.get(3..).unwrap_or_default(), secret.as_bytes()].concat();
    let gbk = [signature("<x>", &rest), gbk].concat();
    for (name, why, about, body) in [
        ("lower-case", "lower-case", "The signature in lower case.", lower),
        ("altered-byte", "wrong-signature", "One digit of an amount changed.", altered),
        ("altered-signature", "wrong-signature", "One digit of the signature changed.", flipped),
        ("other-secret", "wrong-signature", "Signed with another biller's secret.", sealed(&xml, "另一个密钥")),
        ("line-feed-at-the-end", "wrong-signature", "A line feed after the XML.", [good.as_slice(), b"\n"].concat()),
        (
            "line-feed-between",
            "wrong-signature",
            "A line feed between signature and XML.",
            [good.get(..message::SIGNATURE).unwrap_or_default(), b"\n", &cut].concat(),
        ),
        (
            "secret-first",
            "wrong-signature",
            "SHA-1 over the secret and then the XML.",
            [signature(&secret, xml.as_bytes()), xml.clone().into_bytes()].concat(),
        ),
        ("no-signature", "no-signature", "The XML alone.", cut),
        ("too-short", "too-short", "Shorter than a signature.", b"0123456789ABCDEF".to_vec()),
        ("not-utf-8", "not-utf-8", "Rightly signed, but in GBK.", gbk),
    ] {
        let vector = LegVector {
            about: about.into(),
            secret: secret.clone(),
            now: SIGNED.to_owned(),
            body_hex: hex(&body),
            xml: None,
            sha1: None,
            refused: Some(why.into()),
        };
        all.insert(format!("refused-{name}"), vector);
    }
    for (name, refused, about, now) in [
        ("time-oldest", None, "Five minutes old, and not a second more.", "2026-11-18T11:11:40Z"),
        ("refused-too-old", Some("too-old"), "Five minutes and a second old.", "2026-11-18T11:11:41Z"),
        ("time-furthest-ahead", None, "A minute ahead of the receiver's clock, and no more.", "2026-11-18T11:05:40Z"),
        ("refused-from-the-future", Some("from-the-future"), "A minute and a second ahead.", "2026-11-18T11:05:39Z"),
    ] {
        let good = refused.is_none();
        let vector = LegVector {
            about: about.into(),
            secret: secret.clone(),
            now: now.into(),
            body_hex: hex(&sealed(&xml, &secret)),
            xml: good.then(|| xml.clone()),
            sha1: message::signature(&sealed(&xml, &secret)).filter(|_| good).map(str::to_owned),
            refused: refused.map(str::to_owned),
        };
        all.insert(name.to_owned(), vector);
    }
    for (name, about, from, to) in XML {
        let xml = xml.replacen(from, to, 1);
        let vector = LegVector {
            about: about.into(),
            secret: secret.clone(),
            now: SIGNED.to_owned(),
            body_hex: hex(&sealed(&xml, &secret)),
            xml: None,
            sha1: None,
            refused: Some("not-a-message".into()),
        };
        all.insert(format!("refused-{name}"), vector);
    }
    Ok(all)
}

/// XML that the leg does not take, rightly signed: the name, what it shows, and what is replaced by
/// what in answer-account.
const XML: [(&str, &str, &str, &str); 10] = [
    ("doctype", "A DOCTYPE.", "<answer>", "<!DOCTYPE answer><answer>"),
    (
        "doctype-with-an-entity",
        "An entity of one's own.",
        "<answer>",
        "<!DOCTYPE answer [<!ENTITY file SYSTEM \"file:///etc/passwd\">]><answer>",
    ),
    ("entity", "An entity beyond the five.", "<holder>", "<holder>&nbsp;"),
    ("character-reference", "A character by its number.", "<holder>", "<holder>&#65;"),
    ("attribute", "An attribute.", "<holder>", "<holder lang=\"zh\">"),
    ("comment", "A comment.", "<holder>", "<!-- x --><holder>"),
    ("cdata", "A CDATA section.", "<holder>", "<holder><![CDATA[x]]>"),
    ("instruction", "A processing instruction.", "<holder>", "<?x y?><holder>"),
    ("double-element", "An element twice: which one is meant?", "<holder>", "<holder>李**</holder><holder>"),
    ("double-time", "Its time twice.", "<time>", "<time>2026-11-18T11:06:41Z</time><time>"),
];
