//! The endpoints of contacts and their groups. Xero's own have more parameters; what the product has no use for is refused
//! here, so that nobody begins to use it unseen.

use std::collections::HashMap;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::form_urlencoded::parse;

use super::api::{Refusal, envelope, query_error, tenant_call};
use crate::contact::Contact;
use crate::organisations::Organisation;
use crate::world::{State as WorldState, World};

const SCOPES: [&str; 2] = ["accounting.contacts.read", "accounting.contacts"];
/// Xero answers 404 to a longer query (<https://github.com/XeroAPI/Xero-NetStandard/issues/471>).
const LONGEST_QUERY: usize = 2_048;
/// The most contacts that a page may be asked to have.
const LARGEST_PAGE: usize = 1_000;

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "The resource you're looking for cannot be found").into_response()
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn called(state: &mut WorldState, headers: &HeaderMap, now: Timestamp) -> Result<Organisation, Refusal> {
    let (_, organisation) = tenant_call(state, headers, now, SCOPES)?;
    Ok(organisation)
}

/// `GET /api.xro/2.0/ContactGroups`: names and ids, without who is in them, as in the published example.
pub(crate) async fn groups(State(world): State<World>, headers: HeaderMap) -> Response {
    let now = world.now();
    let mut state = world.state();
    let organisation = match called(&mut state, &headers, now) {
        Ok(organisation) => organisation,
        Err(refusal) => return *refusal,
    };
    let rows = organisation.contact_groups.iter().map(|group| {
        json!({
            "ContactGroupID": group.group_id, "Name": group.name,
            "Status": if group.deleted { "DELETED" } else { "ACTIVE" }, "Contacts": [], "HasValidationErrors": false,
        })
    });
    envelope(&mut state, &headers, now, "ContactGroups", rows.collect())
}

/// `GET /api.xro/2.0/ContactGroups/{id}`: with the id and the name of each contact that is in it.
pub(crate) async fn group(State(world): State<World>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let now = world.now();
    let mut state = world.state();
    let organisation = match called(&mut state, &headers, now) {
        Ok(organisation) => organisation,
        Err(refusal) => return *refusal,
    };
    let Some(group) = organisation.contact_groups.iter().find(|group| group.group_id == id) else {
        return not_found();
    };
    let named =
        |id: &String| organisation.contacts.iter().find(|contact| contact.contact_id == *id).map(Contact::named);
    let row = json!({
        "ContactGroupID": group.group_id, "Name": group.name,
        "Status": if group.deleted { "DELETED" } else { "ACTIVE" },
        "Contacts": group.contacts.iter().filter_map(named).collect::<Vec<Value>>(),
    });
    envelope(&mut state, &headers, now, "ContactGroups", vec![row])
}

/// `GET /api.xro/2.0/Contacts?IDs=[&includeArchived=][&page=][&pageSize=]`
pub(crate) async fn contacts(State(world): State<World>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let now = world.now();
    let mut state = world.state();
    let Organisation { mut contacts, .. } = match called(&mut state, &headers, now) {
        Ok(organisation) => organisation,
        Err(refusal) => return *refusal,
    };
    let query = query.unwrap_or_default();
    if query.len() > LONGEST_QUERY {
        return not_found();
    }
    let asked: HashMap<String, String> = parse(query.as_bytes()).into_owned().collect();
    if asked.keys().any(|name| !["IDs", "includeArchived", "page", "pageSize"].contains(&name.as_str())) {
        return query_error("The parameter is none that this stand-in knows");
    }
    if let Some(ids) = asked.get("IDs") {
        let ids: Vec<&str> = ids.split(',').collect();
        if !ids.iter().all(|id| is_uuid(id)) {
            return query_error("Supplied parameter 'Ids' cannot be parsed.");
        }
        contacts.retain(|contact| ids.contains(&contact.contact_id.as_str()));
    }
    if asked.get("includeArchived").map(String::as_str) != Some("true") {
        contacts.retain(|contact| contact.status != "ARCHIVED");
    }
    let number = |name: &str, or: usize| asked.get(name).map_or(Ok(or), |number| number.parse::<usize>());
    let (Ok(page @ 1..), Ok(size @ 1..=LARGEST_PAGE)) = (number("page", 1), number("pageSize", 100)) else {
        return query_error("The page must be a number from 1 on, and its size one to 1000");
    };
    if asked.contains_key("page") {
        contacts = contacts.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    }
    envelope(&mut state, &headers, now, "Contacts", contacts.iter().map(Contact::row).collect())
}
