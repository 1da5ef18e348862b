//! Accepting imports.

use std::time::Duration;

use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, PersonTask, UndoPerson};
use domain::portal::Portal;

use super::samples::{ending, import, moment, people, portal};
use super::sizes::Sizes;
use super::store::{Store, assert_conflict};
use crate::{AcceptRefused, ActiveImport, BatchRead, StateError};

async fn stored_portal(store: &impl Store, id: &PortalId) -> Portal {
    store.find_portal(id).await.expect("read").expect("a portal")
}

async fn end(store: &impl Store, import: &Import) {
    store.start_import(&import.portal, &import.id).await.expect("running");
    let ending = ending(ImportStatus::Done, 0);
    store.end_import(&import.portal, &import.id, &ending, moment(9)).await.expect("ended");
}

/// An import is accepted as a whole or not at all, and each refusal says precisely why.
pub async fn imports_are_accepted(store: &impl Store, prefix: &str, sizes: Sizes) {
    refusals(store, &PortalId::new(format!("{prefix}accepting"))).await;
    rows(store, &PortalId::new(format!("{prefix}rows")), sizes.people).await;
    late_rows(store, &PortalId::new(format!("{prefix}late-rows"))).await;
    cursor(store, prefix).await;
    undos(store, &PortalId::new(format!("{prefix}undos"))).await;
}

/// An undo is linked with what it takes back as it is accepted, and the imports of a portal are listed.
async fn undos(store: &impl Store, id: &PortalId) {
    store.add_portal(&portal(id.clone())).await.expect("a portal");
    assert_eq!(store.imports_of(id).await.expect("read"), []);
    let undo =
        |of: &str| Import { places: 0, accepted_at: moment(5), undoes: Some(of.into()), ..import(id, "undo", 2) };
    let nothing = store.accept_import(&undo("first"), 0).await;
    assert!(matches!(nothing, Err(AcceptRefused::State(StateError::Conflict))), "{nothing:?}");
    assert_eq!(stored_portal(store, id).await, portal(id.clone()), "a refusal writes nothing");
    let first = import(id, "first", 2);
    store.accept_import(&first, 0).await.expect("accepted");
    let running = store.accept_import(&undo("first"), 1).await;
    assert!(matches!(running, Err(AcceptRefused::AnotherIsActive(_))), "{running:?}");
    let stored = store.find_import(id, &first.id).await.expect("read").expect("an import");
    assert_eq!(stored.undone_by, None);
    end(store, &first).await;

    let task = PersonTask::Undo { account: "7".into(), created: true, assigned: vec!["e".into()], match_by_time: true };
    let listed = UndoPerson { employee_id: super::samples::employee(0), task };
    let accepted = Import { undo_people: vec![listed], ..undo("first") };
    store.accept_import(&accepted, 1).await.expect("accepted");
    assert_eq!(store.find_import(id, &"undo".into()).await.expect("read"), Some(accepted), "with its people");
    let stored = store.find_import(id, &first.id).await.expect("read").expect("an import");
    assert_eq!((stored.undone_by, stored.status), (Some("undo".into()), ImportStatus::Done));
    let kept = stored_portal(store, id).await;
    assert_eq!((kept.places_used, kept.active_import), (2, Some("undo".into())), "it takes no place");
    let again = store.accept_import(&undo("first"), 2).await;
    assert!(matches!(again, Err(AcceptRefused::AcceptedBefore(_))), "{again:?}");
    let listed = store.imports_of(id).await.expect("read");
    let listed: Vec<_> = listed.iter().map(|import| import.id.as_str()).collect();
    assert_eq!(listed, ["undo", "first"], "the newest first");
    end(store, &undo("first")).await;
    let ended = store.find_import(id, &"undo".into()).await.expect("read").expect("an undo");
    assert_eq!(ended.undo_people, [], "their rows say it from the start on");
    assert_eq!(stored_portal(store, id).await.places_used, 2);
}

