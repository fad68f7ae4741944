//! The bank reminds by the channels that a customer chose, of each binding as it was chosen (row 89).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use std::{collections::BTreeSet, time::Duration};

use billpay_plan::{Amount, Bill, Caps, Channel, Policy, Reminder, Status, Wishes, plan, zone};
use jiff::{Timestamp, civil::date};
use sandbox_gateway::{
    biller::seeds::SeedBill,
    encoding::{from_base64url, hmac},
    faults::Action,
    reminding::shared,
    seeds::{self, Enrolment},
};
use serde_json::{Value, json};
use world::{Answer, NEVER_MS, POWER, POWER_TOO, Phone, World};

const NUMBER: &str = "+8613800000001";
const SECRET: [u8; 32] = [9; 32];

/// A customer with a bill of 123.45, due on 2 December 2026; it is noon of 22 November at the bank.
async fn world(name: &str) -> (World, Phone, String) {
    let world = World::new(name);
    let bill = SeedBill { due_date: Some(date(2026, 12, 2)), ..SeedBill::new("R1", 12_345) };
    world.billers.add_bill("power-sh", POWER_TOO, &bill).unwrap();
    let phone = Phone::active(&world, NUMBER).await;
    let account = phone.bind(&world, "power-sh", POWER_TOO).await;
    (world, phone, account)
}

fn wished(channels: &[&str]) -> Value {
    json!({
        "revision": 0, "zone": "Asia/Shanghai", "channels": channels,
        "policy": {
            "lead_days": [7, 3, 1, 0], "overdue_days": [1, 3, 7, 14, 30], "overdue_every": 30, "at": "09:00",
            "quiet": {"from": "22:00", "to": "08:00"}, "redaction": 1, "language": "zh", "muted": []
        },
        "bindings": [], "snoozed": []
    })
}

async fn choose(world: &World, phone: &Phone, wished: &Value) -> Answer {
    let done = phone.post(world, "/v1/reminders", wished).await;
    assert_eq!(done.status, 200, "{done:?}");
    done
}

/// Hours pass; the bank runs its errands at each full one.
async fn hours(world: &World, hours: u64) {
    for _ in 0..hours {
        world.pass(3_600);
        world.gateway.collect().await.unwrap();
        world.gateway.remind().await.unwrap();
    }
}

/// A payment of the bill whose charge never reaches the biller, for as long as the fault is not cleared.
async fn lost_on_its_way(world: &World, phone: &mut Phone, account: &str) {
    world.fault("charge", None, Action::LoseRequest);
    let order = phone.order_for(world, account, "R1", 1, 12_345).await;
    assert_eq!(phone.pay(world, &order).await.status, 202);
}

/// The same, which comes to nothing within the hour.
async fn pay_in_vain(world: &World, phone: &mut Phone, account: &str) {
    lost_on_its_way(world, phone, account).await;
    hours(world, 1).await;
    world.faults.clear();
    world.settle_down().await;
}

/// What went out by message, but codes.
fn messages(world: &World) -> Vec<(i64, String)> {
    let all = world.sms.all().into_iter().filter(|sms| !sms.text.contains('#'));
    all.map(|sms| (sms.at, sms.text)).collect()
}

