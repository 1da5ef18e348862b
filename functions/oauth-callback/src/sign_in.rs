//! What follows a login at Xero: a sign-up goes on, its owner is signed in again, or a new customer begins.

use axum::response::Response;
use domain::arrival::{ArrivalOrganisation, XeroArrival};
use domain::audit::AuditAction;
use domain::country::PeopleSource;
use domain::existing_portal::ExistingPortal;
use domain::ids::{SessionHash, XeroUserId};
use domain::session::{Administrator, SessionOwner, StandsFor};
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::{PortalStep, Tenant, Trouble};
use jiff::Timestamp;
use secrecy::SecretString;
use state::{StateError, change_tenant};
use visiting::{BrowserAddress, next_path, own_tenant};
use web::Problem;
use web::responses::{see_other, with_cookie};
use xero::{Connection, Identity, OrganisationRead, PayrollAdministration};
use xero_access::{XeroAccessError, as_read};

use crate::consented_organisations::{
    ConsentedOrganisation, connections_of_consent, consented_organisations, not_shown,
};
use crate::counting::{count, give_back};
use crate::given_consent::GivenConsent;
use crate::readiness::{in_the_way, next_after_confirming};
use crate::refusals::{refuse_another, refuse_country, refuse_linked};
use crate::xero_callback::Callback;

/// Where a contact group is chosen.
const CONTACT_GROUPS: &str = "/preview/groups";

/// Where an administrator is told that the organisation is connected again.
const RECONNECTED: &str = "/portal?reconnected";

/// A login at Xero that ended in a grant.
pub(crate) struct XeroLogin {
    pub(crate) user: XeroUserId,
    /// The network address of the browser, for the audit trail.
    pub(crate) address: BrowserAddress,
    /// The portal's administrator who began the login, if one did. They keep their session, whoever they are at Xero.
    pub(crate) administrator: Option<Administrator>,
    pub(crate) authentication_event: Option<String>,
    /// When it began; `None` where that was not kept.
    pub(crate) began_at: Option<Timestamp>,
    pub(crate) may_read_payroll: bool,
    /// Whether Xero was asked for the contacts as well.
    pub(crate) asked_for_contacts: bool,
    pub(crate) may_read_contacts: bool,
    pub(crate) identity: Identity,
}

impl XeroLogin {
    /// Their name in Xero.
    fn name(&self) -> String {
        format!("{} {}", self.identity.given_name, self.identity.family_name).trim().to_owned()
    }

    /// The name for the audit trail: the administrator's, or the one in Xero.
    fn by(&self) -> String {
        self.administrator.as_ref().map_or_else(|| self.name(), |administrator| administrator.name.clone())
    }
}

/// Where the browser goes next, and what its new session gives access to; `None` if this login begins no session.
pub(crate) struct Next {
    stands_for: Option<StandsFor>,
    path: String,
    /// Whether the session that begins is a whole one: GO1, and not Xero, says who administers a portal, so what a login at
    /// GO1 gave ends when it would have.
    is_whole: bool,
}

impl Next {
    fn of(sign_up: &SignUp, login: &XeroLogin) -> Self {
        match &login.administrator {
            Some(administrator) => {
                let stands_for = Some(StandsFor::Administrator(administrator.clone()));
                Self { stands_for, path: RECONNECTED.to_owned(), is_whole: false }
            }
            None => Self {
                stands_for: Some(StandsFor::SignUp { id: sign_up.id.clone(), login: Some(login.user.clone()) }),
                path: next_path(sign_up),
                is_whole: connected_before(sign_up).is_none(),
            },
        }
    }
}

/// Begins a new session, so that an id from before the login cannot be used (session fixation).
pub(crate) async fn enter(callback: &Callback, next: Next, before: &SessionHash) -> Result<Response, Problem> {
    let (visitors, answer) = (&callback.visitors, see_other(&next.path));
    let session = match next.stands_for {
        None => return Ok(answer),
        Some(same) if !next.is_whole => visitors.replace_session(same, before).await?,
        Some(stands_for) => visitors.begin_session(stands_for, before).await?,
    };
    Ok(with_cookie(answer, session.cookie()))
}

