//! The command: reads the settings from the environment, asks before it changes anything, prints what was done.

#![expect(clippy::print_stdout, reason = "what a command says is what it is for")]

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use clap::{Parser, Subcommand};
use domain::fault::Causes;
use operations::grants::Keys;
use operations::letters::SqsDeadLetters;
use operations::subject::Meant;
use operations::tool::Tool;
use platform::aws::SdkConfig;
use platform::function::FunctionContext;
use platform::secrets::{Secrets as _, SecretsManager};
use platform::settings::{Environment, names};
use platform::telemetry;
use state::dynamodb::DynamoDb;
use vault::SealingKeys;

/// What an operator does by commands. infra/ops/README.md says what each does.
#[derive(Parser)]
#[command(name = "ops")]
struct Command {
    #[command(subcommand)]
    deed: Deed,
    /// Who does it, where nobody can be asked: it stands in the operators' trail.
    #[arg(long, global = true)]
    yes: Option<String>,
    /// Whose it is, where nobody can be asked: the portal's address at GO1, or the sign-up's email.
    #[arg(long, global = true)]
    of: Option<String>,
}

#[derive(Subcommand)]
enum Deed {
    /// Every import that has not ended, the longest quiet first
    Stuck,
    /// What the table has of an import
    Follow { portal: String, import: String },
    /// Send dead letters of imports that run again
    Redrive,
    /// Count token sets by the key that they are sealed with
    Keys,
    /// Seal every token set with the current key
    Reseal,
    /// Print everything that is held of a portal, with names
    Export { portal: String },
    /// Erase everything that is held of a portal
    Erase { portal: String },
    /// The sign-ups with this email, by id
    Find { email: String },
    /// Print everything that is held of a sign-up without a portal
    ExportEntered { sign_up: String },
    /// Delete everything that is held of a sign-up without a portal
    EraseEntered { sign_up: String },
    /// Forget the tokens of a portal and of its organisation
    Revoke { portal: String },
    /// Let the import of a portal wait, its time limit too
    Pause {
        portal: String,
        #[arg(value_parser = clap::value_parser!(u8).range(1..=168))]
        hours: u8,
    },
    /// End a pause before its time
    Resume { portal: String },
    /// How full Xero's tier is
    Tier,
    /// What operators did
    Trail,
}

