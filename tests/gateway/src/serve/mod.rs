//! A small server: TLS 1.3, HTTP/2 and HTTP/1.1, bounded bodies, and the faults of a script at the
//! level of the socket.
//!
//! A request that has arrived is worked on to its end, whether or not its sender still waits.
//! Closing the [`Listener`] closes its port and all its connections.

mod wire;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::body::{Body, Bytes, to_bytes};
use futures_util::{StreamExt as _, future::BoxFuture};
use http::{Request, Response, StatusCode};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use self::wire::{Cut, Wire};
use crate::faults::{Action, Faults, Leg, Point};

/// How long a handshake, and the head of a request, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers a request whose body arrived whole.
pub type Handler = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> + Send + Sync>;

/// An answer without the handler, of this status.
pub type Refusal = Arc<dyn Fn(StatusCode) -> Response<Bytes> + Send + Sync>;

/// What a listener needs to know.
#[derive(Clone)]
pub struct Setup {
    /// TLS, with its certificate.
    pub tls: Arc<rustls::ServerConfig>,
    /// The largest body, in bytes; a larger one is answered 413.
    pub max_body: usize,
    /// Faults, and of which leg.
    pub faults: Option<(Arc<Faults>, Leg)>,
    /// What is answered where the handler is not asked or has failed.
    pub refusal: Refusal,
}

