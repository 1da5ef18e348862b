//! The way in from the portal: who comes in, who is kept out, and that a login gives nothing else.

mod access;
mod guards;
mod injected;
mod quiet;
mod sessions;

use domain::audit::AuditAction;
use http::StatusCode;
use rig::{Page, Rig, Visitor, WATTLE};
use state::GrantOwner;
use url::Url;

/// A portal with its people imported, and somebody in a new browser before GO1's login page.
pub(crate) async fn at_login(seed: u64) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    rig.imported(&WATTLE).await;
    let ada = rig.visitor(&WATTLE);
    let login = ada.configure(&rig.domain_of(&WATTLE)).await;
    assert_eq!(login.url.path(), "/oauth/authorize");
    (rig, ada, login)
}

/// The same, with the way back from GO1 in hand.
pub(crate) async fn returning(seed: u64) -> (Rig, Visitor, Url) {
    let (rig, ada, login) = at_login(seed).await;
    let back = ada.log_in_without_return(&login, &rig.administrator_of(&WATTLE)).await;
    (rig, ada, back)
}

/// Who administers another portal, coastal.mygo1.com.
pub(crate) fn edith(rig: &Rig) -> String {
    rig.world.go1().portal("coastal.mygo1.com").and_then(|portal| portal.administrator).expect("Edith")
}

/// The number of the pair of tokens that is kept for a portal; 0 where none is.
pub(crate) async fn generation(rig: &Rig, portal: &str) -> u64 {
    let grant = rig.kept_grant(&GrantOwner::Portal(portal.into())).await;
    grant.map_or(0, |grant| grant.generation)
}

pub(crate) async fn trail(rig: &Rig) -> Vec<(Option<String>, AuditAction)> {
    let trail = rig.trail(&WATTLE).await;
    trail.into_iter().map(|entry| (entry.by, entry.action)).collect()
}

/// Nobody came in: every room is closed to this browser, and the tokens are those from before.
pub(crate) async fn nobody_came_in(rig: &Rig, visitor: &Visitor, before: u64) {
    for path in ["/portal/users", "/portal/settings", "/portal/erase", "/preview", "/get-started", "/disconnect"] {
        assert_eq!(visitor.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(generation(rig, rig.portal(&WATTLE).as_str()).await, before);
    assert!(!trail(rig).await.iter().any(|(_, action)| matches!(action, AuditAction::AdministratorEntered { .. })));
}
