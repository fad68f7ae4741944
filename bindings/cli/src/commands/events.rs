//! `billpay events`: what has happened, again and again until it is acknowledged (row 33).

use billpay_core::{
    Client,
    events::{Event, EventKind},
    text::PaymentText,
};
use serde_json::{Value, json};

use crate::{args::Events, failure::Failure, paint::Align, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Option<Events>) -> Result<(), Failure> {
    match asked.unwrap_or(Events::List) {
        Events::List => {
            let events = client.waiting_events().await.map_err(shell.failure())?;
            let head = [
                (shell.say("付款", "payment"), Align::Left),
                (shell.say("结果", "what"), Align::Left),
                (shell.say("编号", "id"), Align::Left),
            ];
            let row = |event: &Event| vec![event.payment().to_owned(), shell.text(word(event)), event.id.clone()];
            let rows: Vec<Vec<String>> = events.iter().map(row).collect();
            shell.lines(&shell.paint.table(&head, &rows, |_, _, cell| cell.to_owned()));
            shell.line(match events.is_empty() {
                true => shell.say("没有新的事件。", "Nothing new."),
                false => shell.say("处理后：billpay events ack <编号>", "Once dealt with: billpay events ack <ID>"),
            });
            events.iter().for_each(|event| shell.record(&json!({ "event": as_json(event) })));
            shell.done(json!({ "events": events.len() }));
        }
        Events::Next => {
            let Some(event) = client.next_event().await.map_err(shell.failure())? else {
                shell.line(shell.say("没有新的事件。", "Nothing new."));
                shell.done(json!({ "event": null }));
                return Ok(());
            };
            shell.line(&format!("{}  {}  {}", event.id, event.payment(), shell.text(word(&event))));
            let next = shell.say("处理后：", "Once dealt with: ");
            shell.line(&format!("{next}billpay events ack {}", event.id));
            shell.done(json!({ "event": as_json(&event) }));
        }
        Events::Ack { id } => {
            // A script that was killed after its first `ack` says it again: that is no failure.
            let was_waiting = client.acknowledge_event(&id).await.map_err(shell.failure())?;
            let told = match was_waiting {
                true => shell.say("已确认。", "Acknowledged."),
                false => shell.say(
                    "没有这个待确认的事件：已确认过，或编号有误。查看：billpay events",
                    "No event of that id waits: it was acknowledged before, or never was. See: billpay events",
                ),
            };
            shell.sentences(told, str::to_owned);
            shell.done(json!({ "acknowledged": id, "was_waiting": was_waiting }));
        }
    }
    Ok(())
}

fn word(event: &Event) -> PaymentText {
    match event.kind {
        EventKind::Settled => PaymentText::SettledWord,
        EventKind::Refused => PaymentText::RefusedWord,
        EventKind::Reversed => PaymentText::ReversedWord,
        EventKind::Cancelled => PaymentText::CancelledWord,
        EventKind::Repaid => PaymentText::RepaidWord,
    }
}

fn as_json(event: &Event) -> Value {
    let kind = match event.kind {
        EventKind::Settled => "settled",
        EventKind::Refused => "refused",
        EventKind::Reversed => "reversed",
        EventKind::Cancelled => "cancelled",
        EventKind::Repaid => "repaid",
    };
    json!({ "id": event.id, "payment_id": event.payment(), "kind": kind })
}
