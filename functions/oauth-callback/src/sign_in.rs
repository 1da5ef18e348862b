//! Whose login it was: a sign-up goes on, its owner is let in again, somebody new is welcomed.

use axum::response::Response;
use domain::arrival::{ArrivalOrganisation, XeroArrival};
use domain::audit::AuditAction;
use domain::email::EmailAddress;
use domain::ids::{SessionHash, XeroUserId};
use domain::session::{Administrator, StandsFor};
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::{PortalStep, Tenant};
use secrecy::SecretString;
use state::{StateError, change_tenant};
use visiting::{BrowserAddress, next_path, own_tenant};
use web::Problem;
use web::responses::{see_other, with_cookie};
use xero::{Connection, Identity, OrganisationRead};
use xero_access::XeroAccessError;

use crate::consented_organisations::{ConsentedOrganisation, connections_of_consent, consented_organisations};
use crate::readiness::next_after_confirming;
use crate::turning_away::{refuse_another, refuse_country, refuse_linked};
use crate::xero_callback::Callback;

/// Where an administrator is told that the organisation is connected again.
const RECONNECTED: &str = "/portal?reconnected";

/// A login at Xero that ended in a grant.
pub(crate) struct XeroLogin {
    pub(crate) user: XeroUserId,
    /// Where the browser is that came back with it.
    pub(crate) address: BrowserAddress,
    /// The portal's administrator who asked for it, where it was one: they stay that, whoever they are at Xero.
    pub(crate) administrator: Option<Administrator>,
    pub(crate) authentication_event: Option<String>,
    pub(crate) may_read_payroll: bool,
    pub(crate) identity: Identity,
}

impl XeroLogin {
    /// Their name in Xero.
    fn name(&self) -> String {
        format!("{} {}", self.identity.given_name, self.identity.family_name).trim().to_owned()
    }

    /// The name of who asked for it: the administrator's, or the one in Xero.
    fn by(&self) -> String {
        self.administrator.as_ref().map_or_else(|| self.name(), |administrator| administrator.name.clone())
    }
}

/// Where the browser goes next, and what its new session stands for; `None` where it gets none by this login.
pub(crate) struct Next {
    stands_for: Option<StandsFor>,
    path: String,
}

impl Next {
    fn of(sign_up: &SignUp, login: &XeroLogin) -> Self {
        match &login.administrator {
            Some(administrator) => {
                let stands_for = Some(StandsFor::Administrator(administrator.clone()));
                Self { stands_for, path: RECONNECTED.to_owned() }
            }
            None => Self {
                stands_for: Some(StandsFor::SignUp { id: sign_up.id.clone(), login: Some(login.user.clone()) }),
                path: next_path(sign_up),
            },
        }
    }
}

/// Logging in changes who the browser is, so it gets a new session. An administrator's is no longer than the one
/// before: only GO1 renews it.
pub(crate) async fn enter(callback: &Callback, next: Next, before: &SessionHash) -> Result<Response, Problem> {
    let (visitors, answer) = (&callback.visitors, see_other(&next.path));
    let session = match next.stands_for {
        None => return Ok(answer),
        Some(same @ StandsFor::Administrator(_)) => visitors.replace_session(same, before).await?,
        Some(stands_for) => visitors.begin_session(stands_for, before).await?,
    };
    Ok(with_cookie(answer, session.cookie()))
}

/// Somebody who came from Xero, with one organisation or with several to choose from.
pub(crate) async fn welcome(callback: &Callback, login: &XeroLogin) -> Result<Next, Problem> {
    let token = token(callback, &login.user).await?;
    let found = consented_organisations(callback, &token, login.authentication_event.as_deref(), None).await?;
    if let [only] = &*found {
        return go_to(callback, login, only).await;
    }
    let stands_for = Some(StandsFor::XeroArrival(arrival(login, None)));
    Ok(Next { stands_for, path: "/organisations".to_owned() })
}

