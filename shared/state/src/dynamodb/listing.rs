//! What the table has of a kind, of all customers. The only looks at the whole table: an operator asks for them, and no
//! function may.

use async_trait::async_trait;
use domain::sign_up::SignUp;

use super::errors::{is_busy, state_error};
use super::items::from_item;
use super::retry::persistently;
use super::rows::Row;
use super::table::{Item, PARTITION_KEY, SORT_KEY};
use super::{DynamoDb, keys};
use crate::{GrantList, GrantOwner, SignUpList, StateError};

impl DynamoDb {
    /// What `read` makes of each item that is there, by its keys.
    async fn all<T>(
        &self,
        read: impl Fn(&str, &str, &Item) -> Result<Option<T>, StateError>,
    ) -> Result<Vec<T>, StateError> {
        let request = self.client.scan().table_name(&self.table).consistent_read(true);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(after);
            let output = persistently(is_busy, || page.clone().send()).await.map_err(|error| state_error(&error))?;
            for item in output.items.unwrap_or_default().into_iter().filter(|item| !self.is_past_its_time(item)) {
                let key = |name| item.get(name).and_then(|key| key.as_s().ok());
                let Some((pk, sk)) = key(PARTITION_KEY).zip(key(SORT_KEY)) else { continue };
                all.extend(read(pk, sk, &item)?);
            }
            match output.last_evaluated_key {
                Some(key) if !key.is_empty() => after = Some(key),
                _ => return Ok(all),
            }
        }
    }
}

#[async_trait]
impl GrantList for DynamoDb {
    async fn grant_owners(&self) -> Result<Vec<GrantOwner>, StateError> {
        self.all(|pk, sk, _| Ok(keys::grant_owner(pk, sk))).await
    }
}

#[async_trait]
impl SignUpList for DynamoDb {
    async fn sign_ups(&self) -> Result<Vec<SignUp>, StateError> {
        let read = |item: &Item| from_item(Row::SignUp, item.clone());
        self.all(|pk, sk, item| keys::is_sign_up(pk, sk).then(|| read(item)).transpose()).await
    }
}
