//! Disconnecting and reconnecting from the portal: done once, by whom GO1 calls an administrator, and nobody becomes more
//! than that by it.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::session::StandsFor;
use http::StatusCode;
use rig::{HARBOUR, MEI, Page, Rig, SESSION, Sent, Visitor, WATTLE, expect, import_of};
use state::XeroLogins as _;

use super::token_of;

async fn disconnect(administrator: &Visitor) -> Page {
    expect(administrator.disconnect().await, StatusCode::OK, "/disconnect")
}

async fn actions(rig: &Rig) -> Vec<(Option<String>, AuditAction)> {
    let trail = rig.trail(&WATTLE).await;
    trail.into_iter().map(|entry| (entry.by, entry.action)).collect()
}

#[tokio::test(start_paused = true)]
async fn disconnecting_from_the_portal_leaves_no_access_and_the_next_import_offers_to_reconnect() {
    let rig = Rig::new(1);
    let olivia = rig.managed(&WATTLE).await;
    let learners = rig.learners(&WATTLE).len();
    let done = disconnect(&olivia).await;
    assert!(done.text.contains("action=\"/portal/logout\""), "within the portal: {}", done.words());
    assert!(rig.world.xero().connections().is_empty());
    assert_eq!(rig.world.xero().live_refresh_tokens(), 0);
    assert!(!rig.has_xero_grant(&WATTLE).await);
    assert_eq!((rig.learners(&WATTLE).len(), rig.enrollments(&WATTLE).len()), (learners, 35));
    let overview = olivia.open("/portal").await;
    assert!(overview.words().contains("Disconnected") && overview.text.contains("href=\"/connect?again\""));
    let settings = olivia.open("/portal/settings").await;
    assert!(settings.words().contains("Access to Xero, encrypted Nothing"), "{}", settings.words());
    let users = olivia.open("/portal/users").await;
    let obstacle = olivia.look(&users).await;
    assert!(obstacle.text.contains("href=\"/connect?again\""), "{}", obstacle.words());
    assert_eq!(rig.kept_tenant(&WATTLE).await.trouble, None, "what was disconnected here is no trouble");

    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let overview = expect(olivia.connect_again().await, StatusCode::OK, "/portal");
    assert!(overview.words().contains("connected again"), "{}", overview.words());
    let told = overview.url;
    assert_eq!(told.query(), Some("reconnected"));
    let people = expect(olivia.look(&olivia.open("/portal/users").await).await, StatusCode::OK, "/preview/people");
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 1);
    let did = actions(&rig).await;
    let by = Some("Olivia Hartley".to_owned());
    let tenant = rig.tenant(&WATTLE);
    assert!(did.contains(&(by.clone(), AuditAction::Disconnected { tenant: tenant.clone(), removed_at_xero: true })));
    assert!(did.contains(&(by, AuditAction::Reconnected { tenant })), "{did:?}");
    // The same address, when it is true no more.
    disconnect(&olivia).await;
    let later = olivia.browser.open(&told).await;
    assert!(later.words().contains("Disconnected") && !later.words().contains("connected again"), "{}", later.words());
}

