//! Where each page leads: what stands in the way has words and a next step of its own, and nothing is a dead end.

use std::collections::HashSet;

use super::{Page, pages};

/// Where a person gets from `page`'s middle: the targets of its main and its quiet buttons, in order.
pub(crate) fn buttons(page: &Page) -> Vec<(bool, &str)> {
    let mut action = None;
    let mut buttons = Vec::new();
    for tag in &page.tags {
        match tag.name.as_str() {
            "form" => action = tag.attribute("action"),
            // What only the script can do leads nowhere.
            "button" if tag.attribute("type") == Some("button") => {}
            "a" | "button" => {
                let class = tag.attribute("class").unwrap_or_default();
                let target =
                    if tag.name == "a" { tag.attribute("href") } else { tag.attribute("formaction").or(action) };
                if class.split(' ').any(|name| name == "button") {
                    buttons.push((!class.contains("is-"), target.expect("a button leads somewhere")));
                }
            }
            _ => {}
        }
    }
    buttons
}

pub(crate) fn heading(page: &Page) -> &str {
    let (_, after) = page.html.split_once("<h1>").expect("a heading");
    after.split_once("</h1>").expect("its end").0
}

pub(crate) async fn page(name: &str) -> Page {
    pages().await.into_iter().find(|page| page.name == name).unwrap_or_else(|| panic!("no sample {name}"))
}

#[tokio::test]
async fn a_page_has_one_primary_button_at_most() {
    for page in pages().await {
        let buttons = page.tags.iter().filter(|tag| ["a", "button"].contains(&tag.name.as_str()));
        let primary: Vec<_> = buttons
            .filter(|tag| tag.attribute("type") != Some("button"))
            .filter_map(|tag| tag.attribute("class"))
            .filter(|class| class.split(' ').any(|name| name == "button") && !class.contains("is-quiet"))
            .collect();
        assert!(primary.len() <= 1, "{}: {primary:?}", page.name);
    }
}

#[tokio::test]
async fn every_obstacle_has_a_heading_and_a_next_step_of_its_own() {
    let (check_again, log_in, skip) = ("/preview/people", "/connect?again", "/imports/skip");
    let mut headings = HashSet::new();
    for (name, main, quiet) in [
        ("nobody", Some(check_again), vec![skip]),
        ("no-payroll", Some(check_again), vec![skip]),
        ("no-payroll-administrator", Some(check_again), vec![log_in, skip]),
        ("scope-missing", Some(log_in), vec![skip]),
        ("reconnect", Some(log_in), vec![skip]),
        ("disconnected", Some(log_in), vec![skip]),
        ("trial-over", Some(check_again), vec![skip]),
        ("access-lost", Some(check_again), vec![log_in, skip]),
        ("too-many", None, vec![skip]),
        ("daily-limit", None, vec!["/preview", skip]),
        ("xero-unavailable", Some(check_again), vec![skip]),
    ] {
        let page = page(&format!("people-{name}")).await;
        let mut expected: Vec<_> = main.map(|target| (true, target)).into_iter().collect();
        expected.extend(quiet.into_iter().map(|target| (false, target)));
        assert_eq!(buttons(&page), expected, "{name}");
        assert!(headings.insert(heading(&page).to_owned()), "{name}: {}", heading(&page));
    }
}

#[tokio::test]
async fn a_place_in_xero_is_linked_only_where_it_can_be_mended_there() {
    for page in pages().await {
        let Some(name) = page.name.strip_prefix("people-") else { continue };
        let linked = page.html.contains(">Open it in Xero ");
        let mendable = ["nobody", "no-payroll", "trial-over", "group-nobody", "group-nobody-hostile"];
        assert_eq!(linked, mendable.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn a_wait_of_hours_has_no_button_to_press_at_once() {
    for name in ["daily-limit", "daily-limit-utc", "daily-limit-open", "xero-busy-for-hours"] {
        let page = page(&format!("people-{name}")).await;
        assert!(buttons(&page).iter().all(|(main, target)| !main && *target != "/preview/people"), "{name}");
    }
    assert_eq!(buttons(&page("people-xero-busy").await)[0], (true, "/preview/people"));
}

#[tokio::test]
async fn the_end_of_a_daily_limit_is_never_told_too_early() {
    // It ends at 15:43:01.
    for (name, words) in
        [("daily-limit", "24 November 2026, 2:44 am AEDT"), ("daily-limit-utc", "23 November 2026, 3:44 pm UTC")]
    {
        let time = format!("<time datetime=\"2026-11-23T15:44:00Z\">{words}</time>");
        assert!(page(&format!("people-{name}")).await.html.contains(&time), "{name}");
    }
    assert!(page("people-daily-limit-open").await.html.contains("tomorrow"));
}

#[tokio::test]
async fn who_is_signed_out_is_let_in_by_xero_first() {
    assert_eq!(
        buttons(&page("problem-signed-out").await),
        [(true, "/connect"), (false, "/portal/login"), (false, "/signup")]
    );
    let landing = page("landing").await;
    assert_eq!(buttons(&landing), [(false, "/signup")], "one way in");
    assert!(landing.html.contains("<a href=\"/connect\">sign up with Xero</a>"));
    assert!(landing.html.contains("<a href=\"/connect\">Sign in with Xero</a>"));
    let resumed = page("landing-resume").await;
    assert_eq!(resumed.html.matches("href=\"/preview\"").count(), 1);
    assert!(!resumed.html.contains("/connect"));
}

#[tokio::test]
async fn another_consent_is_explained_before_it_is_asked_for() {
    assert_eq!(buttons(&page("more-permission").await), [(true, "/connect?again")]);
    assert_eq!(buttons(&page("payroll-role").await), [(true, "/connect?again"), (false, "/preview")]);
    assert_eq!(buttons(&page("payroll-role-portal").await), [(true, "/connect?again"), (false, "/imports/skip")]);
    assert_eq!(
        buttons(&page("problem-another-organisation").await),
        [(true, "/connect?again"), (false, "/get-started"), (false, "/connect?anew")]
    );
}

#[tokio::test]
async fn disconnecting_is_one_press_with_a_way_back() {
    for (name, expected) in [
        ("disconnect", ["/disconnect", "/get-started"]),
        ("disconnect-without-portal", ["/disconnect", "/"]),
        ("disconnected", ["/get-started", "/connect?again"]),
        ("disconnected-without-portal", ["/", "/connect?again"]),
    ] {
        let page = page(name).await;
        assert_eq!(buttons(&page).into_iter().map(|(_, target)| target).collect::<Vec<_>>(), expected, "{name}");
        let dangerous = page.all("button").filter(|tag| tag.attribute("class") == Some("button is-danger")).count();
        assert_eq!(dangerous, usize::from(name.starts_with("disconnect-") || name == "disconnect"), "{name}");
    }
    for name in ["get-started", "help"] {
        assert!(page(name).await.html.contains("<a href=\"/disconnect\">"), "{name}");
    }
}

#[tokio::test]
async fn a_form_from_xero_says_so_and_asks_for_no_login_that_has_been() {
    for page in pages().await.into_iter().filter(|page| page.name.starts_with("sign-up")) {
        let from_xero = page.name.contains("from-xero");
        assert_eq!(page.html.contains("Filled in from your Xero login"), from_xero, "{}", page.name);
        assert_eq!(page.html.contains("<strong>Sign in to Xero</strong>"), !from_xero, "{}", page.name);
        assert_eq!(page.html.contains(">Continue to Xero "), !from_xero, "{}", page.name);
    }
}
