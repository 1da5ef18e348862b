//! Each part of the benchmark: which clouds it starts, what it measures there, and which figures that makes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cloud::{Choice, Cloud, TableLatency, bare, template};
use crate::customers::ready;
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::fairness::fairness;
use crate::measure::importing::{Import, TableUse, import, used};
use crate::measure::looking::looks;
use crate::measure::starting::{self, not_warm};
use crate::measure::{latency_of_go1, sequential, sizes as sizing};
use crate::plan::Plan;
use crate::report::Report;

/// The table of the benchmark.
const TABLE: TableLatency = TableLatency { read: Duration::from_millis(5), write: Duration::from_millis(8) };

/// GO1 as quick as it may be.
const QUICK: Choice = Choice {
    go1: Duration::from_millis(50),
    xero: Duration::from_millis(50),
    table: TABLE,
    in_flight: 20,
    per_second: 0,
};

/// GO1 as slow as it may be, at a rate that it may allow.
const SLOW: Choice = Choice {
    go1: Duration::from_millis(300),
    xero: Duration::from_millis(100),
    table: TABLE,
    in_flight: 10,
    per_second: 20,
};

/// The people of the sequential script; the time for more is in proportion.
const SCRIPTED: u32 = 50;

/// What the template says where nobody says otherwise.
fn defaults() -> Result<Choice, Failure> {
    let (in_flight, per_second) = (template::number("Go1CallsInFlight")?, template::number("Go1CallsPerSecond")?);
    Ok(Choice { in_flight, per_second, ..SLOW })
}

pub(crate) fn sizes(plan: &Plan) -> Result<Report, Failure> {
    let mut report = Report::default();
    report.set_by_function("zip_mb", sizing::zips(&plan.places)?);
    Ok(report)
}

pub(crate) async fn starts(plan: &Plan) -> Result<Report, Failure> {
    let cloud = Cloud::start(&plan.places, QUICK).await?;
    let bare = bare(&plan.places)?;
    let starts = starting::starts(&cloud, &bare, plan.extent.starts).await?;
    let mut report = Report::default();
    let mut memory = BTreeMap::new();
    let mut slowest: Option<(f64, Option<Figure>)> = None;
    for (name, starts) in starts {
        let pairs = starts.ours.iter().zip(&starts.bare);
        let ratios: Vec<f64> = pairs.map(|(ours, bare)| ours.as_secs_f64() / bare.as_secs_f64()).collect();
        let ratio = Figure::of(
            &ratios,
            "",
            format!("cold; the slowest function: {name}; each start over the bare one just before it"),
        );
        let middle = ratio.as_ref().map_or(0.0, |ratio| ratio.median);
        report.detail(format!("cold_start_ratio.{name}"), ratio.clone());
        report.detail(
            format!("cold_start_ms.{name}"),
            Figure::of_milliseconds(&starts.ours, "cold, exec to first /next"),
        );
        report.detail(
            format!("cold_start_cpu_ms.{name}"),
            Figure::of_milliseconds(&starts.processor, "processor's time until then"),
        );
        report.detail("cold_start_ms.bare", Figure::of_milliseconds(&starts.bare, "cold, in turn with each function"));
        report.detail("rss_mb.bare", Figure::of(&starts.bare_memory, "MB", "at rest"));
        let at_rest = Figure::of(&starts.memory, "MB", "at rest, 0.1 s after the first /next");
        memory.extend(at_rest.map(|figure| (name, figure.median)));
        if slowest.as_ref().is_none_or(|(most, _)| middle > *most) {
            slowest = Some((middle, ratio));
        }
    }
    report.set("cold_start_ratio", slowest.and_then(|(_, figure)| figure));
    report.set_by_function("rss_mb", memory);
    Ok(report)
}

