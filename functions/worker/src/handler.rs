//! One invocation: messages in, those that must come back out.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::clock::Clock;
use domain::ids::PortalId;
use domain::import::BatchMessage;
use futures::StreamExt as _;
use futures::future::join_all;
use go1::Go1Client;
use platform::telemetry::Causes;
use state::{ImportWork, Members};
use tokio::time::Instant;
use vault::Vault;

use crate::batch::{BatchEnd, BatchRun};
use crate::pace::{Pace, PaceSettings};
use crate::return_path::ReturnPath;

/// All that the worker works with. It has no way to Xero.
#[derive(Clone)]
pub struct Worker {
    /// Imports, their batches and their people.
    pub imports: Arc<dyn ImportWork>,
    /// Who was imported.
    pub members: Arc<dyn Members>,
    /// GO1.
    pub go1: Arc<Go1Client>,
    /// The portals' tokens.
    pub vault: Vault,
    /// Where messages go that are not done with.
    pub return_path: Arc<dyn ReturnPath>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How fast GO1 is called for one portal.
    pub pace: PaceSettings,
}

/// A batch, and the message that brought it.
struct Received {
    message_id: String,
    receipt_handle: String,
    message: BatchMessage,
}

/// Handles one event. Every message is handled by itself; those of one portal share one pace, portals run side by side.
/// No call to GO1 begins after `stop_at`: what is not finished then comes back at once.
pub async fn handle(worker: &Worker, event: SqsEvent, stop_at: Instant) -> SqsBatchResponse {
    let mut failures = Vec::new();
    let mut groups: BTreeMap<PortalId, Vec<Received>> = BTreeMap::new();
    for message in event.records {
        match read(worker, message).await {
            Reading::Batch(received) => groups.entry(received.message.portal().clone()).or_default().push(received),
            Reading::DeadLettered => {}
            Reading::ComeBack(message_id) => failures.push(message_id),
        }
    }
    // The same batch twice in one event, sent again by the sweeper: the second comes back, and finds it done or not.
    for group in groups.values_mut() {
        let mut batches = HashSet::new();
        let twice = group
            .extract_if(.., |received| !batches.insert((received.message.import().clone(), received.message.batch())));
        failures.extend(twice.map(|received| received.message_id));
    }
    let groups = groups.into_values().map(|group| run_group(worker, group, stop_at));
    failures.extend(join_all(groups).await.into_iter().flatten());
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures
        .into_iter()
        .map(|message_id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message_id;
            failure
        })
        .collect();
    response
}

enum Reading {
    Batch(Received),
    DeadLettered,
    ComeBack(String),
}

/// Reads one message. One that can never be read is copied to the dead letters and acknowledged: retrying it would only
/// hold up its portal, and dropping it would lose it.
async fn read(worker: &Worker, message: SqsMessage) -> Reading {
    let message_id = message.message_id.unwrap_or_default();
    let body = message.body.unwrap_or_default();
    match BatchMessage::from_json(&body) {
        Ok(batch) => Reading::Batch(Received {
            message_id,
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            message: batch,
        }),
        Err(error) => {
            tracing::error!(error = %Causes(&error), message_id, "a message cannot be read; it goes to the dead letters");
            match worker.return_path.to_dead_letters(&message_id, &body, &error.to_string()).await {
                Ok(()) => Reading::DeadLettered,
                Err(error) => {
                    tracing::error!(error = %Causes(&error), message_id, "the dead-letter queue did not take a message; it comes back");
                    Reading::ComeBack(message_id)
                }
            }
        }
    }
}

/// Works on the batches of one portal, a few at a time, and returns the ids of the messages that come back.
async fn run_group(worker: &Worker, group: Vec<Received>, stop_at: Instant) -> Vec<String> {
    let pace = Pace::new(worker.pace, Instant::now());
    // Enough batches at once to have a person for every call in flight; the rest begin as these end.
    let side_by_side = worker.pace.in_flight.div_ceil(domain::import::PEOPLE_PER_BATCH) + 1;
    let run = BatchRun { worker, pace: &pace, stop_at };
    let ends: Vec<_> = futures::stream::iter(&group)
        .map(|received| {
            let run = &run;
            async move { (received, run.run(&received.message).await) }
        })
        .buffer_unordered(side_by_side)
        .collect()
        .await;
    let mut failures = Vec::new();
    for (received, end) in ends {
        if let BatchEnd::ComeBack { after } = end {
            come_back(worker, received, after).await;
            failures.push(received.message_id.clone());
        }
    }
    failures
}

async fn come_back(worker: &Worker, received: &Received, after: Duration) {
    if let Err(error) = worker.return_path.come_back_after(&received.receipt_handle, after).await {
        // It comes back all the same, when the queue's own time-out ends.
        tracing::warn!(error = %Causes(&error), message_id = received.message_id, "a message's wait could not be set");
    }
}