/// Continues for a person who came from Xero, with one organisation or with several to choose from.
pub(crate) async fn welcome(callback: &Callback, login: &XeroLogin) -> Result<Next, Problem> {
    let token = token(callback, &login.user).await?;
    let consent = GivenConsent::of(login.user.clone(), login.authentication_event.clone(), login.began_at);
    let found = consented_organisations(callback, &token, &consent).await?;
    count(callback, &login.user, found.iter().map(|each| &each.connection)).await;
    if let [only] = &*found {
        return continue_with(callback, login, only).await;
    }
    let stands_for = Some(StandsFor::XeroArrival(arrival(login, None)));
    Ok(Next { stands_for, path: "/organisations".to_owned(), is_whole: true })
}

/// Leads to this user's sign-up of this organisation; else to a sign-up of theirs without an organisation, whose portal
/// would be this very login's; else to the form.
pub(crate) async fn continue_with(
    callback: &Callback,
    login: &XeroLogin,
    chosen: &ConsentedOrganisation,
) -> Result<Next, Problem> {
    let id = &chosen.connection.tenant;
    // A list of connections proves nothing: Xero also lists organisations from which somebody was removed.
    let organisation = chosen.organisation(callback)?;
    let own = own_sign_ups(callback, &login.user).await?;
    let tenant = callback.state.find_tenant(id).await?;
    if let Some(tenant) = tenant {
        let is_its = |sign_up: &&SignUp| {
            let is_behind = tenant.is_settled() && sign_up.portal().is_none();
            sign_up.id == tenant.sign_up && (is_behind || sign_up.tenant() == Some(id))
        };
        if let Some(sign_up) = own.iter().find(is_its).cloned() {
            let sign_up = catch_up(callback, sign_up, &tenant).await?;
            if sign_up.portal().is_some() {
                require_sight_of_people(callback, &tenant, login).await?;
            }
            let go1_login_next = go1_login_next(&sign_up);
            let next = return_to(callback, sign_up, tenant, login, &chosen.connection).await?;
            return Ok(go1_login_next.unwrap_or(next));
        }
        if tenant.is_settled() {
            return Err(refuse_linked(callback, &login.user, &chosen.connection, &tenant).await);
        }
    }
    refuse_country(callback, &login.user, chosen, organisation).await?;
    let has_none = |sign_up: &SignUp| matches!(sign_up.step, SignUpStep::Started | SignUpStep::Consented { .. });
    let is_theirs = |sign_up: &SignUp| has_none(sign_up) && sign_up.is_verified_as(&login.user);
    if let Some(sign_up) = own.into_iter().filter(is_theirs).max_by_key(|sign_up| sign_up.started_at) {
        // They may have logged in at somebody's browser, who goes on with nothing of theirs.
        callback.deleting.erase_sessions(&SessionOwner::SignUp(sign_up.id.clone())).await?;
        return restart(callback, sign_up, login).await;
    }
    let arrival = arrival(login, Some((&chosen.connection, organisation)));
    Ok(Next { stands_for: Some(StandsFor::XeroArrival(arrival)), path: "/signup".to_owned(), is_whole: true })
}

/// Stores in the sign-up what is stored with its organisation already, if a request was cut off in between.
async fn catch_up(callback: &Callback, sign_up: SignUp, tenant: &Tenant) -> Result<SignUp, Problem> {
    let portal = match &tenant.portal {
        PortalStep::Created { portal, .. } => Some(portal),
        PortalStep::NotRequested | PortalStep::Requested { .. } => None,
    };
    let id = &tenant.organisation.tenant;
    if sign_up.tenant() == Some(id) && (portal.is_none() || sign_up.portal().is_some()) {
        return Ok(sign_up);
    }
    let now = callback.visitors.clock.now();
    callback.visitors.change(sign_up, |sign_up| Ok(sign_up.caught_up(id, portal, now)?)).await
}

