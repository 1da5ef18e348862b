//! Many organisations, for runs that need more customers than there are samples.

use std::collections::HashSet;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stand_ins::World;

use crate::support::{Fixture, SCOPES, call, get, go1, person, xero};
use crate::xero_api::EMPLOYEES;

#[test]
fn many_organisations_are_all_different_and_their_owners_are_on_their_payrolls() {
    let world = World::default();
    let mut made = world.xero().add_organisations(20, 12);
    made.extend(world.xero().add_organisations(5, 12));
    let different = |texts: Vec<&String>| texts.into_iter().collect::<HashSet<_>>().len();
    assert_eq!(different(made.iter().map(|(_, organisation)| &organisation.name).collect()), 25);
    assert_eq!(different(made.iter().map(|(_, organisation)| &organisation.tenant_id).collect()), 25);
    let staff: Vec<_> = made.iter().flat_map(|(_, organisation)| &organisation.employees).collect();
    assert_eq!(different(staff.iter().map(|employee| &employee.employee_id).collect()), 25 * 12);
    assert_eq!(different(staff.iter().filter_map(|employee| employee.email.as_ref()).collect()), 25 * 12);
    for (owner, organisation) in &made {
        assert!(organisation.employees.iter().any(|employee| employee.email.as_ref() == Some(&owner.email)));
        assert!(world.xero().sign_in(&owner.email, &[&organisation.name], SCOPES).is_some());
        let members: Vec<&str> = organisation.members.iter().map(|member| &*member.user_id).collect();
        assert_eq!(members, [&*owner.user_id]);
    }
    world.reset();
    assert_eq!(format!("{:?}", world.xero().add_organisations(20, 12)), format!("{:?}", &made[..20]));
}

#[test]
fn an_organisation_of_many_can_have_nobody() {
    let (owner, organisation) = World::default().xero().add_organisations(1, 0).remove(0);
    assert!(organisation.employees.is_empty() && !owner.email.is_empty());
}

#[tokio::test]
async fn organisations_are_added_over_http_and_answer_at_the_api() {
    let fixture = Fixture::new();
    let body = json!({ "count": 2, "people": 3 });
    let rows = call(&fixture.xero, Method::POST, "/_control/organisations", &[], &body).await.json();
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    for row in rows.as_array().expect("rows") {
        let text = |field: &str| row[field].as_str().expect("a text").to_owned();
        let (token, tenant) = fixture.signed_in(&text("owner"), &text("organisation"));
        let payroll = get(&fixture.xero, EMPLOYEES, &xero(&token, &tenant)).await.json();
        let employees = payroll["Employees"].as_array().expect("employees").clone();
        assert_eq!(employees.len(), 3);
        let is_owner = |employee: &Value| {
            (&employee["FirstName"], &employee["LastName"]) == (&row["given_name"], &row["family_name"])
        };
        assert!(employees.iter().any(is_owner), "{employees:?}");
    }
}

#[tokio::test]
async fn the_request_log_can_be_read_from_any_call_on_and_welcome_mails_by_email() {
    let fixture = Fixture::new();
    let (_, _, token, _) = fixture.portal("shop", "AU").await;
    let made = call(&fixture.go1, Method::POST, "/user-accounts", &go1(&token), &person("pat@shop.example.com")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let endpoints = async |from: &str| {
        let calls = get(&fixture.go1, &format!("/_control/calls{from}"), &[]).await.json();
        let calls = calls.as_array().expect("calls").clone();
        calls.into_iter().map(|call| call["endpoint"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(endpoints("").await, ["token", "create-portal", "create-user-account"]);
    assert_eq!(endpoints("?from=2").await, ["create-user-account"]);
    assert!(endpoints("?from=9").await.is_empty());
    let mails = get(&fixture.go1, "/_control/welcome-mails", &[]).await.json();
    assert_eq!(mails, json!(["owner@shop.example.com", "pat@shop.example.com"]));
}
