//! A login at GO1 that gives a sign-up access to its portal, and an import that waits for one.

use std::time::Duration;

use domain::ids::ImportId;
use domain::import::{ImportStatus, WaitReason};
use http::StatusCode;
use rig::{BLUEGUM, PRAIRIE, Page, Rig, SESSION, Visitor, WATTLE, expect, import_of, with_query};
use stand_ins::go1::{LEARNER, endpoint};
use stand_ins::{Fault, FaultKind};
use state::GrantOwner;

use super::edith;

const FOR_SIGN_UP: &str = "/portal/login?for=sign-up";

/// An import whose access GO1 has ended, waiting for a login.
async fn locked_out(seed: u64) -> (Rig, Visitor, ImportId) {
    let rig = Rig::new(seed);
    let (olivia, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(15).await;
    rig.deliver().await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("a wait");
    assert!(matches!(wait.why, WaitReason::Login { .. }), "{wait:?}");
    (rig, olivia, import)
}

async fn goes_on(rig: &Rig, olivia: &Visitor, import: &ImportId) {
    assert_eq!(rig.kept_import(&BLUEGUM, import).await.wait, None, "it waits for nothing any more");
    rig.minutes_pass(6).await;
    let progress = olivia.progress(import).await;
    assert_eq!((progress.status, progress.created), (ImportStatus::Done, 24));
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 120);
}

#[tokio::test(start_paused = true)]
async fn an_import_that_waits_for_a_login_goes_on_when_an_administrator_comes_in() {
    let (rig, olivia, import) = locked_out(1).await;
    let learner = rig.world.go1().add_learner(rig.portal(&BLUEGUM).as_str(), "lee@example.com", "Lee", "Park");
    let stranger = rig.visitor(&BLUEGUM);
    let login = stranger.configure(&rig.domain_of(&BLUEGUM)).await;
    assert_eq!(stranger.log_in_as(&login, &learner).await.status, StatusCode::FORBIDDEN);
    assert!(rig.kept_import(&BLUEGUM, &import).await.wait.is_some(), "a learner's login is none");
    let ada = rig.administrator(&BLUEGUM).await;
    let page = expect(ada.open_import(&import).await, StatusCode::OK, &format!("/imports/{import}"));
    assert!(!page.words().contains("GO1 needs you to sign in"), "{}", page.words());
    goes_on(&rig, &olivia, &import).await;
}

