//! The leg without a network: straight into the billers' house, in this process.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Billers;
use crate::{
    clock::Clock,
    leg::{BillerLeg, LegError, Scene},
};

/// Hands requests to the house and waits as long as the biller takes.
#[derive(Clone)]
pub struct LocalLeg {
    billers: Arc<Billers>,
    clock: Arc<dyn Clock>,
}

impl LocalLeg {
    /// Straight into `billers`; slow ones take their time by `clock`.
    #[must_use]
    pub fn new(billers: Arc<Billers>, clock: Arc<dyn Clock>) -> Self {
        Self { billers, clock }
    }
}

impl BillerLeg for LocalLeg {
    fn post<'a>(&'a self, biller: &'a str, scene: Scene, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, LegError>> {
        Box::pin(async move {
            let reply = self.billers.handle(biller, scene, &body);
            if !reply.delay.is_zero() {
                self.clock.sleep(reply.delay).await;
            }
            if reply.status == 200 { Ok(reply.body) } else { Err(LegError::Status(reply.status)) }
        })
    }
}
