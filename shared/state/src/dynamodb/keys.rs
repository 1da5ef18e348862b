//! Where each item is: every format of `pk` and `sk`, and nowhere else.
//!
//! | item | `pk` | `sk` |
//! | --- | --- | --- |
//! | sign-up | `SIGN_UP#{sign-up}` | `SIGN_UP` |
//! | audit entry | `SIGN_UP#{sign-up}` | `AUDIT#{nanoseconds since 1970}#{order}` |
//! | Xero user of a sign-up | `SIGN_UP#{sign-up}` | `XERO_USER#{user}` |
//! | session: of whoever signs up, of a portal's administrator | `SESSION#{hash}`, `ADMINISTRATOR_SESSION#{hash}` | `SESSION` |
//! | session of an owner: a sign-up, a Xero user who arrived, a portal that was arrived from | `SESSIONS#SIGN_UP#{sign-up}`, `SESSIONS#XERO_USER#{user}`, `SESSIONS#PORTAL#{portal}` | `SESSION#{hash}` |
//! | consent | `CONSENT#{hash}` | `CONSENT` |
//! | login at GO1 | `GO1_LOGIN#{hash}` | `GO1_LOGIN` |
//! | Xero token set | `XERO_USER#{user}` | `GRANT` |
//! | sign-up of a Xero user | `XERO_USER#{user}` | `LOGIN#{sign-up}` |
//! | organisation | `TENANT#{tenant}` | `TENANT` |
//! | plan's chunk | `TENANT#{tenant}` | `PLAN#{digest}#CHUNK#{number}` |
//! | plan's head | `TENANT#{tenant}` | `PLAN#{digest}#HEAD` |
//! | portal | `PORTAL#{portal}` | `PORTAL` |
//! | GO1 token set | `PORTAL#{portal}` | `GRANT` |
//! | member | `PORTAL#{portal}` | `MEMBER#{employee}` |
//! | import | `PORTAL#{portal}` | `IMPORT#{import}` |
//! | person of an import | `PORTAL#{portal}#IMPORT#{import}` | `PERSON#{employee}` |
//! | batch of an import | `PORTAL#{portal}#IMPORT#{import}` | `BATCH#{number}` |
//! | active import | `ACTIVE` | `PORTAL#{portal}#IMPORT#{import}` |
//! | place where a sweep stopped | `SWEEP` | `CURSOR` |
//! | counted connection | `CONNECTIONS` | `CONNECTION#{connection}` |
//! | erasure that is not over | `ERASING` | `PORTAL#{portal}` |
//! | receipt of an erasure | `RECEIPT#{receipt}` | `RECEIPT` |
//! | counter | `COUNTER#{deed, of whom, and when}` | `COUNTER` |
//! | key of a day | `DAY#{day}` | `KEY` |
//!
//! A partition key begins with whose the items are, so an id from a URL is only ever looked up under its owner. Until its
//! first `#` it is what a function's rights name (`dynamodb:LeadingKeys` in `infra/template.yaml`, held against this file by
//! `infra/test_table_rights.py`): what one function may do and another may not begins differently.
//! Numbers are padded, so that the order of the keys is the order of the numbers.

use std::borrow::Cow;

use domain::ids::{
    ConnectionId, EmployeeId, ImportId, PlanDigest, PortalId, ReceiptId, SessionHash, SignUpId, StateHash, TenantId,
    XeroUserId,
};
use domain::session::{SessionKind, SessionOwner};
use jiff::Timestamp;

use super::rows::Row;
use crate::GrantOwner;

/// DynamoDB's limits for the two keys, in bytes.
const LONGEST_PARTITION_KEY: usize = 2048;
const LONGEST_SORT_KEY: usize = 1024;

/// How the sort key of a plan's head ends.
pub(super) const PLAN_HEAD: &str = "HEAD";

/// The place of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// What is there.
    pub(super) row: Row,
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    fn new(row: Row, pk: String, sk: impl Into<String>) -> Self {
        Self { row, pk, sk: sk.into() }
    }

    /// Whether nothing can be stored there. The table calls such a key an error; for who looks up an id from a URL it
    /// is an item that does not exist.
    pub(super) fn is_too_long(&self) -> bool {
        self.pk.len() > LONGEST_PARTITION_KEY || self.sk.len() > LONGEST_SORT_KEY
    }
}

