//! The TLS table: servers good and bad, each a real one with real certificates, and what the shipped client
//! says of each. The servers are OpenSSL's, the client is `billpay doctor`: neither knows of the other's rules.

mod authority;
mod cases;
mod page;
mod server;

use serde::Serialize;
use serde_json::Value;

pub use page::page;

use crate::{Outcome, program::Program};
use authority::Workshop;
use server::Server;

/// A server, and what is wanted of the client.
struct Case {
    name: &'static str,
    required: Required,
    setup: Setup,
}

/// Whether the client has to talk to it.
#[derive(Clone, Copy)]
enum Required {
    Accept,
    /// With one of these codes: where two peers may each be the first to end it, there are two.
    Reject(&'static [&'static str]),
}

/// What is put up for a case.
struct Setup {
    /// Who is asked for.
    host: &'static str,
    /// PEM: the server's own certificate first.
    chain: String,
    /// PEM, PKCS#8.
    key: String,
    /// PEM, what the client trusts.
    roots: String,
    /// Active and backup.
    pins: [String; 2],
    /// More for `openssl s_server`.
    options: Vec<String>,
    /// What it answers to whoever gets that far; nothing: it closes without a word of TLS.
    answer: Option<Vec<u8>>,
}

/// What came of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The server.
    pub server: &'static str,
    /// `accepted`, or the codes of which one is wanted.
    pub required: Vec<&'static str>,
    /// What the client said.
    pub seen: String,
    /// Whether that is what is required.
    pub ok: bool,
}

/// Puts each server up and lets the client look at it; `tell` hears of each.
///
/// # Errors
/// Something that is needed for it cannot be had: OpenSSL above all.
pub fn run(program: &Program, folder: &std::path::Path, mut tell: impl FnMut(&Row)) -> Outcome<Vec<Row>> {
    let workshop = Workshop::open(&folder.join("workshop"))?;
    let mut rows = Vec::new();
    for (number, case) in cases::all(&workshop)?.into_iter().enumerate() {
        let Case { name, required, setup } = case;
        let place = folder.join(number.to_string());
        let server = Server::start(&place, &setup)?;
        let seen = look(program, &place, &setup, &server)?;
        let required = match required {
            Required::Accept => vec![ACCEPTED],
            Required::Reject(codes) => codes.to_vec(),
        };
        let row = Row { server: name, ok: required.contains(&&*seen), required, seen };
        tell(&row);
        rows.push(row);
    }
    Ok(rows)
}

const ACCEPTED: &str = "accepted";

/// What the client says of it, in a word.
fn look(program: &Program, place: &std::path::Path, setup: &Setup, server: &Server) -> Outcome<String> {
    let file = place.join("trust.json");
    let pins: Vec<_> = setup.pins.iter().zip(["active", "backup"]).collect();
    let pins: Vec<_> = pins.iter().map(|(pin, label)| serde_json::json!({ "pin": pin, "label": label })).collect();
    let trust = serde_json::json!({ "roots": setup.roots, "resolve": server.address.to_string(), "pins": pins });
    authority::write(&file, trust.to_string().as_bytes())?;
    let url = format!("https://{}:{}", setup.host, server.address.port());
    let file = file.to_string_lossy();
    let ended = program.run(&["doctor", "--gateway", &url, "--trust", &file])?;
    let last = ended.out.last().cloned().unwrap_or_default();
    let word = match (last.get("ok").and_then(Value::as_bool), ended.status.success()) {
        (Some(true), true) => last.get("verdict").and_then(Value::as_str),
        (Some(false), false) => last.pointer("/error/code").and_then(Value::as_str),
        _ => None,
    };
    Ok(word.unwrap_or("no answer").to_owned())
}