fn pushes(world: &World) -> Vec<(i64, String)> {
    world.pushes.all().into_iter().map(|push| (push.at, push.id)).collect()
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// What the phone's plan says of the bill, by `channel`, from the beginning on, within so many days.
fn by_the_plan(channel: Channel, days: i64) -> Vec<Reminder> {
    let bill = Bill {
        id: shared(&SECRET, "C1001", "power-sh", "R1"),
        biller: "power-sh".into(),
        name_zh: "上海电力".into(),
        name_en: "Shanghai Power".into(),
        number_masked: "*******025".into(),
        number: None,
        amount: Amount { minor: 12_345, currency: "CNY".into() },
        due_date: Some(date(2026, 12, 2)),
        status: Status::Open,
        failed_at: None,
        method: Some("活期账户".into()),
    };
    let policy = Policy::try_from(Wishes { channels: BTreeSet::from([channel]), ..Wishes::default() }).unwrap();
    let bank = zone("Asia/Shanghai").unwrap();
    let now = Timestamp::from_second(1_795_320_000).unwrap();
    let mut planned = plan(&[bill], &policy, now, &bank, &bank, Caps::NONE);
    planned.retain(|it| it.bill.is_some() && it.at <= now + Duration::from_secs(86_400 * days.cast_unsigned()));
    planned
}

#[tokio::test]
async fn row_89_for_each_set_of_channels_one_message_a_channel_and_planned_instant_with_the_ids_of_the_plan() {
    for set in 0..8 {
        let chosen: Vec<&str> = ["phone", "push", "sms"]
            .into_iter()
            .enumerate()
            .filter(|(nth, _)| set & (1 << nth) != 0)
            .map(|it| it.1)
            .collect();
        let (world, phone, account) = world(&format!("channels-{set}")).await;
        // Per binding: the others of the customer are spoken of by no channel.
        let _other = phone.bind(&world, "power-sh", POWER).await;
        let wishes = json!({ "bindings": [{"account": account, "channels": chosen}] });
        let mut all = wished(&[]);
        all["bindings"] = wishes["bindings"].clone();
        let done = choose(&world, &phone, &all).await;
        assert_eq!(done.body["bindings"], wishes["bindings"]);
        hours(&world, 24 * 28).await;
        let by = |channel: Channel, name: &str| {
            if chosen.contains(&name) { by_the_plan(channel, 28) } else { Vec::new() }
        };
        let expected: Vec<(i64, String)> =
            by(Channel::Push, "push").into_iter().map(|it| (it.at.as_millisecond(), it.id)).collect();
        assert_eq!(pushes(&world), expected, "{chosen:?}");
        let expected: Vec<(i64, String)> =
            by(Channel::Sms, "sms").into_iter().map(|it| (it.at.as_millisecond(), it.sms.unwrap())).collect();
        assert_eq!(messages(&world), expected, "{chosen:?}");
        assert!(expected.is_empty() || expected.len() == 8, "{}", expected.len());
    }
}

#[tokio::test]
async fn row_89_a_message_has_amount_method_deadline_or_days_and_a_masked_number_and_no_link() {
    let (world, phone, _) = world("message").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 24 * 12).await;
    let texts: Vec<String> = messages(&world).into_iter().map(|it| it.1).collect();
    assert_eq!(
        [texts.first().unwrap().as_str(), texts.last().unwrap().as_str()],
        [
            "账单7天后到期：上海电力（户号*******025）应缴¥123.45，最晚2026年12月2日缴清。支付方式：活期账户。",
            "账单已逾期1天：上海电力（户号*******025）欠费¥123.45，应于2026年12月2日缴清，请尽快缴费。支付方式：活期账户。"
        ]
    );
    for text in texts {
        assert!(!text.contains("http") && !text.contains("://") && !text.contains(POWER_TOO), "{text}");
    }
    // In English, with the number in full on the lock screen: the bank masks it all the same.
    let mut english = wished(&["sms", "push"]);
    (english["policy"]["language"], english["policy"]["redaction"]) = (json!("en"), json!(0));
    choose(&world, &phone, &english).await;
    hours(&world, 48).await;
    let text = messages(&world).pop().unwrap().1;
    let body = "Shanghai Power *******025: CNY 123.45 was due by 2 Dec 2026. Please pay soon. Pay by 活期账户.";
    assert_eq!(text, format!("Bill 3 days overdue: {body}"));
    assert_eq!(world.pushes.all().pop().unwrap().body, body);
}

#[tokio::test]
async fn row_89_once_it_is_paid_no_channel_speaks_of_it() {
    let (world, mut phone, account) = world("paid").await;
    choose(&world, &phone, &wished(&["sms", "push"])).await;
    hours(&world, 24 * 3).await;
    assert_eq!((messages(&world).len(), pushes(&world).len()), (1, 1));
    // While a payment is in doubt nothing invites to pay.
    lost_on_its_way(&world, &mut phone, &account).await;
    hours(&world, 24 * 4).await;
    assert!(messages(&world)[1].1.contains("请勿重复缴费"), "{:?}", messages(&world));
    world.faults.clear();
    world.settle_down().await;
    // That attempt has ended as reversed or settled; pay it if it is owed still.
    let feed = phone.get(&world, "/v1/sync").await;
    let bill = feed.body["bills"].as_array().unwrap().iter().find(|bill| bill["bill_number"] == "R1").unwrap().clone();
    if bill["state"] == "open" {
        let order = phone.order_for(&world, &account, "R1", bill["version"].as_i64().unwrap(), 12_345).await;
        assert_eq!(phone.pay(&world, &order).await.status, 200);
    }
    hours(&world, 24 * 20).await;
    assert_eq!((messages(&world).len(), pushes(&world).len()), (2, 2));
}

