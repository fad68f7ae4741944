//! Signatures of requests (RFC 9421): what the bank takes has one spelling, covers all that the contract names, and is
//! what a reader of structured fields (RFC 9651) that shares nothing with it sees there, too.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use billpay_core::{gateway::signature::Unsigned, platform::Method};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use sandbox_gateway::{
    api::{
        http::Request,
        signature::{Claimed, content_digest, read},
    },
    suite::RingSuite,
};
use sfv::{BareItem, DictSerializer, Dictionary, ListEntry, Parser};

use crate::{chosen::chosen_text, documents::KEYS};

static DEVICE: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let key = &KEYS.device;
    let private: Vec<u8> = (0..key.private_hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&key.private_hex[at..at + 2], 16).unwrap())
        .collect();
    let (random, public) = (SystemRandom::new(), key.public().unwrap());
    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &public, &random).unwrap()
});

const URL: &str = "https://gateway.bank.example/v1/payments?page=2";

/// `a`: shape and `Signature-Input`. `b`: shape, `Signature-Input`, and how the signature, which is made here, stands in
/// its field (`$`). `c`: URL, Idempotency-Key, nonce, keyid, created and body, which the phone signs. A line each.
pub fn check(data: &[u8]) {
    match chosen_text(data, 3) {
        Some((0, text)) => {
            let (shape, input) = text.split_once('\n').unwrap_or((text, ""));
            fields(&request(shape, input, "billpay=:AAAA:"));
        }
        Some((1, text)) => {
            let mut lines = text.splitn(3, '\n');
            let mut line = || lines.next().unwrap_or_default();
            signed(line(), line(), line());
        }
        Some((_, text)) => by_the_phone(text),
        None => {}
    }
}

/// With a body, with an Idempotency-Key: as the first character says.
fn request(shape: &str, input: &str, signature: &str) -> Request {
    let shape = shape.bytes().next().unwrap_or(b'0');
    let body = if shape & 1 == 0 { b"".to_vec() } else { b"{\"total\":1}".to_vec() };
    let mut headers = vec![
        ("signature-input".to_owned(), input.to_owned()),
        ("signature".to_owned(), signature.to_owned()),
        ("content-digest".to_owned(), content_digest(&body)),
    ];
    if shape & 2 != 0 {
        headers.push(("idempotency-key".to_owned(), "payment-1".to_owned()));
    }
    Request { method: "POST".to_owned(), url: URL.to_owned(), headers, body }
}

/// What this request has to cover, as the contract says.
fn wanted(request: &Request) -> Vec<&'static str> {
    let mut wanted = vec!["@method", "@target-uri"];
    wanted.extend((!request.body.is_empty()).then_some("content-digest"));
    wanted.extend(request.header("idempotency-key").map(|_| "idempotency-key"));
    wanted
}

/// A `Signature-Input` of one member that is spelt as RFC 9651 would: the label, the components, the parameters.
struct Input {
    components: Vec<String>,
    parameters: Vec<(String, BareItem)>,
}

impl Input {
    fn of(field: &str) -> Option<Self> {
        let members = Parser::new(field).parse::<Dictionary>().ok()?;
        let mut again = DictSerializer::new();
        again.members(&members);
        let canonical = again.finish().is_some_and(|again| again == field);
        let (label, ListEntry::InnerList(list)) = members.first()? else { return None };
        if members.len() != 1 || label.as_str() != "billpay" || !canonical {
            return None;
        }
        let component = |item: &sfv::Item| {
            let name = item.bare_item.as_string()?;
            item.params.is_empty().then(|| name.as_str().to_owned())
        };
        Some(Self {
            components: list.items.iter().map(component).collect::<Option<_>>()?,
            parameters: list.params.iter().map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect(),
        })
    }

    /// Created, nonce, keyid, where the four parameters are those of the contract, in its order.
    fn told(&self) -> Option<(i64, &str, &str)> {
        let [(created, at), (nonce, once), (keyid, key), (alg, es256)] = self.parameters.as_slice() else {
            return None;
        };
        let names = [created, nonce, keyid, alg].map(String::as_str);
        let plain = |value: &BareItem| (1..=128).contains(&value.as_string().map_or(0, |text| text.as_str().len()));
        let good = names == ["created", "nonce", "keyid", "alg"]
            && es256.as_string().is_some_and(|alg| alg.as_str() == "ecdsa-p256-sha256")
            && [once, key].into_iter().all(plain);
        let at = i64::from(at.as_integer()?);
        (good && at >= 0).then_some((at, once.as_string()?.as_str(), key.as_string()?.as_str()))
    }
}

