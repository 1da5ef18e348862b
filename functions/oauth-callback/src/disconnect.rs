//! Disconnects an organisation from Xero, after a confirmation.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::tenant::{Disconnection, PortalStep, Tenant};
use http::HeaderMap;
use state::change_tenant;
use visiting::own_tenant;
use web::forms::{DisconnectForm, parse};
use web::pages::DisconnectPage;
use web::responses::see_other;
use web::{Problem, page_in};

use crate::counting::discount;
use crate::xero_callback::Callback;

/// `GET /disconnect`: what goes and what stays. Afterwards: that it is done.
pub(crate) async fn ask(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let visitor = visitors.require(&headers).await?;
    let tenant = own_tenant(&*callback.state, &visitor.sign_up).await?.ok_or_else(|| visitor.wrong_step())?;
    let portal = match &tenant.portal {
        PortalStep::Created { domain, .. } => Some(domain.as_str().to_owned()),
        PortalStep::NotRequested | PortalStep::Requested { .. } => None,
    };
    let view = DisconnectPage {
        form_token: visitor.form_token(),
        connected_at: tenant.connected_at,
        portal,
        disconnected: tenant.disconnected.map(|disconnection| disconnection.removed_at_xero),
        organisation: tenant.organisation.name,
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}

/// `POST /disconnect`. The connection at Xero goes first: should the rest be cut off, the next press finds it gone and
/// ends what is left.
pub(crate) async fn disconnect(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: DisconnectForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = own_tenant(&*callback.state, &visitor.sign_up).await?.ok_or_else(|| visitor.wrong_step())?;
    if tenant.disconnected.is_some() {
        return Ok(see_other("/disconnect"));
    }
    if form.connected_at != Some(tenant.connected_at) {
        return Err(Problem::DisconnectOutdated { organisation: tenant.organisation.name });
    }
    let (connection, connected_at) = (tenant.organisation.connection.clone(), tenant.connected_at);
    let left = callback.xero.disconnect(&tenant.xero_user, &connection).await;
    let left = left.map_err(|error| callback.no_access(error))?;
    discount(&callback, &connection).await;
    let id = tenant.organisation.tenant.clone();
    let disconnection = Disconnection { at: visitors.clock.now(), removed_at_xero: left.removed_at_xero };
    // Not where somebody has connected it anew meanwhile.
    let ended = |tenant: Tenant| {
        let is_same = tenant.organisation.connection == connection && tenant.connected_at == connected_at;
        is_same.then(|| Tenant { disconnected: Some(disconnection.clone()), trouble: None, ..tenant })
    };
    if change_tenant(&*callback.state, tenant, ended).await?.is_none() {
        return Ok(see_other("/disconnect"));
    }
    tracing::info!(tenant = %id, ?left, "an organisation was disconnected");
    let done = AuditAction::Disconnected { tenant: id, removed_at_xero: left.removed_at_xero };
    visitors.record(&visitor, done).await?;
    Ok(see_other("/disconnect"))
}
