//! The enumeration of two workers at one batch: the first is frozen at a step until the queue has given its message to a
//! second one, and at a step of the second one the first goes on to its end. Something else goes wrong as well: an answer
//! that the first one got before or gets afterwards, or a press while it stands still.

use jiff::SignedDuration;
use stand_ins::go1::endpoint;

use crate::case::Case;
use crate::fault::{Fault, PlannedFault, RetryAfter};
use crate::injection_points::InjectionPoint;
use crate::press::{Press, Timing};
use crate::scenario::Story;
use crate::trace::TraceEntry;

/// For how long the first worker is frozen: until its message is visible again and its attempt is over.
const FROZEN: u16 = 460;

/// Until the message is visible again.
const HIDDEN: SignedDuration = SignedDuration::from_secs(350);

/// At how many steps after an answer the first worker is frozen, and at how many steps after it goes on something goes
/// wrong for it.
const STEPS_AFTER: usize = 6;

/// What goes wrong at the next step at such a point. Where a step is only to be passed, its write is made twice, which changes
/// nothing.
struct Next(fn(InjectionPoint) -> bool, Fault);

/// Orders of steps that once broke a promise, or that break it with a bug that is easily made.
pub fn known_orders() -> Vec<Case> {
    let is_ended = |point| point == InjectionPoint::TableWrite("end_person");
    let is_assignment = |point| point == InjectionPoint::Go1Write(endpoint::CREATE_ENROLLMENT);
    let asked_to_wait = Fault::RateLimited(RetryAfter::Seconds(86_400));
    let is_renewed = |point| point == InjectionPoint::TableWrite("renew_grant");
    let is_exchange = |point| point == InjectionPoint::Go1Write(endpoint::TOKEN);
    let is_begun = |point| point == InjectionPoint::TableWrite("begin_attempt");
    let is_read = |point| point == InjectionPoint::TableRead("find_batch_with_people");
    let is_search = |point| point == InjectionPoint::Go1Read(endpoint::LIST_USER_ACCOUNTS);
    let is_creation = |point| point == InjectionPoint::Go1Write(endpoint::CREATE_USER_ACCOUNT);
    let is_stopped = |point| point == InjectionPoint::TableWrite("stop_import");
    vec![
        // A worker stands still before it has called GO1. Another one begins, the owner presses "Stop", and the first one goes
        // on: it must not end as stopped whom the second one is asking GO1 for.
        order(
            Story::Race,
            &[
                Next(is_begun, Fault::RepeatedWrite),
                Next(is_read, Fault::Freeze(FROZEN)),
                Next(is_search, Fault::Person(Press::Stop, Timing::Meanwhile)),
                Next(is_stopped, Fault::RepeatedWrite),
                Next(|_| true, Fault::Thaw),
            ],
        ),
        // A worker stands still with a creation that has not left. Another one finds nobody, the first one goes on and creates,
        // the second one is told that there is such an account, and the list is behind: it must look again later.
        order(
            Story::Race,
            &[
                Next(is_creation, Fault::Freeze(FROZEN)),
                Next(is_creation, Fault::Thaw),
                Next(is_search, Fault::ListsBehind(25)),
            ],
        ),
        // GO1 ends the grant at one course and asks to wait for a day at another, side by side, and the owner logs in soon: the
        // login ends no wait that GO1 asked for.
        order(Story::Race, &[Next(is_assignment, Fault::GrantsEnded), Next(is_assignment, asked_to_wait)]),
        order(Story::Race, &[Next(is_assignment, asked_to_wait), Next(is_assignment, Fault::GrantsEnded)]),
        // A worker stands still before it stores that somebody is done. GO1 asks another one to wait for a day, and the owner
        // presses "Stop", which gives up whoever is left. The first one comes too late.
        order(
            Story::Race,
            &[
                Next(is_ended, Fault::Freeze(FROZEN)),
                Next(is_assignment, asked_to_wait),
                Next(|point| point == InjectionPoint::QueueReturn, Fault::Person(Press::Stop, Timing::Meanwhile)),
            ],
        ),
        // GO1 asks a worker to wait for a day, and it stands still before it stores that. Another one has read the batch, and the
        // first one stores the wait and gives the batch back before the second one begins.
        order(
            Story::Race,
            &[
                Next(is_creation, asked_to_wait),
                Next(|point| point == InjectionPoint::TableWrite("set_wait"), Fault::Freeze(FROZEN)),
                Next(is_begun, Fault::Thaw),
            ],
        ),
        // GO1 has renewed a token. Before the pair is stored GO1 ends all grants, and somebody logs in.
        order(
            Story::Undo,
            &[Next(is_renewed, Fault::Person(Press::LogIn, Timing::Meanwhile)), Next(is_exchange, Fault::GrantsEnded)],
        ),
    ]
}

