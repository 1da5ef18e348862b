//! Counters, and the keys of days.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Memory;
use crate::{Counters, StateError};

#[async_trait]
impl Counters for Memory {
    async fn count(&self, name: &str, _: Timestamp) -> Result<u32, StateError> {
        let mut kept = self.kept();
        let count = kept.counters.entry(name.to_owned()).or_default();
        *count += 1;
        Ok(*count)
    }

    async fn uncount(&self, name: &str) -> Result<(), StateError> {
        if let Some(count) = self.kept().counters.get_mut(name) {
            *count = count.saturating_sub(1);
        }
        Ok(())
    }

    async fn key_of_day(&self, day: &str, new: &str, _: Timestamp) -> Result<String, StateError> {
        Ok(self.kept().day_keys.entry(day.to_owned()).or_insert_with(|| new.to_owned()).clone())
    }
}
