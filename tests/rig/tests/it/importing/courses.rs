//! Courses that GO1 refuses to assign: one of them, or all; and what is told, kept, tried again and taken back of it.

use domain::import::{FailureReason, ImportStatus, Outcome, WaitReason};
use rig::{BLUEGUM, Rig, Visitor, import_of};
use stand_ins::go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT};
use stand_ins::{Fault, FaultKind};

use super::all_done;

const REFUSED: &str = "1001";
const TITLE: &str = "Work health and safety: the essentials";

/// The three ways in which GO1 says that nobody of this portal gets a course.
pub(super) fn refusals() -> [FaultKind; 3] {
    let answer = |status, code: &str, message: &str| {
        let body = format!(r#"{{"error_code": "{code}", "message": "{message}"}}"#);
        FaultKind::answer(status, &[("content-type", "application/json")], &body)
    };
    [
        answer(403, "enrollment_operation_not_permitted", "Learning Object is private."),
        answer(404, "enrollment_resource_not_found", "Learning object not found."),
        answer(403, "enrollment_operation_not_permitted", "The learning object is not licensed."),
    ]
}

pub(super) fn refuse(rig: &Rig, kind: FaultKind, course: Option<&str>) {
    let fault = Fault::always(CREATE_ENROLLMENT, kind);
    let one = |course: &str| fault.clone().matching(&format!(r#""lo_id":"{course}""#));
    rig.world.go1().faults().add(course.map_or(fault.clone(), one));
}

async fn try_again(olivia: &Visitor, import: &domain::ids::ImportId) -> rig::Page {
    let page = olivia.open_import(import).await;
    olivia.browser.submit(&page, &format!("/imports/{import}/retry"), &[]).await
}

#[tokio::test(start_paused = true)]
async fn a_course_that_nobody_may_be_assigned_is_one_notice_and_nobody_s_failure_and_is_assigned_by_a_later_try() {
    for (seed, kind) in (40..).zip(refusals()) {
        let rig = Rig::new(seed);
        let (olivia, import) = rig.confirmed(24).await;
        refuse(&rig, kind, Some(REFUSED));
        rig.pump().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::Done, 24, 0));
        assert_eq!((progress.created, progress.enrollments), (24, 96));
        let page = olivia.open_import(&import).await.words();
        assert_eq!(page.matches(TITLE).count(), 1, "one notice that names it: {page}");
        let report = olivia.report(&import).await;
        assert!(
            report.iter().filter(|line| line.result == "Imported").all(|line| line.details.contains("4 of 5 courses"))
        );
        let overview = rig.administrator(&BLUEGUM).await.open("/portal").await.words();
        assert_eq!(overview.matches(TITLE).count(), 1, "{overview}");

        rig.world.go1().faults().clear();
        let people = try_again(&olivia, &import).await;
        let retried = import_of(&olivia.confirm(&people).await);
        rig.pump().await;
        let progress = olivia.progress(&retried).await;
        assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 24, 0));
        super::each_once(&rig, 24);
        rig.places_are_members(&BLUEGUM).await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_course_can_be_assigned_one_account_is_made_and_the_import_waits_and_goes_on_by_itself() {
    for (seed, kind) in (43..).zip(refusals()) {
        let rig = Rig::new(seed);
        let (olivia, import) = rig.confirmed(35).await;
        refuse(&rig, kind, None);
        rig.minutes_pass(90).await;
        assert_eq!(rig.learners(&BLUEGUM).len(), 1, "the first goes alone");
        let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
        assert_eq!(wait.why, WaitReason::NoCourses { batch: 0 });
        assert!((7..12).contains(&wait.times), "like other waits, further apart: {}", wait.times);
        assert_eq!(rig.world.go1().calls(CREATE_USER_ACCOUNT), 1);
        // Her session lasts an hour.
        olivia.arrive().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.waiting, progress.failed), (ImportStatus::Running, 35, 0));
        let page = olivia.open_import(&import).await.words();
        assert!(page.contains("GO1 doesn’t let anyone in your portal have these courses yet"), "{page}");
        let overview = rig.administrator(&BLUEGUM).await.open("/portal").await.words();
        assert!(overview.contains("GO1 doesn’t let anyone in your portal have these courses yet"), "{overview}");
        rig.world.go1().faults().clear();
        rig.minutes_pass(20).await;
        all_done(&rig, &olivia, &import, 35).await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_course_can_be_assigned_for_a_day_the_import_ends_with_one_account_and_says_why() {
    let rig = Rig::new(46);
    let (_, import) = rig.confirmed(35).await;
    refuse(&rig, refusals()[0].clone(), None);
    rig.minutes_pass(24 * 60 + 5).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    let sums = kept.sums.expect("it has ended");
    assert_eq!((kept.status, sums.failed, sums.partly, sums.waiting), (ImportStatus::PartlyDone, 35, 1, 0));
    assert_eq!((sums.created, sums.enrollments), (1, 0));
    let reasons = rig.kept_people(&BLUEGUM, &import).await.into_iter().map(|person| person.outcome);
    let refused =
        |outcome: &Outcome| matches!(outcome, Outcome::Failed { reason: FailureReason::EnrollmentRefused, .. });
    assert!(reasons.into_iter().all(|outcome| refused(&outcome)), "nobody is uncertain");
    assert_eq!(rig.learners(&BLUEGUM).len(), 1);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 1, "whoever was not asked for gives the place back");
    rig.places_are_members(&BLUEGUM).await;
    let olivia = rig.administrator(&BLUEGUM).await;
    let page = olivia.open_import(&import).await.words();
    assert!(page.contains("34 people not imported"), "{page}");
    assert!(page.contains("One person with an account, but not every course"), "{page}");
    assert!(page.contains("1 of 35 people has an account, but not every course"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn who_has_an_account_and_four_courses_is_told_apart_from_who_has_nothing_and_all_of_it_is_taken_back() {
    let rig = Rig::new(47);
    let (olivia, import) = rig.confirmed(10).await;
    let people = rig.kept_people(&BLUEGUM, &import).await;
    let named = r#"{"message": "no", "additional_errors": [{"path": "email", "message": "is not an email"}]}"#;
    let bad = FaultKind::answer(422, &[], named);
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, bad).matching(people[4].email.as_str()));
    // GO1 does not take one course of three people, and says nothing of a licence.
    let odd = FaultKind::answer(400, &[], r#"{"message": "no"}"#);
    rig.world.go1().faults().add(Fault::times(CREATE_ENROLLMENT, 3, odd).matching(r#""lo_id":"1003""#));
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 6, 4));
    assert_eq!((progress.created, progress.enrollments), (9, 6 * 5 + 3 * 4), "what exists is counted");
    let page = olivia.open_import(&import).await.words();
    assert!(page.contains("One person not imported"), "{page}");
    assert!(page.contains("3 people with an account, but not every course"), "{page}");
    for person in rig.kept_people(&BLUEGUM, &import).await {
        let Outcome::Failed { account: Some(_), created, enrollments, assigned, refused, .. } = person.outcome else {
            continue;
        };
        assert_eq!((created, enrollments, assigned.len(), refused), (true, 4, 4, vec!["1003".into()]));
    }

    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    assert_eq!((offer.plan.people.len(), offer.plan.courses, offer.plan.accounts), (9, 42, 9));
    rig.undo().confirm(&portal, &import, offer.imports_accepted).await.expect("accepted");
    rig.pump().await;
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| !account.active));
}

