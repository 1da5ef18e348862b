//! Deletes what somebody entered who has no portal yet, when they say so. With a portal its administrators erase.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use deleting::{DeleteError, Entered, delete_rows, forget_portal, is_needed_elsewhere};
use domain::fault::Causes;
use domain::ids::TenantId;
use http::HeaderMap;
use state::StateError;
use visiting::{LiveSession, listed};
use web::forms::{ButtonForm, parse};
use web::pages::{DeletePage, DeletedPage};
use web::responses::{forgetting, with_cookie};
use web::session::expired_cookie;
use web::{Frame, Problem, page_in};
use xero_access::XeroAccessError;

use crate::counting::give_back;
use crate::xero_callback::Callback;

/// `GET /delete`: what goes and what stays.
pub(crate) async fn ask(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let live = callback.visitors.live_session(&headers).await?.ok_or(Problem::SignedOut)?;
    let entered = entered(&callback, &live).await?;
    let view = DeletePage {
        form_token: live.form_token(),
        organisations: entered.tenants.into_iter().map(|tenant| tenant.organisation.name).collect(),
        is_connected: !entered.users.is_empty(),
        signed_in: listed(&callback.visitors.signed_in_as(&live).await?, &live.session().hash(), ""),
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
    let left_at_xero = give_all_back(&callback, &entered).await?;
    delete_rows(&*callback.deleting, &entered).await.map_err(problem_of)?;
    if let LiveSession::PortalArrival { arrival, .. } = &live {
        forget_portal(&*callback.deleting, &arrival.portal.portal).await?;
    }
    visitors.state.remove_session(&live.session().hash()).await?;
    // By its id whoever restores the table deletes it again.
    let sign_up = entered.sign_up.as_ref().map(|sign_up| sign_up.id.as_str());
    tracing::info!(sign_up, "somebody without a portal had deleted what they entered");
    let deleted = page_in(&visitors.site, &Frame::SignUp, &DeletedPage { left_at_xero });
    Ok(with_cookie(forgetting(deleted), expired_cookie()))
}

/// What this browser entered; refused where GO1 was asked for a portal, because then that is erased, by its administrators.
async fn entered(callback: &Callback, live: &LiveSession) -> Result<Entered, Problem> {
    let visitor = match live {
        LiveSession::Visitor(visitor) => visitor,
        LiveSession::XeroArrival { arrival, .. } => {
            return Ok(Entered { sign_up: None, tenants: Vec::new(), users: vec![arrival.xero_user.clone()] });
        }
        LiveSession::PortalArrival { .. } => {
            return Ok(Entered { sign_up: None, tenants: Vec::new(), users: Vec::new() });
        }
    };
    deleting::entered(&*callback.deleting, &visitor.sign_up).await.map_err(|error| match error {
        DeleteError::HasPortal => visitor.wrong_step(),
        error => problem_of(error),
    })
}

/// Gives our connections back at Xero, and says whether one may be left there: those of the organisations, and of a login that
/// has no other sign-up every other that nobody confirmed.
async fn give_all_back(callback: &Callback, entered: &Entered) -> Result<bool, Problem> {
    let mut is_left = false;
    for tenant in entered.tenants.iter().filter(|tenant| tenant.disconnected.is_none()) {
        is_left |= !give_back(callback, &tenant.xero_user, &tenant.organisation.connection).await;
    }
    for user in &entered.users {
        if is_needed_elsewhere(&*callback.deleting, user, entered).await? {
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
                is_left |= !give_back(callback, user, &connection.id).await;
            }
        }
    }
    Ok(is_left)
}

/// Whether a row of somebody else, or of another sign-up, is about this organisation.
async fn is_used(callback: &Callback, tenant: &TenantId, entered: &Entered) -> Result<bool, StateError> {
    let stored = callback.state.find_tenant(tenant).await?;
    let is_own = entered.tenants.iter().any(|own| own.organisation.tenant == *tenant);
    Ok(stored.is_some() && !is_own)
}

fn problem_of(error: DeleteError) -> Problem {
    match error {
        DeleteError::HasPortal | DeleteError::PortalPending => Problem::PortalPending,
        DeleteError::SameMoment => Problem::SameMoment,
        DeleteError::State(error) => error.into(),
    }
}
