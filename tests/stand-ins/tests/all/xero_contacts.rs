//! Contacts and their groups: what the fake Xero asks for, and what it shows.

use stand_ins::world::CANARIES;

use crate::support::{Fixture, get, xero};
use crate::xero_api::assert_problem;

const ROSA: &str = "rosa.delgado@example.com";
const JUNIPER: &str = "Juniper Lane Outfitters";
const GROUPS: &str = "/api.xro/2.0/ContactGroups";
const CONTACTS: &str = "/api.xro/2.0/Contacts";
const SCOPES: &str = "openid profile email offline_access accounting.settings.read accounting.contacts.read";

/// Rosa's token with these scopes, and her organisation.
fn rosa(fixture: &Fixture, scopes: &str) -> (String, stand_ins::Organisation) {
    let tokens = fixture.world.xero().sign_in(ROSA, &[JUNIPER], scopes).expect("tokens");
    (tokens.access_token, fixture.world.xero().organisation(JUNIPER).expect("the organisation"))
}

#[tokio::test]
async fn contacts_need_their_own_scope() {
    let fixture = Fixture::new();
    let (token, juniper) = rosa(&fixture, "openid offline_access accounting.settings.read");
    for path in [GROUPS.to_owned(), format!("{GROUPS}/{}", juniper.contact_groups[0].group_id), CONTACTS.to_owned()] {
        let answer = get(&fixture.xero, &path, &xero(&token, &juniper.tenant_id)).await;
        assert_problem(&answer, 401, "AuthorizationUnsuccessful");
    }
}

#[tokio::test]
async fn the_list_of_groups_says_of_none_who_is_in_it_and_a_group_says_it_of_itself() {
    let fixture = Fixture::new();
    let (token, juniper) = rosa(&fixture, SCOPES);
    let headers = xero(&token, &juniper.tenant_id);
    let list = get(&fixture.xero, GROUPS, &headers).await.json();
    let rows = list["ContactGroups"].as_array().expect("groups").clone();
    let shown: Vec<_> = rows.iter().map(|row| (row["Name"].as_str(), row["Status"].as_str())).collect();
    let active = Some("ACTIVE");
    let expected = [
        (Some("Suppliers"), active),
        (Some("Employees"), active),
        (Some("Empty shelf"), active),
        (Some("Old team"), Some("DELETED")),
    ];
    assert_eq!(shown, expected);
    assert!(rows.iter().all(|row| row["Contacts"].as_array().is_some_and(Vec::is_empty)));
    let employees = rows[1]["ContactGroupID"].as_str().expect("an id");
    let group = get(&fixture.xero, &format!("{GROUPS}/{employees}"), &headers).await.json();
    let contacts = group["ContactGroups"][0]["Contacts"].as_array().expect("contacts").clone();
    assert_eq!(contacts.len(), 40);
    assert!(contacts.iter().all(|row| row["EmailAddress"].is_null() && row["FirstName"].is_null()));
    for unknown in ["17b44ed7-4389-4162-91cb-3dd5766e4e22", "Employees"] {
        assert_eq!(get(&fixture.xero, &format!("{GROUPS}/{unknown}"), &headers).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn contacts_are_shown_by_ids_in_pages_with_everything_that_nobody_asked_for() {
    let fixture = Fixture::new();
    let (token, juniper) = rosa(&fixture, SCOPES);
    let headers = xero(&token, &juniper.tenant_id);
    let read = async |query: &str| get(&fixture.xero, &format!("{CONTACTS}{query}"), &headers).await;
    let count = |answer: &crate::support::Answer| answer.json()["Contacts"].as_array().map(Vec::len);
    let employees = &juniper.contact_groups[1].contacts;
    let ids = employees.join("%2C");
    assert_eq!(count(&read(&format!("?IDs={ids}")).await), Some(39), "without who is archived");
    let everybody = read(&format!("?IDs={ids}&includeArchived=true&page=1&pageSize=100")).await;
    assert_eq!(count(&everybody), Some(40));
    for canary in CANARIES.iter().filter(|canary| canary.starts_with("CANARY-CONTACT")) {
        assert!(everybody.text.contains(canary), "{canary}");
    }
    assert_eq!(count(&read(&format!("?IDs={ids}&includeArchived=true&page=2&pageSize=30")).await), Some(10));
    assert_eq!(count(&read("").await), Some(41), "all contacts but the archived one");

    let too_long = vec![employees[0].as_str(); 60].join("%2C");
    assert_eq!(read(&format!("?IDs={too_long}")).await.status.as_u16(), 404, "as developers report");
    for wrong in ["?IDs=1", "?IDs=", "?page=0", "?pageSize=1001", "?page=one", "?where=Name"] {
        assert_eq!(read(wrong).await.status.as_u16(), 400, "{wrong}");
    }
}
