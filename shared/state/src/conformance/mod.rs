//! What every implementation must do: one suite for the table and for memory. It needs a store that it may write to;
//! its ids begin with a prefix of its own, so that a table can be shared. The store has [`SuiteClock`] for its clock.
//!
//! A part panics where an expectation does not hold.

#![expect(clippy::missing_panics_doc, reason = "panicking is what the parts are for")]

mod acceptance;
mod counters;
mod ending;
mod erasure;
mod grants;
mod organisations;
mod plans;
mod races;
mod samples;
mod sign_ups;
mod sizes;
mod store;
mod work;

pub use acceptance::imports_are_accepted;
pub use counters::counters_count;
pub use ending::{SuiteClock, what_is_past_its_time_is_not_there};
pub use erasure::portals_are_erased;
pub use grants::{grants_are_leased, grants_are_listed};
pub use organisations::organisations_are_kept;
pub use plans::plans_are_whole;
pub use races::races_have_one_winner;
pub use sign_ups::{a_sign_up_is_kept, audit_is_kept, sign_ups_are_listed};
pub use sizes::Sizes;
pub use store::Store;
pub use work::imports_are_worked_on;

/// All parts, side by side. `prefix` must differ from run to run on a shared table.
///
/// Grants go first, by themselves: a write of tokens has two seconds ([`crate::GRANT_TRY`]), which an emulator that serves
/// one request at a time would spend on the requests of the other parts.
pub async fn run_all(store: &impl Store, prefix: &str) {
    let sizes = Sizes::ALL;
    grants_are_leased(store, prefix).await;
    tokio::join!(
        a_sign_up_is_kept(store, prefix),
        audit_is_kept(store, prefix),
        counters_count(store, prefix),
        plans_are_whole(store, prefix, sizes),
        organisations_are_kept(store, prefix, sizes),
        imports_are_accepted(store, prefix, sizes),
        imports_are_worked_on(store, prefix),
        races_have_one_winner(store, prefix),
        what_is_past_its_time_is_not_there(store, prefix),
        Box::pin(portals_are_erased(store, prefix, sizes)),
    );
}
