//! The workload: people press their buttons and log in, while the queue delivers and the sweeper runs, until nothing is
//! left to do. All of it happens in one runtime with a paused clock.

use std::pin::Pin;
use std::time::Duration;

use domain::import::{ImportStatus, WaitReason};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use state::ImportReader as _;
use tokio::time::{sleep, sleep_until};

use crate::import_runs::ImportRuns;
use crate::press::{Press, When};
use crate::ready::ready;
use crate::scenario::CustomerScenario;
use crate::system::System;

/// A run that has not ended after this time hangs. The product ends an import after a day, or after a week where it waits
/// for a login.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(20 * 24);
const MOST_EVENTS: usize = 12_000;

/// How often the sweeper runs once a minute before it runs less often, which only makes the product slower.
const SWEEPS_EVERY_MINUTE: usize = 60;

pub(crate) type Activity<'run> = Pin<Box<dyn Future<Output = ()> + 'run>>;

pub(crate) struct Workload<'run> {
    pub(crate) system: &'run System,
    pub(crate) activities: FuturesUnordered<Activity<'run>>,
    pub(crate) runs: ImportRuns,
    sweep_at: Timestamp,
    sweeps: usize,
    /// When somebody logs in with GO1, for each customer.
    log_in_at: Vec<Option<Timestamp>>,
    /// The presses of each customer that wait for an import to end.
    waiting: Vec<Vec<(When, Press)>>,
    /// How many imports a customer had when they last pressed something that waits for an import to end.
    pressed_with: Vec<usize>,
}

impl<'run> Workload<'run> {
    pub(crate) fn new(system: &'run System) -> Self {
        let customers = &system.scenario.customers;
        let waits = |customer: &CustomerScenario| {
            let planned = customer.presses.iter().filter(|planned| !matches!(planned.when, When::After(_)));
            planned.map(|planned| (planned.when, planned.press)).collect()
        };
        Self {
            system,
            activities: FuturesUnordered::new(),
            runs: ImportRuns::default(),
            sweep_at: system.simulator.clock.read() + SignedDuration::from_secs(40),
            sweeps: 0,
            log_in_at: vec![None; customers.len()],
            waiting: customers.iter().map(waits).collect(),
            pressed_with: vec![0; customers.len()],
        }
    }

    /// Runs until nothing is left to do.
    pub(crate) async fn run(&mut self) {
        let system = self.system;
        let clock = &system.simulator.clock;
        for (number, customer) in system.scenario.customers.iter().enumerate() {
            self.activities.push(Box::pin(begin(system, number)));
            for planned in &customer.presses {
                if let When::After(milliseconds) = planned.when {
                    let (press, after) = (planned.press, Duration::from_millis(customer.starts_after + milliseconds));
                    self.activities.push(Box::pin(async move {
                        sleep(after).await;
                        system.perform(number, press).await;
                    }));
                }
            }
        }
        for _ in 0..MOST_EVENTS {
            system.simulator.deliver_due_requests().await;
            if system.simulator.is_quiet() {
                self.runs.observe(system);
                self.plan_logins();
                let is_over =
                    self.activities.is_empty() && system.is_idle() && !self.has_active_import() && !system.is_erasing();
                if !self.begin_waiting_presses(is_over) && is_over {
                    self.runs.is_over = true;
                    return;
                }
            }
            if clock.read() - SignedDuration::ZERO > crate::clock::START + LONGEST_RUN {
                return;
            }
            self.begin_what_is_due();
            let next = [system.queue.next_showing(), system.simulator.next_arrival()];
            let next = next.into_iter().chain(self.log_in_at.iter().copied()).flatten();
            let next = next.filter(|then| *then > clock.read()).fold(self.sweep_at, Timestamp::min);
            tokio::select! {
                biased;
                () = system.simulator.triggered.notified() => {}
                Some(()) = self.activities.next(), if !self.activities.is_empty() => {}
                () = sleep_until(clock.instant(next)) => {}
            }
        }
    }

    fn begin_what_is_due(&mut self) {
        let system = self.system;
        let now = system.simulator.clock.read();
        for triggered in system.simulator.take_presses() {
            let customers = system.customers.len() as u64;
            let customer = if customers == 1 { 0 } else { system.simulator.below(customers) };
            let customer = usize::try_from(customer).unwrap_or_default();
            self.activities.push(Box::pin(async move {
                system.perform(customer, triggered.press).await;
                drop(triggered.over);
            }));
        }
        for (customer, log_in_at) in self.log_in_at.iter_mut().enumerate() {
            if log_in_at.is_some_and(|then| then <= now) {
                *log_in_at = None;
                self.activities.push(Box::pin(system.perform(customer, Press::LogIn)));
            }
        }
        if self.sweep_at <= now {
            self.sweeps += 1;
            self.sweep_at = now + SignedDuration::from_mins(if self.sweeps < SWEEPS_EVERY_MINUTE { 1 } else { 10 });
            self.activities.push(Box::pin(system.invoke_sweeper()));
        }
        while let Some(activity) = self.next_delivery() {
            self.activities.push(activity);
        }
    }

    fn has_active_import(&self) -> bool {
        let system = self.system;
        system.customers.iter().any(|customer| system.stored_portal(customer).active_import.is_some())
    }

    /// Begins the next press of each customer that has waited for an import to end; `false` where there is none.
    fn begin_waiting_presses(&mut self, is_over: bool) -> bool {
        let system = self.system;
        let mut began = false;
        for (number, waiting) in self.waiting.iter_mut().enumerate() {
            let Some((when, press)) = waiting.first().copied() else { continue };
            let portal = system.stored_portal(&system.customers[number]);
            let imports = portal.imports_accepted as usize;
            let has_ended = portal.active_import.is_none() && imports > self.pressed_with[number];
            if is_over || when == When::Ended && has_ended {
                waiting.remove(0);
                self.pressed_with[number] = imports;
                self.activities.push(Box::pin(system.perform(number, press)));
                began = true;
            }
        }
        began
    }

    /// Somebody logs in with GO1 a while after an import has begun to wait for that.
    fn plan_logins(&mut self) {
        let system = self.system;
        for (number, customer) in system.customers.iter().enumerate() {
            let Some(active) = system.stored_portal(customer).active_import else { continue };
            let import = ready(system.state.find_import(&customer.portal, &active)).expect("memory answers");
            let waits = import.as_ref().is_some_and(|import| {
                import.status == ImportStatus::Running
                    && import.wait.is_some_and(|wait| matches!(wait.why, WaitReason::Login { .. }))
            });
            if waits
                && self.log_in_at[number].is_none()
                && let Some(minutes) = system.scenario.customers[number].login_after
            {
                self.log_in_at[number] = Some(system.simulator.clock.read() + SignedDuration::from_mins(minutes));
            }
        }
    }
}

/// The owner looks at the people and presses "Import".
async fn begin(system: &System, number: usize) {
    let scenario = &system.scenario.customers[number];
    sleep(Duration::from_millis(scenario.starts_after)).await;
    let customer = &system.customers[number];
    // While an import runs, a look makes no plan: who is new cannot be said before it has ended.
    let is_importing = system.stored_portal(customer).active_import.is_some();
    if scenario.looks_by_page || is_importing {
        system.perform_first_look(number).await;
    } else {
        let plan = system.look_at_once(customer);
        *customer.first_plan.borrow_mut() = Some(plan);
        system.perform(number, Press::ConfirmAgain).await;
    }
}
