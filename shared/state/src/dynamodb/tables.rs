//! The tables that say where each row is, in `README.md` and in `keys.rs`, are those of the code: the keys are asked
//! for with ids that read like the tables' placeholders.

use domain::ids::{PortalId, SessionHash, SignUpId, XeroUserId};
use domain::session::{SessionKind, SessionOwner};
use jiff::Timestamp;

use super::keys::{self, Key};
use super::rows::Row;
use crate::GrantOwner;

/// A kind's rows: more than one where its keys differ by whose the row is.
fn places(row: Row) -> Vec<Key> {
    let (sign_up, user) = (&SignUpId::new("{sign-up}"), &XeroUserId::new("{user}"));
    let (portal, import, employee) = (&PortalId::new("{portal}"), &"{import}".into(), &"{employee}".into());
    let (tenant, digest) = (&"{tenant}".into(), &"{digest}".into());
    let (session, state) = (&"{hash}".into(), &"{hash}".into());
    match row {
        Row::SignUp => vec![keys::sign_up(sign_up)],
        Row::AuditEntry => vec![keys::audit_entry(sign_up, Timestamp::UNIX_EPOCH, "{order}")],
        Row::XeroUserOfSignUp => vec![keys::xero_user_of(sign_up, user)],
        Row::Session => {
            let kinds = [SessionKind::SignUp, SessionKind::Administrator];
            kinds.map(|kind| keys::session(&SessionHash::of(kind, "{hash}"))).into()
        }
        Row::SessionOfOwner => {
            let owners = [
                SessionOwner::SignUp(sign_up.clone()),
                SessionOwner::XeroUser(user.clone()),
                SessionOwner::Portal(portal.clone()),
            ];
            owners.iter().map(|owner| keys::session_of(owner, session)).collect()
        }
        Row::Consent => vec![keys::consent(state)],
        Row::Go1LoginAttempt => vec![keys::go1_login(state)],
        Row::XeroTokens => vec![keys::grant(&GrantOwner::XeroUser(user.clone()))],
        Row::SignUpOfXeroUser => vec![keys::sign_up_of(user, sign_up)],
        Row::Organisation => vec![keys::tenant(tenant)],
        Row::PlanChunk => vec![keys::plan_chunk(tenant, digest, 0)],
        Row::PlanHead => vec![keys::plan_head(tenant, digest)],
        Row::Portal => vec![keys::portal(portal)],
        Row::Go1Tokens => vec![keys::grant(&GrantOwner::Portal(portal.clone()))],
        Row::Member => vec![keys::member(portal, employee)],
        Row::Import => vec![keys::import(portal, import)],
        Row::Person => vec![keys::person(portal, import, employee)],
        Row::Batch => vec![keys::batch(portal, import, 0)],
        Row::ActiveImport => vec![keys::active_import(portal, import)],
        Row::SweepCursor => vec![keys::sweep_cursor()],
        Row::CountedConnection => vec![keys::counted_connection(&"{connection}".into())],
        Row::Erasure => vec![keys::erasure(portal)],
        Row::Receipt => vec![keys::receipt(&"{receipt}".into())],
        Row::Counter => vec![keys::counter("{deed, of whom, and when}")],
        Row::DayKey => vec![keys::key_of_day("{day}")],
    }
}

/// A key as the tables have it. Its only digits are a padded number.
fn cell(key: &str) -> String {
    let number = if key.starts_with("AUDIT#") { "{nanoseconds since 1970}" } else { "{number}" };
    let is_number = |part: &&str| part.len() > 1 && part.bytes().all(|byte| byte == b'0');
    let parts: Vec<_> = key.split('#').map(|part| if is_number(&part) { number } else { part }).collect();
    format!("`{}`", parts.join("#"))
}

/// The cells of keys, each said once.
fn cells<'key>(keys: impl Iterator<Item = &'key str>) -> String {
    let mut cells: Vec<_> = keys.map(cell).collect();
    cells.dedup();
    cells.join(", ")
}

/// The lines that the tables must have: name, partition key, sort key.
fn lines_of_the_code() -> Vec<[String; 3]> {
    let line = |row: &Row| {
        let places = places(*row);
        assert!(places.iter().all(|key| key.row == *row), "{row:?} is asked for under its own name");
        let pk = cells(places.iter().map(|key| &*key.pk));
        [row.name().to_owned(), pk, cells(places.iter().map(|key| &*key.sk))]
    };
    Row::ALL.iter().map(line).collect()
}

/// The lines of a text's table. What stands behind a name's colon explains it.
fn lines_of(text: &str) -> Vec<[String; 3]> {
    let lines = text.lines().filter_map(|line| line.trim_start_matches("//!").trim().strip_prefix("| "));
    let lines = lines.map(|line| line.split(" | ").collect::<Vec<_>>());
    let after_its_head = lines.skip_while(|cells| cells[1] != "---").skip(1);
    let words = |cells: Vec<&str>| {
        let name = cells[0].split(':').next().unwrap_or_default();
        [name, cells[1], cells[2]].map(|cell| cell.trim_end_matches(" |").to_owned())
    };
    after_its_head.map(words).collect()
}

/// Line by line, so that a failure shows the one that differs.
fn assert_lists_every_row(text: &str) {
    let (found, expected) = (lines_of(text), lines_of_the_code());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len(), "lines");
}

#[test]
fn the_table_beside_the_keys_lists_every_kind_of_row_where_it_is() {
    assert_lists_every_row(include_str!("keys.rs"));
}

#[test]
fn the_readmes_table_lists_every_kind_of_row_where_it_is() {
    assert_lists_every_row(include_str!("../../README.md"));
}
