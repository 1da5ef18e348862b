//! What the tests share: a client over the stand-in or over a script, a portal, and tokens.

use std::sync::Arc;

use domain::country::Country;
use domain::email::EmailAddress;
use domain::portal::PortalDomain;
use go1::{CreatedPortal, Go1Client, Go1Settings, NewPortal, NewUserAccount};
use jiff::Timestamp;
use secrecy::SecretString;
use stand_ins::{ManualClock, World, WorldSettings};
use transport::{ClientCredentials, ReadRetries, Reread, RouterTransport, Script, Transport};
use url::Url;

pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an email")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// A client that waits the same every time.
pub(crate) fn client(transport: Arc<dyn Transport>) -> Go1Client {
    let settings = Go1Settings {
        auth_url: url("http://auth.test"),
        api_url: url("http://api.test"),
        api_version: "2025-01-01".to_owned(),
        app: Arc::new(Reread::fixed(ClientCredentials {
            client_id: stand_ins::go1::CLIENT_ID.to_owned(),
            client_secret: secret(stand_ins::go1::CLIENT_SECRET),
        })),
    };
    Go1Client::new(settings, transport).with_retries(ReadRetries { random: Arc::new(|| 0), ..ReadRetries::default() })
}

/// A client over a script.
pub(crate) fn scripted(script: &Script) -> Go1Client {
    client(script.transport())
}

/// A world whose time stands at [`now`], and a client over its GO1.
pub(crate) fn world(change: impl FnOnce(&mut WorldSettings)) -> (World, Go1Client) {
    let mut settings = WorldSettings { clock: Arc::new(ManualClock::at(now())), ..WorldSettings::default() };
    change(&mut settings);
    let world = World::new(settings);
    let transport = RouterTransport::new(stand_ins::go1::router(world.clone()));
    (world, client(Arc::new(transport)))
}

pub(crate) fn new_portal(domain: &str, tenant: &str) -> NewPortal {
    NewPortal {
        name: "Wattle Grove Books".to_owned(),
        domain: PortalDomain::parse(domain).expect("a domain"),
        country: Country::Australia,
        industry: "Retail Trade".to_owned(),
        timezone: Some("Australia/Sydney".to_owned()),
        tenant: tenant.into(),
        email: email("olivia.hartley@example.com"),
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
    }
}

pub(crate) async fn partner(client: &Go1Client) -> SecretString {
    client.partner_token(now()).await.expect("a token").access_token
}

/// A portal that was just created.
pub(crate) async fn portal(client: &Go1Client) -> CreatedPortal {
    let portal = new_portal("wattle-grove", "tenant-1");
    client.create_portal(&partner(client).await, &portal, now()).await.expect("a portal")
}

pub(crate) fn person(address: &str) -> NewUserAccount {
    NewUserAccount { given_name: "Bob".to_owned(), family_name: "Ray".to_owned(), email: email(address) }
}
