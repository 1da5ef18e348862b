//! How much is written for a full import.

use std::collections::BTreeMap;

use domain::email::EmailAddress;
use domain::import::{Batch, Ending, Import, ImportPerson, ImportStatus, Outcome, PersonTask, Progress, batch_of};
use domain::member::Member;
use domain::portal::{Portal, PortalDomain};
use jiff::Timestamp;
use state::{ImportAcceptance as _, ImportWork as _, Members as _, Portals as _};

use super::{Place, on_a_table};

/// Two writes a person (the member, the end), a transaction for the rows of fifty, an attempt for ten, and four for the
/// import, five for a portal's first.
async fn an_import_writes_little(place: Place) {
    on_a_table(place, async |store, wire| {
        let now = Timestamp::UNIX_EPOCH;
        let portal = Portal {
            id: "1".into(),
            tenant: "tenant".into(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            administrator: Some("1".into()),
            erased_at: None,
            places_used: 0,
            imports_accepted: 0,
            active_import: None,
            created_at: now,
        };
        store.add_portal(&portal).await.expect("a portal");
        let import = Import {
            portal: portal.id.clone(),
            tenant: portal.tenant,
            people: 200,
            places: 200,
            read: 200,
            courses: vec!["1001".into()],
            accepted_at: now,
            ..domain::samples::import()
        };
        let people = (0..200).map(|number| ImportPerson {
            employee_id: format!("employee-{number}").as_str().into(),
            given_name: "Zoë".to_owned(),
            family_name: "O'Hara".to_owned(),
            email: EmailAddress::parse("zoe@example.com").expect("an address"),
            task: PersonTask::Create,
            batch: batch_of(number),
            outcome: Outcome::Waiting,
        });
        let people: Vec<_> = people.collect();
        wire.sent();

        store.accept_import(&import, 0).await.expect("accepted");
        store.add_people(&import, &people, now).await.expect("rows");
        store.start_import(&portal.id, &import.id).await.expect("running");
        store
            .mark_sent(&portal.id, &import.id, 1, &(0..import.batches()).collect::<Vec<_>>(), &[], now)
            .await
            .expect("sent");
        // Only where no earlier import of the portal has found it out.
        store.set_assignable(&portal.id, &import.id, &import.courses).await.expect("recorded");
        for number in 0..import.batches() {
            store.begin_attempt(&portal.id, &import.id, Batch::new(number), now).await.expect("begun");
        }
        let outcome = Outcome::Done {
            account: "7".into(),
            created: true,
            enrollments: 5,
            assigned: Vec::new(),
            match_by_time: false,
            refused: Vec::new(),
        };
        for ImportPerson { employee_id, .. } in people {
            let (account, import_id) = (Some("7".into()), import.id.clone());
            store.end_person(&portal.id, &import.id, &employee_id, &outcome).await.expect("ended");
            let member = Member {
                employee_id,
                account,
                created: true,
                import: import_id,
                since: now,
                unfinished: false,
                asked_at: None,
                deactivated: false,
                reactivated_by: None,
                revision: 0,
            };
            store.add_member(&portal.id, &member).await.expect("a member");
        }
        let ending = Ending { status: ImportStatus::Done, sums: Progress::default(), refused: Vec::new() };
        store.end_import(&portal.id, &import.id, &ending, now).await.expect("ended");

        let mut counts = BTreeMap::new();
        for operation in wire.sent() {
            *counts.entry(operation).or_insert(0) += 1;
        }
        let expected = [("GetItem", 2), ("PutItem", 200), ("TransactWriteItems", 3 + 10 + 2), ("UpdateItem", 200 + 3)];
        assert_eq!(counts, expected.map(|(operation, count)| (operation.to_owned(), count)).into());
    })
    .await;
}

in_memory_and_on_the_emulator!(an_import_writes_little);
