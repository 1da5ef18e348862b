//! Odd answers without end: no reader panics, and no list is lost for a row. `make fuzz` tries them for longer.

mod single;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use domain::ids::{LearningObjectId, UserAccountId};
use domain::portal::PortalDomain;
use go1::{Go1Client, Go1Error, NewUserAccount, SoughtPortal};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use transport::odd::{Bodies, try_for_a_while};
use transport::{Answer, Script};

use crate::support::{client, email, now, person, secret};

/// A client whose every answer is this body.
fn answered(body: &[u8]) -> Go1Client {
    client(Arc::new(Bodies::new([body.to_vec()])))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

/// The rows of a body that is JSON and a list whose pages add up: as many as its total, none of them twice.
fn rows(body: &[u8]) -> Option<Vec<Value>> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let rows = document.get("hits")?.as_array()?.clone();
    let ids: Vec<String> = rows.iter().filter_map(id).collect();
    let different: HashSet<&String> = ids.iter().collect();
    let adds_up = document.get("total").and_then(Value::as_u64) == Some(rows.len() as u64);
    (adds_up && rows.len() < 50 && different.len() == ids.len()).then_some(rows)
}

fn id(row: &Value) -> Option<String> {
    match row.as_object()?.get("id")? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[test]
fn odd_accounts() {
    let account = |id: u8| {
        json!({ "id": id, "portal_id": "1", "status": "active", "roles": [{ "guid": "rol_1" }], "created_time": "2026-03-01T10:00:00Z",
            "user": { "email": format!("p{id}@example.com"), "given_name": "Ann", "family_name": "Lee" } })
    };
    let sample = json!({ "total": 3, "hits": [account(1), account(2), account(3)] });
    let (runtime, sought) = (runtime(), email("nobody@example.com"));
    try_for_a_while("accounts", &sample, |body| {
        let listed = runtime.block_on(answered(body).accounts_for(
            &secret("t"),
            &BTreeSet::from([sought.clone()]),
            &HashSet::new(),
        ));
        let found = runtime.block_on(answered(body).find_user_account(&secret("t"), &sought));
        let Some(rows) = rows(body) else { return };
        let told = String::from_utf8_lossy(body);
        let listed = listed.unwrap_or_else(|error| panic!("{error}: {told}"));
        let listed: HashSet<_> = listed.iter().map(|account| account.id.as_str().to_owned()).collect();
        assert_eq!(listed, rows.iter().filter_map(id).collect(), "{told}");
        // Nobody is absent whose row cannot be read.
        let all_read = rows.iter().all(|row| id(row).is_some());
        assert_eq!(found.is_ok(), all_read, "{told}");
    });
}

#[test]
fn odd_enrollments() {
    let enrollment = |id: u8| {
        json!({ "id": id, "lo_id": "1001", "user_account_id": "1", "enrollment_type": "assigned", "status": "not-started",
            "created_time": 1 })
    };
    let sample = json!({ "total": 2, "hits": [enrollment(1), enrollment(2)] });
    let (runtime, account) = (runtime(), UserAccountId::from("1"));
    try_for_a_while("enrollments", &sample, |body| {
        let client = answered(body);
        let listed = runtime.block_on(client.enrollments(&secret("t"), &account, &[LearningObjectId::from("1001")]));
        if let Some(rows) = rows(body) {
            let listed = listed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)));
            let right = rows.iter().filter(|row| id(row).is_some() && row["lo_id"] == "1001").count();
            assert_eq!(listed.len(), right, "{}", String::from_utf8_lossy(body));
        }
    });
}

#[test]
fn odd_courses() {
    let course = |id: u16| {
        json!({ "id": format!("con_{id}"), "lo_id": id, "core": { "title": "T", "description": "<p>D</p>", "image": { "value": "https://x.test/a.png" } },
            "relevance": { "summary": "S", "duration": 12.5 }, "provider": { "name": "P" } })
    };
    let sample = json!({ "total": 2, "hits": [course(1001), course(1002)] });
    let (runtime, wanted) = (runtime(), ["1001", "1002"].map(LearningObjectId::from));
    try_for_a_while("courses", &sample, |body| {
        let read = runtime.block_on(answered(body).learning_objects(&secret("t"), &wanted));
        if rows(body).is_some() {
            assert!(read.is_ok(), "{}", String::from_utf8_lossy(body));
        }
    });
}

#[test]
fn odd_portals() {
    let portal = |id: u8, domain: &str| json!({ "id": id, "domain": domain, "name": "Acme", "created_time": "2026-11-22T10:00:00Z", "external_customer_id": "other" });
    let sample = json!({ "total": 2, "hits": [portal(1, "acme-2.mygo1.com"), portal(2, "acme-3.mygo1.com")] });
    let (runtime, domain) = (runtime(), PortalDomain::parse("acme").expect("a domain"));
    let tenant = "tenant".into();
    try_for_a_while("portals", &sample, |body| {
        let sought = SoughtPortal { domain: &domain, tenant: &tenant, name: "Acme", asked_at: now() };
        let client = answered(body);
        let (found, taken) = runtime.block_on(async {
            (client.find_portal(&secret("t"), sought).await, client.taken_domains(&secret("t"), "acme").await)
        });
        if rows(body).is_some() {
            assert!(taken.is_ok(), "{}", String::from_utf8_lossy(body));
            // An odd row may be the one that is sought; nothing else keeps the list from being read.
            assert!(matches!(found, Ok(_) | Err(Go1Error::Unreadable { .. })), "{found:?}");
        }
    });
}

#[test]
fn odd_accounts_that_were_made_and_odd_refusals() {
    let sample = json!({ "id": 7, "error_code": "enrollment_exists", "ref": "9", "message": "No.", "code": 3002,
        "error": "invalid_grant", "additional_errors": [{ "path": "email", "message": "is taken" }] });
    let runtime = runtime();
    try_for_a_while("creations and refusals", &sample, |body| {
        let text = String::from_utf8_lossy(body).into_owned();
        for status in [201, 400, 401, 403, 409, 422] {
            let client = client(Script::new([Answer::new(status, text.clone())]).transport());
            let account: NewUserAccount = person("ann@example.com");
            runtime.block_on(async {
                let made = client.create_user_account(&secret("t"), &account).await;
                assert!(status == 201 || made.is_err());
                let enrolled = client.enroll(&secret("t"), &"1".into(), &"1001".into()).await;
                assert!(status == 201 || status == 409 || enrolled.is_err());
                assert!(status == 201 || client.partner_token(now()).await.is_err());
            });
        }
    });
}
