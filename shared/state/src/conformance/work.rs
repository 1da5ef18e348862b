//! Working on imports.

use std::collections::BTreeSet;

use domain::ids::{ImportId, PortalId};
use domain::import::{
    Assignments, AttemptEnd, Batch, FailureReason, Import, ImportStatus, Outcome, Progress, Wait, WaitReason,
};
use domain::member::Member;

use super::samples::{employee, ending, import, moment, portal, running};
use super::store::{Store, assert_conflict};

/// Sends, attempts, outcomes, waits, stops and ends are each recorded once, on their conditions.
pub async fn imports_are_worked_on(store: &impl Store, prefix: &str) {
    let id = PortalId::new(format!("{prefix}working"));
    let mut import = running(store, &id, 25).await;
    sends(store, &mut import).await;
    attempts(store, &import).await;
    drops(store, &import).await;
    people(store, &import).await;
    failures(store, &import).await;
    waits_and_stops(store, &mut import).await;
    ends(store, &import).await;
    before_the_start(store, &PortalId::new(format!("{prefix}preparing"))).await;
}

async fn stored(store: &impl Store, import: &Import) -> Import {
    store.find_import(&import.portal, &import.id).await.expect("read").expect("an import")
}

async fn sends(store: &impl Store, import: &mut Import) {
    let (portal, id) = (&import.portal, &import.id);
    assert_eq!(stored(store, import).await, *import);
    store.mark_sent(portal, id, 1, &[1], &[2], moment(5)).await.expect("sent");
    *import = Import { unsent: vec![0, 2], sent_at: Some(moment(5)), ..import.clone() };
    assert_eq!(stored(store, import).await, *import);

    let (portal, id) = (&import.portal, &import.id);
    assert_eq!(store.record_send(portal, id, 1).await.expect("recorded"), 2);
    assert_eq!(store.record_send(portal, id, 1).await.expect("the same"), 2, "its answer may have been lost");
    assert_conflict(store.record_send(portal, id, 0).await);
    assert_conflict(store.record_send(portal, id, 3).await);
    store.mark_sent(portal, id, 1, &[0, 2], &[], moment(6)).await.expect("left alone");
    assert_eq!(stored(store, import).await, Import { sends: 2, ..import.clone() }, "another sending has begun");
    // Another worker's message has come too often meanwhile, and the queue did not take a batch that was sent before.
    store.mark_unsent(portal, id, 1, &[1]).await.expect("recorded");
    store.mark_sent(portal, id, 2, &[0], &[3], moment(7)).await.expect("sent");
    let unsent = stored(store, import).await.unsent;
    assert_eq!(BTreeSet::from_iter(unsent), BTreeSet::from([1, 2, 3]), "what others recorded stays");
    for _ in 0..2 {
        store.mark_sent(portal, id, 2, &[1, 2, 3], &[], moment(7)).await.expect("sent");
    }
    assert_conflict(store.record_send(portal, &"another".into(), 0).await);
    assert_conflict(store.mark_sent(portal, &"another".into(), 1, &[], &[], moment(7)).await);
    *import = Import { sends: 2, unsent: Vec::new(), sent_at: Some(moment(7)), ..import.clone() };
    assert_eq!(stored(store, import).await, *import);
    left_before_the_sending_is_recorded(store, import).await;
}

/// A worker leaves batches to the sweeper, one on the list and one that is not, before their sending is recorded.
async fn left_before_the_sending_is_recorded(store: &impl Store, import: &mut Import) {
    let (portal, id) = (&import.portal, &import.id);
    store.mark_sent(portal, id, 2, &[], &[2], moment(7)).await.expect("sent");
    for _ in 0..2 {
        store.mark_unsent(portal, id, 2, &[2, 3]).await.expect("recorded");
    }
    store.mark_sent(portal, id, 2, &[2, 3], &[], moment(8)).await.expect("left alone");
    let expected = Import { sends: 3, unsent: vec![2, 3], ..import.clone() };
    assert_eq!(stored(store, import).await, expected, "they are to be sent again");
    store.mark_sent(portal, id, 3, &[2, 3], &[], moment(7)).await.expect("sent");
    *import = Import { sends: 3, ..import.clone() };
    assert_eq!(stored(store, import).await, *import);
}

