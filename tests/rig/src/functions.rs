//! The functions, wired as their `main`s wire them, but over any state, any transports and any queue.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use addon::Addon;
use application::courses::CourseSets;
use application::erasure::Erasing;
use application::look::Look;
use application::partner::Partner;
use application::queue::BatchQueue;
use application::site::{PortalUrl, site_settings};
use application::undo::Undo;
use application::upstreams::{GO1_CALLBACK_PATH, XERO_CALLBACK_PATH};
use application::visitor::Visitors;
use application::xero_access::XeroAccess;
use domain::clock::{Clock, Random};
use go1::{Go1Client, Go1Settings, LoginClient, LoginSettings};
use jiff::SignedDuration;
use oauth_callback::Callback;
use platform::settings::Environment;
use secrecy::SecretString;
use signup::Door;
use state::conformance::Store;
use sweeper::Sweeper;
use transport::{ReadRetries, Transport};
use url::Url;
use vault::{SealingKeys, Vault};
use web::SiteSettings;
use worker::{PaceSettings, ReturnPath, Worker};
use xero::{XeroClient, XeroSettings};

use crate::browser::Gateway;

/// Where the app is.
pub const APP: &str = "http://app.localhost:8400";
const XERO: &str = "http://xero.localhost:8401";
const GO1: &str = "http://go1.localhost:8402";

/// The keys that tokens are sealed with: not secret here.
const SEALING_KEYS: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

/// What the functions have from outside.
#[derive(Clone)]
pub struct Surroundings<S> {
    /// What is kept.
    pub state: Arc<S>,
    /// The way to Xero.
    pub xero: Arc<dyn Transport>,
    /// The way to GO1.
    pub go1: Arc<dyn Transport>,
    /// How reads of GO1 are tried again.
    pub retries: ReadRetries,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// Where messages go that are not done with.
    pub return_path: Arc<dyn ReturnPath>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How fast GO1 is called for one portal.
    pub pace: PaceSettings,
    /// Whether PKCE's challenge is sent.
    pub pkce: bool,
    /// How long one invocation of the worker may take before it is killed.
    pub invocation: Duration,
    /// The queue's visibility time-out.
    pub visibility: Duration,
}

/// What is the same in every process.
struct Settings {
    site: Arc<SiteSettings>,
    keys: Arc<SealingKeys>,
    courses: CourseSets,
    portal_url: PortalUrl,
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let environment = environment();
    let keys = SealingKeys::from_json(&SecretString::from(SEALING_KEYS));
    Settings {
        site: Arc::new(site_settings(&environment).expect("all settings")),
        keys: Arc::new(keys.expect("keys of the right form")),
        courses: CourseSets::from_environment(&environment).expect("five courses each"),
        portal_url: PortalUrl::from_environment(&environment).expect("an address with a domain in it"),
    }
});

/// Starts functions: each call is one cold start.
#[derive(Clone)]
pub struct Wiring<S> {
    around: Surroundings<S>,
    go1: Arc<Go1Client>,
    xero: Arc<XeroClient>,
}

/// One process of each function.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) gateway: Gateway,
    pub(crate) worker: Worker,
    pub(crate) sweeper: Sweeper,
    pub(crate) undo: Undo,
}

impl Functions {
    pub(crate) fn start<S: Store + 'static>(wiring: &Wiring<S>) -> Self {
        Self { gateway: wiring.gateway(), worker: wiring.worker(), sweeper: wiring.sweeper(), undo: wiring.undo() }
    }
}