pub(crate) async fn warm(plan: &Plan) -> Result<Report, Failure> {
    let cloud = Cloud::start(&plan.places, QUICK).await?;
    let bare = bare(&plan.places)?;
    let mut report = Report::default();
    let mut slowest: Option<Figure> = None;
    for (name, warm) in starting::warm_answers(&cloud, &bare, plan.extent.warm_answers).await? {
        let (Some(ours), Some(other)) = (median(&warm.ours), median(&warm.bare)) else { continue };
        // Medians of tenths, so that there is a spread of medians and not of single answers.
        let size = warm.ours.len().div_ceil(10);
        let beyond = warm
            .ours
            .chunks(size)
            .zip(warm.bare.chunks(size))
            .filter_map(|(ours, bare)| Some((median(ours)?.as_secs_f64() - median(bare)?.as_secs_f64()) * 1e6));
        let note = format!(
            "{name}, of ten tenths; medians {} us and, bare, {} us; not measured: {}",
            ours.as_micros(),
            other.as_micros(),
            not_warm().join(", ")
        );
        let figure = Figure::of(&beyond.collect::<Vec<_>>(), "us", note);
        report.detail(format!("warm_overhead_us.{name}"), figure.clone());
        slowest = slowest.into_iter().chain(figure).max_by(|one, other| one.median.total_cmp(&other.median));
    }
    report.set("warm_overhead_us", slowest);
    Ok(report)
}

fn efficiencies(cloud: &Cloud, imports: &[Import], latency: Duration) -> Vec<f64> {
    imports.iter().map(|import| import.bound(cloud, latency).as_secs_f64() / import.took.as_secs_f64()).collect()
}

