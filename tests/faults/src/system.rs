//! One universe: what is kept, GO1, the queue, and a portal with people who wait to be imported.

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
use domain::member::Member;
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::{KnownAccount, Plan, PlanInput, make_plan};
use domain::portal::{PLACES, Portal, PortalDomain};
use jiff::{SignedDuration, Timestamp};
use rig::{Queue, SeededRandom, Steps, Surroundings, Wiring};
use secrecy::SecretString;
use stand_ins::go1::endpoint;
use stand_ins::{Fault, FaultKind, World, WorldSettings};
use state::memory::Memory;
use state::{GrantOwner, MemberReader as _, Members as _, Plans as _, PortalReader as _, Portals as _};
use tokio::time::timeout;
use vault::TokenSet;
use worker::PaceSettings;

use crate::clock::UniverseClock;
use crate::cosmos::{Core, hush, now};
use crate::door::Door;
use crate::points::Outage;
use crate::scenario::{Role, Scenario, Tokens};
use crate::seams::{FateTransport, NoTransport, QueueSeam, TableSeam};

/// When every universe begins.
const BEGINNING: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// As in `infra/template.yaml`.
pub(crate) const INVOCATION: Duration = Duration::from_mins(1);
/// As in `infra/template.yaml`.
const VISIBILITY: Duration = Duration::from_mins(6);
/// As in `infra/template.yaml`.
const MOST_RECEIVES: u32 = 1_000;

/// The table with its seam.
pub(crate) type Table = Steps<Memory, TableSeam>;

/// One universe.
pub(crate) struct Universe {
    /// What happens in it.
    pub(crate) scenario: Scenario,
    /// What outlives processes.
    pub(crate) core: Core,
    /// What is kept, without the seam.
    pub(crate) state: Memory,
    /// The queue.
    pub(crate) queue: Queue,
    /// The portal.
    pub(crate) portal: PortalId,
    /// The owner's browser.
    pub(crate) door: Door,
    tenant: TenantId,
    random: Arc<SeededRandom>,
    people: Vec<SourcePerson>,
    /// The emails that GO1 was asked for, where the account is not known.
    old_emails: HashMap<EmployeeId, EmailAddress>,
}

impl Universe {
    /// Before anybody has pressed anything.
    ///
    /// # Panics
    /// Where the fixed texts of the harness are malformed, which they are not.
    pub(crate) fn new(scenario: Scenario) -> Self {
        hush();
        let clock = UniverseClock::at(BEGINNING);
        let mut settings = WorldSettings {
            seed: scenario.seed,
            clock: Arc::new(clock.clone()),
            go1_duplicates: scenario.duplicates,
            xero_is_empty: true,
            ..WorldSettings::default()
        };
        let at_go1 = scenario.people.iter().filter(|role| !matches!(role, Role::New | Role::UncertainAndNot)).count();
        settings.go1_portal_user_limit = scenario.user_limit.map(|more| more + at_go1 + 1);
        let world = World::new(settings);
        let outage = scenario.failing.map(|failing| Outage {
            from: BEGINNING + SignedDuration::from_secs(failing.from),
            until: BEGINNING + SignedDuration::from_mins(failing.minutes),
            endpoint: failing.endpoint,
            kind: failing.kind,
        });
        let core = Core::new(clock.clone(), world.clone(), scenario.seed, scenario.orders.clone(), outage);
        let state = Memory::default();
        let opened = world.go1().open_portal("wattle", "AU");
        let queue = Queue::new(Arc::new(clock), VISIBILITY, MOST_RECEIVES);
        let random = Arc::new(SeededRandom::new(scenario.seed));
        let (portal, tenant) = (PortalId::new(opened.portal_id), TenantId::from("tenant"));
        let door = Door::open(&state, &*random, &tenant, &portal, BEGINNING);
        let mut universe = Self {
            scenario,
            core,
            state,
            queue,
            portal,
            door,
            tenant,
            random,
            people: Vec::new(),
            old_emails: HashMap::new(),
        };
        universe.fill();
        let tokens = universe.scenario.tokens;
        let lifetime = if tokens == Tokens::Fresh { SignedDuration::from_hours(12) } else { SignedDuration::ZERO };
        universe.keep_tokens(&opened.access_token, &opened.refresh_token, lifetime);
        if tokens == Tokens::Void {
            universe.core.world.go1().void_refresh_tokens();
        }
        universe.store_portal(&opened.account_id);
        universe
    }

