//! The billers: every pair of state and event, the table of row 31, and books that agree with
//! themselves (I1, I5) whatever comes in whatever order.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use sandbox_gateway::{
    biller::{
        Billers, LocalLeg, Seeds,
        audit::Sums,
        transition::{Answer, Event, Facts, Payable, Refusal, State, Step, transition},
    },
    clock::{Clock as _, MovableClock},
    leg::{
        BillerClient, ChargeNumber, LegError,
        answer::{Bill, BillState, RefusalCode},
        client::QueryReply,
        request::Charge,
    },
    location::Location,
    payments::transition::{ChargeAnswer, ConfirmAnswer, RefundAnswer},
    rng::SystemRng,
};

struct World {
    billers: Arc<Billers>,
    client: BillerClient,
    clock: Arc<MovableClock>,
    location: Location,
}

impl World {
    fn new(name: &str) -> Self {
        Self::at(Location::memory(&format!("biller-{name}")))
    }

    fn at(location: Location) -> Self {
        let clock = Arc::new(MovableClock::system());
        let seeds = Seeds::sandbox("2026-11-20".parse().unwrap());
        let billers = Billers::open(&location, clock.clone(), Arc::new(SystemRng::new()), seeds).unwrap();
        let billers = Arc::new(billers);
        let leg = Arc::new(LocalLeg::new(billers.clone(), clock.clone()));
        let client = BillerClient::new(leg, clock.clone(), billers.secrets());
        Self { billers, client, clock, location }
    }

    async fn bill(&self, biller: &str, customer: &str, bill: &str) -> Bill {
        let QueryReply::Found(mut account) = self.client.query(biller, customer, Some(bill)).await.unwrap() else {
            panic!("{bill} not found")
        };
        account.bills.remove(0)
    }

    async fn charge(&self, n: u8, biller: &str, customer: &str, bill: &str, version: i64, amount: i64) -> Word {
        let charge = Charge {
            number: number(n),
            customer_number: customer.to_owned(),
            bill_number: bill.to_owned(),
            version,
            amount_minor: amount,
            currency: "CNY".to_owned(),
        };
        let reply = self.client.charge(biller, charge, self.clock.now()).await.unwrap();
        (reply.answer, reply.refused.map(|refused| refused.code), reply.landed.map(|landed| landed.version))
    }

    async fn refund(&self, biller: &str, n: u8) -> RefundAnswer {
        self.client.refund(biller, number(n)).await.unwrap().answer
    }

    async fn confirm(&self, biller: &str, n: u8) -> ConfirmAnswer {
        let charged = self.billers.charges().unwrap();
        let line = charged.iter().find(|line| line.biller == biller && line.number == number(n));
        self.client.confirm(biller, number(n), line.map_or(1, |line| line.amount_minor)).await.unwrap().answer
    }

    fn sums(&self, biller: &str) -> (i64, i64) {
        let audit = self.billers.audit().unwrap();
        assert_eq!(audit.broken, Vec::<String>::new());
        let Sums { received_minor, given_back_minor } = audit.sums[biller];
        (received_minor, given_back_minor)
    }
}

type Word = (ChargeAnswer, Option<RefusalCode>, Option<i64>);

const UNDONE: Word = (ChargeAnswer::Undone, None, None);

fn charged(version: i64) -> Word {
    (ChargeAnswer::Charged, None, Some(version))
}

fn refused(code: RefusalCode) -> Word {
    (ChargeAnswer::Refused, Some(code), None)
}

fn number(n: u8) -> ChargeNumber {
    ChargeNumber::new([n; 32])
}

