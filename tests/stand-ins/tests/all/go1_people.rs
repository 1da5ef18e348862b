use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stand_ins::go1::{ADMINISTRATOR, endpoint};

use crate::support::{Fixture, call, encoded, get, go1, person};

#[tokio::test]
async fn nobody_is_created_twice_in_a_portal() {
    let fixture = Fixture::new();
    let (portal, _, token, _) = fixture.portal("shop", "AU").await;
    let create = async |token: &str, email: &str| {
        call(&fixture.go1, Method::POST, "/user-accounts", &go1(token), &person(email)).await
    };
    let first = create(&token, "pat.lee@example.com").await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert!(first.json()["id"].is_string());
    let again = create(&token, "Pat.Lee@example.com").await;
    assert_eq!(
        (again.status, again.json()["error_code"].as_str()),
        (StatusCode::CONFLICT, Some("user_account_exists"))
    );
    assert_eq!(fixture.world.go1().user_accounts(&portal).len(), 2);
    assert_eq!(fixture.world.go1().welcome_mails().len(), 2);

    // The same person in another portal is another account of the same user.
    let (_, _, other, _) = fixture.portal("cafe", "AU").await;
    let elsewhere = create(&other, "pat.lee@example.com").await.json();
    assert_ne!(elsewhere["id"], first.json()["id"]);
    assert_eq!(elsewhere["user"]["id"], first.json()["user"]["id"]);
    let partner = fixture.partner_token().await;
    assert_eq!(create(&partner, "sam@example.com").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_person_with_a_bad_field_is_refused_by_that_field() {
    let fixture = Fixture::new();
    let (_, _, token, _) = fixture.portal("shop", "AU").await;
    for (path, value) in [
        ("given_name", json!(" ")),
        ("family_name", Value::Null),
        ("username", Value::Null),
        ("email", json!("not an email")),
        ("email", json!("a@b..example.com")),
        ("roles", json!([])),
        ("roles", json!(["Learner"])),
    ] {
        let mut body = person("pat@example.com");
        body[path] = value;
        let answer = call(&fixture.go1, Method::POST, "/user-accounts", &go1(&token), &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["additional_errors"][0]["path"], path);
    }
    assert_eq!(fixture.world.go1().calls(endpoint::CREATE_USER_ACCOUNT), 7);
}

#[tokio::test]
async fn people_are_found_by_email_in_their_own_portal() {
    let fixture = Fixture::new();
    let (_, owner, token, _) = fixture.portal("shop", "AU").await;
    let (_, _, other, _) = fixture.portal("cafe", "AU").await;
    let find = async |token: &str, email: &str| {
        get(&fixture.go1, &format!("/user-accounts?email={}&include[]=standard_fields", encoded(email)), &go1(token))
            .await
            .json()
    };
    let hit = &find(&token, "OWNER@shop.example.com").await["hits"][0];
    assert_eq!((hit["id"].as_str(), hit["roles"][0]["guid"].as_str()), (Some(owner.as_str()), Some(ADMINISTRATOR)));
    assert_eq!(find(&token, "owner@shop").await["total"], 0);
    assert_eq!(find(&other, "owner@shop.example.com").await["total"], 0);
    for bad in ["limit=51", "limit=0", "offset=9990&limit=20", "limit=x"] {
        let answer = get(&fixture.go1, &format!("/user-accounts?{bad}"), &go1(&token)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(get(&fixture.go1, &format!("/user-accounts/{owner}"), &go1(&other)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_can_be_changed_but_not_into_somebody_else() {
    let fixture = Fixture::new();
    let (_, owner, token, _) = fixture.portal("shop", "AU").await;
    let created =
        call(&fixture.go1, Method::POST, "/user-accounts", &go1(&token), &person("pat@example.com")).await.json();
    let path = format!("/user-accounts/{}", created["id"].as_str().unwrap_or_default());
    let change = async |path: &str, body: Value| call(&fixture.go1, Method::PATCH, path, &go1(&token), &body).await;
    assert_eq!(change(&path, json!({ "email": "owner@shop.example.com" })).await.status, StatusCode::CONFLICT);
    let changed = change(&path, json!({ "email": "pat.new@example.com", "status": "inactive" })).await.json();
    assert_eq!(
        (changed["status"].as_bool(), changed["user"]["email"].as_str()),
        (Some(false), Some("pat.new@example.com"))
    );
    let found = get(&fixture.go1, "/user-accounts?email=pat.new@example.com", &go1(&token)).await.json();
    assert_eq!(found["total"], 1);
    assert_eq!(change("/user-accounts/1", json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        change(&format!("/user-accounts/{owner}"), json!({ "roles": ["x"] })).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn nobody_is_enrolled_while_inactive_and_what_they_have_can_be_removed() {
    let fixture = Fixture::new();
    let (_, _, token, _) = fixture.portal("shop", "AU").await;
    let created =
        call(&fixture.go1, Method::POST, "/user-accounts", &go1(&token), &person("pat@example.com")).await.json();
    let account = created["id"].as_str().unwrap_or_default().to_owned();
    let enroll = async |course: &str| {
        let body = json!({
            "user_account_id": account, "lo_id": course, "enrollment_type": "assigned", "status": "not-started",
        });
        call(&fixture.go1, Method::POST, "/enrollments", &go1(&token), &body).await
    };
    let enrolled = enroll("1001").await.json();
    let path = format!("/user-accounts/{account}");
    for (status, expected) in [("inactive", StatusCode::FORBIDDEN), ("active", StatusCode::CREATED)] {
        call(&fixture.go1, Method::PATCH, &path, &go1(&token), &json!({ "status": status })).await;
        assert_eq!(enroll("1002").await.status, expected);
        let listed =
            get(&fixture.go1, &format!("/enrollments?user_account_id={account}&lo_ids=1001"), &go1(&token)).await;
        let left = usize::from(status == "inactive");
        assert_eq!(listed.json()["total"], left);
        let path = format!("/enrollments/{}", enrolled["id"].as_str().unwrap_or_default());
        let removed = call(&fixture.go1, Method::DELETE, &path, &go1(&token), &Value::Null).await.status;
        assert_eq!(removed, if left == 1 { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND });
    }
}

#[tokio::test]
async fn a_full_portal_answers_406() {
    let fixture = Fixture::with(|settings| settings.go1_portal_user_limit = Some(2));
    let (_, _, token, _) = fixture.portal("shop", "AU").await;
    for (email, status) in [("a@example.com", StatusCode::CREATED), ("b@example.com", StatusCode::NOT_ACCEPTABLE)] {
        let answer = call(&fixture.go1, Method::POST, "/user-accounts", &go1(&token), &person(email)).await;
        assert_eq!(answer.status, status);
        if status == StatusCode::NOT_ACCEPTABLE {
            assert_eq!(answer.json()["code"], 3002);
        }
    }
}

#[tokio::test]
async fn a_rate_limit_can_be_switched_on() {
    let fixture = Fixture::with(|settings| settings.go1_calls_per_second = Some(3));
    let (portal, _, token, _) = fixture.portal("shop", "AU").await;
    let ask = async || get(&fixture.go1, "/user-accounts", &go1(&token)).await;
    for _ in 0..3 {
        assert_eq!(ask().await.status, StatusCode::OK);
    }
    let refused = ask().await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(fixture.world.go1().refused_by_rate_limit(), 1);
    assert_eq!(fixture.world.go1().highest_calls_in_one_second(Some(&portal)), 4);
    fixture.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(ask().await.status, StatusCode::OK);
    assert_eq!(fixture.world.go1().highest_calls_in_one_second(Some(&portal)), 4);
}
