//! The simulated system of one run: the table, the queue, GO1 and the owner's browser, which all outlive processes, and
//! the processes of the product that run over them.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use domain::email::EmailAddress;
use domain::ids::{EmployeeId, ImportId, PortalId, TenantId};
use domain::import::Import;
use domain::people::SourcePerson;
use domain::plan::{KnownAccount, Plan, PlanInput, make_plan};
use domain::portal::Portal;
use jiff::{SignedDuration, Timestamp};
use rig::{Queue, SeededRandom, Steps, Surroundings, Wiring};
use stand_ins::{World, WorldSettings};
use state::memory::Memory;
use state::{MemberReader as _, Plans as _, PortalReader as _};
use tokio::time::timeout;
use worker::PaceSettings;

use crate::browser::OwnerBrowser;
use crate::clock::SimulatedClock;
use crate::fault::Outage;
use crate::network::{NoNetwork, SimulatedNetwork};
use crate::panics::install_panic_hook;
use crate::queue::SimulatedQueue;
use crate::scenario::{Scenario, StartingPoint};
use crate::simulator::{Simulator, ready};
use crate::storage::SimulatedStorage;

/// The time at which every run starts.
pub(crate) const START: Timestamp = Timestamp::constant(1_795_392_000, 0);

// The settings of `infra/template.yaml`.
pub(crate) const INVOCATION_TIMEOUT: Duration = Duration::from_mins(1);
const VISIBILITY_TIMEOUT: Duration = Duration::from_mins(6);
const MOST_RECEIVES: u32 = 1_000;

/// The courses that GO1 has for the portal's country; a scenario takes the first so many of them.
const COURSES: [&str; 3] = ["1001", "1002", "1003"];

pub(crate) type Table = Steps<Memory, SimulatedStorage>;

pub(crate) struct System {
    pub(crate) scenario: Scenario,
    pub(crate) simulator: Simulator,
    /// What is kept, read and written without faults by the simulation itself.
    pub(crate) state: Memory,
    pub(crate) queue: Queue,
    pub(crate) portal: PortalId,
    pub(crate) browser: OwnerBrowser,
    pub(crate) tenant: TenantId,
    pub(crate) people: Vec<SourcePerson>,
    /// The emails that an earlier import used for members whose account is not known.
    pub(crate) old_emails: HashMap<EmployeeId, EmailAddress>,
    random: Arc<SeededRandom>,
}

impl System {
    /// The system before anybody has pressed anything.
    pub(crate) fn new(scenario: Scenario) -> Self {
        install_panic_hook();
        let clock = SimulatedClock::at(START);
        let mut settings = WorldSettings {
            seed: scenario.seed,
            clock: Arc::new(clock.clone()),
            go1_duplicates: scenario.duplicates,
            xero_is_empty: true,
            ..WorldSettings::default()
        };
        let has_account =
            |person: &&StartingPoint| !matches!(person, StartingPoint::New | StartingPoint::UncertainNotCreated);
        let accounts = scenario.people.iter().filter(has_account).count();
        settings.go1_portal_user_limit = scenario.user_limit.map(|more| more + accounts + 1);
        let world = World::new(settings);
        let outage = scenario.outage.map(|outage| Outage {
            from: START + SignedDuration::from_secs(outage.from_second),
            until: START + SignedDuration::from_mins(outage.minutes),
            endpoint: outage.endpoint,
            fault: outage.fault,
        });
        let simulator =
            Simulator::new(clock.clone(), world.clone(), scenario.seed, scenario.planned_faults.clone(), outage);
        let state = Memory::default();
        let opened = world.go1().open_portal("wattle", "AU");
        let queue = Queue::new(Arc::new(clock), VISIBILITY_TIMEOUT, MOST_RECEIVES);
        let random = Arc::new(SeededRandom::new(scenario.seed));
        let (portal, tenant) = (PortalId::new(opened.portal_id.clone()), TenantId::from("tenant"));
        let browser = OwnerBrowser::signed_in(&state, &*random, &tenant, &portal, START);
        let mut system = Self {
            scenario,
            simulator,
            state,
            queue,
            portal,
            browser,
            tenant,
            people: Vec::new(),
            old_emails: HashMap::new(),
            random,
        };
        system.add_people();
        system.store_tokens_at_start(&opened);
        system.store_portal(&opened.account_id);
        system
    }

