//! The address that a portal is to get: told before the last press whether it is free, and changed without losing
//! anything.

use http::StatusCode;
use rig::{Rig, Sent, WATTLE, expect, import_of, ticked};
use stand_ins::{Fault, FaultKind, go1};

use super::portals_made;

#[tokio::test(start_paused = true)]
async fn whether_the_address_is_free_is_told_with_the_people_and_before_any_portal_is_asked_for() {
    let rig = Rig::new(1);
    let free = rig.at_people(&WATTLE).await.1;
    assert!(free.words().contains("Your portal: wattlegrove.mygo1.com ."), "{}", free.words());

    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    rig.world.go1().open_portal("wattlegrove", "AU");
    let listed = rig.world.go1().calls(go1::endpoint::LIST_PORTALS);
    let courses = olivia.reach_courses().await;
    assert_eq!(rig.world.go1().calls(go1::endpoint::LIST_PORTALS), listed, "not for a stranger, at the form");
    let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    assert!(people.words().contains("Someone else has wattlegrove.mygo1.com"), "{}", people.words());
    assert!(people.text.contains("value=\"/portal-address\""), "{}", people.words());
    assert_eq!(portals_made(&rig), 0);

    // Where GO1 does not tell, nothing is claimed, and nothing is in the way.
    let rig = Rig::new(3);
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_PORTALS, FaultKind::status(500)));
    let untold = rig.at_people(&WATTLE).await.1;
    assert!(untold.words().contains("Your portal: wattlegrove.mygo1.com . Change it"), "{}", untold.words());
}

#[tokio::test(start_paused = true)]
async fn another_address_is_chosen_before_the_last_press_and_loses_nothing() {
    let rig = Rig::new(4);
    let olivia = rig.visitor(&WATTLE);
    rig.world.go1().open_portal("wattlegrove", "AU");
    let people = olivia.reach_people().await;
    let rest = ticked(&people)[2..].to_vec();
    // The ticks travel with the press that leads to the other address, which reads nothing.
    let read = rig.world.xero().call_log().len();
    let asked = expect(olivia.leave_people(&people, &rest, "/portal-address").await, StatusCode::OK, "/portal-address");
    assert_eq!(rig.world.xero().call_log().len(), read);
    assert!(asked.words().contains("Someone else has wattlegrove.mygo1.com. wattlegrove-2.mygo1.com looks free"));
    assert_eq!(asked.values("portal"), ["wattlegrove-2"]);
    assert!(asked.text.contains("href=\"/preview/people\">Back to the people</a>"), "{}", asked.words());
    for (typed, why) in [
        ("-no-", "beginning and ending with a letter or a digit"),
        ("support", "kept for GO1's own use"),
        ("wattlegrove", "Someone else has"),
    ] {
        let wrong = olivia.browser.submit(&asked, "/portal-address", &[("portal", typed)]).await;
        let wrong = expect(wrong, StatusCode::OK, "/portal-address");
        assert!(wrong.words().contains(why), "{typed}: {}", wrong.words());
    }
    let wrong = olivia.browser.submit(&asked, "/portal-address", &[("portal", "-no-")]).await;
    assert_eq!(wrong.values("portal"), ["-no-"], "what was typed is there to be corrected");
    let chosen = olivia.browser.submit(&wrong, "/portal-address", &[("portal", "wattle-books")]).await;
    let chosen = expect(chosen, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&chosen), rest, "the ticks");
    let told = "Your details are saved Portal address: wattle-books.mygo1.com";
    assert!(chosen.words().contains(told), "{}", chosen.words());
    assert!(chosen.words().contains("Your portal: wattle-books.mygo1.com ."), "{}", chosen.words());
    let details = rig.kept_sign_up(&WATTLE).await.details;
    assert_eq!((details.company.as_str(), details.domain.label()), (WATTLE.organisation, "wattle-books"));
    import_of(&olivia.confirm(&chosen).await);
    assert_eq!(portals_made(&rig), 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_refused_at_the_press_leaves_the_ticks_as_they_were() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    // Somebody is quicker.
    rig.world.go1().open_portal("wattlegrove", "AU");
    let rest = ticked(&people)[2..].to_vec();
    let asked = expect(olivia.confirm_only(&people, &rest).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("Someone else has wattlegrove.mygo1.com"), "{}", asked.words());
    let chosen = olivia.browser.submit(&asked, "/portal-address", &[]).await;
    assert_eq!(ticked(&expect(chosen, StatusCode::OK, "/preview/people")), rest);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_learns_nothing_of_go1_s_customers_here() {
    let rig = Rig::new(6);
    let stranger = rig.visitor(&WATTLE);
    assert_eq!(stranger.open("/portal-address?typed=acme").await.status, StatusCode::UNAUTHORIZED);
    stranger.sign_up().await;
    // The form was sent, and nobody has let us into an organisation.
    assert_eq!(stranger.open("/portal-address?typed=acme").await.status, StatusCode::CONFLICT);
    let form = stranger.open("/signup").await;
    let token = form.values("form_token").remove(0);
    let fields = [("form_token".to_owned(), token), ("portal".to_owned(), "acme".to_owned())];
    let pressed = stranger.browser.send(&Sent::post(&form, "/portal-address", &fields)).await;
    assert_eq!(pressed.status, StatusCode::CONFLICT, "{}", pressed.words());
    assert_eq!(rig.world.go1().calls(go1::endpoint::LIST_PORTALS), 0);
}
