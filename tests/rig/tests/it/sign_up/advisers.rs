//! An adviser logs in to Xero at an owner's browser, for the owner's organisation: neither of the two sees what is only the
//! other's, then or later.

use std::time::Duration;

use http::StatusCode;
use rig::{Customer, Page, Rig, Visitor, WATTLE, expect, import_of};

use super::logins::{INGRID, KOOKABURRA, engage};

/// The name of the organisation that is only the adviser's to see.
const HERS: &str = "Kookaburra";

/// The adviser has connected another client before, at her own place, and is an adviser of the owner's organisation too.
async fn rig_with_an_adviser(seed: u64) -> Rig {
    let rig = Rig::new(seed);
    engage(&rig);
    rig.imported(&KOOKABURRA).await;
    rig.wait(Duration::from_hours(1)).await;
    rig
}

/// The other client is neither named nor taken.
async fn sees_nothing_of_hers(rig: &Rig, olivia: &Visitor) {
    let named = expect(olivia.open("/organisations").await, StatusCode::OK, "/organisations");
    assert!(!named.words().contains(HERS), "{}", named.words());
    assert!(named.words().contains("Wattle Grove Books"), "her own can be confirmed: {}", named.words());
    let taken = olivia.choose(&named, &rig.tenant(&KOOKABURRA)).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", taken.words());
    let courses = olivia.choose(&named, &rig.tenant(&WATTLE)).await;
    assert_eq!(courses.status, StatusCode::OK, "{}", courses.words());
    assert!(courses.words().contains("Wattle Grove Books") && !courses.words().contains(HERS), "{}", courses.words());
}

#[tokio::test(start_paused = true)]
async fn a_second_login_brings_none_of_the_adviser_s_other_clients() {
    let rig = rig_with_an_adviser(1).await;
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    // "Your Xero login can't see payroll. Ask whoever runs it to sign in here."
    olivia.beside(INGRID).connect_again().await;
    sees_nothing_of_hers(&rig, &olivia).await;
}

/// Xero names no organisation for a consent that was given before.
#[tokio::test(start_paused = true)]
async fn an_adviser_who_had_connected_the_same_organisation_before_brings_no_other() {
    for is_second_login in [false, true] {
        let rig = rig_with_an_adviser(2).await;
        rig.visitor(&INGRID).arrive().await;
        rig.wait(Duration::from_hours(1)).await;
        let olivia = rig.visitor(&WATTLE);
        if is_second_login {
            olivia.reach_courses().await;
            olivia.beside(INGRID).connect_again().await;
        } else {
            let at_xero = olivia.sign_up().await;
            olivia.beside(INGRID).consent(&at_xero).await;
        }
        sees_nothing_of_hers(&rig, &olivia).await;
    }
}

/// Nor where no sign-up had begun there.
#[tokio::test(start_paused = true)]
async fn a_login_names_what_was_allowed_in_it_before_what_was_allowed_once() {
    let rig = rig_with_an_adviser(3).await;
    rig.visitor(&INGRID).arrive().await;
    rig.wait(Duration::from_hours(1)).await;
    let form = expect(rig.visitor(&INGRID).arrive().await, StatusCode::OK, "/signup");
    assert!(
        form.words().contains("Wattle Grove Books") || form.text.contains("Wattle Grove Books"),
        "{}",
        form.words()
    );
}

/// The adviser has logged in once for a form that the owner has typed, and nobody has confirmed the organisation.
async fn logged_in_for_the_owner(seed: u64) -> (Rig, Visitor) {
    let rig = Rig::new(seed);
    engage(&rig);
    let olivia = rig.visitor(&WATTLE);
    let at_xero = olivia.sign_up().await;
    olivia.beside(INGRID).consent(&at_xero).await;
    (rig, olivia)
}

async fn form_of(adviser: &Visitor) -> Page {
    expect(adviser.arrive().await, StatusCode::OK, "/signup")
}

#[tokio::test(start_paused = true)]
async fn what_an_owner_typed_is_not_gone_on_with_by_an_adviser_who_only_logged_in_for_it() {
    let (rig, olivia) = logged_in_for_the_owner(4).await;
    // The adviser begins for a client of hers, at her own place.
    let ingrid = rig.visitor(&KOOKABURRA);
    let named = ingrid.complete_sign_up(&form_of(&ingrid).await).await;
    let people = ingrid.look(&ingrid.confirm_organisation(&named).await).await;
    assert!(!people.words().contains(WATTLE.xero_user), "the portal is hers: {}", people.words());
    for path in ["/organisations", "/preview", "/preview/people"] {
        let page = olivia.open(path).await;
        assert!(!page.words().contains(HERS), "{path}: {}", page.words());
    }
}

/// Somebody typed the adviser's own email, so that it is hers by Xero's word, and still has the browser's session.
#[tokio::test(start_paused = true)]
async fn whoever_goes_on_with_a_sign_up_elsewhere_goes_on_alone() {
    let rig = Rig::new(5);
    engage(&rig);
    let somebody = rig.visitor(&Customer { organisation: WATTLE.organisation, ..KOOKABURRA });
    let at_xero = somebody.sign_up().await;
    somebody.consent(&at_xero).await;
    let ingrid = rig.visitor(&KOOKABURRA);
    let named = expect(ingrid.arrive().await, StatusCode::OK, "/organisations");
    for path in ["/organisations", "/preview", "/preview/people"] {
        assert_eq!(somebody.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let people = ingrid.look(&ingrid.choose(&named, &rig.tenant(&KOOKABURRA)).await).await;
    import_of(&ingrid.confirm(&people).await);
}

/// What the adviser has just allowed at her own place is not for the owner to take away.
#[tokio::test(start_paused = true)]
async fn to_delete_what_was_entered_leaves_an_adviser_what_she_is_about_to_begin_with() {
    let (rig, olivia) = logged_in_for_the_owner(6).await;
    let ingrid = rig.visitor(&KOOKABURRA);
    let form = form_of(&ingrid).await;
    let asked = expect(olivia.open("/delete").await, StatusCode::OK, "/delete");
    assert_eq!(olivia.browser.submit(&asked, "/delete", &[]).await.status, StatusCode::OK);
    let named = expect(ingrid.complete_sign_up(&form).await, StatusCode::OK, "/organisations");
    let people = ingrid.look(&ingrid.confirm_organisation(&named).await).await;
    expect(people, StatusCode::OK, "/preview/people");
}