/// The latency as it was set, as it was measured, and the rest of what helps to understand an import's time.
fn explain(report: &mut Report, name: &str, cloud: &Cloud, imports: &[Import], latency: &[Duration]) {
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
    report.detail(
        format!("{name}.invocations"),
        Figure::of(&counts(imports, |import| import.worker_invocations.len()), "", "of the worker, for an import"),
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts far below two to the power of 52")]
fn counts(imports: &[Import], of: impl Fn(&Import) -> usize) -> Vec<f64> {
    imports.iter().map(|import| of(import) as f64).collect()
}

fn calls_per_person(imports: &[Import]) -> Vec<f64> {
    imports.iter().map(|import| f64::from(import.calls) / f64::from(import.people)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts far below two to the power of 52")]
pub(crate) async fn quick_calls(plan: &Plan) -> Result<Report, Failure> {
    let (cloud, people) = (Cloud::start(&plan.places, QUICK).await?, plan.extent.people);
    let mut report = Report::default();
    let latency = latency_of_go1(&cloud).await?;
    let mut growth = Vec::new();
    let mut cold = Vec::new();
    for _ in 0..2 {
        let mut most = Vec::new();
        for count in [1, people] {
            let customers = ready(&cloud, 1, count).await?;
            cloud.functions().for_each(|function| function.retire());
            let import = import(&cloud, &customers[0], false).await?;
            most.extend(cloud.function("worker").most_memory());
            if count == people && import.is_cold() {
                cold.push(import);
            }
        }
        growth.extend(most.first().zip(most.get(1)).map(|(one, all)| all - one));
    }
    let note = format!("most memory of a new worker after {people} people, less that of a new one after 1");
    report.set("worker_memory_growth_mb", Figure::of(&growth, "MB", note));
    let (mut imports, mut requests, mut writes, mut units, mut scripted) = (vec![], vec![], vec![], vec![], vec![]);
    for number in 0..plan.extent.imports {
        if number % 2 == 0 {
            scripted.push(sequential::script(&cloud, SCRIPTED.min(people), &format!("script-{number}")).await?);
        }
        let customers = ready(&cloud, 1, people).await?;
        cloud.aws.database.reset_counts();
        imports.push(import(&cloud, &customers[0], false).await?);
        let table = TableUse::so_far(&cloud);
        let each = |count: u64| count as f64 / f64::from(people);
        requests.push(each(table.requests));
        writes.push(each(table.writes));
        units.push(each(table.write_units));
    }
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    report.set(
        "import_efficiency_50ms",
        Figure::of(&efficiencies(&cloud, &imports, measured), "", "warm; by the latency as measured"),
    );
    report.detail(
        "import_efficiency_50ms.cold",
        Figure::of(&efficiencies(&cloud, &cold, measured), "", "every function cold"),
    );
    explain(&mut report, "import_efficiency_50ms", &cloud, &imports, &latency);
    let script: Vec<f64> =
        scripted.iter().map(|took| took.as_secs_f64() * f64::from(people) / f64::from(SCRIPTED.min(people))).collect();
    let script = Figure::of(&script, "s", format!("of {} people, in proportion", SCRIPTED.min(people)));
    let middle = script.as_ref().ok_or("the script did not run")?.median;
    let times: Vec<f64> = imports.iter().map(|import| middle / import.took.as_secs_f64()).collect();
    report.set(
        "speedup_over_sequential",
        Figure::of(&times, "times", "warm, from the press; over the median of the script"),
    );
    report.detail("speedup_over_sequential.script_s", script);
    report.set("go1_calls_per_person", Figure::of(&calls_per_person(&imports), "", ""));
    report.set("requests_per_person", Figure::of(&requests, "", "warm, page closed, from the press to the end"));
    report.set("writes_per_person", Figure::of(&writes, "", "items, one by one, in batches or in transactions"));
    report.detail("writes_per_person.units", Figure::of(&units, "", "write units; in a transaction an item is two"));
    let [reads, written] = cloud.aws.table_took();
    report.detail("table_read_ms", Figure::of_milliseconds(&reads, "as answered"));
    report.detail("table_write_ms", Figure::of_milliseconds(&written, "as answered"));
    let looks = looks(&cloud, 2, people).await?;
    report.set(
        "xero_people_reads",
        Figure::of(&looks.iter().map(|look| look.reads as f64).collect::<Vec<_>>(), "", format!("of {people} people")),
    );
    report.detail(
        "xero_people_reads.all_calls",
        Figure::of(
            &looks.iter().map(|look| look.calls as f64).collect::<Vec<_>>(),
            "",
            "every call to Xero from the press on",
        ),
    );
    Ok(report)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of pages")]
pub(crate) async fn look(plan: &Plan) -> Result<Report, Failure> {
    let people = plan.extent.looked_at;
    let choice = Choice { xero: Duration::from_millis(300), ..QUICK };
    let cloud = Cloud::start(&plan.places, choice).await?;
    let looks = looks(&cloud, plan.extent.slow_imports, people).await?;
    let mut report = Report::default();
    let seconds: Vec<f64> = looks.iter().map(|look| look.took.as_secs_f64()).collect();
    report.set("look_2000_s", Figure::of(&seconds, "s", format!("{people} people; from the press to the whole page")));
    let of = |of: fn(&crate::measure::looking::Look) -> f64| looks.iter().map(of).collect::<Vec<_>>();
    report.detail(
        "look_2000_s.page_kb",
        Figure::of(&of(|look| look.page as f64 / 1_000.0), "kB", "as it comes from the function"),
    );
    report.detail("look_2000_s.xero_reads", Figure::of(&of(|look| look.reads as f64), "", ""));
    Ok(report)
}

/// Imports at a rate, one after another, and beside them imports with the template's defaults, all at once: so few calls a
/// second that they do not disturb each other.
pub(crate) async fn slow_calls(plan: &Plan) -> Result<Report, Failure> {
    let (slow, by_default) = tokio::join!(at_a_rate(plan), with_defaults(plan));
    let (mut report, imports) = slow?;
    let (more, others) = by_default?;
    report.add(more);
    let all: Vec<Import> = imports.into_iter().chain(others).collect();
    let over = counts(&all, |import| import.calls_over);
    let refused = counts(&all, |import| import.refused);
    let kinds = format!(
        "{} imports at 20 a second, the others with the defaults; as the calls reach the stand-in over loopback",
        plan.extent.slow_imports
    );
    report.set("calls_over_rate", Figure::of(&[over.iter().sum()], "calls", kinds));
    report.set(
        "self_inflicted_429",
        Figure::of(&[refused.iter().sum()], "calls", "the stand-in refuses what is over the same rate"),
    );
    report.detail("calls_over_rate.each", Figure::of(&over, "calls", "of each import"));
    Ok(report)
}

async fn at_a_rate(plan: &Plan) -> Result<(Report, Vec<Import>), Failure> {
    let cloud = Cloud::start(&plan.places, SLOW).await?;
    let latency = latency_of_go1(&cloud).await?;
    cloud.let_go1_refuse(SLOW.per_second).await?;
    let mut report = Report::default();
    // Processes that run already.
    import(&cloud, &ready(&cloud, 1, 1).await?[0], false).await?;
    let (mut imports, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..plan.extent.slow_imports {
        let customers = ready(&cloud, 1, plan.extent.people).await?;
        cloud.aws.database.reset_counts();
        let secrets = cloud.aws.secret_reads();
        let done = import(&cloud, &customers[0], true).await?;
        costs.push(
            used(std::slice::from_ref(&done), TableUse::so_far(&cloud), cloud.aws.secret_reads() - secrets)?.cost(),
        );
        imports.push(done);
    }
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    report.set("import_efficiency_300ms", Figure::of(&efficiencies(&cloud, &imports, measured), "", "warm, page open"));
    explain(&mut report, "import_efficiency_300ms", &cloud, &imports, &latency);
    report
        .set("cost_per_import_usd", Figure::of(&costs, "$", "warm, page open; by the formula, with what was counted"));
    let polls: Vec<Duration> = imports.iter().flat_map(|import| &import.polls).map(|poll| poll.processor).collect();
    report.set("progress_cpu_ms", Figure::of_milliseconds(&polls, "warm, while the import runs"));
    Ok((report, imports))
}

async fn with_defaults(plan: &Plan) -> Result<(Report, Vec<Import>), Failure> {
    let cloud = Cloud::start(&plan.places, defaults()?).await?;
    let latency = latency_of_go1(&cloud).await?;
    cloud.let_go1_refuse(cloud.choice.per_second).await?;
    let customers = ready(&cloud, plan.extent.slow_imports, plan.extent.people).await?;
    cloud.aws.database.reset_counts();
    let secrets = cloud.aws.secret_reads();
    let imports =
        futures::future::try_join_all(customers.iter().map(|customer| import(&cloud, customer, true))).await?;
    let table = TableUse::so_far(&cloud);
    let cost = used(&imports, table, cloud.aws.secret_reads() - secrets)?.cost();
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    let mut report = Report::default();
    report.set(
        "import_efficiency_defaults",
        Figure::of(&efficiencies(&cloud, &imports, measured), "", "cold workers, page open, side by side"),
    );
    explain(&mut report, "import_efficiency_defaults", &cloud, &imports, &latency);
    report.set("go1_calls_per_person_defaults", Figure::of(&calls_per_person(&imports), "", ""));
    report.set(
        "cost_per_import_defaults_usd",
        Figure::of(&[cost], "$", format!("of {} side by side, page open, cold workers", imports.len())),
    );
    Ok((report, imports))
}

pub(crate) async fn fair(plan: &Plan) -> Result<Report, Failure> {
    let cloud = Cloud::start(&plan.places, defaults()?).await?;
    let found = fairness(&cloud, plan.extent.slow_imports, 5, plan.extent.full, plan.extent.people).await?;
    if found.still_running < plan.extent.full {
        return Err("full imports had ended before the small ones: nothing was to wait for".into());
    }
    let took = |imports: &[Import]| imports.iter().map(|import| import.took).collect::<Vec<_>>();
    let alone = median(&took(&found.alone)).ok_or("no small import ended")?;
    let ratios: Vec<f64> = found.behind.iter().map(|import| import.took.as_secs_f64() / alone.as_secs_f64()).collect();
    let mut report = Report::default();
    let note =
        format!("5 people behind {} imports of {}, all at the template's rate", plan.extent.full, plan.extent.people);
    report.set("fairness_ratio", Figure::of(&ratios, "times", note));
    report.detail(
        "fairness_ratio.alone_ms",
        Figure::of_milliseconds(&took(&found.alone), "from the press; the first is cold"),
    );
    report.detail(
        "fairness_ratio.behind_ms",
        Figure::of_milliseconds(&took(&found.behind), "from the press; a cold worker where all others are at work"),
    );
    Ok(report)
}
