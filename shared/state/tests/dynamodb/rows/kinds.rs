//! For each kind of row: how the shipped code comes to write what the samples hold of it, and how it reads it.

use domain::counted_connection::CountedConnection;
use domain::ids::{PortalId, XeroUserId};
use domain::import::{AttemptEnd, Batch, Ending, Import, ImportPerson, Outcome};
use domain::plan::{Choices, Plan};
use domain::session::SessionKind;
use domain::tenant::Tenant;
use state::dynamodb::{DynamoDb, Row};
use state::{
    AcceptRefused, ActiveImport, ActiveImports as _, AuditTrail as _, Consents as _, CountedConnections as _,
    Counters as _, Erasures as _, Go1Logins as _, GrantOwner, Grants as _, ImportAcceptance as _, ImportReader as _,
    ImportWork as _, MemberReader as _, Members as _, PlanReader as _, Plans as _, PortalReader as _, Portals as _,
    ReceiptReader as _, Sessions as _, SignUpReader as _, SignUps as _, StateError, StoredGrant, TenantReader as _,
    Tenants as _, XeroLogins as _,
};

use super::customers::moment;
use super::places::kind;
use super::table::{Item, Table};
use super::{customers, portals};

/// Whose members, imports and people the samples hold.
pub(super) fn portal() -> PortalId {
    "portal-1".into()
}

fn xero_tokens() -> Vec<(GrantOwner, StoredGrant)> {
    portals::grants(|id| GrantOwner::XeroUser(XeroUserId::new(format!("xero-user-{id}"))))
}

fn go1_tokens() -> Vec<(GrantOwner, StoredGrant)> {
    portals::grants(|id| GrantOwner::Portal(PortalId::new(format!("portal-{id}"))))
}

/// How many of the samples' imports the list of active ones was made from. Imports that were added to the samples since
/// change nothing about its lines.
const LISTED_IMPORTS: usize = 4;

/// What is counted in the samples, and the key of their day.
const COUNTER: &str = "sign-up/visitor/digest/490896";
const DAY: &str = "2026-01-01";
const DAY_KEY: &str = "00ff";

/// Where a sweep stopped in the samples.
fn cursor() -> ActiveImport {
    ActiveImport { portal: portal(), import: "import-1".into() }
}

/// The rows of this kind as the shipped code writes them, by key.
pub(super) async fn written(row: Row) -> Vec<Item> {
    let table = Table::holding(&[]);
    write(&table.store, row).await;
    let mut items: Vec<_> = table.items().into_iter().filter(|item| kind(item) == row).collect();
    if row == Row::AuditEntry {
        // Their keys end with a number that is never the same.
        for item in &mut items {
            let sk = item["sk"].as_str().and_then(|sk| sk.rsplit_once('#')).expect("an order");
            item["sk"] = format!("{}#order", sk.0).into();
        }
    }
    items
}