#[tokio::test]
async fn row_89_told_that_a_payment_is_being_checked_people_are_told_that_the_bill_is_due_once_that_has_failed() {
    let (world, mut phone, account) = world("failed").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    // Noon of the 24th: the payment is lost on its way, and d7 comes meanwhile.
    hours(&world, 48).await;
    lost_on_its_way(&world, &mut phone, &account).await;
    hours(&world, 24).await;
    let sent = messages(&world);
    assert!(sent.len() == 1 && sent[0].1.contains("请勿重复缴费"), "{sent:?}");
    hours(&world, 2).await;
    assert_eq!(messages(&world), sent, "not twice while it is so");
    world.faults.clear();
    world.settle_down().await;
    let feed = phone.get(&world, "/v1/sync").await;
    let bill = feed.body["bills"].as_array().unwrap().iter().find(|bill| bill["bill_number"] == "R1").unwrap().clone();
    assert_eq!(bill["state"], "open", "{bill}");
    hours(&world, 3).await;
    let sent = messages(&world);
    assert!(sent.len() == 2 && sent[1].1.starts_with("账单7天后到期"), "{sent:?}");
}

#[tokio::test]
async fn row_89_who_paid_in_vain_is_told_so_once_by_the_name_that_the_phone_has_for_it() {
    let (world, mut phone, account) = world("in-vain").await;
    choose(&world, &phone, &wished(&["sms", "push"])).await;
    // 10:00 of the 25th: that it is due in seven days was told an hour ago.
    hours(&world, 70).await;
    assert_eq!(messages(&world).len(), 1);
    lost_on_its_way(&world, &mut phone, &account).await;
    hours(&world, 1).await;
    assert_eq!(messages(&world).len(), 1);
    world.faults.clear();
    world.settle_down().await;
    let feed = phone.get(&world, "/v1/sync").await;
    let documents = feed.body["outcomes"].as_array().unwrap().clone();
    let [document] = documents.as_slice() else { panic!("{documents:?}") };
    let payload = document.as_str().unwrap().split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap();
    assert_eq!((payload["reversal"].is_object(), payload["payment_id"].is_string()), (true, true), "{payload}");
    let ended: Timestamp = payload["issued_at"].as_str().unwrap().parse().unwrap();
    hours(&world, 24).await;
    let (sent, pushed) = (messages(&world), pushes(&world));
    assert!(sent.len() == 2 && sent[1].1.starts_with("账单7天后到期：上次缴费未成功。上海电力"), "{sent:?}");
    let name = shared(&SECRET, "C1001", "power-sh", "R1");
    assert_eq!(pushed[1].1, format!("{name}.2026-12-02.f{}", ended.as_second()));
    assert_eq!(pushed.len(), 2);
    hours(&world, 24 * 3).await;
    assert_eq!(messages(&world).len(), 3, "the days go on as ever");
}

#[tokio::test]
async fn row_89_told_before_a_journey_that_a_payment_failed_the_last_day_is_spoken_of_wherever_the_phone_is_by_then() {
    let (world, mut phone, account) = world("journey").await;
    let mut choice = wished(&["push"]);
    choice["policy"]["lead_days"] = json!([0]);
    choose(&world, &phone, &choice).await;
    // 16:00 of the day before.
    hours(&world, 9 * 24 + 4).await;
    pay_in_vain(&world, &mut phone, &account).await;
    hours(&world, 2).await;
    let told = pushes(&world);
    let before = ms("2026-12-01T14:00:00Z");
    assert!(matches!(&told[..], [(at, id)] if id.contains(".f") && *at < before), "this evening: {told:?}");
    // On Kiritimati it would have been quiet until two hours after Shanghai's midnight.
    choice["revision"] = json!(1);
    choice["zone"] = json!("Pacific/Kiritimati");
    choose(&world, &phone, &choice).await;
    hours(&world, 2).await;
    for _ in 0..6 * 60 {
        world.pass(60);
        world.gateway.remind().await.unwrap();
    }
    let told = pushes(&world);
    assert!(told.len() == 2 && told[1].1.ends_with(".d0"), "{told:?}");
    assert_eq!((told[1].0 - ms("2026-12-01T19:00:00Z")) / 60_000, 0, "at nine");
}