/// The login with GO1 for a sign-up whose portal existed before, because only GO1 can say who administers that portal.
fn go1_login_next(sign_up: &SignUp) -> Option<Next> {
    let path = format!("/portal/login?portal={}", connected_before(sign_up)?.domain);
    Some(Next { stands_for: None, path, is_whole: false })
}

/// The portal that was there before the sign-up, once it is connected.
fn connected_before(sign_up: &SignUp) -> Option<&ExistingPortal> {
    sign_up.existing_portal.as_ref().filter(|existing| sign_up.portal() == Some(&existing.portal))
}

/// Signs the owner in again. The organisation is still read with the grant as before, unless that one has lost its
/// access. Their own connection stays as long as a session can: by it Xero is asked whether the organisation is still theirs.
async fn return_to(
    callback: &Callback,
    sign_up: SignUp,
    tenant: Tenant,
    login: &XeroLogin,
    connection: &Connection,
) -> Result<Next, Problem> {
    if is_read_by_another(callback, &tenant, login).await {
        return Ok(Next::of(&sign_up, login));
    }
    reconnect(callback, sign_up, tenant, login, connection).await
}

/// Refuses a login whose role no longer lets it see the people: what was made of them is not shown to it either.
async fn require_sight_of_people(callback: &Callback, tenant: &Tenant, login: &XeroLogin) -> Result<(), Problem> {
    let organisation = &tenant.organisation;
    if organisation.country.people_source() == PeopleSource::XeroUsers {
        return Ok(());
    }
    let token = token(callback, &login.user).await?;
    match callback.xero.client.organisation_actions(&token, &organisation.tenant).await {
        Ok(PayrollAdministration::NotAllowed) => {
            Err(Problem::PeopleForbidden { organisation: organisation.name.clone() })
        }
        Ok(PayrollAdministration::Allowed | PayrollAdministration::Unknown) => Ok(()),
        Err(error) => Err(callback.unavailable(&error)),
    }
}

/// Whether the organisation is read with another user's grant that still works.
async fn is_read_by_another(callback: &Callback, tenant: &Tenant, login: &XeroLogin) -> bool {
    tenant.xero_user != login.user
        && tenant.disconnected.is_none()
        && !matches!(callback.xero.token(&tenant.xero_user).await, Err(XeroAccessError::Ended))
}

/// Continues a sign-up in the browser that began the login. The login must reach the sign-up's organisation; until a
/// portal is requested it may also be another organisation, which is then confirmed again.
pub(crate) async fn continue_sign_up(callback: &Callback, sign_up: SignUp, login: &XeroLogin) -> Result<Next, Problem> {
    let Some(tenant) = own_tenant(&*callback.state, &sign_up).await? else {
        // The organisation and its portal belong to another sign-up by now.
        login.administrator.as_ref().map_or(Ok(()), |_| Err(Problem::PortalSignedOut))?;
        return restart(callback, sign_up, login).await;
    };
    let token = token(callback, &login.user).await?;
    let connections = connections_of_consent(callback, &token, login.authentication_event.as_deref()).await?;
    count(callback, &login.user, &connections.all).await;
    match connections.all.iter().find(|each| each.tenant == tenant.organisation.tenant).cloned() {
        Some(connection) => reconnect(callback, sign_up, tenant, login, &connection).await,
        None if tenant.is_settled() => Err(refuse_another(callback, &login.user, &tenant, connections).await),
        None => restart(callback, sign_up, login).await,
    }
}

