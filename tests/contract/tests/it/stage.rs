//! The stand-ins over loopback, and an operator whose browser goes through their pages.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contract::{Addresses, Live, Operator, Report, run_live};
use domain::email::EmailAddress;
use domain::ids::LearningObjectId;
use platform::entropy::{SystemClock, SystemRandom};
use secrecy::SecretString;
use stand_ins::{EmployeeStatus, World, WorldSettings};
use tokio::net::TcpListener;
use transport::{HttpSettings, HttpTransport};
use url::Url;

pub(crate) const OWNER: &str = "olivia.hartley@example.com";
const ORGANISATION: &str = "Wattle Grove Books";

/// Both stand-ins on ports of their own, and where a run keeps what it keeps.
pub(crate) struct Stage {
    pub(crate) world: World,
    live: Live,
}

/// An operator who says yes to everything but some, and remembers what was asked.
pub(crate) struct Scripted {
    world: World,
    pub(crate) asked: Vec<String>,
    pub(crate) opened: usize,
    refuses: &'static str,
}

impl Stage {
    pub(crate) async fn new(change: impl FnOnce(&mut WorldSettings)) -> Self {
        let [xero, go1, callback] = [listener().await, listener().await, listener().await];
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().expect("a port"));
        let (xero_url, go1_url, callback_url) = (address(&xero), address(&go1), address(&callback));
        // The port is free again for the run, which listens itself.
        drop(callback);
        let mut settings = WorldSettings {
            clock: Arc::new(stand_ins::SystemClock),
            xero_public_url: xero_url.clone(),
            go1_public_url: go1_url.clone(),
            xero_redirect_uris: vec![format!("{callback_url}/oauth/xero/callback")],
            go1_redirect_uris: vec![format!("{callback_url}/oauth/go1/callback")],
            ..WorldSettings::default()
        };
        change(&mut settings);
        let world = World::new(settings);
        // Somebody who has left, as a demo company has one.
        world.xero().edit_organisation(ORGANISATION, |organisation| {
            "DEMO".clone_into(&mut organisation.class);
            organisation.employees[0].status = EmployeeStatus::Terminated;
        });
        world.xero().set_contact_group(ORGANISATION, "Everyone", 60);
        tokio::spawn(stand_ins::serve(xero, stand_ins::xero::router(world.clone()), std::future::pending()));
        tokio::spawn(stand_ins::serve(go1, stand_ins::go1::router(world.clone()), std::future::pending()));
        let url = |text: &str| Url::parse(text).expect("an address");
        let secret = |text: &str| SecretString::from(text.to_owned());
        let addresses = Addresses {
            xero_login_url: url(&xero_url),
            xero_identity_url: url(&xero_url),
            xero_issuer: xero_url.clone(),
            xero_api_url: url(&xero_url),
            xero_accounting_url: url(&format!("{xero_url}/api.xro/2.0")),
            xero_payroll_url: url(&format!("{xero_url}/payroll.xro/1.0")),
            xero_client_id: stand_ins::xero::CLIENT_ID.to_owned(),
            xero_client_secret: secret(stand_ins::xero::CLIENT_SECRET),
            go1_auth_url: url(&go1_url),
            go1_login_url: url(&go1_url),
            go1_api_url: url(&go1_url),
            go1_v2_api_url: url(&format!("{go1_url}/v2")),
            go1_api_version: "2025-01-01".to_owned(),
            go1_client_id: stand_ins::go1::CLIENT_ID.to_owned(),
            go1_client_secret: secret(stand_ins::go1::CLIENT_SECRET),
        };
        let ids = |first: u32| (first..first + 5).map(|id| LearningObjectId::new(id.to_string())).collect();
        let live = Live {
            addresses,
            callback: url(&callback_url),
            keep: keep(&callback_url),
            domain: "people.example".to_owned(),
            owner: EmailAddress::parse(OWNER).expect("an email"),
            courses_au: ids(1001),
            courses_us: ids(2001),
            picture_origins: vec![go1_url.clone(), go1_url.replacen("://", "://media.", 1)],
            go1_scopes: "user.read user.write user.login portal.read lo.read enrollment.read enrollment.write"
                .split(' ')
                .map(str::to_owned)
                .collect(),
            patience: Duration::from_secs(5),
            disconnect: false,
        };
        Self { world, live }
    }

    /// The same, which disconnects at the end.
    pub(crate) fn disconnecting(mut self) -> Self {
        self.live.disconnect = true;
        self
    }

    pub(crate) async fn run(&self, refuses: &'static str) -> (Report, Scripted) {
        let mut operator = Scripted { world: self.world.clone(), asked: Vec::new(), opened: 0, refuses };
        let transport = Arc::new(HttpTransport::new(&HttpSettings::default()).expect("a client"));
        let report = run_live(&self.live, transport, Arc::new(SystemClock), &SystemRandom, &mut operator).await;
        (report.expect("a whole run"), operator)
    }

    pub(crate) fn keep(&self) -> &PathBuf {
        &self.live.keep
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.live.keep);
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

