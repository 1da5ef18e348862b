//! Grants that are over, and new consents while a refresh is under way.

use jiff::SignedDuration;
use vault::VaultError;

use super::kept::Kept;
use super::stage::{CROWD, Given, HALF_AN_HOUR_AND_MORE, Stage, same};
use super::steps::Mishap;

over_both_stores!(
    a_grant_that_is_over_is_told_to_all_after_one_call,
    a_refused_grant_that_was_replaced_early_is_told_to_all_after_one_call,
    a_consent_during_a_refresh_is_kept_and_the_refresher_gets_it,
    a_grant_that_is_erased_during_a_refresh_stays_erased,
);

fn all_must_log_in_again(given: &[Given]) {
    assert_eq!(given.len(), CROWD);
    assert!(given.iter().all(|given| matches!(given, Err(VaultError::NeedsReconnect { .. }))), "{given:?}");
}

async fn a_grant_that_is_over_is_told_to_all_after_one_call(kept: Kept) {
    let stage = Stage::fresh(&kept, 20).await;
    let tokens = stage.consent().await;
    stage.client.revoke(&tokens.refresh_token).await.expect("revoked");
    stage.pass(HALF_AN_HOUR_AND_MORE);
    let asked = stage.asked();
    all_must_log_in_again(&stage.crowd(None).await);
    assert_eq!(stage.asked() - asked, 1, "one asks Xero, and tells the others");
    stage.pass(SignedDuration::from_mins(5));
    all_must_log_in_again(&stage.crowd(None).await);
    assert_eq!(stage.asked() - asked, 1, "nobody asks Xero again so soon");
    // A refusal by mistake costs no grant for ever.
    stage.pass(SignedDuration::from_hours(1));
    all_must_log_in_again(&stage.crowd(None).await);
    assert_eq!(stage.asked() - asked, 2);
    let consented = stage.consent().await;
    let given = stage.crowd(None).await;
    assert!(same(&stage.all_work(given).await.secret, &consented.access_token));
    stage.is_sound().await;
}

async fn a_refused_grant_that_was_replaced_early_is_told_to_all_after_one_call(kept: Kept) {
    let stage = Stage::fresh(&kept, 21).await;
    let tokens = stage.consent().await;
    let refused = stage.user.ask(None).await.expect("a token");
    stage.client.revoke(&tokens.refresh_token).await.expect("revoked");
    stage.world.xero().expire_access_tokens();
    let asked = stage.asked();
    all_must_log_in_again(&stage.crowd(Some(&refused)).await);
    all_must_log_in_again(&stage.crowd(None).await);
    assert_eq!(stage.asked() - asked, 1);
}

async fn a_consent_during_a_refresh_is_kept_and_the_refresher_gets_it(kept: Kept) {
    for old_is_revoked in [false, true] {
        let mut overtaken = 0;
        for at in 0.. {
            let stage = Stage::expired(&kept, 22).await;
            let first = stage.consent().await;
            stage.pass(HALF_AN_HOUR_AND_MORE);
            let (user, steps) = stage.unlucky(Mishap::Stop(at));
            let mut refreshing = tokio::spawn(async move { user.ask(None).await });
            tokio::select! {
                _ = steps.stopped() => {}
                _ = &mut refreshing => break,
            }
            let renewed = stage.generation().await > 2;
            if old_is_revoked {
                stage.client.revoke(&first.refresh_token).await.expect("revoked");
            }
            let consented = stage.consent().await;
            steps.let_go();
            let given = refreshing.await.expect("no panic").expect("a token");
            if !renewed {
                overtaken += 1;
                assert!(same(&given.secret, &consented.access_token), "stopped at {at}");
            }
            let asked = stage.asked();
            let given = stage.crowd(None).await;
            assert!(same(&stage.all_work(given).await.secret, &consented.access_token), "stopped at {at}");
            assert_eq!(stage.asked(), asked, "the newest pair is kept");
            stage.pass(HALF_AN_HOUR_AND_MORE);
            stage.all_work(vec![stage.user.ask(None).await]).await;
            assert_eq!(stage.asked() - asked, 1);
        }
        assert_eq!(overtaken, 7, "everywhere but after the last call");
    }
}

async fn a_grant_that_is_erased_during_a_refresh_stays_erased(kept: Kept) {
    for at in 0.. {
        let stage = Stage::expired(&kept, 23).await;
        let (user, steps) = stage.unlucky(Mishap::Stop(at));
        let mut refreshing = tokio::spawn(async move { user.ask(None).await });
        tokio::select! {
            _ = steps.stopped() => {}
            _ = &mut refreshing => {
                assert_eq!(at, 8, "before and after the look, the lease, Xero and the store");
                break;
            }
        }
        let renewed = stage.generation().await > 1;
        stage.erase().await;
        steps.let_go();
        let given = refreshing.await.expect("no panic");
        assert!(renewed || matches!(given, Err(VaultError::NeedsReconnect { .. })), "stopped at {at}: {given:?}");
        all_must_log_in_again(&stage.crowd(None).await);
    }
}
