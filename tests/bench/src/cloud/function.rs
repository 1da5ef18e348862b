//! A function: its execution environments, warm ones and new ones, and a record of each invocation.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::environment::Environment;
use super::runtime_api::Answer;
use crate::failure::Failure;

/// One invocation.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// What it was for: a message group, or a path.
    pub(crate) subject: String,
    /// Where its environment had to be started: how long that took.
    pub(crate) cold: Option<Duration>,
    /// From the event to the answer.
    pub(crate) took: Duration,
    pub(crate) began: Instant,
    pub(crate) processor: Duration,
    /// What it logged, in bytes.
    pub(crate) logged: u64,
}

impl Invocation {
    /// What AWS bills: a cold start is billed since August 2025.
    pub(crate) fn billed(&self) -> Duration {
        self.took + self.cold.unwrap_or_default()
    }
}

/// A function of the template.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    binary: PathBuf,
    variables: BTreeMap<String, String>,
    timeout: Duration,
    logs: PathBuf,
    started: AtomicU64,
    counted: AtomicBool,
    /// The memory in MB whose share of a processor its environments have; 0 where they have a whole one.
    held_to: AtomicU32,
    idle: Mutex<Vec<Environment>>,
    invocations: Mutex<Vec<Invocation>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Function {
    pub(crate) fn new(
        name: &'static str,
        binary: PathBuf,
        variables: BTreeMap<String, String>,
        timeout: Duration,
        logs: PathBuf,
    ) -> Arc<Self> {
        let (started, idle, invocations) = (AtomicU64::default(), Mutex::default(), Mutex::default());
        let (counted, held_to) = (AtomicBool::default(), AtomicU32::default());
        Arc::new(Self { name, binary, variables, timeout, logs, started, counted, held_to, idle, invocations })
    }

    /// From now on the instructions of its environments are counted, which makes them slow.
    pub(crate) fn count_instructions(&self) {
        self.counted.store(true, Ordering::Relaxed);
    }

    /// From now on each new environment has the share of a processor that Lambda gives so many MB.
    pub(crate) fn hold_to_memory(&self, megabytes: u32) {
        self.held_to.store(megabytes, Ordering::Relaxed);
    }

    /// A new environment, which nobody else uses.
    pub(crate) async fn start(&self) -> Result<Environment, Failure> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let log = self.logs.join(format!("{}-{number}.log", self.name));
        let counted = self.counted.load(Ordering::Relaxed);
        let mut environment = Environment::start(&self.binary, &self.variables, log, counted).await?;
        let megabytes = self.held_to.load(Ordering::Relaxed);
        if megabytes > 0 {
            environment.hold_to_memory(megabytes)?;
        }
        Ok(environment)
    }

    /// Invokes the function: in the environment that was used last, or in a new one where all are at work.
    pub(crate) async fn invoke(&self, subject: &str, event: Bytes) -> Answer {
        let warm = lock(&self.idle).pop();
        let (environment, cold) = match warm {
            Some(environment) => (environment, None),
            None => match self.start().await {
                Ok(environment) => {
                    let start = environment.start;
                    (environment, Some(start))
                }
                Err(error) => return Answer::Error(error.to_string().into()),
            },
        };
        let (processor, logged) =
            if cold.is_some() { (Duration::ZERO, 0) } else { (environment.processor_time(), environment.logged()) };
        let began = Instant::now();
        let (took, answer) = environment.invoke(event, self.timeout).await;
        let failed = matches!(answer, Answer::Error(_));
        lock(&self.invocations).push(Invocation {
            subject: subject.to_owned(),
            cold,
            took,
            began,
            processor: environment.processor_time().saturating_sub(processor),
            logged: environment.logged().saturating_sub(logged),
        });
        // An environment whose invocation failed or ran out of time is not used again, as on AWS.
        if !failed {
            lock(&self.idle).push(environment);
        }
        answer
    }

    /// Ends the environments that wait: the next invocation is a cold start.
    pub(crate) fn retire(&self) {
        lock(&self.idle).clear();
    }

    /// Ends the environments that wait: how many instructions they have run together.
    pub(crate) fn retire_counted(&self) -> Result<u64, Failure> {
        let idle = std::mem::take(&mut *lock(&self.idle));
        idle.into_iter().map(Environment::end_counted).sum()
    }

    /// The most memory that any environment which waits has ever held, in MB.
    pub(crate) fn most_memory(&self) -> Option<f64> {
        lock(&self.idle).iter().filter_map(|environment| Some(environment.memory()?.1)).reduce(f64::max)
    }

    /// How many invocations there were.
    pub(crate) fn count(&self) -> usize {
        lock(&self.invocations).len()
    }

    /// Those from a position on.
    pub(crate) fn invocations_from(&self, first: usize) -> Vec<Invocation> {
        lock(&self.invocations).get(first..).unwrap_or_default().to_vec()
    }
}