/// Stores that the organisation is read with this login from now on. A login that cannot read the people does not
/// replace one that can.
async fn reconnect(
    callback: &Callback,
    sign_up: SignUp,
    tenant: Tenant,
    login: &XeroLogin,
    connection: &Connection,
) -> Result<Next, Problem> {
    let token = token(callback, &login.user).await?;
    let read = callback.xero.client.organisation(&token, &connection.tenant).await;
    let read = read.map_err(|error| not_shown(callback, connection, &error))?;
    let on = next_after_confirming(callback, &token, &tenant, login.may_read_payroll).await;
    let before = tenant.clone();
    if on != "/preview" && is_read_by_another(callback, &tenant, login).await {
        give_back(callback, &login.user, &connection.id).await;
        // A login that brings nothing changes nothing about the session either.
        return Ok(Next { stands_for: None, path: on.to_owned(), is_whole: false });
    }
    let now_theirs = |tenant: Tenant| {
        let (consent, now) = ((login.user.clone(), Some(login.name())), callback.visitors.clock.now());
        let tenant = tenant.reconnected(consent, connection.id.clone(), now);
        let organisation = as_read(tenant.organisation.clone(), &read);
        let trouble = in_the_way(on).map(|why| Trouble { why, at: now });
        Some(Tenant { organisation, trouble, may_read_contacts: login.may_read_contacts, ..tenant })
    };
    match change_tenant(&*callback.state, tenant, now_theirs).await {
        Err(StateError::Conflict) => return Err(Problem::SameMoment),
        changed => drop(changed?.ok_or(StateError::Conflict)?),
    }
    if before.xero_user != login.user {
        give_back(callback, &before.xero_user, &before.organisation.connection).await;
    }
    let again = |sign_up: SignUp, user| sign_up.consented_again(user, login.authentication_event.clone());
    let sign_up = store_consent(callback, sign_up, login, again).await?;
    if before.disconnected.is_some() || before.trouble.is_some() || before.xero_user != login.user {
        let again = AuditAction::Reconnected { tenant: before.organisation.tenant };
        callback.visitors.record_for(&sign_up.id, Some(login.by()), login.address, again).await?;
    }
    let next = Next::of(&sign_up, login);
    if login.asked_for_contacts && before.contact_group.is_none() {
        // That is what the owner went to Xero for.
        return Ok(Next { path: CONTACT_GROUPS.to_owned(), ..next });
    }
    let is_in_the_way = login.administrator.is_some() && on != "/preview";
    Ok(if sign_up.portal().is_none() || is_in_the_way { Next { path: on.to_owned(), ..next } } else { next })
}

/// Puts the sign-up back to the step at which the organisation is chosen.
async fn restart(callback: &Callback, sign_up: SignUp, login: &XeroLogin) -> Result<Next, Problem> {
    let (event, now) = (login.authentication_event.clone(), callback.visitors.clock.now());
    let consented = |sign_up: SignUp, user| sign_up.clone().consented(user, event.clone(), now).unwrap_or(sign_up);
    Ok(Next::of(&store_consent(callback, sign_up, login, consented).await?, login))
}

/// Stores that a sign-up was consented to by this login.
async fn store_consent(
    callback: &Callback,
    sign_up: SignUp,
    login: &XeroLogin,
    step: impl Fn(SignUp, XeroUserId) -> SignUp + Send + Sync,
) -> Result<SignUp, Problem> {
    let visitors = &callback.visitors;
    let user = &login.user;
    let is_sign_up_s = login.administrator.is_none();
    // Also stored for an administrator's consent: it gives no access, and lets an erasure find the grant.
    callback.state.add_sign_up_of(user, &sign_up.id).await?;
    let consented = |sign_up: SignUp| {
        // A portal's administrator gives us a grant, but does not become the owner of the sign-up.
        let sign_up = if is_sign_up_s { sign_up.logged_in(user, &login.identity.email) } else { sign_up };
        let sign_up = step(sign_up, user.clone());
        let (consented_by, consent_began_at) = (Some(login.name()), login.began_at);
        Ok(SignUp { may_read_payroll: login.may_read_payroll, consented_by, consent_began_at, ..sign_up })
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
