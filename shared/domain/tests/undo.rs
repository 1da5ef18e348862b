//! Undo: of whom an import is taken back, and until when.

use std::collections::HashSet;

use domain::email::EmailAddress;
use domain::ids::{EmployeeId, ImportId, UserAccountId};
use domain::import::{
    Assignments, Ending, FailureReason, GO1_IS_BEHIND, GO1_WORKS_ON, Import, ImportPerson, ImportStatus, LATEST_EFFECT,
    LONGEST_ATTEMPT, LaterImport, Outcome, PersonTask, SHOWN_AFTER, UNDO_FOR, UndoRefused, batch_of, undo_of,
};
use domain::member::Member;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

fn import(id: &str, accepted: i64, undoes: Option<&str>) -> Import {
    Import {
        id: id.into(),
        status: ImportStatus::Done,
        accepted_at: at(accepted),
        ended_at: Some(at(accepted)),
        sends: 1,
        undoes: undoes.map(ImportId::from),
        ..domain::samples::import()
    }
}

fn person(number: usize, outcome: Outcome) -> ImportPerson {
    ImportPerson {
        employee_id: EmployeeId::new(number.to_string()),
        given_name: format!("Given {}", number % 3),
        family_name: format!("Family {}", number % 4),
        email: EmailAddress::parse("ann@example.com").expect("valid"),
        task: PersonTask::Create,
        batch: 0,
        outcome,
    }
}

fn account(number: usize) -> UserAccountId {
    UserAccountId::new(format!("a{number}"))
}

fn done(number: usize, enrollments: usize) -> Outcome {
    let assigned = (0..enrollments).map(|course| format!("e{number}-{course}").as_str().into()).collect();
    Outcome::Done {
        account: account(number),
        created: true,
        enrollments,
        assigned,
        match_by_time: false,
        refused: Vec::new(),
    }
}

/// How the import ended for a person, and what they are as a member.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Done,
    Half,
    Nothing,
}

