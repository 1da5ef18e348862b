//! A press counts only as a form that a browser makes: a script of another site may send text of any other kind unasked. What stands
//! twice in it, or in an address, is not ours to choose from.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use rig::{PRAIRIE, Page, Rig, Route, Sent, Visitor};

/// An administrator, a page of theirs, and the path of every press.
async fn at_every_press() -> (Rig, Visitor, Page, Vec<String>) {
    let rig = Rig::new(1);
    let (_, import) = rig.imported(&PRAIRIE).await;
    let administrator = rig.administrator(&PRAIRIE).await;
    let page = administrator.open("/portal").await;
    let presses = Route::all().iter().filter_map(Route::method_and_path).filter(|(method, _)| *method == "POST");
    let paths: Vec<String> = presses.map(|(_, path)| path.replace("{import_id}", import.as_str())).collect();
    assert!(paths.len() > 10, "{paths:?}");
    (rig, administrator, page, paths)
}

#[tokio::test(start_paused = true)]
async fn a_press_that_says_it_is_no_form_is_refused_at_every_route_and_a_form_at_none() {
    let (_rig, administrator, page, paths) = at_every_press().await;
    let token = page.values("form_token").remove(0);
    let others = ["text/plain", "application/json", "multipart/form-data; boundary=x", "x-www-form-urlencoded", ""];
    for path in &paths {
        let press = Sent::post(&page, path, &[("form_token".to_owned(), token.clone())]);
        for kind in others.into_iter().map(Some).chain([None]) {
            let mut press = press.clone();
            press.headers.remove(CONTENT_TYPE);
            if let Some(kind) = kind {
                press.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            }
            let answer = administrator.browser.send(&press).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {kind:?}");
        }
    }
    assert_eq!(administrator.open("/portal").await.status, StatusCode::OK, "nobody was logged out, and nothing erased");
    for path in &paths {
        let mut press = Sent::post(&page, path, &[("form_token".to_owned(), "of nobody".to_owned())]);
        let kind = HeaderValue::from_static("Application/X-WWW-Form-Urlencoded; charset=UTF-8");
        press.headers.insert(CONTENT_TYPE, kind);
        let answer = administrator.browser.send(&press).await;
        assert_ne!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_or_a_parameter_that_stands_twice_is_refused_at_every_route_that_reads_one() {
    let (_rig, administrator, page, paths) = at_every_press().await;
    let token = page.values("form_token").remove(0);
    for path in &paths {
        let twice = [token.clone(), "of nobody".to_owned()].map(|token| ("form_token".to_owned(), token));
        for fields in [twice.clone(), twice.map(|(name, _)| (name, token.clone()))] {
            let answer = administrator.browser.send(&Sent::post(&page, path, &fields)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.words());
        }
    }
    for path in [
        "/portal/login?portal=a.mygo1.com&portal=b.mygo1.com",
        "/portal/login?for=sign-up&for=nothing",
        "/portal?portal=a.mygo1.com&portal=b.mygo1.com",
        "/oauth/go1/callback?state=a&code=b&state=c",
        "/oauth/xero/callback?state=a&code=b&code=c",
        "/portal-address?typed=a&typed=b",
        "/preview/people?since=a&since=b",
    ] {
        let answer = administrator.open(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.words());
    }
    assert_eq!(administrator.open("/portal").await.status, StatusCode::OK, "nobody was logged out, and nothing erased");
}