async fn write(store: &DynamoDb, row: Row) {
    let refused = "nothing is in the way";
    match row {
        Row::SignUp => {
            for sign_up in customers::sign_ups() {
                store.add_sign_up(&sign_up).await.expect(refused);
            }
        }
        Row::AuditEntry => {
            for entry in customers::trail() {
                store.append_audit(&entry).await.expect(refused);
            }
        }
        Row::XeroUserOfSignUp | Row::SignUpOfXeroUser => {
            for (user, sign_up) in customers::logins() {
                store.add_sign_up_of(&user, &sign_up).await.expect(refused);
            }
        }
        Row::Session | Row::SessionOfOwner => {
            for session in customers::sessions() {
                store.add_session(&session).await.expect(refused);
            }
        }
        Row::Consent => {
            for attempt in customers::consents() {
                store.add_consent(&attempt).await.expect(refused);
            }
        }
        Row::Go1LoginAttempt => {
            for attempt in customers::go1_logins() {
                store.add_go1_login(&attempt).await.expect(refused);
            }
        }
        Row::XeroTokens => write_grants(store, xero_tokens()).await.expect(refused),
        Row::Go1Tokens => write_grants(store, go1_tokens()).await.expect(refused),
        Row::Organisation => {
            for tenant in customers::organisations() {
                let before = Tenant { revision: tenant.revision - 1, ..tenant };
                store.put_tenant(before).await.expect(refused);
            }
        }
        Row::PlanChunk | Row::PlanHead => drop(store.put_plan(&customers::plan()).await.expect(refused)),
        Row::Portal => {
            // A portal that was there before comes another way, and is the same then.
            let all = portals::portals();
            store.connect_portal(customers::organisations()[0].clone(), &all[0]).await.expect(refused);
            for portal in &all[1..] {
                store.add_portal(portal).await.expect(refused);
            }
        }
        Row::Member => {
            for member in portals::members() {
                store.add_member(&portal(), &member).await.expect(refused);
            }
        }
        Row::Import => write_imports(store, portals::imports()).await.expect(refused),
        Row::ActiveImport => {
            let mut imports = portals::imports();
            imports.truncate(LISTED_IMPORTS);
            write_imports(store, imports).await.expect(refused);
        }
        Row::Person => write_people(store).await.expect(refused),
        Row::Batch => write_batches(store).await.expect(refused),
        Row::SweepCursor => store.put_sweep_cursor(&cursor()).await.expect(refused),
        Row::CountedConnection => store.count_connection(&portals::connection()).await.expect(refused),
        Row::Erasure => store.begin_erasure(&portals::erasure(), &portals::receipts()[0]).await.expect(refused),
        Row::Receipt => {
            for receipt in portals::receipts() {
                store.put_receipt(&receipt).await.expect(refused);
            }
        }
        Row::Counter => drop(store.count(COUNTER, moment(3_600)).await.expect(refused)),
        Row::DayKey => drop(store.key_of_day(DAY, DAY_KEY, moment(172_800)).await.expect(refused)),
    }
}

async fn write_grants(store: &DynamoDb, grants: Vec<(GrantOwner, StoredGrant)>) -> Result<(), StateError> {
    for (owner, grant) in grants {
        store.put_grant(&owner, &grant.sealed, grant.access_expires_at).await?;
        if let Some(lease) = &grant.lease {
            store.lease_grant(&owner, grant.generation, lease, moment(0)).await?;
        }
    }
    Ok(())
}

/// Each is accepted and brought as far as the sample has it.
async fn write_imports(store: &DynamoDb, imports: Vec<Import>) -> Result<(), AcceptRefused> {
    let portal = portal();
    store.add_portal(&portals::portals()[0]).await?;
    for import in imports {
        let Import { id, undoes, .. } = &import;
        let undo_people = import.undo_people.clone();
        let course_titles = import.course_titles.clone();
        let people_per_batch = import.people_per_batch;
        let before = portals::import(id.as_str());
        let accepted = Import { undoes: undoes.clone(), undo_people, course_titles, people_per_batch, ..before };
        store.accept_import(&accepted, 0).await?;
        if import.sends > 0 {
            store.start_import(&portal, id).await?;
        }
        for send in 1..import.sends {
            store.record_send(&portal, id, send).await?;
        }
        if let Some(at) = import.sent_at {
            let is_taken = |number: &u32| !import.unsent.contains(number);
            let taken: Vec<u32> = (0..import.batches()).filter(is_taken).collect();
            store.mark_sent(&portal, id, import.sends, &taken, &[], at).await?;
        }
        if import.status.has_ended() || import.wait.is_some() {
            store.set_wait(&portal, id, &import.wait.unwrap_or_else(portals::wait), import.asked_until).await?;
        }
        if !import.assignable.is_empty() {
            store.set_assignable(&portal, id, &import.assignable).await?;
        }
        if let Some(at) = import.resumed_at {
            store.resume_import(&portal, id, None, at).await?;
        }
        if let Some(at) = import.stopped_at {
            store.stop_import(&portal, id, at).await?;
        }
        if let Some(at) = import.ended_at {
            let ending = Ending { refused: import.refused.clone(), ..portals::ending() };
            store.end_import(&portal, id, &ending, at).await?;
        }
    }
    Ok(())
}

/// All wait, and then fare as the sample has it.
async fn write_people(store: &DynamoDb) -> Result<(), AcceptRefused> {
    let import = portals::import("import-1");
    write_imports(store, vec![import.clone()]).await?;
    let people = portals::people();
    let waiting = |person: &ImportPerson| ImportPerson { outcome: Outcome::Waiting, ..person.clone() };
    store.add_people(&import, &people.iter().map(waiting).collect::<Vec<_>>(), moment(86_400)).await?;
    for person in people.iter().filter(|person| person.outcome != Outcome::Waiting) {
        store.end_person(&portal(), &import.id, &person.employee_id, &person.outcome).await?;
    }
    Ok(())
}

