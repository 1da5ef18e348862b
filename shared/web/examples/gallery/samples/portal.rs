//! The pages of a portal's administrator, and the pages that they share with the sign-up, in the portal's frame.

use domain::audit::{AuditAction, AuditEntry};
use domain::country::Country;
use domain::import::{ImportStatus, Progress};
use domain::obstacle::ConnectionTrouble;
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};
use web::pages::{
    AtGo1, ConnectionShown, ImportChoice, ImportLine, Imported, LoggedOutPage, NameAndEmail, OverviewNotice,
    OverviewPage, PortalConnectPage, PortalOrganisation, SettingsPage, SignedIn, Standing, StoredData, UndoOffer,
    Usage, UserRow, UsersContext, UsersPage, UsersQuery, UsersRead, View,
};
use web::{Frame, LoginWanted};

use super::common::{HOSTILE, Sample, domain, local, now, page, site, token};
use super::people;

/// The portal's frame.
pub(super) fn frame() -> Frame {
    local(Frame::Portal { domain: domain(), form_token: token() })
}

/// An import that goes on only after a login with GO1.
pub(super) fn login_wanted() -> LoginWanted {
    LoginWanted { import: "import".into(), is_undo: false, ends_by: now() + SignedDuration::from_hours(7 * 24) }
}

/// A page in the portal's frame.
pub(super) fn framed(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page_in(&site(), &frame(), view) }
}

pub(super) fn days_ago(days: i64) -> Timestamp {
    now() - SignedDuration::from_hours(24 * days)
}

pub(super) fn organisation(connection: ConnectionShown) -> PortalOrganisation {
    PortalOrganisation {
        name: "Harbour & Hearth Hospitality".to_owned(),
        country: Country::Australia,
        group: None,
        connection,
        connected_at: days_ago(40),
        connected_by: Some("Olivia Hartley".to_owned()),
    }
}

fn progress(people: usize, waiting: usize, failed: usize) -> Progress {
    let done = people - waiting - failed;
    Progress { people, waiting, done, failed, created: done, enrollments: 5 * done, ..Progress::default() }
}

fn line(import: &str, days: i64, status: ImportStatus, progress: Progress, undo: UndoOffer) -> ImportLine {
    ImportLine {
        import: import.into(),
        undoes: None,
        status,
        stopped: false,
        waits_for_courses: false,
        progress,
        finished_later: 0,
        refused: Vec::new(),
        accepted_at: days_ago(days),
        by: Some("Olivia Hartley".to_owned()),
        undo,
    }
}

fn lines() -> Vec<ImportLine> {
    let taken_back = Progress { people: 1, done: 1, removed: 5, deactivated: 1, ..Progress::default() };
    let until = UndoOffer::Until(days_ago(2) + SignedDuration::from_hours(7 * 24));
    vec![
        line("i5", 0, ImportStatus::Running, progress(12, 7, 0), UndoOffer::No),
        ImportLine { undoes: Some("i3".into()), ..line("i4", 1, ImportStatus::Done, taken_back, UndoOffer::No) },
        line("i3", 2, ImportStatus::PartlyDone, Progress { partly: 1, ..progress(14, 0, 2) }, until),
        ImportLine {
            refused: vec!["Privacy at work".to_owned()],
            ..line("i2", 20, ImportStatus::Done, Progress { short: 1, ..progress(1, 0, 0) }, UndoOffer::By("i4".into()))
        },
        ImportLine { by: None, ..line("i1", 40, ImportStatus::Failed, progress(40, 0, 40), UndoOffer::No) },
        ImportLine { finished_later: 3, ..line("i0", 45, ImportStatus::PartlyDone, progress(9, 0, 3), UndoOffer::No) },
    ]
}

fn overview(connection: ConnectionShown) -> OverviewPage {
    OverviewPage {
        form_token: token(),
        domain: domain(),
        portal_url: format!("https://{}", domain()),
        organisation: organisation(connection),
        imported: 71,
        places_used: 73,
        imports: lines(),
        notice: None,
    }
}

