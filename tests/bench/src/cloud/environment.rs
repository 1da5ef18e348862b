//! One execution environment: a process of a shipped binary, with its Runtime API, and what it takes of the machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::runtime_api::{Answer, RuntimeApi};
use super::share::Share;
use crate::failure::Failure;

/// How long a process may take until it asks for its first event. Where instructions are counted it is some fifty times as slow.
const PATIENCE: Duration = Duration::from_secs(20);
const PATIENCE_COUNTED: Duration = Duration::from_mins(2);

/// A process that waits for events, or works on one. It is killed with this value.
pub(crate) struct Environment {
    process: Child,
    api: RuntimeApi,
    log: PathBuf,
    /// Where callgrind writes what it has counted, once the process is ended.
    counted: Option<PathBuf>,
    /// From `exec` to the first request for an event.
    pub(crate) start: Duration,
    events: std::sync::atomic::AtomicU64,
    share: Option<Share>,
}

impl Environment {
    /// Starts `binary` with just these variables, and waits until it asks for an event. What it logs goes to the file. With
    /// `counted` it runs under valgrind's callgrind, which counts its instructions.
    pub(crate) async fn start(
        binary: &Path,
        variables: &BTreeMap<String, String>,
        log: PathBuf,
        counted: bool,
    ) -> Result<Self, Failure> {
        let api = RuntimeApi::start().await?;
        let written = File::create(&log)?;
        let counted = counted.then(|| log.with_extension("callgrind"));
        let mut command = counted.as_ref().map_or_else(|| Command::new(binary), |to| callgrind(binary, to));
        command
            .env_clear()
            .envs(variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(written.try_clone()?)
            .stderr(written);
        let begun = Instant::now();
        let mut process =
            command.spawn().map_err(|error| format!("{} does not start: {error}", command.get_program().display()))?;
        let patience = if counted.is_some() { PATIENCE_COUNTED } else { PATIENCE };
        let Some(asked) = api.first_next(patience).await else {
            let _ = process.kill();
            let _ = process.wait();
            let why = api.init_error().map(|error| String::from_utf8_lossy(&error).into_owned());
            let why = why.unwrap_or_else(|| std::fs::read_to_string(&log).unwrap_or_default());
            return Err(format!("{} asks for no event: {why}", binary.display()).into());
        };
        let (start, events) = (asked - begun, std::sync::atomic::AtomicU64::default());
        Ok(Self { process, api, log, counted, start, events, share: None })
    }

    /// From now on it has the share of a processor that Lambda gives so many MB.
    pub(crate) fn hold_to_memory(&mut self, megabytes: u32) -> Result<(), Failure> {
        self.share = Some(Share::of_memory(self.process.id(), megabytes)?);
        Ok(())
    }

    /// Ends the process: how many instructions it has run from its first to now.
    pub(crate) fn end_counted(mut self) -> Result<u64, Failure> {
        let file = self.counted.take().ok_or("its instructions were not counted")?;
        // Callgrind writes where the process is asked to end, and not where it is killed.
        Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status()?;
        self.process.wait()?;
        Ok(instructions(&std::fs::read_to_string(&file)?).ok_or("callgrind has written no sum")?)
    }

    /// Hands it an event.
    pub(crate) async fn invoke(&self, body: Bytes, timeout: Duration) -> (Duration, Answer) {
        let number = self.events.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.api.invoke(&format!("00000000-0000-4000-8000-{number:012x}"), body, timeout).await
    }

    /// The processor's time that it has used, of all its threads that are alive.
    pub(crate) fn processor_time(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id()));
        let of_task = |task: std::fs::DirEntry| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        };
        let nanoseconds = tasks.into_iter().flatten().flatten().filter_map(of_task).sum();
        Duration::from_nanos(nanoseconds)
    }

    /// The memory that it holds now, and the most that it ever held, in MB (1,000,000 bytes).
    pub(crate) fn memory(&self) -> Option<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        Some((kilobytes(&status, "VmRSS:")?, kilobytes(&status, "VmHWM:")?))
    }

    /// How much it has logged, in bytes.
    pub(crate) fn logged(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |file| file.len())
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn callgrind(binary: &Path, to: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", to.display())).arg(binary);
    command
}

/// The sum over all that callgrind has written. (Valgrind's manual, "Callgrind Format Specification".)
fn instructions(written: &str) -> Option<u64> {
    let sums = written.lines().filter_map(|line| line.strip_prefix("totals:"));
    sums.map(|sum| sum.trim().parse::<u64>().ok()).sum()
}

/// A line of `/proc/<pid>/status` in MB.
#[expect(clippy::cast_precision_loss, reason = "the memory of a small process")]
fn kilobytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes as f64 * 1_024.0 / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_all_parts_are_the_instructions() {
        assert_eq!(instructions("events: Ir\n0x1 5\ntotals: 446803\n"), Some(446_803));
        assert_eq!(instructions("totals: 1\ntotals: 2\n"), Some(3));
        assert_eq!(instructions("totals: many\n"), None);
    }

    #[test]
    fn memory_is_read_in_megabytes() {
        let status = "VmHWM:\t   12500 kB\nVmRSS:\t   10000 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(10.24));
        assert_eq!(kilobytes(status, "VmHWM:"), Some(12.8));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
