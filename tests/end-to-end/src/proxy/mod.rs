//! A network of our own: a proxy on this machine that passes bytes on and, by a seed, does with them
//! what a bad network does. It reads nothing: TLS and its pins go through it from end to end, so it
//! needs neither a certificate nor the trust of anybody.
//!
//! - [`weather`] says what may happen, and draws what happens to a connection.
//! - [`flow`] carries one direction of a connection; [`struck`] counts what really happened.
//!
//! Bounded: so many connections at a time, so many bytes under way in each, and no connection outlives
//! the weather that it was drawn in.

mod carry;
mod flow;
pub mod struck;
pub mod weather;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::JoinSet,
};

use self::{struck::Struck, weather::Weather};
use crate::{Outcome, Unfit, chance::Chance};

/// Connections at a time; one more is reset.
pub const CONNECTIONS: usize = 128;

/// A proxy that runs until it is dropped; its connections break then.
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    struck: Arc<Mutex<Struck>>,
    /// Dropped: stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens at `address` (port 0 takes one that is free), and passes on to `target`, in calm
    /// weather. What happens to the nth connection is the seed's.
    ///
    /// # Errors
    /// The address cannot be had, or is not on this machine.
    pub fn start(address: SocketAddr, target: SocketAddr, seed: u64) -> Outcome<Self> {
        if !address.ip().is_loopback() || !target.ip().is_loopback() {
            return Err(Unfit::Unexpected("a proxy is for this machine only".to_owned()));
        }
        let failed = |error| Unfit::Io("a proxy", error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let socket = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let (weather, seen) = watch::channel(Weather::Calm);
        let (stop, stopped) = oneshot::channel();
        let struck = Arc::new(Mutex::new(Struck::default()));
        let road = Road { target, seed, weather: seen, struck: Arc::clone(&struck) };
        let thread = std::thread::Builder::new().name("proxy".to_owned());
        let thread = thread.spawn(move || runtime.block_on(road.open(socket, stopped))).map_err(failed)?;
        Ok(Self { address, weather, struck, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What happens to connections from now on. Where that is something else than before, those that
    /// there are end: else a bank that keeps its connections would sit out the storm on an old one,
    /// and meet what is left of it in the calm, where "once faults stop" is to be true.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// What has happened so far.
    #[must_use]
    pub fn struck(&self) -> Struck {
        self.struck.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It ends as soon as it hears of it: there is nothing in it that blocks.
            let _panicked = thread.join();
        }
    }
}

/// What the proxy's thread has.
struct Road {
    target: SocketAddr,
    seed: u64,
    weather: watch::Receiver<Weather>,
    struck: Arc<Mutex<Struck>>,
}

impl Road {
    async fn open(self, socket: TcpListener, mut stopped: oneshot::Receiver<()>) {
        // Dropped with this, and every connection with it.
        let mut connections = JoinSet::new();
        let mut count = 0;
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped => return,
                Some(_) = connections.join_next() => {}
                accepted = socket.accept() => {
                    // Out of file descriptors, say: whoever called hears nothing, as on a bad network.
                    let Ok((stream, _)) = accepted else { tokio::task::yield_now().await; continue };
                    count += 1;
                    self.take(stream, count, &mut connections);
                }
            }
        }
    }

    fn take(&self, stream: TcpStream, count: u64, connections: &mut JoinSet<()>) {
        let note = |what| self.struck.lock().unwrap_or_else(PoisonError::into_inner).note(what);
        if connections.len() >= CONNECTIONS {
            note(struck::What::Refused);
            carry::reset(&stream);
            return;
        }
        note(struck::What::Connection);
        let under = *self.weather.borrow();
        let fate = under.draw(&mut Chance::new(self.seed.wrapping_add(count.wrapping_mul(0x9e37_79b9))));
        let ride = carry::Ride { fate, under, weather: self.weather.clone(), struck: Arc::clone(&self.struck) };
        connections.spawn(carry::carry(stream, self.target, ride));
    }
}
