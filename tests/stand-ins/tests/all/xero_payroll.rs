use std::collections::{HashMap, HashSet};

use axum::http::Method;
use serde_json::{Value, json};
use stand_ins::world::XERO_USER_CANARY;
use stand_ins::{PayrollPaging, PayrollState};

use crate::support::{Fixture, HARBOUR, OLIVIA, call, get, xero};
use crate::xero_api::{EMPLOYEES, assert_problem};

#[tokio::test]
async fn the_ways_in_which_a_payroll_can_be_missing() {
    let fixture = Fixture::new();
    for (email, organisation, status, text) in [
        (OLIVIA, "Bluegum Analytics", 200, "\"Employees\":[]"),
        (OLIVIA, "Paperbark Studio", 404, "Payroll has not been provisioned"),
        (OLIVIA, "Thornbury Ceramics", 401, "not permitted"),
        ("mei.tanaka@example.com", "Wattle Grove Books", 401, "not permitted"),
        ("sam.okafor@example.com", "Prairie Lantern Coffee", 401, "not permitted"),
    ] {
        let (token, tenant) = fixture.signed_in(email, organisation);
        let answer = get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await;
        assert_eq!(answer.status.as_u16(), status, "{organisation}");
        assert!(answer.text.contains(text), "{organisation}: {}", answer.text);
        let actions = get(&fixture.xero, "/api.xro/2.0/Organisation/Actions", &xero(&token, &tenant)).await.json();
        let actions = actions["Actions"].as_array().cloned().unwrap_or_default();
        let payroll = actions.iter().find(|action| action["Name"] == "AdministerPayroll").expect("the action");
        assert_eq!(payroll["Status"] == "ALLOWED", status != 401, "{organisation}");
    }
    let fixture = Fixture::new();
    let tokens = fixture.world.xero().sign_in(OLIVIA, &[HARBOUR], "accounting.settings.read").expect("tokens");
    let tenant = fixture.world.xero().organisation(HARBOUR).expect("Harbour & Hearth").tenant_id;
    let answer = get(&fixture.xero, EMPLOYEES, &xero(&tokens.access_token, &tenant)).await;
    assert_problem(&answer, 401, "AuthorizationUnsuccessful");
}

#[tokio::test]
async fn a_payroll_can_refuse_although_its_action_is_allowed() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.signed_in(OLIVIA, "Bluegum Analytics");
    let body = json!({ "organisation": "Bluegum Analytics", "payroll": "refused" });
    assert_eq!(call(&fixture.xero, Method::POST, "/_control/set-payroll", &[], &body).await.status.as_u16(), 204);
    assert_problem(&get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await, 401, "You are not permitted");
    let actions = get(&fixture.xero, "/api.xro/2.0/Organisation/Actions", &xero(&token, &tenant)).await;
    assert!(
        actions.json()["Actions"]
            .as_array()
            .is_some_and(|actions| { actions.contains(&json!({ "Name": "AdministerPayroll", "Status": "ALLOWED" })) })
    );
    let payroll = fixture.world.xero().organisation("Bluegum Analytics").map(|organisation| organisation.payroll);
    assert_eq!(payroll, Some(PayrollState::Refused));
}

#[tokio::test]
async fn a_refusal_can_sound_like_a_missing_scope() {
    let fixture = Fixture::with(|settings| settings.xero_payroll_refusal = "AuthorizationUnsuccessful".to_owned());
    let (token, tenant) = fixture.signed_in("mei.tanaka@example.com", "Wattle Grove Books");
    assert_problem(&get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await, 401, "AuthorizationUnsuccessful");
}

/// The ids of the people on these pages of Harbour & Hearth's payroll.
async fn pages(fixture: &Fixture, pages: std::ops::RangeInclusive<usize>) -> Vec<Vec<String>> {
    let (token, tenant) = fixture.olivia();
    let mut all = Vec::new();
    for page in pages {
        let answer = get(&fixture.xero, &format!("{EMPLOYEES}?page={page}"), &xero(&token, &tenant)).await.json();
        let rows = answer["Employees"].as_array().cloned().unwrap_or_default();
        all.push(rows.iter().filter_map(|row| row["EmployeeID"].as_str().map(str::to_owned)).collect());
    }
    all
}

#[tokio::test]
async fn a_list_that_ignores_its_page_never_ends() {
    let fixture = Fixture::new();
    let body = json!({ "organisation": HARBOUR, "paging": "page_ignored" });
    assert_eq!(call(&fixture.xero, Method::POST, "/_control/set-paging", &[], &body).await.status.as_u16(), 204);
    let pages = pages(&fixture, 1..=30).await;
    assert_eq!(pages[0].len(), 100);
    assert!(pages.iter().all(|page| *page == pages[0]));
}

#[tokio::test]
async fn overlapping_pages_repeat_ten_and_miss_nobody() {
    let fixture = Fixture::new();
    fixture.world.xero().edit_organisation(HARBOUR, |organisation| organisation.paging = PayrollPaging::Overlapping);
    let pages = pages(&fixture, 1..=4).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 33, 0]);
    assert_eq!(pages[0][90..], pages[1][..10]);
    assert_eq!(pages.concat().into_iter().collect::<HashSet<_>>().len(), 213);
}

#[tokio::test]
async fn the_users_of_an_american_organisation_are_of_every_kind() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.signed_in("sam.okafor@example.com", "Prairie Lantern Coffee");
    let answer = get(&fixture.xero, "/api.xro/2.0/Users", &xero(&token, &tenant)).await;
    let body = answer.json();
    let users = body["Users"].as_array().expect("rows");
    let mut roles: HashMap<&str, usize> = HashMap::new();
    for user in users {
        *roles.entry(user["OrganisationRole"].as_str().unwrap_or_default()).or_default() += 1;
    }
    let expected = [
        ("STANDARD", 3),
        ("FINANCIALADVISER", 2),
        ("READONLY", 2),
        ("INVOICEONLY", 1),
        ("ADMIN", 1),
        ("UNKNOWN", 1),
        ("SHIFTLEAD", 1),
        ("REMOVED", 1),
    ];
    assert_eq!(roles, HashMap::from(expected));
    let of = |name: &'static str, value: Value| users.iter().filter(move |user| user[name] == value);
    let subscribers: Vec<&Value> = of("IsSubscriber", Value::Bool(true)).collect();
    assert_eq!((subscribers.len(), &subscribers[0]["EmailAddress"]), (1, &json!("sam.okafor@example.com")));
    assert_eq!(of("EmailAddress", json!("")).count(), 1);
    let keys: HashSet<&str> =
        users.iter().flat_map(|user| user.as_object().expect("a row").keys()).map(|key| &**key).collect();
    assert_eq!(keys.len(), 7, "what the published specification has, and nothing else: {keys:?}");
    assert!(answer.text.contains(XERO_USER_CANARY));
}

#[tokio::test]
async fn a_user_without_an_email_has_no_such_key() {
    let fixture = Fixture::new();
    let (token, tenant) = fixture.signed_in("sam.okafor@example.com", "Prairie Lantern Coffee");
    fixture.world.xero().edit_organisation("Prairie Lantern Coffee", |organisation| organisation.users[0].email = None);
    let body = get(&fixture.xero, "/api.xro/2.0/Users", &xero(&token, &tenant)).await.json();
    assert!(body["Users"][0].as_object().is_some_and(|user| !user.contains_key("EmailAddress")));
}
