//! Fifty at once, and nothing goes wrong: one call to Xero.

use super::kept::Kept;
use super::stage::{CROWD, Stage, same};

over_both_stores!(
    fifty_users_of_an_expired_token_make_one_refresh,
    fifty_users_of_a_token_that_was_refused_make_one_refresh,
    fifty_users_of_a_good_token_ask_nobody,
);

async fn fifty_users_of_an_expired_token_make_one_refresh(kept: Kept) {
    let stage = Stage::expired(&kept, 1).await;
    for round in 1..=3 {
        let asked = stage.asked();
        let given = stage.crowd(None).await;
        assert_eq!(given.len(), CROWD);
        stage.all_work(given).await;
        assert_eq!((stage.asked() - asked, stage.generation().await), (1, 1 + round));
        stage.pass(super::stage::HALF_AN_HOUR_AND_MORE);
    }
    stage.is_sound().await;
}

async fn fifty_users_of_a_token_that_was_refused_make_one_refresh(kept: Kept) {
    let stage = Stage::fresh(&kept, 2).await;
    let refused = stage.user.ask(None).await.expect("the first token");
    stage.world.xero().expire_access_tokens();
    assert!(!stage.works(&refused).await);
    let asked = stage.asked();
    let given = stage.crowd(Some(&refused)).await;
    let token = stage.all_work(given).await;
    assert!(!same(&token.secret, &refused.secret) && token.generation > refused.generation);
    // Those who come late with the same old token get the new one, and so does everybody else.
    stage.all_work(stage.crowd(Some(&refused)).await).await;
    stage.all_work(stage.crowd(None).await).await;
    assert_eq!(stage.asked() - asked, 1);
    stage.is_sound().await;
}

async fn fifty_users_of_a_good_token_ask_nobody(kept: Kept) {
    let stage = Stage::fresh(&kept, 3).await;
    let asked = stage.asked();
    stage.all_work(stage.crowd(None).await).await;
    assert_eq!((stage.asked() - asked, stage.generation().await), (0, 1));
}
