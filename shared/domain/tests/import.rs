//! Imports: what ticks mean, how people and imports end.

use domain::email::EmailAddress;
use domain::ids::{EmployeeId, EnrollmentId};
use domain::import::{
    AccountAnswer, Assignments, Batch, Ending, FailureReason, GivenUp, Import, ImportPerson, ImportStatus, Outcome,
    PersonTask, Progress, Ticks, batch_of, failed, undo_failed,
};
use domain::member::Member;
use domain::plan::{BlockedReason, Choices, Decision, Plan, PlanEntry};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn plan(decisions: Vec<Decision>) -> Plan {
    let entries = decisions.into_iter().enumerate().map(|(number, decision)| PlanEntry {
        employee_id: EmployeeId::new(number.to_string()),
        given_name: "Ann".to_owned(),
        family_name: "Lee".to_owned(),
        email: Some(format!("person{number}@example.com")).into(),
        decision,
        ticked: true,
        doubt: None,
    });
    Plan {
        tenant: "tenant".into(),
        group: None,
        entries: entries.collect(),
        left: Vec::new(),
        courses: Vec::new(),
        course_titles: Vec::new(),
        places_left: 200,
        imports_accepted: 0,
        read_at: Timestamp::UNIX_EPOCH,
        choices: Choices::default(),
        address: None,
    }
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::Create),
        Just(Decision::Link { account: None, deactivated: false }),
        Just(Decision::Resume { account: None, created: false, deactivated: false }),
        Just(Decision::AlreadyMember { differs: None, left: false, works_as: None, told_as: None }),
        Just(Decision::Blocked { reason: BlockedReason::NoEmail }),
    ]
}

fn answer() -> impl Strategy<Value = AccountAnswer> {
    prop_oneof![
        Just(AccountAnswer::NotAsked),
        Just(AccountAnswer::MemberTells),
        Just(AccountAnswer::HasNone),
        Just(AccountAnswer::NoAnswer),
    ]
}

fn task() -> impl Strategy<Value = PersonTask> {
    prop_oneof![
        Just(PersonTask::Create),
        Just(PersonTask::Link { account: None }),
        Just(PersonTask::Link { account: Some("7".into()) }),
        Just(PersonTask::Resume { account: None, created: false })
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Waiting),
        (any::<bool>(), courses()).prop_map(|(created, courses)| {
            let Assignments { enrollments, assigned, match_by_time, refused } = courses;
            Outcome::Done { account: "7".into(), created, enrollments, assigned, match_by_time, refused }
        }),
        Just(Outcome::failed(FailureReason::AccountRefused)),
        Just(Outcome::failed(FailureReason::Unresolved)),
        (any::<bool>(), courses()).prop_map(|(created, courses)| {
            Outcome::failed_with(FailureReason::Stopped, Some(("8".into(), created)), courses)
        }),
    ]
}

/// Some of five courses assigned, of those some that GO1 named, and some of the others refused.
fn courses() -> impl Strategy<Value = Assignments> {
    (0..=COURSES.len(), 0..=COURSES.len(), 0..=COURSES.len(), any::<bool>()).prop_map(
        |(enrollments, named, refused, match_by_time)| Assignments {
            enrollments,
            assigned: (0..named.min(enrollments)).map(|number| EnrollmentId::new(format!("e{number}"))).collect(),
            match_by_time,
            refused: COURSES[enrollments..].iter().take(refused).map(|course| (*course).into()).collect(),
        },
    )
}

const COURSES: [&str; 5] = ["1001", "1002", "1003", "1004", "1005"];

fn rows(people: Vec<(PersonTask, Outcome)>) -> Vec<ImportPerson> {
    let row = |(number, (task, outcome))| ImportPerson {
        employee_id: EmployeeId::new(format!("{number}")),
        given_name: "Ann".to_owned(),
        family_name: "Lee".to_owned(),
        email: EmailAddress::parse("ann@example.com").expect("valid"),
        task,
        batch: batch_of(number),
        outcome,
    };
    people.into_iter().enumerate().map(row).collect()
}

