//! Serving a router on a socket.

use std::future::Future;
use std::panic::resume_unwind;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tokio::net::TcpListener;

use crate::gate::ConnectionCut;

/// Makes a cut connection a real one. Only for routers that are served on a socket: the layer ends the connection's
/// task by unwinding it, which nobody catches in process.
pub fn cut_connections(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| -> Response {
        let response = next.run(request).await;
        if response.extensions().get::<ConnectionCut>().is_some() {
            // No panic message: this is an order, not a mistake.
            resume_unwind(Box::new(ConnectionCut));
        }
        response
    }))
}

/// Serves a router until `stop` is ready, and then lets running calls end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, cut_connections(router)).with_graceful_shutdown(stop).await
}
