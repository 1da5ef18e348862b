//! What the samples hold of portals: places, tokens, members, imports with their people and batches, erasures. Of each
//! type every variant that is stored in another shape, in the order of their keys; a new one is added at the end.
//! Nobody in here exists.

use domain::counted_connection::CountedConnection;
use domain::erasure::{Erasure, Receipt, Removed, XeroEnding};
use domain::ids::ImportId;
use domain::import::{
    Assignments, Batch, Ending, FailureReason, Import, ImportPerson, ImportStatus, Outcome, PersonTask, Progress,
    Ticks, UndoPerson, Wait, WaitReason,
};
use domain::member::Member;
use domain::portal::Portal;
use state::{GrantOwner, Lease, StoredGrant};

use super::customers::{domain, email, moment};

/// A connection at Xero.
pub(crate) fn connection() -> CountedConnection {
    CountedConnection {
        connection: "connection-1".into(),
        tenant: "tenant-1".into(),
        xero_user: Some("xero-user-1".into()),
        counted_at: moment(10),
    }
}

/// A new one, one with a running import, an erased one.
pub(crate) fn portals() -> Vec<Portal> {
    let new = Portal::new("portal-1".into(), domain("wattle"), "account-1".into(), "tenant-1".into(), moment(0));
    let busy = Portal {
        id: "portal-2".into(),
        places_used: 25,
        imports_accepted: 1,
        active_import: Some("import-1".into()),
        ..new.clone()
    };
    let erased = Portal {
        id: "portal-3".into(),
        administrator: None,
        active_import: None,
        erased_at: Some(moment(9)),
        ..busy.clone()
    };
    vec![new, busy, erased]
}

/// The token sets of two owners of a kind; the second one is being renewed.
pub(crate) fn grants(owner: impl Fn(&str) -> GrantOwner) -> Vec<(GrantOwner, StoredGrant)> {
    let lease = Lease { holder: "holder".to_owned(), until: moment(40) };
    let grant =
        |lease| StoredGrant { sealed: "sealed".to_owned(), access_expires_at: moment(3600), generation: 1, lease };
    vec![(owner("1"), grant(None)), (owner("2"), grant(Some(lease)))]
}

/// One who has everything, one whose account GO1 did not tell, one who was taken back, one who came back after that,
/// one who has changed three times.
pub(crate) fn members() -> Vec<Member> {
    let finished = Member {
        employee_id: "employee-1".into(),
        account: Some("account-1".into()),
        created: true,
        import: "import-1".into(),
        since: moment(1),
        unfinished: false,
        asked_at: None,
        deactivated: false,
        reactivated_by: None,
        revision: 0,
    };
    let unresolved =
        Member::unresolved("import-1".into(), import("import-1").accepted_at, "employee-2".into(), moment(2));
    let deactivated =
        Member { employee_id: "employee-3".into(), deactivated: true, asked_at: Some(moment(3)), ..finished.clone() };
    let reactivated =
        Member { employee_id: "employee-4".into(), reactivated_by: Some("import-2".into()), ..finished.clone() };
    let changed = Member { employee_id: "employee-5".into(), revision: 3, ..finished.clone() };
    vec![finished, unresolved, deactivated, reactivated, changed]
}

/// An import as it is accepted, of 25 people.
pub(crate) fn import(id: &str) -> Import {
    Import {
        id: ImportId::new(id),
        portal: "portal-1".into(),
        tenant: "tenant-1".into(),
        plan: "plan-1".into(),
        ticks: serde_json::from_str::<Ticks>("\"ffffff1\"").expect("ticks"),
        people: 25,
        people_per_batch: 10,
        places: 24,
        read: 30,
        courses: vec!["1001".into(), "1002".into()],
        course_titles: Vec::new(),
        assignable: Vec::new(),
        status: ImportStatus::Accepting,
        accepted_at: moment(1),
        ended_at: None,
        sends: 0,
        sent_at: None,
        unsent: Vec::new(),
        wait: None,
        asked_until: None,
        resumed_at: None,
        stopped_at: None,
        sums: None,
        refused: Vec::new(),
        undoes: None,
        undone_by: None,
        undo_people: Vec::new(),
    }
}

