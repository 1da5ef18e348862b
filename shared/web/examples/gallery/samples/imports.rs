//! Imports.

use domain::ids::LearningObjectId;
use domain::import::{
    Assignments, Batch, FailureReason, Import, ImportPerson, ImportStatus, Outcome, PersonTask, Wait, WaitReason,
    batch_of,
};
use domain::member::Member;
use jiff::SignedDuration;
use web::pages::{ImportPage, UnderWay};

use super::common::{HOSTILE, Sample, domain, now, page, stages, token};
use super::people::person;

/// `people` people of whom the first `done` have ended well.
pub(super) fn imported(people: usize, done: usize) -> Vec<ImportPerson> {
    (0..people)
        .map(|number| {
            let person = person(number);
            ImportPerson {
                employee_id: person.employee_id,
                given_name: person.given_name,
                family_name: person.family_name,
                email: person.email.address().expect("an address").clone(),
                task: if number == 1 { PersonTask::Link { account: None } } else { PersonTask::Create },
                batch: batch_of(number),
                outcome: if number < done {
                    Outcome::Done {
                        account: "account".into(),
                        created: number != 1,
                        enrollments: 5,
                        assigned: Vec::new(),
                        match_by_time: false,
                        refused: Vec::new(),
                    }
                } else {
                    Outcome::Waiting
                },
            }
        })
        .collect()
}

const TITLES: [&str; 5] = [
    "Work health and safety: the essentials",
    "Privacy at work",
    "Cyber security basics",
    "Respect at work",
    "First week: how we work",
];

pub(super) fn import(status: ImportStatus, people: usize) -> Import {
    let count = u32::try_from(people).expect("few");
    Import {
        id: "0123456789abcdef".into(),
        people: count,
        places: count,
        read: count + 13,
        courses: (1001..1006).map(|id: u32| LearningObjectId::new(id.to_string())).collect(),
        course_titles: TITLES.map(ToOwned::to_owned).to_vec(),
        status,
        accepted_at: now(),
        ended_at: status.has_ended().then(|| now() + SignedDuration::from_secs(95)),
        sends: 1,
        sent_at: Some(now()),
        ..domain::samples::import()
    }
}

pub(super) fn view(import: &Import, people: Vec<ImportPerson>) -> ImportPage {
    ImportPage::of(import, people, "Harbour & Hearth Hospitality".to_owned(), domain(), token(), now())
}

/// A minute on: the batch after the first `done` is being worked on.
fn at_work(done: usize) -> UnderWay {
    let now = now() + SignedDuration::from_mins(1);
    let batch = Batch { attempts: 1, attempted_at: Some(now), ..Batch::new(batch_of(done)) };
    UnderWay::at(now, &[batch], 5)
}

/// The reasons of everybody after the first `done`, one after the other.
fn fail(people: &mut [ImportPerson], done: usize, reasons: &[FailureReason]) {
    for (index, person) in people.iter_mut().skip(done).enumerate() {
        let reason = reasons[index % reasons.len()];
        person.outcome = match reason {
            FailureReason::EnrollmentRefused => {
                let refused = vec!["1004".into(), "1005".into()];
                let courses = Assignments { enrollments: 3, refused, ..Assignments::unknown() };
                Outcome::failed_with(reason, Some(("account".into(), true)), courses)
            }
            _ => Outcome::failed(reason),
        };
    }
}

/// One batch is tried again; and of those who failed, a later import has finished one, or everybody.
fn finished_later() -> Vec<Sample> {
    let a_minute_on = now() + SignedDuration::from_mins(1);
    let tried = Batch { attempts: 1, ended: 1, asked: true, ..Batch::new(0) };
    let mut waiting = imported(12, 9);
    waiting.swap(2, 10);
    let again = view(&import(ImportStatus::Running, 12), waiting).under_way(UnderWay::at(a_minute_on, &[tried], 5));
    let mut people = imported(12, 10);
    fail(&mut people, 10, &[FailureReason::AccountRefused]);
    let member = |person: &ImportPerson| Member {
        account: Some("account".into()),
        unfinished: false,
        asked_at: None,
        ..Member::unresolved("later".into(), a_minute_on, person.employee_id.clone(), a_minute_on)
    };
    let members: Vec<Member> = people[10..].iter().map(member).collect();
    let first = || view(&import(ImportStatus::PartlyDone, 12), people.clone());
    vec![
        page("import-again", &again),
        page("import-one-finished-later", &first().with_members(&members[..1])),
        page("import-finished-later", &first().with_members(&members)),
    ]
}

/// Everybody without one course, nobody with any, and all without an account.
fn without_courses() -> Vec<Sample> {
    let mut without_one = imported(40, 40);
    for person in &mut without_one {
        if let Outcome::Done { enrollments, refused, .. } = &mut person.outcome {
            (*enrollments, *refused) = (4, vec!["1002".into()]);
        }
    }
    let done = Import { refused: vec!["1002".into()], ..import(ImportStatus::Done, 40) };
    let mut nobody_whole = imported(12, 0);
    fail(&mut nobody_whole, 0, &[FailureReason::EnrollmentRefused, FailureReason::Unresolved]);
    let mut nothing = imported(12, 0);
    fail(&mut nothing, 0, &[FailureReason::AccountRefused]);
    vec![
        page("import-without-a-course", &view(&done, without_one)),
        page("import-nobody-whole", &view(&import(ImportStatus::PartlyDone, 12), nobody_whole)),
        page("import-nothing-done", &view(&import(ImportStatus::Failed, 12), nothing)),
    ]
}

