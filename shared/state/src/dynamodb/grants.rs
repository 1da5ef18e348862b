//! Token sets in DynamoDB: stored by a consent, leased by whoever renews them, replaced by their successors.

use async_trait::async_trait;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Deserialize;

use super::errors::{Refused, malformed};
use super::items::{Change, attribute, from_item, number, row_version, text};
use super::rows::Row;
use super::table::Item;
use super::{DynamoDb, keys};
use crate::{GRANT_TRIES, GRANT_TRY, GrantOwner, Grants, Lease, StateError, StoredGrant};

/// A token set as an item. The lease's end is a number, because conditions compare it.
#[derive(Deserialize)]
struct GrantItem {
    sealed: String,
    access_expires_at: Timestamp,
    generation: u64,
    lease_holder: Option<String>,
    /// In nanoseconds since 1970.
    lease_until: Option<i64>,
}

impl GrantItem {
    fn into_grant(self) -> Result<StoredGrant, StateError> {
        let lease = match self.lease_holder.zip(self.lease_until) {
            None => None,
            Some((holder, until)) => {
                let until = Timestamp::from_nanosecond(until.into()).map_err(|_| malformed("lease"))?;
                Some(Lease { holder, until })
            }
        };
        Ok(StoredGrant {
            sealed: self.sealed,
            access_expires_at: self.access_expires_at,
            generation: self.generation,
            lease,
        })
    }
}

/// How often the token set of a new consent is tried where a renewal comes between.
const PUT_TRIES: u32 = 5;

/// The limits of a write that stores tokens.
fn limits() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(GRANT_TRY).operation_timeout(GRANT_TRIES).build()
}

/// A moment as a number. Beyond the year 2262 it stays there.
fn nanoseconds(moment: Timestamp) -> AttributeValue {
    number(i64::try_from(moment.as_nanosecond()).unwrap_or(i64::MAX))
}

/// When the table may delete a token set, in seconds since 1970.
fn deleted_at(owner: &GrantOwner, access_expires_at: Timestamp) -> AttributeValue {
    number(access_expires_at.as_second() + owner.kept().as_secs())
}

/// Whether a refused renewal is our own: the answer was lost and the SDK asked again.
fn is_stored(row: Row, item: Option<Item>, generation: u64, sealed: &str) -> bool {
    item.and_then(|item| from_item::<GrantItem>(row, item).ok())
        .is_some_and(|stored| stored.generation == generation && stored.sealed == sealed)
}

#[async_trait]
impl Grants for DynamoDb {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        let item: Option<GrantItem> = self.get(keys::grant(owner)).await?;
        item.map(GrantItem::into_grant).transpose()
    }

    async fn put_grant(
        &self,
        owner: &GrantOwner,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        // On the condition that nothing came between, so that a request which arrives late replaces nothing newer. That
        // there is none is tried first: the refusal says what there is, and the tokens of a new portal need no read.
        let mut stored: Option<u64> = None;
        for _ in 0..PUT_TRIES {
            let key = keys::grant(owner);
            let row = key.row;
            let mut values = vec![
                (":sealed", text(sealed)),
                (":expires", attribute(row, &access_expires_at)?),
                (":deleted", deleted_at(owner, access_expires_at)),
                (":next", number(stored.unwrap_or_default() + 1)),
                row_version(row),
            ];
            values.extend(stored.map(|generation| (":generation", number(generation))));
            let change = Change {
                key,
                update: "SET #sealed = :sealed, #access_expires_at = :expires, #expires_at = :deleted, \
                         #generation = :next, #row_version = if_not_exists(#row_version, :row_version) \
                         REMOVE #lease_holder, #lease_until",
                condition: Some(match stored {
                    Some(_) => "#generation = :generation",
                    None => "attribute_not_exists(#generation)",
                }),
                values,
            };
            let there: Option<GrantItem> = match self.change_within(change, Some(limits())).await {
                Ok(_) => return Ok(()),
                Err(Refused::Condition(item)) => item.map(|item| from_item(row, item)).transpose()?,
                Err(Refused::State(error)) => return Err(error),
            };
            // The answer was lost and the SDK asked again: a sealed text is never made twice.
            if there.as_ref().is_some_and(|there| there.sealed == sealed) {
                return Ok(());
            }
            stored = there.map(|there| there.generation);
        }
        Err(StateError::Conflict)
    }

    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError> {
        let change = Change {
            key: keys::grant(owner),
            update: "SET #expires_at = :deleted",
            condition: Some("attribute_exists(#generation)"),
            values: vec![(":deleted", number(until.as_second()))],
        };
        match self.change(change).await {
            Ok(_) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::State(error)) => Err(error),
        }
    }

    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError> {
        // The holder may take its own lease again: that is the same request after a lost answer.
        let change = Change {
            key: keys::grant(owner),
            update: "SET #lease_holder = :holder, #lease_until = :until",
            condition: Some(
                "#generation = :generation AND (attribute_not_exists(#lease_until) OR #lease_until <= :now \
                        OR #lease_holder = :holder)",
            ),
            values: vec![
                (":holder", text(&lease.holder)),
                (":until", nanoseconds(lease.until)),
                (":generation", number(generation)),
                (":now", nanoseconds(now)),
            ],
        };
        self.change(change).await?;
        Ok(())
    }

    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        self.next_grant(owner, generation, None, sealed, Some(access_expires_at)).await
    }

    async fn reseal_grant(&self, owner: &GrantOwner, generation: u64, sealed: &str) -> Result<(), StateError> {
        self.next_grant(owner, generation, None, sealed, None).await
    }

    async fn refuse_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        refused_at: Timestamp,
    ) -> Result<(), StateError> {
        self.next_grant(owner, generation, Some(holder), sealed, Some(refused_at)).await
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        let change = Change {
            key: keys::grant(owner),
            update: "REMOVE #lease_holder, #lease_until",
            condition: Some("#lease_holder = :holder"),
            values: vec![(":holder", text(holder))],
        };
        match self.change(change).await {
            Ok(_) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::State(error)) => Err(error),
        }
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.delete(keys::grant(owner)).await
    }
}

impl DynamoDb {
    /// Stores the successor of `generation`, where that is the stored one and `holder`, if any, holds the lease on it. Without
    /// `access_expires_at` both ends stay as they are.
    async fn next_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: Option<&str>,
        sealed: &str,
        access_expires_at: Option<Timestamp>,
    ) -> Result<(), StateError> {
        let next = generation + 1;
        let key = keys::grant(owner);
        let row = key.row;
        let mut values = vec![(":sealed", text(sealed)), (":next", number(next)), (":generation", number(generation))];
        if let Some(expires) = access_expires_at {
            values.extend([(":expires", attribute(row, &expires)?), (":deleted", deleted_at(owner, expires))]);
        }
        values.extend(holder.map(|holder| (":holder", text(holder))));
        let condition = match holder {
            None => "#generation = :generation",
            Some(_) => "#generation = :generation AND #lease_holder = :holder",
        };
        let change = Change {
            key,
            update: match access_expires_at {
                Some(_) => {
                    "SET #sealed = :sealed, #access_expires_at = :expires, #expires_at = :deleted, \
                     #generation = :next \
                     REMOVE #lease_holder, #lease_until"
                }
                None => "SET #sealed = :sealed, #generation = :next REMOVE #lease_holder, #lease_until",
            },
            condition: Some(condition),
            values,
        };
        match self.change_within(change, Some(limits())).await {
            Err(Refused::Condition(item)) if is_stored(row, item.clone(), next, sealed) => Ok(()),
            Err(refused) => Err(refused.into()),
            Ok(_) => Ok(()),
        }
    }
}
