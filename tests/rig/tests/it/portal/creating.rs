//! The portal of an organisation: created once, for ever, whatever GO1 answers and whoever asks at once.

use std::time::Duration;

use http::StatusCode;
use rig::{Rig, RigSettings, Sent, WATTLE, expect, import_of};
use stand_ins::{Fault, FaultKind, go1};

use super::{ASKED_LONG_AGO, portals_made};

#[tokio::test(start_paused = true)]
async fn an_address_that_is_taken_is_asked_for_again_and_then_works() {
    let rig = Rig::new(1);
    let mut olivia = rig.visitor(&WATTLE);
    // GO1 has a customer of this name.
    olivia.customer.portal = "acme";
    let people = olivia.reach_people().await;
    let asked = expect(olivia.confirm(&people).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("Someone else has acme.mygo1.com"), "{}", asked.words());
    assert_eq!(asked.values("portal"), ["acme-2"], "the next free one is offered");
    let wrong = olivia.browser.submit(&asked, "/portal-address", &[("portal", "-no-")]).await;
    let wrong = expect(wrong, StatusCode::OK, "/portal-address");
    let people = olivia.browser.submit(&wrong, "/portal-address", &[("portal", "acme-books")]).await;
    let people = expect(people, StatusCode::OK, "/preview/people");
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(rig.kept_portal(&WATTLE).await.domain.as_str(), "acme-books.mygo1.com");
    assert_eq!(rig.learners(&WATTLE).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn the_address_that_is_offered_instead_looks_free_and_is_counted_up_where_it_is_not() {
    let rig = Rig::new(10);
    let mut olivia = rig.visitor(&WATTLE);
    olivia.customer.portal = "acme";
    for taken in ["acme-2", "acme-3"] {
        rig.world.go1().open_portal(taken, "AU");
    }
    let people = olivia.reach_people().await;
    let asked = expect(olivia.confirm(&people).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("acme-4.mygo1.com looks free"), "{}", asked.words());
    assert_eq!(asked.values("portal"), ["acme-4"]);
    // Somebody takes it meanwhile, and GO1 does not say which are taken.
    rig.world.go1().open_portal("acme-4", "AU");
    rig.world
        .go1()
        .faults()
        .add(Fault::always(go1::endpoint::LIST_PORTALS, FaultKind::status(403)).matching("keyword=acme&"));
    let people = olivia.browser.submit(&asked, "/portal-address", &[]).await;
    let people = expect(people, StatusCode::OK, "/preview/people");
    let asked = expect(olivia.confirm(&people).await, StatusCode::OK, "/portal-address");
    assert!(!asked.words().contains("looks free"), "{}", asked.words());
    assert_eq!(asked.values("portal"), ["acme-5"], "the next number, not a number behind a number");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_looked_up_and_never_makes_a_second_portal() {
    let kinds = [
        FaultKind::answer_after_effect(500, "oops"),
        FaultKind::LoseAnswer,
        FaultKind::answer_after_effect(201, "<html>"),
    ];
    for kind in kinds {
        let rig = Rig::new(2);
        let (olivia, people) = rig.at_people(&WATTLE).await;
        rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, kind));
        for _ in 0..3 {
            let pending = olivia.confirm(&people).await;
            assert_eq!(pending.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(pending.words().contains("You won’t get a second one"), "{}", pending.words());
            assert!(pending.headers.contains_key("retry-after"));
        }
        assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
        // Later it is looked up: it is there, and what lets us in was lost with the answer.
        rig.wait(ASKED_LONG_AGO).await;
        let out_of_reach = olivia.skip(&people).await;
        assert_eq!(out_of_reach.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            out_of_reach.words().contains("Your portal is ready, but we can’t reach it"),
            "{}",
            out_of_reach.words()
        );
        assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 1));
    }
}

