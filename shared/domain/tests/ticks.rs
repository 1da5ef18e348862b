//! Whose box is ticked, over several looks at the same people.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::account::AccountStatus;
use domain::email::EmailAddress;
use domain::ids::EmployeeId;
use domain::name::PersonName;
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::{KnownAccount, Plan, PlanInput, make_plan};
use jiff::Timestamp;
use proptest::prelude::*;

fn person(number: usize, status: PersonStatus) -> SourcePerson {
    SourcePerson {
        employee_id: id(number),
        given_name: "Ann".to_owned(),
        family_name: format!("Lee {number:04}"),
        email: Some(format!("person{number}@example.com")).into(),
        status,
    }
}

fn id(number: usize) -> EmployeeId {
    EmployeeId::new(format!("{number:04}"))
}

fn ids(numbers: &[usize]) -> Vec<EmployeeId> {
    numbers.iter().map(|number| id(*number)).collect()
}

fn input(people: Vec<SourcePerson>, places_left: u32, imports_accepted: u32) -> PlanInput {
    PlanInput {
        group: None,
        tenant: "tenant".into(),
        people,
        members: HashMap::new(),
        old_emails: HashMap::new(),
        accounts: None,
        owner: EmailAddress::parse("owner@example.com").expect("an address"),
        owner_name: PersonName::new("Olivia", "Owner"),
        courses: Vec::new(),
        places_left,
        imports_accepted,
        missed_before: HashSet::new(),
        longest_name: 255,
        read_at: Timestamp::UNIX_EPOCH,
    }
}

fn plan(people: Vec<SourcePerson>, places_left: u32, imports_accepted: u32) -> Plan {
    make_plan(input(people, places_left, imports_accepted))
}

fn of(numbers: &[usize]) -> Plan {
    plan(numbers.iter().map(|number| person(*number, PersonStatus::Active)).collect(), 200, 0)
}

fn ticked(plan: &Plan) -> Vec<EmployeeId> {
    plan.ticks().into_iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_box_that_nobody_touched_is_as_the_plan_suggests() {
    assert_eq!(ticked(&of(&[1, 2, 3])), ids(&[1, 2, 3]));
    let three_for_two = plan((1..=3).map(|number| person(number, PersonStatus::Active)).collect(), 2, 0);
    assert_eq!(ticked(&three_for_two), ids(&[1, 2]));
}

#[test]
fn whoever_was_left_out_stays_out_over_every_look_until_they_are_ticked_again() {
    let first = of(&[1, 2, 3]).with_ticks(&ids(&[1, 3]));
    let second = of(&[1, 2, 3, 4]).following(&first);
    assert_eq!(ticked(&second), ids(&[1, 3, 4]), "whoever is new is as the plan suggests");
    assert_eq!(second.newcomers_since(&first), [&id(4)].into());
    // Not there for one look, and back in the next.
    let third = of(&[1, 4]).following(&second);
    let fourth = of(&[1, 2, 3, 4]).following(&third);
    assert_eq!(ticked(&fourth), ids(&[1, 3, 4]));
    let again = fourth.with_ticks(&ids(&[1, 2, 3, 4]));
    assert_eq!(ticked(&of(&[1, 2, 3, 4]).following(&again)), ids(&[1, 2, 3, 4]));
}

#[test]
fn whoever_was_ticked_by_hand_stays_ticked() {
    let with_adviser = || {
        let adviser = person(2, PersonStatus::Adviser);
        plan(vec![person(1, PersonStatus::Active), adviser], 200, 0)
    };
    assert_eq!(ticked(&with_adviser()), ids(&[1]));
    let chosen = with_adviser().with_ticks(&ids(&[1, 2]));
    assert_eq!(ticked(&with_adviser().following(&chosen)), ids(&[1, 2]));
}

/// The portal has accounts under these names, each with the email of the person of its number.
fn with_accounts(names: &[(usize, &str)]) -> Plan {
    let known = |&(number, name): &(usize, &str)| KnownAccount {
        id: number.to_string().as_str().into(),
        email: EmailAddress::parse(&format!("person{number}@example.com")).ok(),
        name: PersonName::new(name, "Known"),
        status: AccountStatus::Active,
        created_time: None,
    };
    let people = vec![person(1, PersonStatus::Active), person(2, PersonStatus::Adviser)];
    make_plan(PlanInput { accounts: Some(names.iter().map(known).collect()), ..input(people, 200, 0) })
}

#[test]
fn a_tick_answers_the_doubt_that_was_beside_it_and_no_other() {
    let kim = with_accounts(&[(1, "Kim")]);
    assert_eq!(ticked(&kim), ids(&[]), "the account may be somebody else's");
    let decided = kim.clone().with_ticks(&ids(&[1, 2]));
    assert_eq!(ticked(&with_accounts(&[(1, "Kim")]).following(&decided)), ids(&[1, 2]));
    assert_eq!(ticked(&with_accounts(&[(1, "Robin")]).following(&decided)), ids(&[2]), "another's account now");
    // Ticked by hand before GO1 had an account, of which nobody was asked.
    assert_eq!(ticked(&with_accounts(&[(1, "Kim"), (2, "Kim")]).following(&decided)), ids(&[1]));
}

#[test]
fn whom_the_plan_left_out_for_a_reason_is_suggested_once_the_reason_is_gone() {
    let slip = SourcePerson { email: Some("ann@gmial.com".to_owned()).into(), ..person(2, PersonStatus::Active) };
    let first = plan(vec![person(1, PersonStatus::Active), slip], 200, 0);
    let shown = ticked(&first);
    assert_eq!(shown, ids(&[1]));
    let corrected = of(&[1, 2]).following(&first.with_ticks(&shown));
    assert_eq!(ticked(&corrected), ids(&[1, 2]), "nobody left them out by hand");
}

#[test]
fn choices_are_carried_out_by_an_import_and_are_another_organisations_never() {
    let before = of(&[1, 2]).with_ticks(&ids(&[1]));
    let after = plan((1..=2).map(|number| person(number, PersonStatus::Active)).collect(), 200, 1);
    assert_eq!(ticked(&after.following(&before)), ids(&[1, 2]));
    let elsewhere = Plan { tenant: "elsewhere".into(), ..of(&[1, 2]) };
    assert_eq!(ticked(&elsewhere.following(&before)), ids(&[1, 2]));
}

proptest! {
    #[test]
    fn what_is_posted_is_what_is_shown_next_and_the_plan_keeps_its_name(
        boxes in prop::collection::vec(any::<(bool, bool)>(), 0..30), places in 0_u32..30,
    ) {
        let people = |count: usize| (0..count).map(|number| person(number, PersonStatus::Active)).collect();
        let suggested = plan(people(boxes.len()), places, 0);
        let digest = suggested.digest();
        let posted = |which: fn(&(bool, bool)) -> bool| {
            (0..).zip(&boxes).filter(|(_, both)| which(both)).map(|(number, _)| id(number)).collect::<Vec<_>>()
        };
        let (first, second) = (posted(|both| both.0), posted(|both| both.1));
        let once = suggested.with_ticks(&first);
        prop_assert_eq!(ticked(&once), first);
        let again = plan(people(boxes.len()), places, 0).following(&once).with_ticks(&second);
        prop_assert_eq!(ticked(&again), second);
        prop_assert_eq!(again.digest(), digest);
    }
}
