//! The walk of `make run`: the owner of the 213-person organisation signs up and imports, over HTTP as in a browser.
//! Ends with one line of numbers from what the stand-ins hold; succeeds only where each is as it should be.

use std::collections::BTreeMap;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use journeys::browser::WalkError;
use journeys::journey::{Customer, Journey, ReportLine};
use journeys::stand_ins::{StandIns, Tally};
use reqwest::StatusCode;
use url::Url;

const CUSTOMER: Customer = Customer {
    xero_user: "olivia.hartley@example.com",
    organisation: "Harbour & Hearth Hospitality",
    country: "AU",
    portal: "harbour-hearth",
    name: ("Olivia", "Hartley"),
};

/// GO1's role of an administrator: the owner's own account.
const ADMINISTRATOR: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";

/// What the world of the stand-ins must come to.
const EXPECTED: Tally = Tally { read: 213, created: 200, not_imported: 13, enrollments: 1000, failed: 0 };

#[tokio::main]
async fn main() -> ExitCode {
    match walk().await {
        Ok(tally) if tally == EXPECTED => ExitCode::SUCCESS,
        Ok(_) => {
            eprintln!("error: the numbers differ from {}", line(&EXPECTED));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: the walk stopped: {error}");
            eprintln!("what the functions said: target/local/logs/, or make logs while it runs");
            ExitCode::FAILURE
        }
    }
}

async fn walk() -> Result<Tally, WalkError> {
    let stand_ins = StandIns::new(address("XERO_STAND_IN_URL")?, address("GO1_STAND_IN_URL")?);
    let mut journey = Journey::new(&address("APP_URL")?);
    say("create an account, and log in to Xero");
    let login = journey.sign_up(&CUSTOMER).await?;
    say("allow access, and confirm the organisation");
    let named = journey.consent(&login, &CUSTOMER).await?;
    let courses = journey.confirm_organisation(named, &CUSTOMER).await?;
    say("see the five courses, then the people");
    let people = journey.look_at_people(&courses).await?.expect(StatusCode::OK, "/preview/people")?;
    say("import");
    let import = journey.confirm_import(&people).await?;
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("  {bar:40} {pos} of {len} people")
            .map_err(|error| WalkError::Unexpected(error.to_string()))?,
    );
    let progress = journey
        .watch(&import, |progress| {
            bar.set_length(progress.people as u64);
            bar.set_position((progress.people - progress.waiting) as u64);
        })
        .await?;
    bar.finish();
    println!("  {} done, {} failed, says the page", progress.done, progress.failed);
    say("get started in GO1");
    let home = journey.get_started().await?;
    if !home.url.path().contains(CUSTOMER.portal) {
        return Err(home.unexpected("the portal's home"));
    }

    let report = journey.report(&import).await?;
    let payroll = stand_ins.payroll(CUSTOMER.organisation).await?;
    let tally = Tally::of(&payroll, &stand_ins.portal(CUSTOMER.portal).await?, ADMINISTRATOR);
    say_why(&report, &tally)?;
    println!("{}", line(&tally));
    Ok(tally)
}

/// Prints the reasons of those who were not imported, and insists that there is one for each.
fn say_why(report: &[ReportLine], tally: &Tally) -> Result<(), WalkError> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for line in report.iter().filter(|line| line.result == "Not imported") {
        *reasons.entry(&line.details).or_default() += 1;
    }
    println!("\nnot imported:");
    for (reason, people) in &reasons {
        println!("  {people} x {reason}");
    }
    let explained: usize = reasons.values().sum();
    if explained == tally.not_imported {
        Ok(())
    } else {
        Err(WalkError::Unexpected(format!(
            "the report explains {explained} people, and {} were not imported",
            tally.not_imported
        )))
    }
}

/// The closing line. Scripts read it.
fn line(tally: &Tally) -> String {
    format!(
        "imported: {} people read, {} created, {} not imported, {} enrolments, {} failed",
        tally.read, tally.created, tally.not_imported, tally.enrollments, tally.failed
    )
}

fn say(step: &str) {
    println!("- {step}");
}

fn address(variable: &str) -> Result<Url, WalkError> {
    let text = std::env::var(variable).unwrap_or_default();
    Url::parse(&text).map_err(|_| {
        WalkError::Unexpected(format!("{variable} is not set: run this through make run, which starts everything"))
    })
}
