//! What follows a login by a portal's administrator: the portal's pages, the page that connects the portal, or access
//! for a sign-up.

use axum::response::Response;
use domain::audit::AuditAction;
use domain::existing_portal::ExistingPortal;
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId, SessionHash, SignUpId};
use domain::import::{Wait, WaitReason};
use domain::portal::{PORTAL_GRANT_LIFETIME, Portal};
use domain::session::{Administrator, SESSION_LIFETIME, StandsFor};
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::SoughtPortal;
use http::HeaderMap;
use state::{GrantOwner, StateError};
use vault::insist;
use visiting::{Guard, Visitor, next_path};
use web::responses::{see_other, with_cookie};
use web::{LoginFor, Problem};

use crate::addon::Addon;
use crate::named_administrator::{NamedAdministrator, unavailable};

/// Begins an administrator's session and leads to the portal's pages, or to the page that connects the portal. The
/// browser gets a new session id, so that one from before the login cannot be used (session fixation).
pub(crate) async fn enter(
    addon: &Addon,
    headers: &HeaderMap,
    login: NamedAdministrator,
    before: &SessionHash,
) -> Result<Response, Problem> {
    let (stands_for, path) = if let Some(administrator) = connected(addon, &login).await? {
        // No tokens are stored for a portal that is being erased.
        if login.kept.as_ref().is_none_or(|portal| portal.erased_at.is_none()) {
            keep_tokens(addon, &login).await?;
        }
        record_entry(addon, &administrator.sign_up, &login).await?;
        addon.visitors.tell_security(Guard::AdministratorEntered, headers, Some(&administrator.domain)).await;
        (StandsFor::Administrator(administrator), "/portal")
    } else {
        keep_tokens_for_now(addon, &login).await?;
        (StandsFor::PortalArrival(login.arrival()), "/portal/connect")
    };
    let session = addon.visitors.begin_session(stands_for, before).await?;
    Ok(with_cookie(see_other(path), session.cookie()))
}

/// Gives a sign-up access to its portal, and leads to its next step. The browser keeps its session.
pub(crate) async fn give_access(
    addon: &Addon,
    visitor: Visitor,
    login: NamedAdministrator,
) -> Result<Response, Problem> {
    let tenant = match addon.tenant(&visitor).await {
        Ok(tenant) if tenant.is_settled() => tenant,
        Ok(_) | Err(Problem::NotFound) => return renew_existing_portal(addon, visitor, login).await,
        Err(problem) => return Err(problem),
    };
    if !is_portal_of(addon, &login, &tenant, &visitor.sign_up.details.company).await? {
        return Err(match tenant.portal {
            PortalStep::NotRequested => visitor.wrong_step(),
            // The address may be another customer's, and the outcome of our own request is not known yet.
            PortalStep::Requested { domain, .. } if domain == login.portal.domain => Problem::PortalPending,
            PortalStep::Requested { domain, .. } | PortalStep::Created { domain, .. } => {
                Problem::AnotherPortal { asked: domain, entered: login.portal.domain, login: LoginFor::SignUp }
            }
        });
    }
    keep_tokens(addon, &login).await?;
    let visitor = name_portal(addon, visitor, &login, &tenant).await?;
    record_entry(addon, &visitor.sign_up.id, &login).await?;
    Ok(see_other(&next_path(&visitor.sign_up)))
}

/// Stores that GO1 has confirmed again that the owner administers the portal to be connected.
async fn renew_existing_portal(
    addon: &Addon,
    visitor: Visitor,
    login: NamedAdministrator,
) -> Result<Response, Problem> {
    let Some(known) = visitor.sign_up.existing_portal.clone() else { return Err(visitor.wrong_step()) };
    if known.portal != login.portal.portal {
        let (asked, entered) = (known.domain, login.portal.domain);
        return Err(Problem::AnotherPortal { asked, entered, login: LoginFor::SignUp });
    }
    if login.kept.as_ref().is_some_and(|portal| portal.erased_at.is_none()) {
        keep_tokens(addon, &login).await?;
    } else {
        keep_tokens_for_now(addon, &login).await?;
    }
    let renewed = ExistingPortal { tenant: known.tenant, ..login.portal.clone() };
    let renewed_sign_up = |sign_up: SignUp| Ok(SignUp { existing_portal: Some(renewed.clone()), ..sign_up });
    let sign_up = addon.visitors.change(visitor.sign_up, renewed_sign_up).await?;
    record_entry(addon, &sign_up.id, &login).await?;
    Ok(see_other(&next_path(&sign_up)))
}

/// Whether this login is for the portal that was created for the organisation. If the answer to its creation was lost,
/// the address alone is not enough, and GO1 is asked whose portal it is.
async fn is_portal_of(addon: &Addon, login: &NamedAdministrator, tenant: &Tenant, name: &str) -> Result<bool, Problem> {
    let entered = &login.portal.portal;
    match &tenant.portal {
        PortalStep::NotRequested => Ok(false),
        PortalStep::Created { portal, .. } => {
            Ok(portal == entered && login.kept.as_ref().is_none_or(|kept| kept.erased_at.is_none()))
        }
        PortalStep::Requested { domain, .. } if *domain != login.portal.domain => Ok(false),
        PortalStep::Requested { domain, at } => {
            let sought = SoughtPortal { domain, tenant: &tenant.organisation.tenant, name, asked_at: *at };
            let asked = addon.go1.as_partner(async |token| addon.go1.client.find_portal(&token, sought).await);
            let found = asked.await.map_err(|error| unavailable(addon, &error.into(), LoginFor::SignUp))?;
            Ok(found.is_some_and(|found| found.id == *entered))
        }
    }
}