impl<S: Store + 'static> Wiring<S> {
    /// Of these surroundings.
    pub fn new(around: Surroundings<S>) -> Self {
        let go1 = Go1Client::new(go1_settings(), around.go1.clone()).with_retries(around.retries.clone());
        let xero = XeroClient::new(xero_settings(around.pkce), around.xero.clone());
        Self { go1: Arc::new(go1), xero: Arc::new(xero), around }
    }

    /// The tokens.
    pub fn vault(&self) -> Vault {
        let around = &self.around;
        Vault::new(around.state.clone(), SETTINGS.keys.clone(), around.clock.clone(), around.random.clone())
    }

    fn partner(&self) -> Arc<Partner> {
        Arc::new(Partner::new(self.go1.clone(), self.around.clock.clone()))
    }

    fn visitors(&self) -> Visitors {
        let state = &self.around.state;
        Visitors {
            site: SETTINGS.site.clone(),
            sessions: state.clone(),
            sign_ups: state.clone(),
            audit: state.clone(),
            clock: self.around.clock.clone(),
            random: self.around.random.clone(),
        }
    }

    fn xero_access(&self) -> XeroAccess {
        XeroAccess { client: self.xero.clone(), vault: self.vault() }
    }

    fn look(&self) -> Look {
        let state = &self.around.state;
        Look {
            xero: self.xero_access(),
            go1: self.go1.clone(),
            partner: self.partner(),
            go1_vault: self.vault(),
            portals: state.clone(),
            members: state.clone(),
            imports: state.clone(),
            courses: SETTINGS.courses.clone(),
            clock: self.around.clock.clone(),
        }
    }

    /// The import function.
    pub fn importer(&self) -> import::Importer {
        let state = &self.around.state;
        import::Importer {
            visitors: self.visitors(),
            tenants: state.clone(),
            portals: state.clone(),
            plans: state.clone(),
            imports: state.clone(),
            work: state.clone(),
            members: state.clone(),
            queue: self.around.queue.clone(),
            look: self.look(),
            partner: self.partner(),
            go1: self.go1.clone(),
            go1_vault: self.vault(),
            portal_url: SETTINGS.portal_url.clone(),
        }
    }

    fn erasing(&self) -> Erasing {
        let state = &self.around.state;
        Erasing {
            erasures: state.clone(),
            tenants: state.clone(),
            sign_ups: state.clone(),
            logins: state.clone(),
            grants: state.clone(),
            clock: self.around.clock.clone(),
        }
    }

    /// The worker.
    ///
    /// # Panics
    /// Where an invocation may take longer than a time can be.
    pub fn worker(&self) -> Worker {
        let around = &self.around;
        Worker {
            imports: around.state.clone(),
            members: around.state.clone(),
            portals: around.state.clone(),
            go1: self.go1.clone(),
            vault: self.vault(),
            return_path: around.return_path.clone(),
            clock: around.clock.clone(),
            pace: around.pace,
            longest: SignedDuration::try_from(around.invocation).expect("minutes"),
        }
    }

    /// The sweeper.
    ///
    /// # Panics
    /// Where the visibility time-out is longer than a time can be.
    pub fn sweeper(&self) -> Sweeper {
        let around = &self.around;
        Sweeper {
            erasing: self.erasing(),
            active: around.state.clone(),
            acceptance: around.state.clone(),
            work: around.state.clone(),
            members: around.state.clone(),
            plans: around.state.clone(),
            queue: around.queue.clone(),
            clock: around.clock.clone(),
            silence: SignedDuration::try_from(2 * around.visibility).expect("minutes"),
        }
    }

    /// The add-on.
    pub fn addon(&self) -> Addon {
        let state = &self.around.state;
        Addon {
            erasing: self.erasing(),
            visitors: self.visitors(),
            go1_logins: state.clone(),
            tenants: state.clone(),
            portals: state.clone(),
            members: state.clone(),
            plans: state.clone(),
            imports: state.clone(),
            work: state.clone(),
            queue: self.around.queue.clone(),
            xero: self.xero_access(),
            go1_login: LoginClient::new(self.go1.clone(), login_settings()),
            go1: self.go1.clone(),
            go1_vault: self.vault(),
            partner: self.partner(),
            portal_url: SETTINGS.portal_url.clone(),
        }
    }

    /// What takes imports back.
    pub fn undo(&self) -> Undo {
        let state = &self.around.state;
        Undo {
            imports: state.clone(),
            members: state.clone(),
            portals: state.clone(),
            queue: self.around.queue.clone(),
            clock: self.around.clock.clone(),
        }
    }

    /// Every function with pages.
    pub(crate) fn gateway(&self) -> Gateway {
        let state = &self.around.state;
        let door = Door {
            visitors: self.visitors(),
            consents: state.clone(),
            logins: state.clone(),
            xero: self.xero.clone(),
            pkce: self.around.pkce,
        };
        let callback = Callback {
            visitors: self.visitors(),
            consents: state.clone(),
            logins: state.clone(),
            tenants: state.clone(),
            portals: state.clone(),
            grants: state.clone(),
            xero: self.xero_access(),
            portal_url: SETTINGS.portal_url.clone(),
        };
        let preview = preview::Preview {
            visitors: self.visitors(),
            tenants: state.clone(),
            plans: state.clone(),
            imports: state.clone(),
            look: self.look(),
            go1: self.go1.clone(),
            partner: self.partner(),
            courses: SETTINGS.courses.clone(),
        };
        Gateway {
            addon: addon::router(self.addon()),
            signup: signup::router(door),
            oauth_callback: oauth_callback::router(callback),
            preview: preview::router(preview),
            import: import::router(self.importer()),
        }
    }
}

fn environment() -> Environment {
    Environment::from([
        ("PUBLIC_URL", APP),
        ("SUPPORT_CONTACT", "mailto:help@example.com"),
        ("XERO_LOGIN_URL", XERO),
        ("GO1_LOGIN_URL", GO1),
        ("GO1_PORTAL_URL", "http://go1.localhost:8402/portals-home/{domain}"),
        ("GO1_PICTURE_ORIGIN", GO1),
        ("GO1_COURSES_AU", "1001,1002,1003,1004,1005"),
        ("GO1_COURSES_US", "2001,2002,2003,2004,2005"),
    ])
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn xero_settings(pkce: bool) -> XeroSettings {
    XeroSettings {
        login_url: url(XERO),
        identity_url: url(XERO),
        issuer: XERO.to_owned(),
        api_url: url(XERO),
        accounting_url: url(XERO).join("/api.xro/2.0").expect("a path"),
        payroll_url: url(XERO).join("/payroll.xro/1.0").expect("a path"),
        client_id: stand_ins::xero::CLIENT_ID.to_owned(),
        client_secret: stand_ins::xero::CLIENT_SECRET.into(),
        redirect_uri: url(APP).join(XERO_CALLBACK_PATH).expect("a path"),
        pkce,
    }
}

fn login_settings() -> LoginSettings {
    LoginSettings {
        login_url: url(GO1),
        v2_api_url: url(GO1).join("/v2").expect("a path"),
        redirect_uri: url(APP).join(GO1_CALLBACK_PATH).expect("a path"),
    }
}

fn go1_settings() -> Go1Settings {
    Go1Settings {
        auth_url: url(GO1),
        api_url: url(GO1),
        api_version: "2025-01-01".to_owned(),
        client_id: stand_ins::go1::CLIENT_ID.to_owned(),
        client_secret: stand_ins::go1::CLIENT_SECRET.into(),
    }
}
