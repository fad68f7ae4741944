//! `billpay events`: what has happened, again and again until it is acknowledged (row 33).

use billpay_core::{Client, events::EventKind, text::PaymentText};
use serde_json::json;

use crate::{args::Events, failure::Failure, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client, asked: Events) -> Result<(), Failure> {
    match asked {
        Events::Next => {
            let Some(event) = client.next_event().await.map_err(shell.failure())? else {
                shell.line(shell.say("没有新的事件。", "Nothing new."));
                shell.done(json!({ "event": null }));
                return Ok(());
            };
            let (kind, word) = match event.kind {
                EventKind::Settled => ("settled", PaymentText::SettledWord),
                EventKind::Refused => ("refused", PaymentText::RefusedWord),
                EventKind::Reversed => ("reversed", PaymentText::ReversedWord),
                EventKind::Cancelled => ("cancelled", PaymentText::CancelledWord),
                EventKind::Repaid => ("repaid", PaymentText::RepaidWord),
            };
            shell.line(&format!("{}  {}  {}", event.id, event.payment(), shell.text(word)));
            let next = shell.say("处理后：", "Once dealt with: ");
            shell.line(&format!("{next}billpay events ack {}", event.id));
            shell.done(json!({ "event": { "id": event.id, "payment_id": event.payment(), "kind": kind } }));
        }
        Events::Ack { id } => {
            client.acknowledge_event(&id).await.map_err(shell.failure())?;
            shell.line(shell.say("已确认。", "Acknowledged."));
            shell.done(json!({ "acknowledged": id }));
        }
    }
    Ok(())
}