/// What came afterwards, by the person: whom the import after it finished, and so on.
#[derive(Clone, Debug)]
struct Case {
    people: Vec<(Fate, bool)>,
    later: Vec<(Kind, Vec<bool>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Import,
    UndoOfIt,
    UndoOfTheLast,
}

fn case() -> impl Strategy<Value = Case> {
    let fate = prop_oneof![Just(Fate::Done), Just(Fate::Half), Just(Fate::Nothing)];
    let kind = prop_oneof![Just(Kind::Import), Just(Kind::UndoOfIt), Just(Kind::UndoOfTheLast)];
    (1..25_usize).prop_flat_map(move |people| {
        let later = (kind.clone(), prop::collection::vec(any::<bool>(), people));
        (prop::collection::vec((fate.clone(), any::<bool>()), people), prop::collection::vec(later, 0..5))
            .prop_map(|(people, later)| Case { people, later })
    })
}

/// The rows, the members and the later imports of a case, and who of the people should be left: the model says what an
/// undo must do in other words than the rule.
fn history(case: &Case) -> (Vec<ImportPerson>, Vec<Member>, Vec<LaterImport>, Vec<bool>) {
    let rows = case.people.iter().enumerate().map(|(number, (fate, _))| {
        let outcome = match fate {
            Fate::Done => done(number, 2),
            Fate::Half => {
                let courses = Assignments { enrollments: 1, ..Assignments::unknown() };
                Outcome::failed_with(FailureReason::Stopped, Some((account(number), false)), courses)
            }
            Fate::Nothing => Outcome::failed(FailureReason::AccountRefused),
        };
        person(number, outcome)
    });
    let rows: Vec<_> = rows.collect();
    let members = case.people.iter().enumerate().filter(|(_, (fate, _))| *fate != Fate::Nothing);
    let members = members.map(|(number, (_, ours))| Member {
        account: Some(account(number)),
        created: *ours,
        import: "it".into(),
        unfinished: false,
        ..Member::unresolved("it".into(), at(0), EmployeeId::new(number.to_string()), at(0))
    });
    let mut owned: Vec<Option<String>> =
        case.people.iter().map(|(fate, _)| (*fate != Fate::Nothing).then(|| "it".to_owned())).collect();
    let mut taken_back = vec![false; case.people.len()];
    let mut later = Vec::new();
    let mut last = "it".to_owned();
    for (order, (kind, touched)) in (1_i64..).zip(&case.later) {
        let id = format!("later-{order}");
        let undoes = match kind {
            Kind::Import => None,
            Kind::UndoOfIt => Some("it".to_owned()),
            Kind::UndoOfTheLast => Some(last.clone()),
        };
        let mut people = Vec::new();
        for (number, _) in touched.iter().enumerate().filter(|(_, touched)| **touched) {
            if undoes.as_deref() == Some("it") {
                taken_back[number] = true;
            }
            match &undoes {
                None => owned[number] = Some(id.clone()),
                Some(undone) if owned[number].as_ref() == Some(undone) => owned[number] = Some("it".to_owned()),
                Some(_) => {}
            }
            let outcome = match &undoes {
                None => done(number, 2),
                Some(_) => Outcome::Undone { account: account(number), removed: 2, kept: 0, deactivated: true },
            };
            people.push(person(number, outcome));
        }
        if undoes.is_none() {
            last.clone_from(&id);
        }
        later.push(LaterImport { import: import(&id, order, undoes.as_deref()), people });
    }
    let left = case.people.iter().enumerate().map(|(number, (fate, _))| {
        *fate != Fate::Nothing && !taken_back[number] && owned[number].as_deref() == Some("it")
    });
    (rows, members.collect(), later, left.collect())
}

proptest! {
    #[test]
    fn an_undo_takes_back_from_those_for_whom_the_import_was_the_last_and_from_nobody_twice(case in case()) {
        let it = import("it", 0, None);
        let (rows, members, mut later, left) = history(&case);
        let expected: HashSet<_> =
            left.iter().enumerate().filter(|(_, left)| **left).map(|(number, _)| EmployeeId::new(number.to_string())).collect();
        // Whatever order they come in.
        later.reverse();
        let plan = match undo_of(&it, &rows, &members, &later, at(1)) {
            Ok(plan) => plan,
            Err(refused) => {
                prop_assert!(expected.is_empty(), "{refused:?}");
                let nothing = matches!(refused, UndoRefused::NothingLeft { .. });
                prop_assert!(nothing, "{refused:?}");
                return Ok(());
            }
        };
        let people: HashSet<_> = plan.people.iter().map(|person| person.employee_id.clone()).collect();
        prop_assert_eq!(&people, &expected);
        prop_assert_eq!(people.len(), plan.people.len(), "each once");
        let with_account = case.people.iter().filter(|(fate, _)| *fate != Fate::Nothing).count();
        prop_assert_eq!(plan.people.len() + plan.finished_later + plan.undone_earlier, with_account);
        prop_assert_eq!(plan.accounts + plan.existing, plan.people.len());
        let mut courses = 0;
        for (position, row) in plan.people.iter().enumerate() {
            let number: usize = row.employee_id.as_str().parse().expect("a number");
            let (fate, ours) = case.people[number];
            courses += if fate == Fate::Done { 2 } else { 1 };
            let PersonTask::Undo { account: of, created, assigned, match_by_time } = &row.task else { panic!("{row:?}") };
            prop_assert_eq!((of, *created), (&account(number), ours), "only what the import made is deactivated");
            prop_assert_eq!(assigned.len(), if fate == Fate::Done { 2 } else { 0 });
            prop_assert_eq!(*match_by_time, ours || fate == Fate::Half, "to somebody else's account others assign as well");
            prop_assert_eq!((&row.outcome, row.batch), (&Outcome::Waiting, batch_of(position)));
        }
        prop_assert_eq!(plan.courses, courses);

        // Accepted, it takes no place and gives none back, and whoever finds it half accepted writes the same rows.
        let undo = it.undo(&plan, 7, at(2));
        prop_assert_eq!((undo.places, undo.people as usize, undo.undoes.as_ref()), (0, plan.people.len(), Some(&it.id)));
        prop_assert_eq!(&undo.id, &Import::undo_id(&it.portal, &it.id, 7));
        prop_assert_ne!(&undo.id, &Import::undo_id(&it.portal, &it.id, 8));
        later.push(LaterImport { import: undo.clone(), people: plan.people[..plan.people.len() / 2].to_vec() });
        prop_assert_eq!(undo.undo_rows(&rows), Some(plan.people.clone()), "whatever is stored of members meanwhile");
        prop_assert_eq!(undo.undo_rows(&rows[1..]).is_none(), expected.contains(&rows[0].employee_id));
        prop_assert_eq!(undo.undo_rows_by_number(&it, &rows, &members, &later), Some(plan.people.clone()));
        for known in [0, plan.people.len()] {
            prop_assert_eq!(Ending::overdue(&undo, &plan.people[..known]).sums.places_back, 0);
        }
    }

    #[test]
    fn an_import_can_be_taken_back_for_a_week_after_its_end(seconds in -10_i64..1_000_000) {
        let it = import("it", 0, None);
        let rows = [person(0, done(0, 2))];
        let now = at(0) + SignedDuration::from_secs(seconds);
        let result = undo_of(&it, &rows, &[], &[], now);
        prop_assert_eq!(result.is_ok(), now <= it.undo_until().expect("it has ended"));
        prop_assert_eq!(result.is_ok(), seconds <= UNDO_FOR.as_secs());
    }
}

#[test]
fn an_undo_that_a_release_with_smaller_batches_has_accepted_keeps_them() {
    let it = import("it", 0, None);
    let rows: Vec<_> = (0..45).map(|number| person(number, done(number, 2))).collect();
    let plan = undo_of(&it, &rows, &[], &[], at(1)).expect("within the week");
    for people in [10, 20] {
        let undo = Import { people_per_batch: people, ..it.undo(&plan, 7, at(2)) };
        for written in [undo.undo_rows(&rows), undo.undo_rows_by_number(&it, &rows, &[], &[])] {
            let batches: Vec<_> = written.expect("everybody is there").iter().map(|row| row.batch).collect();
            let expected: Vec<_> = (0..45).map(|position| position / people).collect();
            assert_eq!(batches, expected, "{people}");
        }
        assert_eq!(undo.batches(), 45_u32.div_ceil(people));
    }
    assert_eq!(it.undo(&plan, 7, at(2)).people_per_batch, 20, "what is accepted now");
}

#[test]
fn what_cannot_be_taken_back_is_refused_with_its_reason() {
    let it = import("it", 0, None);
    let rows = [person(0, done(0, 2))];
    let refused = |import: &Import, rows: &[ImportPerson]| undo_of(import, rows, &[], &[], at(1)).err();
    assert_eq!(refused(&import("undo", 0, Some("it")), &rows), Some(UndoRefused::IsUndo));
    let running = Import { status: ImportStatus::Running, ended_at: None, ..it.clone() };
    assert_eq!(refused(&running, &rows), Some(UndoRefused::NotEnded));
    assert_eq!(running.undo_until(), None);
    assert_eq!(refused(&it, &[]), Some(UndoRefused::NamesErased));
    let nobody = [person(0, Outcome::failed(FailureReason::AccountRefused))];
    assert_eq!(refused(&it, &nobody), Some(UndoRefused::NothingLeft { finished_later: 0, undone_earlier: 0 }));
    assert_eq!(refused(&it, &rows), None);
}

#[test]
fn of_an_account_that_was_there_before_only_what_the_import_assigned_counts() {
    let it = import("it", 0, None);
    let outcome = Outcome::Done {
        account: account(0),
        created: false,
        enrollments: 2,
        assigned: vec!["e".into()],
        match_by_time: false,
        refused: Vec::new(),
    };
    let plan = undo_of(&it, &[person(0, outcome)], &[], &[], at(1)).expect("possible");
    assert_eq!((plan.courses, plan.accounts, plan.existing), (1, 0, 1));
}

#[test]
fn what_an_import_made_active_again_is_its_to_deactivate() {
    let first = import("first", 0, None);
    let member = Member {
        account: Some(account(0)),
        created: true,
        reactivated_by: Some("second".into()),
        ..Member::unresolved(first.id.clone(), first.accepted_at, "0".into(), at(0))
    };
    assert!(
        member.was_made_by(&"first".into())
            && member.was_made_by(&"second".into())
            && !member.was_made_by(&"third".into())
    );
    let linked = Member { created: false, ..member };
    assert!(!linked.was_made_by(&"first".into()), "it was there before");
    // Only what an undo of ours deactivated is made active again: an account that was made for another record of theirs.
    assert!(linked.was_made_by(&"second".into()));
    let never_woken = Member { reactivated_by: None, ..linked };
    assert!(!never_woken.was_made_by(&"second".into()));
}

#[test]
fn what_came_to_be_while_the_import_ran_is_its_own() {
    let it = Import {
        accepted_at: at(1) + SignedDuration::from_millis(900),
        ended_at: Some(at(2)),
        ..import("it", 1, None)
    };
    let made = |seconds: i64| it.was_running_at(Some(at(1) + SignedDuration::from_secs(seconds)));
    assert!(!made(-1) && made(0) && made(3_600), "GO1 may tell no fractions");
    // A worker may be at it for a minute and a half after it was given up, and GO1 for a minute after that.
    assert!(made(3_600 + 150) && !made(3_600 + 151), "what GO1 was late with is the import's as well");
    assert!(LATEST_EFFECT >= LONGEST_ATTEMPT + GO1_WORKS_ON && SHOWN_AFTER >= LATEST_EFFECT + GO1_IS_BEHIND);
    assert!(!it.was_running_at(None));
}

#[test]
fn an_account_that_was_found_after_its_import_had_failed_is_taken_back_by_it() {
    let it = import("it", 0, None);
    let rows = [person(0, Outcome::failed(FailureReason::Unresolved))];
    let member = Member {
        account: Some(account(0)),
        created: true,
        unfinished: false,
        ..Member::unresolved(it.id.clone(), it.accepted_at, "0".into(), at(0))
    };
    let undo = |member: &Member, later: &[LaterImport]| undo_of(&it, &rows, std::slice::from_ref(member), later, at(3));
    let nothing = |finished_later| Err(UndoRefused::NothingLeft { finished_later, undone_earlier: 0 });
    let retry = LaterImport { import: import("retry", 1, None), people: vec![person(0, done(0, 2))] };
    assert_eq!(undo(&member, std::slice::from_ref(&retry)), nothing(1), "the retry first");
    let undone = Outcome::Undone { account: account(0), removed: 2, kept: 0, deactivated: false };
    let undone = LaterImport { import: import("undo", 2, Some("retry")), people: vec![person(0, undone)] };
    let plan = undo(&member, &[retry, undone]).expect("then this one");
    assert_eq!((plan.courses, plan.accounts, plan.existing), (0, 1, 0));
    let task = PersonTask::Undo { account: account(0), created: true, assigned: Vec::new(), match_by_time: true };
    assert_eq!(plan.people[0].task, task);
    // It was somebody else's, or nobody knows of one.
    assert_eq!(undo(&Member { created: false, ..member.clone() }, &[]), nothing(0));
    assert_eq!(undo(&Member { account: None, ..member }, &[]), nothing(0));
}

#[test]
fn what_a_failed_person_s_row_says_was_assigned_is_taken_back_and_by_time_only_where_something_was_not_heard() {
    let it = import("it", 0, None);
    let failed = |assigned: Vec<domain::ids::EnrollmentId>, match_by_time| {
        let courses = Assignments { enrollments: 3, assigned, match_by_time, refused: vec!["1001".into()] };
        [person(0, Outcome::failed_with(FailureReason::EnrollmentRefused, Some((account(0), false)), courses))]
    };
    let member = |created| Member {
        account: Some(account(0)),
        created,
        ..Member::unresolved(it.id.clone(), it.accepted_at, "0".into(), at(0))
    };
    let heard = || vec!["e1".into(), "e2".into()];
    for (rows, created, courses, assigned, match_by_time) in [
        (failed(heard(), false), false, 2, heard(), false),
        (failed(heard(), true), false, 2, heard(), true),
        (failed(heard(), false), true, 3, heard(), true),
        // A row of the release before.
        (failed(Vec::new(), true), false, 3, Vec::new(), true),
        (failed(Vec::new(), false), false, 0, Vec::new(), false),
    ] {
        let plan = undo_of(&it, &rows, &[member(created)], &[], at(1)).expect("possible");
        assert_eq!((plan.courses, plan.accounts), (courses, usize::from(created)));
        assert_eq!(plan.people[0].task, PersonTask::Undo { account: account(0), created, assigned, match_by_time });
    }
}

/// It is accepted in one item of at most 400 KB, together with all else that an import has.
#[test]
fn an_undo_of_two_hundred_people_is_a_third_of_what_an_item_may_have() {
    let it = import("it", 0, None);
    let long = |kind: &str, number: usize| format!("{kind}-{number:0>40}");
    let rows: Vec<_> = (0..200)
        .map(|number| {
            let assigned = (0..5).map(|course| long("enrollment", number * 5 + course).as_str().into()).collect();
            let account = long("account", number).as_str().into();
            let outcome = Outcome::Done {
                account,
                created: true,
                enrollments: 5,
                assigned,
                match_by_time: true,
                refused: Vec::new(),
            };
            ImportPerson { employee_id: long("employee", number).as_str().into(), ..person(number, outcome) }
        })
        .collect();
    let plan = undo_of(&it, &rows, &[], &[], at(1)).expect("possible");
    let undo = it.undo(&plan, 1, at(2));
    assert_eq!(undo.undo_people.len(), 200);
    let size = serde_json::to_string(&undo).expect("JSON").len();
    assert!(size < 130_000, "{size} bytes");
    assert_eq!(undo.undo_rows(&rows), Some(plan.people));
}

#[test]
fn people_are_in_the_order_of_every_other_list_of_people() {
    let named = |number: usize, family_name: &str| ImportPerson {
        family_name: family_name.to_owned(),
        ..person(number, done(number, 1))
    };
    // The same letter, composed and in two parts: by the first name behind it, and not by how it is spelled.
    let rows = [named(1, "\u{C5}ngstr\u{F6}m"), named(0, "A\u{30A}ngstro\u{308}m")];
    let members: Vec<_> = (0..2)
        .map(|number| Member {
            account: Some(account(number)),
            unfinished: false,
            ..Member::unresolved("it".into(), at(0), EmployeeId::new(number.to_string()), at(0))
        })
        .collect();
    let plan = undo_of(&import("it", 0, None), &rows, &members, &[], at(1)).expect("an undo");
    let order: Vec<_> = plan.people.iter().map(|person| person.employee_id.as_str()).collect();
    assert_eq!(order, ["0", "1"]);
}
