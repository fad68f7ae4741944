//! The way to the bank's desk without a network.

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::BoxFuture;

use crate::{
    gateway::Gateway,
    leg::{
        BankScene,
        bank::{BankError, BankLeg},
    },
};

/// Straight into the gateway that is there at the moment.
#[derive(Clone, Default)]
pub struct LocalBank(Arc<RwLock<Option<Arc<Gateway>>>>);

impl LocalBank {
    /// To this gateway.
    #[must_use]
    pub fn to(gateway: Arc<Gateway>) -> Self {
        let bank = Self::default();
        bank.put(Some(gateway));
        bank
    }

    /// Another gateway, or none, from now on.
    pub fn put(&self, gateway: Option<Arc<Gateway>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = gateway;
    }
}

impl BankLeg for LocalBank {
    fn post<'a>(
        &'a self,
        biller: &'a str,
        scene: BankScene,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, BankError>> {
        Box::pin(async move {
            let gateway = self.0.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(BankError::Lost)?;
            let reply = gateway.biller_asks(biller, scene, &body);
            match reply.status {
                200 | 400 => Ok(reply.body),
                status => Err(BankError::Status(status)),
            }
        })
    }
}
