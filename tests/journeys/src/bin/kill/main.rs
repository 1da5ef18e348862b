//! Kills the real worker again and again while it imports, on the local cloud (`make kill N=200`), and counts afterwards
//! what became of everybody.

mod customers;
mod killer;
mod ledger;
mod report;
mod setting;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use journeys::once::Once;
use journeys::page::WalkError;
use journeys::stand_ins::StandIns;
use url::Url;

use crate::customers::{Customers, Ended};
use crate::killer::Killer;
use crate::ledger::Ledger;
use crate::report::Report;
use crate::setting::setting;

/// After this nothing is waited for any more: what has not ended hangs.
const PATIENCE: Duration = Duration::from_mins(28);

/// Kill the worker of the local cloud while it imports.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many kills.
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// What the moments of the kills follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many imports run side by side; where one ends too early, another organisation comes.
    #[arg(long, default_value_t = 36)]
    portals: usize,
    /// How many people each organisation has.
    #[arg(long, default_value_t = 24)]
    people: usize,
    /// How long each call to GO1 takes, in milliseconds.
    #[arg(long, default_value_t = 120)]
    go1_latency: u64,
    /// Where the report goes.
    #[arg(long, default_value = "target/faults/kill.json")]
    report: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let report = match run(&arguments).await {
        Ok(report) => report,
        Err(error) => {
            eprintln!("error: the run stopped: {error}");
            eprintln!("what the functions said: target/local/logs/, or make logs while it runs");
            return ExitCode::FAILURE;
        }
    };
    println!("{report}");
    if let Err(error) = report.write(&arguments.report) {
        eprintln!("error: {} cannot be written: {error}", arguments.report.display());
        return ExitCode::FAILURE;
    }
    let wrong = report.wrong(arguments.kills);
    for complaint in &wrong {
        eprintln!("error: {complaint}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: &Arguments) -> Result<Report, WalkError> {
    let begun = Instant::now();
    let deadline = begun + PATIENCE;
    let stand_ins = StandIns::new(address("XERO_STAND_IN_URL")?, address("GO1_STAND_IN_URL")?);
    let ledger = Ledger::of_environment().await?;
    let mut killer = Killer::new(stand_ins.clone(), arguments.seed)?;
    let mut customers = Customers::new(stand_ins.clone(), address("APP_URL")?, arguments.people, deadline);

    println!("- {} customers sign up, with {} people each", arguments.portals, arguments.people);
    let bar = bar("sign-ups", arguments.portals)?;
    customers.take_in(arguments.portals, || bar.inc(1)).await?;
    bar.finish();
    // Otherwise GO1 itself would refuse what a worker asks for twice, and `created_twice` would show nothing.
    stand_ins.accept_second_accounts().await?;
    stand_ins.slow_down_go1(Duration::from_millis(arguments.go1_latency)).await?;
    println!("- they import, and the worker is killed {} times", arguments.kills);
    customers.confirm_all();

    let bar = self::bar("kills", arguments.kills)?;
    let mut ended = Vec::new();
    while killer.kills() < arguments.kills && Instant::now() < deadline {
        if killer.turn().await? {
            bar.inc(1);
        }
        while let Some(one) = customers.ended()? {
            ended.push(one);
            customers.another();
        }
        bar.set_message(format!("{} imports ended", ended.len()));
    }
    bar.finish();
    println!("- the imports end, of which {} have ended already", ended.len());
    stand_ins.slow_down_go1(Duration::ZERO).await?;
    let bar = self::bar("imports ended", ended.len() + customers.running())?;
    bar.set_position(ended.len() as u64);
    while let Some(one) = customers.next_ended().await? {
        ended.push(one);
        bar.inc(1);
    }
    bar.finish();
    let report = judge(&stand_ins, &ledger, ended, deadline).await?;
    let (kills, portals, calls_cut) = (killer.kills(), killer.portals(), killer.calls_cut().await?);
    Ok(Report { kills, portals, calls_cut, seconds: begun.elapsed().as_secs(), ..report })
}

/// Counts what is there.
async fn judge(
    stand_ins: &StandIns,
    ledger: &Ledger,
    imports: Vec<Ended>,
    deadline: Instant,
) -> Result<Report, WalkError> {
    let mut report = Report {
        imports: imports.len(),
        created_twice: stand_ins.re_enrollments().await?,
        hanging: ledger.messages_left(deadline).await?,
        dead_letters: ledger.dead_letters().await?,
        ..Report::default()
    };
    // Those of whom we have no page count as well.
    let unended = imports.iter().filter(|import| !import.in_time).count();
    report.hanging += unended.max(ledger.active_imports().await?);
    let mails = stand_ins.welcome_mails().await?;
    for import in imports {
        let customer = import.customer;
        let portal = stand_ins.portal(customer.portal).await?;
        let listed = stand_ins.people(customer.organisation, customer.country).await?;
        let once = import.judge(&listed, &portal, &mails).await?;
        let is_off = ledger.is_off(&portal.portal.id).await?;
        if once != Once::default() || is_off || !import.in_time {
            eprintln!("{}: {once:?}, ended: {}, places off: {is_off}", customer.portal, import.in_time);
        }
        report.people += listed.len();
        report.lost += once.lost;
        report.created_twice += once.created_twice;
        report.places_off += usize::from(is_off);
    }
    Ok(report)
}

fn bar(what: &str, length: usize) -> Result<ProgressBar, WalkError> {
    let style = ProgressStyle::with_template(&format!("  {{bar:40}} {{pos}} of {{len}} {what}, {{elapsed}} {{msg}}"));
    let style = style.map_err(|error| WalkError::Unexpected(error.to_string()))?;
    let bar = ProgressBar::new(length as u64).with_style(style);
    bar.enable_steady_tick(Duration::from_secs(1));
    Ok(bar)
}

fn address(variable: &str) -> Result<Url, WalkError> {
    Url::parse(&setting(variable)?).map_err(|_| WalkError::Unexpected(format!("{variable} is no address")))
}
