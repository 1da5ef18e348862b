//! A look at many people, where Xero is slow.

use std::time::Duration;

use super::QUICK;
use crate::cloud::{Choice, Cloud};
use crate::failure::Failure;
use crate::figures::Figure;
use crate::measure::looking::looks;
use crate::plan::Plan;
use crate::report::Report;

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