#[tokio::test(start_paused = true)]
async fn the_owner_gives_a_waiting_import_its_login_and_comes_back_to_it() {
    let (rig, olivia, import) = locked_out(2).await;
    let path = format!("/imports/{import}");
    let waiting = olivia.open(&path).await;
    assert!(waiting.text.contains(FOR_SIGN_UP), "{}", waiting.text);
    let before = olivia.browser.cookie(SESSION);
    let login = expect(olivia.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
    expect(olivia.log_in_as(&login, &rig.administrator_of(&BLUEGUM)).await, StatusCode::OK, &path);
    assert_eq!(olivia.browser.cookie(SESSION), before, "who the browser is has not changed");
    // It is still the owner's session and no administrator's.
    expect(olivia.open("/portal/users").await, StatusCode::OK, "/oauth/authorize");
    goes_on(&rig, &olivia, &import).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_else_s_login_gives_a_sign_up_anything() {
    let (rig, olivia, import) = locked_out(3).await;
    let portal = GrantOwner::Portal(rig.portal(&BLUEGUM));
    let kept = rig.kept_grant(&portal).await;
    let elsewhere = rig.world.go1().portal("coastal.mygo1.com").expect("a portal of the world");
    let learner = rig.world.go1().add_learner(rig.portal(&BLUEGUM).as_str(), "lee@example.com", "Lee", "Park");
    for (account, words) in [
        (elsewhere.administrator.expect("Edith"), "That’s a different portal"),
        (learner, "Only administrators can manage this"),
    ] {
        let login = olivia.open(FOR_SIGN_UP).await;
        let page = olivia.log_in_as(&login, &account).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.words().contains(words), "{}", page.words());
        assert!(rig.kept_import(&BLUEGUM, &import).await.wait.is_some());
    }
    assert_eq!(rig.kept_grant(&portal).await, kept);
    let others = GrantOwner::Portal(elsewhere.id.as_str().into());
    assert_eq!(rig.kept_grant(&others).await, None);
}

#[tokio::test(start_paused = true)]
async fn there_is_nothing_to_log_in_to_before_there_is_a_portal_or_without_a_session() {
    let rig = Rig::new(4);
    let olivia = rig.visitor(&WATTLE);
    assert_eq!(olivia.open(FOR_SIGN_UP).await.status, StatusCode::UNAUTHORIZED);
    olivia.reach_courses().await;
    let behind = olivia.open(FOR_SIGN_UP).await;
    assert_eq!(behind.status, StatusCode::CONFLICT);
    assert!(behind.text.contains("href=\"/preview"), "{}", behind.text);
    assert_eq!(rig.world.go1().calls(endpoint::AUTHORIZE), 0);
    // Somebody from a portal that is not connected has no sign-up.
    let visitor = rig.visitor(&WATTLE);
    let login = visitor.configure("coastal.mygo1.com").await;
    expect(visitor.log_in_as(&login, &edith(&rig)).await, StatusCode::OK, "/portal/connect");
    assert_eq!(visitor.open(FOR_SIGN_UP).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn an_administrator_who_is_sent_to_log_in_again_stays_one() {
    let (rig, _, import) = locked_out(5).await;
    let ada = rig.administrator(&BLUEGUM).await;
    let login = expect(ada.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
    expect(ada.log_in_as(&login, &rig.administrator_of(&BLUEGUM)).await, StatusCode::OK, "/portal");
    expect(ada.open_import(&import).await, StatusCode::OK, &format!("/imports/{import}"));
}

/// GO1 made the portal, and its answer was lost with the tokens: the page that says so.
async fn out_of_reach(seed: u64) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.wait(Duration::from_mins(2)).await;
    let page = olivia.confirm(&people).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    (rig, olivia, page)
}

#[tokio::test(start_paused = true)]
async fn a_portal_whose_tokens_were_lost_is_reached_by_its_owner_s_login_and_everything_goes_on() {
    let (rig, olivia, page) = out_of_reach(6).await;
    assert!(page.text.contains(FOR_SIGN_UP), "{}", page.text);
    let login = expect(olivia.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
    let courses = olivia.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
    let courses = expect(courses, StatusCode::OK, "/preview");
    let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 7);
    assert_eq!((rig.portals(&WATTLE).len(), rig.learners(&WATTLE).len()), (1, 6));
    assert_eq!(rig.world.go1().calls(endpoint::CREATE_PORTAL), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_for_a_sign_up_leads_back_to_it() {
    let (rig, olivia, _) = out_of_reach(11).await;
    let before = olivia.browser.cookie(SESSION);
    let learner = rig.portals(&WATTLE).remove(0);
    let learner = rig.world.go1().add_learner(learner.as_str(), "lee@example.com", "Lee", "Park");
    let refused = async |account: &str| {
        let login = expect(olivia.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
        olivia.log_in_as(&login, account).await
    };
    let back = async || {
        let login = expect(olivia.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
        olivia.log_in_without_return(&login, &rig.administrator_of(&WATTLE)).await
    };
    let mut pages = vec![refused("").await, refused(&edith(&rig)).await, refused(&learner).await];
    let another = &pages[1];
    assert!(another.words().contains("This sign-up belongs to wattlegrove.mygo1.com"), "{}", another.words());
    let late = back().await;
    rig.wait(Duration::from_mins(10)).await;
    pages.push(olivia.browser.open(&late).await);
    let silent = back().await;
    rig.world.go1().faults().add(Fault::always(endpoint::ME, FaultKind::status(503)));
    pages.push(olivia.browser.open(&silent).await);
    rig.world.go1().faults().clear();
    pages.push(olivia.browser.open(&silent).await);
    pages.push(olivia.browser.open(&with_query(&silent, "state", Some("0123"))).await);
    for page in pages {
        assert!(!page.status.is_success() && page.text.contains(FOR_SIGN_UP), "{}", page.words());
        let elsewhere = ["\"/portal/login\"", "\"/portal/login?portal=", "\"/preview\"", "\"/portal\""];
        assert!(!elsewhere.iter().any(|path| page.text.contains(path)), "{}", page.words());
    }
    assert_eq!(olivia.browser.cookie(SESSION), before);
    expect(refused(&rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn tokens_of_somebody_who_is_no_administrator_any_more_ask_for_another_login() {
    let rig = Rig::new(12);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    rig.world.go1().set_role(&rig.administrator_of(&WATTLE), LEARNER);
    assert_eq!(ada.open("/portal/users").await.status, StatusCode::FORBIDDEN, "she sees nobody any more");
    let look = olivia.look_again().await;
    assert!(look.words().contains("GO1 needs you to sign in") && look.text.contains(FOR_SIGN_UP), "{}", look.words());
}

#[tokio::test(start_paused = true)]
async fn an_address_alone_makes_no_portal_a_sign_up_s() {
    // GO1 did nothing, and the address that was asked for is another customer's.
    let rig = Rig::new(7);
    let mallory = rig.visitor(&rig::Customer { portal: "coastal", ..WATTLE });
    let people = mallory.reach_people().await;
    rig.world.go1().faults().add(Fault::next(endpoint::CREATE_PORTAL, FaultKind::status(500)));
    assert_eq!(mallory.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let coastal = rig.world.go1().portal("coastal.mygo1.com").expect("a portal of the world");
    let login = expect(mallory.open(FOR_SIGN_UP).await, StatusCode::OK, "/oauth/authorize");
    let page = mallory.log_in_as(&login, coastal.administrator.as_deref().expect("Edith")).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.words());
    assert_eq!(rig.kept_sign_up(&WATTLE).await.existing_portal, None);
    let grant = rig.kept_grant(&GrantOwner::Portal(coastal.id.as_str().into())).await;
    assert_eq!(grant, None);
}

#[tokio::test(start_paused = true)]
async fn a_login_for_one_sign_up_is_worth_nothing_to_another() {
    let (rig, olivia, import) = locked_out(8).await;
    let login = olivia.open(FOR_SIGN_UP).await;
    let back = olivia.log_in_without_return(&login, &rig.administrator_of(&BLUEGUM)).await;
    // Meanwhile this browser has become somebody else.
    let (sam, _) = rig.at_courses(&PRAIRIE).await;
    olivia.browser.set_cookie(SESSION, &sam.browser.cookie(SESSION).expect("a session"));
    let page = olivia.browser.open(&back).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.words().contains("This sign-in began in another browser"), "{}", page.words());
    assert!(rig.kept_import(&BLUEGUM, &import).await.wait.is_some());
    // A session that ended at GO1's page takes no tokens either.
    let (rig, olivia, import) = locked_out(9).await;
    rig.used_for(&olivia, Duration::from_mins(60 - 15 - 3)).await;
    let login = olivia.open(FOR_SIGN_UP).await;
    let back = olivia.log_in_without_return(&login, &rig.administrator_of(&BLUEGUM)).await;
    rig.wait(Duration::from_mins(4)).await;
    let codes = rig.world.go1().calls(endpoint::TOKEN);
    assert_eq!(olivia.browser.open(&back).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.world.go1().calls(endpoint::TOKEN), codes, "the code is not even exchanged");
    assert!(rig.kept_import(&BLUEGUM, &import).await.wait.is_some());
}

#[tokio::test(start_paused = true)]
async fn somebody_who_is_no_administrator_any_more_keeps_their_hour_and_gets_no_other() {
    let rig = Rig::new(10);
    let ada = rig.managed(&WATTLE).await;
    rig.world.go1().set_role(&rig.administrator_of(&WATTLE), LEARNER);
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    rig.wait(Duration::from_hours(1)).await;
    assert_eq!(ada.open("/portal").await.status, StatusCode::UNAUTHORIZED);
    let login = ada.open("/portal/login").await;
    assert_eq!(ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await.status, StatusCode::FORBIDDEN);
}
