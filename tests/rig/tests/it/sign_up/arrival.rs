//! Coming from Xero's Marketplace: consent first, the form after; whoever signed up before is let in again.

use domain::ids::SignUpId;
use http::StatusCode;
use rig::{Customer, HARBOUR, MEI, PRAIRIE, Page, Rig, THORNBURY, Visitor, WATTLE, expect, import_of, ticked};
use stand_ins::xero;
use state::XeroLogins as _;

async fn sign_ups(rig: &Rig, customer: &Customer) -> Vec<SignUpId> {
    rig.state.sign_ups_of(&rig.xero_user(customer)).await.expect("memory answers")
}

/// From the Marketplace to the courses, for somebody new.
async fn arrive_and_sign_up(visitor: &Visitor) -> Page {
    let form = expect(visitor.arrive().await, StatusCode::OK, "/signup");
    let named = expect(visitor.complete_sign_up(&form).await, StatusCode::OK, "/organisations");
    visitor.confirm_organisation(&named).await
}

#[tokio::test(start_paused = true)]
async fn the_marketplace_s_link_leads_to_xero_at_once_and_asks_for_no_payroll() {
    let rig = Rig::new(1);
    let sam = rig.visitor(&PRAIRIE);
    let login = expect(sam.open("/connect").await, StatusCode::OK, "/identity/login");
    let asked = sam.browser.last_redirect();
    let scope = asked.query_pairs().find(|(name, _)| name == "scope").expect("a scope").1.into_owned();
    assert_eq!(scope, "openid profile email offline_access accounting.settings.read");
    assert!(login.text.contains(PRAIRIE.xero_user));
}

