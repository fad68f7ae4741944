//! Value types: what the bank and the person talk about. Pure; the JSON form of each is the one of
//! the wire contract (`api/gateway.openapi.yaml`), unknown members are ignored, and unknown values
//! of enumerations become `Unknown` instead of losing the object that holds them.

mod account;
mod bill;
mod biller;
mod end;
mod legible;
mod limits;
mod method;
mod money;
pub mod pins;
mod place;
mod typed;

pub use account::{Account, AccountState, CustomerNumber, Phone};
pub use bill::{Bill, BillItem, BillKind, BillState};
pub use biller::{Biller, BillerKind, BillerState, Capabilities, Check, Contact, Language, NumberRule, Texts};
pub use end::End;
pub use legible::{Illegible, MOST_MARKS, legible, shown};
pub use limits::{Ceiling, Limits, LimitsChange};
pub use method::{Method, MethodKind, MethodState};
pub use money::{Currency, MAX_MINOR, Money, MoneyError};
pub use place::{NotAPlace, Place};
pub use typed::{narrow, without_currency};
