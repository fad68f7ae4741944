//! The way from the bank to its billers, with what goes wrong on it. A message that is under way
//! arrives whether or not the gateway that sent it still lives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use billpay_core::platform::BoxFuture;
use sandbox_gateway::{
    biller::Billers,
    leg::{BillerLeg, LegError, Scene},
};
use tokio::{sync::oneshot, time::timeout};

use super::{
    common::Common,
    fault::{Fate, Kind},
    impostor::{Impostor, Swapped, made_up},
    ledger_tap::LedgerTap,
    process::Process,
};

/// How long the bank waits, as over the network.
const PATIENCE: Duration = Duration::from_secs(5);

/// The leg of one life of the gateway.
pub struct Leg {
    /// What everything shares.
    pub common: Arc<Common>,
    /// The houses.
    pub billers: Arc<Billers>,
    /// The gateway's.
    pub process: Arc<Process>,
    /// The last answer of each biller to each scene, for a proxy that mixes them up.
    pub last: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Who has all messages in hand and no secret.
    pub impostor: Impostor,
    /// The bank's ledger as it is committed, for the tap.
    pub ledger: Arc<LedgerTap>,
}

type Answer = Result<Vec<u8>, LegError>;

impl Leg {
    fn deliver(
        &self,
        fault: Option<Kind>,
        biller: &str,
        scene: Scene,
        body: Vec<u8>,
        after: Duration,
        back: Duration,
    ) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let (common, billers, biller) = (self.common.clone(), self.billers.clone(), biller.to_owned());
        common.under_way(after + back);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let heard = common.watched(&biller, async { billers.handle(&biller, scene, &body) }).await;
            let Some(reply) = heard else { return };
            if let Some(kind) = fault {
                common.faults.struck(kind);
            }
            common.trace.note(format_args!("{biller} {scene} -> {}", reply.status));
            tokio::time::sleep(reply.delay + back).await;
            let answer = if reply.status == 200 { Ok(reply.body) } else { Err(LegError::Status(reply.status)) };
            // Nobody may be waiting any more.
            let _ = sender.send(answer);
        });
        receiver
    }

    async fn exchange(&self, biller: &str, scene: Scene, body: Vec<u8>, fate: Fate) -> Answer {
        let Fate { there, back, .. } = fate;
        let lost = |_| LegError::Lost;
        let struck = || fate.kind.into_iter().for_each(|kind| self.common.faults.struck(kind));
        match fate.kind {
            Some(Kind::LegLoseRequest) => {
                struck();
                tokio::time::sleep(there).await;
                Err(LegError::Lost)
            }
            Some(Kind::LegStatus) => {
                struck();
                tokio::time::sleep(there + back).await;
                Err(LegError::Status(if fate.choice.is_multiple_of(2) { 502 } else { 429 }))
            }
            Some(Kind::LegLate) => {
                drop(self.deliver(fate.kind, biller, scene, body, fate.late, back));
                tokio::time::sleep(there).await;
                Err(LegError::Lost)
            }
            Some(Kind::LegSlow) => {
                let slow = Duration::from_millis(4_000 + fate.choice % 30_000);
                self.deliver(fate.kind, biller, scene, body, slow, back).await.map_err(lost)?
            }
            Some(Kind::LegDuplicate) => {
                // The copy comes long after, when the bill may be another, or just before.
                let copy = if fate.choice.is_multiple_of(2) { there + fate.late } else { there };
                drop(self.deliver(fate.kind, biller, scene, body.clone(), copy, back));
                self.deliver(None, biller, scene, body, there, back).await.map_err(lost)?
            }
            Some(Kind::LegForged) if let Some(swapped) = made_up(self.common.now.ms(), &body, fate.choice) => {
                struck();
                match swapped {
                    Swapped::Answer(answer, arrives) => {
                        if arrives {
                            drop(self.deliver(None, biller, scene, body, there, back));
                        }
                        tokio::time::sleep(there + back).await;
                        Ok(answer)
                    }
                    Swapped::Request(scene, body) => {
                        drop(self.deliver(None, biller, scene, body, there, back));
                        tokio::time::sleep(there + back).await;
                        Err(LegError::Lost)
                    }
                }
            }
            other => {
                let (now, choice) = (self.common.now.ms(), fate.choice >> 1);
                let crossed = (other == Some(Kind::LegCrossed))
                    .then(|| self.impostor.another(now, biller, &body, choice))
                    .flatten();
                if let Some(answer) = crossed {
                    struck();
                    if fate.choice.is_multiple_of(2) {
                        drop(self.deliver(None, biller, scene, body, there, back));
                    }
                    tokio::time::sleep(there + back).await;
                    return Ok(answer);
                }
                let asked = body.clone();
                let answer = self.deliver(None, biller, scene, body, there, back).await.map_err(lost)?;
                if let Ok(answer) = &answer {
                    self.impostor.hears(self.common.now.ms(), biller, &asked, answer);
                }
                // Nobody had anything to mix it up with.
                if other != Some(Kind::LegCrossed) {
                    struck();
                }
                let before = answer.as_ref().ok().map(|fresh| {
                    let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                    last.insert(format!("{biller} {scene}"), fresh.clone()).unwrap_or_default()
                });
                match other {
                    Some(Kind::LegLoseAnswer) => Err(LegError::Lost),
                    Some(Kind::LegStatusAfter) => Err(LegError::Status(504)),
                    Some(Kind::LegGarbage) => Ok(garbage(answer?, fate.choice)),
                    Some(Kind::LegStale) => Ok(before.filter(|before| !before.is_empty()).unwrap_or_default()),
                    Some(_) | None => answer,
                }
            }
        }
    }
}

/// One byte changed, or the end missing.
fn garbage(mut answer: Vec<u8>, choice: u64) -> Vec<u8> {
    let at = usize::try_from(choice >> 8).unwrap_or(0).checked_rem(answer.len()).unwrap_or(0);
    if choice.is_multiple_of(2) {
        answer.truncate(at);
    } else if let Some(byte) = answer.get_mut(at) {
        *byte ^= 1 << (choice >> 1 & 7);
    }
    answer
}

/// The number that a message is about.
fn number(body: &[u8]) -> Option<&str> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("<number>")?;
    rest.split_once("</number>").map(|(number, _)| number)
}

impl BillerLeg for Leg {
    fn post<'a>(&'a self, biller: &'a str, scene: Scene, body: Vec<u8>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            self.process.point().await;
            let number = number(&body);
            if let (Scene::Charge, Some(number)) = (scene, number) {
                self.ledger.charge_leaves(&self.common, number);
            }
            let fate = self.common.faults.on_biller_leg(self.ledger.which(biller, scene, number));
            if let Some(kind) = fate.kind {
                self.common.trace.note(format_args!("fault {kind:?} at {biller} {scene}"));
            }
            let answer = timeout(PATIENCE, self.exchange(biller, scene, body, fate)).await;
            self.process.point().await;
            answer.unwrap_or(Err(LegError::Lost))
        })
    }
}