    /// The ids of the courses that the import assigns.
    pub(crate) fn courses(&self) -> &'static [&'static str] {
        &COURSES[..self.scenario.courses]
    }

    /// The plan that the preview page would show and store now.
    pub(crate) fn plan(&self) -> Plan {
        let portal = self.stored_portal();
        let members = ready(self.state.members(&self.portal)).expect("memory answers");
        let accounts = self.simulator.world.go1().user_accounts(self.portal.as_str());
        let known = |account: stand_ins::go1::UserAccount| KnownAccount {
            id: account.id.as_str().into(),
            email: EmailAddress::parse(&account.email).ok(),
            given_name: account.given_name,
            family_name: account.family_name,
            created_time: Some(account.created),
        };
        // The product reads the emails of earlier imports from their rows. Here nobody's email ever changes.
        let mut old_emails = self.old_emails.clone();
        for person in &self.people {
            let email = person.email.address().ok().cloned();
            old_emails.extend(email.map(|email| (person.employee_id.clone(), email)));
        }
        let plan = make_plan(PlanInput {
            tenant: self.tenant.clone(),
            people: self.people.clone(),
            members: members.into_iter().map(|member| (member.employee_id.clone(), member)).collect(),
            old_emails,
            accounts: Some(accounts.into_iter().map(known).collect()),
            owner: EmailAddress::parse("admin@wattle.example.com").expect("an address"),
            courses: self.courses().iter().map(|&course| course.into()).collect(),
            places_left: portal.places_left(),
            imports_accepted: portal.imports_accepted,
            read_at: self.simulator.clock.read(),
        });
        ready(self.state.put_plan(&plan)).expect("memory answers");
        plan
    }

    pub(crate) fn stored_portal(&self) -> Portal {
        ready(self.state.find_portal(&self.portal)).expect("memory answers").expect("the portal is stored")
    }

    /// Whether no message is on the queue and no request is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.simulator.next_arrival().is_none()
    }

    /// The id of the import that applies `plan`.
    pub(crate) fn import_of(&self, plan: &Plan) -> ImportId {
        Import::id_for(&self.portal, &plan.digest())
    }

    /// A new process of each function of the product, over the simulated storage, network and queue.
    pub(crate) fn wiring(&self) -> Wiring<Table> {
        let table = Steps::new(Arc::new(self.state.clone()), SimulatedStorage(self.simulator.clone()));
        self.wiring_over(Arc::new(table))
    }

    pub(crate) fn wiring_over<S: state::conformance::Store + 'static>(&self, state: Arc<S>) -> Wiring<S> {
        let queue = Arc::new(SimulatedQueue {
            simulator: self.simulator.clone(),
            queue: self.queue.clone(),
            writes_previous_version: self.scenario.writes_previous_version,
        });
        Wiring::new(Surroundings {
            state,
            xero: Arc::new(NoNetwork),
            go1: Arc::new(SimulatedNetwork(self.simulator.clone())),
            queue: queue.clone(),
            return_path: queue,
            clock: Arc::new(self.simulator.clock.clone()),
            random: self.random.clone(),
            pace: PaceSettings { in_flight: self.scenario.pace.0, per_second: self.scenario.pace.1 },
            pkce: false,
            invocation: INVOCATION_TIMEOUT,
            visibility: VISIBILITY_TIMEOUT,
        })
    }

    /// Runs a process, or several concurrent ones, in a tokio runtime of its own. The answer is `None` where the
    /// process crashed, panicked or reached its timeout. A crash drops the runtime with everything in it.
    pub(crate) fn run_process<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime of one thread");
        let simulator = &self.simulator;
        simulator.set_process_runs(true);
        let result = runtime.block_on(async {
            simulator.clock.start_run();
            let mut work = pin!(work);
            let until_crash = poll_fn(|context| {
                if simulator.has_crashed() {
                    // One of its tasks has crashed, and nothing else may go on.
                    return Poll::Ready(None);
                }
                simulator.wake_at_crash(context.waker());
                match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
                    _ if simulator.has_crashed() => Poll::Ready(None),
                    Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
                    Ok(Poll::Pending) => Poll::Pending,
                    // The product did not catch the panic, so the invocation has failed.
                    Err(_) => Poll::Ready(None),
                }
            });
            let result = timeout(limit, until_crash).await.ok().flatten();
            simulator.clock.end_run();
            result
        });
        simulator.set_process_runs(false);
        drop(runtime);
        simulator.deliver_due_requests_now();
        result
    }
}
