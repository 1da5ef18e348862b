//! The enumeration of single faults and of pairs of faults, in the stories of one person with two courses.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::fault::PlannedFault;
use crate::injection_points::InjectionPoint;
use crate::scenario::Story;
use crate::trace::TraceEntry;

/// Of the pairs in which a freeze or a person's press is one of the faults, every so many is run: there are twenty of
/// these at every step.
const PRESSES_EVERY: usize = 29;

/// Each story without faults, and with every fault at every step.
pub(crate) fn single_faults() -> Vec<Case> {
    let of = |story| {
        let undisturbed = Case::Schedule(story, Vec::new());
        let steps = undisturbed.run().trace.into_iter().enumerate();
        let singles = steps.flat_map(move |(step, entry)| {
            let faults = match is_about(story, entry.point) {
                None => entry.point.faults(),
                Some(true) => entry.point.own(),
                Some(false) => 0,
            };
            (0..faults).map(move |choice| Case::Schedule(story, vec![PlannedFault { step, choice }]))
        });
        std::iter::once(undisturbed).chain(singles)
    };
    Story::ALL.into_iter().filter(|story| *story != Story::Race).flat_map(of).collect()
}

/// Every fault at every step after a single fault, where `trace` is that of the run with the single fault. A step that
/// looks like two earlier ones is left out: the steps of each further sweep are the same.
pub(crate) fn pairs_of(story: Story, single: PlannedFault, trace: &[TraceEntry]) -> Vec<Case> {
    let mut pairs = Vec::new();
    let Some(first) = trace.get(single.step).filter(|first| is_paired(story, first.point)) else { return pairs };
    let is_own = single.choice < first.point.own();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut number = single.step + single.choice;
    for (step, entry) in trace.iter().enumerate().skip(single.step + 1) {
        // Two steps look alike where they and the two steps before them are at the same injection points.
        let window: Vec<String> =
            trace[step.saturating_sub(2)..=step].iter().map(|entry| format!("{:?}", entry.point)).collect();
        let times = seen.iter().filter(|before| before.starts_with(&window.join(" "))).count();
        if times >= 2 {
            continue;
        }
        seen.insert(format!("{} {step}", window.join(" ")));
        if !is_paired(story, entry.point) {
            continue;
        }
        for choice in 0..entry.point.faults() {
            number += 1;
            let both_own = is_own && choice < entry.point.own();
            if both_own || number.is_multiple_of(PRESSES_EVERY) {
                pairs.push(Case::Schedule(story, vec![single, PlannedFault { step, choice }]));
            }
        }
    }
    pairs
}

/// Whether a story that is about points of one kind is about this one; `None` where it is about everything.
fn is_about(story: Story, point: InjectionPoint) -> Option<bool> {
    match story {
        Story::LastAttempt | Story::UndoFails => {
            Some(matches!(point, InjectionPoint::Go1Read(_) | InjectionPoint::Go1Write(_)))
        }
        Story::StoppedLate | Story::NoRows => Some(false),
        Story::EmptiedQueue => Some(matches!(point, InjectionPoint::Go1Write(_))),
        Story::Unreadable => Some(matches!(point, InjectionPoint::QueueReturn | InjectionPoint::Delivery)),
        Story::OldList => Some(matches!(point, InjectionPoint::XeroRead | InjectionPoint::XeroWrite)),
        _ => None,
    }
}

/// Whether faults at this point are paired. In the story of a look it is about upstreams that are slow together, in the
/// others about everything or nothing.
fn is_paired(story: Story, point: InjectionPoint) -> bool {
    let is_upstream = matches!(
        point,
        InjectionPoint::Go1Read(_) | InjectionPoint::Go1Write(_) | InjectionPoint::XeroRead | InjectionPoint::XeroWrite
    );
    match story {
        Story::Import => true,
        Story::Look => is_upstream,
        _ => false,
    }
}
