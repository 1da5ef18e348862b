#![doc = include_str!("../README.md")]

use domain::audit::AuditAction;
use domain::ids::{PortalId, SignUpId, TenantId, XeroUserId};
use domain::session::SessionOwner;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use state::{
    AuditTrail, CountedConnections, Erasures, GrantOwner, Grants, PortalReader, Sessions, SignUpReader, StateError,
    Tenants, XeroLogins,
};

/// How often the organisation is removed where somebody else changes it at the same moment.
const REMOVED_AGAIN: u32 = 12;

/// The parts of the table that are used.
pub trait DeletingState:
    AuditTrail + CountedConnections + Erasures + Grants + PortalReader + Sessions + SignUpReader + Tenants + XeroLogins
{
}

impl<S> DeletingState for S where
    S: AuditTrail
        + CountedConnections
        + Erasures
        + Grants
        + PortalReader
        + Sessions
        + SignUpReader
        + Tenants
        + XeroLogins
{
}

/// What is to be deleted.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The sign-up, where a form was sent.
    pub sign_up: Option<SignUp>,
    /// The organisations that it confirmed, one after the other, and that no other sign-up went on with; first the one that it
    /// names now.
    pub tenants: Vec<Tenant>,
    /// As whom Xero was consented to, where it was.
    pub users: Vec<XeroUserId>,
}

/// Why nothing is deleted, or not all.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// There is a portal: that is erased.
    #[error("there is a portal")]
    HasPortal,
    /// GO1 was asked for a portal, and has not answered.
    #[error("a portal is being made")]
    PortalPending,
    /// Somebody else changed the organisation again and again.
    #[error("somebody else changes it at this moment")]
    SameMoment,
    #[error(transparent)]
    State(#[from] StateError),
}

/// The organisations that a sign-up may have confirmed. It names the last one alone, and none where another is still to be
/// chosen, so its trail is asked for those before. A confirmation that was cut off before it reached the trail is found by
/// the connection, which was counted when Xero showed it.
async fn may_have_confirmed(
    state: &dyn DeletingState,
    sign_up: &SignUp,
    users: &[XeroUserId],
) -> Result<Vec<TenantId>, StateError> {
    let trail = state.audit_of(&sign_up.id).await?.into_iter().filter_map(|entry| match entry.action {
        AuditAction::OrganisationConfirmed { tenant } => Some(tenant),
        _ => None,
    });
    let counted = state.counted_connections().await?.into_iter().filter_map(|counted| {
        // Whose it is was not stored by an earlier release.
        let may_be_theirs = counted.xero_user.as_ref().is_none_or(|user| users.contains(user));
        may_be_theirs.then_some(counted.tenant)
    });
    let mut all: Vec<TenantId> = Vec::new();
    for tenant in sign_up.tenant().cloned().into_iter().chain(trail).chain(counted) {
        if !all.contains(&tenant) {
            all.push(tenant);
        }
    }
    Ok(all)
}

/// The organisations that a sign-up confirmed, unless another sign-up went on with them.
async fn own_tenants(
    state: &dyn DeletingState,
    sign_up: &SignUp,
    users: &[XeroUserId],
) -> Result<Vec<Tenant>, StateError> {
    let mut own = Vec::new();
    for id in may_have_confirmed(state, sign_up, users).await? {
        own.extend(state.find_tenant(&id).await?.filter(|tenant| tenant.sign_up == sign_up.id));
    }
    Ok(own)
}

/// What a sign-up entered; refused where GO1 was asked for a portal, for whichever of its organisations.
pub async fn entered(state: &dyn DeletingState, sign_up: &SignUp) -> Result<Entered, DeleteError> {
    let users = state.xero_users_of(&sign_up.id).await?;
    let tenants = own_tenants(state, sign_up, &users).await?;
    for tenant in &tenants {
        match tenant.portal {
            PortalStep::Requested { .. } => return Err(DeleteError::PortalPending),
            PortalStep::Created { .. } => return Err(DeleteError::HasPortal),
            PortalStep::NotRequested => {}
        }
    }
    if sign_up.portal().is_some() {
        return Err(DeleteError::HasPortal);
    }
    Ok(Entered { sign_up: Some(sign_up.clone()), tenants, users })
}

