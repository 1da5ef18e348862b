//! One universe from its scenario to the verdict, and many of them.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::drive::{Drive, Until};
use crate::points::{Mark, Order};
use crate::scenario::{Retries, Scenario};
use crate::universe::Universe;
use crate::verdict::{Verdict, judge};

/// What came of one universe.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Every point reached.
    pub trace: Vec<Mark>,
}

/// Runs one universe.
pub fn run(scenario: Scenario) -> Outcome {
    let universe = Universe::new(scenario);
    let before = universe.core.world.go1().user_accounts(universe.portal.as_str());
    let mut drive = Drive::press_import(&universe);
    if universe.scenario.retries == Retries::AtOnce {
        drive.run(Until::Ended);
        if !universe.is_idle() {
            // Too early for a verdict on it: GO1 may still be at something.
            drive.try_again();
        }
    }
    drive.run(Until::Idle);
    let mut verdict = judge(&universe, &before, &drive.imports);
    if universe.scenario.retries != Retries::Never && drive.imports.len() == 1 && verdict.broken.is_nothing() {
        drive.try_again();
        drive.run(Until::Idle);
        verdict = judge(&universe, &before, &drive.imports);
    }
    Outcome { verdict, trace: universe.core.trace() }
}

/// What is run: a seed, or the smallest import with these orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    /// A seed.
    Seed(u64),
    /// Orders for one person and two courses.
    Schedule(Vec<Order>),
}

impl Case {
    /// What happens in it.
    pub fn scenario(&self) -> Scenario {
        match self {
            Self::Seed(seed) => Scenario::of(*seed),
            Self::Schedule(orders) => Scenario::smallest(orders.clone()),
        }
    }

    /// Runs it. A panic that nobody ordered is a broken promise.
    pub fn run(&self) -> Outcome {
        let panics = crate::cosmos::panics();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(self.scenario())));
        let mut outcome = outcome.unwrap_or_else(|_| Outcome { verdict: Verdict::default(), trace: Vec::new() });
        let panics = crate::cosmos::panics() - panics;
        if panics > 0 {
            outcome.verdict.broken.lost += panics;
            outcome.verdict.complaints.push(format!("lost: {panics} panics of which nobody knew"));
        }
        outcome
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seed(seed) => write!(formatter, "SEED={seed}"),
            Self::Schedule(orders) => {
                let orders: Vec<String> = orders.iter().map(ToString::to_string).collect();
                write!(formatter, "SCHEDULE={}", orders.join("+"))
            }
        }
    }
}

impl std::str::FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seed) = text.parse() {
            return Ok(Self::Seed(seed));
        }
        let order = |order: &str| {
            let (point, choice) = order.split_once(':')?;
            Some(Order { point: point.parse().ok()?, choice: choice.parse().ok()? })
        };
        let orders: Option<Vec<Order>> = text.split('+').map(order).collect();
        orders.map(Self::Schedule).ok_or_else(|| format!("{text} is neither a seed nor a schedule such as 17:3+20:0"))
    }
}

/// Every single thing that can go wrong with the smallest import.
pub fn singles() -> Vec<Case> {
    let quiet = run(Scenario::smallest(Vec::new()));
    orders_after(0, &quiet.trace).map(|order| Case::Schedule(vec![order])).collect()
}

fn orders_after(first: usize, trace: &[Mark]) -> impl Iterator<Item = Order> + '_ {
    trace
        .iter()
        .enumerate()
        .skip(first)
        .flat_map(|(point, mark)| (0..mark.place.kinds().len()).map(move |choice| Order { point, choice }))
}

/// What can go wrong after a single thing went wrong as `trace` shows. Points that only repeat earlier ones, as those of
/// each further sweep do, are left out.
pub fn pairs_of(single: Order, trace: &[Mark]) -> Vec<Case> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut pairs = Vec::new();
    for (point, mark) in trace.iter().enumerate().skip(single.point + 1) {
        let window: Vec<String> =
            trace[point.saturating_sub(2)..=point].iter().map(|mark| format!("{:?}", mark.place)).collect();
        let times = seen.iter().filter(|before| before.starts_with(&window.join(" "))).count();
        if times >= 2 {
            continue;
        }
        seen.insert(format!("{} {point}", window.join(" ")));
        for choice in 0..mark.place.kinds().len() {
            pairs.push(Case::Schedule(vec![single, Order { point, choice }]));
        }
    }
    pairs
}

/// Runs all cases on as many threads, and hands each to `each` with what came of it.
pub fn run_all(cases: &[Case], threads: usize, each: impl Fn(&Case, Outcome) + Sync) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = case.run();
                    let _one_at_a_time = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    each(case, outcome);
                }
            });
        }
    });
}
