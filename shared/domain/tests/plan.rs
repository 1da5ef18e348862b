//! What must hold for every plan, whoever is in it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::account::{AccountDoubt, AccountStatus};
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, UserAccountId};
use domain::member::Member;
use domain::name::PersonName;
use domain::people::{PersonStatus, SourcePerson, Unread};
use domain::plan::{BlockedReason, Decision, KnownAccount, Plan, PlanInput, Selection, SelectionRefused, make_plan};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

fn person() -> impl Strategy<Value = SourcePerson> {
    let email = prop_oneof![
        6 => "[a-c]{1,2}@x\\.com".prop_map(Some),
        2 => "[A-C]{1,2}@X\\.com ?".prop_map(Some),
        1 => select(vec![None, Some(String::new()), Some("  ".to_owned()), Some("bob".to_owned()), Some("=1@".to_owned())]),
    ];
    let status = prop_oneof![
        6 => Just(PersonStatus::Active),
        1 => Just(PersonStatus::Left),
        1 => Just(PersonStatus::Adviser),
        1 => select(vec![
            PersonStatus::LoginRemoved,
            PersonStatus::Unknown(None),
            PersonStatus::Unknown(Some("ON LEAVE".to_owned())),
            PersonStatus::Unread(Unread { email: true, ..Unread::default() }),
            PersonStatus::Unread(Unread::ALL),
        ]),
    ];
    ("[0-9]{1,2}", name(), name(), email, status).prop_map(|(id, given_name, family_name, email, status)| {
        SourcePerson { employee_id: EmployeeId::new(id), given_name, family_name, email: email.into(), status }
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

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[A-D][a-d]{0,3}", 1 => Just(String::new())]
}

/// Accounts `0` to `5`; some of them made since the epoch.
fn accounts() -> impl Strategy<Value = Vec<KnownAccount>> {
    let email = prop_oneof![8 => "[a-c]{1,2}@x\\.com".prop_map(|email| Some(address(&email))), 1 => Just(None)];
    let created = select(vec![None, Some(Timestamp::MIN), Some(Timestamp::UNIX_EPOCH)]);
    let word = select(vec!["active", "active", "active", "archived", "onboarding"]);
    prop::collection::vec((name(), name(), email, created, word), 0..6).prop_map(|accounts| {
        let account = |(number, account): (usize, (String, String, _, _, &str))| {
            let (given_name, family_name, email, created_time, word) = account;
            KnownAccount {
                id: UserAccountId::new(number.to_string()),
                email,
                name: PersonName { given_name, family_name },
                status: AccountStatus::of(word),
                created_time,
            }
        };
        accounts.into_iter().enumerate().map(account).collect()
    })
}

/// Members, each with an account of their own or with none that is known.
fn members() -> impl Strategy<Value = HashMap<EmployeeId, Member>> {
    let accounts = select(vec![Some(0), Some(1), Some(2), Some(3), Some(9), None, None]);
    prop::collection::btree_map("[0-9]{1,2}", (accounts, any::<bool>()), 0..8).prop_map(|members| {
        let mut taken = HashSet::new();
        let members = members.into_iter().map(|(id, (account, unfinished))| {
            let account = account.filter(|account| taken.insert(*account));
            let member = Member {
                employee_id: EmployeeId::new(id),
                unfinished: unfinished || account.is_none(),
                asked_at: None,
                deactivated: false,
                reactivated_by: None,
                revision: 0,
                account: account.map(|account| UserAccountId::new(account.to_string())),
                created: true,
                import: "import".into(),
                since: Timestamp::UNIX_EPOCH,
            };
            (member.employee_id.clone(), member)
        });
        members.collect()
    })
}

fn input() -> impl Strategy<Value = PlanInput> {
    let old_emails = prop::collection::hash_map("[0-9]{1,2}".prop_map(EmployeeId::new), "[a-c]{1,2}@x\\.com", 0..6);
    (people(), members(), old_emails, prop::option::weighted(0.8, accounts()), 0_u32..30).prop_map(
        |(people, mut members, mut old_emails, accounts, places_left)| {
            if accounts.is_none() {
                members.clear();
            }
            old_emails.retain(|id, _| members.get(id).is_some_and(|member| member.account.is_none()));
            PlanInput {
                group: None,
                people,
                members,
                old_emails: old_emails.into_iter().map(|(id, email)| (id, address(&email))).collect(),
                accounts,
                places_left,
                courses: ["1", "2", "3", "4", "5"].map(Into::into).to_vec(),
                tenant: "tenant".into(),
                owner: address("a@x.com"),
                owner_name: PersonName::new("Ann", "Lee"),
                imports_accepted: 0,
                missed_before: HashSet::new(),
                longest_name: 255,
                read_at: Timestamp::UNIX_EPOCH,
            }
        },
    )
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
        let standings: BTreeMap<_, _> = input.people.iter().map(|person| (person.employee_id.clone(), person.status.clone())).collect();
        let members = input.members.clone();
        let plan = make_plan(input);
        let mut emails = HashSet::new();
        for entry in plan.importable() {
            let email = entry.email.text().expect("an importable person has an email");
            prop_assert_eq!(String::from(address(email)), email);
            let standing = standings.get(&entry.employee_id);
            prop_assert!(matches!(standing, Some(PersonStatus::Active | PersonStatus::Adviser)), "{:?}", standing);
            let member = members.get(&entry.employee_id);
            prop_assert_eq!(member.is_some(), !entry.decision.takes_place(), "a place each, and one only");
            if member.is_none_or(|member| member.account.is_none()) {
                prop_assert!(emails.insert(email.to_owned()), "{} is offered twice", email);
                prop_assert!(!entry.given_name.is_empty() && !entry.family_name.is_empty());
            }
        }
    }

    #[test]
    fn a_repeated_email_names_somebody_who_has_it(input in input()) {
        let members = input.members.clone();
        let plan = make_plan(input);
        for entry in &plan.entries {
            if let Decision::Blocked { reason: BlockedReason::RepeatedEmail { first } } = &entry.decision {
                let first = plan.entries.iter().find(|other| other.employee_id == *first).expect("the first is in the plan");
                let same = |entry: &domain::plan::PlanEntry| address(entry.email.text().unwrap_or_default());
                // A member may have it at GO1 only.
                prop_assert!(members.contains_key(&first.employee_id) || same(first) == same(entry));
                prop_assert_ne!(&first.employee_id, &entry.employee_id);
            }
        }
    }

    #[test]
    fn no_account_is_given_to_two_people_who_work_there(input in input()) {
        let plan = make_plan(input.clone());
        let mut given = HashSet::new();
        for entry in &plan.entries {
            // Whose an account is, the owner decides where somebody else has it.
            if matches!(entry.doubt, Some(AccountDoubt::OtherMember { .. })) {
                prop_assert!(!entry.ticked);
                continue;
            }
            let account = match &entry.decision {
                Decision::Link { account, .. } | Decision::Resume { account, .. } => account.clone(),
                Decision::AlreadyMember { left: false, .. } => input.members[&entry.employee_id].account.clone(),
                _ => None,
            };
            if let Some(account) = account {
                prop_assert!(given.insert(account.clone()), "{} twice", account);
            }
        }
    }

    #[test]
    fn every_member_is_told_of_once_listed_or_left(input in input()) {
        let plan = make_plan(input.clone());
        let listed: HashSet<_> = plan.entries.iter().map(|entry| &entry.employee_id).collect();
        let left: HashSet<_> = plan.left.iter().map(|leaver| &leaver.employee_id).collect();
        prop_assert_eq!(left.len(), plan.left.len());
        prop_assert!(listed.is_disjoint(&left));
        prop_assert!(left.iter().all(|leaver| input.members.contains_key(*leaver)));
        for (id, member) in &input.members {
            // Or the same account is of somebody who works there under another record.
            let works_there = plan.entries.iter().any(|entry| match &entry.decision {
                Decision::Link { account, .. } | Decision::Resume { account, .. } => {
                    account.is_some() && *account == member.account
                }
                _ => input.members.get(&entry.employee_id).is_some_and(|other| other.account == member.account),
            });
            // Or has left under another record as well: one of that account, or one whose email is that account's.
            let by_email = |email: &EmailAddress| {
                let mut known = input.accounts.iter().flatten().filter(|known| known.email.as_ref() == Some(email));
                known.any(|known| Some(&known.id) == member.account.as_ref())
            };
            let left_as_another = left.iter().any(|other| match &input.members[*other].account {
                Some(account) => Some(account) == member.account.as_ref(),
                None => input.old_emails.get(*other).is_some_and(by_email),
            });
            let is_told = listed.contains(id) || left.contains(id) || works_there || left_as_another;
            prop_assert!(is_told || member.account.is_none());
        }
        let accounts: Vec<_> = left.iter().filter_map(|id| input.members[*id].account.as_ref()).collect();
        prop_assert_eq!(accounts.iter().collect::<HashSet<_>>().len(), accounts.len(), "one row an account");
        for entry in &plan.entries {
            let finished = input.members.get(&entry.employee_id).is_some_and(|member| !member.unfinished);
            let already = matches!(entry.decision, Decision::AlreadyMember { .. });
            prop_assert!(already || !finished);
            let nothing_to_do = matches!(entry.decision, Decision::AlreadyMember { left: false, .. });
            prop_assert!(finished || !nothing_to_do, "whoever is unfinished has something to do");
            prop_assert!(!already || input.members.contains_key(&entry.employee_id));
        }
    }

    #[test]
    fn the_ticks_fit_the_places_and_can_be_confirmed_as_shown(input in input()) {
        let places = input.places_left;
        let plan = make_plan(input);
        let ticked = ticked(&plan);
        let with_place = plan.entries.iter().filter(|entry| entry.ticked && entry.decision.takes_place()).count();
        prop_assert!(with_place <= places as usize);
        match Selection::check(&plan, &ticked) {
            Ok(selection) => {
                let consequences = selection.consequences();
                prop_assert_eq!(selection.people(), ticked.as_slice());
                prop_assert_eq!(consequences.accounts + consequences.uncertain + consequences.linked, ticked.len());
                prop_assert_eq!(consequences.assignments, ticked.len() * 5);
                prop_assert_eq!(selection.places() as usize, with_place);
                prop_assert_eq!(consequences.places_left as usize + with_place, places as usize);
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
        let needed = plan.importable().filter(|entry| entry.decision.takes_place()).count();
        if needed > plan.places_left as usize {
            let refused = Selection::check(&plan, &all);
            prop_assert_eq!(refused, Err(SelectionRefused::TooMany { ticked: needed, places: plan.places_left }));
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
}
