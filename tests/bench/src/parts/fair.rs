//! A small import behind many full ones.

use super::defaults;
use crate::cloud::Cloud;
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::fairness::fairness;
use crate::measure::importing::Import;
use crate::plan::Plan;
use crate::report::Report;

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
