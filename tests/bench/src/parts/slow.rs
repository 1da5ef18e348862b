//! Imports where GO1 is slow: at a rate that it may allow, and with the template's defaults.

use std::time::Duration;

use super::{SLOW, calls_per_person, counts, defaults, efficiencies, explain};
use crate::bound::Used;
use crate::cloud::Cloud;
use crate::customers::ready;
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::importing::{Import, TableUse, import, used};
use crate::measure::latency_of_go1;
use crate::plan::Plan;
use crate::report::Report;

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
        let secrets = cloud.aws.secret_reads() - secrets;
        costs.push(used(std::slice::from_ref(&done), TableUse::so_far(&cloud), secrets)?);
        imports.push(done);
    }
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    report.set("import_efficiency_300ms", Figure::of(&efficiencies(&cloud, &imports, measured), "", "warm, page open"));
    explain(&mut report, "import_efficiency_300ms", &cloud, &imports, &latency);
    cost(&mut report, "cost_per_import_usd", &costs, "warm, page open; by the formula, with what was counted");
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
    let used = used(&imports, table, cloud.aws.secret_reads() - secrets)?;
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    let mut report = Report::default();
    report.set(
        "import_efficiency_defaults",
        Figure::of(&efficiencies(&cloud, &imports, measured), "", "cold workers, page open, side by side"),
    );
    explain(&mut report, "import_efficiency_defaults", &cloud, &imports, &latency);
    report.set("go1_calls_per_person_defaults", Figure::of(&calls_per_person(&imports), "", ""));
    let note = format!("of {} side by side, page open, cold workers", imports.len());
    cost(&mut report, "cost_per_import_defaults_usd", &[used], &note);
    Ok((report, imports))
}

/// The cost, with what it is made of.
fn cost(report: &mut Report, field: &'static str, used: &[Used], note: &str) {
    let of = |of: fn(&Used) -> f64| used.iter().map(of).collect::<Vec<_>>();
    report.set(field, Figure::of(&of(Used::cost), "$", note));
    report.detail(format!("{field}.worker_seconds"), Figure::of(&of(|used| used.worker_seconds), "s", "billed"));
    report.detail(format!("{field}.requests"), Figure::of(&of(|used| used.requests), "", "of the HTTP API"));
    report.detail(format!("{field}.write_units"), Figure::of(&of(|used| used.write_units), "", ""));
    report.detail(format!("{field}.read_units"), Figure::of(&of(|used| used.read_units), "", ""));
    report.detail(format!("{field}.logged_bytes"), Figure::of(&of(|used| used.logged), "", ""));
}
