//! Places to be killed at. Memory answers without ever waiting, so nothing could be cut between two of its steps: here
//! each step of the state is a place to stop, before it and after it.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::counted_connection::CountedConnection;
use domain::erasure::{Erasure, Receipt, Removed};
use domain::go1_login::Go1LoginAttempt;
use domain::ids::{
    ConnectionId, EmployeeId, ImportId, LearningObjectId, PlanDigest, PortalId, ReceiptId, SessionHash, SignUpId,
    StateHash, TenantId, XeroUserId,
};
use domain::import::{AttemptEnd, Batch, Ending, Import, ImportPerson, Outcome, Wait};
use domain::member::Member;
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::{Session, SessionOwner};
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use jiff::Timestamp;
use state::dynamodb::DynamoDb;
use state::{
    AcceptRefused, ActiveImport, ActiveImports, AuditTrail, BatchRead, BeginRefused, Consents, CountedConnections,
    Counters, Erasures, Go1Logins, GrantOwner, Grants, ImportAcceptance, ImportReader, ImportWork, Lease, MemberReader,
    Members, PlanReader, Plans, PortalReader, Portals, ReceiptReader, Sessions, SignUpReader, SignUps, StateError,
    StoredGrant, TenantReader, Tenants, XeroLogins,
};
use tokio::task::yield_now;

/// One step of a state, by the name of its function, and whether it changes what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It only looks.
    Read(&'static str),
    /// It changes what is kept, or may.
    Write(&'static str),
}

/// What happens around each step of a state.
#[async_trait]
pub trait StepHook: Send + Sync + 'static {
    /// What is told from before a step to after it.
    type Context: Send;

    /// Before this step; an error stands for the table's, and the step is not taken.
    async fn before(&self, step: Step) -> Result<Self::Context, StateError>;

    /// Whether the step is taken twice: the first answer was lost on its way, and the SDK asked again.
    fn is_repeated(&self, _: &Self::Context) -> bool {
        false
    }

    /// Between the two times that a step is taken: the SDK asks again only after a while.
    async fn before_repetition(&self, _: &Self::Context) {}

    /// After the step was taken; an error takes the place of its answer.
    async fn after(&self, _: Self::Context) -> Result<(), StateError> {
        Ok(())
    }
}

/// Stops, and goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stops;

#[async_trait]
impl StepHook for Stops {
    type Context = ();

    async fn before(&self, _: Step) -> Result<(), StateError> {
        yield_now().await;
        Ok(())
    }

    async fn after(&self, (): ()) -> Result<(), StateError> {
        yield_now().await;
        Ok(())
    }
}

/// A state with a hook around every step.
#[derive(Clone, Debug)]
pub struct Steps<S: ?Sized, G> {
    state: Arc<S>,
    hook: G,
    /// A table on which every step is taken as well, by the shipped adapter, and whose answers nobody hears.
    shadow: Option<Arc<DynamoDb>>,
}

impl<S: ?Sized, G: StepHook> Steps<S, G> {
    /// Puts `hook` around the steps of `state`.
    pub fn new(state: Arc<S>, hook: G) -> Self {
        Self { state, hook, shadow: None }
    }

    /// Takes every step on that table as well: what it is asked for then is what the state's steps come to there.
    pub(crate) fn shadowed_by(self, table: Option<DynamoDb>) -> Self {
        Self { shadow: table.map(Arc::new), ..self }
    }

    async fn step<T, E: From<StateError>, F: Future<Output = Result<T, E>>>(
        &self,
        step: Step,
        work: impl Fn() -> F,
    ) -> Result<T, E> {
        let context = self.hook.before(step).await?;
        let mut done = work().await;
        if self.hook.is_repeated(&context) {
            self.hook.before_repetition(&context).await;
            done = work().await;
        }
        self.hook.after(context).await?;
        done
    }
}

