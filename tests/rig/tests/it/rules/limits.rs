//! What one visitor, login or organisation may do, and how often: 429 with words and a time, and nothing done.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, StatusCode};
use rig::{BLUEGUM, HARBOUR, Page, Rig, Sent, WATTLE, expect, with_query};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A refusal that says until when.
#[track_caller]
fn is_too_often(page: &Page) {
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.words());
    assert!(
        page.words().contains("done that a lot just now") && page.words().contains("Try again in"),
        "{}",
        page.words()
    );
    let wait = page.headers[RETRY_AFTER].to_str().expect("text").parse::<u64>().expect("seconds");
    assert!((1..=86_400).contains(&wait), "{wait}");
}

/// A form that is sent from an address.
async fn sign_up_from(rig: &Rig, address: &'static str) -> Page {
    sign_up_by(rig, HeaderValue::from_static(address)).await
}

/// The same where the header has this value.
async fn sign_up_by(rig: &Rig, forwarded_for: HeaderValue) -> Page {
    let visitor = rig.visitor(&WATTLE);
    let form = visitor.open("/signup").await;
    let fields = form.filled_in("/signup", &WATTLE.details()).expect("a form");
    let mut sent = Sent::post(&form, "/signup", &fields);
    sent.headers.insert(FORWARDED_FOR, forwarded_for);
    visitor.browser.send(&sent).await
}

#[tokio::test(start_paused = true)]
async fn nobody_leaves_the_limits_by_what_they_write_before_their_address_or_by_one_that_cannot_be_read() {
    for (header, is_named) in [(&b"\xC3\xA9 , 203.0.113.7"[..], true), (b"\xC3\xA9", false), (b"nowhere", false)] {
        let rig = Rig::new(1);
        let by = async |header: &[u8]| sign_up_by(&rig, HeaderValue::from_bytes(header).expect("a header")).await;
        for number in 0..20 {
            assert_eq!(by(header).await.status, StatusCode::SEE_OTHER, "{number}");
        }
        is_too_often(&by(header).await);
        let plain = by(b"203.0.113.7").await.status;
        let expected = if is_named { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SEE_OTHER };
        assert_eq!(plain, expected, "{header:?}: the network behind the last comma is who they are");
        assert_eq!(by(b"198.51.100.7").await.status, StatusCode::SEE_OTHER, "another network");
    }
}

#[tokio::test(start_paused = true)]
async fn one_network_begins_twenty_sign_ups_an_hour_and_its_address_is_kept_nowhere() {
    let rig = Rig::new(1);
    for number in 0..20 {
        let address = if number % 2 == 0 { "203.0.113.7" } else { "203.0.113.201" };
        assert_eq!(sign_up_from(&rig, address).await.status, StatusCode::SEE_OTHER, "{number}");
    }
    is_too_often(&sign_up_from(&rig, "203.0.113.99").await);
    assert_eq!(sign_up_from(&rig, "198.51.100.7").await.status, StatusCode::SEE_OTHER, "another network");
    assert_eq!(sign_up_from(&rig, "203.0.114.7").await.status, StatusCode::SEE_OTHER, "and a neighbour");
    let counters = |items: Vec<String>| items.into_iter().filter(|item| item.contains("sign-up/network")).collect();
    let kept: Vec<String> = counters(rig.state.items());
    assert!(!kept.is_empty() && kept.iter().all(|item| !item.contains("203.0.113")), "{kept:?}");
    rig.wait(Duration::from_mins(61)).await;
    assert_eq!(sign_up_from(&rig, "203.0.113.99").await.status, StatusCode::SEE_OTHER, "an hour later");
}

#[tokio::test(start_paused = true)]
async fn one_network_has_thirty_codes_exchanged_and_no_more_of_them_reach_xero() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    let junk = async || {
        olivia.sign_up().await;
        let asked = olivia.browser.last_redirect();
        let state = asked.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
        let back = with_query(&rig::address("/oauth/xero/callback?code=junk"), "state", Some(&state));
        let mut sent = Sent::get(&back, "text/html");
        sent.headers.insert(FORWARDED_FOR, HeaderValue::from_static("203.0.113.7"));
        olivia.browser.send(&sent).await
    };
    for _ in 0..30 {
        assert_eq!(junk().await.status, StatusCode::BAD_REQUEST);
    }
    let asked = rig.sent_to_xero().len();
    is_too_often(&junk().await);
    assert_eq!(rig.sent_to_xero().len(), asked, "Xero is not asked");
}

#[tokio::test(start_paused = true)]
async fn an_organisation_is_looked_at_sixty_times_an_hour() {
    let rig = Rig::new(3);
    let (olivia, courses) = rig.at_courses(&BLUEGUM).await;
    for _ in 0..60 {
        assert_eq!(olivia.look(&courses).await.status, StatusCode::OK);
    }
    let asked = rig.sent_to_xero().len();
    is_too_often(&olivia.look(&courses).await);
    assert_eq!(rig.sent_to_xero().len(), asked, "Xero is not asked");
}

#[tokio::test(start_paused = true)]
async fn a_login_makes_one_portal_a_day_for_organisations_that_cost_nothing() {
    for class in ["TRIAL", "DEMO"] {
        let rig = Rig::new(4);
        for customer in [&WATTLE, &BLUEGUM] {
            rig.world.xero().edit_organisation(customer.organisation, |one| class.clone_into(&mut one.class));
        }
        let (first, people) = rig.at_people(&WATTLE).await;
        expect(first.skip(&people).await, StatusCode::OK, "/get-started");
        // Days are UTC's, and this one has an hour left.
        rig.wait(Duration::from_hours(23)).await;
        rig.hire(&BLUEGUM, "nia", "nia@example.com");
        let (second, people) = rig.at_people(&BLUEGUM).await;
        is_too_often(&second.skip(&people).await);
        assert_eq!(rig.portals(&BLUEGUM), [], "{class}: GO1 is not asked");
        let (paying, theirs) = rig.at_people(&HARBOUR).await;
        expect(paying.skip(&theirs).await, StatusCode::OK, "/get-started");
        rig.used_for(&second, Duration::from_mins(61)).await;
        expect(second.skip(&people).await, StatusCode::OK, "/get-started");
    }
}

#[tokio::test(start_paused = true)]
async fn what_asks_xero_is_counted_wherever_it_is_pressed() {
    let rig = Rig::new(5);
    let olivia = rig.visitor(&BLUEGUM);
    olivia.reach_organisations().await;
    for _ in 0..19 {
        assert_eq!(olivia.open("/organisations").await.status, StatusCode::OK);
    }
    let asked = rig.sent_to_xero().len();
    is_too_often(&olivia.open("/organisations").await);
    assert_eq!(rig.sent_to_xero().len(), asked, "Xero is not asked");

    let rig = Rig::new(6);
    let (olivia, import) = rig.confirmed(3).await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    rig.pump().await;
    let page = olivia.open_import(&import).await;
    let retry = async || olivia.browser.submit(&page, &format!("/imports/{import}/retry"), &[]).await;
    let mut presses = 0;
    let refused = loop {
        let answer = retry().await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        presses += 1;
        assert!(presses <= 60, "nobody counts");
    };
    is_too_often(&refused);
}
