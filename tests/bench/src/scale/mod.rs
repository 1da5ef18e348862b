//! What the benchmark's figures mean at scale: scenarios, played by the model, in one table.

mod calibration;
mod load;
mod model;
mod pages;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use self::calibration::{Calibration, NEW_ENVIRONMENT};
use self::load::{MOST_PEOPLE, presses};
use self::model::{Engine, Imported, Most, Press, play};
use self::pages::burst;
use crate::cloud::template;
use crate::failure::Failure;

const HOUR: f64 = 3_600.0;

/// Where the table goes in docs/scale.md.
const BEGIN: &str = "<!-- scale: make scale -->";
const END: &str = "<!-- end of scale -->";

/// What one active import costs a sweep that only looks at it, in seconds: a few reads of the table. Assumed.
const HELP: f64 = 0.05;
/// A sweep works on eight imports side by side, for half a minute of each minute.
const SWEEP_SECONDS: f64 = 8.0 * 30.0;

struct Scenario {
    name: &'static str,
    an_hour: f64,
    hours: f64,
    change: fn(Engine) -> Engine,
}

/// A worker for every portal that has something to do, as far as a new account goes.
const fn many_workers(engine: Engine) -> Engine {
    Engine { workers: 900, ..engine }
}

const fn thousands_of_workers(engine: Engine) -> Engine {
    Engine { workers: 20_000, ..engine }
}

const SCENARIOS: [Scenario; 10] = [
    Scenario { name: "100 an hour", an_hour: 100.0, hours: 24.0, change: |engine| engine },
    Scenario { name: "1,000 an hour", an_hour: 1_000.0, hours: 12.0, change: |engine| engine },
    Scenario { name: "10,000 an hour", an_hour: 10_000.0, hours: 3.0, change: |engine| engine },
    Scenario { name: "10,000, 900 workers", an_hour: 10_000.0, hours: 3.0, change: many_workers },
    Scenario { name: "100,000, 20,000 workers", an_hour: 100_000.0, hours: 1.0, change: thousands_of_workers },
    Scenario {
        name: "1,000, GO1 allows 2 a second",
        an_hour: 1_000.0,
        hours: 12.0,
        change: |engine| Engine { per_second: 2.0, ..engine },
    },
    Scenario {
        name: "10,000, 900 workers, GO1 allows 200 a second together",
        an_hour: 10_000.0,
        hours: 3.0,
        change: |engine| Engine { together: Some(200.0), ..many_workers(engine) },
    },
    Scenario {
        name: "100, GO1 down from hour 6 to hour 30",
        an_hour: 100.0,
        hours: 48.0,
        change: |engine| Engine { outage: Some((6.0 * HOUR, 30.0 * HOUR)), ..engine },
    },
    Scenario {
        name: "1,000, GO1 down from hour 6 to hour 30",
        an_hour: 1_000.0,
        hours: 48.0,
        change: |engine| Engine { outage: Some((6.0 * HOUR, 30.0 * HOUR)), ..engine },
    },
    Scenario {
        name: "1,000, the same, 900 workers",
        an_hour: 1_000.0,
        hours: 48.0,
        change: |engine| Engine { outage: Some((6.0 * HOUR, 30.0 * HOUR)), ..many_workers(engine) },
    },
];

/// Plays everything, prints it, and writes it into the document.
pub(crate) fn scale(report: &Path, document: &Path, seed: u64) -> Result<(), Failure> {
    let report =
        std::fs::read_to_string(report).map_err(|error| format!("{}: {error}: make bench", report.display()))?;
    let report: Value = serde_json::from_str(&report)?;
    let calibration = Calibration::of(&report)?;
    let text = format!(
        "{}\n{}\n{}\n{}",
        origin(&calibration),
        check(&calibration),
        table(&calibration, seed),
        bursts(&calibration, seed)?
    );
    println!("{text}");
    let old = std::fs::read_to_string(document)?;
    std::fs::write(document, between(&old, &text)?)?;
    Ok(())
}

fn between(old: &str, text: &str) -> Result<String, Failure> {
    let missing = || format!("the document has no {BEGIN} with {END} behind it");
    let (before, rest) = old.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))
}

fn origin(calibration: &Calibration) -> String {
    let Engine { workers, in_flight, per_second, lost, latency, pace, overhead, cold, working, press, .. } =
        calibration.engine;
    format!(
        "Calibrated by a run of `make bench`: {latency:.3} s a call, {lost:.0} calls once more for each invocation that is cut off, {in_flight:.0} in flight and {per_second:.0} a second for a portal, of which the worker reaches {pace:.3}; {overhead:.2} s beside the calls of an invocation, which begins calls for {working:.0} s; {press:.2} s a press, {cold:.3} s a cold worker; {workers} workers.\n"
    )
}

