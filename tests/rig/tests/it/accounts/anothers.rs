//! An account that GO1 has under somebody's address, and that is somebody else's.

use domain::import::{FailureReason, Outcome};
use rig::{BLUEGUM, Rig, import_of, ticked};

use super::{account, courses, hire, leaves, outcome, says, with_portal};

#[tokio::test(start_paused = true)]
async fn an_account_under_another_name_starts_unticked_and_the_owner_decides() {
    let rig = Rig::new(71);
    let olivia = with_portal(&rig, &[("new", "Bo", "Park", "front@bluegum.example")]).await;
    let portal = rig.portal(&BLUEGUM);
    let kim = rig.world.go1().add_learner(portal.as_str(), "front@bluegum.example", "Kim", "Known");
    hire(&rig, &[("plain", "Nia", "Newcomer", "nia@bluegum.example")]);
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["plain"]);
    says(&people, &["Kim Known"]);
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.done, courses(&rig, &kim)), (1, 0));

    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm_only(&people, &["new".to_owned()]).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.done, courses(&rig, &kim)), (1, 5), "the owner has decided");
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn the_owners_own_address_on_another_employee_is_the_owners_before_and_after_the_portal_exists() {
    let rig = Rig::new(72);
    hire(&rig, &[("e1", "Bo", "Park", BLUEGUM.xero_user), ("e2", "Nia", "Newcomer", "nia@bluegum.example")]);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    for people in [people, {
        olivia.skip(&olivia.open("/preview/people").await).await;
        olivia.look_again().await
    }] {
        assert_eq!(ticked(&people), ["e2"], "{}", people.words());
        says(&people, &["Olivia Hartley"]);
    }
    // Ticked all the same, it is the owner's account that gets the courses.
    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm_only(&people, &["e1".to_owned()]).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 1);
    assert_eq!(courses(&rig, &account(&rig, BLUEGUM.xero_user).id), 5);
}

#[tokio::test(start_paused = true)]
async fn the_owner_on_their_own_payroll_is_not_asked() {
    let rig = Rig::new(73);
    hire(&rig, &[("e1", "OLIVIA", "Hartley", BLUEGUM.xero_user)]);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    assert_eq!(ticked(&people), ["e1"]);
    olivia.skip(&people).await;
    assert_eq!(ticked(&olivia.look_again().await), ["e1"]);
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_was_handed_on_does_not_give_the_successor_the_predecessors_account() {
    let rig = Rig::new(74);
    let olivia = with_portal(&rig, &[("old", "Kim", "Lee", "front@bluegum.example")]).await;
    import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.pump().await;
    // Kim left.
    leaves(&rig, "old");
    hire(&rig, &[("new", "Bo", "Park", "front@bluegum.example"), ("x", "Nia", "Newcomer", "nia@bluegum.example")]);
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["x"]);
    says(&people, &["Kim Lee", "no longer in Xero"]);
}

#[tokio::test(start_paused = true)]
async fn an_account_of_a_member_who_is_still_in_xero_is_told_as_theirs() {
    let rig = Rig::new(75);
    let olivia = with_portal(&rig, &[("old", "Kim", "Lee", "front@bluegum.example")]).await;
    import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.pump().await;
    // Kim has an address of her own now, which GO1 does not know, and a namesake has the old one.
    rig.edit_payroll(&BLUEGUM, |people| people[0].email = Some("kim@bluegum.example".to_owned()));
    hire(&rig, &[("new", "Kim", "Lee", "front@bluegum.example"), ("x", "Nia", "Newcomer", "nia@bluegum.example")]);
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["x"]);
    says(&people, &["belongs to Kim Lee"]);
    let import = import_of(&olivia.confirm_only(&people, &["new".to_owned()]).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.done, rig.learners(&BLUEGUM).len()), (1, 1), "the owner has decided");
    // Both work there: an undo of the first import leaves the account to the second.
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_made_between_look_and_import_under_another_name_is_not_linked() {
    let rig = Rig::new(76);
    let olivia = with_portal(
        &rig,
        &[("e1", "Bo", "Park", "front@bluegum.example"), ("e2", "Robert", "Jones", "bob@bluegum.example")],
    )
    .await;
    let people = olivia.look_again().await;
    let portal = rig.portal(&BLUEGUM);
    let go1 = rig.world.go1();
    let kim = go1.add_learner(portal.as_str(), "front@bluegum.example", "Kim", "Known");
    let bob = go1.add_learner(portal.as_str(), "bob@bluegum.example", "Bob", "Jones");
    rig.wait(std::time::Duration::from_secs(2)).await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let before = account(&rig, "front@bluegum.example");
    assert_eq!((courses(&rig, &kim), before.given_name.as_str()), (0, "Kim"), "GO1 was not changed");
    assert_eq!(courses(&rig, &bob), 5, "a short form is no other name");
    let Outcome::Failed { reason, account: None, .. } = outcome(&rig, &import, "e1").await else {
        panic!("not linked without a word");
    };
    assert_ne!(reason, FailureReason::Unresolved);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 1, "the place is given back");
    rig.places_are_members(&BLUEGUM).await;
    says(&olivia.open_import(&import).await, &["another name"]);
    // Trying the failed again does not tick what the owner has to decide.
    let people = olivia.look_again().await;
    says(&people, &["Kim Known"]);
    assert_eq!(ticked(&people), Vec::<String>::new());
    let retried = olivia.open(&format!("/preview/people?retry={import}")).await;
    assert_eq!(ticked(&retried), Vec::<String>::new());
}
