//! Every page in every state, with people who do not exist. The gallery writes them; the tests walk them.

mod imports;
mod people;
mod problems;

use axum::response::Response;
use domain::country::Country;
use domain::import::{FailureReason, ImportStatus};
use domain::portal::PortalDomain;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use web::pages::{
    Candidate, CourseCard, CoursesPage, DisconnectPage, GetStartedPage, HelpPage, LandingPage, MorePermissionPage,
    OrganisationPage, OrganisationsPage, PayrollRolePage, PeopleObstacle, PeopleObstaclePage, SignUpPage, View,
};
use web::sign_up_form::{SignUpErrors, SignUpForm};
use web::{FormToken, SiteSettings};

/// One page in one state.
pub(crate) struct Sample {
    /// What the file is called.
    pub(crate) name: String,
    /// The whole answer.
    pub(crate) response: Response,
}

/// What somebody may have typed as a name. It must never become part of a page's structure.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'&</title><img src=x onerror=alert(1)>";

/// Where the samples are served.
pub(crate) fn site() -> SiteSettings {
    SiteSettings {
        public_url: "https://xero.example.com".to_owned(),
        support_contact: "mailto:support@example.com".to_owned(),
        form_action_origins: vec!["https://login.xero.com".to_owned(), "https://*.mygo1.com".to_owned()],
        picture_origin: Some("https://pictures.example.com".to_owned()),
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = vec![
        page("landing", &LandingPage::default()),
        page("landing-resume", &LandingPage { resume: Some("/preview".to_owned()) }),
        page("help", &HelpPage),
    ];
    samples.extend(sign_up());
    samples.extend(organisations());
    samples.extend(courses());
    samples.extend(people::previews());
    samples.extend(obstacles());
    samples.extend(imports::all());
    samples.extend(get_started());
    samples.extend(permissions());
    samples.extend(disconnecting());
    samples.extend(problems::all());
    samples
}

fn page(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page(&site(), view) }
}

fn refused(name: &str, view: &impl View) -> Sample {
    let response = web::responses::page_with_status(&site(), StatusCode::UNPROCESSABLE_ENTITY, view);
    Sample { name: name.to_owned(), response }
}

fn token() -> FormToken {
    FormToken::from("5eedf00d")
}

fn domain() -> PortalDomain {
    PortalDomain::parse("harbour-hearth").expect("a valid address")
}

/// 23 November 2026, 10:42 UTC.
fn now() -> Timestamp {
    Timestamp::from_second(1_795_430_520).expect("a valid time")
}

fn sign_up() -> Vec<Sample> {
    let filled = SignUpForm {
        form_token: token(),
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
        email: "olivia.hartley@example.com".to_owned(),
        company: "Harbour & Hearth Hospitality".to_owned(),
        country: "AU".to_owned(),
        portal: "harbour-hearth".to_owned(),
        industry: "Accommodation and Food Services".to_owned(),
        accept_terms: None,
        accept_collection: None,
    };
    let from_xero =
        |company, country| SignUpForm::prefilled("Olivia", "Hartley", "olivia.hartley@example.com", company, country);
    let wrong =
        SignUpForm { email: "olivia@harbour".to_owned(), portal: "Harbour & Hearth".to_owned(), ..filled.clone() };
    let hostile = SignUpForm {
        given_name: HOSTILE.to_owned(),
        family_name: HOSTILE.to_owned(),
        email: HOSTILE.to_owned(),
        company: HOSTILE.to_owned(),
        country: HOSTILE.to_owned(),
        portal: HOSTILE.to_owned(),
        industry: HOSTILE.to_owned(),
        ..SignUpForm::default()
    };
    let with = |form: SignUpForm, from_xero| {
        let errors = form.validate().err().unwrap_or_default();
        SignUpPage { form_token: token(), form, errors, from_xero }
    };
    let fresh = |form, from_xero| SignUpPage { form_token: token(), form, errors: SignUpErrors::default(), from_xero };
    vec![
        page("sign-up", &fresh(SignUpForm::default(), false)),
        page(
            "sign-up-from-xero",
            &fresh(from_xero(Some("Harbour & Hearth Hospitality"), Some(Country::Australia)), true),
        ),
        page("sign-up-from-xero-without-organisation", &fresh(from_xero(None, None), true)),
        refused("sign-up-from-xero-errors", &with(from_xero(None, None), true)),
        refused("sign-up-errors", &with(wrong, false)),
        refused("sign-up-all-errors", &with(SignUpForm::default(), false)),
        refused("sign-up-hostile", &with(hostile, false)),
    ]
}

fn candidate(name: &str, country: &str) -> Candidate {
    Candidate {
        tenant: name.to_lowercase().replace(' ', "-").as_str().into(),
        name: name.to_owned(),
        country: Some(country.to_owned()),
    }
}

