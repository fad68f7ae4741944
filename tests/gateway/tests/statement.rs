//! Row 34: the statement of a closed day is the same bytes each time, and whatever else comes in its
//! place is a typed error of which nothing is believed (row 64).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a story stops where it breaks")]

mod world;

use std::collections::BTreeMap;

use jiff::civil::Date;
use sandbox_gateway::{
    biller::reconcile::ReconcileError,
    faults::Action,
    leg::{
        BankScene,
        bank::BankError,
        differences::Difference,
        message::{self, Refusal},
        statement::{LineKind, Request},
        xml::XmlError,
    },
    moment,
};
use serde_json::json;
use world::{POWER, Phone, World, payload, reconcile::*};

#[tokio::test]
async fn row_34_a_closed_day_repeats_to_the_same_bytes_whatever_becomes_of_the_ledger() {
    let mut world = World::new("rec-bytes");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let empty = world.gateway.ledger().snapshot().unwrap();
    let (_, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let before = statement(&world, "power-sh", day);
    world.restore(&empty);
    assert_eq!(statement(&world, "power-sh", day), before, "a restore forgets the charge, not the statement");
    // The evidence brings it back. It was stated, so no later day states it again.
    phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
    let found_on = next_day(&world);
    assert_eq!(lines(&world, "power-sh", found_on), []);
    world.restart();
    assert_eq!(statement(&world, "power-sh", day), before);
    world.audit();
}

#[tokio::test]
async fn row_34_what_is_found_later_is_of_the_day_on_which_it_is_found_and_names_the_day_of_the_charge() {
    let world = World::new("rec-later");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    world.fault("confirm", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let day = next_day(&world);
    // An order that is open at the day's end is listed as that, and is no difference.
    assert_eq!(lines(&world, "power-sh", day), [(LineKind::Open, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.faults.clear();
    world.settle_down().await;
    assert!(payload(&phone.confirm(&world, &order).await.text("outcome"))["receipt"].is_object());
    let later = next_day(&world);
    assert_eq!(lines(&world, "power-sh", later), [(LineKind::Charged, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    assert_eq!(ours(&world), []);
    world.audit();
}

#[tokio::test]
async fn row_34_the_ledger_may_be_ahead_when_a_day_is_closed_late() {
    // The order was open at midnight and has ended by the time that anybody asks.
    let world = World::new("rec-late-close");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    before_midnight(&world, 30);
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let day = today(&world);
    world.pass(90);
    world.gateway.tick().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 200);
    assert_eq!(lines(&world, "power-sh", day), [(LineKind::Open, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.audit();
}

#[tokio::test]
async fn row_34_the_day_is_the_bank_s_and_a_charge_on_either_side_of_midnight_is_no_difference() {
    let world = World::new("rec-edge");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    before_midnight(&world, 2);
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = today(&world);
    world.pass(3);
    paid(&mut phone, &world, &account, ("P2", 1, 700)).await;
    // 15:59:58Z and 16:00:01Z are two days in Asia/Shanghai.
    assert_eq!(today(&world), day.tomorrow().unwrap());
    assert_eq!(lines(&world, "power-sh", day).len(), 1);
    let (status, body) = ask_at(&world, "power-sh", today(&world), 1, world.now() * 1000);
    assert!(status == 200 && String::from_utf8(body).unwrap().contains("not-closed"));
    next_day(&world);
    let reports = run(&world, "power-sh", true).await;
    assert_eq!(reports.iter().map(|report| report.lines).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((found(&reports), theirs(&world, "power-sh")), (BTreeMap::new(), vec![]));
    world.audit();
}

#[tokio::test]
async fn row_34_payments_go_on_while_a_day_is_reconciled() {
    let world = World::new("rec-meanwhile");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let order = phone.order_for(&world, &account, "P2", 1, 700).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    let bank = world.bank();
    let (report, answer) =
        tokio::join!(world.billers.reconcile(&bank, "power-sh", day, true), phone.pay(&world, &order));
    assert_eq!((report.unwrap().found, answer.status), (BTreeMap::new(), 202));
    world.settle_down().await;
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.audit();
}

#[tokio::test]
async fn row_64_a_request_that_is_altered_lower_case_unsigned_or_old_is_refused() {
    let world = World::new("rec-asked");
    let day = today(&world);
    next_day(&world);
    let now = world.now() * 1000;
    let request = |biller: &str| Request { time: moment::timestamp(now), biller: biller.into(), day, page: 1 };
    let good = message::seal(&request("power-sh").to_xml(), &secret(&world, "power-sh"));
    let ask = |biller: &str, body: &[u8]| {
        let reply = world.gateway.biller_asks(biller, BankScene::Statement, body);
        (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
    };
    assert_eq!(ask("power-sh", &good).0, 200);
    let refused = |biller: &str, body: &[u8], code: &str| {
        let (status, said) = ask(biller, body);
        assert!(status == 400 && said.contains(&format!("<code>{code}</code>")), "{code}: {status} {said}");
    };
    let mut altered = good.clone();
    *altered.last_mut().unwrap() = b'!';
    refused("power-sh", &altered, "wrong-signature");
    let mut lower = good.clone();
    lower[..40].make_ascii_lowercase();
    refused("power-sh", &lower, "lower-case");
    refused("power-sh", &good[40..], "no-signature");
    refused("power-sh", b"", "too-short");
    refused("gas-sh", &good, "wrong-signature");
    let other = message::seal(&request("gas-sh").to_xml(), &secret(&world, "power-sh"));
    refused("power-sh", &other, "wrong-address");
    let tell = world.gateway.biller_asks("power-sh", BankScene::Differences, &good);
    assert_eq!(tell.status, 400, "a request for a statement is no difference");
    assert_eq!(world.gateway.biller_asks("nobody", BankScene::Statement, &good).status, 404);
    for (age_s, answer) in [(300, "<statement>"), (301, "too-old"), (-60, "<statement>"), (-61, "too-old")] {
        let (status, body) = ask_at(&world, "power-sh", day, 1, now - age_s * 1000);
        let body = String::from_utf8(body).unwrap();
        assert!(status == 200 && body.contains(answer), "{age_s}: {body}");
    }
    let pages = [(day, 2), (Date::constant(1999, 1, 1), 1)];
    for (day, page) in pages {
        assert!(String::from_utf8(ask_at(&world, "power-sh", day, page, now).1).unwrap().contains("no-such-page"));
    }
}

#[tokio::test]
async fn row_34_a_hostile_statement_is_a_typed_error_and_nothing_of_it_is_believed() {
    let world = World::new("rec-hostile");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let key = secret(&world, "power-sh");
    let xml_of = {
        let body = statement(&world, "power-sh", day);
        String::from_utf8(body[40..].to_vec()).unwrap()
    };
    let sealed = |xml: String| message::seal(&xml, &key);
    let swap = |from: &str, to: &str| {
        let other = xml_of.replacen(from, to, 1);
        assert_ne!(other, xml_of, "{from}");
        sealed(other)
    };
    let bomb = {
        let mut dtd = String::from("<!DOCTYPE statement [<!ENTITY a \"ha\">");
        for nth in 1..30 {
            dtd.push_str(&format!("<!ENTITY a{nth} \"&a;&a;&a;\">"));
        }
        sealed(xml_of.replacen("<statement>", &format!("{dtd}]><statement>"), 1).replacen("P1", "&a29;", 1))
    };
    let mut wrong = statement(&world, "power-sh", day);
    wrong[0] = if wrong[0] == b'A' { b'B' } else { b'A' };
    let mut lower = statement(&world, "power-sh", day);
    lower[..40].make_ascii_lowercase();
    let huge = sealed(format!("{}{}", xml_of, " ".repeat(70_000)));
    let amount = |text: &str| swap("<amount>12345</amount>", &format!("<amount>{text}</amount>"));
    let bad = |name| BankError::Unusable(Refusal::Xml(XmlError::Element(name)));
    let refused = BankError::Unusable;
    for (body, error) in [
        (wrong, refused(Refusal::WrongSignature)),
        (lower, refused(Refusal::LowerCase)),
        (xml_of.clone().into_bytes(), refused(Refusal::NoSignature)),
        (huge, refused(Refusal::TooLarge)),
        (bomb, refused(Refusal::Xml(XmlError::NotAllowed("DOCTYPE")))),
        (swap("<bill_number>P1", "<bill_number>&boom;"), refused(Refusal::Xml(XmlError::NotAllowed("entity")))),
        (amount("-12345"), bad("amount")),
        (amount("0"), bad("amount")),
        (amount("9007199254740992"), bad("amount")),
        (amount("99999999999999999999"), bad("amount")),
        (amount("1e3"), bad("amount")),
        (swap("<kind>charged", "<kind>paid"), bad("kind")),
        (swap("<number>", "<number>0"), bad("number")),
        (swap("<page>1", "<page>2"), BankError::OtherRequest),
        (swap("<biller>power-sh", "<biller>gas-sh"), BankError::OtherRequest),
        (swap(&format!("<day>{day}</day><closed"), "<day>2026-01-01</day><closed"), BankError::OtherRequest),
        (swap("<closed_at>2026", "<closed_at>2036"), BankError::ClosedTooEarly),
        (swap("T17:00:00Z</closed_at>", "T15:59:59Z</closed_at>"), BankError::ClosedTooEarly),
    ] {
        let bank = bank_that(&world, move |_| body.clone());
        let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
        assert!(matches!(&said, Err(ReconcileError::Bank(got)) if *got == error), "{error:?}: {said:?}");
    }
    let totals = |text: &str| swap("<totals><lines>1</lines><charged>12345", text);
    let line = xml_of.split("<line>").nth(1).unwrap().split("</line>").next().unwrap();
    let most = line.replacen("12345", "9007199254740991", 1);
    let overflow = swap("<totals>", &format!("<line>{most}</line><line>{most}</line><totals>"));
    for body in [
        totals("<totals><lines>2</lines><charged>12345"),
        totals("<totals><lines>1</lines><charged>12346"),
        swap("<totals>", &format!("<line>{line}</line><totals>")),
        overflow,
    ] {
        let bank = bank_that(&world, move |_| body.clone());
        let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
        assert!(matches!(said, Err(ReconcileError::Totals)), "{said:?}");
        assert_eq!(world::count("rec-hostile-billers", "stated"), 0, "its lines are not kept");
    }
    assert_eq!(theirs(&world, "power-sh"), [], "nothing of all that was believed");
    assert_eq!(check(&world, "power-sh", day).await.unwrap().found, BTreeMap::new());
    // The day was checked; another statement for it is none, even a rightly signed one.
    let other = bank_that_says(&world, "power-sh", |page| page.lines.clear());
    let said = world.billers.reconcile(&other, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::NotTheSame)), "{said:?}");
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
}

#[tokio::test]
async fn row_34_no_page_is_left_out_exchanged_or_put_in_the_place_of_another() {
    let world = World::new("rec-chain");
    let day = moment::bank_day(world.now() * 1000);
    world.in_ledger(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
         INSERT INTO booked(biller, day, kind, corrects, number, payment_id, bill_number, amount, charge_day, taken_at)
         SELECT 'power-sh', {day}, 2, 0, printf('%064x', i), 'p' || i, 'B' || i, 100, {day}, 0 FROM n"
    ));
    let date = next_day(&world);
    let third = ask_at(&world, "power-sh", date, 3, world.now() * 1000).1;
    assert!(String::from_utf8(third.clone()).unwrap().contains("<previous>"));
    // The third page in the second one's place; the second one of another statement; the first one as the last.
    let secret = world.billers.secrets()["power-sh"].clone();
    for says in 0..3 {
        let (third, key) = (third.clone(), secret.clone());
        let bank = bank_that(&world, move |body| {
            let text = String::from_utf8(body[40..].to_vec()).unwrap();
            match says {
                _ if !text.contains("<page>2</page>") => body,
                0 => third.clone(),
                1 => {
                    let at = text.find("<previous>").unwrap() + 10;
                    message::seal(&format!("{}{}{}", &text[..at], "0".repeat(40), &text[at + 40..]), &key)
                }
                _ => message::seal(&text.replacen("<page>2</page>", "<page>1</page>", 1), &key),
            }
        });
        let said = world.billers.reconcile(&bank, "power-sh", date, false).await;
        assert!(matches!(said, Err(ReconcileError::Bank(BankError::OtherRequest))), "{says}: {said:?}");
    }
    assert_eq!(check(&world, "power-sh", date).await.unwrap().lines, 900);
}

#[tokio::test]
async fn row_34_an_answer_that_is_no_page_has_to_be_of_now_and_to_this_request() {
    let world = World::new("rec-stale");
    let day = today(&world);
    let said = check(&world, "power-sh", day).await;
    let Err(ReconcileError::Bank(BankError::NotClosed { closes_at })) = said else { panic!("{said:?}") };
    assert_eq!(closes_at.as_millisecond(), moment::next_bank_day(world.now() * 1000));
    let (_, stale) = ask_at(&world, "power-sh", day, 1, world.now() * 1000);
    world.pass(1);
    let again = stale.clone();
    let bank = bank_that(&world, move |_| again.clone());
    let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::Bank(BankError::OtherRequest))), "{said:?}");
    world.pass(300);
    let bank = bank_that(&world, move |_| stale.clone());
    let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::Bank(BankError::Unusable(Refusal::TooOld)))), "{said:?}");
}

#[tokio::test]
async fn row_34_a_day_that_is_missing_as_a_whole_is_found_line_by_line() {
    let world = World::new("rec-whole-day");
    let at = world.now() * 1000;
    // Some in the same moment, some not; and of the day before, which is not this day's to miss.
    world.in_books(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO charge(biller, number, state, bill, version_at, version_after, amount, billed, reference, charged_at)
         SELECT 'power-sh', unhex(printf('%064x', (i * 7919) % 2003)), 'charged', 'B' || i, 1, 2, 100, 100, 'R' || i,
         iif(i % 4 = 0, {at} - 86400000, {at} + i % 4) FROM n"
    ));
    let day = next_day(&world);
    let report = check(&world, "power-sh", day).await.unwrap();
    assert_eq!((report.lines, report.found), (0, BTreeMap::from([(Difference::MissingLine, 1_500)])));
}

/// A long run: `cargo test --release -p sandbox-gateway --test statement -- --ignored --nocapture million`.
#[tokio::test]
#[ignore = "minutes, and files of a gigabyte"]
async fn row_34_a_million_lines_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::at("rec-million", folder.path());
    let before = peak_kib();
    let (lines, found, most) = many(&world, 1_000_000).await;
    assert_eq!((lines, found), (1_000_000, BTreeMap::from([(Difference::ExtraLine, 1_000)])));
    let after = peak_kib();
    println!("1000000 lines, pages of at most {most} bytes, peak {before} -> {after} KiB");
    // Both databases, each with its cache, and one page on each side.
    assert!(after - before < 64 * 1024, "{before} -> {after} KiB");
}

/// The most memory that this process ever had, in KiB; 0 where the system does not say.
fn peak_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// So many settled lines at the bank and, but for one in a thousand, charges at the biller.
async fn many(world: &World, count: i64) -> (i64, BTreeMap<Difference, u64>, usize) {
    let (at, day) = (world.now() * 1000, moment::bank_day(world.now() * 1000));
    world.in_ledger(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO booked(biller, day, kind, corrects, number, payment_id, bill_number, amount, charge_day, taken_at)
         SELECT 'power-sh', {day}, 1, 0, printf('%064x', i), 'p' || i, 'B' || i, 100 + i % 900, {day}, {at} FROM n"
    ));
    world.in_books(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO charge(biller, number, state, bill, version_at, version_after, amount, billed, reference, charged_at)
         SELECT 'power-sh', unhex(printf('%064x', i)), 'charged', 'B' || i, 1, 2, 100 + i % 900, 100 + i % 900, 'R' || i,
         {at} FROM n WHERE i % 1000 <> 0"
    ));
    let date = next_day(world);
    let report = check(world, "power-sh", date).await.unwrap();
    let mut most = 0;
    for page in 1.. {
        let (_, body) = ask_at(world, "power-sh", date, page, world.now() * 1000);
        most = most.max(body.len());
        if body.windows(8).any(|part| part == b"<totals>") {
            break;
        }
    }
    (report.lines, report.found, most)
}

#[tokio::test]
async fn row_34_twenty_thousand_lines_come_in_pages_none_of_which_is_larger_than_a_message() {
    let (lines, found, most) = many(&World::new("rec-many"), 20_000).await;
    assert_eq!((lines, found), (20_000, BTreeMap::from([(Difference::ExtraLine, 20)])));
    assert!((50_000..=sandbox_gateway::leg::MAX_BODY).contains(&most), "{most}");
}
