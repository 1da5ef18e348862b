#![doc = include_str!("../README.md")]

mod bound;
mod cloud;
mod customers;
mod failure;
mod figures;
mod limits;
mod measure;
mod parts;
mod plan;
mod report;
mod run;
mod scale;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cloud::Places;
use crate::failure::Failure;
use crate::limits::limits;
use crate::plan::{Extent, Plan};
use crate::report::{table, write_readme};
use crate::run::run;
use crate::scale::scale;

/// Times the shipped binaries on loopback.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure, write the report and print the table.
    Run {
        /// The folder with `<function>/bootstrap`, of the release profile.
        #[arg(long, default_value = "target/lambda")]
        binaries: PathBuf,
        /// Where the report and the processes' logs go.
        #[arg(long, default_value = "target/bench")]
        to: PathBuf,
        /// Little of everything, to try whether it works: the figures go nowhere.
        #[arg(long)]
        quick: bool,
        /// Only these parts.
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Count instructions, which needs valgrind, and weigh the archives, against the committed limits.
    Limits {
        /// The folder with `<function>/bootstrap`, of the release profile.
        #[arg(long, default_value = "target/lambda")]
        binaries: PathBuf,
        #[arg(long, default_value = "target/bench")]
        to: PathBuf,
        #[arg(long, default_value = "tests/bench/limits.json")]
        limits: PathBuf,
        /// Make what is measured the limits.
        #[arg(long)]
        write: bool,
    },
    /// Write the table of the last report into the README.
    Readme {
        #[arg(long, default_value = "target/bench/report.json")]
        report: PathBuf,
        #[arg(long, default_value = "README.md")]
        readme: PathBuf,
    },
    /// Play a model, calibrated by the last report, at loads that no machine here can make; write the tables into the document.
    Scale {
        #[arg(long, default_value = "target/bench/report.json")]
        report: PathBuf,
        #[arg(long, default_value = "docs/scale.md")]
        document: PathBuf,
        /// What the arrivals and the sizes of the portals follow from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match perform(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run { binaries, to, quick, only } => {
            let extent = if quick { Extent::QUICK } else { Extent::WHOLE };
            let places = Places { binaries, logs: to.join("logs") };
            let plan = Plan { places, extent, only };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let report = runtime.block_on(run(&plan))?.to_json();
            std::fs::write(to.join("report.json"), format!("{report:#}\n"))?;
            print!("{}", table(&report));
            Ok(())
        }
        Command::Limits { binaries, to, limits: file, write } => {
            let places = Places { binaries, logs: to.join("logs") };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(limits(&places, &file, write))
        }
        Command::Readme { report, readme } => write_readme(&report, &readme),
        Command::Scale { report, document, seed } => scale(&report, &document, seed),
    }
}