/// What a running import waits for in the samples.
pub(crate) fn wait() -> Wait {
    Wait { until: moment(100), why: WaitReason::Login { generation: 3 }, times: 2 }
}

/// How the import ends that has ended.
pub(crate) fn ending() -> Ending {
    let sums = Progress {
        people: 25,
        done: 23,
        created: 20,
        enrollments: 46,
        failed: 2,
        places_back: 1,
        ..Progress::default()
    };
    Ending { status: ImportStatus::PartlyDone, sums, refused: Vec::new() }
}

/// One that is being accepted, one that is running, waits and was stopped, one that has ended and was taken back, and
/// the undo that does so; the same once more, resumed after a login, and with its people named; one that waits for its
/// courses, one that has ended without one of them, and one that backs off.
pub(crate) fn imports() -> Vec<Import> {
    let running = Import {
        status: ImportStatus::Running,
        sends: 2,
        unsent: vec![1],
        sent_at: Some(moment(5)),
        wait: Some(wait()),
        stopped_at: Some(moment(6)),
        ..import("import-2")
    };
    let ended = Import {
        status: ending().status,
        sends: 1,
        unsent: vec![0, 1, 2],
        sums: Some(ending().sums),
        ended_at: Some(moment(7)),
        undone_by: Some("import-4".into()),
        ..import("import-3")
    };
    let undo = Import { undoes: Some("import-3".into()), ..import("import-4") };
    let task = PersonTask::Undo {
        account: "account-1".into(),
        created: true,
        assigned: vec!["enrollment-1".into()],
        match_by_time: true,
    };
    let undo_people = vec![UndoPerson { employee_id: "employee-1".into(), task }];
    let undone = Import { undone_by: Some("import-6".into()), resumed_at: Some(moment(6)), ..import("import-5") };
    let with_people = Import { undoes: Some("import-5".into()), undo_people, ..import("import-6") };
    let course_titles = vec!["Safety".to_owned(), "Cyber security".to_owned()];
    let without_courses = Import {
        status: ImportStatus::Running,
        sends: 1,
        unsent: vec![0, 1, 2],
        wait: Some(Wait { why: WaitReason::NoCourses { batch: 1 }, ..wait() }),
        course_titles: course_titles.clone(),
        ..import("import-7")
    };
    let without_one = Import {
        id: "import-8".into(),
        assignable: vec!["1001".into()],
        refused: vec!["1002".into()],
        undone_by: None,
        course_titles,
        ..ended.clone()
    };
    // It backs off for longer than GO1 has asked.
    let wait = Wait { until: moment(100), why: WaitReason::RetryAfter, times: 4 };
    let backs_off = Import {
        status: ImportStatus::Running,
        sends: 1,
        unsent: vec![0, 1, 2],
        wait: Some(wait),
        asked_until: Some(moment(90)),
        ..import("import-10")
    };
    let begun_now = Import {
        status: ImportStatus::Running,
        people_per_batch: 20,
        sends: 1,
        unsent: vec![0, 1],
        ..import("import-11")
    };
    vec![
        import("import-1"),
        running,
        ended,
        undo,
        undone,
        with_people,
        without_courses,
        without_one,
        backs_off,
        begun_now,
    ]
}

