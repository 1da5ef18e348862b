//! Problems of a login with GO1, and of an undo.

use domain::ids::ImportId;
use domain::portal::PortalDomain;
use http::StatusCode;

/// What can go wrong at a login with GO1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// The person pressed "Cancel" at GO1 (`access_denied`).
    Denied,
    /// The attempt began more than ten minutes ago.
    Expired,
    /// The same answer came before.
    Replayed,
    /// The attempt began in another browser, or the cookie is gone.
    AnotherBrowser,
    /// The answer names no attempt of ours, or lacks a part.
    Unknown,
    /// GO1 does not take the code.
    CodeRejected,
    /// GO1's login failed with another error than a refusal.
    Go1Error,
    /// The account is deactivated in the portal.
    AccountInactive,
    /// GO1 does not say in a word that we know that the account is active.
    AccountUnclear,
    /// GO1 tells no address of the portal.
    NoAddress,
}

/// What somebody logs in with GO1 for: what another try leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginFor {
    /// To manage a portal's integration.
    Enter {
        /// The portal that they come from, where that is known.
        portal: Option<PortalDomain>,
    },
    /// To give the sign-up of this browser access to its portal.
    SignUp,
}

/// Why an import cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoRefusal {
    /// An import or an undo runs.
    Running { running: ImportId },
    /// An import came in between: it has to be looked at again.
    Changed,
    /// It is itself an undo.
    IsUndo,
    /// Seven days are over.
    TooLate,
    /// It gave nobody anything, or later imports finished all of its people.
    NothingToUndo,
    /// The rows of its people were erased.
    NamesErased,
    /// It was taken back before.
    DoneBefore {
        /// By this undo.
        undo: ImportId,
    },
}

impl LoginProblem {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NoAddress => StatusCode::BAD_GATEWAY,
            Self::AccountInactive | Self::AccountUnclear => StatusCode::FORBIDDEN,
            // What an address says can be written by anybody: no code in it, nor an error, is a fault of GO1's or ours.
            Self::Denied
            | Self::Expired
            | Self::Replayed
            | Self::AnotherBrowser
            | Self::Unknown
            | Self::CodeRejected
            | Self::Go1Error => StatusCode::BAD_REQUEST,
        }
    }
}

impl LoginFor {
    /// Our own path of another try.
    pub(crate) fn again(&self) -> String {
        match self {
            Self::Enter { portal: None } => "/portal/login".to_owned(),
            Self::Enter { portal: Some(portal) } => format!("/portal/login?portal={portal}"),
            Self::SignUp => "/portal/login?for=sign-up".to_owned(),
        }
    }
}

impl UndoRefusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooLate | Self::NamesErased => StatusCode::GONE,
            Self::Running { .. } | Self::Changed | Self::IsUndo | Self::NothingToUndo | Self::DoneBefore { .. } => {
                StatusCode::CONFLICT
            }
        }
    }
}
