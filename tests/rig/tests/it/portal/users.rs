//! Who was imported, as a portal's administrator sees it: by pages, with GO1's names, and with GO1's failures.

use std::time::Duration;

use http::StatusCode;
use rig::{BLUEGUM, Rig, WATTLE};
use stand_ins::{Fault, FaultKind, go1};

use super::{framed, is_framed, says, squeezed};

#[tokio::test(start_paused = true)]
async fn users_are_read_by_pages_found_by_email_and_by_name() {
    let rig = Rig::new(8);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 60);
    rig.imported(&BLUEGUM).await;
    let portal = rig.portal(&BLUEGUM);
    for number in 0..900 {
        rig.world.go1().add_user_account(portal.as_str(), &format!("old{number}@example.com"), "Old", "Hand");
    }
    let olivia = rig.administrator(&BLUEGUM).await;
    let mut seen = Vec::new();
    for (page, people) in [(1, 25), (2, 25), (3, 10), (9, 10)] {
        let asked = rig.world.go1().call_log().len();
        let users = framed(olivia.open(&format!("/portal/users?page={page}")).await, "/portal/users");
        let calls = rig.world.go1().call_log().len() - asked;
        assert!(calls <= 1 + people, "{calls} calls for {people} people of 960");
        let words = squeezed(&users.words());
        let emails = rig.learners(&BLUEGUM).into_iter().map(|account| account.email);
        let shown: Vec<String> = emails.filter(|email| words.contains(email)).collect();
        assert_eq!(shown.len(), people, "page {page}");
        if page < 9 {
            seen.extend(shown);
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 60, "everybody is on one page");

    let account = rig.learners(&BLUEGUM).into_iter().find(|account| account.email == seen[7]).expect("there");
    let asked = rig.world.go1().call_log().len();
    let found = olivia.open(&format!("/portal/users?q={}", account.email.to_uppercase().replace('@', "%40"))).await;
    says(&found, &["1 user found", &account.email]);
    assert!(rig.world.go1().call_log().len() - asked <= 2);
    let by_name = olivia.open(&format!("/portal/users?q={}", account.family_name)).await;
    says(&by_name, &[&account.email]);
    says(&olivia.open("/portal/users?q=old7%40example.com").await, &["No one matches"]);
    says(&olivia.open("/portal/users?show=deactivated").await, &["No one matches"]);
    rig.world.go1().set_active(&account.id, false);
    says(&olivia.open("/portal/users?show=deactivated").await, &["1 user found", &account.email]);
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
    says(&users, &["7 people were imported", "No longer in GO1", "May have an account"]);
    says(&olivia.open("/portal/users?show=gone").await, &["1 user found", "We don’t keep names"]);
    says(&olivia.open("/portal/users?show=not-finished").await, &["1 user found", "Not known yet"]);
}

#[tokio::test(start_paused = true)]
async fn each_of_go1_s_failures_has_its_page_and_no_list_that_looks_empty() {
    let rig = Rig::new(10);
    let olivia = rig.managed(&WATTLE).await;
    for kind in [FaultKind::status(503), FaultKind::Delay { milliseconds: 60_000 }] {
        rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, kind));
        let page = olivia.open("/portal/users").await;
        assert_eq!((page.status, is_framed(&page)), (StatusCode::SERVICE_UNAVAILABLE, true), "{}", page.words());
        rig.world.go1().faults().clear();
    }
    rig.world.go1().expire_access_tokens();
    framed(olivia.open("/portal/users").await, "/portal/users");
    rig.end_access_to_go1();
    let page = olivia.open("/portal/users").await;
    assert_eq!((page.status, is_framed(&page)), (StatusCode::CONFLICT, true), "{}", page.words());
    assert!(page.text.contains("/portal/login?for=sign-up"), "{}", page.words());
    let login = olivia.open("/portal/login?for=sign-up").await;
    framed(olivia.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, "/portal");
    says(&framed(olivia.open("/portal/users").await, "/portal/users"), &["7 people were imported"]);
}
