//! What is past its time is not there, also where the table has not deleted it yet; what a sign-up leaves ends with it, and
//! stays where it gets a portal.

use domain::audit::{AuditEntry, OPERATORS};
use domain::clock::Clock;
use domain::consent::ConsentAttempt;
use domain::erasure::{Erasure, Receipt, Removed};
use domain::go1_login::{Go1LoginAttempt, Go1LoginPurpose};
use domain::ids::{PortalId, TenantId, XeroUserId};
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::{SESSION_LIFETIME, Session, StandsFor};
use domain::sign_up::{Acceptance, SignUp};
use domain::tenant::{PortalStep, Tenant};
use jiff::{SignedDuration, Timestamp};

use super::organisations::organisation;
use super::samples::{audit_entry, domain, employee, import, moment, people, plan, portal, sign_up};
use super::store::Store;
use crate::{GrantOwner, PLAN_KEPT, UNFINISHED_SIGN_UP_KEPT, XERO_GRANT_KEPT};

/// The clock of every store that the suite is run on. It stands.
#[derive(Clone, Copy, Debug)]
pub struct SuiteClock;

impl Clock for SuiteClock {
    fn now(&self) -> Timestamp {
        moment(30)
    }
}

/// Something that has been kept for `kept`, to the second, at the suite's time; and something with a second left.
fn begun_before(kept: SignedDuration) -> [(Timestamp, bool); 2] {
    let over = SuiteClock.now() - kept;
    [(over, false), (over + SignedDuration::from_secs(1), true)]
}

/// Rows of every kind with an end: those whose end has come are not there, and those with a second left are.
pub async fn what_is_past_its_time_is_not_there(store: &impl Store, prefix: &str) {
    for (number, (started_at, is_there)) in
        begun_before(SESSION_LIFETIME + SignedDuration::from_hours(1)).into_iter().enumerate()
    {
        let hash = format!("{prefix}old-session-{number}").as_str().into();
        let stands_for = StandsFor::SignUp { id: "way".into(), login: None };
        let session = Session { hash, stands_for, started_at, last_used_at: None };
        store.add_session(&session).await.expect("added");
        assert_eq!(store.find_session(&session.hash).await.expect("read").is_some(), is_there, "{session:?}");
    }
    attempts(store, prefix).await;
    plans_and_receipts(store, prefix).await;
    people_of_imports(store, prefix).await;
    grants(store, prefix).await;
    a_sign_up_and_what_is_of_it(store, prefix).await;
    the_operators_trail_stays(store, prefix).await;
    an_organisation_without_a_portal(store, prefix).await;
}

/// A trip to a login page is remembered for an hour after its ten minutes.
async fn attempts(store: &impl Store, prefix: &str) {
    for (number, (started_at, is_there)) in begun_before(SignedDuration::from_mins(70)).into_iter().enumerate() {
        let consent = ConsentAttempt {
            state: format!("{prefix}old-state-{number}").as_str().into(),
            sign_up: None,
            session: "session".into(),
            nonce: "nonce".to_owned(),
            code_verifier: None,
            contacts: false,
            started_at,
            completed_at: None,
        };
        store.add_consent(&consent).await.expect("added");
        assert_eq!(store.find_consent(&consent.state).await.expect("read").is_some(), is_there, "{started_at}");
        let login = Go1LoginAttempt {
            state: consent.state,
            session: "session".into(),
            purpose: Go1LoginPurpose::Enter { portal: None },
            code_verifier: None,
            started_at,
            completed_at: None,
        };
        store.add_go1_login(&login).await.expect("added");
        assert_eq!(store.find_go1_login(&login.state).await.expect("read").is_some(), is_there, "{started_at}");
    }
}

async fn plans_and_receipts(store: &impl Store, prefix: &str) {
    let tenant = TenantId::new(format!("{prefix}planned-long-ago"));
    for (number, (read_at, is_there)) in begun_before(PLAN_KEPT).into_iter().enumerate() {
        let plan = Plan { read_at, ..plan(tenant.clone(), 2 + number, 5) };
        let digest = store.put_plan(&plan).await.expect("stored");
        assert_eq!(store.find_plan(&tenant, &digest).await.expect("read").is_some(), is_there, "{read_at}");
    }
    for (number, (asked_at, is_there)) in begun_before(SignedDuration::from_hours(30 * 24)).into_iter().enumerate() {
        let portal = Portal { tenant: tenant.clone(), ..portal("erased-long-ago".into()) };
        let its = Tenant { sign_up: "way".into(), ..organisation(tenant.as_str()) };
        let id = format!("{prefix}old-receipt-{number}").as_str().into();
        let receipt: Receipt = Erasure::new(&portal, &its, id, asked_at).receipt(&portal, &its, Removed::default());
        store.put_receipt(&receipt).await.expect("stored");
        assert_eq!(store.find_receipt(&receipt.id).await.expect("read").is_some(), is_there, "{asked_at}");
    }
}

/// The names of an import go; what it came to stays.
async fn people_of_imports(store: &impl Store, prefix: &str) {
    for (number, (keep_until, is_there)) in begun_before(SignedDuration::ZERO).into_iter().enumerate() {
        let id = PortalId::new(format!("{prefix}portal-of-people-{number}"));
        store.add_portal(&portal(id.clone())).await.expect("a portal");
        let import = import(&id, format!("{prefix}import-of-people"), 2);
        store.accept_import(&import, 0).await.expect("accepted");
        store.add_people(&import, &people(&import), keep_until).await.expect("rows");
        let shown = store.import_people(&id, &import.id).await.expect("read");
        assert_eq!(shown.len(), if is_there { 2 } else { 0 }, "{keep_until}");
        let asked_for = store.people_of(&id, &import.id, &[employee(0)]).await.expect("read");
        assert_eq!(asked_for.len(), usize::from(is_there), "{keep_until}");
        assert!(store.find_import(&id, &import.id).await.expect("read").is_some());
    }
}

