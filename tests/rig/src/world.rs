//! The rig itself: the world, the state, the queue and one process of each function.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use axum::Router;
use domain::clock::Clock as _;
use domain::ids::{ImportId, PortalId, TenantId};
use domain::import::{Batch, Import, ImportPerson};
use domain::portal::Portal;
use go1::Go1Tokens;
use go1_access::Go1Access;
use importing::undo::Undo;
use jiff::SignedDuration;
use journeys::journey::Customer;
use platform::secrets::Secrets;
use stand_ins::go1::{Enrollment, UserAccount};
use stand_ins::{World, WorldSettings};
use state::conformance::Store;
use state::memory::Memory;
use state::{ImportReader as _, MemberReader as _, PortalReader as _};
use sweeper::Sweeper;
use tokio::time::{sleep, timeout};
use transport::RouterTransport;
use worker::Worker;
use xero_access::XeroAccess;

use crate::browser::{Browser, Hosts};
use crate::chance::{RigClock, SeededRandom};
use crate::customer::Visitor;
use crate::functions::{Functions, StateOf, Surroundings, Wiring};
use crate::gateway::Gateway;
use crate::queue::Queue;
use crate::recording::{Outgoing, Recording};
use crate::rights::TableRights;
use crate::settings::RigSettings;
use crate::steps::{Steps, Stops};

/// What one event has at most, as in `infra/template.yaml`.
const MESSAGES_PER_EVENT: usize = 10;

/// An import that needs more events than this hangs.
const MOST_EVENTS: usize = 2_000;

/// The whole product in one process, and the world around it.
pub struct Rig {
    /// Xero and GO1: what they hold, what they were asked, how they shall fail.
    pub world: World,
    /// What we keep.
    pub state: Memory,
    /// The queue and its dead letters.
    pub queue: Queue,
    /// The time, for all.
    pub clock: RigClock,
    settings: RigSettings,
    wiring: Wiring<Steps<Memory, Stops>>,
    functions: Functions,
    to_xero: Recording,
    to_go1: Recording,
    rights: Option<TableRights>,
}

impl Rig {
    /// A rig of this seed. Must be made, and used, where tokio's time is paused.
    pub fn new(seed: u64) -> Self {
        Self::with(RigSettings::of(seed))
    }

    /// A rig of these settings.
    pub fn with(settings: RigSettings) -> Self {
        let clock = RigClock::begin();
        let world =
            World::new(WorldSettings { seed: settings.seed, clock: Arc::new(clock.0), ..settings.world.clone() });
        let queue = Queue::new(Arc::new(clock), settings.visibility, settings.most_receives);
        let state = Memory::new(Arc::new(clock));
        let to_xero = Recording::of(RouterTransport::new(stand_ins::xero::router(world.clone())));
        let to_go1 = Recording::of(RouterTransport::new(stand_ins::go1::router(world.clone())));
        let rights = TableRights::of(clock, settings.on_a_table);
        let steps = Steps::new(Arc::new(state.clone()), Stops);
        let of_nobody = rights.as_ref().map(TableRights::table_of_nobody);
        let wiring = Wiring::new(Surroundings {
            state: Arc::new(steps.clone().shadowed_by(of_nobody)),
            xero: Arc::new(to_xero.clone()),
            go1: Arc::new(to_go1.clone()),
            queue: Arc::new(queue.clone()),
            return_path: Arc::new(queue.clone()),
            clock: Arc::new(clock),
            random: Arc::new(SeededRandom::new(settings.seed)),
            pace: settings.pace,
            pkce: settings.pkce,
            behind_an_edge: settings.behind_an_edge,
            invocation: settings.invocation,
            visibility: settings.visibility,
        });
        let tables = rights.as_ref().map(TableRights::tables);
        let wiring = wiring.with_state_of(tables.map(|table_of| -> StateOf<Steps<Memory, Stops>> {
            Arc::new(move |function| steps.clone().shadowed_by(Some(table_of(function))))
        }));
        let functions = Functions::start(&wiring);
        Self { world, state, queue, clock, settings, wiring, functions, to_xero, to_go1, rights }
    }

    /// What the functions asked of the table, where the rig stands on one as well.
    ///
    /// # Panics
    /// Where it does not.
    pub fn rights(&self) -> &TableRights {
        self.rights.as_ref().expect("it stands on a table")
    }

    /// The worker, to put something else into it.
    pub fn worker(&self) -> Worker {
        self.functions.worker.clone()
    }

