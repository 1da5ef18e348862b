//! The workload: the owner starts imports, stops them and logs in, while the queue delivers and the sweeper runs, until
//! nothing is left to do.

use std::time::Duration;

use domain::import::Import;
use futures::future::join;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use crate::import_run::ImportRun;
use crate::scenario::Retries;
use crate::system::{INVOCATION_TIMEOUT, System};

/// How many messages one event of the queue holds at most, as in `infra/template.yaml`.
pub(crate) const MESSAGES_PER_EVENT: usize = 10;

/// An import that has not ended after this time hangs. The product ends every import after a day, and one that waits for a
/// login after a week, or a day after that login.
const LONGEST_IMPORT: SignedDuration = SignedDuration::from_hours(8 * 24 + 2);
const MOST_EVENTS: usize = 4_000;

/// How far a workload is driven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunUntil {
    /// The last import has ended.
    ImportEnded,
    /// The last import has ended, and nothing is left to do.
    Idle,
}

/// The imports of one run, one after the other.
pub(crate) struct Workload<'system> {
    pub(crate) system: &'system System,
    pub(crate) imports: Vec<ImportRun>,
    /// How many messages were delivered since the button was pressed.
    pub(crate) deliveries: usize,
    stop_at: Option<Timestamp>,
    sweep_at: Timestamp,
    log_in_at: Option<Timestamp>,
}

impl<'system> Workload<'system> {
    /// The owner looks at the preview and presses "Import", if anybody is ticked.
    pub(crate) fn start(system: &'system System) -> Self {
        let sweep_at = system.simulator.clock.read();
        let mut workload =
            Self { system, imports: Vec::new(), deliveries: 0, stop_at: None, sweep_at, log_in_at: None };
        workload.imports.push(ImportRun::prepare(system));
        if !workload.last().ticked.is_empty() {
            workload.press_import();
        }
        workload
    }

    /// The owner presses "Try the failed again": another preview, and another import of those whom it ticks.
    pub(crate) fn retry_failed(&mut self) {
        self.imports.push(ImportRun::prepare(self.system));
        if self.last().ticked.is_empty() {
            self.imports.pop();
        } else {
            self.press_import();
        }
    }

    pub(crate) fn last(&mut self) -> &mut ImportRun {
        self.imports.last_mut().expect("a workload starts with an import")
    }

    /// Whether the scenario's stop is meant for the last import.
    pub(crate) fn stop_applies(&self) -> bool {
        self.imports.len() == 1 || self.system.scenario.retries != Retries::AtOnce
    }

    fn press_import(&mut self) {
        let system = self.system;
        self.deliveries = 0;
        // An owner who gets no answer presses again.
        for _ in 0..3 {
            let run = self.last();
            let answers = system.run_process(Duration::from_secs(25), async {
                let wiring = system.wiring();
                let press = || async {
                    let pages = import::router(wiring.importer());
                    system.browser.confirm(pages, &run.plan, &run.ticked).await
                };
                if system.scenario.presses == 2 {
                    let (first, second) = join(press(), press()).await;
                    vec![first, second]
                } else {
                    vec![press().await]
                }
            });
            let answers = answers.unwrap_or_default();
            self.observe();
            self.last().was_accepted |= answers.contains(&StatusCode::SEE_OTHER);
            if self.last().was_accepted {
                break;
            }
            let clock = &system.simulator.clock;
            clock.advance_to(clock.read() + SignedDuration::from_secs(10));
        }
        let now = system.simulator.clock.read();
        let stop_after = system.scenario.stop_after_seconds.filter(|_| self.stop_applies());
        self.stop_at = stop_after.map(|seconds| now + SignedDuration::from_secs(seconds));
        self.sweep_at = now + SignedDuration::from_secs(40);
    }

    /// Lets one event after the other happen, and moves the time on where none is due.
    pub(crate) fn run(&mut self, until: RunUntil) {
        let system = self.system;
        let clock = &system.simulator.clock;
        let started = clock.read();
        for event in 0..MOST_EVENTS {
            system.simulator.deliver_due_requests_now();
            let import = self.observe();
            let has_ended = import.is_none_or(|import| import.status.has_ended());
            if has_ended && (until == RunUntil::ImportEnded || system.is_idle()) {
                let is_idle = system.is_idle();
                self.imports.iter_mut().for_each(|run| run.is_over |= is_idle);
                return;
            }
            let now = clock.read();
            // A message that was hidden comes back after the import has ended.
            if now.duration_since(started) > if has_ended { 2 * LONGEST_IMPORT } else { LONGEST_IMPORT } {
                return;
            }
            if self.log_in_at.is_some_and(|then| then <= now) {
                self.log_in_at = None;
                system.log_in();
            } else if self.stop_at.is_some_and(|then| then <= now) {
                self.stop_at = None;
                let import = self.last().import.clone();
                system.run_process(INVOCATION_TIMEOUT, async {
                    let pages = import::router(system.wiring().importer());
                    system.browser.stop(pages, &import).await
                });
            } else if self.sweep_at <= now {
                system.run_process(INVOCATION_TIMEOUT, self.sweep());
                // The sweeper runs once a minute. In a run that lasts long it runs less often here, which only makes the
                // product slower.
                let pause = if event < 100 { 1 } else { 10 };
                self.sweep_at = clock.read() + SignedDuration::from_mins(pause);
            } else if let Some(message) = system.queue.receive(MESSAGES_PER_EVENT) {
                self.deliver(&message);
            } else {
                let next = [system.queue.next_showing(), system.simulator.next_arrival(), self.log_in_at, self.stop_at];
                clock.advance_to(next.into_iter().flatten().fold(self.sweep_at, Timestamp::min));
            }
        }
    }

    pub(crate) async fn sweep(&self) {
        // The product logs a sweep that fails, and the next one does the rest.
        let _ = sweeper::sweep(&self.system.wiring().sweeper()).await;
    }

    /// Reads what is stored, as the page does, and checks what must hold at every moment. Returns the last import.
    fn observe(&mut self) -> Option<Import> {
        let system = self.system;
        let portal = system.stored_portal();
        let mut last = None;
        for run in &mut self.imports {
            last = run.observe(system);
        }
        if portal.places_used > domain::portal::PLACES {
            self.last().violations.push(format!("over_cap: {} places are used", portal.places_used));
        }
        if last.as_ref().is_some_and(Import::waits_for_login) && self.log_in_at.is_none() {
            let minutes = SignedDuration::from_mins(system.scenario.login_after_minutes);
            self.log_in_at = Some(system.simulator.clock.read() + minutes);
        }
        last
    }
}
