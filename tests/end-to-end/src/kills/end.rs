//! The end of a town: everybody says what they have, and the ledgers are compared.

use super::town::Town;
use crate::{
    Outcome,
    audit::{Device, Findings, audit},
    documents::ReceiptKeys,
    ledgers::Ledgers,
    phone::Phone,
};

/// More events than any phone here has payments.
const EVENTS: usize = 1_000;

impl Town {
    /// Gives how many orders the bank has had.
    pub(super) fn close(&mut self, findings: &mut Findings) -> Outcome<usize> {
        let devices = self.phones.iter_mut().map(device).collect::<Outcome<Vec<_>>>()?;
        self.sandbox.sound()?;
        let after = Ledgers::read(self.sandbox.folder())?;
        let keys = ReceiptKeys::of(&self.sandbox.connection())?;
        audit(&self.before, &after, &devices, &keys, findings);
        Ok(after.orders.len())
    }
}

fn device(phone: &mut Phone) -> Outcome<Device> {
    // First the events, so that they are told before everything is asked about anyhow.
    for _ in 0..EVENTS {
        let Some(event) = phone.event()? else { break };
        phone.acknowledge(event)?;
    }
    // Documents of other devices' doings come with the feed; a retired one gets none any more.
    if !phone.retired {
        phone.must(&["bills", "--refresh"])?;
    }
    let payments = phone.payments()?;
    let documents = phone.documents()?;
    let chain_is_whole = phone.retired || phone.run(&["receipts", "verify"])?.ok();
    let (told, known) = (phone.told.clone(), phone.known.clone());
    Ok(Device { payments, documents, chain_is_whole, told, known, events: phone.acknowledged.clone() })
}
