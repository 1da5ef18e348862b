//! "Delete what you entered", where one organisation after the other was confirmed before there is a portal.

use std::time::Duration;

use domain::counted_connection::CountedConnection;
use domain::portal::PortalDomain;
use domain::tenant::{PortalStep, Tenant};
use http::StatusCode;
use rig::{BLUEGUM, Customer, HARBOUR, MEI, Page, Rig, Visitor, WATTLE, expect, killed_at};
use stand_ins::{Fault, FaultKind, xero};
use state::{CountedConnections as _, Tenants as _};

/// What names somebody of these organisations, or the organisations, in what is kept.
fn left(rig: &Rig, of: &[Customer]) -> Vec<String> {
    let people = of.iter().flat_map(|customer| rig.employees(customer));
    let emails = people.filter_map(|person| person.email);
    let names = of.iter().map(|customer| customer.organisation.to_owned());
    let user = rig.xero_user(&WATTLE).as_str().to_owned();
    let marks: Vec<String> = names.chain(emails).chain(["Hartley".to_owned(), user]).collect();
    let items = rig.state.items().into_iter();
    items.filter(|item| marks.iter().any(|mark| item.contains(mark.as_str()))).collect()
}

async fn counted(rig: &Rig) -> Vec<CountedConnection> {
    rig.state.counted_connections().await.expect("memory answers")
}

async fn press(visitor: &Visitor) -> Page {
    let asked = expect(visitor.open("/delete").await, StatusCode::OK, "/delete");
    visitor.browser.submit(&asked, "/delete", &[]).await
}

/// In the same browser and the same sign-up another organisation is chosen at Xero: to its name.
async fn choose_at_xero(visitor: &Visitor, customer: Customer) -> (Visitor, Page) {
    let visitor = visitor.beside(customer);
    let named = expect(visitor.connect_again().await, StatusCode::OK, "/organisations");
    (visitor, named)
}

/// In the same browser and the same sign-up another organisation is confirmed: to its courses.
async fn go_on_to(rig: &Rig, visitor: &Visitor, customer: Customer) -> (Visitor, Page) {
    let (visitor, named) = choose_at_xero(visitor, customer).await;
    let courses = expect(visitor.choose(&named, &rig.tenant(&customer)).await, StatusCode::OK, "/preview");
    (visitor, courses)
}

/// The same, and its people are read.
async fn go_on_with(rig: &Rig, visitor: &Visitor, customer: Customer) -> Visitor {
    let (visitor, courses) = go_on_to(rig, visitor, customer).await;
    expect(visitor.look(&courses).await, StatusCode::OK, "/preview/people");
    visitor
}

