//! Requests as the HTTP API sends them: every shape in `events/http-*.json`.

use std::path::PathBuf;

use rig::{Rig, Sent, WATTLE, address};
use serde_json::Value;

#[tokio::test(start_paused = true)]
async fn every_request_in_the_files_is_answered_and_none_with_an_error_of_ours() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut answered = Vec::new();
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("a file").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if !name.starts_with("http-") {
            continue;
        }
        let event: Value = serde_json::from_slice(&std::fs::read(&path).expect("readable")).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut url = address(&text(&event["rawPath"]));
        url.set_query(Some(text(&event["rawQueryString"]).as_str()).filter(|query| !query.is_empty()));
        let mut sent = Sent::get(&url, "text/html");
        sent.method = text(&event["requestContext"]["http"]["method"]).parse().expect("a method");
        sent.body = text(&event["body"]);
        let page = Rig::new(1).visitor(&WATTLE).browser.send(&sent).await;
        assert!(!page.status.is_server_error(), "{name}: {}", page.status);
        assert!(page.headers.contains_key("content-security-policy"), "{name}");
        answered.push((name, page.status.as_u16()));
    }
    for expected in [
        ("http-landing", 200),
        ("http-consent-refused", 400),
        ("http-go1-login-refused", 400),
        ("http-portal-without-session", 303),
        ("http-preview-without-session", 401),
        ("http-not-found", 404),
    ] {
        assert!(answered.contains(&(expected.0.to_owned(), expected.1)), "{expected:?}: {answered:?}");
    }
}
