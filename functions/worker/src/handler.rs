//! One invocation: messages come in, and the ids of those that must be delivered again go out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId};
use domain::import::{BatchMessage, LONGEST_HIDDEN};
use futures::StreamExt as _;
use futures::future::join_all;
use importing::ending::end_if_finished;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;
use transport::counted;
use vault::invocation;

use crate::batch::{BatchEnd, BatchRun};
use crate::first::FirstPerson;
use crate::pace::Pace;
use crate::return_path::Unhandled;
use crate::waits::{MOST_RECEIVES, SHORT_WAIT, TIME_TO_SAVE};
use crate::worker::Worker;

/// A batch, and the message that brought it.
struct Received {
    message_id: String,
    receipt_handle: String,
    group: String,
    body: String,
    message: BatchMessage,
    /// How often it was received.
    receives: u32,
}

/// Handles one event within `remaining`, the rest of the invocation's time, and all that must be whole. Messages fail one by one. Those of one
/// portal share one pace, and portals run side by side. No call to GO1 begins without the time to save its result; what
/// is not finished by then is delivered again at once.
pub async fn handle(worker: &Worker, event: SqsEvent, remaining: Duration) -> SqsBatchResponse {
    invocation(remaining, counted(handle_messages(worker, event, remaining))).await
}

