//! What is taken back, from whom, when, and what is not touched.

use super::stage::{all_taken_back, at_rest, confirmed, ids, imported};
use domain::ids::UserAccountId;
use domain::import::{ImportStatus, Outcome, UndoRefused};
use importing::undo::UndoError;
use rig::{BLUEGUM, HARBOUR, Rig, import_of};
use stand_ins::go1::endpoint::{DELETE_ENROLLMENT, UPDATE_USER_ACCOUNT};
use stand_ins::{Fault, FaultKind};
use state::{ImportReader as _, MemberReader as _};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn of_two_hundred_people_a_thousand_courses_and_all_accounts_are_taken_back() {
    let rig = Rig::new(1);
    let (olivia, import) = imported(&rig, 200).await;
    assert_eq!((rig.learners(&BLUEGUM).len(), rig.enrollments(&BLUEGUM).len()), (200, 1_000));
    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    assert_eq!((offer.plan.people.len(), offer.plan.courses, offer.plan.accounts), (200, 1_000, 200));
    assert_eq!((offer.plan.existing, offer.plan.finished_later, offer.plan.undone_earlier), (0, 0, 0));
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 200).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.undone_by, Some(undo.clone()));
    assert_eq!(rig.world.go1().welcome_mails().len(), 201, "nobody is mailed again");
    assert!(rig.world.go1().highest_calls_in_one_second(Some(portal.as_str())) <= 5);
    // The owner's own account, which the portal was made with, is as it was.
    let owner = rig.world.go1().user_accounts(portal.as_str()).remove(0);
    assert!(owner.active && owner.email == BLUEGUM.xero_user);
    let progress = olivia.progress(&undo).await;
    assert_eq!((progress.people, progress.done, progress.failed), (200, 200, 0));
}

#[tokio::test(start_paused = true)]
async fn accounts_that_were_there_before_keep_what_they_had_and_lose_what_the_import_brought() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people(&HARBOUR).await;
    olivia.skip(&people).await;
    let portal = rig.portal(&HARBOUR);
    // Two of the employees are in the portal already; one has two of the courses, and one of another kind.
    let employees = rig.employees(&HARBOUR);
    let people = employees.iter().filter_map(|person| Some((person, person.email.as_deref()?)));
    let known: Vec<String> = people
        .filter(|(_, email)| email.starts_with(|first: char| first.is_ascii_lowercase()) && *email != HARBOUR.xero_user)
        .take(2)
        .map(|(person, email)| {
            rig.world.go1().add_learner(portal.as_str(), email, &person.first_name, &person.last_name)
        })
        .collect();
    let go1 = rig.go1_access();
    let account = UserAccountId::from(known[0].as_str());
    for course in ["1001", "1002"] {
        let assigned = go1.as_portal(&portal, async |token| go1.client.enroll(&token, &account, &course.into()).await);
        assigned.await.expect("assigned");
    }
    rig.wait(Duration::from_hours(1)).await;
    // Her session lasts an hour.
    olivia.arrive().await;
    let before = rig.enrollments(&HARBOUR);
    let accounts_before = rig.world.go1().user_accounts(portal.as_str());

    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.done, progress.enrollments), (200, 1_000));
    assert!(progress.created < 200 && progress.created >= 197, "{progress:?}");
    let (made, linked) = (progress.created, 200 - progress.created);
    assert_eq!(rig.enrollments(&HARBOUR).len(), 1_000);

    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    assert_eq!((offer.plan.courses, offer.plan.accounts, offer.plan.existing), (998, made, linked));
    let undo = confirmed(&rig, &HARBOUR, &import).await;
    rig.pump().await;
    let sums = rig.kept_import(&HARBOUR, &undo).await.sums.expect("it has ended");
    assert_eq!((sums.done, sums.removed, sums.deactivated, sums.failed), (200, 998, made, 0));
    assert_eq!(ids(&rig.enrollments(&HARBOUR)), ids(&before), "what was there before is there, and nothing else");
    for account in rig.world.go1().user_accounts(portal.as_str()) {
        match accounts_before.iter().find(|before| before.id == account.id) {
            Some(before) => assert_eq!(*before, account, "not touched"),
            None => assert!(!account.active),
        }
    }
    at_rest(&rig, &HARBOUR, 200).await;
}

