//! Back from Xero: a fixed order of guards, one named answer each, and a grant at the end.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::clock::sha256_hex;
use domain::consent::ConsentAttempt;
use domain::country::PeopleSource;
use domain::fault::Causes;
use domain::ids::StateHash;
use http::HeaderMap;
use serde::Deserialize;
use state::StateError;
use vault::{CALL_AND_STORE, has_time};
use visiting::{BrowserAddress, CountedOf, Deed, Visitor, code_of};
use web::problem::ConsentProblem;
use web::{Problem, SessionId};
use xero::{Consent, ConsentError, IdTokenRejection};

use crate::counting::give_one_back;
use crate::sign_in::{XeroLogin, continue_sign_up, enter, welcome};
use crate::xero_callback::Callback;

/// What Xero sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /oauth/xero/callback`.
pub(crate) async fn arrive(
    State(callback): State<Callback>,
    headers: HeaderMap,
    Query(query): Query<CallbackQuery>,
) -> Result<Response, Problem> {
    let attempt = find_attempt(&callback, query.state.as_deref()).await?;
    let (consent, begun_by) = match accept(&callback, &headers, query, &attempt).await {
        Ok(accepted) => accepted,
        Err(problem) => {
            record_refusal(&callback, BrowserAddress::of(&headers), &attempt, &problem).await?;
            return Err(problem);
        }
    };
    let session_s_login = begun_by.as_ref().and_then(|visitor| visitor.login.clone());
    let (sign_up, administrator) =
        begun_by.map_or((None, None), |visitor| (Some(visitor.sign_up), visitor.administrator));
    let source = sign_up.as_ref().map(|sign_up| sign_up.details.country.people_source());
    let asked_for_payroll = source == Some(PeopleSource::PayrollEmployees);
    let login = XeroLogin {
        administrator,
        address: BrowserAddress::of(&headers),
        user: consent.identity.xero_user.clone(),
        authentication_event: consent.authentication_event.clone(),
        began_at: Some(attempt.started_at),
        may_read_payroll: consent.may_read_payroll(asked_for_payroll),
        asked_for_contacts: attempt.contacts,
        may_read_contacts: consent.may_read_contacts(attempt.contacts),
        identity: consent.identity,
    };
    callback.xero.keep(&login.user, consent.tokens).await?;
    let next = match sign_up {
        None => welcome(&callback, &login).await?,
        Some(sign_up) => match continue_sign_up(&callback, sign_up, &login).await {
            Err(problem @ Problem::OrganisationForbidden { .. }) => {
                if session_s_login.as_ref() == Some(&login.user) {
                    // Xero has said no to the very login that opened this session.
                    callback.visitors.state.remove_session(&attempt.session).await?;
                }
                return Err(problem);
            }
            next => next?,
        },
    };
    let entered = enter(&callback, next, &attempt.session).await;
    give_one_back(&callback).await;
    entered
}

/// The attempt that an answer belongs to.
async fn find_attempt(callback: &Callback, state: Option<&str>) -> Result<ConsentAttempt, Problem> {
    let unknown = Problem::Consent(ConsentProblem::Unknown);
    let Some(state) = state.filter(|state| !state.is_empty()) else { return Err(unknown) };
    let hash = StateHash::new(sha256_hex(state));
    let attempt = callback.state.find_consent(&hash).await?;
    attempt.ok_or(unknown)
}

/// Every guard after the first: this browser, in time, not used before, no error of Xero's, a code, a session that has
/// not ended meanwhile, and tokens that verify.
async fn accept(
    callback: &Callback,
    headers: &HeaderMap,
    query: CallbackQuery,
    attempt: &ConsentAttempt,
) -> Result<(Consent, Option<Visitor>), Problem> {
    let now = callback.visitors.clock.now();
    let session = SessionId::from_headers(headers).ok_or(Problem::Consent(ConsentProblem::AnotherBrowser))?;
    let ended = attempt.clone().complete(&session.hash(), now);
    let ended = ended.map_err(|refused| Problem::Consent(refused.into()))?;
    match callback.state.complete_consent(&ended).await {
        Ok(()) => {}
        Err(StateError::Conflict) => return Err(Problem::Consent(ConsentProblem::Replayed)),
        Err(error) => return Err(error.into()),
    }
    match query.error.as_deref() {
        None => {}
        Some("access_denied") if attempt.contacts => return Err(Problem::Consent(ConsentProblem::ContactsDenied)),
        Some("access_denied") => return Err(Problem::Consent(ConsentProblem::Denied)),
        Some(_) => return Err(Problem::Consent(ConsentProblem::XeroError)),
    }
    let code = code_of(query.code).ok_or(Problem::Consent(ConsentProblem::Unknown))?;
    let begun_by = begun_by(callback, headers, attempt).await?;
    callback.visitors.allow(Deed::XeroCode, &[CountedOf::Network(BrowserAddress::of(headers))]).await?;
    callback.xero.ready().await?;
    if !has_time(CALL_AND_STORE) {
        // The code works once, and what it is exchanged for exists nowhere else.
        return Err(Problem::xero_unavailable(None, now));
    }
    let verifier = attempt.code_verifier.as_deref();
    let consent = callback.xero.client.exchange_code(&code, verifier, &attempt.nonce, now).await;
    let consent = consent.map_err(|error| {
        tracing::warn!(error = %Causes(&error), "a consent came to nothing");
        match error {
            // With the nonce of another attempt came the code of another attempt.
            ConsentError::CodeRejected | ConsentError::IdTokenRejected(IdTokenRejection::WrongNonce) => {
                Problem::Consent(ConsentProblem::CodeRejected)
            }
            ConsentError::IdTokenRejected(_) => Problem::Consent(ConsentProblem::TokenInvalid),
            ConsentError::Upstream(error) => Problem::xero_unavailable(error.retry_after(now), now),
        }
    })?;
    Ok((consent, begun_by))
}

/// Who began the attempt, where it is for a sign-up. Coming back from Xero makes nobody more than they are by now: an
/// administrator whose session has ended is let in by GO1.
async fn begun_by(
    callback: &Callback,
    headers: &HeaderMap,
    attempt: &ConsentAttempt,
) -> Result<Option<Visitor>, Problem> {
    let Some(sign_up) = &attempt.sign_up else { return Ok(None) };
    let visitor = callback.visitors.find(headers).await?.filter(|visitor| visitor.sign_up.id == *sign_up);
    visitor.map(Some).ok_or(Problem::SignedOut)
}

/// The first refused answer of an hour is a line in the audit of the sign-up that it was for, unless that was erased
/// meanwhile.
async fn record_refusal(
    callback: &Callback,
    address: BrowserAddress,
    attempt: &ConsentAttempt,
    problem: &Problem,
) -> Result<(), Problem> {
    let Problem::Consent(guard) = problem else { return Ok(()) };
    match guard {
        // Whoever presses Cancel attacks nobody, so no alarm counts it.
        ConsentProblem::Denied | ConsentProblem::ContactsDenied => {
            tracing::info!(?guard, "access was not allowed in Xero");
        }
        // The alarm `AnswersRefused` looks for this message.
        _ => tracing::warn!(?guard, "an answer from Xero was refused"),
    }
    let Some(sign_up) = &attempt.sign_up else { return Ok(()) };
    let guard = format!("{guard:?}");
    if callback.visitors.state.find_sign_up(sign_up).await?.is_none()
        || !callback.visitors.is_first_refusal(sign_up, &guard).await?
    {
        return Ok(());
    }
    let refused = AuditAction::ConsentRefused { guard };
    Ok(callback.visitors.record_for(sign_up, None, address, refused).await?)
}
