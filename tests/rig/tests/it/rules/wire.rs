//! What goes over the wire: how large pages are, and which of them the edge may keep.

use std::collections::BTreeMap;
use std::io::Write as _;

use domain::clock::Clock as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use rig::{BLUEGUM, HARBOUR, Page, Rig, Sent, WATTLE, expect};

/// The size of a text as the edge sends it.
fn sent(text: &str) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).expect("in memory");
    gzip.finish().expect("in memory").len()
}

fn kept(page: &Page) -> &str {
    page.headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn the_preview_of_213_people_and_their_progress_are_small_on_their_way() {
    let rig = Rig::new(1);
    let (olivia, people) = rig.at_people(&HARBOUR).await;
    assert!(sent(&people.text) < 15_000, "the preview takes {} bytes", sent(&people.text));
    let progress = olivia.confirm(&people).await;
    assert!(sent(&progress.text) < 15_000, "the progress page takes {} bytes", sent(&progress.text));
}

/// Without the edge nobody else compresses: API Gateway sends what the function answers.
#[tokio::test(start_paused = true)]
async fn a_list_of_2000_people_is_sent_compressed_to_who_takes_that_and_a_page_that_repeats_what_was_typed_never_is() {
    let rig = Rig::new(4);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 2_000);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    let encoding = |page: &Page| page.headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_vec());
    assert_eq!(encoding(&people), None, "this browser has not said that it takes it");
    let asked = |path: &str, takes: &'static str| {
        let mut sent = Sent::get(&people.url.join(path).expect("an address"), "text/html");
        sent.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(takes));
        sent
    };
    let list = olivia.browser.send(&asked("/preview/people", "gzip, deflate, br")).await;
    assert_eq!(encoding(&list).as_deref(), Some(&b"gzip"[..]));
    assert_eq!(list.headers.get(header::VARY).map(HeaderValue::as_bytes), Some(&b"accept-encoding"[..]));
    assert_eq!((list.status, list.text == people.text), (StatusCode::OK, true), "the same page");
    assert_eq!(list.text.matches("type=\"checkbox\"").count(), people.text.matches("type=\"checkbox\"").count());
    assert!(sent(&list.text) < 120_000, "{} bytes", sent(&list.text));
    for takes in ["identity", "gzip;q=0"] {
        assert_eq!(encoding(&olivia.browser.send(&asked("/preview/people", takes)).await), None, "{takes}");
    }
    let form = rig.visitor(&WATTLE).open("/signup").await;
    let typed = [("form_token", form.values("form_token").remove(0)), ("company", "typed by somebody else".to_owned())];
    let mut press = Sent::post(&form, "/signup", &typed.map(|(name, value)| (name.to_owned(), value)));
    press.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let repeats = rig.visitor(&WATTLE).browser.send(&press).await;
    assert!(
        repeats.text.contains("typed by somebody else") && repeats.text.contains("form_token"),
        "{}",
        repeats.words()
    );
    assert_eq!(encoding(&repeats), None, "its length would tell of the token");
}

#[tokio::test(start_paused = true)]
async fn only_public_pages_are_kept_by_the_edge_and_only_for_who_has_no_session() {
    let rig = Rig::new(2);
    let nobody = rig.visitor(&WATTLE);
    for path in ["/", "/help"] {
        let page = expect(nobody.open(path).await, StatusCode::OK, path);
        assert_eq!(kept(&page), "public, max-age=0, s-maxage=300", "{path}");
        assert_eq!(page.headers.get(header::VARY).and_then(|value| value.to_str().ok()), Some("cookie"));
        assert!(!page.text.contains("form_token") && !page.headers.contains_key(header::SET_COOKIE), "{path}");
        assert!(page.text.contains("property=\"og:image\" content=\"http"), "{path} may be shared");
    }
    let form = nobody.open("/signup").await;
    assert_eq!(kept(&form), "no-store", "a form has a token, and gives a session");
    let (olivia, _) = rig.imported(&WATTLE).await;
    for path in ["/", "/help", "/signup", "/preview", "/get-started", "/disconnect"] {
        assert_eq!(kept(&olivia.open(path).await), "no-store", "{path}");
    }
    let robots = nobody.open("/robots.txt").await;
    assert!(robots.text.contains("Disallow: /\n") && kept(&robots).starts_with("public"), "{}", robots.text);
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_a_weakness_is_told_where_to_tell_about_it() {
    let rig = Rig::new(3);
    let path = "/.well-known/security.txt";
    let told = expect(rig.visitor(&WATTLE).open(path).await, StatusCode::OK, path);
    let fields: BTreeMap<&str, &str> = told.text.lines().filter_map(|line| line.split_once(": ")).collect();
    // The two fields that RFC 9116 insists on.
    assert!(["mailto:", "https:"].iter().any(|scheme| fields["Contact"].starts_with(scheme)), "{}", told.text);
    let expires: Timestamp = fields["Expires"].parse().expect("a moment of RFC 3339");
    let now = rig.clock.now();
    assert!(
        now + SignedDuration::from_hours(90 * 24) < expires && expires < now + SignedDuration::from_hours(365 * 24)
    );
    assert!(fields["Canonical"].ends_with(path), "{}", told.text);
    assert!(told.text.ends_with('\n') && kept(&told).starts_with("public"), "{}", told.text);
}
