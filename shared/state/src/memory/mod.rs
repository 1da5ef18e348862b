//! The traits in memory, under one lock: for tests. It never deletes by time; the table does so late, if at all.

mod grants;
mod imports;
mod journey;
mod organisations;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::ids::{EmployeeId, ImportId, PlanDigest, PortalId, SessionHash, SignUpId, StateHash, TenantId, XeroUserId};
use domain::import::{Batch, Import, ImportPerson};
use domain::member::Member;
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::Session;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;

use crate::{GrantOwner, StoredGrant};

/// Everything that is kept, in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

/// An import is its portal's.
type ImportKey = (PortalId, ImportId);

#[derive(Debug, Default)]
struct Kept {
    sign_ups: HashMap<SignUpId, SignUp>,
    xero_logins: HashMap<XeroUserId, BTreeSet<SignUpId>>,
    sessions: HashMap<SessionHash, Session>,
    consents: HashMap<StateHash, ConsentAttempt>,
    plans: HashMap<(TenantId, PlanDigest), Plan>,
    audit: Vec<AuditEntry>,
    tenants: HashMap<TenantId, Tenant>,
    portals: HashMap<PortalId, Portal>,
    members: HashMap<PortalId, BTreeMap<EmployeeId, Member>>,
    grants: HashMap<GrantOwner, StoredGrant>,
    imports: BTreeMap<ImportKey, Import>,
    people: HashMap<ImportKey, BTreeMap<EmployeeId, ImportPerson>>,
    batches: HashMap<ImportKey, BTreeMap<u32, Batch>>,
}

impl Memory {
    /// All of it, for one operation. A test that panicked elsewhere left no operation half done.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