fn import(rows: &[ImportPerson]) -> Import {
    let count = |number: usize| u32::try_from(number).expect("few");
    Import {
        people: count(rows.len()),
        places: count(rows.iter().filter(|row| row.task.takes_place()).count()),
        read: count(rows.len()),
        courses: COURSES.map(Into::into).to_vec(),
        status: ImportStatus::Running,
        sends: 1,
        ..domain::samples::import()
    }
}

proptest! {
    #[test]
    fn ticks_name_the_people_they_were_made_of(
        (decisions, ticked) in prop::collection::vec((decision(), any::<bool>()), 0..90)
            .prop_map(|people| people.into_iter().unzip::<_, _, Vec<_>, Vec<_>>())
    ) {
        let plan = plan(decisions);
        let chosen: Vec<EmployeeId> = plan.entries.iter().zip(ticked).filter(|(_, ticked)| *ticked)
            .map(|(entry, _)| entry.employee_id.clone()).collect();
        let ticks = Ticks::of(&plan, &chosen);
        let people: Vec<_> = ticks.people(&plan).expect("this plan's").into_iter().map(|entry| entry.employee_id.clone()).collect();
        let offered: Vec<_> = plan.importable().map(|entry| entry.employee_id.clone()).collect();
        let expected: Vec<_> = chosen.into_iter().filter(|id| offered.contains(id)).collect();
        prop_assert_eq!(ticks.count(), expected.len());
        prop_assert_eq!(people, expected);
        let text = serde_json::to_string(&ticks).expect("text");
        prop_assert!(text.len() <= 2 + plan.entries.len().div_ceil(4));
        prop_assert_eq!(serde_json::from_str::<Ticks>(&text).expect("ticks"), ticks);
    }

    #[test]
    fn ticks_of_another_plan_name_nobody(people in 1..40_usize, more in 4..40_usize) {
        let (small, large) = (plan(vec![Decision::Create; people]), plan(vec![Decision::Create; people + more]));
        let everybody: Vec<_> = large.entries.iter().map(|entry| entry.employee_id.clone()).collect();
        prop_assert_eq!(Ticks::of(&large, &everybody).people(&small), None);
        prop_assert_eq!(Ticks::of(&small, &everybody).people(&large), None);
    }

    #[test]
    fn an_import_ends_when_nobody_waits_and_leaves_each_place_with_whoever_holds_it(
        people in prop::collection::vec((task(), outcome()), 1..60), known in 0..60_usize
    ) {
        let everybody = rows(people);
        let import = import(&everybody);
        let progress = Progress::of(&everybody);
        prop_assert_eq!(progress.people, progress.waiting + progress.done + progress.failed);
        let ending = Ending::of(&import, &everybody);
        prop_assert_eq!(ending.is_some(), progress.waiting == 0);
        if let Some(ending) = ending {
            prop_assert!(ending.status.has_ended());
            prop_assert_eq!(&ending, &Ending::overdue(&import, &everybody));
            let holding = everybody.iter().filter(|row| row.outcome.holds_place()).count();
            prop_assert_eq!(everybody.len() - ending.sums.places_back, holding);
        }
        // Where rows were never written, whoever was to resume keeps the place that they had.
        let (written, missing) = everybody.split_at(known.min(everybody.len()));
        if written.len() < everybody.len() {
            prop_assert_eq!(Ending::of(&import, written), None);
        }
        let overdue = Ending::overdue(&import, written);
        let reserved = missing.iter().filter(|row| row.task.takes_place()).count();
        prop_assert_eq!(overdue.sums.places_back, Progress::of(written).places_back + reserved);
        prop_assert_eq!(overdue.sums.people, everybody.len());
        prop_assert_eq!(overdue.sums.failed, Progress::of(written).failed + missing.len());
    }

    #[test]
    fn the_sums_count_what_exists_and_the_end_says_whether_that_is_all_some_or_nothing(
        people in prop::collection::vec((task(), outcome()), 1..60)
    ) {
        let everybody = rows(people);
        let import = import(&everybody);
        let sums = Progress::of(&everybody);
        let count = |is: &dyn Fn(&Outcome) -> bool| everybody.iter().filter(|row| is(&row.outcome)).count();
        let has_account = |outcome: &Outcome| {
            matches!(outcome, Outcome::Done { .. } | Outcome::Failed { account: Some(_), .. })
        };
        prop_assert_eq!(sums.done + sums.partly, count(&has_account));
        prop_assert!(sums.partly + sums.places_back <= sums.failed, "nobody with an account gives a place back");
        prop_assert!(sums.created <= sums.done + sums.partly && sums.short <= sums.done);
        prop_assert!(sums.enrollments <= (sums.done + sums.partly) * COURSES.len());
        let (is_short, short) = (|outcome: &Outcome| outcome.is_short(), sums.short + sums.failed);
        prop_assert_eq!(count(&is_short), short, "whoever lacks something is tried again");
        if let Some(ending) = Ending::of(&import, &everybody) {
            let expected = match (sums.failed, count(&has_account)) {
                (0, _) => ImportStatus::Done,
                (_, 0) => ImportStatus::Failed,
                _ => ImportStatus::PartlyDone,
            };
            prop_assert_eq!(ending.status, expected);
            prop_assert_eq!(ending.refused.is_empty(), sums.short == 0);
        }
    }

    #[test]
    fn whoever_fails_has_a_place_if_and_only_if_they_are_a_member(
        account in prop::option::of(Just("7")), is_member: bool, answer in answer(), courses in courses(),
        created: bool, minutes in 1..100_i64
    ) {
        let import = import(&[]);
        let member = is_member.then(|| Member {
            account: account.map(Into::into),
            unfinished: account.is_none(),
            created,
            import: "older".into(),
            since: import.accepted_at - SignedDuration::from_hours(1),
            ..Member::unresolved(import.id.clone(), import.accepted_at, "1".into(), import.accepted_at)
        });
        let at = import.accepted_at + SignedDuration::from_mins(minutes);
        let given_up = GivenUp { reason: FailureReason::Stopped, answer, courses: courses.clone(), asked_at: at };
        let (outcome, after) = failed(&import, &"1".into(), member.as_ref(), &given_up);
        let ours = member.clone().map(|member| Member { import: import.id.clone(), ..member });
        if let (Outcome::Failed { created: made, account: Some(_), .. }, _) = failed(&import, &"1".into(), ours.as_ref(), &given_up) {
            prop_assert_eq!(made, created, "only this import's own accounts are counted as made by it");
        }
        prop_assert_eq!(outcome.holds_place(), after.is_some());
        prop_assert!(after.as_ref().is_none_or(|after| after.unfinished), "the next look offers them again");
        let Outcome::Failed { reason, account: known, created: made, enrollments, assigned, match_by_time, refused } = outcome
        else { panic!("{outcome:?}") };
        prop_assert!(!made, "an older import made the account");
        if let (Some(after), None) = (&after, &known) {
            let last = if answer == AccountAnswer::NoAnswer { &import.id } else { &"older".into() };
            prop_assert_eq!(&after.import, last, "looked for under the email that GO1 was answer for last");
            prop_assert_eq!(after.since == import.accepted_at, answer == AccountAnswer::NoAnswer);
            let then = if answer == AccountAnswer::NoAnswer { at } else { import.accepted_at };
            prop_assert_eq!(after.asked_at, Some(then), "GO1 may be at it for a while from then on");
        }
        if let (Some(after), Some(_)) = (&after, &known) {
            let open = matches!(answer, AccountAnswer::MemberTells | AccountAnswer::NoAnswer);
            let then = if open { at } else { import.accepted_at };
            prop_assert_eq!(after.asked_at, Some(then), "a worker may still assign courses");
        }
        prop_assert_eq!(after.and_then(|after| after.account), known.clone());
        prop_assert_eq!(known.is_some(), is_member && account.is_some());
        let kept = Assignments { enrollments, assigned, match_by_time, refused };
        prop_assert_eq!(kept, if known.is_some() { courses } else { Assignments::unknown() });
        let in_doubt = known.is_none() && match answer {
            AccountAnswer::NoAnswer => true,
            AccountAnswer::NotAsked | AccountAnswer::MemberTells => is_member,
            // Who was asked for a minute ago may not be shown yet.
            AccountAnswer::HasNone => is_member && minutes < 2,
        };
        prop_assert_eq!(reason, if in_doubt { FailureReason::Unresolved } else { FailureReason::Stopped });
    }
}