/// The table in the words of design and rules, written down a second time and without looking at
/// the first: what must hold for every state, event and set of facts.
#[test]
fn rules_3_and_4_every_state_and_event_under_all_facts() {
    let states = [State::Unknown, State::Charged, State::Undone];
    let events = [Event::Charge, Event::Confirm, Event::Refund];
    let payables = [Payable::Open, Payable::Taken, Payable::Stale, Payable::Wrong];
    let mut seen = 0;
    for state in states {
        for event in events {
            for payable in payables {
                for bits in 0..8 {
                    let (too_old, closed, tombstones) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0);
                    let facts = Facts { too_old, closed, payable, tombstones };
                    assert_eq!(
                        transition(state, event, facts),
                        expected(state, event, facts),
                        "{state:?} {event:?} {facts:?}"
                    );
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 288);
}

fn expected(state: State, event: Event, facts: Facts) -> Step {
    // Too old a message does nothing, and its answer says nothing about the number.
    if facts.too_old {
        return Step { state, answer: Answer::TooOld };
    }
    // A known number: the same answer whatever the bill, the biller or the version has become.
    if state == State::Undone {
        return Step { state, answer: Answer::Undone };
    }
    if state == State::Charged && event != Event::Refund {
        return Step { state, answer: Answer::Charged };
    }
    if event == Event::Refund {
        // A charge is undone by any biller; a tombstone needs one that can.
        return if state == State::Charged || facts.tombstones {
            Step { state: State::Undone, answer: Answer::Undone }
        } else {
            Step { state: State::Unknown, answer: Answer::NothingLeft }
        };
    }
    if event == Event::Confirm {
        return Step { state, answer: Answer::NotFound };
    }
    // A new charge lands only on an open payable of an open biller; a refusal leaves no trace.
    let refusal = match (facts.closed, facts.payable) {
        (false, Payable::Open) => return Step { state: State::Charged, answer: Answer::Charged },
        (true, _) => Refusal::Closed,
        (false, Payable::Taken) => Refusal::Taken,
        (false, Payable::Stale) => Refusal::Stale,
        (false, Payable::Wrong) => Refusal::Wrong,
    };
    Step { state, answer: Answer::Refused(refusal) }
}

#[tokio::test]
async fn row_31_never_charged_leaves_a_tombstone_and_a_late_charge_is_refused() {
    let world = World::new("tombstone");
    assert_eq!(world.refund("power-sh", 1).await, RefundAnswer::Undone);
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, UNDONE);
    assert_eq!(world.confirm("power-sh", 1).await, ConfirmAnswer::Undone);
    assert_eq!(world.sums("power-sh"), (0, 0));
    // Another order may still pay the bill.
    assert_eq!(world.charge(2, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
}

#[tokio::test]
async fn row_31_a_charge_is_undone_with_both_legs_in_the_books_and_the_same_answer_after() {
    let world = World::new("undone");
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
    assert_eq!(world.bill("power-sh", "3110001017", "E0001").await.state, BillState::Paid);
    assert_eq!(world.sums("power-sh"), (12_345, 0));
    for _ in 0..10 {
        assert_eq!(world.refund("power-sh", 1).await, RefundAnswer::Undone);
        assert_eq!(world.sums("power-sh"), (12_345, 12_345));
    }
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, UNDONE);
    let bill = world.bill("power-sh", "3110001017", "E0001").await;
    assert_eq!((bill.state, bill.amount_minor, bill.version), (BillState::Open, 12_345, 3));
    // The reversal raised the version: an order signed before the charge is stale now.
    assert_eq!(world.charge(2, "power-sh", "3110001017", "E0001", 1, 12_345).await, refused(RefusalCode::Stale));
    assert_eq!(world.charge(2, "power-sh", "3110001017", "E0001", 3, 12_345).await, charged(4));
    assert_eq!(world.sums("power-sh"), (24_690, 12_345));
}

#[tokio::test]
async fn rule_4_a_biller_without_tombstones_says_so_and_a_late_charge_lands() {
    let world = World::new("no-tombstone");
    assert_eq!(world.refund("gas-sh", 1).await, RefundAnswer::NothingLeft);
    assert_eq!(world.confirm("gas-sh", 1).await, ConfirmAnswer::NotFound);
    assert_eq!(world.charge(1, "gas-sh", "SG31000182", "G0001", 1, 9_876).await, charged(2));
    assert_eq!(world.refund("gas-sh", 1).await, RefundAnswer::Undone, "what is there it can undo");
    assert_eq!(world.sums("gas-sh"), (9_876, 9_876));
}

#[tokio::test]
async fn rule_3_the_same_number_gets_the_same_answer_whatever_the_version_has_become() {
    let world = World::new("same-number");
    assert_eq!(world.charge(1, "water-sh", "2100200018", "W0001", 1, 1_000).await, charged(2));
    assert_eq!(world.charge(2, "water-sh", "2100200018", "W0001", 2, 1_500).await, charged(3));
    world.billers.revise_bill("water-sh", "W0001", 9_000).unwrap();
    world.billers.set_closed("water-sh", true, None).unwrap();
    for version in [1, 2, 4, 99] {
        assert_eq!(world.charge(1, "water-sh", "2100200018", "W0001", version, 1_000).await, charged(2));
    }
    let reference = |word: sandbox_gateway::leg::client::ConfirmReply| word.landed.unwrap().reference;
    let one = reference(world.client.confirm("water-sh", number(1), 1_000).await.unwrap());
    assert_eq!(one, reference(world.client.confirm("water-sh", number(1), 1_000).await.unwrap()));
    assert_eq!(world.sums("water-sh"), (2_500, 0));
}

#[tokio::test]
async fn i1_a_paid_bill_is_taken_and_an_old_version_is_stale_or_taken_whichever_is_true() {
    let world = World::new("taken");
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
    for version in [1, 2] {
        let word = world.charge(2, "power-sh", "3110001017", "E0001", version, 12_345).await;
        assert_eq!(word, refused(RefusalCode::Taken));
    }
    world.billers.revise_bill("power-sh", "E0002", 9_900).unwrap();
    assert_eq!(world.charge(3, "power-sh", "3110001025", "E0002", 1, 8_800).await, refused(RefusalCode::Stale));
    // A part was paid in version 1: that version is taken.
    assert_eq!(world.charge(4, "water-sh", "2100200018", "W0001", 1, 1_000).await, charged(2));
    assert_eq!(world.charge(5, "water-sh", "2100200018", "W0001", 1, 1_000).await, refused(RefusalCode::Taken));
    // What was refused left no trace: the same number may be charged when it fits.
    assert_eq!(world.charge(3, "power-sh", "3110001025", "E0002", 2, 9_900).await, charged(3));
}

#[tokio::test]
async fn row_15_parts_lower_the_amount_and_the_last_one_closes_the_bill() {
    let world = World::new("parts");
    let bill = world.bill("water-sh", "2100200018", "W0001").await;
    assert_eq!((bill.minimum_minor, bill.maximum_minor, bill.amount_minor), (1_000, 6_000, 6_000));
    let charge = |n, version, amount| world.charge(n, "water-sh", "2100200018", "W0001", version, amount);
    assert_eq!(charge(1, 1, 999).await, refused(RefusalCode::Wrong), "below the minimum");
    assert_eq!(charge(1, 1, 6_001).await, refused(RefusalCode::Wrong), "more than is asked");
    assert_eq!(charge(1, 1, 5_500).await, charged(2));
    let bill = world.bill("water-sh", "2100200018", "W0001").await;
    assert_eq!((bill.minimum_minor, bill.maximum_minor, bill.amount_minor), (500, 500, 500), "the rest may be small");
    assert_eq!(charge(2, 2, 500).await, charged(3));
    assert_eq!(world.refund("water-sh", 1).await, RefundAnswer::Undone);
    let bill = world.bill("water-sh", "2100200018", "W0001").await;
    assert_eq!((bill.state, bill.amount_minor, bill.version), (BillState::Open, 5_500, 4));
    assert_eq!(world.sums("water-sh"), (6_000, 5_500));
}

#[tokio::test]
async fn row_15_each_top_up_raises_the_version_so_one_wish_is_one_charge() {
    let world = World::new("top-up");
    let charge = |n, version, amount| world.charge(n, "mobile-cn", "13900000001", "M0001", version, amount);
    assert_eq!(charge(1, 1, 5_000).await, charged(2));
    assert_eq!(charge(2, 1, 5_000).await, refused(RefusalCode::Taken));
    assert_eq!(charge(2, 2, 5_000).await, charged(3));
    assert_eq!(charge(3, 3, 999).await, refused(RefusalCode::Wrong));
    assert_eq!(world.refund("mobile-cn", 1).await, RefundAnswer::Undone);
    let bill = world.bill("mobile-cn", "13900000001", "M0001").await;
    assert_eq!((bill.state, bill.amount_minor, bill.version), (BillState::Open, 0, 4));
    assert_eq!(world.sums("mobile-cn"), (10_000, 5_000));
}

#[tokio::test]
async fn what_names_no_bill_of_that_customer_is_wrong() {
    let world = World::new("wrong");
    for (customer, bill) in [("3110001017", "E0002"), ("3110001017", "E9999"), ("0", "E0001")] {
        let word = world.charge(1, "power-sh", customer, bill, 1, 12_345).await;
        assert_eq!(word, refused(RefusalCode::Wrong), "{customer} {bill}");
    }
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_344).await, refused(RefusalCode::Wrong));
    world.billers.cancel_bill("power-sh", "E0001").unwrap();
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 2, 12_345).await, refused(RefusalCode::Wrong));
    assert_eq!(world.billers.charges().unwrap(), vec![]);
}