/// An undo in its states, and the import that was taken back.
fn undos() -> Vec<Sample> {
    let people = |done: usize, refused: usize| {
        let mut people = imported(40, 0);
        for (number, person) in people.iter_mut().enumerate() {
            let (account, created): (domain::ids::UserAccountId, _) = ("account".into(), number != 1);
            person.task =
                PersonTask::Undo { account: account.clone(), created, assigned: Vec::new(), match_by_time: created };
            if number < done {
                let deactivated = created && number != 2;
                person.outcome = Outcome::Undone { account, removed: 5 - number % 2, kept: number % 2, deactivated };
            } else if number < done + refused {
                let reason = [FailureReason::ChangeRefused, FailureReason::Stopped][number % 2];
                person.outcome = Outcome::failed_with(reason, Some((account, false)), Assignments::unknown());
            }
        }
        people
    };
    let undo = |status| Import { undoes: Some("fedcba9876543210".into()), places: 0, ..import(status, 40) };
    let running = view(&undo(ImportStatus::Running), people(12, 0));
    let done = view(&undo(ImportStatus::Done), people(40, 0));
    let partly = view(&undo(ImportStatus::PartlyDone), people(33, 7)).offering_undo(true);
    let never_begun = Import { sent_at: None, ..undo(ImportStatus::Failed) };
    let never_begun = view(&never_begun, Vec::new()).offering_undo(true);
    let imported = view(&import(ImportStatus::Done, 200), imported(200, 200));
    let taken_back = imported.clone().with_undo(Some(&undo(ImportStatus::Done)));
    let rest = imported.clone().with_undo(Some(&undo(ImportStatus::PartlyDone))).offering_undo(true);
    vec![
        page("undo-preparing", &view(&undo(ImportStatus::Accepting), Vec::new())),
        page("undo-running", &running),
        page("undo-done", &done),
        page("undo-partly", &partly),
        page("undo-failed", &view(&undo(ImportStatus::Failed), people(0, 40))),
        page("undo-never-begun", &never_begun),
        page("undo-offered", &imported.offering_undo(true)),
        page("undo-of-import", &taken_back),
        page("undo-of-import-partly", &rest),
    ]
}

/// An import in all its states.
pub(super) fn all() -> Vec<Sample> {
    let mut samples: Vec<Sample> = stages()
        .into_iter()
        .map(|(name, status, done, failure)| {
            let mut people = imported(200, done);
            if let Some(reason) = failure {
                let others = [FailureReason::AccountRefused, FailureReason::EnrollmentRefused, reason];
                let reasons = if done > 0 { &others[..] } else { &others[2..] };
                fail(&mut people, done, reasons);
            }
            page(&format!("import-{name}"), &view(&import(status, 200), people).under_way(at_work(done)))
        })
        .collect();
    for (name, why) in [
        ("waiting", WaitReason::RetryAfter),
        ("failing", WaitReason::Failing),
        ("ours", WaitReason::OwnFault),
        ("login", WaitReason::Login { generation: 1 }),
        ("courses", WaitReason::NoCourses { batch: 0 }),
    ] {
        let until = now() + SignedDuration::from_mins(12);
        let waiting = Import { wait: Some(Wait { until, why, times: 1 }), ..import(ImportStatus::Running, 200) };
        samples.push(page(&format!("import-{name}"), &view(&waiting, imported(200, 60))));
    }
    let asked_until = Some(now() - SignedDuration::from_mins(1));
    let wait = Wait { until: now() + SignedDuration::from_mins(12), why: WaitReason::RetryAfter, times: 5 };
    let busy = Import { wait: Some(wait), asked_until, ..import(ImportStatus::Running, 200) };
    samples.push(page("import-busy", &view(&busy, imported(200, 60))));
    let stopping = Import { stopped_at: Some(now()), ..import(ImportStatus::Running, 40) };
    samples.push(page("import-stopping", &view(&stopping, imported(40, 12))));
    let mut stopped = imported(40, 12);
    fail(&mut stopped, 12, &[FailureReason::Stopped, FailureReason::Stopped, FailureReason::Unresolved]);
    let ended = Import { stopped_at: Some(now()), ..import(ImportStatus::PartlyDone, 40) };
    samples.push(page("import-stopped", &view(&ended, stopped)));
    for (name, reason) in [("full", FailureReason::PortalFull), ("not-found", FailureReason::AccountNotFound)] {
        let mut people = imported(40, 12);
        fail(&mut people, 12, &[reason]);
        samples.push(page(&format!("import-{name}"), &view(&import(ImportStatus::PartlyDone, 40), people)));
    }
    samples.extend(finished_later());
    samples.extend(without_courses());
    samples.extend(undos());
    let mut erased = import(ImportStatus::Done, 200);
    erased.sums = Some(domain::import::Progress::of(&imported(200, 200)));
    samples.push(page("import-erased", &view(&erased, Vec::new())));
    let mut hostile = view(&import(ImportStatus::PartlyDone, 3), imported(3, 2));
    HOSTILE.clone_into(&mut hostile.organisation);
    for person in &mut hostile.people {
        (person.given_name, person.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    }
    samples.push(page("import-hostile", &hostile));
    samples
}
