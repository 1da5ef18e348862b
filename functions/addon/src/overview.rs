//! How the integration stands. Opening it asks nobody outside; a press does.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::member::imported_people;
use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use futures::future::try_join_all;
use http::HeaderMap;
use jiff::SignedDuration;
use state::GrantOwner;
use visiting::{CountedOf, Deed, Visitor};
use web::forms::{ButtonForm, parse};
use web::pages::{ConnectionShown, OverviewNotice, OverviewPage, PortalOrganisation};
use web::responses::see_other;
use web::{Problem, page_in};
use xero_access::{ConnectionState, check as check_connection, has_run_out, store_connection_state, store_reading};

use crate::addon::Addon;
use crate::history::{History, line};
use crate::login::{Entry, entry};

/// How many imports the overview tells of.
const LAST_IMPORTS: usize = 5;

/// `GET /portal`.
pub(crate) async fn show(
    State(addon): State<Addon>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visitor = match entry(&addon, &headers, query.as_deref()).await? {
        Entry::Administrator(visitor) => visitor,
        Entry::Redirect(answer) => return Ok(answer),
    };
    let notice = query.as_deref().and_then(|query| match query.split_once('=').unwrap_or((query, "")) {
        ("checked", _) => Some(OverviewNotice::Checked),
        ("reconnected", _) => Some(OverviewNotice::Reconnected),
        ("unchecked", seconds) => Some(OverviewNotice::NotChecked { retry_after: wait_of(seconds) }),
        _ => None,
    });
    page_with(&addon, &visitor, notice).await
}

/// How long Xero asked us to wait; a day at most, as nobody knows who wrote the address.
fn wait_of(seconds: &str) -> Option<SignedDuration> {
    seconds.parse().ok().map(|seconds: u32| SignedDuration::from_secs(seconds.min(24 * 60 * 60).into()))
}

/// `POST /portal/check`: asks Xero how the connection stands, and what the organisation is called by now.
pub(crate) async fn check(State(addon): State<Addon>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: ButtonForm = parse(&body)?;
    let (visitor, _) = visitors.require_administrator_press(&headers, &form.form_token).await?;
    let tenant = addon.tenant(&visitor).await?;
    visitors.allow(Deed::Check, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    if tenant.disconnected.is_some() {
        return Ok(see_other("/portal"));
    }
    let now = visitors.clock.now();
    let checked = check_connection(&addon.xero, &tenant, visitor.sign_up.may_read_payroll, now).await?;
    if let Some(read) = &checked.organisation {
        store_reading(&*addon.state, &tenant, read).await?;
    }
    if let ConnectionState::Unknown(retry_after) = checked.state {
        let wait = retry_after.map(|wait| format!("={}", wait.as_secs())).unwrap_or_default();
        return Ok(see_other(&format!("/portal?unchecked{wait}")));
    }
    store_connection_state(&*addon.state, &tenant, checked.state, now).await?;
    Ok(see_other("/portal?checked"))
}

/// The organisation, and how its connection stands as far as we know. Without access, or with one that has run out
/// unused, it is not read, whatever was met last.
pub(crate) async fn organisation(addon: &Addon, tenant: &Tenant) -> Result<PortalOrganisation, Problem> {
    let mut organisation = PortalOrganisation::of(tenant);
    if organisation.connection == ConnectionShown::Connected {
        let owner = GrantOwner::XeroUser(tenant.xero_user.clone());
        let now = addon.visitors.clock.now();
        let grant = addon.state.find_grant(&owner).await?;
        if grant.is_none_or(|grant| has_run_out(&grant, now)) {
            organisation.connection = ConnectionShown::Trouble { why: ConnectionTrouble::AccessEnded, at: now };
        }
    }
    Ok(organisation)
}

async fn page_with(addon: &Addon, visitor: &Visitor, notice: Option<OverviewNotice>) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let (tenant, portal) = Addon::shown(visitor)?;
    let organisation = organisation(addon, tenant).await?;
    // The address with the notice may be opened again when that is no longer true.
    let is_true = |notice: &OverviewNotice| {
        *notice != OverviewNotice::Reconnected || organisation.connection == ConnectionShown::Connected
    };
    let notice = notice.filter(is_true);
    let imports = addon.state.imports_of(&portal.id).await?;
    let members = addon.state.members(&portal.id).await?;
    let sign_up = &visitor.sign_up.id;
    let history = History { imports: &imports, members: &members };
    let lines = imports.iter().take(LAST_IMPORTS).map(|import| line(addon, import, history, sign_up));
    let view = OverviewPage {
        form_token: visitor.form_token(),
        portal_url: addon.portal_url.of(&portal.domain),
        domain: portal.domain.clone(),
        organisation,
        imported: imported_people(&members),
        places_used: portal.places_used,
        imports: try_join_all(lines).await?,
        notice,
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}
