//! Rows of other releases that are changed here: what becomes of their version, and of what this release does not know.

use domain::import::{AttemptEnd, Batch, Ending, Import, ImportStatus, Outcome, Progress};
use serde_json::{Value, json};
use state::dynamodb::{DynamoDb, EXPIRES_AT, ROW_VERSION, Row};
use state::{
    AcceptRefused, BeginRefused, Consents as _, Erasures as _, Go1Logins as _, GrantOwner, Grants as _,
    ImportAcceptance as _, ImportWork as _, Lease, MemberReader as _, Members as _, PlanReader as _, Plans as _,
    ReceiptReader as _, SignUpReader as _, SignUps as _, StateError, TenantReader as _, Tenants as _,
};

use super::customers::moment;
use super::kinds::{plans, portal, with_companions};
use super::places::kind;
use super::table::{Item, Table};
use super::{ADDED_LATER, ahead, customers, portals, sample, samples};

/// The kinds that are changed after they were put, not put again.
const CHANGED: [Row; 6] = [Row::AuditEntry, Row::Portal, Row::Go1Tokens, Row::Import, Row::Person, Row::Batch];

/// Every change that there is, each to the first row of its kind.
async fn change(store: &DynamoDb) {
    let refused = "nothing is in the way";
    change_import(store).await.expect(refused);
    change_people(store).await.expect(refused);
    change_tokens(store).await.expect(refused);
    erase(store).await.expect(refused);
}

async fn change_import(store: &DynamoDb) -> Result<(), AcceptRefused> {
    let (portal, id) = (portal(), "import-1".into());
    store.connect_portal(customers::organisations()[0].clone(), &portals::portals()[0]).await?;
    store.accept_import(&Import { undoes: Some("import-1".into()), ..portals::import("import-9") }, 0).await?;
    store.start_import(&portal, &id).await?;
    store.record_send(&portal, &id, 1).await?;
    store.mark_sent(&portal, &id, 2, &[0, 1, 2], &[], moment(50)).await?;
    store.set_wait(&portal, &id, &portals::wait(), None).await?;
    store.end_wait(&portal, &id, &portals::wait()).await?;
    store.set_assignable(&portal, &id, &["1001".into()]).await?;
    store.stop_import(&portal, &id, moment(51)).await?;
    let ending = Ending { status: ImportStatus::Done, sums: Progress::default(), refused: Vec::new() };
    store.end_import(&portal, &id, &ending, moment(52)).await?;
    Ok(())
}

async fn change_people(store: &DynamoDb) -> Result<(), StateError> {
    let (portal, id) = (portal(), "import-1".into());
    let undone = Outcome::Undone { account: "account-1".into(), removed: 1, kept: 1, deactivated: true };
    let member = portals::members().remove(0);
    store.end_person(&portal, &id, &"employee-1".into(), &undone).await?;
    store.end_person_with_member(&portal, &id, &"employee-2".into(), &undone, None, Some(&member), None).await?;
    let first = Batch { attempts: 1, ..Batch::new(0) };
    let second = store.begin_attempt(&portal, &id, first, moment(50)).await?;
    store.end_attempt(&portal, &id, &second, AttemptEnd { failed: true, asked: true }).await?;
    Ok(())
}

async fn change_tokens(store: &DynamoDb) -> Result<(), StateError> {
    let owner = GrantOwner::Portal(portal());
    let lease = Lease { holder: "another".to_owned(), until: moment(60) };
    store.put_grant(&owner, "sealed anew", moment(50)).await?;
    store.lease_grant(&owner, 2, &lease, moment(51)).await?;
    store.renew_grant(&owner, 2, "sealed once more", moment(52)).await?;
    store.lease_grant(&owner, 3, &lease, moment(52)).await?;
    store.refuse_grant(&owner, 3, "another", "sealed as refused", moment(52)).await?;
    store.release_grant(&owner, "another").await?;
    store.reseal_grant(&owner, 4, "sealed with another key").await?;
    store.limit_grant(&owner, moment(53)).await?;
    Ok(())
}

async fn erase(store: &DynamoDb) -> Result<(), BeginRefused> {
    store.begin_erasure(&portals::erasure(), &portals::receipts()[0]).await?;
    store.erase_people_of_audit(&"sign-up-1".into()).await?;
    Ok(())
}

