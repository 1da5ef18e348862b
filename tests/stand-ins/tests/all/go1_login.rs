use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Fixture, call, encoded, get, go1, post_form};

const REDIRECT: &str = "http://app.localhost:8400/oauth/go1/callback";

#[tokio::test]
async fn a_one_time_token_opens_the_portal_once() {
    let fixture = Fixture::new();
    let (_, account, token, _) = fixture.portal("shop", "AU").await;
    let path = format!("/user-accounts/{account}/login");
    let answer = call(&fixture.go1, Method::POST, &path, &go1(&token), &Value::Null).await.json();
    let home = "/portals-home/shop.mygo1.com";
    let link = format!("{home}/?oneTimeToken={}", answer["one_time_token"].as_str().unwrap_or_default());
    let page = get(&fixture.go1, &link, &[]).await;
    assert!(page.status == StatusCode::OK && page.text.contains("logged in as <strong>Jo Doe"), "{}", page.text);
    assert_eq!(get(&fixture.go1, &link, &[]).await.status, StatusCode::FORBIDDEN);
    let page = get(&fixture.go1, home, &[]).await;
    assert!(page.text.contains("not logged in") && page.text.contains("owner@shop.example.com"));
    let page = get(&fixture.go1, &format!("{home}/integrations"), &[]).await;
    assert!(
        page.text.contains("Configure") && page.text.contains("http://app.localhost:8400/portal?portal=shop.mygo1.com")
    );
    assert!(get(&fixture.go1, "/", &[]).await.text.contains("shop.mygo1.com"));
    assert_eq!(get(&fixture.go1, "/portals-home/none.mygo1.com", &[]).await.status, StatusCode::NOT_FOUND);

    let fixture = Fixture::with(|settings| settings.go1_one_time_login = false);
    let (_, account, token, _) = fixture.portal("shop", "AU").await;
    let path = format!("/user-accounts/{account}/login");
    let refused = call(&fixture.go1, Method::POST, &path, &go1(&token), &Value::Null).await;
    let words = refused.json()["message"].as_str().map(str::to_owned);
    assert_eq!((refused.status, words.as_deref()), (StatusCode::UNAUTHORIZED, Some("Missing scopes")));
}

#[tokio::test]
async fn logging_in_with_go1_grants_one_portal() {
    let fixture = Fixture::new();
    let (portal, account, ..) = fixture.portal("shop", "AU").await;
    let query = format!("client_id=local-go1-client&redirect_uri={}&scope=user.read&state=s", encoded(REDIRECT));
    let page = get(&fixture.go1, &format!("/oauth/authorize?response_type=code&{query}"), &[]).await;
    assert!(page.text.contains("owner@shop.example.com") && !page.text.contains("<script"));
    for bad in [query.replace("local", "other"), query.replace("callback", "elsewhere")] {
        let answer = get(&fixture.go1, &format!("/oauth/authorize?response_type=code&{bad}"), &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let form = |account: &str| format!("redirect_uri={}&state=s&scope=user.read&account={account}", encoded(REDIRECT));
    for unknown in ["user.everything", "", "user.read%20account.read"] {
        let query = query.replace("scope=user.read", &format!("scope={unknown}"));
        let answer = get(&fixture.go1, &format!("/oauth/authorize?response_type=code&{query}"), &[]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_scope"), "{unknown}");
    }
    let cancelled = post_form(&fixture.go1, "/oauth/authorize", None, &form("")).await;
    assert_eq!(cancelled.parameter("error").as_deref(), Some("access_denied"));
    let allowed = post_form(&fixture.go1, "/oauth/authorize", None, &form(&account)).await;
    assert_eq!(allowed.parameter("state").as_deref(), Some("s"));
    let code = allowed.parameter("code").expect("a code");
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&client_id=local-go1-client&client_secret=local-go1-secret",
        encoded(REDIRECT)
    );
    let tokens = post_form(&fixture.go1, "/oauth/token", None, &form).await.json();
    assert_eq!(post_form(&fixture.go1, "/oauth/token", None, &form).await.json()["error"], "invalid_request");
    let token = tokens["access_token"].as_str().expect("a token");
    let me = get(&fixture.go1, "/v2/me", &go1(token)[..1]).await.json();
    assert_eq!((me["account_id"].to_string(), me["roles"][0].as_str()), (account.clone(), Some("Administrator")));
    assert_eq!(get(&fixture.go1, "/v2/account", &go1(token)[..1]).await.status, StatusCode::NOT_FOUND);
    let accounts = get(&fixture.go1, "/user-accounts", &go1(token)).await.json();
    assert_eq!(accounts["hits"][0]["portal_id"].as_str(), Some(portal.as_str()));
    // It was asked for `user.read` and for nothing else.
    for path in ["/portals", "/enrollments", "/learning-objects"] {
        let refused = get(&fixture.go1, path, &go1(token)).await;
        assert_eq!(
            (refused.status, refused.json()["message"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("Missing scopes")),
            "{path}"
        );
    }
    // A token may do what its owner may do.
    assert_eq!(get(&fixture.go1, "/user-accounts", &go1(token)).await.status, StatusCode::OK);
    fixture.world.go1().set_role(&account, stand_ins::go1::LEARNER);
    assert_eq!(get(&fixture.go1, "/user-accounts", &go1(token)).await.status, StatusCode::FORBIDDEN);
}