    /// The people, and what earlier imports left of them.
    fn fill(&mut self) {
        let go1 = self.core.world.go1();
        for (number, role) in (1..).zip(self.scenario.people.clone()) {
            let employee = EmployeeId::new(format!("p{number:02}"));
            let email = format!("p{number:02}@example.com");
            let account =
                || go1.add_learner(self.portal.as_str(), &email, &format!("P{number:02}"), "Example").as_str().into();
            let member = match role {
                Role::New => None,
                Role::AtGo1 => {
                    account();
                    None
                }
                Role::Unfinished => Some(Some(account())),
                Role::Uncertain => {
                    account();
                    Some(None)
                }
                Role::UncertainAndNot => Some(None),
            };
            if let Some(account) = member {
                if account.is_none() {
                    self.old_emails.insert(employee.clone(), EmailAddress::parse(&email).expect("an address"));
                }
                self.add_member(&Member {
                    employee_id: employee.clone(),
                    created: account.is_some(),
                    account,
                    import: "earlier".into(),
                    since: BEGINNING - SignedDuration::from_hours(1),
                    unfinished: true,
                    asked_at: None,
                    deactivated: false,
                    reactivated_by: None,
                });
            }
            self.people.push(SourcePerson {
                employee_id: employee,
                given_name: format!("P{number:02}"),
                family_name: "Example".to_owned(),
                email: Some(email).into(),
                status: PersonStatus::Active,
            });
        }
        if let Some(bad) = self.scenario.bad {
            let kind = FaultKind::answer(bad.status, &[], r#"{"message":"No."}"#);
            let fault = Fault::always(bad.endpoint, kind);
            let fault = if bad.endpoint == endpoint::CREATE_USER_ACCOUNT { fault.matching("p01@") } else { fault };
            go1.faults().add(fault);
        }
        if self.scenario.poison {
            self.queue.put(self.portal.as_str(), "poison", r#"{"version":99,"portal":"another"}"#);
        }
    }

    fn add_member(&self, member: &Member) {
        now(self.state.add_member(&self.portal, member)).expect("memory answers");
    }

    fn store_portal(&self, administrator: &str) {
        let members = now(self.state.members(&self.portal)).expect("memory answers").len();
        let places_used = (PLACES - self.scenario.places_left).max(u32::try_from(members).expect("a few"));
        for number in members..places_used as usize {
            self.add_member(&Member {
                employee_id: EmployeeId::new(format!("m{number:03}")),
                account: Some(format!("a{number:03}").as_str().into()),
                created: true,
                import: "earlier".into(),
                since: BEGINNING - SignedDuration::from_hours(1),
                unfinished: false,
                asked_at: None,
                deactivated: false,
                reactivated_by: None,
            });
        }
        let portal = Portal {
            id: self.portal.clone(),
            tenant: self.tenant.clone(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            administrator: Some(administrator.into()),
            erased_at: None,
            places_used,
            imports_accepted: 0,
            active_import: None,
            created_at: BEGINNING,
        };
        now(self.state.add_portal(&portal)).expect("memory answers");
    }

    fn keep_tokens(&self, access: &str, refresh: &str, lifetime: SignedDuration) {
        let tokens = TokenSet {
            access_token: SecretString::from(access.to_owned()),
            refresh_token: SecretString::from(refresh.to_owned()),
            access_expires_at: self.core.clock.read() + lifetime,
        };
        let owner = GrantOwner::Portal(self.portal.clone());
        let vault = self.wiring_over(Arc::new(self.state.clone())).go1_access().vault;
        now(vault.keep(&owner, &tokens)).expect("memory answers");
    }

    /// The owner logs in with GO1.
    ///
    /// # Panics
    /// Where the portal has no administrator, which it has.
    pub(crate) fn log_in(&self) {
        let tokens = self.core.world.go1().log_in(self.portal.as_str()).expect("somebody administers it");
        self.keep_tokens(&tokens.access_token, &tokens.refresh_token, SignedDuration::from_hours(12));
    }

    /// What a look would plan now.
    ///
    /// # Panics
    /// Where memory does not answer, which it does.
    pub(crate) fn plan(&self) -> Plan {
        let portal = self.kept_portal();
        let members = now(self.state.members(&self.portal)).expect("memory answers");
        let accounts = self.core.world.go1().user_accounts(self.portal.as_str());
        let known = |account: stand_ins::go1::UserAccount| KnownAccount {
            id: account.id.as_str().into(),
            email: EmailAddress::parse(&account.email).ok(),
            given_name: account.given_name,
            family_name: account.family_name,
            created_time: Some(account.created),
        };
        // A look knows the emails of earlier imports by their rows; here nobody's email changes.
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
            courses: ["1001", "1002", "1003"][..self.scenario.courses].iter().map(|&course| course.into()).collect(),
            places_left: portal.places_left(),
            imports_accepted: portal.imports_accepted,
            read_at: self.core.clock.read(),
        });
        now(self.state.put_plan(&plan)).expect("memory answers");
        plan
    }

    /// The portal as it is kept.
    ///
    /// # Panics
    /// Where it is not.
    pub(crate) fn kept_portal(&self) -> Portal {
        now(self.state.find_portal(&self.portal)).expect("memory answers").expect("the portal is kept")
    }

    /// Whether no message is left, and nothing is on the wire.
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.core.next_late().is_none()
    }

