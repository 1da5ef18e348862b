//! What the samples hold of a customer: sign-ups, sessions, trips to login pages, the trail, organisations,
//! plans. Of each type every variant that is stored in another shape, in the order of their keys. A new one is added at
//! the end: the samples of older versions hold the first ones. Nobody in here exists.

use domain::account::AccountDoubt;
use domain::arrival::{ArrivalOrganisation, PortalArrival, XeroArrival};
use domain::audit::{AuditAction, AuditEntry};
use domain::consent::ConsentAttempt;
use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::existing_portal::ExistingPortal;
use domain::go1_login::{Go1LoginAttempt, Go1LoginPurpose};
use domain::ids::{SessionHash, SignUpId, XeroUserId};
use domain::name::PersonName;
use domain::obstacle::{ConnectionTrouble, MetObstacle, PeopleObstacle};
use domain::plan::{AddressSeen, BlockedReason, Choices, Decision, Differs, Leaver, Plan, PlanEntry};
use domain::portal::PortalDomain;
use domain::session::{Administrator, Session, StandsFor};
use domain::sign_up::{Acceptance, Owner, SignUp, SignUpDetails, SignUpStep};
use domain::tenant::{Disconnection, Organisation, PortalStep, Tenant, Trouble};
use jiff::{SignedDuration, Timestamp};

/// A moment some seconds into 2026, with a fraction.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).expect("a moment of 2026") + SignedDuration::from_millis(250)
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub(crate) fn domain(text: &str) -> PortalDomain {
    PortalDomain::parse(text).expect("a portal's address")
}

fn existing_portal() -> ExistingPortal {
    ExistingPortal {
        portal: "portal-2".into(),
        domain: domain("quandong"),
        account: "account-7".into(),
        since: moment(30),
        tenant: Some("tenant-3".into()),
    }
}

fn obstacle() -> MetObstacle {
    let retry_after = Some(SignedDuration::from_secs(90));
    MetObstacle { obstacle: PeopleObstacle::XeroUnavailable { retry_after }, at: moment(60) }
}

/// One at each step, and one whose last look met an obstacle.
pub(crate) fn sign_ups() -> Vec<SignUp> {
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
    let started = SignUp::start("sign-up-1".into(), details, acceptance);
    let (xero_user, tenant, portal) = (|| "xero-user-1".into(), || "tenant-1".into(), || "portal-1".into());
    let owned = SignUp {
        owner: Some(Owner { xero_user: xero_user(), email_is_verified: true }),
        may_read_payroll: true,
        consented_by: Some("Zoë O'Hara-李".to_owned()),
        revision: 3,
        ..started.clone()
    };
    let authentication_event = || Some("event-1".to_owned());
    let consented = SignUpStep::Consented {
        xero_user: xero_user(),
        authentication_event: authentication_event(),
        chosen: Some(tenant()),
    };
    let confirmed = SignUpStep::OrganisationConfirmed {
        xero_user: xero_user(),
        authentication_event: authentication_event(),
        tenant: tenant(),
    };
    let (asking, existing_portal) = (confirmed.clone(), Some(existing_portal()));
    let provisioned = SignUpStep::PortalProvisioned { xero_user: xero_user(), tenant: tenant(), portal: portal() };
    let welcomed = SignUpStep::Welcomed { xero_user: xero_user(), tenant: tenant(), portal: portal() };
    vec![
        started,
        SignUp { id: "sign-up-2".into(), step: consented, ..owned.clone() },
        SignUp { id: "sign-up-3".into(), step: confirmed, plan: Some("plan-1".into()), ..owned.clone() },
        SignUp { id: "sign-up-4".into(), step: provisioned, import: Some("import-1".into()), ..owned.clone() },
        SignUp { id: "sign-up-5".into(), step: welcomed.clone(), existing_portal, ..owned.clone() },
        SignUp { id: "sign-up-6".into(), step: welcomed, obstacle: Some(obstacle()), ..owned.clone() },
        SignUp { id: "sign-up-7".into(), step: asking.clone(), portal_asked_for_at: Some(moment(9)), ..owned.clone() },
        SignUp { id: "sign-up-8".into(), step: asking, consent_began_at: Some(moment(2)), ..owned },
    ]
}

