//! Whose login it was: a sign-up goes on, somebody who signed up before is let in again, somebody new is welcomed.

use application::visitor::next_path;
use axum::response::Response;
use domain::arrival::{Arrival, ArrivalOrganisation};
use domain::audit::AuditAction;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{SessionHash, XeroUserId};
use domain::session::StandsFor;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use http::HeaderMap;
use state::StateError;
use web::Problem;
use web::responses::{see_other, with_cookie};
use xero::Identity;

use crate::Callback;
use crate::candidates::{CandidateRead, candidates, connections_of_consent};
use crate::readiness::next_after_confirming;
use crate::turning_away::{linked_elsewhere, refuse_another, turn_away};

/// A login at Xero that ended in a grant.
pub(crate) struct Login {
    pub(crate) user: XeroUserId,
    pub(crate) authentication_event: Option<String>,
    pub(crate) may_read_payroll: bool,
    pub(crate) identity: Identity,
}

/// Where the browser goes next, and what its new session stands for.
pub(crate) struct Next {
    pub(crate) stands_for: StandsFor,
    pub(crate) path: String,
}

impl Next {
    /// To where the sign-up stands.
    pub(crate) fn of(sign_up: &SignUp) -> Self {
        Self { stands_for: StandsFor::SignUp(sign_up.id.clone()), path: next_path(sign_up) }
    }
}

/// Logging in changes who the browser is, so it gets a new session.
pub(crate) async fn enter(callback: &Callback, next: Next, before: &SessionHash) -> Result<Response, Problem> {
    let session = callback.visitors.begin_session(next.stands_for, before).await?;
    Ok(with_cookie(see_other(&next.path), session.cookie()))
}

/// Somebody who came from Xero. Whoever signed up before goes on there; nobody gets a second sign-up by coming back.
pub(crate) async fn welcome(callback: &Callback, headers: &HeaderMap, login: &Login) -> Result<Next, Problem> {
    let token = callback.xero.token(&login.user).await.map_err(|error| callback.no_access(&error))?.secret;
    let found = candidates(callback, &token, login.authentication_event.as_deref()).await?;
    if let [only] = &*found {
        return go_to(callback, headers, login, only, &found).await;
    }
    if found.is_empty()
        && let Some(sign_up) = latest(known_sign_ups(callback, &login.user).await?)
    {
        let sign_up = remember(callback, headers, sign_up, login, SignUp::consented_again).await?;
        return Ok(Next::of(&sign_up));
    }
    let path = if found.is_empty() { "/signup" } else { "/organisations" };
    Ok(Next { stands_for: StandsFor::Arrival(arrival(login, None)), path: path.to_owned() })
}

/// To the sign-up of this organisation, where this login has it; else to an unfinished one of theirs; else to the form.
pub(crate) async fn go_to(
    callback: &Callback,
    headers: &HeaderMap,
    login: &Login,
    chosen: &CandidateRead,
    found: &[CandidateRead],
) -> Result<Next, Problem> {
    let known = known_sign_ups(callback, &login.user).await?;
    let tenant = callback.tenants.find_tenant(&chosen.connection.tenant).await;
    let tenant = tenant.map_err(|error| callback.visitors.failed(&error))?;
    if let Some(tenant) = &tenant {
        if let Some(own) = known.iter().find(|sign_up| sign_up.id == tenant.sign_up) {
            return continue_sign_up(callback, headers, own.clone(), login).await;
        }
        if let Some(problem) = linked_elsewhere(callback, tenant) {
            return Err(problem);
        }
    }
    if Country::from_code(&chosen.organisation.country_code).is_none() {
        return Err(turn_away(callback, &login.user, chosen, found).await);
    }
    let unfinished = known.into_iter().filter(|sign_up| sign_up.portal().is_none()).collect();
    if let Some(sign_up) = latest(unfinished) {
        return continue_sign_up(callback, headers, sign_up, login).await;
    }
    Ok(Next { stands_for: StandsFor::Arrival(arrival(login, Some(chosen))), path: "/signup".to_owned() })
}

/// A sign-up goes on with this login. Where it has an organisation, the login must reach it; before there is a portal,
/// it may as well be another one, which is then confirmed anew.
pub(crate) async fn continue_sign_up(
    callback: &Callback,
    headers: &HeaderMap,
    sign_up: SignUp,
    login: &Login,
) -> Result<Next, Problem> {
    let Some(tenant) = own_tenant(callback, &sign_up).await? else {
        return begin_again(callback, headers, sign_up, login).await;
    };
    let token = callback.xero.token(&login.user).await.map_err(|error| callback.no_access(&error))?.secret;
    let event = login.authentication_event.as_deref();
    let connections = connections_of_consent(callback, &token, event).await?;
    let Some(connection) = connections.iter().find(|each| each.tenant == tenant.organisation.tenant) else {
        if tenant.is_settled() {
            return Err(refuse_another(callback, &login.user, &tenant, connections).await);
        }
        return begin_again(callback, headers, sign_up, login).await;
    };
    let before = (tenant.xero_user.clone(), tenant.organisation.connection.clone());
    let user = &login.user;
    let now_mine = |tenant: Tenant| tenant.reconnected(user.clone(), connection.id.clone());
    let tenant = change_tenant(callback, tenant, now_mine).await?;
    if before.0 != *user {
        callback.xero.leave_quietly(&before.0, &before.1).await;
    }
    let sign_up = remember(callback, headers, sign_up, login, SignUp::consented_again).await?;
    let mut next = Next::of(&sign_up);
    if sign_up.portal().is_none() {
        next.path = next_after_confirming(callback, &token, &tenant, &sign_up).await.to_owned();
    }
    Ok(next)
}

