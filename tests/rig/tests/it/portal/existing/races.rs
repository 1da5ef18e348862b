//! One portal, one organisation, whoever asks at once or is cut off.

use std::collections::BTreeSet;

use domain::tenant::PortalStep;
use http::StatusCode;
use rig::{PRAIRIE, Rig, WATTLE, expect, killed_at};
use stand_ins::{Fault, FaultKind, go1};
use state::PortalReader as _;

use super::{ACME, ADA, ada_at_organisations, confirm, kept_portal, log_in, portal};
use crate::portal::ASKED_LONG_AGO;

#[tokio::test(start_paused = true)]
async fn of_two_organisations_that_ask_for_one_portal_at_once_one_gets_it_and_the_other_is_told_so() {
    let rig = Rig::new(6);
    let (first, second) = (rig.visitor(&WATTLE), rig.visitor(&PRAIRIE));
    let (at_wattle, at_prairie) = (ada_at_organisations(&rig, &first).await, ada_at_organisations(&rig, &second).await);
    let (one, other) = tokio::join!(confirm(&rig, &first, &at_wattle), confirm(&rig, &second, &at_prairie));
    let (refused, loser, winner) = match (one.status, other.status) {
        (StatusCode::OK, StatusCode::CONFLICT) => (other, &PRAIRIE, &WATTLE),
        (StatusCode::CONFLICT, StatusCode::OK) => (one, &WATTLE, &PRAIRIE),
        statuses => panic!("{statuses:?}"),
    };
    assert!(
        refused.words().contains("acme.mygo1.com is already connected to a different Xero organisation"),
        "{}",
        refused.words()
    );
    assert!(refused.text.contains("href=\"/signup?new\""));
    assert!(!refused.words().contains(winner.organisation), "whose it is, is nobody's business");
    assert_eq!(kept_portal(&rig).await.expect("kept").tenant, rig.tenant(winner));
    assert_eq!(rig.find_tenant(loser).await, None, "nothing of the other one is left");
    let connections = rig.world.xero().connections();
    assert!(connections.iter().all(|each| each.tenant_id == rig.tenant(winner).as_str()), "{connections:?}");
    // The same later, when it is known.
    let again = if loser.xero_user == WATTLE.xero_user { &first } else { &second };
    let named = expect(again.connect_again().await, StatusCode::OK, "/organisations");
    assert_eq!(confirm(&rig, again, &named).await.status, StatusCode::CONFLICT);
    assert_eq!(rig.find_tenant(loser).await, None);
}

