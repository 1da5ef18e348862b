//! Everything that can be in the way.

use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};
use web::problem_page::respond;
use web::{ConsentProblem, Frame, LoginFor, LoginProblem, Problem, UndoRefusal};

use super::common::{HOSTILE, Sample, domain, local, site};
use super::portal::frame;

/// All problem pages.
pub(super) fn all() -> Vec<Sample> {
    let linked = |organisation: &str| Problem::LinkedByAnotherSignUp {
        organisation: organisation.to_owned(),
        domain: domain(),
        portal_url: "https://harbour-hearth.mygo1.com".to_owned(),
    };
    let taken = |organisation: &str, connection_removed| Problem::PortalTaken {
        organisation: organisation.to_owned(),
        domain: domain(),
        connection_removed,
    };
    let another = |chosen: &str, connection_removed| Problem::AnotherOrganisation {
        organisation: "Harbour & Hearth Hospitality".to_owned(),
        chosen: Some(chosen.to_owned()),
        connection_removed,
    };
    let wait = Some(SignedDuration::from_secs(90));
    [
        ("not-found", Problem::NotFound),
        ("wrong-method", Problem::WrongMethod),
        ("not-a-form", Problem::NotAForm),
        ("bad-request", Problem::BadRequest),
        ("signed-out", Problem::SignedOut),
        ("signed-out-for-quiet", Problem::SignedOutForQuiet),
        ("wrong-form-token", Problem::WrongFormToken),
        ("step-behind", Problem::WrongStep { next_path: "/preview/people".to_owned() }),
        (
            "country",
            Problem::CountryNotSupported {
                organisation: "Thornbury Ceramics".to_owned(),
                country: "GB".to_owned(),
                connection_removed: true,
            },
        ),
        (
            "country-hostile",
            Problem::CountryNotSupported {
                organisation: HOSTILE.to_owned(),
                country: HOSTILE.to_owned(),
                connection_removed: false,
            },
        ),
        ("linked-elsewhere", linked("Wattle Grove Books")),
        ("linked-elsewhere-hostile", linked(HOSTILE)),
        ("another-organisation", another("Wattle Grove Books", true)),
        ("another-organisation-kept", another("Wattle Grove Books", false)),
        ("another-organisation-hostile", another(HOSTILE, true)),
        ("consent-denied", Problem::Consent(ConsentProblem::Denied)),
        ("consent-contacts-denied", Problem::Consent(ConsentProblem::ContactsDenied)),
        ("consent-expired", Problem::Consent(ConsentProblem::Expired)),
        ("consent-replayed", Problem::Consent(ConsentProblem::Replayed)),
        ("consent-another-browser", Problem::Consent(ConsentProblem::AnotherBrowser)),
        ("consent-unknown", Problem::Consent(ConsentProblem::Unknown)),
        ("consent-code-rejected", Problem::Consent(ConsentProblem::CodeRejected)),
        ("consent-token-invalid", Problem::Consent(ConsentProblem::TokenInvalid)),
        ("consent-xero-error", Problem::Consent(ConsentProblem::XeroError)),
        ("consent-no-organisation", Problem::Consent(ConsentProblem::NoOrganisation)),
        ("consent-access-ended", Problem::Consent(ConsentProblem::AccessEnded)),
        ("import-conflict", Problem::ImportConflict { import: "import".into(), same_plan: false }),
        ("import-conflict-same-plan", Problem::ImportConflict { import: "import".into(), same_plan: true }),
        ("names-erased", Problem::NamesErased { import: "import".into() }),
        ("portal-pending", Problem::PortalPending),
        ("portal-out-of-reach", Problem::PortalTokensLost { domain: wattle() }),
        ("portal-taken", taken("Harbour & Hearth Hospitality", true)),
        ("portal-taken-connection-kept", taken(HOSTILE, false)),
        ("portal-refused", Problem::PortalRefused),
        ("xero-unavailable", Problem::XeroUnavailable { retry_after: None, until: None }),
        ("xero-busy", Problem::XeroUnavailable { retry_after: wait, until: None }),
        ("xero-daily-limit", Problem::xero_unavailable(Some(SignedDuration::from_hours(7)), Timestamp::UNIX_EPOCH)),
        ("organisation-closed", Problem::OrganisationForbidden { organisation: "Wattle Grove Books".to_owned() }),
        ("same-moment", Problem::SameMoment),
        ("too-often", Problem::TooOften { retry_after: SignedDuration::from_mins(40) }),
        ("people-forbidden", Problem::PeopleForbidden { organisation: "Wattle Grove Books".to_owned() }),
        ("go1-unavailable", Problem::Go1Unavailable { retry_after: wait }),
        ("go1-not-granted", Problem::Go1NotGranted),
        ("internal", Problem::Internal),
    ]
    .into_iter()
    .chain(of_a_portal())
    .map(|(name, problem)| Sample {
        name: format!("problem-{name}"),
        response: respond(&problem, &site(), &frame_of(name), false, "8a1f3c521c9e", Some("/preview")),
    })
    .collect()
}