#[tokio::test]
async fn row_89_a_way_that_is_chosen_after_a_failure_was_told_by_another_speaks_of_the_last_day() {
    let (world, mut phone, account) = world("chosen-after").await;
    let mut choice = wished(&["push"]);
    (choice["policy"]["lead_days"], choice["policy"]["at"]) = (json!([0]), json!("12:00"));
    choose(&world, &phone, &choice).await;
    hours(&world, 9 * 24 + 4).await;
    pay_in_vain(&world, &mut phone, &account).await;
    hours(&world, 2).await;
    assert!(matches!(&pushes(&world)[..], [(_, id)] if id.contains(".f")), "{:?}", pushes(&world));
    // 7:00 of the due date: what was over then counts as told by the new way, and as told when it was over.
    hours(&world, 12).await;
    choice["revision"] = json!(1);
    choice["channels"] = json!(["push", "sms"]);
    choose(&world, &phone, &choice).await;
    hours(&world, 7).await;
    let sent = messages(&world);
    assert!(sent.len() == 1 && sent[0].1.starts_with("账单今天到期"), "{sent:?}");
    assert_eq!(pushes(&world).len(), 2);
}

#[tokio::test]
async fn row_89_what_failed_in_the_night_is_told_once_when_the_quiet_hours_end_with_the_day_itself() {
    let (world, mut phone, account) = world("night").await;
    let mut choice = wished(&["sms"]);
    (choice["policy"]["lead_days"], choice["policy"]["at"]) = (json!([0]), json!("08:00"));
    choose(&world, &phone, &choice).await;
    // 01:00 of the due date.
    hours(&world, 9 * 24 + 13).await;
    pay_in_vain(&world, &mut phone, &account).await;
    for _ in 0..10 * 60 {
        world.pass(60);
        world.gateway.remind().await.unwrap();
    }
    let sent = messages(&world);
    assert!(matches!(&sent[..], [(_, text)] if text.starts_with("账单今天到期：上次缴费未成功")), "{sent:?}");
}

#[tokio::test]
async fn row_89_a_way_that_is_chosen_late_says_nothing_of_what_was_over_for_days_however_the_bank_tidies_up() {
    let (world, phone, _) = world("late-choice").await;
    choose(&world, &phone, &wished(&["phone"])).await;
    world.pass(23 * 86_400);
    // Noon of 15 December; the last stage was six days ago.
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 2).await;
    world.gateway.tick().await;
    hours(&world, 2).await;
    assert_eq!(messages(&world), []);
}

/// When the customer's documents were issued, the first one first.
async fn issued(world: &World, phone: &Phone) -> Vec<Timestamp> {
    let feed = phone.get(world, "/v1/sync").await;
    let documents = feed.body["outcomes"].as_array().unwrap().clone();
    let issued = |it: &Value| world::payload(it.as_str().unwrap())["issued_at"].as_str().unwrap().parse().unwrap();
    documents.iter().map(issued).collect()
}

#[tokio::test]
async fn row_89_an_end_that_a_restored_bank_issues_anew_is_told_once_by_the_name_of_the_first() {
    for told_before in [true, false] {
        let (mut world, mut phone, account) = world(&format!("anew-{told_before}")).await;
        choose(&world, &phone, &wished(&["sms", "push"])).await;
        // 10:00 of the 25th: that it is due in seven days was told an hour ago.
        hours(&world, 70).await;
        lost_on_its_way(&world, &mut phone, &account).await;
        hours(&world, 1).await;
        let backup = world.gateway.ledger().snapshot().unwrap();
        world.faults.clear();
        world.settle_down().await;
        let first = issued(&world, &phone).await;
        assert_eq!(first.len(), 1);
        if told_before {
            hours(&world, 2).await;
        }
        assert_eq!(messages(&world).len(), if told_before { 2 } else { 1 });
        world.restore(&backup);
        world.pass(1);
        world.settle_down().await;
        let anew = issued(&world, &phone).await;
        assert!(anew.len() == 1 && anew[0].as_second() > first[0].as_second(), "{anew:?} {first:?}");
        hours(&world, 24).await;
        let (sent, pushed) = (messages(&world), pushes(&world));
        assert!(sent.len() == 2 && sent[1].1.contains("上次缴费未成功"), "{told_before}: {sent:?}");
        assert!(pushed[1].1.ends_with(&format!(".f{}", first[0].as_second())), "{told_before}: {pushed:?} {first:?}");
    }
}

