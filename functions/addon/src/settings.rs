//! The page that says how the integration is used, what is held and until when, and who did what.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::import::Import;
use domain::member::Member;
use domain::portal::Portal;
use domain::tenant::Tenant;
use http::HeaderMap;
use importing::dispatch::RETENTION;
use jiff::Timestamp;
use planning::still_administrator;
use state::{GrantOwner, PLAN_KEPT};
use visiting::{PRESSED_AGAIN, Visitor, listed};
use web::forms::{ButtonForm, parse};
use web::pages::{SettingsPage, StoredData, Usage};
use web::responses::see_other;
use web::{Problem, page_in};

use crate::addon::Addon;
use crate::history::confirmed_by;
use crate::overview::organisation;

/// How many entries of the trail are shown.
const LAST_ENTRIES: usize = 200;

/// Where Settings says that the access has ended that was pressed for.
const OWNER_ENDED: &str = "/portal/settings?owner-ended";

/// The same for everybody else's session.
const OTHERS_OUT: &str = "/portal/settings?others-signed-out";

/// `GET /portal/settings`. `?owner-ended`, `?others-signed-out`: says so first.
pub(crate) async fn show(
    State(addon): State<Addon>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let (visitor, _) = visitors.require_administrator(&headers).await?;
    let (tenant, portal) = Addon::shown(&visitor)?;
    let imports = addon.state.imports_of(&portal.id).await?;
    let members = addon.state.members(&portal.id).await?;
    // One more than are shown tells that there are older ones.
    let mut trail = visitors.state.newest_audit_of(&visitor.sign_up.id, LAST_ENTRIES + 1).await?;
    let usage = usage(&addon, &visitor, portal, &imports, &members).await?;
    let held = held(&addon, &visitor, tenant, portal, &imports, &members).await?;
    let older = trail.len() > LAST_ENTRIES;
    trail.truncate(LAST_ENTRIES);
    let view = SettingsPage {
        form_token: visitor.form_token(),
        domain: portal.domain.clone(),
        organisation: organisation(&addon, tenant).await?,
        usage,
        held,
        trail,
        older,
        signed_in: listed(
            &visitors.signed_in_to_portal(&visitor).await?,
            &visitor.session.hash(),
            &visitor.sign_up.details.name(),
        ),
        others_signed_out: query.as_deref() == Some("others-signed-out"),
        owner: visitor.sign_up.owner.as_ref().map(|_| visitor.sign_up.details.name()),
        owner_ended: query.as_deref() == Some("owner-ended"),
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}

/// `POST /portal/settings/end-owner`: whoever signed up gets in by no login at Xero any more, and is out at once. Pressed
/// twice it is done once.
pub(crate) async fn end_owner(
    State(addon): State<Addon>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: ButtonForm = parse(&body)?;
    let (visitor, administrator) = visitors.require_administrator_press(&headers, &form.form_token).await?;
    if visitor.sign_up.owner.is_some() {
        // No button gives the owner back what this one takes.
        still_administrator(&addon.go1, visitors, &visitor, &administrator).await?;
        visitors.change(visitor.sign_up.clone(), |sign_up| Ok(sign_up.without_owner())).await?;
    }
    visitors.record_once(&visitor, AuditAction::OwnerAccessEnded).await?;
    Ok(see_other(OWNER_ENDED))
}

/// `POST /portal/settings/sign-out-others`: ends every other session of the portal, of its administrators and of whoever
/// signed up. Who still has access may sign in again.
pub(crate) async fn sign_out_others(
    State(addon): State<Addon>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: ButtonForm = parse(&body)?;
    let (visitor, administrator) = visitors.require_administrator_press(&headers, &form.form_token).await?;
    // A session that is over cannot be had back, and those who sign out whoever was demoted must not be signed out by them.
    still_administrator(&addon.go1, visitors, &visitor, &administrator).await?;
    let here = visitor.session.hash();
    let mut others = visitors.signed_in_to_portal(&visitor).await?;
    others.retain(|session| session.hash != here);
    if !others.is_empty() {
        visitors.record_unless_lately(&visitor, AuditAction::OthersSignedOut, PRESSED_AGAIN).await?;
    }
    for session in others {
        visitors.state.remove_session(&session.hash).await?;
    }
    Ok(see_other(OTHERS_OUT))
}

async fn usage(
    addon: &Addon,
    visitor: &Visitor,
    portal: &Portal,
    imports: &[Import],
    members: &[Member],
) -> Result<Usage, Problem> {
    let confirmed: Vec<&Import> = imports.iter().filter(|import| import.undoes.is_none()).collect();
    let last = confirmed.first();
    let last_by = match last {
        Some(import) => confirmed_by(addon, &visitor.sign_up.id, import).await?,
        None => None,
    };
    Ok(Usage {
        imports: confirmed.len(),
        places_used: portal.places_used,
        accounts: members.iter().filter(|member| member.created).count(),
        last_import: last.map(|import| import.accepted_at),
        last_by,
    })
}

async fn held(
    addon: &Addon,
    visitor: &Visitor,
    tenant: &Tenant,
    portal: &Portal,
    imports: &[Import],
    members: &[Member],
) -> Result<StoredData, Problem> {
    let now = addon.visitors.clock.now();
    let plan = match &visitor.sign_up.plan {
        Some(digest) => addon.state.find_plan(&tenant.organisation.tenant, digest).await?,
        None => None,
    };
    let is_ahead = |until: &Timestamp| *until > now;
    // Those of an undo go with those of the import that it takes back.
    let imports = imports.iter().filter(|import| import.undoes.is_none());
    let names: Vec<Timestamp> = imports.map(|import| import.accepted_at + RETENTION).filter(is_ahead).collect();
    let xero = GrantOwner::XeroUser(tenant.xero_user.clone());
    let go1 = GrantOwner::Portal(portal.id.clone());
    let xero = addon.xero.vault.generation(&xero).await?;
    let go1 = addon.go1.vault.generation(&go1).await?;
    Ok(StoredData {
        plan_until: plan.map(|plan| plan.read_at + PLAN_KEPT).filter(is_ahead),
        imports_with_names: names.len(),
        names_until: names.into_iter().max(),
        // Where it is disconnected, what is left is for another organisation of the same login.
        xero_access: xero > 0 && tenant.disconnected.is_none(),
        go1_access: go1 > 0,
        members: members.len(),
    })
}