#[tokio::test]
async fn a_closed_biller_refuses_new_charges_but_confirms_and_undoes_old_ones() {
    let world = World::new("closed");
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
    let until = "2026-12-01T00:00:00Z".parse().unwrap();
    world.billers.set_closed("power-sh", true, Some(until)).unwrap();
    let closed = QueryReply::Closed { retry_at: Some(until) };
    assert_eq!(world.client.query("power-sh", "3110001017", None).await, Ok(closed));
    assert_eq!(world.charge(2, "power-sh", "3110001025", "E0002", 1, 8_800).await, refused(RefusalCode::Closed));
    assert_eq!(world.confirm("power-sh", 1).await, ConfirmAnswer::Charged);
    assert_eq!(world.refund("power-sh", 1).await, RefundAnswer::Undone);
    world.billers.set_closed("power-sh", false, None).unwrap();
    assert_eq!(world.charge(2, "power-sh", "3110001025", "E0002", 1, 8_800).await, charged(2));
}

#[tokio::test]
async fn rule_6_an_account_that_refuses_once_takes_a_repeated_charge() {
    let world = World::new("refuses-once");
    let charge = || world.charge(1, "power-sh", "3110001058", "E0007", 1, 15_600);
    assert_eq!(charge().await, refused(RefusalCode::Closed));
    assert_eq!(charge().await, charged(2));
}

