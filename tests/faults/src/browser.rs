//! The browsers of a customer: the owner's, with the session of the sign-up, and a portal administrator's.

use domain::clock::Random;
use domain::email::EmailAddress;
use domain::ids::SignUpId;
use domain::portal::PortalDomain;
use domain::session::{Administrator, Session, StandsFor};
use domain::sign_up::{Acceptance, SignUp, SignUpDetails, SignUpStep};
use domain::tenant::{Organisation, PortalStep, Tenant};
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use state::memory::Memory;
use state::{Sessions as _, SignUps as _, Tenants as _};
use web::{FormToken, SessionId};

use crate::customer::Customer;
use crate::simulator::ready;

/// The owner's email, who is no employee.
pub(crate) const OWNER: &str = "admin@wattle.example.com";

/// Whose browser it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Owner,
    Administrator,
}

/// A session, as the browser has it.
#[derive(Clone)]
pub(crate) struct BrowserSession {
    id: SessionId,
    since: Timestamp,
}

#[derive(Clone, Default)]
pub(crate) struct Browsers {
    owner: Option<BrowserSession>,
    administrator: Option<BrowserSession>,
}

impl BrowserSession {
    /// The header with its cookie.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let cookie = self.id.cookie();
        let cookie = cookie.to_str().ok().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        HeaderValue::try_from(cookie).expect("a cookie is text")
    }

    pub(crate) fn form_token(&self) -> String {
        FormToken::of(&self.id).to_string()
    }

    fn is_older_than(&self, minutes: i64, now: Timestamp) -> bool {
        now.duration_since(self.since) > SignedDuration::from_mins(minutes)
    }
}

impl Browsers {
    /// The session of one of the browsers. One that has grown old was renewed by a login meanwhile, which is not
    /// simulated.
    pub(crate) fn session(
        &mut self,
        of: Of,
        customer: &Customer,
        state: &Memory,
        random: &dyn Random,
        now: Timestamp,
    ) -> BrowserSession {
        let (kept, longest) = match of {
            Of::Owner => (&mut self.owner, 11 * 60),
            Of::Administrator => (&mut self.administrator, 50),
        };
        if let Some(session) = kept.as_ref().filter(|session| !session.is_older_than(longest, now)) {
            return session.clone();
        }
        let id = SessionId::generate(random);
        let stands_for = match of {
            Of::Owner => StandsFor::SignUp { id: sign_up_of(customer), login: Some(customer.xero_user.clone()) },
            Of::Administrator => StandsFor::Administrator(Administrator {
                sign_up: sign_up_of(customer),
                portal: customer.portal.clone(),
                domain: PortalDomain::parse(&customer.domain).expect("an address"),
                account: customer.administrator.as_str().into(),
                name: "Alex Admin".to_owned(),
            }),
        };
        ready(state.add_session(&Session { hash: id.hash(), stands_for, started_at: now })).expect("memory answers");
        kept.insert(BrowserSession { id, since: now }).clone()
    }

    /// Keeps the session that an answer has given the administrator's browser.
    pub(crate) fn keep(&mut self, set_cookie: &HeaderValue, now: Timestamp) {
        let cookie = set_cookie.to_str().ok().and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok());
        let headers: HeaderMap = cookie.map(|cookie| (header::COOKIE, cookie)).into_iter().collect();
        if let Some(id) = SessionId::from_headers(&headers) {
            self.administrator = Some(BrowserSession { id, since: now });
        }
    }
}

fn sign_up_of(customer: &Customer) -> SignUpId {
    SignUpId::new(format!("sign-up-{}", customer.portal))
}

/// Stores what is kept of an owner who has signed up, connected an organisation and got a portal.
pub(crate) fn store_sign_up(state: &Memory, customer: &Customer, at: Timestamp) {
    let id = sign_up_of(customer);
    let domain = PortalDomain::parse(&customer.domain).expect("an address");
    let sign_up = SignUp {
        id: id.clone(),
        details: SignUpDetails {
            given_name: "Olivia".to_owned(),
            family_name: "Example".to_owned(),
            email: EmailAddress::parse(OWNER).expect("an address"),
            company: "Wattle".to_owned(),
            country: domain::country::Country::Australia,
            domain: domain.clone(),
            industry: "Education and Training".to_owned(),
        },
        acceptance: Acceptance { terms_version: "1".to_owned(), collection_version: "1".to_owned(), at },
        step: SignUpStep::PortalProvisioned {
            xero_user: customer.xero_user.clone(),
            tenant: customer.tenant.clone(),
            portal: customer.portal.clone(),
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
    ready(state.add_sign_up(&sign_up)).expect("memory answers");
    let tenant = Tenant {
        organisation: Organisation {
            tenant: customer.tenant.clone(),
            name: customer.organisation.clone(),
            country: domain::country::Country::Australia,
            connection: "connection".into(),
            short_code: None,
            timezone: None,
            on_trial: false,
        },
        xero_user: customer.xero_user.clone(),
        connected_by: None,
        connected_at: at,
        sign_up: id,
        portal: PortalStep::Created { portal: customer.portal.clone(), domain },
        confirmed_at: at,
        disconnected: None,
        trouble: None,
        erased_at: None,
        revision: 0,
    };
    ready(state.put_tenant(tenant)).expect("memory answers");
}
