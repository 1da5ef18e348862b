//! Imports in DynamoDB: reading them, accepting them, listing the active ones.

use std::cmp::Reverse;

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson, ImportStatus};
use domain::portal::{PLACES, Portal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::errors::Refused;
use super::items::{Change, IS_NEW, attribute, number, text, to_item};
use super::retry::{MOST_TRIES, wait_after};
use super::rows::Row;
use super::{DynamoDb, keys};
use crate::{
    AcceptRefused, ActiveImport, ActiveImports, BatchRead, ImportAcceptance, ImportReader, PortalReader as _,
    StateError,
};

/// One line of the list of active imports.
#[derive(Serialize, Deserialize)]
struct ActiveItem {
    portal: PortalId,
    import: ImportId,
}

impl From<ActiveItem> for ActiveImport {
    fn from(ActiveItem { portal, import }: ActiveItem) -> Self {
        Self { portal, import }
    }
}

#[async_trait]
impl ImportReader for DynamoDb {
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError> {
        self.get(keys::import(portal, import)).await
    }

    async fn imports_of(&self, portal: &PortalId) -> Result<Vec<Import>, StateError> {
        let mut imports: Vec<Import> = self.query(keys::imports(portal)).await?;
        imports.sort_by_key(|import| Reverse(import.accepted_at));
        Ok(imports)
    }

    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError> {
        self.query(keys::people(portal, import)).await
    }

    async fn import_people_lately(
        &self,
        portal: &PortalId,
        import: &ImportId,
    ) -> Result<Vec<ImportPerson>, StateError> {
        self.query_lately(keys::people(portal, import)).await
    }

    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError> {
        self.person_rows(portal, import, people).await
    }

    async fn batches(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<Batch>, StateError> {
        self.query(keys::batches(portal, import)).await
    }

    async fn find_batch(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<Option<Batch>, StateError> {
        self.get(keys::batch(portal, import, number)).await
    }

    async fn find_batch_with_people(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        people: &[EmployeeId],
    ) -> Result<BatchRead, StateError> {
        self.batch_rows(portal, import, number, people).await
    }
}

/// Why the portal as it is now refuses `import`, if it does.
fn refusal(portal: Option<&Portal>, import: &Import, imports_accepted: u32) -> Option<AcceptRefused> {
    let Some(portal) = portal else {
        return Some(StateError::Conflict.into());
    };
    if let Some(active) = &portal.active_import {
        return Some(AcceptRefused::AnotherIsActive(active.clone()));
    }
    if portal.erased_at.is_some() {
        return Some(AcceptRefused::Erased);
    }
    if portal.imports_accepted != imports_accepted {
        return Some(AcceptRefused::PlanOutdated);
    }
    let left = portal.places_left();
    (import.places > left).then_some(AcceptRefused::NotEnoughPlaces { left })
}

#[async_trait]
impl ImportAcceptance for DynamoDb {
    async fn accept_import(&self, import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused> {
        for tries in 1..=MOST_TRIES {
            match self.try_accept(import, imports_accepted).await {
                Ok(()) => return Ok(()),
                Err(Refused::State(error)) => return Err(error.into()),
                Err(Refused::Condition(())) => {}
            }
            if let Some(before) = self.find_import(&import.portal, &import.id).await? {
                return Err(AcceptRefused::AcceptedBefore(Box::new(before)));
            }
            let portal = self.find_portal(&import.portal).await?;
            if let Some(refused) = refusal(portal.as_ref(), import, imports_accepted) {
                return Err(refused);
            }
            // What refused is over already, for instance an import that has ended: try again.
            wait_after(tries).await;
        }
        Err(StateError::Conflict.into())
    }

    async fn add_people(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError> {
        self.add_person_rows(import, people, keep_until).await
    }

    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<bool, StateError> {
        let stored = self.find_import(portal, import).await?.ok_or(StateError::Conflict)?;
        let all: Vec<u32> = (0..stored.batches()).collect();
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #status = :running, #sends = :one, #unsent = :all REMOVE #undo_people",
            condition: Some(
                "#status = :accepting OR (#status = :running AND #sends = :one AND attribute_not_exists(#sent_at))",
            ),
            values: vec![
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":one", number(1)),
                (":all", attribute(Row::Import, &all)?),
            ],
        };
        self.change_or_leave(change).await
    }

    async fn record_send(&self, portal: &PortalId, import: &ImportId, was: u32) -> Result<u32, StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #sends = :next",
            condition: Some("#sends IN (:was, :next) AND #status = :running"),
            values: vec![
                (":was", number(was)),
                (":next", number(was + 1)),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        self.change_to(change).await.map(|import: Import| import.sends)
    }

    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        taken: &[u32],
        left: &[u32],
        at: Timestamp,
    ) -> Result<(), StateError> {
        let after = |stored: &Import| (stored.sends == send).then(|| (stored.unsent_after(taken, left), send));
        self.change_unsent(portal, import, Some(at), after).await
    }
}

impl DynamoDb {
    async fn try_accept(&self, import: &Import, imports_accepted: u32) -> Result<(), Refused<()>> {
        let portal = Change {
            key: keys::portal(&import.portal),
            update: "SET #active_import = :import, #places_used = #places_used + :places, \
                     #imports_accepted = #imports_accepted + :one",
            condition: Some(
                "attribute_not_exists(#active_import) AND attribute_not_exists(#erased_at) \
                        AND #imports_accepted = :accepted AND #places_used <= :most",
            ),
            values: vec![
                (":import", text(&import.id)),
                (":places", number(import.places)),
                (":one", number(1)),
                (":accepted", number(imports_accepted)),
                (":most", number(i64::from(PLACES) - i64::from(import.places))),
            ],
        };
        let line = ActiveItem { portal: import.portal.clone(), import: import.id.clone() };
        let line = to_item(keys::active_import(&import.portal, &import.id), &line, None)?;
        let item = to_item(keys::import(&import.portal, &import.id), import, None)?;
        let mut writes = vec![
            self.change_part(portal)?,
            self.put_part(item, IS_NEW, Vec::new())?,
            self.put_part(line, IS_NEW, Vec::new())?,
        ];
        if let Some(undone) = &import.undoes {
            let change = Change {
                key: keys::import(&import.portal, undone),
                update: "SET #undone_by = :undo",
                condition: Some("attribute_exists(#pk)"),
                values: vec![(":undo", text(&import.id))],
            };
            writes.push(self.change_part(change)?);
        }
        self.transact(writes).await
    }
}

#[async_trait]
impl ActiveImports for DynamoDb {
    async fn active_imports(&self) -> Result<Vec<ActiveImport>, StateError> {
        let lines: Vec<ActiveItem> = self.query(keys::active_imports()).await?;
        Ok(lines.into_iter().map(ActiveImport::from).collect())
    }

    async fn sweep_cursor(&self) -> Result<Option<ActiveImport>, StateError> {
        let last: Option<ActiveItem> = self.get(keys::sweep_cursor()).await?;
        Ok(last.map(ActiveImport::from))
    }

    async fn put_sweep_cursor(&self, last: &ActiveImport) -> Result<(), StateError> {
        let last = ActiveItem { portal: last.portal.clone(), import: last.import.clone() };
        self.put(to_item(keys::sweep_cursor(), &last, None)?).await
    }
}
