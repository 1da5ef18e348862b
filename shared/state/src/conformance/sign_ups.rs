//! Sign-ups, sessions, consents, audit.

use domain::arrival::{ArrivalOrganisation, XeroArrival};
use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::go1_login::{Go1LoginAttempt, Go1LoginPurpose};
use domain::ids::{SessionHash, SignUpId, XeroUserId};
use domain::obstacle::{MetObstacle, PeopleObstacle};
use domain::portal::PortalDomain;
use domain::session::{Administrator, Session, SessionKind, SessionOwner, StandsFor};
use domain::sign_up::SignUp;

use super::samples::{audit_entry, moment, sign_up};
use super::store::{Store, assert_conflict};
use crate::SignUpList;

/// Sign-ups change one revision at a time, sessions come and go, a consent completes once.
pub async fn a_sign_up_is_kept(store: &impl Store, prefix: &str) {
    sign_ups(store, prefix).await;
    xero_logins(store, prefix).await;
    sessions(store, prefix).await;
    consents(store, prefix).await;
    go1_logins(store, prefix).await;
}

/// Every sign-up is listed as it is stored, and whatever else is stored is not. Not among the other parts: no function lists
/// them.
pub async fn sign_ups_are_listed(store: &(impl Store + SignUpList), prefix: &str) {
    let (one, two) = (sign_up(&format!("{prefix}listed#1%2")), sign_up(&format!("{prefix}listed-2")));
    store.append_audit(&audit_entry(&format!("{prefix}trail-alone"), 1, moment(1))).await.expect("stored");
    for sign_up in [&one, &two] {
        store.add_sign_up(sign_up).await.expect("added");
    }
    let listed = store.sign_ups().await.expect("listed");
    for sign_up in [&one, &two] {
        assert_eq!(listed.iter().filter(|listed| *listed == sign_up).count(), 1, "{}", sign_up.id);
    }
    assert!(listed.iter().all(|sign_up| !sign_up.id.as_str().ends_with("trail-alone")));
    store.erase_sign_up(&one.id).await.expect("erased");
    let listed = store.sign_ups().await.expect("listed");
    assert!(!listed.contains(&one) && listed.contains(&two));
    store.erase_sign_up(&two.id).await.expect("erased");
}

async fn sign_ups(store: &impl Store, prefix: &str) {
    let first = sign_up(&format!("{prefix}way"));
    assert_eq!(store.find_sign_up(&first.id).await.expect("read"), None);
    assert_conflict(store.replace_sign_up(first.clone()).await);
    store.add_sign_up(&first).await.expect("added");
    store.add_sign_up(&first).await.expect("the same, whose answer may have been lost");
    let another = SignUp { may_read_payroll: !first.may_read_payroll, ..first.clone() };
    assert_conflict(store.add_sign_up(&another).await);
    assert_eq!(store.find_sign_up(&first.id).await.expect("read"), Some(first.clone()));

    let event = Some("event".to_owned());
    let consented = first.clone().consented("user".into(), event, moment(2)).expect("the next step");
    let consented = consented.logged_in(&"user".into(), "");
    let stored = store.replace_sign_up(consented.clone()).await.expect("replaced");
    let again = store.replace_sign_up(consented.clone()).await.expect("the same, whose answer may have been lost");
    assert_eq!((&again, &stored), (&stored, &SignUp { revision: 1, ..consented }));
    assert_eq!(store.find_sign_up(&first.id).await.expect("read"), Some(stored.clone()));
    assert_conflict(store.replace_sign_up(first).await);

    let confirmed = stored.organisation_confirmed("tenant".into(), moment(3)).expect("the next step");
    let stored = store.replace_sign_up(confirmed).await.expect("replaced");
    let provisioned = stored.portal_provisioned("portal".into()).expect("the next step");
    let obstacle = Some(MetObstacle { obstacle: PeopleObstacle::TooMany { people: 2_001 }, at: moment(5) });
    let with_import = SignUp { plan: Some("plan".into()), import: Some("import".into()), obstacle, ..provisioned };
    let stored = store.replace_sign_up(with_import).await.expect("replaced");
    assert_eq!(store.find_sign_up(&stored.id).await.expect("read"), Some(stored));
}

