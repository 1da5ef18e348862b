//! Which organisation it is: named back, never guessed, refused with a way on, and nobody else's to see.

use http::StatusCode;
use rig::{BLUEGUM, Customer, HARBOUR, PAPERBARK, Rig, THORNBURY, Visitor, WATTLE, expect, import_of};
use stand_ins::xero;
use state::TenantReader as _;

const MEI: Customer = Customer { xero_user: "mei.tanaka@example.com", name: ("Mei", "Tanaka"), ..WATTLE };

fn connected(rig: &Rig, customer: &Customer) -> bool {
    let tenant = rig.tenant(customer);
    rig.world.xero().connections().iter().any(|connection| connection.tenant_id == tenant.as_str())
}

async fn at_organisations(visitor: &Visitor) -> rig::Page {
    let login = visitor.sign_up().await;
    visitor.consent(&login).await
}

#[tokio::test(start_paused = true)]
async fn a_country_that_is_not_served_is_refused_and_nothing_of_it_is_kept() {
    let rig = Rig::new(1);
    let page = at_organisations(&rig.visitor(&THORNBURY)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.words().contains("In Xero, the country of Thornbury Ceramics is United Kingdom"), "{}", page.words());
    assert!(!connected(&rig, &THORNBURY), "the connection went again");
    assert_eq!(rig.state.find_tenant(&rig.tenant(&THORNBURY)).await.expect("memory answers"), None);
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 0);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_with_a_portal_is_refused_to_another_sign_up_with_the_way_and_stays_connected() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    // Her colleague, from another sign-up.
    let mei = rig.visitor(&MEI);
    let named = expect(at_organisations(&mei).await, StatusCode::OK, "/organisations");
    let refused = mei.confirm_organisation(&named).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("wattlegrove.mygo1.com"), "{}", refused.words());
    assert!(refused.text.contains("href=\"http://go1.localhost:8402/portals-home/wattlegrove.mygo1.com\""));
    assert!(connected(&rig, &WATTLE));
    assert_eq!(rig.world.xero().connections().len(), 1, "and the colleague's own connection went again");
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 6, "the import goes on");
}

#[tokio::test(start_paused = true)]
async fn of_several_organisations_none_is_taken_without_asking() {
    let rig = Rig::new(3);
    let olivia = rig.visitor(&HARBOUR);
    expect(at_organisations(&olivia).await, StatusCode::OK, "/organisations");
    expect(at_organisations(&rig.visitor(&WATTLE)).await, StatusCode::OK, "/organisations");
    // Connected before, so Xero names no organisation for this consent.
    let login = olivia.open("/connect").await;
    let chooser = expect(olivia.consent(&login).await, StatusCode::OK, "/organisations");
    assert_eq!(chooser.values("organisation").len(), 2);
    assert!(chooser.words().contains("Which organisation is it?"));
    let nothing = olivia.confirm_organisation(&chooser).await;
    let nothing = expect(nothing, StatusCode::UNPROCESSABLE_ENTITY, "/organisations");
    assert!(nothing.words().contains("Please choose an organisation"), "{}", nothing.words());
    let harbour = rig.tenant(&HARBOUR);
    let courses = olivia.browser.submit(&nothing, "/organisations", &[("organisation", harbour.as_str())]).await;
    let courses = expect(courses, StatusCode::OK, "/preview");
    assert!(courses.words().contains(HARBOUR.organisation));
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_was_not_offered_cannot_be_chosen() {
    let rig = Rig::new(4);
    let olivia = rig.visitor(&WATTLE);
    let named = at_organisations(&olivia).await;
    let prairie = rig.world.xero().organisation("Prairie Lantern Coffee").expect("Sam's").tenant_id;
    for foreign in [prairie.as_str(), rig.tenant(&HARBOUR).as_str(), "", "nonsense"] {
        let page = olivia.browser.submit(&named, "/organisations", &[("organisation", foreign)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{foreign}");
    }
    expect(olivia.confirm_organisation(&named).await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_payroll_or_has_none_or_nobody_on_it_is_told_which() {
    let cases = [(BLUEGUM, "nobody"), (PAPERBARK, "payroll"), (MEI, "payroll administrator")];
    for (customer, words) in cases {
        let rig = Rig::new(5);
        let visitor = rig.visitor(&customer);
        let login = visitor.sign_up().await;
        let named = visitor.consent(&login).await;
        visitor.confirm_organisation(&named).await;
        let courses = visitor.open("/preview").await;
        let page = visitor.look(&courses).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.words().contains(words), "{}", page.words());
        expect(visitor.skip(&page).await, StatusCode::OK, "/get-started");
    }
}

#[tokio::test(start_paused = true)]
async fn another_portal_s_import_is_as_little_there_as_none() {
    let rig = Rig::new(6);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 5);
    let (olivia, other) = (rig.visitor(&WATTLE), rig.visitor(&BLUEGUM));
    let (_, import) = olivia.import().await;
    let (_, own) = other.import().await;
    rig.pump().await;
    let nobody_s = "0".repeat(import.as_str().len());
    for rest in ["", "/report.csv"] {
        let foreign = other.open(&format!("/imports/{import}{rest}")).await;
        let missing = other.open(&format!("/imports/{nobody_s}{rest}")).await;
        assert_eq!((foreign.status, &foreign.text), (StatusCode::NOT_FOUND, &missing.text));
        let foreign = other.fetch(&format!("/imports/{import}{rest}")).await;
        let missing = other.fetch(&format!("/imports/{nobody_s}{rest}")).await;
        assert_eq!((foreign.status, &foreign.text), (StatusCode::NOT_FOUND, &missing.text));
        assert_eq!(foreign.headers, missing.headers);
        assert!(foreign.headers["content-type"].to_str().is_ok_and(|kind| kind.contains("problem+json")));
        assert_eq!(
            rig.visitor(&WATTLE).open(&format!("/imports/{import}{rest}")).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(other.open(&format!("/imports/{own}{rest}")).await.status, StatusCode::OK);
    }
}

#[tokio::test(start_paused = true)]
async fn an_organisation_taken_over_before_it_has_a_portal_is_the_newer_sign_up_s_alone() {
    let rig = Rig::new(7);
    let first = rig.visitor(&WATTLE);
    let people = first.reach_people().await;
    let second = rig.visitor(&WATTLE);
    let chooser = at_organisations(&second).await;
    let tenant = rig.tenant(&WATTLE);
    let courses = second.browser.submit(&chooser, "/organisations", &[("organisation", tenant.as_str())]).await;
    let others = second.look(&expect(courses, StatusCode::OK, "/preview")).await;
    let (late, _) = tokio::join!(first.confirm(&people), second.open("/preview/people"));
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("href=\"/organisations\""), "the way to confirm it again: {}", late.words());
    assert!(rig.portals(&WATTLE).is_empty());
    import_of(&second.confirm(&others).await);
}
