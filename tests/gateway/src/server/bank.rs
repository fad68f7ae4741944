//! The bank on the network: every request goes to the gateway that is there at the moment.

use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use crate::{api, gateway::Gateway, serve::Handler};

/// Where the gateway is, if it is.
#[derive(Default)]
pub(super) struct Slot(RwLock<Option<Arc<Gateway>>>);

impl Slot {
    pub(super) fn get(&self) -> Option<Arc<Gateway>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, gateway: Arc<Gateway>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(gateway);
    }

    pub(super) fn take(&self) -> Option<Arc<Gateway>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Answers the bank's URLs.
pub(super) fn handler(slot: Arc<Slot>) -> Handler {
    Arc::new(move |request| {
        let gateway = slot.get();
        Box::pin(async move {
            match gateway {
                Some(gateway) => answer(&gateway, request).await,
                None => plain(StatusCode::SERVICE_UNAVAILABLE),
            }
        })
    })
}

async fn answer(gateway: &Gateway, request: Request<Bytes>) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    // The client signed the URL under the bank's own name, however it came here.
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", gateway.config.public_url);
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        match value.to_str() {
            Ok(value) => headers.push((name.as_str().to_owned(), value.to_owned())),
            // No header of the contract looks like that.
            Err(_) => return plain(StatusCode::BAD_REQUEST),
        }
    }
    let request = api::http::Request { method: head.method.as_str().to_owned(), url, headers, body: body.to_vec() };
    let answer = gateway.handle(request).await;
    let mut response = Response::new(Bytes::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn plain(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
