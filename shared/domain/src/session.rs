//! A browser's session: an opaque id in a cookie, and a row here that says whose it is.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arrival::{PortalArrival, XeroArrival};
use crate::existing_portal::ADMINISTRATOR_LIFETIME;
use crate::ids::{PortalId, SessionHash, SignUpId, UserAccountId, XeroUserId};
use crate::portal::PortalDomain;

/// How long a session lasts at the most.
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// How long the owner of a sign-up with a portal may go on before Xero has to say again that the organisation is theirs
/// to see.
pub const OWNER_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// How long a session may go without a use where there is a portal to lose: an administrator's, and its owner's.
pub const QUIET_WITH_PORTAL: SignedDuration = SignedDuration::from_mins(30);

/// The same before there is a portal.
pub const QUIET_BEFORE_PORTAL: SignedDuration = SignedDuration::from_mins(60);

/// How old the stored moment of the last use may become before another use is written: pages do not write each time.
pub const USE_RECORDED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// For how long after its end a session is remembered. It opens nothing then.
const SESSION_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// The stored row of a browser session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The digest of the id in the cookie.
    pub hash: SessionHash,
    /// What the browser may see, and nothing else.
    pub stands_for: StandsFor,
    /// When the session began; its lifetime counts from here.
    pub started_at: Timestamp,
    /// When it was last used, to some minutes; `None` where it was not used since it began, or the row is of an earlier
    /// release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// When a session ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEnds {
    /// When it does if it is not used before.
    pub unused_at: Timestamp,
    /// When it does however it is used.
    pub latest_at: Timestamp,
}

impl SessionEnds {
    /// Whether it has ended. The table deletes late, so everybody who loads a session asks.
    pub fn are_past(&self, now: Timestamp) -> bool {
        self.unused_at.min(self.latest_at) <= now
    }

    /// Whether it has ended only because it was not used.
    pub fn is_past_for_quiet(&self, now: Timestamp) -> bool {
        self.unused_at <= now && now < self.latest_at
    }
}

/// What a session gives its browser access to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsFor {
    /// A sign-up, and whatever is its.
    SignUp {
        /// The id of the sign-up.
        id: SignUpId,
        /// The Xero login that opened the session; `None` before the first.
        login: Option<XeroUserId>,
    },
    /// Somebody whom Xero has named and who has no sign-up yet.
    #[serde(rename = "arrival")]
    XeroArrival(XeroArrival),
    /// An administrator of a portal that is connected here.
    Administrator(Administrator),
    /// An administrator of a portal that is not.
    PortalArrival(PortalArrival),
}

/// Who came from a portal as one of its administrators, in GO1's words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrator {
    /// The sign-up that the portal belongs to: what they may see is what is its.
    pub sign_up: SignUpId,
    /// GO1's id of the portal that they administer.
    pub portal: PortalId,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
    /// Their account in it.
    pub account: UserAccountId,
    /// First and last name, as GO1 has them.
    pub name: String,
}

/// Whose data a session leads to, or holds: with that it is erased.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionOwner {
    /// A sign-up's: its owner's, and its portal's administrators'.
    SignUp(SignUpId),
    /// A Xero login's, of somebody who has no sign-up yet.
    XeroUser(XeroUserId),
    /// A portal's that was not connected.
    Portal(PortalId),
}

impl fmt::Debug for Administrator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Administrator").field("portal", &self.portal).finish_non_exhaustive()
    }
}

impl Session {
    /// Whose data it leads to, or holds.
    pub fn owner(&self) -> SessionOwner {
        match &self.stands_for {
            StandsFor::SignUp { id, .. } => SessionOwner::SignUp(id.clone()),
            StandsFor::Administrator(administrator) => SessionOwner::SignUp(administrator.sign_up.clone()),
            StandsFor::XeroArrival(arrival) => SessionOwner::XeroUser(arrival.xero_user.clone()),
            StandsFor::PortalArrival(arrival) => SessionOwner::Portal(arrival.portal.portal.clone()),
        }
    }

    /// When it ends by itself, however it is used.
    pub fn expires_at(&self) -> Timestamp {
        let lifetime = match &self.stands_for {
            StandsFor::Administrator(_) | StandsFor::PortalArrival(_) => ADMINISTRATOR_LIFETIME,
            StandsFor::SignUp { .. } | StandsFor::XeroArrival(_) => SESSION_LIFETIME,
        };
        self.started_at + lifetime
    }

    /// Until when its row is kept: for an hour after its end, to say where it was that somebody was signed out.
    pub fn kept_until(&self) -> Timestamp {
        self.expires_at() + SESSION_REMEMBERED
    }

    /// When it was last used, to some minutes.
    pub fn used_at(&self) -> Timestamp {
        self.last_used_at.unwrap_or(self.started_at)
    }

    /// Whether a use at that moment is to be written.
    pub fn records_use_at(&self, now: Timestamp) -> bool {
        self.used_at() + USE_RECORDED_EVERY <= now
    }

    /// When it ends by itself, where the sign-up that it stands for got its portal at that moment, or has none. A login at
    /// Xero is worth an hour with a portal; who was in already has an hour from the portal on.
    pub fn ends(&self, portal_since: Option<Timestamp>) -> SessionEnds {
        let (quiet, latest_at) = match (&self.stands_for, portal_since) {
            (StandsFor::SignUp { .. }, Some(since)) => {
                (QUIET_WITH_PORTAL, self.expires_at().min(self.started_at.max(since) + OWNER_LIFETIME))
            }
            (StandsFor::Administrator(_), _) => (QUIET_WITH_PORTAL, self.expires_at()),
            (StandsFor::SignUp { .. } | StandsFor::XeroArrival(_) | StandsFor::PortalArrival(_), _) => {
                (QUIET_BEFORE_PORTAL, self.expires_at())
            }
        };
        SessionEnds { unused_at: self.used_at() + quiet, latest_at }
    }
}
