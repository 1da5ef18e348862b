//! The answers that a strict stand-in never gives, for each call.

use crate::support::{now, scripted, secret};
use domain::country::PeopleSource;
use domain::ids::{ConnectionId, TenantId};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;
use transport::{Answer, Script, TransportError};
use xero::{ConsentError, PayrollAdministration, RefreshError, Unauthorized, XeroError};

/// The reads: each has a name, and here loses its result.
const READS: [&str; 8] =
    ["connections", "delete", "organisation", "actions", "employees", "users", "contact groups", "contact group"];

async fn call(script: &Script, name: &str) -> Result<(), XeroError> {
    let (client, token, tenant) = (scripted(script), secret("a-token"), TenantId::new("tenant-1"));
    match name {
        "connections" => client.connections(&token, Some("event 1")).await.map(drop),
        "delete" => client.delete_connection(&token, &ConnectionId::new("connection-1")).await,
        "organisation" => client.organisation(&token, &tenant).await.map(drop),
        "actions" => client.organisation_actions(&token, &tenant).await.map(drop),
        "employees" => client.people(&token, &tenant, PeopleSource::PayrollEmployees).await.map(drop),
        "users" => client.people(&token, &tenant, PeopleSource::XeroUsers).await.map(drop),
        "contact groups" => client.contact_groups(&token, &tenant).await.map(drop),
        "contact group" => client.people_of_group(&token, &tenant, &"group-1".into()).await.map(drop),
        _ => unreachable!("{name}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_asks_in_the_way_that_xero_documents() {
    for (name, method, uri, has_tenant) in [
        ("connections", Method::GET, "http://api.test/Connections?authEventId=event+1", false),
        ("delete", Method::DELETE, "http://api.test/Connections/connection-1", false),
        ("organisation", Method::GET, "http://api.test/api.xro/2.0/Organisation", true),
        ("actions", Method::GET, "http://api.test/api.xro/2.0/Organisation/Actions", true),
        ("employees", Method::GET, "http://api.test/payroll.xro/1.0/Employees?page=1", true),
        ("users", Method::GET, "http://api.test/api.xro/2.0/Users", true),
        ("contact groups", Method::GET, "http://api.test/api.xro/2.0/ContactGroups", true),
        ("contact group", Method::GET, "http://api.test/api.xro/2.0/ContactGroups/group-1", true),
    ] {
        let script = Script::new([Answer::new(400, "")]);
        assert!(call(&script, name).await.is_err(), "{name}");
        let request = script.requests().remove(0);
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&method, uri));
        assert_eq!(request.headers()["authorization"], "Bearer a-token");
        assert_eq!(request.headers()["accept"], "application/json");
        let tenant = request.headers().get("xero-tenant-id").map(http::HeaderValue::as_bytes);
        assert_eq!(tenant, has_tenant.then_some(b"tenant-1".as_slice()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_own_kind() {
    for name in READS {
        let payroll = name == "employees";
        let fail = async |answer| call(&Script::new([answer]), name).await;

        for status in [500, 503] {
            let failure = fail(Answer::new(status, "<h1>down</h1>")).await.expect_err(name);
            assert!(matches!(&failure, XeroError::Unavailable { status: seen, .. } if seen.as_u16() == status));
        }
        let told = Answer::new(403, json!({ "Status": 403, "Detail": "AuthenticationUnsuccessful" }));
        let failure = fail(told).await.expect_err(name);
        assert!(matches!(failure, XeroError::Forbidden { .. }), "{name}: {failure:?}");
        for body in ["", "<html>AuthenticationUnsuccessful</html>", "Forbidden", "{}", "{\"Detail\": null}", "{\"Deta"]
        {
            let answer = Answer::new(403, body).header("xero-correlation-id", "4c1b-7");
            let failure = fail(answer).await.expect_err(name);
            assert!(matches!(failure, XeroError::ForbiddenWithoutReason { .. }), "{name} {body}: {failure:?}");
            let id = failure.trace().and_then(|trace| trace.correlation_id.as_deref());
            assert_eq!(id, Some("4c1b-7"), "{name} {body}");
        }
        let failure = fail(Answer::new(409, "")).await.expect_err(name);
        assert!(matches!(failure, XeroError::Refused { status: StatusCode::CONFLICT, .. }), "{name}: {failure:?}");

        let missing = fail(Answer::new(404, "The resource you're looking for cannot be found")).await;
        match name {
            // What is not there was deleted.
            "delete" | "contact group" => assert_eq!(missing, Ok(())),
            _ => assert!(matches!(missing, Err(XeroError::Refused { status: StatusCode::NOT_FOUND, .. }))),
        }
        let unprovisioned = fail(Answer::new(404, "Payroll has not been provisioned for x")).await;
        assert_eq!(matches!(unprovisioned, Err(XeroError::PayrollNotSetUp { .. })), payroll);

        let unknown = fail(Answer::new(401, "check your scopes and confirm access to this resource")).await;
        let expected = if payroll { Unauthorized::NotPayrollAdministrator } else { Unauthorized::Other };
        assert!(matches!(unknown, Err(XeroError::Unauthorized { why, .. }) if why == expected), "{name}");

        assert_eq!(fail(Answer::Hang).await.as_ref().map_err(transport_error), Err(Some(TransportError::Timeout)));
        assert_eq!(fail(Answer::Cut).await.as_ref().map_err(transport_error), Err(Some(TransportError::Cut)));
    }
}

/// Xero was seen to answer 403 where its file says 404, and 403 alone does not say that a connection is gone.
#[tokio::test(start_paused = true)]
async fn a_connection_that_may_not_be_deleted_is_gone_where_the_whole_list_has_it_not() {
    let forbidden = || Answer::new(403, json!({ "Status": 403, "Detail": "AuthenticationUnsuccessful" }));
    let row = |id: &str| json!({ "id": id, "tenantId": "t", "tenantType": "ORGANISATION" });
    for (list, is_gone) in [
        (Answer::new(200, json!([])), true),
        (Answer::new(200, json!([row("connection-2")])), true),
        (Answer::new(200, json!([row("connection-2"), row("connection-1")])), false),
        (Answer::new(200, json!([row("connection-2"), { "tenantId": "t" }])), false),
        (Answer::new(200, json!([row("connection-2"), "a row of another kind"])), false),
        (Answer::new(200, "<html>"), false),
        (Answer::new(403, ""), false),
        (Answer::Hang, false),
    ] {
        let shown = format!("{list:?}");
        let deleted = call(&Script::new([forbidden(), list]), "delete").await;
        if is_gone {
            assert_eq!(deleted, Ok(()), "{shown}");
        } else {
            assert!(matches!(deleted, Err(XeroError::Forbidden { .. })), "{shown}: {deleted:?}");
        }
    }
}

fn transport_error(error: &XeroError) -> Option<TransportError> {
    match error {
        XeroError::Transport { error, .. } => Some(*error),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_told_without_what_it_says() {
    for name in READS {
        for body in ["<html>bob@example.com</html>", "{\"Users\": \"bob@example.com\"", "\"bob@example.com\"", ""] {
            let answer = Answer::new(200, body).header("xero-correlation-id", "4c1b-7");
            let result = call(&Script::new([answer]), name).await;
            if name == "delete" {
                assert_eq!(result, Ok(()));
                continue;
            }
            let failure = result.expect_err("unreadable");
            assert!(matches!(failure, XeroError::Unreadable { .. }), "{name}: {failure:?}");
            let told = format!("{failure} {failure:?}");
            assert!(told.contains("4c1b-7") && !told.contains("bob"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_correlation_id_that_is_none_is_not_kept() {
    let answer = Answer::new(403, "").header("xero-correlation-id", "bob@example.com");
    let failure = call(&Script::new([answer]), "users").await.expect_err("forbidden");
    assert!(
        matches!(&failure, XeroError::ForbiddenWithoutReason { trace } if trace.correlation_id.is_none()),
        "{failure:?}"
    );
}

#[tokio::test]
async fn people_are_read_from_five_fields_in_any_state() {
    let script = Script::new([Answer::new(
        200,
        json!({ "Employees": [
            { "EmployeeID": "1", "FirstName": " Ann ", "LastName": null, "Email": " A@x.com", "Status": "active",
              "TaxDeclaration": { "TaxFileNumber": "x" }, "DateOfBirth": 7 },
            { "EmployeeID": "2", "FirstName": "Bob", "Status": "TERMINATED" },
            { "EmployeeID": "3", "Email": null, "Status": "ON LEAVE" },
            { "EmployeeID": "4" },
        ] }),
    )]);
    let people = scripted(&script)
        .people(&secret("t"), &TenantId::new("t"), PeopleSource::PayrollEmployees)
        .await
        .expect("people");
    let standings: Vec<_> = people.iter().map(|person| format!("{:?}", person.status)).collect();
    assert_eq!(standings, ["Active", "Left", "Unknown(Some(\"ON LEAVE\"))", "Unknown(None)"]);
    assert_eq!((people[0].given_name.as_str(), people[0].family_name.as_str()), ("Ann", ""));
    assert_eq!(people[0].email.text(), Some("A@x.com"));
    assert_eq!(people[2].email.text(), None);
}

#[tokio::test]
async fn only_organisations_are_connections() {
    let connection =
        |kind: &str| json!({ "id": kind, "tenantId": "t", "tenantType": kind, "tenantName": null, "new": 1 });
    let script = Script::new([Answer::new(200, json!([connection("PRACTICE"), connection("ORGANISATION")]))]);
    let connections = scripted(&script).connections(&secret("t"), None).await.expect("connections");
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0].id.as_str(), "ORGANISATION");
    assert_eq!(script.requests()[0].uri(), "http://api.test/Connections");
}

#[tokio::test]
async fn an_odd_connection_hides_no_other_and_is_still_a_connection() {
    let good = json!({ "id": "c", "tenantId": "t", "tenantType": "ORGANISATION", "tenantName": "Acme" });
    let odd = || {
        let nameless =
            json!({ "id": "d", "tenantId": "u", "tenantType": "ORGANISATION", "tenantName": 7, "authEventId": {} });
        [
            json!(null),
            json!("c"),
            json!({ "id": null, "tenantId": "v", "tenantType": "ORGANISATION" }),
            json!({}),
            nameless,
        ]
    };
    let rows: Vec<_> = odd().into_iter().chain([good.clone()]).collect();
    let client = scripted(&Script::new([Answer::new(200, json!(rows))]));
    let connections = client.connections(&secret("t"), None).await.expect("connections");
    let read: Vec<_> = connections.iter().map(|each| (each.id.as_str(), each.name.as_str())).collect();
    assert_eq!(read, [("d", ""), ("c", "Acme")]);
    for odd in odd() {
        let client = scripted(&Script::new([Answer::new(200, json!([odd]))]));
        assert_eq!(client.has_connections(&secret("t")).await, Ok(true), "whether it is ours to end: {odd}");
    }
    // An organisation that is not listed is not connected only where every row says which it is.
    let is_connected = async |rows: serde_json::Value| {
        scripted(&Script::new([Answer::new(200, rows)])).is_connected(&secret("t"), &TenantId::new("t")).await
    };
    assert_eq!(is_connected(json!([null, good])).await, Ok(Some(true)));
    assert_eq!(is_connected(json!([null])).await, Ok(None));
    assert_eq!(is_connected(json!([{ "id": "c" }])).await, Ok(None));
    assert_eq!(is_connected(json!([{ "id": "c", "tenantId": "other" }])).await, Ok(Some(false)));
    assert_eq!(is_connected(json!([])).await, Ok(Some(false)));
}

#[tokio::test]
async fn an_organisation_is_read_beside_odd_rows_and_with_odd_fields() {
    let row = json!({ "Name": "Acme", "CountryCode": 7, "ShortCode": {}, "Timezone": null, "Class": ["GROW"] });
    let script = Script::new([Answer::new(200, json!({ "Organisations": [null, { "Name": null }, row] }))]);
    let read = scripted(&script).organisation(&secret("t"), &TenantId::new("t")).await.expect("an organisation");
    assert_eq!((read.name.as_str(), read.country_code.as_str()), ("Acme", ""));
    assert_eq!((read.short_code, read.timezone, read.class), (None, None, None));
    let actions = json!({ "Actions": [null, { "Name": 1 }, { "Name": "AdministerPayroll", "Status": "ALLOWED" }] });
    let script = Script::new([Answer::new(200, actions)]);
    let result = scripted(&script).organisation_actions(&secret("t"), &TenantId::new("t")).await;
    assert_eq!(result, Ok(PayrollAdministration::Allowed));
}

#[tokio::test]
async fn a_connection_says_in_utc_when_it_was_made_where_that_can_be_read() {
    for (created, expected) in [
        (json!("2019-12-07T18:46:19.5165400"), Some("2019-12-07T18:46:19.51654Z")),
        (json!("yesterday"), None),
        (json!(null), None),
    ] {
        let connection = json!({
            "id": "c", "tenantId": "t", "tenantType": "ORGANISATION", "tenantName": "A\u{200B}cme ", "createdDateUtc": created
        });
        let script = Script::new([Answer::new(200, json!([connection]))]);
        let connections = scripted(&script).connections(&secret("t"), None).await.expect("connections");
        assert_eq!(connections[0].created.map(|at| at.to_string()).as_deref(), expected);
        assert_eq!(connections[0].name, "Acme");
    }
}

#[tokio::test]
async fn what_xero_does_not_list_is_unknown() {
    let script =
        Script::new([Answer::new(200, json!({ "Actions": [{ "Name": "UseMulticurrency", "Status": "ALLOWED" }] }))]);
    let result = scripted(&script).organisation_actions(&secret("t"), &TenantId::new("t")).await;
    assert_eq!(result, Ok(PayrollAdministration::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_code_and_a_refresh_are_sent_once_whatever_comes() {
    for (answer, unknown) in [
        (Answer::Cut, true),
        (Answer::Hang, true),
        (Answer::new(200, "{\"access_token\": 1"), true),
        (Answer::new(200, "<html>"), true),
        (Answer::new(500, ""), false),
        (Answer::new(429, "").header("retry-after", 1), false),
        (Answer::new(400, "<html>"), false),
        (Answer::new(401, ""), false),
        (Answer::new(404, ""), false),
        (Answer::new(409, ""), false),
        (Answer::new(400, json!({ "error": "invalid_client", "more": 1 })), false),
    ] {
        let script = Script::new([answer.clone()]);
        let failure = scripted(&script).refresh(&secret("r"), now()).await.expect_err("no pair");
        assert_eq!(failure == RefreshError::OutcomeUnknown, unknown, "{answer:?}: {failure:?}");
        assert_ne!(failure, RefreshError::InvalidGrant, "{answer:?}");
        let failure = scripted(&script).exchange_code("c", None, "n", now()).await.expect_err("no consent");
        assert!(matches!(failure, ConsentError::Upstream(_)), "{answer:?}: {failure:?}");
        assert_eq!(script.requests().len(), 2);
    }
    let refused = Script::new([Answer::new(400, json!({ "error": "invalid_grant" }))]);
    assert_eq!(scripted(&refused).refresh(&secret("r"), now()).await.err(), Some(RefreshError::InvalidGrant));
}

#[tokio::test]
async fn a_refresh_that_brings_no_new_refresh_token_keeps_the_old_one() {
    use secrecy::ExposeSecret as _;
    let script =
        Script::new([Answer::new(200, json!({ "access_token": "a", "token_type": "bearer", "expires_in": 60 }))]);
    let pair = scripted(&script).refresh(&secret("old"), now()).await.expect("a pair");
    assert_eq!(pair.refresh_token.expose_secret(), "old");
    assert_eq!(pair.expires_at, now() + SignedDuration::from_secs(60));
    let request = script.requests().remove(0);
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/connect/token"));
    assert_eq!(request.body(), "grant_type=refresh_token&refresh_token=old");
    let basic = request.headers()["authorization"].to_str().expect("text").to_owned();
    assert!(basic.starts_with("Basic "), "{basic}");
}

#[tokio::test(start_paused = true)]
async fn revocation_takes_an_unknown_token_for_done_and_is_tried_again() {
    for answer in [
        Answer::new(200, ""),
        Answer::new(404, ""),
        Answer::new(400, json!({ "error": "invalid_token" })),
        Answer::new(400, json!({ "error": "invalid_grant" })),
    ] {
        assert_eq!(scripted(&Script::new([answer])).revoke(&secret("r")).await, Ok(()));
    }
    let script = Script::new([Answer::Cut, Answer::new(500, ""), Answer::new(200, "")]);
    assert_eq!(scripted(&script).revoke(&secret("r")).await, Ok(()));
    assert_eq!(script.requests()[2].body(), "token=r&token_type_hint=refresh_token");
    for answer in [Answer::new(400, ""), Answer::new(401, ""), Answer::new(409, ""), Answer::Hang] {
        assert!(scripted(&Script::new([answer])).revoke(&secret("r")).await.is_err());
    }
}
