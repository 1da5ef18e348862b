//! The contacts of one group: over the stand-in, and over answers that a strict stand-in never gives.

use domain::ids::{ContactGroupId, TenantId};
use domain::people::{PersonStatus, SourcePerson, Unread};
use domain::plan::MOST_PEOPLE;
use secrecy::SecretString;
use serde_json::{Value, json};
use stand_ins::World;
use stand_ins::xero::endpoint;
use transport::{Answer, Script};
use xero::{GroupRead, Unauthorized, XeroClient, XeroError};

use crate::support::{scripted, secret, tenant, world};

const ROSA: &str = "rosa.delgado@example.com";
const JUNIPER: &str = "Juniper Lane Outfitters";
const GROUP: &str = "17b44ed7-4389-4162-91cb-3dd5766e4e22";

fn scopes(contacts: bool) -> String {
    xero::scopes(Some(domain::country::Country::UnitedStates), contacts).join(" ")
}

fn token(world: &World) -> SecretString {
    let tokens = world.xero().sign_in(ROSA, &[JUNIPER], &scopes(true)).expect("both exist");
    secret(&tokens.access_token)
}

fn group_id(world: &World, name: &str) -> ContactGroupId {
    let juniper = world.xero().organisation(JUNIPER).expect("the organisation");
    let group = juniper.contact_groups.into_iter().find(|group| group.name == name).expect("the group");
    ContactGroupId::new(group.group_id)
}

