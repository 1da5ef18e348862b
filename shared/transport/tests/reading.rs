//! Reads over a router in the same process: what is tried again, how often, after what wait.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::Instant;
use transport::{Answer, ReadRetries, Script, TransportError, send_read};

/// Waits half of each doubled time: 100 ms, 200 ms.
fn retries() -> ReadRetries {
    ReadRetries { random: Arc::new(|| 0), ..ReadRetries::default() }
}

/// The last answer's status or failure, how often it was sent, and how long it took.
async fn read(answers: impl IntoIterator<Item = Answer>) -> (Result<u16, TransportError>, usize, Duration) {
    let script = Script::new(answers);
    let request = Request::get("http://x.test/a").body(Bytes::new()).expect("a request");
    let start = Instant::now();
    let result = send_read(&*script.transport(), &request, &retries()).await;
    (result.map(|answer| answer.status().as_u16()), script.requests().len(), start.elapsed())
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test(start_paused = true)]
async fn success_and_refusals_are_final() {
    for status in [200, 204, 302, 400, 401, 403, 404, 409] {
        assert_eq!(read([Answer::new(status, "")]).await, (Ok(status), 1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_error_and_a_cut_are_tried_three_times() {
    for status in [500, 502, 503, 504] {
        assert_eq!(read([Answer::new(status, "")]).await, (Ok(status), 3, milliseconds(300)));
        assert_eq!(read([Answer::new(status, ""), Answer::new(200, "")]).await, (Ok(200), 2, milliseconds(100)));
    }
    assert_eq!(read([Answer::Cut]).await, (Err(TransportError::Cut), 3, milliseconds(300)));
    assert_eq!(read([Answer::Cut, Answer::new(200, "")]).await, (Ok(200), 2, milliseconds(100)));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_final() {
    assert_eq!(read([Answer::Hang]).await, (Err(TransportError::Timeout), 1, milliseconds(10_000)));
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_is_waited_and_a_long_one_returned() {
    let limited = |wait: &str| Answer::new(429, "").header("retry-after", wait);
    let fine = || Answer::new(200, "");
    assert_eq!(read([limited("5"), fine()]).await, (Ok(200), 2, milliseconds(5_000)));
    assert_eq!(read([limited("0"), fine()]).await, (Ok(200), 2, Duration::ZERO));
    assert_eq!(read([limited("6"), fine()]).await, (Ok(429), 1, Duration::ZERO));
    assert_eq!(read([limited("86400"), fine()]).await, (Ok(429), 1, Duration::ZERO));
    assert_eq!(read([Answer::new(429, ""), fine()]).await, (Ok(200), 2, milliseconds(100)));
    assert_eq!(read([limited("1")]).await, (Ok(429), 3, milliseconds(2_000)));
    let overloaded = Answer::new(503, "").header("retry-after", "60");
    assert_eq!(read([overloaded, fine()]).await, (Ok(503), 1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_date_is_waited_for_by_the_upstreams_own_clock() {
    let dated = Answer::new(429, "").header("retry-after", "Tue, 22 Sep 2026 10:00:03 GMT");
    let with_clock = dated.clone().header("date", "Tue, 22 Sep 2026 10:00:00 GMT");
    assert_eq!(read([with_clock, Answer::new(200, "")]).await, (Ok(200), 2, milliseconds(3_000)));
    assert_eq!(read([dated, Answer::new(200, "")]).await, (Ok(429), 1, Duration::ZERO));
}
