//! The owner who is not the one whose access is used: a colleague reads the organisation. Xero is asked about the owner all the
//! same, by a connection of their own that stays as long as a session can.

use std::time::Duration;

use http::StatusCode;
use rig::{HARBOUR, PRAIRIE, Rig, Visitor, WATTLE, expect, import_of};
use state::CountedConnections as _;

use super::logins::{INGRID, engage};
use crate::erasing::erase;

/// An import of Olivia's, stopped, so that it can be tried again; the adviser's access is the one that is used; and Olivia at
/// home, signed in anew.
async fn beside_the_adviser(rig: &Rig, has_another: bool) -> (Visitor, domain::ids::ImportId) {
    engage(rig);
    if has_another {
        rig.visitor(&HARBOUR).arrive().await;
    }
    let olivia = rig.visitor(&WATTLE);
    let (page, import) = olivia.import().await;
    olivia.stop(&page, &import).await;
    rig.pump().await;
    olivia.beside(INGRID).connect_again().await;
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&INGRID));
    let home = rig.visitor(&WATTLE);
    let back = home.arrive().await;
    let back = match back.url.path() {
        "/organisations" => home.choose(&back, &rig.tenant(&WATTLE)).await,
        _ => back,
    };
    assert_eq!(import_of(&back), import, "{}", back.words());
    (home, import)
}

fn remove(rig: &Rig) {
    assert!(rig.world.xero().remove_member(WATTLE.organisation, WATTLE.xero_user));
}

#[tokio::test(start_paused = true)]
async fn whoever_was_removed_is_read_no_fresh_list_by_a_colleague_s_access() {
    for has_another in [false, true] {
        let rig = Rig::new(1);
        let (home, import) = beside_the_adviser(&rig, has_another).await;
        let page = home.open_import(&import).await;
        remove(&rig);
        let retried = home.browser.submit(&page, &format!("/imports/{import}/retry"), &[]).await;
        assert_eq!(retried.status, StatusCode::FORBIDDEN, "{}", retried.words());
        let over = home.open_import(&import).await;
        assert_eq!(over.status, StatusCode::UNAUTHORIZED, "the session has ended with it: {}", over.words());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_removed_and_is_refused_a_look_keeps_no_page_with_people() {
    for has_another in [false, true] {
        let rig = Rig::new(2);
        let (home, import) = beside_the_adviser(&rig, has_another).await;
        let courses = expect(home.open("/preview").await, StatusCode::OK, "/preview");
        remove(&rig);
        let refused = home.look(&courses).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
        for path in
            ["/preview/people".to_owned(), format!("/imports/{import}"), format!("/imports/{import}/report.csv")]
        {
            let over = home.open(&path).await;
            assert_eq!(over.status, StatusCode::UNAUTHORIZED, "{path}: {}", over.words());
        }
    }
}

/// Bookkeepers own several organisations.
#[tokio::test(start_paused = true)]
async fn an_owner_of_two_organisations_looks_while_a_colleague_s_access_is_used() {
    for has_another in [false, true] {
        let rig = Rig::new(3);
        let (home, import) = beside_the_adviser(&rig, has_another).await;
        expect(home.look_again().await, StatusCode::OK, "/preview/people");
        let report = format!("/imports/{import}/report.csv");
        expect(home.open(&report).await, StatusCode::OK, &report);
        let ready = expect(home.open("/get-started").await, StatusCode::OK, "/get-started");
        let opened = home.browser.submit(&ready, "/get-started", &[]).await;
        assert!(opened.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", opened.url);
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_s_own_connection_is_given_back_when_no_session_needs_it() {
    let rig = Rig::new(4);
    beside_the_adviser(&rig, false).await;
    assert_eq!(rig.connections(&WATTLE), 2, "the adviser's, and Olivia's own, by which Xero is asked");
    rig.wait(Duration::from_hours(2)).await;
    rig.sweep().await;
    rig.visitor(&PRAIRIE).arrive().await;
    assert_eq!(rig.connections(&WATTLE), 2, "a day has not gone by");
    rig.wait(Duration::from_hours(23)).await;
    rig.sweep().await;
    rig.visitor(&PRAIRIE).arrive().await;
    assert_eq!(rig.connections(&WATTLE), 1);
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&INGRID), "the adviser's goes on");
    let counted = rig.state.counted_connections().await.expect("memory answers");
    assert_eq!(counted.len(), rig.world.xero().connections().len(), "{counted:?}");
}

#[tokio::test(start_paused = true)]
async fn to_disconnect_gives_back_what_every_login_connected() {
    let rig = Rig::new(5);
    let (home, _) = beside_the_adviser(&rig, false).await;
    expect(home.disconnect().await, StatusCode::OK, "/disconnect");
    let world = rig.world.xero();
    assert!(world.connections().is_empty(), "{:?}", world.connections());
    assert_eq!(world.live_refresh_tokens(), 0);
    assert_eq!(rig.state.counted_connections().await.expect("memory answers"), []);
}

#[tokio::test(start_paused = true)]
async fn an_erasure_gives_back_what_every_login_connected() {
    let rig = Rig::new(6);
    beside_the_adviser(&rig, false).await;
    let administrator = rig.administrator(&WATTLE).await;
    erase(&administrator).await;
    assert!(rig.world.xero().connections().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_was_removed_is_out_when_an_administrator_disconnects() {
    let rig = Rig::new(7);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let administrator = rig.administrator(&WATTLE).await;
    remove(&rig);
    expect(administrator.disconnect().await, StatusCode::OK, "/disconnect");
    let over = olivia.open(&format!("/imports/{import}/report.csv")).await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED, "{}", over.words());
}

/// The list was read a moment ago, by whoever else may read it, so nobody has asked Xero about the owner.
#[tokio::test(start_paused = true)]
async fn whoever_was_removed_imports_nobody_from_a_fresh_list_of_a_colleague_s() {
    let rig = Rig::new(9);
    engage(&rig);
    let olivia = rig.visitor(&WATTLE);
    olivia.reach_people().await;
    olivia.beside(INGRID).connect_again().await;
    let home = rig.visitor(&WATTLE);
    home.arrive().await;
    let people = expect(home.look_again().await, StatusCode::OK, "/preview/people");
    remove(&rig);
    let refused = home.confirm(&people).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert!(rig.active_imports().await.is_empty());
    assert!(rig.kept_sign_up(&WATTLE).await.portal().is_none(), "and no portal was made");
}
