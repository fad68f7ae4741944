//! One direction of a connection. What is read is stamped with the time at which it is due, and written
//! then: so bytes on their way are late without being slow.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::tcp::{ReadHalf, WriteHalf},
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{
    carry::Ride,
    struck::What,
    weather::{Fate, Way},
};
use crate::chance::Chance;

/// A piece is at most so long, and so many are under way: 256 KiB in each direction.
const PIECE: usize = 8 * 1024;
const PIECES: usize = 32;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// By one of its ends.
    Done,
    /// By us.
    Cut { reset: bool },
}

/// A direction, and what happens in it.
pub(super) struct Flow<'a> {
    way: Way,
    ride: &'a Ride,
    fate: Fate,
    cut: Option<(u64, bool)>,
    stall: Option<(u64, Duration)>,
}

type Piece = (Instant, Vec<u8>);

impl<'a> Flow<'a> {
    pub(super) fn new(way: Way, ride: &'a Ride) -> Self {
        let fate = ride.fate;
        let cut = fate.cut.filter(|cut| cut.way == way).map(|cut| (cut.at, cut.reset));
        let stall = fate.stall.filter(|(of, _, _)| *of == way).map(|(_, at, long)| (at, long));
        Self { way, ride, fate, cut, stall }
    }

    pub(super) async fn carry(self, from: ReadHalf<'_>, to: WriteHalf<'_>) -> Over {
        let (sender, receiver) = mpsc::channel(PIECES);
        let reading = stamp(from, sender, self.fate);
        let writing = self.write(to, receiver);
        tokio::pin!(reading, writing);
        tokio::select! {
            biased;
            over = &mut writing => over,
            // What was read before the end is still due.
            () = &mut reading => writing.await,
        }
    }

    async fn write(mut self, mut to: WriteHalf<'_>, mut pieces: mpsc::Receiver<Piece>) -> Over {
        let mut gone: u64 = 0;
        if let Some(over) = self.ends_before(gone) {
            return over;
        }
        let mut counted = false;
        while let Some((due, piece)) = pieces.recv().await {
            if !std::mem::replace(&mut counted, true) {
                self.count_pace();
            }
            // The timer's millisecond is one too many where nothing is late.
            if due > Instant::now() {
                sleep_until(due).await;
            }
            for part in self.parts(gone, &piece) {
                if let Some(rate) = self.fate.rate {
                    sleep(Duration::from_micros(part.len() as u64 * 1_000_000 / rate)).await;
                }
                if to.write_all(part).await.is_err() {
                    return Over::Done;
                }
                gone += part.len() as u64;
                if let Some(over) = self.ends_before(gone) {
                    return over;
                }
                if let Some((_, long)) = self.stall.take_if(|(at, _)| *at <= gone) {
                    self.ride.note(What::Stall);
                    sleep(long).await;
                }
            }
        }
        // A peer that has gone cannot be told.
        let _ = to.shutdown().await;
        Over::Done
    }

    /// A piece in up to three parts: to the cut, to the stall, and the rest.
    fn parts<'b>(&self, gone: u64, piece: &'b [u8]) -> Vec<&'b [u8]> {
        let marks = [self.cut.map(|(at, _)| at), self.stall.map(|(at, _)| at)];
        let mut ends: Vec<usize> = marks
            .into_iter()
            .flatten()
            .filter_map(|at| usize::try_from(at.checked_sub(gone)?).ok())
            .filter(|end| (1..piece.len()).contains(end))
            .collect();
        ends.sort_unstable();
        let (mut parts, mut rest, mut from) = (Vec::new(), piece, 0);
        for end in ends {
            if let Some((part, more)) = rest.split_at_checked(end - from) {
                parts.push(part);
                (rest, from) = (more, end);
            }
        }
        parts.push(rest);
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn ends_before(&self, gone: u64) -> Option<Over> {
        let (_, reset) = self.cut.filter(|(at, _)| *at <= gone)?;
        self.ride.note(match (self.way, reset) {
            (Way::Up, true) => What::ResetUp,
            (Way::Up, false) => What::EndUp,
            (Way::Down, true) => What::ResetDown,
            (Way::Down, false) => What::EndDown,
        });
        Some(Over::Cut { reset })
    }

    /// Once a connection, by its first bytes.
    fn count_pace(&self) {
        if self.way == Way::Down {
            return;
        }
        let paces = [
            (!self.fate.latency.is_zero(), What::Latency),
            (!self.fate.jitter.is_zero(), What::Jitter),
            (self.fate.rate.is_some(), What::Rate),
        ];
        paces.into_iter().filter(|(on, _)| *on).for_each(|(_, what)| self.ride.note(what));
    }
}

/// Reads until the end; waits where too much is under way, so that the sender waits too.
async fn stamp(mut from: ReadHalf<'_>, sender: mpsc::Sender<Piece>, fate: Fate) {
    let mut chance = Chance::new(fate.seed);
    let most = u64::try_from(fate.jitter.as_micros()).unwrap_or(0);
    let mut last = Instant::now();
    let mut bytes = vec![0; PIECE];
    loop {
        let Ok(count @ 1..) = from.read(&mut bytes).await else { return };
        // In order: a stream has no overtaking.
        last = last.max(Instant::now() + fate.latency + Duration::from_micros(chance.below(most + 1)));
        let piece = bytes.get(..count).unwrap_or_default().to_vec();
        if sender.send((last, piece)).await.is_err() {
            return;
        }
    }
}
