//! Organisations, portals, members.

use domain::contact_group::ContactGroup;
use domain::counted_connection::CountedConnection;
use domain::country::Country;
use domain::ids::PortalId;
use domain::member::Member;
use domain::obstacle::ConnectionTrouble;
use domain::portal::Portal;
use domain::tenant::{Disconnection, Organisation, PortalStep, Tenant, Trouble};

use super::samples::{domain, employee, import, moment, portal};
use super::sizes::Sizes;
use super::store::{Store, assert_conflict};
use crate::change_tenant;

/// Organisations change one revision at a time, a portal is added once, a member once.
pub async fn organisations_are_kept(store: &impl Store, prefix: &str, sizes: Sizes) {
    tenants(store, prefix).await;
    changed_meanwhile(store, prefix).await;
    connections(store, prefix).await;
    let id = PortalId::new(format!("{prefix}kept"));
    portals(store, &id).await;
    connected(store, prefix).await;
    members(store, &id, sizes.members).await;
}

async fn tenants(store: &impl Store, prefix: &str) {
    let new = organisation(&format!("{prefix}tenant"));
    let id = new.organisation.tenant.clone();
    assert_eq!(store.find_tenant(&id).await.expect("read"), None);
    assert_conflict(store.put_tenant(Tenant { revision: 1, ..new.clone() }).await);
    let stored = store.put_tenant(new.clone()).await.expect("stored");
    assert_eq!(stored, Tenant { revision: 1, ..new.clone() });
    assert_conflict(store.put_tenant(new).await);
    let old = Tenant { revision: 7, ..stored.clone() };
    assert_conflict(store.remove_tenant(&old).await);
    for _ in 0..2 {
        store.remove_tenant(&stored).await.expect("removed, also where the answer was lost");
        assert_eq!(store.find_tenant(&id).await.expect("read"), None);
    }
    store.put_tenant(Tenant { revision: 0, ..stored }).await.expect("stored again");
    for step in [
        PortalStep::Requested { domain: domain("wattle"), at: moment(1) },
        PortalStep::Created { portal: "1".into(), domain: domain("wattle") },
    ] {
        let before = store.find_tenant(&id).await.expect("read").expect("stored before");
        let after = store.put_tenant(Tenant { portal: step.clone(), ..before.clone() }).await.expect("stored");
        assert_eq!(after, Tenant { portal: step, revision: before.revision + 1, ..before.clone() });
        assert_eq!(store.find_tenant(&id).await.expect("read"), Some(after.clone()));
        assert_conflict(store.put_tenant(before).await);
        assert_conflict(store.remove_tenant(&after).await);
    }
}

/// A change is made to what is stored by then, and by nobody twice; one that finds nothing to change stores nothing.
async fn changed_meanwhile(store: &impl Store, prefix: &str) {
    let stored = store.put_tenant(organisation(&format!("{prefix}changed"))).await.expect("stored");
    let id = stored.organisation.tenant.clone();
    let requested = PortalStep::Requested { domain: domain("wattle"), at: moment(1) };
    let another = store.put_tenant(Tenant { portal: requested, ..stored.clone() }).await.expect("stored");
    let rename = |tenant: Tenant| {
        let organisation = Organisation { name: "Renamed".to_owned(), ..tenant.organisation };
        Some(Tenant { organisation, ..tenant })
    };
    let renamed = change_tenant(store, stored, rename).await.expect("changed").expect("there is something to change");
    let organisation = Organisation { name: "Renamed".to_owned(), ..another.organisation.clone() };
    assert_eq!(renamed, Tenant { organisation, revision: another.revision + 1, ..another });
    assert_eq!(store.find_tenant(&id).await.expect("read"), Some(renamed.clone()));
    assert_eq!(change_tenant(store, renamed.clone(), |_| None).await.expect("left"), None);
    assert_eq!(store.find_tenant(&id).await.expect("read"), Some(renamed.clone()));
    let gone = Tenant {
        organisation: Organisation { tenant: format!("{prefix}gone").as_str().into(), ..renamed.organisation.clone() },
        ..renamed
    };
    assert_eq!(change_tenant(store, gone, Some).await.expect("there is none"), None);
}

/// A connection is counted once, however often it is seen, and discounted once.
async fn connections(store: &impl Store, prefix: &str) {
    let seen = |number: u32, second| CountedConnection {
        connection: format!("{prefix}{number}").as_str().into(),
        tenant: format!("{prefix}tenant").as_str().into(),
        xero_user: (number == 1).then(|| "user".into()),
        counted_at: moment(second),
    };
    // The table may have others, of a run beside this one.
    let ours = async || {
        let all = store.counted_connections().await.expect("read");
        all.into_iter().filter(|each| each.connection.as_str().starts_with(prefix)).collect::<Vec<_>>()
    };
    assert_eq!(ours().await, []);
    for connection in [seen(1, 0), seen(2, 0), seen(1, 60)] {
        store.count_connection(&connection).await.expect("counted");
    }
    assert_eq!(ours().await, [seen(1, 60), seen(2, 0)]);
    for _ in 0..2 {
        store.discount_connection(&seen(1, 0).connection).await.expect("discounted");
    }
    assert_eq!(ours().await, [seen(2, 0)]);
}

pub(super) fn organisation(id: &str) -> Tenant {
    let organisation = Organisation {
        tenant: id.into(),
        name: "Wattle Grove Books".to_owned(),
        country: Country::Australia,
        connection: "connection".into(),
        short_code: None,
        timezone: Some("Australia/Sydney".to_owned()),
        on_trial: false,
    };
    Tenant {
        organisation,
        xero_user: "user".into(),
        connected_by: Some("Olivia Hartley".to_owned()),
        connected_at: moment(0),
        sign_up: "way".into(),
        portal: PortalStep::NotRequested,
        confirmed_at: moment(0),
        disconnected: Some(Disconnection { at: moment(1), removed_at_xero: true }),
        trouble: Some(Trouble { why: ConnectionTrouble::RoleLost, at: moment(2) }),
        erased_at: None,
        may_read_contacts: true,
        contact_group: Some(ContactGroup { id: "group".into(), name: "Everyone".to_owned() }),
        revision: 0,
    }
}

