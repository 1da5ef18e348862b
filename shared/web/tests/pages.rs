//! Walks every page of the gallery in every state: what a browser, a screen reader and an attacker would find there.

mod links;
mod locales;
mod people;
mod portal;
#[path = "../examples/gallery/samples/mod.rs"]
mod samples;
mod staying;
mod tags;
mod voice;
mod whole;

use std::collections::HashSet;

use http::{StatusCode, header};
use tags::Tag;

struct Page {
    name: String,
    html: String,
    tags: Vec<Tag>,
}

impl Page {
    fn all(&self, name: &str) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.name == name)
    }

    fn ids(&self) -> Vec<&str> {
        self.tags.iter().filter_map(|tag| tag.attribute("id")).collect()
    }
}

async fn pages() -> Vec<Page> {
    pages_of(samples::all()).await
}

async fn pages_of(samples: Vec<samples::Sample>) -> Vec<Page> {
    let mut pages = Vec::new();
    for sample in samples {
        let body = axum::body::to_bytes(sample.response.into_body(), usize::MAX).await.expect("a body in memory");
        let html = String::from_utf8(body.to_vec()).expect("text");
        pages.push(Page { name: sample.name, tags: tags::of(&html), html });
    }
    pages
}

/// Xero's certification: an application's name does not contain Xero (checkpoint "Branding and naming").
#[tokio::test]
async fn every_page_names_the_product_by_a_name_without_xeros_in_it() {
    for Page { name, html, .. } in pages().await {
        let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
        let (_, product) = title.rsplit_once(" · ").expect("the product's name behind the page's");
        assert_eq!(product, "GO1", "{name}");
        assert!(!html.contains("GO1 for Xero"), "{name}");
    }
}

