//! Which organisations a consent can be about.

use futures::future::join_all;
use secrecy::SecretString;
use web::Problem;
use xero::{Connection, OrganisationRead, XeroError};

use crate::Callback;

/// An organisation that the person can name, as Xero has it.
pub(crate) struct CandidateRead {
    pub(crate) connection: Connection,
    pub(crate) organisation: OrganisationRead,
}

/// The connections of one consent. Where Xero names none for it, which happens to a consent that was given before, all
/// that this login ever made.
pub(crate) async fn connections_of_consent(
    callback: &Callback,
    token: &SecretString,
    authentication_event: Option<&str>,
) -> Result<Vec<Connection>, Problem> {
    let ask = async |event| callback.xero.client.connections(token, event).await;
    if authentication_event.is_some() {
        let connections = ask(authentication_event).await.map_err(|error| callback.unavailable(&error))?;
        if !connections.is_empty() {
            return Ok(connections);
        }
    }
    ask(None).await.map_err(|error| callback.unavailable(&error))
}

/// The organisations of one consent, each read; never just the first of them.
pub(crate) async fn candidates(
    callback: &Callback,
    token: &SecretString,
    authentication_event: Option<&str>,
) -> Result<Vec<CandidateRead>, Problem> {
    let connections = connections_of_consent(callback, token, authentication_event).await?;
    let reads = connections.into_iter().map(async |connection| {
        let organisation = callback.xero.client.organisation(token, &connection.tenant).await;
        (connection, organisation)
    });
    let mut candidates = Vec::new();
    for (connection, organisation) in join_all(reads).await {
        match organisation {
            Ok(organisation) => candidates.push(CandidateRead { connection, organisation }),
            // Closed to this user, or disconnected at Xero since: nobody can mean it.
            Err(XeroError::Forbidden { .. }) => {}
            Err(error) => return Err(callback.unavailable(&error)),
        }
    }
    Ok(candidates)
}
