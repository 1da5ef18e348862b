//! What all samples have in common.

use std::cell::Cell;

use axum::response::Response;
use domain::country::Country;
use domain::import::{FailureReason, ImportStatus};
use domain::portal::PortalDomain;
use http::StatusCode;
use jiff::Timestamp;
use web::pages::View;
use web::{FormToken, Frame, Locale, SavedDetails, SiteSettings};

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

thread_local! {
    /// The country whose pages are made.
    static COUNTRY: Cell<Country> = const { Cell::new(Country::Australia) };
}

/// What `make` makes, for the people of an organisation in `country`.
pub(crate) fn made_in<T>(country: Country, make: impl FnOnce() -> T) -> T {
    let before = COUNTRY.replace(country);
    let samples = make();
    COUNTRY.set(before);
    samples
}

/// A time zone of the country.
pub(crate) fn timezone() -> &'static str {
    match COUNTRY.get() {
        Country::Australia => "Australia/Sydney",
        Country::UnitedStates => "America/Denver",
    }
}

/// How words and times are written in the country.
pub(crate) fn locale() -> Locale {
    Locale { country: COUNTRY.get(), timezone: Some(timezone().to_owned()) }
}

/// The same frame, as the people of an organisation in the country have it.
pub(crate) fn local(frame: Frame) -> Frame {
    frame.local(Some(locale()))
}

/// A page for somebody of whom neither country nor time zone is known.
pub(crate) fn nowhere(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page(&site(), view) }
}

pub(crate) fn page(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page_in(&site(), &local(Frame::SignUp), view) }
}

/// A page of a sign-up without a portal yet, whose finished steps can be opened again.
pub(crate) fn under_way(name: &str, view: &impl View) -> Sample {
    Sample { name: name.to_owned(), response: web::page_in(&site(), &local(Frame::SignUpUnderWay), view) }
}

/// The same after its details were saved.
pub(crate) fn after_saving(name: &str, view: &impl View, saved: SavedDetails) -> Sample {
    let frame = local(Frame::SignUpUnderWay).saying(Some(saved));
    Sample { name: name.to_owned(), response: web::page_in(&site(), &frame, view) }
}

pub(crate) fn refused(name: &str, view: &impl View) -> Sample {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let response = web::responses::page_with_status_in(&site(), &local(Frame::SignUp), status, view);
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
