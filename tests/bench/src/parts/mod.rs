//! Each part of the benchmark: which clouds it starts, what it measures there, and which figures that makes.

pub(crate) mod fair;
pub(crate) mod look;
pub(crate) mod memory;
pub(crate) mod quick;
pub(crate) mod slow;
pub(crate) mod starts;

use std::time::Duration;

use crate::cloud::{Choice, Cloud, TableLatency, template};
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::importing::Import;
use crate::report::Report;

/// The table of the benchmark.
pub(super) const TABLE: TableLatency = TableLatency { read: Duration::from_millis(5), write: Duration::from_millis(8) };

/// GO1 as quick as it may be.
pub(crate) const QUICK: Choice = Choice {
    go1: Duration::from_millis(50),
    xero: Duration::from_millis(50),
    table: TABLE,
    in_flight: 20,
    per_second: 0,
};

/// GO1 as slow as it may be, at a rate that it may allow.
pub(crate) const SLOW: Choice = Choice {
    go1: Duration::from_millis(300),
    xero: Duration::from_millis(100),
    table: TABLE,
    in_flight: 10,
    per_second: 20,
};

/// What the template says where nobody says otherwise.
pub(super) fn defaults() -> Result<Choice, Failure> {
    let (in_flight, per_second) = (template::number("Go1CallsInFlight")?, template::number("Go1CallsPerSecond")?);
    Ok(Choice { in_flight, per_second, ..SLOW })
}

pub(super) fn efficiencies(cloud: &Cloud, imports: &[Import], latency: Duration) -> Vec<f64> {
    imports.iter().map(|import| import.bound(cloud, latency).as_secs_f64() / import.took.as_secs_f64()).collect()
}

/// The latency as it was set, as it was measured, and the rest of what helps to understand an import's time.
pub(super) fn explain(report: &mut Report, name: &str, cloud: &Cloud, imports: &[Import], latency: &[Duration]) {
    let measured = median(latency).unwrap_or(cloud.choice.go1);
    let worker: Vec<f64> = imports
        .iter()
        .map(|import| import.bound(cloud, measured).as_secs_f64() / import.worker.as_secs_f64())
        .collect();
    let of = |of: fn(&Import) -> Duration| imports.iter().map(of).collect::<Vec<_>>();
    report.detail(
        format!("{name}.by_the_latency_that_was_set"),
        Figure::of(&efficiencies(cloud, imports, cloud.choice.go1), "", ""),
    );
    report.detail(
        format!("{name}.worker_alone"),
        Figure::of(&worker, "", "from the worker's first event to its last answer"),
    );
    report.detail(format!("{name}.import_ms"), Figure::of_milliseconds(&of(|import| import.took), "from the press"));
    report.detail(
        format!("{name}.press_ms"),
        Figure::of_milliseconds(&of(|import| import.press), "the press and the page that it leads to"),
    );
    report.detail(
        format!("{name}.worker_cpu_ms"),
        Figure::of_milliseconds(&of(Import::processor), "processor's time of the worker for a whole import"),
    );
    report.detail(
        format!("{name}.go1_ms"),
        Figure::of_milliseconds(latency, "a call to the stand-in, as measured and used for the bound"),
    );
    let invocations = imports.iter().flat_map(|import| &import.worker_invocations).map(|one| one.took);
    let longest = invocations.max().unwrap_or_default();
    report.detail(format!("{name}.longest_invocation_ms"), Figure::of_milliseconds(&[longest], "of the worker"));
    report.detail(
        format!("{name}.invocations"),
        Figure::of(&counts(imports, |import| import.worker_invocations.len()), "", "of the worker, for an import"),
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts far below two to the power of 52")]
pub(super) fn counts(imports: &[Import], of: impl Fn(&Import) -> usize) -> Vec<f64> {
    imports.iter().map(|import| of(import) as f64).collect()
}

pub(super) fn calls_per_person(imports: &[Import]) -> Vec<f64> {
    imports.iter().map(|import| f64::from(import.calls) / f64::from(import.people)).collect()
}