async fn attempts(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    assert_eq!(store.batches(portal, id).await.expect("read"), [], "a batch is not there before its first attempt");
    let first = store.begin_attempt(portal, id, Batch::new(0), moment(6)).await.expect("begun");
    assert_eq!(first, Batch { attempts: 1, attempted_at: Some(moment(6)), ..Batch::new(0) });
    assert_conflict(store.begin_attempt(portal, id, Batch::new(0), moment(7)).await);
    let second = store.begin_attempt(portal, id, first.clone(), moment(8)).await.expect("begun again");
    assert_eq!(second, Batch { attempts: 2, attempted_at: Some(moment(8)), ..first.clone() });
    assert_conflict(store.begin_attempt(portal, id, first.clone(), moment(9)).await);

    let (in_order, failed) = (AttemptEnd::default(), AttemptEnd { failed: true, asked: true });
    assert_conflict(store.end_attempt(portal, id, &first, failed).await);
    assert_eq!(store.find_batch(portal, id, 0).await.expect("read"), Some(second.clone()), "a successor is at work");
    let back = store.end_attempt(portal, id, &second, failed).await.expect("given back");
    assert_eq!(back, Batch { failures: 1, attempted_at: None, ended: 1, asked: true, ..second.clone() });
    assert!(!back.is_settled(), "the first was cut off");
    for end in [failed, in_order] {
        let again = store.end_attempt(portal, id, &second, end).await.expect("left alone");
        assert_eq!(again, back, "a failure counts once, however often its answer is lost");
    }
    let third = store.begin_attempt(portal, id, back, moment(10)).await.expect("begun again");
    let back = store.end_attempt(portal, id, &third, in_order).await.expect("given back");
    assert_eq!((back.attempts, back.failures, back.attempted_at), (3, 1, None));
    assert_eq!((back.ended, back.asked), (2, true), "what one has asked stays asked");

    // An attempt with a name is known again by whoever began it, and by nobody else.
    let named = |name: &str, batch: &Batch| Batch { attempt: name.to_owned(), ..batch.clone() };
    for before in [Batch::new(1), Batch { attempts: 1, ..Batch::new(1) }] {
        let begun = store.begin_attempt(portal, id, named("one", &before), moment(10)).await.expect("begun");
        assert_eq!((begun.attempts, begun.attempt.as_str()), (before.attempts + 1, "one"));
        let again = store.begin_attempt(portal, id, named("one", &before), moment(11)).await.expect("the same");
        assert_eq!(again, begun);
        for other in ["two", ""] {
            assert_conflict(store.begin_attempt(portal, id, named(other, &before), moment(11)).await);
        }
    }
    assert_conflict(store.begin_attempt(portal, id, Batch { attempts: 1, ..Batch::new(77) }, moment(11)).await);
    assert_conflict(store.begin_attempt(portal, &"another".into(), Batch::new(0), moment(11)).await);
    assert_conflict(store.end_attempt(portal, id, &Batch::new(77), failed).await);
    let numbers: Vec<_> = store.batches(portal, id).await.expect("read").iter().map(|batch| batch.number).collect();
    assert_eq!(numbers, [0, 1], "a refusal makes no batch");
}

async fn drops(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    // A first attempt of the batch 0 was cut off, so it may be at work for ever.
    let cut_off = store.find_batch(portal, id, 0).await.expect("read").expect("a batch");
    for seen in [Batch::new(0), cut_off.clone(), Batch { ended: cut_off.attempts, ..cut_off }] {
        assert_conflict(store.drop_batch(portal, id, &seen).await);
    }
    assert_conflict(store.drop_batch(portal, &"another".into(), &Batch::new(2)).await);
    for _ in 0..2 {
        store.drop_batch(portal, id, &Batch::new(2)).await.expect("never begun");
    }
    // Whose attempts have all ended in order can be dropped, unless the next one has begun.
    let begun = store.begin_attempt(portal, id, Batch::new(3), moment(12)).await.expect("begun");
    assert_conflict(store.drop_batch(portal, id, &begun).await);
    let ended = store.end_attempt(portal, id, &begun, AttemptEnd::default()).await.expect("ended");
    assert!(ended.is_settled() && ended.asked_nobody(), "{ended:?}");
    let next = store.begin_attempt(portal, id, ended.clone(), moment(12)).await.expect("begun");
    for seen in [&ended, &next] {
        assert_conflict(store.drop_batch(portal, id, seen).await);
    }
    let ended = store.end_attempt(portal, id, &next, AttemptEnd { failed: false, asked: true }).await.expect("ended");
    assert!(ended.is_settled() && !ended.asked_nobody(), "{ended:?}");
    for _ in 0..2 {
        store.drop_batch(portal, id, &ended).await.expect("nobody is at work");
    }
    assert_eq!(store.find_batch(portal, id, 3).await.expect("read"), Some(Batch { dropped: true, ..ended.clone() }));
    assert_conflict(store.begin_attempt(portal, id, ended, moment(12)).await);
    let dropped = store.find_batch(portal, id, 2).await.expect("read").expect("a batch");
    assert!(dropped.dropped && !dropped.was_attempted());
    for batch in [Batch::new(2), dropped.clone(), Batch { attempts: 1, ..dropped }] {
        assert_conflict(store.begin_attempt(portal, id, batch, moment(12)).await);
    }
}

