//! A campaign: the enumeration, then many seeds, then the report.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::case::{Case, CaseResult};
use crate::enumeration::{pairs_of, single_faults};
use crate::findings::Violations;
use crate::races;

/// The fewest single faults and pairs that the enumeration may have. With fewer, an injection point has been lost.
const FEWEST: (usize, usize) = (21_000, 90_000);

/// Of the races with three faults every so many is run.
const RACES_EVERY: usize = 3;

/// How many of the failures are printed.
const MOST_PRINTED: usize = 60;

#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    pub first_seed: u64,
    pub seeds: u64,
    /// Of all single faults every so many is run.
    pub singles_every: usize,
    /// Of all pairs that follow from these every so many is run. With 0 there is no enumeration at all.
    pub pairs_every: usize,
    pub threads: usize,
    pub until_failure: bool,
}

/// The report, as it is written to `target/faults/report.json`.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub seeds: u64,
    pub singles: usize,
    pub pairs: usize,
    /// How often two workers were at one batch.
    pub races: usize,
    #[serde(flatten)]
    pub violations: Violations,
    pub seconds: f64,
    /// The cases that failed, as `make faults` takes them.
    pub failures: Vec<String>,
}

impl Report {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.violations.is_none() && self.failures.is_empty()
    }

    /// Writes the report as JSON.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, serde_json::to_string_pretty(self)?)
    }
}

impl Campaign {
    /// Runs all cases, and prints the first ones that fail.
    pub fn run(&self) -> Report {
        let started = Instant::now();
        let report = Mutex::new(Report { seeds: self.seeds, ..Report::default() });
        let has_failed = || !report.lock().unwrap_or_else(PoisonError::into_inner).failures.is_empty();
        let add_to_report = |case: &Case, result: &CaseResult| {
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.violations.add(result.findings.violations);
            if !result.findings.violations.is_none() {
                if report.failures.len() < MOST_PRINTED {
                    println!("make faults {case}");
                    result.findings.descriptions.iter().for_each(|description| println!("    {description}"));
                }
                report.failures.push(case.to_string());
            }
        };
        let run = |cases: &[Case], each: &(dyn Fn(&Case, &CaseResult) + Sync)| {
            // Between two parts it is asked whether one has failed already.
            for part in cases.chunks(if self.until_failure { 100 } else { 1_000 }) {
                if self.until_failure && has_failed() {
                    return;
                }
                run_all(part, self.threads, |case, result| {
                    add_to_report(case, &result);
                    each(case, &result);
                });
            }
        };
        if self.pairs_every > 0 {
            run(&races::known_orders(), &|_, _| {});
        }
        let seeds: Vec<Case> = (self.first_seed..self.first_seed + self.seeds).map(Case::Seed).collect();
        // A broken engine is found sooner by a thousand seeds than by the first thousand pairs, which are all of one story.
        if self.until_failure {
            run(&seeds, &|_, _| {});
        }
        if self.pairs_every > 0 {
            let all_singles = single_faults();
            let found = all_singles.len();
            let singles: Vec<Case> = all_singles.into_iter().step_by(self.singles_every.max(1)).collect();
            let pairs = Mutex::new(Vec::new());
            run(&singles, &|case, result| {
                let Case::Schedule(story, planned_faults) = case else { return };
                let Some(single) = planned_faults.first() else { return };
                let after = pairs_of(*story, *single, &result.trace);
                pairs.lock().unwrap_or_else(PoisonError::into_inner).extend(after);
            });
            let pairs = pairs.into_inner().unwrap_or_else(PoisonError::into_inner);
            let all = pairs.len();
            let pairs: Vec<Case> = pairs.into_iter().step_by(self.pairs_every).collect();
            // The races are fewer, and find what concerns two workers sooner.
            let races = self.run_races(&run);
            run(&pairs, &|_, _| {});
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            (report.singles, report.pairs, report.races) = (singles.len(), pairs.len(), races);
            let is_whole = self.singles_every <= 1 && !self.until_failure;
            if is_whole && (found < FEWEST.0 || all < FEWEST.1) {
                let few = format!("only {found} singles and {all} pairs: an injection point is gone");
                println!("{few}");
                report.failures.push(few);
            }
        }
        if !self.until_failure {
            run(&seeds, &|_, _| {});
        }
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.seconds = started.elapsed().as_secs_f64();
        report
    }
}

/// What runs cases and hands on the result of each.
type Run<'run> = dyn Fn(&[Case], &(dyn Fn(&Case, &CaseResult) + Sync)) + 'run;

impl Campaign {
    /// Runs the races of two workers, fault by fault; returns how many. Of those with three faults a part is run, as of the
    /// pairs.
    fn run_races(&self, run: &Run<'_>) -> usize {
        let (mut cases, mut all) = (races::first_faults(), 0);
        while !cases.is_empty() {
            all += cases.len();
            let next = Mutex::new(Vec::new());
            run(&cases, &|case, result| {
                let Case::Schedule(_, planned) = case else { return };
                let longer = races::with_another_fault(planned, &result.trace);
                next.lock().unwrap_or_else(PoisonError::into_inner).extend(longer);
            });
            cases = next.into_inner().unwrap_or_else(PoisonError::into_inner);
            let has_three = |case: &Case| matches!(case, Case::Schedule(_, planned) if planned.len() > 2);
            if cases.iter().any(has_three) {
                cases = cases.into_iter().step_by(self.pairs_every * RACES_EVERY).collect();
            }
        }
        all
    }
}

/// Runs all cases on so many threads, and hands each result to `each`, one at a time.
fn run_all(cases: &[Case], threads: usize, each: impl Fn(&Case, CaseResult) + Sync) {
    let next = AtomicUsize::new(0);
    let one_at_a_time = Mutex::new(());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = case.run();
                    let _guard = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
                    each(case, result);
                }
            });
        }
    });
}
