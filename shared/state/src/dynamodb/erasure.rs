//! Erasing: what is to be removed is listed by its keys, and removed item by item.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::{AuditAction, AuditEntry};
use domain::erasure::{Erasure, Receipt, Removed};
use domain::ids::{PortalId, ReceiptId, SignUpId, TenantId, XeroUserId};
use domain::import::Import;
use domain::session::SessionOwner;
use futures::{StreamExt as _, TryStreamExt as _};

use super::errors::{Refused, is_busy, malformed, state_error};
use super::items::{Change, IS_NEW, attribute, from_item, names_in, number, text, to_item};
use super::keys::{Key, Range};
use super::retry::persistently;
use super::rows::Row;
use super::sign_ups::{SessionOf, XeroUserOf};
use super::table::{Item, PARTITION_KEY, SORT_KEY};
use super::{DynamoDb, keys};
use crate::{BeginRefused, Erasures, GrantOwner, ImportReader as _, PortalReader as _, ReceiptReader, StateError};

/// How many requests are on their way at a time.
const IN_FLIGHT: usize = 16;

#[async_trait]
impl ReceiptReader for DynamoDb {
    async fn find_receipt(&self, id: &ReceiptId) -> Result<Option<Receipt>, StateError> {
        self.get(keys::receipt(id)).await
    }
}

#[async_trait]
impl Erasures for DynamoDb {
    async fn held(&self, portal: &PortalId, tenant: &TenantId, sign_up: &SignUpId) -> Result<Removed, StateError> {
        let plans = self.keys_of(keys::plans(tenant)).await?;
        let imports = self.imports_of(portal).await?;
        let mut people = 0;
        for import in &imports {
            people += self.keys_of(keys::people(portal, &import.id)).await?.len();
        }
        let go1 = self.get::<serde::de::IgnoredAny>(keys::grant(&GrantOwner::Portal(portal.clone()))).await?;
        let sign_up_row = self.get::<serde::de::IgnoredAny>(keys::sign_up(sign_up)).await?;
        let owner = SessionOwner::SignUp(sign_up.clone());
        Ok(Removed {
            sign_ups: usize::from(sign_up_row.is_some()),
            plans: plans.iter().filter(|key| key.sk.ends_with(keys::PLAN_HEAD)).count(),
            people,
            imports: imports.len(),
            members: self.keys_of(keys::members(portal)).await?.len(),
            audit_entries: self.keys_of(keys::audit_entries(sign_up)).await?.len(),
            xero_logins: self.keys_of(keys::xero_users_of(sign_up)).await?.len(),
            go1_accesses: usize::from(go1.is_some()),
            sessions: self.keys_of(keys::sessions_of(&owner)).await?.len(),
        })
    }

    async fn begin_erasure(&self, erasure: &Erasure, receipt: &Receipt) -> Result<(), BeginRefused> {
        match self.try_begin(erasure, receipt).await {
            Ok(()) => return Ok(()),
            Err(Refused::State(error)) => return Err(error.into()),
            Err(Refused::Condition(())) => {}
        }
        let before = self.find_erasure(&erasure.portal).await?;
        if let Some(before) = before.filter(|before| before.sign_up == erasure.sign_up) {
            return Err(BeginRefused::BegunBefore(Box::new(before)));
        }
        let portal = self.find_portal(&erasure.portal).await?.ok_or(StateError::Conflict)?;
        Err(match (portal.erased_at, portal.active_import) {
            (Some(_), _) => BeginRefused::Erased,
            (None, Some(import)) => BeginRefused::ImportActive(import),
            // Also where it was active, and has ended: there may be more than what was seen.
            (None, None) => BeginRefused::Outdated,
        })
    }

    async fn find_erasure(&self, portal: &PortalId) -> Result<Option<Erasure>, StateError> {
        self.get(keys::erasure(portal)).await
    }

    async fn erasures(&self) -> Result<Vec<Erasure>, StateError> {
        self.query(keys::erasures()).await
    }

    async fn put_receipt(&self, receipt: &Receipt) -> Result<(), StateError> {
        self.put(to_item(keys::receipt(&receipt.id), receipt, Some(receipt.expires_at()))?).await
    }

    async fn end_erasure(&self, portal: &PortalId, sign_up: &SignUpId) -> Result<(), StateError> {
        let values = vec![(":sign_up", text(sign_up))];
        let is_its = self.delete_part(keys::erasure(portal), Some("#sign_up = :sign_up"), values)?;
        match self.transact(vec![is_its]).await {
            Ok(()) | Err(Refused::Condition(())) => Ok(()),
            Err(Refused::State(error)) => Err(error),
        }
    }

    async fn erase_plans(&self, tenant: &TenantId) -> Result<(), StateError> {
        self.delete_range(keys::plans(tenant)).await
    }

    async fn erase_imports(&self, portal: &PortalId) -> Result<(), StateError> {
        let imports: Vec<Import> = self.query(keys::imports(portal)).await?;
        for Import { id, .. } in imports {
            self.delete_range(keys::people(portal, &id)).await?;
            self.delete_range(keys::batches(portal, &id)).await?;
            self.delete(keys::import(portal, &id)).await?;
        }
        Ok(())
    }

    async fn erase_members(&self, portal: &PortalId) -> Result<(), StateError> {
        self.delete_range(keys::members(portal)).await
    }

