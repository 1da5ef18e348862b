//! The ways in which an organisation stops answering the app.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Fixture, HARBOUR, OLIVIA, SCOPES, call, get, xero};
use crate::xero_api::{EMPLOYEES, ORGANISATION, assert_problem};

const MEI: &str = "mei.tanaka@example.com";
const WATTLE: &str = "Wattle Grove Books";
const PATHS: [&str; 4] = [ORGANISATION, "/api.xro/2.0/Organisation/Actions", "/api.xro/2.0/Users", EMPLOYEES];

async fn control(fixture: &Fixture, path: &str, body: Value) -> u16 {
    call(&fixture.xero, Method::POST, &format!("/_control/{path}"), &[], &body).await.status.as_u16()
}

async fn listed(fixture: &Fixture, token: &str) -> usize {
    let answer = get(&fixture.xero, "/connections", &[("authorization", format!("Bearer {token}"))]).await;
    answer.json().as_array().map_or(0, Vec::len)
}

/// Checks that every call is answered 403, and that the connection is still in the list.
async fn assert_closed(fixture: &Fixture, token: &str, tenant: &str) {
    for path in PATHS {
        assert_problem(&get(&fixture.xero, path, &xero(token, tenant)).await, 403, "AuthenticationUnsuccessful");
    }
    assert_eq!(listed(fixture, token).await, 1);
}

#[tokio::test]
async fn a_trial_that_is_over_closes_an_organisation_of_class_trial_only() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let of = |class: &str| json!({ "organisation": HARBOUR, "class": class });
    let class = async || {
        let answer = get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await.json();
        answer["Organisations"][0]["Class"].as_str().map(str::to_owned)
    };
    assert_eq!(class().await.as_deref(), Some("GROW"));
    assert_eq!(control(&fixture, "end-trial", json!({ "organisation": HARBOUR })).await, 409);
    assert_eq!(control(&fixture, "set-class", of("TRIAL")).await, 204);
    assert_eq!(class().await.as_deref(), Some("TRIAL"));
    assert_eq!(control(&fixture, "end-trial", json!({ "organisation": HARBOUR })).await, 204);
    assert_closed(&fixture, &token, &tenant).await;
    assert!(fixture.world.xero().edit_organisation(HARBOUR, |organisation| organisation.closed = false));
    assert_eq!(class().await.as_deref(), Some("TRIAL"), "subscribed after all");
}

#[tokio::test]
async fn a_subscription_that_has_ended_closes_an_organisation() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    assert_eq!(control(&fixture, "close-organisation", json!({ "organisation": HARBOUR })).await, 204);
    assert_closed(&fixture, &token, &tenant).await;
    let other = fixture.world.xero().sign_in(OLIVIA, &[WATTLE], SCOPES).expect("tokens").access_token;
    let wattle = fixture.world.xero().organisation(WATTLE).expect("Wattle Grove").tenant_id;
    assert_eq!(get(&fixture.xero, ORGANISATION, &xero(&other, &wattle)).await.status.as_u16(), 200);
}

#[tokio::test]
async fn who_is_removed_or_has_a_lesser_role_is_shut_out_and_the_others_are_not() {
    let with = |more: Value| {
        let mut body = json!({ "organisation": WATTLE, "email": MEI });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    for (path, body, role) in [
        ("remove-member", with(json!({})), "REMOVED"),
        ("set-role", with(json!({ "role": "READONLY" })), "READONLY"),
        ("set-role", with(json!({ "role": "INVOICEONLY" })), "INVOICEONLY"),
    ] {
        let fixture = Fixture::new();
        let (mei, tenant) = fixture.signed_in(MEI, WATTLE);
        let (olivia, _) = fixture.signed_in(OLIVIA, WATTLE);
        assert_eq!(control(&fixture, path, body).await, 204);
        assert_closed(&fixture, &mei, &tenant).await;
        let users = get(&fixture.xero, "/api.xro/2.0/Users", &xero(&olivia, &tenant)).await.json();
        let users = users["Users"].as_array().cloned().unwrap_or_default();
        assert_eq!(users.len(), 2);
        assert!(users.iter().any(|user| user["EmailAddress"] == MEI && user["OrganisationRole"] == role), "{users:?}");

        assert_eq!(control(&fixture, "set-role", with(json!({ "role": "ADMIN" }))).await, 204);
        let again = get(&fixture.xero, ORGANISATION, &xero(&mei, &tenant)).await;
        assert_eq!(again.status.as_u16(), 200, "let in again");
    }
}

#[tokio::test]
async fn the_right_to_see_payroll_comes_and_goes() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    for (may, status) in [(false, 401), (true, 200)] {
        let body = json!({ "organisation": HARBOUR, "email": OLIVIA, "payroll_administrator": may });
        assert_eq!(control(&fixture, "set-role", body).await, 204);
        assert_eq!(get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await.status.as_u16(), status);
        assert_eq!(get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_demo_reset_takes_the_connections_away_and_puts_everything_back() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    fixture.world.xero().set_head_count(HARBOUR, 3);
    assert_eq!(control(&fixture, "reset-demo", json!({ "organisation": HARBOUR })).await, 204);
    assert_eq!(listed(&fixture, &token).await, 0);
    assert_problem(&get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await, 403, "AuthenticationUnsuccessful");
    let (token, tenant) = fixture.olivia();
    let answer = get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await.json();
    let organisation = &answer["Organisations"][0];
    assert_eq!((&organisation["IsDemoCompany"], &organisation["Class"]), (&json!(true), &json!("DEMO")));
    assert_eq!(fixture.world.xero().organisation(HARBOUR).expect("there").employees.len(), 213);
}

#[tokio::test]
async fn a_change_of_somebody_unknown_is_not_found() {
    let fixture = Fixture::new();
    for (path, body) in [
        ("end-trial", json!({ "organisation": "Nobody" })),
        ("close-organisation", json!({ "organisation": "Nobody" })),
        ("reset-demo", json!({ "organisation": "Nobody" })),
        ("disconnect", json!({ "organisation": "Nobody" })),
        ("head-count", json!({ "organisation": "Nobody", "count": 1 })),
        ("set-class", json!({ "organisation": "Nobody", "class": "GROW" })),
        ("set-payroll", json!({ "organisation": "Nobody", "payroll": "ready" })),
        ("set-paging", json!({ "organisation": "Nobody", "paging": "proper" })),
        ("remove-member", json!({ "organisation": "Nobody", "email": OLIVIA })),
        ("remove-member", json!({ "organisation": HARBOUR, "email": "nobody@example.com" })),
        ("set-role", json!({ "organisation": HARBOUR, "email": "nobody@example.com", "role": "ADMIN" })),
        ("users", json!({ "organisation": HARBOUR, "user_id": "nobody" })),
        ("exhaust", json!({ "organisation": "Nobody", "limit": "day" })),
    ] {
        assert_eq!(control(&fixture, path, body.clone()).await, 404, "{path} {body}");
    }
    assert_eq!(control(&fixture, "exhaust", json!({ "limit": "appminute" })).await, 204);
}
