//! Imports as a discrete-event model: presses, a queue with a group for each portal, workers, GO1. One import is one entity
//! and one invocation one step, so that a day of a hundred thousand imports takes seconds.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// How many people one event of the worker has at most: ten messages, each of one batch.
pub(crate) const PEOPLE_OF_EVENT: u32 = 10 * domain::import::PEOPLE_PER_BATCH;
/// Calls a person: the account and five courses.
pub(crate) const CALLS: f64 = 6.0;
/// For how long a message is hidden at most.
const LONGEST_HIDDEN: f64 = 600.0;
/// An import that cannot end within a day is given up.
const LONGEST_IMPORT: f64 = 24.0 * 3_600.0;
/// The waits of an import while GO1 creates nothing: the first, the second, and so on; the last for ever.
const WAITS: [f64; 4] = [2.0, 60.0, 360.0, 900.0];
/// Messages of a FIFO queue in flight, hidden ones included, beyond which nothing is received.
const MOST_IN_FLIGHT: usize = 120_000;
/// Less than a millisecond is no wait: times are kept in microseconds, and a step that took no time would come again for ever.
const NO_WAIT: f64 = 0.001;
/// Write units of one put or delete in a transaction: what an import's beginning and end each cost the partition `ACTIVE`.
const ACTIVE_UNITS: u32 = 2;

/// How the engine is set, and how it was measured to behave. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    /// Portals that are worked for at the same time.
    pub(crate) workers: usize,
    pub(crate) in_flight: f64,
    /// Calls that are made once more, because an invocation ended before everybody of its event was done.
    pub(crate) lost: f64,
    /// Calls a second for one portal; 0 is without a limit.
    pub(crate) per_second: f64,
    /// Of a call to GO1.
    pub(crate) latency: f64,
    /// Which part of the slower of the two limits the worker reaches.
    pub(crate) pace: f64,
    /// From an event to the first call, and from the last call to the answer.
    pub(crate) overhead: f64,
    pub(crate) cold: f64,
    /// For how long an invocation begins calls.
    pub(crate) working: f64,
    /// From the press until the first message is on the queue.
    pub(crate) press: f64,
    /// Calls a second that GO1 allows for all portals together.
    pub(crate) together: Option<f64>,
    /// From when to when GO1 answers 500 to everything.
    pub(crate) outage: Option<(f64, f64)>,
}

impl Engine {
    /// Calls a second for one portal by its limits, whichever is reached first.
    pub(crate) fn rate(&self) -> f64 {
        let most = if self.per_second == 0.0 { f64::INFINITY } else { self.per_second };
        most.min(self.in_flight / self.latency)
    }
}

/// A press on "Import".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Press {
    pub(crate) at: f64,
    pub(crate) people: u32,
}

/// What became of one import.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Imported {
    pub(crate) press: Press,
    /// When a worker first had it.
    pub(crate) first: Option<f64>,
    /// When everybody was done; `None` where it was given up.
    pub(crate) done: Option<f64>,
    /// Seconds of invocations, and how many there were.
    pub(crate) billed: f64,
    pub(crate) invocations: u32,
}

impl Imported {
    /// From the press to the end.
    pub(crate) fn took(&self) -> Option<f64> {
        self.done.map(|done| done - self.press.at)
    }
}

/// What was the most of something at any time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Most {
    pub(crate) busy: usize,
    /// Imports with messages that no worker was free for.
    pub(crate) backlog: usize,
    /// Imports that had not ended.
    pub(crate) active: usize,
    /// Messages in flight.
    pub(crate) in_flight: usize,
    /// Write units in one second on the partition `ACTIVE`.
    pub(crate) active_units: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Pressed(usize),
    Answered(usize),
    Shown(usize),
}

struct Import {
    result: Imported,
    calls: f64,
    /// How often GO1 was found to create nothing.
    failures: usize,
    wait_until: f64,
    messages: usize,
}

struct Run<'a> {
    engine: &'a Engine,
    imports: Vec<Import>,
    steps: BinaryHeap<Reverse<(u64, usize, Step)>>,
    /// Groups with visible messages and no invocation: the oldest first.
    ready: BTreeSet<(u64, usize)>,
    busy: usize,
    environments: usize,
    active: usize,
    in_flight: usize,
    /// The second that is counted now, and the units in it.
    second: (u64, u32),
    most: Most,
}