#[tokio::test]
async fn row_89_a_payment_ends_though_nothing_of_it_can_be_noted_for_reminders() {
    let (world, mut phone, account) = world("unnoted").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 70).await;
    lost_on_its_way(&world, &mut phone, &account).await;
    world.faults.clear();
    // As where it is full, or damaged.
    let aside = world::connect("unnoted-ledger.aside");
    let refuse = "CREATE TRIGGER refused BEFORE INSERT ON ended BEGIN SELECT RAISE(FAIL, 'no room'); END";
    aside.execute_batch(refuse).unwrap();
    world.pass(600);
    world.settle_down().await;
    assert_eq!(issued(&world, &phone).await.len(), 1, "it has ended");
    let noted = |sql| aside.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(noted("SELECT count(*) FROM ended"), 0);
    // Told by what its document says.
    hours(&world, 24).await;
    let sent = messages(&world);
    assert!(sent.len() == 2 && sent[1].1.contains("上次缴费未成功"), "{sent:?}");
}

#[tokio::test]
async fn row_89_once_less_is_asked_it_is_not_told_that_the_last_payment_failed() {
    for (asked, failed) in [(12_345 + 500, true), (5_000, false)] {
        let (mut world, mut phone, account) = world(&format!("less-{asked}")).await;
        world.collects(Duration::from_secs(86_400), 100);
        choose(&world, &phone, &wished(&["sms"])).await;
        hours(&world, 70).await;
        pay_in_vain(&world, &mut phone, &account).await;
        // At a counter, say; or the biller asks for a late fee.
        world.billers.revise_bill("power-sh", "R1", asked).unwrap();
        hours(&world, 24 * 4).await;
        let sent = messages(&world);
        assert_eq!(sent.iter().any(|(_, text)| text.contains("上次缴费未成功")), failed, "{sent:?}");
        assert_eq!(sent.len(), if failed { 3 } else { 2 }, "the days go on as ever: {sent:?}");
    }
}

#[tokio::test]
async fn row_89_what_was_paid_or_withdrawn_at_the_biller_a_moment_ago_is_not_spoken_of() {
    for collects in [true, false] {
        let (mut world, phone, _) = world(&format!("counter-{collects}")).await;
        if collects {
            world.collects(Duration::from_secs(86_400), 100);
        }
        choose(&world, &phone, &wished(&["sms"])).await;
        // 08:00 of 25 November.
        hours(&world, 68).await;
        world.billers.cancel_bill("power-sh", "R1").unwrap();
        hours(&world, 24).await;
        assert_eq!(messages(&world).is_empty(), collects, "it is asked about before it is spoken of");
    }
}

#[tokio::test]
async fn row_89_the_biller_is_silent_and_the_message_goes_all_the_same() {
    let (mut world, phone, _) = world("silent").await;
    world.collects(Duration::from_secs(3_600), 100);
    choose(&world, &phone, &wished(&["sms"])).await;
    world.fault("query", None, Action::LoseRequest);
    hours(&world, 24 * 4).await;
    assert_eq!(messages(&world).len(), 1);
}

#[tokio::test]
async fn row_89_a_biller_that_never_answers_keeps_no_message_back() {
    let (mut world, phone, _) = world("never").await;
    world.collects(Duration::from_secs(3_600), 100);
    choose(&world, &phone, &wished(&["sms"])).await;
    world.fault("query", None, Action::DelayAnswerMs(NEVER_MS));
    for _ in 0..24 * 4 {
        world.pass(3_600);
        tokio::time::timeout(Duration::from_secs(60), world.gateway.remind()).await.unwrap().unwrap();
    }
    assert_eq!(messages(&world).len(), 1);
}

