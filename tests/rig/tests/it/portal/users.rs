//! Everybody in the portal, as its administrator sees them: sorted over all, with who was imported marked, and with GO1's
//! failures.

use std::time::Duration;

use jiff::SignedDuration;
use rig::{BLUEGUM, Page, Rig, WATTLE};
use stand_ins::{Fault, FaultKind, go1};

use super::{framed, is_framed, says, squeezed};

/// The names on a page of the list, in its order.
fn names(page: &Page) -> Vec<String> {
    let cells = page.text.split("<th role=\"rowheader\" scope=\"row\">").skip(1);
    cells.filter_map(|cell| cell.split_once("</th>")).map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn users_are_everybody_in_the_portal_sorted_over_all_pages_with_who_was_imported_marked() {
    let rig = Rig::new(8);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 60);
    let (_, import) = rig.imported(&BLUEGUM).await;
    let portal = rig.portal(&BLUEGUM);
    for number in 0..150 {
        let family_name = format!("{}ld{number:03}", if number % 2 == 0 { 'O' } else { 'a' });
        rig.world.go1().add_user_account(portal.as_str(), &format!("old{number}@example.com"), "Old", &family_name);
    }
    let olivia = rig.administrator(&BLUEGUM).await;
    let asked = rig.world.go1().call_log().len();
    let users = framed(olivia.open("/portal/users").await, "/portal/users");
    let asked = rig.world.go1().call_log().len() - asked;
    assert!(asked <= 5 + 1, "five pages of GO1's list hold 211 users, and one call is about who asks: {asked}");
    says(
        &users,
        &["60 people are imported", "211 users", "Imported from Xero 60", "Not from Xero 151", "1 to 25 of 211"],
    );

    let mut seen = Vec::new();
    for page in 1..=3 {
        let users = olivia.open(&format!("/portal/users?size=100&page={page}")).await;
        seen.extend(names(&users));
    }
    assert_eq!(seen.len(), 211, "one row an account");
    let last_names: Vec<_> =
        seen.iter().map(|name| name.rsplit(' ').next().unwrap_or_default().to_lowercase()).collect();
    assert!(last_names.is_sorted(), "over all pages: {last_names:?}");
    let by_first = olivia.open("/portal/users?size=100&sort=first-name").await;
    let first_names = names(&by_first).iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    assert!(first_names.is_sorted(), "{first_names:?}");

    // Each letter leads to the page on which its first name stands, and to that row.
    let mut addresses = users.text.split("href=\"").filter_map(|text| text.split('"').next());
    let letter = addresses.find(|address| address.ends_with("#O")).expect("a letter").to_owned();
    let there = olivia.open(letter.split('#').next().unwrap_or_default()).await;
    assert!(there.text.contains("id=\"O\"") && there.words().contains("Old Old000"), "{letter}: {}", there.words());

    let account = rig.learners(&BLUEGUM).into_iter().next().expect("somebody");
    let found = olivia.open(&format!("/portal/users?q={}", account.email.to_uppercase().replace('@', "%40"))).await;
    says(&found, &["1 user found", &account.email, "New account"]);
    assert!(found.text.contains(&format!("href=\"/imports/{import}\"")), "by which import: {}", found.text);
    let other = olivia.open("/portal/users?q=old7%40example.com").await;
    says(&other, &["1 user found", "Old ald007", "Not from Xero"]);
    says(&olivia.open("/portal/users?show=others&page=99").await, &["151 users found", "151 to 151 of 151"]);
    says(&olivia.open("/portal/users?show=deactivated").await, &["No one matches"]);
    rig.world.go1().set_active(&account.id, false);
    says(&olivia.open("/portal/users?show=deactivated").await, &["1 user found", &account.email]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_behind_loses_nobody_who_was_imported() {
    let rig = Rig::new(11);
    let olivia = rig.managed(&WATTLE).await;
    let portal = rig.portal(&WATTLE);
    rig.world.go1().set_lists_behind(portal.as_str(), SignedDuration::from_mins(20));
    let users = framed(olivia.open("/portal/users").await, "/portal/users");
    says(&users, &["7 people are imported"]);
    assert!(!users.words().contains("No longer in GO1"), "{}", users.words());
    for account in rig.learners(&WATTLE) {
        assert!(squeezed(&users.words()).contains(&account.email), "{}: {}", account.email, users.words());
    }
}

#[tokio::test(start_paused = true)]
async fn a_portal_with_more_users_than_one_page_reads_says_how_many_more_there_are_and_finds_them_by_email() {
    let rig = Rig::new(12);
    rig.imported(&WATTLE).await;
    let portal = rig.portal(&WATTLE);
    for number in 0..1_200 {
        rig.world.go1().add_user_account(portal.as_str(), &format!("old{number}@example.com"), "Old", "Hand");
    }
    let olivia = rig.administrator(&WATTLE).await;
    let asked = rig.world.go1().call_log().len();
    let users = framed(olivia.open("/portal/users").await, "/portal/users");
    let calls = rig.world.go1().call_log().len() - asked;
    assert!(calls <= 20 + 7, "{calls} calls");
    says(&users, &["7 people are imported", "1,000 users", "207 more users than we can list here"]);
    let found = olivia.open("/portal/users?q=old1199%40example.com").await;
    says(&found, &["1 user found", "old1199@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_gone_at_go1_or_was_never_certain_stays_on_the_list() {
    let rig = Rig::new(9);
    let (_, import) = rig.visitor(&WATTLE).import().await;
    let people = rig.kept_people(&WATTLE, &import).await;
    let mut emails = people.iter().map(|person| person.email.as_str()).filter(|email| *email != WATTLE.xero_user);
    let (gone, uncertain) = (emails.next().expect("two more"), emails.next().expect("two more"));
    for asked in [uncertain.to_owned(), uncertain.replace('@', "%40")] {
        let unanswered = Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, FaultKind::status(500));
        rig.world.go1().faults().add(Fault { endpoint: None, ..unanswered }.matching(&asked));
    }
    for _ in 0..26 {
        rig.pump().await;
        rig.wait(Duration::from_hours(1)).await;
        rig.sweep().await;
    }
    rig.world.go1().faults().clear();
    let portal = rig.portal(&WATTLE);
    assert!(rig.world.go1().edit_user_account(portal.as_str(), gone, |account| account.portal_id = "1".to_owned()));
    let olivia = rig.administrator(&WATTLE).await;
    let users = framed(olivia.open("/portal/users").await, "/portal/users");
    says(
        &users,
        &[
            "6 people are imported",
            "1 person isn’t finished",
            "Imported from Xero 6",
            "No longer in GO1",
            "May have an account",
        ],
    );
    says(&olivia.open("/portal/users?show=gone").await, &["1 user found", "We don’t keep names"]);
    says(&olivia.open("/portal/users?show=not-finished").await, &["1 user found", "Not known yet"]);
}

#[tokio::test(start_paused = true)]
async fn where_go1_does_not_show_its_users_the_page_shows_who_was_imported_and_says_so() {
    let rig = Rig::new(10);
    let olivia = rig.managed(&WATTLE).await;
    let learner = rig.learners(&WATTLE).into_iter().next().expect("somebody");
    let shows_who_was_imported = |page: Page, words: &str| {
        let page = framed(page, "/portal/users");
        says(&page, &["7 people are imported", "7 users", &learner.email, words]);
        assert!(!page.words().contains("No longer in GO1") && is_framed(&page), "{}", page.words());
    };
    for kind in [FaultKind::status(503), FaultKind::Delay { milliseconds: 60_000 }] {
        rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, kind));
        shows_who_was_imported(olivia.open("/portal/users").await, "GO1 isn’t answering right now");
        rig.world.go1().faults().clear();
    }
    let missing = FaultKind::answer(401, &[("content-type", "application/json")], r#"{"message":"Missing scopes"}"#);
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, missing));
    shows_who_was_imported(olivia.open("/portal/users").await, "GO1 doesn’t let us see your portal’s users");
    rig.world.go1().faults().clear();
    rig.world.go1().expire_access_tokens();
    says(&framed(olivia.open("/portal/users").await, "/portal/users"), &["7 users"]);
    rig.end_access_to_go1();
    let page = olivia.open("/portal/users").await;
    assert!(page.text.contains("/portal/login?for=sign-up"), "{}", page.words());
    shows_who_was_imported(page, "GO1 needs you to sign in");
    let login = olivia.open("/portal/login?for=sign-up").await;
    framed(olivia.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, "/portal");
    says(&framed(olivia.open("/portal/users").await, "/portal/users"), &["7 people are imported", "7 users"]);
}