/// Where a sweep stopped is kept once for all portals, also where that import has ended.
async fn cursor(store: &impl Store, prefix: &str) {
    for name in ["first", "second"] {
        let last = ActiveImport { portal: PortalId::new(format!("{prefix}swept")), import: ImportId::new(name) };
        store.put_sweep_cursor(&last).await.expect("stored");
        assert_eq!(store.sweep_cursor().await.expect("read"), Some(last.clone()));
        assert!(!store.active_imports().await.expect("read").contains(&last), "it is no line of that list");
    }
}

async fn refusals(store: &impl Store, id: &PortalId) {
    let first = import(id, "first", 120);
    let nowhere = store.accept_import(&first, 0).await;
    assert!(matches!(nowhere, Err(AcceptRefused::State(StateError::Conflict))), "{nowhere:?}");
    store.add_portal(&portal(id.clone())).await.expect("a portal");

    let outdated = store.accept_import(&first, 1).await;
    assert!(matches!(outdated, Err(AcceptRefused::PlanOutdated)), "{outdated:?}");
    let too_many = store.accept_import(&import(id, "first", 201), 0).await;
    assert!(matches!(too_many, Err(AcceptRefused::NotEnoughPlaces { left: 200 })), "{too_many:?}");
    assert_eq!(store.find_import(id, &first.id).await.expect("read"), None);
    assert_eq!(stored_portal(store, id).await, portal(id.clone()), "a refusal writes nothing");

    store.accept_import(&first, 0).await.expect("accepted");
    assert_eq!(store.find_import(id, &first.id).await.expect("read"), Some(first.clone()));
    let holding =
        Portal { places_used: 120, imports_accepted: 1, active_import: Some(first.id.clone()), ..portal(id.clone()) };
    assert_eq!(stored_portal(store, id).await, holding);
    let active = ActiveImport { portal: id.clone(), import: first.id.clone() };
    assert!(store.active_imports().await.expect("read").contains(&active));

    // The same import with other ticks is refused with the one that was accepted.
    let again = store.accept_import(&import(id, "first", 3), 1).await;
    assert!(matches!(&again, Err(AcceptRefused::AcceptedBefore(before)) if **before == first), "{again:?}");
    let (second, small) = (import(id, "second", 81), import(id, "second", 1));
    for accepted in [0, 1] {
        let another = store.accept_import(&small, accepted).await;
        assert!(matches!(&another, Err(AcceptRefused::AnotherIsActive(active)) if *active == first.id), "{another:?}");
    }
    assert_conflict(store.end_import(id, &first.id, &ending(ImportStatus::Failed, 120), moment(9)).await);
    assert_eq!(stored_portal(store, id).await, holding, "an import that is being accepted does not end");

    end(store, &first).await;
    assert!(!store.active_imports().await.expect("read").contains(&active));
    // Also when the portal would have room for it.
    let again = store.accept_import(&import(id, "first", 3), 1).await;
    assert!(matches!(&again, Err(AcceptRefused::AcceptedBefore(before)) if before.status == ImportStatus::Done));
    let outdated = store.accept_import(&second, 0).await;
    assert!(matches!(outdated, Err(AcceptRefused::PlanOutdated)), "{outdated:?}");
    let too_many = store.accept_import(&second, 1).await;
    assert!(matches!(too_many, Err(AcceptRefused::NotEnoughPlaces { left: 80 })), "{too_many:?}");
    // Whoever has had a place since an earlier import takes none.
    let resuming = Import { people: 90, places: 80, ..second.clone() };
    store.accept_import(&resuming, 1).await.expect("the last places");
    end(store, &second).await;
    let full = store.accept_import(&import(id, "third", 1), 2).await;
    assert!(matches!(full, Err(AcceptRefused::NotEnoughPlaces { left: 0 })), "{full:?}");

    // An import is its portal's: a foreign or odd id finds nothing.
    let stranger = PortalId::new(format!("{id}-stranger"));
    assert_eq!(store.find_import(&stranger, &first.id).await.expect("read"), None);
    assert_eq!(store.find_import(id, &ImportId::new("x".repeat(3000))).await.expect("read"), None);
    assert_eq!(store.find_import(id, &"".into()).await.expect("read"), None);
}

