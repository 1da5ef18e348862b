//! What the model takes from a report of the benchmark, and what it assumes where nothing was measured.

use serde_json::Value;

use super::model::{CALLS, Engine, PEOPLE_OF_EVENT};
use crate::bound::Used;
use crate::cloud::template;
use crate::failure::Failure;
use crate::measure::polling::wait_before_poll;

/// What AWS takes to bring a new environment before the process starts: assumed, since nothing here has run there.
pub(crate) const NEW_ENVIRONMENT: f64 = 0.2;

/// An invocation that calls nobody still reads the table and answers.
const LEAST_OVERHEAD: f64 = 0.02;

/// What was measured. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calibration {
    pub(crate) engine: Engine,
    /// What one full import used of AWS, a person.
    pub(crate) write_units: f64,
    pub(crate) read_units: f64,
    pub(crate) logged: f64,
    /// The worker's memory, in MB.
    pub(crate) memory: f64,
    /// The slowest start of a function with pages.
    pub(crate) start: f64,
    /// What the benchmark measured, for the comparison.
    pub(crate) measured: Measured,
}

/// What the model is held against. The first was used for the model, the others were not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) small_alone: f64,
    pub(crate) full: f64,
    pub(crate) full_at_a_rate: f64,
    pub(crate) small_behind: f64,
}

impl Calibration {
    /// From a whole report. A figure that was not measured is an error, and not a guess.
    pub(crate) fn of(report: &Value) -> Result<Self, Failure> {
        if report["surroundings"]["quick"] != Value::Bool(false) {
            return Err("the report is of a quick run: make bench".into());
        }
        let detail = |name: &str| -> Result<f64, Failure> {
            let median = report["details"][name]["median"].as_f64();
            median.ok_or_else(|| format!("the report has no {name}: make bench").into())
        };
        let time = |name: &str| Ok::<f64, Failure>(detail(name)? / 1_000.0);
        let people = report["surroundings"]["people"].as_f64().ok_or("the report does not say how many people")?;
        let (per_second, in_flight) = (template::number("Go1CallsPerSecond")?, template::number("Go1CallsInFlight")?);
        let (press, pace) =
            (time("import_efficiency_300ms.press_ms")?, detail("import_efficiency_300ms.worker_alone")?);
        let small_alone = time("fairness_ratio.alone_ms")?;
        let mut engine = Engine {
            workers: template::number("WorkerConcurrency")?.try_into()?,
            in_flight: in_flight.into(),
            per_second: per_second.into(),
            lost: 0.0,
            latency: time("import_efficiency_defaults.go1_ms")?,
            pace: pace.min(1.0),
            overhead: 0.0,
            cold: time("cold_start_ms.worker")?,
            working: time("import_efficiency_defaults.longest_invocation_ms")?,
            press,
            together: None,
            outage: None,
        };
        // Two hundred people are one event; every further invocation went on with what another had left half done.
        let cut = detail("import_efficiency_defaults.invocations")? - (people / f64::from(PEOPLE_OF_EVENT)).ceil();
        let more = (detail("go1_calls_per_person_defaults")? - CALLS) * people;
        engine.lost = if cut >= 1.0 { (more / cut).max(0.0) } else { 0.0 };
        // Five people are thirty calls; what their import takes beyond these and the press is there in every invocation.
        engine.overhead = (small_alone - press - 30.0 / (engine.rate() * engine.pace)).max(LEAST_OVERHEAD);
        let starts = ["signup", "oauth-callback", "preview", "import"];
        let starts: Result<Vec<f64>, Failure> =
            starts.iter().map(|name| time(&format!("cold_start_ms.{name}"))).collect();
        Ok(Self {
            engine,
            write_units: detail("cost_per_import_usd.write_units")? / people,
            read_units: detail("cost_per_import_usd.read_units")? / people,
            logged: detail("cost_per_import_usd.logged_bytes")? / people,
            memory: template::memory("Worker")?.into(),
            start: starts?.into_iter().fold(0.0, f64::max),
            measured: Measured {
                small_alone,
                full: time("import_efficiency_defaults.import_ms")?,
                full_at_a_rate: time("import_efficiency_300ms.import_ms")?,
                small_behind: time("fairness_ratio.behind_ms")?,
            },
        })
    }

    /// What an import cost, with its page open all the time for an hour at most: nobody looks for longer.
    pub(crate) fn cost(&self, people: f64, billed: f64, invocations: f64, took: f64) -> f64 {
        let used = Used {
            people,
            worker_seconds: billed,
            memory: self.memory,
            invocations,
            requests: 2.0 + polls(took.min(3_600.0)),
            write_units: self.write_units * people,
            read_units: self.read_units * people,
            secrets: 0.0,
            logged: self.logged * people,
        };
        used.cost()
    }
}

/// How often a page asks for its progress in so many seconds.
fn polls(seconds: f64) -> f64 {
    let mut at = 0.0;
    let times = (0..).map_while(|asked| {
        at += wait_before_poll(asked).as_secs_f64();
        (at < seconds).then_some(1.0)
    });
    times.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_figure_calibrates_nothing() {
        let quick = serde_json::json!({ "surroundings": { "quick": true } });
        assert!(Calibration::of(&quick).expect_err("quick").to_string().contains("quick"));
        let empty = serde_json::json!({ "surroundings": { "quick": false, "people": 200 }, "details": {} });
        assert!(Calibration::of(&empty).expect_err("empty").to_string().contains("make bench"));
    }

    #[test]
    fn the_page_asks_less_and_less_often() {
        assert!((polls(1.4) - 0.0).abs() < f64::EPSILON);
        assert!((polls(3.1) - 2.0).abs() < f64::EPSILON, "after 1.5 and after 3.05 seconds");
        assert!((60.0..=80.0).contains(&polls(240.0)), "{}", polls(240.0));
    }
}
