#![doc = include_str!("../README.md")]

mod courses;
mod people;

use std::sync::Arc;

use application::courses::CourseSets;
use application::framing::frame_problems;
use application::look::Look;
use application::partner::Partner;
use application::visitor::{Visitor, Visitors};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use domain::tenant::Tenant;
use go1::Go1Client;
use state::{ImportReader, Plans, Tenants};
use web::{Problem, responses};

/// All that shows what would happen. It can write plans, and how a connection stands, and nothing else of an import.
#[derive(Clone)]
pub struct Preview {
    /// Who visits.
    pub visitors: Visitors,
    /// Organisations, to remember how their connections stand.
    pub tenants: Arc<dyn Tenants>,
    /// Plans.
    pub plans: Arc<dyn Plans>,
    /// Imports, for those whom the last one failed.
    pub imports: Arc<dyn ImportReader>,
    /// Reads both upstreams.
    pub look: Look,
    /// GO1, for the courses.
    pub go1: Arc<Go1Client>,
    /// Our own token at GO1.
    pub partner: Arc<Partner>,
    /// Which courses.
    pub courses: CourseSets,
}

/// The routes.
pub fn router(preview: Preview) -> Router {
    let (site, visitors) = (preview.visitors.site.clone(), preview.visitors.clone());
    Router::new()
        .route("/preview", get(courses::show))
        .route("/preview/people", get(people::show).post(people::look))
        .with_state(preview)
        .layer(from_fn_with_state(visitors, frame_problems))
        .layer(from_fn_with_state(site, responses::finish))
}

impl Preview {
    /// The organisation that the visitor confirmed.
    async fn tenant(&self, visitor: &Visitor) -> Result<Tenant, Problem> {
        let id = visitor.sign_up.tenant().ok_or_else(|| visitor.elsewhere())?;
        let tenant = self.tenants.find_tenant(id).await.map_err(|error| self.visitors.failed(&error))?;
        let tenant = tenant.filter(|tenant| tenant.sign_up == visitor.sign_up.id);
        // Another sign-up went on with the organisation; it can be confirmed here again until its portal exists.
        tenant.ok_or_else(|| Problem::StepBehind { go_on: "/organisations".to_owned() })
    }
}
