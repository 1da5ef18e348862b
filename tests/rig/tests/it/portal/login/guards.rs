//! Every guard on the way to GO1 and back: a clean answer, no new session, no token kept.

use std::time::Duration;

use domain::audit::AuditAction;
use http::StatusCode;
use rig::{BLUEGUM, SESSION, Sent, WATTLE, address, expect, with_query};
use stand_ins::go1::{ADMINISTRATOR, ASSESSOR, CONTENT_ADMINISTRATOR, LEARNER, MANAGER, endpoint};
use stand_ins::{Fault, FaultKind};

use super::{at_login, generation, nobody_came_in, returning, trail};

#[tokio::test(start_paused = true)]
async fn configure_leads_an_administrator_through_go1_s_login_to_the_overview() {
    let (rig, ada, back) = returning(1).await;
    let (portal, planted) = (rig.portal(&WATTLE), ada.browser.cookie(SESSION));
    let before = generation(&rig, portal.as_str()).await;
    let overview = expect(ada.browser.open(&back).await, StatusCode::OK, "/portal");
    assert!(overview.text.contains(&rig.domain_of(&WATTLE)), "{}", overview.words());
    assert_ne!(ada.browser.cookie(SESSION), planted, "a login has a session of its own");
    assert_eq!(generation(&rig, portal.as_str()).await, before + 1, "the newest tokens are kept");
    let (by, action) = trail(&rig).await.pop().expect("an entry");
    let account = Some(rig.administrator_of(&WATTLE).as_str().into());
    assert_eq!((by.as_deref(), action), (Some("Olivia Hartley"), AuditAction::AdministratorEntered { account }));
    for path in ["/portal/users", "/portal/settings", "/preview", "/disconnect"] {
        assert_eq!(ada.open(path).await.status, StatusCode::OK, "{path}");
    }
    // The tokens that came open the portal.
    expect(ada.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_is_told_from_the_others_and_lets_nobody_in() {
    let unknown = (StatusCode::BAD_REQUEST, "We didn’t expect this answer from GO1");
    let cases: [(&str, Option<&str>, _); 8] = [
        ("state", Some("0123"), unknown),
        ("state", Some(""), unknown),
        ("state", None, unknown),
        ("code", None, unknown),
        ("code", Some(""), unknown),
        ("code", Some("wrong"), (StatusCode::BAD_REQUEST, "GO1 didn’t confirm your sign-in")),
        ("error", Some("access_denied"), (StatusCode::BAD_REQUEST, "You didn’t sign in with GO1")),
        ("error", Some("server_error"), (StatusCode::BAD_REQUEST, "GO1 reported an error")),
    ];
    for (name, value, (status, words)) in cases {
        let (rig, ada, back) = returning(2).await;
        let cookie = ada.browser.cookie(SESSION);
        let page = ada.browser.open(&with_query(&back, name, value)).await;
        assert_eq!(page.status, status, "{name} {value:?}");
        assert!(page.words().contains(words), "{}", page.words());
        assert!(page.text.contains("href=\"/portal/login"), "the way to try again: {}", page.text);
        assert_eq!(ada.browser.cookie(SESSION), cookie, "no new session");
        nobody_came_in(&rig, &ada, 1).await;
    }
}

/// RFC 6749, appendix A.11: visible ASCII and spaces, one at least.
#[tokio::test(start_paused = true)]
async fn what_can_be_no_code_is_refused_and_go1_is_not_asked_about_it() {
    for code in ["", "é", "a\u{96}", "a\u{0}", "a\nb", "\u{91001}`"] {
        let (rig, ada, back) = returning(15).await;
        let before = rig.sent_to_go1().len();
        let page = ada.browser.open(&with_query(&back, "code", Some(code))).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{code:?}: {}", page.words());
        assert_eq!(rig.sent_to_go1().len(), before, "{code:?}");
        nobody_came_in(&rig, &ada, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_says_no_at_go1_can_try_again() {
    let (rig, ada, login) = at_login(3).await;
    let page = ada.log_in_as(&login, "").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.words().contains("You didn’t sign in with GO1"), "{}", page.words());
    nobody_came_in(&rig, &ada, 1).await;
    let login = ada.open("/portal/login").await;
    expect(ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_once_within_ten_minutes_in_the_browser_that_asked() {
    let (_rig, ada, back) = returning(4).await;
    expect(ada.browser.open(&back).await, StatusCode::OK, "/portal");
    let again = ada.browser.open(&back).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.words().contains("This sign-in was already used"), "{}", again.words());
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");

    let (rig, ada, back) = returning(4).await;
    rig.wait(Duration::from_mins(10)).await;
    let late = ada.browser.open(&back).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(late.words().contains("That took more than ten minutes"), "{}", late.words());
    nobody_came_in(&rig, &ada, 1).await;

    // Without a cookie, and with a session of its own: an answer begun elsewhere brings nobody in.
    let (rig, _, back) = returning(4).await;
    let stranger = rig.visitor(&BLUEGUM);
    for _ in 0..2 {
        let page = stranger.browser.open(&back).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.words().contains("This sign-in began in another browser"), "{}", page.words());
        nobody_came_in(&rig, &stranger, 1).await;
        stranger.configure(&rig.domain_of(&WATTLE)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_an_administrator_comes_in_and_nothing_of_anybody_else_is_kept() {
    for (seed, role) in [(5, LEARNER), (6, MANAGER), (7, CONTENT_ADMINISTRATOR), (8, ASSESSOR)] {
        let (rig, somebody, login) = at_login(seed).await;
        let account = rig.learners(&WATTLE).remove(0);
        rig.world.go1().set_role(&account.id, role);
        let page = somebody.log_in_as(&login, &account.id).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{role}");
        assert!(page.words().contains("Only administrators can manage this"), "{}", page.words());
        nobody_came_in(&rig, &somebody, 1).await;
        let (by, action) = trail(&rig).await.pop().expect("an entry");
        assert_eq!(by, None, "it may be an employee");
        assert!(matches!(action, AuditAction::EntryRefused { .. }), "{action:?}");
        // An administrator of it made them one.
        rig.world.go1().set_role(&account.id, ADMINISTRATOR);
        let login = somebody.open("/portal/login").await;
        expect(somebody.log_in_as(&login, &account.id).await, StatusCode::OK, "/portal");
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_whose_account_is_switched_off_does_not_come_in() {
    let (rig, ada, login) = at_login(9).await;
    rig.world.go1().set_active(&rig.administrator_of(&WATTLE), false);
    let page = ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.words().contains("Your account is deactivated"), "{}", page.words());
    nobody_came_in(&rig, &ada, 1).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_again_and_again_fills_no_trail() {
    let (rig, somebody, _) = at_login(22).await;
    let account = rig.learners(&WATTLE).remove(0).id;
    let refusals = async || {
        let trail = trail(&rig).await;
        trail.iter().filter(|(_, action)| matches!(action, AuditAction::EntryRefused { .. })).count()
    };
    let mut expected = 0;
    for hour in 0..3 {
        for (role, active) in [(LEARNER, true), (ADMINISTRATOR, false)] {
            rig.world.go1().set_role(&account, role);
            rig.world.go1().set_active(&account, active);
            expected += 1;
            for _ in 0..4 {
                let login = somebody.open("/portal/login").await;
                assert_eq!(somebody.log_in_as(&login, &account).await.status, StatusCode::FORBIDDEN);
                assert_eq!(refusals().await, expected, "in hour {hour}");
            }
        }
        rig.wait(Duration::from_hours(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_of_another_portal_sees_nothing_of_this_one() {
    let (rig, edith, login) = at_login(10).await;
    let theirs = rig.world.go1().portal("coastal.mygo1.com").expect("a portal of the world");
    let account = theirs.administrator.expect("Edith");
    let page = edith.log_in_as(&login, &account).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.words().contains("That’s a different portal"), "{}", page.words());
    assert!(page.text.contains("coastal.mygo1.com") && page.text.contains(&rig.domain_of(&WATTLE)));
    nobody_came_in(&rig, &edith, 1).await;
    assert_eq!(generation(&rig, &theirs.id).await, 0);

    // From their own portal they come to connecting that one, and to nothing else.
    let login = edith.configure("coastal.mygo1.com").await;
    let connect = expect(edith.log_in_as(&login, &account).await, StatusCode::OK, "/portal/connect");
    assert!(connect.words().contains("Your portal isn’t connected to Xero yet"), "{}", connect.words());
    nobody_came_in(&rig, &edith, 1).await;
    expect(edith.open("/portal").await, StatusCode::OK, "/portal/connect");
    // With a learner's account there, not even to that.
    let learner = rig.world.go1().add_learner(&theirs.id, "lee@example.com", "Lee", "Park");
    let stranger = rig.visitor(&WATTLE);
    let login = stranger.configure("coastal.mygo1.com").await;
    assert_eq!(stranger.log_in_as(&login, &learner).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.open("/portal/connect").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn go1_that_does_not_answer_lets_nobody_in_and_says_so() {
    for (seed, call) in
        [(11, endpoint::TOKEN), (12, endpoint::ME), (13, endpoint::GET_PORTAL), (14, endpoint::LIST_USER_ACCOUNTS)]
    {
        let (rig, ada, back) = returning(seed).await;
        rig.world.go1().faults().add(Fault::always(call, FaultKind::status(503)));
        let page = ada.browser.open(&back).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{call}");
        nobody_came_in(&rig, &ada, 1).await;
        rig.world.go1().faults().clear();
        let login = ada.open("/portal/login").await;
        expect(ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
    }
}

#[tokio::test(start_paused = true)]
async fn what_go1_is_told_and_asked_names_our_own_address_whatever_the_request_says() {
    let (rig, ada, _) = at_login(21).await;
    let login = Sent::get(&address("/portal/login"), "text/html")
        .with_header("host", "evil.example.com")
        .with_header("x-forwarded-host", "evil.example.com");
    let to_go1 = ada.browser.send(&login).await;
    let location = to_go1.headers["location"].to_str().expect("an address");
    assert!(location.contains("redirect_uri=http%3A%2F%2Fapp.localhost%3A8400%2Foauth%2Fgo1%2Fcallback"), "{location}");
    assert!(!location.contains("evil") && !location.contains(&rig.domain_of(&WATTLE)), "{location}");
    assert_eq!(to_go1.status, StatusCode::SEE_OTHER);
}
