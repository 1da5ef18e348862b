//! The owner's browser: a session, and the buttons that are pressed.

use axum::Router;
use axum::body::Body;
use domain::clock::Random;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, ImportId, PortalId, SignUpId, TenantId};
use domain::plan::Plan;
use domain::portal::PortalDomain;
use domain::session::{Session, StandsFor};
use domain::sign_up::{Acceptance, SignUp, SignUpDetails, SignUpStep};
use domain::tenant::{Organisation, PortalStep, Tenant};
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use rig::APP;
use state::memory::Memory;
use state::{Sessions as _, SignUps as _, Tenants as _};
use tower::ServiceExt as _;
use web::{FormToken, SessionId};

use crate::cosmos::now;

/// The owner's browser.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    cookie: String,
    form_token: FormToken,
}

impl Door {
    /// Signs the owner of `portal` up, and in.
    ///
    /// # Panics
    /// Where the fixed texts are malformed, which they are not.
    pub(crate) fn open(
        state: &Memory,
        random: &dyn Random,
        tenant: &TenantId,
        portal: &PortalId,
        at: Timestamp,
    ) -> Self {
        let session = SessionId::generate(random);
        let id = SignUpId::from("sign-up");
        let domain = PortalDomain::parse("wattle").expect("an address");
        let row = Session {
            hash: session.hash(),
            stands_for: StandsFor::SignUp { id: id.clone(), login: None },
            started_at: at,
        };
        now(state.add_session(&row)).expect("memory answers");
        let sign_up = SignUp {
            id: id.clone(),
            details: SignUpDetails {
                given_name: "Olivia".to_owned(),
                family_name: "Example".to_owned(),
                email: EmailAddress::parse("admin@wattle.example.com").expect("an address"),
                company: "Wattle".to_owned(),
                country: domain::country::Country::Australia,
                domain: domain.clone(),
                industry: "Education and Training".to_owned(),
            },
            acceptance: Acceptance { terms_version: "1".to_owned(), collection_version: "1".to_owned(), at },
            step: SignUpStep::PortalProvisioned {
                xero_user: "owner".into(),
                tenant: tenant.clone(),
                portal: portal.clone(),
            },
            owner: None,
            may_read_payroll: true,
            consented_by: None,
            existing_portal: None,
            plan: None,
            import: None,
            started_at: at,
            revision: 0,
        };
        now(state.add_sign_up(&sign_up)).expect("memory answers");
        let organisation = Organisation {
            tenant: tenant.clone(),
            name: "Wattle".to_owned(),
            country: domain::country::Country::Australia,
            connection: "connection".into(),
            short_code: None,
            timezone: None,
            on_trial: false,
        };
        let tenant = Tenant {
            organisation,
            xero_user: "owner".into(),
            connected_by: None,
            connected_at: at,
            sign_up: id,
            portal: PortalStep::Created { portal: portal.clone(), domain },
            confirmed_at: at,
            disconnected: None,
            trouble: None,
            erased_at: None,
            revision: 0,
        };
        now(state.put_tenant(tenant)).expect("memory answers");
        let cookie = session.cookie();
        let cookie = cookie.to_str().ok().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        Self { cookie: cookie.to_owned(), form_token: FormToken::of(&session) }
    }

    async fn press(&self, pages: Router, path: &str, fields: &[(&str, &str)]) -> StatusCode {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &self.form_token.to_string());
        form.extend_pairs(fields);
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, APP)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .expect("a request");
        match pages.oneshot(request).await {
            Ok(answer) => answer.status(),
            Err(never) => match never {},
        }
    }

    /// Presses "Import".
    pub(crate) async fn confirm(&self, pages: Router, plan: &Plan, ticked: &[EmployeeId]) -> StatusCode {
        let digest = plan.digest();
        let mut fields = vec![("plan", digest.as_str())];
        fields.extend(ticked.iter().map(|employee| ("people", employee.as_str())));
        self.press(pages, "/imports", &fields).await
    }

    /// Presses "Stop the import".
    pub(crate) async fn stop(&self, pages: Router, import: &ImportId) -> StatusCode {
        self.press(pages, &format!("/imports/{import}/stop"), &[]).await
    }
}