/// The Xero users of sign-ups.
pub(crate) fn logins() -> Vec<(XeroUserId, SignUpId)> {
    ["sign-up-1", "sign-up-2"].map(|sign_up| ("xero-user-1".into(), sign_up.into())).into()
}

/// Everything that is recorded, a second after one another.
pub(crate) fn trail() -> Vec<AuditEntry> {
    let (portal, tenant, import) = (|| "portal-1".into(), || "tenant-1".into(), || "import-1".into());
    let guard = || "another browser".to_owned();
    let actions = [
        AuditAction::TermsAccepted { terms_version: "2026-01".to_owned(), collection_version: "2026-02".to_owned() },
        AuditAction::XeroConsented { xero_user: Some("xero-user-1".into()) },
        AuditAction::XeroConsented { xero_user: None },
        AuditAction::ConsentRefused { guard: guard() },
        AuditAction::Disconnected { tenant: tenant(), removed_at_xero: true },
        AuditAction::OrganisationConfirmed { tenant: tenant() },
        AuditAction::PortalCreated { portal: portal() },
        AuditAction::ImportSkipped { portal: portal() },
        AuditAction::ImportConfirmed { import: import(), people: 25 },
        AuditAction::ImportStopped { import: import() },
        AuditAction::UndoConfirmed { import: import(), people: 3 },
        AuditAction::Reconnected { tenant: tenant() },
        AuditAction::PortalConnected { portal: portal() },
        AuditAction::AdministratorEntered { account: Some("account-7".into()) },
        AuditAction::EntryRefused { guard: guard() },
        AuditAction::Erased { portal: portal() },
        AuditAction::OwnerAccessEnded,
        AuditAction::OthersSignedOut,
        AuditAction::SignedOutEverywhere,
        AuditAction::PeopleChosen { tenant: tenant(), of_group: true },
        AuditAction::PeopleChosen { tenant: tenant(), of_group: false },
        AuditAction::ReportDownloaded { import: import() },
    ];
    let entry = |(at, action): (i64, AuditAction)| {
        let is_known = !matches!(action, AuditAction::XeroConsented { xero_user: None } | AuditAction::Erased { .. });
        AuditEntry {
            at: moment(at),
            sign_up: "sign-up-1".into(),
            action,
            by: is_known.then(|| "Zoë O'Hara-李".to_owned()),
            from: is_known.then(|| "192.0.2.1".to_owned()),
        }
    };
    (0..).zip(actions).map(entry).collect()
}

/// One for each thing that a session can stand for, and one that was used.
pub(crate) fn sessions() -> Vec<Session> {
    let (given_name, family_name) = (|| "Zoë".to_owned(), || "O'Hara-李".to_owned());
    let email = || "zoe@example.com".to_owned();
    let arrival = |number: u8, organisation: Option<ArrivalOrganisation>| XeroArrival {
        xero_user: XeroUserId::new(format!("xero-user-{number}")),
        authentication_event: organisation.as_ref().map(|_| "event-1".to_owned()),
        may_read_payroll: organisation.is_some(),
        given_name: given_name(),
        family_name: family_name(),
        email: email(),
        organisation,
    };
    let organisation = ArrivalOrganisation {
        tenant: "tenant-1".into(),
        name: "Wattle Grove Books".to_owned(),
        country_code: "AU".to_owned(),
    };
    let administrator = Administrator {
        sign_up: "sign-up-1".into(),
        portal: "portal-1".into(),
        domain: domain("wattle"),
        account: "account-7".into(),
        name: "Zoë O'Hara-李".to_owned(),
    };
    let portal_arrival = PortalArrival {
        portal: ExistingPortal { tenant: None, ..existing_portal() },
        company: "Quandong Books".to_owned(),
        given_name: given_name(),
        family_name: family_name(),
        email: email(),
    };
    let stand_for = [
        StandsFor::SignUp { id: "sign-up-1".into(), login: None },
        StandsFor::SignUp { id: "sign-up-1".into(), login: Some("xero-user-1".into()) },
        StandsFor::XeroArrival(arrival(1, None)),
        StandsFor::XeroArrival(arrival(2, Some(organisation))),
        StandsFor::Administrator(administrator),
        StandsFor::PortalArrival(portal_arrival),
        StandsFor::SignUp { id: "sign-up-2".into(), login: None },
    ];
    let session = |(number, stands_for): (u8, StandsFor)| {
        let hash = SessionHash::of(stands_for.kind(), &format!("session-{number}"));
        let last_used_at = (number == 7).then(|| moment(600));
        Session { hash, stands_for, started_at: moment(0), last_used_at }
    };
    (1..).zip(stand_for).map(session).collect()
}

