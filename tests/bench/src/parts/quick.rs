//! Imports where GO1 is as quick as it may be, beside a script that makes one call after another.

use super::{QUICK, calls_per_person, efficiencies, explain};
use crate::cloud::Cloud;
use crate::customers::ready;
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::importing::{TableUse, import};
use crate::measure::looking::looks;
use crate::measure::{latency_of_go1, sequential};
use crate::plan::Plan;
use crate::report::Report;

/// The people of the sequential script; the time for more is in proportion.
const SCRIPTED: u32 = 50;

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