#[tokio::test(start_paused = true)]
async fn people_are_brought_in_again_with_their_accounts_active_and_without_places_or_mails() {
    let rig = Rig::new(3);
    let (olivia, import) = imported(&rig, 12).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 12).await;

    let people = olivia.look_again().await;
    assert_eq!(rig::ticked(&people).len(), 12, "{}", people.words());
    let again = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&again).await;
    assert_eq!(
        (progress.status, progress.done, progress.created, progress.enrollments),
        (ImportStatus::Done, 12, 0, 60)
    );
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active));
    assert_eq!((rig.learners(&BLUEGUM).len(), rig.enrollments(&BLUEGUM).len()), (12, 60));
    assert_eq!(rig.world.go1().welcome_mails().len(), 13);
    at_rest(&rig, &BLUEGUM, 12).await;

    // The first has nothing left to take back; the second is taken back in its turn, with the accounts that it woke.
    let portal = rig.portal(&BLUEGUM);
    let refused = rig.undo().plan(&portal, &import).await.expect_err("nothing is left");
    let nothing = UndoRefused::NothingLeft { finished_later: 0, undone_earlier: 12 };
    assert!(matches!(refused, UndoError::Refused(why) if why == nothing), "{refused:?}");
    let undo = confirmed(&rig, &BLUEGUM, &again).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 12).await;
    let refused = rig.undo().plan(&portal, &undo).await.expect_err("an undo");
    assert!(matches!(refused, UndoError::Refused(UndoRefused::IsUndo)), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn pressed_twice_at_once_or_later_it_is_one_undo() {
    let rig = Rig::new(8);
    let (_, import) = imported(&rig, 12).await;
    let (portal, undo) = (rig.portal(&BLUEGUM), rig.undo());
    let press = || undo.confirm(&portal, &import, 1);
    let (one, other) = tokio::join!(press(), press());
    let (one, other) = (one.expect("accepted"), other.expect("accepted"));
    assert_eq!(one.undo.id, other.undo.id);
    assert_ne!(one.is_new, other.is_new);
    let while_it_runs = undo.plan(&portal, &import).await.expect_err("it runs");
    assert!(matches!(while_it_runs, UndoError::Running(running) if running == one.undo.id));
    rig.pump().await;
    let later = press().await.expect("the same");
    assert_eq!((later.undo.id, later.is_new), (one.undo.id.clone(), false));
    all_taken_back(&rig, &BLUEGUM, &one.undo.id, 12).await;
    assert_eq!(rig.state.imports_of(&portal).await.expect("memory answers").len(), 2);
    let calls = rig.world.go1().calls(DELETE_ENROLLMENT);
    assert_eq!(calls, 60, "each is removed once");
}

#[tokio::test(start_paused = true)]
async fn while_an_import_runs_after_one_came_between_and_after_a_week_there_is_no_undo() {
    let rig = Rig::new(10);
    let (olivia, import) = rig.confirmed(3).await;
    let (portal, undo) = (rig.portal(&BLUEGUM), rig.undo());
    let refused = undo.plan(&portal, &import).await.expect_err("it runs itself");
    assert!(matches!(refused, UndoError::Running(running) if running == import));
    rig.pump().await;

    rig.world.xero().set_head_count(BLUEGUM.organisation, 5);
    let people = olivia.look_again().await;
    let second = import_of(&olivia.confirm(&people).await);
    let refused = undo.confirm(&portal, &import, 1).await.expect_err("another runs");
    assert!(matches!(refused, UndoError::Running(running) if running == second));
    rig.pump().await;
    let refused = undo.confirm(&portal, &import, 1).await.expect_err("another came between");
    assert!(matches!(refused, UndoError::Changed));
    assert!(matches!(undo.plan(&portal, &"another".into()).await, Err(UndoError::NotFound)));
    assert!(matches!(undo.plan(&"another".into(), &import).await, Err(UndoError::NotFound)));

    let until = rig.kept_import(&BLUEGUM, &import).await.undo_until().expect("it has ended");
    let left = Duration::try_from(until.duration_since(rig.world.now())).expect("a week");
    rig.wait(left.saturating_sub(Duration::from_secs(1))).await;
    assert!(undo.plan(&portal, &import).await.is_ok());
    rig.wait(Duration::from_secs(2)).await;
    let refused = undo.plan(&portal, &import).await.expect_err("too late");
    assert!(matches!(refused, UndoError::Refused(UndoRefused::TooLate)), "{refused:?}");
    // Xero had other people at the second look.
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 8 * 5, "nothing was undone");
}

