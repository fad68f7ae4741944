//! What is left of everything that was heard of a bill. Pure: the last word of each is the highest version (the
//! biller's, which no restore of the bank sets back), of equal versions the later heard, and of two that were heard
//! at once the one whose bytes are greater, so that it does not matter in which order, how often and in how many
//! pages a feed comes (features row 17).

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;

use crate::model::Bill;

/// What was heard of a bill, and when, by the bank's clock.
pub type Heard = (Bill, Timestamp);

/// Whether what is heard takes the place of what is here.
#[must_use]
pub fn takes_over(here: (&Bill, Timestamp), heard: (&Bill, Timestamp)) -> bool {
    let order = (here.0.version, here.1).cmp(&(heard.0.version, heard.1));
    match order {
        Ordering::Less => true,
        Ordering::Greater => false,
        // Two words of one moment contradict each other; which one counts is arbitrary, and the same on every phone.
        Ordering::Equal => bytes(here.0) < bytes(heard.0),
    }
}

/// Takes what is heard into the state, by (biller, bill number).
pub fn merge(state: &mut BTreeMap<(String, String), Heard>, heard: impl IntoIterator<Item = Heard>) {
    for (bill, as_of) in heard {
        let key = (bill.biller.clone(), bill.bill_number.clone());
        let newer = state.get(&key).is_none_or(|here| takes_over((&here.0, here.1), (&bill, as_of)));
        if newer {
            state.insert(key, (bill, as_of));
        }
    }
}

fn bytes(bill: &Bill) -> Vec<u8> {
    serde_json::to_vec(bill).unwrap_or_default()
}
