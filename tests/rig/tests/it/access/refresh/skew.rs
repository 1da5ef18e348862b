//! Our clock and Xero's differ by up to five minutes, for ever or of a sudden.

use jiff::SignedDuration;
use vault::AccessToken;

use super::kept::Kept;
use super::stage::Stage;

over_both_stores!(
    a_clock_that_is_five_minutes_wrong_costs_no_failed_call,
    a_clock_that_is_put_right_costs_one_refused_token_at_most,
);

const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// Uses the token as the product does: a refused one is replaced, once. How many were refused.
async fn use_token(stage: &Stage) -> usize {
    let token: AccessToken = stage.user.ask(None).await.expect("a token");
    let Err(error) = stage.client.connections(&token.secret, None).await else { return 0 };
    assert!(error.token_expired(), "{error}");
    let given = stage.crowd(Some(&token)).await;
    stage.all_work(given).await;
    1
}

async fn a_clock_that_is_five_minutes_wrong_costs_no_failed_call(kept: Kept) {
    for skew in [FIVE_MINUTES, -FIVE_MINUTES] {
        // The consent as well: the id_token is checked against our clock.
        let stage = Stage::with_skew(&kept, 30, skew).await;
        for minute in (0..180).step_by(7) {
            assert_eq!(use_token(&stage).await, 0, "{skew:?}, {minute} minutes after the consent");
            stage.pass(SignedDuration::from_mins(7));
        }
        assert_eq!(stage.asked() - 1, 5, "a token is used for as long as it lives");
        stage.is_sound().await;
    }
}

async fn a_clock_that_is_put_right_costs_one_refused_token_at_most(kept: Kept) {
    let mut refused_ever = 0;
    for skew in [FIVE_MINUTES, -FIVE_MINUTES] {
        for change in [-skew, -skew - skew] {
            for after in [4, 26, 34] {
                let stage = Stage::with_skew(&kept, 31, skew).await;
                stage.pass(SignedDuration::from_mins(after));
                stage.put_our_clock_on(change);
                let mut refused = 0;
                for _ in 0..12 {
                    refused += use_token(&stage).await;
                    stage.pass(SignedDuration::from_mins(5));
                }
                assert!(refused <= 1, "{skew:?} changed by {change:?} after {after} minutes: {refused}");
                refused_ever += refused;
                stage.is_sound().await;
            }
        }
    }
    assert!(refused_ever > 0, "a clock that was ahead and is put back believes in a token for too long");
}
