use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stand_ins::go1::endpoint;

use crate::support::{Fixture, call, get, go1, person};

fn assigned(account: &str, lo_id: &str) -> Value {
    json!({ "user_account_id": account, "lo_id": lo_id, "enrollment_type": "assigned", "status": "not-started" })
}

async fn learner(fixture: &Fixture, token: &str) -> String {
    let answer = call(&fixture.go1, Method::POST, "/user-accounts", &go1(token), &person("pat@example.com")).await;
    answer.json()["id"].as_str().expect("an account").to_owned()
}

#[tokio::test]
async fn a_course_is_assigned_once_and_the_second_time_names_the_first() {
    let fixture = Fixture::new();
    let (portal, admin, token, _) = fixture.portal("shop", "AU").await;
    let account = learner(&fixture, &token).await;
    let enrol =
        async |path: &str| call(&fixture.go1, Method::POST, path, &go1(&token), &assigned(&account, "1001")).await;
    let first = enrol("/enrollments").await;
    assert_eq!(
        (first.status, first.json()["assigner_account_id"].as_str()),
        (StatusCode::CREATED, Some(admin.as_str()))
    );
    let second = enrol("/enrollments?re-enroll=false").await;
    assert_eq!(
        (second.status, second.json()["error_code"].as_str()),
        (StatusCode::CONFLICT, Some("enrollment_exists"))
    );
    assert_eq!(second.json()["ref"], first.json()["id"]);
    assert_eq!((fixture.world.go1().enrollments(&portal).len(), fixture.world.go1().re_enrollments()), (1, 0));
    assert_eq!(enrol("/enrollments?re-enroll=true").await.status, StatusCode::CREATED);
    assert_eq!((fixture.world.go1().enrollments(&portal).len(), fixture.world.go1().re_enrollments()), (1, 1));

    let path = format!("/enrollments?user_account_id={account}&lo_ids=1001,1002&limit=50");
    let list = get(&fixture.go1, &path, &go1(&token)).await.json();
    assert_eq!(list["total"], 1);
    let path = format!("/enrollments/{}", list["hits"][0]["id"].as_str().unwrap_or_default());
    assert_eq!(get(&fixture.go1, &path, &go1(&token)).await.status, StatusCode::OK);
    assert_eq!(
        call(&fixture.go1, Method::DELETE, &path, &go1(&token), &Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        call(&fixture.go1, Method::DELETE, &path, &go1(&token), &Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(enrol("/enrollments").await.status, StatusCode::CREATED);
    assert_eq!(get(&fixture.go1, "/enrollments?limit=51", &go1(&token)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_cannot_be_assigned() {
    let fixture = Fixture::new();
    let (_, _, token, _) = fixture.portal("shop", "AU").await;
    let (_, stranger, ..) = fixture.portal("cafe", "AU").await;
    let account = learner(&fixture, &token).await;
    fixture.world.go1().retire_course("1005");
    let with = |name: &str, value: Value| {
        let mut body = assigned(&account, "1001");
        body[name] = value;
        body
    };
    for (body, status, code) in [
        (assigned("1", "1001"), 404, "enrollment_resource_not_found"),
        (assigned(&stranger, "1001"), 404, "enrollment_resource_not_found"),
        (assigned(&account, "9999"), 404, "enrollment_resource_not_found"),
        (assigned(&account, "2001"), 403, "enrollment_operation_not_permitted"),
        (assigned(&account, "1005"), 403, "enrollment_operation_not_permitted"),
        (with("assigner_account_id", json!(account)), 403, "enrollment_operation_not_permitted"),
        (with("lo_id", json!(1001)), 400, "enrollment_validation_errors"),
        (with("status", json!("new")), 400, "enrollment_validation_errors"),
        (with("enrollment_type", Value::Null), 400, "enrollment_validation_errors"),
        (with("start_date", json!("2026-01-01T00:00:00Z")), 400, "enrollment_validation_errors"),
        (with("due_date", json!("tomorrow")), 400, "enrollment_validation_errors"),
    ] {
        let answer = call(&fixture.go1, Method::POST, "/enrollments", &go1(&token), &body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error_code"].as_str()), (status, Some(code)), "{body}");
    }
}

#[tokio::test]
async fn the_five_courses_come_in_one_call_and_a_retired_one_drops_out() {
    let fixture = Fixture::new();
    let partner = fixture.partner_token().await;
    let path = "/learning-objects?id[]=1001&id[]=1002&id[]=1003&id[]=1004&id[]=1005&limit=5\
                &include[]=core&include[]=relevance&include[]=provider";
    let list = get(&fixture.go1, path, &go1(&partner)).await.json();
    assert_eq!(list["total"], 5);
    for hit in list["hits"].as_array().expect("hits") {
        assert!(hit["core"]["title"].is_string() && hit["provider"]["name"].is_string());
        assert!(hit["relevance"]["duration"].as_u64().is_some_and(|minutes| minutes > 0));
        let picture = hit["core"]["image"]["value"].as_str().expect("a picture");
        let origins = ["http://go1.localhost:8402", "http://media.go1.localhost:8402"];
        let picture = origins.iter().find_map(|origin| picture.strip_prefix(origin)).expect("our own picture");
        let answer = get(&fixture.go1, picture, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "image/svg+xml"));
        assert!(answer.text.starts_with("<svg"));
    }
    let plain = get(&fixture.go1, "/learning-objects?id[]=1001", &go1(&partner)).await.json();
    assert!(plain["hits"][0]["core"].is_object() && plain["hits"][0]["provider"].is_null());
    fixture.world.go1().retire_course("1003");
    assert_eq!(get(&fixture.go1, path, &go1(&partner)).await.json()["total"], 4);
    assert_eq!(
        get(&fixture.go1, "/learning-objects?include[]=all", &go1(&partner)).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(get(&fixture.go1, "/learning-objects/1001", &go1(&partner)).await.json()["lo_id"], "1001");
    assert_eq!(get(&fixture.go1, "/learning-objects/1", &go1(&partner)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(fixture.world.go1().calls(endpoint::LIST_LEARNING_OBJECTS), 4);
    assert_eq!(get(&fixture.go1, "/images/1.svg", &[]).await.status, StatusCode::NOT_FOUND);
}