fn overviews() -> Vec<Sample> {
    let mut samples = vec![framed("portal-overview", &overview(ConnectionShown::Connected))];
    for (name, why) in [
        ("access-ended", ConnectionTrouble::AccessEnded),
        ("removed-at-xero", ConnectionTrouble::RemovedAtXero),
        ("trial-over", ConnectionTrouble::TrialOver),
        ("role-lost", ConnectionTrouble::RoleLost),
        ("permission-missing", ConnectionTrouble::PermissionMissing),
        ("no-payroll-administrator", ConnectionTrouble::NoPayrollAdministrator),
    ] {
        let trouble = overview(ConnectionShown::Trouble { why, at: days_ago(1) });
        let view = OverviewPage { notice: Some(OverviewNotice::Checked), ..trouble };
        samples.push(framed(&format!("portal-overview-{name}"), &view));
    }
    let gone = ConnectionShown::Disconnected { at: days_ago(3), removed_at_xero: false };
    samples.push(framed("portal-overview-disconnected", &overview(gone)));
    for (name, notice) in [
        ("checked", OverviewNotice::Checked),
        ("not-checked", OverviewNotice::NotChecked { retry_after: Some(SignedDuration::from_secs(40)) }),
        ("reconnected", OverviewNotice::Reconnected),
    ] {
        let view = OverviewPage { notice: Some(notice), ..overview(ConnectionShown::Connected) };
        samples.push(framed(&format!("portal-overview-{name}"), &view));
    }
    let wanting = Sample {
        name: "portal-overview-login-wanted".to_owned(),
        response: web::page_in(&site(), &frame().wanting(Some(login_wanted())), &overview(ConnectionShown::Connected)),
    };
    samples.push(wanting);
    let fresh =
        OverviewPage { imports: Vec::new(), imported: 0, places_used: 0, ..overview(ConnectionShown::Connected) };
    samples.push(framed("portal-overview-fresh", &fresh));
    samples.push(framed(
        "portal-overview-full",
        &OverviewPage { imported: 198, places_used: 200, ..overview(ConnectionShown::Connected) },
    ));
    let mut hostile = overview(ConnectionShown::Trouble { why: ConnectionTrouble::RoleLost, at: now() });
    HOSTILE.clone_into(&mut hostile.organisation.name);
    hostile.organisation.connected_by = Some(HOSTILE.to_owned());
    hostile.imports[0].by = Some(HOSTILE.to_owned());
    samples.push(framed("portal-overview-hostile", &hostile));
    samples
}

fn everybody(count: usize) -> Vec<UserRow> {
    (0..count)
        .map(|number| {
            let person = people::person(number);
            let (given_name, family_name) = (person.given_name, person.family_name);
            let who = NameAndEmail { given_name, family_name, email: person.email.into() };
            let at_go1 = match number {
                5 => AtGo1::Gone,
                9 => AtGo1::Unresolved,
                _ => AtGo1::Account { who, active: number != 3 },
            };
            let imported = Imported {
                created: !matches!(number, 1 | 9),
                import: if number < 40 { "i1" } else { "i2" }.into(),
                also: Vec::new(),
                since: days_ago(if number < 40 { 40 } else { 20 }),
                standing: match number {
                    7 | 9 => Standing::NotFinished,
                    3 | 11 => Standing::Undone,
                    _ => Standing::Imported,
                },
            };
            UserRow { at_go1, imported: (number % 6 != 4).then_some(imported) }
        })
        .collect()
}

/// The same where GO1 did not answer; the names of the older import are deleted.
fn unread(count: usize) -> Vec<UserRow> {
    let imported = everybody(count).into_iter().filter(|row| row.imported.is_some());
    let rows = imported.enumerate().map(|(number, row)| {
        let kept = row.who().cloned().filter(|_| number % 5 != 0);
        UserRow { at_go1: if row.at_go1 == AtGo1::Unresolved { row.at_go1 } else { AtGo1::Unread(kept) }, ..row }
    });
    rows.collect()
}

fn users_context() -> UsersContext {
    UsersContext {
        form_token: token(),
        organisation: organisation(ConnectionShown::Connected),
        places_left: 127,
        imports: [("i2", 20), ("i1", 40)]
            .map(|(import, days)| ImportChoice { import: import.into(), accepted_at: days_ago(days) })
            .into(),
        read: UsersRead::Now { unlisted: 0 },
    }
}

