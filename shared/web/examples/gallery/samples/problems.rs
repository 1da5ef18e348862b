//! Everything that can be in the way.

use jiff::{SignedDuration, Timestamp};
use web::{ConsentProblem, Problem};

use super::{HOSTILE, Sample, domain, site};

/// All problem pages.
pub(super) fn all() -> Vec<Sample> {
    let linked = |organisation: &str| Problem::LinkedElsewhere {
        organisation: organisation.to_owned(),
        domain: domain(),
        portal_url: "https://harbour-hearth.mygo1.com".to_owned(),
    };
    let another = |chosen: &str, connection_removed| Problem::AnotherOrganisation {
        organisation: "Harbour & Hearth Hospitality".to_owned(),
        chosen: Some(chosen.to_owned()),
        connection_removed,
    };
    let wait = Some(SignedDuration::from_secs(90));
    let reference = || "8a1f3c52-1c9e".to_owned();
    [
        ("not-found", Problem::NotFound),
        ("wrong-method", Problem::WrongMethod),
        ("bad-request", Problem::BadRequest),
        ("signed-out", Problem::SignedOut),
        ("wrong-form-token", Problem::WrongFormToken),
        ("step-behind", Problem::StepBehind { go_on: "/preview/people".to_owned() }),
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
        (
            "portal-out-of-reach",
            Problem::PortalOutOfReach {
                domain: domain::portal::PortalDomain::parse("wattle").expect("valid"),
                reference: reference(),
            },
        ),
        ("portal-refused", Problem::PortalRefused { reference: reference() }),
        ("xero-unavailable", Problem::XeroUnavailable { retry_after: None, until: None }),
        ("xero-busy", Problem::XeroUnavailable { retry_after: wait, until: None }),
        ("xero-daily-limit", Problem::xero_unavailable(Some(SignedDuration::from_hours(7)), Timestamp::UNIX_EPOCH)),
        ("organisation-closed", Problem::OrganisationClosed { organisation: "Wattle Grove Books".to_owned() }),
        ("go1-unavailable", Problem::Go1Unavailable { retry_after: wait }),
        ("internal", Problem::Internal { reference: reference() }),
    ]
    .into_iter()
    .map(|(name, problem)| Sample { name: format!("problem-{name}"), response: problem.respond(&site(), false) })
    .collect()
}