async fn is_all_gone(rig: &Rig, of: &[Customer], at: &str) {
    assert_eq!(left(rig, of), [""; 0], "{at}");
    for customer in of {
        assert_eq!(rig.find_tenant(customer).await, None, "{at}: {}", customer.organisation);
    }
    assert_eq!(rig.world.xero().connections().len(), 0, "{at}: given back");
    assert_eq!(counted(rig).await, [], "{at}");
    assert!(!rig.has_xero_grant(&WATTLE).await, "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_press_deletes_also_the_organisation_that_was_confirmed_before_the_last() {
    let rig = Rig::new(1);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let olivia = go_on_with(&rig, &olivia, HARBOUR).await;
    assert_eq!(press(&olivia).await.status, StatusCode::OK);
    is_all_gone(&rig, &[WATTLE, HARBOUR], "two").await;
}

#[tokio::test(start_paused = true)]
async fn a_press_deletes_what_was_entered_also_while_the_next_organisation_is_still_to_be_named() {
    let rig = Rig::new(2);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let (olivia, _) = choose_at_xero(&olivia, HARBOUR).await;
    assert_eq!(press(&olivia).await.status, StatusCode::OK);
    is_all_gone(&rig, &[WATTLE, HARBOUR], "one, and one that was not confirmed").await;
}

#[tokio::test(start_paused = true)]
async fn of_three_organisations_one_that_another_sign_up_took_on_stays_and_the_others_go() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let olivia = go_on_with(&rig, &olivia, HARBOUR).await;
    // A colleague goes on with the first.
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true);
    let mei = rig.visitor(&MEI);
    mei.reach_people().await;
    rig.world.xero().set_head_count(BLUEGUM.organisation, 5);
    let olivia = go_on_with(&rig, &olivia, BLUEGUM).await;
    assert_eq!(press(&olivia).await.status, StatusCode::OK);
    for gone in [HARBOUR, BLUEGUM] {
        assert_eq!((rig.find_tenant(&gone).await, rig.connections(&gone)), (None, 0), "{}", gone.organisation);
    }
    let kept = rig.kept_tenant(&WATTLE).await;
    assert_eq!((kept.xero_user.clone(), rig.connections(&WATTLE)), (rig.xero_user(&MEI), 1));
    let count: Vec<_> = counted(&rig).await.into_iter().map(|counted| counted.connection).collect();
    assert_eq!(count, [kept.organisation.connection]);
    assert!(rig.has_xero_grant(&MEI).await && !rig.has_xero_grant(&WATTLE).await);
    expect(mei.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_on_from_a_colleague_goes_and_the_colleague_s_sign_up_stays() {
    let rig = Rig::new(4);
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true);
    let mei = rig.visitor(&MEI);
    mei.reach_people().await;
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let olivia = go_on_with(&rig, &olivia, HARBOUR).await;
    assert_eq!(press(&olivia).await.status, StatusCode::OK);
    for gone in [WATTLE, HARBOUR] {
        assert_eq!((rig.find_tenant(&gone).await, rig.connections(&gone)), (None, 0), "{}", gone.organisation);
    }
    assert_eq!(left(&rig, &[HARBOUR]), [""; 0]);
    // She is signed in, and confirms it again.
    let named = expect(mei.connect_again().await, StatusCode::OK, "/organisations");
    expect(mei.confirm_organisation(&named).await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn what_the_same_login_s_other_sign_up_took_on_stays_with_what_it_is_read_by() {
    let rig = Rig::new(5);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let olivia = go_on_with(&rig, &olivia, HARBOUR).await;
    let second = rig.visitor(&WATTLE);
    let chooser = second.reach_organisations().await;
    expect(second.choose(&chooser, &rig.tenant(&WATTLE)).await, StatusCode::OK, "/preview");
    assert_eq!(press(&olivia).await.status, StatusCode::OK);
    assert_eq!((rig.find_tenant(&HARBOUR).await, rig.connections(&HARBOUR)), (None, 0));
    rig.kept_tenant(&WATTLE).await;
    assert!(rig.connections(&WATTLE) == 1 && rig.has_xero_grant(&WATTLE).await);
    expect(second.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_where_a_portal_was_asked_for_of_the_organisation_before() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let first = rig.kept_tenant(&WATTLE).await;
    let olivia = go_on_with(&rig, &olivia, HARBOUR).await;
    let revision = rig.find_tenant(&WATTLE).await.map_or(0, |kept| kept.revision);
    let domain = PortalDomain::parse("wattlegrove").expect("valid");
    let asked = PortalStep::Requested { domain, at: rig.world.now() };
    rig.state.put_tenant(Tenant { portal: asked, revision, ..first.clone() }).await.expect("stored");
    let refused = olivia.open("/delete").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "a portal is being made: {}", refused.words());
    let kept = rig.kept_tenant(&HARBOUR).await;
    assert_eq!((kept.sign_up, rig.connections(&HARBOUR)), (first.sign_up, 1));
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_two_organisations_that_is_cut_off_anywhere_is_whole_after_the_next_press() {
    let mut cut_off = 0;
    for stops in 0.. {
        let rig = Rig::new(7);
        let (olivia, _) = rig.at_people(&WATTLE).await;
        let (olivia, _) = go_on_to(&rig, &olivia, HARBOUR).await;
        // What Xero does not take back stays in our count until the rows go.
        rig.world.xero().faults().add(Fault::always(xero::endpoint::DELETE_CONNECTION, FaultKind::status(503)));
        let asked = expect(olivia.open("/delete").await, StatusCode::OK, "/delete");
        let is_whole = killed_at(stops, olivia.browser.submit(&asked, "/delete", &[])).await.is_some();
        rig.wait(Duration::from_mins(1)).await;
        let again = olivia.open("/delete").await;
        if again.status == StatusCode::OK {
            assert_eq!(olivia.browser.submit(&again, "/delete", &[]).await.status, StatusCode::OK, "killed at {stops}");
            cut_off += 1;
        }
        // With the sign-up gone its session opens nothing any more, and ends by itself.
        let mut left = left(&rig, &[WATTLE, HARBOUR]);
        left.retain(|item| again.status == StatusCode::OK || !item.starts_with("SessionHash"));
        assert_eq!(left, [""; 0], "killed at {stops}");
        assert_eq!(counted(&rig).await, [], "killed at {stops}");
        if is_whole {
            break;
        }
    }
    assert!(cut_off > 20, "{cut_off} places to be killed at");
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_that_was_cut_off_anywhere_hides_no_organisation_from_the_deletion() {
    let mut is_kept = 0;
    for (first, stops) in (0..).flat_map(|stops| [(true, stops), (false, stops)]) {
        let rig = Rig::new(8);
        let visitor = rig.visitor(&WATTLE);
        let named = visitor.reach_organisations().await;
        let (olivia, is_whole) = if first {
            let is_whole = killed_at(stops, visitor.confirm_organisation(&named)).await.is_some();
            is_kept += usize::from(rig.find_tenant(&WATTLE).await.is_some());
            rig.wait(Duration::from_mins(1)).await;
            (go_on_to(&rig, &visitor, HARBOUR).await.0, is_whole)
        } else {
            expect(visitor.confirm_organisation(&named).await, StatusCode::OK, "/preview");
            let (olivia, named) = choose_at_xero(&visitor, HARBOUR).await;
            let is_whole = killed_at(stops, olivia.choose(&named, &rig.tenant(&HARBOUR))).await.is_some();
            rig.wait(Duration::from_mins(1)).await;
            (olivia, is_whole)
        };
        assert_eq!(press(&olivia).await.status, StatusCode::OK);
        is_all_gone(&rig, &[WATTLE, HARBOUR], &format!("killed at {stops} of the first: {first}")).await;
        if is_whole && !first {
            break;
        }
    }
    assert!(is_kept > 2, "killed after the organisation was stored: {is_kept}");
}
