//! What a login by a portal's administrator comes to: the portal's rooms, the way to connect it, or access for a sign-up.

use application::refresh::{GO1_GRANT_LIFETIME, go1_token_set};
use application::visitor::{Visitor, next_path};
use axum::response::Response;
use domain::arrival::PortalArrival;
use domain::audit::AuditAction;
use domain::ids::{SessionHash, SignUpId};
use domain::import::WaitReason;
use domain::portal::Portal;
use domain::session::{Administrator, SESSION_LIFETIME, StandsFor};
use domain::sign_up::{ExistingPortal, SignUp};
use domain::tenant::{PortalStep, Tenant};
use go1::Classify as _;
use http::HeaderMap;
use state::{GrantOwner, StateError};
use web::responses::{see_other, with_cookie};
use web::{LoginFor, Problem};

use crate::Addon;
use crate::callback::{Login, unavailable};

/// Lets an administrator into the rooms of their portal, or leads them to connecting it. Logging in changes who the
/// browser is, so it gets a new session.
pub(crate) async fn enter(
    addon: &Addon,
    headers: &HeaderMap,
    login: Login,
    before: &SessionHash,
) -> Result<Response, Problem> {
    let (stands_for, path) = if let Some(administrator) = connected(addon, &login).await? {
        // Nothing more is held of a portal that is being erased.
        if login.kept.as_ref().is_none_or(|portal| portal.erased_at.is_none()) {
            keep_tokens(addon, &login).await?;
        }
        record_entry(addon, headers, &administrator.sign_up, &login).await?;
        (StandsFor::Administrator(administrator), "/portal")
    } else {
        keep_tokens_for_now(addon, &login).await?;
        (StandsFor::PortalArrival(login.arrival()), "/portal/connect")
    };
    let session = addon.visitors.begin_session(stands_for, before).await?;
    Ok(with_cookie(see_other(path), session.cookie()))
}

/// Gives a sign-up access to its portal, and goes on with it. Who the browser is does not change by it.
pub(crate) async fn give_access(
    addon: &Addon,
    headers: &HeaderMap,
    visitor: Visitor,
    login: Login,
) -> Result<Response, Problem> {
    let tenant = match addon.tenant(&visitor).await {
        Ok(tenant) if tenant.is_settled() => tenant,
        Ok(_) | Err(Problem::NotFound) => return renew_wish(addon, headers, visitor, login).await,
        Err(problem) => return Err(problem),
    };
    if !is_portal_of(addon, &login, &tenant).await? {
        return Err(match tenant.portal {
            PortalStep::NotRequested => visitor.elsewhere(),
            // The address is another customer's; what became of ours is still to be seen.
            PortalStep::Requested { domain, .. } if domain == login.portal.domain => Problem::PortalPending,
            PortalStep::Requested { domain, .. } | PortalStep::Created { domain, .. } => {
                Problem::AnotherPortal { asked: domain, entered: login.portal.domain, login: LoginFor::SignUp }
            }
        });
    }
    keep_tokens(addon, &login).await?;
    let visitor = name_portal(addon, visitor, &login, &tenant).await?;
    record_entry(addon, headers, &visitor.sign_up.id, &login).await?;
    Ok(see_other(&next_path(&visitor.sign_up)))
}

/// GO1 has said once more that they administer the portal that is to be connected.
async fn renew_wish(addon: &Addon, headers: &HeaderMap, visitor: Visitor, login: Login) -> Result<Response, Problem> {
    let Some(wish) = visitor.sign_up.existing_portal.clone() else { return Err(visitor.elsewhere()) };
    if wish.portal != login.portal.portal {
        let (asked, entered) = (wish.domain, login.portal.domain);
        return Err(Problem::AnotherPortal { asked, entered, login: LoginFor::SignUp });
    }
    if login.kept.as_ref().is_some_and(|portal| portal.erased_at.is_none()) {
        keep_tokens(addon, &login).await?;
    } else {
        keep_tokens_for_now(addon, &login).await?;
    }
    let renewed = ExistingPortal { tenant: wish.tenant, ..login.portal.clone() };
    let said = |sign_up: SignUp| Ok(SignUp { existing_portal: Some(renewed.clone()), ..sign_up });
    let sign_up = addon.visitors.change(visitor.sign_up, said).await?;
    record_entry(addon, headers, &sign_up.id, &login).await?;
    Ok(see_other(&next_path(&sign_up)))
}

/// Whether this login is for the very portal that was made for the organisation. Where GO1's answer was lost, an address is
/// not enough: GO1 itself must say whose the portal is.
async fn is_portal_of(addon: &Addon, login: &Login, tenant: &Tenant) -> Result<bool, Problem> {
    let entered = &login.portal.portal;
    match &tenant.portal {
        PortalStep::NotRequested => Ok(false),
        PortalStep::Created { portal, .. } => {
            Ok(portal == entered && login.kept.as_ref().is_none_or(|kept| kept.erased_at.is_none()))
        }
        PortalStep::Requested { domain, .. } if *domain != login.portal.domain => Ok(false),
        PortalStep::Requested { domain, .. } => {
            let token = addon.partner.token().await.map_err(|error| unavailable(addon, &error, LoginFor::SignUp))?;
            match addon.go1.find_portal(&token, domain, &tenant.organisation.tenant).await {
                Ok(found) => Ok(found.is_some_and(|found| found.id == *entered)),
                Err(error) => {
                    if error.is_unauthorized() {
                        addon.partner.forget().await;
                    }
                    Err(unavailable(addon, &error, LoginFor::SignUp))
                }
            }
        }
    }
}

