//! Several logins about one sign-up, and one login about several: nobody gets into what is not theirs, nobody takes away
//! what another has, and nothing stays of those who were refused.

use http::StatusCode;
use rig::{Customer, HARBOUR, MEI, Rig, WATTLE, expect};
use stand_ins::{Fault, FaultKind, PayrollState, XeroLimit, xero};

pub(super) const INGRID: Customer =
    Customer { xero_user: "ingrid.solberg@example.com", name: ("Ingrid", "Solberg"), ..WATTLE };
const HER_PRACTICE: Customer = Customer { organisation: "Solberg Bookkeeping", ..INGRID };
pub(super) const KOOKABURRA: Customer = Customer { organisation: "Kookaburra Cycles", portal: "kookaburra", ..INGRID };
const MAGNOLIA: Customer =
    Customer { organisation: "Magnolia Street Bakery", country: "US", portal: "magnolia", ..INGRID };

/// Ingrid advises Wattle Grove Books, and may see its payroll.
pub(super) fn engage(rig: &Rig) {
    let world = rig.world.xero();
    assert!(world.set_role(WATTLE.organisation, INGRID.xero_user, "FINANCIALADVISER"));
    assert!(world.set_payroll_administrator(WATTLE.organisation, INGRID.xero_user, true));
}

