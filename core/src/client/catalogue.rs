//! Who can be paid: what the bank last sent, else what the app was shipped with.

use super::{BillerView, Client, Inner, cursor::Catalogue};
use crate::{
    error::Fault,
    model::{Biller, Language},
};

impl Client {
    /// The catalogue. Works before activation, without network, and while the key store is locked.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub async fn biller_catalog(&self, language: Language) -> Result<Vec<BillerView>, Fault> {
        let billers = match self.0.billers().await {
            // The shipped catalogue is no secret; the stored one is sealed with the rest.
            Err(Fault::Locked | Fault::KeyLost | Fault::Suspended) => self.0.config.catalogue.clone(),
            other => other?,
        };
        Ok(billers.iter().map(|biller| BillerView::of(biller, language)).collect())
    }
}

impl Inner {
    pub(super) async fn billers(self: &std::sync::Arc<Self>) -> Result<Vec<Biller>, Fault> {
        let stored = self.read(|tx| Ok::<_, Fault>(Catalogue::load(tx)?)).await?;
        Ok(if stored.billers.is_empty() { self.config.catalogue.clone() } else { stored.billers })
    }
}
