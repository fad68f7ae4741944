//! A refresh that leaves a document out, as a broken or lying gateway would: what the phone then lacks is a
//! gap in its chain, which it has to show for as long as it is there (I6).

use serde_json::Value;

use super::{common::Common, fault::Kind};

/// A document that a phone is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// From which phone.
    pub phone: usize,
    /// The document.
    pub compact: String,
    /// Whether it comes after all, once the people have looked; else never, however often it is asked for.
    pub later: bool,
}

/// A page of the feed as the phone gets it. With `choice` one more of its documents is left out from now on.
#[must_use]
pub fn page(common: &Common, phone: usize, body: Vec<u8>, choice: Option<u64>) -> Vec<u8> {
    let mut facts = common.record.facts();
    if choice.is_none() && !facts.withheld.iter().any(|one| one.phone == phone) {
        return body;
    }
    let Ok(mut feed) = serde_json::from_slice::<Value>(&body) else { return body };
    let Some(outcomes) = feed.get_mut("outcomes").and_then(Value::as_array_mut) else { return body };
    if let Some(choice) = choice
        && let Some(at) = usize::try_from(choice >> 8).unwrap_or(0).checked_rem(outcomes.len())
        && let Some(compact) = outcomes.get(at).and_then(Value::as_str)
    {
        common.faults.struck(Kind::Withheld);
        common.trace.note(format_args!("a document is withheld from phone {phone}"));
        let later = choice.is_multiple_of(2);
        facts.withheld.push(Withheld { phone, compact: compact.to_owned(), later });
    }
    let looked = facts.looked;
    facts.withheld.retain(|one| {
        if one.phone != phone {
            return true;
        }
        outcomes.retain(|compact| compact.as_str() != Some(&one.compact));
        let comes = looked && one.later;
        if comes {
            outcomes.push(Value::String(one.compact.clone()));
            common.trace.note(format_args!("what was withheld from phone {phone} comes after all"));
        }
        !comes
    });
    serde_json::to_vec(&feed).unwrap_or(body)
}
