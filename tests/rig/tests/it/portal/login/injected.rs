//! A code of somebody else's login, put into one's own way back.

use http::StatusCode;
use rig::{BLUEGUM, WATTLE, with_query};

use super::{nobody_came_in, returning};

#[tokio::test(start_paused = true)]
async fn a_code_that_was_injected_at_go1_s_login_lets_nobody_in() {
    let (rig, _ada, back) = returning(1).await;
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    // A learner who has got hold of it begins a login of their own, in their own browser, and exchanges the code.
    let mallory = rig.visitor(&BLUEGUM);
    let login = mallory.configure(&rig.domain_of(&WATTLE)).await;
    let own = mallory.log_in_without_return(&login, &rig.learners(&WATTLE).remove(0).id).await;
    let page = mallory.browser.open(&with_query(&own, "code", Some(&code))).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.words());
    assert!(page.words().contains("GO1 didn’t confirm your sign-in"), "{}", page.words());
    nobody_came_in(&rig, &mallory, 1).await;
}
