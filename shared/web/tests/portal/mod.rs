//! The pages of a portal's administrator: where they lead, and what they must say.

use std::collections::HashSet;

use domain::erasure::{Receipt, Removed, XeroEnding};
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};
use web::pages::ReceiptPage;

use super::links::{buttons, heading, page};
use super::{Page, pages};

/// Whether it is shown in the portal's frame.
fn is_framed(page: &Page) -> bool {
    page.html.contains("aria-label=\"Xero in your portal\"")
}

fn targets(page: &Page) -> Vec<&str> {
    buttons(page).into_iter().map(|(_, target)| target).collect()
}

#[tokio::test]
async fn the_portals_navigation_stands_in_place_of_the_steps_and_names_the_page() {
    let pages = pages().await;
    let framed: Vec<&Page> = pages.iter().filter(|page| is_framed(page)).collect();
    assert!(framed.len() > 40, "{}", framed.len());
    for page in framed {
        let name = &page.name;
        assert!(!page.html.contains("aria-label=\"Your progress\""), "{name}");
        assert!(page.html.contains("harbour-hearth.mygo1.com"), "{name}");
        let inside = |tag: &&super::Tag| tag.inside.iter().filter(|outer| *outer == "nav").count() == 1;
        let links: Vec<_> = page.all("a").filter(inside).filter_map(|tag| tag.attribute("href")).collect();
        for tab in ["/portal", "/portal/users", "/portal/settings"] {
            assert!(links.contains(&tab), "{name}: {tab}");
        }
        let logs_out = page.all("form").any(|tag| tag.attribute("action") == Some("/portal/logout"));
        assert!(logs_out, "{name}");
        let current: Vec<_> = page
            .all("a")
            .filter(|tag| tag.attribute("aria-current") == Some("page"))
            .map(|tag| tag.attribute("href"))
            .collect();
        let tab = match name.as_str() {
            name if name.starts_with("portal-users") => Some("/portal/users"),
            name if name.starts_with("portal-shared-people") || name.starts_with("portal-shared-courses") => {
                Some("/portal/users")
            }
            name if name.starts_with("portal-settings") || name.starts_with("portal-erase") => Some("/portal/settings"),
            name if name.starts_with("portal-disconnect") => Some("/portal/settings"),
            name if name.starts_with("portal-overview") || name.starts_with("portal-undo") => Some("/portal"),
            _ => continue,
        };
        assert_eq!(current, [tab], "{name}");
    }
}

#[tokio::test]
async fn the_trail_tells_in_plain_words_why_a_login_came_to_nothing() {
    let settings = page("portal-settings").await;
    assert!(settings.html.contains("A Xero sign-in began in another browser"));
    assert!(!settings.html.contains("AnotherBrowser"), "that is its name in the code");
}

#[tokio::test]
async fn where_xero_cannot_be_read_the_page_leads_to_what_mends_it_and_not_to_an_import() {
    for (name, is_quiet) in [("portal-overview", false), ("portal-overview-disconnected", true)] {
        let page = page(name).await;
        let import = page.all("a").find(|tag| {
            let is_button = tag.attribute("class").is_some_and(|class| class.starts_with("button"));
            is_button && tag.attribute("href") == Some("/portal/users")
        });
        let class = import.and_then(|tag| tag.attribute("class")).expect("the way to an import");
        assert_eq!(class.contains("is-quiet"), is_quiet, "{name}");
    }
}

#[tokio::test]
async fn nothing_in_the_portals_frame_leads_to_a_step_of_the_sign_up() {
    for page in pages().await.iter().filter(|page| is_framed(page)) {
        for target in targets(page) {
            let is_step = ["/", "/get-started", "/signup", "/imports/skip", "/organisations"].contains(&target);
            assert!(!is_step, "{}: {target}", page.name);
        }
    }
}

#[tokio::test]
async fn the_same_pages_are_the_sign_ups_without_the_frame() {
    assert!(targets(&page("people").await).contains(&"/imports/skip"));
    assert!(!targets(&page("portal-shared-people").await).contains(&"/imports/skip"));
    assert!(targets(&page("portal-shared-people").await).contains(&"/portal"));
    assert_eq!(targets(&page("portal-disconnect").await), ["/portal/disconnect", "/portal"]);
    assert_eq!(targets(&page("portal-disconnected").await), ["/portal", "/connect?again"]);
    assert_eq!(targets(&page("portal-shared-nobody").await), ["/preview/people", "/portal"]);
}

