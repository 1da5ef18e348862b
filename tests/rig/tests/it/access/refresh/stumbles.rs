//! Xero stumbles: what may pass costs no grant, and a lost answer is asked for again for as long as Xero allows it.

use jiff::SignedDuration;
use stand_ins::xero::endpoint::TOKEN;
use stand_ins::{Fault, FaultKind};
use vault::VaultError;

use super::kept::Kept;
use super::stage::{CROWD, HALF_AN_HOUR_AND_MORE, Stage};

over_both_stores!(
    a_lost_answer_is_asked_for_again_at_once,
    an_answer_lost_for_good_can_be_asked_for_again_for_half_an_hour,
    an_answer_lost_for_more_than_half_an_hour_means_log_in_again,
    three_failures_of_xero_are_told_to_three_and_cost_no_grant,
    no_answer_but_a_refusal_ends_the_grant,
);

async fn a_lost_answer_is_asked_for_again_at_once(kept: Kept) {
    for kind in [FaultKind::LoseAnswer, FaultKind::CutBefore, FaultKind::answer_after_effect(200, "<html>")] {
        let stage = Stage::expired(&kept, 40).await;
        stage.world.xero().faults().add(Fault::next(TOKEN, kind));
        let asked = stage.asked();
        let given = stage.crowd(None).await;
        stage.all_work(given).await;
        assert_eq!(stage.asked() - asked, 2);
        stage.is_sound().await;
    }
}

async fn lost_for_good(kept: &Kept, seed: u64) -> Stage {
    let stage = Stage::expired(kept, seed).await;
    stage.world.xero().faults().add(Fault::times(TOKEN, 2, FaultKind::LoseAnswer));
    let given = stage.user.ask(None).await;
    assert!(matches!(given, Err(VaultError::UpstreamUnavailable)), "{given:?}");
    stage
}

async fn an_answer_lost_for_good_can_be_asked_for_again_for_half_an_hour(kept: Kept) {
    for minutes in [0, 1, 15, 29] {
        let stage = lost_for_good(&kept, 41).await;
        stage.pass(SignedDuration::from_mins(minutes));
        let asked = stage.asked();
        let given = stage.crowd(None).await;
        stage.all_work(given).await;
        assert_eq!(stage.asked() - asked, 1, "after {minutes} minutes");
        stage.is_sound().await;
    }
}

async fn an_answer_lost_for_more_than_half_an_hour_means_log_in_again(kept: Kept) {
    let stage = lost_for_good(&kept, 42).await;
    stage.pass(HALF_AN_HOUR_AND_MORE);
    let asked = stage.asked();
    let given = stage.crowd(None).await;
    assert!(given.iter().all(|given| matches!(given, Err(VaultError::NeedsReconnect { .. }))), "{given:?}");
    assert_eq!(stage.asked() - asked, 1);
}

async fn three_failures_of_xero_are_told_to_three_and_cost_no_grant(kept: Kept) {
    let stage = Stage::expired(&kept, 43).await;
    stage.world.xero().faults().add(Fault::times(TOKEN, 3, FaultKind::status(503)));
    let asked = stage.asked();
    let (good, failed): (Vec<_>, Vec<_>) = stage.crowd(None).await.into_iter().partition(Result::is_ok);
    assert!(failed.iter().all(|given| matches!(given, Err(VaultError::UpstreamUnavailable))), "{failed:?}");
    assert_eq!((failed.len(), good.len()), (3, CROWD - 3));
    stage.all_work(good).await;
    assert_eq!(stage.asked() - asked, 4);
    stage.is_sound().await;
}

async fn no_answer_but_a_refusal_ends_the_grant(kept: Kept) {
    let json = [("content-type", "application/json")];
    let kinds = [
        FaultKind::status(500),
        FaultKind::status(502),
        FaultKind::status(503),
        FaultKind::status(504),
        FaultKind::status(400),
        FaultKind::status(401),
        FaultKind::status(403),
        FaultKind::status(404),
        FaultKind::answer(429, &[("retry-after", "7")], ""),
        FaultKind::answer(400, &[("content-type", "text/html")], "<html>invalid_grant</html>"),
        FaultKind::answer(400, &json, r#"{"error":"invalid_client"}"#),
        FaultKind::answer(401, &json, r#"{"error":"invalid_client"}"#),
        FaultKind::answer(400, &json, r#"{"error":"temporarily_unavailable"}"#),
        FaultKind::answer(503, &json, r#"{"error":"invalid_grant"}"#),
        FaultKind::answer(200, &json, "{}"),
        FaultKind::answer(200, &json, ""),
        FaultKind::answer_after_effect(500, ""),
        FaultKind::answer_after_effect(200, r#"{"access_token":"#),
        FaultKind::CutBefore,
        FaultKind::LoseAnswer,
    ];
    for kind in kinds {
        let stage = Stage::expired(&kept, 44).await;
        stage.world.xero().faults().add(Fault::always(TOKEN, kind.clone()));
        let asked = stage.asked();
        for _ in 0..3 {
            let given = stage.user.ask(None).await;
            assert!(matches!(given, Err(VaultError::UpstreamUnavailable)), "{kind:?}: {given:?}");
        }
        assert!(stage.asked() - asked <= 6, "{kind:?}: twice a user at most");
        stage.world.xero().faults().clear();
        stage.all_work(vec![stage.user.ask(None).await]).await;
        stage.is_sound().await;
    }
}
