//! Whatever can stand between the owner and the people: each told apart, each with its own words and its own next step.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use rig::{BLUEGUM, MEI, PAPERBARK, Page, Rig, RigSettings, Visitor, WATTLE, expect, ticked};
use stand_ins::{Fault, FaultKind, PayrollState, XeroLimit, xero};

fn heading(page: &Page) -> String {
    let (_, after) = page.text.split_once("<h1>").expect("a heading");
    after.split_once("</h1>").expect("its end").0.to_owned()
}

/// What Xero does to Wattle Grove Books after it was confirmed, and the heading that follows.
async fn after(seed: u64, class: &str, happens: impl FnOnce(&Rig)) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| class.clone_into(&mut organisation.class));
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    happens(&rig);
    let page = olivia.look(&courses).await;
    (rig, olivia, page)
}

/// A look has thirteen seconds, and twenty pages of people, with the one that ends them, are read in that.
#[tokio::test(start_paused = true)]
async fn a_look_at_2000_people_ends_where_a_page_of_xero_takes_almost_a_second() {
    let rig = Rig::new(31);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 2_000);
    let slow = FaultKind::Delay { milliseconds: 900 };
    rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, slow));
    let (_, people) = rig.at_people(&BLUEGUM).await;
    assert!(people.words().contains("2,000"), "{}", people.words());
    let reads = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    assert!((21..=22).contains(&reads), "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn every_row_of_the_failure_map_has_a_page_of_its_own() {
    type Happens = fn(&Rig);
    let rows: [(&str, Happens, &str); 8] = [
        ("disconnected", |rig| rig.world.xero().disconnect(rig.tenant(&WATTLE).as_str()), "Xero is disconnected"),
        ("trial over", |rig| assert!(rig.world.xero().end_trial(WATTLE.organisation)), "trial"),
        (
            "role taken away",
            |rig| assert!(rig.world.xero().remove_member(WATTLE.organisation, WATTLE.xero_user)),
            "Your Xero login can’t read this organisation",
        ),
        (
            "no payroll role",
            |rig| assert!(rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, false)),
            "payroll",
        ),
        ("nobody", |rig| assert!(rig.world.xero().set_head_count(WATTLE.organisation, 0)), "There’s no one to import"),
        (
            "daily limit",
            |rig| {
                let hours = SignedDuration::from_hours(7);
                assert!(rig.world.xero().exhaust(XeroLimit::Day, WATTLE.organisation, hours));
            },
            "daily limit is used up",
        ),
        (
            "down",
            |rig| rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, FaultKind::status(503))),
            "Xero isn’t answering",
        ),
        (
            "too many",
            |rig| assert!(rig.world.xero().set_head_count(WATTLE.organisation, 2_050)),
            "There are too many people for one list",
        ),
    ];
    let mut headings = BTreeSet::new();
    for (what, happens, words) in rows {
        let class = if what == "trial over" { "TRIAL" } else { "GROW" };
        let (_rig, _olivia, page) = after(1, class, happens).await;
        assert_eq!(page.status, StatusCode::OK, "{what}: {}", page.words());
        let heading = heading(&page);
        assert!(heading.contains(words), "{what}: {heading}");
        assert!(headings.insert(heading), "{what} has a heading of its own");
    }
    // A consent without payroll, as from the Marketplace; whoever goes on without the permission is told once more.
    let scope_missing = Rig::new(2);
    let olivia = scope_missing.visitor(&WATTLE);
    let form = olivia.arrive().await;
    let named = olivia.complete_sign_up(&form).await;
    olivia.confirm_organisation(&named).await;
    let page = olivia.look_again().await;
    assert_eq!(heading(&page), "We can’t read your employee list yet");
    assert!(headings.insert(heading(&page)));
    let payroll_missing = Rig::new(2);
    let (olivia, courses) = payroll_missing.at_courses(&PAPERBARK).await;
    let page = olivia.look(&courses).await;
    assert!(headings.insert(heading(&page)), "{}", page.words());
    assert_eq!(headings.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_payroll_that_says_no_to_its_administrator_is_not_set_up() {
    let (_rig, _olivia, page) = after(3, "GROW", |rig| {
        rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| {
            organisation.payroll = PayrollState::Refused;
        });
    })
    .await;
    assert_eq!(heading(&page), "Payroll isn’t set up in Xero");
    // What Xero says to a login without the role is not published. Where the permission was granted, it is never asked
    // for again, whatever the words: that would go on for ever.
    let mut settings = RigSettings::of(3);
    settings.world.xero_payroll_refusal = "AuthorizationUnsuccessful".to_owned();
    let rig = Rig::with(settings);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, false);
    let page = olivia.look(&courses).await;
    assert_eq!(heading(&page), "Your Xero login can’t see payroll");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_reason_gets_no_cause_and_the_number_for_support() {
    let id = [("xero-correlation-id", "5f3a-19")];
    for (status, kind, body) in [
        (403, "text/html", "<html><h1>Forbidden</h1></html>"),
        (403, "text/plain", ""),
        (401, "text/html", "<html><h1>Unauthorized</h1></html>"),
        (401, "text/plain", ""),
        (404, "text/html", "<html></html>"),
        (412, "text/plain", ""),
    ] {
        let headers = [id[0], ("content-type", kind)];
        let (rig, _olivia, page) = after(8, "GROW", |rig| {
            let answer = FaultKind::answer(status, &headers, body);
            rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, answer));
        })
        .await;
        assert_eq!(heading(&page), "Xero said no, without saying why", "{status} {body}");
        let words = page.words();
        assert!(words.contains("5f3a-19"), "{words}");
        assert!(!words.contains("Someone removed your role there") && !words.contains("has expired"), "{words}");
        let tenant = rig.kept_tenant(&WATTLE).await;
        assert_eq!(tenant.trouble, None, "nothing is remembered of which nobody knows the cause");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_payroll_role_is_told_before_anything_is_promised() {
    let rig = Rig::new(4);
    let mei = rig.visitor(&MEI);
    let named = mei.reach_organisations().await;
    let page = expect(mei.confirm_organisation(&named).await, StatusCode::OK, "/organisations/payroll");
    assert!(page.text.contains("href=\"/connect"), "{}", page.words());
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 0, "nobody was read");
    // Given the role, she goes on from here.
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true);
    expect(mei.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn waits_of_seconds_are_waited_and_waits_of_hours_are_told_with_a_time() {
    let (rig, olivia, page) = after(5, "GROW", |rig| {
        rig.world.xero().exhaust(XeroLimit::Minute, WATTLE.organisation, SignedDuration::from_secs(4));
    })
    .await;
    expect(page, StatusCode::OK, "/preview/people");
    let hours = SignedDuration::from_hours(7);
    rig.world.xero().exhaust(XeroLimit::Day, WATTLE.organisation, hours);
    let page = olivia.look_again().await;
    let (_, until) = page.text.split_once("<time datetime=\"").expect("a time");
    let until: jiff::Timestamp = until.split_once('"').expect("its end").0.parse().expect("a moment");
    let wait = until.duration_since(rig.world.now());
    // To the next whole minute.
    assert!(wait >= hours && wait <= hours + SignedDuration::from_mins(1), "{wait:?}");
    rig.used_for(&olivia, Duration::from_mins(7 * 60 + 1)).await;
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn of_up_to_two_hundred_people_everybody_is_shown_in_three_reads_at_most() {
    for (people, reads) in [(0, 1), (1, 2), (99, 2), (100, 2), (101, 3), (199, 3), (200, 3), (201, 4)] {
        let rig = Rig::new(6);
        rig.world.xero().set_head_count(BLUEGUM.organisation, people);
        let (olivia, courses) = rig.at_courses(&BLUEGUM).await;
        let page = olivia.look(&courses).await;
        assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), reads, "{people} people");
        if people == 0 {
            assert_eq!(heading(&page), "There’s no one to import");
            continue;
        }
        let page = expect(page, StatusCode::OK, "/preview/people");
        assert_eq!(page.values("people").len(), people, "everybody is on the page");
        assert_eq!(ticked(&page).len(), people.min(200), "and ticked up to the places");
        if people == 201 {
            assert!(page.words().contains("200"), "{}", page.words());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_obstacle_is_answered_from_a_press_so_that_back_asks_for_a_page_and_sends_nothing_again() {
    let (rig, olivia, silent) = after(9, "GROW", |rig| {
        rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, FaultKind::status(503)));
    })
    .await;
    let is_told = |page: &Page| heading(page) == "Xero isn’t answering";
    assert!(is_told(&expect(silent, StatusCode::OK, "/preview/people")));
    // The page can be opened again, asks nobody, and is gone with the next look.
    let asked = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    assert!(is_told(&expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people")));
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), asked);
    rig.world.xero().faults().clear();
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");

    // The same at the press on Import, where Xero is read once more.
    rig.wait(Duration::from_secs(61)).await;
    rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, FaultKind::status(503)));
    assert!(is_told(&expect(olivia.confirm(&people).await, StatusCode::OK, "/preview/people")));
    rig.world.xero().faults().clear();

    // Another press, another reason: nobody is ticked.
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    expect(olivia.confirm_only(&people, &[]).await, StatusCode::OK, "/preview/people");
    let presses = olivia.browser.seen().into_iter().filter(|page| page.url.path() == "/imports");
    assert!(presses.into_iter().all(|page| page.status == StatusCode::SEE_OTHER));

    // Who logs in to Xero anew is not told of what was in the way before.
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, false);
    let no_role = olivia.look_again().await;
    assert_eq!(heading(&no_role), "Your Xero login can’t see payroll");
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, WATTLE.xero_user, true);
    olivia.connect_again().await;
    expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people").form("/imports").expect("the list");
}
