//! Deletes what somebody entered who has no portal yet, when they say so. With a portal its administrators erase.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::fault::Causes;
use domain::ids::{ConnectionId, PortalId, SignUpId, TenantId, XeroUserId};
use domain::session::SessionOwner;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use http::HeaderMap;
use state::{GrantOwner, StateError};
use visiting::{LiveSession, own_tenant};
use web::forms::{ButtonForm, parse};
use web::pages::{DeletePage, DeletedPage};
use web::responses::{forgetting, with_cookie};
use web::session::expired_cookie;
use web::{Frame, Problem, page_in};
use xero_access::XeroAccessError;

use crate::counting::discount;
use crate::xero_callback::Callback;

/// How often the organisation is removed where somebody else changes it at the same moment.
const REMOVED_AGAIN: u32 = 12;

/// What is to be deleted.
struct Entered {
    /// The sign-up, where a form was sent.
    sign_up: Option<SignUp>,
    /// The organisation that it confirmed.
    tenant: Option<Tenant>,
    /// As whom Xero was consented to, where it was.
    users: Vec<XeroUserId>,
}

/// `GET /delete`: what goes and what stays.
pub(crate) async fn ask(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let live = callback.visitors.live_session(&headers).await?.ok_or(Problem::SignedOut)?;
    let entered = entered(&callback, &live).await?;
    let view = DeletePage {
        form_token: live.form_token(),
        organisation: entered.tenant.map(|tenant| tenant.organisation.name),
        is_connected: !entered.users.is_empty(),
    };
    Ok(page_in(&callback.visitors.site, &live.sign_up_frame(), &view))
}

/// `POST /delete`.
pub(crate) async fn delete(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: ButtonForm = parse(&body)?;
    let live = visitors.require_session_press(&headers, &form.form_token).await?;
    let entered = entered(&callback, &live).await?;
    // Xero first, while we still have what lets us in. Where it does not answer the rest goes all the same.
    let left_at_xero = give_back(&callback, &entered).await?;
    delete_rows(&callback, &entered).await?;
    if let LiveSession::PortalArrival { arrival, .. } = &live {
        forget_portal(&callback, &arrival.portal.portal).await?;
    }
    visitors.state.remove_session(&live.session().hash()).await?;
    tracing::info!("somebody without a portal had deleted what they entered");
    let deleted = page_in(&visitors.site, &Frame::SignUp, &DeletedPage { left_at_xero });
    Ok(with_cookie(forgetting(deleted), expired_cookie()))
}

/// What this browser entered; refused where GO1 was asked for a portal, because then that is erased, by its administrators.
async fn entered(callback: &Callback, live: &LiveSession) -> Result<Entered, Problem> {
    let visitor = match live {
        LiveSession::Visitor(visitor) => visitor,
        LiveSession::XeroArrival { arrival, .. } => {
            return Ok(Entered { sign_up: None, tenant: None, users: vec![arrival.xero_user.clone()] });
        }
        LiveSession::PortalArrival { .. } => return Ok(Entered { sign_up: None, tenant: None, users: Vec::new() }),
    };
    let sign_up = &visitor.sign_up;
    let tenant = own_tenant(&*callback.state, sign_up).await?;
    match tenant.as_ref().map(|tenant| &tenant.portal) {
        Some(PortalStep::Requested { .. }) => return Err(Problem::PortalPending),
        Some(PortalStep::Created { .. }) => return Err(visitor.wrong_step()),
        Some(PortalStep::NotRequested) | None if sign_up.portal().is_some() => return Err(visitor.wrong_step()),
        Some(PortalStep::NotRequested) | None => {}
    }
    let users = callback.state.xero_users_of(&sign_up.id).await?;
    Ok(Entered { sign_up: Some(sign_up.clone()), tenant, users })
}

