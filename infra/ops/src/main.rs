//! The command: reads the settings from the environment, asks before it changes anything, prints what was done.

#![expect(clippy::print_stdout, reason = "what a command says is what it is for")]

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::sync::Arc;

use aws_config::BehaviorVersion;
use clap::{Parser, Subcommand};
use operations::grants::Keys;
use operations::letters::SqsDeadLetters;
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

impl Deed {
    /// What is asked before it is done, by what name it is written down, and about what; `None` where it only looks.
    fn question(&self) -> Option<(&'static str, String, &str)> {
        let on = |what: &str, portal: &str| format!("{what} portal {portal}");
        match self {
            Self::Stuck | Self::Follow { .. } | Self::Keys | Self::Find { .. } | Self::Tier | Self::Trail => None,
            Self::Redrive => {
                Some(("redrive", "Send the dead letters of imports that run again".into(), "dead letters"))
            }
            Self::Reseal => Some(("reseal", "Seal every token set with the current key".into(), "all token sets")),
            Self::Export { portal } => {
                Some(("export", on("Print all names and emails that are held of", portal), portal))
            }
            Self::Erase { portal } => Some(("erase", on("Erase for ever everything that is held of", portal), portal)),
            Self::Pause { portal, hours } => {
                Some(("pause", format!("Pause the import of portal {portal} for {hours} hours"), portal))
            }
            Self::Resume { portal } => Some(("resume", on("Resume the import of", portal), portal)),
            Self::ExportEntered { sign_up } => Some((
                "export-entered",
                format!("Print all names and emails that are held of sign-up {sign_up}"),
                sign_up,
            )),
            Self::EraseEntered { sign_up } => {
                Some(("erase-entered", format!("Delete for ever what is held of sign-up {sign_up}"), sign_up))
            }
            Self::Revoke { portal } => Some(("revoke", on("Forget the tokens of", portal), portal)),
        }
    }
}

/// Who does this; `None` where they do not want to.
fn operator(question: &str, yes: Option<String>) -> Result<Option<String>, Box<dyn Error>> {
    if let Some(name) = yes.filter(|name| !name.trim().is_empty()) {
        return Ok(Some(name));
    }
    if !stdin().is_terminal() {
        return Err("it changes something, and nobody can be asked: say who does it with YES=name".into());
    }
    print!("{question}? It is written down. Your name, or nothing to leave it: ");
    stdout().flush()?;
    let mut name = String::new();
    stdin().read_line(&mut name)?;
    Ok(Some(name.trim().to_owned()).filter(|name| !name.is_empty()))
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
async fn main() -> Result<(), Box<dyn Error>> {
    let Command { deed, yes } = Command::parse();
    let environment = Environment::read();
    telemetry::start(&environment);
    // Whoever calls this has a profile or a role of theirs, and not what Lambda gives a function.
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let context = FunctionContext::over(environment, &aws).map_err(|error| error.to_string())?;
    let FunctionContext { environment, state, clock, random } = context;
    let tool = Tool { state, clock, random };
    if let Some((name, question, about)) = deed.question() {
        let Some(operator) = operator(&question, yes)? else {
            println!("nothing was done");
            return Ok(());
        };
        tool.note(&operator, name, about).await?;
    }
    run(&tool, deed, &aws, &environment).await
}

async fn run(
    tool: &Tool<DynamoDb>,
    deed: Deed,
    aws: &SdkConfig,
    environment: &Environment,
) -> Result<(), Box<dyn Error>> {
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
            redriven.unreadable.iter().for_each(|(id, why)| println!("{id} stays: {why}"));
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
        Deed::Erase { portal } => {
            let receipt = tool.erase(&portal).await?;
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
        Deed::EraseEntered { sign_up } => {
            tool.erase_entered(&sign_up).await?;
            println!("deleted; the connection at Xero, where there was one, was not removed there");
        }
        Deed::Revoke { portal } => {
            tool.revoke(&portal).await?.iter().for_each(|owner| println!("forgotten: the tokens of {owner}"));
            println!("at Xero and GO1 they are valid until somebody ends them there (docs/runbooks/revoke.md)");
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