#[test]
fn an_undo_that_is_given_up_where_its_worker_may_be_at_it_is_waited_for_and_no_member_is_lost() {
    let import = import(&[]);
    let minutes = |minutes| import.accepted_at + SignedDuration::from_mins(minutes);
    let unresolved = Member::unresolved(import.id.clone(), import.accepted_at, "1".into(), minutes(0));
    let member = |asked_at| Member { account: Some("7".into()), created: true, asked_at, ..unresolved.clone() };
    for (answer, before, after) in [
        (AccountAnswer::NotAsked, None, None),
        (AccountAnswer::NoAnswer, None, Some(minutes(5))),
        (AccountAnswer::NoAnswer, Some(minutes(2)), Some(minutes(5))),
        (AccountAnswer::NoAnswer, Some(minutes(6)), Some(minutes(6))),
    ] {
        let given_up =
            GivenUp { reason: FailureReason::Stopped, answer, courses: Assignments::unknown(), asked_at: minutes(5) };
        let (outcome, kept) = undo_failed(&"7".into(), Some(&member(before)), &given_up);
        assert_eq!(kept, Some(member(after)), "{answer:?} {before:?}");
        assert!(outcome.holds_place(), "{outcome:?}");
        assert_eq!(undo_failed(&"7".into(), None, &given_up), (outcome, None));
    }
}