async fn people(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    let done = Outcome::Done {
        account: "7".into(),
        created: true,
        enrollments: 2,
        assigned: Vec::new(),
        match_by_time: false,
        refused: vec!["1002".into()],
    };
    let failed = Outcome::failed(FailureReason::AccountRefused);
    let courses =
        Assignments { enrollments: 1, assigned: vec!["e1".into()], match_by_time: false, refused: vec!["1002".into()] };
    let half = Outcome::failed_with(FailureReason::EnrollmentRefused, Some(("8".into(), true)), courses);
    let unknown = Outcome::failed(FailureReason::Unresolved);
    for (number, outcome) in [&done, &failed, &half, &unknown].into_iter().enumerate() {
        store.end_person(portal, id, &employee(number), outcome).await.expect("ended");
        assert_conflict(store.end_person(portal, id, &employee(number), &failed).await);
    }
    assert_conflict(store.end_person(portal, id, &employee(900), &done).await);
    let rows = store.import_people(portal, id).await.expect("read");
    let outcomes: Vec<_> = rows.iter().map(|row| &row.outcome).take(4).collect();
    assert_eq!(outcomes, [&done, &failed, &half, &unknown]);
    let expected = Progress {
        people: 25,
        waiting: 21,
        done: 1,
        short: 1,
        created: 2,
        enrollments: 3,
        failed: 3,
        partly: 1,
        places_back: 1,
        ..Progress::default()
    };
    assert_eq!(Progress::of(&rows), expected);
}

/// Whoever fails ends together with the member that they are: neither without the other.
async fn failures(store: &impl Store, import: &Import) {
    let (portal, id, since) = (&import.portal, &import.id, import.accepted_at);
    let unknown = |number| Member::unresolved(id.clone(), since, employee(number), since);
    let known = |number| Member { account: Some("9".into()), ..unknown(number) };
    let changed = |number| Member { revision: 1, ..known(number) };
    let (failed, kept) = (Outcome::failed(FailureReason::Stopped), Outcome::failed(FailureReason::Unresolved));
    for (number, before) in [(20, None), (21, Some(unknown(21))), (22, Some(known(22)))] {
        if let Some(before) = &before {
            store.add_member(portal, before).await.expect("added");
        }
        let (who, before) = (employee(number), before.as_ref());
        for wrong in [None, Some(&unknown(number)), Some(&known(number)), Some(&changed(number))] {
            if wrong != before {
                assert_conflict(store.end_person_with_member(portal, id, &who, &failed, wrong, None, None).await);
                assert_conflict(
                    store.end_person_with_member(portal, id, &who, &kept, wrong, Some(&unknown(number)), None).await,
                );
            }
        }
        assert_eq!(store.find_member(portal, &who).await.expect("read").as_ref(), before);
        assert_eq!(
            store.people_of(portal, id, std::slice::from_ref(&who)).await.expect("read")[0].outcome,
            Outcome::Waiting
        );
        let after = (number == 20).then(|| unknown(number));
        let outcome = if after.is_some() { &kept } else { &failed };
        // Its row was made by a drop; the attempts of another are not those of it.
        let batch = Batch::new(50 + u32::try_from(number).expect("small"));
        let other = Batch { attempts: 1, ..batch.clone() };
        let (missing, new) = (Batch::new(90), after.as_ref());
        store.drop_batch(portal, id, &batch).await.expect("dropped");
        for wrong in [&other, &missing] {
            assert_conflict(store.end_person_with_member(portal, id, &who, outcome, before, new, Some(wrong)).await);
        }
        assert_eq!(store.find_batch(portal, id, 90).await.expect("read"), None, "no row is made by it");
        assert_eq!(store.find_member(portal, &who).await.expect("read").as_ref(), before);
        store.end_person_with_member(portal, id, &who, outcome, before, new, Some(&batch)).await.expect("failed");
        assert_eq!(store.find_member(portal, &who).await.expect("read"), after);
        assert_eq!(store.people_of(portal, id, std::slice::from_ref(&who)).await.expect("read")[0].outcome, *outcome);
        let again = Some(known(number));
        assert_eq!(after.as_ref().map_or(0, |after| after.revision), 0, "the first of them");
        assert_conflict(
            store.end_person_with_member(portal, id, &who, outcome, after.as_ref(), again.as_ref(), None).await,
        );
        assert_eq!(store.find_member(portal, &who).await.expect("read"), after, "they had ended");
    }
}

