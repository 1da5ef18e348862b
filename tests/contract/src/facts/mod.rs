//! What is leaned on: each fact with its call, its source and its grade, and what would break without it.

pub mod go1;
pub mod xero;

pub use go1::ALL as GO1_FACTS;
pub use xero::ALL as XERO_FACTS;

use crate::fact::Fact;

/// Every fact of both upstreams.
pub fn all_facts() -> impl Iterator<Item = &'static Fact> {
    XERO_FACTS.iter().chain(GO1_FACTS).copied()
}