#[tokio::test(start_paused = true)]
async fn the_form_is_filled_in_with_what_xero_says_and_the_rest_is_the_usual_way() {
    let rig = Rig::new(2);
    let sam = rig.visitor(&PRAIRIE);
    let form = expect(sam.arrive().await, StatusCode::OK, "/signup");
    for (field, said) in [
        ("given_name", "Sam"),
        ("family_name", "Okafor"),
        ("email", PRAIRIE.xero_user),
        ("company", PRAIRIE.organisation),
        ("country", "US"),
        ("portal", "prairie-lantern-coffee"),
    ] {
        assert_eq!(form.field("/signup", field).expect("the form").as_deref(), Some(said), "{field}");
    }
    assert_eq!(rig.world.xero().calls(xero::endpoint::USERS), 0, "nobody's name was read");
    assert!(sign_ups(&rig, &PRAIRIE).await.is_empty(), "nothing is kept but the session");
    let wrong = sam.browser.submit(&form, "/signup", &[]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let company = wrong.field("/signup", "company").expect("the form");
    assert_eq!(company.as_deref(), Some(PRAIRIE.organisation), "what was filled in stays");
    let named = expect(sam.complete_sign_up(&wrong).await, StatusCode::OK, "/organisations");
    let courses = expect(sam.confirm_organisation(&named).await, StatusCode::OK, "/preview");
    let people = expect(sam.look(&courses).await, StatusCode::OK, "/preview/people");
    let chosen = ticked(&people).len();
    assert_eq!(rig.world.xero().calls(xero::endpoint::TOKEN), 1, "one consent is enough");
    let import = import_of(&sam.confirm(&people).await);
    rig.pump().await;
    assert_eq!(sam.progress(&import).await.done, chosen);
    assert_eq!(sign_ups(&rig, &PRAIRIE).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_australian_organisation_needs_one_more_permission_which_is_explained_first() {
    let rig = Rig::new(3);
    let olivia = rig.visitor(&WATTLE);
    let why = arrive_and_sign_up(&olivia).await;
    let why = expect(why, StatusCode::OK, "/organisations/permission");
    assert!(why.words().contains("Wattle Grove Books") && why.words().contains("Payroll"), "{}", why.words());
    assert!(why.text.contains("href=\"/connect"));
    let login = olivia.open("/connect").await;
    let asked = olivia.browser.last_redirect();
    assert!(asked.query().unwrap_or_default().contains("payroll.employees.read"));
    // The organisation was named before, and is not asked for again.
    let courses = expect(olivia.consent(&login).await, StatusCode::OK, "/preview");
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn another_country_than_the_form_said_is_one_more_consent_explained() {
    let rig = Rig::new(4);
    let mistaken = rig.visitor(&Customer { country: "US", ..WATTLE });
    let named = mistaken.reach_organisations().await;
    let why = mistaken.confirm_organisation(&named).await;
    expect(why, StatusCode::OK, "/organisations/permission");
    let courses = expect(mistaken.arrive().await, StatusCode::OK, "/preview");
    expect(mistaken.look(&courses).await, StatusCode::OK, "/preview/people");
    // The other way round nothing is missing: an American organisation needs less than was granted.
    let sam = rig.visitor(&Customer { country: "AU", ..PRAIRIE });
    let courses = expect(sam.reach_courses().await, StatusCode::OK, "/preview");
    expect(sam.look(&courses).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn whoever_signed_up_before_is_let_in_again_on_any_browser_and_has_one_sign_up() {
    let rig = Rig::new(5);
    let (_, import) = rig.imported(&WATTLE).await;
    let at_home = rig.visitor(&WATTLE);
    let back = at_home.arrive().await;
    assert_eq!(back.url.path(), format!("/imports/{import}"), "{}", back.words());
    assert_eq!(at_home.progress(&import).await.done, 7);
    assert_eq!(sign_ups(&rig, &WATTLE).await.len(), 1);
    assert_eq!(rig.portals(&WATTLE).len(), 1);
    // The form once more, by the same person for the same organisation: refused, with the way to the first.
    let again = rig.visitor(&Customer { portal: "another", ..WATTLE });
    let named = expect(again.reach_organisations().await, StatusCode::OK, "/organisations");
    let refused = again.confirm_organisation(&named).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert!(refused.text.contains("href=\"/connect?anew\""), "{}", refused.words());
    let login = again.open("/connect?anew").await;
    let back = again.consent(&login).await;
    assert_eq!(back.url.path(), format!("/imports/{import}"), "{}", back.words());
    assert_eq!(rig.portals(&WATTLE).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_sign_up_is_gone_on_with_on_another_day() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    rig.wait(std::time::Duration::from_hours(30)).await;
    let courses = expect(olivia.arrive().await, StatusCode::OK, "/preview");
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    assert_eq!(sign_ups(&rig, &WATTLE).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_organisation_of_the_same_person_is_a_sign_up_of_its_own() {
    let rig = Rig::new(7);
    rig.visitor(&WATTLE).import().await;
    let olivia = rig.visitor(&HARBOUR);
    // What she granted for the first one, payroll too, Xero counts for the second.
    expect(arrive_and_sign_up(&olivia).await, StatusCode::OK, "/preview");
    assert_eq!(sign_ups(&rig, &HARBOUR).await.len(), 2);
    // Both are connected now, and Xero does not say which is meant: it is asked, never guessed.
    let elsewhere = rig.visitor(&WATTLE);
    let chooser = expect(elsewhere.arrive().await, StatusCode::OK, "/organisations");
    let tenants = chooser.values("organisation");
    assert_eq!(tenants.len(), 2, "{}", chooser.words());
    let wattle = chooser.value_beside("organisation", WATTLE.organisation).expect("one of them");
    let back = elsewhere.browser.submit(&chooser, "/organisations", &[("organisation", &wattle)]).await;
    assert!(back.url.path().starts_with("/imports/"), "{} {}", back.url, back.words());
}

#[tokio::test(start_paused = true)]
async fn somebody_else_s_organisation_and_a_country_not_served_are_told_before_the_form() {
    let rig = Rig::new(8);
    rig.visitor(&WATTLE).import().await;
    let refused = rig.visitor(&MEI).arrive().await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("wattlegrove.mygo1.com"), "{}", refused.words());
    let elsewhere = Rig::new(9);
    let refused = elsewhere.visitor(&THORNBURY).arrive().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.words());
    let world = elsewhere.world.xero();
    assert!(world.connections().is_empty() && world.live_refresh_tokens() == 0, "nothing of it stays at Xero");
    assert!(!elsewhere.has_xero_grant(&THORNBURY).await, "nor here");
}

#[tokio::test(start_paused = true)]
async fn a_no_at_xero_leaves_nothing_behind_and_a_way_on() {
    let rig = Rig::new(10);
    let sam = rig.visitor(&PRAIRIE);
    let login = sam.open("/connect").await;
    let back = sam.consent_without_return(&login, "cancel").await;
    let page = sam.browser.open(&back).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("href=\"/connect"));
    assert!(rig.world.xero().connections().is_empty());
}
