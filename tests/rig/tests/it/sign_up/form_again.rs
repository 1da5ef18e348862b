//! A form that cannot be taken, though nothing is wrong with it, comes again as it was typed, and says why.

use http::StatusCode;
use rig::{Page, Rig, WATTLE, expect};

/// Whether the form holds what was typed.
fn assert_kept(page: &Page) {
    for (name, typed) in WATTLE.details() {
        // The two ticks are sent as they stand.
        let shown = page.field("/signup", name).expect("the form");
        assert_eq!(shown.as_deref(), Some(typed), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_cookies_the_form_comes_again_says_so_and_goes_through_with_the_new_one() {
    let rig = Rig::new(1);
    let olivia = rig.visitor(&WATTLE);
    let form = olivia.open("/signup").await;
    olivia.browser.forget_cookies();
    let again = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
    let again = expect(again, StatusCode::FORBIDDEN, "/signup");
    assert!(again.words().contains("Your browser didn’t send a cookie with the form"), "{}", again.words());
    assert!(!again.words().contains("another tab"));
    assert_kept(&again);
    let login = olivia.browser.submit(&again, "/signup", &[]).await;
    expect(login, StatusCode::OK, "/identity/login");
}

#[tokio::test(start_paused = true)]
async fn while_cookies_are_blocked_nothing_is_lost_however_often_it_is_sent() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    let mut form = olivia.open("/signup").await;
    for _ in 0..3 {
        olivia.browser.forget_cookies();
        let again = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
        form = expect(again, StatusCode::FORBIDDEN, "/signup");
        assert_kept(&form);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_form_sent_twice_is_one_sign_up_and_the_second_leads_on() {
    let rig = Rig::new(3);
    let olivia = rig.visitor(&WATTLE);
    let form = olivia.open("/signup").await;
    let login = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
    let login = expect(login, StatusCode::OK, "/identity/login");
    let again = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
    let again = expect(again, StatusCode::FORBIDDEN, "/signup");
    assert_kept(&again);
    assert!(again.text.contains("<a href=\"/connect\">Pick up where you left off</a>"), "{}", again.words());
    expect(olivia.consent(&login).await, StatusCode::OK, "/organisations");
}

#[tokio::test(start_paused = true)]
async fn an_older_tabs_form_comes_again_with_what_was_typed() {
    let rig = Rig::new(4);
    let olivia = rig.visitor(&WATTLE);
    let older = olivia.open("/signup").await;
    // In another tab she comes from the Marketplace, and Xero names her: the session is another one.
    expect(olivia.arrive().await, StatusCode::OK, "/signup");
    let again = olivia.browser.submit(&older, "/signup", &WATTLE.details()).await;
    let again = expect(again, StatusCode::FORBIDDEN, "/signup");
    assert!(again.words().contains("This page was opened a while ago"), "{}", again.words());
    assert_kept(&again);
    expect(olivia.browser.submit(&again, "/signup", &[]).await, StatusCode::OK, "/organisations");
}

#[tokio::test(start_paused = true)]
async fn a_post_from_another_site_is_refused_and_shown_nothing() {
    let rig = Rig::new(5);
    let olivia = rig.visitor(&WATTLE);
    let form = olivia.open("/signup").await;
    let mut sent = rig::Sent::form(&form, "/signup", &WATTLE.details());
    sent.headers.insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
    olivia.browser.forget_cookies();
    let refused = olivia.browser.send(&sent).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains(WATTLE.organisation) && refused.headers.get("set-cookie").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_whole_address_that_was_pasted_is_taken_and_one_that_nobody_gets_is_told() {
    let rig = Rig::new(6);
    let olivia = rig.visitor(&WATTLE);
    let form = olivia.open("/signup").await;
    let mut typed = WATTLE.details();
    for (portal, words) in
        [("www", "kept for GO1's own use"), ("xn--mller-kva", "two hyphens in third and fourth place")]
    {
        typed[5].1 = portal;
        let refused = olivia.browser.submit(&form, "/signup", &typed).await;
        let refused = expect(refused, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
        assert!(refused.words().contains(words), "{}", refused.words());
    }
    typed[5].1 = "https://wattlegrove.mygo1.com/p/#/app";
    let login = olivia.browser.submit(&form, "/signup", &typed).await;
    expect(login, StatusCode::OK, "/identity/login");
}
