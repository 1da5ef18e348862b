//! Many at once.

use domain::ids::{ImportId, PortalId, SignUpId};
use domain::import::{Batch, ImportStatus, Outcome};
use domain::portal::{PLACES, Portal};
use domain::session::{Session, StandsFor};
use futures::future::join_all;

use super::samples::{employee, ending, import, moment, portal, running, sign_up};
use super::store::Store;
use crate::{AcceptRefused, GrantOwner, Lease, StateError};

/// How many callers write at the same time.
const RACERS: usize = 32;

/// Panics unless one won and all others met a conflict.
#[track_caller]
fn assert_one_winner<T: std::fmt::Debug>(results: &[Result<T, StateError>]) {
    let lost = results.iter().filter(|result| matches!(result, Err(StateError::Conflict))).count();
    assert_eq!(lost, results.len() - 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

/// Whatever can happen once happens once, however many try.
pub async fn races_have_one_winner(store: &impl Store, prefix: &str) {
    tokio::join!(
        leases(store, prefix),
        confirmations(store, prefix),
        last_places(store, prefix),
        ends(store, prefix),
        changes(store, prefix),
    );
}

async fn leases(store: &impl Store, prefix: &str) {
    let owner = GrantOwner::Portal(PortalId::new(format!("{prefix}raced")));
    store.put_grant(&owner, "sealed", moment(0)).await.expect("stored");
    for generation in 1..=3 {
        let results = join_all((0..RACERS).map(|racer| {
            let (owner, lease) = (&owner, Lease { holder: format!("racer {racer}"), until: moment(30) });
            async move { store.lease_grant(owner, generation, &lease, moment(0)).await.map(|()| lease.holder) }
        }))
        .await;
        assert_one_winner(&results);
        let winner = results.into_iter().find_map(Result::ok).expect("a winner");
        assert!(winner.starts_with("racer"), "{winner}");
        store.renew_grant(&owner, generation, &format!("sealed {generation}"), moment(9)).await.expect("renewed");
    }
}

/// One plan confirmed many times, with different ticks: one import, and all others are told which.
async fn confirmations(store: &impl Store, prefix: &str) {
    let id = PortalId::new(format!("{prefix}pressed"));
    store.add_portal(&portal(id.clone())).await.expect("a portal");
    let presses: Vec<_> = (1..).take(RACERS).map(|people| import(&id, "pressed", people)).collect();
    let results = join_all(presses.iter().map(|press| store.accept_import(press, 0))).await;
    let accepted: Vec<_> =
        presses.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(press, _)| press).collect();
    assert_eq!(accepted.len(), 1, "{results:?}");
    for result in &results {
        let known = match result {
            Ok(()) => true,
            Err(AcceptRefused::AcceptedBefore(before)) => before.people == accepted[0].people,
            Err(_) => false,
        };
        assert!(known, "{result:?}");
    }
    let owner = store.find_portal(&id).await.expect("read").expect("a portal");
    assert_eq!(owner.places_used, accepted[0].places);
    assert_eq!((owner.imports_accepted, owner.active_import), (1, Some(accepted[0].id.clone())));
}

/// Different imports race for the last places; between them, each that got in ends. Never more than all places.
async fn last_places(store: &impl Store, prefix: &str) {
    let id = PortalId::new(format!("{prefix}full"));
    store.add_portal(&Portal { places_used: PLACES - 7, ..portal(id.clone()) }).await.expect("a portal");
    for round in 0..4 {
        let tries: Vec<_> = (0..8).map(|racer| import(&id, format!("round {round} racer {racer}"), 3)).collect();
        let results = join_all(tries.iter().map(|import| store.accept_import(import, round))).await;
        let won: Vec<_> =
            tries.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(import, _)| import).collect();
        let owner = store.find_portal(&id).await.expect("read").expect("a portal");
        assert!(owner.places_used <= PLACES);
        match round {
            0 | 1 => {
                assert_eq!(won.len(), 1, "{results:?}");
                let winner = won[0];
                for (import, result) in tries.iter().zip(&results) {
                    let told = matches!(result, Err(AcceptRefused::AnotherIsActive(active)) if *active == winner.id);
                    assert!(told || import == winner, "{result:?}");
                }
                store.start_import(&id, &winner.id).await.expect("running");
                let done = ending(ImportStatus::Done, 0);
                store.end_import(&id, &winner.id, &done, moment(2)).await.expect("ended");
            }
            2 => {
                let full = |result| matches!(result, &Err(AcceptRefused::NotEnoughPlaces { left: 1 }));
                assert!(results.iter().all(full), "{results:?}");
            }
            // Two imports were accepted, so a plan made after three cannot be.
            _ => assert!(results.iter().all(|result| matches!(result, Err(AcceptRefused::PlanOutdated)))),
        }
    }
}

