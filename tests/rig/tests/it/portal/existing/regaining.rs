//! Portals whose tokens were lost, have ended, or were erased.

use std::time::Duration;

use http::StatusCode;
use rig::{BLUEGUM, PRAIRIE, Rig, Visitor, WATTLE, expect, import_of};
use stand_ins::go1::{ADMINISTRATOR, LEARNER};
use stand_ins::{Fault, FaultKind, go1, xero};

use super::{ACME, ADA, accounts, ada_arrives, ada_at_organisations, confirm, kept_portal, log_in};
use crate::portal::{ASKED_LONG_AGO, portals_made};

async fn erase(rig: &Rig, domain: &str, email: &str) {
    let visitor = rig.visitor(&WATTLE);
    expect(log_in(rig, &visitor, "/portal", domain, email).await, StatusCode::OK, "/portal");
    let asked = visitor.open("/portal/erase").await;
    let receipt = visitor.browser.submit(&asked, "/portal/erase", &[]).await;
    assert!(receipt.url.path().starts_with("/portal/receipts/"), "{}", receipt.words());
}

#[tokio::test(start_paused = true)]
async fn a_portal_whose_tokens_were_lost_is_regained_by_its_administrator_s_login_and_by_nobody_else_s() {
    let rig = Rig::new(11);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.wait(ASKED_LONG_AGO).await;
    let lost = olivia.confirm(&people).await;
    assert!(lost.words().contains("sign in with GO1"), "{}", lost.words());
    assert!(lost.text.contains("href=\"/portal/login?for=sign-up\""));
    // Another portal's administrator, in her browser.
    let another = log_in(&rig, &olivia, "/portal/login?for=sign-up", ACME, ADA).await;
    assert!(another.status.is_client_error(), "{} {}", another.status, another.words());
    assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let on = log_in(&rig, &olivia, "/portal/login?for=sign-up", "wattlegrove.mygo1.com", WATTLE.xero_user).await;
    let on = expect(on, StatusCode::OK, "/preview");
    let people = expect(olivia.look(&on).await, StatusCode::OK, "/preview/people");
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!((rig.learners(&WATTLE).len(), rig.enrollments(&WATTLE).len()), (6, 35));
    assert_eq!((portals_made(&rig), rig.portals(&WATTLE).len()), (1, 1));
    assert_eq!(accounts(&rig, ACME).len(), 2, "nobody was put into the other portal");
}

#[tokio::test(start_paused = true)]
async fn tokens_that_go1_no_longer_takes_are_told_before_anybody_is_promised_an_import() {
    let rig = Rig::new(12);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let ada = rig.visitor(&BLUEGUM);
    let named = ada_at_organisations(&rig, &ada).await;
    let courses = expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    rig.end_access_to_go1();
    let told = ada.look(&courses).await;
    assert!(told.text.contains("/portal/login"), "{}", told.words());
    let on = log_in(&rig, &ada, "/portal/login?for=sign-up", ACME, ADA).await;
    let courses = expect(on, StatusCode::OK, "/preview");
    expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
    assert_eq!(rig.world.xero().calls(xero::endpoint::TOKEN), 1, "and Xero let her in only once");
}