/// Gives our connections back at Xero, and says whether one may be left there: that of the organisation, and of a login that
/// has no other sign-up every other that nobody confirmed.
async fn give_back(callback: &Callback, entered: &Entered) -> Result<bool, Problem> {
    let mut is_left = false;
    let own = entered.tenant.as_ref().filter(|tenant| tenant.disconnected.is_none());
    if let Some(tenant) = own {
        is_left |= !given_back(callback, &tenant.xero_user, &tenant.organisation.connection).await;
    }
    for user in &entered.users {
        if is_in_another(callback, user, entered).await? {
            continue;
        }
        let listed = callback.xero.call(user, async |token| callback.xero.client.connections(&token, None).await).await;
        let connections = match listed {
            Ok(connections) => connections,
            // Xero does not let us in any more: there is nothing that we could give back.
            Err(XeroAccessError::Ended) => continue,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "the connections to give back could not be read");
                is_left = true;
                continue;
            }
        };
        for connection in connections {
            if !is_used(callback, &connection.tenant, entered).await? {
                is_left |= !given_back(callback, user, &connection.id).await;
            }
        }
    }
    Ok(is_left)
}

/// Whether a row of somebody else, or of another sign-up, is about this organisation.
async fn is_used(callback: &Callback, tenant: &TenantId, entered: &Entered) -> Result<bool, StateError> {
    let stored = callback.state.find_tenant(tenant).await?;
    let own = entered.tenant.as_ref().map(|own| &own.organisation.tenant);
    Ok(stored.is_some() && own != Some(tenant))
}

async fn given_back(callback: &Callback, user: &XeroUserId, connection: &ConnectionId) -> bool {
    match callback.xero.disconnect(user, connection).await {
        Ok(gone) => {
            discount(callback, connection).await;
            gone.removed_at_xero
        }
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "a connection could not be given back");
            false
        }
    }
}

/// Whether this login has another sign-up, which needs what Xero gave.
async fn is_in_another(callback: &Callback, user: &XeroUserId, entered: &Entered) -> Result<bool, StateError> {
    let own = entered.sign_up.as_ref().map(|sign_up| &sign_up.id);
    for id in callback.state.sign_ups_of(user).await? {
        if Some(&id) != own && callback.visitors.state.find_sign_up(&id).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes the rows, each of which can be deleted again; the sign-up comes after all by which the rest is found, so that
/// whoever is cut off presses once more.
async fn delete_rows(callback: &Callback, entered: &Entered) -> Result<(), Problem> {
    let state = &callback.state;
    if let Some(tenant) = &entered.tenant {
        state.erase_plans(&tenant.organisation.tenant).await?;
        remove(callback, tenant).await?;
    }
    for user in &entered.users {
        if !is_in_another(callback, user, entered).await? {
            state.erase_grant(&GrantOwner::XeroUser(user.clone())).await?;
            state.erase_sessions(&SessionOwner::XeroUser(user.clone())).await?;
        }
    }
    let Some(sign_up) = &entered.sign_up else { return Ok(()) };
    if let Some(existing) = &sign_up.existing_portal {
        forget_portal(callback, &existing.portal).await?;
    }
    delete_sign_up(callback, &sign_up.id, &entered.users).await?;
    Ok(())
}

async fn delete_sign_up(callback: &Callback, id: &SignUpId, users: &[XeroUserId]) -> Result<(), StateError> {
    let state = &callback.state;
    state.erase_people_of_audit(id).await?;
    for user in users {
        state.erase_login(user, id).await?;
    }
    state.erase_sign_up(id).await?;
    state.erase_sessions(&SessionOwner::SignUp(id.clone())).await
}

/// Removes the organisation, unless GO1 was asked for its portal meanwhile. What Xero told of it in between does not matter.
async fn remove(callback: &Callback, tenant: &Tenant) -> Result<(), Problem> {
    let mut tenant = tenant.clone();
    for _ in 0..REMOVED_AGAIN {
        match callback.state.remove_tenant(&tenant).await {
            Err(StateError::Conflict) => {}
            removed => return Ok(removed?),
        }
        match callback.state.find_tenant(&tenant.organisation.tenant).await? {
            Some(stored) if stored.sign_up == tenant.sign_up && !stored.is_settled() => tenant = stored,
            Some(stored) if stored.sign_up == tenant.sign_up => return Err(Problem::PortalPending),
            Some(_) | None => return Ok(()),
        }
    }
    Err(Problem::SameMoment)
}

/// Forgets the tokens of a portal that was to be connected, unless it is by now.
async fn forget_portal(callback: &Callback, portal: &PortalId) -> Result<(), StateError> {
    let known = callback.state.find_portal(portal).await?;
    if known.is_none_or(|known| known.erased_at.is_some()) {
        callback.state.erase_grant(&GrantOwner::Portal(portal.clone())).await?;
    }
    Ok(())
}
