//! The enumeration of single faults and of pairs of faults, in the import of one person with two courses.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::fault::PlannedFault;
use crate::trace::TraceEntry;

/// Every fault at every step of the import without faults.
pub(crate) fn single_faults() -> Vec<Case> {
    let without_faults = Case::Schedule(Vec::new()).run();
    let steps = without_faults.trace.iter().enumerate();
    let planned = steps.flat_map(|(step, entry)| {
        (0..entry.point.faults().len()).map(move |choice| Case::Schedule(vec![PlannedFault { step, choice }]))
    });
    planned.collect()
}

/// Every fault at every step after a single fault, where `trace` is that of the run with the single fault. A step that
/// looks like two earlier ones is left out: the steps of each further sweep are the same.
pub(crate) fn pairs_of(single: PlannedFault, trace: &[TraceEntry]) -> Vec<Case> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut pairs = Vec::new();
    for (step, entry) in trace.iter().enumerate().skip(single.step + 1) {
        // Two steps look alike where they and the two steps before them are at the same injection points.
        let window: Vec<String> =
            trace[step.saturating_sub(2)..=step].iter().map(|entry| format!("{:?}", entry.point)).collect();
        let times = seen.iter().filter(|before| before.starts_with(&window.join(" "))).count();
        if times >= 2 {
            continue;
        }
        seen.insert(format!("{} {step}", window.join(" ")));
        for choice in 0..entry.point.faults().len() {
            pairs.push(Case::Schedule(vec![single, PlannedFault { step, choice }]));
        }
    }
    pairs
}