/// Plays the presses, whatever their order, to the end of the last import.
pub(crate) fn play(engine: &Engine, presses: &[Press]) -> (Vec<Imported>, Most) {
    let import = |press: &Press| Import {
        result: Imported { press: *press, first: None, done: None, billed: 0.0, invocations: 0 },
        calls: f64::from(press.people) * CALLS,
        failures: 0,
        wait_until: 0.0,
        messages: 0,
    };
    let mut run = Run {
        engine,
        imports: presses.iter().map(import).collect(),
        steps: BinaryHeap::new(),
        ready: BTreeSet::new(),
        busy: 0,
        environments: 0,
        active: 0,
        in_flight: 0,
        second: (0, 0),
        most: Most::default(),
    };
    for (number, press) in presses.iter().enumerate() {
        run.at(press.at + engine.press, Step::Pressed(number));
    }
    while let Some(Reverse((time, _, step))) = run.steps.pop() {
        run.take(seconds(time), step);
    }
    (run.imports.into_iter().map(|import| import.result).collect(), run.most)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive and days at most")]
fn microseconds(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "days in microseconds are far below two to the power of 52")]
fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

impl Run<'_> {
    fn at(&mut self, time: f64, step: Step) {
        let number = match step {
            Step::Pressed(number) | Step::Answered(number) | Step::Shown(number) => number,
        };
        self.steps.push(Reverse((microseconds(time), number, step)));
    }

    fn take(&mut self, now: f64, step: Step) {
        match step {
            Step::Pressed(number) => {
                self.active += 1;
                self.most.active = self.most.active.max(self.active);
                self.write_active(now);
                self.show(number);
            }
            Step::Shown(number) => {
                self.in_flight -= self.imports[number].messages;
                self.show(number);
            }
            Step::Answered(number) => self.answered(now, number),
        }
        self.start(now);
    }

    fn write_active(&mut self, now: f64) {
        let second = microseconds(now) / 1_000_000;
        self.second =
            if self.second.0 == second { (second, self.second.1 + ACTIVE_UNITS) } else { (second, ACTIVE_UNITS) };
        self.most.active_units = self.most.active_units.max(self.second.1);
    }

    fn show(&mut self, number: usize) {
        self.ready.insert((microseconds(self.imports[number].result.press.at), number));
    }

    /// Gives the oldest groups to workers, as far as there are any.
    fn start(&mut self, now: f64) {
        while self.busy < self.engine.workers && self.in_flight < MOST_IN_FLIGHT {
            let Some((_, number)) = self.ready.pop_first() else { break };
            self.invoke(now, number);
        }
        self.most.backlog = self.most.backlog.max(self.ready.len());
    }

    fn invoke(&mut self, now: f64, number: usize) {
        let engine = self.engine;
        self.busy += 1;
        self.most.busy = self.most.busy.max(self.busy);
        let cold = if self.busy > self.environments { engine.cold } else { 0.0 };
        self.environments = self.environments.max(self.busy);
        let busy = f64::from(u32::try_from(self.busy).unwrap_or(u32::MAX));
        let import = &mut self.imports[number];
        import.messages = messages(import.calls / CALLS);
        let is_down = engine.outage.is_some_and(|(from, to)| (from..to).contains(&now));
        let took = if import.wait_until - now > NO_WAIT {
            engine.overhead
        } else if is_down {
            // The circuit opens after four failed calls.
            import.wait_until = now + WAITS[import.failures.min(WAITS.len() - 1)];
            import.failures += 1;
            engine.overhead + engine.latency
        } else {
            import.failures = 0;
            let alone = engine.rate() * engine.pace;
            let rate = alone.min(engine.together.map_or(f64::INFINITY, |together| together / busy));
            let calls = import.calls.min(f64::from(PEOPLE_OF_EVENT) * CALLS);
            let time = (calls / rate).min(engine.working - engine.overhead);
            let is_cut = time * rate < calls - 1e-6;
            import.calls = (import.calls - time * rate).max(0.0) + if is_cut { engine.lost } else { 0.0 };
            engine.overhead + time
        };
        import.result.first.get_or_insert(now + cold);
        import.result.billed += cold + took;
        import.result.invocations += 1;
        self.in_flight += import.messages;
        self.most.in_flight = self.most.in_flight.max(self.in_flight);
        self.at(now + cold + took, Step::Answered(number));
    }

    fn answered(&mut self, now: f64, number: usize) {
        self.busy -= 1;
        let import = &mut self.imports[number];
        let messages = import.messages;
        // A millionth of a call is none.
        let is_done = import.calls < 1e-6;
        let is_over = is_done || now - import.result.press.at > LONGEST_IMPORT;
        let wait = (import.wait_until - now).min(LONGEST_HIDDEN);
        if is_done {
            import.result.done = Some(now);
        }
        if is_over {
            self.active -= 1;
            self.in_flight -= messages;
            self.write_active(now);
        } else if wait > NO_WAIT {
            self.at(now + wait, Step::Shown(number));
        } else {
            self.in_flight -= messages;
            self.show(number);
        }
    }
}

