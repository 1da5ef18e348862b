//! What all samples have in common.

use axum::response::Response;
use domain::import::{FailureReason, ImportStatus};
use domain::portal::PortalDomain;
use http::StatusCode;
use jiff::Timestamp;
use web::pages::View;
use web::{FormToken, Frame, SiteSettings};

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
        picture_origins: vec!["https://pictures.example.com".to_owned()],
    }
}

pub(crate) fn page(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page(&site(), view) }
}

pub(crate) fn refused(name: &str, view: &impl View) -> Sample {
    let response = web::responses::page_with_status_in(&site(), &Frame::SignUp, StatusCode::UNPROCESSABLE_ENTITY, view);
    Sample { name: name.to_owned(), response }
}

pub(crate) fn token() -> FormToken {
    FormToken::from("5eedf00d")
}

pub(crate) fn domain() -> PortalDomain {
    PortalDomain::parse("harbour-hearth").expect("a valid address")
}

/// 23 November 2026, 10:42 UTC.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_795_430_520).expect("a valid time")
}

/// How the imports of the samples stand, by name.
pub(crate) fn stages() -> [(&'static str, ImportStatus, usize, Option<FailureReason>); 5] {
    [
        ("accepting", ImportStatus::Accepting, 0, None),
        ("running", ImportStatus::Running, 121, None),
        ("done", ImportStatus::Done, 200, None),
        ("partly-done", ImportStatus::PartlyDone, 193, Some(FailureReason::Unavailable)),
        ("failed", ImportStatus::Failed, 0, Some(FailureReason::AccessLost)),
    ]
}
