//! "Delete what you entered", for whoever has no portal yet, and "Sign out" on the sign-up's pages.

use domain::counted_connection::CountedConnection;
use http::StatusCode;
use rig::{HARBOUR, Page, Rig, SESSION, Sent, Visitor, WATTLE, address, expect};
use stand_ins::{Fault, FaultKind, xero};
use state::CountedConnections as _;

/// What names Olivia or her organisation in what is kept.
fn left(rig: &Rig) -> Vec<String> {
    let marks = ["Olivia", "Hartley", WATTLE.xero_user, WATTLE.organisation];
    let items = rig.state.items().into_iter();
    items.filter(|item| marks.iter().any(|mark| item.contains(mark))).collect()
}

async fn press(visitor: &Visitor) -> Page {
    let asked = expect(visitor.open("/delete").await, StatusCode::OK, "/delete");
    visitor.browser.submit(&asked, "/delete", &[]).await
}

async fn is_gone(rig: &Rig, visitor: &Visitor, page: &Page) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    assert!(page.words().contains("What you entered is deleted"), "{}", page.words());
    assert_eq!(page.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert_eq!(left(rig), [""; 0]);
    assert_eq!(visitor.open("/preview").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn without_a_portal_a_press_deletes_what_was_entered_and_gives_xero_back() {
    let rig = Rig::new(1);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    olivia.look(&courses).await;
    assert!(!left(&rig).is_empty());
    let page = press(&olivia).await;
    is_gone(&rig, &olivia, &page).await;
    assert_eq!(rig.world.xero().connections().len(), 0, "given back");
    assert_eq!(rig.state.counted_connections().await.expect("memory answers"), Vec::<CountedConnection>::new());
    // And she can begin anew.
    rig.at_people(&WATTLE).await;
}

#[tokio::test(start_paused = true)]
async fn at_each_step_before_a_portal_it_can_be_deleted() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    olivia.sign_up().await;
    let page = press(&olivia).await;
    is_gone(&rig, &olivia, &page).await;
    olivia.reach_organisations().await;
    let page = press(&olivia).await;
    is_gone(&rig, &olivia, &page).await;
    // From Xero, without a form.
    olivia.arrive().await;
    let page = press(&olivia).await;
    is_gone(&rig, &olivia, &page).await;
    assert_eq!(rig.world.xero().connections().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn where_xero_does_not_answer_it_is_deleted_all_the_same_and_said() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    rig.world.xero().faults().add(Fault::always(xero::endpoint::DELETE_CONNECTION, FaultKind::status(503)));
    let page = press(&olivia).await;
    assert!(page.words().contains("Connected apps"), "{}", page.words());
    is_gone(&rig, &olivia, &page).await;
}

#[tokio::test(start_paused = true)]
async fn with_a_portal_or_by_another_site_nothing_is_deleted() {
    let rig = Rig::new(4);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    let asked = expect(olivia.open("/delete").await, StatusCode::OK, "/delete");
    let forged = olivia.browser.submit(&asked, "/delete", &[("form_token", "another")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let (portal, _) = rig.at_people_with_portal(&HARBOUR).await;
    assert_eq!(portal.open("/delete").await.status, StatusCode::CONFLICT);
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn a_press_on_sign_out_ends_the_session_and_another_site_s_does_not() {
    let rig = Rig::new(5);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    let cookie = olivia.browser.cookie(SESSION).expect("a session");
    // Another site's post: without the cookie, and with one that it cannot read.
    let mut foreign = Sent::form(&courses, "/signout", &[("form_token", "guessed")]);
    foreign.url = address("/signout");
    assert_eq!(olivia.browser.send(&foreign).await.status, StatusCode::FORBIDDEN);
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
    let out = olivia.browser.submit(&courses, "/signout", &[]).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.words());
    assert!(out.words().contains("signed out"), "{}", out.words());
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    olivia.browser.set_cookie(SESSION, &cookie);
    assert_eq!(olivia.open("/preview").await.status, StatusCode::UNAUTHORIZED, "also for whoever kept the cookie");
    let back = olivia.arrive().await;
    assert_eq!(back.url.path(), "/preview", "what she did is saved: {}", back.words());
}