/// Xero's grant ends after 60 days without use, and nobody tells us.
#[tokio::test(start_paused = true)]
async fn from_day_sixty_without_use_the_next_import_is_said_to_begin_with_a_login_to_xero() {
    let rig = Rig::new(9);
    rig.managed(&WATTLE).await;
    let says = "Sign in to Xero again before your next import.";
    for (days, has_run_out) in [(59, false), (1, true), (30, true)] {
        rig.wait(Duration::from_hours(days * 24)).await;
        // Without a look at Xero, which would renew the grant.
        let olivia = rig.administrator(&WATTLE).await;
        for path in ["/portal", "/portal/settings"] {
            let page = olivia.open(path).await;
            assert_eq!(page.words().contains(says), has_run_out, "{days} more days, {path}: {}", page.words());
            assert_eq!(page.text.contains(">Connected</span>"), !has_run_out, "{path}: {}", page.words());
        }
        let overview = olivia.open("/portal").await;
        assert_eq!(overview.text.contains("href=\"/connect?again\""), has_run_out);
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_from_before_a_reconnect_disconnects_nothing() {
    let rig = Rig::new(2);
    let olivia = rig.managed(&WATTLE).await;
    let asked = olivia.open("/disconnect").await;
    let mut fields = asked.form("/portal/disconnect").expect("a form");
    disconnect(&olivia).await;
    rig.wait(Duration::from_secs(1)).await;
    olivia.connect_again().await;
    // As it was: of a session that is over. With this session's token: of a connection that is.
    let replayed = olivia.browser.follow(Sent::post(&asked, "/portal/disconnect", &fields)).await;
    assert_eq!(replayed.status, StatusCode::FORBIDDEN, "{}", replayed.words());
    let token = olivia.open("/disconnect").await.values("form_token").remove(0);
    fields.retain(|(name, _)| name != "form_token");
    for outdated in [fields, Vec::new()] {
        let mut fields = outdated;
        fields.push(("form_token".to_owned(), token.clone()));
        let refused = olivia.browser.follow(Sent::post(&asked, "/portal/disconnect", &fields)).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
        assert!(refused.words().contains("connected again since"), "{}", refused.words());
    }
    assert_eq!((rig.world.xero().connections().len(), rig.kept_tenant(&WATTLE).await.disconnected), (1, None));
    // A check in between makes no form outdated.
    let asked = olivia.open("/disconnect").await;
    rig.world.xero().disconnect(rig.tenant(&WATTLE).as_str());
    let overview = olivia.open("/portal").await;
    olivia.browser.submit(&overview, "/portal/check", &[]).await;
    expect(olivia.browser.submit(&asked, "/portal/disconnect", &[]).await, StatusCode::OK, "/disconnect");
    assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_with_a_colleague_s_login_makes_nobody_more_than_an_administrator() {
    let rig = Rig::new(3);
    let olivia = rig.managed(&WATTLE).await;
    assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true));
    let (before, owner) = (rig.kept_session(&olivia).await, rig.kept_sign_up(&WATTLE).await.owner);
    let overview = expect(olivia.beside(MEI).connect_again().await, StatusCode::OK, "/portal");
    assert!(overview.words().contains("Connected by Mei Tanaka"), "{}", overview.words());
    let after = rig.kept_session(&olivia).await;
    assert_ne!(after.hash, before.hash, "a login gives a new session");
    assert_eq!(after.stands_for, before.stands_for, "of the same administrator");
    assert!(matches!(after.stands_for, StandsFor::Administrator(_)));
    assert_eq!(rig.kept_sign_up(&WATTLE).await.owner, owner);
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&MEI));
    assert!(!rig.has_xero_grant(&WATTLE).await, "what was given before is given back");
    let known = rig.state.sign_ups_of(&rig.xero_user(&MEI)).await.expect("memory answers");
    assert_eq!(known, [rig.kept_tenant(&WATTLE).await.sign_up], "to erase what her login brought; it opens nothing");
    let reconnected = AuditAction::Reconnected { tenant: rig.tenant(&WATTLE) };
    assert!(actions(&rig).await.contains(&(Some("Olivia Hartley".to_owned()), reconnected)));
    // At home she is let in nowhere, and the owner's login still is.
    let refused = rig.visitor(&MEI).arrive().await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    let home = rig.visitor(&WATTLE);
    assert!(home.arrive().await.url.path().starts_with("/imports/"));
    // Nor does the session of an administrator log anybody in at GO1 as the owner.
    let token = olivia.open("/portal").await;
    let opened = olivia.browser.follow(Sent::post(&token, "/get-started", &token_of(&token))).await;
    assert!(!opened.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", opened.url);
}