#[tokio::test(start_paused = true)]
async fn an_import_that_is_stopped_while_it_waits_for_its_courses_is_certain_of_everybody() {
    let rig = Rig::new(48);
    let (olivia, import) = rig.confirmed(35).await;
    refuse(&rig, refusals()[0].clone(), None);
    rig.minutes_pass(3).await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.failed, progress.partly, progress.created), (35, 1, 1));
    let people = rig.kept_people(&BLUEGUM, &import).await;
    let stopped = |outcome: &Outcome| matches!(outcome, Outcome::Failed { reason: FailureReason::Stopped, .. });
    assert!(people.iter().all(|person| stopped(&person.outcome)));
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 1);
    rig.places_are_members(&BLUEGUM).await;
    rig.minutes_pass(20).await;
    assert_eq!(rig.learners(&BLUEGUM).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_licence_that_ended_after_an_earlier_import_costs_two_accounts_and_the_others_wait_for_it() {
    let rig = Rig::new(49);
    let (olivia, import) = rig.confirmed(35).await;
    rig.pump().await;
    all_done(&rig, &olivia, &import, 35).await;
    for number in 0..30 {
        rig.hire(&BLUEGUM, &format!("new-{number}"), &format!("nia{number}@bluegum.example"));
    }
    let people = olivia.look_again().await;
    refuse(&rig, refusals()[0].clone(), None);
    let next = import_of(&olivia.confirm(&people).await);
    rig.minutes_pass(50).await;
    assert_eq!(rig.learners(&BLUEGUM).len(), 35 + 2, "others hold courses, so a second goes alone");
    let wait = rig.kept_import(&BLUEGUM, &next).await.wait.expect("it waits");
    assert_eq!(wait.why, WaitReason::NoCourses { batch: 0 });
    // Nobody has used her browser for that long.
    olivia.arrive().await;
    let page = olivia.open_import(&next).await.words();
    assert!(page.contains("GO1 doesn’t let anyone in your portal have these courses yet"), "{page}");
    rig.world.go1().faults().clear();
    rig.minutes_pass(20).await;
    let progress = olivia.progress(&next).await;
    assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 30, 30));
    super::each_once(&rig, 65);
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_there_and_takes_no_course_keeps_nobody_else_from_theirs() {
    let rig = Rig::new(50);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 4);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    olivia.skip(&people).await;
    let employees = rig.employees(&BLUEGUM);
    let (known, given) = (employees[0].email.as_deref().expect("an email"), &employees[0].first_name);
    let account = rig.world.go1().add_learner(rig.portal(&BLUEGUM).as_str(), known, given, &employees[0].last_name);
    refuse_account(&rig, &account);
    rig.wait(std::time::Duration::from_mins(2)).await;
    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.partly), (ImportStatus::PartlyDone, 3, 1), "{progress:?}");
    assert_eq!((progress.created, progress.enrollments), (3, 15));
    let page = olivia.open_import(&import).await.words();
    assert!(page.contains("Already had an account, 0 of 5 courses assigned. GO1 refused every course"), "{page}");
}