#[test]
fn every_page_has_the_security_headers() {
    for sample in samples::all() {
        let (name, headers) = (sample.name, sample.response.headers().clone());
        let text =
            |header: &str| headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(text("content-type"), "text/html; charset=utf-8", "{name}");
        assert_eq!(text("cache-control"), "no-store", "{name}");
        assert_eq!(text("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(text("referrer-policy"), "same-origin", "{name}");
        assert_eq!(text("cross-origin-opener-policy"), "same-origin", "{name}");
        assert_eq!(text("strict-transport-security"), "max-age=63072000; includeSubDomains", "{name}");
        let policy = text("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "img-src 'self' https://pictures.example.com;",
            "font-src 'self';",
            "form-action 'self' https://login.xero.com https://*.mygo1.com;",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(part), "{name}: {part} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}");
    }
}

#[tokio::test]
async fn no_page_has_inline_script_or_style() {
    for page in pages().await {
        for tag in &page.tags {
            assert_ne!(tag.name, "style", "{}", page.name);
            assert!(tag.name != "script" || tag.attribute("src").is_some(), "{}", page.name);
            for (attribute, value) in &tag.attributes {
                assert_ne!(attribute, "style", "{}: {tag:?}", page.name);
                assert!(!attribute.starts_with("on"), "{}: {tag:?}", page.name);
                assert!(!value.trim_start().starts_with("javascript:"), "{}: {tag:?}", page.name);
            }
        }
        assert_eq!(page.all("script").count(), 1, "{}", page.name);
    }
}

#[tokio::test]
async fn hostile_names_stay_text() {
    let pages = pages().await;
    let hostile: Vec<&Page> = pages.iter().filter(|page| page.name.contains("hostile")).collect();
    assert!(hostile.len() >= 7);
    for page in hostile {
        for marker in ["<script>alert", "<img src=x", "</title><img", "\"onerror"] {
            assert!(!page.html.contains(marker), "{}: {marker}", page.name);
        }
        assert!(page.html.contains("&#60;script&#62;alert(1)"), "{}", page.name);
    }
}

#[tokio::test]
async fn every_page_can_be_found_around_in() {
    for page in pages().await {
        assert_eq!(
            page.all("html").filter_map(|tag| tag.attribute("lang")).collect::<Vec<_>>(),
            ["en-AU"],
            "{}",
            page.name
        );
        for landmark in ["title", "main", "header", "footer", "h1"] {
            let expected = 1 + usize::from(landmark == "header" && page.html.contains("page-head"));
            let found = page.all(landmark).filter(|tag| !tag.inside.contains(&"svg".to_owned())).count();
            assert_eq!(found, expected, "{}: {landmark}", page.name);
        }
        let skip = page.all("a").next().and_then(|tag| tag.attribute("href"));
        assert_eq!(skip, Some("#main"), "{}", page.name);
        let ids = page.ids();
        let distinct: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{}: an id is used twice", page.name);
        for tag in &page.tags {
            for attribute in ["aria-describedby", "aria-labelledby", "for"] {
                for id in tag.attribute(attribute).unwrap_or_default().split_whitespace() {
                    assert!(distinct.contains(id), "{}: {attribute}={id}", page.name);
                }
            }
            if let Some(id) = tag.attribute("href").and_then(|href| href.strip_prefix('#')) {
                assert!(distinct.contains(id), "{}: #{id}", page.name);
            }
        }
    }
}

#[tokio::test]
async fn every_control_has_a_name() {
    for page in pages().await {
        let labelled: HashSet<&str> = page.all("label").filter_map(|tag| tag.attribute("for")).collect();
        for tag in page.tags.iter().filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "progress")) {
            let hidden = tag.attribute("type") == Some("hidden");
            let named =
                tag.attribute("id").is_some_and(|id| labelled.contains(id)) || tag.inside.contains(&"label".to_owned());
            assert!(hidden || named, "{}: {tag:?}", page.name);
        }
        for tag in page.all("svg") {
            let told = tag.attribute("role") == Some("img") && tag.attribute("aria-labelledby").is_some();
            assert!(told || tag.attribute("aria-hidden") == Some("true"), "{}", page.name);
        }
        for tag in page.all("img") {
            assert!(tag.attribute("alt").is_some(), "{}", page.name);
        }
        for tag in page.all("table") {
            assert!(tag.inside.iter().any(|outer| outer == "main"), "{}", page.name);
        }
        assert_eq!(page.all("table").count(), page.all("caption").count(), "{}", page.name);
        assert!(page.all("th").all(|tag| tag.attribute("scope").is_some()), "{}", page.name);
    }
}

#[tokio::test]
async fn every_form_carries_the_token_and_an_error_is_told() {
    for page in pages().await {
        let tokens = page.all("input").filter(|tag| tag.attribute("name") == Some("form_token")).count();
        let (posts, others): (Vec<_>, Vec<_>) =
            page.all("form").partition(|tag| tag.attribute("method") == Some("post"));
        assert_eq!(posts.len(), tokens, "{}", page.name);
        // A search changes nothing, and its address is kept and sent on: no token belongs there.
        assert!(others.iter().all(|tag| tag.attribute("role") == Some("search")), "{}", page.name);
        for tag in page.tags.iter().filter(|tag| tag.attribute("aria-invalid") == Some("true")) {
            let told = tag.attribute("aria-describedby").is_some_and(|ids| ids.contains("-error"))
                || page.html.contains("aria-describedby=\"country-error\"");
            assert!(told, "{}: {tag:?}", page.name);
            assert!(page.tags.iter().any(|tag| tag.attribute("role") == Some("alert")), "{}", page.name);
        }
    }
}

#[tokio::test]
async fn an_import_reloads_itself_without_script_until_it_has_ended() {
    for page in pages().await {
        let reloads = page.all("meta").any(|tag| tag.attribute("http-equiv") == Some("refresh"));
        let stages = [
            "accepting",
            "preparing",
            "running",
            "waiting",
            "busy",
            "failing",
            "ours",
            "courses",
            "login",
            "stopping",
            "again",
            "erasing",
        ];
        let (kind, stage) = page.name.rsplit_once('-').unwrap_or_default();
        let running =
            ["import", "undo", "portal-shared-import", "portal-receipt"].contains(&kind) && stages.contains(&stage);
        assert_eq!(reloads, running, "{}", page.name);
        if running {
            assert!(page.html.contains("<noscript><meta"), "{}", page.name);
        }
    }
}

