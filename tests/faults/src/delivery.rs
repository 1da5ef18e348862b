//! How the queue delivers messages to the worker, and the faults of delivery.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::ImportId;
use domain::import::BatchMessage;
use futures::future::join;
use jiff::SignedDuration;
use stand_ins::Duplicates;
use tokio::task::yield_now;
use worker::handle;

use crate::fault::Fault;
use crate::history::Who;
use crate::injection_points::InjectionPoint;
use crate::system::{INVOCATION_TIMEOUT, System};
use crate::workload::{Activity, Workload};

/// How many messages one event of the queue holds at most, as in `infra/template.yaml`.
const MESSAGES_PER_EVENT: usize = 10;

/// How long a paused worker stands still: longer than the queue's visibility timeout, so that another worker receives
/// the message meanwhile.
const PAUSE: Duration = Duration::from_secs(6 * 60 + 40);

impl<'run> Workload<'run> {
    /// What delivers the next messages, if there are any, with the fault that is injected, if any.
    pub(crate) fn next_delivery(&self) -> Option<Activity<'run>> {
        let system = self.system;
        let event = system.queue.receive(MESSAGES_PER_EVENT)?;
        let mut fault = system.simulator.record(InjectionPoint::Delivery);
        let needs_time = matches!(fault, Some(Fault::ProcessPause | Fault::ClockOff(_)));
        if needs_time && system.scenario.duplicates == Duplicates::Accepted {
            // A paused process, or one whose clock is wrong, cannot know that its request comes too late, so with a GO1
            // that creates second accounts no product could keep the promise.
            fault = None;
        }
        Some(Box::pin(deliver(system, event, fault)))
    }
}

async fn deliver(system: &System, event: SqsEvent, fault: Option<Fault>) {
    match fault {
        Some(Fault::ConcurrentDelivery(turns)) => {
            let second = async {
                for _ in 0..turns {
                    yield_now().await;
                }
                work(system, &event, None, None).await;
            };
            join(work(system, &event, None, None), second).await;
        }
        Some(Fault::RepeatedDelivery) => {
            let clone = event.clone();
            receive(system, &clone, None, None).await;
        }
        Some(Fault::ConcurrentSweep) => {
            join(work(system, &event, None, None), system.invoke_sweeper()).await;
        }
        Some(Fault::ProcessPause) => {
            let polls_before = usize::try_from(system.simulator.below(40)).unwrap_or_default();
            work(system, &event, Some((polls_before, PAUSE)), None).await;
        }
        Some(Fault::ClockOff(seconds)) => {
            work(system, &event, None, Some(SignedDuration::from_secs(seconds.into()))).await;
        }
        _ => work(system, &event, None, None).await,
    }
}

/// One invocation of the worker with this event, whose handled messages are deleted.
async fn work(system: &System, event: &SqsEvent, frozen: Option<(usize, Duration)>, off_by: Option<SignedDuration>) {
    let response = receive(system, event, frozen, off_by).await;
    system.queue.settle(event, response);
}

async fn receive(
    system: &System,
    event: &SqsEvent,
    frozen: Option<(usize, Duration)>,
    off_by: Option<SignedDuration>,
) -> Option<SqsBatchResponse> {
    let messages = event.records.iter().filter_map(|record| record.body.as_deref());
    let messages = messages.filter_map(|body| BatchMessage::from_json(body).ok());
    let imports: Vec<ImportId> = messages.map(|message| message.import().clone()).collect();
    let event = event.clone();
    let work = |worker| async move { handle(&worker, event, INVOCATION_TIMEOUT).await };
    system.invoke_worker(Who::Worker { imports }, frozen, off_by, work).await.answer()
}
