//! A run against the real services, led by an operator: two consents, one demo organisation, one test portal that is made
//! once, and made-up people at a domain that the operator names.

mod callback;
mod error;
mod go1_run;
mod kept;
mod running;
mod xero_run;

use std::sync::Arc;

use ::go1::Go1Client;
use ::xero::XeroClient;
use domain::clock::{Clock, Random};
use domain::country::Country;
use transport::Transport;

use crate::looks::Looks;
use crate::report::Report;
use callback::Callback;
pub use error::LiveError;
use kept::Kept;
pub use running::{Live, Operator};
use running::{Run, XERO_CALLBACK};

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
