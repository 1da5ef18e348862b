//! Cut off at any step, it is ended all the same.

use std::time::Duration;

use domain::erasure::XeroEnding;
use rig::{Rig, WATTLE, killed_at};
use state::Erasures as _;

use super::{ask, filled, found, marks, minutes_pass, press, receipt, receipt_page};

#[tokio::test(start_paused = true)]
async fn an_erasure_killed_at_any_step_is_ended_by_the_next_press_or_by_the_sweeper_with_a_whole_receipt() {
    let marks = marks(&Rig::new(3));
    let mut whole = None;
    let (mut pressed, mut swept) = (0, 0);
    // The first is not killed: its receipt is what all others must come to.
    for stops in std::iter::once(None).chain((0..).map(Some)) {
        let rig = Rig::new(3);
        let mei = filled(&rig).await;
        let asked = ask(&mei).await;
        let killed = match stops {
            None => Some(press(&mei, &asked).await),
            Some(stops) => killed_at(stops, press(&mei, &asked)).await,
        };
        let begun = rig.state.find_erasure(&rig.portal(&WATTLE)).await.expect("memory");
        let was_killed = killed.is_none();
        if was_killed && stops.is_some_and(|stops| stops % 2 == 0) {
            let again = press(&mei, &asked).await;
            receipt_page(again);
            pressed += 1;
        } else if was_killed && begun.is_none() {
            // Nothing was begun, so nothing is gone.
            assert!(!found(&rig.state.items(), &marks).is_empty());
            continue;
        } else if was_killed {
            swept += 1;
            // Where Xero was not left yet, the sweeper waits a day for somebody to press.
            rig.wait(Duration::from_hours(24)).await;
        }
        minutes_pass(&rig).await;
        assert_eq!(found(&rig.state.items(), &marks), [""; 0], "killed at {stops:?}");
        assert_eq!(rig.state.erasures().await.expect("memory"), [], "it is over");
        let shown = rig.state.items().into_iter().filter(|item| item.starts_with("ReceiptId")).count();
        assert_eq!(shown, 1, "one erasure, one receipt");
        let portal = rig.kept_portal(&WATTLE).await;
        assert_eq!((portal.places_used, portal.imports_accepted), (5, 1));
        // Their session is over, and their browser still knows it.
        let told = receipt(&rig, &receipt_page(mei.open("/portal/erase").await)).await;
        assert!(told.ended_at.is_some(), "killed at {stops:?}");
        match &whole {
            None => whole = Some(told),
            Some(whole) => {
                assert_eq!(told.removed, whole.removed, "killed at {stops:?}");
                let by_press = stops.is_some_and(|stops| stops % 2 == 0);
                let is_told = told.xero == whole.xero || !by_press && told.xero == Some(XeroEnding::NotRemoved);
                assert!(is_told, "killed at {stops:?}: {told:?}");
            }
        }
        if !was_killed && stops.is_some() {
            break;
        }
    }
    assert!(pressed > 20 && swept > 20, "{pressed} pressed, {swept} swept");
}