#[tokio::test]
async fn every_trouble_with_the_connection_has_its_words_and_its_way() {
    let mut said = HashSet::new();
    for (name, reconnect, check) in [
        ("", false, true),
        ("-access-ended", true, true),
        ("-removed-at-xero", true, true),
        ("-trial-over", false, true),
        ("-role-lost", true, true),
        ("-permission-missing", true, true),
        ("-no-payroll-administrator", true, true),
        ("-disconnected", true, false),
    ] {
        let page = page(&format!("portal-overview{name}")).await;
        let targets = targets(&page);
        assert_eq!(targets.contains(&"/connect?again"), reconnect, "{name}");
        assert_eq!(targets.contains(&"/portal/check"), check, "{name}");
        assert!(targets.contains(&"/portal/users"), "{name}");
        let (_, card) = page.html.split_once("id=\"connection\"").expect("the connection");
        let (card, _) = card.split_once("<dl").expect("its facts");
        assert!(said.insert(card.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn an_overview_offers_an_import_only_as_long_as_xero_is_connected() {
    let connected = page("portal-overview").await;
    assert!(connected.html.contains("Import users from Xero"));
    let disconnected = page("portal-overview-disconnected").await;
    assert!(!disconnected.html.contains("Import users from Xero"), "{}", disconnected.html);
    assert!(disconnected.html.contains("Reconnect Xero to import more people."));
}

#[tokio::test]
async fn an_undo_is_offered_where_it_is_possible_and_the_running_one_stands_first() {
    let page = page("portal-overview").await;
    let undos: Vec<_> = targets(&page).into_iter().filter(|target| target.starts_with("/portal/undo/")).collect();
    assert_eq!(undos, ["/portal/undo/i3"]);
    let imports: Vec<_> = targets(&page).into_iter().filter(|target| target.starts_with("/imports/")).collect();
    assert_eq!(imports, ["/imports/i5", "/imports/i4", "/imports/i3", "/imports/i2", "/imports/i1", "/imports/i0"]);
    assert!(page.html.contains("value=\"73\"") && page.html.contains("127 places are left"));
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_asked_for_twice_and_says_what_goes() {
    for (name, post, back) in [
        ("portal-undo", "/portal/undo/i3", "/portal"),
        ("portal-erase", "/portal/erase", "/portal/settings"),
        ("portal-disconnect", "/portal/disconnect", "/portal"),
    ] {
        let page = page(name).await;
        assert_eq!(targets(&page), [post, back], "{name}");
        assert!(page.html.contains("What stays") && page.html.contains("until you press the button"), "{name}");
    }
    let settings = page("portal-settings").await;
    let ends: Vec<_> = settings.all("form").filter_map(|tag| tag.attribute("action")).collect();
    // Whom the second signs out may sign in again.
    let known = ["/portal/logout", "/portal/settings/sign-out-others", "/portal/settings/end-owner"];
    assert!(ends.iter().all(|action| known.contains(action)), "{ends:?}");
    let (before, _) = settings.html.split_once("/portal/settings/end-owner").expect("the owner's access can be ended");
    assert!(
        before.matches("<details").count() > before.matches("</details>").count(),
        "it's unfolded before it's pressed"
    );
    let undo = page("portal-undo").await.html;
    for words in [
        "1,000 course assignments",
        "198 new accounts are deactivated",
        "2 accounts that existed before",
        "aren’t given back",
        "no one has started",
    ] {
        assert!(undo.contains(words), "{words}");
    }
    let running = page("portal-erase-running").await;
    assert_eq!(targets(&running), ["/portal/settings"], "no button while an import runs");
}

#[tokio::test]
async fn every_refusal_at_the_portals_door_has_its_heading_and_a_way_on() {
    let mut headings = HashSet::new();
    for page in pages().await {
        let Some(name) = page.name.strip_prefix("problem-") else { continue };
        let door =
            ["login-", "undo-", "erase-", "portal-signed-out", "not-administrator", "another-portal", "portal-astray"];
        if door.iter().any(|start| name.starts_with(start)) {
            assert!(!targets(&page).is_empty(), "{name}");
            let told_alike = ["undo-running", "erase-while-running"].contains(&name) || name.ends_with("-sign-up");
            assert!(headings.insert(heading(&page).to_owned()) || told_alike, "{name}: {}", heading(&page));
        }
    }
    assert!(headings.len() > 15);
    for name in [
        "problem-portal-signed-out",
        "problem-portal-signed-out-for-quiet",
        "problem-not-administrator",
        "problem-another-portal",
    ] {
        assert!(targets(&page(name).await)[0].starts_with("/portal/login"), "{name}");
    }
    for page in pages().await.iter().filter(|page| page.name.ends_with("-sign-up") && page.name.starts_with("problem-"))
    {
        let targets = targets(page);
        assert!(targets.contains(&"/portal/login?for=sign-up"), "{}", page.name);
        assert!(
            targets.iter().all(|to| *to == "/portal/login?for=sign-up" || !to.starts_with("/portal")),
            "{}",
            page.name
        );
    }
}

#[tokio::test]
async fn help_answers_every_question_at_its_own_address_and_is_linked_from_every_page() {
    let help = page("help").await;
    let asked: HashSet<_> = help.all("a").filter_map(|tag| tag.attribute("href")?.strip_prefix('#')).collect();
    let answered: HashSet<_> = help
        .all("section")
        .filter(|tag| tag.inside.last().is_some_and(|outer| outer == "div"))
        .filter_map(|tag| tag.attribute("id"))
        .collect();
    assert_eq!(asked.difference(&HashSet::from(["main"])).copied().collect::<HashSet<_>>(), answered);
    for id in [
        "countries",
        "disconnect",
        "not",
        "when",
        "data",
        "flow",
        "people",
        "again",
        "undo",
        "erase",
        "existing",
        "support",
    ] {
        assert!(answered.contains(id), "{id}");
    }
    for page in pages().await {
        assert!(page.all("a").any(|tag| tag.attribute("href") == Some("/help")), "{}", page.name);
    }
}

#[tokio::test]
async fn the_picture_says_what_crosses_and_how_long_it_is_kept_and_no_engineering() {
    for name in ["portal-overview", "help"] {
        let page = page(name).await;
        for words in
            ["<li>First name</li>", "<li>Last name</li>", "<li>Email address</li>", "The list you preview: one day"]
        {
            assert!(page.html.contains(words), "{name}: {words}");
        }
        for engineering in ["DynamoDB", "sweeper", "Reached by", "queue"] {
            assert!(!page.html.contains(engineering), "{name}: {engineering}");
        }
    }
}

#[test]
fn a_receipt_says_as_text_what_it_says_as_a_page() {
    let removed = Removed {
        sign_ups: 1,
        plans: 2,
        people: 1_087,
        imports: 4,
        members: 73,
        audit_entries: 14,
        xero_logins: 1,
        go1_accesses: 1,
        sessions: 3,
    };
    let receipt = |ended_at, xero| Receipt {
        id: "receipt".into(),
        domain: PortalDomain::parse("wattle").expect("valid"),
        asked_at: Timestamp::UNIX_EPOCH,
        ended_at,
        timezone: Some("Australia/Sydney".to_owned()),
        removed,
        xero,
        access_kept: false,
        places_used: 73,
        imports_accepted: 4,
    };
    let ended = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(61));
    let text = ReceiptPage { receipt: receipt(ended, Some(XeroEnding::Removed)) }.text();
    for words in [
        "Receipt:   receipt",
        "wattle.mygo1.com",
        "1 January 1970, 10:00 am AEST",
        "10:01 am AEST",
        ": 1,087 people",
        ": 73 links",
        "removed at Xero",
        "places used: 73 of 200",
        "until 31 January 1970",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.lines().all(|line| line.trim_end() == line) && text.ends_with(".\n"));
    let texts = [None, Some(XeroEnding::Removed), Some(XeroEnding::NotRemoved), Some(XeroEnding::DisconnectedBefore)]
        .map(|xero| ReceiptPage { receipt: receipt(None, xero) }.text());
    assert_eq!(texts.iter().collect::<HashSet<_>>().len(), texts.len());
    assert!(texts.iter().all(|text| text.contains("not yet")));
    let kept = Receipt { access_kept: true, ..receipt(ended, Some(XeroEnding::NotRemoved)) };
    let kept = ReceiptPage { receipt: kept }.text();
    assert!(kept.contains("access to Xero for another organisation") && !kept.contains("access they gave"), "{kept}");
    assert!(!kept.contains("access to Xero was erased"), "{kept}");
}
