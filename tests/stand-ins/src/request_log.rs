//! The request log of a fake upstream: which calls arrived, how they were answered, and how many ran at the same time.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

/// One call that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub at: Timestamp,
    /// The endpoint, by its name in `xero::endpoint` or `go1::endpoint`.
    pub endpoint: &'static str,
    /// The tenant id at Xero, the portal id at GO1, or `partner` for the partner's own token at GO1. `None` where the
    /// call is for no tenant.
    pub tenant: Option<String>,
    /// The status that was answered. `None` while the call runs, and where the connection was cut or the caller left.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    calls: Vec<Call>,
    /// How many calls run now, by tenant; calls without a tenant are counted under the empty text.
    in_flight: HashMap<String, u32>,
    highest_in_flight: HashMap<String, u32>,
}

impl RequestLog {
    /// Adds a call and returns its position in the log.
    pub(crate) fn start(&mut self, at: Timestamp, endpoint: &'static str, tenant: Option<String>) -> usize {
        let key = tenant.clone().unwrap_or_default();
        let running = self.in_flight.entry(key.clone()).or_default();
        *running += 1;
        let highest = self.highest_in_flight.entry(key).or_default();
        *highest = (*highest).max(*running);
        self.calls.push(Call { at, endpoint, tenant, status: None });
        self.calls.len() - 1
    }

    pub(crate) fn end(&mut self, tenant: Option<&str>, position: usize, status: Option<u16>) {
        if let Some(running) = self.in_flight.get_mut(tenant.unwrap_or_default()) {
            *running = running.saturating_sub(1);
        }
        if let Some(call) = self.calls.get_mut(position) {
            call.status = status;
        }
    }

    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(crate) fn count(&self, endpoint: &str) -> usize {
        self.calls.iter().filter(|call| call.endpoint == endpoint).count()
    }

    pub(crate) fn count_by_endpoint(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.endpoint).or_default() += 1;
        }
        counts
    }

    /// The highest number of calls at the same time, for one tenant or for the busiest one.
    pub(crate) fn highest_in_flight(&self, tenant: Option<&str>) -> u32 {
        match tenant {
            Some(tenant) => self.highest_in_flight.get(tenant).copied().unwrap_or_default(),
            None => self.highest_in_flight.values().copied().max().unwrap_or_default(),
        }
    }

    /// The highest number of calls in any window of one second, for one tenant or over all.
    pub(crate) fn highest_in_one_second(&self, tenant: Option<&str>) -> usize {
        let mut times: Vec<i128> = self
            .calls
            .iter()
            .filter(|call| tenant.is_none() || call.tenant.as_deref() == tenant)
            .map(|call| call.at.as_nanosecond())
            .collect();
        times.sort_unstable();
        let mut start = 0;
        let mut highest = 0;
        for end in 0..times.len() {
            while times[end] - times[start] >= 1_000_000_000 {
                start += 1;
            }
            highest = highest.max(end + 1 - start);
        }
        highest
    }
}
