//! Reading and writing items: what the trait families share. A read is consistent, because a decision follows, unless its
//! name says otherwise.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DynamoDb;
use super::errors::{
    Refused, is_busy, is_refused, is_transaction_busy, is_transaction_refused, malformed, state_error, unavailable,
};
use super::keys::{Key, Range};
use super::retry::persistently;
use super::rows::{ROW_VERSION, Row};
use super::table::{EXPIRES_AT, Item, PARTITION_KEY, SORT_KEY};
use crate::StateError;

/// Where it says that an item must not be there yet.
pub(super) const IS_NEW: &str = "attribute_not_exists(#pk)";

/// A change of one item. Attributes stand in the texts as `#name`, values as `:name`.
pub(super) struct Change {
    pub(super) key: Key,
    pub(super) update: &'static str,
    pub(super) condition: Option<&'static str>,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

/// A number as an attribute.
pub(super) fn number(number: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Text as an attribute.
pub(super) fn text(text: &(impl ToString + ?Sized)) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// Any value as the attribute that a row of that kind has for it.
pub(super) fn attribute<T: Serialize>(row: Row, value: &T) -> Result<AttributeValue, StateError> {
    serde_dynamo::to_attribute_value(value).map_err(|_| malformed(row.name()))
}

/// The version of that kind, for `#row_version = if_not_exists(#row_version, :row_version)`. That stands in every
/// change that may make its row, and in no other: those set all of a row, so they say what it is where it says nothing,
/// and a newer release's row keeps what it says.
pub(super) fn row_version(row: Row) -> (&'static str, AttributeValue) {
    (":row_version", number(row.version()))
}

/// A value as an item, which says its version. Attributes without a value are left out, so that `attribute_not_exists`
/// asks for them.
pub(super) fn to_item<T: Serialize>(key: Key, value: &T, expires_at: Option<Timestamp>) -> Result<Item, StateError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(|_| malformed(key.row.name()))?;
    item.retain(|_, value| !value.is_null());
    item.insert(ROW_VERSION.to_owned(), number(key.row.version()));
    item.insert(PARTITION_KEY.to_owned(), AttributeValue::S(key.pk));
    item.insert(SORT_KEY.to_owned(), AttributeValue::S(key.sk));
    if let Some(moment) = expires_at {
        item.insert(EXPIRES_AT.to_owned(), number(moment.as_second()));
    }
    Ok(item)
}

/// The value that an item holds, where its version is one that is read here.
pub(super) fn from_item<T: DeserializeOwned>(row: Row, item: Item) -> Result<T, StateError> {
    row.check(&item)?;
    serde_dynamo::from_item(item).map_err(|_| malformed(row.name()))
}

pub(super) fn key_attributes(key: Key) -> Item {
    HashMap::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(key.pk)),
        (SORT_KEY.to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// The names behind every `#name` of an expression. All are written so, because many are reserved words.
pub(super) fn names_in(expressions: &[&str]) -> HashMap<String, String> {
    let after_hash = expressions.iter().flat_map(|expression| expression.split('#').skip(1));
    let is_outside = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
    after_hash
        .filter_map(|rest| rest.split(is_outside).next())
        .map(|name| (format!("#{name}"), name.to_owned()))
        .collect()
}

/// The values of an expression; `None` where it has none, for which the table does not take an empty list.
fn values_of(values: Vec<(&'static str, AttributeValue)>) -> Option<Item> {
    (!values.is_empty()).then(|| values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl DynamoDb {
    /// Whether the table may delete an item by now. It does so up to some days late.
    pub(super) fn is_past_its_time(&self, item: &Item) -> bool {
        let Some(AttributeValue::N(until)) = item.get(EXPIRES_AT) else { return false };
        until.parse().is_ok_and(|until: i64| until <= self.clock.now().as_second())
    }

    /// The item at `key` as a value. One that is past its time is not there.
    pub(super) async fn get<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StateError> {
        let row = key.row;
        let item = self.item(key).await?.filter(|item| !self.is_past_its_time(item));
        item.map(|item| from_item(row, item)).transpose()
    }

    /// The item at `key`, also where it is past its time.
    pub(super) async fn item(&self, key: Key) -> Result<Option<Item>, StateError> {
        if key.is_too_long() {
            return Ok(None);
        }
        let request =
            self.client.get_item().table_name(&self.table).consistent_read(true).set_key(Some(key_attributes(key)));
        let output = persistently(is_busy, || request.clone().send()).await.map_err(|error| state_error(&error))?;
        Ok(output.item)
    }

    /// All values of a range, in the order of their keys, without those that are past their time.
    pub(super) async fn query<T: DeserializeOwned>(&self, range: Range) -> Result<Vec<T>, StateError> {
        self.values(range.row, self.items(range).await?)
    }

    /// The same as it was a moment ago, at half the price: what was just written may be missing.
    pub(super) async fn query_lately<T: DeserializeOwned>(&self, range: Range) -> Result<Vec<T>, StateError> {
        self.values(range.row, self.items_read(range, false).await?)
    }

    /// What the items hold, without those that are past their time.
    fn values<T: DeserializeOwned>(&self, row: Row, items: Vec<Item>) -> Result<Vec<T>, StateError> {
        items.into_iter().filter(|item| !self.is_past_its_time(item)).map(|item| from_item(row, item)).collect()
    }

    /// All items of a range, also those that are past their time: for whoever removes them or says how long they are
    /// kept.
    pub(super) async fn items(&self, range: Range) -> Result<Vec<Item>, StateError> {
        self.items_read(range, true).await
    }

    async fn items_read(&self, range: Range, consistent: bool) -> Result<Vec<Item>, StateError> {
        if range.is_too_long() {
            return Ok(Vec::new());
        }
        let condition = "#pk = :pk AND begins_with(#sk, :prefix)";
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(consistent)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names_in(&[condition])))
            .expression_attribute_values(":pk", text(&range.pk))
            .expression_attribute_values(":prefix", text(&range.prefix));
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(after);
            let output = persistently(is_busy, || page.clone().send()).await.map_err(|error| state_error(&error))?;
            items.extend(output.items.unwrap_or_default());
            match output.last_evaluated_key {
                Some(key) if !key.is_empty() => after = Some(key),
                _ => return Ok(items),
            }
        }
    }

    /// Stores an item over whatever is there.
    pub(super) async fn put(&self, item: Item) -> Result<(), StateError> {
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        persistently(is_busy, || request.clone().send()).await.map_err(|error| state_error(&error))?;
        Ok(())
    }

    /// Stores an item where there is none; [`StateError::Conflict`] otherwise.
    pub(super) async fn put_new(&self, item: Item) -> Result<(), StateError> {
        self.put_where(item, IS_NEW, Vec::new()).await
    }

    /// Stores an item on a condition; [`StateError::Conflict`] otherwise.
    pub(super) async fn put_where(
        &self,
        item: Item,
        condition: &'static str,
        values: Vec<(&'static str, AttributeValue)>,
    ) -> Result<(), StateError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names_in(&[condition])))
            .set_expression_attribute_values(values_of(values));
        match persistently(is_busy, || request.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error) if is_refused(&error) => Err(StateError::Conflict),
            Err(error) => Err(state_error(&error)),
        }
    }

    /// Changes an item on a condition and returns it as it is now; a refusal comes with the item that refused, if
    /// there is one.
    pub(super) async fn change(&self, change: Change) -> Result<Item, Refused<Option<Item>>> {
        self.change_within(change, None).await
    }

    /// The same within other limits of time than the client's own.
    pub(super) async fn change_within(
        &self,
        change: Change,
        limits: Option<TimeoutConfig>,
    ) -> Result<Item, Refused<Option<Item>>> {
        let request = self
            .update_request(change)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let send = async || match &limits {
            Some(limits) => {
                let limited = aws_sdk_dynamodb::Config::builder().timeout_config(limits.clone());
                request.clone().customize().config_override(limited).send().await
            }
            None => request.clone().send().await,
        };
        match persistently(is_busy, send).await {
            Ok(output) => Ok(output.attributes.unwrap_or_default()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Err(Refused::Condition(failed.item.clone()))
                }
                _ => Err(Refused::State(state_error(&error))),
            },
        }
    }

    fn update_request(&self, change: Change) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(change.key)))
            .update_expression(change.update)
            .set_condition_expression(change.condition.map(ToOwned::to_owned))
            .set_expression_attribute_names(Some(names_in(&[change.update, change.condition.unwrap_or_default()])))
            .set_expression_attribute_values(values_of(change.values))
    }

    /// Changes an item on a condition and is shown nothing of it. So are the rows changed of which a function may change
    /// some attributes and no other: such a right is none to see the rest.
    pub(super) async fn change_unseen(&self, change: Change) -> Result<(), Refused<()>> {
        let request = self.update_request(change).return_values(ReturnValue::None);
        match persistently(is_busy, || request.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Err(Refused::Condition(())),
                _ => Err(Refused::State(state_error(&error))),
            },
        }
    }

    /// Deletes an item. One that is not there is fine.
    pub(super) async fn delete(&self, key: Key) -> Result<(), StateError> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key_attributes(key)));
        persistently(is_busy, || request.clone().send()).await.map_err(|error| state_error(&error))?;
        Ok(())
    }

    /// Stores two items over whatever is there, or neither.
    pub(super) async fn put_both(&self, items: [Item; 2]) -> Result<(), StateError> {
        let put = |item| Put::builder().table_name(&self.table).set_item(Some(item)).build();
        let write = |item| put(item).map(|put| TransactWriteItem::builder().put(put).build());
        let writes: Result<_, _> = items.into_iter().map(write).collect();
        Ok(self.transact(writes.map_err(|_| unavailable("an incomplete put"))?).await?)
    }

    /// Does all of `writes`, or none where a condition fails.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), Refused<()>> {
        let request = self.client.transact_write_items().set_transact_items(Some(writes));
        match persistently(is_transaction_busy, || request.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error) if is_transaction_refused(&error) => Err(Refused::Condition(())),
            Err(error) => Err(Refused::State(state_error(&error))),
        }
    }

    /// A put as a part of a transaction.
    pub(super) fn put_part(
        &self,
        item: Item,
        condition: &'static str,
        values: Vec<(&'static str, AttributeValue)>,
    ) -> Result<TransactWriteItem, StateError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names_in(&[condition])))
            .set_expression_attribute_values(values_of(values))
            .build()
            .map_err(|_| unavailable("an incomplete put"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// A change as a part of a transaction.
    pub(super) fn change_part(&self, change: Change) -> Result<TransactWriteItem, StateError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(change.key)))
            .update_expression(change.update)
            .set_condition_expression(change.condition.map(ToOwned::to_owned))
            .set_expression_attribute_names(Some(names_in(&[change.update, change.condition.unwrap_or_default()])))
            .set_expression_attribute_values(values_of(change.values))
            .build()
            .map_err(|_| unavailable("an incomplete update"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// A deletion as a part of a transaction. One without a condition is fine where there is nothing.
    pub(super) fn delete_part(
        &self,
        key: Key,
        condition: Option<&'static str>,
        values: Vec<(&'static str, AttributeValue)>,
    ) -> Result<TransactWriteItem, StateError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .set_condition_expression(condition.map(ToOwned::to_owned))
            .set_expression_attribute_names(condition.map(|condition| names_in(&[condition])))
            .set_expression_attribute_values(values_of(values))
            .build()
            .map_err(|_| unavailable("an incomplete deletion"))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
