//! What happened, line by line, with its virtual time: kept as a hash always, and as text when a life
//! is replayed. Lines hold no signature, no key and no hash of either, so that equal seeds give
//! equal bytes whatever keys the program drew.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use super::clock::Now;

/// A trace being written.
#[derive(Debug)]
pub struct Trace {
    now: Now,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    hash: u64,
    course: u64,
    line: String,
    lines: Option<Vec<String>>,
}

/// A trace that is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Of every line with its time.
    pub hash: u64,
    /// Of what people were told, in order and without times: what two lives are compared by when
    /// one of them lacks a fault.
    pub course: u64,
    /// The lines, where they were kept.
    pub lines: Vec<String>,
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(hash: u64, text: &str) -> u64 {
    text.bytes().chain([b'\n']).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

impl Trace {
    /// Begins one; `keep` keeps its lines.
    #[must_use]
    pub fn begin(now: Now, keep: bool) -> Self {
        let lines = keep.then(Vec::new);
        Self { now, inner: Mutex::new(Inner { hash: FNV, course: FNV, line: String::new(), lines }) }
    }

    /// Something happened.
    pub fn note(&self, what: std::fmt::Arguments<'_>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { hash, line, lines, .. } = &mut *inner;
        line.clear();
        // Writing to a string cannot fail.
        let _ = write!(line, "{:>9} {what}", self.now.ms());
        *hash = mix(*hash, line);
        if let Some(lines) = lines {
            lines.push(line.clone());
        }
    }

    /// A person was told something.
    pub fn told(&self, who: usize, what: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.course = mix(inner.course.rotate_left(u32::try_from(who % 7).unwrap_or(0)), what);
    }

    /// The trace so far.
    #[must_use]
    pub fn written(&self) -> Written {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        Written { hash: inner.hash, course: inner.course, lines: inner.lines.clone().unwrap_or_default() }
    }
}