async fn xero_logins(store: &impl Store, prefix: &str) {
    let user = XeroUserId::new(format!("{prefix}xero-user"));
    assert_eq!(store.sign_ups_of(&user).await.expect("read"), []);
    for sign_up in ["one", "two", "one"] {
        store.add_sign_up_of(&user, &sign_up.into()).await.expect("added");
    }
    let mut sign_ups = store.sign_ups_of(&user).await.expect("read");
    sign_ups.sort();
    assert_eq!(sign_ups, ["one".into(), "two".into()]);
    let other = XeroUserId::new(format!("{prefix}xero-user-2"));
    assert_eq!(store.sign_ups_of(&other).await.expect("read"), []);
}

async fn sessions(store: &impl Store, prefix: &str) {
    let hash = format!("{prefix}session");
    let stands_for = StandsFor::SignUp { id: "way".into(), login: Some("user".into()) };
    let session = Session { hash: hash.as_str().into(), stands_for, started_at: moment(0), last_used_at: None };
    assert_eq!(store.find_session(&session.hash).await.expect("read"), None);
    store.add_session(&session).await.expect("added");
    assert_eq!(store.find_session(&session.hash).await.expect("read"), Some(session.clone()));
    store.remove_session(&session.hash).await.expect("removed");
    store.remove_session(&session.hash).await.expect("removed again");
    assert_eq!(store.find_session(&session.hash).await.expect("read"), None);
    let arrival = StandsFor::XeroArrival(XeroArrival {
        xero_user: "user".into(),
        authentication_event: None,
        may_read_payroll: false,
        given_name: "Zoë".to_owned(),
        family_name: String::new(),
        email: "zoe@example.com".to_owned(),
        organisation: Some(ArrivalOrganisation {
            tenant: "tenant".into(),
            name: "Books".to_owned(),
            country_code: "AU".to_owned(),
        }),
    });
    let session = Session { stands_for: arrival, ..session };
    store.add_session(&session).await.expect("added");
    assert_eq!(store.find_session(&session.hash).await.expect("read"), Some(session));
    uses_of_sessions(store, prefix).await;
    sessions_are_of_the_kind_of_their_hash(store, prefix).await;
    sessions_are_listed(store, prefix).await;
}

/// A use is stored where nobody stored another meanwhile, and brings back no session that has been ended.
async fn uses_of_sessions(store: &impl Store, prefix: &str) {
    let stands_for = StandsFor::SignUp { id: "way".into(), login: None };
    let hash = format!("{prefix}used-session").as_str().into();
    let fresh = Session { hash, stands_for, started_at: moment(0), last_used_at: None };
    let used = |at| Session { last_used_at: Some(at), ..fresh.clone() };
    store.record_use(&fresh, moment(7)).await.expect("nothing to record it in");
    assert_eq!(store.find_session(&fresh.hash).await.expect("read"), None);
    store.add_session(&fresh).await.expect("added");
    // The second is that of a request which read the session before the first; the third read it after.
    for (seen, at, then) in [(fresh.clone(), 8, 8), (fresh.clone(), 9, 8), (used(moment(8)), 10, 10)] {
        store.record_use(&seen, moment(at)).await.expect("recorded, or left");
        assert_eq!(store.find_session(&fresh.hash).await.expect("read"), Some(used(moment(then))));
    }
    store.remove_session(&fresh.hash).await.expect("removed");
    store.record_use(&used(moment(10)), moment(11)).await.expect("nothing to record it in");
    assert_eq!(store.find_session(&fresh.hash).await.expect("read"), None);
}

