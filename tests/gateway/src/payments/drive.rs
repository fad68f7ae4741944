//! Decision, biller, decision, until nothing is left to send. No transaction is open while a biller
//! is asked, and dropping this at any point loses nothing: what was to be sent is in the ledger, and
//! the worker sends it.

use super::{
    again::is_open,
    commit::{Happened, Subject, Told, decide},
    transition::{Event, Send, State},
};
use crate::{
    gateway::Gateway,
    ledger::{LedgerError, operator::Why, orders::Order},
    leg::{ChargeNumber, LegError, request::Charge},
    plant,
};

/// More than any order needs in one go; the worker does the rest.
const STEPS: usize = 8;

/// Lets an event happen to an order, and all that follows from it.
pub(crate) async fn drive(gateway: &Gateway, mut subject: Subject, event: Event) -> Result<Told, LedgerError> {
    let mut happened = Happened::from(event);
    let mut told = Told::Pending;
    if let (true, Subject::Signed { signed, .. }) = (plant::is("charges-before-the-commit"), &subject) {
        let _ = ask(gateway, Send::Charge, &signed.unknown(gateway.now())?).await;
    }
    for _ in 0..STEPS {
        let decided = gateway.ledger.write(gateway.now(), |tx| decide(gateway, tx, &subject, &happened))?;
        told = decided.told;
        let Some((send, order)) = decided.send else { break };
        match ask(gateway, send, &order).await {
            Ok(answer) => happened = answer,
            Err(error) => {
                // Says nothing about what the biller did: the order stays as it is.
                tracing::info!(%error, ?send, "no word from the biller");
                if let Some(why) = for_a_person(&error) {
                    let has_row = order.state != State::Unknown;
                    gateway.ledger.write(gateway.now(), |tx| {
                        // Somebody else may have ended it while the biller was asked: then nobody has to.
                        let ended = tx.order(&order.payment_id)?.is_some_and(|now| !is_open(now.state));
                        if ended { Ok(()) } else { tx.list_for_operator(&order, why, has_row) }
                    })?;
                }
                break;
            }
        }
        // From here on the ledger's own row counts, where there is one.
        if order.state != State::Unknown {
            subject = Subject::Known(order.payment_id);
        }
    }
    Ok(told)
}

/// Why asking again will not help, where it will not.
fn for_a_person(error: &LegError) -> Option<Why> {
    match error {
        LegError::OtherAmount => Some(Why::OtherAmount),
        LegError::UnknownBiller => Some(Why::BillerGone),
        LegError::Lost
        | LegError::Status(_)
        | LegError::Unusable(_)
        | LegError::OtherRequest
        | LegError::TooOld
        | LegError::NotUnderstood(_) => None,
    }
}

/// Asks the biller once; the only place from which a charge or a `refund` goes out.
pub(super) async fn ask(gateway: &Gateway, send: Send, order: &Order) -> Result<Happened, LegError> {
    let billers = &gateway.ports.billers;
    let number: ChargeNumber =
        order.number.parse().map_err(|_| LegError::NotUnderstood("no charge number".to_owned()))?;
    match send {
        Send::Charge => {
            let (Some(customer_number), Some(version)) = (order.customer_number.clone(), order.bill_version) else {
                return Err(LegError::NotUnderstood("only a receipt is known".to_owned()));
            };
            let number = if plant::is("number-per-attempt") {
                let digest = format!("{}{}", order.number, order.charge_sent_at.unwrap_or_default());
                ChargeNumber::new(crate::encoding::sha256(digest.as_bytes()))
            } else {
                number
            };
            let charge = Charge {
                number,
                customer_number,
                bill_number: order.bill_number.clone(),
                version,
                amount_minor: order.amount,
                currency: crate::api::wire::CNY.to_owned(),
            };
            // Dated when the ledger says that it was sent: from then on its age is counted.
            let at = crate::moment::timestamp(order.charge_sent_at.unwrap_or_else(|| gateway.now()));
            let reply = billers.charge(&order.biller, charge, at).await?;
            Ok(Happened {
                event: Event::Charged(reply.answer),
                landed: reply.landed,
                refused: reply.refused,
                biller_time: Some(reply.biller_time.as_millisecond()),
            })
        }
        Send::Confirm => {
            let reply = billers.confirm(&order.biller, number, order.amount).await?;
            Ok(Happened {
                event: Event::Confirmed(reply.answer),
                landed: reply.landed,
                refused: None,
                biller_time: Some(reply.biller_time.as_millisecond()),
            })
        }
        Send::Refund => {
            let reply = billers.refund(&order.biller, number).await?;
            Ok(Happened {
                event: Event::Refunded(reply.answer),
                landed: None,
                refused: None,
                biller_time: Some(reply.biller_time.as_millisecond()),
            })
        }
    }
}