async fn handle_messages(worker: &Worker, event: SqsEvent, remaining: Duration) -> SqsBatchResponse {
    let stop_at = Instant::now() + remaining.saturating_sub(TIME_TO_SAVE).max(remaining / 2);
    let mut failures = Vec::new();
    let mut groups: BTreeMap<PortalId, Vec<Received>> = BTreeMap::new();
    for message in event.records {
        match read(worker, message).await {
            Reading::Batch(received) => groups.entry(received.message.portal().clone()).or_default().push(received),
            Reading::DeadLettered => {}
            Reading::Return(message_id) => failures.push(message_id),
        }
    }
    // The sweeper may have sent a batch again, so one event can hold it twice. The second message is delivered again
    // later.
    for group in groups.values_mut() {
        let mut batches = HashSet::new();
        let twice = group
            .extract_if(.., |received| !batches.insert((received.message.import().clone(), received.message.batch())));
        for received in twice {
            hide_message(worker, &received.message_id, &received.receipt_handle, SHORT_WAIT).await;
            failures.push(received.message_id);
        }
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
    Return(String),
}

async fn read(worker: &Worker, message: SqsMessage) -> Reading {
    let message_id = message.message_id.unwrap_or_default();
    let receipt_handle = message.receipt_handle.unwrap_or_default();
    let body = message.body.unwrap_or_default();
    // SQS delivers none without; then it is a group of its own.
    let group =
        message.attributes.get("MessageGroupId").filter(|group| !group.is_empty()).unwrap_or(&message_id).clone();
    let receives = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(0);
    match BatchMessage::from_json(&body) {
        Ok(message) => Reading::Batch(Received { message_id, receipt_handle, group, body, message, receives }),
        Err(error) => {
            let unhandled = Unhandled { message_id: &message_id, group: &group, body: &body };
            if dead_letter(worker, unhandled, &error.to_string()).await {
                return Reading::DeadLettered;
            }
            hide_message(worker, &message_id, &receipt_handle, SHORT_WAIT).await;
            Reading::Return(message_id)
        }
    }
}

/// Copies a message that can never be handled to the dead-letter queue, so that it can be deleted here: retrying it
/// would hold up its portal, and dropping it would lose it. `false` where that failed and the message must be delivered
/// again.
async fn dead_letter(worker: &Worker, message: Unhandled<'_>, reason: &str) -> bool {
    let message_id = message.message_id;
    tracing::error!(reason, message_id, "a message cannot be handled; it goes to the dead letters");
    let taken = worker.return_path.to_dead_letters(message, reason).await;
    taken.inspect_err(|error| {
        tracing::error!(error = %Causes(error), message_id, "the dead-letter queue did not take a message; it comes back");
    })
    .is_ok()
}

/// Works on the batches of one portal, a few at a time. Returns the ids of the messages that must be delivered again.
async fn run_group(worker: &Worker, group: Vec<Received>, stop_at: Instant) -> Vec<String> {
    let pace = Pace::new(worker.pace, Instant::now());
    // Enough batches at once to have a person for every call in flight. The others begin as these end.
    let side_by_side = worker.pace.in_flight.div_ceil(domain::import::PEOPLE_PER_BATCH as usize) + 1;
    let first = FirstPerson::default();
    let last_in_event = group.iter().map(|received| received.message.batch()).max().unwrap_or_default();
    let run = BatchRun { worker, pace: &pace, first: &first, last_in_event, stop_at };
    let ends: Vec<_> = futures::stream::iter(&group)
        .map(|received| {
            let (run, message) = (&run, &received.message);
            let (portal, import, batch) = (message.portal(), message.import(), message.batch());
            let (cause, send, message_id) = (message.cause(), message.send(), &received.message_id);
            let span = tracing::info_span!("batch", %portal, %import, batch, attempt = Empty, cause, send, message_id);
            async move { (received, run.run(message).await) }.instrument(span)
        })
        .buffer_unordered(side_by_side)
        .collect()
        .await;
    let unended = end_imports(worker, &group).await;
    let comes_back_before = |after: Duration| {
        let sooner = |end: &BatchEnd| match end {
            BatchEnd::Return { after: other } | BatchEnd::LetOthersBy { after: other, .. } => *other < after,
            BatchEnd::Done | BatchEnd::DeadLetter(_) => false,
        };
        ends.iter().any(|(_, end)| sooner(end))
    };
    let is_left = |(received, end): &&(&Received, BatchEnd)| match end {
        BatchEnd::LetOthersBy { after, are_behind } => {
            *are_behind || comes_back_before(*after) || received.receives >= MOST_RECEIVES
        }
        BatchEnd::Return { .. } => received.receives >= MOST_RECEIVES,
        BatchEnd::Done | BatchEnd::DeadLetter(_) => false,
    };
    let left: Vec<&Received> = ends.iter().filter(is_left).map(|(received, _)| *received).collect();
    let left_to_sweeper = leave_to_sweeper(worker, &left).await;
    let mut failures = Vec::new();
    for (received, end) in ends {
        let after = match end {
            BatchEnd::Done if unended.contains(received.message.import()) => Some(SHORT_WAIT),
            BatchEnd::Done => None,
            BatchEnd::DeadLetter(reason) => {
                let Received { message_id, group, body, .. } = received;
                let taken = dead_letter(worker, Unhandled { message_id, group, body }, reason).await;
                (!taken).then_some(SHORT_WAIT)
            }
            BatchEnd::Return { .. } | BatchEnd::LetOthersBy { .. }
                if left_to_sweeper.contains(&*received.message_id) =>
            {
                None
            }
            BatchEnd::Return { after } | BatchEnd::LetOthersBy { after, .. } => Some(after),
        };
        if let Some(after) = after {
            hide_message(worker, &received.message_id, &received.receipt_handle, after).await;
            failures.push(received.message_id.clone());
        }
    }
    failures
}

/// Records that these batches are to be sent again: their messages have come so often that the queue would soon take them
/// for dead letters, or would keep back others of their portal. Returns the ids of the messages that can be deleted: where the table fails, they come once more.
async fn leave_to_sweeper<'group>(worker: &Worker, left: &[&'group Received]) -> BTreeSet<&'group str> {
    let mut batches: BTreeMap<(&PortalId, &ImportId, u32), Vec<u32>> = BTreeMap::new();
    for Received { message, .. } in left {
        batches.entry((message.portal(), message.import(), message.send())).or_default().push(message.batch());
    }
    let mut recorded = BTreeSet::new();
    for ((portal, import, send), numbers) in batches {
        match worker.state.mark_unsent(portal, import, send, &numbers).await {
            Ok(()) => {
                tracing::info!(%portal, %import, ?numbers, "batches are left to the sweeper, which sends them again");
                let is_one = |message: &BatchMessage| message.import() == import && message.send() == send;
                let these = left.iter().filter(|received| is_one(&received.message));
                recorded.extend(these.map(|received| &*received.message_id));
            }
            Err(error) => {
                tracing::error!(error = %Causes(&error), %portal, %import, "batches could not be left to the sweeper");
            }
        }
    }
    recorded
}

/// Ends the imports of these messages in which nobody waits any more, before the messages are deleted. Returns the
/// imports for which the table could not tell.
async fn end_imports(worker: &Worker, group: &[Received]) -> BTreeSet<ImportId> {
    let mut unended = BTreeSet::new();
    let imports: BTreeSet<_> =
        group.iter().map(|Received { message, .. }| (message.portal(), message.import())).collect();
    for (portal, import) in imports {
        if let Err(error) = end_if_finished(&*worker.state, portal, import, worker.clock.now()).await {
            tracing::error!(error = %Causes(&error), %portal, %import, "whether an import has ended could not be found out");
            unended.insert(import.clone());
        }
    }
    unended
}

async fn hide_message(worker: &Worker, message_id: &str, receipt_handle: &str, after: Duration) {
    // What waits for longer stands with the import: the message comes back, and goes back.
    let longest = Duration::try_from(LONGEST_HIDDEN).unwrap_or_default();
    if let Err(error) = worker.return_path.hide_for(receipt_handle, after.min(longest)).await {
        // The message is delivered again all the same, when the queue's own visibility timeout ends.
        tracing::warn!(error = %Causes(&error), message_id, "a message's wait could not be set");
    }
}