#[tokio::test]
async fn row_89_a_silent_biller_with_many_customers_is_waited_for_once_a_turn() {
    let (mut world, phone, _) = world("crowd").await;
    world.collects(Duration::from_secs(86_400), 100);
    choose(&world, &phone, &wished(&["push"])).await;
    for nth in 0..23 {
        let number = format!("+86139{nth:08}");
        let customer = seeds::customers().remove(0);
        let (id, phone) = (format!("C2{nth:03}"), number.clone());
        let methods = Vec::new();
        world.gateway.enrol(&[Enrolment { id, phone, methods, ..customer }]).unwrap();
        let phone = Phone::active(&world, &number).await;
        phone.bind(&world, "power-sh", POWER_TOO).await;
        choose(&world, &phone, &wished(&["push"])).await;
    }
    // To the minute before nine, seven days before.
    hours(&world, 68).await;
    assert_eq!(pushes(&world).len(), 0);
    world.fault("query", None, Action::DelayAnswerMs(NEVER_MS));
    world.pass(3_600);
    world.gateway.remind().await.unwrap();
    assert_eq!(pushes(&world).len(), 24, "everybody is reminded by what is known");
    let asked = world.faults.struck().get("biller.delay_answer_ms").copied();
    assert_eq!(asked, Some(8), "those who were asked about at the same time, and nobody after them");
    // In the next turn it may speak again.
    world.pass(24 * 3_600 * 4);
    world.gateway.remind().await.unwrap();
    assert_eq!(world.faults.struck().get("biller.delay_answer_ms").copied(), Some(16));
}

#[tokio::test]
async fn row_89_what_is_more_than_a_customer_is_to_have_on_a_day_comes_on_the_next_whatever_becomes_of_the_bank() {
    let (mut world, phone, account) = world("many").await;
    for nth in 0..25 {
        let due_date = Some(date(2026, 12, 2));
        let bill = SeedBill { due_date, ..SeedBill::new(&format!("M{nth}"), 1_000 + nth) };
        world.billers.add_bill("power-sh", POWER_TOO, &bill).unwrap();
    }
    phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    choose(&world, &phone, &wished(&["sms"])).await;
    let backup = world.gateway.ledger().snapshot().unwrap();
    // Seven days before, at nine.
    hours(&world, 24 * 2 + 22).await;
    assert_eq!(messages(&world).len(), 20);
    world.restart();
    world.restore(&backup);
    phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    world.collects(Duration::from_secs(86_400), 24);
    for _ in 0..12 * 6 {
        world.pass(600);
        world.gateway.remind().await.unwrap();
    }
    assert_eq!(messages(&world).len(), 20, "the day's are counted beside the ledger");
    let asked = "SELECT coalesce(max(times), 0) FROM asked";
    let asked: i64 = world::connect("many-ledger.aside").query_row(asked, [], |row| row.get(0)).unwrap();
    assert!(asked <= 1, "what waits for tomorrow has used up {asked} of today's questions to the biller");
    hours(&world, 12).await;
    let sent = messages(&world);
    let texts: BTreeSet<&String> = sent.iter().map(|it| &it.1).collect();
    assert_eq!((sent.len(), texts.len()), (26, 26), "each bill once");
}

#[tokio::test]
async fn row_89_a_choice_that_a_later_one_of_the_same_phone_has_overtaken_changes_nothing() {
    let (world, phone, _) = world("overtaken").await;
    let told = |revision: u64, channels: &[&str]| {
        let mut wished = wished(channels);
        wished["revision"] = json!(revision);
        wished
    };
    let done = choose(&world, &phone, &told(2, &["sms"])).await;
    assert_eq!((&done.body["revision"], &done.body["channels"]), (&json!(2), &json!(["sms"])));
    let late = choose(&world, &phone, &told(1, &["push"])).await;
    assert_eq!((&late.body["revision"], &late.body["channels"]), (&json!(2), &json!(["sms"])), "what is in force");
    hours(&world, 24 * 3).await;
    assert_eq!((messages(&world).len(), pushes(&world).len()), (1, 0));
    // Another phone of the customer counts from its own beginning, and the last choice is the one.
    let new = Phone::active(&world, NUMBER).await;
    choose(&world, &new, &told(1, &["push"])).await;
    hours(&world, 24 * 5).await;
    assert_eq!((messages(&world).len(), pushes(&world).len()), (1, 1));
}

#[tokio::test]
async fn row_89_a_phone_that_is_off_for_thirty_days_has_its_messages_and_each_once_whatever_becomes_of_the_bank() {
    let (mut world, phone, _) = world("off").await;
    choose(&world, &phone, &wished(&["phone", "sms"])).await;
    let backup = world.gateway.ledger().snapshot().unwrap();
    for day in 0..30 {
        hours(&world, 12).await;
        if day % 3 == 0 {
            world.restart();
        }
        if day % 10 == 5 {
            world.restore(&backup);
            // The second of a restore: on with full hours.
            world.pass(3_599);
        }
        hours(&world, 12).await;
    }
    let sent = messages(&world);
    let texts: BTreeSet<&String> = sent.iter().map(|it| &it.1).collect();
    let expected: Vec<String> = by_the_plan(Channel::Sms, 29).into_iter().map(|it| it.sms.unwrap()).collect();
    assert_eq!((sent.len(), texts.len()), (expected.len(), expected.len()), "{sent:?}");
    assert!(expected.iter().all(|text| texts.contains(text)), "{sent:?}");
}