async fn rows(store: &impl Store, id: &PortalId, count: u32) {
    store.add_portal(&portal(id.clone())).await.expect("a portal");
    let import = import(id, "import", count);
    store.accept_import(&import, 0).await.expect("accepted");
    let rows = people(&import);
    assert_eq!(store.import_people(id, &import.id).await.expect("read"), []);
    // What a crash left is completed: the first half is there, and somebody in it has ended.
    store.add_people(&import, &rows[..rows.len() / 2], moment(86_400)).await.expect("half of the rows");
    let outcome = Outcome::Done {
        account: "7".into(),
        created: true,
        enrollments: 5,
        assigned: Vec::new(),
        match_by_time: false,
        refused: Vec::new(),
    };
    store.end_person(id, &import.id, &rows[3].employee_id, &outcome).await.expect("ended");
    store.add_people(&import, &rows, moment(86_400)).await.expect("all rows");
    let mut expected = rows.clone();
    expected[3] = ImportPerson { outcome, ..rows[3].clone() };
    assert_eq!(store.import_people(id, &import.id).await.expect("read"), expected);
    // A table may be behind, though not for long.
    let mut lately = Vec::new();
    for _ in 0..50 {
        lately = store.import_people_lately(id, &import.id).await.expect("read");
        if lately == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(lately, expected, "five seconds later");

    let asked = [4, 900, 2].map(super::samples::employee);
    let found = store.people_of(id, &import.id, &asked).await.expect("read");
    assert_eq!(found, [rows[4].clone(), rows[2].clone()]);
    assert_eq!(store.people_of(id, &"another".into(), &asked).await.expect("read"), []);
    let nobody: [EmployeeId; 0] = [];
    let read = store.find_batch_with_people(id, &import.id, 0, &asked).await.expect("read");
    let (of_import, of_batch) = (read.import.map(|import| import.id), read.batch);
    assert_eq!((of_import, of_batch, read.people), (Some(import.id.clone()), None, found));
    let twice = [asked[0].clone(), asked[0].clone()];
    let read = store.find_batch_with_people(id, &import.id, 0, &twice).await.expect("read");
    assert_eq!(read.people, [rows[4].clone()], "who is named twice is one person");
    let read = store.find_batch_with_people(id, &"another".into(), 0, &asked).await.expect("read");
    assert_eq!(read, BatchRead::default(), "nothing is there");
    assert_eq!(store.people_of(id, &import.id, &nobody).await.expect("read"), []);

    assert_conflict(store.start_import(id, &"another".into()).await);
    // Started again before anything is marked as sent, it may be the same write, whose answer was lost.
    for _ in 0..2 {
        assert!(store.start_import(id, &import.id).await.expect("running"));
        let stored = store.find_import(id, &import.id).await.expect("read").expect("an import");
        assert_eq!((stored.status, stored.sends), (ImportStatus::Running, 1));
        assert_eq!(stored.unsent, (0..import.batches()).collect::<Vec<_>>());
    }
    store.mark_sent(id, &import.id, 1, &[0, 1, 2, 3], &[4], moment(5)).await.expect("sent");
    let sent = store.find_import(id, &import.id).await.expect("read");
    assert!(!store.start_import(id, &import.id).await.expect("left alone"));
    assert_eq!(store.find_import(id, &import.id).await.expect("read"), sent);
}

/// Nobody's row is made under an import that is not there or has ended, and two who write the same rows both succeed.
async fn late_rows(store: &impl Store, id: &PortalId) {
    store.add_portal(&portal(id.clone())).await.expect("a portal");
    let import = import(id, "import", 60);
    let rows = people(&import);
    assert_conflict(store.add_people(&import, &rows, moment(86_400)).await);
    assert_eq!(store.import_people(id, &import.id).await.expect("read"), [], "it was erased, or never accepted");

    store.accept_import(&import, 0).await.expect("accepted");
    let some = &rows[..55];
    let (one, other) =
        tokio::join!(store.add_people(&import, some, moment(86_400)), store.add_people(&import, some, moment(86_400)));
    one.and(other).expect("all rows are there");
    end(store, &import).await;
    assert_conflict(store.add_people(&import, &rows, moment(86_400)).await);
    assert_eq!(store.import_people(id, &import.id).await.expect("read"), some, "it has ended");
}