#[tokio::test]
async fn the_numbers_of_a_preview_add_up() {
    let pages = pages().await;
    let page = pages.iter().find(|page| page.name == "people").expect("the full preview");
    let ticks = page.all("input").filter(|tag| tag.attribute("name") == Some("people")).collect::<Vec<_>>();
    assert_eq!(ticks.len(), 204);
    assert_eq!(ticks.iter().filter(|tag| tag.attribute("checked").is_some()).count(), 200);
    for words in [
        "<dd>213</dd>",
        "<dd>200</dd>",
        "<dd>4</dd>",
        "<dd>9</dd>",
        ">1,000 course assignments<",
        "<dt>over the limit</dt>",
    ] {
        assert!(page.html.contains(words), "{words}");
    }
    let too_many = pages.iter().find(|page| page.name == "people-too-many-ticked").expect("too many");
    let kept = too_many.all("input").filter(|tag| tag.attribute("checked").is_some()).count();
    assert_eq!(kept, 204);
    assert!(too_many.html.contains("204 people ticked need a place, and 200 are left"));
}

#[tokio::test]
async fn what_cannot_happen_is_not_announced() {
    for page in pages().await.iter().filter(|page| page.html.contains("data-people")) {
        let too_many = page.name == "people-too-many-ticked";
        for (mark, hidden) in [("data-possible", too_many), ("data-too-many", !too_many)] {
            let marked: Vec<&Tag> = page.tags.iter().filter(|tag| tag.attribute(mark).is_some()).collect();
            assert!(!marked.is_empty(), "{}: {mark}", page.name);
            assert!(marked.iter().all(|tag| tag.attribute("hidden").is_some() == hidden), "{}: {mark}", page.name);
        }
    }
}

#[tokio::test]
async fn another_try_is_offered_where_it_may_help() {
    for page in pages().await.iter().filter(|page| page.name.starts_with("import-")) {
        let helps = page.html.contains("Try again");
        let offered = page.all("form").filter_map(|tag| tag.attribute("action")).any(|to| to.ends_with("/retry"));
        match page.name.as_str() {
            "import-full" => {
                assert!(!helps && offered && page.html.contains("your portal is full. Ask support"));
                assert!(page.html.contains("Check those people again"), "once GO1 has made room");
            }
            "import-not-found" => assert!(helps && offered && !page.html.contains("Ask support")),
            name => assert!(offered || !helps, "{name}"),
        }
    }
}

#[tokio::test]
async fn an_import_that_waits_for_a_login_leads_with_it_and_promises_nothing_else() {
    let pages = pages().await;
    let html = |name: &str| &pages.iter().find(|page| page.name == name).expect("there").html;
    let carries_on = "You can close this page";
    assert!(html("import-running").contains(carries_on) && !html("import-login").contains(carries_on));
    let (_, head) = html("import-login").split_once("<h1").expect("a heading");
    assert!(head.starts_with(" data-heading>GO1 needs you to sign in</h1>"));
    assert!(head.contains("After that it ends, and what’s done stays done."));
}

#[tokio::test]
async fn who_comes_from_xero_sees_that_step_done_before_the_form() {
    for page in pages().await.iter().filter(|page| page.name.starts_with("sign-up")) {
        let done = page.tags.iter().filter(|tag| tag.attribute("class") == Some("is-done")).count();
        assert_eq!(done, usize::from(page.name.contains("from-xero")), "{}", page.name);
    }
}

