//! Whether a reminder is still true at the moment at which it fires: from clear columns alone, so that no key is
//! needed, and the key store may be locked.
//!
//! A reminder names its bill by the two look-ups (HMACs) under which bills and payments stand in the file. So
//! nothing is stored for it, and whoever reads the alarms of a phone learns no number; with the file as well, which
//! of its rows is reminded of when. Nothing vouches for clear columns: whoever can write the file can silence a
//! reminder, or bring one up that is over, and neither see nor pay anything.

use std::collections::BTreeMap;

use billpay_plan::TAIL;
use jiff::Timestamp;

use crate::{
    crypto::digest::{base64url, from_base64url},
    model::BillState,
    store::{Location, Store, StoreError, Tx},
};

/// What a reminder's bill is called: by its row, and by its payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    row: String,
    payable: Vec<u8>,
}

/// Whether a reminder is still true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillDue {
    /// It is: show it.
    Yes,
    /// A payment of it is being checked: show that, and offer no payment.
    Checking,
    /// It is paid or withdrawn: show nothing.
    No,
    /// This profile knows no such bill: show nothing. The plan is of another profile, or of before it was wiped.
    Unknown,
}

impl Handle {
    /// Of a bill with these look-ups.
    #[must_use]
    pub fn new(row: &str, payable: &[u8]) -> Self {
        Self { row: row.to_owned(), payable: payable.to_vec() }
    }

    /// The id of the bill's row.
    #[must_use]
    pub fn row(&self) -> &str {
        &self.row
    }

    /// As it stands at the head of a reminder's id.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}~{}", self.row, base64url(&self.payable))
    }

    /// Out of a reminder's id, or that of its bill.
    #[must_use]
    pub fn read(id: &str) -> Option<Self> {
        let bill = id.split('.').next().unwrap_or_default();
        let (row, payable) = bill.split_once('~')?;
        Some(Self { row: row.to_owned(), payable: from_base64url(payable)? })
    }

    /// The same, of a reminder that is asked about; an answer where nothing has to be looked at for it.
    ///
    /// # Errors
    /// The answer.
    pub fn asked(id: &str) -> Result<Self, StillDue> {
        if id == TAIL {
            return Err(StillDue::Yes);
        }
        Self::read(id).ok_or(StillDue::Unknown)
    }

    /// How the bill stands. Needs no keys.
    ///
    /// # Errors
    /// Those of the file.
    pub fn still_due(&self, tx: &Tx<'_>) -> Result<StillDue, StoreError> {
        let open = "SELECT 1 FROM payment WHERE payable = ?1 AND state IN ('authorized', 'in_doubt') LIMIT 1";
        if !tx.select(open, [&self.payable], |_| Ok(()))?.is_empty() {
            return Ok(StillDue::Checking);
        }
        let row = "SELECT state, as_of_ms FROM bill WHERE id = ?1";
        let found = tx.select(row, [&self.row], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let Some((state, as_of)) = found.into_iter().next() else { return Ok(StillDue::Unknown) };
        match state.as_str() {
            "open" => {}
            BillState::PART_PAID => return Ok(StillDue::Yes),
            _ => return Ok(StillDue::No),
        }
        // Paid here, and not heard of since: both times are the bank's.
        let paid = "SELECT 1 FROM payment JOIN outcome ON outcome.payment = payment.id
                    WHERE payment.payable = ?1 AND payment.state = 'settled'
                      AND outcome.kind = 'receipt' AND outcome.issued_ms >= ?2 LIMIT 1";
        let paid = !tx.select(paid, (&self.payable, as_of), |_| Ok(()))?.is_empty();
        Ok(if paid { StillDue::No } else { StillDue::Yes })
    }
}

/// Whether a reminder is still true, of a profile that may be open here, in another process, or nowhere: an alarm or an
/// extension of an app asks without opening it. Blocks for as long as reading a few rows takes.
///
/// # Errors
/// Those of the file: then show it, since what is not known is not done.
pub fn still_due_in(profile: &Location, id: &str) -> Result<StillDue, StoreError> {
    match Handle::asked(id) {
        Ok(handle) => Ok(Store::glance(profile, |tx| handle.still_due(tx))?.unwrap_or(StillDue::Unknown)),
        Err(answer) => Ok(answer),
    }
}

/// When payments of bills came to nothing, as the bank's documents say: by their look-up the last one of each. Needs no
/// keys.
///
/// # Errors
/// Those of the file.
pub fn failures(tx: &Tx<'_>) -> Result<Failures, StoreError> {
    // A document that was issued anew, after a restore, does not end it again.
    let sql = "SELECT payable, max(ended), payment FROM (
                   SELECT payment.payable AS payable, min(outcome.issued_ms) AS ended, payment.id AS payment
                   FROM payment JOIN outcome ON outcome.payment = payment.id
                   WHERE payment.state IN ('refused', 'reversed') AND outcome.kind IN ('refusal', 'reversal')
                   GROUP BY payment.id)
               WHERE payable IS NOT NULL AND ended IS NOT NULL GROUP BY payable LIMIT 10000";
    match tx.select(sql, [], |row| Ok((row.get::<_, Vec<u8>>(0)?, (row.get::<_, i64>(1)?, row.get(2)?)))) {
        Ok(found) => Ok(Failures(found.into_iter().collect())),
        // A page that is broken keeps no reminder back: it is told by the days alone.
        Err(StoreError::DamagedFile) => Ok(Failures::default()),
        Err(error) => Err(error),
    }
}

/// See [`failures`].
#[derive(Default)]
pub struct Failures(BTreeMap<Vec<u8>, (i64, String)>);

impl Failures {
    /// When the last payment of a bill came to nothing, and its id; `None` where one has settled since, of a part of it,
    /// say. Of a receipt that was issued anew, after a restore, the first one says when that was.
    ///
    /// # Errors
    /// Those of the file.
    pub fn of(&self, tx: &Tx<'_>, bill: &Handle) -> Result<Option<(Timestamp, &str)>, StoreError> {
        let Some((ended, payment)) = self.0.get(&bill.payable) else { return Ok(None) };
        let settled = "SELECT 1 FROM payment JOIN outcome ON outcome.payment = payment.id
                       WHERE payment.payable = ?1 AND payment.state = 'settled'
                         AND outcome.kind = 'receipt'
                       GROUP BY payment.id HAVING min(outcome.issued_ms) >= ?2 LIMIT 1";
        match tx.select(settled, (&bill.payable, ended), |_| Ok(())) {
            Ok(since) if since.is_empty() => {
                Ok(Timestamp::from_millisecond(*ended).ok().map(|at| (at, payment.as_str())))
            }
            Ok(_) | Err(StoreError::DamagedFile) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
