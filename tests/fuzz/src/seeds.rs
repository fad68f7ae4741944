//! The seeds of the corpora: from the published vectors where there are any, by hand where not.
//! `cargo run -p fuzz --bin seeds` writes them; a test compares.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{Fault, answers};

/// By target and name.
pub type Seeds = BTreeMap<(String, String), Vec<u8>>;

/// All of them.
///
/// # Errors
/// A published vector cannot be read.
pub fn all() -> Result<Seeds, Fault> {
    let mut seeds = Seeds::new();
    outcomes(&mut seeds)?;
    trust(&mut seeds)?;
    orders(&mut seeds)?;
    leg(&mut seeds)?;
    files(&mut seeds)?;
    keys(&mut seeds)?;
    for (target, name, seed) in BY_HAND {
        put(&mut seeds, target, name, seed.as_bytes());
    }
    for (name, seed) in answers::all() {
        put(&mut seeds, "wire", name, seed.as_bytes());
    }
    Ok(seeds)
}

fn put(seeds: &mut Seeds, target: &str, name: &str, seed: impl AsRef<[u8]>) {
    seeds.insert((target.to_owned(), name.to_owned()), seed.as_ref().to_vec());
}

/// The vectors of a folder whose names begin like one of these, by name.
fn vectors(folder: &str, beginnings: &[&str]) -> Result<Vec<(String, Value)>, Fault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(vectors::files::root().join(folder))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if beginnings.iter().any(|beginning| name.starts_with(beginning)) {
            found.push((name, serde_json::from_slice(&fs::read(path)?)?));
        }
    }
    Ok(found)
}

fn text<'a>(vector: &'a Value, pointer: &str) -> Result<&'a str, Fault> {
    vector.pointer(pointer).and_then(Value::as_str).ok_or_else(|| format!("a vector without {pointer}").into())
}

const WHOLE: [&str; 9] =
    ["chain-", "kind-to-come", "es256", "crit", "duplicate-kid", "sum", "two-bodies", "range-", "receipt-as-refusal"];

/// The payload of each kind, to be signed by the target, and whole documents.
fn outcomes(seeds: &mut Seeds) -> Result<(), Fault> {
    for (name, vector) in vectors("outcomes", &WHOLE)? {
        put(seeds, "outcome", &format!("whole-{name}"), format!("h{}", text(&vector, "/compact")?));
    }
    for (name, kind) in [
        ("chain-1-receipt", 'a'),
        ("chain-2-refusal", 'b'),
        ("chain-3-reversal", 'c'),
        ("chain-6-repayment", 'd'),
        ("kind-to-come", 'e'),
        ("range-last-moment", 'f'),
    ] {
        for (name, vector) in vectors("outcomes", &[name])?.into_iter().filter(|(found, _)| found == name) {
            put(seeds, "outcome", &format!("payload-{name}"), format!("{kind}{}", text(&vector, "/payload")?));
        }
    }
    let header = r#"g{"alg":"EdDSA","kid":"receipt-2026","typ":"billpay-refusal+jws"}"#;
    put(seeds, "outcome", "header", format!("{header}\n{{\"v\":1}}"));
    Ok(())
}

fn trust(seeds: &mut Seeds) -> Result<(), Fault> {
    for (name, vector) in vectors("trust", &["plain", "unknown-", "refused-"])? {
        let compact = text(&vector, "/compact")?;
        let payload = compact.split('.').nth(1).ok_or("no payload")?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload)?;
        put(seeds, "trust", &name, [b"a", payload.as_slice()].concat());
        if name == "plain" || name == "refused-bit-flip" {
            put(seeds, "trust", &format!("whole-{name}"), format!("c{compact}"));
        }
    }
    let header = r#"b{"alg":"Ed25519","kid":"offline-1","typ":"billpay-trust+jws"}"#;
    put(seeds, "trust", "header", format!("{header}\n{{\"v\":1}}"));
    Ok(())
}

fn orders(seeds: &mut Seeds) -> Result<(), Fault> {
    for (name, vector) in vectors("orders", &[""])? {
        put(seeds, "order", &name, format!("b{}", text(&vector, "/order")?));
    }
    for (name, vector) in vectors("orders", &["plain", "escapes"])? {
        put(seeds, "order", &format!("envelope-{name}"), format!("c{}", text(&vector, "/accepted/envelope")?));
    }
    for (name, vector) in vectors("echoes", &[""])? {
        put(seeds, "order", &format!("echo-{name}"), format!("a{}", text(&vector, "/canonical")?));
    }
    Ok(())
}

