//! Confirming: exactly what was shown, once, whoever presses how often.

use std::time::Duration;

use domain::import::ImportStatus;
use domain::portal::PLACES;
use http::StatusCode;
use rig::{BLUEGUM, HARBOUR, Rig, SESSION, Sent, WATTLE, expect, import_of, press_import, ticked};
use stand_ins::{go1, xero};

#[tokio::test(start_paused = true)]
async fn a_double_click_is_one_import() {
    let rig = Rig::new(1);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let tab = olivia.clone();
    let (first, second) = tokio::join!(olivia.confirm(&people), tab.confirm(&people));
    assert_eq!(import_of(&first), import_of(&second));
    rig.pump().await;
    assert_eq!(olivia.progress(&import_of(&first)).await.done, 7);
    assert_eq!(rig.learners(&WATTLE).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_double_click_that_also_makes_the_portal_is_one_portal_and_one_import() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let tab = olivia.clone();
    let (first, second) = tokio::join!(olivia.confirm(&people), tab.confirm(&people));
    let statuses = [first.status, second.status];
    assert!(statuses.contains(&StatusCode::OK), "{statuses:?}");
    assert!(!statuses.contains(&StatusCode::INTERNAL_SERVER_ERROR), "{statuses:?}");
    let again = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.done, 7);
    assert_eq!((rig.portals(&WATTLE).len(), rig.learners(&WATTLE).len()), (1, 6));
    assert_eq!(rig.kept_portal(&WATTLE).await.imports_accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn two_people_who_confirm_at_once_in_two_browsers_make_one_import() {
    let rig = Rig::new(15);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let other = rig.visitor(&WATTLE);
    other.arrive().await;
    assert_ne!(olivia.browser.cookie(SESSION), other.browser.cookie(SESSION));
    let others_people = expect(other.open("/preview/people").await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&others_people), ticked(&people));
    let (first, second) = tokio::join!(olivia.confirm(&people), other.confirm(&others_people));
    assert_eq!(import_of(&first), import_of(&second));
    rig.pump().await;
    assert_eq!(other.progress(&import_of(&first)).await.done, 7);
    assert_eq!(rig.learners(&WATTLE).len(), 6);
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.imports_accepted, portal.places_used), (1, 7));
}

#[tokio::test(start_paused = true)]
async fn an_owner_and_an_administrator_who_confirm_at_once_make_one_import() {
    let rig = Rig::new(16);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let hers = ada.look(&ada.open("/portal/users").await).await;
    let owners = olivia.open("/preview/people").await;
    assert_eq!((ticked(&hers), ticked(&owners)), (vec!["new".to_owned()], vec!["new".to_owned()]));
    let (first, second) = tokio::join!(ada.confirm(&hers), olivia.confirm(&owners));
    assert_eq!(import_of(&first), import_of(&second));
    rig.pump().await;
    assert_eq!(olivia.progress(&import_of(&first)).await.done, 1);
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((rig.learners(&WATTLE).len(), portal.imports_accepted, portal.places_used), (7, 2, 8));
}

#[tokio::test(start_paused = true)]
async fn a_request_replayed_later_shows_the_import_that_there_is() {
    let rig = Rig::new(3);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    rig.used_for(&olivia, Duration::from_mins(59)).await;
    assert_eq!(import_of(&olivia.confirm(&people).await), import);
    rig.pump().await;
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), 6);
}

#[tokio::test(start_paused = true)]
async fn two_tabs_that_look_at_once_both_see_the_people() {
    let rig = Rig::new(4);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let tab = olivia.clone();
    let (first, second) = tokio::join!(olivia.look(&people), tab.look(&people));
    assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::OK));
}

#[tokio::test(start_paused = true)]
async fn a_look_in_another_tab_while_one_confirms_holds_nothing_up() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let tab = olivia.clone();
    let (confirmed, _) = tokio::join!(olivia.confirm(&people), tab.look(&people));
    let import = import_of(&confirmed);
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Running, "nothing is left to the sweeper");
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 7);
}

