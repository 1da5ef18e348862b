//! Ticks: kept by employee over every look until an import is accepted, whatever comes in between.

use std::time::Duration;

use http::StatusCode;
use rig::{BLUEGUM, HARBOUR, Page, Rig, Visitor, WATTLE, expect, import_of, press_with, ticked};
use stand_ins::{Fault, FaultKind, xero};

/// Wattle Grove's people with the portal made, and all but the first two ticked.
async fn two_left_out(rig: &Rig) -> (Visitor, Page, Vec<String>) {
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let rest = ticked(&people)[2..].to_vec();
    (olivia, people, rest)
}

#[tokio::test(start_paused = true)]
async fn unticked_people_stay_out_after_another_look_and_whoever_is_new_says_so() {
    let rig = Rig::new(1);
    let (olivia, people, rest) = two_left_out(&rig).await;
    let again = expect(olivia.check_again(&people, &rest).await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&again), rest);
    assert!(again.words().contains("We checked again. Nothing has changed"), "{}", again.words());
    assert_eq!(again.words().matches("You left them out").count(), 2, "{}", again.words());

    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let again = expect(olivia.check_again(&again, &rest).await, StatusCode::OK, "/preview/people");
    let mut and_nia = ticked(&again);
    and_nia.retain(|person| person != "new");
    assert_eq!(and_nia, rest, "who was left out stays out");
    assert_eq!(ticked(&again).len(), rest.len() + 1, "who is new is ticked");
    assert_eq!(again.words().matches("New since you last looked").count(), 1, "{}", again.words());
    assert!(again.words().contains("New Nia Newcomer"), "{}", again.words());

    // Later, from the courses, where no ticks are sent: they are kept with the plan.
    rig.used_for(&olivia, Duration::from_mins(30)).await;
    let looked = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&looked).len(), rest.len() + 1);
    import_of(&olivia.confirm(&looked).await);
    rig.pump().await;
    assert_eq!(rig.kept_members(&WATTLE).await.len(), rest.len() + 1, "whoever was left out was not imported");
}

#[tokio::test(start_paused = true)]
async fn ticks_are_kept_where_the_look_meets_an_obstacle_or_the_list_has_changed() {
    let rig = Rig::new(2);
    let (olivia, people, rest) = two_left_out(&rig).await;
    rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, FaultKind::status(503)));
    let silent = olivia.check_again(&people, &rest).await;
    assert!(silent.words().contains("Xero isn’t answering"), "{}", silent.words());
    rig.world.xero().faults().clear();
    let again = expect(olivia.look(&silent).await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&again), rest);

    rig.wait(Duration::from_secs(61)).await;
    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let fewer = rest[1..].to_vec();
    let changed = expect(olivia.confirm_only(&again, &fewer).await, StatusCode::OK, "/preview/people");
    assert!(changed.words().contains("The list has changed since you looked"), "{}", changed.words());
    let mut kept = ticked(&changed);
    kept.retain(|person| person != "new");
    assert_eq!(kept, fewer);
    assert!(rig.queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_accepted_import_carries_the_choices_out_and_a_day_ends_them() {
    let rig = Rig::new(3);
    let (olivia, people, rest) = two_left_out(&rig).await;
    import_of(&olivia.confirm_only(&people, &rest).await);
    rig.pump().await;
    let next = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&next).len(), 2, "the next import is another choice");

    let nobody = olivia.check_again(&next, &[]).await;
    assert_eq!(ticked(&nobody), Vec::<String>::new());
    rig.wait(Duration::from_hours(25)).await;
    olivia.arrive().await;
    expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview");
    let anew = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&anew).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_scripts_the_figures_can_be_of_what_is_ticked_and_nobody_is_read_for_it() {
    let rig = Rig::new(4);
    let (olivia, people, rest) = two_left_out(&rig).await;
    let reads = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    let mut press = press_with(&people, "/preview/people", &rest);
    press.body.push_str("&only_update=yes");
    let updated = expect(olivia.browser.follow(press).await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&updated), rest);
    assert!(updated.words().contains("Importing 5 people"), "{}", updated.words());
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), reads);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_list_for_an_earlier_page_finds_the_ticks_as_they_were() {
    let rig = Rig::new(6);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let rest = ticked(&people)[2..].to_vec();
    let reads = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    for page in ["/portal-address", "/signup", "/organisations", "/preview"] {
        assert!(people.text.contains(&format!("\"{page}\"")), "{page} is offered: {}", people.words());
        expect(olivia.leave_people(&people, &rest, page).await, StatusCode::OK, page);
        let back = expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people");
        assert_eq!(ticked(&back), rest, "{page}");
        assert!(back.words().contains("left out by you"), "{page}: {}", back.words());
    }
    let elsewhere = olivia.leave_people(&people, &rest, "https://evil.example").await;
    expect(elsewhere, StatusCode::OK, "/preview/people");
    // Saved details keep them as well.
    let form = expect(olivia.leave_people(&people, &rest, "/signup").await, StatusCode::OK, "/signup");
    let saved = olivia.browser.submit(&form, "/signup", &[("company", "Another")]).await;
    assert_eq!(ticked(&expect(saved, StatusCode::OK, "/preview/people")), rest);
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), reads, "nobody is read for it");
}

#[tokio::test(start_paused = true)]
async fn at_213_the_first_200_can_be_ticked_again() {
    let rig = Rig::new(5);
    let (_olivia, people) = rig.at_people(&HARBOUR).await;
    assert!(people.words().contains("Tick the first 200"), "{}", people.words());
    assert!(!people.words().contains("Tick all"), "{}", people.words());
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let few = rig.visitor(&BLUEGUM).reach_people().await;
    assert!(few.words().contains("Tick all") && !few.words().contains("Tick the first"), "{}", few.words());
}

#[tokio::test(start_paused = true)]
async fn a_look_after_an_import_tells_no_news_of_those_whom_it_took() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let next = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(!next.words().contains("We checked again"), "{}", next.words());
}