/// Items of one partition whose sort keys begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// What is there.
    pub(super) row: Row,
    pub(super) pk: String,
    pub(super) prefix: Cow<'static, str>,
}

impl Range {
    fn new(row: Row, pk: String, prefix: impl Into<Cow<'static, str>>) -> Self {
        Self { row, pk, prefix: prefix.into() }
    }

    /// Whether nothing can be stored there.
    pub(super) fn is_too_long(&self) -> bool {
        self.pk.len() > LONGEST_PARTITION_KEY || self.prefix.len() > LONGEST_SORT_KEY
    }
}

/// Items of one partition whose sort keys lie between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// What is there.
    pub(super) row: Row,
    pub(super) pk: String,
    pub(super) first: String,
    pub(super) last: String,
}

/// An id as a part of a key. `#` divides the parts, so an id cannot contain it.
fn part(id: &str) -> Cow<'_, str> {
    if id.contains(['#', '%']) { Cow::Owned(id.replace('%', "%25").replace('#', "%23")) } else { Cow::Borrowed(id) }
}

/// The id of such a part.
fn id(part: &str) -> String {
    part.replace("%23", "#").replace("%25", "%")
}

fn sign_up_partition(id: &SignUpId) -> String {
    format!("SIGN_UP#{}", part(id.as_str()))
}

fn tenant_partition(id: &TenantId) -> String {
    format!("TENANT#{}", part(id.as_str()))
}

fn portal_partition(id: &PortalId) -> String {
    format!("PORTAL#{}", part(id.as_str()))
}

fn import_partition(portal: &PortalId, import: &ImportId) -> String {
    format!("PORTAL#{}#IMPORT#{}", part(portal.as_str()), part(import.as_str()))
}

fn xero_user_partition(user: &XeroUserId) -> String {
    format!("XERO_USER#{}", part(user.as_str()))
}

pub(super) fn sign_up(id: &SignUpId) -> Key {
    Key::new(Row::SignUp, sign_up_partition(id), "SIGN_UP")
}

/// `order` tells entries of one moment apart.
pub(super) fn audit_entry(sign_up: &SignUpId, at: Timestamp, order: &str) -> Key {
    Key::new(Row::AuditEntry, sign_up_partition(sign_up), format!("AUDIT#{:021}#{order}", at.as_nanosecond().max(0)))
}

/// One of them, by the sort key that it has.
pub(super) fn audit_entry_at(sign_up: &SignUpId, sort_key: &str) -> Key {
    Key::new(Row::AuditEntry, sign_up_partition(sign_up), sort_key)
}

pub(super) fn audit_entries(sign_up: &SignUpId) -> Range {
    Range::new(Row::AuditEntry, sign_up_partition(sign_up), "AUDIT#")
}

/// The same from a moment on. A number has no character that comes after `:`, so all of them come before it.
pub(super) fn audit_entries_since(sign_up: &SignUpId, since: Timestamp) -> Span {
    let first = format!("AUDIT#{:021}", since.as_nanosecond().max(0));
    Span { row: Row::AuditEntry, pk: sign_up_partition(sign_up), first, last: "AUDIT#:".to_owned() }
}

pub(super) fn sign_up_of(user: &XeroUserId, sign_up: &SignUpId) -> Key {
    Key::new(Row::SignUpOfXeroUser, xero_user_partition(user), format!("LOGIN#{}", part(sign_up.as_str())))
}

pub(super) fn sign_ups_of(user: &XeroUserId) -> Range {
    Range::new(Row::SignUpOfXeroUser, xero_user_partition(user), "LOGIN#")
}

pub(super) fn xero_user_of(sign_up: &SignUpId, user: &XeroUserId) -> Key {
    Key::new(Row::XeroUserOfSignUp, sign_up_partition(sign_up), format!("XERO_USER#{}", part(user.as_str())))
}

pub(super) fn xero_users_of(sign_up: &SignUpId) -> Range {
    Range::new(Row::XeroUserOfSignUp, sign_up_partition(sign_up), "XERO_USER#")
}

/// Apart from what else is of that owner: every function that ends a session deletes here, and few may delete there.
fn session_owner(owner: &SessionOwner) -> String {
    let owner = match owner {
        SessionOwner::SignUp(id) => sign_up_partition(id),
        SessionOwner::XeroUser(user) => xero_user_partition(user),
        SessionOwner::Portal(portal) => portal_partition(portal),
    };
    format!("SESSIONS#{owner}")
}

