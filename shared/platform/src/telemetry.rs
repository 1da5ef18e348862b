//! Logs: one JSON object a line, on standard output, where Lambda picks them up.

use std::io;
use std::sync::Arc;

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::entropy::SystemClock;
use crate::figures::{FIGURES, Figures};
use crate::settings::{Environment, names};

/// Our own crates. Others, the SDK of AWS among them, write whole requests below INFO: rows with people's names, tokens,
/// signatures. A test compares the list with the workspace.
pub const OURS: &[&str] = &[
    "addon",
    "deleting",
    "domain",
    "go1",
    "go1_access",
    "import",
    "importing",
    "oauth_callback",
    "operations",
    "ops",
    "planning",
    "platform",
    "preview",
    "signup",
    "state",
    "sweeper",
    "transport",
    "unidecode",
    "vault",
    "visiting",
    "web",
    "worker",
    "xero",
    "xero_access",
];

/// Begins logging at the level that `RUST_LOG` names (`warn`, `info`, `debug` or `trace`), or `info`, and the figures, which no
/// level hides. Where nobody says under which name they are kept, as where a function runs by itself, there are none.
pub fn start(environment: &Environment) {
    let level = environment.parsed(names::RUST_LOG, "a level").unwrap_or(LevelFilter::INFO);
    let figures = environment.text(names::METRICS_NAMESPACE).ok();
    let figures = figures.map(|namespace| Figures::new(io::stdout, namespace, Arc::new(SystemClock)));
    tracing_subscriber::registry().with(lines(io::stdout).with_filter(level)).with(figures).init();
}

/// How each line is written. An event's fields stand beside its level, where the metric filters of the template look
/// for them. A line without a time of its own would be one of level INFO to Lambda, whatever it says
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>). Whatever the level, no figures are
/// among them, and of other crates nothing below INFO.
pub fn lines<S>(writer: impl for<'writer> MakeWriter<'writer> + Send + Sync + 'static) -> impl Layer<S>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    let within = fmt::format().json().flatten_event(true).with_current_span(false);
    let lines = Lines { alone: within.clone().with_span_list(false), within };
    fmt::layer().json().event_format(lines).with_writer(writer).with_filter(filter_fn(is_told))
}

fn is_told(event: &Metadata<'_>) -> bool {
    let from = event.target();
    let is_ours = || OURS.contains(&from.split_once("::").map_or(from, |(name, _)| name));
    from != FIGURES && (*event.level() <= Level::INFO || is_ours())
}

/// An event that is told outside of every span (`parent: None`) is written without them, which the library's own form is not:
/// it takes the span that is entered.
struct Lines {
    within: Format<Json>,
    alone: Format<Json>,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let format = if event.is_root() { &self.alone } else { &self.within };
        format.format_event(context, writer, event)
    }
}