/// One that has just begun, one with everything, and one for the contacts.
pub(crate) fn consents() -> Vec<ConsentAttempt> {
    let pending = ConsentAttempt {
        state: "state-1".into(),
        sign_up: None,
        session: "session-1".into(),
        nonce: "nonce".to_owned(),
        code_verifier: None,
        contacts: false,
        started_at: moment(0),
        completed_at: None,
    };
    let completed = ConsentAttempt {
        state: "state-2".into(),
        sign_up: Some("sign-up-1".into()),
        code_verifier: Some("verifier".to_owned()),
        completed_at: Some(moment(60)),
        ..pending.clone()
    };
    let contacts = ConsentAttempt { state: "state-3".into(), contacts: true, ..pending.clone() };
    vec![pending, completed, contacts]
}

/// One for each purpose, the last of them completed; one with PKCE.
pub(crate) fn go1_logins() -> Vec<Go1LoginAttempt> {
    let purposes = [
        Go1LoginPurpose::Enter { portal: None },
        Go1LoginPurpose::Enter { portal: Some(domain("wattle")) },
        Go1LoginPurpose::ForSignUp { sign_up: "sign-up-1".into() },
        Go1LoginPurpose::Enter { portal: Some(domain("quandong")) },
    ];
    let login = |(number, purpose)| {
        let state = format!("state-{number}");
        let completed_at = matches!(purpose, Go1LoginPurpose::ForSignUp { .. }).then(|| moment(60));
        Go1LoginAttempt {
            state: state.as_str().into(),
            session: "session-1".into(),
            purpose,
            code_verifier: (number == 4).then(|| "verifier-4".to_owned()),
            started_at: moment(0),
            completed_at,
        }
    };
    (1..).zip(purposes).map(login).collect()
}

/// One at each step of its portal; read, in trouble, disconnected, erased, with a contact group.
pub(crate) fn organisations() -> Vec<Tenant> {
    let fresh = Tenant {
        organisation: Organisation {
            tenant: "tenant-1".into(),
            name: "Wattle Grove Books".to_owned(),
            country: Country::Australia,
            connection: "connection-1".into(),
            short_code: None,
            timezone: None,
            on_trial: true,
        },
        xero_user: "xero-user-1".into(),
        connected_by: None,
        connected_at: moment(0),
        sign_up: "sign-up-1".into(),
        portal: PortalStep::NotRequested,
        confirmed_at: moment(0),
        disconnected: None,
        trouble: None,
        erased_at: None,
        may_read_contacts: false,
        contact_group: None,
        revision: 1,
    };
    let named = |tenant: &str| Organisation {
        tenant: tenant.into(),
        country: Country::UnitedStates,
        short_code: Some("!aB1c2".to_owned()),
        timezone: Some("America/New_York".to_owned()),
        on_trial: false,
        ..fresh.organisation.clone()
    };
    let requested = Tenant {
        organisation: named("tenant-2"),
        connected_by: Some("Zoë O'Hara-李".to_owned()),
        portal: PortalStep::Requested { domain: domain("wattle"), at: moment(5) },
        trouble: Some(Trouble { why: ConnectionTrouble::RoleLost, at: moment(6) }),
        revision: 2,
        ..fresh.clone()
    };
    let disconnected = Tenant {
        organisation: named("tenant-3"),
        portal: PortalStep::Created { portal: "portal-1".into(), domain: domain("wattle") },
        trouble: None,
        disconnected: Some(Disconnection { at: moment(7), removed_at_xero: true }),
        revision: 3,
        ..requested.clone()
    };
    let erased = Tenant { organisation: named("tenant-4"), ..disconnected.clone() }.erased(moment(8));
    let of_a_group = Tenant {
        organisation: named("tenant-5"),
        may_read_contacts: true,
        contact_group: Some(contact_group()),
        ..requested.clone()
    };
    vec![fresh, requested, disconnected, erased, of_a_group]
}

