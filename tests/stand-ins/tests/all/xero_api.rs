use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;
use stand_ins::world::{CANARIES, XERO_USER_CANARY};
use stand_ins::xero::endpoint;

use crate::support::{Answer, Fixture, HARBOUR, OLIVIA, SCOPES, get, send, xero};

pub(crate) const ORGANISATION: &str = "/api.xro/2.0/Organisation";
pub(crate) const EMPLOYEES: &str = "/payroll.xro/1.0/Employees";

/// The canaries of employees, without those of organisations and Xero users.
fn of_employees() -> impl Iterator<Item = &'static str> {
    let others = [XERO_USER_CANARY, "CANARY-TAX-NUMBER"];
    CANARIES.iter().copied().filter(move |canary| !others.contains(canary) && !canary.starts_with("CANARY-CONTACT"))
}

pub(crate) fn assert_problem(answer: &Answer, status: u16, detail: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let body = answer.json();
    assert!(body["Detail"].as_str().is_some_and(|text| text.starts_with(detail)), "{}", answer.text);
    assert_eq!(body["Status"], status);
}

#[tokio::test]
async fn connections_are_the_users_own_and_the_event_finds_the_new_one_only() {
    let fixture = Fixture::new();
    let (first, _) = fixture.olivia();
    let fake_xero = fixture.world.xero();
    let tokens = fake_xero.sign_in(OLIVIA, &["Wattle Grove Books"], SCOPES).expect("tokens");
    fake_xero.sign_in("mei.tanaka@example.com", &["Wattle Grove Books"], SCOPES).expect("tokens");
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let all = get(&fixture.xero, "/connections", &bearer(&first)).await;
    assert_eq!(all.json().as_array().map(Vec::len), Some(2));
    assert!(!all.header("x-appminlimit-remaining").is_empty() && all.header("x-minlimit-remaining").is_empty());
    let row = &all.json()[0];
    assert_eq!(row["tenantType"], "ORGANISATION");
    assert!(row["createdDateUtc"].as_str().is_some_and(|date| date.len() == 27 && !date.ends_with('Z')), "{row}");

    let event = fake_xero
        .connections()
        .iter()
        .find(|each| each.tenant_name == "Wattle Grove Books")
        .map(|each| each.auth_event_id.clone());
    let path = format!("/connections?authEventId={}", event.unwrap_or_default());
    let filtered = get(&fixture.xero, &path, &bearer(&tokens.access_token)).await.json();
    assert_eq!(filtered.as_array().map(Vec::len), Some(1));
    assert_eq!(filtered[0]["tenantName"], "Wattle Grove Books");

    // A second consent for a connected organisation has an id by which no connection is found.
    let again = fake_xero.sign_in(OLIVIA, &["Wattle Grove Books"], SCOPES).expect("tokens");
    let payload = again.access_token.split('.').nth(1).unwrap_or_default();
    let payload =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&payload).expect("claims");
    let path = format!("/connections?authEventId={}", claims["authentication_event_id"].as_str().unwrap_or_default());
    assert_eq!(get(&fixture.xero, &path, &bearer(&again.access_token)).await.text, "[]");
    assert_eq!(fake_xero.connections().len(), 3);
    assert_problem(&get(&fixture.xero, "/connections", &[]).await, 401, "AuthenticationUnsuccessful");
}

#[tokio::test]
async fn a_connection_is_deleted_by_its_own_id_only() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let (mei, _) = fixture.signed_in("mei.tanaka@example.com", "Wattle Grove Books");
    let connection = fixture.world.xero().connections().remove(0);
    let delete = async |token: &str, id: &str| {
        let headers = [("authorization", format!("Bearer {token}"))];
        send(&fixture.xero, Method::DELETE, &format!("/connections/{id}"), &headers, String::new()).await.status
    };
    for (token, id) in [(&token, &tenant), (&token, &connection.auth_event_id), (&mei, &connection.id)] {
        assert_eq!(delete(token, id).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(delete(&token, &connection.id).await, StatusCode::NO_CONTENT);
    assert_eq!(delete(&token, &connection.id).await, StatusCode::FORBIDDEN);
    assert_problem(&get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await, 403, "AuthenticationUnsuccessful");
}

#[tokio::test]
async fn an_organisation_tells_its_country_in_json_if_asked_so() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let answer = get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await;
    let body = answer.json();
    let organisation = &body["Organisations"][0];
    assert_eq!((organisation["CountryCode"].as_str(), organisation["Name"].as_str()), (Some("AU"), Some(HARBOUR)));
    assert_eq!(organisation["OrganisationID"], tenant.as_str());
    assert_eq!(body["Status"], "OK");
    for name in ["x-minlimit-remaining", "x-daylimit-remaining", "x-appminlimit-remaining", "xero-correlation-id"] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
    let xml = get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)[..2]).await;
    assert!(xml.header("content-type").starts_with("text/xml") && xml.text.starts_with("<Response>"));
}

