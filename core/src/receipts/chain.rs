//! The hash chain over a customer's outcomes: what is missing, doubled or out of place shows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{heads::Heads, outcome::Subject};

/// Where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Break {
    /// Documents between these sequence numbers are not here.
    Missing {
        /// The ledger's life.
        epoch: String,
        /// The first missing.
        from: i64,
        /// The last missing.
        to: i64,
        /// They may still come: no feed from nothing has been asked for them since. After that it is
        /// an alarm.
        awaiting: bool,
    },
    /// Two documents claim one place.
    Fork {
        /// The ledger's life.
        epoch: String,
        /// The place.
        sequence: i64,
    },
    /// The document does not name the one before it.
    Unlinked {
        /// The ledger's life.
        epoch: String,
        /// Its place.
        sequence: i64,
    },
    /// The ledger was restored here; what came before is another life's.
    Epoch {
        /// The life that begins.
        epoch: String,
    },
}

/// A document's id (base64url of SHA-256 of its compact text) with its place.
pub type Link<'a> = (&'a str, &'a Subject);

/// Walks the whole chain of a customer, which is known to have gone as far as its `heads`. `links` may come in any order;
/// lives are ordered by the time of their first document, by the bank's clock.
#[must_use]
pub fn breaks(links: &[Link<'_>], heads: &Heads) -> Vec<Break> {
    let (mut found, beginnings) = walk(links);
    found.extend(heads.lost(links.iter().map(|(_, subject)| (subject.epoch.as_str(), subject.sequence))));
    // The first document of a life follows one of the life before, wherever the bank was restored to. If any is
    // missing, it may be that.
    let here: BTreeSet<&str> = links.iter().map(|(id, _)| *id).collect();
    let follows = |previous: Option<&str>| previous.is_none_or(|previous| here.contains(previous));
    let strays = beginnings.into_iter().filter(|(_, subject)| !follows(subject.previous.as_deref()));
    let of_another =
        |epoch: &str| found.iter().any(|one| matches!(one, Break::Missing { epoch: of, .. } if of != epoch));
    let strays: Vec<Break> = strays
        .filter(|(_, subject)| !of_another(&subject.epoch))
        .map(|(_, Subject { epoch, sequence, .. })| Break::Unlinked { epoch: epoch.clone(), sequence: *sequence })
        .collect();
    found.extend(strays);
    found
}

/// The same of a part of it, which somebody gives on purpose: that it begins or ends somewhere is no fault.
#[must_use]
pub(super) fn breaks_of_part(links: &[Link<'_>]) -> Vec<Break> {
    walk(links).0
}

/// What does not hold within the lives, and the documents with which one begins.
fn walk<'a>(links: &[Link<'a>]) -> (Vec<Break>, Vec<Link<'a>>) {
    let (mut found, mut beginnings) = (Vec::new(), Vec::new());
    let mut epochs: Vec<(&str, Vec<Link<'_>>)> = Vec::new();
    let mut sorted: Vec<Link<'_>> = links.to_vec();
    sorted.sort_by_key(|(id, subject)| (subject.issued_at, subject.sequence, *id));
    for link in sorted {
        match epochs.iter_mut().find(|(epoch, _)| *epoch == link.1.epoch) {
            Some((_, list)) => list.push(link),
            None => epochs.push((&link.1.epoch, vec![link])),
        }
    }
    for (nth, (epoch, list)) in epochs.iter_mut().enumerate() {
        if nth > 0 {
            found.push(Break::Epoch { epoch: (*epoch).to_owned() });
        }
        list.sort_by_key(|(id, subject)| (subject.sequence, *id));
        let mut before: Option<&[Link<'_>]> = None;
        for place in list.chunk_by(|one, other| one.1.sequence == other.1.sequence) {
            if before.is_none() && place.first().is_some_and(|link| link.1.sequence <= 1) {
                beginnings.extend(place);
            }
            check(epoch, before, place, &mut found);
            before = Some(place);
        }
    }
    (found, beginnings)
}

/// The gaps alone, from lives and sequence numbers: what [`breaks`] finds missing, without reading any
/// document.
#[must_use]
pub fn gaps(mut places: Vec<(String, i64)>) -> Vec<Break> {
    places.sort();
    let mut found = Vec::new();
    let mut last: (&str, i64) = ("", 0);
    for (epoch, sequence) in &places {
        let before = if last.0 == epoch { last.1 } else { 0 };
        let from = before.saturating_add(1);
        if *sequence > from {
            found.push(Break::Missing { epoch: epoch.clone(), from, to: sequence - 1, awaiting: true });
        }
        last = (epoch, *sequence);
    }
    found
}

/// Looks at the documents of one place (more than one only in a fork), after those of the place before.
fn check(epoch: &str, before: Option<&[Link<'_>]>, place: &[Link<'_>], found: &mut Vec<Break>) {
    let Some(sequence) = place.first().map(|link| link.1.sequence) else { return };
    let last = before.and_then(|before| before.first()).map_or(0, |link| link.1.sequence);
    let expected = last.saturating_add(1);
    let epoch = epoch.to_owned();
    if place.len() > 1 {
        found.push(Break::Fork { epoch: epoch.clone(), sequence });
    }
    if sequence > expected {
        if !crate::plant::is!("gap-not-shown") {
            found.push(Break::Missing { epoch, from: expected, to: sequence - 1, awaiting: true });
        }
        return;
    }
    // Whoever follows one side of a fork follows.
    let follows = |link: &Link<'_>| match before {
        Some(before) => before.iter().any(|(id, _)| link.1.previous.as_deref() == Some(*id)),
        None => true,
    };
    if !place.iter().any(follows) {
        found.push(Break::Unlinked { epoch, sequence });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(sequence: i64, previous: Option<&str>) -> Subject {
        Subject {
            v: 1,
            payment_id: "p".into(),
            order_digest: "d".into(),
            customer: "c".into(),
            device: "d".into(),
            epoch: "e".into(),
            sequence,
            previous: previous.map(str::to_owned),
            issued_at: jiff::Timestamp::from_second(sequence.min(9)).unwrap(),
        }
    }

    fn breaks(links: &[Link<'_>]) -> Vec<Break> {
        super::breaks(links, &Heads::default())
    }

    #[test]
    fn row_48_a_removed_receipt_shows_as_a_gap() {
        let all = [("a", subject(1, None)), ("b", subject(2, Some("a"))), ("c", subject(3, Some("b")))];
        let links = |keep: &[usize]| keep.iter().map(|at| (all[*at].0, &all[*at].1)).collect::<Vec<_>>();
        assert_eq!(breaks(&links(&[2, 0, 1])), []);
        assert_eq!(breaks(&links(&[0, 2])), [Break::Missing { epoch: "e".into(), from: 2, to: 2, awaiting: true }]);
        let places = |keep: &[usize]| keep.iter().map(|at| ("e".to_owned(), all[*at].1.sequence)).collect::<Vec<_>>();
        for keep in [&[2, 0, 1][..], &[0, 2], &[1, 2], &[2], &[]] {
            assert_eq!(gaps(places(keep)), breaks(&links(keep)));
        }
        assert_eq!(breaks(&links(&[1, 2])), [Break::Missing { epoch: "e".into(), from: 1, to: 1, awaiting: true }]);
    }

    #[test]
    fn row_48_a_doubled_or_replaced_receipt_shows() {
        let (a, b, twin) = (subject(1, None), subject(2, Some("a")), subject(2, Some("a")));
        assert_eq!(breaks(&[("a", &a), ("b", &b), ("x", &twin)]), [Break::Fork { epoch: "e".into(), sequence: 2 }]);
        let stray = subject(2, Some("other"));
        assert_eq!(breaks(&[("a", &a), ("b", &stray)]), [Break::Unlinked { epoch: "e".into(), sequence: 2 }]);
    }

    #[test]
    fn row_48_a_fork_is_named_once_and_whoever_follows_either_side_of_it_follows() {
        let at = |sequence, previous| subject(sequence, Some(previous));
        let (a, b, twin, third) = (subject(1, None), at(2, "a"), at(2, "a"), at(2, "a"));
        let fork = Break::Fork { epoch: "e".into(), sequence: 2 };
        for side in ["b", "x", "z"] {
            let after = at(3, side);
            let links = [("a", &a), ("b", &b), ("x", &twin), ("z", &third), ("c", &after)];
            assert_eq!(breaks(&links), std::slice::from_ref(&fork), "{side}");
        }
        let stray = at(3, "a");
        let unlinked = Break::Unlinked { epoch: "e".into(), sequence: 3 };
        assert_eq!(breaks(&[("a", &a), ("b", &b), ("x", &twin), ("c", &stray)]), [fork, unlinked]);
    }

    #[test]
    fn row_48_in_whatever_order_documents_come_the_breaks_are_the_same() {
        // Neither their names nor the bank's clock tell the order: only the sequence does.
        let name = |nth: i64| format!("d{}", 9 - nth);
        let all: Vec<(String, Subject)> = (1..=6)
            .filter(|nth| *nth != 4)
            .map(|nth| {
                let of = subject(nth, (nth > 1).then(|| name(nth - 1)).as_deref());
                (name(nth), Subject { issued_at: jiff::Timestamp::UNIX_EPOCH, ..of })
            })
            .collect();
        let gap = [Break::Missing { epoch: "e".into(), from: 4, to: 4, awaiting: true }];
        for turn in 0..all.len() {
            let mut turned: Vec<Link<'_>> = all.iter().map(|(id, subject)| (id.as_str(), subject)).collect();
            turned.rotate_left(turn);
            assert_eq!(breaks(&turned), gap);
            turned.reverse();
            assert_eq!(breaks(&turned), gap);
        }
    }

    #[test]
    fn a_restored_ledger_is_shown_as_that_and_not_as_a_loss() {
        let (a, mut b) = (subject(1, None), subject(1, Some("a")));
        b.epoch = "f".into();
        b.issued_at = jiff::Timestamp::from_second(9).unwrap();
        assert_eq!(breaks(&[("a", &a), ("b", &b)]), [Break::Epoch { epoch: "f".into() }]);
    }

    #[test]
    fn row_48_a_life_begins_with_a_document_that_follows_one_of_another_life() {
        let (a, b) = (subject(1, None), subject(2, Some("a")));
        let later =
            Subject { epoch: "f".into(), issued_at: jiff::Timestamp::from_second(9).unwrap(), ..subject(1, Some("b")) };
        let restored = Break::Epoch { epoch: "f".into() };
        assert_eq!(breaks(&[("a", &a), ("b", &b), ("c", &later)]), std::slice::from_ref(&restored));
        // What it follows is lost, and nothing tells what that was.
        let stray = Break::Unlinked { epoch: "f".into(), sequence: 1 };
        assert_eq!(breaks(&[("a", &a), ("c", &later)]), [restored.clone(), stray.clone()]);
        assert_eq!(breaks(&[("c", &later)]), [stray]);
        // It is known how far the life before went.
        let mut heads = Heads::default();
        heads.raise("e", 2);
        heads.raise("f", 1);
        let missing = |from, to| Break::Missing { epoch: "e".into(), from, to, awaiting: true };
        assert_eq!(super::breaks(&[("a", &a), ("c", &later)], &heads), [restored.clone(), missing(2, 2)]);
        assert_eq!(super::breaks(&[("c", &later)], &heads), [missing(1, 2)]);
        assert_eq!(super::breaks(&[("a", &a), ("b", &b), ("c", &later)], &heads), std::slice::from_ref(&restored));
        // A part of the chain begins where it begins.
        assert_eq!(breaks_of_part(&[("c", &later)]), []);
        assert_eq!(breaks_of_part(&[("a", &a), ("c", &later)]), [restored]);
        assert_eq!(
            breaks_of_part(&[("b", &b)]),
            [Break::Missing { epoch: "e".into(), from: 1, to: 1, awaiting: true }]
        );
    }

    #[test]
    fn a_sequence_that_jumps_far_is_one_gap() {
        let (a, far) = (subject(1, None), subject(1 << 40, None));
        let gap = Break::Missing { epoch: "e".into(), from: 2, to: (1 << 40) - 1, awaiting: true };
        assert_eq!(breaks(&[("a", &a), ("b", &far)]), [gap]);
        // And the furthest that there is breaks nothing.
        let (last, twin) = (subject(i64::MAX, None), subject(i64::MAX, None));
        let found = breaks(&[("a", &a), ("b", &last), ("c", &twin)]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
