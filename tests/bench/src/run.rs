//! The whole benchmark, part by part. A part that fails leaves its figures out, and says why.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cloud::{need_binaries, share};
use crate::failure::Failure;
use crate::parts;
use crate::plan::Plan;
use crate::report::Report;

/// The parts, with the figures that each brings and how long it may take.
const PARTS: [(&str, &[&str], u64); 8] = [
    ("sizes", &["zip_mb"], 30),
    ("starts", &["cold_start_ratio", "rss_mb"], 60),
    ("warm", &["warm_overhead_us"], 60),
    (
        "quick-calls",
        &[
            "import_efficiency_50ms",
            "speedup_over_sequential",
            "writes_per_person",
            "requests_per_person",
            "worker_memory_growth_mb",
            "go1_calls_per_person",
            "xero_people_reads",
        ],
        180,
    ),
    ("look", &["look_2000_s"], 90),
    (
        "slow-calls",
        &[
            "import_efficiency_300ms",
            "import_efficiency_defaults",
            "calls_over_rate",
            "self_inflicted_429",
            "go1_calls_per_person_defaults",
            "progress_cpu_ms",
            "cost_per_import_usd",
            "cost_per_import_defaults_usd",
        ],
        480,
    ),
    ("fairness", &["fairness_ratio"], 180),
    ("memory", &[], 240),
];

/// Runs the parts one after the other.
pub(crate) async fn run(plan: &Plan) -> Result<Report, Failure> {
    need_binaries(&plan.places)?;
    std::fs::create_dir_all(&plan.places.logs)?;
    let begun = Instant::now();
    let mut report = Report::default();
    let load = load();
    for (name, fields, seconds) in PARTS {
        if !plan.only.is_empty() && !plan.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("{:4.0} s  {name}", begun.elapsed().as_secs_f64());
        let part = async {
            match name {
                "sizes" => parts::starts::sizes(plan),
                "starts" => parts::starts::starts(plan).await,
                "warm" => parts::starts::warm(plan).await,
                "quick-calls" => parts::quick::quick_calls(plan).await,
                "look" => parts::look::look(plan).await,
                "slow-calls" => parts::slow::slow_calls(plan).await,
                "fairness" => parts::fair::fair(plan).await,
                _ => parts::memory::memory_sizes(plan).await,
            }
        };
        match tokio::time::timeout(Duration::from_secs(seconds), part).await {
            Ok(Ok(measured)) => report.add(measured),
            Ok(Err(error)) => {
                eprintln!("        not measured: {error}");
                report.is_missing(fields, &error.to_string());
            }
            Err(_) => {
                eprintln!("        not measured: it took longer than {seconds} s");
                report.is_missing(fields, &format!("it took longer than {seconds} s on this machine"));
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{seconds:4.0} s  done");
    report.surroundings = surroundings(plan, load, seconds);
    Ok(report)
}

fn surroundings(plan: &Plan, load: Option<f64>, seconds: f64) -> BTreeMap<&'static str, serde_json::Value> {
    BTreeMap::from([
        ("quick", json!(plan.extent.quick)),
        ("people", json!(plan.extent.people)),
        ("architecture", json!(std::env::consts::ARCH)),
        ("processors", json!(std::thread::available_parallelism().map_or(0, std::num::NonZero::get))),
        ("load_before", json!(load)),
        ("load_after", json!(self::load())),
        ("seconds", json!(seconds.round())),
        (
            "processor_share_of_memory_size",
            json!(if share::can_be_held() {
                "held for the worker in the part `memory` only; elsewhere each process may use a whole processor"
            } else {
                "not measured: no control group can be made here, so each process may use a whole processor"
            }),
        ),
    ])
}

/// How busy the machine was over the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
