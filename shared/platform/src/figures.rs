//! Figures in `CloudWatch`'s embedded metric format: a line of the log from which `CloudWatch` makes metrics by itself, at no
//! call of ours (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//!
//! A metric costs by the values of its dimensions, so there is one dimension, the upstream. Which call it was stands in the
//! line, where a query finds it.

use std::fmt::Debug;
use std::io::Write as _;
use std::sync::Arc;

use domain::clock::Clock;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

/// The target of the lines that become figures.
pub const FIGURES: &str = "figures";

/// Writes the events of [`FIGURES`] as figures, and no others.
pub struct Figures<W> {
    writer: W,
    namespace: String,
    clock: Arc<dyn Clock>,
}

impl<W> Figures<W> {
    /// Figures of this namespace, told at the time of `clock`.
    pub fn new(writer: W, namespace: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { writer, namespace: namespace.into(), clock }
    }

    fn line(&self, fields: &Map<String, Value>) -> Value {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let durations = fields.get("durations").and_then(Value::as_str).unwrap_or_default();
        let durations: Vec<u64> = durations.split(',').filter_map(|one| one.parse().ok()).collect();
        json!({
            "_aws": {
                "Timestamp": self.clock.now().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [["Upstream"]],
                    "Metrics": [
                        { "Name": "CallDuration", "Unit": "Milliseconds" },
                        { "Name": "CallsLimited", "Unit": "Count" },
                        { "Name": "CallsFailed", "Unit": "Count" },
                    ],
                }],
            },
            "Upstream": text("upstream"),
            "Call": text("call"),
            "Calls": durations.len(),
            "CallDuration": durations,
            "CallsLimited": text("limited"),
            "CallsFailed": text("failed"),
        })
    }
}

impl<S: Subscriber, W: for<'writer> MakeWriter<'writer> + 'static> Layer<S> for Figures<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != FIGURES {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        // As with every line, a log that cannot be written keeps nobody from working.
        let _ = writeln!(self.writer.make_writer(), "{}", self.line(&fields.0));
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {
        // None of them is told in this way, and what is not known here is not written.
    }
}