/// The answer to the first press is lost; the second finds what GO1 made, and makes no other.
async fn the_lost_portal_is_found(settings: RigSettings) {
    let rig = Rig::with(settings);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.wait(ASKED_LONG_AGO).await;
    let out_of_reach = olivia.skip(&people).await;
    assert!(out_of_reach.words().contains("Your portal is ready, but we can’t reach it"), "{}", out_of_reach.words());
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_go1_that_tells_nobody_whose_a_portal_is_makes_no_second_one() {
    let mut settings = RigSettings::of(11);
    settings.world.go1_tells_customer_ids = false;
    the_lost_portal_is_found(settings.clone()).await;

    // One that was there before is another customer's all the same.
    let rig = Rig::with(settings);
    rig.world.go1().open_portal("wattlegrove", "AU");
    rig.wait(Duration::from_hours(1)).await;
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let asked = expect(olivia.confirm(&people).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("Someone else has wattlegrove.mygo1.com"), "{}", asked.words());
}

/// As its reference reads: a keyword is looked for in the name, which says nothing of the address.
#[tokio::test(start_paused = true)]
async fn a_go1_whose_keyword_finds_no_address_makes_no_second_portal() {
    let mut settings = RigSettings::of(12);
    settings.world.go1_keyword_finds_addresses = false;
    the_lost_portal_is_found(settings).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_behind_makes_no_second_portal() {
    let rig = Rig::new(13);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    let nothing = FaultKind::answer(200, &[], r#"{"total":0,"hits":[]}"#);
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_PORTALS, nothing));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    for _ in 0..2 {
        rig.wait(ASKED_LONG_AGO).await;
        let unknown = olivia.skip(&people).await;
        assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE, "no other address: {}", unknown.words());
    }
    rig.world.go1().faults().clear();
    rig.wait(ASKED_LONG_AGO).await;
    let out_of_reach = olivia.skip(&people).await;
    assert!(out_of_reach.words().contains("Your portal is ready, but we can’t reach it"), "{}", out_of_reach.words());
    assert_eq!(rig.portals(&WATTLE).len(), 1);
    // Where the list never shows one, it is somebody else's in the end.
    let rig = Rig::new(14);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::CutBefore));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.world.go1().open_portal("wattlegrove", "AU");
    rig.wait(Duration::from_mins(11)).await;
    let asked = expect(olivia.skip(&people).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("Someone else has wattlegrove.mygo1.com"), "{}", asked.words());
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_made_nothing_is_looked_up_and_then_asked_again() {
    for kind in [FaultKind::status(500), FaultKind::CutBefore, FaultKind::Delay { milliseconds: 60_000 }] {
        let rig = Rig::new(3);
        let (olivia, people) = rig.at_people(&WATTLE).await;
        rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, kind.clone()));
        assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
        rig.wait(ASKED_LONG_AGO).await;
        import_of(&olivia.confirm(&people).await);
        assert_eq!(portals_made(&rig), 2);
        // A call that GO1 was slow at still arrives.
        rig.wait(Duration::from_mins(2)).await;
        assert_eq!(rig.portals(&WATTLE).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_portal_that_comes_after_all_is_not_called_another_customer_s() {
    let rig = Rig::new(7);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    // The first is done after we gave up and asked again, and before GO1 comes to the second.
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::Delay { milliseconds: 55_000 }));
    rig.world
        .go1()
        .faults()
        .add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::Delay { milliseconds: 8_000 }).after(1));
    for _ in 0..2 {
        let pending = olivia.confirm(&people).await;
        assert_eq!(pending.status, StatusCode::SERVICE_UNAVAILABLE, "{}", pending.words());
        rig.wait(ASKED_LONG_AGO).await;
    }
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn no_portal_is_asked_for_without_the_time_to_store_it_whatever_the_partner_s_token_took() {
    let rig = Rig::new(12);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::CutBefore));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.wait(ASKED_LONG_AGO).await;
    // The look-up, which is two lists, takes nine seconds, and the new token, which GO1 wants then, ten more.
    let slow = |endpoint, milliseconds| Fault::always(endpoint, FaultKind::Delay { milliseconds });
    rig.world.go1().faults().add(slow(go1::endpoint::LIST_PORTALS, 4_500));
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::status(401)));
    rig.world.go1().faults().add(slow(go1::endpoint::TOKEN, 9_900));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (0, 2), "the first, and the one that was refused");
    rig.world.go1().faults().clear();
    rig.wait(ASKED_LONG_AGO).await;
    assert_eq!(olivia.skip(&people).await.status, StatusCode::OK);
    assert_eq!(rig.portals(&WATTLE).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_press_while_another_is_asking_for_the_portal_asks_for_nothing() {
    let rig = Rig::new(9);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let tab = olivia.clone();
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::Delay { milliseconds: 5_000 }));
    let impatient = async {
        rig.wait(Duration::from_secs(3)).await;
        tab.skip(&people).await.status
    };
    let (confirmed, pressed) = tokio::join!(olivia.confirm(&people), impatient);
    assert_eq!(pressed, StatusCode::SERVICE_UNAVAILABLE);
    import_of(&confirmed);
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 1));
    assert_eq!(tab.skip(&people).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_address_stays_while_it_is_unknown_whether_the_portal_is_there() {
    let rig = Rig::new(8);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let slow = FaultKind::Delay { milliseconds: 60_000 };
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, slow));
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::status(429)).after(1));
    for _ in 0..2 {
        assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
        let token = people.values("form_token").remove(0);
        let fields = [("form_token".to_owned(), token), ("portal".to_owned(), "another".to_owned())];
        let page = olivia.browser.follow(Sent::post(&people, "/portal-address", &fields)).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        rig.wait(ASKED_LONG_AGO).await;
    }
    rig.wait(Duration::from_mins(1)).await;
    assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn while_the_look_up_fails_nothing_is_asked_for() {
    let rig = Rig::new(4);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::status(500)));
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_PORTALS, FaultKind::status(500)));
    for _ in 0..3 {
        assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
        rig.wait(ASKED_LONG_AGO).await;
    }
    assert_eq!(portals_made(&rig), 1);
    rig.world.go1().faults().clear();
    import_of(&olivia.confirm(&people).await);
}

#[tokio::test(start_paused = true)]
async fn skip_and_confirm_at_once_make_one_portal() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let tab = olivia.clone();
    let both = tokio::join!(olivia.skip(&people), tab.confirm(&people));
    let statuses = [both.0.status, both.1.status];
    assert!(statuses.contains(&StatusCode::OK), "{statuses:?}");
    assert!(!statuses.contains(&StatusCode::INTERNAL_SERVER_ERROR), "{statuses:?}");
    assert_eq!((rig.portals(&WATTLE).len(), portals_made(&rig)), (1, 1));
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_go1_refuses_is_told_with_a_reference_and_can_be_tried_again() {
    let rig = Rig::new(6);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let refused = FaultKind::answer(400, &[], r#"{"error_code": "INVALID", "message": "No."}"#);
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, refused));
    let page = olivia.confirm(&people).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rig.portals(&WATTLE).is_empty());
    import_of(&olivia.confirm(&people).await);
}