/// What a deed is about.
enum About<'deed> {
    All(&'static str),
    Portal(&'deed str),
    SignUp(&'deed str),
}

impl Deed {
    /// What is asked before it is done, by what name it is written down, and about what; `None` where it only looks.
    fn question(&self) -> Option<(&'static str, String, About<'_>)> {
        let found = |name, question: &str, about| Some((name, question.to_owned(), about));
        match self {
            Self::Stuck | Self::Follow { .. } | Self::Keys | Self::Tier | Self::Trail => None,
            Self::Redrive => {
                found("redrive", "Send the dead letters of imports that run again", About::All("dead letters"))
            }
            Self::Reseal => found("reseal", "Seal every token set with the current key", About::All("all token sets")),
            // Without the email: the trail is kept for longer than whoever has it.
            Self::Find { .. } => {
                found("find", "Read the whole table for the sign-ups with that email", About::All("an email"))
            }
            Self::Export { portal } => {
                found("export", "Print all names and emails that are held of", About::Portal(portal))
            }
            Self::Erase { portal } => {
                found("erase", "Erase for ever everything that is held of", About::Portal(portal))
            }
            Self::Pause { portal, hours } => {
                Some(("pause", format!("Pause for {hours} hours the import of"), About::Portal(portal)))
            }
            Self::Resume { portal } => found("resume", "Resume the import of", About::Portal(portal)),
            Self::ExportEntered { sign_up } => {
                found("export-entered", "Print all names and emails that are held of", About::SignUp(sign_up))
            }
            Self::EraseEntered { sign_up } => {
                found("erase-entered", "Delete for ever what is held of", About::SignUp(sign_up))
            }
            Self::Revoke { portal } => found("revoke", "Forget the tokens of", About::Portal(portal)),
        }
    }

    /// Whether whoever does it must say whose it is by more than an id: it cannot be undone.
    const fn wants_its_name(&self) -> bool {
        matches!(self, Self::Erase { .. } | Self::EraseEntered { .. } | Self::Revoke { .. })
    }
}

/// What somebody types; `None` where they type nothing.
fn typed(question: &str) -> Result<Option<String>, Box<dyn Error>> {
    if !stdin().is_terminal() {
        return Err("it changes something, or hands something out, and nobody can be asked: say who does it with \
                    YES=name, and whose it is with --of, where it erases or revokes"
            .into());
    }
    print!("{question}: ");
    stdout().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
}

/// What was given beside the deed, or what somebody types instead.
fn given_or_typed(given: Option<String>, question: &str) -> Result<Option<String>, Box<dyn Error>> {
    match given.filter(|given| !given.trim().is_empty()) {
        Some(given) => Ok(Some(given)),
        None => typed(question),
    }
}

/// What came of asking.
enum Answer {
    /// It is to be done. Of a portal or a sign-up, with what was meant.
    Yes(Option<Meant>),
    No,
}

/// Shows what the deed is about, asks, and writes it down.
async fn ask(
    tool: &Tool<DynamoDb>,
    deed: &Deed,
    yes: Option<String>,
    of: Option<String>,
) -> Result<Answer, Box<dyn Error>> {
    let Some((name, question, about)) = deed.question() else { return Ok(Answer::Yes(None)) };
    let subject = match about {
        About::All(all) => {
            println!("{question}? It is written down.");
            let Some(operator) = given_or_typed(yes, "Your name, or nothing to leave it")? else {
                return Ok(Answer::No);
            };
            tool.note(&operator, name, all).await?;
            return Ok(Answer::Yes(None));
        }
        About::Portal(portal) => tool.portal_subject(portal).await?,
        About::SignUp(sign_up) => tool.sign_up_subject(sign_up).await?,
    };
    println!("{question} {subject}? It is written down.");
    let of = if deed.wants_its_name() {
        given_or_typed(of, "Its address at GO1, or its email, or nothing to leave it")?
    } else {
        Some(of.unwrap_or_else(|| subject.known_as().to_owned()))
    };
    let Some(of) = of else { return Ok(Answer::No) };
    let Some(operator) = given_or_typed(yes, "Your name, or nothing to leave it")? else { return Ok(Answer::No) };
    Ok(Answer::Yes(Some(tool.begin(&operator, name, &subject, &of).await?)))
}

async fn keys(aws: &SdkConfig, environment: &Environment) -> Result<Keys, Box<dyn Error>> {
    let secrets = SecretsManager::on_aws(aws);
    let read = async |variable: &'static str| -> Result<Arc<SealingKeys>, Box<dyn Error>> {
        let text = secrets.text(variable, &environment.text(variable)?).await?;
        Ok(Arc::new(SealingKeys::from_json(&text)?))
    };
    Ok(Keys { xero: read(names::XERO_SEALING_KEY_ARN).await?, go1: read(names::GO1_SEALING_KEY_ARN).await? })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match obey().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // In its own words: what Rust prints of an error that `main` returns is its name in the code.
            eprintln!("error: {}", Causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Asks, and does it.
async fn obey() -> Result<(), Box<dyn Error>> {
    let Command { deed, yes, of } = Command::parse();
    let environment = Environment::read();
    telemetry::start(&environment);
    // Whoever calls this has a profile or a role of theirs, and not what Lambda gives a function.
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let context = FunctionContext::over(environment, &aws).map_err(|error| error.to_string())?;
    let FunctionContext { environment, state, clock, random } = context;
    let tool = Tool { state, clock, random };
    let Answer::Yes(meant) = ask(&tool, &deed, yes, of).await? else {
        println!("nothing was done");
        return Ok(());
    };
    run(&tool, deed, meant, &aws, &environment).await
}

async fn run(
    tool: &Tool<DynamoDb>,
    deed: Deed,
    meant: Option<Meant>,
    aws: &SdkConfig,
    environment: &Environment,
) -> Result<(), Box<dyn Error>> {
    let meant = meant.ok_or("it does not say whose it is");
    match deed {
        Deed::Stuck => {
            let (found, now) = (tool.stuck().await?, tool.clock.now());
            for standing in &found {
                println!("{}", standing.line(now));
            }
            println!("{} imports have not ended", found.len());
        }
        Deed::Follow { portal, import } => {
            tool.follow(&portal, &import).await?.iter().for_each(|line| println!("{line}"));
        }
        Deed::Redrive => {
            let redriven = tool.redrive(&SqsDeadLetters::on_aws(aws, environment)?).await?;
            println!("{} sent again, {} deleted because their import is over", redriven.sent, redriven.over);
            redriven.kept.iter().for_each(|(id, why)| println!("{id} stays: {why}"));
            if redriven.left > 0 {
                println!("about {} letters are left: mend or delete those that stay, and run it again", redriven.left);
            }
        }
        Deed::Keys => {
            tool.keys().await?.iter().for_each(|((of, key), count)| println!("{of}: {count} sealed with key {key}"));
        }
        Deed::Reseal => {
            let all = tool.reseal(&keys(aws, environment).await?).await?;
            println!("{} sealed anew, {} were so before, {} are in use: run it again", all.now, all.before, all.in_use);
            all.failed.iter().for_each(|(of, why)| println!("{of} does not open: {why}"));
        }
        Deed::Export { portal } => println!("{:#}", tool.export(&portal).await?),
        Deed::Erase { .. } => {
            let receipt = tool.erase(&meant?).await?;
            println!("erased; the receipt is {}; the connection at Xero was not removed there", receipt.id);
        }
        Deed::Find { email } => {
            let found = tool.find(&email).await?;
            for line in &found {
                println!("{line}");
            }
            println!("{} sign-ups have this email", found.len());
        }
        Deed::ExportEntered { sign_up } => println!("{:#}", tool.export_entered(&sign_up).await?),
        Deed::EraseEntered { .. } => {
            tool.erase_entered(&meant?).await?;
            println!("deleted; the connection at Xero, where there was one, was not removed there");
        }
        Deed::Revoke { .. } => {
            let revoked = tool.revoke(&meant?).await?;
            revoked.forgotten.iter().for_each(|owner| println!("forgotten: the tokens of {owner}"));
            println!("at Xero and GO1 they are valid until somebody ends them there (docs/runbooks/revoke.md)");
            for (owner, sign_up) in &revoked.kept {
                println!("kept: the tokens of {owner}, because of sign-up {sign_up}, which has another organisation");
            }
            if !revoked.kept.is_empty() {
                return Err("not everything was forgotten".into());
            }
        }
        Deed::Pause { portal, hours } => {
            println!("paused until {}; whoever was begun is finished", tool.pause(&portal, hours).await?);
        }
        Deed::Resume { portal } => {
            tool.resume(&portal).await?;
            println!("it goes on within ten minutes, and has its whole time from now on");
        }
        Deed::Tier => {
            let tier = environment.parsed(names::XERO_CONNECTIONS, "a whole number")?;
            println!("{}", tool.tier(tier).await?);
        }
        Deed::Trail => {
            for entry in tool.trail().await? {
                println!("{} {} {:?}", entry.at, entry.by.unwrap_or_default(), entry.action);
            }
        }
    }
    Ok(())
}