/// A story with these faults, each at the first step after the one before that is at such a point.
fn order(story: Story, faults: &[Next]) -> Case {
    let mut planned: Vec<PlannedFault> = Vec::new();
    for Next(fits, fault) in faults {
        let trace = Case::Schedule(story, planned.clone()).run().trace;
        let after = planned.last().map_or(0, |last| last.step + 1);
        // A broken engine may not come to such a step; then the rest is never injected.
        let fitting = trace.iter().enumerate().skip(after).find(|(_, entry)| fits(entry.point));
        let Some((step, entry)) = fitting else { break };
        planned.extend(choice_of(entry, |known| known == *fault).map(|choice| PlannedFault { step, choice }));
    }
    Case::Schedule(story, planned)
}

/// The races that begin with one fault: the first worker is frozen at each of its steps, or GO1 gives it each of its
/// answers to a change.
pub(crate) fn first_faults() -> Vec<Case> {
    let without_faults = Case::Schedule(Story::Race, Vec::new()).run();
    let steps = without_faults.trace.iter().enumerate();
    let work = steps.skip_while(|(_, entry)| entry.point != InjectionPoint::Delivery).skip(1);
    work.flat_map(|(step, entry)| {
        let answers = if matches!(entry.point, InjectionPoint::Go1Write(_)) { entry.point.own() } else { 0 };
        let answers = (0..answers).filter(|choice| !entry.point.fault(*choice).ends_the_invocation());
        answers.chain(choice_of(entry, is_freeze)).map(move |choice| race(&[], PlannedFault { step, choice }))
    })
    .collect()
}

/// The races with one fault more than `planned`, of which `trace` is the run.
pub(crate) fn with_another_fault(planned: &[PlannedFault], trace: &[TraceEntry]) -> Vec<Case> {
    let Some(last) = planned.last().and_then(|last| Some((last.step, trace.get(last.step)?))) else {
        return Vec::new();
    };
    let later = || trace.iter().enumerate().skip(last.0 + 1);
    let at = |(step, entry): (usize, &TraceEntry), fits: fn(Fault) -> bool| {
        choice_of(entry, fits).map(|choice| race(planned, PlannedFault { step, choice })).collect::<Vec<_>>()
    };
    let frozen =
        planned.iter().filter_map(|fault| trace.get(fault.step)).find(|entry| entry.fault.is_some_and(is_freeze));
    let meanwhile = |entry: &TraceEntry| {
        frozen.is_some_and(|frozen| {
            (HIDDEN..SignedDuration::from_secs(FROZEN.into())).contains(&entry.at.duration_since(frozen.at))
        })
    };
    match (last.1.fault, frozen) {
        (Some(fault), _) if is_freeze(fault) => {
            let one_of = if planned.len() == 1 { is_thaw_or_press } else { is_thaw };
            later().filter(|(_, entry)| meanwhile(entry)).flat_map(|step| at(step, one_of)).collect()
        }
        (Some(Fault::Person(..)), Some(_)) if planned.len() == 2 => {
            later().filter(|(_, entry)| meanwhile(entry)).flat_map(|step| at(step, is_thaw)).collect()
        }
        (Some(Fault::Thaw), Some(_)) if planned.len() == 2 => {
            let own = |(step, entry): (usize, &TraceEntry)| {
                (0..entry.point.own()).map(|choice| race(planned, PlannedFault { step, choice })).collect::<Vec<_>>()
            };
            later().take(STEPS_AFTER).flat_map(own).collect()
        }
        (Some(_), None) if planned.len() == 1 => {
            later().take(STEPS_AFTER).flat_map(|step| at(step, is_freeze)).collect()
        }
        _ => Vec::new(),
    }
}

fn race(planned: &[PlannedFault], another: PlannedFault) -> Case {
    Case::Schedule(Story::Race, planned.iter().copied().chain([another]).collect())
}

/// The faults of a step that fit, by their numbers.
fn choice_of<F: Fn(Fault) -> bool>(entry: &TraceEntry, fits: F) -> impl Iterator<Item = usize> + use<F> {
    let point = entry.point;
    (0..point.faults()).filter(move |choice| fits(point.fault(*choice)))
}

fn is_freeze(fault: Fault) -> bool {
    fault == Fault::Freeze(FROZEN)
}

fn is_thaw(fault: Fault) -> bool {
    fault == Fault::Thaw
}

/// An undo and an erasure lean on workers that do not outlive their attempts.
fn is_thaw_or_press(fault: Fault) -> bool {
    match fault {
        Fault::Person(Press::Undo | Press::Erase, _) => false,
        fault => matches!(fault, Fault::Thaw | Fault::Person(_, Timing::Meanwhile)),
    }
}
