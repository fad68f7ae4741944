//! The store: one SQLite file per profile, one writer, rows sealed one by one.
//!
//! It promises (design, I2 and I9): what [`Store::write`] confirmed survives the next power cut;
//! an error never leaves half a transaction; a `COMMIT` that fails is reported as *unknown*, never
//! as undone; a file or row that cannot be read is reported as damaged, never deleted and never
//! taken for empty; nothing but ids, times and states is readable without the root key.
//!
//! All calls block: callers go through [`crate::platform::Executor::blocking`]. A transaction must
//! not start another one on the same store: it would wait for itself.

mod aside;
mod check;
mod connect;
mod door;
mod each;
mod error;
mod glance;
mod location;
mod lookup;
mod mend;
mod migrate;
mod reseal;
mod row;
mod seal;
mod sealing;
mod session;
mod setting;
mod tx;
mod unlock;
mod wipe;

pub use check::Findings;
pub use each::Part;
pub use error::{OpenError, StoreError, UnlockError, give_way};
pub use location::Location;
pub use mend::Mended;
pub use migrate::SCHEMA;
pub use reseal::Resealed;
pub use row::Row;
#[doc(hidden)]
pub use sealing::Sealing;
pub use session::Store;
pub use tx::Tx;
pub use wipe::Wipe;