#[test]
fn a_batch_is_at_work_until_its_worker_must_have_ended() {
    let (begun, longest) = (Timestamp::UNIX_EPOCH, SignedDuration::from_secs(60));
    let batch = Batch { attempted_at: Some(begun), ..Batch::new(0) };
    assert!(batch.at_work(begun + SignedDuration::from_secs(59), longest));
    assert!(!batch.at_work(begun + longest, longest));
    assert!(!Batch::new(0).at_work(begun, longest));
}

#[test]
fn a_sending_takes_off_the_list_what_the_queue_took_and_adds_what_it_left() {
    let import = Import { unsent: vec![4, 1, 2], ..import(&[]) };
    assert_eq!(import.unsent_after(&[1, 9], &[]), [4, 2]);
    assert_eq!(import.unsent_after(&[2], &[1, 7]), [4, 1, 7]);
    assert_eq!(import.unsent_after(&[], &[]), [4, 1, 2]);
}

#[test]
fn batches_that_are_left_to_the_sweeper_are_unsent_once_and_end_the_sending_that_brought_them() {
    let import = Import { unsent: vec![4, 1], sends: 3, ..import(&[]) };
    assert_eq!(import.left_to_sweeper(3, &[1, 7]), (vec![4, 1, 7], 4), "that sending may still be recorded");
    for earlier in 0..3 {
        assert_eq!(import.left_to_sweeper(earlier, &[1, 7]), (vec![4, 1, 7], 3), "another sending has begun since");
    }
}

#[test]
fn what_go1_assigned_to_an_earlier_import_says_nothing_of_a_later_one() {
    let first = import(&[]);
    assert!(first.begins_with_one());
    let works = Import { assignable: vec!["1002".into(), "9".into()], ..first.clone() };
    assert!(!works.begins_with_one());
    let next = first.clone().after(&[works, first.clone()], first.accepted_at);
    assert!(next.assignable.is_empty() && next.begins_with_one(), "a licence may have ended since");
    assert!(!Import { undoes: Some("older".into()), ..first }.begins_with_one());
}

#[test]
fn a_failure_that_the_release_before_stored_may_have_left_courses_of_which_it_did_not_hear() {
    let old = r#"{"outcome": "failed", "reason": "stopped", "account": "7", "enrollments": 2}"#;
    let unheard = Assignments { enrollments: 2, ..Assignments::unknown() };
    let read: Outcome = serde_json::from_str(old).expect("readable");
    assert_eq!(read, Outcome::failed_with(FailureReason::Stopped, Some(("7".into(), false)), unheard));
    let none = r#"{"outcome": "failed", "reason": "stopped", "account": null}"#;
    assert_eq!(serde_json::from_str::<Outcome>(none).expect("readable"), Outcome::failed(FailureReason::Stopped));
}
