//! The lines of the log as Lambda reads them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use platform::telemetry::lines;
use tracing_subscriber::layer::SubscriberExt as _;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_line_has_a_level_and_a_time_that_lambda_reads() {
    let kept = Kept::default();
    let to = kept.clone();
    let subscriber = tracing_subscriber::registry().with(lines(move || to.clone()));
    tracing::subscriber::with_default(subscriber, || {
        tracing::error!(event = "page_failed", "a page failed");
        tracing::debug!("a detail");
    });
    let written = String::from_utf8(kept.0.lock().expect("nobody panics with it").clone()).expect("text");
    let levels: Vec<_> = written
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line["timestamp"].as_str().expect("a time").parse::<Timestamp>().expect("as RFC 3339 has it");
            line["level"].as_str().expect("a level").to_owned()
        })
        .collect();
    assert_eq!(levels, ["ERROR", "DEBUG"]);
}