fn contact_group() -> ContactGroup {
    ContactGroup { id: "contact-group-1".into(), name: "Everyone at Zoë’s".to_owned() }
}

fn other_name() -> PersonName {
    PersonName::new("Kim", "Known")
}

/// With every decision, and with members who left.
pub(crate) fn plan() -> Plan {
    plan_of(5)
}

/// The plan of the samples before whose an account is was asked.
pub(crate) fn earlier_plan() -> Plan {
    plan_of(2)
}

/// The plans of all samples: as they were in each version of a chunk.
pub(crate) fn plans() -> [Plan; 4] {
    [plan(), plan_of(4), plan_of(3), earlier_plan()]
}

fn plan_of(version: u32) -> Plan {
    let is_earlier = version < 3;
    let differs = Differs {
        given_name: "Zoe".to_owned(),
        family_name: "Ohara".to_owned(),
        email: Some("z.ohara@example.com".to_owned()),
    };
    let mut blocked = vec![
        BlockedReason::NoEmail,
        BlockedReason::MalformedEmail,
        BlockedReason::RepeatedEmail { first: "employee-1".into() },
        BlockedReason::LeftCompany,
        BlockedReason::NoName,
        BlockedReason::Unresolved,
    ];
    let doubts = [
        AccountDoubt::OtherName { name: other_name() },
        AccountDoubt::OtherMember { employee_id: "employee-7".into() },
        AccountDoubt::Status { word: "onboarding".to_owned() },
    ];
    let mut decisions = vec![
        Decision::Create,
        Decision::Link { account: Some("account-1".into()), deactivated: !is_earlier },
        Decision::Link { account: None, deactivated: false },
        Decision::Resume { account: Some("account-2".into()), created: true, deactivated: true },
        Decision::Resume { account: None, created: false, deactivated: false },
        Decision::AlreadyMember { differs: None, left: true, works_as: None, told_as: None },
        Decision::AlreadyMember { differs: Some(differs), left: false, works_as: None, told_as: None },
    ];
    if !is_earlier {
        let works_as = Some("employee-2".into());
        decisions.push(Decision::AlreadyMember { differs: None, left: true, works_as, told_as: None });
        blocked.push(BlockedReason::AccountInactive { word: "archived".to_owned(), name: None });
        blocked.push(BlockedReason::AccountInactive { word: "inactive".to_owned(), name: Some(other_name()) });
    }
    if version > 3 {
        let told_as = Some("employee-6".into());
        decisions.push(Decision::AlreadyMember { differs: None, left: true, works_as: None, told_as });
        blocked.push(BlockedReason::NameIsAddress);
    }
    if version > 4 {
        blocked.extend([BlockedReason::Archived, BlockedReason::Company]);
    }
    let blocked = blocked.into_iter().map(|reason| Decision::Blocked { reason });
    let decisions = decisions.into_iter().chain(blocked);
    let entry = |(number, decision): (u8, Decision)| PlanEntry {
        employee_id: format!("employee-{number}").as_str().into(),
        given_name: "Zoë".to_owned(),
        family_name: format!("O'Hara {number}"),
        email: decision.is_importable().then(|| format!("zoe{number}@example.com")).into(),
        ticked: decision.is_importable(),
        decision,
        doubt: (!is_earlier && (2..5).contains(&number)).then(|| doubts[usize::from(number) - 2].clone()),
    };
    let leaver = |number: u8, email: Option<&str>| Leaver {
        employee_id: format!("left-{number}").as_str().into(),
        name: format!("Zoë Gone {number}"),
        email: email.map(ToOwned::to_owned),
        confirmed: false,
    };
    Plan {
        tenant: "tenant-1".into(),
        group: (version > 4).then(contact_group),
        entries: (1..).zip(decisions).map(entry).collect(),
        left: vec![leaver(1, Some("gone1@example.com")), leaver(2, None)],
        courses: vec!["1001".into(), "1002".into()],
        course_titles: vec!["Safety".to_owned(), "Cyber security".to_owned()],
        places_left: 175,
        imports_accepted: 2,
        read_at: moment(0),
        choices: Choices { ticked: ["employee-3".into()].into(), left_out: ["employee-1".into()].into() },
        address: Some(AddressSeen { domain: domain("wattle"), taken: false }),
    }
}