/// With every start and every end.
pub(crate) fn people() -> Vec<ImportPerson> {
    let account = || "account-1".into();
    let failed =
        |created, courses| Outcome::failed_with(FailureReason::EnrollmentRefused, Some((account(), created)), courses);
    let unheard = Assignments { enrollments: 1, ..Assignments::unknown() };
    let undo = |assigned, match_by_time| PersonTask::Undo {
        account: account(),
        created: match_by_time,
        assigned,
        match_by_time,
    };
    let done = |assigned, match_by_time| Outcome::Done {
        account: account(),
        created: match_by_time,
        enrollments: 2,
        assigned,
        match_by_time,
        refused: Vec::new(),
    };
    let one = || Assignments {
        enrollments: 1,
        assigned: vec!["enrollment-1".into()],
        match_by_time: false,
        refused: vec!["1002".into()],
    };
    let lacks_one = Outcome::Done {
        account: account(),
        created: true,
        enrollments: 1,
        assigned: one().assigned,
        match_by_time: false,
        refused: one().refused,
    };
    let enrollments = || vec!["enrollment-1".into(), "enrollment-2".into()];
    let fared = [
        (PersonTask::Create, Outcome::Waiting),
        (PersonTask::Create, done(enrollments(), false)),
        (PersonTask::Link { account: None }, done(Vec::new(), true)),
        (PersonTask::Resume { account: None, created: false }, Outcome::failed(FailureReason::Unresolved)),
        (PersonTask::Resume { account: Some(account()), created: true }, failed(false, unheard)),
        (undo(Vec::new(), true), Outcome::Waiting),
        (undo(enrollments(), false), Outcome::Undone { account: account(), removed: 2, kept: 0, deactivated: true }),
        (undo(enrollments(), false), Outcome::Undone { account: account(), removed: 1, kept: 1, deactivated: true }),
        (PersonTask::Create, lacks_one),
        (PersonTask::Link { account: None }, failed(true, one())),
        (PersonTask::Link { account: Some(account()) }, Outcome::failed(FailureReason::AnothersAccount)),
    ];
    let person = |(number, (task, outcome)): (u8, (PersonTask, Outcome))| ImportPerson {
        // One digit each, so that they sort as they were added.
        employee_id: format!("employee-{number:x}").as_str().into(),
        given_name: "Zoë".to_owned(),
        family_name: format!("O'Hara {number}"),
        email: email(&format!("zoe{number}@example.com")),
        task,
        batch: u32::from(number) / 4,
        outcome,
    };
    (1..).zip(fared).map(person).collect()
}

/// One at its first attempt, one that was given back, one that was dropped, one whose attempt has a name, one that was
/// dropped after an attempt that asked.
pub(crate) fn batches() -> Vec<Batch> {
    vec![
        Batch { attempts: 1, attempted_at: Some(moment(10)), ..Batch::new(0) },
        Batch { attempts: 2, failures: 1, ended: 1, ..Batch::new(1) },
        Batch { dropped: true, ..Batch::new(2) },
        Batch { attempts: 1, attempted_at: Some(moment(10)), attempt: "attempt-1".to_owned(), ..Batch::new(3) },
        Batch { attempts: 1, ended: 1, asked: true, dropped: true, ..Batch::new(4) },
    ]
}

/// One that is not over.
pub(crate) fn erasure() -> Erasure {
    Erasure {
        portal: "portal-1".into(),
        tenant: "tenant-1".into(),
        sign_up: "sign-up-1".into(),
        receipt: "receipt-1".into(),
        asked_at: moment(20),
    }
}

/// Of an erasure that has just begun, and of one that is done.
pub(crate) fn receipts() -> Vec<Receipt> {
    let begun = Receipt {
        id: "receipt-1".into(),
        domain: domain("wattle"),
        asked_at: moment(20),
        ended_at: None,
        timezone: None,
        removed: Removed {
            sign_ups: 1,
            plans: 2,
            people: 41,
            imports: 3,
            members: 30,
            audit_entries: 4,
            xero_logins: 2,
            go1_accesses: 1,
            sessions: 5,
        },
        xero: None,
        access_kept: false,
        places_used: 42,
        imports_accepted: 3,
    };
    let done = Receipt {
        id: "receipt-2".into(),
        ended_at: Some(moment(25)),
        timezone: Some("Australia/Sydney".to_owned()),
        xero: Some(XeroEnding::Removed),
        access_kept: true,
        ..begun.clone()
    };
    vec![begun, done]
}