async fn people(client: &XeroClient, world: &World, name: &str) -> (String, Vec<SourcePerson>) {
    let (token, id) = (token(world), group_id(world, name));
    match client.people_of_group(&token, &tenant(world, JUNIPER), &id).await.expect("read") {
        GroupRead::People { group, people } => (group.name, people),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_groups_are_listed_by_name_without_those_that_were_deleted() {
    let (world, _, client) = world();
    let listed = client.contact_groups(&token(&world), &tenant(&world, JUNIPER)).await.expect("groups");
    let names: Vec<_> = listed.iter().map(|listed| (listed.group.name.as_str(), listed.size)).collect();
    assert_eq!(names, [("Employees", None), ("Empty shelf", None), ("Suppliers", None)]);
}

#[tokio::test]
async fn the_contacts_of_a_group_are_its_people_and_nobody_elses_is_asked_for() {
    let (world, _, client) = world();
    let (name, people) = people(&client, &world, "Employees").await;
    assert_eq!((name.as_str(), people.len()), ("Employees", 40));
    let count = |status: PersonStatus| people.iter().filter(|person| person.status == status).count();
    assert_eq!(
        [PersonStatus::Active, PersonStatus::Archived, PersonStatus::Company].map(count),
        [37, 1, 1],
        "who is archived is told as well"
    );
    assert_eq!(count(PersonStatus::Unknown(Some("GDPRREQUEST".to_owned()))), 1);
    assert!(people.iter().all(|person| person.employee_id.is_contact()));
}

#[tokio::test(start_paused = true)]
async fn who_is_in_the_group_is_asked_for_by_id_in_questions_that_xero_takes() {
    let of_120: Vec<Value> = (0..120).map(|number| json!({ "ContactID": id(number) })).collect();
    let group = json!({ "ContactGroups": [{ "ContactGroupID": GROUP, "Name": "Staff", "Contacts": of_120 }] });
    let nobody = || Answer::new(200, json!({ "Contacts": [] }));
    let script = Script::new([Answer::new(200, group), nobody(), nobody(), nobody()]);
    let read = scripted(&script).people_of_group(&secret("t"), &TenantId::new("t"), &GROUP.into()).await;
    assert!(
        matches!(read, Ok(GroupRead::People { people, .. }) if people.len() == 120),
        "each of whom nothing is shown"
    );
    let requests = script.requests();
    assert_eq!(requests[0].uri().path(), format!("/api.xro/2.0/ContactGroups/{GROUP}"));
    let mut asked = Vec::new();
    for request in &requests[1..] {
        let query = request.uri().query().expect("a question");
        assert!(query.len() <= 2_048, "{}", query.len());
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["IDs", "includeArchived", "page", "pageSize"]);
        asked.extend(fields[0].1.split(',').map(str::to_owned));
    }
    assert_eq!(asked, (0..120).map(id).collect::<Vec<_>>(), "each once, and nobody besides");
}

#[tokio::test]
async fn two_hundred_contacts_take_five_reads_that_xero_takes() {
    let (world, _, client) = world();
    for (count, reads) in [(0, 0), (1, 1), (50, 1), (51, 2), (199, 4), (200, 4), (201, 5)] {
        world.xero().set_contact_group(JUNIPER, "Everyone", count);
        let before = [endpoint::CONTACT_GROUP, endpoint::CONTACTS].map(|endpoint| world.xero().calls(endpoint));
        let (_, people) = people(&client, &world, "Everyone").await;
        let after = [endpoint::CONTACT_GROUP, endpoint::CONTACTS].map(|endpoint| world.xero().calls(endpoint));
        assert_eq!(people.len(), count);
        assert!(people.iter().all(|person| person.status == PersonStatus::Active), "{count}");
        assert_eq!([after[0] - before[0], after[1] - before[1]], [1, reads], "{count}");
    }
}

#[tokio::test]
async fn a_group_that_was_deleted_is_gone_and_one_that_is_too_large_is_not_read() {
    let (world, _, client) = world();
    let (token, tenant) = (token(&world), tenant(&world, JUNIPER));
    let deleted = group_id(&world, "Old team");
    assert_eq!(client.people_of_group(&token, &tenant, &deleted).await, Ok(GroupRead::Gone));
    assert_eq!(client.people_of_group(&token, &tenant, &GROUP.into()).await, Ok(GroupRead::Gone), "404");
    world.xero().set_contact_group(JUNIPER, "Everyone", MOST_PEOPLE + 1);
    let large = group_id(&world, "Everyone");
    let read = client.people_of_group(&token, &tenant, &large).await;
    assert_eq!(read, Ok(GroupRead::TooMany { people: MOST_PEOPLE + 1 }));
    assert_eq!(world.xero().calls(endpoint::CONTACTS), 0);
}

#[tokio::test]
async fn a_consent_without_contacts_is_a_missing_scope() {
    let (world, _, client) = world();
    let narrow = world.xero().sign_in(ROSA, &[JUNIPER], &scopes(false)).expect("both exist");
    let (token, tenant) = (secret(&narrow.access_token), tenant(&world, JUNIPER));
    let groups = client.contact_groups(&token, &tenant).await.map(drop);
    let group = client.people_of_group(&token, &tenant, &group_id(&world, "Employees")).await.map(drop);
    for failure in [groups, group] {
        assert!(matches!(failure, Err(XeroError::Unauthorized { why: Unauthorized::ScopeMissing, .. })), "{failure:?}");
    }
}

fn id(number: usize) -> String {
    format!("5cc8cf28-567e-4d43-b287-{number:012}")
}

/// What is read where the group has contacts 1 to 3 and Xero answers this of them.
async fn read(members: Value, contacts: impl Into<Vec<Answer>>) -> Result<Vec<SourcePerson>, XeroError> {
    let group = json!({ "ContactGroups": [{ "ContactGroupID": GROUP, "Name": "Staff", "Contacts": members }] });
    let script = Script::new([Answer::new(200, group)].into_iter().chain(contacts.into()));
    match scripted(&script).people_of_group(&secret("t"), &TenantId::new("t"), &GROUP.into()).await? {
        GroupRead::People { people, .. } => Ok(people),
        other => panic!("{other:?}"),
    }
}

fn members() -> Value {
    json!([1, 2, 3].map(|number| json!({ "ContactID": id(number) })))
}

fn contact(number: usize) -> Value {
    json!({ "ContactID": id(number), "ContactStatus": "ACTIVE", "Name": "Ann Lee", "FirstName": "Ann",
            "LastName": "Lee", "EmailAddress": format!("ann{number}@x.com") })
}

#[tokio::test(start_paused = true)]
async fn whoever_xero_does_not_show_is_told_and_whoever_was_not_asked_for_is_not_taken() {
    let answer = json!({ "Contacts": [contact(1), contact(9), { "FirstName": "Nobody" }, contact(3), contact(3), 7] });
    let people = read(members(), [Answer::new(200, answer)]).await.expect("people");
    let shown: Vec<_> = people.iter().map(|person| person.status.clone()).collect();
    let unread = PersonStatus::Unread(Unread { id: false, ..Unread::ALL });
    assert_eq!(shown, [PersonStatus::Active, unread, PersonStatus::Active]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_none_spoils_the_others_question_in_no_way() {
    let members = json!([{ "ContactID": id(1).to_uppercase() }, { "ContactID": "1,2" }, {}, 7, { "ContactID": id(1) }]);
    let people = read(members, [Answer::new(200, json!({ "Contacts": [contact(1)] }))]).await.expect("people");
    let unread = people.iter().filter(|person| matches!(person.status, PersonStatus::Unread(Unread { id: true, .. })));
    assert_eq!((people.len(), unread.count()), (4, 3), "one person, and three rows that name nobody");
    assert_eq!(people[0].status, PersonStatus::Active);
}

#[tokio::test(start_paused = true)]
async fn a_contact_without_a_persons_names_is_a_company_only_where_it_has_a_name_of_its_own() {
    let with = |changes: Value| {
        let mut contact = contact(1);
        for (key, value) in changes.as_object().expect("an object") {
            contact[key] = value.clone();
        }
        contact
    };
    for (changes, expected) in [
        (json!({ "FirstName": "", "LastName": null }), PersonStatus::Company),
        (json!({ "FirstName": " ", "LastName": " ", "Name": " " }), PersonStatus::Active),
        (json!({ "FirstName": "", "LastName": "Lee" }), PersonStatus::Active),
        (json!({ "FirstName": "", "LastName": "", "ContactStatus": "archived" }), PersonStatus::Archived),
        (json!({ "ContactStatus": null }), PersonStatus::Unknown(None)),
        (json!({ "ContactStatus": "ASLEEP" }), PersonStatus::Unknown(Some("ASLEEP".to_owned()))),
        (json!({ "EmailAddress": ["ann@x.com"] }), PersonStatus::Unread(Unread { email: true, ..Unread::default() })),
    ] {
        let answer = Answer::new(200, json!({ "Contacts": [with(changes.clone())] }));
        let people = read(json!([{ "ContactID": id(1) }]), [answer]).await.expect("people");
        assert_eq!(people[0].status, expected, "{changes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_is_no_empty_group() {
    let answer = Answer::new(404, "The resource you're looking for cannot be found");
    let failure = read(members(), [answer]).await.expect_err("the contacts are not there");
    assert!(matches!(failure, XeroError::Refused { .. }), "{failure:?}");
    let failure = read(members(), [Answer::new(200, "<html>CANARY</html>")]).await.expect_err("no JSON");
    assert!(matches!(failure, XeroError::Unreadable { .. }), "{failure:?}");
    assert!(!format!("{failure} {failure:?}").contains("CANARY"));
}
