//! When an import has to have begun, and when it has to have ended.

use domain::import::{Import, WaitReason};
use jiff::SignedDuration;

use crate::fault::Fault;
use crate::findings::{Broken, Findings};
use crate::history::Accepted;
use crate::import_runs::number;
use crate::system::System;
use crate::trace::TraceEntry;

/// How long after its time the sweep that ends an import may come: each minute one is begun, and one can be cut off or stand
/// still.
const SWEPT_WITHIN: SignedDuration = SignedDuration::from_mins(20);

/// How long after its acceptance an import begins at the latest: after the longest time that a message is hidden.
const BEGINS_WITHIN: SignedDuration = SignedDuration::from_mins(11);

/// An import begins within ten minutes, whatever its portal's last one waited for, unless GO1 asked for a wait. It is judged in
/// the stories where nothing else goes wrong than that GO1 answers with 500.
pub(crate) fn check_beginning(system: &System, accepted: &Accepted, import: &Import, findings: &mut Findings) {
    let is_disturbed = |entry: &TraceEntry| entry.fault.is_some_and(|fault| fault != Fault::ServerErrorBefore);
    if !system.scenario.is_enumerated() || system.simulator.trace().iter().any(is_disturbed) {
        return;
    }
    let Some(begun_at) = accepted.begun_at.or(import.ended_at) else { return };
    if begun_at.duration_since(import.accepted_at) > BEGINS_WITHIN {
        let number = number(system, import);
        let what = format!("import {number} was accepted at {}, and begun at {begun_at}", import.accepted_at);
        findings.add(Broken::Hanging, &what);
    }
}

/// An import ends within a day of its acceptance or of a login, and within a week where it waits for one.
pub(crate) fn check_time(system: &System, import: &Import, findings: &mut Findings) {
    let Some(ended_at) = import.ended_at.filter(|_| !system.scenario.clocks_differ) else { return };
    let waits_for_login = import.wait.is_some_and(|wait| matches!(wait.why, WaitReason::Login { .. }));
    let days = if waits_for_login { 7 } else { 1 };
    let begun = import.resumed_at.unwrap_or(import.accepted_at);
    if ended_at.duration_since(begun) > SignedDuration::from_hours(24 * days) + SWEPT_WITHIN {
        let number = number(system, import);
        findings.add(Broken::Hanging, &format!("import {number} ended at {ended_at}, after its time"));
    }
}