#[tokio::test]
async fn fault_22_an_account_that_revises_asks_more_after_the_first_quote() {
    let world = World::new("revises");
    let look = || world.bill("power-sh", "3110001041", "E0006");
    let (one, two, three) = (look().await, look().await, look().await);
    assert_eq!([one.amount_minor, two.amount_minor, three.amount_minor], [20_000, 20_100, 20_100]);
    assert_eq!([one.version, two.version, three.version], [1, 2, 2]);
    assert_eq!(world.charge(1, "power-sh", "3110001041", "E0006", 1, 20_000).await, refused(RefusalCode::Stale));
}

#[tokio::test]
async fn too_old_a_message_does_nothing_and_its_answer_says_nothing() {
    let world = World::new("too-old");
    // The biller's and the bank's clock are one here; a delay moves it between signing and arrival.
    struct Late(LocalLeg, Arc<MovableClock>);
    impl sandbox_gateway::leg::BillerLeg for Late {
        fn post<'a>(
            &'a self,
            biller: &'a str,
            scene: sandbox_gateway::leg::Scene,
            body: Vec<u8>,
        ) -> futures_util::future::BoxFuture<'a, Result<Vec<u8>, LegError>> {
            self.1.advance_ms(301_000);
            self.0.post(biller, scene, body)
        }
    }
    let leg = Late(LocalLeg::new(world.billers.clone(), world.clock.clone()), world.clock.clone());
    let client = BillerClient::new(Arc::new(leg), world.clock.clone(), world.billers.secrets());
    assert_eq!(client.refund("power-sh", number(1)).await, Err(LegError::TooOld));
    assert_eq!(client.query("power-sh", "3110001017", None).await, Err(LegError::TooOld));
    assert_eq!(client.confirm("power-sh", number(1), 1).await, Err(LegError::TooOld));
    assert_eq!(world.billers.charges().unwrap(), vec![]);
}

