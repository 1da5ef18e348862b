//! The transport of production over real sockets on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use transport::{HttpSettings, HttpTransport, Transport as _, TransportError};

/// A server that hands each connection to `serve`; counts connections.
async fn server<F, S>(serve: S) -> (SocketAddr, Arc<AtomicUsize>)
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream));
        }
    });
    (address, connections)
}

/// Reads one request, whose body must have a length.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
    }
}

/// A server that answers each request with `answer`, whatever was asked, on as few connections as it is given.
async fn answering(answer: impl Into<String>) -> (SocketAddr, Arc<AtomicUsize>) {
    let answer: Arc<str> = answer.into().into();
    server(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            while read_request(&mut stream).await.is_some() {
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

fn transport(change: impl FnOnce(&mut HttpSettings)) -> HttpTransport {
    let mut settings = HttpSettings::default();
    change(&mut settings);
    HttpTransport::new(&settings).expect("a client")
}

fn get(address: SocketAddr, path: &str) -> Request<Bytes> {
    Request::get(format!("http://{address}{path}")).body(Bytes::new()).expect("a request")
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made_and_its_answer_comes_back_whole() {
    let (address, _) = server(|mut stream| async move {
        let request = read_request(&mut stream).await.expect("a request");
        let head = "HTTP/1.1 404 Not Found\r\nx-mark: seen\r\ncontent-type: text/plain\r\n";
        let answer = format!("{head}content-length: {}\r\n\r\n{request}", request.len());
        stream.write_all(answer.as_bytes()).await.expect("written");
    })
    .await;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{address}/a%2Fb?x=1%202"))
        .header("api-version", "2025-01-01")
        .body(Bytes::from_static(b"{\"a\":1}"))
        .expect("a request");
    let answer = transport(|_| ()).send(request).await.expect("an answer");
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["x-mark"], "seen");
    let seen = String::from_utf8(answer.into_body().to_vec()).expect("text");
    assert!(seen.starts_with("POST /a%2Fb?x=1%202 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("api-version: 2025-01-01\r\n"), "{seen}");
    assert!(seen.contains("user-agent: GO1/"), "{seen}");
    assert!(!seen.to_lowercase().contains("xero"), "Xero wants its name in no application's: {seen}");
    assert!(seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
}

/// Some servers answer 411 to a press without a body that does not say so.
#[tokio::test]
async fn a_post_without_a_body_says_so_and_a_read_says_nothing() {
    let (address, _) = server(|mut stream| async move {
        while let Some(request) = read_request(&mut stream).await {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}", request.len());
            stream.write_all(head.as_bytes()).await.expect("written");
        }
    })
    .await;
    let base = url::Url::parse(&format!("http://{address}")).expect("an address");
    let transport = transport(|_| ());
    for (method, says) in [(Method::POST, true), (Method::PATCH, true), (Method::GET, false), (Method::DELETE, false)] {
        let request = transport::Call::new(method.clone(), &base, &["login"]).build().expect("a request");
        let answer = transport.send(request).await.expect("an answer");
        let seen = String::from_utf8(answer.into_body().to_vec()).expect("text").to_lowercase();
        assert_eq!(seen.matches("content-length: 0\r\n").count(), usize::from(says), "{method}: {seen}");
    }
}

#[tokio::test]
async fn connections_are_kept_and_redirects_are_not_followed() {
    let (address, connections) =
        answering("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n").await;
    let transport = transport(|_| ());
    for _ in 0..3 {
        let answer = transport.send(get(address, "/")).await.expect("an answer");
        assert_eq!(answer.status(), 302);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let failure = transport(|_| ()).send(get(address, "/")).await.expect_err("nobody listens");
    assert_eq!(failure, TransportError::Refused);
    assert!(!failure.outcome_unknown());
}

#[tokio::test]
async fn no_answer_and_an_answer_that_trickles_run_out_of_time() {
    let (silent, _) = server(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let (trickling, _) = server(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let transport = transport(|settings| settings.timeout = Duration::from_millis(150));
    for address in [silent, trickling] {
        let failure = transport.send(get(address, "/")).await.expect_err("too slow");
        assert_eq!(failure, TransportError::Timeout);
        assert!(failure.outcome_unknown());
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_cut_and_not_tried_again() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf"] {
        let (address, connections) = server(move |mut stream| async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let request = Request::post(format!("http://{address}/")).body(Bytes::from_static(b"x")).expect("a request");
        let failure = transport(|_| ()).send(request).await.expect_err("cut");
        assert_eq!(failure, TransportError::Cut, "{answer:?}");
        assert!(failure.outcome_unknown());
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_whether_it_tells_its_length_or_not() {
    let sized = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}", "x".repeat(length));
    let chunked = |length: usize| {
        let chunk = format!("{length:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(length));
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}")
    };
    let transport = transport(|settings| settings.most_body_bytes = 1000);
    for (answer, fits) in [(sized(1000), true), (sized(1001), false), (chunked(1000), true), (chunked(1001), false)] {
        let (address, _) = answering(answer).await;
        let result = transport.send(get(address, "/")).await.map(|answer| answer.body().len());
        assert_eq!(result, if fits { Ok(1000) } else { Err(TransportError::BodyTooLarge) });
    }
}

#[tokio::test]
async fn what_is_no_address_is_never_sent() {
    let request = Request::get("/only/a/path").body(Bytes::new()).expect("a request");
    assert_eq!(transport(|_| ()).send(request).await.err(), Some(TransportError::Refused));
}
