//! The browser comes back from GO1's login. Its answer is checked in a fixed order, each refusal has a name of its own,
//! and GO1 is asked who logged in.

use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::{AuditAction, AuditEntry};
use domain::clock::sha256_hex;
use domain::consent::ConsentRefused;
use domain::existing_portal::ExistingPortal;
use domain::go1_login::{Go1LoginAttempt, Go1LoginPurpose};
use domain::ids::{PortalId, SignUpId, StateHash};
use domain::portal::PortalDomain;
use go1::{ExchangeError, PortalLogin, PortalRole};
use http::HeaderMap;
use serde::Deserialize;
use state::StateError;
use vault::{CALL_AND_STORE, has_time};
use visiting::{BrowserAddress, CountedOf, Deed, code_of};
use web::{LoginFor, LoginProblem, Problem, SessionId};

use crate::addon::Addon;
use crate::arrival::{enter, give_access};
use crate::named_administrator::{NamedAdministrator, unavailable};

/// What GO1 sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /oauth/go1/callback`.
pub(crate) async fn arrive(
    State(addon): State<Addon>,
    headers: HeaderMap,
    Query(answer): Query<CallbackQuery>,
) -> Result<Response, Problem> {
    let attempt = find_attempt(&addon, &headers, answer.state.as_deref()).await?;
    let purpose = login_for(&attempt.purpose);
    let code = accept(&addon, &headers, answer, &attempt).await.inspect_err(|problem| {
        match problem {
            // Whoever presses Cancel attacks nobody, so no alarm counts it.
            Problem::Go1Login { why: LoginProblem::Denied, .. } => tracing::info!("access was not allowed in GO1"),
            // The alarm `AnswersRefused` looks for this message.
            Problem::Go1Login { why, .. } => tracing::warn!(guard = ?why, "an answer from GO1 was refused"),
            _ => {}
        }
    })?;
    match &attempt.purpose {
        Go1LoginPurpose::Enter { portal } => {
            let login = identify(&addon, &headers, &attempt, &code, &purpose).await?;
            check_portal_hint(&login, portal.as_ref())?;
            enter(&addon, &headers, login, &attempt.session).await
        }
        Go1LoginPurpose::ForSignUp { sign_up } => {
            // The session may have ended meanwhile; then the code is worth nothing here.
            let visitor = addon.visitors.require(&headers).await?;
            if visitor.sign_up.id != *sign_up || visitor.administrator.is_some() {
                return Err(Problem::SignedOut);
            }
            let login = identify(&addon, &headers, &attempt, &code, &purpose).await?;
            give_access(&addon, visitor, login).await
        }
    }
}

/// The attempt that an answer belongs to.
async fn find_attempt(addon: &Addon, headers: &HeaderMap, state: Option<&str>) -> Result<Go1LoginAttempt, Problem> {
    if let Some(state) = state.filter(|state| !state.is_empty()) {
        let hash = StateHash::new(sha256_hex(state));
        let attempt = addon.state.find_go1_login(&hash).await?;
        if let Some(attempt) = attempt {
            return Ok(attempt);
        }
    }
    // What it was for is not known any more. Whoever has a sign-up stays with it.
    let visitor = addon.visitors.find(headers).await?.filter(|visitor| visitor.administrator.is_none());
    let login = visitor.map_or(LoginFor::Enter { portal: None }, |_| LoginFor::SignUp);
    Err(Problem::Go1Login { why: LoginProblem::Unknown, login })
}

/// What a login was for, to offer the same where it is refused.
fn login_for(purpose: &Go1LoginPurpose) -> LoginFor {
    match purpose {
        Go1LoginPurpose::Enter { portal } => LoginFor::Enter { portal: portal.clone() },
        Go1LoginPurpose::ForSignUp { .. } => LoginFor::SignUp,
    }
}

/// The guards before GO1 is asked anything: not used before, this browser, in time, no error of GO1's, a code.
async fn accept(
    addon: &Addon,
    headers: &HeaderMap,
    answer: CallbackQuery,
    attempt: &Go1LoginAttempt,
) -> Result<String, Problem> {
    let login = login_for(&attempt.purpose);
    let refused = |why| Err(Problem::Go1Login { why, login: login.clone() });
    let now = addon.visitors.clock.now();
    let Some(session) = SessionId::from_headers(headers) else { return refused(LoginProblem::AnotherBrowser) };
    let ended = match attempt.clone().complete(&session.hash(), now) {
        Ok(ended) => ended,
        Err(ConsentRefused::Replayed) => return refused(LoginProblem::Replayed),
        Err(ConsentRefused::AnotherBrowser) => return refused(LoginProblem::AnotherBrowser),
        Err(ConsentRefused::Expired) => return refused(LoginProblem::Expired),
    };
    match addon.state.complete_go1_login(&ended).await {
        Ok(()) => {}
        Err(StateError::Conflict) => return refused(LoginProblem::Replayed),
        Err(error) => return Err(error.into()),
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => return refused(LoginProblem::Denied),
        Some(_) => return refused(LoginProblem::Go1Error),
    }
    code_of(answer.code).ok_or(Problem::Go1Login { why: LoginProblem::Unknown, login })
}