pub(super) fn session_of(owner: &SessionOwner, hash: &SessionHash) -> Key {
    Key::new(Row::SessionOfOwner, session_owner(owner), format!("SESSION#{}", part(hash.as_str())))
}

pub(super) fn sessions_of(owner: &SessionOwner) -> Range {
    Range::new(Row::SessionOfOwner, session_owner(owner), "SESSION#")
}

pub(super) fn session(hash: &SessionHash) -> Key {
    let digest = part(hash.digest());
    let pk = match hash.kind() {
        SessionKind::SignUp => format!("SESSION#{digest}"),
        SessionKind::Administrator => format!("ADMINISTRATOR_SESSION#{digest}"),
    };
    Key::new(Row::Session, pk, "SESSION")
}

pub(super) fn counter(name: &str) -> Key {
    Key::new(Row::Counter, format!("COUNTER#{}", part(name)), "COUNTER")
}

pub(super) fn key_of_day(day: &str) -> Key {
    Key::new(Row::DayKey, format!("DAY#{}", part(day)), "KEY")
}

pub(super) fn consent(state: &StateHash) -> Key {
    Key::new(Row::Consent, format!("CONSENT#{}", part(state.as_str())), "CONSENT")
}

pub(super) fn go1_login(state: &StateHash) -> Key {
    Key::new(Row::Go1LoginAttempt, format!("GO1_LOGIN#{}", part(state.as_str())), "GO1_LOGIN")
}

pub(super) fn grant(owner: &GrantOwner) -> Key {
    match owner {
        GrantOwner::XeroUser(user) => Key::new(Row::XeroTokens, xero_user_partition(user), "GRANT"),
        GrantOwner::Portal(portal) => Key::new(Row::Go1Tokens, portal_partition(portal), "GRANT"),
    }
}

/// Whether a sign-up is at these keys.
pub(super) fn is_sign_up(pk: &str, sk: &str) -> bool {
    sk == "SIGN_UP" && pk.starts_with("SIGN_UP#")
}

/// Whose token set is at these keys; `None` where something else is.
pub(super) fn grant_owner(pk: &str, sk: &str) -> Option<GrantOwner> {
    if sk != "GRANT" {
        return None;
    }
    if let Some(user) = pk.strip_prefix("XERO_USER#") {
        return Some(GrantOwner::XeroUser(XeroUserId::new(id(user))));
    }
    pk.strip_prefix("PORTAL#").map(|portal| GrantOwner::Portal(PortalId::new(id(portal))))
}

pub(super) fn tenant(id: &TenantId) -> Key {
    Key::new(Row::Organisation, tenant_partition(id), "TENANT")
}

fn plan(digest: &PlanDigest, rest: &str) -> String {
    format!("PLAN#{}#{rest}", part(digest.as_str()))
}

pub(super) fn plan_chunk(tenant: &TenantId, digest: &PlanDigest, number: usize) -> Key {
    Key::new(Row::PlanChunk, tenant_partition(tenant), plan(digest, &format!("CHUNK#{number:04}")))
}

pub(super) fn plan_chunks(tenant: &TenantId, digest: &PlanDigest) -> Range {
    Range::new(Row::PlanChunk, tenant_partition(tenant), plan(digest, "CHUNK#"))
}

pub(super) fn plan_head(tenant: &TenantId, digest: &PlanDigest) -> Key {
    Key::new(Row::PlanHead, tenant_partition(tenant), plan(digest, PLAN_HEAD))
}

/// Everything of every plan, its chunks included.
pub(super) fn plans(tenant: &TenantId) -> Range {
    Range::new(Row::PlanHead, tenant_partition(tenant), "PLAN#")
}

pub(super) fn portal(id: &PortalId) -> Key {
    Key::new(Row::Portal, portal_partition(id), "PORTAL")
}

pub(super) fn member(portal: &PortalId, employee: &EmployeeId) -> Key {
    Key::new(Row::Member, portal_partition(portal), format!("MEMBER#{}", part(employee.as_str())))
}

pub(super) fn members(portal: &PortalId) -> Range {
    Range::new(Row::Member, portal_partition(portal), "MEMBER#")
}

pub(super) fn import(portal: &PortalId, import: &ImportId) -> Key {
    Key::new(Row::Import, portal_partition(portal), format!("IMPORT#{}", part(import.as_str())))
}