fn wattle() -> PortalDomain {
    PortalDomain::parse("wattle").expect("a valid address")
}

/// At the door of a portal, and of taking things back there.
fn of_a_portal() -> Vec<(&'static str, Problem)> {
    let erased = |organisation: &str| Problem::ErasedBefore {
        organisation: organisation.to_owned(),
        domain: domain(),
        portal_url: "https://harbour-hearth.mygo1.com".to_owned(),
    };
    let undo = |why| Problem::UndoRefused { import: "i3".into(), why };
    let entering = || LoginFor::Enter { portal: Some(domain()) };
    let login = |why, login| Problem::Go1Login { why, login };
    let outdated = |organisation: &str| Problem::DisconnectOutdated { organisation: organisation.to_owned() };
    vec![
        ("portal-signed-out", Problem::PortalSignedOut),
        ("portal-signed-out-for-quiet", Problem::PortalSignedOutForQuiet),
        ("not-administrator", Problem::NotAdministrator { domain: domain(), login: entering() }),
        ("another-portal", Problem::AnotherPortal { asked: domain(), entered: wattle(), login: entering() }),
        (
            "another-portal-sign-up",
            Problem::AnotherPortal { asked: domain(), entered: wattle(), login: LoginFor::SignUp },
        ),
        ("portal-astray", Problem::PortalWithoutSignUp { domain: domain() }),
        ("login-denied", login(LoginProblem::Denied, entering())),
        ("login-expired", login(LoginProblem::Expired, entering())),
        ("login-replayed", login(LoginProblem::Replayed, entering())),
        ("login-another-browser", login(LoginProblem::AnotherBrowser, entering())),
        ("login-unknown", login(LoginProblem::Unknown, entering())),
        ("login-code-rejected", login(LoginProblem::CodeRejected, entering())),
        ("login-go1-error", login(LoginProblem::Go1Error, entering())),
        ("login-account-unclear", login(LoginProblem::AccountUnclear, entering())),
        ("login-account-inactive", login(LoginProblem::AccountInactive, entering())),
        ("login-no-address", login(LoginProblem::NoAddress, entering())),
        ("login-silent", Problem::Go1LoginUnavailable { retry_after: None, login: entering() }),
        ("login-replayed-sign-up", login(LoginProblem::Replayed, LoginFor::SignUp)),
        ("login-another-browser-sign-up", login(LoginProblem::AnotherBrowser, LoginFor::SignUp)),
        ("undo-running", undo(UndoRefusal::Running { running: "i5".into() })),
        ("undo-changed", undo(UndoRefusal::Changed)),
        ("undo-of-undo", undo(UndoRefusal::IsUndo)),
        ("undo-too-late", undo(UndoRefusal::TooLate)),
        ("undo-nothing", undo(UndoRefusal::NothingToUndo)),
        ("undo-names-erased", undo(UndoRefusal::NamesErased)),
        ("undo-done-before", undo(UndoRefusal::DoneBefore { undo: "i4".into() })),
        ("erase-while-running", Problem::EraseWhileRunning { import: "i5".into() }),
        ("being-erased", Problem::BeingErased),
        ("erased-before", erased("Wattle Grove Books")),
        ("erased-before-hostile", erased(HOSTILE)),
        ("go1-login-needed", Problem::Go1LoginNeeded),
        ("disconnect-outdated", outdated("Wattle Grove Books")),
        ("disconnect-outdated-hostile", outdated(HOSTILE)),
    ]
}

/// What an administrator meets while they are in, they meet in the portal's frame.
fn frame_of(name: &str) -> Frame {
    let met_inside = ["undo-", "erase-", "being-erased", "go1-login-needed", "disconnect-"];
    if met_inside.iter().any(|start| name.starts_with(start)) { frame() } else { local(Frame::SignUp) }
}
