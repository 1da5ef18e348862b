//! How much is written for a full import.

use std::collections::BTreeMap;

use domain::email::EmailAddress;
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, batches_of};
use domain::member::Member;
use domain::portal::{Portal, PortalDomain};
use jiff::Timestamp;
use state::{ImportAcceptance as _, ImportWork as _, Members as _, Portals as _};

use super::on_a_table;

/// Three writes a person (the row, the member, the end), the attempts shared by ten, and a handful for the import.
#[tokio::test]
#[ignore = "needs the emulator: STATE_TEST_ENDPOINT=http://127.0.0.1:4566 cargo test -p state -- --include-ignored"]
async fn an_import_writes_little() {
    on_a_table(async |store, wire| {
        let now = Timestamp::UNIX_EPOCH;
        let portal = Portal {
            id: "1".into(),
            tenant: "tenant".into(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            administrator: "1".into(),
            places_used: 0,
            imports_accepted: 0,
            active_import: None,
            created_at: now,
        };
        store.add_portal(&portal).await.expect("a portal");
        let import = Import {
            id: "import".into(),
            portal: portal.id.clone(),
            tenant: portal.tenant,
            plan: "plan".into(),
            people: (0..200).map(|number| format!("employee-{number}").as_str().into()).collect(),
            courses: vec!["1001".into()],
            status: ImportStatus::Accepting,
            accepted_at: now,
            ended_at: None,
            wait_until: None,
        };
        let people = import.people.iter().map(|employee_id| ImportPerson {
            employee_id: employee_id.clone(),
            given_name: "Zoë".to_owned(),
            family_name: "O'Hara".to_owned(),
            email: EmailAddress::parse("zoe@example.com").expect("an address"),
            link: false,
            outcome: Outcome::Waiting,
        });
        let people: Vec<_> = people.collect();
        wire.sent();

        store.accept_import(&import, 0).await.expect("accepted");
        store.add_people(&import, &people, now).await.expect("rows");
        let batches = batches_of(&import.people);
        store.add_batches(&import, &batches).await.expect("batches");
        store.start_import(&portal.id, &import.id).await.expect("running");
        let outcome = Outcome::Done { account: "7".into(), created: true, enrollments: 5 };
        for batch in batches {
            let number = batch.number;
            let batch = store.record_send(&portal.id, &import.id, batch).await.expect("recorded");
            store.mark_sent(&portal.id, &import.id, number, now).await.expect("sent");
            let batch = store.begin_attempt(&portal.id, &import.id, batch, now).await.expect("begun");
            for employee_id in batch.people {
                let (account, import_id) = ("7".into(), import.id.clone());
                store.end_person(&portal.id, &import.id, &employee_id, &outcome).await.expect("ended");
                let member = Member { employee_id, account, created: true, import: import_id, since: now };
                store.add_member(&portal.id, &member).await.expect("a member");
            }
            store.end_batch(&portal.id, &import.id, number, now).await.expect("ended");
        }
        store.end_import(&portal.id, &import.id, ImportStatus::Done, 0, now).await.expect("ended");

        let mut counts = BTreeMap::new();
        for operation in wire.sent() {
            *counts.entry(operation).or_insert(0) += 1;
        }
        let expected = [("PutItem", 200 + 200 + 20), ("TransactWriteItems", 2), ("UpdateItem", 200 + 1 + 4 * 20)];
        assert_eq!(counts, expected.map(|(operation, count)| (operation.to_owned(), count)).into());
    })
    .await;
}
