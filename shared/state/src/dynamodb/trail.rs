//! The audit trail in DynamoDB.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use domain::audit::AuditEntry;
use domain::ids::SignUpId;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::errors::{is_busy, state_error};
use super::items::{from_item, names_in, text, to_item};
use super::keys::{Key, Span};
use super::retry::{arbitrary, persistently};
use super::{DynamoDb, keys};
use crate::sign_ups::entry_ends_with;
use crate::{AuditTrail, StateError};

#[async_trait]
impl AuditTrail for DynamoDb {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StateError> {
        // Entries of one moment and one process stay in their order; those of two processes do not meet.
        static APPENDED: AtomicU64 = AtomicU64::new(0);
        let order = format!("{:020}-{:016x}", APPENDED.fetch_add(1, Ordering::Relaxed), arbitrary());
        let key = keys::audit_entry(&entry.sign_up, entry.at, &order);
        let its = self.sign_up_even_past(&entry.sign_up).await?;
        let until = entry_ends_with(&entry.sign_up, its.as_ref(), self.clock.now());
        match self.put_new(to_item(key.clone(), entry, until)?).await {
            // No other has this key: the answer to the same write was lost.
            Err(StateError::Conflict) if self.is_stored(key.clone(), entry).await? => {}
            put => put?,
        }
        self.keep_where_a_portal_came(&entry.sign_up, until, vec![key]).await
    }

    async fn audit_of(&self, sign_up: &SignUpId) -> Result<Vec<AuditEntry>, StateError> {
        self.query(keys::audit_entries(sign_up)).await
    }

    async fn newest_audit_of(&self, sign_up: &SignUpId, most: usize) -> Result<Vec<AuditEntry>, StateError> {
        self.query_some(keys::audit_entries_since(sign_up, Timestamp::MIN), Order::NewestFirst, most).await
    }

    async fn audit_since(
        &self,
        sign_up: &SignUpId,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<AuditEntry>, StateError> {
        self.query_some(keys::audit_entries_since(sign_up, since), Order::OldestFirst, most).await
    }
}

/// In which order the entries of a trail are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

impl DynamoDb {
    /// Whether exactly this entry is stored there, also where it is past its time.
    async fn is_stored(&self, key: Key, entry: &AuditEntry) -> Result<bool, StateError> {
        let row = key.row;
        let stored: Option<AuditEntry> = self.item(key).await?.map(|item| from_item(row, item)).transpose()?;
        Ok(stored.as_ref() == Some(entry))
    }

    /// The first values of a range in that order, so many at the most, without those that are past their time. No more are read
    /// than that, but for such rows.
    async fn query_some<T: DeserializeOwned>(
        &self,
        range: Span,
        order: Order,
        most: usize,
    ) -> Result<Vec<T>, StateError> {
        let condition = "#pk = :pk AND #sk BETWEEN :first AND :last";
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(order == Order::OldestFirst)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names_in(&[condition])))
            .expression_attribute_values(":pk", text(&range.pk))
            .expression_attribute_values(":first", text(&range.first))
            .expression_attribute_values(":last", text(&range.last));
        let (mut values, mut after) = (Vec::new(), None);
        while values.len() < most {
            let left = i32::try_from(most - values.len()).unwrap_or(i32::MAX);
            let page = request.clone().limit(left).set_exclusive_start_key(after);
            let output = persistently(is_busy, || page.clone().send()).await.map_err(|error| state_error(&error))?;
            for item in output.items.unwrap_or_default().into_iter().filter(|item| !self.is_past_its_time(item)) {
                values.push(from_item(range.row, item)?);
            }
            match output.last_evaluated_key {
                Some(key) if !key.is_empty() => after = Some(key),
                _ => break,
            }
        }
        Ok(values)
    }
}