/// Stores in the sign-up which portal GO1 created for it, where that was not known here.
async fn name_portal(
    addon: &Addon,
    visitor: Visitor,
    login: &NamedAdministrator,
    tenant: &Tenant,
) -> Result<Visitor, Problem> {
    if login.kept.is_some() {
        return Ok(visitor);
    }
    let its = ExistingPortal { tenant: Some(tenant.organisation.tenant.clone()), ..login.portal.clone() };
    let named = |sign_up: SignUp| Ok(SignUp { existing_portal: Some(its.clone()), ..sign_up });
    let sign_up = addon.visitors.change(visitor.sign_up.clone(), named).await?;
    Ok(Visitor { sign_up, ..visitor })
}

/// The administrator of a connected portal; `None` where the portal is not connected any more. While an erasure waits
/// for Xero all rows still exist, so an administrator can log in and press again.
async fn connected(addon: &Addon, login: &NamedAdministrator) -> Result<Option<Administrator>, Problem> {
    let Some(portal) = &login.kept else { return Ok(None) };
    let Some(sign_up) = sign_up_of(addon, portal).await? else {
        // They are told so where they are led. Operations are told, who alone can put it right, unless it was erased.
        if portal.erased_at.is_none() {
            tracing::error!(portal = %portal.id, "the sign-up of a portal is gone, or about another portal");
        }
        return Ok(None);
    };
    Ok(Some(Administrator {
        sign_up: sign_up.id,
        portal: portal.id.clone(),
        domain: portal.domain.clone(),
        account: login.portal.account.clone(),
        name: login.name(),
    }))
}

/// The sign-up of a portal; `None` where it is gone, or about another portal: nobody is let in as an administrator of that.
pub(crate) async fn sign_up_of(addon: &Addon, portal: &Portal) -> Result<Option<SignUp>, Problem> {
    let visitors = &addon.visitors;
    let Some(tenant) = addon.state.find_tenant(&portal.tenant).await? else { return Ok(None) };
    let Some(mut sign_up) = visitors.state.find_sign_up(&tenant.sign_up).await? else { return Ok(None) };
    if sign_up.portal().is_none() {
        // A request was cut off after it created or connected the portal and before it stored that in the sign-up.
        let now = visitors.clock.now();
        let at_step = |sign_up: SignUp| {
            let caught_up = sign_up.clone().caught_up(&portal.tenant, Some(&portal.id), now);
            Ok(caught_up.unwrap_or(sign_up))
        };
        sign_up = visitors.change(sign_up, at_step).await?;
    }
    Ok(Some(sign_up).filter(|sign_up| sign_up.portal() == Some(&portal.id)))
}

/// Stores the tokens of an administrator's login as the portal's newest, and lets an import go on that waits for them.
///
/// The import has its whole time again before the tokens are stored. If this were cut off in between in the other order,
/// the week in which it waits could end before a worker comes by and sees that somebody has logged in. The tokens exist
/// nowhere else, so a failure there does not keep them from being stored.
async fn keep_tokens(addon: &Addon, login: &NamedAdministrator) -> Result<(), Problem> {
    let active = login.kept.as_ref().and_then(|portal| Some((&portal.id, portal.active_import.as_ref()?)));
    if let Some((portal, import)) = active
        && let Err(error) = resume_waiting(addon, portal, import).await
    {
        tracing::warn!(error = %Causes(&error), "whether an import waits for this login could not be found out yet");
    }
    addon.go1.keep(&login.portal.portal, login.tokens.clone()).await?;
    if let Some((portal, import)) = active
        && let Some(wait) = insist(|| resume_waiting(addon, portal, import)).await?
    {
        insist(|| addon.state.end_wait(portal, import, &wait)).await?;
    }
    Ok(())
}

/// Stores the tokens of an administrator whose portal is not connected, for as long as they may take to connect it.
async fn keep_tokens_for_now(addon: &Addon, login: &NamedAdministrator) -> Result<(), Problem> {
    let (id, now) = (&login.portal.portal, addon.visitors.clock.now());
    addon.go1.keep_until(id, login.tokens.clone(), now + SESSION_LIFETIME).await?;
    let portal = addon.state.find_portal(id).await?;
    if portal.is_some_and(|portal| portal.erased_at.is_none()) {
        // The portal was connected in the meantime and now uses these tokens, so they must not expire early.
        let owner = GrantOwner::Portal(id.clone());
        addon.state.limit_grant(&owner, addon.visitors.clock.now() + PORTAL_GRANT_LIFETIME).await?;
    }
    Ok(())
}

/// Gives an import its whole time again where it waits for a login, and returns the wait, which is to be ended. Its message
/// is delivered again when its visibility timeout ends, in a few minutes.
async fn resume_waiting(addon: &Addon, portal: &PortalId, import: &ImportId) -> Result<Option<Wait>, StateError> {
    let Some(stored) = addon.state.find_import(portal, import).await? else { return Ok(None) };
    let wait = stored.wait.filter(|wait| matches!(wait.why, WaitReason::Login { .. }));
    let Some(wait) = wait else { return Ok(None) };
    addon.state.resume_import(portal, import, stored.resumed_at, addon.visitors.clock.now()).await?;
    Ok(Some(wait))
}

async fn record_entry(addon: &Addon, sign_up: &SignUpId, login: &NamedAdministrator) -> Result<(), Problem> {
    let entered = AuditAction::AdministratorEntered { account: Some(login.portal.account.clone()) };
    Ok(addon.visitors.record_for(sign_up, Some(login.name()), login.address, entered).await?)
}