/// Says in a sign-up which portal it is that GO1 made for it, where only GO1 knew so far.
async fn name_portal(addon: &Addon, visitor: Visitor, login: &Login, tenant: &Tenant) -> Result<Visitor, Problem> {
    if login.kept.is_some() {
        return Ok(visitor);
    }
    let its = ExistingPortal { tenant: Some(tenant.organisation.tenant.clone()), ..login.portal.clone() };
    let named = |sign_up: SignUp| Ok(SignUp { existing_portal: Some(its.clone()), ..sign_up });
    let sign_up = addon.visitors.change(visitor.sign_up.clone(), named).await?;
    Ok(Visitor { sign_up, ..visitor })
}

/// As whom an administrator of a connected portal comes in; `None` where it is not connected, or no longer. Where an
/// erasure waits for Xero everything is still there, and they come in to press again.
async fn connected(addon: &Addon, login: &Login) -> Result<Option<Administrator>, Problem> {
    let visitors = &addon.visitors;
    let Some(portal) = &login.kept else { return Ok(None) };
    let tenant = addon.tenants.find_tenant(&portal.tenant).await.map_err(|error| visitors.failed(&error))?;
    let tenant = tenant.ok_or_else(|| visitors.failed(&StateError::Conflict))?;
    let sign_up = visitors.sign_ups.find_sign_up(&tenant.sign_up).await.map_err(|error| visitors.failed(&error))?;
    let mut sign_up = match sign_up {
        Some(sign_up) => sign_up,
        None if portal.erased_at.is_some() => return Ok(None),
        None => return Err(visitors.failed(&StateError::Conflict)),
    };
    if sign_up.portal().is_none() {
        // Its owner's browser was cut off between making or connecting the portal and saying so.
        let at_step = |sign_up: SignUp| {
            let caught_up = sign_up.caught_up(&portal.tenant, Some(&portal.id));
            caught_up.map_err(|error| visitors.failed(&error))
        };
        sign_up = visitors.change(sign_up, at_step).await?;
    }
    if sign_up.portal() != Some(&portal.id) {
        return Err(visitors.failed(&StateError::Conflict));
    }
    Ok(Some(Administrator {
        sign_up: sign_up.id,
        portal: portal.id.clone(),
        domain: portal.domain.clone(),
        account: login.portal.account.clone(),
        name: login.name(),
    }))
}

/// Keeps the tokens of an administrator's login: they are the portal's newest. An import that waits for them goes on.
async fn keep_tokens(addon: &Addon, login: &Login) -> Result<(), Problem> {
    let owner = GrantOwner::Portal(login.portal.portal.clone());
    let kept = addon.go1_vault.keep(&owner, &go1_token_set(login.tokens.clone())).await;
    kept.map_err(|error| addon.visitors.failed(&error))?;
    match &login.kept {
        Some(portal) => end_login_wait(addon, portal).await.map_err(|error| addon.visitors.failed(&error)),
        None => Ok(()),
    }
}

/// Keeps the tokens of an administrator whose portal is not connected, for as long as they may take to connect it.
async fn keep_tokens_for_now(addon: &Addon, login: &Login) -> Result<(), Problem> {
    let owner = GrantOwner::Portal(login.portal.portal.clone());
    let until = addon.visitors.clock.now() + SESSION_LIFETIME;
    let kept = addon.go1_vault.keep_until(&owner, &go1_token_set(login.tokens.clone()), until).await;
    kept.map_err(|error| addon.visitors.failed(&error))?;
    let failed = |error: StateError| addon.visitors.failed(&error);
    let portal = addon.portals.find_portal(&login.portal.portal).await.map_err(failed)?;
    if portal.is_some_and(|portal| portal.erased_at.is_none()) {
        // Somebody has connected it meanwhile, and works with what was just kept.
        let until = addon.visitors.clock.now() + GO1_GRANT_LIFETIME;
        addon.erasing.grants.limit_grant(&owner, until).await.map_err(failed)?;
    }
    Ok(())
}

/// An import that waits for a login waits no longer; its message comes back within the minutes that it is hidden for.
async fn end_login_wait(addon: &Addon, portal: &Portal) -> Result<(), StateError> {
    let Some(active) = &portal.active_import else { return Ok(()) };
    let Some(import) = addon.imports.find_import(&portal.id, active).await? else { return Ok(()) };
    match import.wait {
        Some(wait) if matches!(wait.why, WaitReason::Login { .. }) => {
            addon.work.end_wait(&portal.id, active, &wait).await
        }
        _ => Ok(()),
    }
}

async fn record_entry(addon: &Addon, headers: &HeaderMap, sign_up: &SignUpId, login: &Login) -> Result<(), Problem> {
    let entered = AuditAction::AdministratorEntered { account: Some(login.portal.account.clone()) };
    addon.visitors.record(headers, sign_up, Some(login.name()), entered).await
}

impl Login {
    /// Their name in GO1; their email where they have none.
    fn name(&self) -> String {
        let me = &self.me;
        let name = format!("{} {}", me.given_name, me.family_name);
        match name.trim() {
            "" => me.email.as_str().to_owned(),
            name => name.to_owned(),
        }
    }

    fn arrival(&self) -> PortalArrival {
        let me = &self.me;
        PortalArrival {
            portal: self.portal.clone(),
            company: self.portal_name.clone().unwrap_or_default(),
            given_name: me.given_name.clone(),
            family_name: me.family_name.clone(),
            email: me.email.as_str().to_owned(),
        }
    }
}
