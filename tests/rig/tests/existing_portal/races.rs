//! One portal, one organisation, whoever asks at once or is cut off.

use std::collections::BTreeSet;

use domain::tenant::PortalStep;
use http::StatusCode;
use rig::{PRAIRIE, Rig, WATTLE, expect, killed_at};
use state::PortalReader as _;

use crate::{ACME, ada_at_organisations, confirm, kept_portal, log_in, portal, send, sign_up_of, tenant};

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
        refused.words().contains("acme.mygo1.com is connected with another Xero organisation"),
        "{}",
        refused.words()
    );
    assert!(refused.text.contains("href=\"/signup?new\""));
    assert!(!refused.words().contains(winner.organisation), "whose it is, is nobody's business");
    assert_eq!(kept_portal(&rig).await.expect("kept").tenant, rig.tenant(winner));
    assert_eq!(tenant(&rig, loser).await, None, "nothing of the other one is left");
    let connections = rig.world.xero().connections();
    assert!(connections.iter().all(|each| each.tenant_id == rig.tenant(winner).as_str()), "{connections:?}");
    // The same later, when it is known.
    let again = if loser.xero_user == WATTLE.xero_user { &first } else { &second };
    let login = again.open("/connect?again").await;
    let named = expect(again.consent(&login).await, StatusCode::OK, "/organisations");
    assert_eq!(confirm(&rig, again, &named).await.status, StatusCode::CONFLICT);
    assert_eq!(tenant(&rig, loser).await, None);
}

#[tokio::test(start_paused = true)]
async fn of_two_portals_that_one_organisation_asks_for_at_once_it_gets_one() {
    let rig = Rig::new(7);
    let (first, second) = (rig.visitor(&WATTLE), rig.visitor(&WATTLE));
    let at_acme = ada_at_organisations(&rig, &first).await;
    log_in(&rig, &second, "/portal/login?existing", "coastal.mygo1.com", "edith.wirihana@coastal.example.com").await;
    let form = second.open("/signup").await;
    let login = send(&second, &form, &[]).await;
    let at_coastal = expect(second.consent(&login).await, StatusCode::OK, "/organisations");
    let (one, other) = tokio::join!(confirm(&rig, &first, &at_acme), confirm(&rig, &second, &at_coastal));
    let statuses = BTreeSet::from([one.status, other.status]);
    assert_eq!(statuses, BTreeSet::from([StatusCode::OK, StatusCode::CONFLICT]));
    let PortalStep::Created { portal: its, .. } = tenant(&rig, &WATTLE).await.expect("confirmed").portal else {
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
            tenant(&rig, &WATTLE).await.is_some(),
            "both or neither, {stops}"
        );
        if !ended {
            confirm(&rig, &ada, &named).await;
        }
        let courses = expect(ada.open("/preview").await, StatusCode::OK, "/preview");
        expect(ada.look(&courses).await, StatusCode::OK, "/preview/people");
        assert_eq!(sign_up_of(&rig, &WATTLE).await.portal(), Some(&portal(&rig, ACME)), "{stops}");
        if ended {
            assert!(stops > 5, "there were steps to be killed at");
            break;
        }
    }
}
