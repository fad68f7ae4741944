//! The billers of a running sandbox check the bank's statements; their books are saved and put back.

use std::collections::BTreeMap;

use super::Sandbox;
use crate::biller::{
    BillersError,
    reconcile::{ReconcileError, Report},
};

impl Sandbox {
    /// Every biller checks the days that have closed since it last did, and tells the bank what does
    /// not agree if `tell`; the bank's worker puts it right. Gives the reports by biller.
    ///
    /// # Errors
    /// The first biller's that could not.
    pub async fn reconcile(&self, tell: bool) -> Result<BTreeMap<String, Vec<Report>>, ReconcileError> {
        let mut reports = BTreeMap::new();
        for standing in self.town.billers.billers()? {
            let id = standing.biller.id;
            reports.insert(id.clone(), self.town.billers.reconcile_daily(&self.desk, &id, tell).await?);
        }
        Ok(reports)
    }

    /// The billers' books at this moment.
    ///
    /// # Errors
    /// The books.
    pub fn backup_billers(&self) -> Result<Vec<u8>, BillersError> {
        self.town.billers.snapshot()
    }

    /// Puts such a backup in the place of the billers' books; what they forget by it, the bank's
    /// statement brings up again.
    ///
    /// # Errors
    /// It is none: the books stay as they are.
    pub fn restore_billers(&self, snapshot: &[u8]) -> Result<(), BillersError> {
        self.town.billers.restore(snapshot)
    }
}