/// Taken is what the other reader takes, and nothing else.
fn fields(request: &Request) {
    let input = request.header("signature-input").unwrap();
    let other = Input::of(input).filter(|other| other.components == wanted(request));
    let told = other.as_ref().and_then(Input::told);
    match read(request) {
        Ok(claimed) => {
            assert_eq!(told, Some((claimed.created, claimed.nonce, claimed.keyid)), "{input}");
        }
        Err(_) => {
            // The contract's values need no escape, and the bank reads none.
            let plain = told.is_none_or(|(_, nonce, key)| format!("{nonce}{key}").contains(['"', '\\']));
            assert!(plain, "refused, and it is the contract's: {input}");
        }
    }
}

/// Whatever is listed is covered by a good signature of the device: it is taken only where the list is whole, and the
/// signature stands alone in its field.
fn signed(shape: &str, input: &str, field: &str) {
    let unsigned = request(shape, input, "");
    let Some(other) = Input::of(input) else { return };
    let mut base = String::new();
    for name in &other.components {
        let value = match name.as_str() {
            "@method" => &unsigned.method,
            "@target-uri" => &unsigned.url,
            field => unsigned.header(field).unwrap_or_default(),
        };
        base += &format!("\"{name}\": {value}\n");
    }
    base += &format!("\"@signature-params\": {}", input.strip_prefix("billpay=").unwrap());
    let signature = BASE64_STANDARD.encode(DEVICE.sign(&SystemRandom::new(), base.as_bytes()).unwrap());
    let plain = format!("billpay=:{signature}:");
    let field = if field.is_empty() { plain.clone() } else { field.replacen('$', &signature, 1) };
    let request = request(shape, input, &field);
    let Ok(claimed) = read(&request) else { return };
    let whole = other.components == wanted(&request);
    assert!(whole, "{:?} is not what has to be covered", other.components);
    let good = is_good(&claimed, &request);
    assert_eq!(good, field == plain, "{input} with {field}");
    if good {
        nothing_else(&request);
    }
}

fn is_good(claimed: &Claimed<'_>, request: &Request) -> bool {
    claimed.check(request, DEVICE.public_key().as_ref(), claimed.created * 1000, &RingSuite).is_ok()
}

/// The same signature is good for no other request.
fn nothing_else(good: &Request) {
    let changed = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        let taken = read(&request).is_ok_and(|claimed| is_good(&claimed, &request));
        assert!(!taken, "a good signature of {} {} counts for another request", good.method, good.url);
    };
    changed(&|request| request.method = "DELETE".to_owned());
    changed(&|request| request.url.push('0'));
    changed(&|request| request.body.push(b' '));
    changed(&|request| {
        let keys = request.headers.iter_mut().filter(|(name, _)| name == "idempotency-key");
        if keys.map(|(_, key)| key.push('0')).count() == 0 {
            request.headers.push(("idempotency-key".to_owned(), "0".to_owned()));
        }
    });
}

/// What the phone signs has a line for each component and no more, and the bank takes it, unless a text of it would
/// have to be escaped.
fn by_the_phone(text: &str) {
    let mut lines = text.splitn(6, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (url, key, nonce, keyid, created, body) = (line(), line(), line(), line(), line(), line());
    let created = created.parse().unwrap_or(1_795_305_600);
    let idempotency_key = (!key.is_empty()).then_some(key);
    let body = body.as_bytes();
    let unsigned = Unsigned { method: Method::Post, url, body, idempotency_key, created, nonce, keyid };
    let Ok(base) = unsigned.base() else { return };
    let covered = 3 + usize::from(!body.is_empty()) + usize::from(idempotency_key.is_some());
    assert_eq!(base.as_bytes().split(|byte| *byte == b'\n').count(), covered, "a value has forged a line");
    let fixed = DEVICE.sign(&SystemRandom::new(), base.as_bytes()).unwrap();
    let mut headers: Vec<(String, String)> = base
        .into_headers(&vectors::der::of_fixed(fixed.as_ref()))
        .unwrap()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    headers.extend(idempotency_key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
    let request = Request { method: "POST".to_owned(), url: url.to_owned(), headers, body: body.to_vec() };
    fields(&request);
    let plain = |text: &str| (1..=128).contains(&text.len()) && !text.contains(['"', '\\']);
    match read(&request) {
        Ok(claimed) => {
            assert_eq!((claimed.created, claimed.nonce, claimed.keyid), (created, nonce, keyid));
            assert!(is_good(&claimed, &request), "the phone's own signature is not good");
            nothing_else(&request);
        }
        Err(_) => {
            let in_range = (0..1_000_000_000_000_000).contains(&created);
            assert!(!plain(nonce) || !plain(keyid) || !in_range, "the phone's own request is refused");
        }
    }
}