/// An administrator's session is found under an administrator's hash only, and is found, listed and removed there as any
/// other. Whoever can write sessions of sign-ups makes no administrator by it.
async fn sessions_are_of_the_kind_of_their_hash(store: &impl Store, prefix: &str) {
    let sign_up = SignUpId::new(format!("{prefix}administered"));
    let administrator = StandsFor::Administrator(Administrator {
        sign_up: sign_up.clone(),
        portal: "portal".into(),
        domain: PortalDomain::parse("wattle").expect("an address"),
        account: "account".into(),
        name: "Zoë".to_owned(),
    });
    let owner = StandsFor::SignUp { id: sign_up.clone(), login: None };
    let session = |kind, digest: &str, stands_for: &StandsFor| Session {
        hash: SessionHash::of(kind, &format!("{prefix}{digest}")),
        stands_for: stands_for.clone(),
        started_at: moment(0),
        last_used_at: None,
    };
    let theirs = session(SessionKind::Administrator, "of-a-kind", &administrator);
    let other = session(SessionKind::SignUp, "of-a-kind", &owner);
    let forged = session(SessionKind::SignUp, "forged", &administrator);
    let pointless = session(SessionKind::Administrator, "pointless", &owner);
    for session in [&theirs, &other, &forged, &pointless] {
        store.add_session(session).await.expect("added");
    }
    for session in [&theirs, &other] {
        assert_eq!(store.find_session(&session.hash).await.expect("read").as_ref(), Some(session));
    }
    for session in [&forged, &pointless] {
        assert_eq!(store.find_session(&session.hash).await.expect("read"), None);
    }
    let owner = SessionOwner::SignUp(sign_up);
    let mut listed = store.sessions_of(&owner).await.expect("listed");
    listed.sort_by_key(|session| session.hash.clone());
    assert_eq!(listed, [other.clone(), theirs.clone()]);
    store.remove_session(&theirs.hash).await.expect("removed");
    assert_eq!(store.find_session(&theirs.hash).await.expect("read"), None);
    assert_eq!(store.sessions_of(&owner).await.expect("listed"), [other]);
}

/// The sessions of an owner are listed as they are stored, and nobody else's.
async fn sessions_are_listed(store: &impl Store, prefix: &str) {
    let sign_up = |name: &str| SignUpId::new(format!("{prefix}{name}"));
    let session = |number: u8, id: SignUpId| Session {
        hash: format!("{prefix}listed-session-{number}").as_str().into(),
        stands_for: StandsFor::SignUp { id, login: None },
        started_at: moment(number.into()),
        last_used_at: None,
    };
    let (owner, other) = (sign_up("in-three-browsers"), sign_up("in-three-browsers-too"));
    let theirs = [1, 2, 3].map(|number| session(number, owner.clone()));
    for session in theirs.iter().chain([&session(4, other)]) {
        store.add_session(session).await.expect("added");
    }
    store.record_use(&theirs[0], moment(20)).await.expect("recorded");
    store.remove_session(&theirs[1].hash).await.expect("removed");
    let mut listed = store.sessions_of(&SessionOwner::SignUp(owner)).await.expect("listed");
    listed.sort_by_key(|session| session.started_at);
    let used = Session { last_used_at: Some(moment(20)), ..theirs[0].clone() };
    assert_eq!(listed, [used, theirs[2].clone()]);
    let nobody = SessionOwner::SignUp(sign_up("in-no-browser"));
    assert_eq!(store.sessions_of(&nobody).await.expect("listed"), []);
}

