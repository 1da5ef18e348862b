//! A contact group as the source: who can be imported, who is whom, and who is said to have left.

use std::collections::{HashMap, HashSet};

use domain::account::AccountStatus;
use domain::contact_group::ContactGroup;
use domain::email::EmailAddress;
use domain::ids::{ContactId, EmployeeId};
use domain::member::Member;
use domain::name::PersonName;
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::{BlockedReason, Decision, KnownAccount, Plan, PlanInput, make_plan};
use jiff::Timestamp;

fn contact(number: usize) -> EmployeeId {
    EmployeeId::of_contact(&ContactId::new(format!("c{number}")))
}

fn group() -> ContactGroup {
    ContactGroup { id: "group".into(), name: "Employees".to_owned() }
}

fn person(employee_id: EmployeeId, email: &str) -> SourcePerson {
    SourcePerson {
        employee_id,
        given_name: "Ann".to_owned(),
        family_name: "Lee".to_owned(),
        email: Some(email.to_owned()).into(),
        status: PersonStatus::Active,
    }
}

fn account(id: &str, email: &str) -> KnownAccount {
    KnownAccount {
        id: id.into(),
        email: EmailAddress::parse(email).ok(),
        name: PersonName::new("Ann", "Lee"),
        status: AccountStatus::Active,
        created_time: None,
    }
}

fn member(id: &EmployeeId, account: Option<&str>, unfinished: bool) -> (EmployeeId, Member) {
    let asked = Member::unresolved("import".into(), Timestamp::UNIX_EPOCH, id.clone(), Timestamp::UNIX_EPOCH);
    (id.clone(), Member { account: account.map(Into::into), unfinished, ..asked })
}

fn input(group: Option<ContactGroup>, people: Vec<SourcePerson>) -> PlanInput {
    PlanInput {
        tenant: "tenant".into(),
        group,
        people,
        members: HashMap::new(),
        old_emails: HashMap::new(),
        accounts: Some(Vec::new()),
        owner: EmailAddress::parse("owner@x.com").expect("an address"),
        owner_name: PersonName::new("Olivia", "Owner"),
        courses: Vec::new(),
        places_left: 200,
        imports_accepted: 0,
        missed_before: HashSet::new(),
        longest_name: 255,
        read_at: Timestamp::UNIX_EPOCH,
    }
}

fn decisions(plan: &Plan) -> Vec<(EmployeeId, Decision)> {
    plan.entries.iter().map(|entry| (entry.employee_id.clone(), entry.decision.clone())).collect()
}

const MEMBER: Decision = Decision::AlreadyMember { differs: None, left: false, works_as: None, told_as: None };

