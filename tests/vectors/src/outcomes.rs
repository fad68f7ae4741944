//! outcomes/: receipts, refusals and reversals as compact JWS, right ones that form a chain over two
//! lives of the ledger, and wrong ones with the verdict that each deserves; chains.json says what
//! the chain shows when documents are missing, doubled or replaced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Fault, base64url,
    jws::{compact, flipped, header},
    keys::{Keys, RETIRED, TestKey},
    sha256, tidy,
};

/// A file of outcomes/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeVector {
    /// What it shows.
    pub about: String,
    /// The document.
    pub compact: String,
    /// base64url of SHA-256 of the document: its id, and what the next one names.
    pub id: String,
    /// `verified`, `unverifiable` (a key that is not known: neither good nor bad), `invalid` (not
    /// what the key signed, or not of the time in which it did), `malformed` (no outcome at all),
    /// `incomplete` (rightly signed, but a mandatory field is missing or out of range), `illegible`
    /// (rightly signed and whole: it ends its order and has its place; but a text of it is not seen as what it is) or `unknown-kind` (rightly signed, of a kind of a later version: it keeps its place in the chain).
    pub verdict: String,
    /// Of a verified one: `settled`, `refused`, `reversed` or, which ends nothing, `repaid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Of a verified one and of one of an unknown kind: what is signed, as text; its UTF-8 bytes are
    /// the JWS payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// An entry of chains.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// What it shows.
    pub about: String,
    /// Files of outcomes/, in the order in which somebody happens to hold them.
    pub documents: Vec<String>,
    /// What the chain shows.
    pub breaks: Vec<Break>,
}

/// Where a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// `missing`, `fork`, `unlinked` or `epoch`.
    pub kind: String,
    /// The ledger's life.
    pub epoch: String,
    /// The sequence number, or the first that is missing; 0 where a life begins.
    pub from: i64,
    /// The same, or the last that is missing.
    pub to: i64,
}

/// The first life.
pub const FIRST: &str = "019a9d3e-7c00-7000-8000-00000000e001";
/// The life after the restore.
pub const SECOND: &str = "019a9d3e-7c00-7000-8000-00000000e002";

const RECEIPT: &str = "billpay-receipt+jws";
const REFUSAL: &str = "billpay-refusal+jws";
const REVERSAL: &str = "billpay-reversal+jws";
const REPAYMENT: &str = "billpay-repayment+jws";
/// Of no version so far.
const NOTICE: &str = "billpay-notice+jws";

/// Members as the sandbox writes them; `order` and `device` are those of orders/plain.
fn subject(nth: u8, epoch: &str, sequence: i64, previous: Option<&str>, digest: &str) -> Value {
    json!({
        "v": 1, "payment_id": format!("019a9d3e-7c00-7000-8000-0000000000{nth:02}"), "order_digest": digest,
        "customer": "C1001", "device": "019a9d3e-7c00-7000-8000-0000000000d1", "epoch": epoch,
        "sequence": sequence, "previous": previous, "issued_at": format!("2026-11-22T05:{nth:02}:00Z")
    })
}

fn money(minor: i64) -> Value {
    json!({ "currency": "CNY", "minor": minor })
}

fn receipt() -> Value {
    json!({
        "payer_masked": "王*", "biller": "power-sh", "payee": "上海电力", "customer_number_masked": "******1017",
        "bill_number": "E0001", "amount": money(12_345), "fee": money(55), "total": money(12_400),
        "paid_at": "2026-11-22T05:00:58Z", "zone": "Asia/Shanghai", "channel": "mobile", "bank_serial": "S202611220001",
        "biller_reference": "B00000000000000A7", "method": {"kind": "account", "last4": "6001"}
    })
}

fn merged(mut subject: Value, kind: &str, body: Value) -> Value {
    if let Some(members) = subject.as_object_mut() {
        members.insert(kind.to_owned(), body);
    }
    subject
}

/// The payload with what is at `pointer` replaced; a null removes it.
fn changed(payload: &Value, pointer: &str, value: Value) -> Value {
    let mut payload = payload.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(members) = payload.pointer_mut(parent).and_then(Value::as_object_mut) {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.to_owned(), value);
        }
    }
    payload
}

