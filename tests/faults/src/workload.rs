//! From the press of the button to the end: deliveries, sweeps, logins, until nothing is left to do.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::{EmployeeId, ImportId};
use domain::import::{Import, ImportPerson, Outcome, WaitReason};
use domain::plan::Plan;
use futures::future::{join, join3};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use state::ImportReader as _;
use tokio::task::yield_now;
use tokio::time::sleep;
use worker::handle;

use crate::cosmos::now;
use crate::points::{Kind, Place};
use crate::scenario::Retries;
use crate::universe::{INVOCATION, Universe};

/// What one event has at most, as in `infra/template.yaml`.
const MESSAGES_PER_EVENT: usize = 10;

/// An import that has not ended by then hangs.
const LONGEST: SignedDuration = SignedDuration::from_hours(26);
const MOST_EVENTS: usize = 4_000;

/// How long a process stands still that wakes up too late.
const FREEZE: Duration = Duration::from_secs(6 * 60 + 40);

/// One import as it went.
pub(crate) struct Driven {
    /// The plan that it applies.
    pub(crate) plan: Plan,
    /// Who was ticked.
    pub(crate) ticked: Vec<EmployeeId>,
    /// Its id.
    pub(crate) import: ImportId,
    /// Whether somebody was told that it is accepted.
    pub(crate) was_promised: bool,
    /// When the button was pressed first.
    pub(crate) pressed_at: Timestamp,
    /// What went wrong on the way, by our own rules.
    pub(crate) complaints: Vec<String>,
    /// Whether it came to an end, with nothing left to do.
    pub(crate) is_over: bool,
    /// How each person ended, from when they did.
    ends: BTreeMap<EmployeeId, Outcome>,
}

/// How far it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until the last import has ended.
    Ended,
    /// Until nothing is left to do, either.
    Idle,
}

/// The imports of one universe, one after the other.
pub(crate) struct Drive<'universe> {
    universe: &'universe Universe,
    /// As they went so far.
    pub(crate) imports: Vec<Driven>,
    /// Deliveries since the button was pressed.
    deliveries: usize,
    stop_at: Option<Timestamp>,
    sweep_at: Timestamp,
    log_in_at: Option<Timestamp>,
}

impl<'universe> Drive<'universe> {
    /// Looks, and presses "Import" for everybody who is ticked.
    pub(crate) fn press_import(universe: &'universe Universe) -> Self {
        let sweep_at = universe.core.clock.read();
        let mut drive = Self { universe, imports: Vec::new(), deliveries: 0, stop_at: None, sweep_at, log_in_at: None };
        drive.look();
        if !drive.last().ticked.is_empty() {
            drive.press();
        }
        drive
    }

    /// What "Try the failed again" does: another look, and another import of what it shows, if that is anybody.
    pub(crate) fn try_again(&mut self) {
        self.look();
        if self.last().ticked.is_empty() {
            self.imports.pop();
        } else {
            self.press();
        }
    }

    fn last(&mut self) -> &mut Driven {
        self.imports.last_mut().expect("it begins with a look")
    }

    fn look(&mut self) {
        let plan = self.universe.plan();
        let ticked: Vec<EmployeeId> =
            plan.importable().filter(|entry| entry.ticked).map(|entry| entry.employee_id.clone()).collect();
        self.imports.push(Driven {
            import: self.universe.import_of(&plan),
            plan,
            was_promised: false,
            pressed_at: self.universe.core.clock.read(),
            complaints: Vec::new(),
            is_over: ticked.is_empty(),
            ticked,
            ends: BTreeMap::new(),
        });
    }

    /// Whether what the owner stops is the last import.
    fn is_stopped(&self) -> bool {
        self.imports.len() == 1 || self.universe.scenario.retries != Retries::AtOnce
    }

