//! Whether GO1 still says that the person of a session administers the portal.

use std::time::Duration;

use domain::fault::Causes;
use domain::ids::PortalId;
use domain::session::Administrator;
use go1::{Go1Error, PortalRole};
use go1_access::{Go1Access, Go1AccessError};
use tokio::time::timeout;
use vault::VaultError;
use visiting::{Visitor, Visitors};
use web::{LoginFor, Problem};

/// How long GO1 may take to say it, because a person waits for what comes after it.
const LONGEST_QUESTION: Duration = Duration::from_secs(8);

/// Asked before what cannot be taken back: refuses whom GO1 has made somebody else than an administrator since they came in,
/// and ends their session. Where GO1 does not answer, that is the answer, and nothing happens.
pub async fn still_administrator(
    go1: &Go1Access,
    visitors: &Visitors,
    visitor: &Visitor,
    administrator: &Administrator,
) -> Result<(), Problem> {
    let Administrator { portal, account, domain, .. } = administrator;
    let asked = go1.as_portal(portal, async |token| go1.client.user_account(&token, account).await);
    let found = timeout(LONGEST_QUESTION, asked).await.map_err(|_| Problem::Go1Unavailable { retry_after: None })?;
    let role = found.map_err(|error| unanswered(portal, error))?.map(PortalRole::of);
    if matches!(role, Some(PortalRole::Administrator { .. })) {
        return Ok(());
    }
    visitors.state.remove_session(&visitor.session.hash()).await?;
    let login = LoginFor::Enter { portal: Some(domain.clone()) };
    Err(Problem::NotAdministrator { domain: domain.clone(), login })
}

/// What to answer where GO1 does not say what is asked of a portal.
pub fn unanswered(portal: &PortalId, error: Go1AccessError<Go1Error>) -> Problem {
    match error {
        Go1AccessError::LoginNeeded { .. } => Problem::Go1LoginNeeded,
        Go1AccessError::NoToken(error @ (VaultError::Seal(_) | VaultError::State(_))) => error.into(),
        Go1AccessError::NoToken(VaultError::RetryAfter(wait)) => Problem::Go1Unavailable { retry_after: Some(wait) },
        Go1AccessError::NoToken(_) => Problem::Go1Unavailable { retry_after: None },
        Go1AccessError::Go1(error) => {
            tracing::warn!(error = %Causes(&error), %portal, "the portal's users could not be read");
            match error {
                Go1Error::MissingScope { .. } => Problem::Go1NotGranted,
                error if error.asks_for_login() => Problem::Go1LoginNeeded,
                _ => Problem::Go1Unavailable { retry_after: None },
            }
        }
    }
}
