//! The billers on the network: `POST /{biller}/{scene}`, nothing in the query string.

use std::sync::Arc;

use axum::body::Bytes;
use http::{Method, Request, Response, StatusCode};

use super::Billers;
use crate::{clock::Clock, leg::Scene, serve::Handler};

/// Answers the billers' URLs. For [`crate::serve::Listener`], with [`crate::leg::MAX_BODY`].
#[must_use]
pub fn handler(billers: Arc<Billers>, clock: Arc<dyn Clock>) -> Handler {
    Arc::new(move |request| {
        let (billers, clock) = (Arc::clone(&billers), Arc::clone(&clock));
        Box::pin(async move {
            let Some((biller, scene)) = address(&request) else { return answer(StatusCode::NOT_FOUND, Vec::new()) };
            let reply = billers.handle(&biller, scene, request.body());
            if !reply.delay.is_zero() {
                clock.sleep(reply.delay).await;
            }
            answer(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), reply.body)
        })
    })
}

/// Which biller and scene a request is for, if it is one of this leg.
fn address(request: &Request<Bytes>) -> Option<(String, Scene)> {
    let mut path = request.uri().path().strip_prefix('/')?.split('/');
    let (biller, scene) = (path.next()?, Scene::parse(path.next()?)?);
    let plain = request.method() == Method::POST && request.uri().query().is_none() && path.next().is_none();
    plain.then(|| (biller.to_owned(), scene))
}

fn answer(status: StatusCode, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let xml = http::HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, xml);
    response
}