/// A server that runs until it is closed or dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    /// Dropped: stop.
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Listens at `address`; port 0 takes any that is free.
    ///
    /// # Errors
    /// The port cannot be had.
    pub async fn start(address: SocketAddr, setup: Setup, handler: Handler) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(socket, setup, handler, stopped));
        Ok(Self { address, stop: Some(stop), accepting })
    }

    /// Closes the port and all connections; when this has ended, they are closed. Dropping does the
    /// same a moment later.
    pub async fn close(&mut self) {
        self.stop = None;
        // It cannot fail but by a panic, and then they are closed as well.
        let _ = (&mut self.accepting).await;
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(socket: TcpListener, setup: Setup, handler: Handler, mut stopped: oneshot::Receiver<()>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, setup.clone(), Arc::clone(&handler)));
                }
                // Out of file descriptors, say: it passes.
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
        }
    }
    drop(socket);
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, setup: Setup, handler: Handler) {
    // Without it small answers wait for the other side's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let accepted = tokio::time::timeout(PATIENCE, TlsAcceptor::from(Arc::clone(&setup.tls)).accept(stream)).await;
    let Ok(Ok(stream)) = accepted else { return };
    let cut = Arc::new(Cut::new());
    let wire = Wire { stream, cut: Arc::clone(&cut) };
    let service = {
        let cut = Arc::clone(&cut);
        service_fn(move |request| {
            let (setup, handler, cut) = (setup.clone(), Arc::clone(&handler), Arc::clone(&cut));
            async move { Ok::<_, Infallible>(answer(request, &setup, &handler, &cut).await.map(Body::from)) }
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(200);
    let connection = builder.serve_connection(TokioIo::new(wire), service);
    tokio::select! {
        biased;
        () = cut.over() => {}
        // The peer went away or broke a rule of HTTP: its own affair.
        _ = connection => {}
    }
}

async fn answer(request: Request<Incoming>, setup: &Setup, handler: &Handler, cut: &Cut) -> Response<Bytes> {
    cut.never();
    let (head, body) = request.into_parts();
    let too_large =
        usize::try_from(hyper::body::Body::size_hint(&body).lower()).is_ok_and(|least| least > setup.max_body);
    if too_large {
        return (setup.refusal)(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let action = setup.faults.as_ref().and_then(|(faults, leg)| strikes(faults, *leg, &head));
    let body = Body::new(body);
    let body = match action {
        Some(Action::CutRequestAt(bytes)) => match shorter(body, bytes).await {
            Some(whole) => whole,
            None => return gone(cut).await,
        },
        Some(_) | None => body,
    };
    let body = match tokio::time::timeout(6 * PATIENCE, to_bytes(body, setup.max_body)).await {
        Ok(Ok(body)) => body,
        // Either it was larger than it said, or the connection broke and nobody reads this.
        Ok(Err(_)) => return (setup.refusal)(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return (setup.refusal)(StatusCode::REQUEST_TIMEOUT),
    };
    let request = Request::from_parts(head, body);
    let handler = Failsafe { handler, refusal: &setup.refusal };
    let Some(action) = action else { return handler.run(request).await };
    faulty(action, request, &handler, cut).await
}

/// What the script has for a request.
fn strikes(faults: &Faults, leg: Leg, head: &http::request::Parts) -> Option<Action> {
    let path = head.uri.path();
    match leg {
        Leg::Client => faults.next(Point::Client { method: head.method.as_str(), path }),
        Leg::Biller => {
            let (biller, scene) = path.strip_prefix('/')?.split_once('/')?;
            faults.next(Point::Biller { biller, scene })
        }
    }
}

async fn faulty(action: Action, request: Request<Bytes>, handler: &Failsafe<'_>, cut: &Cut) -> Response<Bytes> {
    match action {
        Action::LoseRequest => gone(cut).await,
        Action::LoseAnswer => {
            handler.run(request).await;
            gone(cut).await
        }
        // However long: whoever has given up by then has still sent it.
        Action::DelayMs(ms) => handler.run_after(Duration::from_millis(ms), request).await,
        // What was not to be cut has arrived.
        Action::CutRequestAt(_) => handler.run(request).await,
        Action::DelayAnswerMs(ms) => {
            let answer = handler.run(request).await;
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer
        }
        Action::DeliverLateMs(ms) => {
            let handler = Arc::clone(handler.handler);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                handler(request).await;
            });
            gone(cut).await
        }
        Action::Duplicate => {
            handler.run(request.clone()).await;
            handler.run(request).await
        }
        Action::Status(status) => plain(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)),
        Action::StatusAfter(status) => {
            handler.run(request).await;
            plain(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY))
        }
        Action::Garbage => {
            handler.run(request).await;
            Response::new(Bytes::from_static(GARBAGE))
        }
        Action::CutAnswerAt(bytes) => {
            let answer = handler.run(request).await;
            cut.after(bytes);
            answer
        }
    }
}

/// What a proxy in the middle might say with status 200.
pub const GARBAGE: &[u8] = b"<html><body>It works!</body></html>";

/// A handler, and what is answered where it fails.
struct Failsafe<'a> {
    handler: &'a Handler,
    refusal: &'a Refusal,
}

impl Failsafe<'_> {
    /// In a task of its own, so that it ends whoever stops waiting.
    async fn run(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.ended(tokio::spawn((self.handler)(request))).await
    }

    async fn run_after(&self, delay: Duration, request: Request<Bytes>) -> Response<Bytes> {
        let handler = Arc::clone(self.handler);
        let late = async move {
            tokio::time::sleep(delay).await;
            handler(request).await
        };
        self.ended(tokio::spawn(late)).await
    }

    async fn ended(&self, task: JoinHandle<Response<Bytes>>) -> Response<Bytes> {
        match task.await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a handler did not end");
                (self.refusal)(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// The body, if it is no longer than this; no more of it is read otherwise.
async fn shorter(body: Body, bytes: u64) -> Option<Body> {
    let (mut chunks, mut whole) = (body.into_data_stream(), Vec::new());
    while let Some(Ok(chunk)) = chunks.next().await {
        whole.extend_from_slice(&chunk);
        if usize::try_from(bytes).is_ok_and(|bytes| whole.len() > bytes) {
            return None;
        }
    }
    Some(Body::from(whole))
}

/// The connection breaks, and nobody hears anything any more.
async fn gone(cut: &Cut) -> Response<Bytes> {
    cut.now();
    std::future::pending().await
}

/// A status and nothing else.
#[must_use]
pub fn plain(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
