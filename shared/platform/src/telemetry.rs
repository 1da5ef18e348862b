//! Logs: one JSON object a line, on standard output, where Lambda picks them up.

use std::io;
use std::sync::Arc;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::entropy::SystemClock;
use crate::figures::{FIGURES, Figures};
use crate::settings::{Environment, names};

/// Begins logging at the level that `RUST_LOG` names (`warn`, `info`, `debug` or `trace`), or `info`, and the figures, which no
/// level hides. Where nobody says under which name they are kept, as where a function runs by itself, there are none.
pub fn start(environment: &Environment) {
    let level = environment.parsed(names::RUST_LOG, "a level").unwrap_or(LevelFilter::INFO);
    let is_line = filter_fn(|event| event.target() != FIGURES);
    let figures = environment.text(names::METRICS_NAMESPACE).ok();
    let figures = figures.map(|namespace| Figures::new(io::stdout, namespace, Arc::new(SystemClock)));
    tracing_subscriber::registry().with(lines(io::stdout).with_filter(level.and(is_line))).with(figures).init();
}

/// How each line is written. An event's fields stand beside its level, where the metric filters of the template look
/// for them. A line without a time of its own would be one of level INFO to Lambda, whatever it says
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
pub fn lines<S>(writer: impl for<'writer> MakeWriter<'writer> + Send + Sync + 'static) -> impl Layer<S>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(writer)
}
