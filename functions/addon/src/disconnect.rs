//! Taking the access to Xero back, for a portal's administrators. The page that asks is `/disconnect`, as for an owner; the
//! press comes here, where GO1 can be asked who they are.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction::Disconnected;
use http::HeaderMap;
use planning::still_administrator;
use web::Problem;
use web::forms::{DisconnectForm, parse};
use web::responses::{forgetting, see_other};
use xero_access::{XeroAccessError, end_connection};

use crate::addon::Addon;

/// `POST /portal/disconnect`.
pub(crate) async fn disconnect(
    State(addon): State<Addon>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (visitors, form): (_, DisconnectForm) = (&addon.visitors, parse(&body)?);
    let (visitor, administrator) = visitors.require_administrator_press(&headers, &form.form_token).await?;
    let tenant = addon.tenant(&visitor).await?;
    if let Some(gone) = &tenant.disconnected {
        if form.connected_at == Some(tenant.connected_at) {
            let done = Disconnected { tenant: tenant.organisation.tenant, removed_at_xero: gone.removed_at_xero };
            visitors.record_if_cut_off(&visitor, done, gone.at).await?;
        }
        return Ok(see_other("/disconnect"));
    }
    still_administrator(&addon.go1, visitors, &visitor, &administrator).await?;
    if form.connected_at != Some(tenant.connected_at) {
        return Err(Problem::DisconnectOutdated { organisation: tenant.organisation.name });
    }
    let (id, now) = (tenant.organisation.tenant.clone(), visitors.clock.now());
    // Afterwards Xero can be asked no more whether what an owner's session shows is still theirs.
    let out = visitors.end_owners_sessions(&visitor);
    let ended = end_connection(&addon.xero, (&*addon.state, &*addon.state), tenant, now, out).await;
    let ended = ended.map_err(|error| match error {
        error if error.is_same_moment() => Problem::SameMoment,
        XeroAccessError::Vault(error) => error.into(),
        XeroAccessError::Xero(error) => Problem::xero_unavailable(error.retry_after(now), now),
        XeroAccessError::Ended | XeroAccessError::NoToken => Problem::xero_unavailable(None, now),
    })?;
    if let Some(left) = ended {
        let done = Disconnected { tenant: id, removed_at_xero: left.removed_at_xero };
        visitors.record(&visitor, done).await?;
    }
    Ok(forgetting(see_other("/disconnect")))
}