fn users() -> Vec<Sample> {
    let mut samples: Vec<Sample> = [
        ("", ""),
        ("-page", "page=3&sort=first-name"),
        ("-fifty", "size=50"),
        ("-not-imported", "show=others"),
        ("-found", "q=AVA&show=new&import=i1"),
        ("-nobody-found", "q=zebra"),
        ("-not-finished", "show=not-finished"),
        ("-gone", "show=gone"),
    ]
    .into_iter()
    .map(|(name, query)| {
        let view = UsersPage::of(everybody(73), UsersQuery::parse(Some(query)), users_context());
        framed(&format!("portal-users{name}"), &view)
    })
    .collect();
    let fresh = UsersContext { imports: Vec::new(), places_left: 200, ..users_context() };
    samples.push(framed("portal-users-nobody", &UsersPage::of(Vec::new(), UsersQuery::parse(None), fresh)));
    let others: Vec<_> = everybody(3).into_iter().map(|row| UserRow { imported: None, ..row }).collect();
    let fresh = UsersContext { imports: Vec::new(), places_left: 200, ..users_context() };
    samples.push(framed("portal-users-before", &UsersPage::of(others, UsersQuery::parse(None), fresh)));
    let more = UsersContext { read: UsersRead::Now { unlisted: 1_340 }, ..users_context() };
    samples.push(framed("portal-users-more", &UsersPage::of(everybody(130), UsersQuery::parse(None), more)));
    for (name, read) in
        [("unread", UsersRead::Unavailable), ("login", UsersRead::LoginNeeded), ("not-granted", UsersRead::NotGranted)]
    {
        let view = UsersPage::of(unread(30), UsersQuery::parse(None), UsersContext { read, ..users_context() });
        samples.push(framed(&format!("portal-users-{name}"), &view));
    }
    let mut broken = users_context();
    broken.organisation.connection = ConnectionShown::Disconnected { at: now(), removed_at_xero: true };
    let view = UsersPage::of(everybody(8), UsersQuery::parse(None), broken);
    samples.push(framed("portal-users-disconnected", &view));
    let mut hostile = everybody(2);
    let (given_name, email) = (HOSTILE.to_owned(), Some(HOSTILE.to_owned()));
    let who = NameAndEmail { given_name, family_name: HOSTILE.to_owned(), email };
    hostile[0].at_go1 = AtGo1::Account { who, active: true };
    let query = UsersQuery { q: HOSTILE.to_owned(), import: Some(HOSTILE.into()), ..UsersQuery::parse(None) };
    if let Some(brought) = &mut hostile[0].imported {
        brought.import = HOSTILE.into();
    }
    samples.push(framed("portal-users-hostile", &UsersPage::of(hostile, query, users_context())));
    samples
}

fn entry(hours: i64, by: Option<&str>, action: AuditAction) -> AuditEntry {
    AuditEntry {
        at: now() - SignedDuration::from_hours(hours),
        sign_up: "sign-up".into(),
        action,
        by: by.map(str::to_owned),
        from: by.map(|_| "203.0.113.24".to_owned()),
    }
}

fn trail(by: &str) -> Vec<AuditEntry> {
    let by = Some(by);
    vec![
        entry(1, by, AuditAction::ImportConfirmed { import: "i5".into(), people: 12 }),
        entry(1, by, AuditAction::AdministratorEntered { account: Some("7".into()) }),
        entry(2, by, AuditAction::ReportDownloaded { import: "i3".into() }),
        entry(2, by, AuditAction::OthersSignedOut),
        entry(3, by, AuditAction::PeopleChosen { tenant: "tenant".into(), of_group: false }),
        entry(4, by, AuditAction::PeopleChosen { tenant: "tenant".into(), of_group: true }),
        entry(24, Some("Dan Abbott"), AuditAction::UndoConfirmed { import: "i2".into(), people: 3 }),
        entry(25, Some("Dan Abbott"), AuditAction::ImportStopped { import: "i3".into() }),
        entry(48, by, AuditAction::ImportConfirmed { import: "i3".into(), people: 14 }),
        entry(90, by, AuditAction::Reconnected { tenant: "tenant".into() }),
        entry(100, by, AuditAction::Disconnected { tenant: "tenant".into(), removed_at_xero: true }),
        entry(480, by, AuditAction::ImportConfirmed { import: "i2".into(), people: 1 }),
        entry(960, by, AuditAction::ImportSkipped { portal: "portal".into() }),
        entry(960, by, AuditAction::PortalCreated { portal: "portal".into() }),
        entry(960, by, AuditAction::OrganisationConfirmed { tenant: "tenant".into() }),
        entry(960, by, AuditAction::PortalConnected { portal: "portal".into() }),
        entry(960, None, AuditAction::EntryRefused { guard: "they are no administrator".to_owned() }),
        entry(960, None, AuditAction::Erased { portal: "portal".into() }),
        entry(960, by, AuditAction::SignedOutEverywhere),
        entry(960, None, AuditAction::Unknown),
        entry(961, None, AuditAction::XeroConsented { xero_user: Some("user".into()) }),
        entry(961, by, AuditAction::ConsentRefused { guard: "AnotherBrowser".to_owned() }),
        entry(
            962,
            by,
            AuditAction::TermsAccepted {
                terms_version: "2026-07".to_owned(),
                collection_version: "2026-07".to_owned(),
            },
        ),
    ]
}