async fn grants(store: &impl Store, prefix: &str) {
    let owner = GrantOwner::XeroUser(XeroUserId::new(format!("{prefix}long-idle")));
    for (number, (expired_at, is_there)) in begun_before(XERO_GRANT_KEPT).into_iter().enumerate() {
        store.put_grant(&owner, &format!("sealed {number}"), expired_at).await.expect("stored");
        assert_eq!(store.find_grant(&owner).await.expect("read").is_some(), is_there, "{expired_at}");
    }
    store.limit_grant(&owner, SuiteClock.now()).await.expect("limited");
    assert_eq!(store.find_grant(&owner).await.expect("read"), None);
    store.put_grant(&owner, "sealed anew", moment(3600)).await.expect("stored");
    assert!(store.find_grant(&owner).await.expect("read").is_some(), "a login brings it back");
}

fn begun_at(id: &str, at: Timestamp) -> SignUp {
    let like = sign_up(id);
    SignUp::start(like.id, like.details, Acceptance { at, ..like.acceptance })
}

/// A sign-up's trail and its logins are there as long as it is. With a portal they stay.
async fn a_sign_up_and_what_is_of_it(store: &impl Store, prefix: &str) {
    for (number, (at, is_there)) in begun_before(UNFINISHED_SIGN_UP_KEPT).into_iter().enumerate() {
        let first = begun_at(&format!("{prefix}begun-long-ago-{number}"), at);
        let user = XeroUserId::new(format!("{prefix}came-long-ago-{number}"));
        store.add_sign_up(&first).await.expect("added");
        store.append_audit(&audit_entry(first.id.as_str(), 1, moment(1))).await.expect("appended");
        store.add_sign_up_of(&user, &first.id).await.expect("added");
        let is_kept = async || {
            [
                store.find_sign_up(&first.id).await.expect("read").is_some(),
                store.audit_of(&first.id).await.expect("read").len() == 1
                    && store.newest_audit_of(&first.id, 9).await.expect("read").len() == 1
                    && store.audit_since(&first.id, moment(0), 9).await.expect("read").len() == 1,
                store.sign_ups_of(&user).await.expect("read").len() == 1,
            ]
        };
        assert_eq!(is_kept().await, [is_there; 3], "{at}");
        let confirmed = first.clone().consented(user.clone(), None, first.started_at).expect("the next step");
        let confirmed = confirmed.organisation_confirmed("tenant".into(), first.started_at).expect("the next step");
        let confirmed = store.replace_sign_up(confirmed).await.expect("replaced");
        assert_eq!(is_kept().await, [is_there; 3], "{at}: without a portal yet");
        let provisioned = confirmed.portal_provisioned("portal".into()).expect("the next step");
        store.replace_sign_up(provisioned).await.expect("replaced");
        assert_eq!(is_kept().await, [true; 3], "{at}: a customer's");
        store.append_audit(&audit_entry(first.id.as_str(), 2, moment(2))).await.expect("appended");
        assert_eq!(store.audit_of(&first.id).await.expect("read").len(), 2, "{at}");
    }
}

/// What operators did belongs to no sign-up, and so ends with none; not even with one of that name.
async fn the_operators_trail_stays(store: &impl Store, prefix: &str) {
    let sign_up = begun_at(OPERATORS, SuiteClock.now() - UNFINISHED_SIGN_UP_KEPT);
    store.add_sign_up(&sign_up).await.expect("added");
    let entry = AuditEntry { by: Some(format!("{prefix}Robin")), ..audit_entry(OPERATORS, 1, moment(1)) };
    store.append_audit(&entry).await.expect("appended");
    assert!(store.audit_of(&sign_up.id).await.expect("read").contains(&entry));
    store.erase_sign_up(&sign_up.id).await.expect("erased");
    assert!(store.audit_of(&sign_up.id).await.expect("read").contains(&entry));
}

/// An organisation ends with its sign-up, and can be confirmed anew then, until GO1 is asked for its portal.
async fn an_organisation_without_a_portal(store: &impl Store, prefix: &str) {
    for (number, (at, is_there)) in begun_before(UNFINISHED_SIGN_UP_KEPT).into_iter().enumerate() {
        let sign_up = begun_at(&format!("{prefix}with-organisation-{number}"), at);
        store.add_sign_up(&sign_up).await.expect("added");
        let of = |sign_up: &SignUp| Tenant {
            sign_up: sign_up.id.clone(),
            ..organisation(&format!("{prefix}confirmed-long-ago-{number}"))
        };
        let tenant = store.put_tenant(of(&sign_up)).await.expect("stored");
        let id = &tenant.organisation.tenant;
        assert_eq!(store.find_tenant(id).await.expect("read").is_some(), is_there, "{at}");
        let again = store.put_tenant(of(&sign_up)).await;
        assert_eq!(again.is_ok(), !is_there, "{at}: {again:?}");
        let asked = PortalStep::Requested { domain: domain("wattle"), at: moment(1) };
        store.put_tenant(Tenant { portal: asked, ..tenant.clone() }).await.expect("stored");
        assert!(store.find_tenant(id).await.expect("read").is_some(), "{at}: for ever, so that no second one is made");
    }
}