/// What has become of `before` once everything was changed, in pairs; all kinds are among them.
async fn changed(before: Vec<Item>) -> Vec<(Item, Item)> {
    let table = Table::holding(&before);
    change(&table.store).await;
    let after = table.items();
    let same_place = |one: &Item, other: &Item| one["pk"] == other["pk"] && one["sk"] == other["sk"];
    let pair = |before: Item| {
        let after = after.iter().find(|after| same_place(&before, after)).expect("it stays").clone();
        (before, after)
    };
    let pairs: Vec<_> = before.into_iter().map(pair).filter(|(before, after)| before != after).collect();
    for row in CHANGED {
        assert!(pairs.iter().any(|(before, _)| kind(before) == row), "no {} was changed", row.name());
    }
    pairs
}

#[tokio::test]
async fn a_change_leaves_a_newer_rows_version_and_what_it_does_not_know() {
    let newer = CHANGED.iter().flat_map(|row| ahead(sample(*row, row.version()).expect("a sample"), row.newest_read()));
    for (before, after) in changed(newer.collect()).await {
        for name in [ROW_VERSION, ADDED_LATER] {
            assert_eq!(after.get(name), before.get(name), "{name} of {} {}", before["pk"], before["sk"]);
        }
    }
}

#[tokio::test]
async fn a_row_that_says_no_version_says_one_once_all_of_it_is_set() {
    let before_versions = CHANGED.iter().flat_map(|row| sample(*row, 1).expect("a sample"));
    let all_set = [Row::Portal, Row::Go1Tokens, Row::Batch];
    for (before, after) in changed(before_versions.collect()).await {
        let row = kind(&before);
        let expected = all_set.contains(&row).then(|| json!(row.version()));
        assert_eq!(after.get(ROW_VERSION), expected.as_ref(), "{} {}", before["pk"], before["sk"]);
    }
}

/// Reads the values of a kind from `items`, and puts them again; `None` where nobody does that with this kind.
async fn put_again(row: Row, items: &[Item]) -> Option<Vec<Item>> {
    let table = Table::holding(&with_companions(row, items).await);
    let (store, count, there) = (&table.store, items.len(), "it is there");
    match row {
        Row::SignUp => {
            for sign_up in customers::sign_ups().into_iter().take(count) {
                let read = store.find_sign_up(&sign_up.id).await.expect(there).expect(there);
                store.replace_sign_up(read).await.expect(there);
            }
        }
        Row::Consent => {
            for attempt in customers::consents().into_iter().take(count) {
                let read = store.find_consent(&attempt.state).await.expect(there).expect(there);
                store.complete_consent(&read).await.expect(there);
            }
        }
        Row::Go1LoginAttempt => {
            for attempt in customers::go1_logins().into_iter().take(count) {
                let read = store.find_go1_login(&attempt.state).await.expect(there).expect(there);
                store.complete_go1_login(&read).await.expect(there);
            }
        }
        Row::Organisation => {
            for tenant in customers::organisations().into_iter().take(count) {
                let read = store.find_tenant(&tenant.organisation.tenant).await.expect(there).expect(there);
                store.put_tenant(read).await.expect(there);
            }
        }
        Row::PlanChunk | Row::PlanHead => {
            for plan in plans() {
                if let Some(read) = store.find_plan(&plan.tenant, &plan.digest()).await.expect(there) {
                    store.put_plan(&read).await.expect(there);
                }
            }
        }
        Row::Member => {
            for read in store.members(&portal()).await.expect(there) {
                store.change_member(&portal(), &read, &read).await.expect(there);
            }
        }
        Row::Receipt => {
            for receipt in portals::receipts().into_iter().take(count) {
                let read = store.find_receipt(&receipt.id).await.expect(there).expect(there);
                store.put_receipt(&read).await.expect(there);
            }
        }
        _ => return None,
    }
    Some(table.items().into_iter().filter(|item| kind(item) == row).collect())
}

#[tokio::test]
async fn a_row_that_is_put_again_keeps_all_that_was_read_and_says_this_releases_version() {
    let but_numbers = |item: &Item| {
        let mut rest = item.clone();
        // How long a row is kept is counted anew.
        for number in [ROW_VERSION, "revision", EXPIRES_AT] {
            rest.remove(number);
        }
        Value::from(rest)
    };
    for (row, version, before) in samples() {
        let Some(after) = put_again(row, &before).await else { continue };
        assert_eq!(after.len(), before.len());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(but_numbers(after), but_numbers(before), "{} {version} loses something", row.name());
            assert_eq!(after[ROW_VERSION], json!(row.version()));
        }
    }
}
