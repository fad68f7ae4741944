//! The way from a phone to the gateway, with what goes wrong on it. A request that is under way
//! arrives whether or not the app that sent it still lives.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use billpay_core::platform::{BoxFuture, Request, Response, Transport, TransportError, TransportFault};
use sandbox_gateway::api::http;
use tokio::{sync::oneshot, time::timeout};

use super::{
    bank::{Bank, Reached},
    common::Common,
    fault::{Fate, Kind},
    keeper::Keeper,
    process::Process,
    tap,
};

/// How long the client waits for an answer, as over the network.
const PATIENCE: Duration = Duration::from_secs(20);

/// The line of one life of an app.
pub struct Line {
    /// What everything shares.
    pub common: Arc<Common>,
    /// Where it leads.
    pub bank: Arc<Bank>,
    /// Whose it is.
    pub phone: usize,
    /// The app's.
    pub process: Arc<Process>,
    /// The app's file, for the tap.
    pub keeper: Arc<Keeper>,
    /// The last good answer, for a cache that mixes them up.
    pub last: Mutex<Vec<u8>>,
}

type Answer = Result<Response, TransportError>;

const STATUSES: [u16; 12] = [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504];

fn interrupted() -> TransportError {
    TransportError { kind: TransportFault::Interrupted, nothing_sent: false }
}

fn unreachable() -> TransportError {
    TransportError { kind: TransportFault::Unreachable, nothing_sent: true }
}

impl Line {
    fn deliver(&self, request: &Request, after: Duration, back: Duration) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let (common, bank, phone) = (self.common.clone(), self.bank.clone(), self.phone);
        let request = http::Request {
            method: request.method.as_str().to_owned(),
            url: request.url.clone(),
            headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: request.body.clone(),
        };
        common.under_way(after + back);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            common.record.facts().requests += 1;
            let what = format!("{} {}", request.method, tap::path(&request.url));
            let answer = match bank.handle(request).await {
                Reached::Nobody => Err(unreachable()),
                Reached::Died => Err(interrupted()),
                Reached::Answered(answer) => {
                    let problem = if answer.status < 400 { "" } else { problem(&answer.body) };
                    common.trace.note(format_args!("phone {phone} {what} -> {} {problem}", answer.status));
                    tokio::time::sleep(back).await;
                    Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
                }
            };
            // Nobody may be waiting any more.
            let _ = sender.send(answer);
        });
        receiver
    }

    async fn exchange(&self, request: &Request, fate: Fate) -> Answer {
        let Fate { there, back, .. } = fate;
        let kind = match fate.kind {
            Some(Kind::Outage) => Some(if fate.choice.is_multiple_of(4) { Kind::LoseRequest } else { Kind::Refused }),
            other => other,
        };
        let lost = |_| interrupted();
        match kind {
            Some(Kind::Refused) => {
                tokio::time::sleep(there).await;
                Err(unreachable())
            }
            Some(Kind::LoseRequest) => {
                tokio::time::sleep(there + back).await;
                Err(interrupted())
            }
            Some(Kind::Status) => {
                tokio::time::sleep(there + back).await;
                Ok(html(pick_status(fate.choice), Vec::new()))
            }
            Some(Kind::Late) => {
                drop(self.deliver(request, fate.late, back));
                tokio::time::sleep(there).await;
                Err(interrupted())
            }
            Some(Kind::Slow) => {
                let slow = Duration::from_millis(1_000 + fate.choice % 60_000);
                self.deliver(request, slow, back).await.map_err(lost)?
            }
            Some(Kind::Duplicate) => {
                drop(self.deliver(request, there + fate.late, back));
                // One of the two may have got through.
                self.deliver(request, there, back).await.map_err(lost)?.map_err(|_| interrupted())
            }
            other => {
                let answer = self.deliver(request, there, back).await.map_err(lost)??;
                Ok(self.spoil(other, answer, fate.choice).ok_or_else(interrupted)?)
            }
        }
    }

    fn spoil(&self, kind: Option<Kind>, answer: Response, choice: u64) -> Option<Response> {
        let before = (answer.status == 200).then(|| {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *last, answer.body.clone())
        });
        let Response { status, headers, mut body } = answer;
        Some(match kind {
            Some(Kind::LoseAnswer) => return None,
            Some(Kind::StatusAfter) => html(pick_status(choice), headers),
            Some(Kind::Garbage) => Response { status: 200, headers: Vec::new(), body: choice.to_le_bytes().to_vec() },
            Some(Kind::WrongJson) => {
                let bodies =
                    ["{}", "[]", "null", r#"{"outcome":"a.b.c"}"#, r#"{"outcome":7}"#, r#"{"state":"settled"}"#];
                let at = usize::try_from(choice % 6).unwrap_or(0);
                let body = bodies.get(at).copied().unwrap_or_default().as_bytes().to_vec();
                Response { status: 200, headers, body }
            }
            Some(Kind::Truncated) => {
                let at = usize::try_from(choice).unwrap_or(0).checked_rem(body.len()).unwrap_or(0);
                body.truncate(at);
                Response { status, headers, body }
            }
            Some(Kind::Stale) => Response { status: 200, headers, body: before.unwrap_or_default() },
            Some(_) | None => Response { status, headers, body },
        })
    }
}

/// The name of a problem document.
fn problem(body: &[u8]) -> &str {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let name = text.split_once("problem:").map_or("", |(_, rest)| rest);
    name.split('"').next().unwrap_or_default()
}

fn pick_status(choice: u64) -> u16 {
    let at = usize::try_from(choice % 12).unwrap_or(0);
    STATUSES.get(at).copied().unwrap_or(502)
}

fn html(status: u16, headers: Vec<(String, String)>) -> Response {
    Response { status, headers, body: b"<html><body>Bad Gateway</body></html>".to_vec() }
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            self.process.point().await;
            tap::leaves(&self.common, &self.keeper, self.phone, &request);
            let fate = self.common.faults.on_phone_leg(self.common.now.ms());
            if let Some(kind) = fate.kind {
                self.common.trace.note(format_args!(
                    "fault {kind:?} at phone {} {}",
                    self.phone,
                    tap::path(&request.url)
                ));
            }
            let answer = timeout(PATIENCE, self.exchange(&request, fate)).await;
            self.process.point().await;
            answer.unwrap_or_else(|_| Err(interrupted()))
        })
    }

    fn set_pins(&self, _: billpay_core::model::pins::PinSet) -> Result<(), TransportFault> {
        // There is no TLS here.
        Ok(())
    }
}
