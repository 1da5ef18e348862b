//! Whose token sets the table has. The only look at the whole table: an operator asks for it, and no function may.

use async_trait::async_trait;

use super::errors::{is_busy, state_error};
use super::retry::persistently;
use super::table::{PARTITION_KEY, SORT_KEY};
use super::{DynamoDb, keys};
use crate::{GrantList, GrantOwner, StateError};

#[async_trait]
impl GrantList for DynamoDb {
    async fn grant_owners(&self) -> Result<Vec<GrantOwner>, StateError> {
        let request = self.client.scan().table_name(&self.table).consistent_read(true);
        let (mut owners, mut after) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(after);
            let output = persistently(is_busy, || page.clone().send()).await.map_err(|error| state_error(&error))?;
            for item in output.items.unwrap_or_default().into_iter().filter(|item| !self.is_past_its_time(item)) {
                let key = |name| item.get(name).and_then(|key| key.as_s().ok());
                let keys = key(PARTITION_KEY).zip(key(SORT_KEY));
                owners.extend(keys.and_then(|(pk, sk)| keys::grant_owner(pk, sk)));
            }
            match output.last_evaluated_key {
                Some(key) if !key.is_empty() => after = Some(key),
                _ => return Ok(owners),
            }
        }
    }
}