#[tokio::test]
async fn row_65_reset_restores_the_seeds_and_requests_are_listed() {
    let world = World::new("reset");
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
    let listed = world.billers.listed();
    assert_eq!((listed.len(), listed[0].answer.as_str(), listed[0].number), (1, "charged", Some(number(1))));
    world.billers.set_closed("power-sh", true, None).unwrap();
    world.billers.reset().unwrap();
    assert_eq!(world.billers.listed(), vec![]);
    assert_eq!(world.bill("power-sh", "3110001017", "E0001").await.version, 1);
    assert_eq!(world.billers.charges().unwrap(), vec![]);
}

#[tokio::test]
async fn books_on_disk_survive_a_restart_and_those_in_memory_live_while_somebody_holds_them() {
    let directory = std::env::temp_dir().join(format!("billpay-billers-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("billers.db");
    let _ = std::fs::remove_file(&file);
    for location in [Location::file(&file), Location::memory("biller-restart")] {
        let anchor = sandbox_gateway::location::Anchor::hold(&location);
        let world = World::at(location);
        assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
        let location = world.location.clone();
        drop(world);
        let world = World::at(location);
        assert_eq!(world.confirm("power-sh", 1).await, ConfirmAnswer::Charged);
        drop(anchor);
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn books_that_were_made_and_never_seeded_are_seeded_when_they_are_opened() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("billers.db");
    drop(World::at(Location::file(&file)));
    // As an earlier version left them that was stopped in between.
    let books = rusqlite::Connection::open(&file).unwrap();
    for table in ["bill", "account", "biller"] {
        books.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
    drop(books);
    let world = World::at(Location::file(&file));
    assert_eq!(world.billers.billers().unwrap().len(), world.billers.catalogue().len());
    assert_eq!(world.charge(1, "power-sh", "3110001017", "E0001", 1, 12_345).await, charged(2));
}

#[test]
fn books_whose_seeds_cannot_be_planted_are_not_made_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let file = Location::file(directory.path().join("billers.db"));
    let (clock, rng) = (Arc::new(MovableClock::system()), Arc::new(SystemRng::new()));
    let seeds = Seeds::sandbox("2026-11-20".parse().unwrap());
    let mut broken = seeds.clone();
    broken.accounts.extend(seeds.accounts.first().cloned());
    assert!(Billers::open(&file, clock.clone(), rng.clone(), broken).is_err());
    let tables = || -> i64 {
        let books = rusqlite::Connection::open(&file.path).unwrap();
        books.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(tables(), 0);
    Billers::open(&file, clock, rng, seeds).unwrap();
    assert!(tables() > 0);
}

#[test]
fn row_65_accounts_md_is_the_seeds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ACCOUNTS.md");
    let page = std::fs::read_to_string(path).unwrap();
    let table = Seeds::sandbox("2026-11-20".parse().unwrap()).table();
    assert!(page.contains(&table), "ACCOUNTS.md should hold:\n{table}");
}

#[test]
fn row_9_every_seeded_number_and_example_fits_its_billers_rule() {
    let seeds = Seeds::sandbox("2026-11-20".parse().unwrap());
    for seed in &seeds.billers {
        let rule = &seed.biller.customer_number;
        let accounts = seeds.accounts.iter().filter(|account| account.biller == seed.biller.id);
        for number in accounts.map(|account| &account.number).chain([&rule.example]) {
            let length = (usize::from(rule.min_length)..=usize::from(rule.max_length)).contains(&number.len());
            assert!(length && rule.check.holds(number), "{} {number}", seed.biller.id);
        }
    }
}

#[cfg(feature = "plants")]
#[tokio::test]
async fn row_82_the_audit_finds_each_defect_that_is_planted_in_the_books() {
    for (plant, finding) in [
        ("biller-credits-twice", "I5 a charge"),
        ("refund-keeps-the-money", "I5 a charge"),
        ("version-not-raised", "I1 two"),
    ] {
        let world = World::new(plant);
        sandbox_gateway::plant::plant_here(&[plant]);
        for n in [1, 2] {
            world.charge(n, "mobile-cn", "13900000001", "M0001", 1, 1_000).await;
        }
        if plant != "version-not-raised" {
            world.refund("mobile-cn", 1).await;
        }
        sandbox_gateway::plant::plant_here(&[]);
        let broken = world.billers.audit().unwrap().broken;
        assert!(broken.iter().any(|line| line.starts_with(finding)), "{plant}: {broken:?}");
    }
}
