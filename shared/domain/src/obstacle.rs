//! What can stand between an owner and the people of their organisation. Found when Xero is read, told on one page,
//! and, where it lasts, remembered with the organisation.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Why there is no list of people. Each has its own next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PeopleObstacle {
    /// Something is wrong with the connection, until somebody mends it.
    #[error("the organisation cannot be read: {0:?}")]
    Connection(ConnectionTrouble),
    /// The organisation has not set up payroll (Australia).
    #[error("the organisation has not set up payroll")]
    PayrollNotSetUp,
    /// Xero lists no people for the organisation.
    #[error("Xero lists nobody")]
    Nobody,
    /// More people than one look can show.
    #[error("{people} people are more than one look can show")]
    TooMany {
        /// How many Xero lists.
        people: usize,
    },
    /// The organisation was read as often as Xero lets an app read it in a day.
    #[error("Xero's daily limit is reached")]
    DailyLimit {
        /// When it can be read again, where Xero says.
        until: Option<Timestamp>,
    },
    /// Xero refuses, and nobody says why.
    #[error("Xero refuses without a reason")]
    Refused {
        /// What Xero's support finds the answer by, where Xero sent it.
        correlation_id: Option<String>,
    },
    /// Xero does not answer as it should, or asks us to wait.
    #[error("Xero does not answer")]
    XeroUnavailable {
        /// How long Xero asks us to wait, where it does.
        retry_after: Option<SignedDuration>,
    },
}

/// What a look at the people met instead of them. Kept so that the page which tells it can be opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetObstacle {
    /// What stood in the way.
    pub obstacle: PeopleObstacle,
    /// When.
    pub at: Timestamp,
}

impl MetObstacle {
    /// The obstacle as it stands now: a wait that Xero asked for is shorter by what has passed of it.
    pub fn as_of(&self, now: Timestamp) -> PeopleObstacle {
        match &self.obstacle {
            PeopleObstacle::XeroUnavailable { retry_after: Some(wait) } => {
                let left = wait.saturating_sub(now.duration_since(self.at));
                PeopleObstacle::XeroUnavailable { retry_after: Some(left).filter(SignedDuration::is_positive) }
            }
            same => same.clone(),
        }
    }
}

/// What can keep us from reading an organisation until somebody does something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionTrouble {
    /// Our access has run out or was revoked (`invalid_grant`): only another consent helps.
    AccessEnded,
    /// The connection was removed, here or in Xero.
    RemovedAtXero,
    /// The connection is there; Xero's trial of the organisation is over.
    TrialOver,
    /// The connection is there; whoever connected it has no role in the organisation any more, or it is closed.
    RoleLost,
    /// The consent does not cover the organisation's people.
    PermissionMissing,
    /// Whoever connected it is no payroll administrator (Australia).
    NoPayrollAdministrator,
}