#[tokio::test(start_paused = true)]
async fn an_hour_after_go1_named_an_administrator_it_is_asked_again_before_the_portal_is_connected() {
    let rig = Rig::new(18);
    let ada = rig.visitor(&WATTLE);
    let named = ada_at_organisations(&rig, &ada).await;
    rig.wait(Duration::from_mins(59)).await;
    expect(ada.open("/organisations").await, StatusCode::OK, "/organisations");
    rig.wait(Duration::from_mins(1)).await;
    // By now she is no administrator, and her old press connects nothing.
    let account = accounts(&rig, ACME).into_iter().find(|account| account.email == ADA).expect("Ada");
    rig.world.go1().set_role(&account.id, LEARNER);
    for page in [confirm(&rig, &ada, &named).await, ada.open("/organisations").await] {
        let login = expect(page, StatusCode::OK, "/oauth/authorize");
        assert_eq!(ada.log_in_as(&login, &account.id).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!((kept_portal(&rig).await, rig.find_tenant(&WATTLE).await), (None, None));
    // Nor does the administrator of another one.
    let edith = ("coastal.mygo1.com", "edith.wirihana@coastal.example.com");
    let another = log_in(&rig, &ada, "/portal/login?for=sign-up", edith.0, edith.1).await;
    assert_eq!(another.status, StatusCode::FORBIDDEN, "{}", another.words());
    rig.world.go1().set_role(&account.id, ADMINISTRATOR);
    let on = log_in(&rig, &ada, "/organisations", ACME, ADA).await;
    let named = expect(on, StatusCode::OK, "/organisations");
    expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    assert_eq!(kept_portal(&rig).await.expect("kept").tenant, rig.tenant(&WATTLE));
}

#[tokio::test(start_paused = true)]
async fn who_came_from_a_portal_and_sent_no_form_is_asked_by_go1_again_after_an_hour() {
    let rig = Rig::new(19);
    let ada = rig.visitor(&WATTLE);
    let form = ada_arrives(&rig, &ada).await;
    rig.wait(Duration::from_hours(1)).await;
    let late = expect(ada.accept(&form, &[]).await, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert!(!late.words().contains(ACME), "{}", late.words());
    assert_eq!(ada.open("/portal/connect").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_login_at_xero_alone_opens_no_portal_that_was_there_before() {
    let rig = Rig::new(20);
    let ada = rig.visitor(&WATTLE);
    let named = ada_at_organisations(&rig, &ada).await;
    let courses = expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    let people = expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
    import_of(&ada.confirm(&people).await);
    rig.pump().await;
    let home = rig.visitor(&WATTLE);
    let login = expect(home.arrive().await, StatusCode::OK, "/oauth/authorize");
    for path in ["/preview", "/preview/people", "/get-started", "/disconnect", "/portal/users"] {
        assert_eq!(home.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let account = accounts(&rig, ACME).into_iter().find(|account| account.email == ADA).expect("Ada");
    expect(home.log_in_as(&login, &account.id).await, StatusCode::OK, "/portal");
    // The browser in which it was connected goes on, also after another consent.
    expect(ada.open("/preview").await, StatusCode::OK, "/preview");
    assert!(ada.connect_again().await.url.path().starts_with("/imports/"));
}

#[tokio::test(start_paused = true)]
async fn an_erased_portal_comes_back_by_its_administrator_s_login_with_the_places_that_it_used() {
    let rig = Rig::new(14);
    rig.imported(&WATTLE).await;
    let (wattle, domain) = (rig.portal(&WATTLE), "wattlegrove.mygo1.com");
    let learners = rig.learners(&WATTLE);
    erase(&rig, domain, WATTLE.xero_user).await;
    let erased = rig.kept_portal(&WATTLE).await;
    assert!(erased.erased_at.is_some() && erased.places_used == 7);

    // Neither another portal's administrator nor another organisation gets anything of it.
    let ada = rig.visitor(&WATTLE);
    let named = ada_at_organisations(&rig, &ada).await;
    assert_eq!(confirm(&rig, &ada, &named).await.status, StatusCode::CONFLICT);
    assert_eq!(kept_portal(&rig).await, None);
    let arrive = async |visitor: &Visitor| {
        let told = log_in(&rig, visitor, "/portal/login?existing", domain, WATTLE.xero_user).await;
        expect(told, StatusCode::OK, "/portal/connect");
        let login = visitor.accept(&visitor.open("/signup").await, &[]).await;
        expect(visitor.consent(&login).await, StatusCode::OK, "/organisations")
    };
    let elsewhere = rig.visitor(&PRAIRIE);
    let named = arrive(&elsewhere).await;
    assert_eq!(confirm(&rig, &elsewhere, &named).await.status, StatusCode::CONFLICT);
    assert_eq!((rig.kept_portal(&WATTLE).await, rig.find_tenant(&PRAIRIE).await), (erased, None));

    let olivia = rig.visitor(&WATTLE);
    let named = arrive(&olivia).await;
    let courses = expect(confirm(&rig, &olivia, &named).await, StatusCode::OK, "/preview");
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((&portal.id, portal.places_used, portal.erased_at), (&wattle, 7, None));
    // A message of the import that was erased, as one that was hidden comes back.
    assert!(rig.queue.put(wattle.as_str(), "hidden-until-now", &rig.queue.bodies()[0]));
    rig.pump().await;
    assert_eq!(rig.queue.dead_letters(), [], "nothing is wrong with it");
    // What ends an erasure takes nothing of the new connection.
    for _ in 0..3 {
        rig.wait(Duration::from_secs(150)).await;
        rig.sweep().await;
    }
    assert_eq!(rig.kept_tenant(&WATTLE).await.disconnected, None);
    let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    assert!(people.words().contains("186 of 200 places left"), "{}", people.words());
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.done, progress.created, progress.failed), (7, 0, 0), "all of them are there");
    assert_eq!((rig.learners(&WATTLE), rig.enrollments(&WATTLE).len()), (learners, 35));
    assert_eq!((portals_made(&rig), rig.portals(&WATTLE).len()), (1, 1));
}

/// What GO1 said of her holds for an hour, however often she comes back from Xero in it.
#[tokio::test(start_paused = true)]
async fn a_login_at_xero_makes_an_administrator_s_hour_no_longer() {
    let rig = Rig::new(19);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let ada = rig.visitor(&BLUEGUM);
    let named = ada_at_organisations(&rig, &ada).await;
    expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    for _ in 0..3 {
        rig.wait(Duration::from_mins(25)).await;
        let again = ada.open("/connect?again").await;
        if again.url.path() == "/identity/login" {
            ada.consent(&again).await;
        }
    }
    let over = ada.open("/preview").await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED, "{}", over.words());
}
