//! What is in the way of it, and what it is in the way of.

use std::time::Duration;

use domain::erasure::XeroEnding;
use domain::ids::ImportId;
use http::StatusCode;
use rig::{Page, Rig, Sent, Visitor, WATTLE, expect, import_of};
use stand_ins::{Fault, FaultKind, xero};
use state::{Erasures as _, PlanReader as _, Plans as _, PortalReader as _};

use super::{MINUTES, ask, erase, filled, found, marks, minutes_pass, press, receipt, receipt_page};

async fn nothing_was_begun(rig: &Rig) {
    let portal = rig.state.find_portal(&rig.portal(&WATTLE)).await.expect("memory").expect("kept");
    assert_eq!((portal.erased_at, rig.state.erasures().await.expect("memory")), (None, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn while_an_import_runs_nothing_is_erased_and_an_import_in_between_wants_another_look() {
    let rig = Rig::new(1);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let one = &rig::ticked(&people)[..1];
    import_of(&olivia.confirm_only(&people, one).await);
    rig.pump().await;
    let admin = rig.administrator(&WATTLE).await;
    let early = ask(&admin).await;
    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm(&people).await);
    let refused = press(&admin, &early).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert!(refused.text.contains(&format!("href=\"/imports/{import}\"")), "the way to stop it: {}", refused.words());
    let waiting = ask(&admin).await;
    assert!(waiting.form("/portal/erase").is_err(), "no button while it runs");
    nothing_was_begun(&rig).await;
    rig.pump().await;

    let outdated = press(&admin, &early).await;
    assert_eq!(outdated.status, StatusCode::CONFLICT);
    assert!(outdated.words().contains("Check what goes and what stays once more"), "{}", outdated.words());
    nothing_was_begun(&rig).await;
    let seen = press(&admin, &outdated).await;
    assert_eq!(receipt(&rig, &receipt_page(seen)).await.removed.imports, 2);
}

#[tokio::test(start_paused = true)]
async fn pressing_twice_or_again_later_is_one_erasure_and_leads_to_its_receipt() {
    let rig = Rig::new(2);
    let admin = filled(&rig).await;
    let asked = ask(&admin).await;
    let tab = admin.clone();
    let (one, other) = tokio::join!(press(&admin, &asked), press(&tab, &asked));
    let (one, other) = (receipt_page(one), receipt_page(other));
    assert_eq!(one.url, other.url);
    for _ in 0..2 {
        assert_eq!(receipt_page(press(&admin, &asked).await).url, one.url);
        assert_eq!(receipt_page(admin.open("/portal/erase").await).url, one.url);
        minutes_pass(&rig).await;
    }
    for path in ["/portal", "/portal/settings", "/portal/users", "/preview", "/disconnect"] {
        assert_eq!(admin.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let stranger = rig.visitor(&WATTLE);
    assert_eq!(stranger.open("/portal/erase").await.status, StatusCode::UNAUTHORIZED);
    let forged = stranger.browser.follow(Sent::form(&asked, "/portal/erase", &[])).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED, "the form alone is worth nothing");
}

#[tokio::test(start_paused = true)]
async fn only_our_own_form_in_an_administrator_s_session_erases() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let admin = rig.administrator(&WATTLE).await;
    let asked = ask(&admin).await;
    let door = olivia.open("/portal/erase").await;
    assert_eq!(door.url.path(), "/oauth/authorize", "the owner's session is no such");
    let foreign = olivia.browser.follow(Sent::form(&asked, "/portal/erase", &[])).await;
    assert_eq!(foreign.status, StatusCode::UNAUTHORIZED);
    for change in [("form_token", "nonsense"), ("imports_accepted", ""), ("imports_accepted", "many")] {
        let page = admin.browser.follow(Sent::form(&asked, "/portal/erase", &[change])).await;
        assert!(page.status.is_client_error(), "{change:?}: {}", page.words());
    }
    let mut cross = Sent::form(&asked, "/portal/erase", &[]);
    cross.headers.insert("origin", http::HeaderValue::from_static("https://evil.example"));
    assert_eq!(admin.browser.follow(cross).await.status, StatusCode::FORBIDDEN);
    nothing_was_begun(&rig).await;
}

/// A press that Xero isn’t answering.
async fn silent(rig: &Rig, endpoint: &'static str) -> (Visitor, Page) {
    let admin = filled(rig).await;
    let asked = ask(&admin).await;
    rig.world.xero().faults().add(Fault::always(endpoint, FaultKind::status(503)));
    let silent = press(&admin, &asked).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE, "{endpoint}: {}", silent.words());
    assert!(silent.words().contains("Xero isn’t answering"), "{}", silent.words());
    (admin, silent)
}

#[tokio::test(start_paused = true)]
async fn where_xero_does_not_answer_nothing_is_removed_nothing_can_begin_and_a_later_press_ends_it() {
    for endpoint in [xero::endpoint::DELETE_CONNECTION, xero::endpoint::CONNECTIONS, xero::endpoint::REVOCATION] {
        let rig = Rig::new(4);
        let before = found(
            &{
                filled(&Rig::new(4)).await;
                rig.state.items()
            },
            &[],
        )
        .len();
        assert_eq!(before, 0);
        let (admin, page) = silent(&rig, endpoint).await;
        minutes_pass(&rig).await;
        assert!(!found(&rig.state.items(), &marks(&rig)).is_empty(), "{endpoint}: it waits for Xero");
        // Whatever else is pressed meanwhile is told what is going on.
        for path in ["/portal", "/portal/settings", "/portal/users", "/preview"] {
            expect(admin.open(path).await, StatusCode::OK, path);
        }
        let refused = admin.confirm(&admin.open("/preview/people").await).await;
        if endpoint == xero::endpoint::DELETE_CONNECTION {
            let look = admin.look_again().await;
            for refused in [&refused, &look] {
                assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
                assert!(refused.text.contains("href=\"/portal/erase\""), "the way on: {}", refused.words());
            }
        }
        assert_eq!(rig.kept_portal(&WATTLE).await.imports_accepted, 1, "{endpoint}");
        assert!(ask(&admin).await.words().contains("Finish erasing"));
        rig.world.xero().faults().clear();
        let page = receipt_page(press(&admin, &page).await);
        let told = receipt(&rig, &page).await;
        assert_eq!((told.xero, told.removed.people), (Some(XeroEnding::Removed), 5), "{endpoint}");
        let xero = rig.world.xero();
        assert!(xero.connections().is_empty() && xero.live_refresh_tokens() == 0, "{endpoint}");
        assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0], "{endpoint}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_xero_does_not_answer_for_a_day_the_rest_is_erased_and_the_receipt_says_what_is_left_to_do() {
    let rig = Rig::new(5);
    let (admin, _) = silent(&rig, xero::endpoint::DELETE_CONNECTION).await;
    rig.wait(Duration::from_hours(23)).await;
    rig.sweep().await;
    assert!(!found(&rig.state.items(), &marks(&rig)).is_empty());
    // Until then an administrator can still come in, to press again.
    let again = rig.administrator(&WATTLE).await;
    assert!(ask(&again).await.words().contains("Finish erasing"));
    rig.wait(Duration::from_hours(1)).await;
    minutes_pass(&rig).await;
    assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0]);
    let page = receipt_page(admin.open("/portal/erase").await);
    assert_eq!(receipt(&rig, &page).await.xero, Some(XeroEnding::NotRemoved));
    assert!(page.words().contains("Connected apps"), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn where_xero_no_longer_lets_us_in_it_is_erased_all_the_same() {
    let rig = Rig::new(6);
    let admin = filled(&rig).await;
    rig.used_for(&admin, Duration::from_secs(1_900)).await;
    rig.end_access_to_xero();
    let page = erase(&admin).await;
    assert_eq!(receipt(&rig, &page).await.xero, Some(XeroEnding::NotRemoved));
    assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_was_disconnected_before_is_erased_without_asking_xero() {
    let rig = Rig::new(7);
    let admin = filled(&rig).await;
    admin.disconnect().await;
    let calls = rig.world.xero().call_log().len();
    let page = erase(&admin).await;
    assert_eq!(rig.world.xero().call_log().len(), calls);
    assert_eq!(receipt(&rig, &page).await.xero, Some(XeroEnding::DisconnectedBefore));
    assert!(page.words().contains("already disconnected"), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn what_somebody_on_the_way_writes_after_it_goes_as_well() {
    let rig = Rig::new(8);
    let admin = filled(&rig).await;
    let sign_up = rig.kept_sign_up(&WATTLE).await;
    let digest = sign_up.plan.clone().expect("shown");
    let plan = rig.state.find_plan(&rig.tenant(&WATTLE), &digest).await.expect("memory").expect("kept");
    erase(&admin).await;
    // A look that had read Xero before, and an entry of the trail.
    rig.state.put_plan(&plan).await.expect("memory");
    let entry = domain::audit::AuditEntry {
        at: plan.read_at,
        sign_up: sign_up.id,
        action: domain::audit::AuditAction::AdministratorEntered { account: Some("7".into()) },
        by: Some("Olivia Hartley".to_owned()),
        from: None,
    };
    state::AuditTrail::append_audit(&rig.state, &entry).await.expect("memory");
    assert_eq!(found(&rig.state.items(), &marks(&rig)).len(), 2);
    rig.wait(MINUTES).await;
    rig.sweep().await;
    assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0]);
    assert_eq!(rig.state.erasures().await.expect("memory"), [], "then it is over");
}

#[tokio::test(start_paused = true)]
async fn a_new_sign_up_of_the_organisation_is_told_the_way_and_its_connection_goes_again() {
    let rig = Rig::new(9);
    erase(&filled(&rig).await).await;
    let olivia = rig.visitor(&WATTLE);
    let named = olivia.reach_organisations().await;
    let refused = olivia.confirm_organisation(&named).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    let words = refused.words();
    assert!(words.contains("Wattle Grove Books has the GO1 portal wattlegrove.mygo1.com"), "{words}");
    assert!(words.contains("Integrations"), "{words}");
    assert!(rig.world.xero().connections().is_empty());
    // From the Marketplace as well.
    let again = rig.visitor(&WATTLE).arrive().await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.words());
    assert_eq!(rig.portals(&WATTLE).len(), 1, "no second portal");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_outlived_its_import_is_nothing_to_wake_anybody_for() {
    let rig = Rig::new(10);
    let olivia = rig.visitor(&WATTLE);
    let (progress, import) = olivia.import().await;
    olivia.stop(&progress, &import).await;
    let admin = rig.administrator(&WATTLE).await;
    erase(&admin).await;
    assert!(rig.pump().await > 0, "its batch is still on the queue");
    assert_eq!(rig.queue.dead_letters(), []);
    assert!(rig.learners(&WATTLE).is_empty());
    minutes_pass(&rig).await;
    assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0]);
}

