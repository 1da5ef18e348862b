//! Services that differ from what is leaned on: each look notices it, under the name of the fact.

use contract::Verdict;
use jiff::SignedDuration;
use stand_ins::{Duplicates, WorldSettings};

use crate::stage::Stage;

async fn differences(change: impl FnOnce(&mut WorldSettings)) -> Vec<&'static str> {
    Stage::new(change).await.run("").await.0.differences()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_account_that_is_accepted_is_noticed() {
    assert_eq!(differences(|settings| settings.go1_duplicates = Duplicates::Accepted).await, ["go1/account-twice"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_refusal_of_a_second_account_is_taken() {
    for duplicates in [Duplicates::BadRequest, Duplicates::Unprocessable] {
        assert!(differences(|settings| settings.go1_duplicates = duplicates).await.is_empty(), "{duplicates:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_are_behind_are_measured() {
    let stage = Stage::new(|settings| settings.go1_lists_behind = SignedDuration::from_secs(2)).await;
    let (report, _) = stage.run("").await;
    let seen = report.of(&contract::facts::go1::SEARCH_SHOWS);
    assert!(matches!(&seen, Verdict::Holds(seen) if seen.starts_with("after ")), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_never_show_what_was_made_are_noticed() {
    let never = differences(|settings| settings.go1_lists_behind = SignedDuration::from_hours(1)).await;
    assert!(never.contains(&"go1/search-shows") && never.contains(&"go1/enrollments-listed"), "{never:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_does_not_tell_whose_it_is_is_noticed() {
    assert_eq!(differences(|settings| settings.go1_tells_customer_ids = false).await, ["go1/portal-customer"]);
}

/// Whoever sends a verifier for a code without a challenge is refused (RFC 9700, section 2.1.1).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_loses_pkce_is_noticed() {
    let differ = differences(|settings| settings.go1_loses_challenges = true).await;
    assert_eq!(differ, ["go1/login"]);
}
