//! The people preview: its ticks, its limit, and the address of the portal that is to be.

use super::links::{buttons, page};
use super::pages;
use super::tags::Tag;

#[tokio::test]
async fn every_button_of_the_list_sends_its_ticks() {
    let people = page("people").await;
    let forms: Vec<&Tag> = people.all("form").filter(|form| form.attribute("method") == Some("post")).collect();
    assert_eq!(forms.len(), 1, "one form has the ticks, so one form has the buttons");
    let outside: Vec<&Tag> = people.all("button").filter(|button| button.attribute("formaction").is_some()).collect();
    let actions: Vec<_> = outside.iter().filter_map(|button| button.attribute("formaction")).collect();
    let look = "/preview/people";
    let expected = [look, look, look, look, "/imports/skip", look];
    assert_eq!(
        actions, expected,
        "another address, update, check again beside who is to be mended and at the end, skip, another email"
    );
    for button in outside.iter().filter(|button| button.attribute("form").is_some()) {
        assert_eq!(button.attribute("form"), forms[0].attribute("id"));
    }
    assert!(people.html.contains("<noscript><button"), "the figures of what is ticked, without scripts");
}

/// Whoever has mended an email in Xero comes back to where they read of it, below two hundred others.
#[tokio::test]
async fn beside_those_who_cannot_be_imported_they_are_checked_again() {
    let mut seen = 0;
    for page in pages().await.iter().filter(|page| page.html.contains("id=\"blocked\"")) {
        let (_, blocked) = page.html.split_once("id=\"blocked\"").expect("there");
        let (toolbar, _) = blocked.split_once("<table").expect("a table");
        assert!(toolbar.contains("formaction=\"/preview/people\""), "{}", page.name);
        assert!(page.ids().contains(&"people-form"), "{}", page.name);
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}

#[tokio::test]
async fn at_no_places_left_who_is_over_the_limit_is_told_and_whom_to_ask() {
    let full = page("people-no-places").await;
    for words in ["All 200 places are taken", "7 people are over the limit", "href=\"mailto:support@example.com\""] {
        assert!(full.html.contains(words), "{words}");
    }
    for words in ["Import <span", "to choose from</h2>", "Import 0"] {
        assert!(!full.html.contains(words), "{words}");
    }
    let to_finish = page("people-no-places-to-finish").await;
    assert!(to_finish.html.contains("All 200 places are taken"));
    assert!(to_finish.html.contains("2 people to choose from"), "who has a place already can be finished");
    assert_eq!(to_finish.all("input").filter(|tag| tag.attribute("name") == Some("people")).count(), 2);

    let overview = page("portal-overview-full").await;
    assert!(overview.html.contains("All 200 places are taken") && !overview.html.contains("Import users from Xero"));
    assert!(buttons(&overview).iter().all(|(main, target)| !main || *target != "/portal/users"));
    let room = page("portal-overview").await;
    assert!(room.html.contains("Import users from Xero") && !room.html.contains("places are taken"));
    assert!(room.html.contains("<strong>71</strong> <span>people</span>"), "who is imported");
    assert!(room.html.contains("Places used: <strong>73 of 200</strong>"), "and what is used, each with its words");
}

#[tokio::test]
async fn who_was_left_out_and_who_is_new_says_so() {
    let checked = page("people-checked").await;
    assert_eq!(checked.html.matches("You left them out").count(), 2);
    assert_eq!(checked.html.matches("New since you last looked").count(), 1);
    assert!(checked.html.contains("Here’s what’s changed") && checked.html.contains("as you left them"));
    let same = page("people-checked-same").await;
    assert!(same.html.contains("Nothing has changed") && !same.html.contains("New since you last looked"));
}

#[tokio::test]
async fn the_list_that_is_too_long_offers_its_first_200_and_any_other_all() {
    for (name, first) in [("people", true), ("people-few", false), ("people-retry", false)] {
        let html = page(name).await.html;
        assert_eq!(html.contains("Tick the first 200"), first, "{name}");
        assert_eq!(html.contains("Tick all"), !first, "{name}");
    }
}

#[tokio::test]
async fn the_address_of_the_portal_is_told_with_what_go1_says_of_it() {
    let told = "<strong>harbour-hearth.mygo1.com</strong>";
    let free = page("people-address-free").await.html;
    assert!(free.contains(told) && free.contains("value=\"/portal-address\""));
    let untold = page("people").await.html;
    assert!(untold.contains(told));
    let taken = page("people-address-taken").await.html;
    assert!(taken.contains("Someone else has harbour-hearth.mygo1.com"));
    assert!(!page("people-again").await.html.contains("/portal-address"), "the portal is there");
    assert!(page("portal-address-free").await.html.contains("<strong>harbour.mygo1.com</strong> looks free"));
    let untold = page("portal-address-untold").await.html;
    assert!(!untold.contains("looks free") && !untold.contains("role=\"alert\""));
}

#[tokio::test]
async fn a_question_beside_a_name_is_left_to_the_owner_by_whatever_ticks_many() {
    for (name, questions) in [("people-doubtful-accounts", 3), ("people-slips", 2), ("people-few", 0)] {
        let people = page(name).await;
        let boxes: Vec<&Tag> = people.all("input").filter(|tag| tag.attribute("name") == Some("people")).collect();
        let asked: Vec<_> = boxes.iter().filter(|tag| tag.attribute("data-asked").is_some()).collect();
        assert_eq!(asked.len(), questions, "{name}");
        assert!(asked.iter().all(|tag| tag.attribute("checked").is_none()), "{name}");
        let told = format!("{questions} people are unticked because there’s a question beside the name.");
        assert_eq!(people.html.contains(&told), questions > 0, "{name}: without scripts it is said as well");
        assert!(people.html.contains("data-not-ticked"), "{name}: where the script says it");
    }
    let advisers = page("people-united-states").await;
    assert!(!advisers.html.contains("data-asked"), "an adviser is no question");
}

#[tokio::test]
async fn where_there_is_no_payroll_a_contact_group_is_offered_and_before_few_users() {
    let groups = "href=\"/preview/groups\"";
    let few = page("people-few-users").await;
    assert!(few.html.contains("Are your people contacts in Xero?") && few.html.contains(groups));
    let users = page("people-united-states").await;
    assert!(!users.html.contains("Are your people contacts in Xero?") && users.html.contains(groups));
    let advisers = "We’ve left external advisers unticked.";
    assert!(users.html.contains(advisers) && !few.html.contains(advisers), "where there are some");
    let of_group = page("people-group").await;
    assert!(of_group.html.contains("contact group Employees") && of_group.html.contains(groups));
    assert!(of_group.html.contains("company name only") && of_group.html.contains("Archived in your Xero contacts"));
    for australian in ["people", "people-few", "people-one", "people-nobody"] {
        assert!(!page(australian).await.html.contains(groups), "{australian}");
    }
}

#[tokio::test]
async fn the_choice_of_a_group_says_how_to_make_one_and_posts_which() {
    for (name, posts) in [("contact-groups-none", 0), ("contact-groups", 1), ("contact-groups-chosen", 2)] {
        let page = page(name).await;
        assert!(page.html.contains("How to make a group in Xero") && page.html.contains("import contacts"), "{name}");
        let forms = page.all("form").filter(|form| form.attribute("action") == Some("/preview/groups"));
        assert_eq!(forms.count(), posts, "{name}");
    }
    let chosen = page("contact-groups-chosen").await;
    assert!(chosen.html.contains("Your people come from this group now"));
    assert_eq!(chosen.all("input").filter(|tag| tag.attribute("checked").is_some()).count(), 1);
    let permission = page("contacts-permission").await;
    assert_eq!(buttons(&permission), [(true, "/connect?contacts"), (false, "/preview/people")]);
    assert!(permission.html.contains("all contacts") && permission.html.contains("only the group you choose"));
    let denied = page("problem-consent-contacts-denied").await;
    assert_eq!(buttons(&denied)[0], (true, "/preview/people"), "everything is as it was");
}
