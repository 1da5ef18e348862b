//! The processes of a run and the invocations that they serve: which of them go on, stand still, or are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

/// The number of an invocation, in the order in which they begin.
pub(crate) type InvocationId = usize;

/// The number of a process, in the order in which they start. It serves one invocation after the other.
pub(crate) type ProcessId = usize;

/// What became of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Runs,
    Crashed,
    Cancelled,
}

/// Whether a process stands still.
pub(crate) enum StandsStill {
    No,
    Until(Instant),
    ForEver,
}

/// A process, with all the tasks that it has started.
#[derive(Default)]
struct Process {
    /// The last invocation that it serves, or served.
    invocation: Option<InvocationId>,
    /// Nothing of it goes on.
    is_gone: bool,
    frozen_until: Option<Instant>,
}

#[derive(Default)]
pub(crate) struct Processes {
    all: Vec<Process>,
    fates: Vec<Fate>,
    running: BTreeSet<InvocationId>,
    /// The invocation whose own future is being polled; none while a task is.
    current: Option<InvocationId>,
    /// What waits for an invocation, to be woken where one of its tasks ends it.
    wakers: BTreeMap<InvocationId, Waker>,
    freezes: Vec<(InvocationId, Duration)>,
    /// The invocations that stand still.
    frozen: BTreeSet<InvocationId>,
}

impl Processes {
    pub(crate) fn start(&mut self) -> ProcessId {
        self.all.push(Process::default());
        self.all.len() - 1
    }

    pub(crate) fn end(&mut self, process: ProcessId) {
        self.all[process].is_gone = true;
    }

    pub(crate) fn begin_invocation(&mut self, process: Option<ProcessId>) -> InvocationId {
        let id = self.fates.len();
        self.fates.push(Fate::Runs);
        self.running.insert(id);
        if let Some(process) = process {
            self.all[process].invocation = Some(id);
        }
        id
    }

    pub(crate) fn end_invocation(&mut self, id: InvocationId) {
        self.running.remove(&id);
        self.frozen.remove(&id);
        self.wakers.remove(&id);
    }

    pub(crate) fn invocation_of(&self, process: ProcessId) -> Option<InvocationId> {
        self.all[process].invocation
    }

    pub(crate) fn waits_for(&mut self, id: InvocationId, waker: &Waker) {
        self.wakers.insert(id, waker.clone());
    }

    pub(crate) fn are_quiet(&self) -> bool {
        self.running.is_empty()
    }

    pub(crate) fn fate(&self, id: InvocationId) -> Fate {
        self.fates[id]
    }

    /// Notes whose future is polled from now on, and returns whose was.
    pub(crate) fn enter(&mut self, id: Option<InvocationId>) -> Option<InvocationId> {
        std::mem::replace(&mut self.current, id)
    }

    pub(crate) fn take_freeze(&mut self, id: InvocationId) -> Option<Duration> {
        let position = self.freezes.iter().position(|(frozen, _)| *frozen == id)?;
        Some(self.freezes.swap_remove(position).1)
    }

    /// Notes that an invocation stands still, or goes on.
    pub(crate) fn note_frozen(&mut self, id: InvocationId, is_frozen: bool) {
        if is_frozen {
            self.frozen.insert(id);
        } else {
            self.frozen.remove(&id);
        }
    }

    pub(crate) fn is_frozen(&self, id: InvocationId) -> bool {
        self.frozen.contains(&id)
    }

    pub(crate) fn is_running(&self, id: InvocationId) -> bool {
        self.running.contains(&id)
    }

    /// Lets everything that is frozen go on, but for this process; returns the invocations.
    pub(crate) fn thaw(&mut self, but: ProcessId) -> Vec<InvocationId> {
        let own = self.all[but].invocation;
        for (_, process) in self.all.iter_mut().enumerate().filter(|(id, _)| *id != but) {
            process.frozen_until = None;
        }
        let thawed: Vec<InvocationId> = self.frozen.extract_if(.., |id| Some(*id) != own).collect();
        for id in &thawed {
            self.wake(*id);
        }
        thawed
    }

    pub(crate) fn stands_still(&self, process: ProcessId) -> StandsStill {
        match &self.all[process] {
            Process { is_gone: true, .. } => StandsStill::ForEver,
            Process { frozen_until: Some(until), .. } if *until > Instant::now() => StandsStill::Until(*until),
            _ => StandsStill::No,
        }
    }

    pub(crate) fn freeze(&mut self, process: ProcessId, length: Duration) {
        self.all[process].frozen_until = Some(Instant::now() + length);
        if let Some(id) = self.all[process].invocation {
            self.freezes.push((id, length));
            self.wake(id);
        }
    }

    /// Decides the fate of the invocation that a process serves; returns whether a task of it has come here.
    pub(crate) fn decide(&mut self, process: ProcessId, fate: Fate) -> bool {
        let invocation = self.all[process].invocation;
        self.all[process].is_gone |= fate == Fate::Crashed;
        if let Some(id) = invocation.filter(|id| self.running.contains(id)) {
            self.fates[id] = fate;
            self.wake(id);
        }
        self.current != invocation
    }

    fn wake(&self, id: InvocationId) {
        if let Some(waker) = self.wakers.get(&id) {
            waker.wake_by_ref();
        }
    }
}