pub(super) fn imports(portal: &PortalId) -> Range {
    Range::new(Row::Import, portal_partition(portal), "IMPORT#")
}

pub(super) fn person(portal: &PortalId, import: &ImportId, employee: &EmployeeId) -> Key {
    Key::new(Row::Person, import_partition(portal, import), format!("PERSON#{}", part(employee.as_str())))
}

pub(super) fn people(portal: &PortalId, import: &ImportId) -> Range {
    Range::new(Row::Person, import_partition(portal, import), "PERSON#")
}

pub(super) fn batch(portal: &PortalId, import: &ImportId, number: u32) -> Key {
    Key::new(Row::Batch, import_partition(portal, import), format!("BATCH#{number:010}"))
}

pub(super) fn batches(portal: &PortalId, import: &ImportId) -> Range {
    Range::new(Row::Batch, import_partition(portal, import), "BATCH#")
}

pub(super) fn active_import(portal: &PortalId, import: &ImportId) -> Key {
    Key::new(Row::ActiveImport, "ACTIVE".to_owned(), import_partition(portal, import))
}

pub(super) fn active_imports() -> Range {
    Range::new(Row::ActiveImport, "ACTIVE".to_owned(), "PORTAL#")
}

pub(super) fn sweep_cursor() -> Key {
    Key::new(Row::SweepCursor, "SWEEP".to_owned(), "CURSOR")
}

pub(super) fn counted_connection(id: &ConnectionId) -> Key {
    Key::new(Row::CountedConnection, "CONNECTIONS".to_owned(), format!("CONNECTION#{}", part(id.as_str())))
}

pub(super) fn counted_connections() -> Range {
    Range::new(Row::CountedConnection, "CONNECTIONS".to_owned(), "CONNECTION#")
}

pub(super) fn erasure(portal: &PortalId) -> Key {
    Key::new(Row::Erasure, "ERASING".to_owned(), portal_partition(portal))
}

pub(super) fn erasures() -> Range {
    Range::new(Row::Erasure, "ERASING".to_owned(), "PORTAL#")
}

pub(super) fn receipt(id: &ReceiptId) -> Key {
    Key::new(Row::Receipt, format!("RECEIPT#{}", part(id.as_str())), "RECEIPT")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_cannot_pose_as_two_parts(
            one in ("[#%A-Z0-9]{0,12}", "[#%A-Z0-9]{0,12}"), other in ("[#%A-Z0-9]{0,12}", "[#%A-Z0-9]{0,12}")
        ) {
            let place = |(portal, import): &(String, String)| {
                import_partition(&PortalId::new(portal.as_str()), &ImportId::new(import.as_str()))
            };
            prop_assert_eq!(place(&one) == place(&other), one == other);
            prop_assert_ne!(place(&one), portal_partition(&PortalId::new(other.0)));
        }
    }

    proptest! {
        #[test]
        fn the_owner_of_a_token_set_is_read_from_its_keys(id in "[#%2-5A-Za-z]{1,12}") {
            for owner in [GrantOwner::XeroUser(XeroUserId::new(&*id)), GrantOwner::Portal(PortalId::new(&*id))] {
                let Key { pk, sk, .. } = grant(&owner);
                prop_assert_eq!(grant_owner(&pk, &sk), Some(owner));
                prop_assert_eq!(grant_owner(&pk, "PORTAL"), None);
            }
        }
    }

    #[test]
    fn entries_are_in_the_order_of_their_moments() {
        let at = |text: &str| audit_entry(&"s".into(), text.parse().expect("a moment"), "0").sk;
        assert!(at("2026-01-01T00:00:00Z") < at("2026-01-01T00:00:00.5Z"));
        assert!(at("1999-12-31T00:00:00Z") < at("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn an_overlong_id_is_noticed() {
        // "Each partition key value must be 1 to 2048 bytes, each sort key value 1 to 1024." (Amazon DynamoDB, "Quotas".)
        for (longer, is_too_long) in [(0, false), (1, true)] {
            let id = ImportId::new("x".repeat(1_024 - "IMPORT#".len() + longer));
            assert_eq!(import(&"1".into(), &id).is_too_long(), is_too_long);
            let id = PortalId::new("x".repeat(2_048 - "PORTAL#".len() + longer));
            assert_eq!(portal(&id).is_too_long(), is_too_long);
            assert_eq!(imports(&id).is_too_long(), is_too_long);
        }
    }
}