/// An administrator in this browser and in another, and whoever signed up.
pub(super) fn signed_in(name: &str) -> Vec<SignedIn> {
    let browser = |minutes: i64, is_owner, is_here| SignedIn {
        name: name.to_owned(),
        is_owner,
        since: now() - SignedDuration::from_mins(minutes),
        used_at: now() - SignedDuration::from_mins(minutes / 3),
        is_here,
    };
    vec![browser(9, false, true), browser(30, false, false), browser(45, true, false)]
}

fn settings(connection: ConnectionShown) -> SettingsPage {
    SettingsPage {
        form_token: token(),
        domain: domain(),
        organisation: organisation(connection),
        usage: Usage {
            imports: 4,
            places_used: 73,
            accounts: 71,
            last_import: Some(now()),
            last_by: Some("Olivia Hartley".to_owned()),
        },
        held: StoredData {
            plan_until: Some(now() + SignedDuration::from_hours(20)),
            imports_with_names: 3,
            names_until: Some(now() + SignedDuration::from_hours(30 * 24)),
            xero_access: connection == ConnectionShown::Connected,
            go1_access: true,
            members: 73,
        },
        trail: trail("Olivia Hartley"),
        older: false,
        signed_in: signed_in("Olivia Hartley"),
        others_signed_out: false,
        owner: Some("Olivia Hartley".to_owned()),
        owner_ended: false,
    }
}

fn settings_pages() -> Vec<Sample> {
    let gone = ConnectionShown::Disconnected { at: now(), removed_at_xero: true };
    let trouble = ConnectionShown::Trouble { why: ConnectionTrouble::AccessEnded, at: now() };
    let mut hostile = settings(ConnectionShown::Connected);
    (hostile.trail, hostile.usage.last_by) = (trail(HOSTILE), Some(HOSTILE.to_owned()));
    hostile.owner = Some(HOSTILE.to_owned());
    hostile.signed_in = signed_in(HOSTILE);
    HOSTILE.clone_into(&mut hostile.organisation.name);
    let fresh = SettingsPage {
        usage: Usage::default(),
        held: StoredData::default(),
        trail: Vec::new(),
        ..settings(ConnectionShown::Connected)
    };
    vec![
        framed("portal-settings", &settings(ConnectionShown::Connected)),
        framed("portal-settings-trouble", &settings(trouble)),
        framed("portal-settings-disconnected", &SettingsPage { older: true, ..settings(gone) }),
        framed("portal-settings-fresh", &fresh),
        framed(
            "portal-settings-owner-ended",
            &SettingsPage { owner: None, owner_ended: true, ..settings(ConnectionShown::Connected) },
        ),
        framed(
            "portal-settings-others-out",
            &SettingsPage {
                signed_in: signed_in("Olivia Hartley").into_iter().take(1).collect(),
                others_signed_out: true,
                ..settings(ConnectionShown::Connected)
            },
        ),
        framed("portal-settings-hostile", &hostile),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    let other = PortalDomain::parse("wattle").expect("a valid address");
    let mut samples = overviews();
    samples.extend(users());
    samples.extend(settings_pages());
    samples.push(page("portal-connect", &PortalConnectPage { domain: other.clone(), was_erased: false }));
    samples.push(page("portal-connect-erased", &PortalConnectPage { domain: other, was_erased: true }));
    samples.push(page("portal-logged-out", &LoggedOutPage));
    samples
}
