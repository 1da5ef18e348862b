//! `make contract`: looks at mock servers of the published files, or, led by an operator, at the real services.

use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use contract::{Addresses, Live, Mocks, Operator, all_facts, run_live, run_mocks};
use domain::clock::Clock as _;
use domain::email::EmailAddress;
use domain::ids::LearningObjectId;
use platform::entropy::{SystemClock, SystemRandom};
use transport::{HttpSettings, HttpTransport};
use url::Url;

type Failure = Box<dyn std::error::Error>;

/// Looks at what the product leans on of Xero and GO1.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mock servers of the published OpenAPI files.
    Mocks(Box<MockArguments>),
    /// The real services, or what stands for them, led by you.
    Live(Box<LiveArguments>),
}

#[derive(clap::Args)]
struct MockArguments {
    /// Serves xero-identity.yaml.
    #[arg(long)]
    xero: Option<Url>,
    /// Serves `xero_accounting.yaml`; the same address where it is not named.
    #[arg(long)]
    xero_accounting: Option<Url>,
    /// Serves xero-payroll-au.yaml; the same address where it is not named.
    #[arg(long)]
    xero_payroll: Option<Url>,
    /// Serves GO1's file.
    #[arg(long)]
    go1: Option<Url>,
}

#[derive(clap::Args)]
struct LiveArguments {
    #[command(flatten)]
    addresses: Addresses,
    /// Our address, registered at both services with /oauth/xero/callback and /oauth/go1/callback behind it.
    #[arg(long, env = "CALLBACK", default_value = "http://localhost:8765")]
    callback: Url,
    /// The file for tokens, and for what is made once. Keep it from others.
    #[arg(long, env = "KEEP")]
    keep: PathBuf,
    /// The domain of the made-up people, one whose mail you may receive.
    #[arg(long, env = "PEOPLE_DOMAIN")]
    domain: String,
    /// The email of the test portal's owner: yours.
    #[arg(long, env = "OWNER")]
    owner: String,
    /// The five courses for Australia.
    #[arg(long, env = "GO1_COURSES_AU", value_delimiter = ',')]
    courses_au: Vec<String>,
    /// The five courses for the United States.
    #[arg(long, env = "GO1_COURSES_US", value_delimiter = ',')]
    courses_us: Vec<String>,
    /// Where the pages allow pictures from.
    #[arg(
        long,
        env = "GO1_PICTURE_ORIGINS",
        value_delimiter = ',',
        default_value = "https://media.go1static.com,https://res.cloudinary.com"
    )]
    picture_origins: Vec<String>,
    /// What is asked for at a login with GO1.
    #[arg(
        long,
        env = "GO1_SCOPES",
        value_delimiter = ',',
        default_value = "user.read,user.write,enrollment.read,enrollment.write,lo.read,portal.read"
    )]
    go1_scopes: Vec<String>,
    /// How many seconds a list may be behind before it counts as never showing.
    #[arg(long, default_value_t = 150)]
    patience: u64,
    /// Answer every question with yes.
    #[arg(long)]
    yes: bool,
    /// Disconnect the organisation at the end.
    #[arg(long)]
    disconnect: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Mocks(arguments) => mocks(*arguments).await,
        Command::Live(arguments) => live(*arguments).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn transport(timeout: Duration) -> Result<Arc<HttpTransport>, Failure> {
    Ok(Arc::new(HttpTransport::new(&HttpSettings { timeout, ..HttpSettings::default() })?))
}

async fn mocks(arguments: MockArguments) -> Result<bool, Failure> {
    let MockArguments { xero, xero_accounting, xero_payroll, go1 } = arguments;
    let mocks = Mocks {
        xero_accounting: xero_accounting.or_else(|| xero.clone()),
        xero_payroll: xero_payroll.or_else(|| xero.clone()),
        xero_identity: xero,
        go1,
    };
    let outcomes = run_mocks(&mocks, transport(Duration::from_mins(1))?, SystemClock.now()).await;
    println!("| call | what came of it |\n| --- | --- |");
    for (call, outcome) in &outcomes {
        match outcome {
            Ok(read) => println!("| {call} | valid: {read} |"),
            Err(error) => println!("| {call} | REFUSED: {error} |"),
        }
    }
    println!(
        "\nNo file describes GO1's user accounts, its logins, or the token endpoints: these are not covered here."
    );
    Ok(!outcomes.is_empty() && outcomes.iter().all(|(_, outcome)| outcome.is_ok()))
}

/// Somebody at a terminal.
struct Terminal {
    yes: bool,
}

impl Operator for Terminal {
    fn may(&mut self, what: &str) -> bool {
        eprint!("{what}? [y/N] ");
        let _ = io::stderr().flush();
        if self.yes {
            eprintln!("yes");
            return true;
        }
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "yes")
    }

    fn open(&mut self, why: &str, address: &Url) {
        eprintln!("{why}:\n  {address}");
    }

    fn say(&mut self, text: &str) {
        eprintln!("{text}");
    }
}

async fn live(arguments: LiveArguments) -> Result<bool, Failure> {
    let ids = |ids: Vec<String>| ids.into_iter().filter(|id| !id.is_empty()).map(LearningObjectId::new).collect();
    let live = Live {
        addresses: arguments.addresses,
        callback: arguments.callback,
        keep: arguments.keep,
        domain: arguments.domain,
        owner: EmailAddress::parse(&arguments.owner).map_err(|_| "OWNER must be an email")?,
        courses_au: ids(arguments.courses_au),
        courses_us: ids(arguments.courses_us),
        picture_origins: arguments.picture_origins,
        go1_scopes: arguments.go1_scopes,
        patience: Duration::from_secs(arguments.patience),
        disconnect: arguments.disconnect,
    };
    let transport = transport(HttpSettings::default().timeout)?;
    let clock = Arc::new(SystemClock);
    let report = run_live(&live, transport, clock, &SystemRandom, &mut Terminal { yes: arguments.yes }).await?;
    println!("{}", report.table(all_facts()));
    Ok(report.differences().is_empty())
}
