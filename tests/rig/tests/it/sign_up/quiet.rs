//! A sign-up that nobody uses: when its session is over, what counts as a use, and what the page knows of it.

use std::time::Duration;

use http::StatusCode;
use rig::{Page, Rig, Sent, Visitor, WATTLE, address, expect};

const MINUTE: Duration = Duration::from_mins(1);

/// What the page says is left, in seconds: without a use, and at the most.
fn left(page: &Page) -> Option<(u64, u64)> {
    let number = |name: &str| {
        let (_, after) = page.text.split_once(&format!("{name}=\""))?;
        after.split_once('"')?.0.parse().ok()
    };
    Some((number("data-unused")?, number("data-at-most")?))
}

/// What an open page asks by itself.
async fn poll(visitor: &Visitor, path: &str) -> Page {
    visitor.browser.send(&Sent::get(&address(path), "application/json")).await
}

#[track_caller]
fn is_told_of_the_quiet(page: &Page) {
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.words());
    assert!(page.words().contains("You’ve been away for a while"), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn a_sign_up_that_is_left_alone_for_an_hour_is_over_and_says_why() {
    let rig = Rig::new(1);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    for _ in 0..2 {
        rig.wait(59 * MINUTE).await;
        expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
    }
    rig.wait(60 * MINUTE).await;
    is_told_of_the_quiet(&olivia.open("/preview").await);
    is_told_of_the_quiet(&olivia.browser.submit(&courses, "/preview/people", &[]).await);
    // A use of what is over brings nothing back.
    is_told_of_the_quiet(&olivia.open("/preview").await);
    expect(olivia.arrive().await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn with_a_portal_half_an_hour_is_enough() {
    let rig = Rig::new(2);
    let (olivia, import) = rig.imported(&WATTLE).await;
    rig.wait(29 * MINUTE).await;
    expect(olivia.open_import(&import).await, StatusCode::OK, &format!("/imports/{import}"));
    rig.wait(30 * MINUTE).await;
    is_told_of_the_quiet(&olivia.open_import(&import).await);
    // The portal's pages are for whom GO1 lets in, as before.
    expect(olivia.open("/portal").await, StatusCode::OK, "/oauth/authorize");
}

#[tokio::test(start_paused = true)]
async fn an_open_page_that_asks_for_its_progress_is_no_use() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let path = format!("/imports/{import}");
    for _ in 0..29 {
        rig.wait(MINUTE).await;
        assert_eq!(poll(&olivia, &path).await.status, StatusCode::OK);
    }
    assert_eq!(rig.kept_session(&olivia).await.last_used_at, None);
    rig.wait(MINUTE).await;
    assert_eq!(poll(&olivia, &path).await.status, StatusCode::UNAUTHORIZED);
    is_told_of_the_quiet(&olivia.open(&path).await);
}

#[tokio::test(start_paused = true)]
async fn a_use_is_written_once_in_five_minutes() {
    let rig = Rig::new(4);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    let began = rig.kept_session(&olivia).await.started_at;
    let mut written = Vec::new();
    for _ in 0..50 {
        rig.wait(MINUTE / 4).await;
        expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
        written.extend(rig.kept_session(&olivia).await.last_used_at);
    }
    written.dedup();
    let after: Vec<i64> = written.iter().map(|at| at.duration_since(began).as_secs()).collect();
    assert_eq!(after.len(), 2, "in twelve and a half minutes: {after:?}");
    assert!(after[0] >= 300 && after[1] >= after[0] + 300, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_knows_how_long_is_left_and_asks_without_using_and_stays_by_asking_for_a_page() {
    let rig = Rig::new(5);
    let stranger = rig.visitor(&WATTLE);
    assert_eq!(left(&stranger.open("/privacy").await), None, "there is nothing that ends");
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    let hour = left(&olivia.open("/preview").await).expect("a session");
    assert!(hour.0 > 3500 && hour.0 <= 3600 && hour.1 > 11 * 3600, "{hour:?}");
    rig.wait(56 * MINUTE).await;
    for _ in 0..2 {
        // What the script sends to see whether another tab was used.
        let asked = poll(&olivia, "/privacy").await;
        assert_eq!(asked.headers["cache-control"], "no-store");
        let seen = left(&asked).expect("a session");
        assert!(seen.0 < 300, "{seen:?}");
        rig.wait(MINUTE).await;
    }
    // And what it sends for "Stay signed in".
    assert_eq!(left(&olivia.open("/privacy").await).expect("a session").0, 3600);
    rig.wait(59 * MINUTE).await;
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
    rig.wait(60 * MINUTE).await;
    assert_eq!(left(&poll(&olivia, "/privacy").await), None, "it is over");
}

#[tokio::test(start_paused = true)]
async fn whoever_came_from_xero_and_sends_no_form_is_out_after_an_hour_with_what_they_typed_still_there() {
    let rig = Rig::new(6);
    let olivia = rig.visitor(&WATTLE);
    let form = expect(olivia.arrive().await, StatusCode::OK, "/signup");
    let named = "Olivia";
    assert!(form.text.contains(named), "Xero says who she is");
    rig.wait(60 * MINUTE).await;
    let empty = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    assert!(!empty.text.contains(named), "nobody else reads it from here");
    // The page that was open all the time is taken as it was typed, as that of somebody whom nobody has named.
    expect(olivia.complete_sign_up(&form).await, StatusCode::OK, "/identity/login");
}
