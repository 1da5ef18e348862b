//! Each finished step of the sign-up can be opened again, and the details can be changed until there is a portal.

use http::StatusCode;
use rig::{Rig, WATTLE, expect};

#[tokio::test(start_paused = true)]
async fn each_finished_step_can_be_opened_again_until_there_is_a_portal() {
    let rig = Rig::new(1);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    for path in ["/signup", "/organisations", "/preview"] {
        assert!(people.text.contains(&format!("<a href=\"{path}\">")), "{path} in the steps: {}", people.text);
        let page = expect(olivia.open(path).await, StatusCode::OK, path);
        assert!(!page.words().contains("Create an account"), "{path}: {}", page.words());
    }
    let again = expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people");
    assert_eq!(again.values("people"), people.values("people"), "the same people, with the same ticks");
    let progress = olivia.confirm(&again).await;
    assert!(!progress.text.contains("<a href=\"/signup\">"), "there is a portal: {}", progress.words());
    let form = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    assert!(form.words().contains("Create an account"), "{}", form.words());
}

#[tokio::test(start_paused = true)]
async fn details_are_shown_as_they_were_typed_and_changed_ones_are_those_of_the_portal() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let form = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    for (name, typed) in WATTLE.details() {
        let shown = form.field("/signup", name).expect("the form");
        assert_eq!(shown.as_deref(), Some(typed), "{name}");
    }
    // A mistake loses nothing of what was typed beside it.
    let typed = [("company", "Wattle & Daughters"), ("portal", "-")];
    let wrong = olivia.browser.submit(&form, "/signup", &typed).await;
    let wrong = expect(wrong, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert_eq!(wrong.field("/signup", "company").expect("the form").as_deref(), Some("Wattle & Daughters"));
    let typed = [("portal", "wattledaughters"), ("email", "olivia@wattle.example.com")];
    let saved = olivia.browser.submit(&wrong, "/signup", &typed).await;
    expect(saved, StatusCode::OK, "/preview");
    let again = expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people");
    assert_eq!(again.values("people"), people.values("people"), "the list and its ticks stay");
    olivia.confirm(&again).await;
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!(portal.domain.as_str(), "wattledaughters.mygo1.com");
    let mails = rig.world.go1().welcome_mails();
    assert!(mails.iter().any(|mail| mail.contains("olivia@wattle.example.com")), "{mails:?}");
    // Now it is too late.
    let late = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
    assert_eq!(rig.kept_portal(&WATTLE).await.domain.as_str(), "wattledaughters.mygo1.com", "{}", late.words());
}

#[tokio::test(start_paused = true)]
async fn another_business_is_another_sign_up() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let form = expect(olivia.open("/signup?another").await, StatusCode::OK, "/signup");
    assert!(form.words().contains("Create an account"), "{}", form.words());
    assert_eq!(form.field("/signup", "company").expect("the form").as_deref(), Some(""));
}
