//! From the press to the import.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::audit::AuditAction;
use domain::tenant::PortalStep;
use http::StatusCode;
use rig::{Customer, PRAIRIE, Page, Rig, Sent, WATTLE, expect, import_of};
use state::GrantOwner;

use super::{ACME, ADA, accounts, ada_arrives, ada_at_organisations, confirm, kept_portal, log_in, portal};
use crate::portal::portals_made;

/// A learner in the same portal.
const BRUNO: &str = "bruno.keane@acme.example.com";

fn field(page: &Page, name: &str) -> Option<String> {
    page.field("/signup", name).expect("the form")
}

#[tokio::test(start_paused = true)]
async fn an_administrator_connects_their_portal_and_imports_into_it_and_no_other_portal_is_made() {
    let rig = Rig::new(1);
    // Two of the payroll are in the portal already, one of them written differently.
    let payroll = rig.employees(&WATTLE);
    let known: Vec<_> = payroll.iter().filter(|each| each.email.is_some()).take(2).collect();
    let there: Vec<String> = known.iter().filter_map(|each| each.email.clone()).collect();
    let acme = portal(&rig, ACME);
    let add = |email: &str, each: &stand_ins::Employee| {
        rig.world.go1().add_learner(acme.as_str(), email, &each.first_name, &each.last_name);
    };
    add(&there[0].to_uppercase(), known[0]);
    add(&there[1], known[1]);
    let before = accounts(&rig, ACME);

    let ada = rig.visitor(&WATTLE);
    let landing = ada.open("/").await;
    assert!(landing.text.contains("href=\"/portal/login?existing\"") && landing.words().contains("Connect my portal"));
    let named = ada_at_organisations(&rig, &ada).await;
    assert!(named.words().contains("We’ll connect acme.mygo1.com to it"), "{}", named.words());
    let courses = expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    assert_eq!(
        rig.kept_tenant(&WATTLE).await.portal,
        PortalStep::Created { portal: acme.clone(), domain: ACME.to_owned().try_into().expect("a domain") }
    );
    let people = expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
    let import = import_of(&ada.confirm(&people).await);
    rig.pump().await;
    let progress = ada.progress(&import).await;
    assert_eq!((progress.done, progress.created, progress.failed), (7, 5, 0), "two were there");
    let after = accounts(&rig, ACME);
    assert_eq!(after.len(), before.len() + 5);
    assert!(before.iter().all(|account| after.contains(account)), "whoever was there is as before");
    assert_eq!(rig.world.go1().enrollments(acme.as_str()).len(), 7 * 5);
    let mailed: BTreeSet<String> = rig.world.go1().welcome_mails().into_iter().collect();
    assert!(there.iter().all(|email| !mailed.contains(email)), "nobody is welcomed where they are");

    let ready = expect(ada.open("/get-started").await, StatusCode::OK, "/get-started");
    assert!(ready.words().contains("Your portal is connected"), "{}", ready.words());
    assert!(!ready.words().contains("Set your password") && !ready.words().contains("set your password"));
    assert_eq!((portals_made(&rig), rig.world.go1().portals().len()), (0, 3));
    let entries = rig.trail(&WATTLE).await;
    let did = |action: AuditAction| entries.iter().any(|entry| entry.action == action);
    let by = entries.iter().find(|entry| matches!(entry.action, AuditAction::AdministratorEntered { .. }));
    assert_eq!(by.and_then(|entry| entry.by.as_deref()), Some("Ada Forsyth"));
    assert!(did(AuditAction::PortalConnected { portal: acme.clone() }));
    assert!(!did(AuditAction::PortalCreated { portal: acme }));

    // From now on she comes in from the portal.
    let ada = rig.visitor(&WATTLE);
    expect(log_in(&rig, &ada, "/portal", ACME, ADA).await, StatusCode::OK, "/portal");
}

