//! How the queue delivers a message to the worker, and the faults of delivery.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::{join, join3};
use tokio::task::yield_now;
use tokio::time::sleep;
use worker::handle;

use crate::fault::Fault;
use crate::injection_points::InjectionPoint;
use crate::pause::Paused;
use crate::system::INVOCATION_TIMEOUT;
use crate::workload::{MESSAGES_PER_EVENT, Workload};

/// How long a paused worker stands still: longer than the queue's visibility timeout, so that another worker receives
/// the message meanwhile.
const PAUSE: Duration = Duration::from_secs(6 * 60 + 40);

impl Workload<'_> {
    async fn work(&self, event: &SqsEvent) -> SqsBatchResponse {
        handle(&self.system.wiring().worker(), event.clone(), INVOCATION_TIMEOUT).await
    }

    /// Delivers an event to the worker, with the fault that is injected, if any.
    pub(crate) fn deliver(&mut self, event: &SqsEvent) {
        let system = self.system;
        let stop = system.scenario.stop_during_delivery;
        let stop = stop.filter(|(delivery, _)| *delivery == self.deliveries && self.stop_applies());
        let import = self.last().import.clone();
        self.deliveries += 1;
        let mut fault = system.simulator.record(InjectionPoint::Delivery);
        if fault == Some(Fault::ProcessPause) && system.scenario.duplicates == stand_ins::Duplicates::Accepted {
            // A paused process cannot know that its request comes too late, so with a GO1 that creates second accounts
            // no product could keep the promise.
            fault = None;
        }
        match fault {
            Some(Fault::ConcurrentDelivery(turns)) => {
                let second = async {
                    for _ in 0..turns {
                        yield_now().await;
                    }
                    self.work(event).await
                };
                let both = system.run_process(INVOCATION_TIMEOUT, join(self.work(event), second));
                let (first, second) = both.map_or((None, None), |(first, second)| (Some(first), Some(second)));
                system.queue.settle(event, first);
                system.queue.settle(event, second);
            }
            Some(Fault::RepeatedDelivery) => {
                system.run_process(INVOCATION_TIMEOUT, self.work(event));
            }
            Some(Fault::ConcurrentSweep) => {
                let done = system.run_process(INVOCATION_TIMEOUT, join(self.work(event), self.sweep()));
                system.queue.settle(event, done.map(|(done, ())| done));
            }
            Some(Fault::ProcessPause) => self.deliver_to_paused(event),
            _ => {
                let done = system.run_process(INVOCATION_TIMEOUT, async {
                    let Some((_, after)) = stop else { return self.work(event).await };
                    let pressed = async {
                        sleep(Duration::from_millis(after)).await;
                        let pages = import::router(system.wiring().importer());
                        system.browser.stop(pages, &import).await
                    };
                    join(self.work(event), pressed).await.0
                });
                system.queue.settle(event, done);
            }
        }
    }

    /// Delivers an event to a worker that is paused after some steps. Another worker receives the message meanwhile, and
    /// then the first one goes on.
    fn deliver_to_paused(&self, event: &SqsEvent) {
        let system = self.system;
        let polls_before = usize::try_from(system.simulator.below(40)).unwrap_or_default();
        let done = system.run_process(PAUSE * 2, async {
            let first = Paused::new(self.work(event), polls_before, PAUSE);
            let second = async {
                sleep(Duration::from_secs(6 * 60 + 1)).await;
                let event = system.queue.receive(MESSAGES_PER_EVENT)?;
                let done = self.work(&event).await;
                Some((event, done))
            };
            let sweep = async {
                sleep(Duration::from_mins(3)).await;
                self.sweep().await;
            };
            let (first, second, ()) = join3(first, second, sweep).await;
            (first, second)
        });
        let Some((first, second)) = done else { return };
        if let Some((event, second)) = second {
            system.queue.settle(&event, Some(second));
        }
        system.queue.settle(event, Some(first));
    }
}
