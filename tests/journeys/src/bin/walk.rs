//! The walks of `make run`, over HTTP as in a browser: the owner of an Australian organisation of 213 people signs up at
//! our door, that of an American one comes from Xero's Marketplace, and that of a second American one imports the contacts of
//! a group. Each ends with a line of numbers from what the
//! stand-ins hold; the walk succeeds only where every one is as it should be.

use std::collections::BTreeMap;
use std::process::ExitCode;

use http::StatusCode;
use indicatif::{ProgressBar, ProgressStyle};
use journeys::journey::{Customer, Journey, ReportLine};
use journeys::page::{Page, WalkError};
use journeys::stand_ins::{StandIns, Tally};
use url::Url;

/// One customer, and what the world of the stand-ins must come to.
struct Walk {
    customer: Customer,
    from_marketplace: bool,
    /// The contact group that has the people, where they are contacts.
    group: Option<&'static str>,
    expected: Tally,
}

const AUSTRALIAN: Walk = Walk {
    customer: Customer {
        xero_user: "olivia.hartley@example.com",
        organisation: "Harbour & Hearth Hospitality",
        country: "AU",
        portal: "harbour-hearth",
        name: ("Olivia", "Hartley"),
    },
    from_marketplace: false,
    group: None,
    expected: Tally { read: 213, created: 200, linked: 0, not_imported: 13, enrollments: 1000, failed: 0 },
};

const AMERICAN: Walk = Walk {
    customer: Customer {
        xero_user: "sam.okafor@example.com",
        organisation: "Prairie Lantern Coffee",
        country: "US",
        portal: "prairie-lantern",
        name: ("Sam", "Okafor"),
    },
    from_marketplace: true,
    group: None,
    // Two advisers stay unticked, one user was removed, one has no email.
    expected: Tally { read: 12, created: 7, linked: 1, not_imported: 4, enrollments: 40, failed: 0 },
};

const OF_A_GROUP: Walk = Walk {
    customer: Customer {
        xero_user: "rosa.delgado@example.com",
        organisation: "Juniper Lane Outfitters",
        country: "US",
        portal: "juniper-lane",
        name: ("Rosa", "Delgado"),
    },
    from_marketplace: false,
    group: Some("Employees"),
    // No email, a malformed one, another's; a company, an archived contact, and one who asked to be forgotten.
    expected: Tally { read: 40, created: 33, linked: 1, not_imported: 6, enrollments: 170, failed: 0 },
};

/// GO1's role of an administrator: the owner's own account.
const ADMINISTRATOR: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";

#[tokio::main]
async fn main() -> ExitCode {
    for walk in [AUSTRALIAN, AMERICAN, OF_A_GROUP] {
        match walk.go().await {
            Ok(tally) if tally == walk.expected => {}
            Ok(_) => {
                eprintln!("error: the numbers differ from {}", walk.line(&walk.expected));
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("error: the walk stopped: {error}");
                eprintln!("what the functions said: target/local/logs/, or make logs while it runs");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

impl Walk {
    async fn go(&self) -> Result<Tally, WalkError> {
        let customer = &self.customer;
        let stand_ins = StandIns::new(address("XERO_STAND_IN_URL")?, address("GO1_STAND_IN_URL")?);
        let journey = Journey::new(&address("APP_URL")?);
        println!("\n{}, {}", customer.organisation, customer.country);
        let named = self.reach_organisation(&journey).await?;
        say("confirm the organisation");
        let courses = journey.confirm_organisation(named, customer).await?;
        say("see the five courses, then the people");
        let people = journey.look_at_people(&courses).await?.expect(StatusCode::OK, "/preview/people")?;
        let people = match self.group {
            None => people,
            Some(group) => {
                say("allow contacts in Xero, and choose the contact group");
                journey.choose_group(customer, group).await?.expect(StatusCode::OK, "/preview/people")?
            }
        };
        self.check_ticks(&people)?;
        say("import");
        let import = journey.confirm_import(&people).await?;
        watch(&journey, &import).await?;
        say("get started in GO1");
        let home = journey.get_started().await?;
        if !home.url.path().contains(customer.portal) {
            return Err(home.unexpected("the portal's home"));
        }
        let report = journey.report(&import).await?;
        let listed = match self.group {
            None => stand_ins.people(customer.organisation, customer.country).await?,
            Some(group) => stand_ins.contacts(customer.organisation, group).await?,
        };
        let tally = Tally::of(&listed, &stand_ins.portal(customer.portal).await?, ADMINISTRATOR);
        say_why(&report, &tally)?;
        println!("{}", self.line(&tally));
        Ok(tally)
    }

    async fn reach_organisation(&self, journey: &Journey) -> Result<Page, WalkError> {
        let customer = &self.customer;
        if self.from_marketplace {
            say("come from the Marketplace: log in to Xero, allow access");
            let login = journey.arrive().await?;
            let form = journey.consent(&login, customer).await?;
            say("complete the account that Xero has filled in");
            journey.complete_sign_up(form, customer).await
        } else {
            say("create an account, log in to Xero, allow access");
            let login = journey.sign_up(customer).await?;
            journey.consent(&login, customer).await
        }
    }

    /// Ticked are those who are to be imported, and nobody else: no adviser, nobody over the limit.
    fn check_ticks(&self, people: &Page) -> Result<(), WalkError> {
        let ticked = people.form("/imports")?.into_iter().filter(|(name, _)| name == "people").count();
        let offered = people.values("people").len();
        println!("  {ticked} of {offered} are ticked");
        let wanted = self.expected.created + self.expected.linked;
        if ticked == wanted { Ok(()) } else { Err(people.unexpected(&format!("{wanted} people ticked, not {ticked}"))) }
    }

    /// The closing line. Scripts read it.
    fn line(&self, tally: &Tally) -> String {
        let linked = if self.expected.linked > 0 { format!("{} linked, ", tally.linked) } else { String::new() };
        format!(
            "imported: {} people read, {} created, {linked}{} not imported, {} enrolments, {} failed",
            tally.read, tally.created, tally.not_imported, tally.enrollments, tally.failed
        )
    }
}

async fn watch(journey: &Journey, import: &Page) -> Result<(), WalkError> {
    let style = ProgressStyle::with_template("  {bar:40} {pos} of {len} people");
    let bar = ProgressBar::new(0).with_style(style.map_err(|error| WalkError::Unexpected(error.to_string()))?);
    let progress = journey
        .watch(import, |progress| {
            bar.set_length(progress.people as u64);
            bar.set_position((progress.people - progress.waiting) as u64);
        })
        .await?;
    bar.finish();
    println!("  {} done, {} failed, says the page", progress.done, progress.failed);
    Ok(())
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

fn say(step: &str) {
    println!("- {step}");
}

fn address(variable: &str) -> Result<Url, WalkError> {
    let text = std::env::var(variable).unwrap_or_default();
    Url::parse(&text).map_err(|_| {
        WalkError::Unexpected(format!("{variable} is not set: run this through make run, which starts everything"))
    })
}