#[tokio::test]
async fn row_89_what_a_pause_of_the_bank_has_missed_is_told_once_in_the_words_of_now() {
    let (world, phone, _) = world("pause").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 24 * 3).await;
    assert_eq!(messages(&world).len(), 1, "d7");
    // Over d3, d1, d0 and o1, until the night of the 3rd: o1 is said after the quiet hours.
    world.pass(8 * 86_400 + 11 * 3_600);
    hours(&world, 12).await;
    let sent = messages(&world);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!(sent[1].0, ms("2026-12-04T00:00:00Z"));
    assert!(sent[1].1.starts_with("账单已逾期2天"), "{sent:?}");
}

#[tokio::test]
async fn row_89_a_crash_after_a_message_and_before_its_note_sends_it_twice_and_never_loses_one() {
    let (mut world, phone, _) = world("crash").await;
    world.collects(Duration::from_secs(86_400), 100);
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 68).await;
    // It dies while it asks the biller, before anything was sent.
    world.fault("query", None, Action::DelayMs(world::NEVER_MS));
    world.pass(3_600);
    let gateway = world.gateway.clone();
    assert!(tokio::time::timeout(Duration::from_millis(200), gateway.remind()).await.is_err());
    world.restart();
    world.faults.clear();
    assert_eq!(messages(&world), []);
    world.pass(60);
    world.gateway.remind().await.unwrap();
    assert_eq!(messages(&world).len(), 1);
    // It dies after the message and before its note.
    world::connect("crash-ledger.aside").execute_batch("DELETE FROM reminded").unwrap();
    world.restart();
    hours(&world, 3).await;
    assert_eq!(messages(&world).len(), 2);
}

#[tokio::test]
async fn row_89_a_channel_begins_with_what_is_to_be_said_from_then_on() {
    let (world, phone, account) = world("begins").await;
    // Noon of the 29th: d7 and d3 are over.
    world.pass(7 * 86_400);
    choose(&world, &phone, &wished(&["phone"])).await;
    choose(&world, &phone, &wished(&["sms"])).await;
    hours(&world, 24).await;
    assert_eq!(messages(&world), []);
    hours(&world, 48).await;
    assert_eq!(messages(&world).len(), 2, "d1 and d0");
    // A bill that is new to the bank was spoken of by nobody: it is told at once.
    let bill = SeedBill { due_date: Some(date(2026, 12, 4)), ..SeedBill::new("R2", 700) };
    world.billers.add_bill("power-sh", POWER_TOO, &bill).unwrap();
    let asked = phone.post(&world, "/v1/bills/query", &json!({ "account": account })).await;
    assert_eq!(asked.status, 200);
    hours(&world, 1).await;
    let sent = messages(&world);
    assert!(sent.len() == 3 && sent[2].1.starts_with("账单2天后到期"), "{sent:?}");
    // Taken back, nothing goes by it.
    choose(&world, &phone, &wished(&["phone"])).await;
    hours(&world, 24 * 10).await;
    assert_eq!(messages(&world).len(), 3);
}

#[tokio::test]
async fn row_89_mute_snooze_zone_and_quiet_hours_are_the_persons_at_the_bank_too() {
    let (world, phone, _) = world("wishes").await;
    let mut all = wished(&["push"]);
    all["policy"]["muted"] = json!(["power-sh"]);
    choose(&world, &phone, &all).await;
    hours(&world, 24 * 4).await;
    assert_eq!(pushes(&world), [], "muted");
    // Put off from d3 on until the 30th, 10:00; and the phone is in London.
    let mut all = wished(&["push"]);
    let name = shared(&SECRET, "C1001", "power-sh", "R1");
    all["snoozed"] = json!([{"bill": name, "from": "2026-11-26T04:00:00Z", "until": "2026-11-30T02:00:00Z"}]);
    all["zone"] = json!("Europe/London");
    choose(&world, &phone, &all).await;
    hours(&world, 24 * 6 + 6).await;
    // 02:00 in London is quiet: 08:00 there. Then the day before, and the day, at 09:00 there.
    let told: Vec<i64> = pushes(&world).into_iter().map(|it| it.0).collect();
    assert_eq!(
        told,
        [ms("2026-11-30T08:00:00Z"), ms("2026-12-01T09:00:00Z"), ms("2026-12-02T09:00:00Z")],
        "{:?}",
        pushes(&world)
    );
}

