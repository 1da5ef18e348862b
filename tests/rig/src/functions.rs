//! The functions, wired as their `main`s wire them, but over any state and over the fake world's routers.

use std::sync::Arc;
use std::time::Duration;

use application::courses::CourseSets;
use application::look::Look;
use application::partner::Partner;
use application::site::{PortalUrl, site_settings};
use application::upstreams::XERO_CALLBACK_PATH;
use application::visitor::Visitors;
use application::xero_access::XeroAccess;
use domain::clock::{Clock, Random};
use go1::{Go1Client, Go1Settings};
use jiff::SignedDuration;
use oauth_callback::Callback;
use platform::settings::Environment;
use secrecy::SecretString;
use signup::Door;
use stand_ins::World;
use state::conformance::Store;
use sweeper::Sweeper;
use transport::RouterTransport;
use url::Url;
use vault::{SealingKeys, Vault};
use worker::{PaceSettings, Worker};
use xero::{XeroClient, XeroSettings};

use crate::browser::Gateway;
use crate::queue::Queue;
use crate::steps::Steps;

/// Where the app is.
pub const APP: &str = "http://app.localhost:8400";
const XERO: &str = "http://xero.localhost:8401";
const GO1: &str = "http://go1.localhost:8402";

/// The keys that tokens are sealed with: not secret here.
const SEALING_KEYS: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

/// What the functions have from outside.
pub(crate) struct Surroundings {
    pub(crate) world: World,
    pub(crate) queue: Queue,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) pace: PaceSettings,
    pub(crate) pkce: bool,
    pub(crate) visibility: Duration,
}

/// One process of each function.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) gateway: Gateway,
    pub(crate) worker: Worker,
    pub(crate) sweeper: Sweeper,
}

impl Functions {
    /// Starts them over `state`.
    pub(crate) fn start<S: Store + 'static>(state: &Arc<S>, around: &Surroundings) -> Self {
        let environment = environment();
        let xero = Arc::new(xero_client(around));
        let go1 = Arc::new(go1_client(around));
        let keys = Arc::new(SealingKeys::from_json(&SecretString::from(SEALING_KEYS)).expect("keys of the right form"));
        let vault = || Vault::new(state.clone(), keys.clone(), around.clock.clone(), around.random.clone());
        let xero_access = XeroAccess { client: xero.clone(), vault: vault() };
        let courses = CourseSets::from_environment(&environment).expect("five courses each");
        let portal_url = PortalUrl::from_environment(&environment).expect("an address with a domain in it");
        let partner = || Arc::new(Partner::new(go1.clone(), around.clock.clone()));
        let visitors = Visitors {
            site: Arc::new(site_settings(&environment).expect("all settings")),
            sessions: state.clone(),
            sign_ups: state.clone(),
            audit: state.clone(),
            clock: around.clock.clone(),
            random: around.random.clone(),
        };
        let look = Look {
            xero: xero_access.clone(),
            go1: go1.clone(),
            partner: partner(),
            go1_vault: vault(),
            portals: state.clone(),
            members: state.clone(),
            courses: courses.clone(),
            clock: around.clock.clone(),
        };
        let door = Door {
            visitors: visitors.clone(),
            consents: state.clone(),
            logins: state.clone(),
            xero,
            pkce: around.pkce,
        };
        let callback = Callback {
            visitors: visitors.clone(),
            consents: state.clone(),
            logins: state.clone(),
            tenants: state.clone(),
            xero: xero_access,
            portal_url: portal_url.clone(),
        };
        let preview = preview::Preview {
            visitors: visitors.clone(),
            tenants: state.clone(),
            plans: state.clone(),
            look: look.clone(),
            go1: go1.clone(),
            partner: partner(),
            courses,
        };
        let importer = import::Importer {
            visitors,
            tenants: state.clone(),
            portals: state.clone(),
            plans: state.clone(),
            imports: Arc::new(Steps(state.clone())),
            queue: Arc::new(around.queue.clone()),
            look,
            partner: partner(),
            go1: go1.clone(),
            go1_vault: vault(),
            portal_url,
        };
        let gateway = Gateway {
            signup: signup::router(door),
            oauth_callback: oauth_callback::router(callback),
            preview: preview::router(preview),
            import: import::router(importer),
        };
        let worker = Worker {
            imports: state.clone(),
            members: state.clone(),
            go1,
            vault: vault(),
            return_path: Arc::new(around.queue.clone()),
            clock: around.clock.clone(),
            pace: around.pace,
        };
        let sweeper = Sweeper {
            active: state.clone(),
            acceptance: Arc::new(Steps(state.clone())),
            work: state.clone(),
            members: state.clone(),
            plans: state.clone(),
            queue: Arc::new(around.queue.clone()),
            clock: around.clock.clone(),
            silence: SignedDuration::try_from(2 * around.visibility).expect("minutes"),
        };
        Self { gateway, worker, sweeper }
    }
}

fn environment() -> Environment {
    Environment::from([
        ("PUBLIC_URL", APP),
        ("SUPPORT_CONTACT", "mailto:help@example.com"),
        ("XERO_LOGIN_URL", XERO),
        ("GO1_PORTAL_URL", "http://go1.localhost:8402/portals-home/{domain}"),
        ("GO1_PICTURE_ORIGIN", GO1),
        ("GO1_COURSES_AU", "1001,1002,1003,1004,1005"),
        ("GO1_COURSES_US", "2001,2002,2003,2004,2005"),
    ])
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn xero_client(around: &Surroundings) -> XeroClient {
    let settings = XeroSettings {
        login_url: url(XERO),
        identity_url: url(XERO),
        issuer: XERO.to_owned(),
        api_url: url(XERO),
        accounting_url: url(XERO).join("/api.xro/2.0").expect("a path"),
        payroll_url: url(XERO).join("/payroll.xro/1.0").expect("a path"),
        client_id: stand_ins::xero::CLIENT_ID.to_owned(),
        client_secret: stand_ins::xero::CLIENT_SECRET.into(),
        redirect_uri: url(APP).join(XERO_CALLBACK_PATH).expect("a path"),
        pkce: around.pkce,
    };
    XeroClient::new(settings, Arc::new(RouterTransport::new(stand_ins::xero::router(around.world.clone()))))
}

fn go1_client(around: &Surroundings) -> Go1Client {
    let settings = Go1Settings {
        auth_url: url(GO1),
        api_url: url(GO1),
        api_version: "2025-01-01".to_owned(),
        client_id: stand_ins::go1::CLIENT_ID.to_owned(),
        client_secret: stand_ins::go1::CLIENT_SECRET.into(),
    };
    Go1Client::new(settings, Arc::new(RouterTransport::new(stand_ins::go1::router(around.world.clone()))))
}
