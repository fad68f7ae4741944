//! The bank on the network: every request goes to the gateway that is there at the moment, and no more
//! of them at a time than it can hold. What is too much is told so at once, with the time to come again:
//! nothing waits in a queue that nobody sees, and nothing of such a request was looked at.

use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tokio::sync::{Semaphore, watch};

use crate::{
    api,
    biller::Reply,
    clock::Clock,
    gateway::Gateway,
    leg::BankScene,
    serve::{Handler, Refusal},
};

/// Requests of phones that are worked on at a time. Each has a body of up to 1 MiB, and may wait for a biller.
const AT_WORK: usize = 256;

/// Where the gateway is, if it is.
pub(super) struct Slot {
    gateway: RwLock<Option<Arc<Gateway>>>,
    /// Of the gateway that was here last.
    epoch: RwLock<String>,
    clock: Arc<dyn Clock>,
    /// Room for requests of phones.
    room: Semaphore,
    /// How often a gateway was taken away.
    taken: watch::Sender<u64>,
}

impl Slot {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let (room, taken) = (Semaphore::new(AT_WORK), watch::Sender::new(0));
        Self { gateway: RwLock::default(), epoch: RwLock::default(), clock, room, taken }
    }

    pub(super) fn get(&self) -> Option<Arc<Gateway>> {
        self.gateway.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, gateway: Arc<Gateway>) {
        gateway.epoch().clone_into(&mut self.epoch.write().unwrap_or_else(PoisonError::into_inner));
        *self.gateway.write().unwrap_or_else(PoisonError::into_inner) = Some(gateway);
    }

    pub(super) fn take(&self) -> Option<Arc<Gateway>> {
        let gateway = self.gateway.write().unwrap_or_else(PoisonError::into_inner).take();
        self.taken.send_modify(|times| *times += 1);
        gateway
    }

    /// Changes when a gateway is taken away: whoever does something that can wait lets go of it then.
    pub(super) fn taken(&self) -> watch::Receiver<u64> {
        self.taken.subscribe()
    }

    /// Said where no gateway is asked, or one has failed.
    fn refusal(&self, status: StatusCode) -> Response<Bytes> {
        let epoch = self.epoch.read().unwrap_or_else(PoisonError::into_inner).clone();
        on_the_wire(api::not_asked(status.as_u16(), self.clock.now().as_millisecond(), &epoch))
    }
}

/// What the bank's listener says on its own.
pub(super) fn refusal(slot: &Arc<Slot>) -> Refusal {
    let slot = Arc::clone(slot);
    Arc::new(move |status| slot.refusal(status))
}

/// Answers the bank's URLs.
pub(super) fn handler(slot: Arc<Slot>) -> Handler {
    Arc::new(move |request| {
        let slot = Arc::clone(&slot);
        Box::pin(async move {
            match slot.get() {
                Some(gateway) => answer(&slot, &gateway, request).await,
                None => slot.refusal(StatusCode::SERVICE_UNAVAILABLE),
            }
        })
    })
}

async fn answer(slot: &Slot, gateway: &Gateway, request: Request<Bytes>) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    if let Some((biller, scene)) = desk(&head) {
        return to_biller(gateway.biller_asks(biller, scene, &body));
    }
    // Held until it is answered.
    let Ok(_room) = slot.room.try_acquire() else { return slot.refusal(StatusCode::TOO_MANY_REQUESTS) };
    // The client signed the URL under the bank's own name, however it came here.
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", gateway.config.public_url);
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        match value.to_str() {
            Ok(value) => headers.push((name.as_str().to_owned(), value.to_owned())),
            // No header of the contract looks like that.
            Err(_) => return slot.refusal(StatusCode::BAD_REQUEST),
        }
    }
    let request = api::http::Request { method: head.method.as_str().to_owned(), url, headers, body: body.to_vec() };
    on_the_wire(gateway.handle(request).await)
}

/// Which biller asks for what, if it is a biller: `POST /billers/{biller}/{scene}`.
fn desk(head: &http::request::Parts) -> Option<(&str, BankScene)> {
    let (biller, scene) = head.uri.path().strip_prefix("/billers/")?.split_once('/')?;
    let plain = head.method == http::Method::POST && head.uri.query().is_none();
    plain.then_some((biller, BankScene::parse(scene)?))
}

fn to_biller(reply: Reply) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let xml = HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, xml);
    response
}

fn on_the_wire(answer: api::http::Response) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
