//! The lines of the log as Lambda reads them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use platform::telemetry::{OURS, lines};
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

/// What is written of this, whatever its level.
fn written(logging: impl FnOnce()) -> String {
    let kept = Kept::default();
    let to = kept.clone();
    let subscriber = tracing_subscriber::registry().with(lines(move || to.clone()));
    tracing::subscriber::with_default(subscriber, logging);
    String::from_utf8(kept.0.lock().expect("nobody panics with it").clone()).expect("text")
}

#[test]
fn each_line_has_a_level_and_a_time_that_lambda_reads() {
    let written = written(|| {
        tracing::error!(event = "page_failed", "a page failed");
        tracing::debug!(target: "worker::batch", "a detail");
    });
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

/// The SDK writes what it sends, people's rows among it, as TRACE, and others write headers as DEBUG.
#[test]
fn what_other_crates_write_below_info_is_no_line_at_any_level() {
    let written = written(|| {
        tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", "transmitting request {}", "Samira");
        tracing::debug!(target: "hyper_util::client::legacy", "a header");
        tracing::debug!(target: "workers_of_somebody", "no crate of ours");
        tracing::info!(target: "lambda_runtime", "something to know");
        tracing::trace!(target: "worker", "ours");
        tracing::trace!(target: "go1_access::access", "ours too");
    });
    let messages: Vec<_> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["message"].clone())
        .collect();
    assert_eq!(messages, ["something to know", "ours", "ours too"]);
}

/// Every crate of what is shipped, by its folder; the operators' command has a library and a binary.
#[test]
fn our_own_crates_are_those_of_the_workspace() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let folders = ["functions", "shared"].map(|of| std::fs::read_dir(format!("{root}/{of}")).expect("a folder"));
    let crates = folders.into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let crates = crates.filter(|path| path.join("Cargo.toml").exists());
    let names = crates.map(|path| path.file_name().expect("a name").to_string_lossy().replace('-', "_"));
    let mut expected: Vec<String> = names.chain(["operations".to_owned(), "ops".to_owned()]).collect();
    expected.sort();
    assert_eq!(OURS, expected);
}
