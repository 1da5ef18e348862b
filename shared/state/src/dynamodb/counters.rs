//! Counters, and the keys of days.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::errors::Refused;
use super::items::{Change, from_item, number, row_version, to_item};
use super::rows::Row;
use super::{DynamoDb, keys};
use crate::{Counters, StateError};

/// How often something was done.
#[derive(Deserialize)]
struct Counted {
    count: u32,
}

/// Under which network addresses are counted on a day.
#[derive(Serialize, Deserialize)]
struct DayKey {
    key: String,
}

#[async_trait]
impl Counters for DynamoDb {
    async fn count(&self, name: &str, kept_until: Timestamp) -> Result<u32, StateError> {
        let change = Change {
            key: keys::counter(name),
            update: "SET #count = if_not_exists(#count, :none) + :one, #expires_at = :until, \
                     #row_version = if_not_exists(#row_version, :row_version)",
            condition: None,
            values: vec![
                (":none", number(0)),
                (":one", number(1)),
                (":until", number(kept_until.as_second())),
                row_version(Row::Counter),
            ],
        };
        Ok(from_item::<Counted>(Row::Counter, self.change(change).await?)?.count)
    }

    async fn uncount(&self, name: &str) -> Result<(), StateError> {
        let change = Change {
            key: keys::counter(name),
            update: "SET #count = #count - :one",
            condition: Some("#count > :none"),
            values: vec![(":none", number(0)), (":one", number(1))],
        };
        match self.change(change).await {
            Ok(_) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::State(error)) => Err(error),
        }
    }

    async fn key_of_day(&self, day: &str, new: &str, kept_until: Timestamp) -> Result<String, StateError> {
        // Read first: all but the first of a day find it there.
        let stored = async || self.get::<DayKey>(keys::key_of_day(day)).await;
        if let Some(DayKey { key }) = stored().await? {
            return Ok(key);
        }
        let item = to_item(keys::key_of_day(day), &DayKey { key: new.to_owned() }, Some(kept_until))?;
        match self.put_new(item).await {
            Ok(()) => Ok(new.to_owned()),
            Err(StateError::Conflict) => Ok(stored().await?.ok_or(StateError::Conflict)?.key),
            Err(error) => Err(error),
        }
    }
}
