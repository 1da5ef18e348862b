//! What a run is told, who leads it, and what it holds while it goes on.

use std::path::PathBuf;
use std::time::Duration;

use domain::clock::{Random, random_hex};
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::LearningObjectId;
use url::Url;

use super::callback::Callback;
use super::error::LiveError;
use super::kept::Kept;
use crate::looks::Looks;
use crate::settings::Addresses;

/// The paths of the callbacks, below the address: those of the product.
pub(crate) const XERO_CALLBACK: &str = "/oauth/xero/callback";
pub(crate) const GO1_CALLBACK: &str = "/oauth/go1/callback";

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
