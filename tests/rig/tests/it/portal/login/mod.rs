//! The way in from the portal: who comes in, who is kept out, and that a login gives nothing else.

mod access;
mod guards;
mod sessions;

use domain::audit::AuditAction;
use http::StatusCode;
use rig::{Page, Rig, Visitor, WATTLE};
use state::{AuditTrail as _, GrantOwner, Grants as _, TenantReader as _};
use url::Url;

/// The name of the session's cookie.
pub(crate) const SESSION: &str = "__Host-session";

/// A portal with its people imported, and somebody in a new browser before GO1's login page.
pub(crate) async fn at_login(seed: u64) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    rig.visitor(&WATTLE).import().await;
    rig.pump().await;
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

pub(crate) fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(each, _)| each != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    changed
}

/// The number of the pair of tokens that is kept for a portal; 0 where none is.
pub(crate) async fn generation(rig: &Rig, portal: &str) -> u64 {
    let grant = rig.state.find_grant(&GrantOwner::Portal(portal.into())).await.expect("memory answers");
    grant.map_or(0, |grant| grant.generation)
}

pub(crate) async fn trail(rig: &Rig) -> Vec<(Option<String>, AuditAction)> {
    let tenant = rig.state.find_tenant(&rig.tenant(&WATTLE)).await.expect("memory answers").expect("the tenant");
    let trail = rig.state.audit_of(&tenant.sign_up).await.expect("memory answers");
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
