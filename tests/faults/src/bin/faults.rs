//! Runs faults against the engine: all single ones, all pairs, and many seeds. Or one of them, told in full.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use faults::{Campaign, Case};

/// Faults against the shipped engine.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Every so many of the pairs; 0: no enumeration.
    #[arg(long, default_value_t = 1)]
    pairs_every: usize,
    /// On how many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// End with the first failure.
    #[arg(long)]
    until_failure: bool,
    /// Only this one, a seed or a schedule such as `17:3+20:0`, with everything that happens.
    #[arg(long)]
    only: Option<String>,
    /// Where the report goes.
    #[arg(long, default_value = "target/faults/report.json")]
    report: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(only) = &arguments.only {
        return tell(only);
    }
    let campaign = Campaign {
        first_seed: arguments.first_seed,
        seeds: arguments.seeds,
        pairs_every: arguments.pairs_every,
        threads: arguments.threads,
        until_failure: arguments.until_failure,
    };
    let report = campaign.run();
    let broken = report.broken;
    println!(
        "{} seeds, {} singles, {} pairs in {:.0} s: lost {}, created_twice {}, over_cap {}, hanging {}, effects_after_death {}",
        report.seeds,
        report.singles,
        report.pairs,
        report.seconds,
        broken.lost,
        broken.created_twice,
        broken.over_cap,
        broken.hanging,
        broken.effects_after_death,
    );
    if let Err(error) = report.write(&arguments.report) {
        eprintln!("the report cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(only: &str) -> ExitCode {
    let case: Case = match only.parse() {
        Ok(case) => case,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .without_time()
        .with_writer(std::io::stderr)
        .init();
    println!("{:#?}", case.scenario());
    let outcome = case.run();
    for (point, mark) in outcome.trace.iter().enumerate() {
        println!("{point:4} {mark}");
    }
    for complaint in &outcome.verdict.complaints {
        println!("{complaint}");
    }
    if outcome.verdict.broken.is_nothing() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
