//! Things to store.

use domain::account::AccountDoubt;
use domain::audit::{AuditAction, AuditEntry};
use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, ImportId, PortalId, TenantId};
use domain::import::{Ending, Import, ImportPerson, ImportStatus, Outcome, PersonTask, Progress, batch_of};
use domain::plan::{AddressSeen, BlockedReason, Choices, Decision, Leaver, Plan, PlanEntry};
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::{Acceptance, SignUp, SignUpDetails};
use jiff::{SignedDuration, Timestamp};

use super::store::Store;

/// A moment some seconds into 2026, with a fraction: moments must come back whole.
pub(super) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).expect("a moment of 2026") + SignedDuration::from_nanos(123_456_789)
}

pub(super) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub(super) fn domain(text: &str) -> PortalDomain {
    PortalDomain::parse(text).expect("a portal's address")
}

pub(super) fn sign_up(id: &str) -> SignUp {
    let details = SignUpDetails {
        given_name: "Zoë".to_owned(),
        family_name: "O'Hara-李".to_owned(),
        email: email("zoe@example.com"),
        company: "Wattle Grove Books".to_owned(),
        country: Country::Australia,
        domain: domain("wattle"),
        industry: "Retail Trade".to_owned(),
    };
    let acceptance =
        Acceptance { terms_version: "2026-01".to_owned(), collection_version: "2026-02".to_owned(), at: moment(0) };
    SignUp::start(id.into(), details, acceptance)
}

pub(super) fn audit_entry(sign_up: &str, people: usize, at: Timestamp) -> AuditEntry {
    let action = AuditAction::ImportConfirmed { import: "import".into(), people };
    AuditEntry {
        at,
        sign_up: sign_up.into(),
        action,
        by: Some("Olivia Hartley".to_owned()),
        from: Some("192.0.2.1".to_owned()),
    }
}

pub(super) fn employee(number: usize) -> EmployeeId {
    EmployeeId::new(format!("employee-{number:04}"))
}

/// A plan of that many people, with names of that many letters and every kind of decision.
pub(super) fn plan(tenant: TenantId, people: usize, letters: usize) -> Plan {
    let decisions = [
        Decision::Create,
        Decision::Link { account: Some("7".into()), deactivated: true },
        Decision::Link { account: None, deactivated: false },
        Decision::Resume { account: Some("8".into()), created: true, deactivated: true },
        Decision::AlreadyMember { differs: None, left: true, works_as: Some(employee(0)), told_as: Some(employee(1)) },
        Decision::Blocked { reason: BlockedReason::NoEmail },
        Decision::Blocked { reason: BlockedReason::RepeatedEmail { first: employee(0) } },
    ];
    let entries = (0..people).zip(decisions.iter().cycle()).map(|(number, decision)| PlanEntry {
        employee_id: employee(number),
        given_name: "N".repeat(letters),
        family_name: format!("Family {number}"),
        email: (number % 7 != 5).then(|| format!("person{number}@example.com")).into(),
        decision: decision.clone(),
        ticked: decision.is_importable(),
        doubt: (number % 7 == 2).then(|| AccountDoubt::OtherMember { employee_id: employee(1) }),
    });
    Plan {
        tenant,
        group: Some(ContactGroup { id: "group".into(), name: "Everyone".to_owned() }),
        entries: entries.collect(),
        left: vec![Leaver { employee_id: "gone".into(), name: "N".repeat(letters), email: None, confirmed: true }],
        courses: vec!["1001".into(), "1002".into()],
        course_titles: vec!["Safety".to_owned(), "Cyber security".to_owned()],
        places_left: 200,
        imports_accepted: 0,
        read_at: moment(0),
        choices: Choices { ticked: [employee(1)].into(), left_out: [employee(0), employee(2)].into() },
        address: Some(AddressSeen { domain: domain("wattle"), taken: true }),
    }
}

pub(super) fn portal(id: PortalId) -> Portal {
    Portal {
        id,
        tenant: "tenant".into(),
        domain: domain("wattle"),
        administrator: Some("1".into()),
        erased_at: None,
        places_used: 0,
        imports_accepted: 0,
        active_import: None,
        created_at: moment(0),
    }
}

/// An import of that many people, each of whom takes a place.
pub(super) fn import(portal: &PortalId, id: impl Into<String>, people: u32) -> Import {
    Import {
        id: ImportId::new(id),
        portal: portal.clone(),
        people,
        places: people,
        read: people + 7,
        accepted_at: moment(1),
        ..domain::samples::import()
    }
}

pub(super) fn people(import: &Import) -> Vec<ImportPerson> {
    let person = |number: usize| {
        let employee_id = employee(number);
        let email = email(&format!("{employee_id}@example.com"));
        ImportPerson {
            employee_id,
            given_name: "Zoë".to_owned(),
            family_name: "O'Hara".to_owned(),
            email,
            task: PersonTask::Create,
            batch: batch_of(number),
            outcome: Outcome::Waiting,
        }
    };
    (0..import.people as usize).map(person).collect()
}

/// The end of an import that gives so many places back.
pub(super) fn ending(status: ImportStatus, places_back: usize) -> Ending {
    let sums = Progress { people: 9, failed: 9, places_back, ..Progress::default() };
    Ending { status, sums, refused: vec!["1002".into()] }
}

/// A portal with a running import of that many people, and all its rows.
pub(super) async fn running(store: &impl Store, portal_id: &PortalId, people_count: u32) -> Import {
    store.add_portal(&portal(portal_id.clone())).await.expect("a portal");
    let import = import(portal_id, format!("{portal_id}-import"), people_count);
    store.accept_import(&import, 0).await.expect("accepted");
    store.add_people(&import, &people(&import), moment(86_400)).await.expect("rows");
    assert!(store.start_import(portal_id, &import.id).await.expect("running"));
    let unsent = (0..import.batches()).collect();
    Import { status: ImportStatus::Running, sends: 1, unsent, ..import }
}