/// The model beside what the engine was measured to do.
fn check(calibration: &Calibration) -> String {
    let engine = Engine { cold: 0.0, ..calibration.engine };
    let press = |at: f64, people: u32| Press { at, people };
    let time = |engine: &Engine, presses: &[Press]| {
        let (imported, _) = play(engine, presses);
        imported.last().and_then(Imported::took).unwrap_or(f64::INFINITY)
    };
    let crowd: Vec<Press> = (0..50).map(|_| press(0.0, MOST_PEOPLE)).chain([press(5.0, 5)]).collect();
    let at_a_rate = Engine { in_flight: 10.0, per_second: 20.0, lost: 0.0, ..engine };
    let measured = calibration.measured;
    let rows = [
        ("5 people alone (used for the model)", time(&engine, &[press(0.0, 5)]), measured.small_alone),
        ("200 people", time(&engine, &[press(0.0, MOST_PEOPLE)]), measured.full),
        (
            "200 people, 10 in flight, 20 a second",
            time(&at_a_rate, &[press(0.0, MOST_PEOPLE)]),
            measured.full_at_a_rate,
        ),
        ("5 people behind 50 full imports", time(&engine, &crowd), measured.small_behind),
    ];
    let mut text = String::from(
        "| the model against the engine | model, s | measured, s | difference |\n| --- | ---: | ---: | ---: |\n",
    );
    for (name, model, engine) in rows {
        let _ = writeln!(text, "| {name} | {model:.1} | {engine:.1} | {:+.1} % |", (model / engine - 1.0) * 100.0);
    }
    text
}

/// The value that so many of 100 do not exceed.
fn percentile(values: &mut [f64], part: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * part / 100).min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn table(calibration: &Calibration, seed: u64) -> String {
    let mut text = String::from(
        "| scenario | imports | given up | workers at once | backlog at most | wait for a worker p50, p99 | 5 people or fewer p50, p99 | 100 or more p50, p99 | active at most | units a second on `ACTIVE` | a round of the sweeper | messages in flight | $ an import |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for scenario in &SCENARIOS {
        let engine =
            Engine { cold: calibration.engine.cold + NEW_ENVIRONMENT, ..(scenario.change)(calibration.engine) };
        let presses = presses(seed, scenario.an_hour, scenario.hours);
        let (imported, most) = play(&engine, &presses);
        text.push_str(&row(calibration, scenario.name, &imported, most));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "counts far below two to the power of 52")]
fn row(calibration: &Calibration, name: &str, imported: &[Imported], most: Most) -> String {
    let press = calibration.engine.press;
    let mut waits: Vec<f64> =
        imported.iter().filter_map(|import| Some(import.first? - import.press.at - press)).collect();
    let of = |wanted: fn(u32) -> bool| -> Vec<f64> {
        let those = imported.iter().filter(|import| wanted(import.press.people));
        those.filter_map(Imported::took).collect()
    };
    let (mut small, mut full) = (of(|people| people <= 5), of(|people| people >= 100));
    let pair = |values: &mut Vec<f64>| format!("{}, {}", time(percentile(values, 50)), time(percentile(values, 99)));
    let given_up = imported.iter().filter(|import| import.done.is_none()).count();
    let costs = imported.iter().map(|import| {
        let took = import.took().unwrap_or(24.0 * HOUR);
        calibration.cost(import.press.people.into(), import.billed, import.invocations.into(), took)
    });
    let cost = costs.sum::<f64>() / imported.len().max(1) as f64;
    let round = (most.active as f64 * HELP / SWEEP_SECONDS).ceil().max(1.0) * 60.0;
    format!(
        "| {name} | {} | {given_up} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {cost:.5} |\n",
        imported.len(),
        most.busy,
        most.backlog,
        pair(&mut waits),
        pair(&mut small),
        pair(&mut full),
        most.active,
        most.active_units,
        time(round),
        most.in_flight,
    )
}

/// A time as a person says it.
fn time(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.05 => "0 s".to_owned(),
        seconds if seconds < 120.0 => format!("{seconds:.1} s"),
        seconds if seconds < 2.0 * HOUR => format!("{:.0} min", seconds / 60.0),
        seconds if seconds.is_finite() => format!("{:.1} h", seconds / HOUR),
        _ => "none".to_owned(),
    }
}

/// 500 sign-ups in a minute, everything cold, with the template's limit of the HTTP API and without one.
fn bursts(calibration: &Calibration, seed: u64) -> Result<String, Failure> {
    let (steady, at_once) = (template::number("RequestsPerSecond")?, template::number("RequestBurst")?);
    let start = calibration.start + NEW_ENVIRONMENT;
    let mut text = format!(
        "500 sign-ups in a minute, up to the people, every process cold (a new one takes {start:.2} s, of which AWS's {NEW_ENVIRONMENT} are assumed):\n\n| the HTTP API allows | people think for | our part of an answer p50, p99 | processes started | answers of 429 |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for (limit, thinking) in
        [((steady.into(), at_once.into()), 10.0), ((steady.into(), at_once.into()), 1.0), ((10_000.0, 5_000.0), 1.0)]
    {
        let found = burst(seed, 500, 60.0, start, limit, thinking);
        let _ = writeln!(
            text,
            "| {} a second, {} at once | {thinking} s | {:.2} s, {:.2} s | {} | {} of {} |",
            limit.0, limit.1, found.median, found.ninety_nine, found.started, found.throttled, found.answers,
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_goes_between_its_marks() {
        let new = between(&format!("# A\n{BEGIN}\nold\n{END}\nrest\n"), "new\n").expect("both marks are there");
        assert_eq!(new, format!("# A\n{BEGIN}\n\nnew\n\n{END}\nrest\n"));
        assert!(between(include_str!("../../../../docs/scale.md"), "new").is_ok(), "the project's own has them");
    }

    #[test]
    fn times_and_percentiles_are_those_of_the_values() {
        assert_eq!([0.0, 59.96, 180.0, 36_000.0].map(time), ["0 s", "60.0 s", "3 min", "10.0 h"]);
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((percentile(&mut values, 50) - 51.0).abs() < f64::EPSILON);
        assert!((percentile(&mut values, 99) - 100.0).abs() < f64::EPSILON);
        assert!(percentile(&mut [], 99).is_nan());
    }
}