#[tokio::test(start_paused = true)]
async fn the_same_plan_with_other_ticks_is_told_so() {
    let rig = Rig::new(6);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    let other = olivia.confirm_only(&people, &ticked(&people)[..3]).await;
    let other = expect(other, StatusCode::CONFLICT, "/imports");
    assert!(other.text.contains(&format!("/imports/{import}")), "the way to the import that counts");
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_we_do_not_have_leads_back_to_the_courses() {
    let rig = Rig::new(7);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    // Of another customer, and of nobody.
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let foreign = rig.visitor(&BLUEGUM).reach_people().await;
    let foreign = foreign.values("plan").remove(0);
    for plan in [foreign.as_str(), "no-such-plan", ""] {
        let answer = olivia.browser.submit(&people, "/imports", &[("plan", plan)]).await;
        expect(answer, StatusCode::OK, "/preview");
    }
    assert!(rig.queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn ticks_that_cannot_be_confirmed_come_back_as_they_were() {
    let rig = Rig::new(8);
    let (olivia, people) = rig.at_people(&HARBOUR).await;
    let everybody = people.values("people");
    assert_eq!((everybody.len(), ticked(&people).len()), (204, 200));
    let blocked = rig.employees(&HARBOUR).into_iter().find(|employee| employee.email.is_none()).expect("somebody");
    let with_blocked = [everybody[0].clone(), blocked.employee_id];
    let cases = [(&everybody[..], everybody.len()), (&[][..], 0), (&with_blocked[..], 1)];
    for (ticks, kept) in cases {
        let again = expect(olivia.confirm_only(&people, ticks).await, StatusCode::OK, "/preview/people");
        assert_eq!(ticked(&again).len(), kept);
        assert!(again.text.contains("role=\"alert\""), "{}", again.words());
    }
    assert!(rig.portals(&HARBOUR).is_empty(), "nothing was created");
    assert!(rig.queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_person_named_twice_is_imported_once() {
    let rig = Rig::new(9);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let mut twice = ticked(&people);
    twice.extend(twice.clone());
    let import = import_of(&olivia.confirm_only(&people, &twice).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.people, 7);
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 7);
}

#[tokio::test(start_paused = true)]
async fn an_old_plan_of_which_nothing_changed_is_accepted() {
    let rig = Rig::new(10);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let reads = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    rig.wait(Duration::from_secs(61)).await;
    import_of(&olivia.confirm(&people).await);
    assert_eq!(
        rig.world.xero().calls(xero::endpoint::EMPLOYEES),
        reads + 2,
        "Xero was read once more, to the page that is empty"
    );
}

#[tokio::test(start_paused = true)]
async fn what_changed_at_xero_since_is_shown_and_nothing_is_imported_before_another_press() {
    let rig = Rig::new(11);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    rig.wait(Duration::from_secs(61)).await;
    rig.hire(&WATTLE, "newcomer", "newcomer@wattlegrove.example.com");
    let again = expect(olivia.confirm(&people).await, StatusCode::OK, "/preview/people");
    assert!(again.words().contains("New Nia Newcomer"), "{}", again.words());
    assert!(rig.queue.is_empty());
    let import = import_of(&olivia.confirm(&again).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 8);
}

#[tokio::test(start_paused = true)]
async fn two_confirmations_that_race_never_take_more_than_the_200_places() {
    let rig = Rig::new(12);
    rig.world.xero().set_head_count(WATTLE.organisation, 250);
    let (olivia, first) = rig.at_people_with_portal(&WATTLE).await;
    // Another plan: another list.
    rig.hire(&WATTLE, "aaaa", "aaaa@wattlegrove.example.com");
    let second = olivia.look(&first).await;
    let everybody = second.values("people");
    let (some, others) = (ticked(&first)[..125].to_vec(), everybody[everybody.len() - 125..].to_vec());
    let tab = olivia.clone();
    let both = tokio::join!(olivia.confirm_only(&first, &some), tab.confirm_only(&second, &others));
    let statuses = [both.0.status, both.1.status];
    assert!(statuses.contains(&StatusCode::OK) && statuses.contains(&StatusCode::CONFLICT), "{statuses:?}");
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 125);
    // The loser, once more: that plan is of before the import, so they look again, and 75 places are left.
    let again = match both.0.status {
        StatusCode::OK => olivia.confirm_only(&second, &others).await,
        _ => olivia.confirm_only(&first, &some).await,
    };
    let again = expect(again, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&again).len(), 75);
    import_of(&olivia.confirm(&again).await);
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 200);
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, PLACES);
    assert_eq!(rig.active_imports().await, []);
}

#[tokio::test(start_paused = true)]
async fn only_our_own_form_in_its_own_session_counts() {
    let rig = Rig::new(13);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let press = || press_import(&people, &ticked(&people));
    let wrong_token = Sent::form(&people, "/imports", &[("form_token", "0".repeat(64).as_str())]);
    let no_token = Sent::form(&people, "/imports", &[("form_token", "")]);
    let refused = [
        (wrong_token, StatusCode::FORBIDDEN),
        (no_token, StatusCode::FORBIDDEN),
        (press().with_header("origin", "https://evil.example"), StatusCode::FORBIDDEN),
        (press().with_header("origin", "null"), StatusCode::FORBIDDEN),
        (press().with_header("sec-fetch-site", "cross-site"), StatusCode::FORBIDDEN),
        (Sent { body: format!("{}&x={}", press().body, "x".repeat(300_000)), ..press() }, StatusCode::BAD_REQUEST),
        (Sent { body: format!("{}&x={}", press().body, "x".repeat(3_000_000)), ..press() }, StatusCode::BAD_REQUEST),
        (Sent { body: "people=1".to_owned(), ..press() }, StatusCode::BAD_REQUEST),
        (Sent { body: "\u{fffd}%ff%00=&&&".to_owned(), ..press() }, StatusCode::BAD_REQUEST),
    ];
    for (sent, status) in refused {
        let page = olivia.browser.follow(sent).await;
        assert_eq!(page.status, status, "{}", page.words());
    }
    let stranger = rig.browser().follow(press()).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(rig.queue.is_empty());
    import_of(&olivia.browser.follow(press()).await);
}

#[tokio::test(start_paused = true)]
async fn what_one_organisation_confirmed_takes_no_place_of_another() {
    let rig = Rig::new(14);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    rig.world.xero().set_head_count(BLUEGUM.organisation, 200);
    let other = rig.visitor(&BLUEGUM);
    let (other_people, _) = tokio::join!(other.reach_people(), olivia.confirm(&people));
    let import = import_of(&other.confirm(&other_people).await);
    rig.pump().await;
    assert_eq!(other.progress(&import).await.created, 200);
    assert_eq!((rig.learners(&WATTLE).len(), rig.learners(&BLUEGUM).len()), (6, 200));
}
