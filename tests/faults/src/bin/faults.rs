//! Runs a campaign against the product: all single faults, all pairs of faults and many seeds. Or it runs one case and
//! prints every step of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use faults::{Campaign, Case};

/// Injects faults into the product and checks that every promise is kept.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of the seeds.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Run every so many of the single faults.
    #[arg(long, default_value_t = 1)]
    singles_every: usize,
    /// Run every so many of the pairs of faults; with 0 there is no enumeration.
    #[arg(long, default_value_t = 1)]
    pairs_every: usize,
    /// How many threads to use.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// End with the first failure.
    #[arg(long)]
    until_failure: bool,
    /// Run only this case, a seed or a schedule such as `17:3+20:0`, and print its trace.
    #[arg(long)]
    only: Option<String>,
    /// Where to write the report.
    #[arg(long, default_value = "target/faults/report.json")]
    report: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(only) = &arguments.only {
        return run_one(only);
    }
    let campaign = Campaign {
        first_seed: arguments.first_seed,
        seeds: arguments.seeds,
        singles_every: arguments.singles_every,
        pairs_every: arguments.pairs_every,
        threads: arguments.threads,
        until_failure: arguments.until_failure,
    };
    let report = campaign.run();
    let violations = report.violations;
    println!(
        "{} seeds, {} singles, {} pairs, {} races in {:.0} s: lost {}, created_twice {}, over_cap {}, hanging {}, untraced {}, effects_after_crash {}",
        report.seeds,
        report.singles,
        report.pairs,
        report.races,
        report.seconds,
        violations.lost,
        violations.created_twice,
        violations.over_cap,
        violations.hanging,
        violations.untraced,
        violations.effects_after_crash,
    );
    if let Err(error) = report.write(&arguments.report) {
        eprintln!("the report cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_one(only: &str) -> ExitCode {
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
    let result = case.run();
    for (step, entry) in result.trace.iter().enumerate() {
        println!("{step:4} {entry}");
    }
    for description in &result.findings.descriptions {
        println!("{description}");
    }
    if result.findings.violations.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