async fn write_batches(store: &DynamoDb) -> Result<(), AcceptRefused> {
    let (portal, import) = (portal(), "import-1".into());
    write_imports(store, vec![Import { sends: 1, ..portals::import("import-1") }]).await?;
    for batch in portals::batches() {
        let mut begun = Batch::new(batch.number);
        for _ in 0..batch.attempts {
            begun.attempt.clone_from(&batch.attempt);
            begun = store.begin_attempt(&portal, &import, begun, moment(10)).await?;
        }
        if batch.was_attempted() && batch.attempted_at.is_none() {
            let end = AttemptEnd { failed: batch.failures > 0, asked: batch.asked };
            begun = store.end_attempt(&portal, &import, &begun, end).await?;
        }
        if batch.dropped {
            store.drop_batch(&portal, &import, &begun).await?;
        }
    }
    Ok(())
}

/// These rows, and those without which nobody reads them: neither part of a plan is read without the other.
pub(super) async fn with_companions(row: Row, items: &[Item]) -> Vec<Item> {
    let mut all = items.to_vec();
    if matches!(row, Row::PlanChunk | Row::PlanHead) {
        let table = Table::holding(&[]);
        for plan in plans() {
            table.store.put_plan(&plan).await.expect("nothing is in the way");
        }
        all.extend(table.items().into_iter().filter(|item| kind(item) != row && kind(item) != Row::Organisation));
    }
    all
}

/// The plans of the samples: a sample is of one of them.
pub(super) fn plans() -> [Plan; 4] {
    customers::plans()
}

/// Whether these are sessions, or the ways to them, of version 4 or earlier. Those of administrators and the ways to all lie
/// where nobody looks any more, for the hour or the twelve that they have: that release was never deployed.
fn is_from_before_kinds(items: &[Item]) -> bool {
    let starts = |item: &Item, with: &str| item["pk"].as_str().is_some_and(|pk| pk.starts_with(with));
    !items.iter().any(|item| starts(item, "ADMINISTRATOR_SESSION#") || starts(item, "SESSIONS#"))
}