/// Somebody of the portal whom no import is about holds a course, so GO1 has licensed it there.
fn somebody_holds_a_course(rig: &Rig) {
    let portal = rig.portal(&BLUEGUM);
    let guest = rig.world.go1().add_learner(portal.as_str(), "gus@elsewhere.example", "Gus", "Guest");
    assert!(rig.world.go1().assign(&guest, REFUSED));
}

#[tokio::test(start_paused = true)]
async fn where_others_hold_a_course_one_refused_account_is_no_reason_to_wait_and_two_are() {
    let rig = Rig::new(51);
    let (olivia, import) = rig.confirmed(35).await;
    somebody_holds_a_course(&rig);
    refuse(&rig, refusals()[0].clone(), None);
    rig.minutes_pass(90).await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
    assert_eq!(wait.why, WaitReason::NoCourses { batch: 0 });
    assert_eq!(
        rig.world.go1().calls(CREATE_USER_ACCOUNT),
        2,
        "a second one shows that it is not the first one's trouble"
    );

    rig.world.go1().faults().clear();
    // As they were made: the guest, the first person, the second.
    refuse_account(&rig, &rig.learners(&BLUEGUM)[1].id);
    rig.minutes_pass(20).await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.partly), (ImportStatus::PartlyDone, 34, 1), "{progress:?}");
    assert_eq!((progress.created, progress.enrollments), (35, 34 * 5));
    let page = olivia.open_import(&import).await.words();
    assert!(page.contains("0 of 5 courses assigned. GO1 refused every course"), "{page}");
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_imported_alone_and_refused_alone_is_told_at_once_and_tried_again_at_will() {
    for known in [false, true] {
        let rig = Rig::new(52);
        rig.world.xero().set_head_count(BLUEGUM.organisation, 1);
        let (olivia, people) = rig.at_people_with_portal(&BLUEGUM).await;
        let portal = rig.portal(&BLUEGUM);
        somebody_holds_a_course(&rig);
        if known {
            let employee = rig.employees(&BLUEGUM).remove(0);
            let email = employee.email.as_deref().expect("an email");
            rig.world.go1().add_learner(portal.as_str(), email, &employee.first_name, &employee.last_name);
        }
        rig.wait(std::time::Duration::from_mins(2)).await;
        let people = if known { olivia.look_again().await } else { people };
        let import = import_of(&olivia.confirm(&people).await);
        refuse(&rig, refusals()[0].clone(), None);
        rig.pump().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.waiting, progress.partly), (ImportStatus::PartlyDone, 0, 1), "{known}");
        rig.world.go1().faults().clear();
        let people = try_again(&olivia, &import).await;
        let retried = import_of(&olivia.confirm(&people).await);
        rig.pump().await;
        let progress = olivia.progress(&retried).await;
        assert_eq!((progress.status, progress.enrollments), (ImportStatus::Done, 5), "{known}");
    }
}

fn refuse_account(rig: &Rig, account: &str) {
    let fault = Fault::always(CREATE_ENROLLMENT, refusals()[0].clone());
    rig.world.go1().faults().add(fault.matching(&format!(r#""user_account_id":"{account}""#)));
}
