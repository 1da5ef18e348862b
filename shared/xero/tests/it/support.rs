//! What the tests share: a client over the stand-in or over a script, and tokens.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use stand_ins::{ManualClock, World, WorldSettings};
use transport::{ClientCredentials, ReadRetries, Reread, RouterTransport, Script, Transport};
use url::Url;
use xero::{XeroClient, XeroSettings};

/// The redirect URI that the stand-in knows.
pub(crate) const REDIRECT_URI: &str = "http://app.localhost:8400/oauth/xero/callback";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

pub(crate) fn settings(issuer: &str) -> XeroSettings {
    XeroSettings {
        login_url: url("http://login.test"),
        identity_url: url("http://identity.test"),
        issuer: issuer.to_owned(),
        api_url: url("http://api.test"),
        accounting_url: url("http://api.test/api.xro/2.0"),
        payroll_url: url("http://api.test/payroll.xro/1.0"),
        app: Arc::new(Reread::fixed(ClientCredentials {
            client_id: stand_ins::xero::CLIENT_ID.to_owned(),
            client_secret: secret(stand_ins::xero::CLIENT_SECRET),
        })),
        redirect_uri: url(REDIRECT_URI),
        pkce: false,
    }
}

/// A client that waits the same every time.
pub(crate) fn client(issuer: &str, transport: Arc<dyn Transport>) -> XeroClient {
    let retries = ReadRetries { random: Arc::new(|| 0), ..ReadRetries::default() };
    XeroClient::new(settings(issuer), transport).with_retries(retries)
}

/// A client over a script.
pub(crate) fn scripted(script: &Script) -> XeroClient {
    client("http://issuer.test", script.transport())
}

/// A world whose time stands at [`now`], its clock, and a client over its Xero.
pub(crate) fn world() -> (World, ManualClock, XeroClient) {
    let clock = ManualClock::at(now());
    let settings = WorldSettings { clock: Arc::new(clock.clone()), ..WorldSettings::default() };
    let issuer = settings.xero_public_url.clone();
    let world = World::new(settings);
    let transport = RouterTransport::new(stand_ins::xero::router(world.clone()));
    (world, clock, client(&issuer, Arc::new(transport)))
}

/// The scopes for Australia, as Xero's query has them.
pub(crate) fn australian_scopes() -> String {
    xero::scopes(Some(domain::country::Country::Australia), false).join(" ")
}

/// The access token of this user after a consent for this organisation.
pub(crate) fn token(world: &World, email: &str, organisation: &str) -> SecretString {
    let tokens = world.xero().sign_in(email, &[organisation], &australian_scopes()).expect("both exist");
    secret(&tokens.access_token)
}

/// The tenant id of an organisation.
pub(crate) fn tenant(world: &World, organisation: &str) -> domain::ids::TenantId {
    domain::ids::TenantId::new(world.xero().organisation(organisation).expect("it exists").tenant_id)
}
