//! GO1 says of a scope that is missing almost what it says of a dead token. No token is spent on it and nobody is asked to
//! log in: the fault is ours.

use domain::import::{ImportStatus, WaitReason};
use http::StatusCode;
use rig::{Rig, WATTLE, import_of};
use stand_ins::go1::endpoint::{CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS, LOGIN, TOKEN};
use stand_ins::{Fault, FaultKind};

fn missing_scopes() -> FaultKind {
    FaultKind::answer(401, &[("content-type", "application/json")], r#"{"message":"Missing scopes"}"#)
}

#[tokio::test(start_paused = true)]
async fn a_press_of_get_started_spends_no_refresh_token() {
    let rig = Rig::new(1);
    let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(LOGIN, missing_scopes()));
    let asked = rig.world.go1().calls(TOKEN);
    for _ in 0..3 {
        let portal = olivia.get_started().await;
        assert_eq!(portal.url.host_str(), Some("go1.localhost"), "it opens, and the owner logs in there");
        assert_eq!(portal.url.query(), None);
    }
    assert_eq!(rig.world.go1().calls(TOKEN), asked);
}

#[tokio::test(start_paused = true)]
async fn an_import_waits_as_for_a_fault_of_ours_and_goes_on_when_it_is_mended() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, missing_scopes()));
    let asked = rig.world.go1().calls(TOKEN);
    rig.minutes_pass(5).await;
    let wait = rig.kept_import(&WATTLE, &import).await.wait.expect("it waits");
    assert_eq!(wait.why, WaitReason::OwnFault);
    assert_eq!(rig.world.go1().calls(TOKEN), asked, "no refresh token is spent");
    rig.world.go1().faults().clear();
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::Done, 7, 0));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_told_as_our_fault_and_not_as_a_login() {
    let rig = Rig::new(3);
    let ada = rig.managed(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(LIST_USER_ACCOUNTS, missing_scopes()));
    let asked = rig.world.go1().calls(TOKEN);
    // The list of users still shows who was imported.
    let users = ada.open("/portal/users").await;
    assert!(users.words().contains("GO1 doesn’t let us see your portal’s users"), "{}", users.words());
    assert!(!users.words().contains("needs you to sign in"), "{}", users.words());
    let look = ada.look_again().await;
    assert_eq!(look.status, StatusCode::SERVICE_UNAVAILABLE, "{}", look.words());
    assert!(look.words().contains("GO1 doesn’t let us do this yet"), "{}", look.words());
    assert_eq!(rig.world.go1().calls(TOKEN), asked);
}
