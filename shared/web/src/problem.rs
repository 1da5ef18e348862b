//! The problems that a page can report, each with an HTTP status, its own words and a next step.

mod portal;

use std::panic::Location;

use axum::response::{IntoResponse, Response};
use domain::consent::ConsentRefused;
use domain::fault::{Causes, Fault};
use domain::ids::ImportId;
use domain::portal::PortalDomain;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

pub use portal::{LoginFor, LoginProblem, UndoRefusal};

/// For waits from this length on, pages name the time at which the wait is over.
pub(crate) const LONG_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// What a handler answers when it cannot do what was asked. [`crate::finish::finish`] makes a page of it, or
/// problem+json.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 404. No such page, or nothing of this browser's by that id.
    NotFound,
    /// 405. The address is right, the method is not.
    WrongMethod,
    /// 400. What was sent is no form of ours.
    BadRequest,
    /// 415. What was sent says that it is something else than a form.
    NotAForm,
    /// 401. No session, or one that has ended.
    SignedOut,
    /// 401. No administrator's session, or one that has ended.
    PortalSignedOut,
    /// 401. A session that has ended because it was not used.
    SignedOutForQuiet,
    /// 401. An administrator's that has.
    PortalSignedOutForQuiet,
    /// 403. The person who logged in is no administrator of the portal.
    NotAdministrator {
        /// The portal that they logged in to.
        domain: PortalDomain,
        login: LoginFor,
    },
    /// 403. The person logged in to another portal than the one that they came from, or that the sign-up has.
    AnotherPortal {
        /// The portal that they came from, or the sign-up's.
        asked: PortalDomain,
        /// The portal that they logged in to.
        entered: PortalDomain,
        login: LoginFor,
    },
    /// Something went wrong between us and GO1's login.
    Go1Login { why: LoginProblem, login: LoginFor },
    /// 503. GO1 did not say who logged in: it does not answer, or asks us to wait.
    Go1LoginUnavailable {
        /// How long GO1 asks us to wait.
        retry_after: Option<SignedDuration>,
        login: LoginFor,
    },
    /// 409. Somebody administers a portal that we know, and its sign-up is gone or about another portal.
    PortalWithoutSignUp { domain: PortalDomain },
    /// An import cannot be taken back.
    UndoRefused { import: ImportId, why: UndoRefusal },
    /// 409. Nothing can be erased while an import or an undo runs.
    EraseWhileRunning { import: ImportId },
    /// 429. It was done too often.
    TooOften {
        /// How long until it is allowed again.
        retry_after: SignedDuration,
    },
    /// 409. Others pressed at the same moment, again and again, and were quicker each time.
    SameMoment,
    /// 403. The form's token is not this session's, or the post came from another site.
    WrongFormToken,
    /// 409. Xero was connected anew after the page was opened that would have disconnected it.
    DisconnectOutdated {
        /// The organisation's name in Xero.
        organisation: String,
    },
    /// 409. The sign-up is at another step.
    WrongStep {
        /// Our own path of the step that comes next.
        next_path: String,
    },
    /// 422. The organisation is not in the United States or Australia.
    CountryNotSupported {
        /// Its name in Xero.
        organisation: String,
        /// Its ISO 3166 code in Xero.
        country: String,
        /// Whether the connection was removed again; not where a portal uses it.
        connection_removed: bool,
    },
    /// 409. The portal is being erased, so nothing can begin for it.
    BeingErased,
    /// 409. The organisation's portal was erased, and only an administrator of that portal can connect it again.
    ErasedBefore {
        /// The organisation's name in Xero.
        organisation: String,
        domain: PortalDomain,
        /// Where the browser finds that portal.
        portal_url: String,
    },
    /// 409. The organisation has a portal, from another sign-up.
    LinkedByAnotherSignUp {
        /// Its name in Xero.
        organisation: String,
        domain: PortalDomain,
        /// Where the browser finds that portal.
        portal_url: String,
    },
    /// 409. The portal that should be connected belongs to another organisation.
    PortalTaken {
        /// The name of the organisation that it was not connected with.
        organisation: String,
        domain: PortalDomain,
        /// Whether the connection to that organisation was removed again; not where a portal uses it.
        connection_removed: bool,
    },
    /// 409. The owner of a portal logged in to Xero for another organisation than the portal's.
    AnotherOrganisation {
        /// The name of the portal's organisation.
        organisation: String,
        /// The name of the one that was chosen, where Xero tells.
        chosen: Option<String>,
        /// Whether the connection to the chosen one was removed again; not where a portal uses it.
        connection_removed: bool,
    },
    /// Something went wrong between us and Xero's consent.
    Consent(ConsentProblem),
    /// 409. Another import of this portal is running, or this plan was confirmed with other ticks.
    ImportConflict {
        /// The import that is there.
        import: ImportId,
        /// Whether it applies the same plan with other ticks; otherwise it is another import that still runs.
        same_plan: bool,
    },
    /// 410. The names of the import's people were erased.
    NamesErased { import: ImportId },
    /// 503. GO1 was asked for the portal and has not told us the outcome.
    PortalPending,
    /// 503. GO1 created the portal, and the tokens in its answer were lost.
    PortalTokensLost { domain: PortalDomain },
    /// 422. GO1 refuses to create the portal.
    PortalRefused,
    /// 503. Xero does not answer, or asks us to wait.
    XeroUnavailable {
        /// How long Xero asks us to wait.
        retry_after: Option<SignedDuration>,
        /// The moment at which that is over, where it is too long to sit through.
        until: Option<Timestamp>,
    },
    /// 403. The organisation is connected, and Xero refuses this login there.
    OrganisationForbidden {
        /// Its name in Xero.
        organisation: String,
    },
    /// 403. The login's role at Xero no longer lets it see the people of its organisation.
    PeopleForbidden {
        /// The organisation's name in Xero.
        organisation: String,
    },
    /// 503. GO1 does not answer, or asks us to wait.
    Go1Unavailable {
        /// How long GO1 asks us to wait.
        retry_after: Option<SignedDuration>,
    },
    /// 503. GO1 has not granted this product what it needs, which only its operators can mend.
    Go1NotGranted,
    /// 409. GO1 no longer lets us into the portal: one of its administrators has to log in.
    Go1LoginNeeded,
    /// 500. Our own fault. Every line that the log has of the request carries the reference that the page shows.
    Internal,
}

