//! Kills. Memory answers without ever waiting, so nothing could be cut between two of its steps: here each step of the
//! state is a place to stop, before it and after it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::erasure::{Erasure, Receipt, Removed};
use domain::go1_login::Go1Login;
use domain::ids::{
    EmployeeId, ImportId, PlanDigest, PortalId, ReceiptId, SessionHash, SignUpId, StateHash, TenantId, XeroUserId,
};
use domain::import::{Batch, Ending, Import, ImportPerson, Outcome, Wait};
use domain::member::Member;
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::{Session, SessionOwner};
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use jiff::Timestamp;
use state::{
    AcceptRefused, ActiveImport, ActiveImports, AuditTrail, BeginRefused, Consents, Erasures, Go1Logins, GrantOwner,
    Grants, ImportAcceptance, ImportReader, ImportWork, Lease, MemberReader, Members, PlanReader, Plans, PortalReader,
    Portals, ReceiptReader, Sessions, SignUpReader, SignUps, StateError, StoredGrant, TenantReader, Tenants,
    XeroLogins,
};
use tokio::task::yield_now;

/// Runs `future` until it has stopped to wait `stops` times, and drops it there: what a crash leaves of it. `Some` where
/// it ended before.
pub async fn killed_at<F: Future>(stops: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut stopped = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if stopped >= stops => Poll::Ready(None),
        Poll::Pending => {
            stopped += 1;
            Poll::Pending
        }
    })
    .await
}

/// What happens around each step of a state.
#[async_trait]
pub trait Seam: Send + Sync + 'static {
    /// What is told from before a step to after it.
    type Fate: Send;

    /// Before the step of this name; an error stands for the table's, and the step is not taken.
    async fn before(&self, step: &'static str) -> Result<Self::Fate, StateError>;

    /// Whether the step is taken twice: the first answer was lost on its way, and the SDK asked again.
    fn is_repeated(&self, fate: &Self::Fate) -> bool;

    /// After the step was taken; an error takes the place of its answer.
    async fn after(&self, fate: Self::Fate) -> Result<(), StateError>;
}

/// Stops, and goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stops;

#[async_trait]
impl Seam for Stops {
    type Fate = ();

    async fn before(&self, _: &'static str) -> Result<(), StateError> {
        yield_now().await;
        Ok(())
    }

    fn is_repeated(&self, (): &()) -> bool {
        false
    }

    async fn after(&self, (): ()) -> Result<(), StateError> {
        yield_now().await;
        Ok(())
    }
}

/// A state with a seam around every step.
#[derive(Clone, Debug)]
pub struct Steps<S, G> {
    state: Arc<S>,
    seam: G,
}

impl<S, G: Seam> Steps<S, G> {
    /// Puts `seam` around the steps of `state`.
    pub fn new(state: Arc<S>, seam: G) -> Self {
        Self { state, seam }
    }

    async fn step<T, E: From<StateError>, F: Future<Output = Result<T, E>>>(
        &self,
        name: &'static str,
        work: impl Fn() -> F,
    ) -> Result<T, E> {
        let fate = self.seam.before(name).await?;
        let mut done = work().await;
        if self.seam.is_repeated(&fate) {
            done = work().await;
        }
        self.seam.after(fate).await?;
        done
    }
}

