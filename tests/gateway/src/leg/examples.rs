//! Golden messages of the leg, with Chinese text, for anyone to check an implementation against.

use jiff::{Timestamp, civil::date};

use super::{
    BankScene, ChargeNumber, LegSecret, Scene,
    answer::{self, Account, Answer, Bill, BillState, Item, Kind, Landed, RefusalCode, Refused},
    differences::{self, BankAnswer, BankSays, Difference, Differences},
    message,
    request::{self, Charge, Query, Request},
    statement::{self, Line, LineKind, Page, Totals},
};

/// A named message: the XML, the secret, and the body that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Unique.
    pub name: &'static str,
    /// UTF-8.
    pub xml: String,
    /// UTF-8; appended to the XML before hashing.
    pub secret: String,
    /// 40 upper-case hex digits, then the XML.
    pub body: Vec<u8>,
}

const SECRET: &str = "示例密钥 example secret";

/// One of each kind of message that the bank sends, and of each answer. The same bytes every time.
#[must_use]
pub fn examples() -> Vec<Example> {
    let time = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_795_000_000);
    let number = ChargeNumber::new([0xa7; 32]);
    let request = |body| Request { time, biller: "power-sh".to_owned(), body }.to_xml();
    let answers = "0123456789ABCDEF0123456789ABCDEF01234567".to_owned();
    let answer = |scene, number, body| Answer { time, scene, answers: answers.clone(), number, body }.to_xml();
    let query = |bill_number: Option<&str>| {
        let customer_number = "3110001017".to_owned();
        request(request::Body::Query(Query {
            customer_number,
            bill_number: bill_number.map(str::to_owned),
            after: None,
        }))
    };
    let charge = Charge {
        number,
        customer_number: "3110001017".to_owned(),
        bill_number: "E0001".to_owned(),
        version: 1,
        amount_minor: 12_345,
        currency: "CNY".to_owned(),
    };
    let bill = Bill {
        bill_number: "E0001".to_owned(),
        version: 1,
        kind: Kind::Bill,
        state: BillState::Open,
        currency: "CNY".to_owned(),
        amount_minor: 12_345,
        minimum_minor: 12_345,
        maximum_minor: 12_345,
        late_fee_minor: Some(45),
        period: Some("2026-11".to_owned()),
        due_date: Some(date(2026, 11, 30)),
        updated_at: time,
        items: vec![Item { label: "电费 <峰&谷>".to_owned(), amount_minor: 12_345 }],
    };
    let account = Account {
        holder_masked: "**明".to_owned(),
        address_masked: "上海市浦东新区世纪大道***号*栋***室".to_owned(),
        bills: vec![bill],
        more: None,
    };
    let landed = Landed { reference: "B00000000000000A7".to_owned(), version: 2, amount_minor: 12_345 };
    let closed = Refused { code: RefusalCode::Closed, retry_at: Some(time) };
    [
        ("query", query(None)),
        ("query-one-bill", query(Some("E0001"))),
        ("charge", request(request::Body::Charge(charge))),
        ("confirm", request(request::Body::Confirm(number))),
        ("refund", request(request::Body::Refund(number))),
        ("answer-account", answer(Scene::Query, None, answer::Body::Account(account))),
        ("answer-unknown-customer", answer(Scene::Query, None, answer::Body::UnknownCustomer)),
        ("answer-unknown-bill", answer(Scene::Query, None, answer::Body::UnknownBill)),
        ("answer-closed", answer(Scene::Query, None, answer::Body::Closed { retry_at: Some(time) })),
        ("answer-charged", answer(Scene::Charge, Some(number), answer::Body::Charged(landed.clone()))),
        ("answer-refused", answer(Scene::Charge, Some(number), answer::Body::Refused(closed))),
        ("answer-confirmed", answer(Scene::Confirm, Some(number), answer::Body::Charged(landed))),
        ("answer-not-found", answer(Scene::Confirm, Some(number), answer::Body::NotFound)),
        ("answer-undone", answer(Scene::Refund, Some(number), answer::Body::Undone)),
        ("answer-nothing-left", answer(Scene::Refund, Some(number), answer::Body::NothingLeft)),
        ("answer-too-old", answer(Scene::Charge, Some(number), answer::Body::TooOld)),
        ("answer-error", answer(Scene::Charge, None, answer::Body::Error { code: "wrong-signature".to_owned() })),
    ]
    .into_iter()
    .map(|(name, xml)| example(name, xml))
    .collect()
}

/// What a biller asks the bank, and tells it, with what it is answered. A page of a statement bears no
/// time of its own: it is the same bytes whenever it is asked for.
#[must_use]
pub fn of_the_statement() -> Vec<Example> {
    let time = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_795_000_000);
    let (day, biller, number) = (date(2026, 11, 17), "power-sh".to_owned(), ChargeNumber::new([0xa7; 32]));
    let line = |kind, day, amount_minor| Line {
        kind,
        corrects: false,
        number,
        bill_number: "E0001".to_owned(),
        amount_minor,
        day,
    };
    let corrects = Line { corrects: true, ..line(LineKind::Charged, day, 12_345) };
    let first = Page {
        biller: biller.clone(),
        day,
        closed_at: time,
        page: 1,
        previous: None,
        lines: vec![line(LineKind::Open, day, 500), line(LineKind::Charged, date(2026, 11, 16), 12_345)],
        totals: None,
    };
    let first = example("statement-page", first.to_xml());
    let last = Page {
        biller: biller.clone(),
        day,
        closed_at: time,
        page: 2,
        previous: message::signature(&first.body).map(str::to_owned),
        lines: vec![line(LineKind::Undone, day, 700), line(LineKind::Repaid, day, 800), corrects],
        totals: Some(Totals { lines: 5, charged_minor: 12_345 }),
    };
    let item = |what, books: Option<i64>| differences::Item {
        what,
        number,
        bill_number: books.map(|_| "E0001".to_owned()),
        amount_minor: books,
    };
    let items = vec![item(Difference::ExtraLine, None), item(Difference::WrongAmount, Some(12_346))];
    let told = Differences { time, biller: biller.clone(), items };
    let answer = |scene, says| {
        let answers = "0123456789ABCDEF0123456789ABCDEF01234567".to_owned();
        BankAnswer { time, scene, answers, says }.to_xml()
    };
    vec![
        example("statement", statement::Request { time, biller, day, page: 1 }.to_xml()),
        first,
        example("statement-last-page", last.to_xml()),
        example("differences", told.to_xml()),
        example("answer-not-closed", answer(BankScene::Statement, BankSays::NotClosed { closes_at: time })),
        example("answer-taken", answer(BankScene::Differences, BankSays::Taken)),
    ]
}

fn example(name: &'static str, xml: String) -> Example {
    let body = message::seal(&xml, &LegSecret::new(SECRET));
    Example { name, xml, secret: SECRET.to_owned(), body }
}