    fn press(&mut self) {
        let universe = self.universe;
        self.deliveries = 0;
        // Who gets no answer presses again, as people do.
        for _ in 0..3 {
            let driven = self.last();
            let answers = universe.episode(Duration::from_secs(25), async {
                let wiring = universe.wiring();
                let press = || async {
                    let pages = import::router(wiring.importer());
                    universe.door.confirm(pages, &driven.plan, &driven.ticked).await
                };
                if universe.scenario.presses == 2 {
                    let (first, second) = join(press(), press()).await;
                    vec![first, second]
                } else {
                    vec![press().await]
                }
            });
            let answers = answers.unwrap_or_default();
            self.observe();
            self.last().was_promised |= answers.contains(&StatusCode::SEE_OTHER);
            if self.last().was_promised {
                break;
            }
            universe.core.clock.jump(universe.core.clock.read() + SignedDuration::from_secs(10));
        }
        let now = universe.core.clock.read();
        let stop_later = universe.scenario.stop_later.filter(|_| self.is_stopped());
        self.stop_at = stop_later.map(|after| now + SignedDuration::from_secs(after));
        self.sweep_at = now + SignedDuration::from_secs(40);
    }

    /// Goes on with what was pressed.
    pub(crate) fn run(&mut self, until: Until) {
        let universe = self.universe;
        let clock = &universe.core.clock;
        let begun = clock.read();
        for event in 0..MOST_EVENTS {
            universe.core.settle_late_now();
            let import = self.observe();
            let has_ended = import.is_none_or(|import| import.status.has_ended());
            if has_ended && (until == Until::Ended || universe.is_idle()) {
                let is_idle = universe.is_idle();
                self.imports.iter_mut().for_each(|driven| driven.is_over |= is_idle);
                return;
            }
            let time = clock.read();
            // A message that GO1 sent away for a day comes back after the import has ended.
            if time.duration_since(begun) > if has_ended { 2 * LONGEST } else { LONGEST } {
                return;
            }
            if self.log_in_at.is_some_and(|then| then <= time) {
                self.log_in_at = None;
                universe.log_in();
            } else if self.stop_at.is_some_and(|then| then <= time) {
                self.stop_at = None;
                let import = self.last().import.clone();
                universe.episode(INVOCATION, async {
                    let pages = import::router(universe.wiring().importer());
                    universe.door.stop(pages, &import).await
                });
            } else if self.sweep_at <= time {
                universe.episode(INVOCATION, self.sweep());
                // Once a minute; where nothing moves for long, less often, which is only slower.
                let pause = if event < 100 { 1 } else { 10 };
                self.sweep_at = clock.read() + SignedDuration::from_mins(pause);
            } else if let Some(message) = universe.queue.receive(MESSAGES_PER_EVENT) {
                self.deliver(&message);
            } else {
                let next = [universe.queue.next_showing(), universe.core.next_late(), self.log_in_at, self.stop_at];
                clock.jump(next.into_iter().flatten().fold(self.sweep_at, Timestamp::min));
            }
        }
    }

    async fn sweep(&self) {
        // A round that fails is logged, and the next one comes.
        let _ = sweeper::sweep(&self.universe.wiring().sweeper()).await;
    }

    async fn work(&self, event: &SqsEvent) -> SqsBatchResponse {
        handle(&self.universe.wiring().worker(), event.clone(), INVOCATION).await
    }

