#![doc = include_str!("../README.md")]

mod confirm;
mod get_started;
mod portal;
mod progress;
mod report;
mod retry;
mod stop;

use std::sync::Arc;

use application::framing::frame_problems;
use application::look::Look;
use application::partner::Partner;
use application::queue::BatchQueue;
use application::site::PortalUrl;
use application::visitor::{Visitor, Visitors};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use domain::tenant::Tenant;
use go1::Go1Client;
use state::{ImportAcceptance, ImportWork, Members, Plans, Portals, Tenants};
use vault::Vault;
use web::{Problem, responses};

/// All that turns a shown plan into an import.
#[derive(Clone)]
pub struct Importer {
    /// Who visits.
    pub visitors: Visitors,
    /// Organisations, for the one portal that each has.
    pub tenants: Arc<dyn Tenants>,
    /// Portals.
    pub portals: Arc<dyn Portals>,
    /// Plans.
    pub plans: Arc<dyn Plans>,
    /// Imports, to accept them.
    pub imports: Arc<dyn ImportAcceptance>,
    /// Imports, to stop them.
    pub work: Arc<dyn ImportWork>,
    /// Who was imported.
    pub members: Arc<dyn Members>,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// Reads both upstreams again, where a plan has grown old.
    pub look: Look,
    /// GO1.
    pub go1: Arc<Go1Client>,
    /// Our own token at GO1.
    pub partner: Arc<Partner>,
    /// The portals' tokens.
    pub go1_vault: Vault,
    /// How a portal is opened.
    pub portal_url: PortalUrl,
}

/// The routes.
pub fn router(importer: Importer) -> Router {
    let (site, visitors) = (importer.visitors.site.clone(), importer.visitors.clone());
    Router::new()
        .route("/imports", post(confirm::confirm))
        .route("/imports/skip", post(confirm::skip))
        .route("/imports/{import}", get(progress::show))
        .route("/imports/{import}/retry", post(retry::retry))
        .route("/imports/{import}/stop", post(stop::stop))
        .route("/imports/{import}/report.csv", get(report::download))
        .route("/portal-address", post(portal::choose_address))
        .route("/get-started", get(get_started::show).post(get_started::open))
        .with_state(importer)
        .layer(from_fn_with_state(visitors, frame_problems))
        .layer(from_fn_with_state(site, responses::finish))
}

impl Importer {
    /// The organisation that the visitor confirmed.
    async fn tenant(&self, visitor: &Visitor) -> Result<Tenant, Problem> {
        let id = visitor.sign_up.tenant().ok_or_else(|| visitor.elsewhere())?;
        let tenant = self.tenants.find_tenant(id).await.map_err(|error| self.visitors.failed(&error))?;
        let tenant = tenant.filter(|tenant| tenant.sign_up == visitor.sign_up.id);
        // Another sign-up went on with the organisation; it can be confirmed here again until its portal exists.
        tenant.ok_or_else(|| Problem::StepBehind { go_on: "/organisations".to_owned() })
    }
}
