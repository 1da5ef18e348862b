use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Fixture, call, get, go1, person};

#[tokio::test]
async fn lists_and_searches_show_what_was_written_only_after_the_time_that_they_are_behind() {
    let fixture = Fixture::new();
    let (portal, owner, token, _) = fixture.portal("shop", "AU").await;
    let (_, _, other, _) = fixture.portal("cafe", "AU").await;
    fixture.clock.advance(SignedDuration::from_mins(1));
    fixture.world.go1().set_lists_behind(&portal, SignedDuration::from_secs(3));

    let read = async |token: &str, path: &str| get(&fixture.go1, path, &go1(token)).await.json();
    let total = async |token: &str, path: &str| read(token, path).await["total"].as_u64();
    let send = async |method: Method, token: &str, path: &str, body: Value| {
        call(&fixture.go1, method, path, &go1(token), &body).await
    };
    let search = "/user-accounts?email=Pat@example.com";
    let pat = send(Method::POST, &token, "/user-accounts", person("pat@example.com")).await.json();
    let pat = pat["id"].as_str().expect("an id").to_owned();
    send(Method::POST, &other, "/user-accounts", person("pat@example.com")).await;
    let enrollments = format!("/enrollments?user_account_id={pat}");
    let enrollment = json!({
        "user_account_id": pat, "lo_id": "1001", "enrollment_type": "assigned", "status": "not-started",
    });
    let enrollment = send(Method::POST, &token, "/enrollments", enrollment).await.json();
    let enrollment = format!("/enrollments/{}", enrollment["id"].as_str().expect("an id"));
    let account = format!("/user-accounts/{pat}");

    // What is read by its id is there at once, and so is everything in another portal.
    assert_eq!(read(&token, &account).await["id"], json!(pat));
    assert_eq!(read(&token, &enrollment).await["user_account_id"], json!(pat));
    assert_eq!(total(&other, search).await, Some(1));
    for (seconds, people, courses) in [(0, 0, 0), (2, 0, 0), (1, 1, 1)] {
        fixture.clock.advance(SignedDuration::from_secs(seconds));
        assert_eq!(total(&token, search).await, Some(people), "after {seconds} s more");
        assert_eq!(total(&token, "/user-accounts").await, Some(people + 1));
        assert_eq!(total(&token, &enrollments).await, Some(courses));
        assert_eq!(total(&token, "/enrollments").await, Some(courses));
    }

    // A change, and a removal, are seen as late.
    send(Method::PATCH, &token, &account, json!({ "status": "inactive", "email": "pat.new@example.com" })).await;
    send(Method::DELETE, &token, &enrollment, Value::Null).await;
    assert_eq!(read(&token, &account).await["status"], json!(false));
    for (seconds, is_old) in [(0, true), (2, true), (1, false)] {
        fixture.clock.advance(SignedDuration::from_secs(seconds));
        assert_eq!(read(&token, search).await["hits"][0]["status"].as_bool(), is_old.then_some(true));
        assert_eq!(total(&token, "/user-accounts?email=pat.new@example.com").await, Some(u64::from(!is_old)));
        assert_eq!(total(&token, &enrollments).await, Some(u64::from(is_old)));
    }

    // The owner has been there for long, and a creation knows at once who is.
    assert_eq!(read(&token, "/user-accounts?email=owner@shop.example.com").await["hits"][0]["id"], json!(owner));
    send(Method::POST, &token, "/user-accounts", person("lee@example.com")).await;
    let again = send(Method::POST, &token, "/user-accounts", person("lee@example.com")).await;
    assert_eq!(again.json()["error_code"], "user_account_exists");

    let control = json!({ "domain": "shop.mygo1.com", "seconds": 0 });
    send(Method::POST, &token, "/_control/lists-behind", control).await;
    assert_eq!(total(&token, "/user-accounts?email=lee@example.com").await, Some(1));
}
