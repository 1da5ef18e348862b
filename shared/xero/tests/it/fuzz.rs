//! Odd answers without end: no reader panics, and no list is lost for a row. `make fuzz` tries them for longer.

mod logins;

use std::collections::HashSet;
use std::sync::Arc;

use domain::country::PeopleSource;
use domain::ids::TenantId;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use transport::odd::{Bodies, try_for_a_while};
use xero::{GroupRead, XeroClient};

use crate::support::{client, secret};

/// A client whose every answer is the next of these bodies.
fn answered(bodies: impl IntoIterator<Item = Vec<u8>>) -> XeroClient {
    client("http://issuer.test", Arc::new(Bodies::new(bodies)))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

/// The list of a body that is JSON, at `key`, or the body itself.
fn list(body: &[u8], key: Option<&str>) -> Option<Vec<Value>> {
    let document: Value = serde_json::from_slice(body).ok()?;
    key.map_or(Some(&document), |key| document.get(key))?.as_array().cloned()
}

/// The ids that can be read of a list's rows.
fn ids(rows: &[Value], key: &str) -> HashSet<String> {
    let id = |row: &Value| match row.as_object()?.get(key)? {
        Value::String(id) => Some(id.trim().to_owned()).filter(|id| !id.is_empty()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    rows.iter().filter_map(id).collect()
}

fn try_people(name: &str, sample: &Value, source: PeopleSource, key: &'static str, id: &'static str) {
    let runtime = runtime();
    let nobody = json!({ key: [] }).to_string().into_bytes();
    try_for_a_while(name, sample, |body| {
        let client = answered([body.to_vec(), nobody.clone(), body.to_vec(), nobody.clone()]);
        let read = runtime.block_on(client.people(&secret("t"), &TenantId::new("t"), source));
        if let Some(rows) = list(body, Some(key)) {
            let people = read.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)));
            assert_eq!(people.is_empty(), rows.is_empty(), "{}", String::from_utf8_lossy(body));
            let found: HashSet<_> = people.iter().map(|person| person.employee_id.as_str().to_owned()).collect();
            assert!(ids(&rows, id).is_subset(&found), "{}", String::from_utf8_lossy(body));
        }
    });
}

#[test]
fn odd_employees() {
    let row = |id: &str| {
        json!({ "EmployeeID": id, "FirstName": "Ann", "LastName": "Lee", "Email": "ann@example.com", "Status": "ACTIVE",
            "DateOfBirth": "/Date(1)/", "IsSTP2Qualified": false })
    };
    let sample = json!({ "Id": "1", "Status": "OK", "Employees": [row("1"), row("2"), row("3")] });
    try_people("employees", &sample, PeopleSource::PayrollEmployees, "Employees", "EmployeeID");
}

#[test]
fn odd_users() {
    let row = |id: &str| {
        json!({ "UserID": id, "FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@example.com",
            "OrganisationRole": "STANDARD", "IsSubscriber": true })
    };
    let sample = json!({ "Id": "1", "Status": "OK", "Users": [row("1"), row("2"), row("3")] });
    try_people("users", &sample, PeopleSource::XeroUsers, "Users", "UserID");
}

#[test]
fn odd_connections() {
    let row = |id: &str| {
        json!({ "id": id, "authEventId": "e", "tenantId": id, "tenantType": "ORGANISATION", "tenantName": "Acme",
            "createdDateUtc": "2019-12-07T18:46:19.5165400" })
    };
    let runtime = runtime();
    try_for_a_while("connections", &json!([row("1"), row("2"), row("3")]), |body| {
        let client = answered([body.to_vec()]);
        let (read, has) = runtime.block_on(async {
            (client.connections(&secret("t"), None).await, client.has_connections(&secret("t")).await)
        });
        if let Some(rows) = list(body, None) {
            assert!(read.is_ok(), "{}", String::from_utf8_lossy(body));
            assert_eq!(has, Ok(!rows.is_empty()), "{}", String::from_utf8_lossy(body));
        }
    });
}

#[test]
fn odd_organisations_and_actions() {
    let organisation = json!({ "Name": "Acme", "CountryCode": "AU", "ShortCode": "!a", "Class": "GROW" });
    let sample = json!({
        "Organisations": [organisation],
        "Actions": [{ "Name": "AdministerPayroll", "Status": "ALLOWED" }, { "Name": "UseMulticurrency", "Status": "ALLOWED" }],
    });
    let runtime = runtime();
    try_for_a_while("organisation and actions", &sample, |body| {
        let client = answered([body.to_vec()]);
        let tenant = TenantId::new("t");
        let (organisation, actions) = runtime.block_on(async {
            (client.organisation(&secret("t"), &tenant).await, client.organisation_actions(&secret("t"), &tenant).await)
        });
        let named =
            |row: &Value| row.get("Name").and_then(Value::as_str).is_some_and(|name| !name.contains('\u{FFFD}'));
        if list(body, Some("Organisations")).is_some_and(|rows| rows.iter().any(named)) {
            assert!(organisation.is_ok(), "{}", String::from_utf8_lossy(body));
        }
        if list(body, Some("Actions")).is_some() {
            assert!(actions.is_ok(), "{}", String::from_utf8_lossy(body));
        }
    });
}

#[test]
fn odd_refusals() {
    let sample = json!({ "Type": null, "Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful" });
    let runtime = runtime();
    try_for_a_while("refusals", &sample, |body| {
        let script = transport::Script::new(
            [401, 403, 404].map(|status| transport::Answer::new(status, String::from_utf8_lossy(body).into_owned())),
        );
        let client = client("http://issuer.test", script.transport());
        for _ in 0..3 {
            let read = runtime.block_on(client.organisation(&secret("t"), &TenantId::new("t")));
            assert!(read.is_err());
        }
    });
}

#[test]
fn odd_contacts() {
    let id = |number: usize| format!("5cc8cf28-567e-4d43-b287-{number:012}");
    let row = |number: usize| {
        json!({ "ContactID": id(number), "ContactStatus": "ACTIVE", "Name": "Ann Lee", "FirstName": "Ann", "LastName": "Lee",
            "EmailAddress": "ann@example.com", "Phones": [], "BankAccountDetails": "1" })
    };
    let group = json!({ "ContactGroups": [{ "ContactGroupID": "g", "Name": "Staff", "Status": "ACTIVE",
        "Contacts": [row(1), row(2), row(3)] }] });
    let contacts = json!({ "Contacts": [row(1), row(2), row(3)] });
    let runtime = runtime();
    let read = |group: &[u8], contacts: &[u8]| {
        let client = answered([group.to_vec(), contacts.to_vec()]);
        runtime.block_on(client.people_of_group(&secret("t"), &TenantId::new("t"), &"g".into()))
    };
    let whole = (group.to_string().into_bytes(), contacts.to_string().into_bytes());
    try_for_a_while("contacts", &contacts, |body| {
        if let Ok(GroupRead::People { people, .. }) = read(&whole.0, body) {
            assert_eq!(people.len(), 3, "{}", String::from_utf8_lossy(body));
        } else {
            assert!(list(body, Some("Contacts")).is_none(), "{}", String::from_utf8_lossy(body));
        }
    });
    try_for_a_while("contact group", &group, |body| {
        let _ = read(body, &whole.1);
        let client = answered([body.to_vec()]);
        let groups = runtime.block_on(client.contact_groups(&secret("t"), &TenantId::new("t")));
        if list(body, Some("ContactGroups")).is_some() {
            assert!(groups.is_ok(), "{}", String::from_utf8_lossy(body));
        }
    });
}