#[tokio::test(start_paused = true)]
async fn of_two_portals_that_one_organisation_asks_for_at_once_it_gets_one() {
    let rig = Rig::new(7);
    let (first, second) = (rig.visitor(&WATTLE), rig.visitor(&WATTLE));
    let at_acme = ada_at_organisations(&rig, &first).await;
    log_in(&rig, &second, "/portal/login?existing", "coastal.mygo1.com", "edith.wirihana@coastal.example.com").await;
    let form = second.open("/signup").await;
    let login = second.accept(&form, &[]).await;
    let at_coastal = expect(second.consent(&login).await, StatusCode::OK, "/organisations");
    let (one, other) = tokio::join!(confirm(&rig, &first, &at_acme), confirm(&rig, &second, &at_coastal));
    let statuses = BTreeSet::from([one.status, other.status]);
    assert_eq!(statuses, BTreeSet::from([StatusCode::OK, StatusCode::CONFLICT]));
    let PortalStep::Created { portal: its, .. } = rig.kept_tenant(&WATTLE).await.portal else {
        panic!("it has a portal");
    };
    for domain in [ACME, "coastal.mygo1.com"] {
        let kept = rig.state.find_portal(&portal(&rig, domain)).await.expect("memory answers");
        assert_eq!(kept.is_some(), its == portal(&rig, domain), "{domain}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_has_a_portal_of_its_own_is_refused_another() {
    let rig = Rig::new(8);
    rig.visitor(&WATTLE).import().await;
    let ada = rig.visitor(&WATTLE);
    let named = ada_at_organisations(&rig, &ada).await;
    let refused = confirm(&rig, &ada, &named).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("wattlegrove.mygo1.com"), "{}", refused.words());
    assert_eq!(kept_portal(&rig).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_killed_at_any_step_is_whole_after_the_next_press() {
    for stops in 0.. {
        let rig = Rig::new(9);
        let ada = rig.visitor(&WATTLE);
        let named = ada_at_organisations(&rig, &ada).await;
        let ended = killed_at(stops, confirm(&rig, &ada, &named)).await.is_some();
        assert_eq!(
            kept_portal(&rig).await.is_some(),
            rig.find_tenant(&WATTLE).await.is_some(),
            "both or neither, {stops}"
        );
        if !ended {
            confirm(&rig, &ada, &named).await;
        }
        let courses = expect(ada.open("/preview").await, StatusCode::OK, "/preview");
        expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
        assert_eq!(rig.kept_sign_up(&WATTLE).await.portal(), Some(&portal(&rig, ACME)), "{stops}");
        if ended {
            assert!(stops > 5, "there were steps to be killed at");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_confirmation_killed_at_any_step_administrators_come_in_and_the_owner_is_led_to_go1() {
    let mut cut_off = 0;
    for stops in 0.. {
        let rig = Rig::new(15);
        let ada = rig.visitor(&WATTLE);
        let named = ada_at_organisations(&rig, &ada).await;
        let ended = killed_at(stops, confirm(&rig, &ada, &named)).await.is_some();
        if kept_portal(&rig).await.is_some() {
            cut_off += u32::from(rig.kept_sign_up(&WATTLE).await.portal().is_none());
            // Half of them by one door, half by the other.
            if stops % 2 == 0 {
                let home = rig.visitor(&WATTLE);
                expect(log_in(&rig, &home, "/portal", ACME, ADA).await, StatusCode::OK, "/portal");
            } else {
                expect(rig.visitor(&WATTLE).arrive().await, StatusCode::OK, "/oauth/authorize");
            }
            assert_eq!(rig.kept_sign_up(&WATTLE).await.portal(), Some(&portal(&rig, ACME)), "{stops}");
        }
        if ended {
            break;
        }
    }
    assert!(cut_off >= 2, "killed between the two writes, at either door: {cut_off}");
}

#[tokio::test(start_paused = true)]
async fn once_a_portal_was_asked_for_another_tab_names_no_other_organisation() {
    for loses_answer in [false, true] {
        let rig = Rig::new(16);
        let olivia = rig.visitor(&WATTLE);
        let named = olivia.reach_organisations().await;
        let courses = olivia.confirm_organisation(&named).await;
        let other_tab = expect(olivia.open("/organisations").await, StatusCode::OK, "/organisations");
        let people = expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
        if loses_answer {
            rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
        }
        olivia.confirm(&people).await;
        let before = rig.kept_sign_up(&WATTLE).await;
        assert_eq!(before.portal().is_none(), loses_answer);
        for page in [olivia.open("/organisations").await, confirm(&rig, &olivia, &other_tab).await] {
            assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.words());
        }
        assert_eq!(rig.kept_sign_up(&WATTLE).await.step, before.step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_is_another_organisation_s_by_now_is_not_regained() {
    let rig = Rig::new(17);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    assert_eq!(olivia.confirm(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.wait(ASKED_LONG_AGO).await;
    // Somebody who administers it as well connects it with another one.
    let sam = rig.visitor(&PRAIRIE);
    log_in(&rig, &sam, "/portal/login?existing", "wattlegrove.mygo1.com", WATTLE.xero_user).await;
    let login = sam.accept(&sam.open("/signup").await, &[]).await;
    let named = expect(sam.consent(&login).await, StatusCode::OK, "/organisations");
    expect(confirm(&rig, &sam, &named).await, StatusCode::OK, "/preview");
    let refused = expect(olivia.confirm(&people).await, StatusCode::CONFLICT, "/imports");
    assert!(refused.words().contains("is already connected to a different Xero organisation"), "{}", refused.words());
    let PortalStep::Requested { .. } = rig.kept_tenant(&WATTLE).await.portal else {
        panic!("it has no portal");
    };
}