/// The old import's message comes late, beside the first of those that the customer begins when they come back.
#[tokio::test(start_paused = true)]
async fn a_message_of_an_import_that_was_erased_does_nothing_to_the_customer_s_next_one() {
    let rig = Rig::new(12);
    let olivia = rig.visitor(&WATTLE);
    let (progress, import) = olivia.import().await;
    let old = rig.queue.bodies();
    olivia.stop(&progress, &import).await;
    erase(&rig.administrator(&WATTLE).await).await;
    rig.pump().await;
    minutes_pass(&rig).await;
    let (olivia, next) = come_back(&rig).await;
    for (number, body) in old.iter().enumerate() {
        assert!(rig.queue.put(rig.portal(&WATTLE).as_str(), &format!("late-{number}"), body));
    }
    rig.pump().await;
    let progress = olivia.progress(&next).await;
    assert!(progress.status.has_ended() && progress.done > 0 && progress.failed == 0, "{progress:?}");
    assert_eq!(rig.queue.dead_letters(), [], "and nobody is woken");
    rig.places_are_members(&WATTLE).await;
}

/// The owner of a portal that was erased connects it again, and imports.
async fn come_back(rig: &Rig) -> (Visitor, ImportId) {
    let olivia = rig.visitor(&WATTLE);
    let login = olivia.open("/portal/login?existing").await;
    let account = rig.administrator_of(&WATTLE);
    expect(olivia.log_in_as(&login, &account).await, StatusCode::OK, "/portal/connect");
    let form = olivia.open("/signup").await;
    let login = olivia.accept(&form, &[]).await;
    let named = olivia.consent(&login).await;
    let courses = expect(olivia.confirm_organisation(&named).await, StatusCode::OK, "/preview");
    let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    let import = import_of(&olivia.confirm(&people).await);
    (olivia, import)
}

/// As after a cut between the organisation's last step and the receipt's: all is gone, and the receipt is not ended.
#[tokio::test(start_paused = true)]
async fn a_cut_off_erasure_takes_nothing_of_a_customer_who_came_back_and_their_next_one_is_its_own() {
    let rig = Rig::new(11);
    let first = receipt(&rig, &erase(&filled(&rig).await).await).await;
    rig.state.put_receipt(&domain::erasure::Receipt { ended_at: None, ..first.clone() }).await.expect("memory");
    let (olivia, import) = come_back(&rig).await;
    rig.wait(MINUTES).await;
    rig.sweep().await;
    rig.pump().await;
    assert!(olivia.progress(&import).await.done > 0, "its import is there, and ends");

    let told = receipt(&rig, &erase(&rig.administrator(&WATTLE).await).await).await;
    assert!(told.id != first.id && told.removed.imports == 1, "{told:?}");
    assert_eq!(rig.state.find_erasure(&rig.portal(&WATTLE)).await.expect("memory").map(|it| it.receipt), Some(told.id));
    minutes_pass(&rig).await;
    assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0]);
}
