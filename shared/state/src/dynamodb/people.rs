//! Many rows of one import at a time.

use std::collections::HashSet;

use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Import, ImportPerson};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::errors::Refused;
use super::items::{Change, IS_NEW, from_item, to_item};
use super::keys::Key;
use super::retry::{MOST_TRIES, wait_after};
use super::{DynamoDb, keys};
use crate::{ImportReader as _, StateError};

/// How many requests are on their way at a time.
const IN_FLIGHT: usize = 16;

/// How many people's rows one transaction makes, so that those of a full import are three: with the import's they are below
/// the hundred items that one may have. (Amazon DynamoDB's API reference, `TransactWriteItems`.) One comes after the other,
/// because each has the import in it.
const ROWS_PER_TRANSACTION: usize = 67;

impl DynamoDb {
    pub(super) async fn add_person_rows(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError> {
        for some in people.chunks(ROWS_PER_TRANSACTION) {
            self.add_some_rows(import, some.iter().collect(), keep_until).await?;
        }
        Ok(())
    }

    /// One transaction for all of these people who have no row yet.
    async fn add_some_rows(
        &self,
        import: &Import,
        mut people: Vec<&ImportPerson>,
        keep_until: Timestamp,
    ) -> Result<(), StateError> {
        let (portal, id) = (&import.portal, &import.id);
        for tries in 1..=MOST_TRIES {
            let mut writes = vec![self.active_part(portal, id)?];
            for person in &people {
                let row = to_item(keys::person(portal, id, &person.employee_id), *person, Some(keep_until))?;
                writes.push(self.put_part(row, IS_NEW, Vec::new())?);
            }
            match self.transact(writes).await {
                Err(Refused::Condition(())) => {}
                result => return Ok(result?),
            }
            if self.find_import(portal, id).await?.is_none_or(|stored| stored.status.has_ended()) {
                return Err(StateError::Conflict);
            }
            // Some rows are there: of another dispatch, or of this very transaction, whose answer was lost.
            let asked: Vec<_> = people.iter().map(|person| person.employee_id.clone()).collect();
            let there = self.person_rows(portal, id, &asked).await?;
            let there: HashSet<_> = there.into_iter().map(|person| person.employee_id).collect();
            people.retain(|person| !there.contains(&person.employee_id));
            if people.is_empty() {
                return Ok(());
            }
            wait_after(tries).await;
        }
        Err(StateError::Conflict)
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
