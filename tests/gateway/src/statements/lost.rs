//! What a restored ledger has forgotten of the closed days. They lie outside of its backups, so they
//! tell which charges it once had: those come into the bank's list of differences, where each waits for
//! the client's evidence (rule 9), or is put right where the order is known.

use crate::{
    gateway::Gateway,
    ledger::{LedgerError, booked::code},
    leg::{
        differences::{Difference, Item},
        statement::LineKind,
    },
};

/// Looks once in each epoch; gives how many lines are not in the ledger.
pub(crate) fn look(gateway: &Gateway) -> Result<usize, LedgerError> {
    let restored = gateway.ledger.life().restored_at.is_some();
    gateway.statements.write(|keep| {
        if !restored || keep.looked()?.as_deref() == Some(gateway.epoch()) {
            return Ok(0);
        }
        let (mut found, mut after) = (0, (String::new(), String::new(), 0));
        loop {
            let stated = keep.stated((&after.0, &after.1, after.2))?;
            let Some(last) = stated.last() else { break };
            after = (last.biller.clone(), last.number.clone(), code(last.kind));
            found += gateway.ledger.write(gateway.now(), |tx| {
                let mut lost = 0;
                for line in &stated {
                    let what = match line.kind {
                        // Given back by an earlier life of this ledger, and now neither given back nor charged.
                        LineKind::Charged | LineKind::Repaid => Difference::ExtraLine,
                        // A reversal that is forgotten asks for nothing: its client shows it, or asks anew.
                        LineKind::Undone | LineKind::Open => continue,
                    };
                    if tx.is_booked(&line.biller, &line.number, line.kind)? {
                        continue;
                    }
                    let number = line.number.parse().map_err(|_| LedgerError::Meaning("a stated number"))?;
                    let (bill_number, amount_minor) = (Some(line.bill_number.clone()), Some(line.amount));
                    tx.list_difference(&line.biller, &Item { what, number, bill_number, amount_minor })?;
                    lost += 1;
                }
                Ok(lost)
            })?;
        }
        keep.put_looked(gateway.epoch())?;
        Ok(found)
    })
}