/// The traits of the state, each of their functions with a hook around it. A function stands under what it does: one that
/// is new has no hook, and does not compile, before it stands under one of the two.
macro_rules! stepped {
    ($($trait:ident:
        $(reads { $(fn $read:ident($($with:ident: $of:ty),*) -> $read_answer:ty;)* })?
        $(writes { $(fn $write:ident($($argument:ident: $kind:ty),*) -> $write_answer:ty;)* })?
    ;)*) => {
        /// Every step of a state.
        #[cfg(test)]
        const STEPS: &[Step] = &[$(
            $($(Step::Read(stringify!($read)),)*)?
            $($(Step::Write(stringify!($write)),)*)?
        )*];

        $(
            #[async_trait]
            impl<S: $trait + ?Sized, G: StepHook> $trait for Steps<S, G> {
                $($(async fn $read(&self, $($with: $of),*) -> $read_answer {
                    let step = Step::Read(stringify!($read));
                    let answer = self.step(step, || self.state.$read($(Clone::clone(&$with)),*)).await;
                    if let Some(shadow) = &self.shadow {
                        drop(shadow.$read($(Clone::clone(&$with)),*).await);
                    }
                    answer
                })*)?
                $($(async fn $write(&self, $($argument: $kind),*) -> $write_answer {
                    let step = Step::Write(stringify!($write));
                    let answer = self.step(step, || self.state.$write($(Clone::clone(&$argument)),*)).await;
                    if let Some(shadow) = &self.shadow {
                        drop(shadow.$write($(Clone::clone(&$argument)),*).await);
                    }
                    answer
                })*)?
            }
        )*
    };
}

type Kept<T> = Result<T, StateError>;

