//! `billpay doctor --bundle FILE` (row 104): how this device stands, for support. Redacted by type: a value is a
//! word of this program, a number, a yes or no, a moment, or a payment's id (random, and what the bank needs to
//! find it); there is no value that could hold anything that a person or a bank has written. One line a fact, to
//! be read before it is sent; it asks no bank.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use billpay_core::{
    Client, Proof,
    store::SCHEMA,
    text::{Explain, Label},
};
use jiff::{Timestamp, Unit};
use serde_json::json;
use uuid::Uuid;

use crate::{failure::Failure, files, shell::Shell, wiring};

/// Payments that are told one by one, the newest; more than this many are counted only.
const PAYMENTS: u32 = 20;
/// Most records that are counted.
const MOST: u32 = 10_000;

/// What may be in a bundle.
#[derive(Clone)]
enum Said {
    Word(&'static str),
    Count(usize),
    Yes(bool),
    At(Timestamp),
    Payment(Uuid),
}

/// Facts, in order.
#[derive(Default)]
struct Bundle(Vec<(&'static str, Vec<Said>)>);

impl Bundle {
    fn add(&mut self, what: &'static str, said: impl Into<Vec<Said>>) {
        self.0.push((what, said.into()));
    }

    /// What a call gave, or the name of its error.
    fn ask<T, E: Explain>(&mut self, shell: &Shell, what: &'static str, answer: Result<T, E>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(what, [Said::Word("error"), Said::Word(shell.explain(&error).code)]);
                None
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (what, said) in &self.0 {
            text.push_str(what);
            text.push(':');
            for one in said {
                // A string takes everything.
                let _ok = match one {
                    Said::Word(word) => write!(text, " {word}"),
                    Said::Count(count) => write!(text, " {count}"),
                    Said::Yes(yes) => write!(text, " {}", if *yes { "yes" } else { "no" }),
                    Said::At(at) => write!(text, " {}", at.round(Unit::Second).unwrap_or(*at)),
                    Said::Payment(id) => write!(text, " {id}"),
                };
            }
            text.push('\n');
        }
        text
    }
}

pub(crate) async fn run(shell: &Shell, file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    files::must_be_new(shell, file)?;
    let mut bundle = Bundle::default();
    bundle.add("billpay", [Said::Word(env!("CARGO_PKG_VERSION"))]);
    bundle.add("system", [Said::Word(std::env::consts::OS), Said::Word(std::env::consts::ARCH)]);
    bundle.add("schema", [Said::Count(usize::try_from(SCHEMA).unwrap_or(0))]);
    bundle.add("made", [Said::At(Timestamp::now())]);
    match wiring::open(shell).await {
        Ok(client) => {
            look(shell, &client, &mut bundle).await;
            client.suspend().await.map_err(shell.failure())?;
        }
        // Its own words, and no more than these.
        Err(failure) => bundle.add("profile", [Said::Word("error"), Said::Word(word(&failure.code))]),
    }
    let text = bundle.text();
    files::write_new(shell, file, text.as_bytes())?;
    shell.lines(&text.lines().map(str::to_owned).collect::<Vec<_>>());
    shell.line(shell.say(
        "以上就是文件的全部内容，没有号码、姓名和金额；请看过再发送。",
        "This is all that is in the file: no number, name or amount. Look at it before you send it.",
    ));
    shell.done(json!({ "bundle": file, "facts": bundle.0.len() }));
    Ok(())
}

/// The codes that a profile which cannot be opened ends with; any other is not said.
fn word(code: &str) -> &'static str {
    const CODES: [&str; 14] = [
        "profile-in-use",
        "profile-newer",
        "profile-damaged",
        "profile-foreign",
        "profile-replaced",
        "profile-missing",
        "profile-disk-full",
        "profile-read-only",
        "profile-not-a-directory",
        "profile-denied",
        "profile-unusable",
        "profile-unwritable",
        "key-store",
        "connection-unusable",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("other")
}

async fn look(shell: &Shell, client: &Client, bundle: &mut Bundle) {
    if let Some(profile) = bundle.ask(shell, "profile", client.profile().await) {
        bundle.add("active", [Said::Yes(profile.active)]);
        bundle.add("revoked", [Said::Yes(profile.revoked)]);
        bundle.add("may pay", [Said::Yes(profile.may_pay)]);
        bundle.add("activation under way", [Said::Yes(profile.activation.is_some())]);
        bundle.add("file was set back", [Said::Yes(profile.rolled_back)]);
        let rests = |level| Said::Word(billpay_core::text::Code::from(Label::from(level)).key());
        bundle.add("secrets rest in", [rests(profile.secrets)]);
        bundle.add("keys rest in", [rests(profile.keys)]);
    }
    if let Some(accounts) = bundle.ask(shell, "bindings", client.accounts().await) {
        bundle.add("bindings", [Said::Count(accounts.accounts.len())]);
        bundle.add("bindings that do not open", [Said::Count(accounts.damaged)]);
    }
    if let Some(bills) = bundle.ask(shell, "bills", client.bills(shell.language).await) {
        bundle.add("bills", [Said::Count(bills.bills.len())]);
        bundle.add("bills that do not open", [Said::Count(bills.damaged)]);
        if let Some(at) = bills.as_of {
            bundle.add("refreshed", [Said::At(at)]);
        }
    }
    if let Some(payments) = bundle.ask(shell, "payments", client.payments(MOST, 0).await) {
        bundle.add("payments", [Said::Count(payments.payments.len())]);
        bundle.add("payments that do not open", [Said::Count(payments.damaged)]);
        let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
        for payment in &payments.payments {
            *states.entry(shell.explain(&payment.state).code).or_default() += 1;
        }
        for (state, count) in states {
            bundle.add("payments by state", [Said::Word(state), Said::Count(count)]);
        }
        for payment in payments.payments.iter().take(usize::try_from(PAYMENTS).unwrap_or(0)) {
            let state = Said::Word(shell.explain(&payment.state).code);
            let id = Uuid::parse_str(&payment.id).map_or(Said::Word("?"), Said::Payment);
            bundle.add("payment", [Said::At(payment.created), state, id]);
        }
    }
    if let Some(receipts) = bundle.ask(shell, "documents", client.receipts(MOST, 0).await) {
        bundle.add("documents", [Said::Count(receipts.receipts.len())]);
        bundle.add("documents that do not open", [Said::Count(receipts.damaged)]);
        let bad = receipts.receipts.iter().filter(|receipt| receipt.proof != Proof::Verified).count();
        bundle.add("documents that do not verify", [Said::Count(bad)]);
    }
    if let Some(breaks) = bundle.ask(shell, "chain", client.chain_breaks().await) {
        bundle.add("breaks in the chain", [Said::Count(breaks.len())]);
    }
    if let Some(events) = bundle.ask(shell, "events", client.waiting_events().await) {
        bundle.add("events that wait", [Said::Count(events.len())]);
    }
}
