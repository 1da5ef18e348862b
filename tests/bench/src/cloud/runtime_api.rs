//! The Runtime API of Lambda for one execution environment: the process asks for the next event and posts its answer.
//! (Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".)

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use stand_ins::{Clock as _, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// What a process made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What it posted as its response.
    Response(Bytes),
    /// What it posted as its error, or why there is none.
    Error(Bytes),
}

struct Event {
    id: String,
    body: Bytes,
    /// How long the invocation may take.
    timeout: Duration,
}

struct Inner {
    events: AsyncMutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<(Instant, Answer)>>>,
    /// When the process first asked for an event.
    first_next: watch::Sender<Option<Instant>>,
    /// What the process says where it cannot begin.
    init_error: Mutex<Option<Bytes>>,
}

/// A server for one process. It ends with this value.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
    events: mpsc::UnboundedSender<Event>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port of this machine.
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, received) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            events: AsyncMutex::new(received),
            waiting: Mutex::default(),
            first_next: watch::Sender::new(None),
            init_error: Mutex::default(),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::disable())
            .with_state(inner.clone());
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move {
            // It ends only when it is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, inner, events, server })
    }

    /// When the process first asked for an event; `None` where it has not within `patience`.
    pub(crate) async fn first_next(&self, patience: Duration) -> Option<Instant> {
        let mut seen = self.inner.first_next.subscribe();
        let found = tokio::time::timeout(patience, seen.wait_for(Option::is_some)).await;
        found.ok()?.ok().and_then(|at| *at)
    }

    /// Why the process says that it cannot begin.
    pub(crate) fn init_error(&self) -> Option<Bytes> {
        self.inner.init_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands an event to the process, and waits for its answer: with it, how long that took. Past `timeout` there is none.
    pub(crate) async fn invoke(&self, id: &str, body: Bytes, timeout: Duration) -> (Duration, Answer) {
        let (send, receive) = oneshot::channel();
        self.inner.waiting().insert(id.to_owned(), send);
        let begun = Instant::now();
        let none = |why: &'static str| (begun.elapsed(), Answer::Error(Bytes::from_static(why.as_bytes())));
        if self.events.send(Event { id: id.to_owned(), body, timeout }).is_err() {
            return none("the server has ended");
        }
        match tokio::time::timeout(timeout, receive).await {
            Ok(Ok((at, answer))) => (at - begun, answer),
            Ok(Err(_)) => none("the process has ended"),
            Err(_) => none("the time-out of the function"),
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Inner {
    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<(Instant, Answer)>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, id: &str, answer: Answer) -> StatusCode {
        let at = Instant::now();
        match self.waiting().remove(id) {
            // Whoever waited may have given up.
            Some(send) => send.send((at, answer)).map_or(StatusCode::GONE, |()| StatusCode::ACCEPTED),
            None => StatusCode::BAD_REQUEST,
        }
    }
}

async fn next(State(inner): State<Arc<Inner>>) -> Response<Body> {
    let now = Instant::now();
    inner.first_next.send_if_modified(|first| {
        let is_first = first.is_none();
        first.get_or_insert(now);
        is_first
    });
    let event = inner.events.lock().await.recv().await;
    let Some(Event { id, body, timeout }) = event else { return Response::new(Body::empty()) };
    let deadline = SystemClock.now().as_millisecond() + i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline)
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap_or_default()
}

async fn response(State(inner): State<Arc<Inner>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    inner.answered(&id, Answer::Response(body))
}

async fn error(State(inner): State<Arc<Inner>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    inner.answered(&id, Answer::Error(body))
}

async fn init_error(State(inner): State<Arc<Inner>>, body: Bytes) -> StatusCode {
    *inner.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    StatusCode::ACCEPTED
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that answers one event: with its body and its id, or with an error.
    async fn answer_one(address: SocketAddr, outcome: &'static str) {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let base = format!("http://{address}/2018-06-01/runtime/invocation");
        let event = client.get(format!("{base}/next")).send().await.expect("an event");
        let id = event.headers()["lambda-runtime-aws-request-id"].to_str().expect("text").to_owned();
        let deadline = event.headers()["lambda-runtime-deadline-ms"].to_str().expect("text").parse::<i64>();
        let left = deadline.expect("a number") - SystemClock.now().as_millisecond();
        assert!((1..=30_000).contains(&left), "{left}");
        let body = event.bytes().await.expect("a body");
        client.post(format!("{base}/{id}/{outcome}")).body(body).send().await.expect("it is taken");
    }

    #[tokio::test]
    async fn an_event_reaches_the_process_and_its_answer_or_error_comes_back() {
        let api = RuntimeApi::start().await.expect("a server");
        assert!(api.first_next(Duration::from_millis(20)).await.is_none(), "nobody has asked");
        for (outcome, expected) in [
            ("response", Answer::Response(Bytes::from_static(b"{\"a\":1}"))),
            ("error", Answer::Error(Bytes::from_static(b"{\"a\":1}"))),
        ] {
            let process = tokio::spawn(answer_one(api.address, outcome));
            let invoked = api.invoke(outcome, Bytes::from_static(b"{\"a\":1}"), Duration::from_secs(30));
            assert_eq!(invoked.await.1, expected);
            process.await.expect("no panic");
        }
        assert!(api.first_next(Duration::ZERO).await.is_some());
    }

    #[tokio::test]
    async fn a_process_that_does_not_answer_in_time_is_a_failure_and_its_late_answer_counts_no_more() {
        let api = RuntimeApi::start().await.expect("a server");
        let (took, answer) = api.invoke("1", Bytes::new(), Duration::from_millis(30)).await;
        assert!(matches!(answer, Answer::Error(_)) && took >= Duration::from_millis(30), "{answer:?} {took:?}");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let late = format!("http://{}/2018-06-01/runtime/invocation/1/response", api.address);
        let status = client.post(late).body("{}").send().await.expect("an answer").status();
        assert_eq!(status, StatusCode::GONE);
    }
}
