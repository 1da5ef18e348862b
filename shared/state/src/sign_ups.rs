//! What is kept of a customer until there is a portal: sign-ups, sessions, consents, plans, and the audit trail.

use async_trait::async_trait;
use domain::audit::{AuditEntry, OPERATORS};
use domain::consent::ConsentAttempt;
use domain::go1_login::Go1LoginAttempt;
use domain::ids::{PlanDigest, SessionHash, SignUpId, StateHash, TenantId, XeroUserId};
use domain::plan::Plan;
use domain::session::{Session, SessionOwner};
use domain::sign_up::SignUp;
use jiff::{SignedDuration, Timestamp};

use crate::StateError;

/// Reads sign-ups.
#[async_trait]
pub trait SignUpReader: Send + Sync {
    /// The sign-up of that name, if there is one.
    async fn find_sign_up(&self, id: &SignUpId) -> Result<Option<SignUp>, StateError>;
}

/// Lists sign-ups, for operators: it looks at the whole table, so no function has it.
#[async_trait]
pub trait SignUpList: Send + Sync {
    /// All sign-ups, of all customers, in no order. One that is stored meanwhile may be missing.
    async fn sign_ups(&self) -> Result<Vec<SignUp>, StateError>;
}

/// Stores sign-ups.
#[async_trait]
pub trait SignUps: SignUpReader {
    /// Stores a new sign-up on the condition that the id is free; [`StateError::Conflict`] otherwise. Where exactly this
    /// one is stored, all is well: ids cannot be guessed, so the answer to the same write was lost.
    async fn add_sign_up(&self, sign_up: &SignUp) -> Result<(), StateError>;

    /// Stores a changed one on the condition that its revision is still the stored one, and returns it with the next
    /// revision; [`StateError::Conflict`] otherwise. Where exactly that is stored already, all is well. With a portal,
    /// what was to end with the sign-up is kept from now on: its trail, and its logins.
    async fn replace_sign_up(&self, sign_up: SignUp) -> Result<SignUp, StateError>;
}

/// Who signed up, by their Xero login: how somebody who comes back is known.
#[async_trait]
pub trait XeroLogins: Send + Sync {
    /// Remembers that a sign-up was consented to as this Xero user, for as long as the sign-up is kept. Saying so twice is
    /// fine.
    async fn add_sign_up_of(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError>;

    /// All sign-ups of this Xero user, in no order. Some may be gone: unfinished ones are not kept for ever.
    async fn sign_ups_of(&self, user: &XeroUserId) -> Result<Vec<SignUpId>, StateError>;
}

/// Reads and stores browsers' sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session of that hash, if it is stored. One that is of another kind than its hash is not there. The caller asks
    /// whether it is live.
    async fn find_session(&self, hash: &SessionHash) -> Result<Option<Session>, StateError>;

    /// Stores a new session.
    async fn add_session(&self, session: &Session) -> Result<(), StateError>;

    /// The sessions of that owner that are stored, in no order. The caller asks which are live.
    async fn sessions_of(&self, owner: &SessionOwner) -> Result<Vec<Session>, StateError>;

    /// Stores that a session was used at that moment, on the condition that it is stored and that nobody has stored a use
    /// since `session` was read. Where that does not hold it changes nothing: it was used already, or it is no more.
    async fn record_use(&self, session: &Session, at: Timestamp) -> Result<(), StateError>;

    /// Removes a session. Removing one that is not there changes nothing.
    async fn remove_session(&self, hash: &SessionHash) -> Result<(), StateError>;
}

/// Reads and stores attempts at Xero consent.
#[async_trait]
pub trait Consents: Send + Sync {
    /// Stores a new attempt; [`StateError::Conflict`] where another one of that state is stored.
    async fn add_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError>;

    /// The attempt of that state, if it is stored.
    async fn find_consent(&self, state: &StateHash) -> Result<Option<ConsentAttempt>, StateError>;

