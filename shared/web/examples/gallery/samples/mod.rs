//! Every page in every state, with people who do not exist. The gallery writes them; the tests walk them.

pub(crate) mod common;
mod contact_groups;
mod endings;
mod imports;
mod people;
mod portal;
mod problems;
mod shared_pages;
mod sign_ups;

pub(crate) use common::Sample;
use common::{HOSTILE, domain, now, nowhere, page, site, token};
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::portal::{DomainError, PortalDomain};
use jiff::SignedDuration;
use web::pages::{
    AddressNotice, CourseCard, CoursesPage, DeletePage, DeletedPage, DisconnectedPage, GetStartedPage, HelpPage,
    LandingPage, PeopleObstaclePage, PortalAddressPage, PrivacyPage, SignedOutPage,
};
use web::{Frame, TimeLeft};

pub(crate) fn all() -> Vec<Sample> {
    let mut samples = vec![
        page("landing", &LandingPage::default()),
        page("landing-resume", &LandingPage { resume: Some("/preview".to_owned()) }),
        page("help", &HelpPage),
        page("privacy", &PrivacyPage),
        page("signed-out", &SignedOutPage { everywhere: false }),
        page("signed-out-everywhere", &SignedOutPage { everywhere: true }),
        page("disconnected-signed-out", &DisconnectedPage { organisation: "Wattle Grove Books".to_owned() }),
        page(
            "delete",
            &DeletePage {
                form_token: token(),
                organisations: vec!["Wattle Grove Books".to_owned()],
                is_connected: true,
                signed_in: portal::signed_in("").split_off(1),
            },
        ),
        page(
            "delete-before-xero",
            &DeletePage {
                form_token: token(),
                organisations: Vec::new(),
                is_connected: false,
                signed_in: portal::signed_in("").into_iter().take(1).collect(),
            },
        ),
        staying("staying", common::local(Frame::SignUp.signed_in(token()))),
        staying("staying-portal", portal::frame()),
        page("deleted", &DeletedPage { left_at_xero: false }),
        page("deleted-but-at-xero", &DeletedPage { left_at_xero: true }),
    ];
    samples.extend(sign_ups::all());
    samples.extend(courses());
    samples.extend(people::previews());
    samples.extend(obstacles());
    samples.extend(contact_groups::all());
    samples.extend(imports::all());
    samples.extend(get_started());
    samples.extend(portal_addresses());
    samples.extend(portal::all());
    samples.extend(endings::all());
    samples.extend(shared_pages::all());
    samples.extend(problems::all());
    samples
}

/// A page that knows when its browser is signed out.
fn staying(name: &str, frame: Frame) -> Sample {
    let left = TimeLeft { unused: SignedDuration::from_mins(30), at_most: SignedDuration::from_mins(50) };
    Sample { name: name.to_owned(), response: web::page_in(&site(), &frame.until(left), &PrivacyPage) }
}

fn course(title: &str, provider: &str, minutes: u32, summary: &str) -> CourseCard {
    CourseCard {
        title: title.to_owned(),
        picture: None,
        provider: Some(provider.to_owned()),
        minutes: Some(minutes),
        summary: summary.to_owned(),
    }
}

fn courses() -> Vec<Sample> {
    let five = vec![
        course(
            "Workplace Health and Safety Essentials",
            "Bright Harbour Learning",
            45,
            "Know your duties, spot hazards before they hurt someone, and speak up about them.",
        ),
        course(
            "Cyber Security for Everyone",
            "Northlight Training",
            30,
            "Phishing, passwords and updates: the few habits that stop most attacks.",
        ),
        course(
            "Working Well Together",
            "Fieldstone Academy",
            25,
            "Give and take feedback, settle a disagreement, and run a meeting that ends on time.",
        ),
        course(
            "Mental Health at Work",
            "Bright Harbour Learning",
            40,
            "Notice when a colleague is not well, and know what to say and whom to ask.",
        ),
        course(
            "Great Customer Conversations",
            "Fieldstone Academy",
            90,
            "Listen first, promise what you can keep, and turn a complaint into a regular.",
        ),
    ];
    let with =
        |courses| CoursesPage { form_token: token(), organisation: "Harbour & Hearth Hospitality".to_owned(), courses };
    let hostile = CourseCard {
        title: HOSTILE.to_owned(),
        picture: Some("https://pictures.example.com/\"onerror=alert(1)".to_owned()),
        provider: Some(HOSTILE.to_owned()),
        minutes: None,
        summary: HOSTILE.to_owned(),
    };
    vec![
        page("courses", &with(five.clone())),
        page("courses-four", &with(five[..4].to_vec())),
        page("courses-none", &with(Vec::new())),
        page("courses-hostile", &with(vec![hostile])),
    ]
}

