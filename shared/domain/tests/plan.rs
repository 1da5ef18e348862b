//! What must hold for every plan, whoever is in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::email::EmailAddress;
use domain::ids::{EmployeeId, UserAccountId};
use domain::import::{BatchMessage, PEOPLE_PER_BATCH, batches_of};
use domain::people::{SourcePerson, Standing};
use domain::plan::{BlockedReason, Decision, Plan, PlanInput, Selection, SelectionRefused, make_plan};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

fn person() -> impl Strategy<Value = SourcePerson> {
    let email = prop_oneof![
        6 => "[a-c]{1,2}@x\\.com".prop_map(Some),
        2 => "[A-C]{1,2}@X\\.com ?".prop_map(Some),
        1 => select(vec![None, Some(String::new()), Some("  ".to_owned()), Some("bob".to_owned()), Some("=1@".to_owned())]),
    ];
    let name = prop_oneof![8 => "[A-D][a-d]{0,3}", 1 => Just(String::new())];
    let standing = prop_oneof![6 => Just(Standing::Active), 1 => Just(Standing::Left), 1 => Just(Standing::Adviser)];
    ("[0-9]{1,2}", name.clone(), name, email, standing).prop_map(|(id, given_name, family_name, email, standing)| {
        SourcePerson { employee_id: EmployeeId::new(id), given_name, family_name, email, standing }
    })
}

/// People of different ids.
fn people() -> impl Strategy<Value = Vec<SourcePerson>> {
    prop::collection::vec(person(), 0..40).prop_map(|mut people| {
        let mut ids = HashSet::new();
        people.retain(|person| ids.insert(person.employee_id.clone()));
        people
    })
}

