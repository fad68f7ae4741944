//! The bank reminds (row 89): by message and by push, where a customer chose that, of each binding as it was chosen.
//!
//! What is said, when and under which name is [`billpay_plan::plan`]'s, which the phone asks, too; the bank has no
//! opinion of its own. A reminder's name begins with the [`shared`] name of its bill, which the phone is told with the
//! bill and nobody else can make anything of.
//!
//! | file | holds |
//! |---|---|
//! | `choice` | what a customer wishes, as a policy for each of the bank's channels |
//! | `bills` | the ledger's bills as a plan speaks of them |
//! | `turn` | what is to be said in this minute, and saying it |
//! | [`push`] | the push service of the sandbox, which records |

mod bills;
pub(crate) mod choice;
pub mod push;
pub(crate) mod turn;

use crate::encoding::{base64url, hmac};

/// The name that bank and phone share for a bill: opaque, the same for good (whatever is restored), and another one
/// for each customer, so that who sees pushes of two learns nothing about either.
#[must_use]
pub fn shared(secret: &[u8; 32], customer: &str, biller: &str, bill_number: &str) -> String {
    let mut key = Vec::new();
    for part in ["reminder", customer, biller, bill_number] {
        key.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        key.extend_from_slice(part.as_bytes());
    }
    let tag = hmac(secret, &key);
    base64url(tag.first_chunk::<16>().unwrap_or(&[0; 16]))
}