/// How many messages an event brings of an import with so many people left.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "twenty at most")]
fn messages(people: f64) -> usize {
    ((people / 10.0).ceil() as usize).clamp(1, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: Engine = Engine {
        workers: 51,
        in_flight: 4.0,
        lost: 0.0,
        per_second: 5.0,
        latency: 0.3,
        pace: 1.0,
        overhead: 0.0,
        cold: 0.0,
        working: 55.0,
        press: 0.0,
        together: None,
        outage: None,
    };

    fn press(at: f64, people: u32) -> Press {
        Press { at, people }
    }

    fn took(imported: &Imported) -> f64 {
        imported.took().expect("it ended")
    }

    #[test]
    fn an_import_alone_takes_its_bound_however_many_invocations_it_takes() {
        let (imported, most) = play(&ENGINE, &[press(10.0, 200)]);
        assert!((took(&imported[0]) - 240.0).abs() < 0.01, "{:?}", imported[0]);
        assert_eq!(imported[0].invocations, 5, "240 s in parts of 55: what one leaves goes along with the next event");
        assert_eq!((most.busy, most.backlog, most.active), (1, 0, 1));
        assert_eq!(most.in_flight, 10);
    }

    #[test]
    fn what_an_invocation_leaves_half_done_costs_calls_once_more() {
        let (imported, _) = play(&Engine { lost: 10.0, ..ENGINE }, &[press(0.0, 200)]);
        let cut = f64::from(imported[0].invocations - 1);
        assert!((took(&imported[0]) - 240.0 - cut * 2.0).abs() < 0.01, "two seconds each: {:?}", imported[0]);
        assert_eq!(
            play(&Engine { lost: 10.0, ..ENGINE }, &[press(0.0, 5)]).0[0].invocations,
            1,
            "and nothing is lost here"
        );
    }

    #[test]
    fn a_small_import_waits_where_all_workers_are_at_work_and_not_where_one_is_free() {
        let full: Vec<Press> = (0..50).map(|_| press(0.0, 200)).collect();
        let small = [&*full, &[press(1.0, 5)]].concat();
        let (imported, _) = play(&ENGINE, &small);
        assert!((took(&imported[50]) - 6.0).abs() < 0.01, "{:?}", imported[50]);
        let (imported, most) = play(&Engine { workers: 50, ..ENGINE }, &small);
        assert!(took(&imported[50]) > 200.0, "older groups go first: {:?}", imported[50]);
        assert_eq!(most.backlog, 1);
    }

    #[test]
    fn an_outage_is_waited_out_and_one_of_more_than_a_day_ends_the_import() {
        let hour = 3_600.0;
        let short = Engine { outage: Some((0.0, hour)), ..ENGINE };
        let (imported, _) = play(&short, &[press(0.0, 5)]);
        let end = took(&imported[0]);
        assert!(end > hour && end < hour + 900.0 + 10.0, "it asks every quarter of an hour: {end}");
        let long = Engine { outage: Some((0.0, 30.0 * hour)), ..ENGINE };
        let (imported, most) = play(&long, &[press(0.0, 5)]);
        assert_eq!(imported[0].done, None);
        assert_eq!(most.active_units, 2);
        assert!(imported[0].invocations > 150, "every message comes back within ten minutes: {:?}", imported[0]);
    }

    #[test]
    fn what_all_portals_share_is_divided_among_those_at_work() {
        let shared = Engine { together: Some(10.0), ..ENGINE };
        let (imported, _) = play(&shared, &(0..10).map(|_| press(0.0, 5)).collect::<Vec<_>>());
        let last = imported.iter().map(took).fold(0.0, f64::max);
        assert!((29.9..=31.0).contains(&last), "300 calls at ten a second: {last}");
    }
}
