//! A router that answers from a list and keeps what it was asked: for the answers that a strict stand-in never gives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{MOST_BODY_BYTES, RouterTransport, Transport};

/// One answer of a [`Script`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// This status, these headers, this body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// The connection is cut.
    Cut,
    /// No answer ever comes, so the call times out.
    Hang,
}

#[expect(clippy::needless_pass_by_value, reason = "a test's text and JSON literals need no reference in front")]
impl Answer {
    /// A status and a body, and no headers.
    pub fn new(status: u16, body: impl ToString) -> Self {
        Self::Http(status, Vec::new(), body.to_string())
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(self, name: &'static str, value: impl ToString) -> Self {
        match self {
            Self::Http(status, mut headers, body) => {
                headers.push((name, value.to_string()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }
}

type Answering = Box<dyn FnMut(&Request<Bytes>) -> Answer + Send>;

#[derive(Default)]
struct Inner {
    answers: VecDeque<Answer>,
    /// Answers in place of the list.
    answering: Option<Answering>,
    requests: Vec<Request<Bytes>>,
}

/// A router that gives its answers in order, the last one for ever. Clones share the list.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

impl Script {
    /// A script of these answers.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new(Inner { answers: answers.into_iter().collect(), ..Inner::default() })))
    }

    /// A script whose answer depends on what is asked, for calls of which nobody can say in which order they come.
    pub fn answering(answer: impl FnMut(&Request<Bytes>) -> Answer + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Inner { answering: Some(Box::new(answer)), ..Inner::default() })))
    }

    /// Stands the script below a client.
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(RouterTransport::new(Router::new().fallback(answer).with_state(self.clone())))
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, request: Request<Bytes>) -> Option<Answer> {
        let mut inner = self.lock();
        let answer = inner.answering.as_mut().map(|answering| answering(&request));
        inner.requests.push(request);
        if answer.is_some() {
            return answer;
        }
        if inner.answers.len() > 1 { inner.answers.pop_front() } else { inner.answers.front().cloned() }
    }
}

async fn answer(State(script): State<Script>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST_BODY_BYTES).await.unwrap_or_default();
    match script.next(Request::from_parts(parts, body)) {
        Some(Answer::Http(status, headers, body)) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap_or_else(|error| unreachable!("a test's answer is HTTP: {error}"))
        }
        Some(Answer::Cut) => {
            let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Response::new(Body::from_stream(futures::stream::iter([Err::<Bytes, _>(reset)])))
        }
        Some(Answer::Hang) => std::future::pending().await,
        None => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
            response
        }
    }
}