    fn deliver(&mut self, event: &SqsEvent) {
        let universe = self.universe;
        let stop = universe.scenario.stop.filter(|(delivery, _)| *delivery == self.deliveries && self.is_stopped());
        let import = self.last().import.clone();
        self.deliveries += 1;
        let mut kind = universe.core.reach(Place::Deliver);
        if kind == Some(Kind::Freeze) && universe.scenario.duplicates == stand_ins::Duplicates::Accepted {
            // A GO1 that makes a second account cannot be helped by anybody who comes too late.
            kind = None;
        }
        match kind {
            Some(Kind::TwiceAtOnce(steps)) => {
                let second = async {
                    for _ in 0..steps {
                        yield_now().await;
                    }
                    self.work(event).await
                };
                let both = universe.episode(INVOCATION, join(self.work(event), second));
                let (first, second) = both.map_or((None, None), |(first, second)| (Some(first), Some(second)));
                self.settle(event, first);
                self.settle(event, second);
            }
            Some(Kind::Unacknowledged) => {
                universe.episode(INVOCATION, self.work(event));
            }
            Some(Kind::WithSweep) => {
                let done = universe.episode(INVOCATION, join(self.work(event), self.sweep()));
                self.settle(event, done.map(|(done, ())| done));
            }
            Some(Kind::Freeze) => self.freeze(event),
            _ => {
                let done = universe.episode(INVOCATION, async {
                    let Some((_, after)) = stop else { return self.work(event).await };
                    let pressed = async {
                        sleep(Duration::from_millis(after)).await;
                        let pages = import::router(universe.wiring().importer());
                        universe.door.stop(pages, &import).await
                    };
                    join(self.work(event), pressed).await.0
                });
                self.settle(event, done);
            }
        }
    }

    /// One worker stands still after some steps; another gets the message meanwhile; then the first goes on.
    fn freeze(&self, event: &SqsEvent) {
        let universe = self.universe;
        let steps = usize::try_from(universe.core.below(40)).unwrap_or_default();
        let done = universe.episode(FREEZE * 2, async {
            let first = crate::freezing::Freezing::new(self.work(event), steps, FREEZE);
            let second = async {
                sleep(Duration::from_secs(6 * 60 + 1)).await;
                let event = universe.queue.receive(MESSAGES_PER_EVENT)?;
                let done = self.work(&event).await;
                Some((event, done))
            };
            // Sweepers go on, too.
            let swept = async {
                sleep(Duration::from_mins(3)).await;
                self.sweep().await;
            };
            let (first, second, ()) = join3(first, second, swept).await;
            (first, second)
        });
        let Some((first, second)) = done else { return };
        if let Some((event, second)) = second {
            self.settle(&event, Some(second));
        }
        self.settle(event, Some(first));
    }

    /// Deletes what was not reported, as the event source mapping does.
    fn settle(&self, event: &SqsEvent, response: Option<SqsBatchResponse>) {
        let Some(response) = response else { return };
        let failed: Vec<&str> =
            response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
        for record in &event.records {
            if !failed.contains(&record.message_id.as_deref().unwrap_or_default()) {
                self.universe.queue.delete(record);
            }
        }
    }

    /// Looks at what is kept, as the page does: whoever has ended stays ended, and places are never more than there are.
    /// Returns the last import.
    fn observe(&mut self) -> Option<Import> {
        let universe = self.universe;
        let portal = universe.kept_portal();
        let mut last = None;
        for driven in &mut self.imports {
            last = driven.observe(universe);
        }
        if portal.places_used > domain::portal::PLACES {
            self.last().complaints.push(format!("over_cap: {} places are used", portal.places_used));
        }
        if let Some(wait) = last.as_ref().and_then(|import| import.wait)
            && matches!(wait.why, WaitReason::Login { .. })
            && self.log_in_at.is_none()
        {
            let minutes = SignedDuration::from_mins(universe.scenario.login_after);
            self.log_in_at = Some(universe.core.clock.read() + minutes);
        }
        last
    }
}

impl Driven {
    fn observe(&mut self, universe: &Universe) -> Option<Import> {
        let import = now(universe.state.find_import(&universe.portal, &self.import)).ok().flatten()?;
        for ImportPerson { employee_id, outcome, .. } in
            now(universe.state.import_people(&universe.portal, &self.import)).unwrap_or_default()
        {
            if let Some(before) = self.ends.get(&employee_id)
                && *before != outcome
            {
                self.complaints.push(format!("lost: {employee_id} was {before:?} and is {outcome:?}"));
            }
            if outcome != Outcome::Waiting {
                self.ends.insert(employee_id, outcome);
            }
        }
        Some(import)
    }
}
