//! The trace: what a run did at each injection point, in order. The same case always leaves the same trace.

use std::fmt;

use jiff::Timestamp;

use crate::fault::Fault;
use crate::injection_points::InjectionPoint;

/// One step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// The simulated time.
    pub at: Timestamp,
    pub point: InjectionPoint,
    /// The fault that was injected, if any.
    pub fault: Option<Fault>,
}

impl fmt::Display for TraceEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.at.strftime("%d %H:%M:%S%.3f"), self.point)?;
        match self.fault {
            Some(fault) => write!(formatter, "  <-- {fault:?}"),
            None => Ok(()),
        }
    }
}