/// To this login's sign-up of this organisation; else to one of theirs that has no organisation yet; else to the form.
pub(crate) async fn go_to(
    callback: &Callback,
    login: &XeroLogin,
    chosen: &ConsentedOrganisation,
) -> Result<Next, Problem> {
    let id = &chosen.connection.tenant;
    let own = own_sign_ups(callback, &login.user).await?;
    let tenant = callback.state.find_tenant(id).await?;
    if let Some(tenant) = tenant {
        let is_its = |sign_up: &&SignUp| {
            let is_behind = tenant.is_settled() && sign_up.portal().is_none();
            sign_up.id == tenant.sign_up && (is_behind || sign_up.tenant() == Some(id))
        };
        if let Some(sign_up) = own.iter().find(is_its).cloned() {
            let sign_up = catch_up(callback, sign_up, &tenant).await?;
            let by_go1 = by_go1(&sign_up);
            let next = return_to(callback, sign_up, tenant, login, &chosen.connection).await?;
            return Ok(by_go1.unwrap_or(next));
        }
        if tenant.is_settled() {
            return Err(refuse_linked(callback, &login.user, &chosen.connection, &tenant).await);
        }
    }
    let organisation = chosen.organisation(callback)?;
    refuse_country(callback, &login.user, chosen, organisation).await?;
    let has_none = |sign_up: &SignUp| matches!(sign_up.step, SignUpStep::Started | SignUpStep::Consented { .. });
    if let Some(sign_up) = own.into_iter().filter(has_none).max_by_key(|sign_up| sign_up.started_at) {
        return begin_again(callback, sign_up, login).await;
    }
    let arrival = arrival(login, Some((&chosen.connection, organisation)));
    Ok(Next { stands_for: Some(StandsFor::XeroArrival(arrival)), path: "/signup".to_owned() })
}

/// Says in the sign-up what its organisation says already, where somebody was cut off in between.
async fn catch_up(callback: &Callback, sign_up: SignUp, tenant: &Tenant) -> Result<SignUp, Problem> {
    let portal = match &tenant.portal {
        PortalStep::Created { portal, .. } => Some(portal),
        PortalStep::NotRequested | PortalStep::Requested { .. } => None,
    };
    let id = &tenant.organisation.tenant;
    if sign_up.tenant() == Some(id) && (portal.is_none() || sign_up.portal().is_some()) {
        return Ok(sign_up);
    }
    callback.visitors.change(sign_up, |sign_up| Ok(sign_up.caught_up(id, portal)?)).await
}

/// Where a sign-up leads whose portal was there before: who administers that is GO1's to say, and not Xero's.
fn by_go1(sign_up: &SignUp) -> Option<Next> {
    let existing = sign_up.existing_portal.as_ref().filter(|existing| sign_up.portal() == Some(&existing.portal))?;
    Some(Next { stands_for: None, path: format!("/portal/login?portal={}", existing.domain) })
}

/// The owner is back. Coming back is no reason to read the people with another login than before, unless that one has
/// no access any more.
async fn return_to(
    callback: &Callback,
    sign_up: SignUp,
    tenant: Tenant,
    login: &XeroLogin,
    connection: &Connection,
) -> Result<Next, Problem> {
    if is_read_by_another(callback, &tenant, login).await {
        if connection.id != tenant.organisation.connection {
            callback.xero.leave_quietly(&login.user, &connection.id).await;
        }
        return Ok(Next::of(&sign_up, login));
    }
    reconnect(callback, sign_up, tenant, login, connection).await
}

/// Whether another login still has access, with which the organisation is read.
async fn is_read_by_another(callback: &Callback, tenant: &Tenant, login: &XeroLogin) -> bool {
    tenant.xero_user != login.user
        && tenant.disconnected.is_none()
        && !matches!(callback.xero.token(&tenant.xero_user).await, Err(XeroAccessError::Ended))
}

/// A sign-up goes on with this login, in the browser that asked for it. Where it has an organisation, the login must
/// reach it; before there is a portal, it may as well be another one, which is then confirmed anew.
pub(crate) async fn continue_sign_up(callback: &Callback, sign_up: SignUp, login: &XeroLogin) -> Result<Next, Problem> {
    let Some(tenant) = own_tenant(&*callback.state, &sign_up).await? else {
        // It is another sign-up's by now, and so is the portal.
        login.administrator.as_ref().map_or(Ok(()), |_| Err(Problem::PortalSignedOut))?;
        return begin_again(callback, sign_up, login).await;
    };
    let token = token(callback, &login.user).await?;
    let connections = connections_of_consent(callback, &token, login.authentication_event.as_deref()).await?;
    match connections.all.iter().find(|each| each.tenant == tenant.organisation.tenant).cloned() {
        Some(connection) => reconnect(callback, sign_up, tenant, login, &connection).await,
        None if tenant.is_settled() => Err(refuse_another(callback, &login.user, &tenant, connections).await),
        None => begin_again(callback, sign_up, login).await,
    }
}