fn organisations() -> Vec<Sample> {
    let several = vec![
        candidate("Harbour & Hearth Hospitality", "AU"),
        candidate("Wattle Grove Books", "AU"),
        candidate("Thornbury Ceramics", "GB"),
        candidate("Bluegum Analytics", "AU"),
        candidate("Paperbark Studio", "AU"),
    ];
    let chooser =
        |organisations, nothing_chosen| OrganisationsPage { form_token: token(), organisations, nothing_chosen };
    let confirm = |organisation| OrganisationPage { form_token: token(), organisation };
    vec![
        page("organisation", &confirm(candidate("Harbour & Hearth Hospitality", "AU"))),
        page("organisation-hostile", &confirm(candidate(HOSTILE, "US"))),
        page("organisations", &chooser(several.clone(), false)),
        refused("organisations-none-chosen", &chooser(several, true)),
        page(
            "organisations-all-unsupported",
            &chooser(
                vec![candidate("Thornbury Ceramics", "GB"), candidate(HOSTILE, HOSTILE), candidate("Nowhere", "")],
                false,
            ),
        ),
    ]
}

fn permissions() -> Vec<Sample> {
    let more = |organisation: &str| MorePermissionPage { organisation: organisation.to_owned() };
    let role = |organisation: &str, portal_exists| PayrollRolePage {
        form_token: token(),
        organisation: organisation.to_owned(),
        portal_exists,
    };
    vec![
        page("more-permission", &more("Wattle Grove Books")),
        page("more-permission-hostile", &more(HOSTILE)),
        page("payroll-role", &role("Wattle Grove Books", false)),
        page("payroll-role-hostile", &role(HOSTILE, false)),
        page("payroll-role-portal", &role("Wattle Grove Books", true)),
    ]
}

fn disconnecting() -> Vec<Sample> {
    let with = |organisation: &str, portal: Option<&str>, disconnected| DisconnectPage {
        form_token: token(),
        organisation: organisation.to_owned(),
        portal: portal.map(str::to_owned),
        disconnected,
    };
    let (organisation, portal) = ("Harbour & Hearth Hospitality", Some("harbour-hearth.mygo1.com"));
    vec![
        page("disconnect", &with(organisation, portal, None)),
        page("disconnect-without-portal", &with(organisation, None, None)),
        page("disconnect-hostile", &with(HOSTILE, Some(HOSTILE), None)),
        page("disconnected", &with(organisation, portal, Some(true))),
        page("disconnected-without-portal", &with(organisation, None, Some(true))),
        page("disconnected-here-only", &with(organisation, portal, Some(false))),
        page("disconnected-hostile", &with(HOSTILE, Some(HOSTILE), Some(true))),
    ]
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
            "Know your duties, spot hazards before they hurt somebody, and speak up about them.",
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
    let limit =
        |until, timezone: Option<&str>| PeopleObstacle::DailyLimit { until, timezone: timezone.map(str::to_owned) };
    let tonight = Some(now() + SignedDuration::from_secs(5 * 3_600 + 61));
    [
        ("nobody", PeopleObstacle::Nobody),
        ("no-payroll", PeopleObstacle::PayrollNotSetUp),
        ("no-payroll-administrator", PeopleObstacle::NoPayrollAdministrator),
        ("scope-missing", PeopleObstacle::ScopeMissing),
        ("reconnect", PeopleObstacle::ReconnectNeeded),
        ("disconnected", PeopleObstacle::Disconnected),
        ("trial-over", PeopleObstacle::TrialOver),
        ("access-lost", PeopleObstacle::AccessLost),
        ("too-many", PeopleObstacle::TooMany { people: 2_413 }),
        ("xero-unavailable", PeopleObstacle::XeroUnavailable { retry_after: None }),
        ("xero-busy", wait(40)),
        ("xero-busy-for-hours", wait(7_300)),
        ("daily-limit", limit(tonight, Some("Australia/Sydney"))),
        ("daily-limit-utc", limit(tonight, None)),
        ("daily-limit-open", limit(None, None)),
    ]
    .into_iter()
    .map(|(name, obstacle)| {
        let view = PeopleObstaclePage {
            form_token: token(),
            organisation: "Bluegum Analytics".to_owned(),
            obstacle,
            xero_url: Some("https://go.xero.com/".to_owned()),
            portal_exists: matches!(name, "reconnect" | "disconnected"),
        };
        page(&format!("people-{name}"), &view)
    })
    .collect()
}

fn get_started() -> Vec<Sample> {
    let with = |import, asked_for| GetStartedPage {
        form_token: token(),
        domain: domain(),
        asked_for,
        email: "olivia.hartley@example.com".to_owned(),
        import,
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
        page("get-started-without-people", &with(None, taken)),
    ]
}

/// How the imports of the samples stand, by name.
fn stages() -> [(&'static str, ImportStatus, usize, Option<FailureReason>); 5] {
    [
        ("accepting", ImportStatus::Accepting, 0, None),
        ("running", ImportStatus::Running, 121, None),
        ("done", ImportStatus::Done, 200, None),
        ("partly-done", ImportStatus::PartlyDone, 193, Some(FailureReason::Unavailable)),
        ("failed", ImportStatus::Failed, 0, Some(FailureReason::AccessLost)),
    ]
}
