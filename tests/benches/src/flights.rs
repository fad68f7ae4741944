//! Counts flights: everything that one side sends before it has to wait for the other. A door in front of a server that
//! lets one side speak at a time, until it is quiet; what was said is then handed over at once.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Who has nothing to say for so long waits for the other. One that is slow is taken for two flights and not for
/// fewer: a count is never too low.
const QUIET: Duration = Duration::from_millis(250);

/// Who sent a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// The door.
pub struct Flights {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// Of one connection only: what an earlier one still has to say (its goodbye) is no flight of the one that is looked at.
#[derive(Default)]
struct Seen {
    connection: u64,
    flights: Vec<From>,
}

impl Flights {
    /// Opens a door to the server at `target`; it is there as long as the process.
    ///
    /// # Panics
    /// Where there is no port.
    #[must_use]
    pub fn to(target: SocketAddr) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = door.local_addr().expect("an address");
        let seen = Arc::<Mutex<Seen>>::default();
        let into = seen.clone();
        thread::spawn(move || {
            for client in door.incoming().map_while(Result::ok) {
                let (into, server) = (into.clone(), TcpStream::connect(target).expect("the server"));
                let number = {
                    let mut seen = locked(&into);
                    seen.flights.clear();
                    seen.connection += 1;
                    seen.connection
                };
                thread::spawn(move || carry(client, server, number, &into));
            }
        });
        Self { address, seen }
    }

    /// Where the door is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The flights since the last time on the connection that came last, in order.
    #[must_use]
    pub fn take(&self) -> Vec<From> {
        std::mem::take(&mut locked(&self.seen).flights)
    }
}

fn locked(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn carry(client: TcpStream, server: TcpStream, number: u64, seen: &Mutex<Seen>) {
    let mut sides = [(From::Client, client), (From::Server, server)];
    for (_, side) in &sides {
        side.set_read_timeout(Some(QUIET)).expect("a timeout");
        side.set_nodelay(true).expect("no delay");
    }
    loop {
        let [(who, speaks), (_, hears)] = &mut sides;
        let Some(said) = all_of(speaks) else { return };
        if !said.is_empty() {
            // Before it is handed over: whoever has the answer finds it counted.
            let mut seen = locked(seen);
            if seen.connection == number {
                seen.flights.push(*who);
            }
            drop(seen);
            if hears.write_all(&said).is_err() {
                return;
            }
        }
        sides.reverse();
    }
}

/// What a side says until it is quiet; `None` once it has gone and has said nothing more.
fn all_of(side: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut all, mut some) = (Vec::new(), [0; 16 * 1024]);
    loop {
        match side.read(&mut some) {
            Ok(0) => return (!all.is_empty()).then_some(all),
            Ok(length) => all.extend_from_slice(&some[..length]),
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => return Some(all),
            Err(_) => return None,
        }
    }
}
