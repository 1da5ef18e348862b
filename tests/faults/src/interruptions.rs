//! How invocations end early or stand still: crashes, cancellations, freezes and thaws.

use std::future::pending;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep_until;

use crate::processes::{Fate, InvocationId, StandsStill};
use crate::simulator::Simulator;

impl Simulator {
    /// Waits while the process is frozen, and for ever where it is gone. So a task ends with its process.
    pub(crate) async fn wait_for_process(&self) {
        let Some(process) = self.process else { return };
        loop {
            let stands_still = self.state().processes.stands_still(process);
            match stands_still {
                StandsStill::ForEver => pending().await,
                StandsStill::Until(until) => {
                    tokio::select! {
                        () = sleep_until(until) => {}
                        () = self.thawed_or_ended.notified() => {}
                    }
                }
                StandsStill::No => return,
            }
        }
    }

    /// Lets whatever is frozen elsewhere go on, and waits for the end of its invocations.
    pub(crate) async fn thaw_others(&self) {
        let Some(process) = self.process else { return };
        let thawed = self.state().processes.thaw(process);
        self.thawed_or_ended.notify_waiters();
        while thawed.iter().any(|id| self.state().processes.is_running(*id)) {
            self.thawed_or_ended.notified().await;
        }
    }

    /// Notes that an invocation stands still, or goes on.
    pub(crate) fn note_frozen(&self, id: InvocationId, is_frozen: bool) {
        self.state().processes.note_frozen(id, is_frozen);
    }

    pub(crate) fn is_frozen(&self, id: InvocationId) -> bool {
        self.state().processes.is_frozen(id)
    }

    /// Freezes the process: the invocation that it serves, and its tasks.
    pub(crate) async fn freeze(&self, length: Duration) {
        if let Some(process) = self.process {
            self.state().processes.freeze(process, length);
        }
        yield_now().await;
        self.wait_for_process().await;
    }

    /// Decides the fate of the invocation that the process serves; returns whether a task of it has come here.
    fn decide(&self, fate: Fate) -> bool {
        self.process.is_some_and(|process| self.state().processes.decide(process, fate))
    }

    /// Crashes the running process: nothing of it goes on from here.
    pub(crate) async fn crash<T>(&self) -> T {
        self.decide(Fate::Crashed);
        pending().await
    }

    /// Drops the future of the running invocation. A task goes on, as its process does.
    pub(crate) async fn cancel(&self) {
        if !self.decide(Fate::Cancelled) {
            pending::<()>().await;
        }
    }
}
