//! Which organisations a consent can be about.

use application::refresh::XeroRefresh;
use domain::ids::XeroUserId;
use futures::future::join_all;
use platform::telemetry::Causes;
use secrecy::SecretString;
use state::GrantOwner;
use vault::VaultError;
use web::Problem;
use web::problem::ConsentProblem;
use xero::{Connection, OrganisationRead, XeroError};

use crate::Callback;

/// An organisation that the person can name, as Xero has it.
pub(crate) struct CandidateRead {
    pub(crate) connection: Connection,
    pub(crate) organisation: OrganisationRead,
}

/// The access token of a Xero login.
pub(crate) async fn access_token(callback: &Callback, user: &XeroUserId) -> Result<SecretString, Problem> {
    let owner = GrantOwner::XeroUser(user.clone());
    match callback.vault.access_token(&owner, &XeroRefresh(&callback.xero)).await {
        Ok(token) => Ok(token.secret),
        Err(VaultError::NeedsReconnect) => Err(Problem::Consent(ConsentProblem::AccessEnded)),
        Err(VaultError::UpstreamUnavailable | VaultError::Busy) => Err(Problem::XeroUnavailable { retry_after: None }),
        Err(error @ (VaultError::Seal(_) | VaultError::State(_))) => Err(callback.visitors.failed(&error)),
    }
}

/// The organisations of one consent. Where Xero names none for it, which happens to a consent that was given before,
/// all that this login ever connected; never just the first of them.
pub(crate) async fn candidates(
    callback: &Callback,
    token: &SecretString,
    authentication_event: Option<&str>,
) -> Result<Vec<CandidateRead>, Problem> {
    let mut connections = Vec::new();
    if authentication_event.is_some() {
        connections = connections_of(callback, token, authentication_event).await?;
    }
    if connections.is_empty() {
        connections = connections_of(callback, token, None).await?;
    }
    let reads = connections.into_iter().map(async |connection| {
        let organisation = callback.xero.organisation(token, &connection.tenant).await;
        (connection, organisation)
    });
    let mut candidates = Vec::new();
    for (connection, organisation) in join_all(reads).await {
        match organisation {
            Ok(organisation) => candidates.push(CandidateRead { connection, organisation }),
            // Disconnected at Xero since: nobody can mean it.
            Err(XeroError::Forbidden { .. }) => {}
            Err(error) => return Err(unavailable(callback, &error)),
        }
    }
    Ok(candidates)
}

async fn connections_of(
    callback: &Callback,
    token: &SecretString,
    authentication_event: Option<&str>,
) -> Result<Vec<Connection>, Problem> {
    callback.xero.connections(token, authentication_event).await.map_err(|error| unavailable(callback, &error))
}

/// Xero did not answer a question that has to be answered.
pub(crate) fn unavailable(callback: &Callback, error: &XeroError) -> Problem {
    tracing::warn!(error = %Causes(error), "Xero does not tell which organisations there are");
    if matches!(error, XeroError::Unauthorized { .. }) {
        return Problem::Consent(ConsentProblem::AccessEnded);
    }
    Problem::XeroUnavailable { retry_after: error.retry_after(callback.visitors.clock.now()) }
}
