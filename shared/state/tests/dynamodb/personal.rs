//! Where names and emails are, and what is deleted by time.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use state::dynamodb::{EXPIRES_AT, PARTITION_KEY, ROW_VERSION, SORT_KEY};

use super::wire::Wire;

/// Kinds of items, by the beginning of their sort keys: those that may hold names, and those deleted by time.
/// A session can hold who came from Xero and has not sent the form: the owner, never an employee.
const WITH_NAMES: [&str; 4] = ["PERSON", "PLAN", "SESSION", "SIGN_UP"];
const DELETED: [&str; 9] = ["CONSENT", "COUNTER", "GO1_LOGIN", "GRANT", "KEY", "PERSON", "PLAN", "RECEIPT", "SESSION"];
const STAYING: [&str; 6] = ["BATCH", "CONNECTION", "CURSOR", "IMPORT", "MEMBER", "PORTAL"];
/// What ends with a sign-up, and stays once that has a portal.
const OF_A_SIGN_UP: [&str; 5] = ["AUDIT", "LOGIN", "SIGN_UP", "TENANT", "XERO_USER"];

/// Looks at everything that the suite left in the table.
pub(crate) async fn assert_kept_apart(wire: &Wire) {
    let mut seen = BTreeSet::new();
    let mut pages = wire.plain.scan().table_name(&wire.table).into_paginator().items().send();
    while let Some(item) = pages.next().await {
        let item = item.expect("read");
        let sort_key = item.get(SORT_KEY).and_then(|key| key.as_s().ok()).expect("a sort key");
        let kind = sort_key.split('#').next().unwrap_or_default();
        assert!(matches!(item.get(ROW_VERSION), Some(AttributeValue::N(_))), "{kind} says no version");
        let has_names = item.values().any(|value| {
            let text = format!("{value:?}");
            ["Zoë", "NNNNN", "@"].iter().any(|mark| text.contains(mark))
        });
        assert!(!has_names || WITH_NAMES.contains(&kind), "{kind} holds names");
        let partition_key = item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()).expect("a partition key");
        // The suite's erased portal; another's ids begin with the same letters.
        let is_erased = partition_key.contains("-erased") && !partition_key.contains("-erased2");
        let marks = ["Zoë", "@", "Quandong", "Olivia", "192.0.2.1", "-user-1"];
        let left = marks.iter().find(|mark| is_erased && format!("{item:?}").contains(**mark));
        assert_eq!(left, None, "in an erased {kind}");
        let expires = item.get(EXPIRES_AT);
        // In whole seconds, or the table does not take it for a time.
        let is_time =
            expires.is_none_or(|value| matches!(value, AttributeValue::N(text) if text.parse::<u32>().is_ok()));
        assert!(is_time, "{kind} expires at {expires:?}");
        match kind {
            "SIGN_UP" => assert_eq!(expires.is_none(), format!("{item:?}").contains("portal_provisioned")),
            "TENANT" => assert_eq!(expires.is_some(), format!("{item:?}").contains("not_requested")),
            _ if OF_A_SIGN_UP.contains(&kind) => {}
            _ if expires.is_some() => assert!(DELETED.contains(&kind), "{kind} is deleted by time"),
            _ => assert!(STAYING.contains(&kind), "{kind} stays"),
        }
        seen.insert(kind.to_owned());
    }
    assert_eq!(seen, DELETED.iter().chain(&STAYING).chain(&OF_A_SIGN_UP).map(|kind| (*kind).to_owned()).collect());
}
