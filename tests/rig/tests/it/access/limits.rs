//! What the vault reckons with is what the clients below it have.

use std::time::Duration;

use transport::HttpSettings;

#[test]
fn a_call_and_a_store_take_no_longer_than_a_renewal_reckons_with() {
    assert_eq!(vault::LONGEST_CALL, HttpSettings::default().timeout);
    assert!(2 * state::GRANT_TRY < state::GRANT_TRIES, "one try is lost, and the next has its time");
    let busy = Duration::from_secs(1);
    assert_eq!(state::GRANT_TRIES + busy, state::LONGEST_GRANT_STORE);
    assert_eq!(vault::LONGEST_CALL + state::LONGEST_GRANT_STORE, vault::CALL_AND_STORE);
}
