//! "I already have a portal": an administrator of it connects it, and no second one is ever made.

mod connecting;
mod leaving;
mod races;
mod regaining;

use domain::ids::PortalId;
use domain::portal::Portal;
use http::StatusCode;
use rig::{Page, Rig, Visitor, expect};
use stand_ins::go1::UserAccount;
use state::PortalReader as _;

/// The portal of a customer who was there before, and its administrator.
const ACME: &str = "acme.mygo1.com";
const ADA: &str = "ada.forsyth@acme.example.com";

fn portal(rig: &Rig, domain: &str) -> PortalId {
    PortalId::new(rig.world.go1().portal(domain).expect("a portal of the world").id)
}

fn accounts(rig: &Rig, domain: &str) -> Vec<UserAccount> {
    rig.world.go1().user_accounts(portal(rig, domain).as_str())
}

async fn kept_portal(rig: &Rig) -> Option<Portal> {
    rig.state.find_portal(&portal(rig, ACME)).await.expect("memory answers")
}

/// Logs in with GO1 as whoever has this email in this portal, from one of our own addresses.
async fn log_in(rig: &Rig, visitor: &Visitor, from: &str, domain: &str, email: &str) -> Page {
    let go1 = expect(visitor.open(from).await, StatusCode::OK, "/oauth/authorize");
    let account = accounts(rig, domain).into_iter().find(|account| account.email == email).expect("somebody there");
    visitor.browser.submit(&go1, "/oauth/authorize", &[("account", &account.id)]).await
}

/// Ada says that she has a portal, and stands before the form.
async fn ada_arrives(rig: &Rig, visitor: &Visitor) -> Page {
    let told = log_in(rig, visitor, "/portal/login?existing", ACME, ADA).await;
    let told = expect(told, StatusCode::OK, "/portal/connect");
    assert!(told.words().contains(ACME) && told.text.contains("href=\"/signup\""), "{}", told.words());
    expect(visitor.open("/signup").await, StatusCode::OK, "/signup")
}

/// From the form to the organisation, named back or to be chosen.
async fn ada_at_organisations(rig: &Rig, visitor: &Visitor) -> Page {
    let form = ada_arrives(rig, visitor).await;
    let login = visitor.accept(&form, &[]).await;
    expect(visitor.consent(&login).await, StatusCode::OK, "/organisations")
}

async fn confirm(rig: &Rig, visitor: &Visitor, named: &Page) -> Page {
    visitor.choose(named, &rig.tenant(&visitor.customer)).await
}