#[tokio::test]
async fn a_portal_that_is_there_is_not_being_made() {
    let pages = pages().await;
    let page = pages.iter().find(|page| page.name == "import-accepting").expect("accepting");
    assert!(page.html.contains("We’re writing down who to import into") && !page.html.contains("making the portal"));
}

#[tokio::test]
async fn whoever_finds_a_place_is_not_over_the_limit() {
    for page in pages().await.iter().filter(|page| page.html.contains("data-people")) {
        let told = page.html.matches("Untick someone else to make room").count();
        let expected = match page.name.as_str() {
            "people" | "people-changed" | "people-checked-same" | "people-too-many-ticked" => 4,
            _ => 0,
        };
        assert_eq!(told, expected, "{}", page.name);
    }
}

#[tokio::test]
async fn an_address_with_a_slip_starts_unticked_beside_the_one_that_was_probably_meant() {
    let pages = pages().await;
    let page = pages.iter().find(|page| page.name == "people-slips").expect("there");
    let ticks: Vec<&Tag> = page.all("input").filter(|tag| tag.attribute("name") == Some("people")).collect();
    let unticked = ticks.iter().filter(|tag| tag.attribute("checked").is_none()).count();
    assert_eq!((ticks.len(), unticked), (5, 2), "they can be ticked");
    for meant in ["noah.baxter@harbourhearth.example.com", "leo.dang@gmail.com"] {
        assert!(page.html.contains(&format!("or is it {meant}?")), "{meant}");
    }
    assert!(page.html.contains("unticked: check the email"));
}

#[tokio::test]
async fn whatever_changed_is_told_as_the_list_s_change() {
    let pages = pages().await;
    let html = |name: &str| &pages.iter().find(|page| page.name == name).expect("there").html;
    for name in ["people-changed", "people-left-changed"] {
        assert!(html(name).contains("The list has changed since you looked"), "{name}");
        assert!(!html(name).contains("Xero changed"), "{name}");
    }
    let left = html("people-left-changed");
    assert!(left.contains("Changed</span> Theodora Grant") && !left.contains("The people are the same"));
}

#[test]
fn a_failure_has_the_status_that_says_so() {
    let statuses: Vec<(String, StatusCode)> =
        samples::all().into_iter().map(|sample| (sample.name, sample.response.status())).collect();
    for (name, expected) in [
        ("landing", 200),
        ("sign-up-errors", 422),
        ("organisations-none-chosen", 422),
        ("problem-not-found", 404),
        ("problem-signed-out", 401),
        ("problem-portal-signed-out", 401),
        ("problem-signed-out-for-quiet", 401),
        ("problem-portal-signed-out-for-quiet", 401),
        ("problem-not-administrator", 403),
        ("problem-another-portal", 403),
        ("problem-portal-astray", 409),
        ("problem-login-denied", 400),
        ("problem-login-go1-error", 400),
        ("problem-login-account-inactive", 403),
        ("problem-undo-running", 409),
        ("problem-undo-too-late", 410),
        ("problem-undo-done-before", 409),
        ("problem-erase-while-running", 409),
        ("problem-wrong-form-token", 403),
        ("problem-step-behind", 409),
        ("problem-country", 422),
        ("problem-linked-elsewhere", 409),
        ("problem-another-organisation", 409),
        ("problem-consent-denied", 400),
        ("problem-consent-code-rejected", 400),
        ("problem-people-forbidden", 403),
        ("problem-too-often", 429),
        ("problem-xero-busy", 503),
        ("problem-internal", 500),
    ] {
        let status = statuses.iter().find(|(sample, _)| sample == name).map(|(_, status)| status.as_u16());
        assert_eq!(status, Some(expected), "{name}");
    }
    let busy = samples::all().into_iter().find(|sample| sample.name == "problem-xero-busy").expect("busy");
    assert_eq!(
        busy.response.headers().get(header::RETRY_AFTER).map(http::HeaderValue::as_bytes),
        Some(b"90".as_slice())
    );
}
