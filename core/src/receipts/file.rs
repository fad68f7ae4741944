//! A file that somebody else gave: the documents in it, each with a verdict, and the chain over them. Pure, with
//! neither a profile nor a network (row 50).

use std::collections::BTreeMap;

use super::{
    chain::{Break, breaks_of_part},
    outcome::{Outcome, OutcomeError, Subject, is_something_else},
};
use crate::{crypto::digest, gateway::trust::ReceiptKey, platform::Suite};

/// Documents that are looked at in one file.
pub const MOST_IN_A_FILE: usize = 200_000;

/// A document of a file with its verdict.
#[derive(Debug)]
pub struct Examined {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// What it is, or why it proves nothing.
    pub verdict: Result<Outcome, OutcomeError>,
    /// What an incomplete one lacks.
    pub lacks: Option<String>,
}

/// All documents of a file, and where the chain over them does not hold.
#[derive(Debug)]
pub struct Examination {
    /// In the order of the file, each once.
    pub documents: Vec<Examined>,
    /// Of the verified ones. What is missing before the first, and between, may be with whoever made the file.
    pub breaks: Vec<Break>,
    /// There were more than are looked at.
    pub more: bool,
}

/// The compact documents in a text: a document alone, a line each, in quotes as in JSON, in an
/// address, at the end of a letter, or joined to the word before it.
pub fn compacts(text: &str) -> impl Iterator<Item = &str> {
    let of_one = |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'));
    text.split(of_one).filter_map(|word| {
        // The full stop of a sentence is none of it.
        let word = if dots(word) > 2 { word.trim_end_matches('.') } else { word };
        let begins = || word.match_indices(BEGIN).filter_map(|(at, _)| word.get(at..)).take(MOST_BEGINNINGS);
        let whole = |from: &&str| dots(from) >= 2;
        // Letters before it may look like its beginning.
        begins().find(|from| has_header(from) && whole(from)).or_else(|| begins().next().filter(whole))
    })
}

/// What is tried of one word, and how long a header is at most: none that is a header's comes near either.
const MOST_BEGINNINGS: usize = 64;
const LONGEST_HEADER: usize = 2048;

/// `{"` in base64url: so all of them begin.
const BEGIN: &str = "eyJ";

fn dots(word: &str) -> usize {
    word.matches('.').count()
}

fn has_header(word: &str) -> bool {
    let header = word.split('.').next().filter(|header| header.len() <= LONGEST_HEADER);
    let header = header.and_then(digest::from_base64url);
    header.is_some_and(|header| serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&header).is_ok())
}

/// Verifies every document in a text.
#[must_use]
pub fn examine(text: &str, keys: &BTreeMap<String, ReceiptKey>, suite: &dyn Suite) -> Examination {
    let mut seen = std::collections::BTreeSet::new();
    let (mut documents, mut more) = (Vec::new(), false);
    for compact in compacts(text).filter(|compact| !is_something_else(compact)) {
        let id = digest::sha256_base64url(compact.as_bytes());
        if !seen.insert(id.clone()) {
            continue;
        }
        if documents.len() == MOST_IN_A_FILE {
            more = true;
            break;
        }
        let verdict = Outcome::verify(compact, keys, suite);
        let lacks = if verdict == Err(OutcomeError::Incomplete) { Outcome::lacks(compact) } else { None };
        documents.push(Examined { id, verdict, lacks });
    }
    let links: Vec<(&str, &Subject)> = documents.iter().filter_map(Examined::link).collect();
    // Of several customers each has a chain of their own.
    let mut customers: BTreeMap<&str, Vec<(&str, &Subject)>> = BTreeMap::new();
    for link in links {
        customers.entry(&link.1.customer).or_default().push(link);
    }
    let breaks = customers.values().flat_map(|links| breaks_of_part(links)).collect();
    Examination { documents, breaks, more }
}

impl Examined {
    /// Its place in the chain, where it is rightly signed: a kind that is not known here has one, too.
    fn link(&self) -> Option<(&str, &Subject)> {
        match &self.verdict {
            Ok(outcome) => Some((&self.id, &outcome.subject)),
            Err(OutcomeError::UnknownKind(unknown)) => Some((&self.id, &unknown.subject)),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_50_documents_are_found_wherever_they_stand_in_a_text() {
        let one = "eyJhIjoxfQ.eyJiIjoyfQ.c2ln";
        for text in [
            one.to_owned(),
            format!("{one}\n"),
            format!("[\"{one}\", \"{one}\"]"),
            format!("回单如下：{one}。谢谢"),
            format!("-----\r\n{one}\r\n-----"),
            format!("This is it: {one}."),
            format!("receipt_{one}"),
            format!("keyJWSeyJ-{one}"),
            format!("no.1.{one}."),
        ] {
            assert_eq!(compacts(&text).next(), Some(one), "{text}");
        }
        for text in ["", "eyJ", "eyJ.a", "no receipt at all", "1.2.3"] {
            assert_eq!(compacts(text).next(), None, "{text}");
        }
    }

    #[test]
    fn row_50_a_word_of_nothing_but_beginnings_takes_no_longer_than_any_other() {
        // 3 MiB: each beginning looked at to the end of the word would take hours.
        let word = format!("{}.a.b", "eyJ".repeat(1 << 20));
        assert_eq!(compacts(&word).count(), 1);
    }
}