/// Whether this login needs elsewhere what Xero gave: for another sign-up, or where it only logged in for this one, for the one
/// that it is about to begin in a browser of its own.
pub async fn is_needed_elsewhere(
    state: &dyn DeletingState,
    user: &XeroUserId,
    entered: &Entered,
) -> Result<bool, StateError> {
    let is_guest = entered.sign_up.as_ref().is_some_and(|sign_up| !sign_up.is_verified_as(user));
    if is_guest && !state.sessions_of(&SessionOwner::XeroUser(user.clone())).await?.is_empty() {
        return Ok(true);
    }
    let own = entered.sign_up.as_ref().map(|sign_up| &sign_up.id);
    for id in state.sign_ups_of(user).await? {
        if Some(&id) != own && state.find_sign_up(&id).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes the rows, each of which can be deleted again; the sign-up comes after all by which the rest is found, so that
/// whoever is cut off does it once more.
pub async fn delete_rows(state: &dyn DeletingState, entered: &Entered) -> Result<(), DeleteError> {
    for tenant in &entered.tenants {
        state.erase_plans(&tenant.organisation.tenant).await?;
        remove(state, tenant).await?;
        state.discount_connection(&tenant.organisation.connection).await?;
    }
    for user in &entered.users {
        if !is_needed_elsewhere(state, user, entered).await? {
            state.erase_grant(&GrantOwner::XeroUser(user.clone())).await?;
            state.erase_sessions(&SessionOwner::XeroUser(user.clone())).await?;
            discount_all(state, user).await?;
        }
    }
    let Some(sign_up) = &entered.sign_up else { return Ok(()) };
    if let Some(existing) = &sign_up.existing_portal {
        forget_portal(state, &existing.portal).await?;
    }
    Ok(delete_sign_up(state, &sign_up.id, &entered.users).await?)
}

/// Takes from the count what this login showed us and nobody has confirmed: without its tokens we cannot give it back, and
/// whose it was is not to be kept.
async fn discount_all(state: &dyn DeletingState, user: &XeroUserId) -> Result<(), StateError> {
    for counted in state.counted_connections().await? {
        if counted.xero_user.as_ref() == Some(user) && state.find_tenant(&counted.tenant).await?.is_none() {
            state.discount_connection(&counted.connection).await?;
        }
    }
    Ok(())
}

async fn delete_sign_up(state: &dyn DeletingState, id: &SignUpId, users: &[XeroUserId]) -> Result<(), StateError> {
    state.erase_people_of_audit(id).await?;
    for user in users {
        state.erase_login(user, id).await?;
    }
    state.erase_sign_up(id).await?;
    state.erase_sessions(&SessionOwner::SignUp(id.clone())).await
}

/// Removes the organisation, unless GO1 was asked for its portal meanwhile. What Xero told of it in between does not matter.
async fn remove(state: &dyn DeletingState, tenant: &Tenant) -> Result<(), DeleteError> {
    let mut tenant = tenant.clone();
    for _ in 0..REMOVED_AGAIN {
        match state.remove_tenant(&tenant).await {
            Err(StateError::Conflict) => {}
            removed => return Ok(removed?),
        }
        match state.find_tenant(&tenant.organisation.tenant).await? {
            Some(stored) if stored.sign_up == tenant.sign_up && !stored.is_settled() => tenant = stored,
            Some(stored) if stored.sign_up == tenant.sign_up => return Err(DeleteError::PortalPending),
            Some(_) | None => return Ok(()),
        }
    }
    Err(DeleteError::SameMoment)
}

/// Forgets the tokens of a portal that was to be connected, unless it is by now.
pub async fn forget_portal(state: &dyn DeletingState, portal: &PortalId) -> Result<(), StateError> {
    let known = state.find_portal(portal).await?;
    if known.is_none_or(|known| known.erased_at.is_some()) {
        state.erase_grant(&GrantOwner::Portal(portal.clone())).await?;
    }
    Ok(())
}
