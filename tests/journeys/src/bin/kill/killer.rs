//! When the worker is killed: at moments that follow from a seed, while it is at work.

use std::collections::BTreeSet;
use std::time::Duration;

use journeys::page::WalkError;
use journeys::stand_ins::{Call, StandIns};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::worker::WorkerProcess;

/// From one look to the next, in milliseconds.
const WAITS: std::ops::RangeInclusive<u64> = 300..=1_000;

/// What nobody but the worker asks of GO1.
const CALLS_OF_WORKER: [&str; 2] = ["create-user-account", "create-enrollment"];

pub(crate) struct Killer {
    stand_ins: StandIns,
    worker: WorkerProcess,
    random: StdRng,
    /// How many calls of GO1's log were looked at.
    seen: usize,
    kills: usize,
    portals: BTreeSet<String>,
}

impl Killer {
    pub(crate) fn new(stand_ins: StandIns, seed: u64) -> Result<Self, WalkError> {
        let (worker, random) = (WorkerProcess::new()?, StdRng::seed_from_u64(seed));
        Ok(Self { stand_ins, worker, random, seen: 0, kills: 0, portals: BTreeSet::new() })
    }

    /// Waits for at most a second, and kills the worker if it called GO1 in this time.
    pub(crate) async fn turn(&mut self) -> Result<bool, WalkError> {
        // What was called before is an earlier worker's.
        self.new_calls().await?;
        tokio::time::sleep(Duration::from_millis(self.random.random_range(WAITS))).await;
        let calls = self.new_calls().await?;
        if calls.is_empty() || !self.worker.kill() {
            return Ok(false);
        }
        self.kills += 1;
        self.portals.extend(calls.into_iter().filter_map(|call| call.tenant));
        Ok(true)
    }

    /// The worker's calls since the last look.
    async fn new_calls(&mut self) -> Result<Vec<Call>, WalkError> {
        let mut calls = self.stand_ins.go1_calls(self.seen).await?;
        self.seen += calls.len();
        calls.retain(is_of_worker);
        Ok(calls)
    }

    /// How often it was killed at work.
    pub(crate) fn kills(&self) -> usize {
        self.kills
    }

    /// In how many portals it was at work in the second before a kill.
    pub(crate) fn portals(&self) -> usize {
        self.portals.len()
    }

    /// How many of its calls were never answered to it: it was killed while they ran.
    pub(crate) async fn calls_cut(&self) -> Result<usize, WalkError> {
        let calls = self.stand_ins.go1_calls(0).await?;
        Ok(calls.iter().filter(|call| is_of_worker(call) && call.status.is_none()).count())
    }
}

fn is_of_worker(call: &Call) -> bool {
    CALLS_OF_WORKER.contains(&&*call.endpoint)
}
