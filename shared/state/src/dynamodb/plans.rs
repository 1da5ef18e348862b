//! Plans: chunks first, the head last, so that a reader who finds the head finds everything.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::contact_group::ContactGroup;
use domain::ids::{LearningObjectId, PlanDigest, TenantId};
use domain::plan::{AddressSeen, Choices, Leaver, Plan, PlanEntry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::errors::{is_busy, state_error, unavailable};
use super::items::to_item;
use super::retry::{MOST_TRIES, persistently, wait_after};
use super::table::Item;
use super::{DynamoDb, keys};
use crate::{PLAN_KEPT, PlanReader, Plans, StateError};

/// How many people one item holds: even with 1,000 bytes for each name and email they stay below the 400 KB that an
/// item may have.
const PEOPLE_PER_CHUNK: usize = 100;

/// How many items one request may write.
const ITEMS_PER_REQUEST: usize = 25;

/// All of a plan but its people.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<ContactGroup>,
    #[serde(default)]
    left: Vec<Leaver>,
    courses: Vec<LearningObjectId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    course_titles: Vec<String>,
    places_left: u32,
    imports_accepted: u32,
    read_at: Timestamp,
    chunks: usize,
    #[serde(default, skip_serializing_if = "Choices::is_empty")]
    choices: Choices,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<AddressSeen>,
}

/// Some of its people, in order.
#[derive(Serialize, Deserialize)]
struct Chunk {
    entries: Vec<PlanEntry>,
}

#[async_trait]
impl PlanReader for DynamoDb {
    async fn find_plan(&self, tenant: &TenantId, digest: &PlanDigest) -> Result<Option<Plan>, StateError> {
        let Some(head) = self.get::<Head>(keys::plan_head(tenant, digest)).await? else {
            return Ok(None);
        };
        let chunks: Vec<Chunk> = self.query(keys::plan_chunks(tenant, digest)).await?;
        if chunks.len() != head.chunks {
            // The table deletes by time item by item: a plan that has begun to go is gone.
            return Ok(None);
        }
        let plan = Plan {
            tenant: tenant.clone(),
            group: head.group,
            entries: chunks.into_iter().flat_map(|chunk| chunk.entries).collect(),
            left: head.left,
            courses: head.courses,
            course_titles: head.course_titles,
            places_left: head.places_left,
            imports_accepted: head.imports_accepted,
            read_at: head.read_at,
            choices: head.choices,
            address: head.address,
        };
        // One that an older version stored has another digest: nobody was shown it as it is now.
        Ok(Some(plan).filter(|plan| plan.digest() == *digest))
    }
}

#[async_trait]
impl Plans for DynamoDb {
    async fn put_plan(&self, plan: &Plan) -> Result<PlanDigest, StateError> {
        let digest = plan.digest();
        let expires_at = Some(plan.read_at + PLAN_KEPT);
        let chunks = plan.entries.chunks(PEOPLE_PER_CHUNK).enumerate().map(|(number, entries)| {
            let key = keys::plan_chunk(&plan.tenant, &digest, number);
            to_item(key, &Chunk { entries: entries.to_vec() }, expires_at)
        });
        let chunks: Vec<Item> = chunks.collect::<Result<_, _>>()?;
        for some in chunks.chunks(ITEMS_PER_REQUEST) {
            self.put_all(some).await?;
        }
        self.put(head(plan, &digest)?).await?;
        Ok(digest)
    }

    async fn put_choices(&self, plan: &Plan) -> Result<(), StateError> {
        match self.put_where(head(plan, &plan.digest())?, "attribute_exists(#pk)", Vec::new()).await {
            // An erasure, or its time, came first.
            Err(StateError::Conflict) => Ok(()),
            stored => stored,
        }
    }
}

/// The plan without its people.
fn head(plan: &Plan, digest: &PlanDigest) -> Result<Item, StateError> {
    let head = Head {
        group: plan.group.clone(),
        left: plan.left.clone(),
        courses: plan.courses.clone(),
        course_titles: plan.course_titles.clone(),
        places_left: plan.places_left,
        imports_accepted: plan.imports_accepted,
        read_at: plan.read_at,
        chunks: plan.entries.len().div_ceil(PEOPLE_PER_CHUNK),
        choices: plan.choices.clone(),
        address: plan.address.clone(),
    };
    to_item(keys::plan_head(&plan.tenant, digest), &head, Some(plan.read_at + PLAN_KEPT))
}

impl DynamoDb {
    /// Stores up to [`ITEMS_PER_REQUEST`] items over whatever is there. The table may leave some out; those are sent
    /// again.
    async fn put_all(&self, items: &[Item]) -> Result<(), StateError> {
        let mut requests = Vec::with_capacity(items.len());
        for item in items {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            let put = put.map_err(|_| unavailable("an incomplete put"))?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        for tries in 1..=MOST_TRIES {
            let left = HashMap::from([(self.table.clone(), requests)]);
            let request = self.client.batch_write_item().set_request_items(Some(left));
            let output = persistently(is_busy, || request.clone().send()).await.map_err(|error| state_error(&error))?;
            requests = output.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            wait_after(tries).await;
        }
        Err(unavailable("items were left out again and again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_of_a_version_that_knew_no_leavers_and_no_choices_is_read() {
        let head = Head {
            group: None,
            left: Vec::new(),
            courses: Vec::new(),
            course_titles: Vec::new(),
            places_left: 7,
            imports_accepted: 0,
            read_at: Timestamp::UNIX_EPOCH,
            chunks: 1,
            choices: Choices::default(),
            address: None,
        };
        let mut item: Item = serde_dynamo::to_item(&head).expect("an item");
        item.remove("left").expect("was there");
        let read: Head = serde_dynamo::from_item(item).expect("a head");
        assert_eq!((read.left, read.places_left), (Vec::new(), 7));
        assert!(read.choices.is_empty() && read.address.is_none());
    }
}
