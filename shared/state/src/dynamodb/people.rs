//! Many rows of one import at a time.

use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Import, ImportPerson};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::items::{Change, from_item, to_item};
use super::keys::Key;
use super::table::Item;
use super::{DynamoDb, keys};
use crate::StateError;
use crate::dynamodb::errors::Refused;

/// How many requests are on their way at a time.
const IN_FLIGHT: usize = 16;

impl DynamoDb {
    pub(super) async fn add_person_rows(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError> {
        let row = |person: &ImportPerson| {
            let key = keys::person(&import.portal, &import.id, &person.employee_id);
            to_item(key, person, Some(keep_until))
        };
        self.add_rows(people.iter().map(row).collect::<Result<_, _>>()?).await
    }

    /// Stores rows that are not there, and leaves those that are.
    async fn add_rows(&self, rows: Vec<Item>) -> Result<(), StateError> {
        let writes = rows.into_iter().map(|row| async {
            match self.put_new(row).await {
                Err(StateError::Conflict) => Ok(()),
                result => result,
            }
        });
        futures::stream::iter(writes).buffer_unordered(IN_FLIGHT).try_collect().await
    }

    /// The rows of these people that are there, in the order asked for.
    pub(super) async fn person_rows(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError> {
        let keys: Vec<_> = people.iter().map(|employee| keys::person(portal, import, employee)).collect();
        let reads = keys.into_iter().map(|key| self.get(key));
        let found: Vec<Option<ImportPerson>> = futures::stream::iter(reads).buffered(IN_FLIGHT).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What a put of `value` came to: a refused one is a success where exactly this value is stored, because then its own
    /// earlier try refused it. Only for what two could not both want to store as the same.
    pub(super) async fn unless_there<T: serde::de::DeserializeOwned + PartialEq + Sync>(
        &self,
        key: Key,
        value: &T,
        put: Result<(), StateError>,
    ) -> Result<(), StateError> {
        match put {
            Err(StateError::Conflict) => {
                let stored: Option<T> = self.get(key).await?;
                stored.filter(|stored| stored == value).map(drop).ok_or(StateError::Conflict)
            }
            put => put,
        }
    }

    /// Changes an item and returns it as it is now; [`StateError::Conflict`] where the condition fails.
    pub(super) async fn change_to<T: serde::de::DeserializeOwned>(&self, change: Change) -> Result<T, StateError> {
        from_item(change.key.row, self.change(change).await?)
    }

    /// The same, also where the condition fails and `is_done` says of the stored item that this very change was made
    /// before.
    pub(super) async fn change_once<T: serde::de::DeserializeOwned>(
        &self,
        change: Change,
        is_done: impl Fn(&T) -> bool + Send,
    ) -> Result<T, StateError> {
        let row = change.key.row;
        match self.change(change).await {
            Ok(item) => from_item(row, item),
            Err(Refused::Condition(Some(item))) => {
                let stored = from_item(row, item)?;
                if is_done(&stored) { Ok(stored) } else { Err(StateError::Conflict) }
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// Changes an item, or leaves it where the condition fails, and says which; [`StateError::Conflict`] where there is
    /// none.
    pub(super) async fn change_or_leave(&self, change: Change) -> Result<bool, StateError> {
        match self.change(change).await {
            Ok(_) => Ok(true),
            Err(Refused::Condition(Some(_))) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }
}
