//! Erasing what is held of a portal. What is removed can be removed again: then nothing happens.

use async_trait::async_trait;
use domain::erasure::{Erasure, Receipt, Removed};
use domain::ids::{ImportId, PortalId, ReceiptId, SignUpId, TenantId, XeroUserId};
use domain::session::SessionOwner;

use crate::StateError;

/// Why an erasure was not begun. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum BeginRefused {
    /// This import is running, so its people may still change.
    #[error("an import is running")]
    ImportActive(ImportId),
    /// It was begun before for the same sign-up, and something is still to do for it: go on with that one.
    #[error("the erasure was begun before")]
    BegunBefore(Box<Erasure>),
    /// The portal was erased before.
    #[error("what was held of the portal is erased")]
    Erased,
    /// An import was accepted since whoever asks saw what there is.
    #[error("an import was accepted meanwhile")]
    Outdated,
    /// The table did not answer.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Reads the receipts of erasures.
#[async_trait]
pub trait ReceiptReader: Send + Sync {
    /// The receipt of that id, if it is still kept.
    async fn find_receipt(&self, id: &ReceiptId) -> Result<Option<Receipt>, StateError>;
}

/// Erases. Each function can be repeated, and goes on where the one before was cut off.
#[async_trait]
pub trait Erasures: ReceiptReader {
    /// Counts the rows of each kind that an erasure would remove.
    async fn held(&self, portal: &PortalId, tenant: &TenantId, sign_up: &SignUpId) -> Result<Removed, StateError>;

    /// One transaction: the portal takes no import any more and forgets its administrator; the erasure, its receipt and
    /// its entry in the trail are stored. On the condition that no import is active, and that the portal counts as many
    /// imports as the receipt. One of another sign-up that is not over is replaced: the portal came back since.
    /// [`StateError::Conflict`] where there is no such portal.
    async fn begin_erasure(&self, erasure: &Erasure, receipt: &Receipt) -> Result<(), BeginRefused>;

    /// The erasure of a portal, until it is over.
    async fn find_erasure(&self, portal: &PortalId) -> Result<Option<Erasure>, StateError>;

    /// All erasures that are not over, of all portals.
    async fn erasures(&self) -> Result<Vec<Erasure>, StateError>;

    /// Stores the receipt as it is now.
    async fn put_receipt(&self, receipt: &Receipt) -> Result<(), StateError>;

    /// Removes the erasure of that sign-up, because nothing is left to do for it. Its receipt stays.
    async fn end_erasure(&self, portal: &PortalId, sign_up: &SignUpId) -> Result<(), StateError>;

    /// Removes every plan of the organisation.
    async fn erase_plans(&self, tenant: &TenantId) -> Result<(), StateError>;

    /// Removes every import of the portal, each after its people and batches.
    async fn erase_imports(&self, portal: &PortalId) -> Result<(), StateError>;

    /// Removes all members of the portal.
    async fn erase_members(&self, portal: &PortalId) -> Result<(), StateError>;

    /// The Xero users as whom the sign-up was consented to.
    async fn xero_users_of(&self, sign_up: &SignUpId) -> Result<Vec<XeroUserId>, StateError>;

    /// Removes the row that links the sign-up to this Xero user.
    async fn erase_login(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError>;

    /// Removes every session of that owner.
    async fn erase_sessions(&self, owner: &SessionOwner) -> Result<(), StateError>;

    /// Removes the sign-up. Its audit trail stays.
    async fn erase_sign_up(&self, sign_up: &SignUpId) -> Result<(), StateError>;

    /// Takes whoever did it out of every entry of the sign-up's trail, as
    /// [`domain::audit::AuditEntry::without_people`].
    async fn erase_people_of_audit(&self, sign_up: &SignUpId) -> Result<(), StateError>;
}