    async fn xero_users_of(&self, sign_up: &SignUpId) -> Result<Vec<XeroUserId>, StateError> {
        let range = keys::xero_users_of(sign_up);
        let row = range.row;
        // Also those that are past their time: what an erasure does not find stays until the table deletes it.
        let items = self.items(range).await?.into_iter();
        items.map(|item| Ok(from_item::<XeroUserOf>(row, item)?.xero_user)).collect()
    }

    async fn erase_login(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError> {
        self.delete(keys::sign_up_of(user, sign_up)).await?;
        self.delete(keys::xero_user_of(sign_up, user)).await
    }

    async fn erase_sessions(&self, owner: &SessionOwner) -> Result<(), StateError> {
        let range = keys::sessions_of(owner);
        let row = range.row;
        let items = self.items(range).await?.into_iter();
        let rows: Vec<SessionOf> = items.map(|item| from_item(row, item)).collect::<Result<_, _>>()?;
        self.delete_all(rows.iter().map(|row| keys::session(&row.session)).collect()).await?;
        self.delete_all(rows.iter().map(|row| keys::session_of(owner, &row.session)).collect()).await
    }

    async fn erase_sign_up(&self, sign_up: &SignUpId) -> Result<(), StateError> {
        self.delete(keys::sign_up(sign_up)).await
    }

    async fn erase_people_of_audit(&self, sign_up: &SignUpId) -> Result<(), StateError> {
        // Only those that have somebody's name still: whoever was cut off goes on where they were.
        let projection = "#pk, #sk, #by, #from, #xero_user, #account";
        let has_somebody = |item: &Item| item.len() > 2;
        let entries = self.keys_where(keys::audit_entries(sign_up), projection, has_somebody).await?;
        let changes = entries.into_iter().map(|key| async {
            let change = Change {
                key,
                update: "REMOVE #by, #from, #xero_user, #account",
                condition: Some("attribute_exists(#pk)"),
                values: Vec::new(),
            };
            self.change_unseen(change).await.map_err(StateError::from)
        });
        futures::stream::iter(changes).buffer_unordered(IN_FLIGHT).try_collect().await
    }
}

impl DynamoDb {
    async fn try_begin(&self, erasure: &Erasure, receipt: &Receipt) -> Result<(), Refused<()>> {
        let portal = Change {
            key: keys::portal(&erasure.portal),
            update: "SET #erased_at = :now REMOVE #administrator",
            condition: Some(
                "attribute_not_exists(#active_import) AND attribute_not_exists(#erased_at) AND #tenant = :tenant \
                        AND #imports_accepted = :accepted",
            ),
            values: vec![
                (":now", attribute(Row::Portal, &erasure.asked_at)?),
                (":tenant", text(&erasure.tenant)),
                (":accepted", number(receipt.imports_accepted)),
            ],
        };
        let entry = AuditEntry {
            at: erasure.asked_at,
            sign_up: erasure.sign_up.clone(),
            action: AuditAction::Erased { portal: erasure.portal.clone() },
            by: None,
            from: None,
        };
        let entry_key = keys::audit_entry(&erasure.sign_up, erasure.asked_at, erasure.receipt.as_str());
        let receipt_key = keys::receipt(&receipt.id);
        let erasure_item = to_item(keys::erasure(&erasure.portal), erasure, None)?;
        let is_other = "attribute_not_exists(#pk) OR #sign_up <> :sign_up";
        let items = [to_item(receipt_key, receipt, Some(receipt.expires_at()))?, to_item(entry_key, &entry, None)?];
        let before = self.put_part(erasure_item, is_other, vec![(":sign_up", text(&erasure.sign_up))])?;
        let mut writes = vec![self.change_part(portal)?, before];
        for item in items {
            writes.push(self.put_part(item, IS_NEW, Vec::new())?);
        }
        self.transact(writes).await
    }

    /// The keys of a range. What the items hold is not read.
    async fn keys_of(&self, range: Range) -> Result<Vec<Key>, StateError> {
        self.keys_where(range, "#pk, #sk", |_| true).await
    }

    /// The keys of those items of a range whose projection is wanted.
    async fn keys_where(
        &self,
        range: Range,
        projection: &'static str,
        is_wanted: impl Fn(&Item) -> bool + Send,
    ) -> Result<Vec<Key>, StateError> {
        let condition = "#pk = :pk AND begins_with(#sk, :prefix)";
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(condition)
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names_in(&[condition, projection])))
            .expression_attribute_values(":pk", text(&range.pk))
            .expression_attribute_values(":prefix", text(&range.prefix));
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(after);
            let output = persistently(is_busy, || page.clone().send()).await.map_err(|error| state_error(&error))?;
            for mut item in output.items.unwrap_or_default().into_iter().filter(&is_wanted) {
                match (item.remove(PARTITION_KEY), item.remove(SORT_KEY)) {
                    (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => {
                        keys.push(Key { row: range.row, pk, sk });
                    }
                    _ => return Err(malformed("key")),
                }
            }
            match output.last_evaluated_key {
                Some(key) if !key.is_empty() => after = Some(key),
                _ => return Ok(keys),
            }
        }
    }

    async fn delete_range(&self, range: Range) -> Result<(), StateError> {
        let keys = self.keys_of(range).await?;
        self.delete_all(keys).await
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), StateError> {
        let deletions = keys.into_iter().map(|key| self.delete(key));
        futures::stream::iter(deletions).buffer_unordered(IN_FLIGHT).try_collect().await
    }
}
