//! The rooms of a portal's administrator: the overview, the users, the settings, and the rooms shared with the sign-up.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::obstacle::ConnectionTrouble;
use http::StatusCode;
use rig::{Page, Rig, Sent, Visitor, WATTLE, expect, import_of, ticked};
use stand_ins::{Fault, FaultKind, xero};
use state::{GrantOwner, Grants as _};

use super::{framed, is_framed, says, token_of};

/// Every page that an administrator can open without naming anything.
const ROOMS: [&str; 5] = ["/portal", "/portal/users", "/portal/settings", "/disconnect", "/preview"];

/// Wattle Grove with everybody imported, and its administrator on the overview.
async fn managed(seed: u64) -> (Rig, Visitor) {
    let rig = Rig::new(seed);
    rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| "TRIAL".clone_into(&mut organisation.class));
    let administrator = rig.managed(&WATTLE).await;
    (rig, administrator)
}

async fn check(administrator: &Visitor) -> Page {
    let overview = administrator.open("/portal").await;
    framed(administrator.browser.submit(&overview, "/portal/check", &[]).await, "/portal")
}

fn calls(rig: &Rig) -> usize {
    rig.world.xero().call_log().len() + rig.world.go1().call_log().len()
}

#[tokio::test(start_paused = true)]
async fn an_administrator_goes_from_the_tile_through_every_room() {
    let (rig, olivia) = managed(1).await;
    let asked = calls(&rig);
    let overview = framed(olivia.open("/portal").await, "/portal");
    says(
        &overview,
        &["Wattle Grove Books", "Australia", "Connected by Olivia Hartley", "7 of 200", "7 people imported"],
    );
    framed(olivia.open("/portal/settings").await, "/portal/settings");
    assert_eq!(calls(&rig), asked, "opening a page asks nobody");
    let users = framed(olivia.open("/portal/users").await, "/portal/users");
    says(&users, &["7 people are imported", "193 places are left", "Olivia Hartley", "olivia.hartley@example.com"]);

    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let people = framed(olivia.look(&users).await, "/preview/people");
    assert_eq!(ticked(&people), ["new"]);
    assert!(framed(olivia.open("/preview").await, "/preview").words().contains("course"));
    let progress = olivia.confirm(&people).await;
    let import = import_of(&progress);
    assert!(is_framed(&progress));
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 1);
    assert!(olivia.report(&import).await.iter().any(|line| line.email == "nia@wattlegrove.example.com"));
    let done = framed(olivia.open_import(&import).await, &format!("/imports/{import}"));
    says(&done, &["Nia"]);

    let overview = framed(olivia.open("/portal").await, "/portal");
    says(&overview, &["8 of 200", "by Olivia Hartley", "1 person imported", "You can undo it until"]);
    says(&framed(olivia.open("/portal/users").await, "/portal/users"), &["Nia Newcomer"]);
    let settings = framed(olivia.open("/portal/settings").await, "/portal/settings");
    says(&settings, &["8 of 200", "Signed in from the portal", "Started an import of 1 person", "Disconnect"]);
    let undo = framed(olivia.open(&format!("/portal/undo/{import}")).await, &format!("/portal/undo/{import}"));
    let undone = olivia.browser.submit(&undo, &format!("/portal/undo/{import}"), &[]).await;
    assert!(is_framed(&undone) && undone.url.path().starts_with("/imports/"), "{}", undone.words());
    rig.pump().await;
    says(&framed(olivia.open("/portal").await, "/portal"), &["Undone: ", "Undo of"]);
    let people = framed(olivia.look(&users).await, "/preview/people");
    let skipped = Sent::post(&people, "/imports/skip", &token_of(&people));
    framed(olivia.browser.follow(skipped).await, "/portal");
    framed(olivia.open("/get-started").await, "/portal");
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_sign_up_sees_the_same_rooms_without_the_portal_around_them() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    let people = olivia.reach_people().await;
    assert!(!is_framed(&expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people")));
    assert!(!is_framed(&olivia.confirm(&people).await));
    for path in ["/preview", "/get-started", "/disconnect"] {
        assert!(!is_framed(&expect(olivia.open(path).await, StatusCode::OK, path)), "{path}");
    }
    // The portal's own rooms are its administrators'. GO1 says whether she is one.
    for path in ["/portal/users", "/portal/settings", "/portal/connect"] {
        assert!(!is_framed(&expect(olivia.open(path).await, StatusCode::OK, "/oauth/authorize")), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_and_a_look_find_what_is_wrong_and_that_it_is_over() {
    type Happens = fn(&Rig);
    let rows: [(ConnectionTrouble, &str, Happens, Option<Happens>); 4] = [
        (
            ConnectionTrouble::RemovedAtXero,
            "removed the connection",
            |rig| rig.world.xero().disconnect(rig.tenant(&WATTLE).as_str()),
            None,
        ),
        (
            ConnectionTrouble::TrialOver,
            "It has ended",
            |rig| assert!(rig.world.xero().end_trial(WATTLE.organisation)),
            None,
        ),
        (
            ConnectionTrouble::NoPayrollAdministrator,
            "Olivia Hartley isn’t a payroll administrator",
            |rig| assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, false)),
            Some(|rig| {
                assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, true));
            }),
        ),
        (ConnectionTrouble::AccessEnded, "Xero no longer lets us read", Rig::end_access_to_xero, None),
    ];
    for (why, words, happens, mends) in rows {
        for by_look in [false, true] {
            let (rig, olivia) = managed(3).await;
            says(&check(&olivia).await, &["the connection works"]);
            happens(&rig);
            let page = if by_look {
                let users = olivia.open("/portal/users").await;
                assert!(is_framed(&olivia.look(&users).await));
                framed(olivia.open("/portal").await, "/portal")
            } else {
                check(&olivia).await
            };
            assert!(page.words().contains(words), "{why:?} by look {by_look}: {}", page.words());
            let trouble = rig.kept_tenant(&WATTLE).await.trouble.expect("some");
            assert_eq!(trouble.why, why);
            rig.wait(Duration::from_mins(1)).await;
            check(&olivia).await;
            assert_eq!(rig.kept_tenant(&WATTLE).await.trouble, Some(trouble), "known since it was met first");
            if let Some(mends) = mends {
                mends(&rig);
                if by_look {
                    let users = olivia.open("/portal/users").await;
                    framed(olivia.look(&users).await, "/preview/people");
                } else {
                    says(&check(&olivia).await, &["the connection works"]);
                }
                assert_eq!(rig.kept_tenant(&WATTLE).await.trouble, None);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_access_it_is_not_connected_whatever_was_met_last() {
    let (rig, olivia) = managed(11).await;
    let owner = GrantOwner::XeroUser(rig.kept_tenant(&WATTLE).await.xero_user);
    rig.state.erase_grant(&owner).await.expect("memory answers");
    for path in ["/portal", "/portal/users", "/portal/settings"] {
        let page = framed(olivia.open(path).await, path);
        says(&page, &["Needs reconnecting"]);
        assert!(page.text.contains("href=\"/connect?again\""), "{path}");
    }
    assert_eq!(check(&olivia).await.status, StatusCode::OK);
    assert_eq!(rig.kept_tenant(&WATTLE).await.trouble.map(|trouble| trouble.why), Some(ConnectionTrouble::AccessEnded));
}

#[tokio::test(start_paused = true)]
async fn what_xero_does_not_tell_changes_nothing_that_is_known() {
    let (rig, olivia) = managed(4).await;
    let before = rig.kept_tenant(&WATTLE).await;
    for kind in [FaultKind::status(503), FaultKind::CutBefore, FaultKind::Delay { milliseconds: 60_000 }] {
        rig.world.xero().faults().add(Fault::always(xero::endpoint::ORGANISATION, kind));
        let overview = olivia.open("/portal").await;
        let page = olivia.browser.submit(&overview, "/portal/check", &[]).await;
        says(&page, &["couldn’t check"]);
        assert!(is_framed(&page));
        assert_eq!(rig.kept_tenant(&WATTLE).await, before);
        rig.world.xero().faults().clear();
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_an_hour_ends_in_every_room_with_the_way_back_through_go1() {
    let (rig, olivia) = managed(5).await;
    let overview = olivia.open("/portal").await;
    rig.wait(Duration::from_mins(61)).await;
    for path in ROOMS {
        let page = olivia.open(path).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}: {}", page.words());
        assert!(page.text.contains("href=\"/portal/login\"") && !is_framed(&page), "{path}: {}", page.words());
    }
    let asked = calls(&rig);
    let pressed = olivia.browser.submit(&overview, "/portal/check", &[]).await;
    assert_eq!((pressed.status, calls(&rig)), (StatusCode::UNAUTHORIZED, asked));
}

#[tokio::test(start_paused = true)]
async fn a_learner_gets_nothing_of_any_room() {
    let (rig, olivia) = managed(6).await;
    let users = olivia.open("/portal/users").await;
    let learner = rig.learners(&WATTLE).into_iter().next().expect("somebody was imported");
    let visitor = rig.visitor(&WATTLE);
    let login = visitor.configure(&rig.domain_of(&WATTLE)).await;
    let refused = visitor.log_in_as(&login, &learner.id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    for path in ROOMS {
        let page = visitor.open(path).await;
        assert!(page.status == StatusCode::UNAUTHORIZED || page.url.host_str() == Some("go1.localhost"), "{path}");
    }
    visitor.browser.submit(&users, "/preview/people", &[]).await;
    for page in visitor.browser.seen() {
        for account in rig.learners(&WATTLE) {
            assert!(!page.text.contains(&account.email), "{}: {}", page.url, page.text);
        }
        assert!(!page.text.contains("Wattle Grove Books"), "{}", page.url);
    }
}

#[tokio::test(start_paused = true)]
async fn the_trail_says_who_did_what_and_names_nobody_who_was_imported() {
    let (rig, olivia) = managed(7).await;
    check(&olivia).await;
    let users = olivia.open("/portal/users").await;
    for number in 0..30 {
        rig.hire(&WATTLE, &format!("new{number}"), &format!("new{number}@wattlegrove.example.com"));
    }
    let progress = olivia.confirm(&olivia.look(&users).await).await;
    let import = import_of(&progress);
    let stop = format!("/imports/{import}/stop");
    for _ in 0..2 {
        assert!(is_framed(&olivia.browser.submit(&progress, &stop, &[]).await));
    }
    rig.pump().await;
    framed(olivia.disconnect().await, "/disconnect");
    let trail = rig.trail(&WATTLE).await;
    let stops = trail.iter().filter(|entry| matches!(entry.action, AuditAction::ImportStopped { .. }));
    assert_eq!(stops.count(), 1, "two presses are one stop");
    for entry in &trail {
        assert_eq!(entry.by.as_deref(), Some("Olivia Hartley"), "{entry:?}");
        let text = serde_json::to_string(entry).expect("serialises");
        for account in rig.learners(&WATTLE) {
            assert!(!text.contains(&account.email) && !text.contains(&account.family_name), "{text}");
        }
    }
}
