//! Someone on the way between phone and server, who reads along: who sent what, and in which order.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What one side sends before it hears from the other.
#[derive(Clone, Debug)]
pub struct Flight {
    pub by_phone: bool,
    pub bytes: Vec<u8>,
}

impl Flight {
    /// The types of its TLS records (RFC 8446, section 5.1): 22 is a handshake in clear, 23 whatever is encrypted.
    pub fn records(&self) -> Vec<u8> {
        let (mut rest, mut types) = (&self.bytes[..], Vec::new());
        while let [kind, _, _, high, low, body @ ..] = rest {
            types.push(*kind);
            rest = &body[usize::from(u16::from_be_bytes([*high, *low])).min(body.len())..];
        }
        types
    }
}

pub struct Tap {
    pub address: SocketAddr,
    /// Of each connection.
    flights: Arc<Mutex<Vec<Vec<Flight>>>>,
    task: JoinHandle<()>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tap {
    /// On the way to `server`.
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let flights: Arc<Mutex<Vec<Vec<Flight>>>> = Arc::default();
        let seen = flights.clone();
        let task = tokio::spawn(async move {
            loop {
                let (phone, _) = listener.accept().await.unwrap();
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(Vec::new());
                    seen.len() - 1
                };
                tokio::spawn(carry(phone, server, number, seen.clone()));
            }
        });
        Self { address, flights, task }
    }

    pub fn flights(&self) -> Vec<Vec<Flight>> {
        self.flights.lock().unwrap().clone()
    }
}

async fn carry(mut phone: TcpStream, server: SocketAddr, number: usize, seen: Arc<Mutex<Vec<Vec<Flight>>>>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let (mut from_phone, mut from_server) = ([0; 16 << 10], [0; 16 << 10]);
    loop {
        let (by_phone, bytes) = tokio::select! {
            biased;
            Ok(n) = phone.read(&mut from_phone) => (true, &from_phone[..n]),
            Ok(n) = server.read(&mut from_server) => (false, &from_server[..n]),
            else => return,
        };
        if bytes.is_empty() {
            return;
        }
        // Written down before it goes on: who answers has heard it.
        note(&mut seen.lock().unwrap()[number], by_phone, bytes);
        let to = if by_phone { &mut server } else { &mut phone };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

fn note(flights: &mut Vec<Flight>, by_phone: bool, bytes: &[u8]) {
    match flights.last_mut().filter(|last| last.by_phone == by_phone) {
        Some(last) => last.bytes.extend_from_slice(bytes),
        None => flights.push(Flight { by_phone, bytes: bytes.to_vec() }),
    }
}
