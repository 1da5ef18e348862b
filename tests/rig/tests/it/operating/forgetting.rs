//! What operators erase and revoke: of whom they mean, and all of it.

use std::time::Duration;

use domain::clock::Clock as _;
use domain::counted_connection::CountedConnection;
use domain::ids::XeroUserId;
use domain::sign_up::SignUp;
use jiff::SignedDuration;
use operations::error::OpsError;
use rig::{BLUEGUM, PRAIRIE, Rig, WATTLE};
use state::{CountedConnections as _, GrantOwner, Grants as _, SignUps as _, XeroLogins as _};

use super::{BOTH, keys, meant, tool};

#[tokio::test(start_paused = true)]
async fn who_is_revoked_is_called_for_no_more_and_its_neighbour_is() {
    let rig = Rig::new(7);
    rig.imported(&PRAIRIE).await;
    let (olivia, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    let revoked = tool.revoke(&meant(&tool, portal.as_str(), "revoke").await).await.expect("forgotten");
    assert_eq!((revoked.forgotten.len(), revoked.kept.len()), (2, 0), "of the portal and of the login: {revoked:?}");
    assert!(!rig.has_xero_grant(&BLUEGUM).await && rig.has_xero_grant(&PRAIRIE).await);
    let sent = rig.sent_to_go1().len();
    rig.minutes_pass(3).await;
    assert_eq!(rig.sent_to_go1().len(), sent, "no call without a token");
    assert_eq!(olivia.progress(&import).await.done, 0);
    assert!(rig.kept_grant(&GrantOwner::Portal(rig.portal(&PRAIRIE))).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_login_that_serves_another_customer_keeps_its_tokens() {
    let rig = Rig::new(9);
    rig.imported(&WATTLE).await;
    rig.confirmed(3).await;
    rig.pump().await;
    assert_eq!(rig.xero_user(&WATTLE), rig.xero_user(&BLUEGUM), "one login of two organisations");
    let (tool, portal) = (tool(&rig), rig.portal(&BLUEGUM));
    let revoked = tool.revoke(&meant(&tool, portal.as_str(), "revoke").await).await.expect("forgotten");
    assert_eq!(revoked.forgotten, [format!("portal {portal}")]);
    let kept = (format!("Xero user {}", rig.xero_user(&WATTLE)), rig.kept_sign_up(&WATTLE).await.id);
    assert_eq!(revoked.kept, [kept], "and it says because of whom");
    assert!(rig.has_xero_grant(&WATTLE).await);
}

/// Another sign-up of the login that reads a customer's organisation.
async fn another_sign_up(rig: &Rig, id: &str, change: impl FnOnce(SignUp) -> SignUp) {
    let (kept, user) = (rig.kept_sign_up(&WATTLE).await, rig.xero_user(&WATTLE));
    let sign_up = change(SignUp::start(id.into(), kept.details, kept.acceptance));
    rig.state.add_sign_up(&sign_up).await.expect("added");
    rig.state.add_sign_up_of(&user, &sign_up.id).await.expect("added");
}

#[tokio::test(start_paused = true)]
async fn a_second_sign_up_that_came_to_nothing_else_keeps_no_token_and_neither_does_an_adviser() {
    let rig = Rig::new(15);
    rig.imported(&WATTLE).await;
    let (user, tenant, now) = (rig.xero_user(&WATTLE), rig.tenant(&WATTLE), rig.world.now());
    another_sign_up(&rig, "unfinished", |sign_up| sign_up).await;
    another_sign_up(&rig, "of-the-same", |sign_up| {
        let consented = sign_up.consented(user, None, now).expect("the next step");
        consented.organisation_confirmed(tenant, now).expect("the next step")
    })
    .await;
    // Whoever else consented in the portal's sign-up could read the organisation, too.
    let adviser = XeroUserId::new("an-adviser");
    let owner = GrantOwner::XeroUser(adviser.clone());
    rig.state.add_sign_up_of(&adviser, &rig.kept_sign_up(&WATTLE).await.id).await.expect("added");
    rig.state.put_grant(&owner, "sealed", rig.clock.now()).await.expect("stored");

    let (tool, portal) = (tool(&rig), rig.portal(&WATTLE));
    let revoked = tool.revoke(&meant(&tool, portal.as_str(), "revoke").await).await.expect("forgotten");
    assert_eq!((revoked.forgotten.len(), revoked.kept.len()), (3, 0), "{revoked:?}");
    assert!(!rig.has_xero_grant(&WATTLE).await && rig.kept_grant(&owner).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn another_s_address_erases_nothing_revokes_nothing_and_is_not_written_down() {
    let rig = Rig::new(16);
    rig.imported(&WATTLE).await;
    rig.imported(&PRAIRIE).await;
    let tool = tool(&rig);
    let wattle = tool.portal_subject(rig.portal(&WATTLE).as_str()).await.expect("there");
    let prairie = tool.portal_subject(rig.portal(&PRAIRIE).as_str()).await.expect("there");
    assert!(wattle.to_string().contains(WATTLE.organisation), "{wattle}");
    let before = rig.state.items();
    for typed in [prairie.known_as(), wattle.id(), WATTLE.organisation, "y", ""] {
        for deed in ["erase", "revoke"] {
            let refused = tool.begin("Robin", deed, &wattle, typed).await;
            assert!(matches!(refused, Err(OpsError::Another)), "{typed}: {refused:?}");
        }
    }
    assert_eq!(rig.state.items(), before);
    assert!(tool.trail().await.expect("read").is_empty());
    let typed = format!(" {} ", wattle.known_as().to_uppercase());
    let meant = tool.begin("Robin", "erase", &wattle, &typed).await.expect("named");
    assert_eq!(tool.trail().await.expect("read").len(), 1);
    tool.erase(&meant).await.expect("erased");
    assert!(!rig.has_xero_grant(&WATTLE).await && rig.has_xero_grant(&PRAIRIE).await);
}

/// What is counted after an operator deleted what a customer entered, of theirs and of others.
async fn counted_after_deleting(rig: &Rig) -> (usize, usize) {
    let (tool, user) = (tool(rig), rig.xero_user(&WATTLE));
    let counted = rig.state.counted_connections().await.expect("read");
    assert!(counted.iter().any(|one| one.tenant == rig.tenant(&WATTLE)), "{counted:?}");
    let subject = tool.sign_up_subject(rig.kept_sign_up(&WATTLE).await.id.as_str()).await.expect("there");
    let meant = tool.begin("Robin", "erase-entered", &subject, subject.known_as()).await.expect("named");
    tool.erase_entered(&meant).await.expect("deleted");
    let left = rig.state.counted_connections().await.expect("read");
    assert!(left.iter().all(|one| one.tenant != rig.tenant(&WATTLE)), "{left:?}");
    let theirs = left.iter().filter(|one| one.xero_user.as_ref() == Some(&user)).count();
    (theirs, left.len() - theirs)
}

#[tokio::test(start_paused = true)]
async fn no_connection_of_whoever_is_deleted_is_counted_and_another_s_is() {
    let rig = Rig::new(17);
    rig.imported(&PRAIRIE).await;
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    olivia.look(&courses).await;
    assert_eq!(counted_after_deleting(&rig).await, (0, 1), "the other customer's is");
}

#[tokio::test(start_paused = true)]
async fn a_login_with_another_sign_up_keeps_what_that_may_need_and_not_the_deleted_organisation_s() {
    let rig = Rig::new(12);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    olivia.look(&courses).await;
    another_sign_up(&rig, "unfinished", |sign_up| sign_up).await;
    // Shown by the same consent, and not confirmed yet.
    let (connection, tenant, xero_user) = ("shown".into(), "another".into(), Some(rig.xero_user(&WATTLE)));
    let shown = CountedConnection { connection, tenant, xero_user, counted_at: rig.clock.now() };
    rig.state.count_connection(&shown).await.expect("counted");
    assert_eq!(counted_after_deleting(&rig).await, (1, 0));
    assert!(rig.has_xero_grant(&WATTLE).await);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_were_to_be_forgotten_soon_are_so_also_where_they_are_sealed_anew() {
    let rig = Rig::new(18);
    rig.imported(&WATTLE).await;
    let (owner, tool) = (GrantOwner::Portal(rig.portal(&WATTLE)), tool(&rig));
    let until = rig.clock.now() + SignedDuration::from_hours(12);
    rig.state.limit_grant(&owner, until).await.expect("limited");
    let all = tool.reseal(&keys(BOTH)).await.expect("resealed");
    assert_eq!(all.now, 2, "{all:?}");
    assert!(rig.kept_grant(&owner).await.is_some());
    rig.wait(Duration::from_hours(12)).await;
    assert!(rig.kept_grant(&owner).await.is_none());
}