fn input() -> impl Strategy<Value = PlanInput> {
    let members = prop::collection::hash_set("[0-9]{1,2}".prop_map(EmployeeId::new), 0..6);
    let accounts = prop::collection::btree_map(
        "[a-c]{1,2}@x\\.com".prop_map(|email| address(&email)),
        Just(UserAccountId::from("7")),
        0..4,
    );
    (people(), members, accounts, 0_u32..30).prop_map(|(people, members, accounts, places_left)| PlanInput {
        tenant: "tenant".into(),
        people,
        members,
        accounts,
        owner: address("a@x.com"),
        courses: ["1", "2", "3", "4", "5"].map(Into::into).to_vec(),
        places_left,
        imports_accepted: 0,
        read_at: Timestamp::UNIX_EPOCH,
    })
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn ticked(plan: &Plan) -> Vec<EmployeeId> {
    plan.entries.iter().filter(|entry| entry.ticked).map(|entry| entry.employee_id.clone()).collect()
}

proptest! {
    #[test]
    fn everybody_read_is_in_the_plan_once(input in input()) {
        let read: BTreeSet<EmployeeId> = input.people.iter().map(|person| person.employee_id.clone()).collect();
        let plan = make_plan(input);
        let planned: Vec<EmployeeId> = plan.entries.iter().map(|entry| entry.employee_id.clone()).collect();
        prop_assert_eq!(planned.len(), read.len());
        prop_assert_eq!(planned.into_iter().collect::<BTreeSet<_>>(), read);
        let counts = plan.counts();
        prop_assert_eq!(counts.read, counts.ticked + counts.unticked + counts.members + counts.blocked);
    }

    #[test]
    fn a_person_listed_twice_is_taken_once(input in input()) {
        let mut doubled = input.clone();
        doubled.people.extend(input.people.iter().cloned());
        prop_assert_eq!(make_plan(doubled), make_plan(input));
    }

    #[test]
    fn no_email_is_offered_twice_and_every_offer_can_be_made(input in input()) {
        let standings: BTreeMap<_, _> = input.people.iter().map(|person| (person.employee_id.clone(), person.standing)).collect();
        let members = input.members.clone();
        let plan = make_plan(input);
        let mut emails = HashSet::new();
        for entry in plan.importable() {
            let email = entry.email.as_deref().expect("an importable person has an email");
            prop_assert_eq!(String::from(address(email)), email);
            prop_assert!(emails.insert(email.to_owned()), "{} is offered twice", email);
            prop_assert!(!entry.given_name.is_empty() && !entry.family_name.is_empty());
            prop_assert!(!members.contains(&entry.employee_id));
            prop_assert_ne!(standings.get(&entry.employee_id), Some(&Standing::Left));
        }
    }

    #[test]
    fn a_repeated_email_names_somebody_who_has_it(input in input()) {
        let plan = make_plan(input);
        for entry in &plan.entries {
            if let Decision::Blocked { reason: BlockedReason::RepeatedEmail { first } } = &entry.decision {
                let first = plan.entries.iter().find(|other| other.employee_id == *first).expect("the first is in the plan");
                let same = |entry: &domain::plan::PlanEntry| address(entry.email.as_deref().unwrap_or_default());
                prop_assert_eq!(same(first), same(entry));
            }
        }
    }

    #[test]
    fn the_ticks_fit_the_places_and_can_be_confirmed_as_shown(input in input()) {
        let places = input.places_left;
        let plan = make_plan(input);
        let ticked = ticked(&plan);
        prop_assert!(ticked.len() <= places as usize);
        match Selection::check(&plan, &ticked) {
            Ok(selection) => {
                let consequences = selection.consequences();
                prop_assert_eq!(selection.people(), ticked.as_slice());
                prop_assert_eq!(consequences.accounts + consequences.linked, ticked.len());
                prop_assert_eq!(consequences.assignments, ticked.len() * 5);
                prop_assert_eq!(consequences.places_left as usize + ticked.len(), places as usize);
            }
            Err(refused) => {
                prop_assert_eq!(refused, SelectionRefused::Nobody);
                prop_assert!(ticked.is_empty());
            }
        }
    }

    #[test]
    fn more_ticks_than_places_or_a_stranger_are_refused(input in input()) {
        let plan = make_plan(input);
        let all: Vec<_> = plan.importable().map(|entry| entry.employee_id.clone()).collect();
        if all.len() > plan.places_left as usize {
            let refused = Selection::check(&plan, &all);
            prop_assert_eq!(refused, Err(SelectionRefused::TooMany { ticked: all.len(), places: plan.places_left }));
        }
        for entry in plan.entries.iter().filter(|entry| !entry.decision.is_importable()) {
            prop_assert_eq!(Selection::check(&plan, std::slice::from_ref(&entry.employee_id)), Err(SelectionRefused::NotOffered));
        }
    }

    #[test]
    fn the_digest_follows_what_is_shown_and_not_the_order_or_the_moment(input in input(), seed in any::<u64>()) {
        let plan = make_plan(input.clone());
        let mut shuffled = input.clone();
        let middle = usize::try_from(seed % 41).expect("small").min(shuffled.people.len());
        shuffled.people.rotate_left(middle);
        shuffled.read_at += SignedDuration::from_mins(5);
        prop_assert_eq!(make_plan(shuffled).digest(), plan.digest());
        if let Some(first) = input.people.first() {
            let mut changed = input.clone();
            changed.people[0] = SourcePerson { given_name: format!("{}x", first.given_name), ..first.clone() };
            prop_assert_ne!(make_plan(changed).digest(), plan.digest());
        }
        prop_assert_ne!(make_plan(PlanInput { imports_accepted: 1, ..input }).digest(), plan.digest());
    }

    #[test]
    fn batches_hold_everybody_once_and_their_messages_can_be_read(people in prop::collection::vec("[0-9a-f]{8}", 1..250)) {
        let people: Vec<EmployeeId> = people.into_iter().map(EmployeeId::new).collect();
        let batches = batches_of(&people);
        let regained: Vec<EmployeeId> = batches.iter().flat_map(|batch| batch.people.clone()).collect();
        prop_assert_eq!(&regained, &people);
        for (number, batch) in (0..).zip(&batches) {
            prop_assert_eq!(batch.number, number);
            prop_assert!((1..=PEOPLE_PER_BATCH).contains(&batch.people.len()));
            let message = BatchMessage::new("portal".into(), "import".into(), batch);
            prop_assert_eq!(BatchMessage::from_json(&message.to_json()).expect("readable"), message);
        }
    }

    #[test]
    fn no_body_makes_reading_a_message_panic(body in "\\PC{0,200}") {
        prop_assert!(BatchMessage::from_json(&body).is_err());
    }
}

#[test]
fn the_owner_on_the_payroll_is_linked_before_the_portal_exists() {
    let owner = SourcePerson {
        employee_id: "1".into(),
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
        email: Some("Owner@Example.com ".to_owned()),
        standing: Standing::Active,
    };
    let plan = make_plan(PlanInput {
        tenant: "tenant".into(),
        people: vec![owner],
        members: HashSet::new(),
        accounts: BTreeMap::new(),
        owner: address("owner@example.com"),
        courses: Vec::new(),
        places_left: 200,
        imports_accepted: 0,
        read_at: Timestamp::UNIX_EPOCH,
    });
    assert_eq!(plan.entries[0].decision, Decision::Link { account: None });
}
