//! Where a browser comes back to from a consent: this machine, on loopback.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::Uri;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use super::error::LiveError;

/// How long somebody may take to log in.
const LONGEST_LOGIN: Duration = Duration::from_mins(15);

/// How often, and how far apart, a port is tried that is in use.
const BIND_TRIES: u32 = 20;
const BIND_WAIT: Duration = Duration::from_millis(100);

/// What came back.
type Return = (String, HashMap<String, String>);

/// A server on loopback, until it is dropped.
pub(crate) struct Callback {
    returns: mpsc::Receiver<Return>,
    server: tokio::task::JoinHandle<io::Result<()>>,
}

async fn come_back(
    State(returns): State<mpsc::Sender<Return>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> &'static str {
    let _ = returns.send((uri.path().to_owned(), query)).await;
    "Thank you. Go back to the terminal; this page can be closed.\n"
}

/// The run before may hold the port for a moment after it has ended: its server is told to stop, and stops a little later.
async fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    for _ in 0..BIND_TRIES {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(BIND_WAIT).await,
            bound => return bound,
        }
    }
    TcpListener::bind(address).await
}

impl Callback {
    /// Listens at the port of `address`, on this machine only.
    pub(crate) async fn listen(address: &Url) -> Result<Self, LiveError> {
        let port = address.port_or_known_default().unwrap_or(80);
        let listener = listener(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let (sender, returns) = mpsc::channel(8);
        let router = Router::new().fallback(come_back).with_state(sender);
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { returns, server })
    }

    /// The code that comes back to `path` with this state. What else a browser asks for is passed over.
    pub(crate) async fn code(&mut self, path: &str, state: &str) -> Result<String, LiveError> {
        let wait = async {
            while let Some((at, query)) = self.returns.recv().await {
                if at != path {
                    continue;
                }
                if query.get("state").map(String::as_str) != Some(state) {
                    return Err(LiveError::Refused("another state came back than was sent".to_owned()));
                }
                if let Some(error) = query.get("error") {
                    return Err(LiveError::Refused(error.clone()));
                }
                return query.get("code").cloned().ok_or_else(|| LiveError::Refused("no code came back".to_owned()));
            }
            Err(LiveError::Refused("nobody came back".to_owned()))
        };
        tokio::time::timeout(LONGEST_LOGIN, wait)
            .await
            .unwrap_or(Err(LiveError::Refused("nobody came back".to_owned())))
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.server.abort();
    }
}