    /// Stores a completed attempt on the condition that the stored one is pending; [`StateError::Conflict`] otherwise.
    async fn complete_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError>;
}

/// Reads and stores attempts at "Log in with GO1".
#[async_trait]
pub trait Go1Logins: Send + Sync {
    /// Stores a new attempt; [`StateError::Conflict`] where another one of that state is stored.
    async fn add_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError>;

    /// The attempt of that state, if it is stored.
    async fn find_go1_login(&self, state: &StateHash) -> Result<Option<Go1LoginAttempt>, StateError>;

    /// Stores a completed attempt on the condition that the stored one is pending; [`StateError::Conflict`] otherwise.
    async fn complete_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError>;
}

/// How long a plan is kept after the source was read for it.
pub const PLAN_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a sign-up without a portal is kept from its beginning. It holds the owner's name and email.
pub const UNFINISHED_SIGN_UP_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// When a sign-up ends by itself; `None` for one with a portal, which is a customer's and stays until it is erased.
pub(crate) fn sign_up_ends_at(sign_up: &SignUp) -> Option<Timestamp> {
    sign_up.portal().is_none().then(|| sign_up.started_at + UNFINISHED_SIGN_UP_KEPT)
}

/// When what belongs to a sign-up ends with it: `None` where it has a portal. Of one that is not there, as far as one can
/// tell from when something was done for it.
pub(crate) fn ends_with(sign_up: Option<&SignUp>, done_at: Timestamp) -> Option<Timestamp> {
    sign_up.map_or(Some(done_at + UNFINISHED_SIGN_UP_KEPT), sign_up_ends_at)
}

/// When an entry of a trail ends: with its sign-up. The operators' trail is that of no sign-up, and stays.
pub(crate) fn entry_ends_with(trail: &SignUpId, sign_up: Option<&SignUp>, done_at: Timestamp) -> Option<Timestamp> {
    if trail.as_str() == OPERATORS { None } else { ends_with(sign_up, done_at) }
}

/// Reads plans.
#[async_trait]
pub trait PlanReader: Send + Sync {
    /// The plan of that organisation and digest, whole, if it is stored.
    async fn find_plan(&self, tenant: &TenantId, digest: &PlanDigest) -> Result<Option<Plan>, StateError>;
}

/// Stores plans. They hold names and emails, so they are kept for [`PLAN_KEPT`].
#[async_trait]
pub trait Plans: PlanReader {
    /// Stores a plan under its digest, in chunks of 100 people, and returns the digest. Storing one again renews its
    /// `read_at`. A reader sees all of it or nothing, also while it is stored again.
    async fn put_plan(&self, plan: &Plan) -> Result<PlanDigest, StateError>;

    /// Stores whose boxes of a stored plan were changed by hand, in one write however many people it has. One that is no longer
    /// stored stays gone.
    async fn put_choices(&self, plan: &Plan) -> Result<(), StateError>;
}

/// Reads and extends the audit trail of a sign-up.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds an entry on the condition that nothing is at its place, where exactly this one may be: then the answer to the
    /// same write was lost. It is kept for as long as its sign-up is, and for ever under [`OPERATORS`]. Two entries of one
    /// moment are two entries. Nothing changes an entry but an erasure, which takes out whoever did it.
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StateError>;

    /// All entries of a sign-up, oldest first: for whoever hands out or decides about all of them. A page reads those that it
    /// shows, because a trail has no end.
    async fn audit_of(&self, sign_up: &SignUpId) -> Result<Vec<AuditEntry>, StateError>;

    /// The newest entries of a sign-up, so many at the most, newest first.
    async fn newest_audit_of(&self, sign_up: &SignUpId, most: usize) -> Result<Vec<AuditEntry>, StateError>;

    /// The first entries of a sign-up since a moment, so many at the most, oldest first.
    async fn audit_since(
        &self,
        sign_up: &SignUpId,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<AuditEntry>, StateError>;
}