async fn consents(store: &impl Store, prefix: &str) {
    let pending = ConsentAttempt {
        state: format!("{prefix}state").as_str().into(),
        sign_up: Some("way".into()),
        session: "session".into(),
        nonce: "nonce".to_owned(),
        code_verifier: None,
        contacts: true,
        started_at: moment(0),
        completed_at: None,
    };
    let completed = pending.clone().complete(&pending.session, moment(60)).expect("in time");
    assert_conflict(store.complete_consent(&completed).await);
    store.add_consent(&pending).await.expect("added");
    store.add_consent(&pending).await.expect("the same, whose answer may have been lost");
    assert_conflict(store.add_consent(&ConsentAttempt { nonce: "another".to_owned(), ..pending.clone() }).await);
    assert_eq!(store.find_consent(&pending.state).await.expect("read"), Some(pending.clone()));
    store.complete_consent(&completed).await.expect("completed");
    assert_conflict(store.complete_consent(&completed).await);
    assert_eq!(store.find_consent(&pending.state).await.expect("read"), Some(completed));
}

async fn go1_logins(store: &impl Store, prefix: &str) {
    let pending = Go1LoginAttempt {
        state: format!("{prefix}state").as_str().into(),
        session: "session".into(),
        purpose: Go1LoginPurpose::ForSignUp { sign_up: "way".into() },
        code_verifier: Some("verifier".to_owned()),
        started_at: moment(0),
        completed_at: None,
    };
    let completed = pending.clone().complete(&pending.session, moment(60)).expect("in time");
    assert_conflict(store.complete_go1_login(&completed).await);
    store.add_go1_login(&pending).await.expect("added");
    store.add_go1_login(&pending).await.expect("the same, whose answer may have been lost");
    assert_conflict(store.add_go1_login(&Go1LoginAttempt { started_at: moment(1), ..pending.clone() }).await);
    assert_eq!(store.find_go1_login(&pending.state).await.expect("read"), Some(pending.clone()));
    store.complete_go1_login(&completed).await.expect("completed");
    assert_conflict(store.complete_go1_login(&completed).await);
    assert_eq!(store.find_go1_login(&pending.state).await.expect("read"), Some(completed));
}

/// Entries come back oldest first, those of one moment all of them.
pub async fn audit_is_kept(store: &impl Store, prefix: &str) {
    let name = format!("{prefix}audited");
    // 120 entries are more than one would read at a time by mistake; every third moment has three of them.
    for number in 0..120 {
        let at = moment(i64::try_from(119 - number).expect("small") / 3);
        store.append_audit(&audit_entry(&name, number, at)).await.expect("appended");
    }
    store.append_audit(&audit_entry(&format!("{name}-other"), 0, moment(0))).await.expect("appended");
    let entries = store.audit_of(&name.as_str().into()).await.expect("read");
    assert_eq!(entries.len(), 120);
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    for number in 0..120 {
        let at = moment(i64::try_from(119 - number).expect("small") / 3);
        assert!(entries.contains(&audit_entry(&name, number, at)), "entry {number}");
    }
    the_trail_is_read_from_either_end(store, &name, &entries).await;
}

/// So many of the newest, newest first, and so many since a moment, oldest first: of one moment all in the order of the whole.
async fn the_trail_is_read_from_either_end(store: &impl Store, name: &str, all: &[AuditEntry]) {
    let id = SignUpId::new(name);
    for most in [0, 1, 7, 119, 120, 500] {
        let newest = store.newest_audit_of(&id, most).await.expect("read");
        let expected: Vec<_> = all.iter().rev().take(most).cloned().collect();
        assert_eq!(newest, expected, "the newest {most}");
        for second in [0, 20, 39, 40] {
            let since = store.audit_since(&id, moment(second), most).await.expect("read");
            let later = all.iter().filter(|entry| entry.at >= moment(second));
            assert_eq!(since, later.take(most).cloned().collect::<Vec<_>>(), "{most} since {second}");
        }
    }
    let nobody = SignUpId::new(format!("{name}-nobody"));
    assert_eq!(store.newest_audit_of(&nobody, 5).await.expect("read"), []);
    assert_eq!(store.audit_since(&nobody, moment(0), 5).await.expect("read"), []);
}
