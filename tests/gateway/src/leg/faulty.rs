//! The leg in process with a fault script in it. Over the network the same script strikes at the
//! billers' socket ([`crate::serve`]).

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::{BillerLeg, LegError, Scene};
use crate::{
    clock::Clock,
    faults::{Action, Faults, Point},
    serve::GARBAGE,
};

/// Another leg, with faults.
#[derive(Clone)]
pub struct FaultyLeg {
    leg: Arc<dyn BillerLeg>,
    faults: Arc<Faults>,
    clock: Arc<dyn Clock>,
}

impl FaultyLeg {
    /// Puts `faults` before `leg`; delays pass by `clock`.
    #[must_use]
    pub fn new(leg: Arc<dyn BillerLeg>, faults: Arc<Faults>, clock: Arc<dyn Clock>) -> Self {
        Self { leg, faults, clock }
    }

    async fn send(&self, biller: &str, scene: Scene, body: Vec<u8>) -> Result<Vec<u8>, LegError> {
        let point = Point::Biller { biller, scene: scene.as_str() };
        let Some(action) = self.faults.next(point) else { return self.leg.post(biller, scene, body).await };
        match action {
            Action::LoseRequest => Err(LegError::Lost),
            Action::LoseAnswer => {
                // Whatever came back, it is lost.
                let _ = self.leg.post(biller, scene, body).await;
                Err(LegError::Lost)
            }
            Action::DelayMs(ms) => {
                self.clock.sleep(Duration::from_millis(ms)).await;
                self.leg.post(biller, scene, body).await
            }
            Action::DelayAnswerMs(ms) => {
                let answer = self.leg.post(biller, scene, body).await;
                self.clock.sleep(Duration::from_millis(ms)).await;
                answer
            }
            Action::DeliverLateMs(ms) => {
                let (late, biller) = (self.clone(), biller.to_owned());
                tokio::spawn(async move {
                    late.clock.sleep(Duration::from_millis(ms)).await;
                    let _ = late.leg.post(&biller, scene, body).await;
                });
                Err(LegError::Lost)
            }
            Action::Duplicate => {
                let _ = self.leg.post(biller, scene, body.clone()).await;
                self.leg.post(biller, scene, body).await
            }
            Action::Status(status) => Err(LegError::Status(status)),
            Action::StatusAfter(status) => {
                let _ = self.leg.post(biller, scene, body).await;
                Err(LegError::Status(status))
            }
            Action::Garbage => {
                let _ = self.leg.post(biller, scene, body).await;
                Ok(GARBAGE.to_vec())
            }
            Action::CutAnswerAt(bytes) => {
                let answer = self.leg.post(biller, scene, body).await?;
                // Whoever reads it sees the connection break, not a short answer.
                if longer(&answer, bytes) { Err(LegError::Lost) } else { Ok(answer) }
            }
            Action::CutRequestAt(bytes) if longer(&body, bytes) => Err(LegError::Lost),
            Action::CutRequestAt(_) => self.leg.post(biller, scene, body).await,
        }
    }
}

fn longer(message: &[u8], bytes: u64) -> bool {
    usize::try_from(bytes).is_ok_and(|bytes| message.len() > bytes)
}

impl BillerLeg for FaultyLeg {
    fn post<'a>(&'a self, biller: &'a str, scene: Scene, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, LegError>> {
        Box::pin(self.send(biller, scene, body))
    }
}
