//! Methods of a customer, as opaque tokens (row 26): begin a hosted step that adds one, remove one,
//! make one the default. No card number passes through any of these.

pub(crate) mod add;
pub(crate) mod hosted;
pub(crate) mod prefer;
pub(crate) mod remove;

use serde::Serialize;

use super::wire;
use crate::ledger::{LedgerError, Tx, customers::Method};

/// Can be paid by.
pub(crate) const ACTIVE: &str = "active";
const REMOVED: &str = "removed";

/// All methods of a customer, as they are now.
#[derive(Serialize)]
struct Methods {
    methods: Vec<wire::Method>,
}

impl Methods {
    fn of(tx: &Tx<'_>, customer: &str) -> Result<Self, LedgerError> {
        Ok(Self { methods: tx.methods_of(customer)?.into_iter().map(shown).collect() })
    }
}

/// A method as the wire shows it: without its balance.
pub(crate) fn shown(method: Method) -> wire::Method {
    wire::Method {
        id: method.id,
        kind: method.kind,
        label: method.label,
        last4: method.last4,
        default: method.preferred,
        state: method.state,
    }
}