#[tokio::test]
async fn tokens_tenants_and_scopes_are_told_apart() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let connection = fixture.world.xero().connections().remove(0).id;
    for path in [ORGANISATION, "/api.xro/2.0/Organisation/Actions", "/api.xro/2.0/Users", EMPLOYEES] {
        for bad in ["", &connection, "unknown"] {
            assert_problem(&get(&fixture.xero, path, &xero(&token, bad)).await, 403, "AuthenticationUnsuccessful");
        }
        assert_problem(&get(&fixture.xero, path, &xero("rubbish", &tenant)).await, 401, "TokenInvalidSignature");
    }
    let narrow =
        fixture.world.xero().sign_in("mei.tanaka@example.com", &["Wattle Grove Books"], "payroll.employees.read");
    let narrow = narrow.expect("tokens").access_token;
    let wattle = fixture.world.xero().organisation("Wattle Grove Books").expect("Wattle Grove Books").tenant_id;
    assert_problem(&get(&fixture.xero, ORGANISATION, &xero(&narrow, &wattle)).await, 401, "AuthorizationUnsuccessful");
    fixture.clock.advance(SignedDuration::from_mins(30));
    assert_problem(
        &get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await,
        401,
        "TokenExpired: token expired at",
    );
}

#[tokio::test]
async fn employees_come_in_pages_of_a_hundred_with_canaries() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let mut ids = std::collections::HashSet::new();
    for (page, rows) in [(1, 100), (2, 100), (3, 13), (4, 0)] {
        let answer = get(&fixture.xero, &format!("{EMPLOYEES}?page={page}"), &xero(&token, &tenant)).await;
        let body = answer.json();
        let employees = body["Employees"].as_array().expect("rows");
        assert_eq!(employees.len(), rows, "page {page}");
        ids.extend(employees.iter().filter_map(|employee| employee["EmployeeID"].as_str().map(str::to_owned)));
        if page == 1 {
            let missing: Vec<&str> = of_employees().filter(|canary| !answer.text.contains(*canary)).collect();
            assert_eq!(
                missing,
                ["CANARY-JOB-TITLE", "CANARY-ADDRESS", "CANARY-TAX-FILE-NUMBER", "CANARY-BANK-ACCOUNT"]
            );
            assert!(body["pagination"].is_null());
        }
    }
    assert_eq!(ids.len(), 213);
    let first = get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await.json();
    assert_eq!(first["Employees"].as_array().map(Vec::len), Some(100));
    let path = format!("{EMPLOYEES}?page=3&where=Status%3D%3D%22ACTIVE%22");
    let active = get(&fixture.xero, &path, &xero(&token, &tenant)).await.json();
    assert_eq!(active["Employees"].as_array().map(Vec::len), Some(11));
    for bad in ["?page=0", "?page=x", "?order=EmailAddress%20DESC", "?where=Status%3D%22ACTIVE%22"] {
        let answer = get(&fixture.xero, &format!("{EMPLOYEES}{bad}"), &xero(&token, &tenant)).await;
        assert_eq!(
            (answer.status, answer.json()["Type"].as_str()),
            (StatusCode::BAD_REQUEST, Some("QueryParseException"))
        );
    }
    assert!(get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)[..2]).await.text.starts_with("<Response>"));
}

#[tokio::test]
async fn the_detail_of_an_employee_is_told_and_counted() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.olivia();
    let id = fixture.world.xero().organisation(HARBOUR).expect("Harbour & Hearth").employees.remove(0).employee_id;
    assert_eq!(fixture.world.xero().calls(endpoint::EMPLOYEE_DETAIL), 0);
    let answer = get(&fixture.xero, &format!("{EMPLOYEES}/{id}"), &xero(&token, &tenant)).await;
    assert!(of_employees().all(|canary| answer.text.contains(canary)));
    assert_eq!(fixture.world.xero().calls(endpoint::EMPLOYEE_DETAIL), 1);
}