fn obstacles() -> Vec<Sample> {
    let wait = |seconds| PeopleObstacle::XeroUnavailable { retry_after: Some(SignedDuration::from_secs(seconds)) };
    let limit = |until| PeopleObstacle::DailyLimit { until };
    let connection = PeopleObstacle::Connection;
    let tonight = Some(now() + SignedDuration::from_secs(5 * 3_600 + 61));
    [
        ("nobody", PeopleObstacle::Nobody),
        ("no-payroll", PeopleObstacle::PayrollNotSetUp),
        ("no-payroll-administrator", connection(ConnectionTrouble::NoPayrollAdministrator)),
        ("scope-missing", connection(ConnectionTrouble::PermissionMissing)),
        ("reconnect", connection(ConnectionTrouble::AccessEnded)),
        ("disconnected", connection(ConnectionTrouble::RemovedAtXero)),
        ("trial-over", connection(ConnectionTrouble::TrialOver)),
        ("access-lost", connection(ConnectionTrouble::RoleLost)),
        (
            "refused",
            PeopleObstacle::Refused { correlation_id: Some("5f3a19c2-7d1e-4f60-9a55-0c2b8e6d4f11".to_owned()) },
        ),
        ("refused-without-id", PeopleObstacle::Refused { correlation_id: None }),
        ("too-many", PeopleObstacle::TooMany { people: 2_413 }),
        ("xero-unavailable", PeopleObstacle::XeroUnavailable { retry_after: None }),
        ("xero-busy", wait(40)),
        ("xero-busy-for-hours", wait(7_300)),
        ("daily-limit", limit(tonight)),
        ("daily-limit-utc", limit(tonight)),
        ("daily-limit-open", limit(None)),
    ]
    .into_iter()
    .map(|(name, obstacle)| {
        let view = PeopleObstaclePage {
            form_token: token(),
            organisation: "Bluegum Analytics".to_owned(),
            obstacle,
            group: None,
            may_choose_group: false,
            xero_url: Some("https://go.xero.com/".to_owned()),
            portal_exists: matches!(name, "reconnect" | "disconnected"),
        };
        match name {
            "daily-limit-utc" => nowhere(&format!("people-{name}"), &view),
            name => page(&format!("people-{name}"), &view),
        }
    })
    .collect()
}

fn get_started() -> Vec<Sample> {
    let with = |import, asked_for| GetStartedPage {
        form_token: token(),
        domain: domain(),
        portal_url: format!("https://{}", domain()),
        asked_for,
        email: Some("olivia.hartley@example.com".to_owned()),
        import,
        imported: 200,
    };
    let progress = |done: usize, waiting: usize| {
        let mut people = imports::imported(done + waiting, done);
        if waiting == 0 {
            people.truncate(done);
        }
        domain::import::Progress::of(&people)
    };
    let taken = PortalDomain::parse("hearth").ok();
    vec![
        page("get-started", &with(Some(("import".into(), progress(200, 0))), None)),
        page("get-started-running", &with(Some(("import".into(), progress(120, 80))), None)),
        page(
            "get-started-after-more",
            &GetStartedPage { imported: 194, ..with(Some(("import".into(), progress(2, 0))), None) },
        ),
        page("get-started-without-people", &with(None, taken)),
        page("get-started-connected", &GetStartedPage { email: None, ..with(None, None) }),
    ]
}

fn portal_addresses() -> Vec<Sample> {
    let domain = |label: &str| PortalDomain::parse(label).expect("an address");
    let with = |portal: &str, notice| PortalAddressPage { form_token: token(), portal: portal.to_owned(), notice };
    let taken = |next| AddressNotice::Taken { taken: domain("harbour"), next };
    vec![
        page("portal-address", &with("harbour-2", Some(taken(Some(domain("harbour-2")))))),
        page("portal-address-all-taken", &with("harbour-2", Some(taken(None)))),
        page("portal-address-free", &with("harbour", Some(AddressNotice::Free { domain: domain("harbour") }))),
        page("portal-address-untold", &with("harbour", None)),
        page("portal-address-refused", &with("harbour", Some(AddressNotice::Refused { domain: domain("harbour") }))),
        page("portal-address-hostile", &with(HOSTILE, Some(AddressNotice::Malformed(DomainError::Malformed)))),
    ]
}
