#![doc = include_str!("../README.md")]

mod arrival;
mod callback;
mod erase;
mod history;
mod login;
mod overview;
mod receipts;
mod settings;
mod undo;
mod users;

use std::sync::Arc;

use application::erasure::Erasing;
use application::framing::frame_problems;
use application::partner::Partner;
use application::queue::BatchQueue;
use application::site::PortalUrl;
use application::visitor::{Visitor, Visitors};
use application::xero_access::XeroAccess;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use domain::ids::PortalId;
use domain::portal::Portal;
use domain::tenant::Tenant;
use go1::{Go1Client, LoginClient};
use state::{Go1Logins, ImportAcceptance, ImportWork, Members, PlanReader, Portals, Tenants};
use vault::Vault;
use web::{Problem, responses};

/// All that a portal's administrators work with.
#[derive(Clone)]
pub struct Addon {
    /// Who visits.
    pub visitors: Visitors,
    /// Attempts at "Log in with GO1".
    pub go1_logins: Arc<dyn Go1Logins>,
    /// Organisations.
    pub tenants: Arc<dyn Tenants>,
    /// Portals.
    pub portals: Arc<dyn Portals>,
    /// Who was imported.
    pub members: Arc<dyn Members>,
    /// The plan that was shown last, to say until when it is kept.
    pub plans: Arc<dyn PlanReader>,
    /// Imports, to show them and to accept an undo.
    pub imports: Arc<dyn ImportAcceptance>,
    /// Imports, to see what an erasure must not meet.
    pub work: Arc<dyn ImportWork>,
    /// What is held, to erase it.
    pub erasing: Erasing,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// Xero, as the users who let us in.
    pub xero: XeroAccess,
    /// GO1.
    pub go1: Arc<Go1Client>,
    /// "Log in with GO1".
    pub go1_login: LoginClient,
    /// The portals' tokens.
    pub go1_vault: Vault,
    /// Our own token at GO1.
    pub partner: Arc<Partner>,
    /// How a portal is opened.
    pub portal_url: PortalUrl,
}

/// The routes.
pub fn router(addon: Addon) -> Router {
    let (site, visitors) = (addon.visitors.site.clone(), addon.visitors.clone());
    Router::new()
        .route("/oauth/go1/callback", get(callback::arrive))
        .route("/portal", get(overview::show))
        .route("/portal/check", post(overview::check))
        .route("/portal/login", get(login::begin))
        .route("/portal/logout", post(login::log_out))
        .route("/portal/connect", get(login::connect))
        .route("/portal/users", get(users::show))
        .route("/portal/settings", get(settings::show))
        .route("/portal/undo/{import}", get(undo::ask).post(undo::confirm))
        .route("/portal/erase", get(erase::ask).post(erase::erase))
        .route("/portal/receipts/{receipt}", get(receipts::show))
        .route("/portal/receipts/{receipt}/text", get(receipts::download))
        .with_state(addon)
        .layer(from_fn_with_state(visitors, frame_problems))
        .layer(from_fn_with_state(site, responses::finish))
}

impl Addon {
    /// The organisation of the portal that an administrator manages.
    async fn tenant(&self, visitor: &Visitor) -> Result<Tenant, Problem> {
        let id = visitor.sign_up.tenant().ok_or(Problem::NotFound)?;
        let tenant = self.tenants.find_tenant(id).await.map_err(|error| self.visitors.failed(&error))?;
        tenant.filter(|tenant| tenant.sign_up == visitor.sign_up.id).ok_or(Problem::NotFound)
    }

    /// The portal itself.
    async fn portal(&self, id: &PortalId) -> Result<Portal, Problem> {
        let portal = self.portals.find_portal(id).await.map_err(|error| self.visitors.failed(&error))?;
        portal.ok_or(Problem::NotFound)
    }
}