async fn waits_and_stops(store: &impl Store, import: &mut Import) {
    let (portal, id) = (import.portal.clone(), import.id.clone());
    let waiting = |why| Wait { until: moment(100), why, times: 2 };
    let last = waiting(WaitReason::Login { generation: 3 });
    let without_courses = waiting(WaitReason::NoCourses { batch: 3 });
    for wait in [waiting(WaitReason::Failing), waiting(WaitReason::OwnFault), without_courses, last] {
        store.set_wait(&portal, &id, &wait, None).await.expect("waiting");
        assert_eq!(stored(store, import).await, Import { wait: Some(wait), ..import.clone() });
    }
    let asked = Wait { until: moment(300), why: WaitReason::RetryAfter, times: 2 };
    store.set_wait(&portal, &id, &asked, None).await.expect("waiting");
    for shorter in [WaitReason::RetryAfter, WaitReason::Failing, WaitReason::Login { generation: 3 }] {
        let shorter = Wait { until: moment(299), why: shorter, times: 2 };
        store.set_wait(&portal, &id, &shorter, None).await.expect("left alone");
        assert_eq!(stored(store, import).await.wait, Some(asked), "what GO1 asked for is kept in full");
    }
    store.end_wait(&portal, &id, &asked).await.expect("over");
    store.set_wait(&portal, &id, &last, None).await.expect("waiting");
    for another in
        [waiting(WaitReason::RetryAfter), waiting(WaitReason::Login { generation: 4 }), Wait { times: 1, ..last }]
    {
        store.end_wait(&portal, &id, &another).await.expect("left alone");
        assert_eq!(stored(store, import).await.wait, Some(last), "only the wait that was meant ends");
    }
    for _ in 0..2 {
        store.end_wait(&portal, &id, &last).await.expect("over");
        assert_eq!(stored(store, import).await, *import);
    }
    assert_conflict(store.set_wait(&portal, &"another".into(), &last, None).await);
    assert_conflict(store.end_wait(&portal, &"another".into(), &last).await);
    what_go1_asked_for_outlives_other_waits(store, &portal, &id).await;
    *import = Import { asked_until: Some(moment(400)), ..import.clone() };

    for courses in [["1001".into()], ["1002".into()]] {
        store.set_assignable(&portal, &id, &courses).await.expect("recorded");
        *import = Import { assignable: courses.to_vec(), ..import.clone() };
        assert_eq!(stored(store, import).await, *import);
    }
    assert_conflict(store.set_assignable(&portal, &"another".into(), &["1001".into()]).await);

    let mut was = None;
    for at in [moment(18), moment(5_000), moment(19)] {
        for other in [None, Some(moment(17)), Some(at)].into_iter().filter(|other| *other != was) {
            store.resume_import(&portal, &id, other, moment(16)).await.expect("left alone");
            assert_eq!(stored(store, import).await.resumed_at, was, "another time is recorded since");
        }
        store.resume_import(&portal, &id, was, at).await.expect("recorded");
        was = Some(at);
        assert_eq!(stored(store, import).await.resumed_at, was);
    }
    assert_conflict(store.resume_import(&portal, &"another".into(), None, moment(19)).await);
    *import = Import { resumed_at: Some(moment(19)), ..import.clone() };

    for _ in 0..2 {
        store.mark_unsent(&portal, &id, 0, &[7, 9]).await.expect("recorded");
        store.mark_unsent(&portal, &id, 0, &[9]).await.expect("recorded before");
    }
    *import = Import { unsent: vec![7, 9], ..import.clone() };
    assert_eq!(stored(store, import).await, *import, "each once");
    assert_conflict(store.mark_unsent(&portal, &"another".into(), 0, &[7]).await);

    for at in [moment(20), moment(21)] {
        store.stop_import(&portal, &id, at).await.expect("stopped");
        assert_eq!(stored(store, import).await.stopped_at, Some(moment(20)));
    }
    assert_conflict(store.stop_import(&portal, &"another".into(), moment(22)).await);
    *import = Import { stopped_at: Some(moment(20)), ..import.clone() };
}

