//! Disconnects an organisation from Xero, after a confirmation.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction::Disconnected;
use domain::obstacle::ConnectionTrouble;
use domain::tenant::{PortalStep, Tenant};
use http::HeaderMap;
use visiting::{CountedOf, Deed, Visitor, own_tenant};
use web::forms::{DisconnectForm, parse};
use web::pages::{DisconnectPage, DisconnectedPage};
use web::responses::{forgetting, see_other, with_cookie};
use web::session::expired_cookie;
use web::{Frame, Problem, page_in};
use xero_access::{ConnectionState, check_as, end_connection};

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

/// `POST /disconnect`, by the owner. An administrator of the portal presses at `/portal/disconnect`.
pub(crate) async fn disconnect(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: DisconnectForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    if visitor.administrator.is_some() {
        // GO1 has to say again who that is, which cannot be asked here.
        return Err(visitor.wrong_step());
    }
    let tenant = own_tenant(&*callback.state, &visitor.sign_up).await?.ok_or_else(|| visitor.wrong_step())?;
    if let Some(gone) = &tenant.disconnected {
        if form.connected_at == Some(tenant.connected_at) {
            let done = Disconnected { tenant: tenant.organisation.tenant, removed_at_xero: gone.removed_at_xero };
            visitors.record_if_cut_off(&visitor, done, gone.at).await?;
        }
        return Ok(see_other("/disconnect"));
    }
    if form.connected_at != Some(tenant.connected_at) {
        return Err(Problem::DisconnectOutdated { organisation: tenant.organisation.name });
    }
    let standing = standing(&callback, &visitor, &tenant).await?;
    let organisation = tenant.organisation.name.clone();
    let (id, now) = (tenant.organisation.tenant.clone(), visitors.clock.now());
    let out = async {
        if standing == Standing::Theirs {
            return Ok(());
        }
        // From now on Xero can be asked no more whether what these sessions show is still theirs. Their own last: whoever is cut
        // off before can press again.
        visitors.end_owners_sessions(&visitor).await?;
        visitors.state.remove_session(&visitor.session.hash()).await
    };
    let ended = end_connection(&callback.xero, (&*callback.state, &*callback.state), tenant, now, out).await;
    if let Some(left) = ended.map_err(|error| callback.no_access(error))? {
        let done = Disconnected { tenant: id, removed_at_xero: left.removed_at_xero };
        visitors.record(&visitor, done).await?;
    }
    if standing == Standing::Theirs {
        return Ok(forgetting(see_other("/disconnect")));
    }
    let out = page_in(&visitors.site, &Frame::SignUp, &DisconnectedPage { organisation });
    Ok(with_cookie(forgetting(out), expired_cookie()))
}

/// What Xero says of the login of whoever disconnects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The organisation is theirs.
    Theirs,
    /// Xero does not say that it is: it lets us in no more, or does not answer.
    NotSaid,
}

/// Refuses where Xero says that the login which opened the session is no longer the organisation's. Where Xero does not let us
/// in any more, or does not answer, there is little to end, and it is ended here, but nothing more is shown.
async fn standing(callback: &Callback, visitor: &Visitor, tenant: &Tenant) -> Result<Standing, Problem> {
    let Some(login) = visitor.login.as_ref() else { return Ok(Standing::NotSaid) };
    callback.visitors.allow(Deed::Check, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    match check_as(&callback.xero, login, tenant, callback.visitors.clock.now()).await?.state {
        ConnectionState::Sound
        | ConnectionState::Troubled(ConnectionTrouble::NoPayrollAdministrator | ConnectionTrouble::PermissionMissing) => {
            Ok(Standing::Theirs)
        }
        ConnectionState::Troubled(ConnectionTrouble::RoleLost) => {
            callback.visitors.state.remove_session(&visitor.session.hash()).await?;
            Err(Problem::OrganisationForbidden { organisation: tenant.organisation.name.clone() })
        }
        ConnectionState::Troubled(_) | ConnectionState::Unknown(_) => Ok(Standing::NotSaid),
    }
}