#[tokio::test(start_paused = true)]
async fn somebody_with_another_role_by_now_keeps_the_account_and_whom_others_deactivated_is_theirs() {
    let rig = Rig::new(11);
    let (_, import) = imported(&rig, 3).await;
    let accounts = rig.learners(&BLUEGUM);
    let promoted = accounts[0].clone();
    rig.world.go1().edit_user_account(&promoted.portal_id, &promoted.email, |account| {
        account.roles.push(stand_ins::go1::MANAGER.to_owned());
    });
    // Somebody at the portal made this one inactive, and it is theirs to make it active again.
    let left = accounts[1].clone();
    rig.world.go1().edit_user_account(&left.portal_id, &left.email, |account| account.active = false);
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    let rows = rig.kept_people(&BLUEGUM, &undo).await;
    let outcome = |id: &str| {
        let row =
            rows.iter().find(|row| matches!(&row.outcome, Outcome::Undone { account, .. } if account.as_str() == id));
        row.expect("taken back").clone()
    };
    let kept = outcome(&promoted.id);
    assert_eq!(
        kept.outcome,
        Outcome::Undone { account: promoted.id.as_str().into(), removed: 5, kept: 0, deactivated: false }
    );
    assert_eq!(rig.world.go1().calls(UPDATE_USER_ACCOUNT), 1);
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    let portal = rig.portal(&BLUEGUM);
    let member = async |id: &str| {
        let found = rig.state.find_member(&portal, &outcome(id).employee_id).await;
        found.expect("memory answers").expect("a member")
    };
    assert!(!member(&promoted.id).await.deactivated);
    assert!(!member(&left.id).await.deactivated);
    assert!(member(&accounts[2].id).await.deactivated);
}

#[tokio::test(start_paused = true)]
async fn what_an_administrator_assigned_while_the_import_ran_stays() {
    let rig = Rig::new(20);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 2);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    olivia.skip(&people).await;
    let employees = rig.employees(&BLUEGUM);
    let email = employees[0].email.clone().expect("an email");
    let portal = rig.portal(&BLUEGUM);
    let (given, family) = (&employees[0].first_name, &employees[0].last_name);
    let account = rig.world.go1().add_learner(portal.as_str(), &email, given, family);
    rig.wait(Duration::from_mins(2)).await;
    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.wait(Duration::from_secs(1)).await;
    let go1 = rig.go1_access();
    let learner = UserAccountId::from(account.as_str());
    let assigned = go1.as_portal(&portal, async |token| go1.client.enroll(&token, &learner, &"1001".into()).await);
    assigned.await.expect("assigned");
    let by_hand = ids(&rig.enrollments(&BLUEGUM));
    rig.pump().await;
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 10);

    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    assert_eq!((offer.plan.courses, offer.plan.existing), (9, 1));
    confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    assert_eq!(ids(&rig.enrollments(&BLUEGUM)), by_hand);
    at_rest(&rig, &BLUEGUM, 2).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_an_import_woke_without_hearing_so_is_put_to_rest_by_its_undo() {
    let rig = Rig::new(21);
    let (olivia, import) = imported(&rig, 2).await;
    confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    let people = olivia.look_again().await;
    let again = import_of(&olivia.confirm(&people).await);
    rig.world.go1().faults().add(Fault::times(UPDATE_USER_ACCOUNT, 2, FaultKind::LoseAnswer));
    let event = rig.receive().expect("a batch");
    rig.invoke(event.clone()).await;
    // Its message is lost, and the import is stopped.
    rig.queue.delete(&event.records[0]);
    let page = olivia.open_import(&again).await;
    olivia.stop(&page, &again).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &again).await.status, ImportStatus::PartlyDone);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active));

    let offer = rig.undo().plan(&rig.portal(&BLUEGUM), &again).await.expect("possible");
    assert_eq!((offer.plan.accounts, offer.plan.existing), (2, 0));
    confirmed(&rig, &BLUEGUM, &again).await;
    rig.pump().await;
    rig.wait(Duration::from_mins(2)).await;
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| !account.active));
    at_rest(&rig, &BLUEGUM, 2).await;
}
