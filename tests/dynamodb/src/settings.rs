//! What can be chosen.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// How the tables behave where DynamoDB leaves it open, and the time that they live in.
#[derive(Clone)]
pub struct Settings {
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How far an eventually consistent read is behind.
    pub behind: SignedDuration,
    /// How many items a page of a query has at most; DynamoDB has no such limit unless the request has one, but a small
    /// one shows who does not read on.
    pub items_per_page: Option<usize>,
    /// How many bytes a page of a query has at most. (Developer Guide, "Paginating table query results": 1 MB.)
    pub bytes_per_page: usize,
}

impl Settings {
    /// With this clock; whole pages, and reads that are never behind.
    pub fn new(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), behind: SignedDuration::ZERO, items_per_page: None, bytes_per_page: 1_048_576 }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("behind", &self.behind)
            .field("items_per_page", &self.items_per_page)
            .field("bytes_per_page", &self.bytes_per_page)
            .finish_non_exhaustive()
    }
}