stepped! {
    ImportReader: reads {
        fn find_import(portal: &PortalId, import: &ImportId) -> Kept<Option<Import>>;
        fn imports_of(portal: &PortalId) -> Kept<Vec<Import>>;
        fn import_people(portal: &PortalId, import: &ImportId) -> Kept<Vec<ImportPerson>>;
        fn import_people_lately(portal: &PortalId, import: &ImportId) -> Kept<Vec<ImportPerson>>;
        fn people_of(portal: &PortalId, import: &ImportId, people: &[EmployeeId]) -> Kept<Vec<ImportPerson>>;
        fn batches(portal: &PortalId, import: &ImportId) -> Kept<Vec<Batch>>;
        fn find_batch(portal: &PortalId, import: &ImportId, number: u32) -> Kept<Option<Batch>>;
        fn find_batch_with_people(portal: &PortalId, import: &ImportId, number: u32, people: &[EmployeeId]) -> Kept<BatchRead>;
    };
    ImportAcceptance: writes {
        fn accept_import(import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused>;
        fn add_people(import: &Import, people: &[ImportPerson], until: Timestamp) -> Kept<()>;
        fn start_import(portal: &PortalId, import: &ImportId) -> Kept<bool>;
        fn record_send(portal: &PortalId, import: &ImportId, was: u32) -> Kept<u32>;
        fn mark_sent(portal: &PortalId, id: &ImportId, send: u32, taken: &[u32], left: &[u32], at: Timestamp) -> Kept<()>;
    };
    ImportWork: writes {
        fn begin_attempt(portal: &PortalId, import: &ImportId, batch: Batch, now: Timestamp) -> Kept<Batch>;
        fn end_attempt(portal: &PortalId, import: &ImportId, batch: &Batch, end: AttemptEnd) -> Kept<Batch>;
        fn drop_batch(portal: &PortalId, import: &ImportId, batch: &Batch) -> Kept<()>;
        fn end_person(portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome) -> Kept<()>;
        fn end_person_with_member(
            portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome,
            before: Option<&Member>, after: Option<&Member>, batch: Option<&Batch>) -> Kept<()>;
        fn set_wait(portal: &PortalId, import: &ImportId, wait: &Wait, asked_until: Option<Timestamp>) -> Kept<()>;
        fn end_wait(portal: &PortalId, import: &ImportId, wait: &Wait) -> Kept<()>;
        fn set_assignable(portal: &PortalId, import: &ImportId, courses: &[LearningObjectId]) -> Kept<()>;
        fn resume_import(portal: &PortalId, import: &ImportId, was: Option<Timestamp>, at: Timestamp) -> Kept<()>;
        fn mark_unsent(portal: &PortalId, import: &ImportId, send: u32, batches: &[u32]) -> Kept<()>;
        fn stop_import(portal: &PortalId, import: &ImportId, at: Timestamp) -> Kept<()>;
        fn end_import(portal: &PortalId, import: &ImportId, ending: &Ending, at: Timestamp) -> Kept<()>;
    };
    ActiveImports: reads {
        fn active_imports() -> Kept<Vec<ActiveImport>>;
        fn sweep_cursor() -> Kept<Option<ActiveImport>>;
    } writes {
        fn put_sweep_cursor(last: &ActiveImport) -> Kept<()>;
    };
    Counters: writes {
        fn count(name: &str, kept_until: Timestamp) -> Kept<u32>;
        fn uncount(name: &str) -> Kept<()>;
        fn key_of_day(day: &str, new: &str, kept_until: Timestamp) -> Kept<String>;
    };
    ReceiptReader: reads {
        fn find_receipt(id: &ReceiptId) -> Kept<Option<Receipt>>;
    };
    Erasures: reads {
        fn held(portal: &PortalId, tenant: &TenantId, sign_up: &SignUpId) -> Kept<Removed>;
        fn find_erasure(portal: &PortalId) -> Kept<Option<Erasure>>;
        fn erasures() -> Kept<Vec<Erasure>>;
        fn xero_users_of(sign_up: &SignUpId) -> Kept<Vec<XeroUserId>>;
    } writes {
        fn begin_erasure(erasure: &Erasure, receipt: &Receipt) -> Result<(), BeginRefused>;
        fn put_receipt(receipt: &Receipt) -> Kept<()>;
        fn end_erasure(portal: &PortalId, sign_up: &SignUpId) -> Kept<()>;
        fn erase_plans(tenant: &TenantId) -> Kept<()>;
        fn erase_imports(portal: &PortalId) -> Kept<()>;
        fn erase_members(portal: &PortalId) -> Kept<()>;
        fn erase_login(user: &XeroUserId, sign_up: &SignUpId) -> Kept<()>;
        fn erase_sessions(owner: &SessionOwner) -> Kept<()>;
        fn erase_sign_up(sign_up: &SignUpId) -> Kept<()>;
        fn erase_people_of_audit(sign_up: &SignUpId) -> Kept<()>;
    };
    SignUpReader: reads {
        fn find_sign_up(id: &SignUpId) -> Kept<Option<SignUp>>;
    };
    SignUps: writes {
        fn add_sign_up(sign_up: &SignUp) -> Kept<()>;
        fn replace_sign_up(sign_up: SignUp) -> Kept<SignUp>;
    };
    XeroLogins: reads {
        fn sign_ups_of(user: &XeroUserId) -> Kept<Vec<SignUpId>>;
    } writes {
        fn add_sign_up_of(user: &XeroUserId, sign_up: &SignUpId) -> Kept<()>;
    };
    Sessions: reads {
        fn find_session(hash: &SessionHash) -> Kept<Option<Session>>;
        fn sessions_of(owner: &SessionOwner) -> Kept<Vec<Session>>;
    } writes {
        fn record_use(session: &Session, at: Timestamp) -> Kept<()>;
        fn add_session(session: &Session) -> Kept<()>;
        fn remove_session(hash: &SessionHash) -> Kept<()>;
    };
    Consents: reads {
        fn find_consent(state: &StateHash) -> Kept<Option<ConsentAttempt>>;
    } writes {
        fn add_consent(attempt: &ConsentAttempt) -> Kept<()>;
        fn complete_consent(attempt: &ConsentAttempt) -> Kept<()>;
    };
    Go1Logins: reads {
        fn find_go1_login(state: &StateHash) -> Kept<Option<Go1LoginAttempt>>;
    } writes {
        fn add_go1_login(attempt: &Go1LoginAttempt) -> Kept<()>;
        fn complete_go1_login(attempt: &Go1LoginAttempt) -> Kept<()>;
    };
    PlanReader: reads {
        fn find_plan(tenant: &TenantId, digest: &PlanDigest) -> Kept<Option<Plan>>;
    };
    Plans: writes {
        fn put_plan(plan: &Plan) -> Kept<PlanDigest>;
        fn put_choices(plan: &Plan) -> Kept<()>;
    };
    AuditTrail: reads {
        fn audit_of(sign_up: &SignUpId) -> Kept<Vec<AuditEntry>>;
        fn newest_audit_of(sign_up: &SignUpId, most: usize) -> Kept<Vec<AuditEntry>>;
        fn audit_since(sign_up: &SignUpId, since: Timestamp, most: usize) -> Kept<Vec<AuditEntry>>;
    } writes {
        fn append_audit(entry: &AuditEntry) -> Kept<()>;
    };
    TenantReader: reads {
        fn find_tenant(id: &TenantId) -> Kept<Option<Tenant>>;
    };
    Tenants: writes {
        fn put_tenant(tenant: Tenant) -> Kept<Tenant>;
        fn remove_tenant(tenant: &Tenant) -> Kept<()>;
        fn connect_portal(tenant: Tenant, portal: &Portal) -> Kept<Tenant>;
    };
    CountedConnections: reads {
        fn counted_connections() -> Kept<Vec<CountedConnection>>;
    } writes {
        fn count_connection(connection: &CountedConnection) -> Kept<()>;
        fn discount_connection(connection: &ConnectionId) -> Kept<()>;
    };
    PortalReader: reads {
        fn find_portal(id: &PortalId) -> Kept<Option<Portal>>;
    };
    Portals: writes {
        fn add_portal(portal: &Portal) -> Kept<()>;
    };
    MemberReader: reads {
        fn members(portal: &PortalId) -> Kept<Vec<Member>>;
        fn find_member(portal: &PortalId, employee: &EmployeeId) -> Kept<Option<Member>>;
    };
    Members: writes {
        fn add_member(portal: &PortalId, member: &Member) -> Kept<()>;
        fn change_member(portal: &PortalId, before: &Member, after: &Member) -> Kept<Member>;
    };
    Grants: reads {
        fn find_grant(owner: &GrantOwner) -> Kept<Option<StoredGrant>>;
    } writes {
        fn put_grant(owner: &GrantOwner, sealed: &str, access_expires_at: Timestamp) -> Kept<()>;
        fn limit_grant(owner: &GrantOwner, until: Timestamp) -> Kept<()>;
        fn lease_grant(owner: &GrantOwner, generation: u64, lease: &Lease, now: Timestamp) -> Kept<()>;
        fn renew_grant(owner: &GrantOwner, generation: u64, sealed: &str, access_expires_at: Timestamp) -> Kept<()>;
        fn reseal_grant(owner: &GrantOwner, generation: u64, sealed: &str) -> Kept<()>;
        fn refuse_grant(
            owner: &GrantOwner, generation: u64, holder: &str, sealed: &str, refused_at: Timestamp
        ) -> Kept<()>;
        fn release_grant(owner: &GrantOwner, holder: &str) -> Kept<()>;
        fn erase_grant(owner: &GrantOwner) -> Kept<()>;
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use state::conformance::{self, Sizes};
    use state::memory::Memory;

    use super::*;

    /// Sees of each step whether it ever changed what is kept.
    struct Watched {
        state: Memory,
        changed: Arc<Mutex<BTreeMap<Step, bool>>>,
    }

    impl Watched {
        fn items(&self) -> Vec<String> {
            let mut items = self.state.items();
            items.sort();
            items
        }
    }

    #[async_trait]
    impl StepHook for Watched {
        type Context = (Step, Vec<String>);

        async fn before(&self, step: Step) -> Result<Self::Context, StateError> {
            Ok((step, self.items()))
        }

        fn is_repeated(&self, _: &Self::Context) -> bool {
            false
        }

        async fn after(&self, (step, before): Self::Context) -> Result<(), StateError> {
            *self.changed.lock().expect("no panic inside").entry(step).or_default() |= self.items() != before;
            Ok(())
        }
    }

    /// The conformance of the state takes every step, the writing ones also where they change something.
    #[tokio::test(start_paused = true)]
    async fn a_step_changes_what_is_kept_where_it_says_that_it_writes_and_never_where_it_says_that_it_reads() {
        let changed = Arc::default();
        // Each part on a state of its own, because all that is kept is looked at before and after every step.
        let fresh = || {
            let watched =
                Watched { state: Memory::new(Arc::new(conformance::SuiteClock)), changed: Arc::clone(&changed) };
            Steps::new(Arc::new(watched.state.clone()), watched)
        };
        conformance::a_sign_up_is_kept(&fresh(), "steps").await;
        conformance::audit_is_kept(&fresh(), "steps").await;
        conformance::counters_count(&fresh(), "steps").await;
        conformance::plans_are_whole(&fresh(), "steps", Sizes::FEW).await;
        conformance::organisations_are_kept(&fresh(), "steps", Sizes::FEW).await;
        conformance::grants_are_leased(&fresh(), "steps").await;
        conformance::imports_are_accepted(&fresh(), "steps", Sizes::FEW).await;
        conformance::imports_are_worked_on(&fresh(), "steps").await;
        conformance::portals_are_erased(&fresh(), "steps", Sizes::FEW).await;
        conformance::what_is_past_its_time_is_not_there(&fresh(), "steps").await;
        let changed = changed.lock().expect("no panic inside");
        for step in STEPS {
            let shows = matches!(step, Step::Write(_));
            assert_eq!(changed.get(step), Some(&shows), "{step:?}: whether it ever changed anything");
        }
    }
}
