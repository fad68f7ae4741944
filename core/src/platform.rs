//! The ports: everything the core needs from the world, and the only ways it can reach it.
//!
//! Time comes from [`Clock`], randomness from [`Rng`], threads from [`Executor`], the network from
//! [`Transport`], keys from [`SecretStore`] and [`DeviceSigner`], signature checks from [`Suite`].
//! With all of them replaced, the whole core runs on one thread of a virtual world, and a seed
//! gives the same trace every time.
//!
//! [`SecretStore`] and [`DeviceSigner`] are synchronous, may block for as long as a person takes to
//! unlock a phone, and are called through [`Executor::blocking`] only: never inside a transaction,
//! and never under a lock that anything else waits for. They must not call the client back.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use jiff::Timestamp;
use thiserror::Error;

use crate::{model::pins::PinSet, secret::Secret};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// All ports together, as a shell hands them over at [`crate::Client::open`].
#[derive(Clone)]
pub struct Platform {
    /// Small secrets, kept by the operating system.
    pub secrets: Arc<dyn SecretStore>,
    /// The keys of this device.
    pub signer: Arc<dyn DeviceSigner>,
    /// Wall clock and timers.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, nonces and jitter.
    pub rng: Arc<dyn Rng>,
    /// Background tasks and blocking work.
    pub executor: Arc<dyn Executor>,
    /// The way to the bank's gateway.
    pub transport: Arc<dyn Transport>,
    /// Verification of signatures.
    pub suite: Arc<dyn Suite>,
}

/// Wall clock and timers. The wall clock may be wrong by years; nothing about money relies on it.
pub trait Clock: Send + Sync {
    /// What the device believes the time to be.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment, never going backwards.
    fn monotonic(&self) -> Duration;
    /// Ends after `duration` of monotonic time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Randomness for ids, nonces and jitter. Must be cryptographically secure when shipping.
pub trait Rng: Send + Sync {
    /// Fills the whole of `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// Work that outlives its caller, and work that blocks.
pub trait Executor: Send + Sync {
    /// Runs a task to its end, whoever stops waiting for it.
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// Runs blocking work away from the caller's thread and ends when it has ended, or was
    /// abandoned with the executor.
    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()>;
}

/// One HTTP request, complete with its signature headers.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `POST` or `DELETE`.
    pub method: Method,
    /// The absolute URL, exactly as signed.
    pub url: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
    /// Which of the two ways out (see [`Route`]).
    pub route: Route,
}

/// The methods of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes; always with an `Idempotency-Key`.
    Post,
    /// Removes a binding.
    Delete,
}

impl Method {
    /// The method as it stands on the wire and in the signature base.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// How the peer is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// TLS with a pinned key on the validated path: everything but the one below.
    Pinned,
    /// TLS by `WebPKI` alone, no device signature: only `GET /v1/trust`, when the pins have expired.
    TrustOnly,
}

/// An answer that arrived whole and within its bounds.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// At most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

// I8: bodies and some headers hold what is the customer's alone.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Response {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The largest body accepted, in bytes (1 MiB).
pub const MAX_BODY: usize = 1 << 20;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct TransportError {
    /// What went wrong.
    pub kind: TransportFault,
    /// True only when the transport proves that no byte of the request was written.
    pub nothing_sent: bool,
}

/// What went wrong between the device and the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportFault {
    /// No connection: no network, no such name, refused, or too slow to connect.
    #[error("the gateway cannot be reached")]
    Unreachable,
    /// The connection was lost, or no answer came in time.
    #[error("the connection was lost before a whole answer arrived")]
    Interrupted,
    /// The server's chain is valid for every ordinary client but holds no pinned key.
    #[error("the server's certificate is valid, but none of its keys is pinned (seen: {})", seen.join(", "))]
    PinMismatch {
        /// Hashes of the keys on the validated path, as `sha256/BASE64`.
        seen: Vec<String>,
    },
    /// The server's chain leads to no configured root.
    #[error("the server's certificate is not trusted")]
    Untrusted,
    /// The certificate is for another host.
    #[error("the server's certificate is for another host")]
    WrongName,
    /// The certificate is not valid at the device's time; the device's clock looks right.
    #[error("the server's certificate is not valid at this time")]
    CertificateTime,
    /// The certificate is not valid at the device's time, and the device's clock is provably wrong.
    #[error("this device's clock is wrong")]
    ClockWrong,
    /// Any other fault of the handshake, an old protocol version among them.
    #[error("no secure connection could be made: {0}")]
    Tls(String),
    /// The answer is larger than [`MAX_BODY`], or no HTTP at all.
    #[error("the answer is not one that the contract allows")]
    BadAnswer,
    /// The pins have passed their hard expiry; only `GET /v1/trust` may go out.
    #[error("the pins of this app have expired")]
    PinsExpired,
}