/// The organisation is to be named.
async fn begin_again(
    callback: &Callback,
    headers: &HeaderMap,
    sign_up: SignUp,
    login: &Login,
) -> Result<Next, Problem> {
    let event = login.authentication_event.clone();
    let consented = |sign_up: SignUp, user| sign_up.clone().consented(user, event.clone()).unwrap_or(sign_up);
    Ok(Next::of(&remember(callback, headers, sign_up, login, consented).await?))
}

/// Stores that a sign-up was consented to by this login.
async fn remember(
    callback: &Callback,
    headers: &HeaderMap,
    sign_up: SignUp,
    login: &Login,
    step: impl Fn(SignUp, XeroUserId) -> SignUp + Send + Sync,
) -> Result<SignUp, Problem> {
    let visitors = &callback.visitors;
    let user = &login.user;
    callback.logins.add_sign_up_of(user, &sign_up.id).await.map_err(|error| visitors.failed(&error))?;
    let verified = EmailAddress::parse(&login.identity.email).ok();
    let consented = |sign_up: SignUp| {
        let email_is_verified = sign_up.email_is_verified || verified.as_ref() == Some(&sign_up.details.email);
        let sign_up = step(sign_up, user.clone());
        Ok(SignUp { email_is_verified, may_read_payroll: login.may_read_payroll, ..sign_up })
    };
    let sign_up = visitors.change(sign_up, consented).await?;
    visitors.record(headers, &sign_up.id, AuditAction::XeroConsented { xero_user: user.clone() }).await?;
    Ok(sign_up)
}

/// Changes an organisation and stores it. Where somebody else changed it meanwhile, what is stored now is changed.
pub(crate) async fn change_tenant(
    callback: &Callback,
    mut tenant: Tenant,
    change: impl Fn(Tenant) -> Tenant + Send,
) -> Result<Tenant, Problem> {
    let failed = |error: StateError| callback.visitors.failed(&error);
    for _ in 0..3 {
        let id = tenant.organisation.tenant.clone();
        match callback.tenants.put_tenant(change(tenant)).await {
            Err(StateError::Conflict) => {}
            stored => return stored.map_err(failed),
        }
        let stored = callback.tenants.find_tenant(&id).await.map_err(failed)?;
        tenant = stored.ok_or_else(|| failed(StateError::Conflict))?;
    }
    Err(failed(StateError::Conflict))
}

/// The organisation that the sign-up confirmed, unless another sign-up went on with it.
pub(crate) async fn own_tenant(callback: &Callback, sign_up: &SignUp) -> Result<Option<Tenant>, Problem> {
    let Some(id) = sign_up.tenant() else { return Ok(None) };
    let tenant = callback.tenants.find_tenant(id).await.map_err(|error| callback.visitors.failed(&error))?;
    Ok(tenant.filter(|tenant| tenant.sign_up == sign_up.id))
}

/// The sign-ups of a Xero user that are still kept.
pub(crate) async fn known_sign_ups(callback: &Callback, user: &XeroUserId) -> Result<Vec<SignUp>, Problem> {
    let visitors = &callback.visitors;
    let ids = callback.logins.sign_ups_of(user).await.map_err(|error| visitors.failed(&error))?;
    let mut known = Vec::new();
    for id in ids {
        known.extend(visitors.sign_ups.find_sign_up(&id).await.map_err(|error| visitors.failed(&error))?);
    }
    Ok(known)
}

/// The one begun last.
fn latest(sign_ups: Vec<SignUp>) -> Option<SignUp> {
    sign_ups.into_iter().max_by_key(|sign_up| sign_up.started_at)
}

fn arrival(login: &Login, chosen: Option<&CandidateRead>) -> Arrival {
    let organisation = chosen.map(|chosen| ArrivalOrganisation {
        name: chosen.organisation.name.clone(),
        country_code: chosen.organisation.country_code.clone(),
    });
    Arrival {
        xero_user: login.user.clone(),
        authentication_event: login.authentication_event.clone(),
        may_read_payroll: login.may_read_payroll,
        given_name: login.identity.given_name.clone(),
        family_name: login.identity.family_name.clone(),
        email: login.identity.email.clone(),
        organisation,
    }
}