struct Writer<'a> {
    kept: &'a BTreeMap<String, OutcomeVector>,
    all: BTreeMap<String, OutcomeVector>,
}

impl Writer<'_> {
    /// A right one; gives its id.
    fn good(
        &mut self,
        name: &str,
        about: &str,
        end: &str,
        key: &TestKey,
        head: &str,
        payload: &Value,
    ) -> Result<String, Fault> {
        let payload = tidy(payload);
        let kept = self.kept.get(name).map(|vector| vector.compact.as_str());
        let compact = compact(key, head, &payload, kept)?;
        self.keep(name, about, compact, "verified", Some(end.to_owned()), Some(payload));
        Ok(self.all.get(name).map(|vector| vector.id.clone()).unwrap_or_default())
    }

    fn bad(&mut self, name: &str, verdict: &str, about: &str, compact: String) {
        self.keep(name, about, compact, verdict, None, None);
    }

    fn keep(
        &mut self,
        name: &str,
        about: &str,
        compact: String,
        verdict: &str,
        end: Option<String>,
        payload: Option<String>,
    ) {
        let id = base64url(&sha256(compact.as_bytes()));
        let vector = OutcomeVector { about: about.into(), compact, id, verdict: verdict.into(), end, payload };
        self.all.insert(name.to_owned(), vector);
    }
}

