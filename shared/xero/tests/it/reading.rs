//! Connections, organisations and people against the stand-in.

use std::collections::HashSet;

use crate::support::{tenant, token, world};
use domain::country::PeopleSource;
use domain::ids::ConnectionId;
use domain::people::PersonStatus;
use stand_ins::xero::endpoint;
use xero::{PayrollAdministration, XeroError};

const OLIVIA: &str = "olivia.hartley@example.com";
const MEI: &str = "mei.tanaka@example.com";
const SAM: &str = "sam.okafor@example.com";
const HARBOUR: &str = "Harbour & Hearth Hospitality";
const WATTLE: &str = "Wattle Grove Books";
const PRAIRIE: &str = "Prairie Lantern Coffee";

#[tokio::test]
async fn connections_are_listed_and_deleted_by_their_own_id() {
    let (world, _, client) = world();
    token(&world, OLIVIA, HARBOUR);
    let token = token(&world, OLIVIA, WATTLE);
    let connections = client.connections(&token, None).await.expect("connections");
    let names: HashSet<_> = connections.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, HashSet::from([HARBOUR, WATTLE]));

    let harbour = connections.iter().find(|connection| connection.name == HARBOUR).expect("connected");
    assert_eq!(harbour.tenant, tenant(&world, HARBOUR));
    client.delete_connection(&token, &harbour.id).await.expect("deleted");
    client.delete_connection(&token, &harbour.id).await.expect("deleted before is no error");
    client.delete_connection(&token, &ConnectionId::new("../../x?y")).await.expect("no such connection");
    let left = client.connections(&token, None).await.expect("connections");
    assert_eq!(left.iter().map(|connection| connection.name.as_str()).collect::<Vec<_>>(), [WATTLE]);

    let failure = client.organisation(&token, &tenant(&world, HARBOUR)).await.expect_err("disconnected");
    assert!(matches!(&failure, XeroError::Forbidden { trace } if trace.correlation_id.is_some()), "{failure:?}");
}

#[tokio::test]
async fn an_organisation_tells_its_name_country_and_who_may_run_its_payroll() {
    let (world, _, client) = world();
    let owner = token(&world, OLIVIA, HARBOUR);
    let organisation = client.organisation(&owner, &tenant(&world, HARBOUR)).await.expect("an organisation");
    assert_eq!((organisation.name.as_str(), organisation.country_code.as_str()), (HARBOUR, "AU"));
    assert!(organisation.short_code.is_some());
    assert_eq!(organisation.class.as_deref(), Some("GROW"));
    let timezone = organisation.timezone.expect("a time zone");
    assert!(xero::iana_timezone(&timezone).expect("a known one").starts_with("Australia/"));
    let allowed = client.organisation_actions(&owner, &tenant(&world, HARBOUR)).await;
    assert_eq!(allowed, Ok(PayrollAdministration::Allowed));
    let not = client.organisation_actions(&token(&world, MEI, WATTLE), &tenant(&world, WATTLE)).await;
    assert_eq!(not, Ok(PayrollAdministration::NotAllowed));
}

#[tokio::test]
async fn an_australian_payroll_is_read_by_its_list_pages_alone() {
    let (world, _, client) = world();
    let token = token(&world, OLIVIA, HARBOUR);
    let people = client.people(&token, &tenant(&world, HARBOUR), PeopleSource::PayrollEmployees).await.expect("people");
    assert_eq!(people.len(), 213);
    assert_eq!(people.iter().map(|person| &person.employee_id).collect::<HashSet<_>>().len(), 213);
    assert_eq!(people.iter().filter(|person| person.status == PersonStatus::Left).count(), 2);
    let without = people.iter().filter(|person| person.email.text().is_none()).count();
    assert_eq!(without, 3, "two have none, and one has a blank one");
    assert!(people.iter().all(|person| person.given_name.trim() == person.given_name));
    assert_eq!(world.xero().calls(endpoint::EMPLOYEES), 4, "the fourth page is empty");
    assert_eq!(world.xero().calls(endpoint::EMPLOYEE_DETAIL), 0);

    let json = serde_json::to_string(&people).expect("JSON");
    for canary in stand_ins::world::CANARIES {
        assert!(!json.contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn an_american_organisation_has_its_xero_users() {
    let (world, _, client) = world();
    let token = token(&world, SAM, PRAIRIE);
    let people = client.people(&token, &tenant(&world, PRAIRIE), PeopleSource::XeroUsers).await.expect("people");
    assert!(people.iter().any(|person| person.status == PersonStatus::Adviser));
    assert!(people.iter().any(|person| person.status == PersonStatus::Active));
    let without = people.iter().filter(|person| person.email.text().is_none()).count();
    assert_eq!(without, 1, "one has a blank one");
    assert_eq!(world.xero().calls(endpoint::USERS), 1);
    assert_eq!(world.xero().calls(endpoint::EMPLOYEES), 0);
}
