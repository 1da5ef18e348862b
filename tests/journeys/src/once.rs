//! Whether everybody is in their portal once: what GO1 holds and what our report says, against what Xero lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::journey::ReportLine;
use crate::stand_ins::{Listed, Portal, normalised};

/// How many courses everybody is given.
const COURSES: usize = 5;

/// What is wrong with a portal whose whole organisation was imported. Nothing is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Once {
    /// People without an account, without all of their courses, or of whom our report does not say that they were imported.
    pub lost: usize,
    /// Accounts, enrollments and welcome mails beyond one, courses beyond the five, and accounts of people whom Xero does
    /// not list.
    pub created_twice: usize,
}

impl Once {
    /// Counts. `mails` are the emails that GO1 mailed a welcome to, of other portals as well.
    pub fn of(listed: &[Listed], portal: &Portal, mails: &[String], report: &[ReportLine]) -> Self {
        let mut accounts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for account in &portal.user_accounts {
            accounts.entry(normalised(&account.email)).or_default().push(&account.id);
        }
        let imported: BTreeSet<String> =
            report.iter().filter(|line| line.result == "Imported").map(|line| normalised(&line.email)).collect();
        let mut once = Self::default();
        for email in listed.iter().map(|person| normalised(person.email.as_deref().unwrap_or_default())) {
            let theirs = accounts.remove(&email).unwrap_or_default();
            let mut courses: BTreeMap<&str, usize> = BTreeMap::new();
            for enrollment in &portal.enrollments {
                if theirs.contains(&&*enrollment.user_account_id) {
                    *courses.entry(&enrollment.lo_id).or_default() += 1;
                }
            }
            once.lost += usize::from(theirs.is_empty() || courses.len() < COURSES || !imported.contains(&email));
            let mailed = mails.iter().filter(|mailed| normalised(mailed) == email).count();
            let enrolled: usize = courses.values().sum();
            let beyond = [(theirs.len(), 1), (mailed, 1), (enrolled, courses.len()), (courses.len(), COURSES)];
            once.created_twice += beyond.map(|(there, allowed)| there.saturating_sub(allowed)).iter().sum::<usize>();
        }
        // Whoever is left over, nobody at Xero goes by that email.
        once.created_twice += accounts.values().map(Vec::len).sum::<usize>();
        once
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const EMAILS: [&str; 2] = ["ann@example.com", "bob@example.com"];

    /// What is there after an import without any fault, with one change.
    fn once(change: impl FnOnce(&mut Value)) -> Once {
        let account = |(id, email): (usize, &str)| json!({ "id": id.to_string(), "email": email, "roles": [] });
        let accounts: Vec<Value> = EMAILS.into_iter().enumerate().map(account).collect();
        let pairs =
            (0..EMAILS.len()).flat_map(|id| (0..COURSES).map(move |course| (id.to_string(), course.to_string())));
        let enrollments: Vec<Value> =
            pairs.map(|(account, course)| json!({ "user_account_id": account, "lo_id": course })).collect();
        let line = |email| json!({ "Email": email, "Result": "Imported", "Details": "" });
        let mut all = json!({
            "listed": EMAILS.map(|email| json!({ "email": email.to_uppercase() })),
            "portal": { "portal": { "id": "1" }, "user_accounts": accounts, "enrollments": enrollments },
            "mails": ["somebody@example.com", EMAILS[0], EMAILS[1]],
            "report": EMAILS.map(line),
        });
        change(&mut all);
        let listed: Vec<Listed> = serde_json::from_value(all["listed"].take()).expect("people");
        let portal: Portal = serde_json::from_value(all["portal"].take()).expect("a portal");
        let mails: Vec<String> = serde_json::from_value(all["mails"].take()).expect("mails");
        let report: Vec<ReportLine> = serde_json::from_value(all["report"].take()).expect("a report");
        Once::of(&listed, &portal, &mails, &report)
    }

    fn list<'all>(all: &'all mut Value, pointer: &str) -> &'all mut Vec<Value> {
        all.pointer_mut(pointer).and_then(Value::as_array_mut).expect("a list")
    }

    #[test]
    fn where_everybody_is_there_once_nothing_is_wrong() {
        assert_eq!(once(|_| {}), Once::default());
    }

    #[test]
    fn whoever_is_not_wholly_there_is_lost() {
        for pointer in ["/portal/user_accounts", "/portal/enrollments", "/report"] {
            assert_eq!(once(|all| drop(list(all, pointer).pop())), Once { lost: 1, created_twice: 0 }, "{pointer}");
        }
        let failed = once(|all| all["report"][0]["Result"] = json!("Not imported"));
        assert_eq!(failed, Once { lost: 1, created_twice: 0 });
    }

    #[test]
    fn whatever_is_there_twice_is_counted() {
        for pointer in ["/portal/enrollments", "/mails"] {
            let doubled = once(|all| {
                let last = list(all, pointer).last().cloned().expect("one");
                list(all, pointer).push(last);
            });
            assert_eq!(doubled, Once { lost: 0, created_twice: 1 }, "{pointer}");
        }
        for email in [EMAILS[1], "nobody@example.com"] {
            let added = json!({ "id": "9", "email": email, "roles": [] });
            let added = once(|all| list(all, "/portal/user_accounts").push(added));
            assert_eq!(added, Once { lost: 0, created_twice: 1 }, "{email}");
        }
        let sixth = json!({ "user_account_id": "0", "lo_id": "six" });
        let sixth = once(|all| list(all, "/portal/enrollments").push(sixth));
        assert_eq!(sixth, Once { lost: 0, created_twice: 1 });
    }
}