/// All files of the folder. `digest` is that of the order that the outcomes end.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(
    keys: &Keys,
    digest: &str,
    kept: &BTreeMap<String, OutcomeVector>,
) -> Result<BTreeMap<String, OutcomeVector>, Fault> {
    let mut out = Writer { kept, all: BTreeMap::new() };
    let subject = |nth, epoch, sequence, previous: Option<&str>| subject(nth, epoch, sequence, previous, digest);
    let head = |key: &TestKey, typ| header(if key.jwk.y.is_some() { "ES256" } else { "Ed25519" }, key.name(), typ);
    let (today, retired, p256) = (&keys.receipt, &keys.retired, &keys.receipt_p256);

    let first = merged(subject(1, FIRST, 1, None), "receipt", receipt());
    let one = out.good(
        "chain-1-receipt",
        "The first document: nothing before it.",
        "settled",
        retired,
        &head(retired, RECEIPT),
        &first,
    )?;
    let body = json!({"reason": "insufficient-funds"});
    let payload = merged(subject(2, FIRST, 2, Some(&one)), "refusal", body);
    let two = out.good(
        "chain-2-refusal",
        "Refused by the bank; no money moved.",
        "refused",
        retired,
        &head(retired, REFUSAL),
        &payload,
    )?;
    let body = json!({"reason": "biller-refused", "biller_code": "closed", "returned": money(12_400)});
    let payload = merged(subject(3, FIRST, 3, Some(&two)), "reversal", body);
    let about = "Undone, with the biller's reason; signed by the next key.";
    let three = out.good("chain-3-reversal", about, "reversed", today, &head(today, REVERSAL), &payload)?;
    let payload = merged(subject(4, SECOND, 1, Some(&three)), "receipt", receipt());
    let about = "The ledger was restored: a new life, and the sequence begins again.";
    let four = out.good("chain-4-receipt-after-restore", about, "settled", today, &head(today, RECEIPT), &payload)?;
    let body = json!({"reason": "already-settled", "settled_by": "019a9d3e-7c00-7000-8000-000000000004"});
    let payload = merged(subject(5, SECOND, 2, Some(&four)), "refusal", body);
    let about = "Names the payment that settled the bill.";
    let five = out.good("chain-5-refusal", about, "refused", today, &head(today, REFUSAL), &payload)?;
    let body = json!({
        "reason": "not-charged-at-biller", "returned": money(12_400), "receipt": four,
        "repaid_at": "2026-11-22T05:05:58Z", "bank_serial": "R202611220001"
    });
    let payload = merged(subject(6, SECOND, 3, Some(&five)), "repayment", body);
    let payload = changed(&payload, "/payment_id", json!("019a9d3e-7c00-7000-8000-000000000004"));
    let about = "The money of chain-4 given back later: a new document beside its receipt.";
    let six = out.good("chain-6-repayment", about, "repaid", today, &head(today, REPAYMENT), &payload)?;
    let payload = merged(subject(7, SECOND, 4, Some(&six)), "notice", json!({"text": "hello"}));
    later_kinds(&mut out, keys, &payload, &first)?;
    ranges(&mut out, keys, &first)?;

    let second = merged(subject(2, FIRST, 2, Some(&one)), "receipt", receipt());
    out.good("fork", "Claims the place of chain-2.", "settled", today, &head(today, RECEIPT), &second)?;
    let stray = merged(subject(2, FIRST, 2, Some(&two)), "receipt", receipt());
    out.good(
        "unlinked",
        "Names another document than the one before it.",
        "settled",
        today,
        &head(today, RECEIPT),
        &stray,
    )?;
    let far = merged(subject(8, FIRST, 1 << 40, Some(&one)), "receipt", receipt());
    out.good("far", "A sequence of 2^40.", "settled", today, &head(today, RECEIPT), &far)?;
    for (nth, name, about, biller, paid_at, total) in [
        (11, "month-1", "Paid in the last second of November at the bank.", "power-sh", "2026-11-30T15:59:59Z", 12_400),
        (12, "month-2", "Paid in the first second of December at the bank.", "power-sh", "2026-11-30T16:00:00Z", 1_055),
        (13, "month-3", "Paid to another biller in December.", "water-sh", "2026-12-01T00:00:00Z", 62),
    ] {
        let mut payload = merged(subject(nth, FIRST, i64::from(nth), Some(&one)), "receipt", receipt());
        for (pointer, value) in [
            ("/receipt/biller", json!(biller)),
            ("/receipt/paid_at", json!(paid_at)),
            ("/receipt/amount", money(total - 55)),
            ("/receipt/total", money(total)),
        ] {
            payload = changed(&payload, pointer, value);
        }
        let payload = changed(&payload, "/order_digest", json!(base64url(&sha256(&[nth]))));
        out.good(name, about, "settled", today, &head(today, RECEIPT), &payload)?;
    }
    let again = merged(subject(14, SECOND, 9, None), "receipt", receipt());
    let again = changed(&again, "/receipt/paid_at", json!("2026-11-30T15:59:59Z"));
    let again = changed(&again, "/order_digest", json!(base64url(&sha256(&[11]))));
    let about = "A second receipt of the order of month-1, after a restore.";
    out.good("month-1-again", about, "settled", today, &head(today, RECEIPT), &again)?;
    let body = json!({
        "reason": "complaint", "returned": money(400), "receipt": one, "repaid_at": "2026-11-30T16:00:01Z",
        "bank_serial": "R202612010001"
    });
    let back = merged(subject(11, FIRST, 14, Some(&one)), "repayment", body);
    let about = "A part of month-1, given back in December.";
    out.good("month-1-back", about, "repaid", today, &head(today, REPAYMENT), &back)?;
    out.good("es256", "By a P-256 key: the algorithm is the key's.", "settled", p256, &head(p256, RECEIPT), &first)?;
    let eddsa = header("EdDSA", today.name(), RECEIPT);
    out.good("older-name-of-the-algorithm", "EdDSA is Ed25519 (RFC 9864).", "settled", today, &eddsa, &first)?;
    let more = changed(&changed(&first, "/note", json!("new")), "/receipt/colour", json!("red"));
    out.good(
        "unknown-members",
        "Members of a later version are ignored.",
        "settled",
        today,
        &head(today, RECEIPT),
        &more,
    )?;
    let payload = changed(&first, "/receipt/method/kind", json!("cloud"));
    out.good(
        "unknown-kind-of-method",
        "An unknown value is unknown, not an error.",
        "settled",
        today,
        &head(today, RECEIPT),
        &payload,
    )?;

    wrong_signatures(&mut out, keys, &tidy(&first))?;
    incomplete(&mut out, keys, &first, digest)?;
    illegible(&mut out, keys, &first)?;
    Ok(out.all)
}

