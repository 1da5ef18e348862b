//! The traits in memory, under one lock: for tests. It never deletes by time, as a table that is late; what is past its
//! time is not there for whoever reads.

mod counters;
mod erasure;
mod grants;
mod imports;
mod organisations;
mod sign_ups;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::audit::AuditEntry;
use domain::clock::Clock;
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
use jiff::Timestamp;
use serde::Serialize;

use crate::{ActiveImport, GrantOwner, StoredGrant};

/// Everything that is kept, in memory. Clones share it.
#[derive(Clone)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// Something that may have an end, from which on nobody reads it.
#[derive(Clone, Debug, Serialize)]
struct Dated<T> {
    value: T,
    until: Option<Timestamp>,
}

/// Whether this end has come. The table's are whole seconds.
fn is_past(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until.as_second() <= now.as_second())
}

impl<T> Dated<T> {
    fn is_there(&self, now: Timestamp) -> bool {
        !is_past(self.until, now)
    }
}

/// An import is its portal's.
type ImportKey = (PortalId, ImportId);

#[derive(Clone, Debug, Default)]
struct Kept {
    sign_ups: HashMap<SignUpId, SignUp>,
    xero_logins: HashMap<XeroUserId, BTreeMap<SignUpId, Dated<()>>>,
    sessions: HashMap<SessionHash, Session>,
    consents: HashMap<StateHash, ConsentAttempt>,
    go1_logins: HashMap<StateHash, Go1LoginAttempt>,
    plans: HashMap<(TenantId, PlanDigest), Plan>,
    audit: Vec<Dated<AuditEntry>>,
    tenants: HashMap<TenantId, Dated<Tenant>>,
    portals: HashMap<PortalId, Portal>,
    members: HashMap<PortalId, BTreeMap<EmployeeId, Member>>,
    grants: HashMap<GrantOwner, Dated<StoredGrant>>,
    imports: BTreeMap<ImportKey, Import>,
    people: HashMap<ImportKey, BTreeMap<EmployeeId, ImportPerson>>,
    people_until: HashMap<ImportKey, Timestamp>,
    batches: HashMap<ImportKey, BTreeMap<u32, Batch>>,
    sweep_cursor: Option<ActiveImport>,
    counted_connections: BTreeMap<ConnectionId, CountedConnection>,
    erasures: BTreeMap<PortalId, Erasure>,
    receipts: HashMap<ReceiptId, Receipt>,
    counters: BTreeMap<String, u32>,
    day_keys: BTreeMap<String, String>,
    /// How many of an import's people a read of how they were lately leaves out.
    people_behind: usize,
}

impl Memory {
    /// Nothing yet. The clock says what is past its time.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { kept: Arc::default(), clock }
    }

    /// From now on reads of how people were lately are behind, as a table's may be: they leave out so many.
    pub fn set_people_behind(&self, people: usize) {
        self.kept().people_behind = people;
    }

    /// All that is kept now, which nobody else shares.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { kept: Arc::new(Mutex::new(self.kept().clone())), clock: Arc::clone(&self.clock) }
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
        items.extend(kept.audit.iter().map(|entry| item((&entry.value.sign_up, entry))));
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