#[test]
fn a_xero_user_who_was_imported_is_the_same_person_as_the_contact_of_that_email() {
    let user = EmployeeId::from("u1");
    let of_group = PlanInput {
        members: [member(&user, Some("7"), false)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(Some(group()), vec![person(contact(1), "ANN@x.com "), person(contact(2), "bo@x.com")])
    };
    let plan = make_plan(of_group);
    assert_eq!(decisions(&plan), [(contact(2), Decision::Create), (user, MEMBER)]);
    assert_eq!(plan.left, [], "and nobody has left");
}

#[test]
fn a_contact_who_was_imported_is_the_same_person_as_the_xero_user_of_that_email() {
    let users = PlanInput {
        members: [member(&contact(1), Some("7"), false)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(None, vec![person("u1".into(), "ann@x.com")])
    };
    assert_eq!(decisions(&make_plan(users)), [(contact(1), MEMBER)]);
}

#[test]
fn whoever_was_not_finished_goes_on_under_the_place_that_they_have() {
    let user = EmployeeId::from("u1");
    let begun = PlanInput {
        members: [member(&user, Some("7"), true)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(Some(group()), vec![person(contact(1), "ann@x.com")])
    };
    let resumed = Decision::Resume { account: Some("7".into()), created: false, deactivated: false };
    assert_eq!(decisions(&make_plan(begun)), [(user.clone(), resumed)]);
    let asked = PlanInput {
        members: [member(&user, None, true)].into(),
        old_emails: [(user.clone(), EmailAddress::parse("ann@x.com").expect("an address"))].into(),
        ..input(Some(group()), vec![person(contact(1), "ann@x.com")])
    };
    let uncertain = Decision::Resume { account: None, created: false, deactivated: false };
    assert_eq!(decisions(&make_plan(asked)), [(user, uncertain)], "GO1 may have made the account under that email");
}

#[test]
fn of_two_contacts_who_share_the_email_of_a_member_one_is_the_member() {
    let user = EmployeeId::from("u1");
    let plan = make_plan(PlanInput {
        members: [member(&user, Some("7"), false)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(Some(group()), vec![person(contact(1), "ann@x.com"), person(contact(2), "ann@x.com")])
    });
    let repeated = Decision::Blocked { reason: BlockedReason::RepeatedEmail { first: user.clone() } };
    assert_eq!(decisions(&plan), [(contact(2), repeated), (user, MEMBER)]);
}

#[test]
fn a_second_record_of_the_same_source_is_another_record_and_not_the_member() {
    let plan = make_plan(PlanInput {
        members: [member(&contact(9), Some("7"), false)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(Some(group()), vec![person(contact(1), "ann@x.com")])
    });
    let link = Decision::Link { account: Some("7".into()), deactivated: false };
    assert_eq!(decisions(&plan), [(contact(1), link)]);
}

#[test]
fn nobody_leaves_by_leaving_a_group_or_by_not_being_a_xero_user() {
    let members: HashMap<_, _> = [member(&"u1".into(), Some("7"), false), member(&contact(1), Some("8"), false)].into();
    let accounts = Some(vec![account("7", "ann@x.com"), account("8", "bo@x.com")]);
    let of_group = PlanInput {
        members: members.clone(),
        accounts: accounts.clone(),
        ..input(Some(group()), vec![person(contact(2), "cy@x.com")])
    };
    assert_eq!(make_plan(of_group).left, []);
    let users = PlanInput { members, accounts, ..input(None, vec![person("u2".into(), "cy@x.com")]) };
    let left: Vec<_> = make_plan(users).left.into_iter().map(|leaver| leaver.employee_id).collect();
    assert_eq!(left, ["u1".into()], "who was a Xero user and is none any more");
}

#[test]
fn archived_contacts_and_companies_are_told_and_not_imported() {
    let with = |status, email| SourcePerson { status, ..person(contact(1), email) };
    for (status, expected) in
        [(PersonStatus::Archived, BlockedReason::Archived), (PersonStatus::Company, BlockedReason::Company)]
    {
        let plan = make_plan(input(Some(group()), vec![with(status, "ann@x.com")]));
        assert_eq!(decisions(&plan), [(contact(1), Decision::Blocked { reason: expected })]);
    }
    let archived = PlanInput {
        members: [member(&contact(1), Some("7"), false)].into(),
        accounts: Some(vec![account("7", "ann@x.com")]),
        ..input(Some(group()), vec![with(PersonStatus::Archived, "ann@x.com")])
    };
    assert_eq!(decisions(&make_plan(archived)), [(contact(1), MEMBER)], "a member stays one, and has not left");
}

#[test]
fn the_group_and_its_name_are_part_of_what_a_plan_is_named_by() {
    let of = |group| make_plan(input(group, vec![person(contact(1), "ann@x.com")])).digest();
    let renamed = ContactGroup { name: "Everyone".to_owned(), ..group() };
    let another = ContactGroup { id: "another".into(), ..group() };
    let digests = HashSet::from([of(None), of(Some(group())), of(Some(renamed)), of(Some(another))]);
    assert_eq!(digests.len(), 4);
}
