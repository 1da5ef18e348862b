//! What a page knows of the end of its session.

use super::pages;

#[tokio::test]
async fn only_a_page_with_a_session_knows_when_it_ends_and_says_nothing_of_it_before() {
    let pages = pages().await;
    let html_of = |name: &str| &pages.iter().find(|page| page.name == name).expect("there").html;
    for (name, again) in [("staying", "href=\"/connect\""), ("staying-portal", "href=\"/portal/login\"")] {
        let html = html_of(name);
        let left = "role=\"status\" data-stay data-unused=\"1800\" data-at-most=\"3000\"";
        let (_, notice) = html.split_once(left).expect(name);
        let (notice, _) = notice.split_once("<footer").expect("a footer");
        for when in ["soon", "last", "stayed", "over"] {
            assert!(notice.contains(&format!("data-stay-when=\"{when}\" hidden>")), "{name} {when}");
        }
        assert!(notice.contains("type=\"button\">Stay signed in<") && notice.contains(again), "{name}");
        assert_eq!(notice.matches("<button").count(), 1, "{name}");
    }
    assert!(!html_of("privacy").contains("data-stay"));
}
