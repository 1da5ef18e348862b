//! Which organisation it is: named back, never guessed, refused with a way on, and nobody else's to see.

use http::StatusCode;
use rig::{BLUEGUM, HARBOUR, MEI, PAPERBARK, Rig, THORNBURY, WATTLE, expect, import_of};
use stand_ins::xero;

#[tokio::test(start_paused = true)]
async fn a_country_that_is_not_served_is_refused_and_nothing_of_it_is_kept() {
    let rig = Rig::new(1);
    let page = rig.visitor(&THORNBURY).reach_organisations().await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.words().contains("In Xero, the country of Thornbury Ceramics is United Kingdom"), "{}", page.words());
    assert_eq!(rig.connections(&THORNBURY), 0, "the connection went again");
    assert_eq!(rig.find_tenant(&THORNBURY).await, None);
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 0);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_with_a_portal_is_refused_to_another_sign_up_with_the_way_and_stays_connected() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    // Her colleague, from another sign-up.
    let mei = rig.visitor(&MEI);
    let named = expect(mei.reach_organisations().await, StatusCode::OK, "/organisations");
    let refused = mei.confirm_organisation(&named).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("wattlegrove.mygo1.com"), "{}", refused.words());
    assert!(refused.text.contains("href=\"http://go1.localhost:8402/portals-home/wattlegrove.mygo1.com\""));
    assert_eq!(rig.connections(&WATTLE), 1);
    assert_eq!(rig.world.xero().connections().len(), 1, "and the colleague's own connection went again");
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 6, "the import goes on");
}

#[tokio::test(start_paused = true)]
async fn of_several_organisations_none_is_taken_without_asking() {
    let rig = Rig::new(3);
    let olivia = rig.visitor(&HARBOUR);
    expect(olivia.reach_organisations().await, StatusCode::OK, "/organisations");
    expect(rig.visitor(&WATTLE).reach_organisations().await, StatusCode::OK, "/organisations");
    // Connected before, so Xero names no organisation for this consent.
    let chooser = expect(olivia.arrive().await, StatusCode::OK, "/organisations");
    assert_eq!(chooser.values("organisation").len(), 2);
    assert!(chooser.words().contains("Which organisation?"));
    let nothing = olivia.confirm_organisation(&chooser).await;
    let nothing = expect(nothing, StatusCode::UNPROCESSABLE_ENTITY, "/organisations");
    assert!(nothing.words().contains("Please choose an organisation"), "{}", nothing.words());
    let courses = olivia.choose(&nothing, &rig.tenant(&HARBOUR)).await;
    let courses = expect(courses, StatusCode::OK, "/preview");
    assert!(courses.words().contains(HARBOUR.organisation));
}

#[tokio::test(start_paused = true)]
async fn two_organisations_of_one_name_are_told_apart_before_the_choice_that_is_for_good() {
    let rig = Rig::new(8);
    let olivia = rig.visitor(&HARBOUR);
    expect(olivia.reach_organisations().await, StatusCode::OK, "/organisations");
    expect(rig.visitor(&WATTLE).reach_organisations().await, StatusCode::OK, "/organisations");
    let different = expect(olivia.arrive().await, StatusCode::OK, "/organisations");
    assert!(!different.words().contains("connected on"), "{}", different.words());
    rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| {
        organisation.name = "HARBOUR & HEARTH\u{200B}  Hospitality".to_owned();
        organisation.class = "TRIAL".to_owned();
    });
    let alike = expect(olivia.open("/organisations").await, StatusCode::OK, "/organisations");
    let words = alike.words();
    let kept = rig.world.xero().organisation(HARBOUR.organisation).expect("there");
    assert!(words.contains(&format!("Xero’s code {}", kept.short_code)), "{words}");
    assert_eq!(words.matches("connected on").count(), 2, "{words}");
    assert_eq!(words.matches("Trial,").count(), 1, "{words}");
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_was_not_offered_cannot_be_chosen() {
    let rig = Rig::new(4);
    let olivia = rig.visitor(&WATTLE);
    let named = olivia.reach_organisations().await;
    let prairie = rig.world.xero().organisation("Prairie Lantern Coffee").expect("Sam's").tenant_id;
    for foreign in [prairie.as_str(), rig.tenant(&HARBOUR).as_str(), "", "nonsense"] {
        let page = olivia.browser.submit(&named, "/organisations", &[("organisation", foreign)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{foreign}");
    }
    expect(olivia.confirm_organisation(&named).await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_payroll_or_has_none_or_nobody_on_it_is_told_which() {
    let cases = [(BLUEGUM, "lists no one"), (PAPERBARK, "payroll"), (MEI, "payroll administrator")];
    for (customer, words) in cases {
        let rig = Rig::new(5);
        let visitor = rig.visitor(&customer);
        let named = visitor.reach_organisations().await;
        visitor.confirm_organisation(&named).await;
        let page = visitor.look_again().await;
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
    let (first, people) = rig.at_people(&WATTLE).await;
    let second = rig.visitor(&WATTLE);
    let chooser = second.reach_organisations().await;
    let courses = second.choose(&chooser, &rig.tenant(&WATTLE)).await;
    let others = second.look(&expect(courses, StatusCode::OK, "/preview")).await;
    let (late, _) = tokio::join!(first.confirm(&people), second.open("/preview/people"));
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("href=\"/organisations\""), "the way to confirm it again: {}", late.words());
    assert!(rig.portals(&WATTLE).is_empty());
    import_of(&second.confirm(&others).await);
}