#[tokio::test(start_paused = true)]
async fn the_form_is_filled_in_with_what_go1_says_and_keeps_what_was_typed() {
    let rig = Rig::new(2);
    let ada = rig.visitor(&WATTLE);
    let form = ada_arrives(&rig, &ada).await;
    for (name, said) in
        [("given_name", "Ada"), ("family_name", "Forsyth"), ("email", ADA), ("company", "Acme Fabrication")]
    {
        assert_eq!(field(&form, name).as_deref(), Some(said), "{name}");
    }
    assert_eq!((field(&form, "portal"), field(&form, "industry")), (None, None), "neither is asked for");
    assert!(form.words().contains(ACME), "{}", form.words());
    let typed = [("given_name", "Adeline"), ("company", ""), ("country", "AU")];
    let wrong = ada.browser.submit(&form, "/signup", &typed).await;
    let wrong = expect(wrong, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert!(wrong.words().contains("Please check 3 fields"), "{}", wrong.words());
    assert_eq!(field(&wrong, "given_name").as_deref(), Some("Adeline"));
    assert_eq!((field(&wrong, "portal"), field(&wrong, "country").as_deref()), (None, Some("AU")));
    let login = ada.accept(&wrong, &[("company", "Acme Pty Ltd")]).await;
    let named = expect(ada.consent(&login).await, StatusCode::OK, "/organisations");
    expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    let details = rig.kept_sign_up(&WATTLE).await.details;
    assert_eq!((details.given_name.as_str(), details.company.as_str()), ("Adeline", "Acme Pty Ltd"));
}

#[tokio::test(start_paused = true)]
async fn a_learner_is_turned_away_and_nothing_of_the_portal_is_kept() {
    let rig = Rig::new(3);
    let bruno = rig.visitor(&WATTLE);
    let refused = log_in(&rig, &bruno, "/portal/login?existing", ACME, BRUNO).await;
    assert!(refused.status.is_client_error(), "{} {}", refused.status, refused.words());
    let form = bruno.open("/signup").await;
    assert_eq!(field(&form, "portal").as_deref(), Some(""), "the form for a new portal");
    let owner = GrantOwner::Portal(portal(&rig, ACME));
    assert_eq!(rig.kept_grant(&owner).await, None);
    assert_eq!(bruno.open("/portal/connect").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn no_field_of_a_form_connects_a_portal_or_another_one_than_go1_named() {
    let rig = Rig::new(4);
    let acme = portal(&rig, ACME);
    let smuggled =
        [("existing_portal", acme.as_str()), ("portal_id", acme.as_str()), ("domain", ACME), ("account", "1")];
    let stranger = rig.visitor(&WATTLE);
    let form = stranger.open("/signup").await;
    let mut fields = smuggled.to_vec();
    fields.extend([("given_name", "Mal"), ("family_name", "Ory"), ("email", ADA), ("company", "Acme Fabrication")]);
    fields.extend([("portal", "acme"), ("industry", "Retail Trade")]);
    let login = stranger.accept(&form, &fields).await;
    let named = expect(stranger.consent(&login).await, StatusCode::OK, "/organisations");
    let courses = expect(confirm(&rig, &stranger, &named).await, StatusCode::OK, "/preview");
    assert_eq!(rig.kept_sign_up(&WATTLE).await.existing_portal, None);
    let people = expect(stranger.look(&courses).await, StatusCode::OK, "/preview/people");
    let asked = expect(stranger.confirm(&people).await, StatusCode::OK, "/portal-address");
    assert!(asked.words().contains("Someone else has acme.mygo1.com"), "{}", asked.words());
    assert!(asked.text.contains("href=\"/portal/login?existing\""), "the way for whoever it is theirs");
    assert_eq!((kept_portal(&rig).await, accounts(&rig, ACME).len()), (None, 2));

    let ada = rig.visitor(&PRAIRIE);
    let form = ada_arrives(&rig, &ada).await;
    let summit = portal(&rig, "summit.mygo1.com");
    let other = [("existing_portal", summit.as_str()), ("portal", "summit"), ("email", PRAIRIE.xero_user)];
    let login = ada.accept(&form, &other).await;
    let named = expect(ada.consent(&login).await, StatusCode::OK, "/organisations");
    expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    let sign_up = rig.kept_sign_up(&PRAIRIE).await;
    assert_eq!(sign_up.existing_portal.map(|existing| existing.portal), Some(acme));
    assert_eq!(sign_up.details.email.as_str(), ADA, "or somebody else's Xero login would be let into her account");
}

#[tokio::test(start_paused = true)]
async fn who_wants_another_portal_or_a_new_one_instead_gets_that() {
    let rig = Rig::new(5);
    let ada = rig.visitor(&WATTLE);
    let form = ada_arrives(&rig, &ada).await;
    assert!(form.text.contains("href=\"/portal/login?existing\"") && form.text.contains("href=\"/signup?new\""));
    log_in(&rig, &ada, "/portal/login?existing", "coastal.mygo1.com", "edith.wirihana@coastal.example.com").await;
    let form = expect(ada.open("/signup").await, StatusCode::OK, "/signup");
    assert!(form.words().contains("coastal.mygo1.com") && !form.words().contains(ACME), "{}", form.words());
    let form = expect(ada.open("/signup?new").await, StatusCode::OK, "/signup");
    assert_eq!(field(&form, "company").as_deref(), Some("Coastal Care Group"), "what is known stays filled in");
    let wrong = expect(ada.accept(&form, &[]).await, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    let login = ada.accept(&wrong, &[("portal", "wattlegrove"), ("industry", "Retail Trade")]).await;
    let named = expect(ada.consent(&login).await, StatusCode::OK, "/organisations");
    let courses = expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/preview");
    let people = expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
    expect(ada.skip(&people).await, StatusCode::OK, "/get-started");
    assert_eq!((portals_made(&rig), rig.portals(&WATTLE).len()), (1, 1));
    assert_eq!(rig.kept_sign_up(&WATTLE).await.existing_portal, None);
}

#[tokio::test(start_paused = true)]
async fn a_sign_up_that_was_left_goes_on_with_the_portal_and_a_second_consent_leads_back_to_the_courses() {
    let rig = Rig::new(10);
    // She takes the country for another one, so Xero is asked once more for payroll.
    let ada = rig.visitor(&Customer { country: "US", ..WATTLE });
    let named = ada_at_organisations(&rig, &ada).await;
    let why = expect(confirm(&rig, &ada, &named).await, StatusCode::OK, "/organisations/permission");
    assert!(why.text.contains("href=\"/connect?again\""));
    assert!(ada.open("/").await.text.contains("href=\"/preview\""), "the way on for a browser that comes back");
    let courses = expect(ada.connect_again().await, StatusCode::OK, "/preview");
    expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
    assert_eq!(portals_made(&rig), 0);
}

#[tokio::test(start_paused = true)]
async fn the_form_of_a_session_that_is_over_connects_nothing() {
    let rig = Rig::new(13);
    let ada = rig.visitor(&WATTLE);
    let form = ada_arrives(&rig, &ada).await;
    rig.wait(Duration::from_hours(13)).await;
    let late = ada.accept(&form, &[]).await;
    let late = expect(late, StatusCode::UNPROCESSABLE_ENTITY, "/signup");
    assert_eq!(field(&late, "portal").as_deref(), Some(""), "the form for a new portal, with what was typed");
    // Her form in a stranger's browser is no form of theirs.
    let stranger = rig.visitor(&WATTLE);
    stranger.open("/signup").await;
    let sent = stranger.browser.send(&Sent::form(&form, "/signup", &[])).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
}
