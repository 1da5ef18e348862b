//! A transport that hands requests to a router in the same process.

use std::convert::Infallible;

use async_trait::async_trait;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::{Service, ServiceExt as _};

use crate::{HttpSettings, MOST_BODY_BYTES, Transport, TransportError};

/// Hands requests to a router, for tests. As with a real server, what was begun goes on when the caller gives up, and
/// an answer whose body fails is a cut connection.
#[derive(Clone, Debug)]
pub struct RouterTransport<Router = axum::Router> {
    router: Router,
}

impl<Router> RouterTransport<Router> {
    /// Stands `router` below a client, with the time-out and the longest answer that production has.
    pub fn new(router: Router) -> Self {
        Self { router }
    }
}

#[async_trait]
impl<Router> Transport for RouterTransport<Router>
where
    Router: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    Router::Future: Send,
{
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let router = self.router.clone();
        let served = tokio::spawn(async move {
            let answer = match router.oneshot(request.map(Body::from)).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            collect(answer).await
        });
        match tokio::time::timeout(HttpSettings::default().timeout, served).await {
            Ok(Ok(result)) => result,
            // A handler that panics drops its connection.
            Ok(Err(_)) => Err(TransportError::Cut),
            Err(_) => Err(TransportError::Timeout),
        }
    }
}

async fn collect(answer: Response<Body>) -> Result<Response<Bytes>, TransportError> {
    let (parts, mut body) = answer.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| TransportError::Cut)?.into_data() else { continue };
        if bytes.len() + data.len() > MOST_BODY_BYTES {
            return Err(TransportError::BodyTooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Response::from_parts(parts, bytes.freeze()))
}
