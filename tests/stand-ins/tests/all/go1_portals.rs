use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Fixture, call, get, go1, portal_body, post_form, send};

const CLIENT: &str = "client_id=local-go1-client&client_secret=local-go1-secret";

#[tokio::test]
async fn the_token_endpoint_knows_its_client_and_its_grants() {
    let fixture = Fixture::new();
    let good = post_form(&fixture.go1, "/oauth/token", None, &format!("grant_type=client_credentials&{CLIENT}")).await;
    assert_eq!((good.status, good.json()["expires_in"].as_i64()), (StatusCode::OK, Some(43_200)));
    assert!(good.json()["refresh_token"].is_null());
    for (form, status, error) in [
        (format!("grant_type=client_credentials&{CLIENT}x"), 401, "invalid_client"),
        (format!("grant_type=password&{CLIENT}"), 400, "unsupported_grant_type"),
        (CLIENT.to_owned(), 400, "invalid_request"),
        (format!("grant_type=refresh_token&{CLIENT}"), 400, "invalid_request"),
        (format!("grant_type=refresh_token&refresh_token=x&{CLIENT}"), 401, "invalid_request"),
        (format!("grant_type=authorization_code&code=x&redirect_uri=y&{CLIENT}"), 400, "invalid_request"),
    ] {
        let answer = post_form(&fixture.go1, "/oauth/token", None, &form).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (status, Some(error)), "{form}");
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_lives_ninety_days() {
    let fixture = Fixture::new();
    let (.., refresh_token) = fixture.portal("shop", "AU").await;
    let refresh = async |token: &str| {
        let form = format!("grant_type=refresh_token&refresh_token={token}&{CLIENT}");
        post_form(&fixture.go1, "/oauth/token", None, &form).await
    };
    let next = refresh(&refresh_token).await.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
    assert_eq!(refresh(&refresh_token).await.json()["error"], "invalid_request");
    fixture.clock.advance(SignedDuration::from_hours(90 * 24));
    assert_eq!(refresh(&next).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn each_call_names_a_version_and_a_live_token() {
    let fixture = Fixture::new();
    let (_, account, token, _) = fixture.portal("shop", "AU").await;
    let account = format!("/user-accounts/{account}");
    for path in ["/portals", "/user-accounts", &account, "/enrollments", "/learning-objects"] {
        let no_version = get(&fixture.go1, path, &go1(&token)[..1]).await;
        assert_eq!(no_version.status, StatusCode::BAD_REQUEST, "{path}");
        let mut headers = go1(&token);
        headers[1].1 = "2019-01-01".to_owned();
        assert_eq!(get(&fixture.go1, path, &headers).await.status, StatusCode::BAD_REQUEST, "{path}");
        let refused = get(&fixture.go1, path, &go1("rubbish")).await;
        let expected = if path == "/enrollments" { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
        assert_eq!(refused.status, expected, "{path}");
        assert_eq!(get(&fixture.go1, path, &go1(&token)).await.status, StatusCode::OK, "{path}");
    }
    fixture.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(get(&fixture.go1, "/portals", &go1(&token)).await.json()["error_code"], "AUTH_TOKEN_INVALID");
}

#[tokio::test]
async fn a_portal_comes_with_its_administrator_and_tokens() {
    let fixture = Fixture::new();
    let partner = fixture.partner_token().await;
    let answer = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &portal_body("shop", "AU")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let body = answer.json();
    assert_eq!((body["domain"].as_str(), &body["external_customer_id"]), (Some("shop.mygo1.com"), &Value::Null));
    assert!(body["user_account"]["account_guid"].as_str().is_some_and(|guid| guid.starts_with("acc_")));
    assert_eq!(body["user_account"]["oauth_token"]["expires_in"], 43_200);
    let portal = fixture.world.go1().portal("shop.mygo1.com").expect("the portal");
    assert_eq!(portal.administrator.as_deref(), body["user_account"]["id"].as_str());
    assert_eq!(fixture.world.go1().welcome_mails(), ["owner@shop.example.com"]);

    let again = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &portal_body("shop", "AU")).await;
    assert_eq!(
        (again.status, again.json()["error_code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("PORTAL_ALREADY_EXIST"))
    );
    let taken = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &portal_body("acme", "AU")).await;
    assert_eq!(taken.json()["error_code"], "PORTAL_ALREADY_EXIST");
}

#[tokio::test]
async fn a_portal_with_a_bad_field_is_refused_by_that_field() {
    let fixture = Fixture::new();
    let partner = fixture.partner_token().await;
    for (path, value) in [
        ("country", json!("Australia")),
        ("country", Value::Null),
        ("name", json!(" ")),
        ("domain", Value::Null),
        ("industry", json!("Sorcery")),
        ("country", json!("ZZ")),
        ("timezone", json!("Brisbane")),
        ("timezone", json!("US/Eastern")),
        ("timezone", json!("Australia/Atlantis")),
        ("logo", json!("a picture")),
        ("name_of_the_company", json!("Shop")),
        ("settings.mails", json!({ "notifications": true, "mails": false })),
        ("company_size", json!(51)),
        ("settings.notifications", json!({})),
        ("user_account.email", json!({ "username": "j", "given_name": "J", "family_name": "D" })),
        ("user_account.email", json!({ "email": "j@@x", "username": "j", "given_name": "J", "family_name": "D" })),
    ] {
        let mut body = portal_body("shop", "AU");
        body[path.split('.').next().unwrap_or_default()] = value;
        let answer = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["additional_errors"][0]["path"], path, "{}", answer.text);
    }
    for domain in
        ["shop", "shop.example.com", "Shop.mygo1.com", "a.b.mygo1.com", "-a.mygo1.com", ".mygo1.com", "ü.mygo1.com"]
    {
        let mut body = portal_body("shop", "AU");
        body["domain"] = json!(domain);
        let answer = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &body).await;
        assert_eq!(answer.json()["error_code"], "INVALID_DOMAIN", "{domain}");
    }
    let mut body = portal_body("shop", "AU");
    body["user_account"]["email"] = json!("ada.forsyth@acme.example.com");
    body["user_account"]["username"] = json!("ada.forsyth@acme.example.com");
    body["user_account"]["password"] = json!("long enough 1");
    let answer = call(&fixture.go1, Method::POST, "/portals", &go1(&partner), &body).await;
    assert_eq!(answer.json()["error_code"], "USER_ALREADY_EXIST");
    let headers = go1(&partner);
    assert_eq!(
        send(&fixture.go1, Method::POST, "/portals", &headers, "{}".to_owned()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(fixture.world.go1().portals().len(), 3);
}

#[tokio::test]
async fn portals_are_found_by_keyword_and_by_whom_they_belong_to() {
    let fixture = Fixture::new();
    let partner = fixture.partner_token().await;
    let (one, _, token, _) = fixture.portal("harbour", "AU").await;
    let (other, ..) = fixture.portal("prairie", "US").await;
    let total = async |path: &str, token: &str| get(&fixture.go1, path, &go1(token)).await.json()["total"].as_u64();
    assert_eq!(total("/portals", &partner).await, Some(2));
    assert_eq!(total("/portals?keyword=HARBOUR.mygo1", &partner).await, Some(1));
    assert_eq!(total("/portals?keyword=acme", &partner).await, Some(0));
    assert_eq!(total("/portals", &token).await, Some(1));
    let page = get(&fixture.go1, "/portals?limit=1&offset=1", &go1(&partner)).await.json();
    assert_eq!((page["total"].as_u64(), page["hits"].as_array().map(Vec::len)), (Some(2), Some(1)));
    assert_eq!(get(&fixture.go1, "/portals?limit=101", &go1(&partner)).await.status, StatusCode::BAD_REQUEST);
    let status = async |id: &str, token: &str| get(&fixture.go1, &format!("/portals/{id}"), &go1(token)).await.status;
    assert_eq!(status(&one, &token).await, StatusCode::OK);
    assert_eq!(status(&other, &token).await, StatusCode::FORBIDDEN);
    // Whose a portal is, is told where that is asked for, of one portal.
    let customer = async |path: String| get(&fixture.go1, &path, &go1(&partner)).await.json();
    assert!(customer(format!("/portals/{one}")).await["external_customer_id"].is_null());
    let asked = "include_external_customer_id=true";
    assert_eq!(customer(format!("/portals/{one}?{asked}")).await["external_customer_id"], "customer-1");
    assert!(customer(format!("/portals?{asked}")).await["hits"][0]["external_customer_id"].is_null());
    assert_eq!(status("1", &partner).await, StatusCode::NOT_FOUND);
    let refused = call(&fixture.go1, Method::POST, "/portals", &go1(&token), &portal_body("more", "AU")).await;
    assert_eq!(
        (refused.status, refused.json()["message"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("Missing scopes"))
    );
}
