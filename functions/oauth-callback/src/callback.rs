//! Back from Xero: a fixed order of guards, one named answer each, and a grant at the end.

use application::refresh::xero_token_set;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::clock::sha256_hex;
use domain::consent::ConsentAttempt;
use domain::email::EmailAddress;
use domain::ids::StateHash;
use domain::sign_up::SignUp;
use http::HeaderMap;
use platform::telemetry::Causes;
use serde::Deserialize;
use state::{GrantOwner, StateError};
use web::problem::ConsentProblem;
use web::responses::{see_other, with_cookie};
use web::{Problem, SessionId};
use xero::{Consent, ConsentError};

use crate::Callback;

/// What Xero sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct Arrival {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /oauth/xero/callback`.
pub(crate) async fn arrive(
    State(callback): State<Callback>,
    headers: HeaderMap,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let attempt = end_attempt(&callback, &headers, arrival.state.as_deref()).await?;
    match arrival.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(Problem::Consent(ConsentProblem::Denied)),
        Some(_) => return Err(Problem::Consent(ConsentProblem::XeroError)),
    }
    let code = arrival.code.ok_or(Problem::Consent(ConsentProblem::Unknown))?;
    let Consent { tokens, identity, authentication_event } = exchange(&callback, &code, &attempt).await?;

    let user = identity.xero_user;
    let owner = GrantOwner::XeroUser(user.clone());
    callback.vault.keep(&owner, &xero_token_set(tokens)).await.map_err(|error| visitors.failed(&error))?;
    let sign_up = visitors.sign_ups.find_sign_up(&attempt.sign_up).await.map_err(|error| visitors.failed(&error))?;
    let sign_up = sign_up.ok_or(Problem::SignedOut)?;
    let verified = EmailAddress::parse(&identity.email).ok();
    // Where the portal exists, the new grant is what they came for.
    let consented = |sign_up: SignUp| {
        let sign_up = sign_up.clone().consented(user.clone(), authentication_event.clone()).unwrap_or(sign_up);
        let email_is_verified = sign_up.email_is_verified || verified.as_ref() == Some(&sign_up.details.email);
        Ok(SignUp { email_is_verified, ..sign_up })
    };
    let sign_up = visitors.change(sign_up, consented).await?;
    visitors.record(&headers, &sign_up.id, AuditAction::XeroConsented { xero_user: user }).await?;

    // Logging in changes who the browser is, so it gets a new session.
    let session = visitors.begin_session(&sign_up.id).await.map_err(|error| visitors.failed(&error))?;
    visitors.sessions.remove_session(&attempt.session).await.map_err(|error| visitors.failed(&error))?;
    // Where the portal exists, the organisation is settled, and they came to be let in again.
    let next = if sign_up.portal().is_some() { "/preview" } else { "/organisations" };
    Ok(with_cookie(see_other(next), session.cookie()))
}

/// Finds the attempt that the answer belongs to, and ends it: known, not used before, from this browser, in time.
async fn end_attempt(callback: &Callback, headers: &HeaderMap, state: Option<&str>) -> Result<ConsentAttempt, Problem> {
    let visitors = &callback.visitors;
    let unknown = Problem::Consent(ConsentProblem::Unknown);
    let Some(state) = state.filter(|state| !state.is_empty()) else { return Err(unknown) };
    let hash = StateHash::new(sha256_hex(state));
    let attempt = callback.consents.find_consent(&hash).await.map_err(|error| visitors.failed(&error))?;
    let attempt = attempt.ok_or(unknown)?;
    let session = SessionId::from_headers(headers).ok_or(Problem::Consent(ConsentProblem::AnotherBrowser))?;
    let attempt = attempt.complete(&session.hash(), visitors.clock.now())?;
    match callback.consents.complete_consent(&attempt).await {
        Ok(()) => Ok(attempt),
        Err(StateError::Conflict) => Err(Problem::Consent(ConsentProblem::Replayed)),
        Err(error) => Err(visitors.failed(&error)),
    }
}

async fn exchange(callback: &Callback, code: &str, attempt: &ConsentAttempt) -> Result<Consent, Problem> {
    let (verifier, now) = (attempt.code_verifier.as_deref(), callback.visitors.clock.now());
    callback.xero.exchange_code(code, verifier, &attempt.nonce, now).await.map_err(|error| {
        tracing::warn!(error = %Causes(&error), "a consent came to nothing");
        match error {
            ConsentError::CodeRejected => Problem::Consent(ConsentProblem::CodeRejected),
            ConsentError::IdTokenRejected(_) => Problem::Consent(ConsentProblem::TokenInvalid),
            ConsentError::Upstream(error) => {
                Problem::XeroUnavailable { retry_after: error.retry_after(callback.visitors.clock.now()) }
            }
        }
    })
}