/// A trait of the state, each of its functions with a seam around it.
macro_rules! stepped {
    ($trait:ident { $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl<S: $trait, G: Seam> $trait for Steps<S, G> {
            $(async fn $name(&self, $($argument: $kind),*) -> $answer {
                self.step(stringify!($name), || self.state.$name($(Clone::clone(&$argument)),*)).await
            })*
        }
    };
}

type Kept<T> = Result<T, StateError>;

stepped!(ImportReader {
    fn find_import(portal: &PortalId, import: &ImportId) -> Kept<Option<Import>>;
    fn imports_of(portal: &PortalId) -> Kept<Vec<Import>>;
    fn import_people(portal: &PortalId, import: &ImportId) -> Kept<Vec<ImportPerson>>;
    fn people_of(portal: &PortalId, import: &ImportId, people: &[EmployeeId]) -> Kept<Vec<ImportPerson>>;
    fn batches(portal: &PortalId, import: &ImportId) -> Kept<Vec<Batch>>;
    fn find_batch(portal: &PortalId, import: &ImportId, number: u32) -> Kept<Option<Batch>>;
});

stepped!(ImportAcceptance {
    fn accept_import(import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused>;
    fn add_people(import: &Import, people: &[ImportPerson], until: Timestamp) -> Kept<()>;
    fn start_import(portal: &PortalId, import: &ImportId) -> Kept<bool>;
    fn record_send(portal: &PortalId, import: &ImportId, was: u32) -> Kept<u32>;
    fn mark_sent(portal: &PortalId, import: &ImportId, send: u32, unsent: &[u32], at: Timestamp) -> Kept<()>;
});

stepped!(ImportWork {
    fn begin_attempt(portal: &PortalId, import: &ImportId, batch: Batch, now: Timestamp) -> Kept<Batch>;
    fn give_back(portal: &PortalId, import: &ImportId, batch: &Batch, failed: bool) -> Kept<Batch>;
    fn drop_batch(portal: &PortalId, import: &ImportId, number: u32) -> Kept<()>;
    fn end_person(portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome) -> Kept<()>;
    fn fail_person(
        portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome, before: Option<&Member>,
        after: Option<&Member>
    ) -> Kept<()>;
    fn set_wait(portal: &PortalId, import: &ImportId, wait: &Wait) -> Kept<()>;
    fn end_wait(portal: &PortalId, import: &ImportId, wait: &Wait) -> Kept<()>;
    fn stop_import(portal: &PortalId, import: &ImportId, at: Timestamp) -> Kept<()>;
    fn end_import(portal: &PortalId, import: &ImportId, ending: &Ending, at: Timestamp) -> Kept<()>;
});

stepped!(ActiveImports {
    fn active_imports() -> Kept<Vec<ActiveImport>>;
});

stepped!(ReceiptReader {
    fn find_receipt(id: &ReceiptId) -> Kept<Option<Receipt>>;
});

stepped!(Erasures {
    fn held(portal: &PortalId, tenant: &TenantId, sign_up: &SignUpId) -> Kept<Removed>;
    fn begin_erasure(erasure: &Erasure, receipt: &Receipt) -> Result<(), BeginRefused>;
    fn find_erasure(portal: &PortalId) -> Kept<Option<Erasure>>;
    fn erasures() -> Kept<Vec<Erasure>>;
    fn put_receipt(receipt: &Receipt) -> Kept<()>;
    fn end_erasure(portal: &PortalId, sign_up: &SignUpId) -> Kept<()>;
    fn erase_plans(tenant: &TenantId) -> Kept<()>;
    fn erase_imports(portal: &PortalId) -> Kept<()>;
    fn erase_members(portal: &PortalId) -> Kept<()>;
    fn xero_users_of(sign_up: &SignUpId) -> Kept<Vec<XeroUserId>>;
    fn erase_login(user: &XeroUserId, sign_up: &SignUpId) -> Kept<()>;
    fn erase_sessions(owner: &SessionOwner) -> Kept<()>;
    fn erase_sign_up(sign_up: &SignUpId) -> Kept<()>;
    fn erase_people_of_audit(sign_up: &SignUpId) -> Kept<()>;
});

stepped!(SignUpReader {
    fn find_sign_up(id: &SignUpId) -> Kept<Option<SignUp>>;
});

stepped!(SignUps {
    fn add_sign_up(sign_up: &SignUp) -> Kept<()>;
    fn replace_sign_up(sign_up: SignUp) -> Kept<SignUp>;
});

stepped!(XeroLogins {
    fn add_sign_up_of(user: &XeroUserId, sign_up: &SignUpId) -> Kept<()>;
    fn sign_ups_of(user: &XeroUserId) -> Kept<Vec<SignUpId>>;
});

stepped!(Sessions {
    fn find_session(hash: &SessionHash) -> Kept<Option<Session>>;
    fn add_session(session: &Session) -> Kept<()>;
    fn remove_session(hash: &SessionHash) -> Kept<()>;
});

stepped!(Consents {
    fn add_consent(attempt: &ConsentAttempt) -> Kept<()>;
    fn find_consent(state: &StateHash) -> Kept<Option<ConsentAttempt>>;
    fn complete_consent(attempt: &ConsentAttempt) -> Kept<()>;
});

stepped!(Go1Logins {
    fn add_go1_login(attempt: &Go1Login) -> Kept<()>;
    fn find_go1_login(state: &StateHash) -> Kept<Option<Go1Login>>;
    fn complete_go1_login(attempt: &Go1Login) -> Kept<()>;
});

stepped!(PlanReader {
    fn find_plan(tenant: &TenantId, digest: &PlanDigest) -> Kept<Option<Plan>>;
});

stepped!(Plans {
    fn put_plan(plan: &Plan) -> Kept<PlanDigest>;
});

stepped!(AuditTrail {
    fn append_audit(entry: &AuditEntry) -> Kept<()>;
    fn audit_of(sign_up: &SignUpId) -> Kept<Vec<AuditEntry>>;
});

stepped!(TenantReader {
    fn find_tenant(id: &TenantId) -> Kept<Option<Tenant>>;
});

stepped!(Tenants {
    fn put_tenant(tenant: Tenant) -> Kept<Tenant>;
    fn connect_portal(tenant: Tenant, portal: &Portal) -> Kept<Tenant>;
});

stepped!(PortalReader {
    fn find_portal(id: &PortalId) -> Kept<Option<Portal>>;
});

stepped!(Portals {
    fn add_portal(portal: &Portal) -> Kept<()>;
});

stepped!(MemberReader {
    fn members(portal: &PortalId) -> Kept<Vec<Member>>;
    fn find_member(portal: &PortalId, employee: &EmployeeId) -> Kept<Option<Member>>;
});

stepped!(Members {
    fn add_member(portal: &PortalId, member: &Member) -> Kept<()>;
    fn change_member(portal: &PortalId, before: &Member, after: &Member) -> Kept<()>;
});

stepped!(Grants {
    fn find_grant(owner: &GrantOwner) -> Kept<Option<StoredGrant>>;
    fn put_grant(owner: &GrantOwner, sealed: &str, access_expires_at: Timestamp) -> Kept<()>;
    fn limit_grant(owner: &GrantOwner, until: Timestamp) -> Kept<()>;
    fn lease_grant(owner: &GrantOwner, generation: u64, lease: &Lease, now: Timestamp) -> Kept<()>;
    fn renew_grant(
        owner: &GrantOwner, generation: u64, holder: &str, sealed: &str, access_expires_at: Timestamp
    ) -> Kept<()>;
    fn release_grant(owner: &GrantOwner, holder: &str) -> Kept<()>;
    fn erase_grant(owner: &GrantOwner) -> Kept<()>;
});
