//! A browser's session: an opaque id in a cookie, and a row here that says whose it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arrival::Arrival;
use crate::ids::{SessionHash, SignUpId, XeroUserId};

/// How long a session lasts at the most.
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// Whose a browser is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The digest of the id in the cookie.
    pub hash: SessionHash,
    /// What it may see. Nothing else.
    pub stands_for: StandsFor,
    /// When it began.
    pub started_at: Timestamp,
}

/// What a session stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsFor {
    /// A sign-up, and whatever is its.
    SignUp {
        /// Which.
        id: SignUpId,
        /// The Xero login that opened the session; `None` before the first.
        login: Option<XeroUserId>,
    },
    /// Somebody whom Xero has named and who has no sign-up yet.
    Arrival(Arrival),
}

impl Session {
    /// When it ends by itself.
    pub fn expires_at(&self) -> Timestamp {
        self.started_at + SESSION_LIFETIME
    }

    /// Whether it still counts. The table deletes late, so everybody who loads a session asks.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at()
    }
}