/// Documents of a kind, and of a form of a kind, that no version has so far.
fn later_kinds(out: &mut Writer<'_>, keys: &Keys, notice: &Value, receipt: &Value) -> Result<(), Fault> {
    let today = &keys.receipt;
    let by_today =
        |typ: &str, payload: &Value| compact(today, &header("Ed25519", today.name(), typ), &tidy(payload), None);
    let good = by_today(NOTICE, notice)?;
    let flip = flipped(&good, 1)?;
    let about = "Of a kind to come, rightly signed: it keeps its place in the chain.";
    out.keep("kind-to-come", about, good, "unknown-kind", None, Some(tidy(notice)));
    out.bad("kind-to-come-bit-flip", "invalid", "Of a kind to come, one bit of the payload flipped.", flip);
    let placeless = by_today(NOTICE, &changed(notice, "/sequence", Value::Null))?;
    out.bad("kind-to-come-without-a-place", "incomplete", "Of a kind to come, without its sequence.", placeless);
    let form = changed(receipt, "/v", json!(2));
    let about = "Of a form to come, rightly signed: neither wrong nor understood, and it keeps its place in the chain.";
    out.keep("version-2", about, by_today(RECEIPT, &form)?, "unknown-kind", None, Some(tidy(&form)));
    let placeless = by_today(RECEIPT, &changed(&form, "/sequence", Value::Null))?;
    out.bad("version-2-without-a-place", "incomplete", "Of a form to come, without its sequence.", placeless);
    out.bad("kind-of-another", "malformed", "A type that is none of the contract's.", by_today("JWT", notice)?);
    Ok(())
}

/// A key vouches for the time in which it signed: by the document's own word, never by a clock.
fn ranges(out: &mut Writer<'_>, keys: &Keys, receipt: &Value) -> Result<(), Fault> {
    let (retired, today) = (&keys.retired, &keys.receipt);
    for (name, key, at, about) in [
        ("range-before", retired, "2024-12-31T23:59:59Z", "Issued a second before its key signed."),
        ("range-after", retired, "2026-11-22T05:02:31Z", "Issued a second after its key was retired."),
        ("range-long-after", retired, "2031-01-01T00:00:00Z", "Signed with a retired key years later."),
        ("range-before-today", today, "2025-12-31T23:59:59Z", "Issued before today's key signed."),
    ] {
        let payload = changed(receipt, "/issued_at", json!(at));
        out.bad(name, "invalid", about, compact(key, &header("Ed25519", key.name(), RECEIPT), &tidy(&payload), None)?);
    }
    for (name, at, about) in [
        ("range-first-moment", RETIRED.0, "Issued in the first moment of its key."),
        ("range-last-moment", RETIRED.1, "Issued in the last moment of its key."),
    ] {
        let payload = changed(receipt, "/issued_at", json!(at));
        out.good(name, about, "settled", retired, &header("Ed25519", retired.name(), RECEIPT), &payload)?;
    }
    Ok(())
}

