//! How often something was done, and the keys under which network addresses are counted.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StateError;

/// Counts what may be done so often and not more. What is counted of whom, in which time, is the name.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Counts once more under a name, and returns how often that is now. The row is deleted by time from `kept_until` on. A
    /// write that is repeated because its answer was lost counts twice: a limit comes too early rather than too late.
    async fn count(&self, name: &str, kept_until: Timestamp) -> Result<u32, StateError>;

    /// Counts once less, where something is counted under that name: what was counted did not come to be. Where the answer
    /// to the write was lost, it may be one less than that.
    async fn uncount(&self, name: &str) -> Result<(), StateError>;

    /// The key of a day: `new`, on the condition that the day has none yet, else the one that it has.
    async fn key_of_day(&self, day: &str, new: &str, kept_until: Timestamp) -> Result<String, StateError>;
}