#[tokio::test(start_paused = true)]
async fn from_the_portal_not_even_whoever_has_the_email_that_was_typed_becomes_the_owner() {
    let rig = Rig::new(6);
    assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true));
    // The form has Mei's email, and Olivia logs in to Xero for it.
    let form = rig.visitor(&MEI);
    let at_xero = form.sign_up().await;
    let named = form.beside(WATTLE).consent(&at_xero).await;
    let people = form.look(&form.confirm_organisation(&named).await).await;
    import_of(&form.confirm(&people).await);
    rig.pump().await;
    let owner = rig.kept_sign_up(&WATTLE).await.owner;
    assert_eq!(owner.as_ref().map(|owner| owner.xero_user.clone()), Some(rig.xero_user(&WATTLE)));
    let mei = rig.administrator(&MEI).await;
    expect(mei.connect_again().await, StatusCode::OK, "/portal");
    assert_eq!(
        (rig.kept_tenant(&WATTLE).await.xero_user, rig.kept_sign_up(&WATTLE).await.owner),
        (rig.xero_user(&MEI), owner)
    );
}

#[tokio::test(start_paused = true)]
async fn reconnecting_does_not_make_an_administrator_s_hour_longer() {
    let rig = Rig::new(7);
    let olivia = rig.managed(&WATTLE).await;
    let begun = rig.kept_session(&olivia).await.started_at;
    for _ in 0..3 {
        rig.wait(Duration::from_mins(15)).await;
        expect(olivia.connect_again().await, StatusCode::OK, "/portal");
        assert_eq!(rig.kept_session(&olivia).await.started_at, begun);
    }
    rig.wait(Duration::from_mins(15)).await;
    assert_eq!(olivia.open("/portal").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(olivia.open("/preview").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn another_organisation_is_refused_and_a_login_without_payroll_takes_nobody_s_place() {
    let rig = Rig::new(4);
    let olivia = rig.managed(&WATTLE).await;
    let before = rig.kept_tenant(&WATTLE).await;
    let refused = olivia.beside(HARBOUR).connect_again().await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert!(refused.words().contains("Wattle Grove Books") && refused.text.contains("action=\"/portal/logout\""));
    assert_eq!((rig.world.xero().connections().len(), rig.kept_tenant(&WATTLE).await), (1, before.clone()));
    let told = expect(olivia.beside(MEI).connect_again().await, StatusCode::OK, "/organisations/payroll");
    assert!(told.text.contains("action=\"/portal/logout\""), "{}", told.words());
    assert!(!rig.has_xero_grant(&MEI).await);
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, before.xero_user);
    expect(olivia.open("/portal").await, StatusCode::OK, "/portal");
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_from_xero_without_a_session_is_nobody() {
    let lapse: [(&str, Duration, bool); 2] =
        [("expired", Duration::from_mins(3), false), ("signed out", Duration::ZERO, true)];
    for (how, wait, logs_out) in lapse {
        let rig = Rig::new(5);
        let olivia = rig.managed(&WATTLE).await;
        let overview = olivia.open("/portal").await;
        disconnect(&olivia).await;
        rig.used_for(&olivia, Duration::from_mins(58)).await;
        let login = olivia.open("/connect?again").await;
        let back = olivia.consent_without_return(&login, "allow").await;
        let cookie = olivia.browser.cookie(SESSION).expect("a session");
        if logs_out {
            olivia.browser.submit(&overview, "/portal/logout", &[]).await;
            olivia.browser.set_cookie(SESSION, &cookie);
        }
        rig.wait(wait).await;
        let refused = olivia.browser.open(&back).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{how}: {}", refused.words());
        assert!(!rig.has_xero_grant(&WATTLE).await, "{how}");
        assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_some(), "{how}");
        for path in ["/preview", "/portal/settings"] {
            assert_eq!(olivia.open(path).await.status, StatusCode::UNAUTHORIZED, "{how}: {path}");
        }
    }
}