/// The organisation is read with this login from now on, and no longer with the one before. A login that cannot see its
/// people does not take the place of another.
async fn reconnect(
    callback: &Callback,
    sign_up: SignUp,
    tenant: Tenant,
    login: &XeroLogin,
    connection: &Connection,
) -> Result<Next, Problem> {
    let token = token(callback, &login.user).await?;
    let on = next_after_confirming(callback, &token, &tenant, login.may_read_payroll).await;
    let before = tenant.clone();
    if on != "/preview" && is_read_by_another(callback, &tenant, login).await {
        callback.xero.leave_quietly(&login.user, &connection.id).await;
        return Ok(Next { path: on.to_owned(), ..Next::of(&sign_up, login) });
    }
    let on_trial = match callback.xero.client.organisation(&token, &connection.tenant).await {
        Ok(organisation) => organisation.is_trial(),
        Err(_) => tenant.organisation.on_trial,
    };
    let now_theirs = |tenant: Tenant| {
        let consent = (login.user.clone(), Some(login.name()));
        let mut tenant = tenant.reconnected(consent, connection.id.clone(), callback.visitors.clock.now());
        tenant.organisation.on_trial = on_trial;
        Some(tenant)
    };
    change_tenant(&*callback.state, tenant, now_theirs).await?.ok_or(StateError::Conflict)?;
    if before.xero_user != login.user {
        callback.xero.leave_quietly(&before.xero_user, &before.organisation.connection).await;
    }
    let sign_up = remember(callback, sign_up, login, SignUp::consented_again).await?;
    if before.disconnected.is_some() || before.trouble.is_some() || before.xero_user != login.user {
        let again = AuditAction::Reconnected { tenant: before.organisation.tenant };
        callback.visitors.record_for(&sign_up.id, Some(login.by()), login.address, again).await?;
    }
    let next = Next::of(&sign_up, login);
    let is_in_the_way = login.administrator.is_some() && on != "/preview";
    Ok(if sign_up.portal().is_none() || is_in_the_way { Next { path: on.to_owned(), ..next } } else { next })
}

/// The organisation is to be named.
async fn begin_again(callback: &Callback, sign_up: SignUp, login: &XeroLogin) -> Result<Next, Problem> {
    let event = login.authentication_event.clone();
    let consented = |sign_up: SignUp, user| sign_up.clone().consented(user, event.clone()).unwrap_or(sign_up);
    Ok(Next::of(&remember(callback, sign_up, login, consented).await?, login))
}

/// Stores that a sign-up was consented to by this login.
async fn remember(
    callback: &Callback,
    sign_up: SignUp,
    login: &XeroLogin,
    step: impl Fn(SignUp, XeroUserId) -> SignUp + Send + Sync,
) -> Result<SignUp, Problem> {
    let visitors = &callback.visitors;
    let user = &login.user;
    let is_sign_up_s = login.administrator.is_none();
    // An administrator's as well: it opens nothing, and what it brought is erased with the rest.
    callback.state.add_sign_up_of(user, &sign_up.id).await?;
    let email = EmailAddress::parse(&login.identity.email).ok();
    let consented = |sign_up: SignUp| {
        // Whoever comes from the portal lets us read the people, and does not become the sign-up's owner by it.
        let sign_up = if is_sign_up_s { sign_up.logged_in(user, email.as_ref()) } else { sign_up };
        let sign_up = step(sign_up, user.clone());
        Ok(SignUp { may_read_payroll: login.may_read_payroll, consented_by: Some(login.name()), ..sign_up })
    };
    let sign_up = visitors.change(sign_up, consented).await?;
    let consented = AuditAction::XeroConsented { xero_user: Some(user.clone()) };
    visitors.record_for(&sign_up.id, Some(login.name()), login.address, consented).await?;
    Ok(sign_up)
}

/// A token to ask Xero with, as this login.
pub(crate) async fn token(callback: &Callback, user: &XeroUserId) -> Result<SecretString, Problem> {
    Ok(callback.xero.token(user).await.map_err(|error| callback.no_access(error))?.secret)
}

/// The sign-ups that this login owns, as far as they are still kept.
async fn own_sign_ups(callback: &Callback, user: &XeroUserId) -> Result<Vec<SignUp>, Problem> {
    let visitors = &callback.visitors;
    let ids = callback.state.sign_ups_of(user).await?;
    let mut own = Vec::new();
    for id in ids {
        let sign_up = visitors.state.find_sign_up(&id).await?;
        own.extend(sign_up.filter(|sign_up| sign_up.is_owned_by(user)));
    }
    Ok(own)
}

fn arrival(login: &XeroLogin, chosen: Option<(&Connection, &OrganisationRead)>) -> XeroArrival {
    let organisation = chosen.map(|(connection, organisation)| ArrivalOrganisation {
        tenant: connection.tenant.clone(),
        name: organisation.name.clone(),
        country_code: organisation.country_code.clone(),
    });
    XeroArrival {
        xero_user: login.user.clone(),
        authentication_event: login.authentication_event.clone(),
        may_read_payroll: login.may_read_payroll,
        given_name: login.identity.given_name.clone(),
        family_name: login.identity.family_name.clone(),
        email: login.identity.email.clone(),
        organisation,
    }
}
