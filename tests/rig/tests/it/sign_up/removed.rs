//! Somebody who has lost their organisation at Xero, or their sight of its people: they are in nowhere from then on.

use std::time::Duration;

use http::StatusCode;
use rig::{Customer, HARBOUR, Rig, SESSION, Visitor, WATTLE, expect};
use stand_ins::{Fault, FaultKind, xero};

/// What an owner opens.
const OWNERS_PAGES: [&str; 3] = ["/preview", "/get-started", "/disconnect"];

/// Olivia at home with another organisation of hers: Xero lists all of them, because that consent was given before.
async fn at_home(rig: &Rig) -> Visitor {
    rig.visitor(&HARBOUR).arrive().await;
    rig.visitor(&HARBOUR)
}

fn remove(rig: &Rig, customer: &Customer) {
    assert!(rig.world.xero().remove_member(customer.organisation, customer.xero_user));
}

async fn is_out(visitor: &Visitor) {
    for path in OWNERS_PAGES {
        let page = visitor.open(path).await;
        assert!(!page.words().contains("Wattle Grove Books"), "{path}: {}", page.words());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_removed_in_xero_does_not_get_back_in_by_another_organisation() {
    let rig = Rig::new(1);
    let (_, import) = rig.imported(&WATTLE).await;
    remove(&rig, &WATTLE);
    let home = at_home(&rig).await;
    let chooser = expect(home.arrive().await, StatusCode::OK, "/organisations");
    let refused = home.choose(&chooser, &rig.tenant(&WATTLE)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    is_out(&home).await;
    let report = home.open(&format!("/imports/{import}/report.csv")).await;
    assert!(report.status.is_client_error(), "{}", report.status);
}

#[tokio::test(start_paused = true)]
async fn a_session_from_before_the_removal_has_no_report_no_way_in_and_no_look_and_is_not_renewed() {
    let rig = Rig::new(2);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let cookie = olivia.browser.cookie(SESSION).expect("a session");
    at_home(&rig).await;
    let ready = olivia.open("/get-started").await;
    remove(&rig, &WATTLE);
    let by_another = olivia.beside(HARBOUR).connect_again().await;
    assert_eq!(by_another.status, StatusCode::FORBIDDEN, "{}", by_another.words());
    // Xero has said no to this very login, so what it opened is closed.
    olivia.browser.set_cookie(SESSION, &cookie);
    let report = olivia.open(&format!("/imports/{import}/report.csv")).await;
    assert!(report.status.is_client_error() && !report.text.contains("Hartley"), "{}", report.text);
    let opened = olivia.browser.submit(&ready, "/get-started", &[]).await;
    assert!(!opened.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", opened.url);
    is_out(&olivia).await;
}

#[tokio::test(start_paused = true)]
async fn a_download_and_the_way_into_the_portal_ask_xero_first() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let path = format!("/imports/{import}/report.csv");
    expect(olivia.open(&path).await, StatusCode::OK, &path);
    let ready = olivia.open("/get-started").await;
    remove(&rig, &WATTLE);
    let opened = olivia.browser.submit(&ready, "/get-started", &[]).await;
    assert_eq!(opened.status, StatusCode::FORBIDDEN, "{}", opened.words());
    is_out(&olivia).await;
    assert_eq!(olivia.open(&path).await.status, StatusCode::UNAUTHORIZED, "the session has ended with it");
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_see_the_payroll_any_more_has_no_report_and_no_new_session() {
    let rig = Rig::new(4);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let may = |may| rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, may);
    assert!(may(false));
    let path = format!("/imports/{import}/report.csv");
    let refused = olivia.open(&path).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert!(refused.words().contains("payroll"), "{}", refused.words());
    let home = rig.visitor(&WATTLE);
    let refused = home.arrive().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    is_out(&home).await;
    // With the role back, all is as before.
    assert!(may(true));
    expect(olivia.open(&path).await, StatusCode::OK, &path);
    let back = home.arrive().await;
    assert!(back.url.path().starts_with("/imports/"), "{}", back.words());
}

#[tokio::test(start_paused = true)]
async fn where_xero_does_not_answer_what_was_allowed_within_the_hour_still_is_and_no_session_begins() {
    let rig = Rig::new(5);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let path = format!("/imports/{import}/report.csv");
    rig.world.xero().faults().add(Fault::always(xero::endpoint::ORGANISATION, FaultKind::status(503)));
    expect(olivia.open(&path).await, StatusCode::OK, &path);
    let home = rig.visitor(&WATTLE);
    let silent = home.arrive().await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE, "{}", silent.words());
    is_out(&home).await;
    rig.wait(Duration::from_mins(61)).await;
    assert_eq!(olivia.open(&path).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn once_there_is_a_portal_the_owner_s_session_lasts_an_hour() {
    let rig = Rig::new(6);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    rig.used_for(&olivia, Duration::from_hours(2)).await;
    let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    let progress = olivia.confirm(&people).await;
    let import = rig::import_of(&progress);
    rig.pump().await;
    rig.used_for(&olivia, Duration::from_mins(58)).await;
    assert_eq!(olivia.open_import(&import).await.status, StatusCode::OK, "an hour from the portal");
    rig.wait(Duration::from_mins(3)).await;
    let over = olivia.open_import(&import).await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED, "{}", over.words());
    assert!(over.words().contains("hour"), "{}", over.words());
    let back = olivia.arrive().await;
    assert!(back.url.path().ends_with(import.as_str()), "{}", back.words());
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn to_disconnect_first_or_to_end_the_access_at_xero_is_no_way_to_the_report() {
    let is_kept_out = async |olivia: &Visitor, import: &domain::ids::ImportId, ready: &rig::Page| {
        let report = olivia.open(&format!("/imports/{import}/report.csv")).await;
        assert!(report.status.is_client_error() && !report.text.contains("Hartley"), "{}", report.text);
        let opened = olivia.browser.submit(ready, "/get-started", &[]).await;
        assert!(!opened.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", opened.url);
    };
    let rig = Rig::new(7);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let (ready, asked) = (olivia.open("/get-started").await, olivia.open("/disconnect").await);
    remove(&rig, &WATTLE);
    let refused = olivia.browser.submit(&asked, "/disconnect", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_none());
    is_kept_out(&olivia, &import, &ready).await;

    let rig = Rig::new(8);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let ready = olivia.open("/get-started").await;
    remove(&rig, &WATTLE);
    rig.end_access_to_xero();
    is_kept_out(&olivia, &import, &ready).await;

    // One after the other: what is disconnected by somebody whom Xero does not confirm shows them nothing more.
    let rig = Rig::new(9);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let (ready, asked) = (olivia.open("/get-started").await, olivia.open("/disconnect").await);
    remove(&rig, &WATTLE);
    rig.end_access_to_xero();
    let done = olivia.browser.submit(&asked, "/disconnect", &[]).await;
    assert!(done.words().contains("you’re signed out here too"), "{}", done.words());
    assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_some());
    is_kept_out(&olivia, &import, &ready).await;
    is_out(&olivia).await;
}

/// Xero says of a trial's role that is lost what it says of a trial that is over.
#[tokio::test(start_paused = true)]
async fn whoever_was_removed_from_a_trial_has_no_report_and_no_way_in() {
    let rig = Rig::new(10);
    let world = rig.world.xero();
    assert!(world.edit_organisation(WATTLE.organisation, |organisation| "TRIAL".clone_into(&mut organisation.class)));
    let (olivia, import) = rig.imported(&WATTLE).await;
    remove(&rig, &WATTLE);
    let refused = olivia.open(&format!("/imports/{import}/report.csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    is_out(&olivia).await;
}

/// What the last consent of the sign-up allowed says nothing of this login's role.
#[tokio::test(start_paused = true)]
async fn a_role_that_was_lost_is_asked_for_also_where_the_consent_had_no_payroll() {
    let rig = Rig::new(11);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let sign_up = rig.kept_sign_up(&WATTLE).await;
    let without = domain::sign_up::SignUp { may_read_payroll: false, ..sign_up };
    state::SignUps::replace_sign_up(&rig.state, without).await.expect("memory answers");
    assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, false));
    let refused = olivia.open(&format!("/imports/{import}/report.csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
}

#[tokio::test(start_paused = true)]
async fn whoever_was_removed_before_there_is_a_portal_has_none_made_by_skipping() {
    let rig = Rig::new(9);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    remove(&rig, &WATTLE);
    let refused = olivia.skip(&people).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert_eq!((rig.portals(&WATTLE), rig.world.go1().welcome_mails().len()), (Vec::new(), 0));
    assert_eq!(olivia.open("/preview").await.status, StatusCode::UNAUTHORIZED, "the session has ended with it");
    is_out(&olivia).await;
}
