//! Which organisations a consent can be about.

use domain::fault::Causes;
use futures::future::join_all;
use secrecy::SecretString;
use web::Problem;
use web::problem::ConsentProblem;
use xero::{Connection, OrganisationRead, XeroError};
use xero_access::store_reading;

use crate::given_consent::GivenConsent;
use crate::xero_callback::Callback;

/// An organisation that the person can name, and what Xero says of it now.
pub(crate) struct ConsentedOrganisation {
    pub(crate) connection: Connection,
    pub(crate) read: Result<OrganisationRead, XeroError>,
}

pub(crate) struct ConsentConnections {
    pub(crate) all: Vec<Connection>,
    /// Whether Xero listed them for this consent. Xero lists none for a consent that was given before; these are then
    /// all of the user's connections, most of which this consent is not about.
    pub(crate) of_this_consent: bool,
}

pub(crate) async fn connections_of_consent(
    callback: &Callback,
    token: &SecretString,
    authentication_event: Option<&str>,
) -> Result<ConsentConnections, Problem> {
    let ask = async |event| callback.xero.client.connections(token, event).await;
    if authentication_event.is_some() {
        let all = ask(authentication_event).await.map_err(|error| callback.unavailable(&error))?;
        if !all.is_empty() {
            return Ok(ConsentConnections { all, of_this_consent: true });
        }
    }
    let all = ask(None).await.map_err(|error| callback.unavailable(&error))?;
    Ok(ConsentConnections { all, of_this_consent: false })
}

/// Reads the organisations of one consent, only the chosen one where one was, and keeps what Xero says of those that we
/// know. One that cannot be read stays on the list, so that the others can still be chosen.
pub(crate) async fn consented_organisations(
    callback: &Callback,
    token: &SecretString,
    consent: &GivenConsent,
) -> Result<Vec<ConsentedOrganisation>, Problem> {
    let listed = connections_of_consent(callback, token, consent.event()).await?;
    let mut connections = if listed.of_this_consent { listed.all } else { consent.given(listed.all) };
    connections.retain(|connection| consent.may_be_about(&connection.tenant));
    let consented_organisations = connections.into_iter().map(async |connection| {
        let read = callback.xero.client.organisation(token, &connection.tenant).await;
        let read = read.inspect_err(|error| tracing::warn!(error = %Causes(error), "an organisation cannot be read"));
        ConsentedOrganisation { connection, read }
    });
    let consented_organisations = join_all(consented_organisations).await;
    for ConsentedOrganisation { connection, read } in &consented_organisations {
        let Ok(read) = read else { continue };
        if let Some(tenant) = callback.state.find_tenant(&connection.tenant).await? {
            store_reading(&*callback.state, &tenant, read).await?;
        }
    }
    if consented_organisations.is_empty() {
        Err(Problem::Consent(ConsentProblem::NoOrganisation))
    } else {
        Ok(consented_organisations)
    }
}

impl ConsentedOrganisation {
    /// What Xero says of it, or what to answer where it says nothing.
    pub(crate) fn organisation(&self, callback: &Callback) -> Result<&OrganisationRead, Problem> {
        self.read.as_ref().map_err(|error| not_shown(callback, &self.connection, error))
    }
}

/// What to answer where Xero does not show the organisation of a connection.
pub(crate) fn not_shown(callback: &Callback, connection: &Connection, error: &XeroError) -> Problem {
    match error {
        XeroError::Forbidden { .. } => Problem::OrganisationForbidden { organisation: connection.name.clone() },
        error => callback.unavailable(error),
    }
}