fn keep(of: &str) -> PathBuf {
    let name: String = of.chars().filter(char::is_ascii_alphanumeric).collect();
    std::env::temp_dir().join(format!("contract-{}-{name}.json", std::process::id()))
}

impl Operator for Scripted {
    fn may(&mut self, what: &str) -> bool {
        self.asked.push(what.to_owned());
        self.refuses.is_empty() || !what.contains(self.refuses)
    }

    fn open(&mut self, _why: &str, address: &Url) {
        self.opened += 1;
        let world = self.world.clone();
        let address = address.clone();
        let is_xero = address.path().starts_with("/identity");
        tokio::spawn(
            async move { if is_xero { at_xero(&world, &address).await } else { at_go1(&world, &address).await } },
        );
    }

    fn say(&mut self, _text: &str) {}
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a browser")
}

async fn post(browser: &reqwest::Client, at: &Url, path: &str, form: &[(&str, &str)]) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request =
        browser.post(at.join(path).expect("a path")).header("content-type", "application/x-www-form-urlencoded");
    request.body(body).send().await.expect("an answer");
}

/// Goes through Xero's pages: who, which organisation, allowed.
async fn at_xero(world: &World, address: &Url) {
    let browser = browser();
    let page = browser.get(address.clone()).send().await.expect("a page").url().clone();
    let request = page.query_pairs().find(|(name, _)| name == "request").expect("a login").1.into_owned();
    let tenant = world.xero().organisation(ORGANISATION).expect("it exists").tenant_id;
    post(&browser, address, "/identity/login", &[("request", &request), ("user", OWNER)]).await;
    post(&browser, address, "/identity/organisations", &[("request", &request), ("tenant", &tenant)]).await;
    post(&browser, address, "/identity/consent", &[("request", &request), ("decision", "allow")]).await;
}

/// What a hidden field of the page holds; nothing where there is none.
fn hidden<'page>(page: &'page str, name: &str) -> &'page str {
    let after = page.split_once(&format!("name=\"{name}\" value=\"")).map_or("", |(_, after)| after);
    after.split_once('"').map_or("", |(value, _)| value)
}

/// Goes through GO1's page: the owner, in the portal that was made.
async fn at_go1(world: &World, address: &Url) {
    let of = |name: &str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let portal = world.go1().portals().into_iter().rev().find(|portal| portal.ours).expect("a portal");
    let account = portal.administrator.expect("an owner");
    let [redirect_uri, state, scope] = ["redirect_uri", "state", "scope"].map(|name| of(name).unwrap_or_default());
    let browser = browser();
    let page = browser.get(address.clone()).send().await.expect("a page").text().await.expect("text");
    let form = [
        ("redirect_uri", &*redirect_uri),
        ("state", &*state),
        ("scope", &*scope),
        ("account", &*account),
        ("code_challenge", hidden(&page, "code_challenge")),
    ];
    post(&browser, address, "/oauth/authorize", &form).await;
}
