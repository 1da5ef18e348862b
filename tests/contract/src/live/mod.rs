//! A run against the real services, led by an operator: two consents, one demo organisation, one test portal that is made
//! once, and made-up people at a domain that the operator names.

mod callback;
mod go1_run;
mod kept;
mod xero_run;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::go1::Go1Client;
use ::xero::XeroClient;
use domain::clock::{Clock, Random, random_hex};
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::LearningObjectId;
use transport::Transport;
use url::Url;

use crate::looks::Looks;
use crate::report::Report;
use crate::settings::Addresses;
use callback::Callback;
use kept::Kept;

/// The paths of the callbacks, below the address: those of the product.
const XERO_CALLBACK: &str = "/oauth/xero/callback";
const GO1_CALLBACK: &str = "/oauth/go1/callback";

/// What a run is told.
pub struct Live {
    /// Where both services are, and as whom they are spoken to.
    pub addresses: Addresses,
    /// Our address on loopback, registered at both services with the paths of the callbacks behind it.
    pub callback: Url,
    /// The file for tokens and for what is made once.
    pub keep: PathBuf,
    /// The domain of the made-up people.
    pub domain: String,
    /// The owner of the test portal: somebody who can log in at GO1.
    pub owner: EmailAddress,
    /// The five courses for Australia.
    pub courses_au: Vec<LearningObjectId>,
    /// The five courses for the United States.
    pub courses_us: Vec<LearningObjectId>,
    /// Where the pages allow pictures from.
    pub picture_origins: Vec<String>,
    /// What is asked for at a login with GO1.
    pub go1_scopes: Vec<String>,
    /// How long a list may be behind.
    pub patience: Duration,
    /// Whether the organisation is disconnected at the end.
    pub disconnect: bool,
}

impl Live {
    pub(crate) fn courses_of(&self, country: Country) -> &[LearningObjectId] {
        match country {
            Country::Australia => &self.courses_au,
            Country::UnitedStates => &self.courses_us,
        }
    }
}

/// Who leads the run.
pub trait Operator: Send {
    /// Whether this may be done, which writes at a service or changes a grant there.
    fn may(&mut self, what: &str) -> bool;
    /// Asks the operator to open this address in a browser.
    fn open(&mut self, why: &str, address: &Url);
    /// Tells how far the run is.
    fn say(&mut self, text: &str);
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The file or the port.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A consent did not come back with a code.
    #[error("the consent failed: {0}")]
    Refused(String),
    /// A setting that does not fit.
    #[error("{0}")]
    Setting(String),
}

/// One run in progress.
pub(crate) struct Run<'run> {
    pub(crate) live: &'run Live,
    pub(crate) looks: Looks,
    pub(crate) operator: &'run mut dyn Operator,
    pub(crate) random: &'run dyn Random,
    pub(crate) callback: Callback,
    pub(crate) kept: Kept,
}

impl Run<'_> {
    pub(crate) fn below(&self, path: &str) -> Result<Url, LiveError> {
        self.live.callback.join(path).map_err(|_| LiveError::Setting("the callback is no address".to_owned()))
    }

    pub(crate) fn name(&self) -> String {
        random_hex::<16>(self.random)
    }
}

/// Makes a run, and says what was seen.
pub async fn run(
    live: &Live,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: &dyn Random,
    operator: &mut dyn Operator,
) -> Result<Report, LiveError> {
    let mut run = Run {
        callback: Callback::listen(&live.callback).await?,
        kept: Kept::open(&live.keep)?,
        looks: Looks::new(clock, live.patience),
        live,
        operator,
        random,
    };
    run.kept.content.runs += 1;
    run.kept.save()?;
    let xero = XeroClient::new(live.addresses.xero(run.below(XERO_CALLBACK)?), transport.clone());
    let country = xero_run::run(&mut run, &xero).await?;
    let go1 = Arc::new(Go1Client::new(live.addresses.go1(), transport));
    go1_run::run(&mut run, &go1, country.unwrap_or(Country::Australia)).await?;
    Ok(run.looks.report)
}