/// What GO1 has asked for is kept beside whatever the import waits for, and shortened by nobody.
async fn what_go1_asked_for_outlives_other_waits(store: &impl Store, portal: &PortalId, id: &ImportId) {
    let is_stored = async |until, why, asked: Option<i64>| {
        let wait = Wait { until: moment(until), why, times: 1 };
        store.set_wait(portal, id, &wait, asked.map(moment)).await.expect("recorded or left alone");
        let import = store.find_import(portal, id).await.expect("read").expect("an import");
        (import.wait == Some(wait), import.asked_until)
    };
    let (asked, login) = (Some(moment(300)), WaitReason::Login { generation: 3 });
    assert_eq!(is_stored(900, WaitReason::RetryAfter, Some(300)).await, (true, asked), "our own backoff is longer");
    assert_eq!(is_stored(899, WaitReason::Failing, None).await, (false, asked), "a backoff is not shortened");
    assert_eq!(is_stored(1_000, WaitReason::RetryAfter, Some(299)).await, (false, asked), "nor what GO1 has asked for");
    assert_eq!(is_stored(1_000, login, None).await, (true, asked), "another reason leaves it");
    assert_eq!(is_stored(299, WaitReason::Failing, None).await, (false, asked), "and is not over before");
    assert_eq!(is_stored(300, WaitReason::Failing, None).await, (true, asked));
    assert_eq!(is_stored(500, WaitReason::OwnFault, Some(400)).await, (true, Some(moment(400))), "GO1 asks for more");
    let wait = Wait { until: moment(500), why: WaitReason::OwnFault, times: 1 };
    store.end_wait(portal, id, &wait).await.expect("over");
    let import = store.find_import(portal, id).await.expect("read").expect("an import");
    assert_eq!(
        (import.wait, import.asked_until),
        (None, Some(moment(400))),
        "it is over, and GO1 has asked all the same"
    );
}

async fn ends(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    let wait = Wait { until: moment(500), why: WaitReason::RetryAfter, times: 1 };
    store.set_wait(portal, id, &wait, None).await.expect("waiting");
    let partly = |places_back| ending(ImportStatus::PartlyDone, places_back);
    assert_conflict(store.end_import(portal, &"another".into(), &partly(0), moment(12)).await);
    assert_conflict(store.end_import(portal, id, &partly(26), moment(12)).await);
    store.end_import(portal, id, &partly(1), moment(12)).await.expect("ended");
    let (status, sums) = (ImportStatus::PartlyDone, Some(partly(1).sums));
    let refused = partly(1).refused;
    let ended = Import { status, sums, refused, ended_at: Some(moment(12)), wait: Some(wait), ..import.clone() };
    assert_eq!(stored(store, import).await, ended);
    let owner = store.find_portal(portal).await.expect("read").expect("a portal");
    assert_eq!((owner.places_used, owner.imports_accepted, owner.active_import), (24, 1, None));

    assert_conflict(store.end_import(portal, id, &partly(24), moment(13)).await);
    assert_conflict(store.begin_attempt(portal, id, Batch::new(60), moment(13)).await);
    assert_conflict(store.drop_batch(portal, id, &Batch::new(60)).await);
    assert_eq!(store.find_batch(portal, id, 60).await.expect("read"), None, "no row is made once it has ended");
    assert!(!store.start_import(portal, id).await.expect("left alone"));
    assert_conflict(store.record_send(portal, id, 2).await);
    store.mark_sent(portal, id, 2, &[], &[1], moment(13)).await.expect("left alone");
    store.set_wait(portal, id, &wait, None).await.expect("left alone");
    store.end_wait(portal, id, &wait).await.expect("left alone");
    store.set_assignable(portal, id, &["1001".into()]).await.expect("left alone");
    store.stop_import(portal, id, moment(30)).await.expect("left alone");
    store.mark_unsent(portal, id, 1, &[7]).await.expect("left alone");
    assert_eq!(stored(store, import).await, ended);
}

async fn before_the_start(store: &impl Store, id: &PortalId) {
    store.add_portal(&portal(id.clone())).await.expect("a portal");
    let import = import(id, "import", 3);
    store.accept_import(&import, 0).await.expect("accepted");
    assert_conflict(store.record_send(id, &import.id, 0).await);
    assert_conflict(store.begin_attempt(id, &import.id, Batch::new(0), moment(12)).await);
    store.mark_sent(id, &import.id, 0, &[], &[1], moment(13)).await.expect("left alone");
    store.stop_import(id, &import.id, moment(30)).await.expect("left alone");
    store.mark_unsent(id, &import.id, 0, &[1]).await.expect("left alone");
    assert_eq!(stored(store, &import).await, import);
}
