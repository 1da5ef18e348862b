//! Token sets, sealed. This crate never sees what is inside.

use std::time::Duration;

use async_trait::async_trait;
use domain::ids::{PortalId, XeroUserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::StateError;

/// How long a token set of Xero is kept that nobody uses, from the end of its access token: its refresh tokens last 60
/// days (<https://developer.xero.com/faq/oauth2>).
pub const XERO_GRANT_KEPT: SignedDuration = SignedDuration::from_hours(61 * 24);

/// The same of GO1, whose refresh tokens last 90 days
/// (<https://www.go1.com/developers/partners/concepts/refresh_token>).
pub const GO1_GRANT_KEPT: SignedDuration = SignedDuration::from_hours(91 * 24);

/// How long one try of storing tokens may take. The table answers within some milliseconds, so whoever has not heard of it
/// by then asks again, rather than after the 5 seconds that other requests have (`platform::aws`): nothing else has the
/// tokens.
pub const GRANT_TRY: Duration = Duration::from_secs(2);

/// How long storing tokens may take with all tries of the SDK. Other operations have 12 seconds.
pub const GRANT_TRIES: Duration = Duration::from_secs(6);

/// How long storing tokens takes at the longest: all tries of the SDK, and the waits for a busy table, which are under a
/// second together.
pub const LONGEST_GRANT_STORE: Duration = Duration::from_secs(7);

/// The owner of a grant: there is one grant for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GrantOwner {
    /// A Xero user, whose grant covers all organisations that they connected.
    XeroUser(XeroUserId),
    /// A GO1 portal, whose grant was given by one of its administrators or came with its creation.
    Portal(PortalId),
}

impl GrantOwner {
    /// How long this owner's token set is kept that nobody uses, from the end of its access token.
    pub const fn kept(&self) -> SignedDuration {
        match self {
            Self::XeroUser(_) => XERO_GRANT_KEPT,
            Self::Portal(_) => GO1_GRANT_KEPT,
        }
    }
}

/// A grant as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredGrant {
    /// The sealed tokens, as text.
    pub sealed: String,
    /// When the access token inside expires.
    pub access_expires_at: Timestamp,
    /// Goes up by one with each new pair of tokens.
    pub generation: u64,
    /// The lease of the worker that is renewing the grant, if any.
    pub lease: Option<Lease>,
}

/// The right to refresh one generation of a token set, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// An unguessable name of the holder.
    pub holder: String,
    /// When the lease ends by itself.
    pub until: Timestamp,
}

/// Keeps token sets: one for each owner, in one place.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The token set, if there is one. Reads consistently: a stale answer would refresh with a used token.
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError>;

    /// Stores the token set of a new consent over whatever was there, with a generation above it and no lease. Where
    /// nothing was there it is one write, which takes [`LONGEST_GRANT_STORE`] at the longest; otherwise it is two.
    /// [`StateError::Conflict`] where others change it all the time.
    async fn put_grant(&self, owner: &GrantOwner, sealed: &str, access_expires_at: Timestamp)
    -> Result<(), StateError>;

    /// Lets the token set be forgotten from `until` on, where nobody stores another pair before. Where there is none,
    /// nothing happens.
    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError>;

    /// Takes the lease on a generation, on the condition that it is still the stored one and that no other lease is
    /// live at `now`; [`StateError::Conflict`] otherwise. A holder may take its own lease again: that is the same
    /// request after a lost answer.
    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError>;

    /// Stores a refreshed token set as the next generation and ends the lease, on the condition that `generation` is
    /// still the stored one; [`StateError::Conflict`] otherwise. It needs no lease: the pair exists nowhere else, and
    /// the upstream no longer takes the one before. Where these very tokens are stored as that generation already, all
    /// is well: that, too, is a lost answer.
    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError>;

    /// Stores the same tokens, sealed anew, as the next generation and ends the lease, on the condition that `generation` is
    /// still the stored one; [`StateError::Conflict`] otherwise. When the token set is forgotten stays as it was, also where
    /// that was limited: nobody has used it. Repeated as [`Self::renew_grant`] is.
    async fn reseal_grant(&self, owner: &GrantOwner, generation: u64, sealed: &str) -> Result<(), StateError>;

    /// Stores as the next generation that the upstream refused the refresh token, and ends the lease, on the condition
    /// that `holder` holds it on `generation`; [`StateError::Conflict`] otherwise. Whoever has lost its lease may have
    /// been refused because another worker was not. Repeated as [`Self::renew_grant`] is.
    async fn refuse_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        refused_at: Timestamp,
    ) -> Result<(), StateError>;

    /// Ends the lease early, where `holder` holds it; otherwise nothing happens.
    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError>;

    /// Erases the token set. Erasing one that is not there is fine.
    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError>;
}

/// Lists token sets, for operators: it looks at the whole table, so no function has it.
#[async_trait]
pub trait GrantList: Send + Sync {
    /// Whose token sets are stored, of all portals and Xero users, in no order. One that is stored meanwhile may be missing.
    async fn grant_owners(&self) -> Result<Vec<GrantOwner>, StateError>;
}