/// XML of the messages that are right, and bodies of some that are not.
fn leg(seeds: &mut Seeds) -> Result<(), Fault> {
    for (name, vector) in vectors("leg", &[""])? {
        let body = from_hex(text(&vector, "/body_hex")?)?;
        if let Ok(xml) = text(&vector, "/xml") {
            let target = if name.starts_with("statement") { "statement" } else { "leg" };
            let seed = if target == "leg" { format!("a{xml}") } else { xml.to_owned() };
            put(seeds, target, &name, seed);
        } else if let Some(xml) = body.get(40..) {
            put(seeds, "leg", &name, [b"a", xml].concat());
            put(seeds, "leg", &format!("body-{name}"), [b"c", body.as_slice()].concat());
        }
    }
    put(seeds, "leg", "flip", "b\u{28}\0\u{3}<query><time>2026-11-18T11:06:40Z</time></query>");
    Ok(())
}

fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let pairs = text.as_bytes().chunks(2).map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?));
    pairs.collect()
}

fn files(seeds: &mut Seeds) -> Result<(), Fault> {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/stories");
    for entry in fs::read_dir(stories)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            put(seeds, "files", &format!("story-{name}"), format!("a{}", fs::read_to_string(path)?));
        }
    }
    for (name, vector) in vectors("trust", &["plain"])? {
        let key = vectors::keys::Keys::new()?.offline.jwk;
        let compact = text(&vector, "/compact")?;
        let file = serde_json::json!({ "roots": ROOT, "offline_key": key, "trust": compact });
        put(seeds, "files", &format!("trust-{name}"), format!("c{file}"));
    }
    let pins = format!(r#"[{{"pin":"{ONE}","label":"active"}},{{"pin":"{TWO}","label":"backup"}}]"#);
    let bare = serde_json::json!({ "roots": ROOT, "resolve": "127.0.0.1:8443" }).to_string();
    put(seeds, "files", "trust-bare", format!(r#"c{},"pins":{pins}}}"#, bare.trim_end_matches('}')));
    Ok(())
}

fn keys(seeds: &mut Seeds) -> Result<(), Fault> {
    for (at, key) in vectors::keys::Keys::new()?.file().keys.iter().enumerate() {
        put(seeds, "keys", &format!("jwk-{at}"), format!("b{}", serde_json::to_string(&key.jwk)?));
    }
    for (name, vector) in vectors("orders", &["plain", "largest"])? {
        let fixed = BASE64_URL_SAFE_NO_PAD.decode(text(&vector, "/signature")?)?;
        put(seeds, "keys", &format!("der-{name}"), [b"a", vectors::der::of_fixed(&fixed).as_slice()].concat());
    }
    put(seeds, "keys", "der-padded", [b'a', 0x30, 7, 2, 2, 0, 5, 2, 1, 6]);
    put(seeds, "keys", "der-short", [b'a', 0x30, 7, 2, 1, 5, 2, 2, 0, 0x80]);
    put(seeds, "keys", "point", [b"c\x04", [7; 64].as_slice()].concat());
    Ok(())
}

const ONE: &str = "sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "sha256/AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
/// In shape only: what is in it is for webpki to judge.
const ROOT: &str = "-----BEGIN CERTIFICATE-----\nMAIFAA==\n-----END CERTIFICATE-----\n";

const BY_HAND: [(&str, &str, &str); 41] = [
    (
        "pins",
        "set",
        "agateway.bank.example\nactive sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nbackup sha256/AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
    ),
    ("pins", "set-one", "axn--fiq228c.example\nactive sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
    ("pins", "set-dot", "abank.example.\nactive sha256/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
    ("pins", "sha1", "abank.example\nactive sha1/AQEBAQEBAQEBAQEBAQEBAQEBAQE="),
    ("pins", "address", "bhttps://gw.bank.example"),
    ("pins", "address-port", "bhttps://gw.bank.example:8443/"),
    ("pins", "address-v6", "bhttps://[::1]:8443"),
    ("pins", "address-user", "bhttps://a@gw.bank.example/x?y#z"),
    (
        "problem",
        "rate-limited",
        "4\u{1d}{\"type\":\"urn:billpay:problem:rate-limited\",\"title\":\"x\",\"status\":429,\"retry_at\":\"2026-11-22T05:00:00Z\"}",
    ),
    ("problem", "html", "5\u{2}<html>Bad Gateway</html>"),
    (
        "problem",
        "code-wrong",
        "4\u{16}{\"type\":\"urn:billpay:problem:code-wrong\",\"status\":422,\"activation\":{\"id\":\"a\",\"state\":\"waiting\",\"phone_masked\":\"138****0001\",\"attempts_left\":2,\"resend_at\":\"2026-11-22T05:00:00Z\",\"expires_at\":\"2026-11-22T05:03:00Z\"}}",
    ),
    (
        "problem",
        "over-limit",
        "4\u{16}{\"type\":\"urn:billpay:problem:over-limit\",\"status\":422,\"limit\":{\"minor\":1,\"currency\":\"CNY\"},\"detail\":\"d\"}",
    ),
    (
        "problem",
        "outdated",
        "4\u{1a}{\"type\":\"urn:billpay:problem:client-outdated\",\"status\":426,\"minimum_client\":\"1.2.0\"}",
    ),
    ("seal", "note", "a国网 electricity"),
    ("seal", "edits", "b\u{5}\0\u{1}\u{20}\0\u{1}"),
    ("seal", "blob", "c\u{1}abcdefghijklmnopqrstuvwxyzabcdefghijklmn"),
    ("seal", "state", "dbrefused"),
    ("seal", "sequence", "dcabcdefgh"),
    (
        "signature",
        "read",
        "a0\nbillpay=(\"@method\" \"@target-uri\");created=1795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"",
    ),
    (
        "signature",
        "change",
        "a3\nbillpay=(\"@method\" \"@target-uri\" \"content-digest\" \"idempotency-key\");created=1795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"",
    ),
    (
        "signature",
        "leading-zero",
        "a0\nbillpay=(\"@method\" \"@target-uri\");created=01795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"",
    ),
    (
        "signature",
        "signed",
        "b3\nbillpay=(\"@method\" \"@target-uri\" \"content-digest\" \"idempotency-key\");created=1795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"\nbillpay=:$:",
    ),
    (
        "signature",
        "signed-without-its-body",
        "b1\nbillpay=(\"@method\" \"@target-uri\");created=1795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"\nbillpay=:$:",
    ),
    (
        "signature",
        "signed-with-a-parameter",
        "b2\nbillpay=(\"@method\" \"@target-uri\" \"idempotency-key\");created=1795305600;nonce=\"n-1\";keyid=\"k\";alg=\"ecdsa-p256-sha256\"\nbillpay=:$:;x",
    ),
    (
        "signature",
        "phone",
        "chttps://gateway.bank.example/v1/payments\npayment-1\nb3k2pp5k7z-50gnwp.yemd\noKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U\n1795305600\n{\"total\":1}",
    ),
    ("signature", "phone-reads", "chttps://gateway.bank.example/v1/sync?cursor=c\n\nn-1\nk\n1795305600\n"),
    ("signature", "phone-escapes", "chttps://gateway.bank.example/v1/sync\n\nn\"o\\nce\nk\n1795305600\n"),
    ("signature", "phone-before-1970", "chttps://gateway.bank.example/v1/sync\n\nn-1\nk\n-1\n"),
    ("texts", "sms", "apay.bank.example\n【银行】验证码 482916，5 分钟内有效。\n@pay.bank.example #482916"),
    ("texts", "sms-embedded", "apay.bank.example\ncode\n@PAY.bank.example #482916 @embedded.example\n"),
    ("texts", "sms-other", "apay.bank.example\n@other.example #482916"),
    ("texts", "amount", "b1,000.05"),
    ("texts", "amount-large", "b90071992547409.91"),
    (
        "texts",
        "number",
        "c7992-7398-713\n{\"label\":{\"zh\":\"\",\"en\":\"\"},\"help\":{\"zh\":\"\",\"en\":\"\"},\"example\":\"\",\"pattern\":\"[0-9]+\",\"min_length\":8,\"max_length\":12,\"check\":\"luhn\"}",
    ),
    (
        "texts",
        "number-dashed",
        "cB12-0502\n{\"label\":{\"zh\":\"\",\"en\":\"\"},\"help\":{\"zh\":\"\",\"en\":\"\"},\"example\":\"\",\"pattern\":\"[A-Z][0-9]{2}-[0-9]{4}\",\"min_length\":8,\"max_length\":8,\"check\":\"none\"}",
    ),
    ("texts", "phone", "d+44 20 7946 0000"),
    ("texts", "phone-bare", "d138 0000-0001"),
    (
        "files",
        "faults",
        "b[{\"leg\":\"client\",\"path\":\"/v1/payments/*\",\"nth\":2,\"action\":{\"cut_answer_at\":17}},{\"leg\":\"biller\",\"scene\":\"charge\",\"biller\":\"water-sh\",\"action\":\"lose_answer\"}]",
    ),
    (
        "files",
        "faults-exact",
        "b[{\"leg\":\"client\",\"method\":\"POST\",\"path\":\"/v1/payments\",\"action\":\"lose_answer\"}]",
    ),
    ("files", "faults-slip", "b[{\"leg\":\"client\",\"scene\":\"charge\",\"action\":\"garbage\"}]"),
    (
        "statement",
        "request",
        "<statement><time>2026-11-18T11:06:40Z</time><biller>power-sh</biller><day>2026-11-17</day><page>1</page></statement>",
    ),
];
