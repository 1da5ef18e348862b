//! An accountant with a practice and clients. The list of connections has practices beside organisations.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Fixture, SCOPES, call, get, xero};
use crate::xero_api::{ORGANISATION, assert_problem};

const INGRID: &str = "ingrid.solberg@example.com";
const PRACTICE: &str = "Solberg Bookkeeping";
const KOOKABURRA: &str = "Kookaburra Cycles";
const MAGNOLIA: &str = "Magnolia Street Bakery";

async fn connections(fixture: &Fixture, token: &str) -> Vec<(String, String)> {
    let answer = get(&fixture.xero, "/connections", &[("authorization", format!("Bearer {token}"))]).await.json();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = answer.as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| (text(row, "tenantType"), text(row, "tenantName"))).collect()
}

#[tokio::test]
async fn a_practice_stands_among_the_connections_and_answers_no_call() {
    let fixture = Fixture::new();
    let fake_xero = fixture.world.xero();
    let tokens = fake_xero.sign_in(INGRID, &[PRACTICE, KOOKABURRA, MAGNOLIA], SCOPES).expect("tokens").access_token;
    let expected = [("PRACTICE", PRACTICE), ("ORGANISATION", KOOKABURRA), ("ORGANISATION", MAGNOLIA)];
    assert_eq!(connections(&fixture, &tokens).await, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
    let practice = fake_xero.practice(PRACTICE).expect("the practice").tenant_id;
    assert_problem(
        &get(&fixture.xero, ORGANISATION, &xero(&tokens, &practice)).await,
        403,
        "AuthenticationUnsuccessful",
    );
    for (name, country) in [(KOOKABURRA, "AU"), (MAGNOLIA, "US")] {
        let tenant = fake_xero.organisation(name).expect("a client").tenant_id;
        let answer = get(&fixture.xero, ORGANISATION, &xero(&tokens, &tenant)).await.json();
        assert_eq!(answer["Organisations"][0]["CountryCode"], country);
    }
}

#[tokio::test]
async fn a_practice_can_be_chosen_by_its_accountant_only() {
    let fixture = Fixture::new();
    let practice = fixture.world.xero().practice(PRACTICE).expect("the practice").tenant_id;
    for (email, offered) in [(INGRID, true), ("olivia.hartley@example.com", false)] {
        let request = crate::xero_consent::begin(&fixture, email).await;
        let page = get(&fixture.xero, &format!("/identity/organisations?request={request}"), &[]).await;
        assert_eq!(page.text.contains(PRACTICE), offered);
        let chosen = crate::xero_consent::choose(&fixture, &request, &practice).await;
        assert_eq!(chosen.status.is_redirection(), offered, "{email}");
        if offered {
            let allowed = crate::xero_consent::decide(&fixture, &request, "allow").await;
            assert!(allowed.parameter("code").is_some());
        }
    }
    assert_eq!(fixture.world.xero().connections().len(), 1);
}

#[tokio::test]
async fn several_organisations_in_one_consent_can_be_allowed_while_it_runs() {
    let fixture = Fixture::new();
    let tenant = |name: &str| fixture.world.xero().organisation(name).expect("a client").tenant_id;
    let both = format!("{}&tenant={}", tenant(KOOKABURRA), tenant(MAGNOLIA));
    for allowed in [false, true] {
        let body = json!({ "allowed": allowed });
        call(&fixture.xero, Method::POST, "/_control/bulk-connections", &[], &body).await;
        let request = crate::xero_consent::begin(&fixture, INGRID).await;
        let chosen = crate::xero_consent::choose(&fixture, &request, &both).await;
        assert_eq!(chosen.status.is_redirection(), allowed);
        if allowed {
            crate::xero_consent::decide(&fixture, &request, "allow").await;
        }
    }
    let connections = fixture.world.xero().connections();
    assert_eq!(connections.len(), 2);
    assert_eq!(connections[0].auth_event_id, connections[1].auth_event_id, "one consent, one event");
}
