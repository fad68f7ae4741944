//! What a biller asks the bank, and tells it: one signed message in, one signed answer out.

use super::close::close;
use crate::{
    biller::Reply,
    gateway::Gateway,
    ledger::LedgerError,
    leg::{
        BankScene, LegSecret,
        differences::{BankAnswer, BankSays, Differences, Item},
        message, statement, xml,
    },
    moment,
};

/// How many days back a statement can be asked for.
const DAYS_BACK: i64 = 3_660;

/// What a message is to be answered.
enum Answer {
    /// A page of a closed day, as it was closed.
    Page(Vec<u8>),
    Says(BankSays),
}

/// Answers one message of a biller.
pub(crate) fn answer(gateway: &Gateway, biller: &str, scene: BankScene, body: &[u8]) -> Reply {
    let reply = |status, body| Reply { status, body, delay: std::time::Duration::ZERO };
    let Some(secret) = gateway.ports.billers.secret(biller) else { return reply(404, Vec::new()) };
    let answers = message::signature(body).unwrap_or_default().to_owned();
    let seal = |says| {
        let answer = BankAnswer { time: gateway.ports.clock.now(), scene, answers: answers.clone(), says };
        message::seal(&answer.to_xml(), secret)
    };
    let done = match scene {
        BankScene::Statement => statement(gateway, biller, secret, body),
        BankScene::Differences => differences(gateway, biller, secret, body),
    };
    match done {
        Ok(Ok(Answer::Page(page))) => reply(200, page),
        Ok(Ok(Answer::Says(says))) => reply(200, seal(says)),
        Ok(Err(code)) => reply(400, seal(BankSays::Error { code: code.to_owned() })),
        // The error names tables, never a customer; the other side learns nothing.
        Err(error) => {
            tracing::error!(%error, biller, %scene, "the bank could not answer a biller");
            reply(500, Vec::new())
        }
    }
}

/// What was understood of a message, or the code to answer with; or the ledger failed.
type Done = Result<Result<Answer, &'static str>, LedgerError>;

fn statement(gateway: &Gateway, biller: &str, secret: &LegSecret, body: &[u8]) -> Done {
    let request = match read(body, secret, statement::Request::read) {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    if request.biller != biller {
        return Ok(Err("wrong-address"));
    }
    let (now, day) = (gateway.now(), moment::day_of(request.day));
    if message::fresh(request.time, moment::timestamp(now)).is_err() {
        return Ok(Ok(Answer::Says(BankSays::TooOld)));
    }
    if day >= moment::bank_day(now) {
        let closes_at = moment::timestamp(moment::day_begins(day + 1));
        return Ok(Ok(Answer::Says(BankSays::NotClosed { closes_at })));
    }
    if day < moment::bank_day(now) - DAYS_BACK {
        return Ok(Ok(Answer::Says(BankSays::NoSuchPage)));
    }
    close(gateway, biller, secret, day)?;
    let page = gateway.statements.page(biller, day, request.page)?;
    Ok(Ok(page.map_or(Answer::Says(BankSays::NoSuchPage), Answer::Page)))
}

fn differences(gateway: &Gateway, biller: &str, secret: &LegSecret, body: &[u8]) -> Done {
    let message = match read(body, secret, Differences::read) {
        Ok(message) => message,
        Err(code) => return Ok(Err(code)),
    };
    if message.biller != biller {
        return Ok(Err("wrong-address"));
    }
    if message::fresh(message.time, gateway.ports.clock.now()).is_err() {
        return Ok(Ok(Answer::Says(BankSays::TooOld)));
    }
    take(gateway, biller, &message.items)?;
    Ok(Ok(Answer::Says(BankSays::Taken)))
}

/// Takes differences into the bank's list, in one commit; the worker looks into them.
pub(crate) fn take(gateway: &Gateway, biller: &str, items: &[Item]) -> Result<(), LedgerError> {
    gateway.ledger.write(gateway.now(), |tx| items.iter().try_for_each(|item| tx.list_difference(biller, item)))
}

fn read<T>(
    body: &[u8],
    secret: &LegSecret,
    parse: impl FnOnce(&xml::Element) -> Result<T, xml::XmlError>,
) -> Result<T, &'static str> {
    let text = message::verify(body, secret).map_err(|refusal| refusal.code())?;
    xml::read(text).and_then(|root| parse(&root)).map_err(|_| "not-a-message")
}

/// Closes yesterday for every biller, so that no restore comes in between.
pub(crate) fn close_yesterday(gateway: &Gateway) -> Result<(), LedgerError> {
    let yesterday = moment::bank_day(gateway.now()) - 1;
    for biller in gateway.catalogue.ids() {
        if let Some(secret) = gateway.ports.billers.secret(biller) {
            close(gateway, biller, secret, yesterday)?;
        }
    }
    Ok(())
}