/// Reads these rows with the shipped code. Panics where they are not what the samples hold; an older one holds the
/// first values only.
pub(super) async fn read(row: Row, items: &[Item]) -> Result<(), StateError> {
    let table = Table::holding(&with_companions(row, items).await);
    let (store, count) = (&table.store, items.len());
    match row {
        Row::SignUp => {
            for sign_up in customers::sign_ups().into_iter().take(count) {
                assert_eq!(store.find_sign_up(&sign_up.id).await?, Some(sign_up));
            }
        }
        Row::AuditEntry => assert_eq!(store.audit_of(&"sign-up-1".into()).await?, customers::trail()[..count]),
        Row::XeroUserOfSignUp => {
            for (user, sign_up) in customers::logins().into_iter().take(count) {
                assert_eq!(store.xero_users_of(&sign_up).await?, [user]);
            }
        }
        Row::Session => read_sessions(store, items).await?,
        Row::SessionOfOwner => {
            // They lead an erasure to the sessions: it finds and removes them all.
            for session in customers::sessions() {
                store.erase_sessions(&session.owner()).await?;
            }
            let left = if is_from_before_kinds(items) { count } else { 0 };
            assert_eq!(table.items().len(), left, "a session was not found");
        }
        Row::Consent => {
            for attempt in customers::consents().into_iter().take(count) {
                assert_eq!(store.find_consent(&attempt.state).await?, Some(attempt));
            }
        }
        Row::Go1LoginAttempt => {
            for attempt in customers::go1_logins().into_iter().take(count) {
                assert_eq!(store.find_go1_login(&attempt.state).await?, Some(attempt));
            }
        }
        Row::XeroTokens => read_grants(store, &xero_tokens()[..count]).await?,
        Row::Go1Tokens => read_grants(store, &go1_tokens()[..count]).await?,
        Row::SignUpOfXeroUser => {
            let sign_ups: Vec<_> = customers::logins().into_iter().take(count).map(|(_, sign_up)| sign_up).collect();
            assert_eq!(store.sign_ups_of(&"xero-user-1".into()).await?, sign_ups);
        }
        Row::Organisation => {
            for tenant in customers::organisations().into_iter().take(count) {
                assert_eq!(store.find_tenant(&tenant.organisation.tenant).await?, Some(tenant));
            }
        }
        Row::PlanChunk | Row::PlanHead => read_plan(store, row, items).await?,
        Row::Portal => {
            for portal in portals::portals().into_iter().take(count) {
                assert_eq!(store.find_portal(&portal.id).await?, Some(portal));
            }
        }
        Row::Member => assert_eq!(store.members(&portal()).await?, portals::members()[..count]),
        Row::Import => {
            for mut import in portals::imports().into_iter().take(count) {
                let stored = store.find_import(&portal(), &import.id).await?;
                // Releases before this one forgot at the end what an import had waited for.
                if import.status.has_ended() && stored.as_ref().is_some_and(|stored| stored.wait.is_some()) {
                    import.wait = Some(portals::wait());
                }
                assert_eq!(stored, Some(import));
            }
        }
        Row::Person => {
            assert_eq!(store.import_people(&portal(), &"import-1".into()).await?, portals::people()[..count]);
        }
        Row::Batch => {
            // Until version 4 nothing said how an attempt ended.
            let says_ends = items.iter().all(|item| item.contains_key("ended"));
            let read = |batch: Batch| if says_ends { batch } else { Batch { ended: 0, asked: false, ..batch } };
            let expected: Vec<_> = portals::batches().into_iter().take(count).map(read).collect();
            assert_eq!(store.batches(&portal(), &"import-1".into()).await?, expected);
        }
        Row::ActiveImport => {
            let active = portals::imports().into_iter().filter(|import| !import.status.has_ended());
            let lines: Vec<_> =
                active.take(count).map(|Import { portal, id, .. }| ActiveImport { portal, import: id }).collect();
            assert_eq!(store.active_imports().await?, lines);
        }
        Row::SweepCursor => assert_eq!(store.sweep_cursor().await?, Some(cursor())),
        Row::CountedConnection => {
            let found = store.counted_connections().await?;
            // An earlier release did not know whose it is.
            let xero_user = found.first().and_then(|found| found.xero_user.clone());
            assert_eq!(found, [CountedConnection { xero_user, ..portals::connection() }]);
        }
        Row::Erasure => assert_eq!(store.erasures().await?, [portals::erasure()]),
        Row::Counter => assert_eq!(store.count(COUNTER, moment(3_600)).await?, 2, "it goes on from what is stored"),
        Row::DayKey => assert_eq!(store.key_of_day(DAY, "another", moment(172_800)).await?, DAY_KEY),
        Row::Receipt => {
            for receipt in portals::receipts().into_iter().take(count) {
                assert_eq!(store.find_receipt(&receipt.id).await?, Some(receipt));
            }
        }
    }
    Ok(())
}

async fn read_sessions(store: &DynamoDb, items: &[Item]) -> Result<(), StateError> {
    let before = is_from_before_kinds(items);
    for session in customers::sessions().into_iter().take(items.len()) {
        let found = store.find_session(&session.hash).await?;
        let is_lost = before && session.hash.kind() == SessionKind::Administrator;
        assert_eq!(found, Some(session.clone()).filter(|_| !is_lost));
        // Not by the hash of that release either: an administrator logs in again.
        if is_lost {
            assert_eq!(store.find_session(&session.hash.digest().into()).await?, None);
        }
    }
    Ok(())
}

/// Reads the plan of these rows: a sample is of one of them.
async fn read_plan(store: &DynamoDb, row: Row, items: &[Item]) -> Result<(), StateError> {
    // Releases before this one kept none of these.
    let is_older = row == Row::PlanHead && items.iter().all(|item| !item.contains_key("choices"));
    let mut found = 0;
    for mut plan in plans() {
        if is_older {
            (plan.choices, plan.address) = (Choices::default(), None);
            plan.course_titles.clear();
        }
        if let Some(read) = store.find_plan(&plan.tenant, &plan.digest()).await? {
            assert_eq!(read, plan);
            found += 1;
        }
    }
    assert_eq!(found, 1, "the sample is that of one plan");
    Ok(())
}

async fn read_grants(store: &DynamoDb, grants: &[(GrantOwner, StoredGrant)]) -> Result<(), StateError> {
    for (owner, grant) in grants {
        assert_eq!(store.find_grant(owner).await?.as_ref(), Some(grant), "{owner:?}");
    }
    Ok(())
}