async fn portals(store: &impl Store, id: &PortalId) {
    assert_eq!(store.find_portal(id).await.expect("read"), None);
    let new = portal(id.clone());
    store.add_portal(&new).await.expect("added");
    store.add_portal(&Portal { places_used: 150, domain: domain("other"), ..new.clone() }).await.expect("left alone");
    assert_eq!(store.find_portal(id).await.expect("read"), Some(new));
}

/// A portal that was there before is stored with its organisation, or neither is.
async fn connected(store: &impl Store, prefix: &str) {
    let tenant = |name: &str, portal: &PortalId| Tenant {
        portal: PortalStep::Created { portal: portal.clone(), domain: domain("acme") },
        ..organisation(&format!("{prefix}{name}"))
    };
    let id = PortalId::new(format!("{prefix}connected"));
    let of = |tenant: &Tenant| Portal { tenant: tenant.organisation.tenant.clone(), ..portal(id.clone()) };
    let (first, second) = (tenant("first", &id), tenant("second", &id));
    assert_conflict(store.connect_portal(Tenant { revision: 3, ..first.clone() }, &of(&first)).await);
    assert_eq!(store.find_portal(&id).await.expect("read"), None, "neither");
    let stored = store.connect_portal(first.clone(), &of(&first)).await.expect("connected");
    assert_eq!(stored, Tenant { revision: 1, ..first.clone() });
    assert_eq!(store.find_tenant(&first.organisation.tenant).await.expect("read"), Some(stored.clone()));
    assert_eq!(store.find_portal(&id).await.expect("read"), Some(of(&first)));
    assert_conflict(store.connect_portal(second.clone(), &of(&second)).await);
    assert_eq!(store.find_tenant(&second.organisation.tenant).await.expect("read"), None, "neither");
    let import = import(&id, format!("{prefix}connected-import"), 3);
    store.accept_import(&import, 0).await.expect("accepted");
    let another = Portal { administrator: Some("2".into()), created_at: moment(7), ..of(&first) };
    let again = store.connect_portal(stored, &another).await.expect("its own");
    assert_eq!(again.revision, 2);
    let kept = Portal { places_used: 3, imports_accepted: 1, active_import: Some(import.id), ..of(&first) };
    let kept = Portal { administrator: another.administrator, ..kept };
    assert_eq!(store.find_portal(&id).await.expect("read"), Some(kept), "places stay");
}

async fn members(store: &impl Store, id: &PortalId, count: usize) {
    assert_eq!(store.members(id).await.expect("read"), []);
    let member = |number: usize| Member {
        employee_id: employee(number),
        account: Some(number.to_string().as_str().into()),
        created: number.is_multiple_of(2),
        import: "import".into(),
        since: moment(0),
        unfinished: false,
        asked_at: None,
        deactivated: false,
        reactivated_by: None,
        revision: 0,
    };
    let added = (0..count).rev().map(|number| async move { store.add_member(id, &member(number)).await });
    futures::future::try_join_all(added).await.expect("added");
    store.add_member(id, &member(7)).await.expect("the same, whose answer may have been lost");
    assert_conflict(store.add_member(id, &Member { account: Some("another".into()), ..member(7) }).await);
    assert_eq!(store.members(id).await.expect("read"), (0..count).map(member).collect::<Vec<_>>());
    assert_eq!(store.find_member(id, &employee(7)).await.expect("read"), Some(member(7)));
    assert_eq!(store.find_member(id, &employee(count)).await.expect("read"), None);
    changes(store, id, &member(7)).await;
    // A portal whose name begins alike is another one.
    assert_eq!(store.members(&PortalId::new(format!("{id}0"))).await.expect("read"), []);
}

/// A member changes on the condition of the revision and the account that they had, none included.
async fn changes(store: &impl Store, id: &PortalId, finished: &Member) {
    let known = Member { unfinished: true, ..finished.clone() };
    let unknown = Member { account: None, unfinished: true, ..finished.clone() };
    let another = Member { account: Some("another".into()), ..finished.clone() };
    let missing = Member { employee_id: "missing".into(), ..finished.clone() };
    let mut stored = finished.clone();
    for (next, revision) in [&known, &unknown, &unknown, finished].into_iter().zip(1..) {
        let same_revision = |member: &Member| Member { revision: stored.revision, ..member.clone() };
        let other_account = if stored.account.is_some() { &unknown } else { finished };
        let late = Member { revision: stored.revision + 7, ..stored.clone() };
        for wrong in [same_revision(&another), same_revision(&missing), same_revision(other_account), late] {
            assert_conflict(store.change_member(id, &wrong, &wrong).await);
        }
        let before = stored.clone();
        // Twice, as where the answer was lost.
        for _ in 0..2 {
            stored = store.change_member(id, &before, next).await.expect("of the same revision and account");
            assert_eq!(stored, Member { revision, ..next.clone() });
            assert_eq!(store.find_member(id, &finished.employee_id).await.expect("read"), Some(stored.clone()));
        }
        // Whoever has not seen that change overwrites nothing, also where the account is the same.
        let unseen = Member { deactivated: true, ..before.clone() };
        assert_conflict(store.change_member(id, &before, &unseen).await);
    }
    assert_eq!(store.find_member(id, &missing.employee_id).await.expect("read"), None);
}
