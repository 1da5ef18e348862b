//! Token sets.

use domain::clock::Clock as _;
use domain::ids::{PortalId, XeroUserId};
use jiff::SignedDuration;

use super::ending::SuiteClock;
use super::samples::moment;
use super::store::{Store, assert_conflict};
use crate::{GrantList, GrantOwner, Lease, StoredGrant};

fn lease(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: moment(until) }
}

/// One lease at a time on one generation; a new consent goes over everything; nobody else's lease ends another's.
pub async fn grants_are_leased(store: &impl Store, prefix: &str) {
    let name = format!("{prefix}granted");
    for owner in [GrantOwner::XeroUser(XeroUserId::new(&*name)), GrantOwner::Portal(PortalId::new(&*name))] {
        // The owners have one name and are two.
        consents(store, &owner).await;
        leases(store, &owner).await;
        renewals(store, &owner).await;
        sealed_anew(store, &owner).await;
        store.erase_grant(&owner).await.expect("erased");
        store.erase_grant(&owner).await.expect("erased again");
        assert_eq!(store.find_grant(&owner).await.expect("read"), None);
    }
}

/// Every token set is listed, and whatever else is stored is not. Not among the other parts: no function lists them.
pub async fn grants_are_listed(store: &(impl Store + GrantList), prefix: &str) {
    let name = format!("{prefix}listed#1%2");
    let owners = [GrantOwner::XeroUser(XeroUserId::new(&*name)), GrantOwner::Portal(PortalId::new(&*name))];
    let other = XeroUserId::new(format!("{prefix}without"));
    store.add_sign_up_of(&other, &"a sign-up".into()).await.expect("stored");
    for owner in &owners {
        store.put_grant(owner, "sealed", moment(1)).await.expect("stored");
    }
    let listed = store.grant_owners().await.expect("listed");
    for owner in &owners {
        assert_eq!(listed.iter().filter(|one| *one == owner).count(), 1, "{owner:?} in {listed:?}");
    }
    assert!(!listed.contains(&GrantOwner::XeroUser(other)));
    store.limit_grant(&owners[1], SuiteClock.now()).await.expect("limited");
    assert!(!store.grant_owners().await.expect("listed").contains(&owners[1]), "one past its time is not there");
    store.put_grant(&owners[1], "sealed anew", moment(1)).await.expect("stored");
    store.erase_grant(&owners[0]).await.expect("erased");
    let listed = store.grant_owners().await.expect("listed");
    assert!(!listed.contains(&owners[0]) && listed.contains(&owners[1]));
    store.erase_grant(&owners[1]).await.expect("erased");
}

async fn consents(store: &impl Store, owner: &GrantOwner) {
    assert_eq!(store.find_grant(owner).await.expect("read"), None);
    assert_conflict(store.lease_grant(owner, 0, &lease("a", 30), moment(0)).await);
    assert_conflict(store.renew_grant(owner, 0, "sealed", moment(0)).await);
    assert_conflict(store.refuse_grant(owner, 0, "a", "sealed", moment(0)).await);
    store.release_grant(owner, "a").await.expect("nothing to release");
    store.limit_grant(owner, moment(1)).await.expect("nothing to limit");
    assert_eq!(store.find_grant(owner).await.expect("read"), None);
    store.put_grant(owner, "first", moment(100)).await.expect("stored");
    let expected =
        StoredGrant { sealed: "first".to_owned(), access_expires_at: moment(100), generation: 1, lease: None };
    assert_eq!(store.find_grant(owner).await.expect("read"), Some(expected));
    store.put_grant(owner, "second", moment(200)).await.expect("stored");
    let stored = store.find_grant(owner).await.expect("read").expect("stored before");
    assert_eq!((&*stored.sealed, stored.access_expires_at, stored.generation), ("second", moment(200), 2));
}

async fn leases(store: &impl Store, owner: &GrantOwner) {
    let a = lease("a", 30);
    assert_conflict(store.lease_grant(owner, 1, &a, moment(0)).await);
    store.lease_grant(owner, 2, &a, moment(0)).await.expect("leased");
    assert_eq!(store.find_grant(owner).await.expect("read").and_then(|grant| grant.lease), Some(a.clone()));
    store.lease_grant(owner, 2, &a, moment(0)).await.expect("its own again");
    let just_before = moment(30) - SignedDuration::from_nanos(1);
    assert_conflict(store.lease_grant(owner, 2, &lease("b", 60), just_before).await);
    // Moments are compared as moments: one with a fraction is not before the same second without one.
    assert_conflict(
        store.lease_grant(owner, 2, &lease("b", 60), moment(30).round(jiff::Unit::Second).expect("a second")).await,
    );
    store.lease_grant(owner, 2, &lease("b", 60), moment(30)).await.expect("the first lease has ended");
    assert_conflict(store.refuse_grant(owner, 2, "a", "late", moment(300)).await);
    store.release_grant(owner, "a").await.expect("nothing of its own");
    assert_conflict(store.lease_grant(owner, 2, &lease("c", 90), moment(31)).await);
    store.release_grant(owner, "b").await.expect("released");
    store.lease_grant(owner, 2, &lease("c", 90), moment(31)).await.expect("leased");
}

