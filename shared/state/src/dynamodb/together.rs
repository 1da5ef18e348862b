//! Several items in one read.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::ids::{EmployeeId, ImportId, PortalId};
use serde::de::DeserializeOwned;

use super::errors::{is_busy, state_error, unavailable};
use super::items::{from_item, key_attributes};
use super::keys::Key;
use super::retry::{MOST_TRIES, persistently, wait_after};
use super::table::{Item, PARTITION_KEY, SORT_KEY};
use super::{DynamoDb, keys};
use crate::{BatchRead, StateError};

/// The items that were read together, by their keys.
pub(super) struct Together(HashMap<(String, String), Item>);

impl Together {
    /// The item at `key` as a value, where it is there.
    fn take<T: DeserializeOwned>(&mut self, key: Key) -> Result<Option<T>, StateError> {
        let row = key.row;
        self.0.remove(&(key.pk, key.sk)).map(|item| from_item(row, item)).transpose()
    }
}

/// The key that an item says of itself.
fn key_of(item: &Item) -> Option<(String, String)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    Some((text(PARTITION_KEY)?, text(SORT_KEY)?))
}

impl DynamoDb {
    /// The items at these keys, of which a request may have a hundred, each consistently read. The table may leave some
    /// out; those are asked for again.
    async fn get_together(&self, keys: impl IntoIterator<Item = Key>) -> Result<Together, StateError> {
        let mut left: Vec<HashMap<String, AttributeValue>> =
            keys.into_iter().filter(|key| !key.is_too_long()).map(key_attributes).collect();
        let mut found = HashMap::with_capacity(left.len());
        for tries in 1..=MOST_TRIES {
            let asked = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(left)).build();
            let asked = asked.map_err(|_| unavailable("an incomplete read"))?;
            let request = self.client.batch_get_item().request_items(&self.table, asked);
            let output = persistently(is_busy, || request.clone().send()).await.map_err(|error| state_error(&error))?;
            let items = output.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            found.extend(items.into_iter().filter_map(|item| Some((key_of(&item)?, item))));
            left =
                output.unprocessed_keys.unwrap_or_default().remove(&self.table).map_or_else(Vec::new, |left| left.keys);
            if left.is_empty() {
                return Ok(Together(found));
            }
            wait_after(tries).await;
        }
        Err(unavailable("items were left out again and again"))
    }

    pub(super) async fn batch_rows(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        people: &[EmployeeId],
    ) -> Result<BatchRead, StateError> {
        let import_key = || keys::import(portal, import);
        let batch_key = || keys::batch(portal, import, number);
        let mut person_keys: Vec<Key> = Vec::with_capacity(people.len());
        for key in people.iter().map(|employee| keys::person(portal, import, employee)) {
            // Whoever is named twice is asked for once.
            if !person_keys.contains(&key) {
                person_keys.push(key);
            }
        }
        let mut found = self.get_together([import_key(), batch_key()].into_iter().chain(person_keys.clone())).await?;
        let mut rows = Vec::with_capacity(person_keys.len());
        for key in person_keys {
            rows.extend(found.take(key)?);
        }
        Ok(BatchRead { import: found.take(import_key())?, batch: found.take(batch_key())?, people: rows })
    }
}