#[tokio::test]
async fn row_89_a_choice_of_nonsense_or_of_anothers_binding_is_refused_and_what_was_chosen_stays() {
    let (world, phone, account) = world("nonsense").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    let mut odd = wished(&[]);
    odd["policy"]["lead_days"] = json!([400]);
    assert_eq!(phone.post(&world, "/v1/reminders", &odd).await.problem(), "bad-request");
    odd = wished(&[]);
    odd["bindings"] = json!([{"account": "A-of-another", "channels": []}]);
    assert_eq!(phone.post(&world, "/v1/reminders", &odd).await.problem(), "account-unknown");
    let other = Phone::active(&world, "+8613800000002").await;
    odd["bindings"] = json!([{"account": account, "channels": ["sms"]}]);
    assert_eq!(other.post(&world, "/v1/reminders", &odd).await.problem(), "account-unknown");
    hours(&world, 24 * 3).await;
    assert_eq!(messages(&world).len(), 1, "what was chosen stays");
    // A zone of tomorrow is the bank's, and costs the choice nothing.
    let mut later = wished(&["sms"]);
    later["zone"] = json!("Asia/Atlantis");
    choose(&world, &phone, &later).await;
    hours(&world, 24 * 5).await;
    assert_eq!(messages(&world).len(), 2);
}

#[tokio::test]
async fn row_89_a_bill_is_told_with_its_name_in_reminders_which_is_each_customers_own() {
    let (world, phone, _) = world("names").await;
    let other = Phone::active(&world, "+8613800000002").await;
    other.bind(&world, "power-sh", POWER_TOO).await;
    let name = async |phone: &Phone| {
        let feed = phone.get(&world, "/v1/sync").await;
        let bills = feed.body["bills"].as_array().unwrap();
        bills.iter().find(|bill| bill["bill_number"] == "R1").unwrap()["reminder"].as_str().unwrap().to_owned()
    };
    let (own, others) = (name(&phone).await, name(&other).await);
    assert_eq!(own, shared(&SECRET, "C1001", "power-sh", "R1"));
    assert!(own != others && own.len() == 22, "{own} {others}");
    // Not a bare hash of what anyone could guess.
    assert!(!hmac(&[0; 32], b"R1").is_empty() && shared(&[0; 32], "C1001", "power-sh", "R1") != own);
}

#[tokio::test]
async fn row_89_who_made_way_for_another_s_payment_did_not_pay_in_vain() {
    let (world, mut phone, account) = world("made-way").await;
    choose(&world, &phone, &wished(&["sms"])).await;
    // 10:00 of the 25th: that it is due in seven days was told an hour ago.
    hours(&world, 70).await;
    let mut other = Phone::active(&world, "+8613800000002").await;
    let of_other = other.bind(&world, "power-sh", POWER_TOO).await;
    world.fault("charge", None, Action::LoseRequest);
    let first = other.order_for(&world, &of_other, "R1", 1, 12_345).await;
    let second = phone.order_for(&world, &account, "R1", 1, 12_345).await;
    assert_eq!(other.pay(&world, &first).await.status, 202);
    let refused = phone.pay(&world, &second).await;
    let payload = refused.text("outcome").split('.').nth(1).unwrap().to_owned();
    let payload: Value = serde_json::from_slice(&from_base64url(&payload).unwrap()).unwrap();
    assert_eq!(payload["refusal"]["reason"], "payment-in-progress-elsewhere");
    // The other's comes to nothing, too: the bill is as open as before.
    hours(&world, 1).await;
    world.faults.clear();
    world.settle_down().await;
    hours(&world, 24).await;
    assert!(messages(&world).iter().all(|(_, text)| !text.contains("上次缴费未成功")), "{:?}", messages(&world));
    hours(&world, 24 * 3).await;
    assert_eq!(messages(&world).len(), 2, "the days go on as ever");
}