/// Sealed anew is not used anew: when it is forgotten stays, also where that was limited.
async fn sealed_anew(store: &impl Store, owner: &GrantOwner) {
    let now = SuiteClock.now();
    store.put_grant(owner, "sealed", moment(3600)).await.expect("stored");
    let stored = store.find_grant(owner).await.expect("read").expect("stored before");
    let first = stored.generation;
    store.lease_grant(owner, first, &lease("a", 60), now).await.expect("leased");
    assert_conflict(store.reseal_grant(owner, first - 1, "of another generation").await);
    store.reseal_grant(owner, first, "sealed by another key").await.expect("sealed anew");
    store.reseal_grant(owner, first, "sealed by another key").await.expect("the same again");
    assert_conflict(store.reseal_grant(owner, first, "sealed late").await);
    let expected =
        StoredGrant { sealed: "sealed by another key".to_owned(), generation: first + 1, lease: None, ..stored };
    assert_eq!(store.find_grant(owner).await.expect("read"), Some(expected));

    store.limit_grant(owner, now + SignedDuration::from_secs(60)).await.expect("limited");
    store.reseal_grant(owner, first + 1, "sealed once more").await.expect("sealed anew");
    assert!(store.find_grant(owner).await.expect("read").is_some(), "a minute is left");
    store.limit_grant(owner, now).await.expect("limited");
    store.reseal_grant(owner, first + 2, "sealed when it was over").await.expect("sealed anew");
    assert_eq!(store.find_grant(owner).await.expect("read"), None, "it does not come back");
    store.erase_grant(owner).await.expect("erased");
    assert_conflict(store.reseal_grant(owner, first + 3, "sealed when it was gone").await);
}

async fn renewals(store: &impl Store, owner: &GrantOwner) {
    assert_conflict(store.renew_grant(owner, 1, "third", moment(300)).await);
    store.renew_grant(owner, 2, "third", moment(300)).await.expect("renewed");
    let expected =
        StoredGrant { sealed: "third".to_owned(), access_expires_at: moment(300), generation: 3, lease: None };
    assert_eq!(store.find_grant(owner).await.expect("read"), Some(expected));
    store.renew_grant(owner, 2, "third", moment(300)).await.expect("the same again");
    assert_conflict(store.renew_grant(owner, 2, "fourth", moment(400)).await);
    assert_conflict(store.lease_grant(owner, 2, &lease("d", 120), moment(91)).await);

    // A pair that was got is stored whoever holds the lease by now; a refusal is not.
    store.lease_grant(owner, 3, &lease("d", 120), moment(91)).await.expect("leased");
    assert_conflict(store.refuse_grant(owner, 3, "c", "refused", moment(300)).await);
    store.renew_grant(owner, 3, "fourth", moment(400)).await.expect("stored without the lease");
    assert_conflict(store.refuse_grant(owner, 3, "d", "refused", moment(300)).await);
    assert_conflict(store.refuse_grant(owner, 4, "d", "refused", moment(300)).await);

    store.lease_grant(owner, 4, &lease("e", 150), moment(121)).await.expect("leased");
    store.refuse_grant(owner, 4, "e", "refused", moment(122)).await.expect("stored");
    store.refuse_grant(owner, 4, "e", "refused", moment(122)).await.expect("the same again");
    let expected =
        StoredGrant { sealed: "refused".to_owned(), access_expires_at: moment(122), generation: 5, lease: None };
    assert_eq!(store.find_grant(owner).await.expect("read"), Some(expected));

    store.lease_grant(owner, 5, &lease("f", 180), moment(151)).await.expect("leased");
    store.put_grant(owner, "consented", moment(500)).await.expect("a new consent");
    assert_conflict(store.renew_grant(owner, 5, "sixth", moment(400)).await);
    assert_conflict(store.refuse_grant(owner, 5, "f", "refused", moment(400)).await);
    let stored = store.find_grant(owner).await.expect("read").expect("stored before");
    assert_eq!((&*stored.sealed, stored.generation, stored.lease), ("consented", 6, None));
}
