//! The worker with the share of a processor that Lambda gives a memory size: which size an import needs.

use super::{QUICK, SLOW, efficiencies};
use crate::cloud::{Choice, Cloud, share};
use crate::customers::ready;
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::importing::{Import, import};
use crate::measure::latency_of_go1;
use crate::plan::Plan;
use crate::report::Report;

/// The sizes that are tried, in MB. Lambda gives none below the first.
const SIZES: [u32; 3] = [128, 256, 512];

/// Imports of each size, where GO1 is slow and where it is quick.
const SLOW_IMPORTS: usize = 1;
const QUICK_IMPORTS: usize = 3;

/// Imports with the worker held to each size: all sizes at once where GO1 is slow and the machine idle, and one after the
/// other where it is quick.
pub(crate) async fn memory_sizes(plan: &Plan) -> Result<Report, Failure> {
    if !share::can_be_held() {
        return Err("no control group for processors can be made here".into());
    }
    let mut report = Report::default();
    let slow = SIZES.map(|size| held_to(plan, SLOW, size, SLOW_IMPORTS));
    for (size, measured) in SIZES.into_iter().zip(futures::future::try_join_all(slow).await?) {
        measured.add_to(&mut report, &format!("memory_size.{size}.300ms"));
    }
    for size in SIZES {
        let measured = held_to(plan, QUICK, size, QUICK_IMPORTS).await?;
        measured.add_to(&mut report, &format!("memory_size.{size}.50ms"));
    }
    Ok(report)
}

/// What imports with one size came to.
struct Measured {
    efficiency: Vec<f64>,
    cold: Vec<f64>,
    imports: Vec<Import>,
}

impl Measured {
    fn add_to(&self, report: &mut Report, name: &str) {
        report.detail(
            format!("{name}.efficiency"),
            Figure::of(&self.efficiency, "", "from the press, page closed, warm"),
        );
        report.detail(format!("{name}.efficiency_cold"), Figure::of(&self.cold, "", "the same with a new worker"));
        let processor: Vec<_> = self.imports.iter().map(Import::processor).collect();
        report.detail(format!("{name}.worker_cpu_ms"), Figure::of_milliseconds(&processor, "of the worker"));
    }
}

/// One import with a new worker, and then so many with the same.
async fn held_to(plan: &Plan, choice: Choice, megabytes: u32, count: usize) -> Result<Measured, Failure> {
    let cloud = Cloud::start(&plan.places, choice).await?;
    let latency = latency_of_go1(&cloud).await?;
    if choice.per_second > 0 {
        cloud.let_go1_refuse(choice.per_second).await?;
    }
    cloud.function("worker").hold_to_memory(megabytes);
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for number in 0..=count {
        let customers = ready(&cloud, 1, plan.extent.people).await?;
        let done = import(&cloud, &customers[0], false).await?;
        if number == 0 { first.push(done) } else { others.push(done) }
    }
    let measured = median(&latency).ok_or("the stand-in does not answer")?;
    let (efficiency, cold) = (efficiencies(&cloud, &others, measured), efficiencies(&cloud, &first, measured));
    Ok(Measured { efficiency, cold, imports: others })
}
