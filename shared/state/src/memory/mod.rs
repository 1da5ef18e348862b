//! The traits in memory, under one lock: for tests. It never deletes by time; the table does so late, if at all.

mod counters;
mod erasure;
mod grants;
mod imports;
mod organisations;
mod sign_ups;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::counted_connection::CountedConnection;
use domain::erasure::{Erasure, Receipt};
use domain::go1_login::Go1LoginAttempt;
use domain::ids::{
    ConnectionId, EmployeeId, ImportId, PlanDigest, PortalId, ReceiptId, SessionHash, SignUpId, StateHash, TenantId,
    XeroUserId,
};
use domain::import::{Batch, Import, ImportPerson};
use domain::member::Member;
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::Session;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use serde::Serialize;

use crate::{ActiveImport, GrantOwner, StoredGrant};

/// Everything that is kept, in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

/// An import is its portal's.
type ImportKey = (PortalId, ImportId);

#[derive(Clone, Debug, Default)]
struct Kept {
    sign_ups: HashMap<SignUpId, SignUp>,
    xero_logins: HashMap<XeroUserId, BTreeSet<SignUpId>>,
    sessions: HashMap<SessionHash, Session>,
    consents: HashMap<StateHash, ConsentAttempt>,
    go1_logins: HashMap<StateHash, Go1LoginAttempt>,
    plans: HashMap<(TenantId, PlanDigest), Plan>,
    audit: Vec<AuditEntry>,
    tenants: HashMap<TenantId, Tenant>,
    portals: HashMap<PortalId, Portal>,
    members: HashMap<PortalId, BTreeMap<EmployeeId, Member>>,
    grants: HashMap<GrantOwner, StoredGrant>,
    imports: BTreeMap<ImportKey, Import>,
    people: HashMap<ImportKey, BTreeMap<EmployeeId, ImportPerson>>,
    batches: HashMap<ImportKey, BTreeMap<u32, Batch>>,
    sweep_cursor: Option<ActiveImport>,
    counted_connections: BTreeMap<ConnectionId, CountedConnection>,
    erasures: BTreeMap<PortalId, Erasure>,
    receipts: HashMap<ReceiptId, Receipt>,
    counters: BTreeMap<String, u32>,
    day_keys: BTreeMap<String, String>,
}

impl Memory {
    /// All that is kept now, which nobody else shares.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { kept: Arc::new(Mutex::new(self.kept().clone())) }
    }

    /// Keeps what `earlier` keeps, and nothing else, for whoever shares this.
    pub fn put_back(&self, earlier: &Self) {
        let earlier = earlier.kept().clone();
        *self.kept() = earlier;
    }

    /// Every item with its key, as the table would hold it: for tests that look for what must not be there.
    pub fn items(&self) -> Vec<String> {
        let kept = self.kept();
        let mut items = Vec::new();
        items.extend(kept.sign_ups.iter().map(item));
        items.extend(kept.xero_logins.iter().map(item));
        items.extend(kept.sessions.iter().map(item));
        items.extend(kept.consents.iter().map(item));
        items.extend(kept.go1_logins.iter().map(item));
        items.extend(kept.plans.iter().map(item));
        items.extend(kept.audit.iter().map(|entry| item((&entry.sign_up, entry))));
        items.extend(kept.tenants.iter().map(item));
        items.extend(kept.portals.iter().map(item));
        items.extend(kept.members.iter().flat_map(|(portal, rows)| rows.values().map(move |row| item((portal, row)))));
        items.extend(kept.grants.iter().map(item));
        items.extend(kept.imports.iter().map(item));
        items.extend(kept.people.iter().flat_map(|(import, rows)| rows.values().map(move |row| item((import, row)))));
        items.extend(kept.batches.iter().flat_map(|(import, rows)| rows.values().map(move |row| item((import, row)))));
        items.extend(kept.sweep_cursor.iter().map(|last| item((&last.portal, &last.import))));
        items.extend(kept.counted_connections.iter().map(item));
        items.extend(kept.erasures.iter().map(item));
        items.extend(kept.receipts.iter().map(item));
        items.extend(kept.counters.iter().map(item));
        items.extend(kept.day_keys.iter().map(item));
        items
    }

    /// All of it, for one operation. A test that panicked elsewhere left no operation half done.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn item<K: Debug, V: Serialize>((key, value): (&K, &V)) -> String {
    let value = serde_json::to_string(value).unwrap_or_else(|error| format!("not readable: {error}"));
    format!("{key:?} {value}")
}
