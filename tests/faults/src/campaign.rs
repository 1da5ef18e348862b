//! All of it: enumeration, seeds, and the report.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::run::{Case, Outcome, pairs_of, run_all, singles};
use crate::verdict::Broken;

/// Fewer singles or pairs than this, and somebody has lost a seam.
const FEWEST: (usize, usize) = (160, 21_000);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// Every so many of the pairs are run; 0: no enumeration at all.
    pub pairs_every: usize,
    /// On how many threads.
    pub threads: usize,
    /// Whether to end with the first failure.
    pub until_failure: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// How many seeds were run.
    pub seeds: u64,
    /// How many single faults.
    pub singles: usize,
    /// How many pairs of faults.
    pub pairs: usize,
    /// The broken promises.
    #[serde(flatten)]
    pub broken: Broken,
    /// How long it took.
    pub seconds: f64,
    /// What fails, as `make faults` takes it.
    pub failures: Vec<String>,
}

impl Report {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.broken.is_nothing() && self.failures.is_empty()
    }

    /// Writes it as JSON.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, serde_json::to_string_pretty(self)?)
    }
}

impl Campaign {
    /// Runs it, and prints what fails.
    ///
    /// # Panics
    /// Never: no thread of it panics.
    pub fn run(&self) -> Report {
        let begun = Instant::now();
        let report = Mutex::new(Report { seeds: self.seeds, ..Report::default() });
        let has_failed = || !report.lock().unwrap_or_else(PoisonError::into_inner).failures.is_empty();
        let tell = |case: &Case, outcome: &Outcome| {
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.broken.add(outcome.verdict.broken);
            if !outcome.verdict.broken.is_nothing() {
                if report.failures.len() < 20 {
                    println!("make faults {case}");
                    outcome.verdict.complaints.iter().for_each(|complaint| println!("    {complaint}"));
                }
                report.failures.push(case.to_string());
            }
        };
        let run = |cases: &[Case], each: &(dyn Fn(&Case, &Outcome) + Sync)| {
            for part in cases.chunks(1_000) {
                if self.until_failure && has_failed() {
                    return;
                }
                run_all(part, self.threads, |case, outcome| {
                    tell(case, &outcome);
                    each(case, &outcome);
                });
            }
        };
        if self.pairs_every > 0 {
            let singles = singles();
            let pairs = Mutex::new(Vec::new());
            run(&singles, &|case, outcome| {
                let Case::Schedule(orders) = case else { return };
                let after = pairs_of(orders[0], &outcome.trace);
                pairs.lock().unwrap_or_else(PoisonError::into_inner).extend(after);
            });
            let pairs = pairs.into_inner().unwrap_or_else(PoisonError::into_inner);
            let all = pairs.len();
            let pairs: Vec<Case> = pairs.into_iter().step_by(self.pairs_every).collect();
            run(&pairs, &|_, _| {});
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            (report.singles, report.pairs) = (singles.len(), pairs.len());
            if !self.until_failure && (singles.len() < FEWEST.0 || all < FEWEST.1) {
                let few = format!("only {} singles and {all} pairs: a seam is gone", singles.len());
                println!("{few}");
                report.failures.push(few);
            }
        }
        let seeds: Vec<Case> = (self.first_seed..self.first_seed + self.seeds).map(Case::Seed).collect();
        run(&seeds, &|_, _| {});
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.seconds = begun.elapsed().as_secs_f64();
        report
    }
}