/// Asks GO1 who logged in to which portal, and accepts only administrators. The tokens of a refused login are dropped.
async fn identify(
    addon: &Addon,
    headers: &HeaderMap,
    attempt: &Go1LoginAttempt,
    code: &str,
    login: &LoginFor,
) -> Result<NamedAdministrator, Problem> {
    let refused = |why| Problem::Go1Login { why, login: login.clone() };
    addon.visitors.allow(Deed::Go1Code, &[CountedOf::Network(BrowserAddress::of(headers))]).await?;
    addon.go1.ready().await?;
    if !has_time(CALL_AND_STORE) {
        // The code works once, and what it is exchanged for exists nowhere else.
        return Err(Problem::Go1LoginUnavailable { retry_after: None, login: login.clone() });
    }
    let (verifier, now) = (attempt.code_verifier.as_deref(), addon.visitors.clock.now());
    let tokens = addon.go1_login.exchange_code(code, verifier, now).await.map_err(|error| match error {
        ExchangeError::CodeRejected => {
            if verifier.is_some() {
                // Where every login says so, GO1 loses the challenge, and `Go1Pkce` is to be turned off.
                tracing::warn!("GO1 refused a code that was asked for with PKCE");
            }
            refused(LoginProblem::CodeRejected)
        }
        ExchangeError::Upstream(error) => unavailable(addon, &error, login.clone()),
    })?;
    let identity = addon.go1_login.portal_login(&tokens.access_token).await;
    let PortalLogin { me, portal, role } = identity.map_err(|error| unavailable(addon, &error, login.clone()))?;
    let kept = addon.state.find_portal(&portal.id).await?;
    let domain = match kept.as_ref().map(|kept| kept.domain.clone()).or(portal.domain) {
        Some(domain) => Some(domain),
        None => domain_of(addon, &portal.id, login).await?,
    };
    let Some(domain) = domain else {
        tracing::warn!(portal = %portal.id, "GO1 names a portal without an address below its own domain");
        return Err(refused(LoginProblem::NoAddress));
    };
    let (problem, guard) = match role {
        PortalRole::Administrator { account } => {
            let since = addon.visitors.clock.now();
            let existing = ExistingPortal { portal: portal.id, domain, account, since, tenant: None };
            let address = BrowserAddress::of(headers);
            let portal_name = portal.name;
            return Ok(NamedAdministrator { address, me, tokens, portal: existing, portal_name, kept });
        }
        PortalRole::NoAdministrator => {
            (Problem::NotAdministrator { domain, login: login.clone() }, "they are no administrator")
        }
        PortalRole::Inactive => (refused(LoginProblem::AccountInactive), "their account is switched off"),
        PortalRole::Unclear => {
            tracing::warn!(portal = %portal.id, "GO1 does not say that an administrator's account is active");
            (refused(LoginProblem::AccountUnclear), "GO1 does not say that their account is active")
        }
    };
    if let Some(portal) = kept.filter(|portal| portal.erased_at.is_none()) {
        let tenant = addon.state.find_tenant(&portal.tenant).await?;
        if let Some(tenant) = tenant {
            record_refusal(addon, &tenant.sign_up, guard).await?;
        }
    }
    Err(problem)
}

/// Refuses a login to another portal than the one where "Configure" was pressed, because either could be meant.
fn check_portal_hint(login: &NamedAdministrator, hint: Option<&PortalDomain>) -> Result<(), Problem> {
    match hint.filter(|hint| **hint != login.portal.domain) {
        None => Ok(()),
        Some(asked) => Err(Problem::AnotherPortal {
            asked: asked.clone(),
            entered: login.portal.domain.clone(),
            login: LoginFor::Enter { portal: Some(asked.clone()) },
        }),
    }
}

/// The address of a portal that its administrator's token does not tell.
async fn domain_of(addon: &Addon, portal: &PortalId, login: &LoginFor) -> Result<Option<PortalDomain>, Problem> {
    let asked = addon.go1.as_partner(async |token| addon.go1.client.domain_of(&token, portal).await).await;
    asked.map_err(|error| unavailable(addon, &error.into(), login.clone()))
}

/// Records the first refusal of an hour in the portal's audit trail, without a name or an address, because it may be an
/// employee's.
async fn record_refusal(addon: &Addon, sign_up: &SignUpId, guard: &str) -> Result<(), Problem> {
    let (visitors, now) = (&addon.visitors, addon.visitors.clock.now());
    if visitors.state.find_sign_up(sign_up).await?.is_none() || !visitors.is_first_refusal(sign_up, guard).await? {
        return Ok(());
    }
    let action = AuditAction::EntryRefused { guard: guard.to_owned() };
    let entry = AuditEntry { at: now, sign_up: sign_up.clone(), action, by: None, from: None };
    Ok(visitors.state.append_audit(&entry).await?)
}
