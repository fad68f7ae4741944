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
    tap, withhold,
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
        self.deliver_as(None, request, after, back)
    }

    /// The same; `fault` takes effect when it arrives.
    fn deliver_as(
        &self,
        fault: Option<Kind>,
        request: &Request,
        after: Duration,
        back: Duration,
    ) -> oneshot::Receiver<Answer> {
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
                    if answer.status == 500 {
                        common.wrong("internal", format!("the gateway failed at {what}"));
                    }
                    if let Some(kind) = fault {
                        common.faults.struck(kind);
                    }
                    // It met a document by a key that it does not know: that is what it asks for.
                    if what == "GET /v1/trust" && common.record.facts().shipped_early.remove(&phone) {
                        common.faults.struck(Kind::KeyRotated);
                    }
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
        let struck = || fate.kind.into_iter().for_each(|kind| self.common.faults.struck(kind));
        match kind {
            Some(Kind::Refused) => {
                struck();
                tokio::time::sleep(there).await;
                Err(unreachable())
            }
            Some(Kind::LoseRequest) => {
                struck();
                tokio::time::sleep(there + back).await;
                Err(interrupted())
            }
            Some(Kind::Status) => {
                struck();
                tokio::time::sleep(there + back).await;
                Ok(html(pick_status(fate.choice), Vec::new()))
            }
            Some(Kind::Late) => {
                drop(self.deliver_as(fate.kind, request, fate.late, back));
                tokio::time::sleep(there).await;
                Err(interrupted())
            }
            Some(Kind::Slow) => {
                let slow = Duration::from_millis(1_000 + fate.choice % 60_000);
                self.deliver_as(fate.kind, request, slow, back).await.map_err(lost)?
            }
            Some(Kind::Duplicate) => {
                // The copy comes long after, or just before: then the answer that is waited for is the
                // one that a message gets which the bank has seen already.
                let (copy, own) = match fate.choice % 3 {
                    0 => (there + fate.late, there),
                    1 => (there, there),
                    _ => (there, there + back),
                };
                drop(self.deliver_as(fate.kind, request, copy, back));
                // One of the two may have got through.
                self.deliver(request, own, back).await.map_err(lost)?.map_err(|_| interrupted())
            }
            other => {
                let answer = self.deliver(request, there, back).await.map_err(lost)??;
                let refresh = tap::path(&request.url) == "/v1/sync";
                Ok(self.spoil(other, answer, refresh, fate.choice).ok_or_else(interrupted)?)
            }
        }
    }

    fn spoil(&self, kind: Option<Kind>, answer: Response, refresh: bool, choice: u64) -> Option<Response> {
        if let Some(kind) = kind.filter(|kind| *kind != Kind::Withheld) {
            self.common.faults.struck(kind);
        }
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
            Some(Kind::Withheld) if refresh && status == 200 => {
                Response { status, headers, body: withhold::page(&self.common, self.phone, body, Some(choice)) }
            }
            None if refresh && status == 200 => {
                Response { status, headers, body: withhold::page(&self.common, self.phone, body, None) }
            }
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
            let payment = tap::leaves(&self.common, &self.keeper, self.phone, &request);
            let which = tap::which(&self.common, self.phone, &request, payment.as_deref());
            let fate = self.common.faults.on_phone_leg(self.common.now.ms(), which);
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
