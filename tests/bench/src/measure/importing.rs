//! One import, from the press to the end of the worker's last invocation, with everything that it used.

use std::time::{Duration, Instant};

use dynamodb::Counts;
use jiff::Timestamp;
use stand_ins::go1::endpoint;

use crate::bound::{Used, bound, calls_over};
use crate::cloud::{Cloud, Invocation, template};
use crate::customers::Ready;
use crate::failure::Failure;
use crate::measure::polling::polls;

/// How many courses each person is given.
pub(crate) const COURSES: u32 = 5;

/// How long an import may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_mins(8);

/// What one import came to.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) people: u32,
    /// From the press to the answer of the worker's last invocation.
    pub(crate) took: Duration,
    /// The press alone, with the page that it leads to.
    pub(crate) press: Duration,
    /// From the worker's first event to its last answer.
    pub(crate) worker: Duration,
    pub(crate) worker_invocations: Vec<Invocation>,
    /// Calls of this portal to GO1 from the press on, without those for tokens.
    pub(crate) calls: u32,
    /// Those that a limit of the rate refuses, and those that it did refuse.
    pub(crate) calls_over: usize,
    pub(crate) refused: usize,
    /// How often the page asked, and what those invocations of the function took.
    pub(crate) polls: Vec<Invocation>,
}

impl Import {
    /// The bound by the stand-in's latency as it was measured.
    pub(crate) fn bound(&self, cloud: &Cloud, latency: Duration) -> Duration {
        bound(self.people * (1 + COURSES), latency, cloud.choice.in_flight, cloud.choice.per_second)
    }

    /// Whether a process had to be started for its first batch.
    pub(crate) fn is_cold(&self) -> bool {
        self.worker_invocations.iter().any(|invocation| invocation.cold.is_some())
    }

    /// The processor's time of the worker.
    pub(crate) fn processor(&self) -> Duration {
        self.worker_invocations.iter().map(|invocation| invocation.processor).sum()
    }
}

/// Presses "Import" and waits for the end. With `page_open` the page asks for the progress as its script does.
pub(crate) async fn import(cloud: &Cloud, ready: &Ready, page_open: bool) -> Result<Import, Failure> {
    let (worker, pages) = (cloud.function("worker"), cloud.function("import"));
    let (first_event, first_request) = (worker.count(), pages.count());
    let begun_at = cloud.world.now();
    let begun = Instant::now();
    let page = ready.press().await?;
    let press = begun.elapsed();
    let portal = cloud.world.go1().portal(&ready.domain()).ok_or("GO1 has no portal after the press")?;
    let done = wait_until_done(cloud, &portal.id);
    let done = if page_open {
        let (done, polls) = tokio::join!(done, polls(ready, &page));
        polls?;
        done?
    } else {
        done.await?
    };
    let worker_invocations: Vec<Invocation> =
        worker.invocations_from(first_event).into_iter().filter(|one| one.subject == portal.id).collect();
    complete(cloud, &portal.id, ready.people)?;
    let path = format!("GET {}", page.url.path());
    // The first is the page itself, which the press leads to.
    let polls = pages.invocations_from(first_request).into_iter().filter(|one| one.subject == path).skip(1).collect();
    let calls: Vec<_> = cloud
        .world
        .go1()
        .call_log()
        .into_iter()
        .filter(|call| {
            call.tenant.as_ref() == Some(&portal.id) && call.at >= begun_at && call.endpoint != endpoint::TOKEN
        })
        .collect();
    let times: Vec<Timestamp> = calls.iter().map(|call| call.at).collect();
    let rate = usize::try_from(cloud.choice.per_second)?;
    let first = worker_invocations.iter().map(|one| one.began).min().ok_or("the worker was not invoked")?;
    Ok(Import {
        people: ready.people,
        took: done - begun,
        press,
        worker: done - first,
        worker_invocations,
        calls: times.len().try_into()?,
        calls_over: if rate == 0 { 0 } else { calls_over(times, rate) },
        refused: calls.iter().filter(|call| call.status == Some(429)).count(),
        polls,
    })
}

/// Waits until the portal's messages are done with.
async fn wait_until_done(cloud: &Cloud, portal: &str) -> Result<Instant, Failure> {
    let begun = Instant::now();
    loop {
        if let Some(done) = cloud.aws.queue.done_at(portal) {
            return Ok(done);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("the import of portal {portal} does not end").into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// An import that left somebody out is no measurement.
fn complete(cloud: &Cloud, portal: &str, people: u32) -> Result<(), Failure> {
    let go1 = cloud.world.go1();
    let enrolled = go1.enrollments(portal).len();
    let expected = usize::try_from(people * COURSES)?;
    if enrolled == expected && cloud.aws.queue.dead_letters() == 0 {
        Ok(())
    } else {
        Err(format!("GO1 has {enrolled} enrollments of {expected} after the import of portal {portal}").into())
    }
}

/// What the table was asked between two looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableUse {
    pub(crate) requests: u64,
    /// Items that were written, one by one, in batches or in transactions.
    pub(crate) writes: u64,
    pub(crate) write_units: u64,
    /// Units, in halves.
    pub(crate) read_half_units: u64,
}

impl TableUse {
    /// Since the counts were last reset.
    pub(crate) fn so_far(cloud: &Cloud) -> Self {
        let counts: Counts = cloud.aws.database.counts();
        let is_read =
            |operation: &str| matches!(operation, "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems");
        let log = cloud.aws.database.log();
        let writes = log.iter().filter(|asked| !is_read(&asked.operation)).map(|asked| asked.keys.len() as u64).sum();
        let sum = |of: fn(&dynamodb::Count) -> u64| counts.values().map(of).sum();
        Self {
            requests: sum(|count| count.requests),
            writes,
            write_units: sum(|count| count.write_units),
            read_half_units: sum(|count| count.read_half_units),
        }
    }
}

/// What imports used together, for the formula of cost: as many as there are in `imports`, alone on their cloud.
#[expect(clippy::cast_precision_loss, reason = "counts far below two to the power of 52")]
pub(crate) fn used(imports: &[Import], table: TableUse, secrets: u64) -> Result<Used, Failure> {
    let seconds = |invocations: &[Invocation]| invocations.iter().map(|one| one.billed().as_secs_f64()).sum::<f64>();
    let logged = |invocations: &[Invocation]| invocations.iter().map(|one| one.logged).sum::<u64>() as f64;
    let count = imports.len() as f64;
    let sum = |of: &dyn Fn(&Import) -> f64| imports.iter().map(of).sum::<f64>() / count;
    Ok(Used {
        people: sum(&|import| f64::from(import.people)),
        worker_seconds: sum(&|import| seconds(&import.worker_invocations)),
        memory: f64::from(template::memory("Worker")?),
        invocations: sum(&|import| import.worker_invocations.len() as f64),
        // The press and the page that it leads to beside the polls.
        requests: sum(&|import| 2.0 + import.polls.len() as f64),
        write_units: table.write_units as f64 / count,
        read_units: table.read_half_units as f64 / 2.0 / count,
        secrets: secrets as f64 / count,
        logged: sum(&|import| logged(&import.worker_invocations) + logged(&import.polls)),
    })
}