#[tokio::test(start_paused = true)]
async fn whoever_once_logged_in_for_the_owner_is_let_in_nowhere_else() {
    let rig = Rig::new(1);
    engage(&rig);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let back = olivia.beside(INGRID).connect_again().await;
    assert_eq!(back.status, StatusCode::OK, "in the owner's browser, by her leave: {}", back.words());
    assert_eq!(
        rig.kept_tenant(&WATTLE).await.xero_user,
        rig.xero_user(&INGRID),
        "and the people are read with her role"
    );
    // At home: neither by the organisation, nor by her practice alone, nor after she was dismissed.
    let refused = rig.visitor(&INGRID).arrive().await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    let practice = rig.visitor(&HER_PRACTICE);
    let refused = practice.arrive().await;
    assert!(refused.status.is_client_error(), "{}", refused.words());
    assert!(rig.world.xero().remove_member(WATTLE.organisation, INGRID.xero_user));
    let refused = rig.visitor(&HER_PRACTICE).arrive().await;
    assert!(refused.status.is_client_error(), "{}", refused.words());
    for path in ["/preview", "/get-started", "/disconnect"] {
        assert_eq!(practice.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_s_own_login_opens_the_portal_as_the_owner() {
    let rig = Rig::new(2);
    engage(&rig);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let home = olivia.get_started().await;
    assert!(home.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", home.url);
    // The adviser, in Olivia's browser.
    olivia.beside(INGRID).connect_again().await;
    let home = olivia.get_started().await;
    assert!(!home.url.query().unwrap_or_default().contains("oneTimeToken"), "{}", home.url);
}

#[tokio::test(start_paused = true)]
async fn an_adviser_s_other_clients_are_not_the_owner_s_to_see() {
    let rig = Rig::new(3);
    engage(&rig);
    rig.imported(&KOOKABURRA).await;
    // The adviser logs in for Olivia, in Olivia's browser, for Olivia's organisation.
    let olivia = rig.visitor(&WATTLE);
    let at_xero = olivia.sign_up().await;
    let named = olivia.beside(INGRID).consent(&at_xero).await;
    expect(olivia.confirm_organisation(&named).await, StatusCode::OK, "/preview");
    let again = expect(olivia.open("/organisations").await, StatusCode::OK, "/organisations");
    assert!(!again.words().contains("Kookaburra"), "{}", again.words());
    let answer = olivia.choose(&again, &rig.tenant(&KOOKABURRA)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.words());
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_sign_up_stays_with_its_organisation() {
    let rig = Rig::new(4);
    engage(&rig);
    let olivia = rig.visitor(&WATTLE);
    let at_xero = olivia.sign_up().await;
    let named = olivia.beside(INGRID).consent(&at_xero).await;
    olivia.confirm_organisation(&named).await;
    // The adviser comes from the Marketplace for another client: a sign-up of its own.
    let ingrid = rig.visitor(&MAGNOLIA);
    expect(ingrid.arrive().await, StatusCode::OK, "/signup");
    let courses = olivia.open("/preview").await;
    assert!(courses.words().contains("Wattle Grove Books"), "{}", courses.words());
}

#[tokio::test(start_paused = true)]
async fn coming_back_to_look_takes_no_connection_over() {
    let rig = Rig::new(5);
    engage(&rig);
    let (olivia, _) = rig.imported(&WATTLE).await;
    olivia.beside(INGRID).connect_again().await;
    let reads_with = rig.kept_tenant(&WATTLE).await;
    // Olivia at home: it is her sign-up, and the adviser's connection goes on.
    let home = rig.visitor(&WATTLE);
    let back = home.arrive().await;
    assert!(back.url.path().starts_with("/imports/"), "{}", back.words());
    let now = rig.kept_tenant(&WATTLE).await;
    assert_eq!((now.xero_user, now.organisation), (reads_with.xero_user, reads_with.organisation));
    expect(home.look_again().await, StatusCode::OK, "/preview/people");
    // Once that has ended, hers is taken.
    assert!(rig.world.xero().remove_member(WATTLE.organisation, INGRID.xero_user));
    let asked = home.open("/disconnect").await;
    home.browser.submit(&asked, "/disconnect", &[]).await;
    rig.visitor(&WATTLE).arrive().await;
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&WATTLE));
}

#[tokio::test(start_paused = true)]
async fn a_login_that_cannot_see_payroll_takes_nobody_s_place() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let page = olivia.beside(MEI).connect_again().await;
    expect(page, StatusCode::OK, "/organisations/payroll");
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&WATTLE), "Olivia's works as before");
    assert!(!rig.has_xero_grant(&MEI).await, "and nothing is kept of Mei's");
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn the_organisation_that_is_chosen_is_the_one_that_opens() {
    let rig = Rig::new(7);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    // She changes her mind, and makes the portal of another organisation.
    let at_harbour = olivia.beside(HARBOUR);
    let named = at_harbour.connect_again().await;
    let courses = at_harbour.confirm_organisation(&named).await;
    let people = at_harbour.look(&courses).await;
    at_harbour.skip(&people).await;
    let home = rig.visitor(&WATTLE);
    let chooser = expect(home.arrive().await, StatusCode::OK, "/organisations");
    let chosen = home.choose(&chooser, &rig.tenant(&WATTLE)).await;
    expect(chosen, StatusCode::OK, "/signup");
}

#[tokio::test(start_paused = true)]
async fn a_second_organisation_can_come_in_the_browser_of_the_first() {
    let rig = Rig::new(8);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let form = expect(olivia.beside(HARBOUR).arrive().await, StatusCode::OK, "/signup");
    let named = olivia.beside(HARBOUR).complete_sign_up(&form).await;
    let named = expect(named, StatusCode::OK, "/organisations");
    assert!(named.words().contains("Harbour & Hearth"), "{}", named.words());
}

#[tokio::test(start_paused = true)]
async fn nothing_stays_of_those_who_were_refused_or_overtaken() {
    let rig = Rig::new(9);
    rig.imported(&WATTLE).await;
    assert_eq!(rig.visitor(&MEI).arrive().await.status, StatusCode::CONFLICT);
    assert!(!rig.has_xero_grant(&MEI).await && rig.world.xero().connections().len() == 1);
    // An unfinished sign-up of Olivia's is taken up by Mei.
    let rig = Rig::new(10);
    rig.visitor(&WATTLE).reach_courses().await;
    let mei = rig.visitor(&MEI);
    let named = mei.reach_organisations().await;
    mei.confirm_organisation(&named).await;
    assert_eq!(rig.kept_tenant(&WATTLE).await.xero_user, rig.xero_user(&MEI));
    assert!(!rig.has_xero_grant(&WATTLE).await && rig.world.xero().connections().len() == 1);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_is_closed_is_told_and_keeps_no_other_from_being_chosen() {
    let rig = Rig::new(12);
    let olivia = rig.visitor(&WATTLE);
    let named = olivia.reach_organisations().await;
    assert!(rig.world.xero().close_organisation(WATTLE.organisation));
    for page in [olivia.open("/organisations").await, olivia.confirm_organisation(&named).await] {
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(
            page.words().contains("Wattle Grove Books is connected, but Xero turns your login away"),
            "{}",
            page.words()
        );
    }
    // Beside another one that answers.
    olivia.beside(HARBOUR).connect_again().await;
    let chooser = olivia.beside(HARBOUR).connect_again().await;
    let chooser = expect(chooser, StatusCode::OK, "/organisations");
    assert!(chooser.words().contains("Xero isn’t showing it to us right now"), "{}", chooser.words());
    let chosen = olivia.choose(&chooser, &rig.tenant(&HARBOUR)).await;
    expect(chosen, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_hours_at_the_organisation_has_a_time_too() {
    let rig = Rig::new(13);
    let olivia = rig.visitor(&WATTLE);
    let at_xero = olivia.sign_up().await;
    rig.world.xero().exhaust(XeroLimit::Day, WATTLE.organisation, jiff::SignedDuration::from_hours(7));
    let page = olivia.consent(&at_xero).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("<time datetime="), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn a_question_that_xero_does_not_answer_is_no_missing_role() {
    let rig = Rig::new(14);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| {
        organisation.payroll = PayrollState::Refused;
    });
    rig.world.xero().faults().add(Fault::always(xero::endpoint::ACTIONS, FaultKind::status(503)));
    let page = olivia.look(&courses).await;
    assert!(page.text.contains("<h1>Xero isn’t answering</h1>"), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn a_choice_is_asked_for_once() {
    let rig = Rig::new(15);
    let olivia = rig.visitor(&WATTLE);
    for organisation in [HARBOUR, WATTLE] {
        rig.visitor(&organisation).arrive().await;
    }
    let chooser = expect(olivia.arrive().await, StatusCode::OK, "/organisations");
    let form = olivia.choose(&chooser, &rig.tenant(&WATTLE)).await;
    let named = olivia.complete_sign_up(&expect(form, StatusCode::OK, "/signup")).await;
    let named = expect(named, StatusCode::OK, "/organisations");
    assert_eq!(named.values("organisation").len(), 1, "{}", named.words());
}
