//! The trail of what people did. It names roles, versions and counts, never an employee.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, PortalId, SignUpId, TenantId, XeroUserId};

/// One thing that a person did, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was done.
    pub at: Timestamp,
    /// In which sign-up.
    pub sign_up: SignUpId,
    /// What was done.
    #[serde(flatten)]
    pub action: AuditAction,
    /// The address that the request came from, where the gateway tells it.
    pub from: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AuditAction {
    /// The owner accepted GO1's terms and the terms of collection (name, email, learning record).
    TermsAccepted {
        /// The version of the terms that were shown.
        terms_version: String,
        /// The version of the terms of collection that were shown.
        collection_version: String,
    },
    /// The owner let us into Xero.
    XeroConsented {
        /// As whom.
        xero_user: XeroUserId,
    },
    /// An answer from Xero was refused, or Xero's own refusal was brought.
    ConsentRefused {
        /// Which guard of the callback refused it.
        guard: String,
    },
    /// The owner disconnected the organisation.
    Disconnected {
        /// Which.
        tenant: TenantId,
        /// Whether its connection was removed at Xero; not where Xero no longer lets us in.
        removed_at_xero: bool,
    },
    /// The owner named the organisation.
    OrganisationConfirmed {
        /// Which.
        tenant: TenantId,
    },
    /// A portal came to be.
    PortalCreated {
        /// Which.
        portal: PortalId,
    },
    /// The owner went on without people.
    ImportSkipped {
        /// For which portal.
        portal: PortalId,
    },
    /// The owner confirmed an import.
    ImportConfirmed {
        /// Which.
        import: ImportId,
        /// How many people.
        people: usize,
    },
}