/// The last people of an import end at once, and everybody who ended one tries to end the import.
async fn ends(store: &impl Store, prefix: &str) {
    let id = PortalId::new(format!("{prefix}ending"));
    let import = running(store, &id, 4).await;
    let begins = join_all((0..RACERS).map(|_| store.begin_attempt(&id, &import.id, Batch::new(0), moment(2)))).await;
    assert_one_winner(&begins);
    let begun = begins.into_iter().find_map(Result::ok).expect("a winner");
    let again = join_all((0..RACERS).map(|_| store.begin_attempt(&id, &import.id, begun.clone(), moment(3)))).await;
    assert_one_winner(&again);
    let sends = join_all((0..RACERS).map(|_| store.record_send(&id, &import.id, 1))).await;
    assert!(sends.iter().all(|send| matches!(send, Ok(2))), "one number, by which the queue knows a message again");
    drops(store, &id, &import.id).await;

    let outcome = Outcome::Done {
        account: "7".into(),
        created: true,
        enrollments: 5,
        assigned: Vec::new(),
        match_by_time: false,
        refused: Vec::new(),
    };
    let who = employee(0);
    let people = join_all((0..RACERS).map(|_| store.end_person(&id, &import.id, &who, &outcome))).await;
    assert_one_winner(&people);
    let partly = ending(ImportStatus::PartlyDone, 1);
    let ended = join_all((0..RACERS).map(|_| store.end_import(&id, &import.id, &partly, moment(3)))).await;
    assert_one_winner(&ended);
    let owner = store.find_portal(&id).await.expect("read").expect("a portal");
    assert_eq!((owner.places_used, owner.active_import), (3, None), "places are given back once");
}

/// Workers begin a batch while the owner stops the import: one of them all has it.
async fn drops(store: &impl Store, id: &PortalId, import: &ImportId) {
    for number in 1..9 {
        let racers = (0..RACERS).map(|racer| async move {
            match racer % 2 {
                0 => store.drop_batch(id, import, &Batch::new(number)).await,
                _ => store.begin_attempt(id, import, Batch::new(number), moment(4)).await.map(drop),
            }
        });
        let results = join_all(racers).await;
        let (dropped, begun): (Vec<_>, Vec<_>) = results.iter().enumerate().partition(|(racer, _)| racer % 2 == 0);
        let won =
            |results: &[(usize, &Result<(), StateError>)]| results.iter().filter(|(_, result)| result.is_ok()).count();
        assert!(matches!((won(&dropped), won(&begun)), (0, 1) | (16, 0)), "{results:?}");
        let batch = store.find_batch(id, import, number).await.expect("read").expect("a batch");
        assert_ne!(batch.dropped, batch.was_attempted());
    }
}

/// Two tabs change one sign-up; sessions do not get into each other's way.
async fn changes(store: &impl Store, prefix: &str) {
    let way = sign_up(&format!("{prefix}raced"));
    let ways: Vec<_> = (0..RACERS)
        .map(|racer| {
            let mut way = way.clone();
            way.details.company = format!("Company {racer}");
            way
        })
        .collect();
    let added = join_all(ways.iter().map(|way| store.add_sign_up(way))).await;
    assert_one_winner(&added);
    let replaced = join_all(ways.iter().map(|way| store.replace_sign_up(way.clone()))).await;
    assert_one_winner(&replaced);
    let sessions = (0..RACERS).map(|racer| {
        let hash = format!("{prefix}raced {racer}");
        let session = Session {
            hash: hash.as_str().into(),
            stands_for: StandsFor::SignUp { id: SignUpId::new(hash), login: None },
            started_at: moment(0),
            last_used_at: None,
        };
        async move {
            store.add_session(&session).await.expect("added");
            assert_eq!(store.find_session(&session.hash).await.expect("read"), Some(session));
        }
    });
    join_all(sessions).await;
}