/// What can go wrong at a consent at Xero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentProblem {
    /// The person pressed "Cancel" at Xero (`access_denied`).
    Denied,
    /// The same, where Xero asked for the contacts as well.
    ContactsDenied,
    /// The attempt began more than ten minutes ago.
    Expired,
    /// The same answer came before.
    Replayed,
    /// The attempt began in another browser, or the cookie is gone.
    AnotherBrowser,
    /// The answer names no attempt of ours, or lacks a part.
    Unknown,
    /// Xero does not take the code, or it is one of another attempt. Anybody can write one into the address.
    CodeRejected,
    /// The identity that Xero sent does not verify.
    TokenInvalid,
    /// Xero's consent screen failed with another error than a refusal, or so the address says.
    XeroError,
    /// Consent was given to no organisation.
    NoOrganisation,
    /// What was consented to has been taken back since.
    AccessEnded,
}

impl From<ConsentRefused> for ConsentProblem {
    fn from(refused: ConsentRefused) -> Self {
        match refused {
            ConsentRefused::Replayed => Self::Replayed,
            ConsentRefused::Expired => Self::Expired,
            ConsentRefused::AnotherBrowser => Self::AnotherBrowser,
        }
    }
}

impl<E: Fault> From<E> for Problem {
    /// Logs the fault with the place at which it was met. The line is within the request's span, which has the
    /// reference that the page shows.
    #[track_caller]
    fn from(fault: E) -> Self {
        tracing::error!(error = %Causes(&fault), at = %Location::caller(), "a request failed");
        Self::Internal
    }
}

impl Problem {
    /// That Xero does not answer, or asks us to wait so long from `now`.
    pub fn xero_unavailable(retry_after: Option<SignedDuration>, now: Timestamp) -> Self {
        let until = retry_after.filter(|wait| *wait >= LONG_WAIT).and_then(|wait| now.checked_add(wait).ok());
        Self::XeroUnavailable { retry_after, until }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NamesErased { .. } => StatusCode::GONE,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::SignedOut | Self::PortalSignedOut | Self::SignedOutForQuiet | Self::PortalSignedOutForQuiet => {
                StatusCode::UNAUTHORIZED
            }
            Self::WrongFormToken
            | Self::OrganisationForbidden { .. }
            | Self::PeopleForbidden { .. }
            | Self::NotAdministrator { .. }
            | Self::AnotherPortal { .. } => StatusCode::FORBIDDEN,
            Self::Go1Login { why, .. } => why.status(),
            Self::UndoRefused { why, .. } => why.status(),
            Self::CountryNotSupported { .. } | Self::PortalRefused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::WrongStep { .. }
            | Self::SameMoment
            | Self::Go1LoginNeeded
            | Self::DisconnectOutdated { .. }
            | Self::BeingErased
            | Self::ErasedBefore { .. }
            | Self::LinkedByAnotherSignUp { .. }
            | Self::PortalTaken { .. }
            | Self::AnotherOrganisation { .. }
            | Self::PortalWithoutSignUp { .. }
            | Self::EraseWhileRunning { .. }
            | Self::ImportConflict { .. } => StatusCode::CONFLICT,
            Self::Consent(ConsentProblem::TokenInvalid) => StatusCode::BAD_GATEWAY,
            Self::Consent(_) | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::PortalPending
            | Self::PortalTokensLost { .. }
            | Self::XeroUnavailable { .. }
            | Self::Go1Unavailable { .. }
            | Self::Go1NotGranted
            | Self::Go1LoginUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The value for `Retry-After` in seconds, where it is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::XeroUnavailable { retry_after, .. }
            | Self::Go1Unavailable { retry_after }
            | Self::Go1LoginUnavailable { retry_after, .. } => {
                retry_after.and_then(|wait| u64::try_from(wait.as_secs()).ok())
            }
            Self::PortalPending => Some(10),
            Self::TooOften { retry_after } => u64::try_from(retry_after.as_secs()).ok(),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    /// Leaves the words to [`crate::finish::finish`].
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