fn wrong_signatures(out: &mut Writer<'_>, keys: &Keys, payload: &str) -> Result<(), Fault> {
    let (today, name) = (&keys.receipt, keys.receipt.name());
    let right = header("Ed25519", name, RECEIPT);
    let good = compact(today, &right, payload, None)?;
    let by_today = |head: &str| compact(today, head, payload, None);
    out.bad("bit-flip-payload", "invalid", "One bit of the payload flipped.", flipped(&good, 1)?);
    out.bad("bit-flip-signature", "invalid", "One bit of the signature flipped.", flipped(&good, 2)?);
    out.bad("stranger", "invalid", "Another key under a known name.", compact(&keys.stranger, &right, payload, None)?);
    let unknown = header("Ed25519", "receipt-2031", RECEIPT);
    out.bad("unknown-key", "unverifiable", "By a key of next year: neither good nor bad.", by_today(&unknown)?);
    for (file, alg) in
        [("alg-none", "none"), ("alg-other", "ES256"), ("alg-hmac", "HS256"), ("alg-other-case", "ed25519")]
    {
        out.bad(
            file,
            "invalid",
            "The header names another algorithm than the key's.",
            by_today(&header(alg, name, RECEIPT))?,
        );
    }
    let (unsigned, _) = good.rsplit_once('.').unwrap_or_default();
    out.bad("no-signature", "invalid", "An empty signature.", format!("{unsigned}."));
    let kind = header("Ed25519", name, "billpay-credential+jws");
    out.bad("wrong-type", "malformed", "Rightly signed, but no outcome: a credential's type.", by_today(&kind)?);
    for (file, about, members) in [
        ("crit", "A critical header that nobody agreed on.", r#""crit":["exp"],"exp":1"#),
        ("b64", "An unencoded payload (RFC 7797).", r#""crit":["b64"],"b64":false"#),
        ("embedded-key", "A key in the header.", r#""jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}"#),
        ("duplicate-kid", "Two key names.", r#""kid":"other""#),
    ] {
        let head = right.trim_end_matches('}').to_owned() + "," + members + "}";
        out.bad(file, "malformed", about, by_today(&head)?);
    }
    out.bad("no-type", "malformed", "No type.", by_today(&format!(r#"{{"alg":"Ed25519","kid":"{name}"}}"#))?);
    out.bad("padded", "malformed", "Base64 with padding.", good.clone() + "==");
    out.bad("line-feed", "malformed", "A line feed at the end.", good.clone() + "\n");
    out.bad("four-parts", "malformed", "A fourth part.", good.clone() + ".AA");
    out.bad("two-parts", "malformed", "Two parts.", unsigned.to_owned());
    Ok(())
}

fn incomplete(out: &mut Writer<'_>, keys: &Keys, receipt: &Value, digest: &str) -> Result<(), Fault> {
    let today = &keys.receipt;
    let mut put = |name: &str, about: &str, typ: &str, payload: &Value| -> Result<(), Fault> {
        let text = compact(today, &header("Ed25519", today.name(), typ), &tidy(payload), None)?;
        out.bad(name, "incomplete", about, text);
        Ok(())
    };
    for pointer in [
        "/v",
        "/payment_id",
        "/order_digest",
        "/customer",
        "/device",
        "/epoch",
        "/sequence",
        "/previous",
        "/issued_at",
        "/receipt",
        "/receipt/payer_masked",
        "/receipt/biller",
        "/receipt/payee",
        "/receipt/customer_number_masked",
        "/receipt/bill_number",
        "/receipt/amount",
        "/receipt/fee",
        "/receipt/total",
        "/receipt/paid_at",
        "/receipt/zone",
        "/receipt/channel",
        "/receipt/bank_serial",
        "/receipt/biller_reference",
        "/receipt/method",
        "/receipt/method/kind",
        "/receipt/method/last4",
    ] {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let name = format!("missing-{}", field.replace(['.', '_'], "-"));
        put(&name, &format!("No {field}."), RECEIPT, &changed(receipt, pointer, Value::Null))?;
    }
    let sum = changed(receipt, "/receipt/total", money(12_401));
    put("sum", "The total is not the amount and the fee.", RECEIPT, &sum)?;
    let float = changed(receipt, "/receipt/amount", json!({"currency": "CNY", "minor": 12_345.5}));
    put("float", "Half a fen.", RECEIPT, &float)?;
    put("sequence-0", "Sequences count from 1.", RECEIPT, &changed(receipt, "/sequence", json!(0)))?;
    put("version-0", "Forms count from 1.", RECEIPT, &changed(receipt, "/v", json!(0)))?;
    put("empty-serial", "An empty bank serial.", RECEIPT, &changed(receipt, "/receipt/bank_serial", json!("")))?;
    put("receipt-as-refusal", "A receipt under the type of a refusal.", REFUSAL, receipt)?;
    let both = changed(receipt, "/refusal", json!({"reason": "limit-exceeded"}));
    put("two-bodies", "Settled and refused at once.", RECEIPT, &both)?;
    let empty = merged(subject(2, FIRST, 2, None, digest), "refusal", json!({"reason": ""}));
    put("refusal-without-reason", "A refusal with an empty reason.", REFUSAL, &empty)?;
    for (name, pointer, value) in [
        ("wrong-type-payee", "/receipt/payee", json!(7)),
        ("wrong-type-total", "/receipt/total", json!("124.00")),
        ("wrong-type-sequence", "/sequence", json!("1")),
        ("wrong-type-receipt", "/receipt", json!([])),
        ("no-such-day", "/receipt/paid_at", json!("2026-02-30T00:00:00Z")),
        ("no-such-month", "/issued_at", json!("2026-13-01T00:00:00Z")),
    ] {
        put(name, &format!("{pointer} is {value}."), RECEIPT, &changed(receipt, pointer, value))?;
    }
    let nothing = merged(subject(2, FIRST, 2, None, digest), "reversal", json!({"reason": "not-charged"}));
    put("reversal-without-sum", "A reversal that does not say what was given back.", REVERSAL, &nothing)
}

/// Texts that are not seen as what they are.
fn illegible(out: &mut Writer<'_>, keys: &Keys, receipt: &Value) -> Result<(), Fault> {
    let today = &keys.receipt;
    for (name, about, pointer, text) in [
        ("illegible-bidi", "What follows is read from right to left.", "/receipt/payee", "上海\u{202e}力电".to_owned()),
        ("illegible-zero-width", "A space that is not seen.", "/receipt/payee", "上海\u{200b}电力".to_owned()),
        ("illegible-control", "A bell.", "/receipt/bank_serial", "S1\u{7}".to_owned()),
        ("illegible-marks", "A flood of marks.", "/receipt/biller_reference", format!("R{}", "\u{301}".repeat(5))),
    ] {
        let payload = tidy(&changed(receipt, pointer, json!(text)));
        let text = compact(today, &header("Ed25519", today.name(), RECEIPT), &payload, None)?;
        out.bad(name, "illegible", about, text);
    }
    Ok(())
}

/// chains.json.
#[must_use]
pub fn chains() -> BTreeMap<String, Chain> {
    const ALL: [&str; 6] = [
        "chain-1-receipt",
        "chain-2-refusal",
        "chain-3-reversal",
        "chain-4-receipt-after-restore",
        "chain-5-refusal",
        "chain-6-repayment",
    ];
    let [one, two, three, four, five, six] = ALL;
    let at = |kind: &str, epoch: &str, from, to| Break { kind: kind.into(), epoch: epoch.into(), from, to };
    let restored = at("epoch", SECOND, 0, 0);
    let chain = |about: &str, documents: &[&str], breaks: Vec<Break>| Chain {
        about: about.into(),
        documents: documents.iter().map(|name| (*name).to_owned()).collect(),
        breaks,
    };
    BTreeMap::from([
        ("whole".into(), chain("All there: only the restore shows.", &ALL, vec![restored.clone()])),
        (
            "reordered".into(),
            chain("The order of holding does not matter.", &[five, three, one, six, four, two], vec![restored.clone()]),
        ),
        (
            "with-a-kind-to-come".into(),
            chain(
                "What nobody can read yet is no gap.",
                &[&ALL[..], &["kind-to-come"]].concat(),
                vec![restored.clone()],
            ),
        ),
        (
            "repayment-removed".into(),
            chain(
                "The repayment removed: a gap.",
                &[one, two, three, four, five, "kind-to-come"],
                vec![restored.clone(), at("missing", SECOND, 3, 3)],
            ),
        ),
        ("removed".into(), chain("One removed: a gap.", &[one, three], vec![at("missing", FIRST, 2, 2)])),
        ("beginning-removed".into(), chain("The first two removed.", &[three], vec![at("missing", FIRST, 1, 2)])),
        ("doubled".into(), chain("Two claim one place.", &[one, two, "fork"], vec![at("fork", FIRST, 2, 2)])),
        (
            "replaced".into(),
            chain("One that names another before it.", &[one, "unlinked"], vec![at("unlinked", FIRST, 2, 2)]),
        ),
        (
            "doubled-and-followed".into(),
            chain(
                "What follows one side of a fork follows.",
                &[one, "fork", two, three],
                vec![at("fork", FIRST, 2, 2)],
            ),
        ),
        (
            "jump".into(),
            chain(
                "A sequence that jumps by 2^40 is one gap.",
                &[one, "far"],
                vec![at("missing", FIRST, 2, (1 << 40) - 1)],
            ),
        ),
        (
            "end-of-a-life-removed".into(),
            chain(
                "What the second life follows is not here.",
                &[one, two, four],
                vec![restored.clone(), at("unlinked", SECOND, 1, 1)],
            ),
        ),
        (
            "life-removed".into(),
            chain("Nothing of the first life is here.", &[four], vec![at("unlinked", SECOND, 1, 1)]),
        ),
        (
            "gap-before-restore".into(),
            chain(
                "What the second life follows is here, and something before it is not.",
                &[one, three, four],
                vec![at("missing", FIRST, 2, 2), restored.clone()],
            ),
        ),
        (
            "gap-after-restore".into(),
            chain("A gap in the second life.", &[one, two, three, five], vec![restored, at("missing", SECOND, 1, 1)]),
        ),
    ])
}