    /// The import that applies `plan`.
    pub(crate) fn import_of(&self, plan: &Plan) -> ImportId {
        Import::id_for(&self.portal, &plan.digest())
    }

    /// One cold process of each function.
    pub(crate) fn wiring(&self) -> Wiring<Table> {
        let table = Steps::new(Arc::new(self.state.clone()), TableSeam(self.core.clone()));
        self.wiring_over(Arc::new(table))
    }

    fn wiring_over<S: state::conformance::Store + 'static>(&self, state: Arc<S>) -> Wiring<S> {
        let queue =
            Arc::new(QueueSeam { core: self.core.clone(), queue: self.queue.clone(), is_old: self.scenario.is_old });
        Wiring::new(Surroundings {
            state,
            xero: Arc::new(NoTransport),
            go1: Arc::new(FateTransport(self.core.clone())),
            queue: queue.clone(),
            return_path: queue,
            clock: Arc::new(self.core.clock.clone()),
            random: self.random.clone(),
            pace: PaceSettings { in_flight: self.scenario.pace.0, per_second: self.scenario.pace.1 },
            pkce: false,
            invocation: INVOCATION,
            visibility: VISIBILITY,
        })
    }

    /// Runs a process, or several side by side, in a runtime of its own. `None` where it was killed, or its time was up:
    /// then the runtime is dropped with everything in it.
    ///
    /// # Panics
    /// Where no runtime can be made.
    pub(crate) fn episode<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime of one thread");
        let core = &self.core;
        core.set_alive(true);
        let result = runtime.block_on(async {
            core.clock.begin();
            let mut work = pin!(work);
            let mortal = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
                _ if core.is_killed() => Poll::Ready(None),
                Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
                Ok(Poll::Pending) => Poll::Pending,
                // Nobody caught it: the invocation fails.
                Err(_) => Poll::Ready(None),
            });
            let result = timeout(limit, mortal).await.ok().flatten();
            core.clock.end();
            result
        });
        core.set_alive(false);
        drop(runtime);
        core.settle_late_now();
        result
    }
}
