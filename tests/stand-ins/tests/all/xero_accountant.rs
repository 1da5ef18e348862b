//! Somebody with a practice and clients: what stands in the list of connections beside organisations.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{SCOPES, Stage, call, get, xero};
use crate::xero_api::{ORGANISATION, assert_problem};

const INGRID: &str = "ingrid.solberg@example.com";
const PRACTICE: &str = "Solberg Bookkeeping";
const KOOKABURRA: &str = "Kookaburra Cycles";
const MAGNOLIA: &str = "Magnolia Street Bakery";

async fn connections(stage: &Stage, token: &str) -> Vec<(String, String)> {
    let answer = get(&stage.xero, "/connections", &[("authorization", format!("Bearer {token}"))]).await.json();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = answer.as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| (text(row, "tenantType"), text(row, "tenantName"))).collect()
}

#[tokio::test]
async fn a_practice_stands_among_the_connections_and_answers_no_call() {
    let stage = Stage::new();
    let side = stage.world.xero();
    let tokens = side.sign_in(INGRID, &[PRACTICE, KOOKABURRA, MAGNOLIA], SCOPES).expect("tokens").access_token;
    let expected = [("PRACTICE", PRACTICE), ("ORGANISATION", KOOKABURRA), ("ORGANISATION", MAGNOLIA)];
    assert_eq!(connections(&stage, &tokens).await, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
    let practice = side.practice(PRACTICE).expect("the practice").tenant_id;
    assert_problem(&get(&stage.xero, ORGANISATION, &xero(&tokens, &practice)).await, 403, "AuthenticationUnsuccessful");
    for (name, country) in [(KOOKABURRA, "AU"), (MAGNOLIA, "US")] {
        let tenant = side.organisation(name).expect("a client").tenant_id;
        let answer = get(&stage.xero, ORGANISATION, &xero(&tokens, &tenant)).await.json();
        assert_eq!(answer["Organisations"][0]["CountryCode"], country);
    }
}

#[tokio::test]
async fn a_practice_can_be_chosen_by_its_accountant_only() {
    let stage = Stage::new();
    let practice = stage.world.xero().practice(PRACTICE).expect("the practice").tenant_id;
    for (email, offered) in [(INGRID, true), ("olivia.hartley@example.com", false)] {
        let request = crate::xero_consent::begin(&stage, email).await;
        let page = get(&stage.xero, &format!("/identity/organisations?request={request}"), &[]).await;
        assert_eq!(page.text.contains(PRACTICE), offered);
        let chosen = crate::xero_consent::choose(&stage, &request, &practice).await;
        assert_eq!(chosen.status.is_redirection(), offered, "{email}");
        if offered {
            let allowed = crate::xero_consent::decide(&stage, &request, "allow").await;
            assert!(allowed.parameter("code").is_some());
        }
    }
    assert_eq!(stage.world.xero().connections().len(), 1);
}

#[tokio::test]
async fn several_organisations_in_one_consent_can_be_allowed_while_it_runs() {
    let stage = Stage::new();
    let tenant = |name: &str| stage.world.xero().organisation(name).expect("a client").tenant_id;
    let both = format!("{}&tenant={}", tenant(KOOKABURRA), tenant(MAGNOLIA));
    for allowed in [false, true] {
        let order = json!({ "allowed": allowed });
        call(&stage.xero, Method::POST, "/_control/bulk-connections", &[], &order).await;
        let request = crate::xero_consent::begin(&stage, INGRID).await;
        let chosen = crate::xero_consent::choose(&stage, &request, &both).await;
        assert_eq!(chosen.status.is_redirection(), allowed);
        if allowed {
            crate::xero_consent::decide(&stage, &request, "allow").await;
        }
    }
    let connections = stage.world.xero().connections();
    assert_eq!(connections.len(), 2);
    assert_eq!(connections[0].auth_event_id, connections[1].auth_event_id, "one consent, one event");
}
