//! Serving a router on a socket.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::resume_unwind;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tokio::net::TcpListener;

use crate::upstream::ConnectionCut;

/// Cuts the connection where a response stands for that. This is for routers that are served on a socket only: the
/// middleware unwinds the task of the connection, and in process nothing would catch that.
pub fn cut_connections(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| -> Response {
        let response = next.run(request).await;
        if response.extensions().get::<ConnectionCut>().is_some() {
            // Unlike `panic!` this prints no message: the cut is scripted, and no mistake.
            resume_unwind(Box::new(ConnectionCut));
        }
        response
    }))
}

/// Serves a router on a socket, with the address of each caller, until `stop` is ready, and then lets running calls end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = cut_connections(router).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
