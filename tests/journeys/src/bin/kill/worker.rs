//! The process of the worker: found below the local cloud's emulator, and killed.

use std::ffi::OsStr;
use std::path::Path;

use journeys::page::WalkError;
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Signal, System, UpdateKind};

/// Where the local cloud keeps which processes it started: a line for each, `PID name`.
const PIDS: &str = "target/local/pids";

/// The emulator, by that name.
const EMULATOR: &str = "ministack";

/// How Lambda tells a process which function it is.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME=";

/// Finds the worker's process, which is another one after each kill.
pub(crate) struct WorkerProcess {
    emulator: Pid,
    system: System,
}

impl WorkerProcess {
    /// Below the emulator of the local cloud that runs in this folder.
    pub(crate) fn new() -> Result<Self, WalkError> {
        let pids = std::fs::read_to_string(Path::new(PIDS)).unwrap_or_default();
        let mut lines = pids.lines().filter_map(|line| line.split_once(' '));
        let emulator = lines.find(|(_, name)| *name == EMULATOR).and_then(|(pid, _)| pid.parse().ok());
        let emulator = emulator.ok_or_else(|| {
            WalkError::Unexpected(format!("{PIDS} names no emulator: run this through make kill, which starts it"))
        })?;
        Self::below(emulator)
    }

    fn below(emulator: Pid) -> Result<Self, WalkError> {
        let unreadable = |error| WalkError::Unexpected(format!("the processes cannot be read: {error}"));
        Ok(Self { emulator, system: System::new().map_err(unreadable)? })
    }

    /// Kills it, without a warning, as an operating system does that is out of memory. `false` where there is none.
    pub(crate) fn kill(&mut self) -> bool {
        let kinds = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always).without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kinds);
        let worker = self.system.processes().values().find(|process| self.is_worker(process));
        worker.and_then(|worker| worker.kill_with(Signal::Kill)).unwrap_or(false)
    }

    fn is_worker(&self, process: &Process) -> bool {
        let is_named = process.environ().iter().any(|variable| names_worker(variable));
        is_named && process.status() != ProcessStatus::Zombie && self.is_below_emulator(process)
    }

    fn is_below_emulator(&self, process: &Process) -> bool {
        let mut above = std::iter::successors(process.parent(), |pid| self.system.process(*pid)?.parent());
        above.any(|pid| pid == self.emulator)
    }
}

fn names_worker(variable: &OsStr) -> bool {
    let name = variable.to_str().and_then(|variable| variable.strip_prefix(FUNCTION_NAME));
    name.is_some_and(|name| name.ends_with("-worker"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command};

    use super::*;

    const SIGKILL: i32 = 9;

    fn function(name: &str) -> Child {
        Command::new("sleep").arg("60").env("AWS_LAMBDA_FUNCTION_NAME", name).spawn().expect("sleep starts")
    }

    #[test]
    fn the_worker_is_killed_and_no_other_function() {
        let (mut sweeper, mut worker) = (function("go1-xero-sweeper"), function("go1-xero-worker"));
        let mut here = WorkerProcess::below(Pid::from_u32(std::process::id())).expect("processes");
        let mut elsewhere = WorkerProcess::below(Pid::from_u32(sweeper.id())).expect("processes");
        assert!(!elsewhere.kill(), "it is not below that one");
        assert!(here.kill());
        assert_eq!(worker.wait().expect("it has ended").signal(), Some(SIGKILL));
        assert!(!here.kill(), "there is no other");
        let runs_on = sweeper.try_wait().expect("its state").is_none();
        sweeper.kill().expect("it ends");
        sweeper.wait().expect("it has ended");
        assert!(runs_on);
    }
}