/// Sends one request, once. Never retries, never follows a redirect, never asks a proxy.
pub trait Transport: Send + Sync {
    /// Sends the request and reads the answer whole.
    ///
    /// # Errors
    /// [`TransportError`]; with `nothing_sent` only where that is proved.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;

    /// Puts other pins in place, as a newer trust document names them. Connections and TLS sessions
    /// made under the old ones are dropped; requests under way end by their own rules.
    ///
    /// # Errors
    /// [`TransportFault::Tls`]; the old pins then stay in place.
    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault>;
}

/// Small secrets (up to 1 KiB each) in the store of the operating system.
///
/// Access class: usable in the background after the first unlock since boot, never on another
/// device (iOS `AfterFirstUnlockThisDeviceOnly`, and its nearest on Android).
pub trait SecretStore: Send + Sync {
    /// The secret of that name; `None` only when the store is open and has none.
    ///
    /// # Errors
    /// [`SecretError`], of which only the store itself knows the cause.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Stores or replaces a secret, durably.
    ///
    /// # Errors
    /// [`SecretError`]; the old secret is then still there.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Removes a secret; removing one that is not there succeeds.
    ///
    /// # Errors
    /// [`SecretError`].
    fn delete(&self, name: &str) -> Result<(), SecretError>;
    /// Where secrets rest, for the person and the bank to know.
    fn security_level(&self) -> SecurityLevel;
}

/// Where key material rests, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityLevel {
    /// A file that only this user may read.
    File,
    /// Software, behind the key store of the operating system.
    Software,
    /// Secure hardware.
    Hardware,
}

/// Why the secret store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Not usable until the device is unlocked; try again then.
    #[error("the key store is locked")]
    Locked,
    /// The secret was there and can never be read again (a new lock screen, a restored backup).
    #[error("the key is lost")]
    Lost,
    /// Several secrets answer to the name.
    #[error("the key store holds more than one such secret")]
    Ambiguous,
    /// The person said no.
    #[error("cancelled by the person")]
    Cancelled,
    /// No such store, or it failed; the text holds no secret.
    #[error("the key store failed: {0}")]
    Failed(String),
}

/// The keys of a device: two pairs, of which one is in force. While the device is activated again
/// the new pair waits beside the old one, which goes on signing what ends its doubts. Which pair is
/// in force the core remembers; a signer only keeps the four apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyRole {
    /// Signs requests, also in the background.
    Device,
    /// Signs orders; its use needs the person's presence where the system can ask for it.
    Order,
    /// The device key of the second pair.
    SecondDevice,
    /// The order key of the second pair, of the same kind as [`KeyRole::Order`].
    SecondOrder,
}

/// P-256 keys that never leave their store.
pub trait DeviceSigner: Send + Sync {
    /// Makes a new key for `role`, replacing an older one, and gives its public point
    /// (65 bytes, `04 ‖ x ‖ y`).
    ///
    /// # Errors
    /// [`SecretError`].
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError>;
    /// The public point of the key, `None` if there is none yet.
    ///
    /// # Errors
    /// [`SecretError`]; [`SecretError::Lost`] when the key was there and is gone.
    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError>;
    /// ECDSA over SHA-256 of `message`, DER encoded (what the systems' stores return).
    ///
    /// # Errors
    /// [`SecretError`].
    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError>;
    /// Where the keys rest.
    fn security_level(&self) -> SecurityLevel;
}

/// How a public key verifies. Taken from the key, never from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RFC 8032 Ed25519; the public key is 32 bytes.
    Ed25519,
    /// RFC 7518 ES256: P-256 with SHA-256, signature `r ‖ s`; the public key is the 65-byte point.
    Es256,
}

/// The cryptographic suite: named in what is signed, so that another can take its place.
pub trait Suite: Send + Sync {
    /// The name that orders carry; an unknown one is refused by whoever reads it.
    fn name(&self) -> &'static str;
    /// Whether `signature` over `message` is by `key`.
    fn verify(&self, algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool;
}