    /// A worker over another state.
    pub fn worker_over<S: Store + 'static>(&self, state: S) -> Worker {
        self.wiring.over(Arc::new(state)).worker()
    }

    /// A sweeper over another state.
    pub fn sweeper_over<S: Store + 'static>(&self, state: S) -> Sweeper {
        self.wiring.over(Arc::new(state)).sweeper()
    }

    /// A customer in front of a new browser, whose pages are served over another state.
    pub fn visitor_over<S: Store + 'static>(&self, state: S, customer: &Customer) -> Visitor {
        Visitor::new(self.browser_of(self.wiring.over(Arc::new(state)).gateway()), *customer)
    }

    /// A customer in front of a new browser, whose pages are served by functions that begin now and read these secrets.
    pub fn visitor_reading(&self, secrets: &dyn Secrets, customer: &Customer) -> Visitor {
        Visitor::new(self.browser_of(self.wiring.gateway_reading(secrets)), *customer)
    }

    /// A worker whose secret of sealing keys has these instead.
    pub fn worker_sealing_with(&self, sealing_keys: &'static str) -> Worker {
        self.wiring.worker_sealing_with(sealing_keys)
    }

    /// A worker that reads its secrets from elsewhere.
    pub fn worker_reading(&self, secrets: &dyn Secrets) -> Worker {
        self.wiring.worker_reading(secrets)
    }

    /// GO1 with our tokens, as a function has it that reads its secrets from elsewhere.
    pub fn go1_access_reading(&self, secrets: &dyn Secrets) -> Go1Access {
        self.wiring.go1_access_reading(secrets)
    }

    /// Xero with our tokens, as a function has it that reads its secrets from elsewhere.
    pub fn xero_access_reading(&self, secrets: &dyn Secrets) -> XeroAccess {
        self.wiring.xero_access_reading(secrets)
    }

    /// GO1 with our tokens, as the functions have it.
    pub fn go1_access(&self) -> Go1Access {
        self.wiring.go1_access()
    }

    /// Xero with our tokens, as the functions have it.
    pub fn xero_access(&self) -> XeroAccess {
        self.wiring.xero_access()
    }

    /// What takes imports back, without the pages around it.
    pub fn undo(&self) -> Undo {
        self.functions.undo.clone()
    }

    /// Every request that we sent to Xero.
    pub fn sent_to_xero(&self) -> Vec<Outgoing> {
        self.to_xero.requests()
    }

    /// Every request that we sent to GO1.
    pub fn sent_to_go1(&self) -> Vec<Outgoing> {
        self.to_go1.requests()
    }

    /// The shipped router of each function with pages, by the function's name in the template.
    pub fn routers(&self) -> &[(&'static str, Router)] {
        &self.functions.gateway.functions
    }

    /// The functions with pages as the HTTP API puts them together, for whoever asks over a socket.
    pub fn app(&self) -> Router {
        self.functions.gateway.router()
    }

    /// A new browser, with nobody's cookies.
    pub fn browser(&self) -> Browser {
        self.browser_of(self.functions.gateway.clone())
    }

    fn browser_of(&self, app: Gateway) -> Browser {
        Browser::new(Hosts {
            app,
            xero: stand_ins::xero::router(self.world.clone()),
            go1: stand_ins::go1::router(self.world.clone()),
        })
    }

    /// A customer in front of a new browser.
    pub fn visitor(&self, customer: &Customer) -> Visitor {
        Visitor::new(self.browser(), *customer)
    }

    /// Lets time pass.
    pub async fn wait(&self, duration: Duration) {
        sleep(duration).await;
    }

    /// Takes the next messages off the queue, as the event source mapping does.
    pub fn receive(&self) -> Option<SqsEvent> {
        self.queue.receive(MESSAGES_PER_EVENT)
    }

    /// One invocation of the worker; `None` where its time ran out and it was killed.
    pub async fn invoke(&self, event: SqsEvent) -> Option<SqsBatchResponse> {
        self.invoke_for(event, self.settings.invocation).await
    }

    /// One event from the queue through this worker and back.
    ///
    /// # Panics
    /// Where nothing can be received, or the invocation takes too long.
    pub async fn deliver_to(&self, worker: &Worker) {
        let event = self.receive().expect("a message");
        let longest = self.settings.invocation;
        let response = timeout(longest, worker::handle(worker, event.clone(), longest)).await;
        self.settle(&event, Some(response.expect("it ends in time")));
    }

    /// One invocation of the worker that may take only so long.
    pub async fn invoke_for(&self, event: SqsEvent, time: Duration) -> Option<SqsBatchResponse> {
        timeout(time, worker::handle(&self.functions.worker, event, time)).await.ok()
    }

    /// Deletes the messages of an event that the worker did not report, as the event source mapping does.
    pub fn settle(&self, event: &SqsEvent, response: Option<SqsBatchResponse>) {
        self.queue.settle(event, response);
    }

    /// One event from the queue through the worker and back; `false` where nothing could be received.
    pub async fn deliver(&self) -> bool {
        let Some(event) = self.receive() else { return false };
        let response = self.invoke(event.clone()).await;
        self.settle(&event, response);
        true
    }

    /// Delivers until the queue is empty, waiting for what is hidden, and returns how many events that took.
    ///
    /// # Panics
    /// Where it never is.
    pub async fn pump(&self) -> usize {
        for events in 0..MOST_EVENTS {
            while !self.deliver().await {
                match self.queue.next_showing() {
                    None => return events,
                    Some(then) => {
                        let hidden = then.duration_since(self.clock.now());
                        sleep(Duration::try_from(hidden).unwrap_or_default()).await;
                    }
                }
            }
        }
        panic!("the queue does not get empty");
    }

    /// One round of the sweeper.
    ///
    /// # Panics
    /// Where the state fails, which memory does not.
    pub async fn sweep(&self) {
        sweeper::sweep(&self.functions.sweeper).await.expect("memory answers");
    }

    /// The owner of a customer's portal logs in with GO1, and the new tokens are kept.
    ///
    /// # Panics
    /// Where there is no portal, or memory does not answer.
    pub async fn log_in_with_go1(&self, customer: &Customer) {
        let portal = self.portal(customer);
        let tokens = self.world.go1().log_in(portal.as_str()).expect("somebody administers it");
        let tokens = Go1Tokens {
            access_token: tokens.access_token.into(),
            refresh_token: tokens.refresh_token.into(),
            expires_at: self.clock.now() + SignedDuration::from_hours(12),
        };
        self.go1_access().keep(&portal, tokens).await.expect("memory answers");
    }

    /// The Xero id of a customer's organisation.
    ///
    /// # Panics
    /// Where Xero has no such organisation.
    pub fn tenant(&self, customer: &Customer) -> TenantId {
        let organisation = self.world.xero().organisation(customer.organisation).expect("an organisation of the world");
        TenantId::new(organisation.tenant_id)
    }

    /// The portals that GO1 has for a customer's organisation: at most one, whatever happens.
    pub fn portals(&self, customer: &Customer) -> Vec<PortalId> {
        let tenant = self.tenant(customer);
        let ours = self.world.go1().portals().into_iter();
        let ours = ours.filter(|portal| portal.external_customer_id.as_deref() == Some(tenant.as_str()));
        ours.map(|portal| PortalId::new(portal.id)).collect()
    }

    /// The portal of a customer's organisation.
    ///
    /// # Panics
    /// Where GO1 has none, or several.
    pub fn portal(&self, customer: &Customer) -> PortalId {
        let mut portals = self.portals(customer);
        assert_eq!(portals.len(), 1, "one portal for {}", customer.organisation);
        portals.remove(0)
    }

    /// A customer's portal as we keep it.
    ///
    /// # Panics
    /// Where we keep none.
    pub async fn kept_portal(&self, customer: &Customer) -> Portal {
        let portal = self.state.find_portal(&self.portal(customer)).await.expect("memory answers");
        portal.expect("the portal is kept")
    }

    /// Nobody holds a place who is no member, and no member is without one.
    ///
    /// # Panics
    /// Where it is otherwise.
    pub async fn places_are_members(&self, customer: &Customer) {
        let members = self.state.members(&self.portal(customer)).await.expect("memory answers");
        assert_eq!(self.kept_portal(customer).await.places_used as usize, members.len(), "{members:?}");
    }

    /// The people whom GO1 holds in a customer's portal, without the owner who signed up.
    pub fn learners(&self, customer: &Customer) -> Vec<UserAccount> {
        let mut accounts = self.world.go1().user_accounts(self.portal(customer).as_str());
        accounts.retain(|account| account.email != customer.xero_user);
        accounts
    }

    /// The enrolments that GO1 holds in a customer's portal.
    pub fn enrollments(&self, customer: &Customer) -> Vec<Enrollment> {
        self.world.go1().enrollments(self.portal(customer).as_str())
    }

    /// An import as we keep it.
    ///
    /// # Panics
    /// Where we keep none.
    pub async fn kept_import(&self, customer: &Customer, import: &ImportId) -> Import {
        let found = self.state.find_import(&self.portal(customer), import).await.expect("memory answers");
        found.expect("the import is kept")
    }

    /// The people of an import as we keep them.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn kept_people(&self, customer: &Customer, import: &ImportId) -> Vec<ImportPerson> {
        self.state.import_people(&self.portal(customer), import).await.expect("memory answers")
    }

    /// The batches of an import as we keep them.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn kept_batches(&self, customer: &Customer, import: &ImportId) -> Vec<Batch> {
        self.state.batches(&self.portal(customer), import).await.expect("memory answers")
    }
}
