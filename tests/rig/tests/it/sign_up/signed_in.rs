//! In which browsers somebody without a portal is signed in, and how they end it.

use http::StatusCode;
use rig::{PRAIRIE, Rig, SESSION, Sent, WATTLE, expect};

const OUT: &str = "/signout/everywhere";

#[tokio::test(start_paused = true)]
async fn whoever_has_no_portal_sees_their_browsers_and_signs_out_of_all() {
    let rig = Rig::new(1);
    let (at_work, _) = rig.at_courses(&WATTLE).await;
    let at_home = rig.visitor(&WATTLE);
    expect(at_home.arrive().await, StatusCode::OK, "/preview");
    let (mei, _) = rig.at_courses(&PRAIRIE).await;
    let cookie = at_work.browser.cookie(SESSION).expect("a session");
    let page = expect(at_work.open("/delete").await, StatusCode::OK, "/delete");
    let words = page.words();
    assert!(words.contains("Signed in now"), "{words}");
    assert_eq!((words.matches("This browser, since").count(), words.matches("Another browser, since").count()), (1, 1));
    let mut forged = Sent::form(&page, OUT, &[("form_token", "guessed")]);
    assert_eq!(at_work.browser.send(&forged).await.status, StatusCode::FORBIDDEN);
    forged.headers.insert(http::header::ORIGIN, http::HeaderValue::from_static("https://evil.example"));
    assert_eq!(at_work.browser.send(&forged).await.status, StatusCode::FORBIDDEN);
    expect(at_home.open("/preview").await, StatusCode::OK, "/preview");

    let out = expect(at_work.browser.submit(&page, OUT, &[]).await, StatusCode::OK, OUT);
    assert!(out.words().contains("signed out of all browsers"), "{}", out.words());
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    at_work.browser.set_cookie(SESSION, &cookie);
    for browser in [&at_work, &at_home] {
        assert_eq!(browser.open("/preview").await.status, StatusCode::UNAUTHORIZED);
    }
    expect(mei.open("/preview").await, StatusCode::OK, "/preview");
    expect(at_home.arrive().await, StatusCode::OK, "/preview");
}
