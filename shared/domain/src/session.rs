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

/// Of which kind a session is. A kind's rows are under a key of their own, so that a function can be given the right to
/// write the one and not the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// Of somebody who signs up, or may: it opens no portal.
    SignUp,
    /// Of an administrator of a portal that is connected here.
    Administrator,
}

/// How the hash of an administrator's session ends, so that whoever has it knows where the row is.
const OF_AN_ADMINISTRATOR: &str = "-administrator";

impl SessionHash {
    /// The hash of a session of that kind, made from the digest of the browser's id.
    pub fn of(kind: SessionKind, digest: &str) -> Self {
        match kind {
            SessionKind::SignUp => Self::new(digest),
            SessionKind::Administrator => Self::new(format!("{digest}{OF_AN_ADMINISTRATOR}")),
        }
    }

    /// Of which kind the session is that may be stored under it.
    pub fn kind(&self) -> SessionKind {
        if self.as_str().ends_with(OF_AN_ADMINISTRATOR) { SessionKind::Administrator } else { SessionKind::SignUp }
    }

    /// The digest alone.
    pub fn digest(&self) -> &str {
        self.as_str().strip_suffix(OF_AN_ADMINISTRATOR).unwrap_or(self.as_str())
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

impl StandsFor {
    /// Of which kind a session is that stands for this. Whoever came from a portal that is not connected can do no more
    /// with it than sign up.
    pub fn kind(&self) -> SessionKind {
        match self {
            Self::Administrator(_) => SessionKind::Administrator,
            Self::SignUp { .. } | Self::XeroArrival(_) | Self::PortalArrival(_) => SessionKind::SignUp,
        }
    }
}

impl Session {
    /// Whether it may be what is stored under that hash. What stands under another one, or under one of the other kind, is
    /// nobody's session: whoever can write the one kind cannot make one of the other by it.
    pub fn is_at(&self, hash: &SessionHash) -> bool {
        self.hash == *hash && self.stands_for.kind() == hash.kind()
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn administrator() -> StandsFor {
        StandsFor::Administrator(Administrator {
            sign_up: "sign-up".into(),
            portal: "1".into(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            account: "7".into(),
            name: "Ada".to_owned(),
        })
    }

    #[test]
    fn a_hash_says_of_which_kind_its_session_is_and_one_digest_names_two() {
        for kind in [SessionKind::SignUp, SessionKind::Administrator] {
            let hash = SessionHash::of(kind, "00ff");
            assert_eq!((hash.kind(), hash.digest()), (kind, "00ff"));
        }
        assert_ne!(SessionHash::of(SessionKind::SignUp, "00ff"), SessionHash::of(SessionKind::Administrator, "00ff"));
    }

    #[test]
    fn a_session_of_another_kind_than_its_hash_is_nobody_s() {
        let sign_up = StandsFor::SignUp { id: "sign-up".into(), login: None };
        let hashes = [SessionKind::SignUp, SessionKind::Administrator].map(|kind| SessionHash::of(kind, "00ff"));
        for hash in &hashes {
            for stands_for in [sign_up.clone(), administrator()] {
                let is_right = stands_for.kind() == hash.kind();
                let session =
                    Session { hash: hash.clone(), stands_for, started_at: Timestamp::UNIX_EPOCH, last_used_at: None };
                assert_eq!(session.is_at(hash), is_right, "{session:?}");
                // A row that says another hash than the one that it lies under.
                assert!(hashes.iter().all(|other| other == hash || !session.is_at(other)));
            }
        }
    }
}
