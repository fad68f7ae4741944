//! The bytes of a file in pages that copies share: what a device holds can be put aside thousands of times
//! in a life, at the price of what changes afterwards.

use std::sync::Arc;

const PAGE: usize = 4096;

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    pages: Vec<Arc<[u8; PAGE]>>,
    /// Bytes behind it in the last page are zeros.
    length: usize,
}

impl Pages {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut pages = Self::default();
        pages.write(0, bytes);
        pages
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// How many bytes there were to read.
    pub(crate) fn read(&self, offset: usize, into: &mut [u8]) -> usize {
        let there = self.length.saturating_sub(offset).min(into.len());
        let mut rest = into.get_mut(..there).unwrap_or_default();
        let mut at = offset;
        while !rest.is_empty() {
            let (page, within) = (at / PAGE, at % PAGE);
            let (head, tail) = rest.split_at_mut(rest.len().min(PAGE - within));
            if let Some(from) = self.pages.get(page).and_then(|page| page.get(within..within + head.len())) {
                head.copy_from_slice(from);
            }
            at += head.len();
            rest = tail;
        }
        there
    }

    /// Makes the file longer where it is too short.
    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.length < end {
            self.resize(end);
        }
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let (page, within) = (at / PAGE, at % PAGE);
            let (head, tail) = rest.split_at(rest.len().min(PAGE - within));
            if let Some(page) = self.pages.get_mut(page)
                && let Some(place) = Arc::make_mut(page).get_mut(within..within + head.len())
            {
                place.copy_from_slice(head);
            }
            at += head.len();
            rest = tail;
        }
    }

    pub(crate) fn resize(&mut self, length: usize) {
        if let Some(last) = self.pages.get_mut(length / PAGE).filter(|_| length < self.length)
            && let Some(behind) = Arc::make_mut(last).get_mut(length % PAGE..)
        {
            behind.fill(0);
        }
        self.pages.resize_with(length.div_ceil(PAGE), || Arc::new([0; PAGE]));
        self.length = length;
    }

    /// Inverts the bits of `mask` in one byte; says whether there is such a byte.
    pub(crate) fn flip(&mut self, offset: usize, mask: u8) -> bool {
        let there = offset < self.length;
        if let Some(page) = self.pages.get_mut(offset / PAGE).filter(|_| there)
            && let Some(byte) = Arc::make_mut(page).get_mut(offset % PAGE)
        {
            *byte ^= mask;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pages: &Pages) -> Vec<u8> {
        let mut bytes = vec![0xEE; pages.len()];
        assert_eq!(pages.read(0, &mut bytes), bytes.len());
        bytes
    }

    /// Beside a plain vector: any writes, cuts and growths, across the borders of pages.
    #[test]
    fn it_holds_what_a_plain_vector_would() {
        let mut dice = crate::survival::Dice::of(1);
        let (mut pages, mut plain) = (Pages::default(), Vec::<u8>::new());
        for round in 0..2_000_u64 {
            let draw = |dice: &mut crate::survival::Dice, below: usize| {
                usize::try_from(dice.next() % 100_000).unwrap() % below
            };
            let offset = draw(&mut dice, 3 * PAGE);
            if draw(&mut dice, 4) == 0 {
                pages.resize(offset);
                plain.resize(offset, 0);
            } else {
                let bytes = vec![u8::try_from(round % 251).unwrap(); draw(&mut dice, 2 * PAGE)];
                pages.write(offset, &bytes);
                plain.resize(plain.len().max(offset + bytes.len()), 0);
                plain[offset..offset + bytes.len()].copy_from_slice(&bytes);
            }
            assert_eq!(all(&pages), plain, "{round}");
            assert!(pages == Pages::of(&plain));
        }
    }

    #[test]
    fn a_copy_stays_as_it_was() {
        let mut pages = Pages::of(&[1; 2 * PAGE]);
        let aside = pages.clone();
        pages.write(PAGE - 1, &[2, 2]);
        assert!(pages.flip(0, 0xFF));
        pages.resize(PAGE);
        assert_eq!(all(&aside), [1; 2 * PAGE]);
        assert_eq!(all(&pages)[PAGE - 1], 2);
        assert!(!pages.flip(PAGE, 1));
    }

    #[test]
    fn reading_past_the_end_gives_what_is_there() {
        let pages = Pages::of(b"abc");
        let mut into = [9; 4];
        assert_eq!((pages.read(1, &mut into), into), (2, [b'b', b'c', 9, 9]));
        assert_eq!(pages.read(3, &mut into), 0);
        assert_eq!(pages.read(usize::MAX, &mut into), 0);
    }
}
