//! Each finished step of the sign-up can be opened again, and the details can be changed until there is a portal.

use std::time::Duration;

use http::StatusCode;
use rig::{JUNIPER, Page, Rig, Visitor, WATTLE, expect};

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
    expect(saved, StatusCode::OK, "/preview/people");
    let again = expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people");
    assert_eq!(again.values("people"), people.values("people"), "the list and its ticks stay");
    olivia.confirm(&again).await;
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!(portal.domain.as_str(), "wattledaughters.mygo1.com");
    let mails = rig.world.go1().welcome_mails();
    assert!(mails.iter().any(|mail| mail.contains("olivia@wattle.example.com")), "{mails:?}");
    // Now it is too late, and to save is not to sign up once more.
    let late = olivia.browser.submit(&form, "/signup", &WATTLE.details()).await;
    let late = expect(late, StatusCode::FORBIDDEN, "/signup");
    assert!(late.words().contains("Pick up where you left off"), "{}", late.words());
    assert_eq!(late.field("/signup", "company").expect("the form").as_deref(), Some(WATTLE.organisation));
    assert_eq!(rig.kept_portal(&WATTLE).await.domain.as_str(), "wattledaughters.mygo1.com");
}

#[tokio::test(start_paused = true)]
async fn another_business_is_another_sign_up() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let form = expect(olivia.open("/signup?another").await, StatusCode::OK, "/signup");
    assert!(form.words().contains("Create an account"), "{}", form.words());
    assert_eq!(form.field("/signup", "company").expect("the form").as_deref(), Some(""));
}

/// Opens the form, which leads back to the step that somebody is at with these words.
async fn form_with_way_back(visitor: &Visitor, path: &str, words: &str) -> Page {
    let form = expect(visitor.open("/signup").await, StatusCode::OK, "/signup");
    let way_back = format!("<a class=\"button is-quiet\" href=\"{path}\">{words}</a>");
    assert!(form.text.contains(&way_back), "{way_back} on {}", form.words());
    assert!(!form.words().contains("Your details are"), "nothing was saved yet: {}", form.words());
    form
}

/// Saves another company's name, and is led to `path`, which says so and nothing more of what was not changed.
async fn save(visitor: &Visitor, form: &Page, path: &str, company: &str) -> Page {
    let saved = visitor.browser.submit(form, "/signup", &[("company", company)]).await;
    let saved = expect(saved, StatusCode::OK, path);
    assert_eq!(saved.texts("main > [role=status]"), [format!("Your details are saved Company name: {company}")]);
    saved
}

#[tokio::test(start_paused = true)]
async fn from_each_step_the_details_lead_back_without_saving_and_say_what_a_save_changed() {
    for (seed, customer, organisation) in [(4, WATTLE, "organisation"), (5, JUNIPER, "organization")] {
        let rig = Rig::new(seed);
        let visitor = rig.visitor(&customer);
        visitor.sign_up().await;
        // Before the first login Xero's page is next, which cannot say what was saved: the button says where it leads.
        let form = form_with_way_back(&visitor, "/connect?again", "Continue to Xero without saving").await;
        assert!(form.words().contains("Save and continue to Xero"), "{}", form.words());
        let login = visitor.browser.submit(&form, "/signup", &[("company", "One")]).await;
        expect(login, StatusCode::OK, "/identity/login");
        let form = expect(visitor.open("/signup").await, StatusCode::OK, "/signup");
        assert_eq!(form.field("/signup", "company").expect("the form").as_deref(), Some("One"));
        let named = visitor.consent(&visitor.open("/connect?again").await).await;
        let words = format!("Back to your {organisation} without saving");
        let form = form_with_way_back(&visitor, "/organisations", &words).await;
        save(&visitor, &form, "/organisations", "Two").await;
        let courses = visitor.confirm_organisation(&named).await;
        let form = form_with_way_back(&visitor, "/preview", "Back to the courses without saving").await;
        save(&visitor, &form, "/preview", "Three").await;
        let people = visitor.look(&courses).await;
        let form = form_with_way_back(&visitor, "/preview/people", "Back to the people without saving").await;
        let saved = save(&visitor, &form, "/preview/people", "Four").await;
        assert_eq!(saved.values("people"), people.values("people"), "the same people, with the same ticks");
        let back = expect(visitor.open("/preview/people").await, StatusCode::OK, "/preview/people");
        assert!(!back.words().contains("Your details are saved"), "who goes back without saving is told nothing");
        assert_eq!(rig.kept_sign_up(&customer).await.details.company, "Four");
    }
}

#[tokio::test(start_paused = true)]
async fn the_people_page_shows_the_email_of_the_owner_and_leads_to_where_it_is_changed() {
    let rig = Rig::new(8);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    assert!(
        people.words().contains("You’ll sign in to your portal as olivia.hartley@example.com"),
        "{}",
        people.words()
    );
    let form = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    let asked = olivia.browser.submit(&form, "/signup", &[("email", "olivia@wattlegrove.example.con")]).await;
    let asked = expect(asked, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert!(asked.words().contains("Did you mean olivia@wattlegrove.example.com?"), "{}", asked.words());
    let kept = rig.kept_sign_up(&WATTLE).await.details.email;
    assert_eq!(kept.as_str(), "olivia.hartley@example.com", "nothing is kept before it is answered");
    // Sent again as it is, it is taken.
    let people = expect(olivia.browser.submit(&asked, "/signup", &[]).await, StatusCode::OK, "/preview/people");
    assert!(
        people.words().contains("You’ll sign in to your portal as olivia@wattlegrove.example.con"),
        "{}",
        people.words()
    );
    // Once there is a portal, GO1 has it, and nothing is offered that is in vain.
    olivia.confirm(&people).await;
    rig.pump().await;
    let later = olivia.look_again().await;
    assert!(!later.words().contains("You’ll sign in to your portal as"), "{}", later.words());
}

#[tokio::test(start_paused = true)]
async fn a_save_that_changes_nothing_says_so_and_a_strange_address_says_nothing() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let form = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    let same = expect(olivia.browser.submit(&form, "/signup", &[]).await, StatusCode::OK, "/preview/people");
    assert!(same.words().contains("Your details are as they were"), "{}", same.words());
    // The form with a mistake leads back as well.
    let wrong = olivia.browser.submit(&form, "/signup", &[("portal", "-")]).await;
    let wrong = expect(wrong, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert!(wrong.words().contains("Back to the people without saving"), "{}", wrong.words());
    for strange in ["saved=prize", "saved=email-prize", "paid="] {
        let people = olivia.open(&format!("/preview/people?{strange}")).await;
        assert!(!people.words().contains("Your details are"), "{strange}: {}", people.words());
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_saved_is_said_of_the_courses_where_the_list_of_people_is_no_longer_kept() {
    let rig = Rig::new(7);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    rig.wait(Duration::from_hours(25)).await;
    olivia.arrive().await;
    let form = expect(olivia.open("/signup").await, StatusCode::OK, "/signup");
    save(&olivia, &form, "/preview", "Wattle & Daughters").await;
}
