//! Accounts that GO1 has and nobody can use: inactive, archived, suspended, or called something that nobody knows; and
//! two accounts of one address.

use domain::import::{FailureReason, Outcome};
use rig::{BLUEGUM, Rig, import_of, ticked};

use super::{account, courses, outcome, says, with_portal};

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_used_is_told_and_takes_no_place_before_somebody_reactivates_it() {
    for word in ["inactive", "Archived", "suspended", "blocked"] {
        let rig = Rig::new(81);
        let olivia = with_portal(&rig, &[("e1", "Kim", "Known", "kim@bluegum.example")]).await;
        let portal = rig.portal(&BLUEGUM);
        let kim = rig.world.go1().add_learner(portal.as_str(), "kim@bluegum.example", "Kim", "Known");
        rig.world.go1().set_status(&kim, word, false);
        let people = olivia.look_again().await;
        assert_eq!(people.values("people"), Vec::<String>::new(), "{word}");
        says(&people, &[&word.to_lowercase(), "Reactivate", "check again"]);
        assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
        rig.world.go1().set_active(&kim, true);
        let people = olivia.look_again().await;
        assert_eq!(ticked(&people), ["e1"]);
        let import = import_of(&olivia.confirm(&people).await);
        rig.pump().await;
        assert_eq!((olivia.progress(&import).await.done, courses(&rig, &kim)), (1, 5));
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_that_nobody_knows_starts_unticked_and_the_owner_decides() {
    let rig = Rig::new(82);
    let olivia = with_portal(&rig, &[("e1", "Kim", "Known", "kim@bluegum.example")]).await;
    let portal = rig.portal(&BLUEGUM);
    let kim = rig.world.go1().add_learner(portal.as_str(), "kim@bluegum.example", "Kim", "Known");
    rig.world.go1().set_status(&kim, "onboarding", true);
    let people = olivia.look_again().await;
    assert_eq!((ticked(&people), people.values("people")), (Vec::new(), vec!["e1".to_owned()]));
    says(&people, &["onboarding"]);
    let import = import_of(&olivia.confirm_only(&people, &["e1".to_owned()]).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.done, courses(&rig, &kim)), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_deactivated_between_look_and_import_takes_no_place() {
    let rig = Rig::new(83);
    let olivia = with_portal(&rig, &[("e1", "Kim", "Known", "kim@bluegum.example")]).await;
    let portal = rig.portal(&BLUEGUM);
    let kim = rig.world.go1().add_learner(portal.as_str(), "kim@bluegum.example", "Kim", "Known");
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["e1"]);
    let import = import_of(&olivia.confirm(&people).await);
    rig.world.go1().set_active(&kim, false);
    rig.pump().await;
    let outcome = outcome(&rig, &import, "e1").await;
    assert!(matches!(&outcome, Outcome::Failed { account: None, .. }), "{outcome:?}");
    assert!(!matches!(&outcome, Outcome::Failed { reason: FailureReason::Unresolved, .. }), "{outcome:?}");
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
    rig.places_are_members(&BLUEGUM).await;
    assert!(!account(&rig, "kim@bluegum.example").active, "GO1 was not changed");
    says(&olivia.open_import(&import).await, &["isn’t active"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_accounts_of_one_address_the_usable_one_is_taken() {
    for usable_is_first in [false, true] {
        let rig = Rig::new(84);
        let olivia = with_portal(&rig, &[("e1", "Kim", "Known", "kim@bluegum.example")]).await;
        let portal = rig.portal(&BLUEGUM);
        let two = [0, 1].map(|_| rig.world.go1().add_learner(portal.as_str(), "kim@bluegum.example", "Kim", "Known"));
        let (used, other) = if usable_is_first { (&two[0], &two[1]) } else { (&two[1], &two[0]) };
        rig.world.go1().set_active(other, false);
        let people = olivia.look_again().await;
        assert_eq!(ticked(&people), ["e1"]);
        let import = import_of(&olivia.confirm(&people).await);
        rig.pump().await;
        assert_eq!(olivia.progress(&import).await.done, 1);
        assert_eq!((courses(&rig, used), courses(&rig, other)), (5, 0), "first: {usable_is_first}");
    }
}
